//! The way back to a service with its protocol's answer, whatever the protocol: a redirect, or a form that posts
//! itself. Never made here: each protocol makes its own.

/// How an answer travels.
#[derive(Clone, PartialEq, Eq)]
pub enum Delivery {
    /// `Location` of a redirect, to be sent with status 303.
    Redirect(String),
    /// A form that posts itself.
    Form {
        /// Where to: a registered address.
        action: String,
        /// Its fields, not escaped.
        fields: Vec<(&'static str, String)>,
    },
}

/// Without codes and assertions.
impl std::fmt::Debug for Delivery {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Redirect(_) => "Redirect(redacted)",
            Self::Form { .. } => "Form(redacted)",
        })
    }
}

impl From<clau_oidc::response::Delivery> for Delivery {
    fn from(delivery: clau_oidc::response::Delivery) -> Self {
        match delivery {
            clau_oidc::response::Delivery::Redirect(address) => Self::Redirect(address),
            clau_oidc::response::Delivery::Form { action, fields } => Self::Form { action, fields },
        }
    }
}

/// An answer on its way to a service.
#[derive(Debug)]
pub struct Leaving {
    /// How it travels.
    pub delivery: Delivery,
    /// Name of the service, for the page of a form.
    pub service: String,
    /// What a page's policy must allow for a form to lead there (WEB-01); none where a policy has no word
    /// for it.
    pub origin: Option<String>,
}
