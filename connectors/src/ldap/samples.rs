//! What directories say, written byte by byte, for the tests of this driver: messages, and a server that answers
//! by a script.

use std::sync::{Arc, Mutex};

use rcgen::{CertificateParams, KeyPair};
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::PrivateKeyDer;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::gate;

pub(super) const INTEGER: u8 = 0x02;
pub(super) const OCTET_STRING: u8 = 0x04;
pub(super) const ENUMERATED: u8 = 0x0a;
pub(super) const SEQUENCE: u8 = 0x30;
pub(super) const SET: u8 = 0x31;
pub(super) const CONTROLS: u8 = 0xa0;
pub(super) const BIND: u8 = 0x60;
pub(super) const BOUND: u8 = 0x61;
pub(super) const SEARCH: u8 = 0x63;
pub(super) const ENTRY: u8 = 0x64;
pub(super) const DONE: u8 = 0x65;
pub(super) const REFERENCE: u8 = 0x73;
pub(super) const EXTENDED: u8 = 0x78;

/// One element. Long ones are written as Active Directory writes them, with more octets than are needed.
pub(super) fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut bytes = vec![tag];
    match u8::try_from(content.len()) {
        Ok(length @ 0..0x80) => bytes.push(length),
        _ => {
            bytes.push(0x84);
            bytes.extend(u32::try_from(content.len()).expect("short").to_be_bytes());
        }
    }
    bytes.extend(content);
    bytes
}

/// A message with a number.
pub(super) fn message(number: u8, operation: &[u8]) -> Vec<u8> {
    tlv(SEQUENCE, &[&tlv(INTEGER, &[number]), operation].concat())
}

/// A result.
pub(super) fn outcome(tag: u8, code: u8, text: &[u8]) -> Vec<u8> {
    let parts = [
        tlv(ENUMERATED, &[code]),
        tlv(OCTET_STRING, b""),
        tlv(OCTET_STRING, text),
    ];
    tlv(tag, &parts.concat())
}

/// An entry.
pub(super) fn entry(dn: &str, attributes: &[(&str, &[&[u8]])]) -> Vec<u8> {
    let attribute = |(name, values): &(&str, &[&[u8]])| {
        let values: Vec<u8> = values
            .iter()
            .flat_map(|value| tlv(OCTET_STRING, value))
            .collect();
        let parts = [tlv(OCTET_STRING, name.as_bytes()), tlv(SET, &values)];
        tlv(SEQUENCE, &parts.concat())
    };
    let attributes: Vec<u8> = attributes.iter().flat_map(attribute).collect();
    let parts = [tlv(OCTET_STRING, dn.as_bytes()), tlv(SEQUENCE, &attributes)];
    tlv(ENTRY, &parts.concat())
}

/// What a server was asked.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) number: u8,
    pub(super) operation: u8,
    /// The message.
    pub(super) bytes: Vec<u8>,
}

impl Asked {
    /// Whether some text is in it.
    pub(super) fn says(&self, text: &str) -> bool {
        self.bytes
            .windows(text.len())
            .any(|window| window == text.as_bytes())
    }

    /// Operations as answers to it.
    pub(super) fn answer(&self, operations: &[Vec<u8>]) -> Vec<u8> {
        let messages = operations
            .iter()
            .map(|operation| message(self.number, operation));
        messages.flatten().collect()
    }
}

/// A directory that answers by a script, on a port of its own.
pub(super) struct Scripted {
    pub(super) port: u16,
    /// Its certificate, which is its own authority.
    pub(super) pem: String,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Scripted {
    /// Starts it. `greeting` is said in clear when somebody has asked for TLS; none where TLS is there from the
    /// beginning.
    pub(super) async fn start(
        greeting: Option<Vec<u8>>,
        script: impl Fn(&Asked) -> Vec<u8> + Send + Sync + 'static,
    ) -> Self {
        let key = KeyPair::generate().expect("a key");
        let params = CertificateParams::new(vec!["localhost".to_owned()]).expect("a name");
        let certificate = params.self_signed(&key).expect("a certificate");
        let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(
                vec![certificate.der().clone()],
                PrivateKeyDer::try_from(key.serialize_der()).expect("a key"),
            )
            .expect("a certificate");
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
        let port = listener.local_addr().expect("a port").port();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let script = Arc::new(script);
        let heard = Arc::clone(&asked);
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let (acceptor, greeting) = (acceptor.clone(), greeting.clone());
                let (script, heard) = (Arc::clone(&script), Arc::clone(&heard));
                tokio::spawn(async move {
                    if let Some(greeting) = greeting {
                        let mut request = vec![0; gate::START_TLS.len()];
                        stream.read_exact(&mut request).await.ok()?;
                        assert_eq!(request, gate::START_TLS);
                        stream.write_all(&greeting).await.ok()?;
                    }
                    converse(acceptor.accept(stream).await.ok()?, &*script, &heard).await
                });
            }
        });
        Self {
            port,
            pem: certificate.pem(),
            asked,
        }
    }

    /// What it was asked, in order, on all connections.
    pub(super) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().expect("nobody panicked").clone()
    }
}

async fn converse(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    script: &(impl Fn(&Asked) -> Vec<u8> + Sync),
    heard: &Mutex<Vec<Asked>>,
) -> Option<()> {
    let mut bytes = Vec::new();
    loop {
        let Some((whole, rest)) = gate::element(&bytes).expect("a client speaks LDAP") else {
            if stream.read_buf(&mut bytes).await.ok()? == 0 {
                return None;
            }
            continue;
        };
        let (number, operation) = gate::element(whole.content).ok()??;
        let length = bytes.len() - rest.len();
        let asked = Asked {
            number: *number.content.last()?,
            operation: *operation.first()?,
            bytes: bytes[..length].to_vec(),
        };
        bytes.drain(..length);
        heard.lock().ok()?.push(asked.clone());
        stream.write_all(&script(&asked)).await.ok()?;
    }
}
