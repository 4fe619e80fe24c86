//! Tests of the accept loop: strangers who are slow, big, or in the way of a stop.

use super::*;
use axum::routing::{get, post};
use std::time::Instant;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::sync::oneshot;

const QUICK: Patience = Patience {
    head: Duration::from_millis(300),
    handshake: Duration::from_millis(300),
    request: Duration::from_millis(600),
    idle: Duration::from_millis(900),
};

struct Running {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    ended: tokio::task::JoinHandle<bool>,
}

async fn running(patience: Patience) -> Running {
    running_on(patience, None).await
}

async fn running_on(patience: Patience, certificate: Option<Arc<Certificate>>) -> Running {
    let router = Router::new()
        .route("/", get(|| async { "hello" }))
        .route(
            "/panic",
            get(|| async {
                if true {
                    panic!("boom")
                }
            }),
        )
        .route(
            "/slow",
            get(|| async {
                tokio::time::sleep(Duration::from_millis(400)).await;
                "done"
            }),
        )
        .route("/echo", post(|body: String| async move { body }));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let (stop, stopped) = oneshot::channel();
    let door = Door {
        listener,
        certificate,
        router,
        patience,
        max_connections: 64,
    };
    let stopped = async { drop(stopped.await) };
    let ended = tokio::spawn(serve(door, stopped, Duration::from_secs(5)));
    Running {
        address,
        stop,
        ended,
    }
}

/// What comes back for `sent` until the connection closes, and after how long.
async fn talk(address: SocketAddr, sent: &[u8]) -> (String, Duration) {
    let began = Instant::now();
    let mut stream = TcpStream::connect(address).await.expect("connected");
    stream.write_all(sent).await.expect("sent");
    let mut answer = Vec::new();
    let read = stream.read_to_end(&mut answer);
    let _closed = tokio::time::timeout(Duration::from_secs(10), read)
        .await
        .expect("closes");
    (
        String::from_utf8_lossy(&answer).into_owned(),
        began.elapsed(),
    )
}

#[tokio::test]
async fn avl_01_a_slow_head_is_cut() {
    let server = running(QUICK).await;
    for sent in ["", "GET / HT", "GET / HTTP/1.1\r\nHost: a\r\nX-"] {
        let (_, after) = talk(server.address, sent.as_bytes()).await;
        assert!(
            after < Duration::from_secs(2),
            "{sent:?} held it for {after:?}"
        );
    }
}

