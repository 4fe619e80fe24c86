//! What programs post, and the envelopes and faults that they get.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clau_saml::binding::envelope;
use clau_saml::message::ArtifactResolve;
use http::StatusCode;

use super::super::scene::{Browser, PASSWORD};
use super::{CANARY, KEY, assert_fault, header, post, request, scene};

fn basic(login: &str, password: &str) -> Browser {
    let credentials = STANDARD.encode(format!("{login}:{password}"));
    Browser::default().with("authorization", &format!("Basic {credentials}"))
}

#[tokio::test]
async fn saml_15_an_artifact_is_answered_in_an_envelope_and_a_stranger_by_a_fault() {
    let scene = scene().await;
    let program = Browser::default();
    let wish = ArtifactResolve {
        header: header(&scene, "cantine", "https://ent.example/saml/artifact"),
        artifact: CANARY.to_owned(),
    };
    let unsigned = envelope(&wish.write(None).expect("a request"));
    let answer = post(&scene, &program, "/saml/artifact", unsigned).await;
    assert_fault(&answer, "Client", "the message is not signed");
    for body in ["", "<canari/>", "canari", "<!DOCTYPE canari><a/>"] {
        let answer = post(&scene, &program, "/saml/artifact", body.to_owned()).await;
        assert_fault(&answer, "Client", "");
    }
    let signed = envelope(&wish.write(Some(&KEY)).expect("a request"));
    let answer = post(&scene, &program, "/saml/artifact", signed).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    assert_eq!(answer.header("content-type"), "text/xml; charset=utf-8");
    assert_eq!(answer.header("cache-control"), "no-store");
    assert!(answer.body.contains("<samlp:ArtifactResponse "));
    assert!(!answer.body.contains("<samlp:Response ") && !answer.body.contains(CANARY));
    // A form is no envelope.
    let form = super::form("/saml/artifact", clau_saml::binding::Role::Request, "<a/>");
    let answer = scene.submit(&mut Browser::default(), &form).await;
    assert_fault(&answer, "Server", "an envelope is expected");
    let long = "x".repeat(200_000);
    let answer = post(&scene, &program, "/saml/artifact", long).await;
    assert_fault(&answer, "Server", "an envelope is expected");
}

#[tokio::test]
async fn saml_10_a_program_that_has_not_signed_its_wish_gets_a_fault() {
    let scene = scene().await;
    let wish = super::logout::wish(&scene, "cantine", None);
    let body = envelope(&wish.write(None, None).expect("a request"));
    let answer = post(&scene, &Browser::default(), "/saml/slo", body).await;
    assert_fault(&answer, "Client", "the message is not signed");
    let body = envelope(&wish.write(Some(&KEY), None).expect("a request"));
    let answer = post(&scene, &Browser::default(), "/saml/slo", body).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    assert!(answer.body.contains("<samlp:LogoutResponse "));
    assert!(answer.header("set-cookie").is_empty());
}

#[tokio::test]
async fn pwd_08_a_program_is_asked_for_login_and_password_and_held_up_like_everybody() {
    let scene = scene().await;
    let asked = request(&scene, "agenda");
    let body = envelope(&asked.write(None).expect("a request"));
    let no_pair = format!("Basic {}", STANDARD.encode("paul.durand"));
    let pair = STANDARD.encode(format!("paul.durand:{PASSWORD}"));
    for program in [
        Browser::default(),
        basic("paul.durand", CANARY),
        basic("personne", PASSWORD),
        Browser::default().with("authorization", &no_pair),
        Browser::default().with("authorization", "Basic %%%"),
        Browser::default().with("authorization", &format!("Bearer {pair}")),
        basic("paul.durand", PASSWORD).with("authorization", "Basic AAAA"),
    ] {
        let answer = post(&scene, &program, "/saml/sso", body.clone()).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{}", answer.body);
        assert_eq!(
            answer.header("www-authenticate"),
            "Basic realm=\"Clau\", charset=\"UTF-8\""
        );
        assert!(!answer.body.contains("canari") && answer.header("set-cookie").is_empty());
    }
    let answer = post(&scene, &basic("paul.durand", PASSWORD), "/saml/sso", body).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    assert_eq!(answer.header("content-type"), "text/xml; charset=utf-8");
    assert!(
        answer
            .body
            .contains("AssertionConsumerServiceURL=\"https://agenda.example/ecp\"")
    );
    // It is no browser: the session is the service's to end.
    assert!(answer.header("set-cookie").is_empty());
    let mut held = None;
    for _ in 0..30 {
        let body = envelope(&request(&scene, "agenda").write(None).expect("a request"));
        let answer = post(&scene, &basic("lea.martin", "faux"), "/saml/sso", body).await;
        if answer.status != StatusCode::UNAUTHORIZED {
            held = Some(answer);
            break;
        }
    }
    let held = held.expect("held up");
    assert_eq!(held.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(
        held.header("retry-after")
            .parse::<u64>()
            .is_ok_and(|seconds| seconds > 0)
    );
}

#[tokio::test]
async fn saml_08_a_service_that_is_not_registered_for_programs_is_a_fault_whoever_asks() {
    let scene = scene().await;
    let body = envelope(&request(&scene, "cantine").write(None).expect("a request"));
    for program in [Browser::default(), basic("paul.durand", PASSWORD)] {
        let answer = post(&scene, &program, "/saml/sso", body.clone()).await;
        assert_fault(&answer, "Client", "not registered for programs");
    }
}
