//! The pages on the way out: logout, and the step over to a service.

use askama::Template;
use clau_domain::policy::Refusal;
use clau_engine::logout::ToldState;

use super::{Frame, Page, ProfileLine};
use crate::icons::Icon;

/// "Sign out?"
#[derive(Debug, Template)]
#[template(path = "logout.html")]
pub struct LogoutPage {
    /// Around it.
    pub frame: Frame,
}

impl Page for LogoutPage {}

/// Signed out, and who has been told.
#[derive(Debug, Template)]
#[template(path = "signed_out.html")]
pub struct SignedOutPage {
    /// Around it.
    pub frame: Frame,
    /// Nobody was signed in.
    pub already: bool,
    /// Services that are told.
    pub services: Vec<ToldView>,
}

impl Page for SignedOutPage {}

impl SignedOutPage {
    pub(crate) fn is_waiting(&self) -> bool {
        self.services
            .iter()
            .any(|service| service.state == ToldState::OnItsWay)
    }
}

/// A service that is told.
#[derive(Clone, Debug)]
pub struct ToldView {
    /// Its name.
    pub name: String,
    /// How far it is.
    pub state: ToldState,
}

impl ToldView {
    pub(crate) fn icon(&self) -> Icon {
        Icon::named(match self.state {
            ToldState::Told => "check",
            ToldState::OnItsWay => "info",
            ToldState::NotReached => "alert",
        })
    }

    pub(crate) const fn text_key(&self) -> &'static str {
        match self.state {
            ToldState::Told => "signed-out-told",
            ToldState::OnItsWay => "signed-out-pending",
            ToldState::NotReached => "signed-out-failed",
        }
    }
}

/// "You are about to open …", for people who asked to be asked.
#[derive(Debug, Template)]
#[template(path = "warn.html")]
pub struct WarnPage {
    /// Around it.
    pub frame: Frame,
    /// Name of the service.
    pub service: String,
    /// Where the form goes, within the hub.
    pub action: &'static str,
    /// What it carries.
    pub fields: Vec<(&'static str, String)>,
}

impl Page for WarnPage {}

/// A form that carries a person on to a service by itself.
#[derive(Debug, Template)]
#[template(path = "onward.html")]
pub struct OnwardPage {
    /// Around it.
    pub frame: Frame,
    /// Name of the service.
    pub service: String,
    /// Where the form goes: a registered address.
    pub action: String,
    /// What it carries.
    pub fields: Vec<(&'static str, String)>,
}

impl Page for OnwardPage {
    const SCRIPT: bool = true;
}

/// Signed in, but this service is not for them.
#[derive(Debug, Template)]
#[template(path = "refused.html")]
pub struct RefusedPage {
    /// Around it.
    pub frame: Frame,
    /// Name of the service.
    pub service: String,
    /// Why.
    pub refusal: Refusal,
    /// What the hub sees the person as.
    pub affiliations: Vec<ProfileLine>,
    /// What the operator finds in the log.
    pub reference: String,
}

impl Page for RefusedPage {}

impl RefusedPage {
    pub(crate) const fn reason_key(&self) -> &'static str {
        match self.refusal {
            Refusal::Gone => "refused-gone",
            Refusal::Disabled => "refused-disabled",
            Refusal::NotNamed => "refused-not-named",
            Refusal::OutOfPeriod => "refused-out-of-period",
        }
    }
}
