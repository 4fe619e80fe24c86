//! The contract of a connector: one seam between the engine and every system in which people prove who they
//! are. A [`Driver`] turns what came into an [`ExternalIdentity`], starts logins, takes part in logout in both
//! directions and says how it is. It has no routes and stores nothing: documents it needs are fetched and kept
//! for it, messages are brought to it, and what must be remembered between two of them it hands over as text.

mod addresses;

use std::fmt;
use std::time::Duration;

use clau_domain::connector::Connector;
use clau_domain::identity::ExternalIdentity;
use clau_domain::random::Random;
use clau_domain::secret::SecretString;
use clau_domain::time::Timestamp;
use clau_domain::url::WebUrl;
use clau_saml::binding::Received;
use clau_saml::encryption::DecryptionKey;
use clau_saml::key::{Certificate, SigningKey};
use futures_util::future::BoxFuture;

pub use addresses::Addresses;

/// What a driver answers with, in its own time.
pub type Answer<'a, T> = BoxFuture<'a, Result<T, Fault>>;

/// A connector at work. One for each registration; shared between requests.
pub trait Driver: Send + Sync + fmt::Debug {
    /// The registration, with everything that its profile says filled in ([`crate::profile::complete`]).
    fn connector(&self) -> &Connector;

    /// The documents that must be fetched before it can work, and again from time to time.
    fn documents(&self) -> Vec<Wanted>;

    /// Reads a document that was fetched, or the last good one that was kept. What is believed replaces what the
    /// driver had; what is not changes nothing (SAML-11, FED-12).
    ///
    /// # Errors
    /// [`Fault::Untrusted`], [`Fault::Unusable`].
    fn take(&self, document: &str, bytes: &[u8], now: Timestamp) -> Result<Taken, Fault>;

    /// Whether it could start a login now.
    ///
    /// # Errors
    /// [`Fault::Unusable`]: no document yet, an expired one, no key.
    fn ready(&self, now: Timestamp) -> Result<(), Fault>;

    /// Starts a login.
    fn depart<'a>(&'a self, call: &'a Call<'a>, wish: &'a Wish) -> Answer<'a, Departure>;

    /// Reads what came back. `pending` is what [`Departed::Away`] asked to remember for the very state
    /// that came with it; none where nobody had asked, which only some sources may do.
    fn arrive<'a>(
        &'a self,
        call: &'a Call<'a>,
        arrival: &'a Arrival<'a>,
        pending: Option<&'a str>,
    ) -> Answer<'a, Arrived>;

    /// Ends the session that the person has there: what the browser is to do about it. `state` comes back with
    /// the browser where the protocol has a way back.
    fn sign_out<'a>(
        &'a self,
        call: &'a Call<'a>,
        upstream: &'a str,
        state: &'a str,
    ) -> Answer<'a, SignOut>;

    /// Reads what the source says about a logout: that one is over there, or how one of ours went.
    fn hear<'a>(&'a self, call: &'a Call<'a>, notice: &'a Notice<'a>) -> Answer<'a, Heard>;

    /// Answers a logout that the source has asked for, with `reply` of [`Heard::Ended`].
    ///
    /// # Errors
    /// [`Fault::Unusable`].
    fn reply(&self, call: &Call<'_>, reply: &str, outcome: LogoutOutcome) -> Result<Reply, Fault>;

    /// Whether the source is alive: one cheap question.
    fn probe<'a>(&'a self, call: &'a Call<'a>) -> Answer<'a, ()>;

    /// Tries every step that a login takes and says in words how each went (`clau connector check`).
    fn check<'a>(&'a self, call: &'a Call<'a>) -> BoxFuture<'a, Vec<Finding>>;

    /// What the source needs to know of the hub; none where there is nothing to hand over.
    ///
    /// # Errors
    /// [`Fault::Unusable`].
    fn introduction(&self, call: &Call<'_>) -> Result<Option<Introduction>, Fault>;
}

/// What a driver may use while it works.
pub struct Call<'a> {
    /// When.
    pub now: Timestamp,
    /// Where randomness comes from.
    pub random: &'a dyn Random,
    /// The hub's way out: https, no private networks, no redirects, not for long (AVL-03, AVL-14).
    pub http: &'a dyn Http,
    /// The hub's keys for upstreams.
    pub keys: &'a Keys,
}

/// The hub's keys towards upstreams; others than those towards services (KEY-01).
#[derive(Clone, Default)]
pub struct Keys {
    /// Signs SAML requests.
    pub saml_signing: Option<std::sync::Arc<SigningKey>>,
    /// Opens what is encrypted for the hub as a service provider; all that are still good.
    pub saml_decryption: Vec<DecryptionKey>,
    /// Certificates that metadata publishes for signatures: the next, the present, the former.
    pub saml_signing_certificates: Vec<Certificate>,
    /// The certificate that metadata publishes for encryption.
    pub saml_encryption_certificate: Option<Certificate>,
    /// Signs `private_key_jwt` (ES256).
    pub oidc_signing: Option<std::sync::Arc<clau_oidc::jose::SigningKey>>,
    /// Every key that `private_key_jwt` is signed by, or will be: published before it signs (KEY-02).
    pub oidc_published: Vec<std::sync::Arc<clau_oidc::jose::SigningKey>>,
    /// Opens what OpenID providers encrypt for the hub; all that are still good.
    pub oidc_decryption: Vec<std::sync::Arc<clau_oidc::jose::DecryptionKey>>,
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keys(redacted)")
    }
}