#[tokio::test]
async fn avl_01_a_connection_that_is_kept_and_unused_is_closed() {
    let server = running(QUICK).await;
    let (answer, after) = talk(server.address, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
    assert!(answer.ends_with("hello"), "{answer}");
    assert!(after < Duration::from_secs(2), "held for {after:?}");
}

#[tokio::test]
async fn avl_01_a_slow_body_is_cut() {
    let server = running(QUICK).await;
    let head = b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nabc";
    let (answer, after) = talk(server.address, head).await;
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
    assert!(after < Duration::from_secs(3), "held for {after:?}");
    for protection in ["content-security-policy: ", "nosniff", "no-store"] {
        assert!(answer.contains(protection), "WEB-04: {answer}");
    }
}

#[tokio::test]
async fn avl_02_a_huge_head_is_refused() {
    let server = running(QUICK).await;
    let head = format!(
        "GET / HTTP/1.1\r\nHost: a\r\nX-A: {}\r\n\r\n",
        "a".repeat(60_000)
    );
    let (answer, _) = talk(server.address, head.as_bytes()).await;
    assert!(
        answer.starts_with("HTTP/1.1 431") || answer.is_empty(),
        "{answer}"
    );
    let many: String = (0..200).map(|n| format!("X-{n}: a\r\n")).collect();
    let head = format!("GET / HTTP/1.1\r\nHost: a\r\n{many}\r\n");
    let (answer, _) = talk(server.address, head.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 431"), "{answer}");
}

#[tokio::test]
async fn avl_08_a_panic_ends_one_connection_only() {
    let server = running(QUICK).await;
    talk(server.address, b"GET /panic HTTP/1.1\r\nHost: a\r\n\r\n").await;
    let (answer, _) = talk(server.address, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
    assert!(answer.ends_with("hello"), "{answer}");
}

#[tokio::test]
async fn avl_12_a_stop_lets_requests_end_and_idle_connections_go() {
    let server = running(Patience {
        idle: Duration::from_secs(60),
        head: Duration::from_secs(60),
        ..Patience::default()
    })
    .await;
    let idle = tokio::spawn(talk(
        server.address,
        b"GET / HTTP/1.1\r\nHost: a\r\n\r\n".as_slice(),
    ));
    let slow = tokio::spawn(talk(
        server.address,
        b"GET /slow HTTP/1.1\r\nHost: a\r\n\r\n".as_slice(),
    ));
    tokio::time::sleep(Duration::from_millis(150)).await;
    server.stop.send(()).expect("listening");
    assert!(server.ended.await.expect("no panic"), "drained");
    assert!(slow.await.expect("no panic").0.ends_with("done"));
    assert!(idle.await.expect("no panic").0.ends_with("hello"));
    assert!(
        TcpStream::connect(server.address).await.is_err(),
        "accepts no more"
    );
}

/// A server with a certificate of its own, and what trusts nothing but accepts it.
async fn encrypted() -> (Running, tempfile::TempDir, Vec<u8>) {
    let directory = tempfile::tempdir().expect("a directory");
    let rcgen::CertifiedKey { cert, signing_key } =
        rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    let (chain, key) = (
        directory.path().join("chain.pem"),
        directory.path().join("key.pem"),
    );
    std::fs::write(&chain, cert.pem()).expect("written");
    std::fs::write(&key, signing_key.serialize_pem()).expect("written");
    let certificate = Certificate::read(chain, key).expect("right");
    let running = running_on(QUICK, Some(Arc::new(certificate))).await;
    (running, directory, cert.der().to_vec())
}

async fn handshake(
    address: SocketAddr,
    authority: Vec<u8>,
    protocol: &[u8],
) -> tokio_rustls::client::TlsStream<TcpStream> {
    crate::system::use_one_crypto_library();
    let mut roots = rustls::RootCertStore::empty();
    roots.add(authority.into()).expect("a certificate");
    let mut config = rustls::ClientConfig::builder()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![protocol.to_vec()];
    let connector = tokio_rustls::TlsConnector::from(Arc::new(config));
    let stream = TcpStream::connect(address).await.expect("connected");
    let name = "localhost".try_into().expect("a name");
    connector.connect(name, stream).await.expect("trusted")
}

#[tokio::test]
async fn both_versions_of_http_by_tls() {
    let (server, _directory, authority) = encrypted().await;
    let mut one = handshake(server.address, authority.clone(), b"http/1.1").await;
    let request = b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    one.write_all(request).await.expect("sent");
    let mut answer = String::new();
    one.read_to_string(&mut answer).await.expect("answered");
    assert!(answer.ends_with("hello"), "{answer}");
    let mut two = handshake(server.address, authority, b"h2").await;
    two.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0")
        .await
        .expect("sent");
    let mut frame = [0; 9];
    two.read_exact(&mut frame).await.expect("a frame");
    assert_eq!(frame[3], 4, "SETTINGS come first");
}

#[tokio::test]
async fn avl_01_a_slow_handshake_is_cut() {
    let (server, _directory, _) = encrypted().await;
    for sent in [b"".as_slice(), b"\x16\x03\x01", b"GET / HTTP/1.1\r\n"] {
        let (_, after) = talk(server.address, sent).await;
        assert!(after < Duration::from_secs(2), "held for {after:?}");
    }
}

#[tokio::test]
async fn avl_01_a_client_that_begins_http_2_and_waits_is_cut() {
    let (server, _directory, authority) = encrypted().await;
    for sent in [
        b"".as_slice(),
        b"PRI * HTTP/2.0\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0",
    ] {
        let began = Instant::now();
        let mut stream = handshake(server.address, authority.clone(), b"h2").await;
        stream.write_all(sent).await.expect("sent");
        let mut rest = Vec::new();
        let read = stream.read_to_end(&mut rest);
        let _closed = tokio::time::timeout(Duration::from_secs(10), read)
            .await
            .expect("closes");
        assert!(
            began.elapsed() < Duration::from_secs(4),
            "held for {:?}",
            began.elapsed()
        );
    }
}

#[tokio::test]
async fn avl_01_streams_that_are_opened_and_reset_end_the_connection() {
    let (server, _directory, authority) = encrypted().await;
    let mut stream = handshake(server.address, authority, b"h2").await;
    let mut sent = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0".to_vec();
    // GET / by static entries of the header table, and `localhost`.
    let headers = b"\x82\x87\x84\x41\x09localhost";
    for number in 0..5000_u32 {
        let id = (2 * number + 1).to_be_bytes();
        sent.extend([0, 0, headers.len() as u8, 1, 5]);
        sent.extend(id);
        sent.extend(headers);
        sent.extend([0, 0, 4, 3, 0]);
        sent.extend(id);
        sent.extend([0, 0, 0, 8]);
    }
    let (mut reader, mut writer) = tokio::io::split(&mut stream);
    let mut said = Vec::new();
    let talk = async {
        // The server may hang up while it is still being shouted at.
        let (_written, _read) =
            tokio::join!(writer.write_all(&sent), reader.read_to_end(&mut said));
    };
    tokio::time::timeout(Duration::from_secs(10), talk)
        .await
        .expect("closes");
    let mut rest = said.as_slice();
    let mut goodbye = None;
    while rest.len() >= 9 {
        let length = usize::from(rest[1]) * 256 + usize::from(rest[2]);
        if rest[3] == 7 {
            goodbye = rest.get(9..9 + length).map(<[u8]>::to_vec);
        }
        rest = rest.get(9 + length..).unwrap_or_default();
    }
    let goodbye = goodbye.expect("GOAWAY");
    assert_eq!(goodbye[7], 11, "ENHANCE_YOUR_CALM");
}
