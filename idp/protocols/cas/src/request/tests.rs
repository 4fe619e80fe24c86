//! Tests of the parameters of every endpoint, and of the SOAP body.

use clau_domain::random::SeededForTests;
use clau_domain::secret::{ProxyTicketKind, ServiceTicketKind, SessionKind};
use proptest::prelude::*;

use super::*;

const SERVICE: &str = "https://notes.example.fr/app/";

fn list(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

fn login(pairs: &[(&str, &str)]) -> Result<Login, BadRequest> {
    Login::parse(&list(pairs))
}

fn ticket() -> String {
    Token::<ServiceTicketKind>::mint(&SeededForTests::new(5))
        .expose()
        .to_owned()
}

fn envelope(artifact: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<SOAP-ENV:Envelope \
         xmlns:SOAP-ENV=\"http://schemas.xmlsoap.org/soap/envelope/\"><SOAP-ENV:Header/><SOAP-ENV:Body>\
         <samlp:Request xmlns:samlp=\"urn:oasis:names:tc:SAML:1.0:protocol\" MajorVersion=\"1\" \
         MinorVersion=\"1\" RequestID=\"_192.168.16.51.1024506224022\" \
         IssueInstant=\"2002-06-19T17:03:44.022Z\"><samlp:AssertionArtifact>{artifact}\
         </samlp:AssertionArtifact></samlp:Request></SOAP-ENV:Body></SOAP-ENV:Envelope>"
    )
}

fn saml(pairs: &[(&str, &str)], body: &str) -> Result<SamlValidate, BadRequest> {
    SamlValidate::parse(&list(pairs), body.as_bytes())
}

#[test]
fn login_parameters() {
    let plain = login(&[]).expect("a login for the hub itself");
    assert_eq!(plain.service, None);
    let full = login(&[
        ("service", SERVICE),
        ("method", "post"),
        ("warn", "true"),
        ("rememberMe", "on"),
        ("locale", "fr"),
        ("x", "1"),
        ("x", "2"),
    ]);
    let full = full.expect("good");
    assert_eq!(full.service.as_ref().map(WebUrl::as_str), Some(SERVICE));
    assert_eq!(full.method, HandOver::Post);
    assert!(full.warn && full.remember_me && !full.renew && !full.gateway);
    for (value, set) in [
        ("true", true),
        ("", true),
        ("1", true),
        ("yes", true),
        ("False", false),
    ] {
        assert_eq!(
            login(&[("renew", value)]).map(|login| login.renew),
            Ok(set),
            "{value}"
        );
    }
    assert_eq!(
        login(&[("method", "PUT")]),
        Err(BadRequest::Value {
            name: "method",
            expected: "GET, POST or HEADER"
        })
    );
}

#[test]
fn cas_01_service_addresses_that_are_refused() {
    for text in [
        "notes.example.fr",
        "https://notes.example.fr@evil.example/",
        "https://notes.example.fr/app/../admin",
        "https://notes.example.fr\\@evil.example/",
        "javascript:alert(1)",
        "https%3A%2F%2Fnotes.example.fr%40evil.example%2F",
    ] {
        let refused = matches!(login(&[("service", text)]), Err(BadRequest::Service { .. }));
        assert!(refused, "{text}");
    }
    let fragment = login(&[("service", "https://notes.example.fr/#/x")]);
    assert_eq!(fragment, Err(BadRequest::Fragment("service")));
    // The same address, encoded once more than it should be.
    let twice =
        login(&[("service", "https%3A%2F%2Fnotes.example.fr%2Fapp%2F")]).expect("tolerated");
    assert_eq!(twice.service.as_ref().map(WebUrl::as_str), Some(SERVICE));
}

