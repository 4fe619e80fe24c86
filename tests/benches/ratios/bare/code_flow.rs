//! What OpenID Connect's code flow costs at the least for somebody who has a session: a code, tokens for
//! it, user information for one of these.
//!
//! Unavoidable, one statement each:
//!
//! | request | reads | writes |
//! | --- | --- | --- |
//! | authorize | session, person | the authorization, found by its code |
//! | token | session, person | the authorization is redeemed; the service takes part in the session; what it receives is noted |
//! | userinfo | authorization, session, person | |
//!
//! Session and person are read each time, because a token is worth no more than what it rests on at that
//! moment. A person is one row here; what is read is neither parsed nor judged. Clients and keys cost
//! nothing: a provider has them in memory. (The bare CAS round trip counts neither persons nor notes.)
//!
//! Unavoidable cryptography, by the bare library with keys that are kept: a code of 32 random bytes, the
//! digest of its PKCE verifier, one access token sealed (AES-256-GCM) and opened again, one ID token signed
//! (ES256).

use std::sync::Arc;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::{self, SystemRandom};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use axum::extract::{Form, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use super::Stores;

pub(super) const TABLES: [&str; 4] = [
    "CREATE TABLE person (id TEXT PRIMARY KEY, data TEXT NOT NULL) STRICT",
    "CREATE TABLE code (id TEXT PRIMARY KEY, state TEXT NOT NULL, data TEXT NOT NULL) STRICT",
    "CREATE TABLE visit (id TEXT PRIMARY KEY, times INTEGER NOT NULL) STRICT",
    // What the hub's own userinfo tells of a tester, or nearly.
    "INSERT INTO person VALUES ('p', '{\"sub\":\"Yz3kqk0cC1T5mJc0d5lX9o2G8u4b1fEwq7nRr6vVhA0\",
        \"given_name\":\"Testeur\",\"family_name\":\"Numéro 17\",\"ent_profiles\":[\"National_ELV\"],
        \"ent_affiliations\":[{\"uai\":\"0310999T\",\"name\":\"Collège des mesures\",\"profile\":\"National_ELV\",
        \"classes\":[\"6A\"]}]}')",
];

struct Provider {
    stores: Arc<Stores>,
    random: SystemRandom,
    sealing: LessSafeKey,
    signing: EcdsaKeyPair,
}

pub(super) fn routes(stores: &Arc<Stores>) -> Router {
    let sealing = UnboundKey::new(&AES_256_GCM, &[7; 32]).expect("the length of a key");
    let provider = Provider {
        stores: Arc::clone(stores),
        random: SystemRandom::new(),
        sealing: LessSafeKey::new(sealing),
        signing: EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("a key"),
    };
    Router::new()
        .route("/oidc/authorize", get(authorize))
        .route("/oidc/token", post(token))
        .route("/oidc/userinfo", get(userinfo))
        .with_state(Arc::new(provider))
}

#[derive(Deserialize)]
struct Asked {
    state: String,
    redirect_uri: String,
    code_challenge: String,
}

async fn authorize(
    State(provider): State<Arc<Provider>>,
    Query(asked): Query<Asked>,
) -> impl IntoResponse {
    let session = provider.session().await;
    provider.person().await;
    let code = URL_SAFE_NO_PAD.encode(provider.random_bytes::<32>());
    sqlx::query("INSERT INTO code VALUES ($1, 'granted', $2)")
        .bind(&code)
        .bind(format!(
            "{{\"session\":{session},\"challenge\":\"{}\"}}",
            asked.code_challenge
        ))
        .execute(&provider.stores.writer)
        .await
        .expect("SQLite writes");
    let location = format!("{}?code={code}&state={}", asked.redirect_uri, asked.state);
    (StatusCode::SEE_OTHER, [(header::LOCATION, location)])
}

#[derive(Deserialize)]
struct Redemption {
    code: String,
    code_verifier: String,
}

#[derive(Serialize)]
struct Tokens {
    access_token: String,
    token_type: &'static str,
    expires_in: u32,
    id_token: String,
}

async fn token(
    State(provider): State<Arc<Provider>>,
    Form(redemption): Form<Redemption>,
) -> Json<Tokens> {
    let Provider { stores, .. } = &*provider;
    let code: (String,) = sqlx::query_as(
        "UPDATE code SET state = 'redeemed' WHERE id = $1 AND state = 'granted' RETURNING data",
    )
    .bind(&redemption.code)
    .fetch_one(&stores.writer)
    .await
    .expect("SQLite writes");
    let challenge = digest(&SHA256, redemption.code_verifier.as_bytes());
    let challenge = URL_SAFE_NO_PAD.encode(challenge);
    assert!(code.0.contains(&challenge), "another verifier");
    provider.session().await;
    provider.person().await;
    let writes = [
        sqlx::query("INSERT INTO part VALUES ($1, $2)")
            .bind(&redemption.code)
            .bind(&code.0),
        sqlx::query(
            "INSERT INTO visit VALUES ('p', 1) ON CONFLICT (id) DO UPDATE SET times = times + 1",
        ),
    ];
    for write in writes {
        write.execute(&stores.writer).await.expect("SQLite writes");
    }
    Json(Tokens {
        access_token: provider.seal(&redemption.code),
        token_type: "Bearer",
        expires_in: 600,
        id_token: provider.id_token(),
    })
}

async fn userinfo(State(provider): State<Arc<Provider>>, headers: HeaderMap) -> impl IntoResponse {
    let token = headers.get(header::AUTHORIZATION);
    let token = token.and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    let code = provider.open(token.expect("our own token"));
    sqlx::query_as::<_, (String,)>("SELECT data FROM code WHERE id = $1")
        .bind(code)
        .fetch_one(&provider.stores.reader)
        .await
        .expect("SQLite reads");
    provider.session().await;
    let person = provider.person().await;
    ([(header::CONTENT_TYPE, "application/json")], person)
}

impl Provider {
    async fn session(&self) -> String {
        self.read("SELECT data FROM session WHERE id = 's'").await
    }

    async fn person(&self) -> String {
        self.read("SELECT data FROM person WHERE id = 'p'").await
    }

    async fn read(&self, statement: &'static str) -> String {
        let row: (String,) = sqlx::query_as(statement)
            .fetch_one(&self.stores.reader)
            .await
            .expect("SQLite reads");
        row.0
    }

    fn random_bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        rand::fill(&mut bytes).expect("the system has randomness");
        bytes
    }

    /// The nonce, then the sealed text.
    fn seal(&self, text: &str) -> String {
        let nonce = self.random_bytes::<NONCE_LEN>();
        let mut sealed = text.as_bytes().to_vec();
        self.sealing
            .seal_in_place_append_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::empty(),
                &mut sealed,
            )
            .expect("a short text");
        URL_SAFE_NO_PAD.encode([nonce.as_slice(), &sealed].concat())
    }

    fn open(&self, token: &str) -> String {
        let token = URL_SAFE_NO_PAD.decode(token).expect("our own token");
        let (nonce, sealed) = token.split_at(NONCE_LEN);
        let mut sealed = sealed.to_vec();
        let nonce = Nonce::try_assume_unique_for_key(nonce).expect("the length of a nonce");
        let text = self
            .sealing
            .open_in_place(nonce, Aad::empty(), &mut sealed)
            .expect("our own token");
        String::from_utf8(text.to_vec()).expect("our own text")
    }

    fn id_token(&self) -> String {
        let mut token = URL_SAFE_NO_PAD.encode(HEADER);
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(CLAIMS, &mut token);
        let signature = self.signing.sign(&self.random, token.as_bytes());
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(signature.expect("signs"), &mut token);
        token
    }
}

const HEADER: &str =
    r#"{"alg":"ES256","kid":"h3rLrIkaqOWXQHUZp1YCO9UtgDyWY5W0aJhAXOzHuyE","typ":"JWT"}"#;
const CLAIMS: &str = r#"{"acr":"https://refeds.org/profile/sfa","amr":["pwd"],"at_hash":"v2sXIgTzv3t9Y1r5m0Jk1w","aud":"measured","auth_time":1795420800,"exp":1795421400,"iat":1795420800,"iss":"http://localhost:10000","nonce":"n-0S6_WzA2Mj","sid":"B2nqv4v0c5Yq0v8gqf1m3A","sub":"Yz3kqk0cC1T5mJc0d5lX9o2G8u4b1fEwq7nRr6vVhA0"}"#;
