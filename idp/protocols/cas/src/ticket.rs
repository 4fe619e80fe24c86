//! The tickets that services present (CAS protocol §3). Never says whether one is good: it is looked
//! up, once, by the engine.

use clau_domain::secret::{ProxyTicketKind, ServiceTicketKind, Token};

/// A service or proxy ticket by its form. Its digest lies in the key space of its own kind, so that
/// neither is ever found as the other (CAS-05).
#[derive(Clone, Debug)]
pub enum Presented {
    /// `ST-…`: from the browser (§3.1).
    Service(Token<ServiceTicketKind>),
    /// `PT-…`: from a proxy (§3.2). `/validate` and `/serviceValidate` refuse it (CAS-06).
    Proxy(Token<ProxyTicketKind>),
}

impl Presented {
    /// Reads a ticket. `None` when the text cannot be one: nothing is looked up for it.
    pub fn parse(text: &str) -> Option<Self> {
        Token::parse(text)
            .map(Self::Service)
            .or_else(|| Token::parse(text).map(Self::Proxy))
    }

    /// The clear text.
    pub fn expose(&self) -> &str {
        match self {
            Self::Service(token) => token.expose(),
            Self::Proxy(token) => token.expose(),
        }
    }

    /// Whether it is a proxy ticket.
    pub fn is_proxy(&self) -> bool {
        matches!(self, Self::Proxy(_))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clau_domain::random::SeededForTests;
    use clau_domain::secret::{ProxyGrantingKind, SessionKind};

    #[test]
    fn cas_05_only_service_and_proxy_tickets_are_presented() {
        let random = SeededForTests::new(3);
        let service = Token::<ServiceTicketKind>::mint(&random);
        let proxy = Token::<ProxyTicketKind>::mint(&random);
        let read = |text: &str| Presented::parse(text).map(|ticket| ticket.is_proxy());
        assert_eq!(read(service.expose()), Some(false));
        assert_eq!(read(proxy.expose()), Some(true));
        let granting = Token::<ProxyGrantingKind>::mint(&random);
        let session = Token::<SessionKind>::mint(&random);
        for other in ["", "ST-", "ST-1", granting.expose(), session.expose()] {
            assert_eq!(read(other), None, "{other}");
        }
    }
}
