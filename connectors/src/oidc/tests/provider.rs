//! A provider as strict as the French ones, which signs with keys of its own; each of its answers can be bent.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard};

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::agreement::{ECDH_P256, PrivateKey, UnparsedPublicKey, agree};
use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use clau_domain::secret::ExposeSecret as _;
use clau_oidc::jose::{Algorithm, Claims, SigningKey, Typ, VerifyingKey, verify};
use openidconnect::url::Url;
use serde_json::{Value, json};

use super::scene::{CLIENT, HUB, ISSUER, NOW, SECRET};
use crate::contract::{Answer, Fault, Http, Request, Response};

/// Seconds of the scene's clock.
pub(super) const SECONDS: i64 = NOW.as_millis() / 1000;

/// Making RSA keys takes its time: one is enough.
pub(super) static RSA: LazyLock<Arc<SigningKey>> =
    LazyLock::new(|| Arc::new(SigningKey::generate(Algorithm::Rs256).expect("a key")));

/// Changes an answer before it goes out.
pub(super) type Bend<T> = Box<dyn Fn(&mut T) + Send + Sync>;

/// What a provider does, and where it can be bent.
pub(super) struct State {
    pub(super) discovery: Value,
    pub(super) keys: Value,
    pub(super) signs_by: Arc<SigningKey>,
    /// Changes the claims of an ID token before it is signed.
    pub(super) id_token: Bend<Value>,
    /// Changes an ID token as it goes out.
    pub(super) id_token_text: Bend<String>,
    /// Changes what is said of a person.
    pub(super) person: Bend<Value>,
    /// Changes user information as it goes out.
    pub(super) userinfo: Bend<Response>,
    /// Changes an answer of the token endpoint as it goes out.
    pub(super) tokens: Bend<Response>,
    /// User information is signed.
    pub(super) signed: bool,
    /// The public key of the client, where tokens are encrypted for it.
    pub(super) encrypts_for: Option<Value>,
    /// How the client must prove itself.
    pub(super) proof: Proof,
    /// Addresses that were called, in order.
    pub(super) calls: Vec<String>,
    codes: BTreeMap<String, BTreeMap<String, String>>,
    assertions: Vec<String>,
}

/// How the client must prove itself.
pub(super) enum Proof {
    Basic,
    Post,
    Key(VerifyingKey),
}

pub(super) struct Provider(Mutex<State>);

impl Provider {
    pub(super) fn new(signs_by: Arc<SigningKey>) -> Self {
        let keys = json!({ "keys": [signs_by.public().to_json()] });
        Self(Mutex::new(State {
            discovery: json!({
                "issuer": ISSUER,
                "authorization_endpoint": format!("{ISSUER}/authorize"),
                "token_endpoint": format!("{ISSUER}/token"),
                "userinfo_endpoint": format!("{ISSUER}/userinfo"),
                "jwks_uri": format!("{ISSUER}/jwks"),
                "end_session_endpoint": format!("{ISSUER}/session/end"),
                "response_types_supported": ["code"],
                "subject_types_supported": ["pairwise"],
                "id_token_signing_alg_values_supported": ["ES256", "RS256", "HS256"],
            }),
            keys,
            signs_by,
            id_token: Box::new(|_| {}),
            id_token_text: Box::new(|_| {}),
            person: Box::new(|_| {}),
            userinfo: Box::new(|_| {}),
            tokens: Box::new(|_| {}),
            signed: false,
            encrypts_for: None,
            proof: Proof::Basic,
            calls: Vec::new(),
            codes: BTreeMap::new(),
            assertions: Vec::new(),
        }))
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().expect("no test panics while it holds this")
    }

    /// How often an address was called.
    pub(super) fn calls(&self, path: &str) -> usize {
        let wanted = format!("{ISSUER}{path}");
        let state = self.state();
        state
            .calls
            .iter()
            .filter(|called| **called == wanted)
            .count()
    }

    /// Somebody logs in: the query with which their browser comes back.
    pub(super) fn authorize(&self, address: &str) -> String {
        let address = Url::parse(address).expect("an address");
        assert_eq!(
            address[..url::Position::AfterPath],
            format!("{ISSUER}/authorize")
        );
        let mut asked = BTreeMap::new();
        for (name, value) in address.query_pairs() {
            let twice = asked.insert(name.clone().into_owned(), value.into_owned());
            assert_eq!(twice, None, "`{name}` comes twice");
        }
        assert_eq!(asked["response_type"], "code");
        assert_eq!(asked["client_id"], CLIENT);
        assert_eq!(
            asked["redirect_uri"],
            format!("{HUB}/oidc/rp/guichet/callback")
        );
        assert!(asked["scope"].split(' ').any(|scope| scope == "openid"));
        assert!(asked["state"].len() >= 32 && asked["nonce"].len() >= 32);
        let mut state = self.state();
        let code = format!("code-{}", state.codes.len());
        let query = format!("code={code}&state={}", asked["state"]);
        state.codes.insert(code, asked);
        query
    }
}

