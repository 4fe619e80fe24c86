//! The parameters of every CAS endpoint, read into types (CAS protocol §2). A parameter that comes
//! twice is refused, whatever its values; unknown ones are overlooked, because services pass their
//! own through. Never decides whether an address is registered or a ticket good.

mod saml11;

use clau_domain::login::HandOver;
use clau_domain::secret::{ProxyGrantingKind, Token};
use clau_domain::url::{BadUrl, WebUrl};

use crate::answer::{Failure, FailureCode, ProxyFailureCode};
use crate::ticket::Presented;
use crate::xml::BadXml;

pub use saml11::SamlValidate;

/// Why a request is not one. The requester's fault; the texts never repeat what was sent (CAS-09).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadRequest {
    /// A parameter that comes more than once.
    #[error("parameter `{0}` is given more than once")]
    Twice(&'static str),
    /// A parameter that must be there.
    #[error("parameter `{0}` is missing")]
    Missing(&'static str),
    /// A parameter with a value that means nothing.
    #[error("parameter `{name}` must be {expected}")]
    Value {
        /// Which.
        name: &'static str,
        /// What would do.
        expected: &'static str,
    },
    /// A service address that is none (CAS-01).
    #[error("parameter `{name}`: {why}")]
    Service {
        /// Which parameter.
        name: &'static str,
        /// What is wrong with it.
        why: BadUrl,
    },
    /// A service address with a fragment: the ticket would not reach the service (CAS-01).
    #[error("parameter `{0}`: a service address has no `#` part")]
    Fragment(&'static str),
    /// An address over plain `http` that is not the machine itself, where only `https` will do (CAS-14).
    #[error("parameter `{0}` must begin with https://")]
    NotHttps(&'static str),
    /// A service address that already carries a ticket (CAS-11).
    #[error("parameter `{0}`: the service address already carries a ticket")]
    CarriesTicket(&'static str),
    /// A proxy callback that is no address.
    #[error("parameter `pgtUrl`: {0}")]
    Callback(BadUrl),
    /// A text that cannot be a ticket of the kind.
    #[error("parameter `{0}` is not a ticket of this hub")]
    Ticket(&'static str),
    /// A SAML 1.1 body that is not XML as it should be.
    #[error("the SOAP body cannot be read: {0}")]
    Xml(#[from] BadXml),
    /// A SAML 1.1 body that is XML of something else.
    #[error("the SOAP body holds no SAML 1.1 request for one AssertionArtifact")]
    NotSaml,
}

impl BadRequest {
    /// The code for the answer of a validation endpoint (CAS protocol §2.5.3).
    pub fn code(&self) -> FailureCode {
        match self {
            Self::Twice(_)
            | Self::Missing(_)
            | Self::Value { .. }
            | Self::Xml(_)
            | Self::NotSaml => FailureCode::InvalidRequest,
            Self::Service { .. }
            | Self::Fragment(_)
            | Self::NotHttps(_)
            | Self::CarriesTicket(_) => FailureCode::InvalidService,
            Self::Callback(_) => FailureCode::InvalidProxyCallback,
            Self::Ticket(_) => FailureCode::InvalidTicket,
        }
    }

    /// The answer of a validation endpoint.
    pub fn failure(&self) -> Failure {
        Failure {
            code: self.code(),
            text: self.to_string(),
        }
    }

    /// The code for the answer of `/proxy` (CAS protocol §2.7.3).
    pub fn proxy_code(&self) -> ProxyFailureCode {
        match self {
            Self::Ticket(_) => ProxyFailureCode::InvalidTicket,
            Self::Service { .. } | Self::Fragment(_) | Self::CarriesTicket(_) => {
                ProxyFailureCode::UnauthorizedService
            }
            _ => ProxyFailureCode::InvalidRequest,
        }
    }
}

/// Name and value of each parameter, in the order in which they came.
#[derive(Clone, Copy, Debug)]
struct Parameters<'a>(&'a [(String, String)]);

impl<'a> Parameters<'a> {
    /// The value of a parameter that may come once.
    fn optional(self, name: &'static str) -> Result<Option<&'a str>, BadRequest> {
        let mut values = self.0.iter().filter(|(known, _)| known == name);
        let first = values.next().map(|(_, value)| value.as_str());
        if values.next().is_some() {
            Err(BadRequest::Twice(name))
        } else {
            Ok(first)
        }
    }

    fn required(self, name: &'static str) -> Result<&'a str, BadRequest> {
        match self.optional(name)? {
            None | Some("") => Err(BadRequest::Missing(name)),
            Some(value) => Ok(value),
        }
    }

    /// A parameter that is set by being there (§2.1.1 asks for `true` and takes anything); `false`
    /// is believed.
    fn flag(self, name: &'static str) -> Result<bool, BadRequest> {
        Ok(self
            .optional(name)?
            .is_some_and(|value| !value.eq_ignore_ascii_case("false")))
    }

    fn format(self) -> Result<Format, BadRequest> {
        match self.optional("format")? {
            None | Some("") => Ok(Format::Xml),
            Some(value) if value.eq_ignore_ascii_case("xml") => Ok(Format::Xml),
            Some(value) if value.eq_ignore_ascii_case("json") => Ok(Format::Json),
            Some(_) => Err(BadRequest::Value {
                name: "format",
                expected: "XML or JSON",
            }),
        }
    }
}

/// A service address. `ticket_ok`: at validation an extra `ticket` is overlooked (some clients add
/// the one they try again with); at login it would end up twice in the address (CAS-11).
fn service(name: &'static str, text: &str, ticket_ok: bool) -> Result<WebUrl, BadRequest> {
    // Some clients encode the whole address twice.
    let decoded = twice_encoded(text);
    let text = decoded.as_deref().unwrap_or(text);
    let url = WebUrl::parse(text).map_err(|why| BadRequest::Service { name, why })?;
    if url.fragment().is_some() {
        return Err(BadRequest::Fragment(name));
    }
    let carries = |known| url.has_query_name(known);
    if !ticket_ok && (carries("ticket") || carries("pgtIou") || carries("pgtId")) {
        return Err(BadRequest::CarriesTicket(name));
    }
    Ok(url)
}

/// The address behind one more percent-encoding, when the text is `https%3A…`.
fn twice_encoded(text: &str) -> Option<String> {
    let start: String = text
        .chars()
        .take(8)
        .collect::<String>()
        .to_ascii_lowercase();
    if !start.starts_with("https%3a") && !start.starts_with("http%3a") {
        return None;
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let digit = |byte: u8| {
            char::from(byte)
                .to_digit(16)
                .and_then(|d| u8::try_from(d).ok())
        };
        rest = match rest {
            [b'%', high, low, after @ ..] => match (digit(*high), digit(*low)) {
                (Some(high), Some(low)) => {
                    bytes.push(high * 16 + low);
                    after
                }
                _ => return None,
            },
            _ => {
                bytes.push(*first);
                after
            }
        };
    }
    String::from_utf8(bytes).ok()
}

/// In which form a validation is answered (`format`, CAS protocol §2.5.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// `application/xml`, the default.
    #[default]
    Xml,
    /// `application/json`.
    Json,
}

impl Format {
    /// What the requester would like, as far as it can be told: for the answer to a request that is
    /// otherwise refused.
    pub fn wanted(parameters: &[(String, String)]) -> Self {
        Parameters(parameters).format().unwrap_or_default()
    }

    /// Media type of the answer.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Xml => "application/xml;charset=UTF-8",
            Self::Json => "application/json;charset=UTF-8",
        }
    }
}

/// `/login` as credential requestor (§2.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Login {
    /// Where the ticket goes; none is a login for the hub itself.
    pub service: Option<WebUrl>,
    /// The person proves who they are again.
    pub renew: bool,
    /// No question may be asked. Never together with `renew`, which beats it (CAS-06); never without
    /// a service.
    pub gateway: bool,
    /// How the ticket is handed over.
    pub method: HandOver,
    /// The person wants to be asked before each service.
    pub warn: bool,
    /// The person wants to stay signed in on this device (§4.1.1).
    pub remember_me: bool,
}

impl Login {
    /// Reads the parameters.
    ///
    /// # Errors
    /// [`BadRequest`]: to be shown on a page, never by a redirect.
    pub fn parse(parameters: &[(String, String)]) -> Result<Self, BadRequest> {
        let parameters = Parameters(parameters);
        let service = match parameters.optional("service")? {
            None | Some("") => None,
            Some(text) => Some(service("service", text, false)?),
        };
        let renew = parameters.flag("renew")?;
        let gateway = parameters.flag("gateway")? && !renew && service.is_some();
        let method = match parameters.optional("method")? {
            None | Some("") => HandOver::Get,
            Some(value) if value.eq_ignore_ascii_case("GET") => HandOver::Get,
            Some(value) if value.eq_ignore_ascii_case("POST") => HandOver::Post,
            Some(value) if value.eq_ignore_ascii_case("HEADER") => HandOver::Header,
            Some(_) => {
                return Err(BadRequest::Value {
                    name: "method",
                    expected: "GET, POST or HEADER",
                });
            }
        };
        let warn = parameters.flag("warn")?;
        let remember_me = parameters.flag("rememberMe")?;
        Ok(Self {
            service,
            renew,
            gateway,
            method,
            warn,
            remember_me,
        })
    }
}

/// `/logout` (§2.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logout {
    /// Where the person would like to go afterwards; only a registered address is followed. `url` and
    /// `destination` of older versions are ignored (CAS-10).
    pub service: Option<WebUrl>,
}

impl Logout {
    /// Reads the parameters. Nobody is kept from signing out by a bad address: it counts as none.
    pub fn parse(parameters: &[(String, String)]) -> Self {
        let text = Parameters(parameters).optional("service").ok().flatten();
        Self {
            service: text.and_then(|text| service("service", text, true).ok()),
        }
    }
}

/// The endpoints that validate by parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// `/validate` (§2.4): CAS 1.0, plain text.
    Validate,
    /// `/serviceValidate` (§2.5).
    ServiceValidate,
    /// `/proxyValidate` (§2.6).
    ProxyValidate,
    /// `/p3/serviceValidate` (§2.8).
    P3ServiceValidate,
    /// `/p3/proxyValidate`.
    P3ProxyValidate,
}

impl Endpoint {
    /// Whether proxy tickets are taken (CAS-06).
    pub const fn takes_proxy_tickets(self) -> bool {
        matches!(self, Self::ProxyValidate | Self::P3ProxyValidate)
    }

    /// Whether answers carry the standard attributes of CAS 3.0 (§2.5.7).
    pub const fn is_p3(self) -> bool {
        matches!(self, Self::P3ServiceValidate | Self::P3ProxyValidate)
    }
}

/// A validation (§2.4.1, §2.5.1).
#[derive(Clone, Debug)]
pub struct Validate {
    /// The address the service says it is.
    pub service: WebUrl,
    /// What it presents.
    pub ticket: Presented,
    /// Only a ticket from a login that just took place.
    pub renew: bool,
    /// Where a proxy-granting ticket is wanted. `/validate` knows none.
    pub pgt_url: Option<WebUrl>,
    /// Form of the answer. `/validate` is always plain text.
    pub format: Format,
}

impl Validate {
    /// Reads the parameters.
    ///
    /// # Errors
    /// [`BadRequest`], to be answered by [`BadRequest::failure`].
    pub fn parse(endpoint: Endpoint, parameters: &[(String, String)]) -> Result<Self, BadRequest> {
        let parameters = Parameters(parameters);
        let service_text = parameters.required("service")?;
        let ticket = parameters.required("ticket")?;
        let (pgt_url, format) = match endpoint {
            Endpoint::Validate => (None, Format::Xml),
            _ => (parameters.optional("pgtUrl")?, parameters.format()?),
        };
        let pgt_url = match pgt_url {
            None | Some("") => None,
            Some(text) => Some(WebUrl::parse(text).map_err(BadRequest::Callback)?),
        };
        Ok(Self {
            renew: parameters.flag("renew")?,
            service: service("service", service_text, true)?,
            ticket: Presented::parse(ticket).ok_or(BadRequest::Ticket("ticket"))?,
            pgt_url,
            format,
        })
    }
}

/// `/proxy` (§2.7.1).
#[derive(Clone, Debug)]
pub struct Proxy {
    /// The proxy-granting ticket.
    pub pgt: Token<ProxyGrantingKind>,
    /// The service that the proxy ticket is for.
    pub target_service: WebUrl,
    /// Form of the answer.
    pub format: Format,
}

impl Proxy {
    /// Reads the parameters.
    ///
    /// # Errors
    /// [`BadRequest`], to be answered with [`BadRequest::proxy_code`].
    pub fn parse(parameters: &[(String, String)]) -> Result<Self, BadRequest> {
        let parameters = Parameters(parameters);
        let pgt = parameters.required("pgt")?;
        let target = parameters.required("targetService")?;
        Ok(Self {
            target_service: service("targetService", target, false)?,
            pgt: Token::parse(pgt).ok_or(BadRequest::Ticket("pgt"))?,
            format: parameters.format()?,
        })
    }
}

#[cfg(test)]
mod tests;