#[test]
fn cas_06_renew_beats_gateway() {
    let both = login(&[("service", SERVICE), ("renew", "true"), ("gateway", "true")]);
    let both = both.expect("good");
    assert!(both.renew && !both.gateway);
    let gateway = login(&[("service", SERVICE), ("gateway", "true")]).expect("good");
    assert!(gateway.gateway);
    // §2.1.1: without a service there is nowhere to go back to.
    assert!(!login(&[("gateway", "true")]).expect("good").gateway);
}

#[test]
fn cas_09_errors_never_repeat_what_was_sent() {
    let sent = "https://evil.example/<script>\u{1}";
    let error = login(&[("service", sent)]).expect_err("refused");
    assert!(!error.failure().text.contains("evil"));
    let parameters = list(&[("service", SERVICE), ("ticket", "ST-<x>")]);
    let error = Validate::parse(Endpoint::ServiceValidate, &parameters).expect_err("no ticket");
    assert_eq!(error.failure().code, FailureCode::InvalidTicket);
    assert!(!error.failure().text.contains("<x>"));
}

#[test]
fn cas_11_a_service_that_carries_a_ticket_is_refused() {
    for name in ["ticket", "pgtIou", "pgtId"] {
        let service = format!("{SERVICE}?a=1&{name}=ST-1");
        assert_eq!(
            login(&[("service", &service)]),
            Err(BadRequest::CarriesTicket("service"))
        );
    }
    let encoded = format!("{SERVICE}?%74icket=ST-1");
    assert_eq!(
        login(&[("service", &encoded)]),
        Err(BadRequest::CarriesTicket("service"))
    );
}

#[test]
fn cas_11_a_parameter_that_comes_twice_is_refused() {
    for name in [
        "service",
        "renew",
        "gateway",
        "method",
        "warn",
        "rememberMe",
    ] {
        let parameters = [("service", SERVICE), (name, SERVICE), (name, SERVICE)];
        assert_eq!(login(&parameters[1..]), Err(BadRequest::Twice(name)));
    }
    let ticket = ticket();
    for name in ["service", "ticket", "renew", "pgtUrl", "format"] {
        let mut parameters = list(&[("service", SERVICE), ("ticket", &ticket)]);
        parameters.extend(list(&[(name, "true"), (name, "true")]));
        let error = Validate::parse(Endpoint::P3ServiceValidate, &parameters).expect_err(name);
        assert_eq!(error, BadRequest::Twice(name));
    }
}

#[test]
fn cas_10_logout_goes_nowhere_by_url() {
    let elsewhere = list(&[("url", SERVICE), ("destination", SERVICE)]);
    assert_eq!(Logout::parse(&elsewhere).service, None);
    assert!(
        Logout::parse(&list(&[("service", SERVICE)]))
            .service
            .is_some()
    );
    assert_eq!(
        Logout::parse(&list(&[("service", "//evil.example")])).service,
        None
    );
    let twice = list(&[("service", SERVICE), ("service", "https://evil.example/")]);
    assert_eq!(Logout::parse(&twice).service, None);
}