impl Http for Provider {
    fn send<'a>(&'a self, request: Request<'a>) -> Answer<'a, Response> {
        let mut state = self.state();
        let url = request.url.as_str();
        state.calls.push(url.to_owned());
        let response = match url.strip_prefix(ISSUER).unwrap_or_default() {
            "/.well-known/openid-configuration" => json_answer(200, &state.discovery),
            "/jwks" => json_answer(200, &state.keys),
            "/token" => state.token(&request),
            "/userinfo" => state.userinfo(&request),
            _ => json_answer(404, &json!({})),
        };
        let answer = if response.body.len() > request.longest {
            Err(Fault::Untrusted("too long".to_owned()))
        } else if response.status == 0 {
            Err(Fault::NoAnswer("it hangs".to_owned()))
        } else {
            Ok(response)
        };
        Box::pin(std::future::ready(answer))
    }
}

impl State {
    fn token(&mut self, request: &Request<'_>) -> Response {
        let mut answer = match self.redeem(request) {
            Ok(tokens) => json_answer(200, &tokens),
            Err(error) => json_answer(400, &json!({ "error": error, "error_description": "…" })),
        };
        (self.tokens)(&mut answer);
        answer
    }

    fn redeem(&mut self, request: &Request<'_>) -> Result<Value, &'static str> {
        let fields = request.form.as_ref().ok_or("invalid_request")?;
        let mut form = BTreeMap::new();
        for (name, value) in fields {
            if form.insert(*name, value.expose_secret()).is_some() {
                return Err("invalid_request");
            }
        }
        self.check_client(request, &form)?;
        let given = |name: &str| form.get(name).copied().unwrap_or_default();
        if given("grant_type") != "authorization_code" {
            return Err("unsupported_grant_type");
        }
        let asked = self.codes.remove(given("code")).ok_or("invalid_grant")?;
        let challenge = asked.get("code_challenge").map(String::as_str);
        let verifier = form.get("code_verifier").copied();
        let made = verifier.map(|text| URL_SAFE_NO_PAD.encode(digest(&SHA256, text.as_bytes())));
        if made.as_deref() != challenge || given("redirect_uri") != asked["redirect_uri"] {
            return Err("invalid_grant");
        }
        let access_token = format!("at-{}", given("code"));
        let signs_by = self.signs_by.algorithm();
        let mut claims = json!({
            "iss": ISSUER, "sub": "s-1", "aud": CLIENT, "exp": SECONDS + 60, "iat": SECONDS,
            "auth_time": SECONDS - 5, "nonce": asked["nonce"], "sid": "session-1",
            "at_hash": signs_by.half_digest(&access_token),
        });
        if let Some(acr) = asked
            .get("acr_values")
            .and_then(|all| all.split(' ').next())
        {
            claims["acr"] = json!(acr);
        }
        (self.id_token)(&mut claims);
        let mut token = self.signs_by.sign(Typ::IdToken, &claims).expect("signs");
        (self.id_token_text)(&mut token);
        Ok(json!({
            "access_token": access_token, "token_type": "Bearer", "expires_in": 60,
            "id_token": self.encrypted(token),
        }))
    }

    fn check_client(
        &mut self,
        request: &Request<'_>,
        form: &BTreeMap<&str, &str>,
    ) -> Result<(), &'static str> {
        let header = request
            .headers
            .iter()
            .find(|(name, _)| *name == "authorization");
        let header = header.map(|(_, value)| value.expose_secret().to_owned());
        let given = |name: &str| form.get(name).copied();
        let (secret, assertion) = (given("client_secret"), given("client_assertion"));
        let good = match &self.proof {
            Proof::Basic => {
                // RFC 6749 §2.3.1: both halves are form-encoded first.
                let expected = format!(
                    "Basic {}",
                    STANDARD.encode(format!("{CLIENT}:{}", SECRET.replace(' ', "+")))
                );
                header == Some(expected) && secret.is_none() && assertion.is_none()
            }
            Proof::Post => {
                given("client_id") == Some(CLIENT) && secret == Some(SECRET) && header.is_none()
            }
            Proof::Key(key) => {
                let assertion = assertion.ok_or("invalid_client")?;
                let keys = std::slice::from_ref(key);
                let verified = verify(assertion, Typ::ClientAssertion, keys);
                let claims = verified.map_err(|_| "invalid_client")?.into_claims();
                let fresh = !self.assertions.iter().any(|used| used == assertion);
                self.assertions.push(assertion.to_owned());
                given("client_assertion_type") == Some(clau_oidc::assertion::TYPE)
                    && is_ours(&claims)
                    && fresh
                    && header.is_none()
                    && secret.is_none()
            }
        };
        good.then_some(()).ok_or("invalid_client")
    }

