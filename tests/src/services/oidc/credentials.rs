//! How a service proves itself to the hub (OIDC Core §9): by a secret it was given, or by a key of its
//! own, whose public half it publishes.
//!
//! Owns the key's file, made at first start for its owner's eyes alone. Never `Debug`.

use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::sync::Arc;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rcgen::KeyPair;
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject as _;
use serde_json::{Value, json};

use crate::services::server::{now, secret};

/// How long an assertion is good, in seconds: it is sent at once.
const ASSERTION_SECONDS: i64 = 60;

/// What a service proves itself with.
#[derive(Clone)]
pub enum Credentials {
    /// `client_secret_basic`.
    Secret(String),
    /// `private_key_jwt`.
    Key(Arc<ClientKey>),
}

impl Credentials {
    /// The secret in this file, without the line's end.
    ///
    /// # Errors
    /// The file cannot be read, or is empty.
    pub fn secret_in(path: &Path) -> io::Result<Self> {
        let secret = std::fs::read_to_string(path)
            .map_err(|error| io::Error::other(format!("{}: {error}", path.display())))?;
        match secret.trim() {
            "" => Err(io::Error::other(format!("{} is empty", path.display()))),
            secret => Ok(Self::Secret(secret.to_owned())),
        }
    }

    /// The key in this file (PKCS#8 in PEM), made where missing.
    ///
    /// # Errors
    /// The file cannot be read or written, or holds another kind of key.
    pub fn key_in(path: &Path) -> io::Result<Self> {
        if !path.exists() {
            let pem = KeyPair::generate()
                .map_err(io::Error::other)?
                .serialize_pem();
            OpenOptions::new()
                .create_new(true)
                .write(true)
                .mode(0o600)
                .open(path)?
                .write_all(pem.as_bytes())?;
        }
        let der = PrivateKeyDer::from_pem_file(path)
            .map_err(|error| io::Error::other(format!("{}: {error}", path.display())))?;
        Ok(Self::Key(Arc::new(ClientKey::from_pkcs8(
            der.secret_der(),
        )?)))
    }
}

/// A P-256 key that signs by ES256.
pub struct ClientKey {
    pair: EcdsaKeyPair,
    jwk: Value,
    kid: String,
}

impl ClientKey {
    /// A fresh key that is written nowhere.
    ///
    /// # Errors
    /// The operating system gives no randomness.
    pub fn generate() -> io::Result<Self> {
        let key = KeyPair::generate().map_err(io::Error::other)?;
        Self::from_pkcs8(&key.serialize_der())
    }

    fn from_pkcs8(der: &[u8]) -> io::Result<Self> {
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der)
            .map_err(|_| io::Error::other("the key is not a P-256 key in PKCS#8"))?;
        // 0x04, then both coordinates.
        let coordinate = |range| {
            let bytes: Option<&[u8]> = pair.public_key().as_ref().get(range);
            bytes
                .map(|bytes| URL_SAFE_NO_PAD.encode(bytes))
                .ok_or_else(|| io::Error::other("the public key is not a point of P-256"))
        };
        let (x, y) = (coordinate(1..33)?, coordinate(33..65)?);
        // RFC 7638 §3: the required members in order, no spaces.
        let members = format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#);
        let kid = URL_SAFE_NO_PAD.encode(digest(&SHA256, members.as_bytes()));
        let jwk = json!({
            "kty": "EC", "crv": "P-256", "x": x, "y": y, "use": "sig", "alg": "ES256", "kid": kid,
        });
        Ok(Self { pair, jwk, kid })
    }

    /// Its public half as a set of one (RFC 7517 §5).
    #[must_use]
    pub fn jwks(&self) -> Value {
        json!({ "keys": [self.jwk] })
    }

    /// What names it.
    #[must_use]
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// A JWT with this type and these claims.
    ///
    /// # Errors
    /// The operating system gives no randomness.
    pub fn sign(&self, typ: &str, claims: &Value) -> io::Result<String> {
        let header = json!({ "alg": "ES256", "typ": typ, "kid": self.kid });
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let message = format!("{}.{}", part(&header), part(claims));
        let signature = self
            .pair
            .sign(&SystemRandom::new(), message.as_bytes())
            .map_err(|_| io::Error::other("the key does not sign"))?;
        Ok(format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }

    /// Proof of being `client_id`, for this issuer alone and once (RFC 7523 §3).
    ///
    /// # Errors
    /// The operating system gives no randomness.
    pub fn assertion(&self, client_id: &str, issuer: &str) -> io::Result<String> {
        let now = now();
        let claims = json!({
            "iss": client_id, "sub": client_id, "aud": issuer, "jti": secret()?,
            "iat": now, "exp": now + ASSERTION_SECONDS,
        });
        self.sign("JWT", &claims)
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use openidconnect::JsonWebKey as _;
    use openidconnect::core::{CoreJsonWebKey, CoreJwsSigningAlgorithm};

    use super::*;

    #[test]
    fn a_key_is_made_once_and_found_again() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("client.key");
        let jwks = || match Credentials::key_in(&path).unwrap() {
            Credentials::Key(key) => key.jwks(),
            Credentials::Secret(_) => panic!("a key was asked for"),
        };
        assert_eq!(jwks(), jwks());
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        std::fs::write(&path, "not a key").unwrap();
        assert!(Credentials::key_in(&path).is_err());
        assert!(Credentials::secret_in(&directory.path().join("none")).is_err());
    }

    #[test]
    fn others_verify_what_the_key_signs() {
        let key = ClientKey::generate().unwrap();
        let token = key
            .assertion("restauration", "https://hub.example")
            .unwrap();
        let (message, signature) = token.rsplit_once('.').unwrap();
        let published = key.jwks();
        let public: CoreJsonWebKey = serde_json::from_value(published["keys"][0].clone()).unwrap();
        let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
        let es256 = CoreJwsSigningAlgorithm::EcdsaP256Sha256;
        assert!(
            public
                .verify_signature(&es256, message.as_bytes(), &signature)
                .is_ok()
        );
        assert!(
            public
                .verify_signature(&es256, b"another", &signature)
                .is_err()
        );
        assert!(published["keys"][0].get("d").is_none());
    }
}