#[test]
fn validation_parameters() {
    let ticket = ticket();
    let good = [("service", SERVICE), ("ticket", ticket.as_str())];
    let parse = |more: &[(&str, &str)]| {
        let parameters = list(&[&good[..], more].concat());
        Validate::parse(Endpoint::ProxyValidate, &parameters)
    };
    let read = parse(&[
        ("format", "json"),
        ("pgtUrl", "https://notes.example.fr/pgt"),
    ]);
    let read = read.expect("good");
    assert_eq!((read.format, read.renew), (Format::Json, false));
    assert_eq!(read.ticket.expose(), ticket);
    assert_eq!(read.pgt_url.as_ref().map(WebUrl::path), Some("/pgt"));
    let code = |result: Result<Validate, BadRequest>| result.expect_err("bad").code();
    assert_eq!(
        code(parse(&[("format", "yaml")])),
        FailureCode::InvalidRequest
    );
    assert_eq!(
        code(parse(&[("pgtUrl", "x")])),
        FailureCode::InvalidProxyCallback
    );
    let missing = |pairs: &[(&str, &str)]| {
        Validate::parse(Endpoint::Validate, &list(pairs)).expect_err("missing")
    };
    assert_eq!(missing(&good[..1]), BadRequest::Missing("ticket"));
    assert_eq!(missing(&good[1..]), BadRequest::Missing("service"));
    assert_eq!(
        missing(&[good[0], ("ticket", "")]).code(),
        FailureCode::InvalidRequest
    );
    let bad_service = missing(&[("service", "x"), good[1]]);
    assert_eq!(bad_service.code(), FailureCode::InvalidService);
    // An extra ticket in the address is overlooked here, as clients add it when they try again.
    let again = format!("{SERVICE}?ticket={ticket}");
    assert!(
        Validate::parse(
            Endpoint::ServiceValidate,
            &list(&[("service", &again), good[1]])
        )
        .is_ok()
    );
    assert_eq!(Format::wanted(&list(&[("format", "JSON")])), Format::Json);
    assert_eq!(Format::wanted(&list(&[("format", "?")])), Format::Xml);
}

#[test]
fn cas_06_which_endpoints_take_proxy_tickets() {
    assert!(Endpoint::ProxyValidate.takes_proxy_tickets());
    assert!(Endpoint::P3ProxyValidate.takes_proxy_tickets());
    for endpoint in [
        Endpoint::Validate,
        Endpoint::ServiceValidate,
        Endpoint::P3ServiceValidate,
    ] {
        assert!(!endpoint.takes_proxy_tickets(), "{endpoint:?}");
    }
}

#[test]
fn cas_05_a_ticket_of_another_kind_is_none() {
    let random = SeededForTests::new(8);
    let pgt = Token::<ProxyGrantingKind>::mint(&random);
    let pt = Token::<ProxyTicketKind>::mint(&random);
    let session = Token::<SessionKind>::mint(&random);
    for other in [pgt.expose(), session.expose(), "ST-", "ST-short"] {
        let parameters = list(&[("service", SERVICE), ("ticket", other)]);
        let error = Validate::parse(Endpoint::ProxyValidate, &parameters).expect_err(other);
        assert_eq!(error.code(), FailureCode::InvalidTicket);
    }
    let proxy = |pgt: &str| Proxy::parse(&list(&[("pgt", pgt), ("targetService", SERVICE)]));
    assert!(proxy(pgt.expose()).is_ok());
    for other in [pt.expose(), session.expose(), &ticket()] {
        let error = proxy(other).expect_err(other);
        assert_eq!(error.proxy_code(), ProxyFailureCode::InvalidTicket);
    }
    let error = Proxy::parse(&list(&[("pgt", pgt.expose())])).expect_err("no target");
    assert_eq!(error.proxy_code(), ProxyFailureCode::InvalidRequest);
    let nowhere = list(&[("pgt", pgt.expose()), ("targetService", "x")]);
    let error = Proxy::parse(&nowhere).expect_err("no address");
    assert_eq!(error.proxy_code(), ProxyFailureCode::UnauthorizedService);
}

#[test]
fn cas_14_saml_1_1_requests() {
    let ticket = ticket();
    let read = saml(&[("TARGET", SERVICE)], &envelope(&ticket)).expect("as phpCAS sends it");
    assert_eq!(read.ticket.expose(), ticket);
    assert_eq!(
        read.request_id.as_deref(),
        Some("_192.168.16.51.1024506224022")
    );
    let spaced = saml(
        &[("TARGET", SERVICE)],
        &envelope(&format!("\n  {ticket}\n")),
    );
    assert!(spaced.is_ok());
    let by_parameter = saml(&[("TARGET", SERVICE), ("SAMLart", &ticket)], "");
    assert!(by_parameter.expect("good").request_id.is_none());
    let http = "http://notes.example.fr/";
    for (target, expected) in [
        (http, BadRequest::NotHttps("TARGET")),
        ("", BadRequest::Missing("TARGET")),
        (
            "https://notes.example.fr/#x",
            BadRequest::Fragment("TARGET"),
        ),
    ] {
        let error = saml(&[("TARGET", target)], &envelope(&ticket)).expect_err(target);
        assert_eq!(error, expected);
    }
    let both = saml(
        &[("TARGET", SERVICE), ("SAMLart", &ticket)],
        &envelope(&ticket),
    );
    assert_eq!(both.expect_err("which?"), BadRequest::Twice("SAMLart"));
    let none = saml(&[("TARGET", SERVICE)], "");
    assert_eq!(none.expect_err("none"), BadRequest::Missing("SAMLart"));
}

