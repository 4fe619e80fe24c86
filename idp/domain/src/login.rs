//! One login in progress, from the first request to the answer: a persisted state machine. [`next`]
//! is the only place that says what comes next; steps never name one another. Never reads storage:
//! what a decision needs is in the [`Login`].

use serde::{Deserialize, Serialize};

use crate::connector::ConnectorId;
use crate::identity::ExternalIdentity;
use crate::ids::{PersonId, ServiceId};
use crate::secret::Digest;
use crate::session::{Assurance, Context, Method, Source};
use crate::time::Timestamp;
use crate::url::{LocalPath, WebUrl};

/// One attempt. Stored under its own token's digest and bound to one browser (SES-03).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Login {
    /// Digest of the browser cookie that started it: useless anywhere else.
    pub browser: Digest,
    /// When it began; it lives for [`LIFETIME_MINUTES`].
    pub started_at: Timestamp,
    /// What to go on with afterwards. Fixed from the beginning to the end.
    pub resume: Resume,
    /// The person must prove who they are even if a session exists (`renew`, step-up).
    pub force: bool,
    /// The least strength that will do; whatever the person has where it is not given.
    #[serde(default)]
    pub at_least: Option<Assurance>,
    /// The person asked to be remembered on this device.
    pub remember: bool,
    /// Somebody signed in links an account elsewhere to their own, and this is who.
    #[serde(default)]
    pub link_to: Option<PersonId>,
    /// Somebody has come whom an upstream vouches for.
    #[serde(default)]
    pub arrived: Option<Box<FromUpstream>>,
    /// A session that becomes stronger keeps who had vouched for its person.
    #[serde(default)]
    pub source: Option<Source>,
    /// For whom or where they want to act.
    #[serde(default)]
    pub context: Context,
    /// Who it turned out to be, once proven.
    pub proof: Option<Proof>,
    /// What must still be done before this person is let in.
    pub due: Vec<Due>,
    /// Wrong second factors so far: after [`MOST_TRIES`] it begins again from the first one (MFA-08).
    #[serde(default)]
    pub tries: u8,
}

/// How many second factors may be tried in one login.
pub const MOST_TRIES: u8 = 5;

/// How long a login may take, in minutes: long enough to read the charter, to look for the paper with
/// the code, and to be called away once.
pub const LIFETIME_MINUTES: u64 = 30;

/// What a login leads to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Resume {
    /// A page of the hub.
    Page(LocalPath),
    /// A CAS service that asked for a ticket.
    Cas(CasRequest),
    /// A client of OpenID Connect that asked for a code.
    Oidc(Box<OidcRequest>),
    /// A service of SAML that asked for an assertion.
    Saml(Box<SamlRequest>),
}

impl Resume {
    /// The service that is being opened; none for a page of the hub.
    pub fn service(&self) -> Option<&ServiceId> {
        match self {
            Self::Page(_) => None,
            Self::Cas(request) => Some(&request.service),
            Self::Oidc(request) => Some(&request.service),
            Self::Saml(request) => Some(&request.service),
        }
    }
}

/// An OpenID Connect request that has been checked against the registry (OIDC Core §3.1.2.1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OidcRequest {
    /// The registered service.
    pub service: ServiceId,
    /// What a page's policy must allow for a form of ours to lead where the answer goes (WEB-01).
    pub origin: Option<String>,
    /// Longest age of the proof, in seconds (`max_age`).
    pub max_age: Option<u64>,
    /// The request as `clau-oidc` read it; immutable from here to the answer (OIDC-06).
    pub request: serde_json::Value,
    /// What must still be there when the answer is made, and is gone afterwards: a pushed request leads
    /// to one answer (RFC 9126 §4).
    pub once: Option<Digest>,
}

/// A SAML request that has been checked against the service's metadata (SAML Core §3.4.1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SamlRequest {
    /// The registered service.
    pub service: ServiceId,
    /// What a page's policy must allow for a form of ours to lead where the answer goes (WEB-01).
    pub origin: Option<String>,
    /// What is left of the request, as the engine keeps it; immutable from here to the answer.
    pub request: serde_json::Value,
    /// What must still be there when the answer is made, and is gone afterwards: a request leads to one
    /// answer.
    pub once: Option<Digest>,
}

/// A CAS request that has been checked against the registry (CAS protocol §2.1.1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CasRequest {
    /// The registered service.
    pub service: ServiceId,
    /// The address that the ticket goes to and is bound to.
    pub url: WebUrl,
    /// How the ticket is handed over.
    pub method: HandOver,
    /// The person wants to be asked before each service ("warn").
    pub warn: bool,
}

/// How a CAS ticket reaches the service (CAS protocol §2.1.1, `method`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HandOver {
    /// Redirect with the ticket in the query.
    #[default]
    Get,
    /// A form that posts itself.
    Post,
    /// A response header, for clients that are not browsers.
    Header,
}

