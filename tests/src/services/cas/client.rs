//! A CAS client: what a service needs to trust a ticket (CAS protocol 3.0; security.md CAS-13).
//!
//! Owns the addresses at the hub and the reading of its answers. The service address comes from
//! the service's own configuration, never from a request; the ticket is percent-encoded; TLS is
//! verified; an answer must hold exactly one of success and failure. Never keeps a session.

use std::collections::BTreeMap;
use std::fmt;

use quick_xml::NsReader;
use quick_xml::events::Event;
use quick_xml::name::ResolveResult;
use url::Url;

use crate::services::server::body_of;

const NAMESPACE: &str = "http://www.yale.edu/tp/cas";
const SAML_PROTOCOL: &str = "urn:oasis:names:tc:SAML:2.0:protocol";
const DEEPEST: usize = 12;

/// Which validation a service asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Validation {
    /// `/cas/serviceValidate`: CAS 2.
    Cas2,
    /// `/cas/p3/serviceValidate`: CAS 3, with attributes.
    Cas3,
    /// `/cas/p3/proxyValidate`: CAS 3, proxy tickets too.
    Cas3Proxy,
}

/// A client of one hub.
#[derive(Debug, Clone)]
pub struct CasClient {
    http: reqwest::Client,
    hub: Url,
}

/// Whom a ticket stands for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Success {
    /// `cas:user`.
    pub user: String,
    /// Attributes of all shapes by local name; values in the order of the answer.
    pub attributes: BTreeMap<String, Vec<String>>,
    /// Receipt for a proxy-granting ticket, where one was asked for.
    pub pgt_iou: Option<String>,
    /// The services the request came through, most recent first.
    pub proxies: Vec<String>,
}

/// Why there is no person.
#[derive(Debug)]
pub enum CasError {
    /// The hub refused the ticket: its code.
    Refused(String),
    /// The answer is not one of CAS.
    Malformed(&'static str),
    /// The hub could not be asked.
    Unreachable(reqwest::Error),
}

impl fmt::Display for CasError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(code) => write!(f, "the hub refused the ticket: {code}"),
            Self::Malformed(what) => write!(f, "the hub's answer is not one of CAS: {what}"),
            Self::Unreachable(error) => {
                write!(f, "the hub could not be asked: {error}")?;
                let mut cause = std::error::Error::source(error);
                while let Some(error) = cause {
                    write!(f, ": {error}")?;
                    cause = error.source();
                }
                Ok(())
            }
        }
    }
}

impl std::error::Error for CasError {}

impl From<reqwest::Error> for CasError {
    fn from(error: reqwest::Error) -> Self {
        // An address may hold a ticket: it is left out.
        Self::Unreachable(error.without_url())
    }
}

impl CasClient {
    /// A client of the hub at `hub` (its base address).
    #[must_use]
    pub fn new(http: reqwest::Client, hub: Url) -> Self {
        Self { http, hub }
    }

    /// Where to send a browser that has no session here.
    #[must_use]
    pub fn login_address(&self, service: &Url) -> Url {
        self.address("cas/login", &[("service", service.as_str())])
    }

    /// Where to send a browser that wants to leave everything; it comes back to `service`.
    #[must_use]
    pub fn logout_address(&self, service: &Url) -> Url {
        self.address("cas/logout", &[("service", service.as_str())])
    }

    /// Asks the hub whom a ticket stands for.
    ///
    /// # Errors
    /// The hub refuses, answers something else, or does not answer.
    pub async fn validate(
        &self,
        how: Validation,
        service: &Url,
        ticket: &str,
        pgt_url: Option<&Url>,
    ) -> Result<Success, CasError> {
        let path = match how {
            Validation::Cas2 => "cas/serviceValidate",
            Validation::Cas3 => "cas/p3/serviceValidate",
            Validation::Cas3Proxy => "cas/p3/proxyValidate",
        };
        let mut parameters = vec![("service", service.as_str()), ("ticket", ticket)];
        parameters.extend(pgt_url.map(|url| ("pgtUrl", url.as_str())));
        read_validation(&self.get(self.address(path, &parameters)).await?)
    }

