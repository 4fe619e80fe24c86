//! Which pages of other sites may read which answers: OIDC-17.

use clau_tests::support::http::Answer;
use reqwest::Method;
use reqwest::header::{self, HeaderName};

use crate::client::Rp;
use crate::modules::somebody;

const ALLOWED: HeaderName = header::ACCESS_CONTROL_ALLOW_ORIGIN;
const WITH_COOKIES: HeaderName = header::ACCESS_CONTROL_ALLOW_CREDENTIALS;
const OWN: &str = "https://rp.essais.example";
const FOREIGN: &str = "https://evil.example";

async fn from(rp: &Rp, method: Method, url: &str, origin: &str) -> Answer {
    let headers = vec![
        (header::ORIGIN, origin.to_owned()),
        (header::ACCESS_CONTROL_REQUEST_METHOD, "POST".to_owned()),
        (
            header::ACCESS_CONTROL_REQUEST_HEADERS,
            "authorization, dpop".to_owned(),
        ),
    ];
    rp.send(method, url, &headers, None).await
}

#[tokio::test(flavor = "multi_thread")]
async fn oidc_17_anybody_may_read_what_is_published_without_cookies() {
    let rp = Rp::known("native").await;
    for url in [
        rp.world.hub.url("/.well-known/openid-configuration"),
        rp.world.hub.url("/.well-known/oauth-authorization-server"),
        rp.endpoint("jwks_uri"),
    ] {
        for origin in [OWN, FOREIGN, "null"] {
            let answer = from(&rp, Method::GET, &url, origin).await;
            assert_eq!(answer.header(ALLOWED), Some("*"), "{url}");
            assert_eq!(answer.header(WITH_COOKIES), None, "{url}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn oidc_17_a_clients_own_pages_may_read_its_answers() {
    let rp = Rp::known("strict").await;
    let tokens = super::done(&rp).await.tokens;
    for endpoint in ["token_endpoint", "userinfo_endpoint"] {
        let url = rp.endpoint(endpoint);
        let before = from(&rp, Method::OPTIONS, &url, OWN).await;
        assert!(before.status.is_success(), "{endpoint}: {}", before.status);
        assert_eq!(before.header(ALLOWED), Some(OWN), "{endpoint}");
        assert_eq!(before.header(WITH_COOKIES), None, "{endpoint}");
        let vary = before
            .header(header::VARY)
            .unwrap_or_default()
            .to_ascii_lowercase();
        assert!(vary.contains("origin"), "{endpoint}: {vary}");
        let allowed = before.header(header::ACCESS_CONTROL_ALLOW_HEADERS);
        let allowed = allowed.unwrap_or_default().to_ascii_lowercase();
        assert!(
            allowed.contains("authorization") && allowed.contains("dpop"),
            "{allowed}"
        );
        for origin in [
            FOREIGN,
            "null",
            "http://rp.essais.example",
            "https://rp.essais.example.evil.example",
        ] {
            let answer = from(&rp, Method::OPTIONS, &url, origin).await;
            assert_eq!(answer.header(ALLOWED), None, "{endpoint} for {origin}");
            let answer = from(&rp, Method::POST, &url, origin).await;
            assert_eq!(answer.header(ALLOWED), None, "{endpoint} for {origin}");
        }
    }
    let headers = vec![
        (
            header::AUTHORIZATION,
            format!("Bearer {}", tokens.access_token),
        ),
        (header::ORIGIN, OWN.to_owned()),
    ];
    let answer = rp
        .send(
            Method::GET,
            &rp.endpoint("userinfo_endpoint"),
            &headers,
            None,
        )
        .await;
    assert_eq!(answer.header(ALLOWED), Some(OWN));
}

#[tokio::test(flavor = "multi_thread")]
async fn oidc_17_no_page_reads_what_is_for_people_or_for_servers() {
    let rp = Rp::known("strict").await;
    let person = somebody().await;
    person.sign_in().await;
    let ask = rp.ask("openid").pkce().with("prompt", "none");
    let mut urls = vec![
        rp.authorize_url(&ask),
        rp.endpoint("end_session_endpoint"),
        rp.endpoint("introspection_endpoint"),
        rp.endpoint("pushed_authorization_request_endpoint"),
        rp.endpoint("registration_endpoint"),
    ];
    for page in ["/", "/login", "/account", "/device"] {
        urls.push(rp.world.hub.url(page));
    }
    for url in urls {
        for origin in [OWN, FOREIGN, "null"] {
            let answer = from(&rp, Method::OPTIONS, &url, origin).await;
            assert_eq!(answer.header(ALLOWED), None, "{url} for {origin}");
            let answer = person
                .visitor
                .get_with(&url, &[(header::ORIGIN, origin)])
                .await;
            assert_eq!(answer.header(ALLOWED), None, "{url} for {origin}");
        }
    }
}
