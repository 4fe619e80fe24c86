//! One connection to one server: found, reached, encrypted, checked, and each step with its own end of patience.
//! Between the server and the library stands the gate ([`super::gate`]). Never a connection in clear, and never
//! one whose certificate was not checked (KEY-06).

use std::net::SocketAddr;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use clau_domain::secret::{ExposeSecret, SecretString};
use futures_util::FutureExt as _;
use ldap3::controls::RawControl;
use ldap3::{
    Ldap, LdapConnAsync, LdapConnSettings, LdapError, LdapResult, Scope, SearchOptions, StdStream,
};
use rustls::pki_types::CertificateDer;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpStream, UnixStream};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::entry::Entry;
use super::gate::{self, BadMessage};
use super::registration::Target;
use super::tls::{Tls, certificate_problem};
use super::verdict::PASSWORD_POLICY;

/// How long finding and reaching a server may take (AVL-03).
const REACH: Duration = Duration::from_secs(2);
/// How long agreeing on TLS may take.
const AGREE: Duration = Duration::from_secs(2);
/// How long one question may take.
pub(super) const ANSWER: Duration = Duration::from_secs(5);
/// References and other things between entries that are overlooked.
const MOST_BESIDES: usize = 200;
/// Tells Active Directory not to speak of other domains (MS-ADTS `LDAP_SERVER_DOMAIN_SCOPE_OID`).
const DOMAIN_SCOPE: &str = "1.2.840.113556.1.4.1339";

/// The step at which a server was given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Step {
    /// Its name.
    Name,
    /// The way to it.
    Reach,
    /// TLS, or its certificate.
    Tls,
    /// A question.
    Answer,
}

/// Why a server was given up; another may be asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Down {
    pub(super) step: Step,
    /// What came is not to be believed: a certificate, something that is not LDAP.
    pub(super) untrusted: bool,
    /// In words.
    pub(super) words: String,
}

impl Down {
    pub(super) fn at(step: Step, words: impl Into<String>) -> Self {
        Self {
            step,
            untrusted: false,
            words: words.into(),
        }
    }

    fn untrusted(step: Step, words: impl Into<String>) -> Self {
        Self {
            untrusted: true,
            ..Self::at(step, words)
        }
    }
}

/// A connection on which nobody or one account has proven who they are.
pub(super) struct Connection {
    ldap: Ldap,
    refused: Arc<OnceLock<BadMessage>>,
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Connection")
    }
}

/// What is looked for.
#[derive(Clone, Debug)]
pub(super) struct Question<'a> {
    pub(super) base: &'a str,
    pub(super) scope: Scope,
    pub(super) filter: String,
    pub(super) wanted: &'a [String],
    /// Most entries.
    pub(super) most: usize,
}

/// What was found.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub(super) entries: Vec<Entry>,
    pub(super) result: LdapResult,
    /// There was more than was asked for: the connection is of no more use.
    pub(super) overflow: bool,
}

/// The addresses of a server.
pub(super) async fn addresses(target: &Target) -> Result<Vec<SocketAddr>, Down> {
    let found = timeout(
        REACH,
        tokio::net::lookup_host((target.host.as_str(), target.port)),
    )
    .await;
    let unknown = |why: &str| Down::at(Step::Name, format!("its name is not known: {why}"));
    let found: Vec<SocketAddr> = match found {
        Err(_) => return Err(unknown("nobody says so in time")),
        Ok(Err(error)) => return Err(unknown(&error.to_string())),
        Ok(Ok(found)) => found.collect(),
    };
    if found.is_empty() {
        return Err(unknown("it has no address"));
    }
    Ok(found)
}

/// A connection in clear.
pub(super) async fn reach(addresses: &[SocketAddr]) -> Result<TcpStream, Down> {
    match timeout(REACH, TcpStream::connect(addresses)).await {
        Err(_) => Err(Down::at(
            Step::Reach,
            "it cannot be reached: no answer in time",
        )),
        Ok(Err(error)) => Err(Down::at(
            Step::Reach,
            format!("it cannot be reached: {error}"),
        )),
        Ok(Ok(stream)) => {
            // Questions are short, and wait for their answers.
            let _ = stream.set_nodelay(true);
            Ok(stream)
        }
    }
}

