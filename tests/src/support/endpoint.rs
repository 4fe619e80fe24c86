//! An HTTPS endpoint that records what it is sent and answers as it is told: the callback of a service,
//! a logout address, healthy or not. And its opposite, raw bytes sent to a server.

use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::client::TlsStream;
use tokio_rustls::{TlsAcceptor, TlsConnector};

use super::ca::{self, Authority};
use super::http::install_crypto;
use super::process::free_port;

/// How the endpoint answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Behaviour {
    /// With this status and an empty body.
    Status(u16),
    /// With status 200 and this body, as JSON.
    Body(String),
    /// With a redirect to this address.
    Redirect(String),
    /// With status 200 and an envelope of SOAP: what this makes of the request.
    Soap(Reply),
    /// Never.
    Hang,
}

/// What makes an answer of a request.
#[derive(Clone)]
pub struct Reply(Arc<dyn Fn(&Received) -> String + Send + Sync>);

impl Reply {
    /// One by a function.
    pub fn by(function: impl Fn(&Received) -> String + Send + Sync + 'static) -> Self {
        Self(Arc::new(function))
    }
}

impl std::fmt::Debug for Reply {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Reply")
    }
}

/// The very same.
impl PartialEq for Reply {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Reply {}

/// A request as it was received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    /// Method, path and query: `POST /logout?a=b`.
    pub line: String,
    /// The body, as text.
    pub body: String,
}

impl Received {
    /// The value of a query parameter.
    pub fn parameter(&self, name: &str) -> Option<String> {
        let (_, query) = self.line.split_once('?')?;
        let mut pairs = url::form_urlencoded::parse(query.as_bytes());
        pairs
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.into_owned())
    }

    /// The value of a form field of the body.
    pub fn field(&self, name: &str) -> Option<String> {
        let mut pairs = url::form_urlencoded::parse(self.body.as_bytes());
        pairs
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.into_owned())
    }
}

/// A running endpoint.
#[derive(Debug)]
pub struct Endpoint {
    port: u16,
    state: Arc<Mutex<State>>,
    accepting: JoinHandle<()>,
}

#[derive(Debug)]
struct State {
    behaviour: Behaviour,
    received: Vec<Received>,
}

impl Endpoint {
    /// Listens on a free port with a certificate that the hub trusts.
    pub async fn start(behaviour: Behaviour) -> Self {
        Self::certified_by(ca::authority(), free_port(), behaviour).await
    }

