//! Each fault, as a client meets it.

use std::time::Instant;

use super::*;
use crate::support::endpoint::{Behaviour, Endpoint};
use crate::support::http;
use crate::support::process::free_port;

const BODY: &str = "{\"is\": \"good\"}";

async fn stage() -> (Endpoint, Proxy) {
    let server = Endpoint::start(Behaviour::Body(BODY.to_owned())).await;
    let proxy = Proxy::start(free_port(), server.port()).await;
    (server, proxy)
}

/// What a client that is less patient than most gets.
async fn ask(proxy: &Proxy, patience: Duration) -> Result<(u16, String), reqwest::Error> {
    let url = format!("https://localhost:{}/", proxy.port());
    let answer = http::client().get(url).timeout(patience).send().await?;
    let status = answer.status().as_u16();
    Ok((status, answer.text().await?))
}

const SHORT: Duration = Duration::from_millis(300);
const LONG: Duration = Duration::from_secs(20);

#[tokio::test]
async fn what_is_well_passes_before_and_after() {
    let (server, proxy) = stage().await;
    let good = (200, BODY.to_owned());
    assert_eq!(ask(&proxy, LONG).await.unwrap(), good);
    for fault in [Fault::Refuse, Fault::Hang, Fault::Expired, Fault::None] {
        proxy.tell(fault).await;
    }
    assert_eq!(ask(&proxy, LONG).await.unwrap(), good);
    assert_eq!(proxy.connections(), 2);
    assert_eq!(server.received().len(), 2);
}

#[tokio::test]
async fn nobody_listens() {
    let (server, proxy) = stage().await;
    proxy.tell(Fault::Refuse).await;
    assert!(ask(&proxy, LONG).await.unwrap_err().is_connect());
    assert_eq!((proxy.connections(), server.received().len()), (0, 0));
}

#[tokio::test]
async fn nobody_answers() {
    let (server, proxy) = stage().await;
    proxy.tell(Fault::Hang).await;
    assert!(ask(&proxy, SHORT).await.unwrap_err().is_timeout());
    assert_eq!((proxy.connections(), server.received().len()), (1, 0));
}

#[tokio::test]
async fn answers_come_late_and_slowly() {
    let (_server, proxy) = stage().await;
    proxy.tell(Fault::Late(SHORT)).await;
    let start = Instant::now();
    assert_eq!(ask(&proxy, LONG).await.unwrap().1, BODY);
    assert!(start.elapsed() >= SHORT);
    // A hundred bytes and more.
    proxy.tell(Fault::Slow(Duration::from_millis(5))).await;
    assert!(ask(&proxy, SHORT).await.unwrap_err().is_timeout());
    assert_eq!(ask(&proxy, LONG).await.unwrap().1, BODY);
}

#[tokio::test]
async fn answers_mean_nothing_or_break_off() {
    let (server, proxy) = stage().await;
    proxy.tell(Fault::Rubbish).await;
    let error = ask(&proxy, LONG).await.unwrap_err();
    assert!(!error.is_connect() && !error.is_timeout(), "{error:?}");
    proxy.tell(Fault::Page(503)).await;
    let (status, page) = ask(&proxy, LONG).await.unwrap();
    assert!(status == 503 && page.contains("indisponible"), "{page}");
    assert!(server.received().is_empty());
    proxy.tell(Fault::Cut(100)).await;
    let error = ask(&proxy, LONG).await.unwrap_err();
    assert!(error.is_body() || error.is_decode(), "{error:?}");
    assert_eq!(server.received().len(), 1);
}

#[tokio::test]
async fn the_certificate_has_expired() {
    let (server, proxy) = stage().await;
    proxy.tell(Fault::Expired).await;
    let error = format!("{:?}", ask(&proxy, LONG).await.unwrap_err());
    assert!(error.contains("Expired"), "{error}");
    assert!(server.received().is_empty());
}

#[tokio::test]
async fn a_connection_that_is_kept_meets_the_fault_too() {
    let listener = bind(free_port()).await;
    let server = listener.local_addr().unwrap().port();
    let proxy = Proxy::start_plain(free_port(), server).await;
    let mut client = TcpStream::connect((Ipv4Addr::LOCALHOST, proxy.port()))
        .await
        .unwrap();
    let (mut connection, _) = listener.accept().await.unwrap();
    client.write_all(b"?").await.unwrap();
    assert_eq!(connection.read_u8().await.unwrap(), b'?');
    connection.write_all(b"!").await.unwrap();
    assert_eq!(client.read_u8().await.unwrap(), b'!');
    proxy.tell(Fault::Hang).await;
    // Cut at both ends.
    assert!(matches!(client.read(&mut [0]).await, Ok(0) | Err(_)));
    assert!(matches!(connection.read(&mut [0]).await, Ok(0) | Err(_)));
}

#[tokio::test]
async fn a_port_is_free_again_when_it_is_dropped() {
    let (_server, proxy) = stage().await;
    let port = proxy.port();
    proxy.tell(Fault::Refuse).await;
    proxy.tell(Fault::None).await;
    drop(proxy);
    sleep(Duration::from_millis(50)).await;
    drop(bind(port).await);
}
