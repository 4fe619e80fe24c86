//! The pages on which a person decides for a service: what it may receive (OpenID Connect Core
//! §3.1.2.4) and which account goes on (§3.1.2.1, `prompt=select_account`). Never decides what is
//! released and never remembers an answer: that is the engine's. A handle stands for one stored request
//! of one browser (OIDC-18).

use askama::Template;

use clau_domain::policy::Attribute;

use super::{Frame, Page, attribute_key};

/// "This service asks for information about you."
#[derive(Debug, Template)]
#[template(path = "consent.html")]
pub struct ConsentPage {
    /// Around it.
    pub frame: Frame,
    /// The request that is answered, as the engine handed it out.
    pub handle: String,
    /// Name of the service.
    pub service: String,
    /// The service's own site: an address checked when the service was registered, as the next two.
    pub home: Option<String>,
    /// What the service does with what it receives.
    pub policy: Option<String>,
    /// The service's terms.
    pub terms: Option<String>,
    /// Texts of what it would receive.
    pub attribute_keys: Vec<&'static str>,
    /// Whether its access goes on when the person is away (`offline_access`).
    pub lasting: bool,
}

impl Page for ConsentPage {}

impl ConsentPage {
    pub(crate) fn received(&self) -> Vec<&'static str> {
        received(&self.attribute_keys)
    }

    /// Host and port of the service's site: what there is to compare, without a path that could say
    /// anything.
    pub(crate) fn home_host(&self) -> &str {
        let home = self.home.as_deref().unwrap_or_default();
        let rest = home.split_once("://").map_or(home, |(_, rest)| rest);
        rest.split(['/', '?', '#']).next().unwrap_or_default()
    }
}

/// Texts of what a service receives. Whatever is released, it learns the number under which it knows
/// the person.
pub(super) fn received(attribute_keys: &[&'static str]) -> Vec<&'static str> {
    if attribute_keys.is_empty() {
        vec![attribute_key(Attribute::PairwiseId)]
    } else {
        attribute_keys.to_vec()
    }
}

/// "Go on with this account?"
#[derive(Debug, Template)]
#[template(path = "choose_account.html")]
pub struct ChooseAccountPage {
    /// Around it.
    pub frame: Frame,
    /// The request that waits, as the engine handed it out.
    pub handle: String,
    /// Name of the service that is being opened.
    pub service: Option<String>,
    /// First name and family name of whoever is signed in.
    pub name: String,
    /// Login of whoever is signed in.
    pub login: String,
}

impl Page for ChooseAccountPage {}