/// The hub's way out.
pub trait Http: Send + Sync {
    /// Sends a request and reads the answer, whatever its status, up to `longest` bytes.
    ///
    /// Errors are [`Fault::NoAnswer`] for no answer in time, and [`Fault::Untrusted`] for one that is too long.
    fn send<'a>(&'a self, request: Request<'a>) -> Answer<'a, Response>;
}

/// A request of a driver's.
#[derive(Clone, Debug)]
pub struct Request<'a> {
    /// Where to.
    pub url: &'a WebUrl,
    /// Headers besides the usual ones.
    pub headers: Vec<(&'static str, SecretString)>,
    /// A form to post; a GET where there is none.
    pub form: Option<Vec<(&'a str, SecretString)>>,
    /// Longest answer, in bytes.
    pub longest: usize,
}

/// The answer to a request.
#[derive(Clone)]
pub struct Response {
    /// Status.
    pub status: u16,
    /// `Content-Type`, in small letters, without parameters.
    pub content_type: String,
    /// Body.
    pub body: Vec<u8>,
}

/// Without the body, which may hold tokens.
impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Response({}, {} bytes)", self.status, self.body.len())
    }
}

/// A document that a driver wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// What the driver calls it: `metadata`, `discovery`, `keys`.
    pub name: &'static str,
    /// Where it is.
    pub from: WantedFrom,
    /// Longest document, in bytes.
    pub longest: usize,
    /// How often it is fetched.
    pub every: Duration,
}

/// Where a document is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WantedFrom {
    /// At an address.
    Url(WebUrl),
    /// In a federation's metadata, by the name of the entity; verified already.
    Federation {
        /// Name of the federation in the configuration.
        federation: String,
        /// `entityID`.
        entity_id: String,
    },
}

/// A document that was believed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Taken {
    /// Until when it is good, where it says so.
    pub valid_until: Option<Timestamp>,
    /// Something that an operator should look at.
    pub warnings: Vec<String>,
}

/// What a login is to be like.
#[derive(Clone, Debug, Default)]
pub struct Wish {
    /// An opaque name by which the browser's return is recognised: 43 letters and digits.
    pub state: String,
    /// The person must prove who they are anew.
    pub force: bool,
    /// The least strength, where something stronger than usual is asked for.
    pub at_least: Option<clau_domain::session::Assurance>,
    /// What a service has said about who will come (`login_hint`).
    pub login_hint: String,
}

/// How a login starts.
#[derive(Debug)]
pub enum Departure {
    /// The browser goes there.
    Away {
        /// How.
        leave: Leave,
        /// What the driver wants to know again when it comes back: never seen by the browser.
        pending: String,
    },
    /// A page of the hub asks for login and password ([`Arrival::Credentials`]).
    Password,
}

/// How a browser goes to a source.
#[derive(Clone, PartialEq, Eq)]
pub enum Leave {
    /// By redirect.
    Redirect(String),
    /// By a form that posts itself.
    Form {
        /// Where to.
        action: String,
        /// Fields, not escaped.
        fields: Vec<(&'static str, String)>,
    },
}

/// Without requests and tokens.
impl fmt::Debug for Leave {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Redirect(_) => "Redirect(redacted)",
            Self::Form { .. } => "Form(redacted)",
        })
    }
}

/// What came to a connector's return address.
pub enum Arrival<'a> {
    /// A query: OpenID Connect, CAS.
    Query(&'a str),
    /// A SAML message.
    Saml(&'a Received),
    /// What was typed on a page of the hub.
    Credentials {
        /// Login.
        login: &'a str,
        /// Password.
        password: &'a SecretString,
    },
}

/// Without what it carries.
impl fmt::Debug for Arrival<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Query(_) => "Query(redacted)",
            Self::Saml(_) => "Saml(redacted)",
            Self::Credentials { .. } => "Credentials(redacted)",
        })
    }
}

/// Who came.
#[derive(Clone, Debug)]
pub struct Arrived {
    /// As the source knows them.
    pub identity: ExternalIdentity,
    /// What [`Driver::sign_out`] will need; kept with the session and never shown.
    pub upstream: String,
    /// Names by which the source may speak of this session later ([`Heard::Ended`]), the narrowest first.
    pub names: Vec<String>,
    /// What must not come a second time (an assertion's identifier), and until when that is remembered
    /// (SAML-05).
    pub once: Vec<(String, Timestamp)>,
}