    fn userinfo(&mut self, request: &Request<'_>) -> Response {
        let bearer = request.headers.iter().any(|(name, value)| {
            *name == "authorization" && value.expose_secret().starts_with("Bearer at-code-")
        });
        if !bearer || request.form.is_some() {
            return json_answer(401, &json!({ "error": "invalid_token" }));
        }
        let mut person = json!({
            "sub": "s-1", "uid": "jdupont", "given_name": "Jeanne", "family_name": "DUPONT",
            "email": "jeanne@example.fr", "email_verified": false, "siret": 13_002_526_500_013_u64,
        });
        if self.signed {
            person["iss"] = json!(ISSUER);
            person["aud"] = json!(CLIENT);
            person["iat"] = json!(SECONDS);
        }
        (self.person)(&mut person);
        let mut answer = if self.signed {
            let token = self.signs_by.sign(Typ::UserInfo, &person).expect("signs");
            Response {
                status: 200,
                content_type: "application/jwt".to_owned(),
                body: self.encrypted(token).into_bytes(),
            }
        } else {
            json_answer(200, &person)
        };
        (self.userinfo)(&mut answer);
        answer
    }

    fn encrypted(&self, token: String) -> String {
        match &self.encrypts_for {
            Some(key) => encrypted(&token, key),
            None => token,
        }
    }
}

fn is_ours(claims: &Claims) -> bool {
    let members = claims.members();
    members["iss"] == CLIENT
        && members["sub"] == CLIENT
        && members["aud"] == ISSUER
        && members["exp"] == json!(SECONDS + 60)
        && members["iat"] == json!(SECONDS)
        && members["jti"].as_str().is_some_and(|jti| jti.len() >= 32)
}

pub(super) fn json_answer(status: u16, body: &Value) -> Response {
    Response {
        status,
        content_type: "application/json".to_owned(),
        body: body.to_string().into_bytes(),
    }
}

/// A token signed anew by an ES256 key whose name it does not say, as LemonLDAP::NG's often do.
pub(super) fn nameless(key: &SigningKey, token: &str) -> String {
    let payload = token.split('.').nth(1).expect("a payload");
    let signed = format!("{}.{payload}", URL_SAFE_NO_PAD.encode(r#"{"alg":"ES256"}"#));
    let pkcs8 = key.to_pkcs8().expect("PKCS#8");
    let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &pkcs8).expect("a key");
    let signature = pair
        .sign(&SystemRandom::new(), signed.as_bytes())
        .expect("signs");
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature.as_ref()))
}

/// What is encrypted for a public key, by ECDH-ES and A256GCM (RFC 7518 §4.6): written from the other side than
/// the one that opens it.
pub(super) fn encrypted(text: &str, key: &Value) -> String {
    let coordinate = |name: &str| {
        let text = key[name].as_str().expect("a coordinate");
        URL_SAFE_NO_PAD.decode(text).expect("base64url")
    };
    let theirs = [vec![4], coordinate("x"), coordinate("y")].concat();
    let ours = PrivateKey::generate(&ECDH_P256).expect("a key");
    let public = ours.compute_public_key().expect("a key");
    let half = |from: usize| URL_SAFE_NO_PAD.encode(&public.as_ref()[from..from + 32]);
    let header = json!({
        "alg": "ECDH-ES", "enc": "A256GCM", "cty": "JWT", "kid": key["kid"],
        "epk": { "kty": "EC", "crv": "P-256", "x": half(1), "y": half(33) },
    });
    let theirs = UnparsedPublicKey::new(&ECDH_P256, theirs);
    let content_key = agree(&ours, theirs, "no point", |secret| {
        let info = b"\0\0\0\x07A256GCM\0\0\0\0\0\0\0\0\0\0\x01\0";
        let round = [&[0, 0, 0, 1], secret, info.as_slice()].concat();
        Ok(digest(&SHA256, &round))
    });
    let content_key = content_key.expect("an agreement");
    let protected = URL_SAFE_NO_PAD.encode(header.to_string());
    let sealing = UnboundKey::new(&AES_256_GCM, content_key.as_ref()).expect("a key");
    let mut content = text.as_bytes().to_vec();
    let tag = LessSafeKey::new(sealing).seal_in_place_separate_tag(
        Nonce::assume_unique_for_key([3; 12]),
        Aad::from(protected.as_bytes()),
        &mut content,
    );
    let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    format!(
        "{protected}..{}.{}.{}",
        encode(&[3; 12]),
        encode(&content),
        encode(tag.expect("seals").as_ref())
    )
}