/// The same connection, encrypted, with a server whose certificate was checked.
pub(super) async fn agree(
    target: &Target,
    tls: &Tls,
    mut stream: TcpStream,
) -> Result<TlsStream<TcpStream>, Down> {
    let work = async {
        if target.start_tls {
            start_tls(&mut stream).await?;
        }
        let connector = TlsConnector::from(Arc::clone(&tls.config));
        let agreed = connector.connect(target.name.clone(), stream).await;
        agreed.map_err(|error| match certificate_problem(&error) {
            Some(words) => Down::untrusted(Step::Tls, words),
            None => Down::at(Step::Tls, format!("it does not agree on TLS: {error}")),
        })
    };
    let late = || Down::at(Step::Tls, "it does not agree on TLS in time");
    timeout(AGREE, work).await.unwrap_or_else(|_| Err(late()))
}

/// Asks for TLS. Until it is there, nothing is believed: what comes behind the answer, whoever has put it
/// there, ends the connection (CVE-2021-38371 and its like).
async fn start_tls(stream: &mut TcpStream) -> Result<(), Down> {
    let gone = |error: std::io::Error| Down::at(Step::Tls, format!("StartTLS: {error}"));
    stream.write_all(gate::START_TLS).await.map_err(gone)?;
    let mut answer = Vec::new();
    loop {
        let length = gate::message(&answer)
            .map_err(|bad| Down::untrusted(Step::Tls, format!("StartTLS: it sent {bad}")))?;
        match length {
            Some(length) if length == answer.len() && gate::tls_may_start(&answer) => return Ok(()),
            Some(length) if length == answer.len() => {
                return Err(Down::at(Step::Tls, "it does not offer StartTLS"));
            }
            Some(_) => {
                return Err(Down::untrusted(
                    Step::Tls,
                    "StartTLS: something came before it was there",
                ));
            }
            None if stream.read_buf(&mut answer).await.map_err(gone)? == 0 => {
                return Err(Down::at(Step::Tls, "StartTLS: it hung up"));
            }
            None => {}
        }
    }
}

/// The certificates that a server has shown.
pub(super) fn chain(stream: &TlsStream<TcpStream>) -> &[CertificateDer<'static>] {
    let (_, session) = stream.get_ref();
    session.peer_certificates().unwrap_or_default()
}

impl Connection {
    /// Reaches a server and agrees with it.
    pub(super) async fn open(target: &Target, tls: &Tls) -> Result<Self, Down> {
        let addresses = addresses(target).await?;
        let stream = agree(target, tls, reach(&addresses).await?).await?;
        Self::over(stream).await
    }

    /// Puts the library to work behind the gate.
    pub(super) async fn over(stream: TlsStream<TcpStream>) -> Result<Self, Down> {
        let internal = |error: &dyn std::fmt::Display| Down::at(Step::Answer, error.to_string());
        let (ours, theirs) = UnixStream::pair().map_err(|error| internal(&error))?;
        let theirs = theirs.into_std().map_err(|error| internal(&error))?;
        let settings = LdapConnSettings::new().set_std_stream(StdStream::Unix(theirs));
        let (driver, ldap) = LdapConnAsync::with_settings(settings, "ldapi:///")
            .await
            .map_err(|error| internal(&error))?;
        let refused = Arc::new(OnceLock::new());
        tokio::spawn(relay(stream, ours, Arc::clone(&refused)));
        // It ends with the connection; whoever asks hears of it.
        tokio::spawn(async move { drop(driver.drive().await) });
        Ok(Self { ldap, refused })
    }

    /// Whether it has come to an end.
    pub(super) fn is_closed(&mut self) -> bool {
        self.ldap.is_closed()
    }

    /// Proves who somebody is. Whoever calls has made sure that there is a password.
    pub(super) async fn bind(
        &mut self,
        dn: &str,
        password: &SecretString,
    ) -> Result<LdapResult, Down> {
        let policy = RawControl {
            ctype: PASSWORD_POLICY.to_owned(),
            crit: false,
            val: None,
        };
        self.ldap.with_controls(vec![policy]);
        let refused = Arc::clone(&self.refused);
        let work = self.ldap.simple_bind(dn, password.expose_secret());
        answered(work, ANSWER, &refused).await
    }