    /// Listens on a given port with a certificate of `authority`.
    pub async fn certified_by(authority: &Authority, port: u16, behaviour: Behaviour) -> Self {
        let acceptor = acceptor(&authority.certify(&["localhost", "127.0.0.1"]));
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))
            .await
            .unwrap_or_else(|error| panic!("the endpoint cannot listen on {port}: {error}"));
        let state = Arc::new(Mutex::new(State {
            behaviour,
            received: Vec::new(),
        }));
        let shared = Arc::clone(&state);
        let accepting = tokio::spawn(async move {
            while let Ok((connection, _)) = listener.accept().await {
                tokio::spawn(answer(connection, acceptor.clone(), Arc::clone(&shared)));
            }
        });
        Self {
            port,
            state,
            accepting,
        }
    }

    /// Its address; `path` begins with a slash.
    pub fn url(&self, path: &str) -> String {
        format!("https://localhost:{}{path}", self.port)
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Answers in another way from now on.
    pub fn behave(&self, behaviour: Behaviour) {
        self.state().behaviour = behaviour;
    }

    /// Everything received so far.
    pub fn received(&self) -> Vec<Received> {
        self.state().received.clone()
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Endpoint {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

/// Sends bytes over TLS to a port of `localhost` as they are, and gives what comes back until the other
/// side closes or is silent for `patience`.
pub async fn send_raw(port: u16, bytes: &[u8], patience: Duration) -> String {
    let mut connection = RawConnection::open(port).await;
    connection.send(bytes).await;
    let mut answer = String::new();
    while let Some(part) = connection.receive(patience).await {
        answer.push_str(&part);
    }
    answer
}

/// A TLS connection to a port of `localhost` for requests sent piece by piece.
#[derive(Debug)]
pub struct RawConnection {
    stream: TlsStream<TcpStream>,
}

impl RawConnection {
    /// Connects; trusts the local authority.
    pub async fn open(port: u16) -> Self {
        let stream = connect(port)
            .await
            .expect("the server listens and speaks TLS");
        Self { stream }
    }

    /// Sends bytes as they are. A server that has had enough closes before all is sent; that is no
    /// failure here.
    pub async fn send(&mut self, bytes: &[u8]) {
        let _ = self.stream.write_all(bytes).await;
        let _ = self.stream.flush().await;
    }

    /// What comes next, as text; `None` when the other side has closed or is silent for `patience`.
    pub async fn receive(&mut self, patience: Duration) -> Option<String> {
        let mut chunk = vec![0; 64 * 1024];
        let read = tokio::time::timeout(patience, self.stream.read(&mut chunk));
        let length = read.await.ok()?.ok()?;
        let part = chunk.get(..length).filter(|part| !part.is_empty())?;
        Some(String::from_utf8_lossy(part).into_owned())
    }
}

/// Connects to a port of `localhost` by TLS; trusts the local authority.
pub(super) async fn connect(port: u16) -> std::io::Result<TlsStream<TcpStream>> {
    install_crypto();
    let mut roots = RootCertStore::empty();
    let authority = CertificateDer::from_pem_slice(ca::authority().pem().as_bytes())
        .expect("our own certificate");
    roots.add(authority).expect("our own certificate");
    let config = ClientConfig::builder()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let connection = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await?;
    let name = ServerName::try_from("localhost").expect("a host name");
    TlsConnector::from(Arc::new(config))
        .connect(name, connection)
        .await
}

/// What takes connections by TLS with this certificate and its key, both in PEM.
pub(super) fn acceptor((certificate, key): &(String, String)) -> TlsAcceptor {
    install_crypto();
    let certificate =
        CertificateDer::from_pem_slice(certificate.as_bytes()).expect("our own certificate");
    let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).expect("our own key");
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .expect("a certificate with its own key");
    TlsAcceptor::from(Arc::new(config))
}

/// Serves one request; connections are not kept.
async fn answer(connection: TcpStream, acceptor: TlsAcceptor, state: Arc<Mutex<State>>) {
    let Ok(mut stream) = acceptor.accept(connection).await else {
        return;
    };
    let Some(received) = receive(&mut stream).await else {
        return;
    };
    let behaviour = {
        let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
        state.received.push(received.clone());
        state.behaviour.clone()
    };
    let mut body = String::new();
    let head = match behaviour {
        Behaviour::Status(status) => format!("HTTP/1.1 {status} Told\r\n"),
        Behaviour::Body(text) => {
            body = text;
            "HTTP/1.1 200 Told\r\nContent-Type: application/json\r\n".to_owned()
        }
        Behaviour::Soap(Reply(reply)) => {
            body = reply(&received);
            "HTTP/1.1 200 Told\r\nContent-Type: text/xml\r\n".to_owned()
        }
        Behaviour::Redirect(location) => format!("HTTP/1.1 302 Found\r\nLocation: {location}\r\n"),
        Behaviour::Hang => std::future::pending().await,
    };
    let length = body.len();
    let answer = format!("{head}Content-Length: {length}\r\nConnection: close\r\n\r\n{body}");
    // Whoever asked may have left.
    let _ = stream.write_all(answer.as_bytes()).await;
    let _ = stream.shutdown().await;
}

async fn receive(stream: &mut (impl AsyncRead + Unpin)) -> Option<Received> {
    let mut bytes = Vec::new();
    let head_end = loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break end + 4;
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    let head = String::from_utf8_lossy(bytes.get(..head_end)?).into_owned();
    let length = head
        .lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .and_then(|(_, value)| value.trim().parse::<usize>().ok())
        .unwrap_or(0);
    while bytes.len() < head_end + length {
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
    let line = head.lines().next()?.rsplit_once(' ')?.0.to_owned();
    let body = String::from_utf8_lossy(bytes.get(head_end..head_end + length)?).into_owned();
    Some(Received { line, body })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::support::http::Visitor;

    #[tokio::test]
    async fn what_is_sent_is_recorded_and_answered_as_told() {
        let endpoint = Endpoint::start(Behaviour::Status(200)).await;
        let visitor = Visitor::new();
        assert_eq!(
            visitor
                .post(endpoint.url("/out?a=1"), &[("b", "é&")], &[])
                .await
                .status,
            200
        );
        endpoint.behave(Behaviour::Redirect("/elsewhere".to_owned()));
        assert!(visitor.get(endpoint.url("/")).await.location().is_some());
        endpoint.behave(Behaviour::Body("{\"é\": 1}".to_owned()));
        assert_eq!(visitor.get(endpoint.url("/")).await.json()["é"], 1);
        endpoint.behave(Behaviour::Redirect("/elsewhere".to_owned()));
        let received = endpoint.received();
        assert_eq!(received[0].line, "POST /out?a=1");
        assert_eq!(received[0].parameter("a").unwrap(), "1");
        assert_eq!(received[0].field("b").unwrap(), "é&");
        let raw = send_raw(
            endpoint.port(),
            b"GET /raw HTTP/1.1\r\n\r\n",
            Duration::from_secs(5),
        )
        .await;
        assert!(raw.starts_with("HTTP/1.1 302"), "{raw}");
    }
}
