//! A browser signed in at the hub: who, how, when, how strongly, and for how long it lasts. Never
//! holds the cookie's value; a session is found by that value's digest.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::connector::ConnectorId;
use crate::ids::{PersonId, ServiceId, StructureId};
use crate::person::Person;
use crate::profile::Profile;
use crate::secret::Digest;
use crate::time::Timestamp;

/// How the person proved who they are: by one thing first, and by a second factor of the hub's own where one was
/// asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Kept", into = "Kept")]
pub struct Method {
    /// What came first.
    pub first: First,
    /// What came on top of it.
    pub second: Option<Second>,
}

/// A method as it is stored: one thing alone as it was before there was a second one, so that what was kept then is
/// read still.
#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(untagged)]
enum Kept {
    Alone(First),
    Both { first: First, second: Second },
}

impl From<Kept> for Method {
    fn from(kept: Kept) -> Self {
        match kept {
            Kept::Alone(first) => Self::of(first),
            Kept::Both { first, second } => Self::of(first).and(second),
        }
    }
}

impl From<Method> for Kept {
    fn from(Method { first, second }: Method) -> Self {
        match second {
            None => Self::Alone(first),
            Some(second) => Self::Both { first, second },
        }
    }
}

/// What somebody proves first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum First {
    /// Login and password.
    Password,
    /// Activation code of a new account.
    ActivationCode,
    /// Another system vouches for them; how strongly is what that system said.
    Upstream(Assurance),
}

/// What somebody proves on top of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Second {
    /// A code of an application that counts time (RFC 6238).
    Totp,
    /// A code from the sheet that was printed for the day when nothing else is at hand.
    RecoveryCode,
}

impl Method {
    /// Login and password.
    pub const PASSWORD: Self = Self::of(First::Password);
    /// Activation code of a new account.
    pub const ACTIVATION_CODE: Self = Self::of(First::ActivationCode);

    /// One thing, and nothing on top of it.
    pub const fn of(first: First) -> Self {
        Self {
            first,
            second: None,
        }
    }

    /// Another system vouches for them.
    pub const fn upstream(assurance: Assurance) -> Self {
        Self::of(First::Upstream(assurance))
    }

    /// The same with a second factor on top.
    #[must_use]
    pub const fn and(self, second: Second) -> Self {
        Self {
            second: Some(second),
            ..self
        }
    }

    /// How strongly it proves who somebody is (MFA-11).
    pub fn assurance(self) -> Assurance {
        let first = match self.first {
            First::Password | First::ActivationCode => Assurance::SingleFactor,
            First::Upstream(assurance) => assurance,
        };
        match self.second {
            Some(Second::Totp | Second::RecoveryCode) => first.max(Assurance::MultiFactor),
            None => first,
        }
    }

    /// The method in the words of RFC 8176 (`amr`).
    pub const fn references(self) -> &'static [&'static str] {
        match (self.first, self.second) {
            (First::Password, None) => &["pwd"],
            (First::Password, Some(_)) => &["pwd", "otp", "mfa"],
            // Given out once, used once, and replaced by a password in the same login.
            (First::ActivationCode, None) => &["otp"],
            (First::ActivationCode, Some(_)) => &["otp", "mfa"],
            // What was done elsewhere is not known; that it took several factors is.
            (First::Upstream(Assurance::SingleFactor), None) => &[],
            (First::Upstream(_), None) => &["mfa"],
            (First::Upstream(_), Some(_)) => &["otp", "mfa"],
        }
    }
}

/// How strongly a person has proven who they are: the one scale that every protocol is told by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Assurance {
    /// One factor (`eidas1`).
    SingleFactor,
    /// Several factors.
    MultiFactor,
    /// Several factors of a person whose identity was checked (`eidas2`).
    Substantial,
    /// The same with a checked device (`eidas3`).
    High,
}

impl Assurance {
    /// All of them, the weakest first.
    pub const ALL: [Self; 4] = [
        Self::SingleFactor,
        Self::MultiFactor,
        Self::Substantial,
        Self::High,
    ];

