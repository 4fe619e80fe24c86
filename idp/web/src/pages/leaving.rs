//! The pages on the way out: logout, also when a service asks for it (OpenID Connect RP-Initiated and
//! Front-Channel Logout), and the step over to a service.

use std::collections::BTreeSet;

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

/// "Sign out?", because a service asks.
#[derive(Debug, Template)]
#[template(path = "service_logout.html")]
pub struct ServiceLogoutPage {
    /// Around it.
    pub frame: Frame,
    /// Name of the service, if it has shown who it is.
    pub service: Option<String>,
    /// What the form carries.
    pub fields: Vec<(&'static str, String)>,
}

impl Page for ServiceLogoutPage {}

impl ServiceLogoutPage {
    pub(crate) fn title(&self) -> String {
        match &self.service {
            Some(service) => self.frame.with("service-logout-title", "service", service),
            None => self.frame.say("service-logout-title-unnamed"),
        }
    }
}

/// Signed out, and who has been told. With [`Self::frames`] it is answered by
/// [`crate::http::answer::page_with_frames`]: no other policy lets them load.
#[derive(Debug, Template)]
#[template(path = "signed_out.html")]
pub struct SignedOutPage {
    /// Around it.
    pub frame: Frame,
    /// Nobody was signed in.
    pub already: bool,
    /// Services that are told.
    pub services: Vec<ToldView>,
    /// Services that end their session in this browser, each in a frame that nobody sees.
    pub frames: Vec<FrontChannel>,
    /// The source by which the person had come in.
    pub source: Option<SourceLeft>,
    /// The service that the person goes back to.
    pub onward: Option<Onward>,
}

impl Page for SignedOutPage {}

impl SignedOutPage {
    pub(crate) fn is_waiting(&self) -> bool {
        self.services
            .iter()
            .any(|service| service.state == ToldState::OnItsWay)
    }

    /// Services that are told in a frame and in no other way, each once. What became of it cannot be
    /// known here.
    pub(crate) fn closed_here(&self) -> BTreeSet<&str> {
        let told: BTreeSet<&str> = self
            .services
            .iter()
            .map(|told| told.name.as_str())
            .collect();
        let framed = self.frames.iter().map(|front| front.service.as_str());
        framed.filter(|service| !told.contains(service)).collect()
    }

    /// Where the page goes on to by itself. At once, which to a browser means when everything has
    /// loaded, frames too (HTML, "shared declarative refresh steps"): nobody reads against a clock
    /// (WCAG 2.2.1). Not when the page says what is left to do. To the source before the service: it sends
    /// the person back here.
    pub(crate) fn moves_on(&self) -> Option<&str> {
        let not_reached = self
            .services
            .iter()
            .any(|service| service.state == ToldState::NotReached);
        let onward = self.onward.as_ref().map(|onward| onward.address.as_str());
        let next = match self.source.as_ref().map(|source| &source.there) {
            Some(LeftThere::OnTheWay(WayBack::Link(address))) => Some(address.as_str()),
            Some(LeftThere::OnTheWay(WayBack::Form { .. }) | LeftThere::Still(_)) => None,
            Some(LeftThere::Done) | None => onward,
        };
        next.filter(|_| !not_reached)
    }

    pub(crate) fn title_key(&self) -> &'static str {
        if self.asks_for_more() {
            "signed-out-title-almost"
        } else {
            "signed-out-title"
        }
    }

    /// Whether the page asks for one step more before it is over.
    pub(crate) fn asks_for_more(&self) -> bool {
        let there = self.source.as_ref().map(|source| &source.there);
        matches!(there, Some(LeftThere::OnTheWay(_) | LeftThere::Still(_)))
    }
}

/// The source by which a person had come in.
#[derive(Clone, Debug)]
pub struct SourceLeft {
    /// Its name.
    pub name: String,
    /// How it is there.
    pub there: LeftThere,
}

/// How a session is at a source after the logout here.
#[derive(Clone, Debug)]
pub enum LeftThere {
    /// Over.
    Done,
    /// The browser goes there to end it.
    OnTheWay(WayBack),
    /// Open. The source's own logout, where it has one that is known: the person has to do it.
    Still(Option<String>),
}

/// A service's page that ends its session in this browser (Front-Channel Logout §2).
#[derive(Clone, Debug)]
pub struct FrontChannel {
    /// Name of the service.
    pub service: String,
    /// The page: a registered address.
    pub address: String,
}

/// Where to after signing out (RP-Initiated Logout §3).
#[derive(Clone, Debug)]
pub struct Onward {
    /// Name of the service.
    pub service: String,
    /// Where to: a registered address.
    pub address: String,
}

/// A service that is told.
#[derive(Clone, Debug)]
pub struct ToldView {
    /// Its name.
    pub name: String,
    /// How far it is.
    pub state: ToldState,
    /// Where the person can go to end it themselves, if they can.
    pub by_hand: Option<String>,
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

/// A link that carries a person on to a service by itself, where no form may lead.
#[derive(Debug, Template)]
#[template(path = "onward_link.html")]
pub struct OnwardLinkPage {
    /// Around it.
    pub frame: Frame,
    /// Name of the service.
    pub service: String,
    /// Where the link goes: a registered address, with the answer in it.
    pub address: String,
}

impl Page for OnwardLinkPage {}

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
    /// How the service hears of it: the person goes back when they have read why.
    pub back: Option<WayBack>,
    /// What the operator finds in the log.
    pub reference: String,
}

impl Page for RefusedPage {}

/// The way back to a service with its protocol's refusal.
#[derive(Clone, Debug)]
pub enum WayBack {
    /// An address.
    Link(String),
    /// A form, for services that want their answers in one.
    Form {
        /// Where to: a registered address.
        action: String,
        /// What it carries.
        fields: Vec<(&'static str, String)>,
    },
}

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
