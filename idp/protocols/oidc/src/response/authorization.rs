//! The authorization response (OIDC Core §3.1.2.5, §3.3.2.5; OAuth 2.0 Form Post Response Mode) with the
//! issuer in every one, errors as well (RFC 9207, OIDC-07). Escaping a form is the page's work
//! (OIDC-19).

use crate::client::ResponseMode;
use crate::error::OauthError;
use crate::request::ReturnTo;

/// What is answered. There is no `Debug`.
#[derive(Clone)]
pub enum Answer<'a> {
    /// The person may use the service.
    Granted {
        /// The code.
        code: &'a str,
        /// The signed ID token of a hybrid response.
        id_token: Option<&'a str>,
    },
    /// Not this time.
    Refused(&'a OauthError),
}

/// How the answer travels.
#[derive(Clone, PartialEq, Eq)]
pub enum Delivery {
    /// `Location` of a redirect, to be sent with status 303 (RFC 9700 §4.12).
    Redirect(String),
    /// A form that posts itself.
    Form {
        /// Where to.
        action: String,
        /// Its fields, not escaped.
        fields: Vec<(&'static str, String)>,
    },
}

impl std::fmt::Debug for Delivery {
    /// Without the code.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Redirect(_) => "Redirect(redacted)",
            Self::Form { .. } => "Form(redacted)",
        })
    }
}

/// An authorization response.
#[derive(Clone)]
pub struct AuthorizationResponse<'a> {
    /// Where it goes.
    pub to: &'a ReturnTo,
    /// The hub.
    pub issuer: &'a str,
    /// What it says.
    pub answer: Answer<'a>,
}

impl AuthorizationResponse<'_> {
    /// The response, ready to be sent.
    pub fn deliver(&self) -> Delivery {
        let mut fields = Vec::new();
        // An ID token never stands in a query, where servers log it.
        let mut mode = self.to.response_mode();
        match &self.answer {
            Answer::Granted { code, id_token } => {
                fields.push(("code", (*code).to_owned()));
                if let Some(id_token) = id_token {
                    fields.push(("id_token", (*id_token).to_owned()));
                    if mode == ResponseMode::Query {
                        mode = ResponseMode::Fragment;
                    }
                }
            }
            Answer::Refused(error) => {
                let parameters = error.parameters();
                fields.extend(parameters.map(|(name, value)| (name, value.to_owned())));
            }
        }
        if let Some(state) = self.to.state() {
            fields.push(("state", state.to_owned()));
        }
        fields.push(("iss", self.issuer.to_owned()));
        let uri = self.to.redirect_uri();
        match mode {
            ResponseMode::FormPost => Delivery::Form {
                action: uri.to_owned(),
                fields,
            },
            ResponseMode::Fragment => Delivery::Redirect(format!("{uri}#{}", encoded(&fields))),
            ResponseMode::Query => Delivery::Redirect(with_query(uri, &fields)),
        }
    }
}

/// An address that has no fragment, with more parameters; what was there stays as it was written.
pub(super) fn with_query(uri: &str, fields: &[(&'static str, String)]) -> String {
    let separator = match uri.split_once('?') {
        None => "?",
        Some((_, query)) if query.is_empty() || query.ends_with('&') => "",
        Some(_) => "&",
    };
    format!("{uri}{separator}{}", encoded(fields))
}

/// `application/x-www-form-urlencoded`.
fn encoded(fields: &[(&'static str, String)]) -> String {
    let mut text = String::new();
    for (name, value) in fields {
        if !text.is_empty() {
            text.push('&');
        }
        text.push_str(name);
        text.push('=');
        for byte in value.bytes() {
            if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
                text.push(char::from(byte));
            } else {
                text.push_str(&format!("%{byte:02X}"));
            }
        }
    }
    text
}
