//! What a registration must say before a driver is made of it, and what some providers are known to refuse.
//! Never fills in what it leaves open: profiles do ([`crate::profile::complete`]).

use clau_domain::connector::{Connector, ConnectorProfile, OidcUpstream, UpstreamLogout};
use clau_domain::secret::SecretString;
use clau_domain::session::Assurance;
use clau_domain::url::WebUrl;
use clau_oidc::jose::Algorithm;

use crate::contract::{Addresses, Blueprint, Mistake};

/// Where the document lies that describes a provider, below its issuer (OIDC Discovery §4).
const DISCOVERY: &str = ".well-known/openid-configuration";

/// A registration that can work.
pub(super) struct Registered {
    pub(super) connector: Connector,
    pub(super) addresses: Addresses,
    /// Compared as text, everywhere (FED-05, FED-12).
    pub(super) issuer: String,
    pub(super) discovery: WebUrl,
    pub(super) client_id: String,
    pub(super) proof: Proof,
    /// By which its tokens may be signed: never with a shared secret (FED-07).
    pub(super) algorithms: Vec<Algorithm>,
    pub(super) scopes: Vec<String>,
    pub(super) acr_values: Vec<String>,
    pub(super) encrypted: bool,
    pub(super) signed_userinfo: bool,
    pub(super) idp_hint: String,
    pub(super) logout: Option<UpstreamLogout>,
    pub(super) logout_url: Option<WebUrl>,
    pub(super) dialect: Dialect,
}

/// How the hub proves itself to a provider (OIDC Core §9).
pub(super) enum Proof {
    /// `client_secret_basic`.
    Basic(SecretString),
    /// `client_secret_post`.
    Post(SecretString),
    /// `private_key_jwt`.
    Key,
}

impl Proof {
    /// Its name in discovery documents.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Basic(_) => "client_secret_basic",
            Self::Post(_) => "client_secret_post",
            Self::Key => "private_key_jwt",
        }
    }
}

/// What a provider takes in a request for a login. FranceConnect and ProConnect refuse every parameter that
/// they do not know, with an error page (Y000400).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Dialect {
    /// `code_challenge`. FranceConnect refuses it; there the code is bound to this browser's login by the
    /// `nonce` alone, which RFC 9700 §2.1.1 allows a client that proves itself (FED-06).
    pub(super) pkce: bool,
    /// `max_age`. Where it is refused, `auth_time` is asked for by `claims`.
    pub(super) max_age: bool,
    /// `login_hint`.
    pub(super) login_hint: LoginHint,
}

/// What may be said about who will come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LoginHint {
    /// Anything.
    Any,
    /// A mail address.
    Mail,
    /// Nothing.
    Refused,
}

impl Dialect {
    fn of(profile: ConnectorProfile) -> Self {
        match profile {
            ConnectorProfile::Franceconnect => Self {
                pkce: false,
                max_age: false,
                login_hint: LoginHint::Refused,
            },
            ConnectorProfile::Proconnect => Self {
                pkce: true,
                max_age: false,
                login_hint: LoginHint::Mail,
            },
            _ => Self {
                pkce: true,
                max_age: true,
                login_hint: LoginHint::Any,
            },
        }
    }
}

impl Registered {
    /// How strong a context is, where it is mapped.
    pub(super) fn level(&self, context: &str) -> Option<Assurance> {
        self.connector.levels.get(context).copied()
    }
}

/// Reads a completed registration.
///
/// # Errors
/// Everything that is wrong with it.
pub(super) fn read(
    connector: Connector,
    blueprint: &Blueprint<'_>,
) -> Result<Registered, Vec<Mistake>> {
    let mut mistakes = Mistakes::default();
    let Some(oidc) = connector.oidc.clone() else {
        mistakes.add("oidc", "the table `[connector.oidc]`");
        return Err(mistakes.0);
    };
    // Identity services of the State sign what they say of a citizen or an agent; a registration cannot do
    // without (FED-07).
    let state = matches!(
        connector.profile,
        ConnectorProfile::Franceconnect | ConnectorProfile::Proconnect
    );
    let proof = proof(&oidc, blueprint.secret, &mut mistakes);
    let algorithms = algorithms(&oidc, &mut mistakes);
    let discovery = discovery(&oidc.issuer, &mut mistakes);
    check_texts(&oidc, &connector, &mut mistakes);
    check_logout(&oidc, &mut mistakes);
    if state && oidc.signed_userinfo == Some(false) {
        mistakes.add("oidc.signed_userinfo", "true: this profile demands it");
    }
    if connector.profile == ConnectorProfile::Franceconnect && oidc.acr_values.is_empty() {
        mistakes.add("oidc.acr_values", "a level: `eidas1`, `eidas2` or `eidas3`");
    }
    let (Some(proof), Some(discovery), true) = (proof, discovery, mistakes.0.is_empty()) else {
        return Err(mistakes.0);
    };
    Ok(Registered {
        addresses: blueprint.addresses(),
        issuer: oidc.issuer.as_str().to_owned(),
        discovery,
        client_id: oidc.client_id,
        proof,
        algorithms,
        scopes: oidc.scopes,
        acr_values: oidc.acr_values,
        encrypted: oidc.encrypted,
        signed_userinfo: oidc.signed_userinfo.unwrap_or(state),
        idp_hint: oidc.idp_hint,
        logout: oidc.logout,
        logout_url: oidc.logout_url,
        dialect: Dialect::of(connector.profile),
        connector,
    })
}

