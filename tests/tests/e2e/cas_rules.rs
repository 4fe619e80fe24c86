//! The security rules of the CAS server (`CAS-…`), seen from outside: what a service, a stranger and a
//! browser can and cannot get out of the endpoints.

use std::time::{Duration, Instant};

use clau_tests::support::ca::Authority;
use clau_tests::support::endpoint::{Behaviour, Endpoint};
use clau_tests::support::http::{Answer, Visitor};
use clau_tests::support::hub::{Hub, Stores};
use clau_tests::support::process::{eventually, free_port};
use reqwest::header;
use reqwest::{StatusCode, Url};

use crate::scene::{LOGOUT_LIMIT, PUPIL, SERVICE, region, setup, ticket};

const WATCHED: &str = r#"
[[service]]
id = "watched"
name = "Service observé"
access = [{}]
[service.cas]
urls = ["https://localhost:@PORT@/app/"]
proxy_callbacks = ["https://localhost:@PORT@/pgt"]
accepts_proxies = ["watched"]
[service.cas.logout]
url = "https://localhost:@PORT@/slo"

[[service]]
id = "closed"
name = "Service sans mandataire"
access = [{}]
[service.cas]
urls = ["https://closed.essais.example/"]
"#;

/// A hub, an endpoint that is the service "watched", and a pupil who is signed in.
struct Watched {
    hub: Hub,
    endpoint: Endpoint,
    visitor: Visitor,
}

impl Watched {
    async fn start() -> Self {
        let endpoint = Endpoint::start(Behaviour::Status(200)).await;
        let hub = hub(&WATCHED.replace("@PORT@", &endpoint.port().to_string())).await;
        let visitor = Visitor::new();
        hub.signed_in(&visitor, PUPIL.0, PUPIL.1).await;
        Self {
            hub,
            endpoint,
            visitor,
        }
    }

    fn app(&self) -> String {
        self.endpoint.url("/app/")
    }

    /// Validates a fresh ticket of the watched service and asks for a proxy-granting ticket.
    async fn validate_with_callback(&self, callback: &str) -> String {
        let app = self.app();
        let ticket = ticket(&self.hub, &self.visitor, &app).await;
        let parameters = [
            ("service", app.as_str()),
            ("ticket", ticket.as_str()),
            ("pgtUrl", callback),
        ];
        validate(&self.hub, "/cas/p3/serviceValidate", &parameters).await
    }

    /// A proxy-granting ticket, as the callback receives it.
    async fn proxy_granting_ticket(&self) -> String {
        let body = self
            .validate_with_callback(&self.endpoint.url("/pgt"))
            .await;
        assert!(body.contains("proxyGrantingTicket"), "{body}");
        let received = self.endpoint.received();
        let call = received
            .iter()
            .rev()
            .find_map(|call| call.parameter("pgtId"));
        call.expect("the callback received a ticket")
    }

    async fn proxy_ticket(&self, granting: &str, target: &str) -> Option<String> {
        let parameters = [("pgt", granting), ("targetService", target)];
        let body = validate(&self.hub, "/cas/proxy", &parameters).await;
        element(&body, "proxyTicket")
    }
}

async fn hub(services: &str) -> Hub {
    setup(Stores::Embedded)
        .applying(region())
        .applying(services)
        .start()
        .await
}

async fn validate(hub: &Hub, endpoint: &str, parameters: &[(&str, &str)]) -> String {
    let url = Url::parse_with_params(&hub.url(endpoint), parameters).expect("our own address");
    Visitor::new().get(&url).await.body
}

/// The text of the first `cas:` element of that name.
fn element(body: &str, name: &str) -> Option<String> {
    let (_, rest) = body.split_once(&format!("<cas:{name}>"))?;
    Some(rest.split_once("</cas:")?.0.to_owned())
}

fn login(hub: &Hub, parameters: &[(&str, &str)]) -> Url {
    Url::parse_with_params(&hub.url("/cas/login"), parameters).expect("our own address")
}

fn asks_for_password(answer: &Answer) -> bool {
    answer.forms().iter().any(|form| form.has("password"))
}