    /// The authentication context (`acr` of OpenID Connect): the profiles that research and education
    /// agreed on (REFEDS SFA and MFA), and the levels of the European regulation (eIDAS).
    pub const fn context(self) -> &'static str {
        match self {
            Self::SingleFactor => "https://refeds.org/profile/sfa",
            Self::MultiFactor => "https://refeds.org/profile/mfa",
            Self::Substantial => "http://eidas.europa.eu/LoA/substantial",
            Self::High => "http://eidas.europa.eu/LoA/high",
        }
    }
}

/// A signed-in browser.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Who.
    pub person: PersonId,
    /// When this session began. A new proof starts a new session with a new id (SES-02).
    pub started_at: Timestamp,
    /// When the person last proved who they are.
    pub authenticated_at: Timestamp,
    /// Last request, to the minute: writing it at every request would make each page a write.
    pub seen_at: Timestamp,
    /// How they proved it.
    pub method: Method,
    /// "Remember me on this device".
    pub remembered: bool,
    /// The person wants to be asked before each service opens (CAS protocol §2.1.1, `warn`).
    pub warn: bool,
    /// How long it lasts.
    pub limits: Limits,
    /// Browser and network, in words, for the list of sessions.
    pub device: Device,
    /// The child or the school for which the person acts, chosen at login or on the portal.
    #[serde(default)]
    pub context: Context,
    /// Who vouched for the person, where that was somebody else.
    #[serde(default)]
    pub source: Option<Source>,
}

/// For whom or where somebody acts: what services learn of them is narrowed to it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Context {
    /// Everywhere, for everybody.
    #[default]
    Everything,
    /// For one child.
    Child(PersonId),
    /// In one structure.
    School(StructureId),
}

/// Who vouched for a person, and what it takes to end the session there or to be told that it has ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// The connector.
    pub connector: ConnectorId,
    /// What the person is called there.
    pub subject: String,
    /// What the connector's driver needs to end the session there; its own words.
    pub upstream: serde_json::Value,
    /// Names by which the connector may speak of the session.
    #[serde(default)]
    pub names: Vec<String>,
}

impl Session {
    /// The instant after which the session is over, if nobody uses it before.
    pub fn ends_at(&self) -> Timestamp {
        self.latest_end().min(self.seen_at + self.limits.idle())
    }

    /// The instant after which it is over however much it is used.
    pub fn latest_end(&self) -> Timestamp {
        self.started_at + self.limits.absolute()
    }

    /// Whether it is still good.
    pub fn is_alive(&self, now: Timestamp) -> bool {
        now < self.ends_at()
    }

    /// Whether `seen_at` is worth writing: once a minute, and twice in each idle period at least.
    pub fn needs_touch(&self, now: Timestamp) -> bool {
        let step = (self.limits.idle() / 2).min(Duration::from_secs(60));
        now.since(self.seen_at) >= step
    }
}

/// Where a session is used, for the person's own eyes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device {
    /// `Firefox · Windows`.
    pub browser: String,
    /// Client address as the hub saw it.
    pub address: String,
}

/// How long a session lasts: without use, and at all. Seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Longest time without a request.
    pub idle_seconds: u32,
    /// Longest time in all.
    pub absolute_seconds: u32,
}

impl Limits {
    /// Longest time without a request.
    pub fn idle(self) -> Duration {
        Duration::from_secs(self.idle_seconds.into())
    }

    /// Longest time in all.
    pub fn absolute(self) -> Duration {
        Duration::from_secs(self.absolute_seconds.into())
    }
}

/// Limits by population (SES-05).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionPolicy {
    /// Pupils: shared computers.
    pub pupil: Limits,
    /// Guardians and citizens.
    pub guardian: Limits,
    /// Staff.
    pub staff: Limits,
    /// Sessions of people who asked to be remembered, where that is allowed.
    pub remembered: Limits,
}

impl SessionPolicy {
    /// The limits for a person: the strictest of their populations, so that a teacher who is also a
    /// parent is treated as staff.
    pub fn limits(&self, person: &Person, remembered: bool) -> Limits {
        if remembered {
            return self.remembered;
        }
        match person.main_profile() {
            Some(Profile::Pupil) | None => self.pupil,
            Some(Profile::Guardian | Profile::Citizen) => self.guardian,
            Some(_) => self.staff,
        }
    }
}

/// A service that a session has opened, and what it takes to tell it that the session has ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Participation {
    /// Which service.
    pub service: ServiceId,
    /// When it redeemed its ticket.
    pub opened_at: Timestamp,
    /// By which protocol, with what that protocol's logout needs.
    pub protocol: ParticipationProtocol,
}