#[derive(Default)]
struct Mistakes(Vec<Mistake>);

impl Mistakes {
    fn add(&mut self, key: &str, expected: impl Into<String>) {
        self.0.push(Mistake {
            key: key.to_owned(),
            expected: expected.into(),
        });
    }
}

fn proof(
    oidc: &OidcUpstream,
    secret: Option<&SecretString>,
    mistakes: &mut Mistakes,
) -> Option<Proof> {
    let make = match oidc.authentication.as_str() {
        "private_key_jwt" => return Some(Proof::Key),
        "" | "client_secret_basic" => Proof::Basic,
        "client_secret_post" => Proof::Post,
        _ => {
            mistakes.add(
                "oidc.authentication",
                "`client_secret_basic`, `client_secret_post` or `private_key_jwt`",
            );
            return None;
        }
    };
    if secret.is_none() {
        mistakes.add(
            "oidc.client_secret",
            "the secret that the provider has given out, or `authentication = \"private_key_jwt\"`",
        );
    }
    secret.cloned().map(make)
}

fn algorithms(oidc: &OidcUpstream, mistakes: &mut Mistakes) -> Vec<Algorithm> {
    let default = [Algorithm::Es256, Algorithm::Rs256, Algorithm::Ps256];
    if oidc.algorithms.is_empty() {
        return default.to_vec();
    }
    let mut read = Vec::new();
    for name in &oidc.algorithms {
        match name.parse() {
            Ok(algorithm) => read.push(algorithm),
            Err(error) => mistakes.add(
                "oidc.algorithms",
                format!("algorithms with a public key (`{name}` is {error})"),
            ),
        }
    }
    read
}

fn discovery(issuer: &WebUrl, mistakes: &mut Mistakes) -> Option<WebUrl> {
    let plain = issuer.query().is_none() && issuer.fragment().is_none();
    let found = issuer.below(DISCOVERY);
    let found = found.filter(|_| issuer.is_https() && plain);
    if found.is_none() {
        mistakes.add(
            "oidc.issuer",
            "an https address without `?` and `#`, as the provider writes it itself",
        );
    }
    found
}

fn check_texts(oidc: &OidcUpstream, connector: &Connector, mistakes: &mut Mistakes) {
    let visible = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic());
    if oidc.client_id.is_empty() || oidc.client_id.chars().any(char::is_control) {
        mistakes.add("oidc.client_id", "what the hub is called there");
    }
    for scope in oidc.scopes.iter().filter(|scope| !visible(scope)) {
        mistakes.add(
            "oidc.scopes",
            format!("words without spaces (not {scope:?})"),
        );
    }
    for acr in &oidc.acr_values {
        if !visible(acr) {
            mistakes.add(
                "oidc.acr_values",
                format!("words without spaces (not {acr:?})"),
            );
        } else if !connector.levels.is_empty() && !connector.levels.contains_key(acr) {
            // Asked for, and refused when it comes.
            mistakes.add(
                "oidc.acr_values",
                format!("levels of `levels` (not `{acr}`)"),
            );
        }
    }
}

fn check_logout(oidc: &OidcUpstream, mistakes: &mut Mistakes) {
    match oidc.logout {
        Some(UpstreamLogout::ReturnUrl) => {
            mistakes.add("oidc.logout", "`protocol`, `button` or `none`");
        }
        Some(UpstreamLogout::Button) if oidc.logout_url.is_none() => {
            mistakes.add("oidc.logout_url", "where the button leads");
        }
        _ => {}
    }
    if oidc.logout_url.as_ref().is_some_and(|url| !url.is_https()) {
        mistakes.add("oidc.logout_url", "an https address");
    }
}