#[tokio::test(flavor = "multi_thread")]
async fn cas_01_an_address_that_is_not_registered_gets_a_page() {
    let hub = hub("").await;
    let visitor = Visitor::new();
    hub.signed_in(&visitor, PUPIL.0, PUPIL.1).await;
    for service in [
        "https://evil.example/",
        "http://localhost:1/",
        "https://localhost:1@evil.example/",
        "https://localhost:1\\@evil.example/",
        "https://localhost:1.evil.example/",
        "https://localhost:10/",
        "https://user@localhost:1/",
        "https://localhost:1/#fragment",
        "https://localhost:1/%2e%2e/",
        "https://localhost:1/a/..%2f..",
        "//localhost:1/",
        "javascript:alert(1)",
        "/account",
        "",
    ] {
        for visitor in [&visitor, &Visitor::new()] {
            let answer = visitor.get(login(&hub, &[("service", service)])).await;
            let away = answer
                .location()
                .filter(|to| to.origin() != answer.url.origin());
            assert_eq!(away, None, "{service}");
            assert!(!answer.body.contains("ticket=ST-"), "{service}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn cas_06_each_endpoint_takes_its_own_tickets_and_renew_and_gateway_mean_it() {
    let watched = Watched::start().await;
    let (hub, visitor, app) = (&watched.hub, &watched.visitor, watched.app());
    // A proxy ticket at an endpoint for service tickets.
    let granting = watched.proxy_granting_ticket().await;
    for endpoint in [
        "/cas/validate",
        "/cas/serviceValidate",
        "/cas/p3/serviceValidate",
    ] {
        let proxy = watched
            .proxy_ticket(&granting, &app)
            .await
            .expect("a proxy ticket");
        let body = validate(hub, endpoint, &[("service", &app), ("ticket", &proxy)]).await;
        assert!(
            !body.contains("authenticationSuccess") && !body.starts_with("yes"),
            "{endpoint}: {body}"
        );
    }
    // A ticket of single sign-on where a new login is asked for.
    let old = ticket(hub, visitor, SERVICE).await;
    let parameters = [
        ("service", SERVICE),
        ("ticket", old.as_str()),
        ("renew", "true"),
    ];
    let body = validate(hub, "/cas/serviceValidate", &parameters).await;
    assert!(body.contains("authenticationFailure"), "{body}");
    // Asked for at login, it is one.
    let page = login(hub, &[("service", SERVICE), ("renew", "true")]);
    let answer = hub
        .log_in_at(visitor, page.as_str(), PUPIL.0, PUPIL.1)
        .await;
    let fresh = ticket_at_the_end(visitor, answer).await;
    let parameters = [
        ("service", SERVICE),
        ("ticket", fresh.as_str()),
        ("renew", "true"),
    ];
    let body = validate(hub, "/cas/serviceValidate", &parameters).await;
    assert!(body.contains("authenticationSuccess"), "{body}");

    let stranger = Visitor::new();
    // Gateway shows nothing and adds nothing …
    let answer = stranger
        .follow_within(login(hub, &[("service", SERVICE), ("gateway", "true")]))
        .await;
    let back = answer.location().expect("back to the service");
    assert_eq!(back.as_str(), SERVICE);
    // … and renew beats it.
    let both = login(
        hub,
        &[("service", SERVICE), ("gateway", "true"), ("renew", "true")],
    );
    assert!(asks_for_password(&stranger.follow(&both).await));
    let both = stranger_signed_in(hub).await.follow_within(both).await;
    assert!(asks_for_password(&both));

    // A service that never accepts its ticket does not keep the browser turning.
    let mut last = visitor.get(hub.cas_login(SERVICE)).await;
    for _ in 0..40 {
        if last.location().is_none() {
            break;
        }
        last = visitor.get(hub.cas_login(SERVICE)).await;
    }
    assert!(
        last.location().is_none(),
        "forty tickets in a row and no page"
    );
}

async fn stranger_signed_in(hub: &Hub) -> Visitor {
    let visitor = Visitor::new();
    hub.signed_in(&visitor, PUPIL.0, PUPIL.1).await;
    visitor
}

/// Follows the hub's own redirects until the ticket leaves for the service.
async fn ticket_at_the_end(visitor: &Visitor, answer: Answer) -> String {
    let answer = visitor.follow_on_within(answer).await;
    answer
        .location_parameter("ticket")
        .unwrap_or_else(|| panic!("no ticket: {} {}", answer.status, answer.text()))
}

#[tokio::test(flavor = "multi_thread")]
async fn cas_07_a_proxy_callback_is_registered_trusted_and_reached_directly() {
    let watched = Watched::start().await;
    let good = watched.endpoint.url("/pgt");
    assert!(
        watched
            .validate_with_callback(&good)
            .await
            .contains("proxyGrantingTicket")
    );

    let stranger = Authority::new();
    let untrusted = Endpoint::certified_by(&stranger, free_port(), Behaviour::Status(200)).await;
    let elsewhere = Endpoint::start(Behaviour::Status(200)).await;
    let calls = watched.endpoint.received().len();
    for callback in [
        good.replace("https:", "http:"),
        watched.endpoint.url("/app/"),
        watched.endpoint.url("/pgtevil"),
        elsewhere.url("/pgt"),
        untrusted.url("/pgt"),
    ] {
        let body = watched.validate_with_callback(&callback).await;
        assert!(
            body.contains("INVALID_PROXY_CALLBACK"),
            "{callback}: {body}"
        );
    }
    assert_eq!(
        watched.endpoint.received().len(),
        calls,
        "an unregistered callback was called"
    );
    assert!(elsewhere.received().is_empty() && untrusted.received().is_empty());

    // Registered, but it sends the hub on, or fails, or does not answer.
    for behaviour in [
        Behaviour::Redirect(elsewhere.url("/pgt")),
        Behaviour::Status(500),
        Behaviour::Hang,
    ] {
        watched.endpoint.behave(behaviour.clone());
        let asked = Instant::now();
        let body = watched.validate_with_callback(&good).await;
        assert!(
            body.contains("INVALID_PROXY_CALLBACK"),
            "{behaviour:?}: {body}"
        );
        assert!(
            asked.elapsed() < Duration::from_secs(9),
            "{behaviour:?} took {:?}",
            asked.elapsed()
        );
    }
    assert!(elsewhere.received().is_empty(), "a redirect was followed");
}

#[tokio::test(flavor = "multi_thread")]
async fn cas_08_a_proxy_reaches_only_who_lets_it_and_only_while_the_session_lasts() {
    let watched = Watched::start().await;
    let granting = watched.proxy_granting_ticket().await;
    let app = watched.app();
    let proxy = watched
        .proxy_ticket(&granting, &app)
        .await
        .expect("a proxy ticket");
    let body = validate(
        &watched.hub,
        "/cas/p3/proxyValidate",
        &[("service", &app), ("ticket", &proxy)],
    )
    .await;
    assert!(body.contains("authenticationSuccess"), "{body}");
    assert_eq!(
        element(&body, "proxy").as_deref(),
        Some(watched.endpoint.url("/pgt").as_str()),
        "{body}"
    );

    // A service that names no proxy is never reached through one.
    let closed = "https://closed.essais.example/";
    if let Some(proxy) = watched.proxy_ticket(&granting, closed).await {
        let parameters = [("service", closed), ("ticket", proxy.as_str())];
        let body = validate(&watched.hub, "/cas/proxyValidate", &parameters).await;
        assert!(body.contains("authenticationFailure"), "{body}");
    }

    watched.hub.log_out(&watched.visitor).await;
    assert_eq!(
        watched.proxy_ticket(&granting, &app).await,
        None,
        "the ticket outlived the session"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn cas_05_one_kind_of_ticket_is_never_another() {
    let watched = Watched::start().await;
    let (hub, app) = (&watched.hub, watched.app());
    let granting = watched.proxy_granting_ticket().await;
    let iou = watched
        .endpoint
        .received()
        .iter()
        .rev()
        .find_map(|call| call.parameter("pgtIou"))
        .expect("the callback received both");
    let service = ticket(hub, &watched.visitor, &app).await;
    let proxy = watched
        .proxy_ticket(&granting, &app)
        .await
        .expect("a proxy ticket");
    let mut secrets = vec![granting.clone(), iou, proxy.clone(), service.clone()];
    secrets.extend(
        watched
            .visitor
            .cookie_names()
            .iter()
            .filter_map(|name| watched.visitor.cookie(name)),
    );
    for secret in &secrets {
        if *secret != granting {
            assert_eq!(
                watched.proxy_ticket(secret, &app).await,
                None,
                "{secret} buys proxy tickets"
            );
        }
        if *secret != service && *secret != proxy {
            for endpoint in ["/cas/p3/serviceValidate", "/cas/p3/proxyValidate"] {
                let body = validate(hub, endpoint, &[("service", &app), ("ticket", secret)]).await;
                assert!(
                    body.contains("authenticationFailure"),
                    "{secret} at {endpoint}: {body}"
                );
            }
        }
        // As a cookie of any name, none of them signs anybody in, except the session itself.
        for name in watched.visitor.cookie_names() {
            if watched.visitor.cookie(&name).as_ref() == Some(secret) {
                continue;
            }
            let thief = Visitor::new();
            thief.set_cookie(&name, secret);
            assert!(
                asks_for_password(&thief.follow(hub.url("/account")).await),
                "{secret} as {name}"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn cas_09_answers_are_well_formed_and_say_the_same_in_both_formats() {
    let hub = hub("").await;
    let nasty = "ST-<&\">]]>'</cas:user>";
    let service = "https://localhost:1/?a=<&\"'>";
    for endpoint in [
        "/cas/serviceValidate",
        "/cas/p3/serviceValidate",
        "/cas/p3/proxyValidate",
    ] {
        for parameters in [
            vec![("service", service), ("ticket", nasty)],
            vec![("service", service)],
            vec![("ticket", nasty)],
            vec![],
        ] {
            let body = validate(&hub, endpoint, &parameters).await;
            let mut reader = quick_xml::Reader::from_str(&body);
            while reader
                .read_event()
                .unwrap_or_else(|error| panic!("{error}: {body}"))
                != quick_xml::events::Event::Eof
            {}
            assert!(
                !body.contains("<&") && !body.contains("</cas:user>"),
                "{body}"
            );
            let (_, code) = body
                .split_once("code=")
                .unwrap_or_else(|| panic!("no code: {body}"));
            let code: String = code
                .chars()
                .skip(1)
                .take_while(|c| c.is_ascii_uppercase() || *c == '_')
                .collect();
            let mut parameters = parameters;
            parameters.push(("format", "JSON"));
            let body = validate(&hub, endpoint, &parameters).await;
            let json: serde_json::Value =
                serde_json::from_str(&body).unwrap_or_else(|error| panic!("{error}: {body}"));
            assert_eq!(
                json["serviceResponse"]["authenticationFailure"]["code"],
                code
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn cas_10_logout_leads_to_registered_services_only() {
    let hub = hub("").await;
    for (parameter, target, leads_there) in [
        ("service", SERVICE, true),
        ("service", "https://evil.example/", false),
        ("url", "https://evil.example/", false),
        ("url", SERVICE, false),
    ] {
        let visitor = stranger_signed_in(&hub).await;
        let url = Url::parse_with_params(&hub.url("/cas/logout"), [(parameter, target)])
            .expect("our own address");
        let mut answer = visitor.follow_within(&url).await;
        if let Some(form) = answer
            .forms()
            .into_iter()
            .find(|form| form.action.path().contains("logout"))
        {
            answer = visitor.submit(&form).await;
            answer = visitor.follow_on_within(answer).await;
        }
        let away = answer.location().map(String::from);
        assert_eq!(
            away,
            leads_there.then(|| target.to_owned()),
            "{parameter}={target}"
        );
        assert!(
            asks_for_password(&visitor.follow(hub.url("/account")).await),
            "{parameter}={target}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn cas_11_the_ticket_arrives_where_it_belongs_and_leaves_no_trace() {
    let hub = hub("").await;
    let visitor = stranger_signed_in(&hub).await;
    let answer = visitor
        .get(hub.cas_login("https://localhost:1/page?a=b%26c&d=%C3%A9"))
        .await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    let location = answer.header(header::LOCATION).expect("a redirect");
    assert!(
        location.starts_with("https://localhost:1/page?a=b%26c&d=%C3%A9&ticket=ST-"),
        "{location}"
    );
    let caching = answer.header(header::CACHE_CONTROL).unwrap_or_default();
    assert!(caching.contains("no-store"), "{caching}");
    assert_eq!(answer.header(header::REFERRER_POLICY), Some("no-referrer"));

    for polluted in [
        "https://localhost:1/?ticket=ST-1",
        "https://localhost:1/?pgtIou=x",
        "https://localhost:1/?%74icket=x",
    ] {
        let answer = visitor.get(hub.cas_login(polluted)).await;
        assert_eq!(answer.location(), None, "{polluted}");
    }

    let page = visitor
        .get(login(&hub, &[("service", SERVICE), ("method", "POST")]))
        .await;
    let form = page.form_with("ticket");
    assert_eq!(
        (form.method.as_str(), form.action.as_str()),
        ("post", SERVICE)
    );
    assert!(
        form.value("ticket")
            .is_some_and(|ticket| ticket.starts_with("ST-"))
    );
    let caching = page.header(header::CACHE_CONTROL).unwrap_or_default();
    assert!(caching.contains("no-store"), "{caching}");
}

#[tokio::test(flavor = "multi_thread")]
async fn cas_12_logout_notices_go_to_the_registered_address_and_delay_nobody() {
    let watched = Watched::start().await;
    let ticket = ticket(&watched.hub, &watched.visitor, &watched.app()).await;
    let parameters = [("service", watched.app()), ("ticket", ticket.clone())];
    let parameters: Vec<(&str, &str)> = parameters
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    let body = validate(&watched.hub, "/cas/serviceValidate", &parameters).await;
    assert!(body.contains("authenticationSuccess"), "{body}");

    watched.endpoint.behave(Behaviour::Hang);
    let asked = Instant::now();
    watched.hub.log_out(&watched.visitor).await;
    assert!(
        asked.elapsed() < Duration::from_secs(2),
        "the page took {:?}",
        asked.elapsed()
    );
    let notice = eventually("the notice arrives", LOGOUT_LIMIT, async || {
        watched
            .endpoint
            .received()
            .into_iter()
            .find(|call| call.line.starts_with("POST"))
    })
    .await;
    assert_eq!(notice.line, "POST /slo");
    let request = notice
        .field("logoutRequest")
        .expect("the form of the protocol");
    assert!(
        request.contains(&format!("SessionIndex>{ticket}<")),
        "{request}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn cas_14_saml_1_1_validation_keeps_the_same_rules() {
    let hub = hub("").await;
    let visitor = stranger_signed_in(&hub).await;
    let envelope = |ticket: &str, prolog: &str| {
        format!(
            "{prolog}<SOAP-ENV:Envelope xmlns:SOAP-ENV=\"http://schemas.xmlsoap.org/soap/envelope/\"><SOAP-ENV:Header/>\
             <SOAP-ENV:Body><samlp:Request xmlns:samlp=\"urn:oasis:names:tc:SAML:1.0:protocol\" MajorVersion=\"1\" \
             MinorVersion=\"1\" RequestID=\"_1\" IssueInstant=\"2026-11-23T08:00:00.000Z\"><samlp:AssertionArtifact>{ticket}\
             </samlp:AssertionArtifact></samlp:Request></SOAP-ENV:Body></SOAP-ENV:Envelope>"
        )
    };
    let ask = async |target: &str, body: String| {
        let url = Url::parse_with_params(&hub.url("/cas/samlValidate"), [("TARGET", target)])
            .expect("our own address");
        Visitor::new().post_body(&url, "text/xml", body).await.body
    };
    let success = |body: &str| body.contains("NameIdentifier");

    let ticket_text = ticket(&hub, &visitor, SERVICE).await;
    let body = ask(SERVICE, envelope(&ticket_text, "")).await;
    assert!(success(&body), "{body}");
    // Once only.
    assert!(!success(&ask(SERVICE, envelope(&ticket_text, "")).await));
    // Not another service's, and burnt by the attempt.
    let ticket_text = ticket(&hub, &visitor, SERVICE).await;
    assert!(!success(
        &ask("https://localhost:2/protected/", envelope(&ticket_text, "")).await
    ));
    assert!(!success(&ask(SERVICE, envelope(&ticket_text, "")).await));
    // Neither a document type nor what it could declare is read.
    let ticket_text = ticket(&hub, &visitor, SERVICE).await;
    let prolog = format!("<!DOCTYPE x [<!ENTITY t \"{ticket_text}\">]>");
    assert!(!success(&ask(SERVICE, envelope("&t;", &prolog)).await));
    assert!(!success(
        &ask(SERVICE, envelope(&ticket_text, "<!DOCTYPE x>")).await
    ));
    // What is echoed is escaped, and the answer stays XML.
    let body = ask(SERVICE, envelope("ST-&lt;b&gt;&amp;", "")).await;
    let mut reader = quick_xml::Reader::from_str(&body);
    while reader
        .read_event()
        .unwrap_or_else(|error| panic!("{error}: {body}"))
        != quick_xml::events::Event::Eof
    {}
    assert!(!success(&body) && !body.contains("<b>"), "{body}");
}
