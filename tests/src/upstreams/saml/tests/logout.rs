//! Signing out of the simulators, from both ends.

use clau_saml::binding::{Address, Form, Received, Role};
use clau_saml::message::{Asserted, LogoutRequest, LogoutResponse, Status, StatusCode};
use clau_saml::names::binding;

use super::party::{Party, Request, pairs};
use crate::support::http::{Answer, Visitor};
use crate::upstreams::saml::provider::instant;
use crate::upstreams::saml::{educonnect, guichet};

async fn signed_in(party: &Party, visitor: &Visitor, about: &str) -> Asserted {
    let (id, page) = party.ask(visitor, Request::default()).await;
    let page = party.choose(visitor, &page, about).await;
    party.entered(&page, Some(&id))
}

/// Whether somebody is still signed in at the simulator.
async fn is_signed_in(party: &Party, visitor: &Visitor) -> bool {
    let passive = Request {
        passive: true,
        ..Request::default()
    };
    let (id, page) = party.ask(visitor, passive).await;
    party.read(&page, Some(&id)).unwrap().is_ok()
}

fn request(party: &Party, about: &Asserted, binding: &str) -> LogoutRequest {
    let endpoint = party.provider.logout_by(&[binding]).unwrap();
    LogoutRequest {
        header: party.header(endpoint.location.as_str()),
        name_id: about.name_id.clone(),
        session_indexes: about.session_index.clone().into_iter().collect(),
        reason: None,
        not_on_or_after: None,
    }
}

async fn send(party: &Party, visitor: &Visitor, request: &LogoutRequest, by: &str) -> Answer {
    let location = request.header.destination.clone().unwrap();
    if by == binding::POST {
        let message = request.write(Some(party.key()), None).unwrap();
        let form = Form::new(&location, Role::Request, &message, Some("state"));
        return visitor.post(&form.action, &pairs(&form), &[]).await;
    }
    let address = Address {
        location: &location,
        role: Role::Request,
        relay_state: Some("state"),
    };
    let message = request.write(None, None).unwrap();
    visitor
        .get(address.with(&message, Some(party.key())).unwrap())
        .await
}

/// The answer that the browser brings back to the hub.
fn told(party: &Party, answer: &Answer) -> LogoutResponse {
    let location = answer.location().expect("back to the hub");
    assert!(
        location.as_str().starts_with(&party.at("slo")),
        "{location}"
    );
    let received = Received::from_query(location.query().unwrap()).unwrap();
    assert_eq!(received.relay_state.as_deref(), Some("state"));
    let opened = received.open().unwrap();
    let authentic = opened.authenticate(&party.provider.keys.signing).unwrap();
    let response = LogoutResponse::read(&authentic).unwrap();
    response
        .header
        .check(&party.at("slo"), true, instant())
        .unwrap();
    response
}

#[tokio::test]
async fn the_hub_signs_somebody_out_of_the_guichet() {
    let party = Party::start(&guichet::MANNER, None).await;
    for by in [binding::REDIRECT, binding::POST] {
        let visitor = Visitor::new();
        let asserted = signed_in(&party, &visitor, "chef").await;
        assert!(is_signed_in(&party, &visitor).await);
        let asked = request(&party, &asserted, by);
        let response = told(&party, &send(&party, &visitor, &asked, by).await);
        assert_eq!(response.in_response_to, asked.header.id);
        assert_eq!(response.status, Status::success());
        assert!(!is_signed_in(&party, &visitor).await);
        // Nobody is there twice.
        let again = request(&party, &asserted, by);
        let response = told(&party, &send(&party, &visitor, &again, by).await);
        assert_eq!(response.status.detail, Some(StatusCode::UnknownPrincipal));
    }
}

#[tokio::test]
async fn a_logout_is_the_hubs_own_or_none() {
    let party = Party::start(&guichet::MANNER, None).await;
    let visitor = Visitor::new();
    let asserted = signed_in(&party, &visitor, "chef").await;
    let asked = request(&party, &asserted, binding::REDIRECT);
    let location = asked.header.destination.clone().unwrap();
    let address = Address {
        location: &location,
        role: Role::Request,
        relay_state: None,
    };
    let unsigned = address
        .with(&asked.write(None, None).unwrap(), None)
        .unwrap();
    assert_eq!(visitor.get(unsigned).await.status, 400);
    assert!(is_signed_in(&party, &visitor).await);
}

#[tokio::test]
async fn somebody_leaves_the_guichet_and_the_hub_is_told() {
    let party = Party::start(&guichet::MANNER, None).await;
    let visitor = Visitor::new();
    let asserted = signed_in(&party, &visitor, "professeur").await;
    let page = visitor.get(party.arguments.address("sso/logout")).await;
    let answer = visitor.submit(&page.forms()[0]).await;
    let location = answer.location().expect("to the hub");
    let received = Received::from_query(location.query().unwrap()).unwrap();
    let opened = received.open().unwrap();
    let authentic = opened.authenticate(&party.provider.keys.signing).unwrap();
    let request = LogoutRequest::read(&authentic, &[], instant()).unwrap();
    assert_eq!(request.name_id, asserted.name_id);
    assert_eq!(request.session_indexes, [asserted.session_index.unwrap()]);
    assert!(!is_signed_in(&party, &visitor).await);
    // The hub answers, and the person is told.
    let slo = party.provider.logout_by(&[binding::REDIRECT]).unwrap();
    let response = LogoutResponse {
        header: party.header(slo.location.as_str()),
        in_response_to: request.header.id,
        status: Status::success(),
    };
    let address = Address {
        location: slo.location.as_str(),
        role: Role::Response,
        relay_state: None,
    };
    let address = address.with(&response.write(None).unwrap(), Some(party.key()));
    let page = visitor.get(address.unwrap()).await;
    assert_eq!(page.status, 200);
    assert!(page.body.contains("déconnecté"), "{}", page.body);
}

#[tokio::test]
async fn educonnect_has_a_page_for_leaving_and_no_protocol() {
    let party = Party::start(&educonnect::MANNER, None).await;
    assert!(party.provider.logout.is_empty());
    let visitor = Visitor::new();
    signed_in(&party, &visitor, "élève").await;
    let page = visitor.get(party.arguments.address("Logout")).await;
    assert!(page.body.contains("déconnecté"), "{}", page.body);
    assert!(!is_signed_in(&party, &visitor).await);
}