/// What the browser is to do to end the session there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignOut {
    /// It goes there and comes back; `pending` is what [`Driver::hear`] is given with the answer.
    Away {
        /// How.
        leave: Leave,
        /// What the driver wants to know again.
        pending: String,
    },
    /// It goes there and stays.
    Leave(String),
    /// The person does it, with a button that leads there.
    Button(String),
    /// Nothing.
    Nothing,
}

/// What a source says about a logout.
pub enum Notice<'a> {
    /// A SAML message, by browser or by a program.
    Saml {
        /// The message.
        received: &'a Received,
        /// It came on a connection of the source's server.
        by_program: bool,
        /// What [`SignOut::Away`] asked to remember, where it is an answer.
        pending: Option<&'a str>,
    },
    /// The logout token of OpenID Connect Back-Channel Logout.
    LogoutToken(&'a str),
    /// The query of OpenID Connect Front-Channel Logout.
    FrontChannel(&'a str),
    /// The query with which the browser comes back from a logout of ours (RP-Initiated Logout §3).
    CameBack(&'a str),
    /// The body of a CAS single logout request.
    Cas(&'a str),
}

/// What was heard about a logout.
#[derive(Clone, Debug)]
pub enum Heard {
    /// Sessions are over there, and are to end here.
    Ended {
        /// Names of [`Arrived::names`]; a session that has one of them is meant.
        names: Vec<String>,
        /// What must not come a second time, and until when that is remembered.
        once: Vec<(String, Timestamp)>,
        /// What [`Driver::reply`] is given; none where nobody waits for an answer.
        reply: Option<String>,
    },
    /// How a logout of ours went there.
    Answered {
        /// Whether the session there is over.
        done: bool,
    },
}

/// How a logout that a source has asked for went here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogoutOutcome {
    /// Everybody was told.
    Done,
    /// The session is over; somebody was not told.
    Partial,
}

/// An answer to a source that has asked for a logout.
#[derive(Clone, Debug)]
pub enum Reply {
    /// The browser takes it.
    Browser(Leave),
    /// It is the body of the answer (SOAP).
    Body(String),
}

/// What a source needs to know of the hub.
#[derive(Clone, Debug)]
pub struct Introduction {
    /// Content type.
    pub content_type: &'static str,
    /// Metadata, a key set.
    pub body: String,
}

/// One step of a check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What was tried, in a few words: `metadata`, `certificate`, `clock`.
    pub step: String,
    /// How it went.
    pub verdict: Verdict,
    /// In words: what is so, or what is wrong and what to do about it.
    pub words: String,
}

/// How a step of a check went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// Good.
    Good,
    /// It works, and will not for ever.
    Warning,
    /// It does not work.
    Bad,
}

/// Why a driver could not do its work, by whose fault.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The source does not answer, or not in time, or with an error of its own: another day, another source.
    #[error("no answer: {0}")]
    NoAnswer(String),
    /// The source said no: the person turned back, or may not.
    #[error("refused there: {0}")]
    Refused(String),
    /// What came is not believed: signature, issuer, audience, address, instant.
    #[error("not believed: {0}")]
    Untrusted(String),
    /// The connector cannot work as it is: documents, keys, registration.
    #[error("not usable: {0}")]
    Unusable(String),
    /// Login or password are wrong.
    #[error("login or password are wrong")]
    Credentials,
    /// Weaker than asked for, or of a strength that nobody has mapped.
    #[error("too weak: {0}")]
    TooWeak(String),
    /// A key is not known: the document may be fetched anew, and what came read once more (FED-12).
    #[error("`{0}` is too old")]
    Stale(&'static str),
}

/// Makes drivers of registrations.
pub trait Drivers: Send + Sync + fmt::Debug {
    /// A driver for a registration.
    ///
    /// # Errors
    /// What is wrong with the registration, by key, for `clau apply` to tell.
    fn driver(&self, blueprint: Blueprint<'_>) -> Result<Box<dyn Driver>, Vec<Mistake>>;
}

/// For a program without connectors: every registration is a mistake.
#[derive(Clone, Copy, Debug)]
pub struct NoDrivers;

impl Drivers for NoDrivers {
    fn driver(&self, _blueprint: Blueprint<'_>) -> Result<Box<dyn Driver>, Vec<Mistake>> {
        Err(vec![Mistake {
            key: String::new(),
            expected: "this program has no drivers for connectors".to_owned(),
        }])
    }
}

/// What a driver is made of.
#[derive(Debug)]
pub struct Blueprint<'a> {
    /// The registration.
    pub connector: &'a Connector,
    /// Its secret (`client_secret`, `bind_password`), unsealed.
    pub secret: Option<&'a SecretString>,
    /// The hub's own address, without a slash at the end.
    pub base_url: &'a str,
}

impl Blueprint<'_> {
    /// The addresses of the hub for this connector.
    pub fn addresses(&self) -> Addresses {
        Addresses::of(self.base_url, &self.connector.id)
    }
}

/// Something in a registration that cannot be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// Which key: `saml.metadata_url`.
    pub key: String,
    /// What is expected.
    pub expected: String,
}
