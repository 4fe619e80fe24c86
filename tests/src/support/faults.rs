//! A proxy that stands before a server and fails as it is told: refuses, hangs, is slow, answers rubbish, breaks
//! off, has let its certificate expire. Owns the faults of the way there; a server that is itself stopped or
//! frozen is `upstream.rs`. Never looks into what it passes on.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, split};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;

use super::ca;
use super::endpoint;

#[cfg(test)]
mod tests;

/// How long whoever was answered may take to hang up: closing before would take the answer away again.
const FAREWELL: Duration = Duration::from_secs(1);

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Nothing.
    None,
    /// Nobody listens on the port.
    Refuse,
    /// Whoever comes may ask, and is never answered.
    Hang,
    /// Each answer begins this much later.
    Late(Duration),
    /// Each byte of an answer comes this much after the one before.
    Slow(Duration),
    /// An answer breaks off after so many bytes.
    Cut(usize),
    /// Every answer is bytes that mean nothing.
    Rubbish,
    /// Every answer is a page of HTML with this status.
    Page(u16),
    /// The certificate was valid once.
    Expired,
}

/// A running proxy. Gone, with all connections through it, when it is dropped.
#[derive(Debug)]
pub struct Proxy {
    port: u16,
    speaks_tls: bool,
    told: watch::Sender<Told>,
    in_force: watch::Receiver<usize>,
    connections: Arc<AtomicUsize>,
    serving: JoinHandle<()>,
}

/// What is wrong, and how often that was said.
#[derive(Clone, Debug)]
struct Told {
    number: usize,
    fault: Fault,
}

impl Proxy {
    /// Listens on `port` with a certificate that everybody here trusts, and passes on to the server on port
    /// `server` of this machine, which has such a certificate too.
    pub async fn start(port: u16, server: u16) -> Self {
        Self::serve(port, server, true).await
    }

    /// The same for a server whose clients begin without TLS, or are to see its own certificate: bytes are passed
    /// on as they are.
    pub async fn start_plain(port: u16, server: u16) -> Self {
        Self::serve(port, server, false).await
    }

    async fn serve(port: u16, server: u16, speaks_tls: bool) -> Self {
        let told = Told {
            number: 0,
            fault: Fault::None,
        };
        let (told, hears) = watch::channel(told);
        let (says, in_force) = watch::channel(0);
        let connections = Arc::new(AtomicUsize::new(0));
        let names = ["localhost", "127.0.0.1"];
        let front = Front {
            port,
            server,
            certificates: speaks_tls.then(|| Certificates {
                valid: endpoint::acceptor(&ca::authority().certify(&names)),
                expired: endpoint::acceptor(&ca::authority().certify_expired(&names)),
            }),
            connections: Arc::clone(&connections),
        };
        let listener = bind(port).await;
        let serving = tokio::spawn(front.run(listener, hears, says));
        Self {
            port,
            speaks_tls,
            told,
            in_force,
            connections,
            serving,
        }
    }

    /// Its port on this machine.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Fails in another way from now on, or in none. Connections that are open are cut: a client that keeps them
    /// meets the fault as well.
    pub async fn tell(&self, fault: Fault) {
        assert!(
            self.speaks_tls || fault != Fault::Expired,
            "a proxy that passes on TLS has no certificate of its own"
        );
        let mut number = 0;
        self.told.send_modify(|told| {
            told.number += 1;
            told.fault = fault;
            number = told.number;
        });
        let mut in_force = self.in_force.clone();
        in_force
            .wait_for(|done| *done >= number)
            .await
            .expect("it listens as long as it exists");
    }

    /// How many connections it has taken so far, whatever became of them.
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn bind(port: u16) -> TcpListener {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port))
        .await
        .unwrap_or_else(|error| panic!("the proxy cannot listen on {port}: {error}"))
}

/// What listens.
struct Front {
    port: u16,
    server: u16,
    certificates: Option<Certificates>,
    connections: Arc<AtomicUsize>,
}

struct Certificates {
    valid: TlsAcceptor,
    expired: TlsAcceptor,
}

impl Front {
    async fn run(
        self,
        listener: TcpListener,
        mut hears: watch::Receiver<Told>,
        says: watch::Sender<usize>,
    ) {
        let mut listener = Some(listener);
        loop {
            let Told { number, fault } = hears.borrow_and_update().clone();
            listener = match listener {
                _ if fault == Fault::Refuse => None,
                None => Some(bind(self.port).await),
                listens => listens,
            };
            // Dropped with what it holds when something else is told.
            let mut open = JoinSet::new();
            let _ = says.send(number);
            loop {
                tokio::select! {
                    heard = hears.changed() => match heard {
                        Ok(()) => break,
                        Err(_) => return,
                    },
                    connection = accept(listener.as_ref()) => {
                        self.connections.fetch_add(1, Ordering::Relaxed);
                        open.spawn(self.answer(connection, fault.clone()));
                    }
                    Some(_) = open.join_next() => {}
                }
            }
        }
    }