/// The protocol's own part of a [`Participation`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ParticipationProtocol {
    /// CAS: the address and the ticket, already spent, by which the service knows its session.
    Cas {
        /// Service address of the ticket.
        url: String,
        /// The spent ticket (CAS protocol §2.3.3, `SessionIndex`).
        ticket: String,
    },
    /// OpenID Connect: what the client calls this session and this person.
    Oidc {
        /// `sub` of the ID token.
        subject: String,
        /// `sid` of the ID token (OIDC Front-Channel Logout §3, Back-Channel Logout §2.1).
        session: String,
    },
    /// SAML: what the service calls this session and this person.
    Saml {
        /// Its name.
        entity_id: String,
        /// The session of the hub, for whoever finds it by the service's name for it.
        session: Digest,
        /// The service's name for it (SAML Core §2.7.2, `SessionIndex`).
        index: String,
        /// The person's name, as `clau-saml` writes it.
        name: serde_json::Value,
    },
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::SeededForTests;

    fn session(start: Timestamp) -> Session {
        Session {
            person: PersonId::mint(start, &SeededForTests::new(1)),
            started_at: start,
            authenticated_at: start,
            seen_at: start,
            method: Method::PASSWORD,
            remembered: false,
            warn: false,
            limits: Limits {
                idle_seconds: 1800,
                absolute_seconds: 36_000,
            },
            device: Device::default(),
            context: Context::Everything,
            source: None,
        }
    }

    #[test]
    fn mfa_11_what_protocols_are_told_is_what_was_proven() {
        let (single, multi) = (Assurance::SingleFactor, Assurance::MultiFactor);
        for (method, assurance, references) in [
            (Method::PASSWORD, single, &["pwd"][..]),
            (
                Method::PASSWORD.and(Second::Totp),
                multi,
                &["pwd", "otp", "mfa"],
            ),
            (
                Method::PASSWORD.and(Second::RecoveryCode),
                multi,
                &["pwd", "otp", "mfa"],
            ),
            (Method::ACTIVATION_CODE, single, &["otp"]),
            (
                Method::ACTIVATION_CODE.and(Second::Totp),
                multi,
                &["otp", "mfa"],
            ),
            (Method::upstream(single), single, &[]),
            (Method::upstream(multi), multi, &["mfa"]),
            (
                Method::upstream(single).and(Second::Totp),
                multi,
                &["otp", "mfa"],
            ),
            // A second factor of ours adds nothing to an identity that was checked elsewhere.
            (
                Method::upstream(Assurance::Substantial).and(Second::Totp),
                Assurance::Substantial,
                &["otp", "mfa"],
            ),
        ] {
            assert_eq!(method.assurance(), assurance, "{method:?}");
            assert_eq!(method.references(), references, "{method:?}");
        }
    }

    #[test]
    fn what_was_kept_before_there_was_a_second_factor_is_read_still() {
        for (method, text) in [
            (Method::PASSWORD, r#""password""#),
            (
                Method::upstream(Assurance::MultiFactor),
                r#"{"upstream":"multi_factor"}"#,
            ),
            (
                Method::PASSWORD.and(Second::Totp),
                r#"{"first":"password","second":"totp"}"#,
            ),
        ] {
            assert_eq!(serde_json::to_string(&method).unwrap(), text);
            assert_eq!(serde_json::from_str::<Method>(text).unwrap(), method);
        }
    }

    #[test]
    fn ses_05_idle_and_absolute_limits_both_end_a_session() {
        let start = Timestamp::from_millis(1_000_000);
        let mut session = session(start);
        assert!(session.is_alive(start + Duration::from_secs(1799)));
        assert!(!session.is_alive(start + Duration::from_secs(1800)));
        session.seen_at = start + Duration::from_secs(35_999);
        assert!(session.is_alive(start + Duration::from_secs(35_999)));
        assert!(!session.is_alive(start + Duration::from_secs(36_000)));
    }

    #[test]
    fn a_page_a_second_is_one_write_a_minute() {
        let start = Timestamp::from_millis(0);
        let session = session(start);
        assert!(!session.needs_touch(start + Duration::from_secs(59)));
        assert!(session.needs_touch(start + Duration::from_secs(60)));
    }
}
