//! What every answer of the hub must be, whatever it was asked: the checks that the modules of the suite
//! have in common (authorization responses, token responses, ID tokens, user information, errors).

use std::time::{SystemTime, UNIX_EPOCH};

use clau_tests::support::http::Answer;
use reqwest::StatusCode;
use reqwest::header;
use serde_json::{Map, Value, json};

use crate::client::{Ask, Rp};
use crate::jose;
use crate::person::{Mode, Reply, Visit};

/// How strongly people sign in here.
pub(crate) const ACR: &str = "https://refeds.org/profile/sfa";
/// Errors of `prompt=none` that all mean: a page would be needed (OIDC Core §3.1.2.6).
pub(crate) const PAGE_NEEDED: [&str; 4] = [
    "login_required",
    "interaction_required",
    "consent_required",
    "account_selection_required",
];
/// Claims that an ID token may have though nobody asked for them.
const OF_AN_ID_TOKEN: [&str; 15] = [
    "iss",
    "sub",
    "aud",
    "exp",
    "iat",
    "auth_time",
    "nonce",
    "acr",
    "amr",
    "azp",
    "at_hash",
    "c_hash",
    "nbf",
    "jti",
    "sid",
];

/// Seconds since 1970.
#[expect(
    clippy::disallowed_methods,
    reason = "a client has the clock of its machine"
)]
pub(crate) fn now() -> i64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .expect("the clock is past 1970");
    i64::try_from(since.as_secs()).expect("and before the year 292 billion")
}

/// Tokens as a client received them.
#[derive(Clone, Debug)]
pub(crate) struct Tokens {
    pub(crate) access_token: String,
    pub(crate) refresh_token: Option<String>,
    pub(crate) id_token: Option<String>,
    pub(crate) scope: String,
}

impl Tokens {
    /// The refresh token; panics without one.
    pub(crate) fn refresh(&self) -> &str {
        self.refresh_token.as_deref().expect("a refresh token")
    }

    /// The ID token; panics without one.
    pub(crate) fn id(&self) -> &str {
        self.id_token.as_deref().expect("an ID token")
    }

    /// What the ID token claims, verified elsewhere.
    pub(crate) fn claims(&self) -> Value {
        jose::peek(self.id()).1
    }
}

/// A successful authorization response: at the client's address, in the right way, with what belongs
/// into it and nothing else. Gives the code.
pub(crate) fn granted(visit: &Visit, rp: &Rp, ask: &Ask) -> String {
    let reply = visit.reply();
    if let Some(error) = reply.fields.value("error") {
        panic!("{error}: {:?}", reply.fields.value("error_description"));
    }
    addressed(reply, rp, ask);
    let hybrid = ask.fields.value("response_type") == Some("code id_token");
    let mut expected = vec!["code", "iss"];
    if hybrid {
        expected.push("id_token");
    }
    if ask.state().is_some() {
        expected.push("state");
    }
    expected.sort_unstable();
    assert_eq!(reply.fields.names(), expected);
    let code = reply
        .fields
        .value("code")
        .expect("counted above")
        .to_owned();
    assert!(code.len() >= 22, "a code of less than 128 bits: {code}");
    assert!(
        code.bytes().all(|b| matches!(b, 0x20..=0x7e)),
        "RFC 6749 appendix A.11: {code}"
    );
    code
}

/// An error response to the client's address. Gives the error, which is one of those expected.
pub(crate) fn refused(visit: &Visit, rp: &Rp, ask: &Ask, expected: &[&str]) -> String {
    let reply = visit.reply();
    addressed(reply, rp, ask);
    refused_anywhere(reply, expected)
}

/// The same, wherever it was sent.
pub(crate) fn refused_anywhere(reply: &Reply, expected: &[&str]) -> String {
    let error = reply.fields.value("error");
    let error = error.unwrap_or_else(|| panic!("no error: {reply:?}"));
    assert!(
        expected.contains(&error),
        "{error} is none of {expected:?}: {:?}",
        reply.fields.value("error_description")
    );
    for name in reply.fields.names() {
        let known = ["error", "error_description", "error_uri", "state", "iss"];
        assert!(known.contains(&name), "{name} has no place in an error");
    }
    readable(reply.fields.value("error_description"));
    error.to_owned()
}