    /// Asks for a ticket to `target` in the name of the person who holds the proxy-granting ticket.
    ///
    /// # Errors
    /// The hub refuses, answers something else, or does not answer.
    pub async fn proxy_ticket(
        &self,
        proxy_granting: &str,
        target: &Url,
    ) -> Result<String, CasError> {
        let parameters = [("pgt", proxy_granting), ("targetService", target.as_str())];
        read_proxy(&self.get(self.address("cas/proxy", &parameters)).await?)
    }

    fn address(&self, path: &str, parameters: &[(&str, &str)]) -> Url {
        let mut address = self.hub.clone();
        let base = address.path().trim_end_matches('/').to_owned();
        address.set_path(&format!("{base}/{path}"));
        address.query_pairs_mut().extend_pairs(parameters);
        address
    }

    async fn get(&self, address: Url) -> Result<String, CasError> {
        let response = self.http.get(address).send().await?.error_for_status()?;
        let body = body_of(response)
            .await?
            .ok_or(CasError::Malformed("it is too long"))?;
        String::from_utf8(body).map_err(|_| CasError::Malformed("it is not UTF-8"))
    }
}

/// The ticket a logout notice is about (`logoutRequest`, CAS protocol §2.3.3), if it is one.
#[must_use]
pub fn logout_ticket(message: &str) -> Option<String> {
    let tree = Element::read(message, SAML_PROTOCOL, "LogoutRequest").ok()?;
    let mut tickets = tree
        .children
        .iter()
        .filter(|child| child.name == "SessionIndex");
    let ticket = tickets.next()?.text.trim().to_owned();
    (tickets.next().is_none() && !ticket.is_empty()).then_some(ticket)
}

fn read_validation(answer: &str) -> Result<Success, CasError> {
    let outcome = outcome(answer, "authenticationSuccess", "authenticationFailure")?;
    let mut success = Success::default();
    let mut users = 0;
    for child in outcome.children {
        match child.name.as_str() {
            "user" => {
                users += 1;
                success.user = child.text.trim().to_owned();
            }
            "proxyGrantingTicket" => success.pgt_iou = Some(child.text.trim().to_owned()),
            "proxies" => {
                success.proxies = child
                    .children
                    .into_iter()
                    .map(|proxy| proxy.text.trim().to_owned())
                    .collect()
            }
            "attributes" => child
                .children
                .into_iter()
                .for_each(|attribute| keep(&mut success.attributes, attribute)),
            _ => keep(&mut success.attributes, child),
        }
    }
    if users != 1 || success.user.is_empty() {
        return Err(CasError::Malformed("it names no user, or several"));
    }
    Ok(success)
}

fn read_proxy(answer: &str) -> Result<String, CasError> {
    let outcome = outcome(answer, "proxySuccess", "proxyFailure")?;
    let mut tickets = outcome
        .children
        .into_iter()
        .filter(|child| child.name == "proxyTicket");
    match (tickets.next(), tickets.next()) {
        (Some(ticket), None) if !ticket.text.trim().is_empty() => Ok(ticket.text.trim().to_owned()),
        _ => Err(CasError::Malformed("it holds no proxy ticket, or several")),
    }
}

/// The one success of an answer. Anything beside it, or a failure, is an error.
fn outcome(answer: &str, success: &str, failure: &str) -> Result<Element, CasError> {
    let mut root = Element::read(answer, NAMESPACE, "serviceResponse")?;
    let (Some(only), true) = (root.children.pop(), root.children.is_empty()) else {
        return Err(CasError::Malformed("it holds not exactly one outcome"));
    };
    if only.name == failure {
        return Err(CasError::Refused(only.code));
    }
    if only.name != success {
        return Err(CasError::Malformed("it holds neither success nor failure"));
    }
    Ok(only)
}

