//! The accept loop (AVL-01): every connection has its limits and its clock, a panic ends one connection
//! only, and a stop lets what was begun come to its end (AVL-12). Never looks into a request.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use http::{Request, Response, StatusCode, header};
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper::service::Service;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tower::ServiceExt as _;

use super::idle::Idle;
use super::tls::Certificate;

/// How fast strangers must be. The defaults are those of AVL-01; tests take shorter ones.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patience {
    /// The head of a request, and the next request on a connection that is kept.
    pub(crate) head: Duration,
    /// The handshake of TLS.
    pub(crate) handshake: Duration,
    /// A whole request, its body and its answer's head.
    pub(crate) request: Duration,
    /// A connection on which nothing moves.
    pub(crate) idle: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            head: Duration::from_secs(10),
            handshake: Duration::from_secs(10),
            request: Duration::from_secs(30),
            idle: Duration::from_secs(75),
        }
    }
}

/// Head of a request: 32 KiB of headers and an address of 8 KiB (AVL-02).
const HEAD_BYTES: usize = 40 * 1024;
const HEADERS: usize = 100;
/// Requests at the same time on one HTTP/2 connection.
const STREAMS: u32 = 100;
/// Streams that a client may open and reset before it is sent away (rapid reset).
const RESETS: usize = 20;

/// What listens, and for whom.
pub(crate) struct Door {
    pub(crate) listener: TcpListener,
    pub(crate) certificate: Option<Arc<Certificate>>,
    pub(crate) router: Router,
    pub(crate) patience: Patience,
    pub(crate) max_connections: usize,
}

/// Accepts until `stop` is done, then waits for what was begun, `drain` at most. Whether everything
/// came to its end.
pub(crate) async fn serve(door: Door, stop: impl Future<Output = ()>, drain: Duration) -> bool {
    let Door {
        listener,
        certificate,
        router,
        patience,
        max_connections,
    } = door;
    let graceful = GracefulShutdown::new();
    let places = Arc::new(Semaphore::new(max_connections));
    let mut stop = std::pin::pin!(stop);
    loop {
        // A place first: past the limit the system's queue holds the rest.
        let next = async {
            let place = Arc::clone(&places).acquire_owned().await;
            (place, listener.accept().await)
        };
        let (place, accepted) = tokio::select! {
            () = &mut stop => break,
            next = next => next,
        };
        // Nobody closes the semaphore.
        let Ok(place) = place else { break };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                refused(&error).await;
                continue;
            }
        };
        let connection = Connection {
            peer,
            router: router.clone(),
            patience,
            _place: place,
        };
        let watcher = graceful.watcher();
        let certificate = certificate.clone();
        tokio::spawn(connection.run(stream, certificate, watcher));
    }
    drop(listener);
    tokio::time::timeout(drain, graceful.shutdown())
        .await
        .is_ok()
}

/// A connection that failed before it was ours is nothing; no file descriptors left is an alarm, and
/// trying again at once would only burn the processor (AVL-13).
async fn refused(error: &std::io::Error) {
    use std::io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    if matches!(
        error.kind(),
        ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted
    ) {
        return;
    }
    metrics::counter!("clau_accept_errors_total").increment(1);
    tracing::error!(event = "server.accept", %error, "no connection can be accepted");
    tokio::time::sleep(Duration::from_millis(200)).await;
}

type Answer = Response<Body>;
type Answering = Pin<Box<dyn Future<Output = Result<Answer, Infallible>> + Send>>;

struct Connection {
    peer: SocketAddr,
    router: Router,
    patience: Patience,
    /// Given back when the connection is gone.
    _place: OwnedSemaphorePermit,
}

impl Connection {
    async fn run(self, stream: TcpStream, certificate: Option<Arc<Certificate>>, watcher: Watcher) {
        let open = metrics::gauge!("clau_connections");
        open.increment(1.0);
        let _closing = Closing(open);
        // Answers are small; a delay would only wait for more of them.
        let _set = stream.set_nodelay(true);
        let Some(certificate) = certificate else {
            return self
                .http1(Idle::new(stream, self.patience.idle), watcher)
                .await;
        };
        let acceptor = certificate.acceptor();
        let handshake = tokio::time::timeout(self.patience.handshake, acceptor.accept(stream));
        let Ok(Ok(stream)) = handshake.await else {
            metrics::counter!("clau_tls_handshakes_failed_total").increment(1);
            return;
        };
        let two = stream.get_ref().1.alpn_protocol() == Some(b"h2");
        let stream = Idle::new(stream, self.patience.idle);
        if two {
            self.http2(stream, watcher).await
        } else {
            self.http1(stream, watcher).await
        }
    }

    async fn http1<S>(&self, stream: S, watcher: Watcher)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(self.patience.head)
            .max_headers(HEADERS)
            .max_buf_size(HEAD_BYTES)
            .serve_connection(TokioIo::new(stream), self.service());
        // What ends a connection is the client's business; requests are logged where they are served.
        let _ended = watcher.watch(connection).await;
    }

    async fn http2<S>(&self, stream: S, watcher: Watcher)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let connection = http2::Builder::new(TokioExecutor::new())
            .timer(TokioTimer::new())
            .max_concurrent_streams(STREAMS)
            .max_header_list_size(u32::try_from(HEAD_BYTES).unwrap_or(u32::MAX))
            .max_pending_accept_reset_streams(RESETS)
            .max_local_error_reset_streams(RESETS)
            .max_send_buf_size(256 * 1024)
            .keep_alive_interval(self.patience.idle / 3)
            .keep_alive_timeout(self.patience.head)
            .serve_connection(TokioIo::new(stream), self.service());
        let _ended = watcher.watch(connection).await;
    }

    fn service(
        &self,
    ) -> impl Service<Request<Incoming>, Response = Answer, Error = Infallible, Future = Answering> + use<>
    {
        let (router, peer, limit) = (self.router.clone(), self.peer, self.patience.request);
        hyper::service::service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(ConnectInfo(peer));
            let answer = router.clone().oneshot(request.map(Body::new));
            Box::pin(async move {
                match tokio::time::timeout(limit, answer).await {
                    Ok(answer) => answer,
                    Err(_) => Ok(took_too_long()),
                }
            }) as Answering
        })
    }
}

struct Closing(metrics::Gauge);

impl Drop for Closing {
    fn drop(&mut self) {
        self.0.decrement(1.0);
    }
}

/// The answer to a request whose body dribbles in, or whose work does not end.
fn took_too_long() -> Response<Body> {
    metrics::counter!("clau_requests_cut_total").increment(1);
    let mut answer = Response::new(Body::from("408 Request Timeout\n"));
    *answer.status_mut() = StatusCode::REQUEST_TIMEOUT;
    let headers = answer.headers_mut();
    for (name, value) in [
        (header::CONTENT_TYPE, "text/plain; charset=utf-8"),
        (header::CONNECTION, "close"),
    ] {
        headers.insert(name, header::HeaderValue::from_static(value));
    }
    // The one answer that does not come through the door (WEB-04).
    clau_web::http::headers::protect(headers, false);
    answer
}

#[cfg(test)]
mod tests;