#[test]
fn cas_14_saml_1_1_bodies_that_are_refused() {
    let ticket = ticket();
    let good = envelope(&ticket);
    let artifact = format!("<samlp:AssertionArtifact>{ticket}</samlp:AssertionArtifact>");
    for (from, to) in [
        (
            "urn:oasis:names:tc:SAML:1.0:protocol",
            "urn:oasis:names:tc:SAML:2.0:protocol",
        ),
        (
            "http://schemas.xmlsoap.org/soap/envelope/",
            "http://evil.example/",
        ),
        ("xmlns:samlp=", "xmlns:other="),
        ("MajorVersion=\"1\"", "MajorVersion=\"2\""),
        ("<SOAP-ENV:Header/>", "<SOAP-ENV:Body/>"),
        ("<SOAP-ENV:Header/>", "<!-- x -->"),
        ("<?xml version=\"1.0\" encoding=\"UTF-8\"?>", "<!DOCTYPE a>"),
        (ticket.as_str(), "ST-1<!-- -->2"),
        (ticket.as_str(), "<b/>"),
        (ticket.as_str(), "ST-1"),
        (artifact.as_str(), ""),
        (artifact.as_str(), &format!("{artifact}{artifact}")),
        ("UTF-8", "UTF-16"),
        ("</SOAP-ENV:Envelope>", ""),
        ("</SOAP-ENV:Envelope>", "</SOAP-ENV:Envelope><x/>"),
    ] {
        let body = good.replacen(from, to, 1);
        assert_ne!(body, good, "{from}");
        assert!(saml(&[("TARGET", SERVICE)], &body).is_err(), "{body}");
    }
    let odd = good.replacen("_192.168", "&quot;><x y=", 1);
    let odd = saml(&[("TARGET", SERVICE)], &odd);
    assert_eq!(odd.ok().and_then(|read| read.request_id), None);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn no_parameter_panics(
        pairs in proptest::collection::vec(
            (
                "service|ticket|renew|gateway|method|warn|rememberMe|pgtUrl|format|pgt|targetService|TARGET|SAMLart",
                prop_oneof![
                    any::<String>(),
                    "(https?(://|%3A%2F%2F))?[a-z.%@:/?&=;#\\\\0-9]{0,40}",
                    "(ST|PT|PGT)-[A-Za-z0-9]{43}",
                ],
            ),
            0..6,
        ),
        body in any::<Vec<u8>>(),
        cut in 0_usize..700,
        byte in any::<u8>(),
    ) {
        let _ = Login::parse(&pairs);
        let _ = Logout::parse(&pairs);
        let _ = Validate::parse(Endpoint::P3ProxyValidate, &pairs);
        let _ = Proxy::parse(&pairs);
        let _ = SamlValidate::parse(&pairs, &body);
        let mut mutated = envelope(&ticket()).into_bytes();
        if let Some(place) = mutated.get_mut(cut) {
            *place = byte;
        }
        let _ = SamlValidate::parse(&list(&[("TARGET", SERVICE)]), &mutated);
        mutated.truncate(cut.min(mutated.len() - 1));
        prop_assert!(SamlValidate::parse(&list(&[("TARGET", SERVICE)]), &mutated).is_err());
    }
}