/// Keeps the leaves of an attribute, whatever container they come in.
fn keep(attributes: &mut BTreeMap<String, Vec<String>>, element: Element) {
    if element.children.is_empty() {
        let value = element.text.trim();
        if !value.is_empty() {
            attributes
                .entry(element.name)
                .or_default()
                .push(value.to_owned());
        }
    } else {
        element
            .children
            .into_iter()
            .for_each(|child| keep(attributes, child));
    }
}

/// One element with what a CAS answer can hold.
#[derive(Debug, Default)]
struct Element {
    name: String,
    code: String,
    text: String,
    children: Vec<Element>,
}

impl Element {
    /// Reads a document whose root has this name; no document type, no other declarations.
    fn read(text: &str, namespace: &str, root: &str) -> Result<Self, CasError> {
        let not_xml = |_| CasError::Malformed("it is not well-formed");
        let mut reader = NsReader::from_str(text);
        reader.config_mut().expand_empty_elements = true;
        let mut open: Vec<Element> = Vec::new();
        let mut document = None;
        loop {
            match reader
                .read_resolved_event()
                .map_err(|_| CasError::Malformed("it is not well-formed"))?
            {
                (bound, Event::Start(tag)) => {
                    let name = tag.local_name().into_inner().to_owned();
                    let known = matches!(bound, ResolveResult::Bound(found) if found.into_inner() == namespace);
                    if open.is_empty() && (document.is_some() || !known || name != root) {
                        return Err(CasError::Malformed("its root is another"));
                    }
                    if open.len() >= DEEPEST {
                        return Err(CasError::Malformed("it is too deep"));
                    }
                    let code = tag
                        .try_get_attribute("code")
                        .map_err(|_| CasError::Malformed("it is not well-formed"))?;
                    let code = code
                        .map(|attribute| attribute.value.into_owned())
                        .unwrap_or_default();
                    open.push(Element {
                        name,
                        code,
                        ..Self::default()
                    });
                }
                (_, Event::End(_)) => {
                    let Some(done) = open.pop() else {
                        return Err(CasError::Malformed("it is not well-formed"));
                    };
                    match open.last_mut() {
                        Some(parent) => parent.children.push(done),
                        None => document = Some(done),
                    }
                }
                (_, Event::Text(part)) => {
                    if let Some(element) = open.last_mut() {
                        element.text.push_str(&part);
                    }
                }
                (_, Event::CData(part)) => {
                    if let Some(element) = open.last_mut() {
                        element.text.push_str(&part);
                    }
                }
                (_, Event::GeneralRef(entity)) => {
                    let letter = match &*entity {
                        "amp" => Some('&'),
                        "lt" => Some('<'),
                        "gt" => Some('>'),
                        "apos" => Some('\''),
                        "quot" => Some('"'),
                        _ => entity.resolve_char_ref().map_err(not_xml)?,
                    };
                    let letter =
                        letter.ok_or(CasError::Malformed("it uses an entity of its own"))?;
                    if let Some(element) = open.last_mut() {
                        element.text.push(letter);
                    }
                }
                (_, Event::DocType(_)) => {
                    return Err(CasError::Malformed("it declares a document type"));
                }
                (_, Event::Eof) => break,
                _ => {}
            }
        }
        document
            .filter(|_| open.is_empty())
            .ok_or(CasError::Malformed("it ends too early"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::services::server::http_client;

    fn answer(inside: &str) -> String {
        format!("<cas:serviceResponse xmlns:cas=\"{NAMESPACE}\">{inside}</cas:serviceResponse>")
    }

    #[test]
    fn reads_attributes_in_their_container_and_beside_the_user() {
        let text = answer(
            "<cas:authenticationSuccess><cas:user>lea.d&apos;artigues</cas:user><cas:uid>7</cas:uid>\
             <cas:attributes><cas:classes>0318000C$6A</cas:classes><cas:classes>0318000C$5&#233;</cas:classes></cas:attributes>\
             <cas:proxies><cas:proxy>https://a/pgt</cas:proxy></cas:proxies></cas:authenticationSuccess>",
        );
        let success = read_validation(&text).unwrap();
        assert_eq!(success.user, "lea.d'artigues");
        assert_eq!(
            success.attributes["classes"],
            ["0318000C$6A", "0318000C$5é"]
        );
        assert_eq!(success.attributes["uid"], ["7"]);
        assert_eq!(success.proxies, ["https://a/pgt"]);
    }

    #[test]
    fn cas_13_takes_exactly_one_of_success_and_failure() {
        let success =
            "<cas:authenticationSuccess><cas:user>a</cas:user></cas:authenticationSuccess>";
        let failure =
            "<cas:authenticationFailure code=\"INVALID_TICKET\">no</cas:authenticationFailure>";
        assert!(read_validation(&answer(success)).is_ok());
        assert!(
            matches!(read_validation(&answer(failure)), Err(CasError::Refused(code)) if code == "INVALID_TICKET")
        );
        for inside in [
            format!("{success}{failure}"),
            format!("{failure}{success}"),
            format!("{success}{success}"),
            String::new(),
        ] {
            assert!(
                matches!(
                    read_validation(&answer(&inside)),
                    Err(CasError::Malformed(_))
                ),
                "{inside}"
            );
        }
        let two_users = "<cas:authenticationSuccess><cas:user>a</cas:user><cas:user>b</cas:user></cas:authenticationSuccess>";
        assert!(matches!(
            read_validation(&answer(two_users)),
            Err(CasError::Malformed(_))
        ));
        let success_inside_failure =
            format!("<cas:authenticationFailure code=\"X\">{success}</cas:authenticationFailure>");
        assert!(matches!(
            read_validation(&answer(&success_inside_failure)),
            Err(CasError::Refused(_))
        ));
    }

    #[test]
    fn cas_13_refuses_foreign_roots_and_document_types() {
        let inside =
            "<cas:authenticationSuccess><cas:user>a</cas:user></cas:authenticationSuccess>";
        let other = answer(inside).replace(NAMESPACE, "http://example.org/");
        assert!(read_validation(&other).is_err());
        let typed = format!("<!DOCTYPE x [<!ENTITY y 'z'>]>{}", answer(inside));
        assert!(read_validation(&typed).is_err());
        let entity = answer(&inside.replace(">a<", ">&y;<"));
        assert!(read_validation(&entity).is_err());
        let cut = answer(inside);
        for end in 0..cut.len() {
            assert!(read_validation(cut.get(..end).unwrap()).is_err(), "{end}");
        }
    }

    #[test]
    fn cas_13_encodes_the_ticket() {
        let client = CasClient {
            http: http_client(None).unwrap(),
            hub: Url::parse("https://localhost:1/ent/").unwrap(),
        };
        let address = client.address(
            "cas/serviceValidate",
            &[
                ("service", "https://a/?b=c&d"),
                ("ticket", "ST-1&user=admin#x"),
            ],
        );
        assert_eq!(
            address.as_str(),
            "https://localhost:1/ent/cas/serviceValidate?service=https%3A%2F%2Fa%2F%3Fb%3Dc%26d&ticket=ST-1%26user%3Dadmin%23x"
        );
    }

    #[test]
    fn finds_the_ticket_of_a_logout_notice() {
        let notice = |index: &str| {
            format!(
                "<samlp:LogoutRequest xmlns:samlp=\"{SAML_PROTOCOL}\" xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\" ID=\"1\">\
                 <saml:NameID>@NOT_USED@</saml:NameID>{index}</samlp:LogoutRequest>"
            )
        };
        let index = "<samlp:SessionIndex>ST-1-abc</samlp:SessionIndex>";
        assert_eq!(logout_ticket(&notice(index)).as_deref(), Some("ST-1-abc"));
        assert_eq!(logout_ticket(&notice("")), None);
        assert_eq!(logout_ticket(&notice(&format!("{index}{index}"))), None);
        assert_eq!(logout_ticket("<a/>"), None);
    }
}