/// What both kinds of response have in common.
fn addressed(reply: &Reply, rp: &Rp, ask: &Ask) {
    assert_eq!(reply.to, rp.redirect_uri, "sent elsewhere");
    assert_eq!(
        reply.fields.value("iss"),
        Some(rp.world.issuer().as_str()),
        "RFC 9207"
    );
    assert_eq!(reply.fields.value("state"), ask.state(), "another `state`");
    let usual = match ask.fields.value("response_type") {
        Some("code") | None => Mode::Query,
        _ => Mode::Fragment,
    };
    let mode = match ask.fields.value("response_mode") {
        Some("query") => Mode::Query,
        Some("fragment") => Mode::Fragment,
        Some("form_post") => Mode::FormPost,
        _ => usual,
    };
    assert_eq!(reply.mode, mode);
    if mode != Mode::FormPost {
        // RFC 9700 §4.12: with 307 the browser would send a password on.
        assert_eq!(reply.status, StatusCode::SEE_OTHER);
    }
}

/// The sentence of an error: printable ASCII without `"` and `\` (RFC 6749 §5.2), if there is one.
fn readable(description: Option<&str>) {
    let allowed = |b: u8| matches!(b, 0x20..=0x21 | 0x23..=0x5b | 0x5d..=0x7e);
    assert!(
        description.is_none_or(|text| text.bytes().all(allowed)),
        "{description:?}"
    );
}

/// An error as JSON, with one of these statuses and one of these codes. Gives the code.
pub(crate) fn json_error(answer: &Answer, statuses: &[u16], expected: &[&str]) -> String {
    let body = json_body(answer);
    let error = body["error"].as_str().unwrap_or_default().to_owned();
    assert!(
        expected.contains(&error.as_str()) && statuses.contains(&answer.status.as_u16()),
        "{} {} is none of {statuses:?} {expected:?}: {body}",
        answer.status,
        error
    );
    readable(body["error_description"].as_str());
    assert!(body.get("access_token").is_none());
    error
}

/// `invalid_grant`, as a code that is not good is answered (RFC 6749 §5.2).
pub(crate) fn invalid_grant(answer: &Answer) {
    json_error(answer, &[400], &["invalid_grant"]);
}

/// A client that did not prove itself (RFC 6749 §5.2).
pub(crate) fn invalid_client(answer: &Answer) {
    json_error(answer, &[400, 401], &["invalid_client"]);
}

/// The body of an answer that is JSON and says so.
pub(crate) fn json_body(answer: &Answer) -> Value {
    let content_type = answer.header(header::CONTENT_TYPE).unwrap_or_default();
    let kind = content_type.split(';').next().unwrap_or_default().trim();
    assert_eq!(
        kind, "application/json",
        "{} {}: {}",
        answer.url, answer.status, answer.body
    );
    answer.json()
}

/// Whether nobody on the way may keep the answer.
pub(crate) fn assert_not_stored(answer: &Answer) {
    let caching = answer.header(header::CACHE_CONTROL).unwrap_or_default();
    assert!(caching.contains("no-store"), "{}: {caching}", answer.url);
}

/// A successful token response (RFC 6749 §5.1).
pub(crate) fn tokens(answer: &Answer, rp: &Rp) -> Tokens {
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    let body = json_body(answer);
    assert_not_stored(answer);
    let kind = body["token_type"].as_str().unwrap_or_default();
    let expected = if rp.dpop.is_some() { "DPoP" } else { "Bearer" };
    assert!(kind.eq_ignore_ascii_case(expected), "{kind}");
    assert!(body["expires_in"].as_u64().is_some_and(|life| life > 0));
    let text = |name: &str| body[name].as_str().map(str::to_owned);
    let tokens = Tokens {
        access_token: text("access_token").expect("an access token"),
        refresh_token: text("refresh_token"),
        id_token: text("id_token"),
        scope: text("scope").unwrap_or_default(),
    };
    for token in [Some(&tokens.access_token), tokens.refresh_token.as_ref()] {
        let good =
            token.is_none_or(|t| t.len() >= 22 && t.bytes().all(|b| matches!(b, 0x20..=0x7e)));
        assert!(good, "{token:?}");
    }
    tokens
}

/// The ID token of a token response, where `openid` was asked for.
pub(crate) async fn id_token_of_tokens(tokens: &Tokens, rp: &Rp, ask: &Ask) {
    let scope = ask.fields.value("scope").unwrap_or_default();
    if scope.split(' ').any(|word| word == "openid") {
        let claims = id_token(tokens.id(), rp, ask.nonce()).await;
        if let Some(hash) = claims["at_hash"].as_str() {
            let expected = jose::half_hash(rp.id_token_alg, &tokens.access_token);
            assert_eq!(hash, expected, "at_hash");
        }
    } else {
        assert_eq!(tokens.id_token, None, "an ID token without openid");
    }
}