    /// One connection, from its beginning to its end.
    fn answer(
        &self,
        connection: TcpStream,
        fault: Fault,
    ) -> impl Future<Output = ()> + Send + use<> {
        let acceptor = self.certificates.as_ref().map(|certificates| match fault {
            Fault::Expired => certificates.expired.clone(),
            _ => certificates.valid.clone(),
        });
        let server = self.server;
        async move {
            match acceptor {
                None => {
                    let there = TcpStream::connect((Ipv4Addr::LOCALHOST, server));
                    fail(connection, there, &fault).await;
                }
                Some(acceptor) => {
                    // Whoever looks at the certificate may have seen enough.
                    if let Ok(stream) = acceptor.accept(connection).await {
                        fail(stream, endpoint::connect(server), &fault).await;
                    }
                }
            }
        }
    }
}

/// The next connection; none comes where nobody listens.
async fn accept(listener: Option<&TcpListener>) -> TcpStream {
    match listener {
        None => std::future::pending().await,
        Some(listener) => loop {
            // One that is gone before it was taken is no failure of ours.
            if let Ok((connection, _)) = listener.accept().await {
                return connection;
            }
        },
    }
}

/// Treats whoever has come as it was told; `there` is the way to the server.
async fn fail<S: AsyncRead + AsyncWrite + Unpin>(
    mut client: impl AsyncRead + AsyncWrite + Unpin,
    there: impl Future<Output = std::io::Result<S>>,
    fault: &Fault,
) {
    match fault {
        Fault::Refuse => {}
        Fault::Hang => while is_read(&mut client).await {},
        Fault::Rubbish => say(&mut client, &rubbish()).await,
        Fault::Page(status) => {
            let body = "<!doctype html><title>Erreur</title><p>Le service est indisponible.";
            let page = format!(
                "HTTP/1.1 {status} Told\r\nContent-Type: text/html\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
                body.len()
            );
            say(&mut client, page.as_bytes()).await;
        }
        Fault::None | Fault::Late(_) | Fault::Slow(_) | Fault::Cut(_) | Fault::Expired => {
            if let Ok(server) = there.await {
                pass_on(client, server, fault).await;
            }
        }
    }
}

/// Reads something and forgets it; false when the other side has closed.
async fn is_read(stream: &mut (impl AsyncRead + Unpin)) -> bool {
    let mut buffer = [0; 4096];
    matches!(stream.read(&mut buffer).await, Ok(read) if read > 0)
}

/// Hears the beginning of a question, says `answer` whatever it was, and closes.
async fn say(stream: &mut (impl AsyncRead + AsyncWrite + Unpin), answer: &[u8]) {
    if !is_read(stream).await {
        return;
    }
    // Whoever asked may have left.
    let _ = stream.write_all(answer).await;
    let _ = stream.shutdown().await;
    let _ = timeout(FAREWELL, async { while is_read(stream).await {} }).await;
}

/// Passes on both ways; the way back as it was told.
async fn pass_on(
    client: impl AsyncRead + AsyncWrite + Unpin,
    server: impl AsyncRead + AsyncWrite + Unpin,
    fault: &Fault,
) {
    let (mut from_client, mut to_client) = split(client);
    let (mut from_server, mut to_server) = split(server);
    let has_asked = AtomicBool::new(false);
    let questions = async {
        let mut buffer = [0; 16 * 1024];
        while let Ok(read @ 1..) = from_client.read(&mut buffer).await {
            has_asked.store(true, Ordering::Relaxed);
            let question = buffer.get(..read).unwrap_or_default();
            if to_server.write_all(question).await.is_err() || to_server.flush().await.is_err() {
                break;
            }
        }
        let _ = to_server.shutdown().await;
        // The server may still have something to say; when it closes, all is said.
        std::future::pending::<()>().await;
    };
    let answers = async {
        let mut buffer = [0; 16 * 1024];
        let mut passed = 0;
        while let Ok(read @ 1..) = from_server.read(&mut buffer).await {
            let answer = buffer.get(..read).unwrap_or_default();
            let is_first = has_asked.swap(false, Ordering::Relaxed);
            if !pour(answer, &mut to_client, fault, is_first, &mut passed).await {
                break;
            }
        }
        let _ = to_client.shutdown().await;
    };
    tokio::select! {
        () = questions => {}
        () = answers => {}
    }
}

/// Passes on a part of an answer; false when that was the last one. `is_first`: nothing was passed on since the
/// question.
async fn pour(
    answer: &[u8],
    to: &mut (impl AsyncWrite + Unpin),
    fault: &Fault,
    is_first: bool,
    passed: &mut usize,
) -> bool {
    match *fault {
        Fault::Late(delay) if is_first => sleep(delay).await,
        Fault::Slow(delay) => {
            for byte in answer {
                sleep(delay).await;
                if to.write_all(&[*byte]).await.is_err() || to.flush().await.is_err() {
                    return false;
                }
            }
            return true;
        }
        Fault::Cut(most) => {
            let left = most.saturating_sub(*passed).min(answer.len());
            *passed += left;
            let part = answer.get(..left).unwrap_or_default();
            let is_written = to.write_all(part).await.is_ok() && to.flush().await.is_ok();
            return is_written && *passed < most;
        }
        _ => {}
    }
    to.write_all(answer).await.is_ok() && to.flush().await.is_ok()
}

/// Bytes that begin nothing that anybody speaks, the same each time.
fn rubbish() -> Vec<u8> {
    let next = |last: &u32| Some(last.wrapping_mul(1_664_525).wrapping_add(1_013_904_223));
    let numbers = std::iter::successors(Some(7_u32), next);
    numbers
        .take(600)
        .map(|number| number.to_be_bytes()[0] | 0x80)
        .collect()
}