/// Who a login turned out to be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proof {
    /// The person.
    pub person: PersonId,
    /// How it was proven.
    pub method: Method,
    /// When.
    pub at: Timestamp,
    /// Digest of what the account's credentials were then: a proof by what has been replaced meanwhile
    /// lets nobody in (SES-07).
    pub credentials: Digest,
    /// Somebody else vouches for them: the link by which that counts.
    #[serde(default)]
    pub link: Option<Box<LinkRef>>,
}

/// A link between an account elsewhere and a person here (FED-01).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkRef {
    /// Who vouches.
    pub connector: ConnectorId,
    /// What the person is called there.
    pub subject: String,
}

impl LinkRef {
    /// The link that a session rests on.
    pub fn of(source: &Source) -> Self {
        Self {
            connector: source.connector.clone(),
            subject: source.subject.clone(),
        }
    }
}

/// Somebody whom an upstream vouches for, and what their session will need.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FromUpstream {
    /// As the upstream knows them.
    pub identity: ExternalIdentity,
    /// What ends the session there.
    pub source: Source,
}

/// Something that a person must do before being let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Due {
    /// Prove a second factor.
    SecondFactor,
    /// Choose a password, and a login alias if they like.
    Credentials,
    /// Accept the charter, which is new to them or has changed.
    Charter,
    /// Be told that an account elsewhere is theirs from now on, and why.
    Linked,
    /// Choose the child or the school to act for.
    Context,
}

/// What the browser is shown next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// The login page.
    Identify,
    /// The page for somebody whom an upstream vouches for and nobody knows.
    Link,
    /// Prove a second factor.
    ProveSecond,
    /// The page that tells of a new link.
    ShowLink,
    /// Choose for whom to act.
    ChooseContext,
    /// Choose login alias and password.
    ChooseCredentials,
    /// Read and accept the charter.
    AcceptCharter,
    /// Everything is done: the session may begin.
    Finish,
    /// The login has waited too long.
    Expired,
}

/// What comes next. Order matters: whoever has only half proven who they are sees and does nothing else before the
/// other half (MFA-08), and nobody accepts a charter before the account is theirs.
pub fn next(login: &Login, now: Timestamp) -> Next {
    if now.since(login.started_at).as_secs() >= LIFETIME_MINUTES * 60 {
        return Next::Expired;
    }
    match (&login.proof, login.due.as_slice()) {
        (None, _) if login.arrived.is_some() => Next::Link,
        (None, _) => Next::Identify,
        (Some(_), due) if due.contains(&Due::SecondFactor) => Next::ProveSecond,
        (Some(_), due) if due.contains(&Due::Credentials) => Next::ChooseCredentials,
        (Some(_), due) if due.contains(&Due::Linked) => Next::ShowLink,
        (Some(_), due) if due.contains(&Due::Charter) => Next::AcceptCharter,
        (Some(_), due) if due.contains(&Due::Context) => Next::ChooseContext,
        (Some(_), _) => Next::Finish,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::SeededForTests;
    use std::time::Duration;

    #[test]
    fn the_table_of_steps() {
        let start = Timestamp::from_millis(0);
        let proof = Proof {
            person: PersonId::mint(start, &SeededForTests::new(1)),
            method: Method::PASSWORD,
            at: start,
            credentials: Digest::of("credentials", "x"),
            link: None,
        };
        for (proof, due, expected) in [
            (None, vec![], Next::Identify),
            (None, vec![Due::Charter], Next::Identify),
            (
                Some(&proof),
                vec![Due::Charter, Due::Credentials],
                Next::ChooseCredentials,
            ),
            (Some(&proof), vec![Due::Charter], Next::AcceptCharter),
            (
                Some(&proof),
                vec![Due::Linked, Due::Credentials, Due::SecondFactor],
                Next::ProveSecond,
            ),
            (
                Some(&proof),
                vec![Due::Context, Due::Charter, Due::Linked],
                Next::ShowLink,
            ),
            (
                Some(&proof),
                vec![Due::Context, Due::Charter],
                Next::AcceptCharter,
            ),
            (Some(&proof), vec![Due::Context], Next::ChooseContext),
            (Some(&proof), vec![], Next::Finish),
        ] {
            let login = Login {
                browser: Digest::of("browser", "x"),
                started_at: start,
                resume: Resume::Page(LocalPath::root()),
                force: false,
                at_least: None,
                remember: false,
                link_to: None,
                arrived: None,
                source: None,
                context: Context::Everything,
                proof: proof.cloned(),
                due,
                tries: 0,
            };
            assert_eq!(next(&login, start), expected, "{login:?}");
            let late = start + Duration::from_secs(LIFETIME_MINUTES * 60);
            assert_eq!(next(&login, late), Next::Expired);
        }
    }
}