/// The front half of a hybrid response: the ID token that came with the code (OIDC Core §3.3.2.11).
pub(crate) async fn front_id_token(visit: &Visit, rp: &Rp, ask: &Ask) -> Value {
    let fields = &visit.reply().fields;
    let token = fields.value("id_token").expect("an ID token");
    let claims = id_token(token, rp, ask.nonce()).await;
    let code = fields.value("code").expect("a code");
    assert_eq!(
        claims["c_hash"],
        json!(jose::half_hash(rp.id_token_alg, code)),
        "c_hash"
    );
    claims
}

/// A good ID token (OIDC Core §2, §3.1.3.7). Gives what it claims.
pub(crate) async fn id_token(token: &str, rp: &Rp, nonce: Option<&str>) -> Value {
    let (header, claims) = jose::verified(token, &rp.keys().await);
    assert_eq!(header["alg"], rp.id_token_alg);
    let typ = header["typ"].as_str().unwrap_or("JWT");
    assert!(typ.eq_ignore_ascii_case("JWT"), "{typ}");
    assert_eq!(claims["iss"], json!(rp.world.issuer()));
    let audience = match &claims["aud"] {
        Value::Array(several) => several.clone(),
        one => vec![one.clone()],
    };
    assert_eq!(audience, [json!(rp.id)]);
    if let Some(azp) = claims.get("azp") {
        assert_eq!(azp, &json!(rp.id));
    }
    let instant = |name: &str| {
        let value = claims[name].as_i64();
        value.unwrap_or_else(|| panic!("{name} is no instant: {claims}"))
    };
    assert!(instant("exp") > now(), "expired");
    assert!(
        (instant("iat") - now()).abs() < 60,
        "issued at another time"
    );
    assert!(instant("auth_time") <= now(), "signed in later than now");
    let sub = claims["sub"].as_str().unwrap_or_default();
    assert!(
        !sub.is_empty() && sub.len() <= 255 && sub.is_ascii(),
        "{sub}"
    );
    assert_eq!(claims.get("nonce").and_then(Value::as_str), nonce, "nonce");
    assert_eq!(claims["acr"], ACR);
    assert_eq!(claims["amr"], json!(["pwd"]));
    assert!(claims["sid"].as_str().is_some_and(|sid| !sid.is_empty()));
    claims
}

/// An ID token says nothing that nobody asked it to.
pub(crate) fn assert_says_no_more(claims: &Value) {
    let members = claims.as_object().expect("claims");
    for name in members.keys() {
        assert!(
            OF_AN_ID_TOKEN.contains(&name.as_str()),
            "{name} unasked for"
        );
    }
}

/// Good user information about the person of an ID token (OIDC Core §5.1, §5.3.2).
pub(crate) fn userinfo(answer: &Answer, sub: &Value) -> Map<String, Value> {
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    let Value::Object(claims) = json_body(answer) else {
        panic!("no object: {}", answer.body);
    };
    assert_eq!(claims.get("sub"), Some(sub), "somebody else");
    standard_claims(&claims);
    claims
}

/// Each standard claim has the type that OIDC Core §5.1 gives it.
pub(crate) fn standard_claims(claims: &Map<String, Value>) {
    for (name, value) in claims {
        let good = match name.as_str() {
            "email_verified" | "phone_number_verified" => value.is_boolean(),
            "updated_at" => value.is_number(),
            "address" => value
                .as_object()
                .is_some_and(|members| !members.is_empty() && members.values().all(filled)),
            "birthdate" => value.as_str().is_some_and(|text| {
                text.len() == 10 && text.bytes().all(|b| b.is_ascii_digit() || b == b'-')
            }),
            "sub" | "name" | "given_name" | "family_name" | "preferred_username" | "email"
            | "phone_number" | "gender" | "locale" | "zoneinfo" | "nickname" => filled(value),
            _ => !value.is_null(),
        };
        assert!(good, "{name}: {value}");
    }
}

fn filled(value: &Value) -> bool {
    value.as_str().is_some_and(|text| !text.is_empty())
}

/// A good answer of the endpoint for pushed requests (RFC 9126 §2.2). Gives the address.
pub(crate) fn pushed(answer: &Answer) -> String {
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.body);
    let body = json_body(answer);
    assert_not_stored(answer);
    assert!(body["expires_in"].as_u64().is_some_and(|life| life > 0));
    let uri = body["request_uri"].as_str().expect("a request_uri");
    let reference = uri
        .strip_prefix("urn:ietf:params:oauth:request_uri:")
        .unwrap_or_else(|| panic!("{uri} is no reference of this hub"));
    assert!(reference.len() >= 22, "less than 128 bits: {uri}");
    uri.to_owned()
}
