//! The addresses of a CAS server and of the hub as its service, read once, and what in a registration cannot be,
//! in words (`clau apply` tells it). Never calls one.

use clau_domain::connector::{Connector, UpstreamLogout};
use clau_domain::url::WebUrl;

use crate::contract::{Addresses, Mistake};

/// Where everything is.
#[derive(Clone, Debug)]
pub(super) struct Server {
    pub(super) login: WebUrl,
    pub(super) validate: WebUrl,
    pub(super) logout: WebUrl,
    /// The hub's address for tickets, without a state.
    pub(super) callback: WebUrl,
    /// The hub's address for those who come back from a logout, without a state.
    pub(super) signed_out: WebUrl,
    /// How sessions end there; by its own page where nothing is said.
    pub(super) way: Option<UpstreamLogout>,
    /// Whether it is asked in the way that has attributes.
    pub(super) is_p3: bool,
}

impl Server {
    /// Reads a completed registration.
    ///
    /// # Errors
    /// All that is wrong with it, by key.
    pub(super) fn read(connector: &Connector, addresses: &Addresses) -> Result<Self, Vec<Mistake>> {
        let mut mistakes = Vec::new();
        let mut wrong = |key: &str, expected: &str| {
            mistakes.push(Mistake {
                key: key.to_owned(),
                expected: expected.to_owned(),
            });
        };
        let Some(cas) = &connector.cas else {
            wrong("cas", "the url of a CAS server");
            return Err(mistakes);
        };
        let url = &cas.url;
        let is_plain = url.is_https() && url.query().is_none() && url.fragment().is_none();
        if !is_plain {
            wrong(
                "cas.url",
                "the https address before `/login`, without `?` and `#`: `https://cas.lycee.fr/cas`",
            );
        }
        let validate = cas.validate.trim_matches('/');
        let is_path = validate
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'-' | b'_' | b'.'));
        // Others take proxy tickets, or answer in another language.
        let is_endpoint = validate == "serviceValidate" || validate.ends_with("/serviceValidate");
        if !is_path || !is_endpoint {
            wrong("cas.validate", "`p3/serviceValidate` or `serviceValidate`");
        }
        if cas.logout == Some(UpstreamLogout::ReturnUrl) {
            wrong(
                "cas.logout",
                "`protocol`, `button` or `none`: a CAS server sends no address to return to",
            );
        }
        let own = |text: String| WebUrl::parse(&text).ok();
        let (callback, signed_out) = (
            own(addresses.cas_callback()),
            own(addresses.cas_signed_out()),
        );
        if callback.is_none() || signed_out.is_none() {
            wrong("base_url", "an address of the hub's own that can be read");
        }
        let there = (url.below("login"), url.below(validate), url.below("logout"));
        match (there, callback, signed_out) {
            ((Some(login), Some(validate), Some(logout)), Some(callback), Some(signed_out))
                if mistakes.is_empty() =>
            {
                Ok(Self {
                    is_p3: cas.validate.contains("p3/"),
                    login,
                    validate,
                    logout,
                    callback,
                    signed_out,
                    way: cas.logout,
                })
            }
            _ => {
                if mistakes.is_empty() {
                    mistakes.push(Mistake {
                        key: "cas.url".to_owned(),
                        expected: "an address that can go on with `/login`".to_owned(),
                    });
                }
                Err(mistakes)
            }
        }
    }
}
