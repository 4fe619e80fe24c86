//! OpenID Connect's code flow with an existing session (authorize, token, userinfo) in the server's CPU
//! time, against three bare requests with their unavoidable cryptography and store operations. The very
//! same requests go to both. Goal: at most 3 times.
//!
//! The client is an ordinary one: confidential, with its secret in a header, PKCE, ES256, an opaque access
//! token. What a server cannot avoid, and the bare one does as well, is listed there.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clau_tests::support::http::Visitor;
use reqwest::Url;
use reqwest::header::AUTHORIZATION;

use crate::bare::Bare;
use crate::measure::{Goal, Report, cpu_time, micros};
use crate::testers::{self, CLIENT, REDIRECT, SECRET, SESSIONS, TRIPS};

/// The example of RFC 7636 §B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

pub(crate) async fn measure(report: &mut Report) {
    let hub = testers::hub().await;
    let sessions = testers::sessions(&hub).await;
    let bare = Bare::start();
    let hub = cost(hub.process(0).pid(), &hub.url(""), &sessions).await;
    let bare = cost(bare.process.pid(), &bare.url(""), &sessions).await;
    report.note("code flow, the hub's CPU time", micros(hub), "µs");
    report.note(
        "three bare requests with cryptography and store",
        micros(bare),
        "µs",
    );
    report.add(
        "code flow / three bare requests",
        hub.as_secs_f64() / bare.as_secs_f64(),
        "×",
        Goal::AtMost(3.0),
    );
}

/// What one code flow costs the process `pid` that answers at `base`.
async fn cost(pid: u32, base: &str, sessions: &[Visitor]) -> Duration {
    let authorize = Url::parse_with_params(
        &format!("{base}/oidc/authorize"),
        [
            ("client_id", CLIENT),
            ("response_type", "code"),
            ("scope", "openid profile ent"),
            ("redirect_uri", REDIRECT),
            ("state", "af0ifjsldkj"),
            ("nonce", "n-0S6_WzA2Mj"),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
        ],
    )
    .expect("our own address");
    let program = Visitor::new();
    for session in sessions {
        flow(base, &authorize, session, &program).await;
    }
    let before = cpu_time(pid);
    for _ in 0..TRIPS {
        for session in sessions {
            flow(base, &authorize, session, &program).await;
        }
    }
    (cpu_time(pid) - before) / u32::try_from(SESSIONS * TRIPS).unwrap_or(u32::MAX)
}

async fn flow(base: &str, authorize: &Url, browser: &Visitor, program: &Visitor) {
    let answer = browser.get(authorize).await;
    let code = answer
        .location_parameter("code")
        .unwrap_or_else(|| panic!("no code: {} {}", answer.status, answer.text()));
    let fields = [
        ("grant_type", "authorization_code"),
        ("code", &code),
        ("redirect_uri", REDIRECT),
        ("code_verifier", VERIFIER),
    ];
    let secret = format!("Basic {}", STANDARD.encode(format!("{CLIENT}:{SECRET}")));
    let headers = [(AUTHORIZATION, secret.as_str())];
    let answer = program
        .post(format!("{base}/oidc/token"), &fields, &headers)
        .await;
    let tokens = answer.json();
    let token = |name: &str| {
        let token = tokens.get(name).and_then(|token| token.as_str());
        token.unwrap_or_else(|| panic!("no {name}: {}", answer.body))
    };
    assert!(token("id_token").contains('.'), "{}", answer.body);
    let bearer = format!("Bearer {}", token("access_token"));
    let headers = [(AUTHORIZATION, bearer.as_str())];
    let answer = program
        .get_with(format!("{base}/oidc/userinfo"), &headers)
        .await;
    assert!(
        answer.json().get("family_name").is_some(),
        "{}",
        answer.body
    );
}