    /// Looks for entries, with an end to what is read and to how long.
    pub(super) async fn search(
        &mut self,
        question: &Question<'_>,
        patience: Duration,
    ) -> Result<Found, Down> {
        let refused = Arc::clone(&self.refused);
        answered(self.look(question), patience, &refused).await
    }

    async fn look(&mut self, question: &Question<'_>) -> Result<Found, LdapError> {
        let scope = RawControl {
            ctype: DOMAIN_SCOPE.to_owned(),
            crit: false,
            val: None,
        };
        let options = SearchOptions::new()
            .sizelimit(i32::try_from(question.most).unwrap_or(i32::MAX))
            .timelimit(i32::try_from(ANSWER.as_secs()).unwrap_or(i32::MAX));
        self.ldap
            .with_controls(vec![scope])
            .with_search_options(options);
        let mut stream = self
            .ldap
            .streaming_search(
                question.base,
                question.scope,
                &question.filter,
                question.wanted,
            )
            .await?;
        let (mut entries, mut besides) = (Vec::new(), 0);
        let mut overflow = false;
        while let Some(found) = stream.next().await? {
            match Entry::read(found) {
                Some(entry) if entries.len() < question.most => entries.push(entry),
                Some(_) => overflow = true,
                // A reference to another server, which is not followed.
                None => besides += 1,
            }
            if overflow || besides > MOST_BESIDES {
                overflow = true;
                break;
            }
        }
        let result = stream.finish().await;
        Ok(Found {
            entries,
            result,
            overflow,
        })
    }
}

/// Waits for an answer, within limits. The library takes the order of answers for granted; what it stumbles
/// over ends the question, and nothing else.
async fn answered<T>(
    work: impl Future<Output = Result<T, LdapError>>,
    patience: Duration,
    refused: &OnceLock<BadMessage>,
) -> Result<T, Down> {
    let why = |fallback: String| match refused.get() {
        Some(bad) => Down::untrusted(Step::Answer, format!("it sent {bad}")),
        None => Down::at(Step::Answer, fallback),
    };
    match timeout(patience, AssertUnwindSafe(work).catch_unwind()).await {
        Err(_) => Err(why("it does not answer in time".to_owned())),
        Ok(Err(_)) => Err(Down::untrusted(
            Step::Answer,
            "it sent an answer to something else",
        )),
        Ok(Ok(Err(LdapError::FilterParsing))) => Err(why("the filter cannot be read".to_owned())),
        Ok(Ok(Err(_))) => Err(why("it hung up".to_owned())),
        Ok(Ok(Ok(answer))) => Ok(answer),
    }
}

/// Carries bytes between the server and the library until one of them ends: whole messages that have passed
/// the gate in one direction, everything in the other.
async fn relay(
    server: TlsStream<TcpStream>,
    library: UnixStream,
    refused: Arc<OnceLock<BadMessage>>,
) {
    let (mut from_server, mut to_server) = tokio::io::split(server);
    let (mut from_library, mut to_library) = library.into_split();
    let inwards = async {
        let mut bytes = Vec::new();
        loop {
            match gate::message(&bytes) {
                Ok(Some(length)) => {
                    let message: Vec<u8> = bytes.drain(..length).collect();
                    if to_library.write_all(&message).await.is_err() {
                        return;
                    }
                }
                Ok(None) => match from_server.read_buf(&mut bytes).await {
                    Ok(0) | Err(_) => return,
                    Ok(_) => {}
                },
                Err(bad) => {
                    let _ = refused.set(bad);
                    return;
                }
            }
        }
    };
    let outwards = tokio::io::copy(&mut from_library, &mut to_server);
    tokio::select! {
        () = inwards => {}
        _ = outwards => {}
    }
    // A server that does not take leave is left.
    let _ = timeout(Duration::from_secs(1), to_server.shutdown()).await;
}
