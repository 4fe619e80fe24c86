//! The CAS server by HTTP, before a service that is made by hand, and read by the product's own reader of
//! answers.

use url::Url;

use super::*;
use crate::support::ca;
use crate::support::endpoint::{Behaviour, Endpoint as Listener};
use crate::support::http::{Answer, Visitor};
use crate::support::process::Scratch;
use crate::upstreams::testing;

struct Party {
    arguments: Arguments,
    hub: Listener,
    people: Vec<Person>,
    _files: Scratch,
}

impl Party {
    async fn start() -> Self {
        let files = Scratch::new(ID);
        let tls = ca::authority().localhost_files(&files);
        let hub = Listener::start(Behaviour::Status(200)).await;
        let base = Url::parse(&hub.url("/")).unwrap();
        let arguments = testing::secured(ID, &base, &tls);
        let region = Region::demo(1).unwrap();
        let server = Server::new(&arguments, &region).unwrap();
        let (router, own) = (server.router(), arguments.clone());
        tokio::spawn(async move { own.serve(router).await });
        crate::services::testing::listening(&arguments.base).await;
        Self {
            people: people(&region).unwrap(),
            arguments,
            hub,
            _files: files,
        }
    }

    fn service(&self) -> String {
        self.arguments
            .at_hub(&format!("cas/rp/{ID}/callback?state=s"))
    }

    fn address(&self, path: &str, pairs: &[(&str, &str)]) -> String {
        let address = self.arguments.address(&format!("cas/{path}"));
        Url::parse_with_params(&address, pairs).unwrap().into()
    }

    async fn ask(&self, visitor: &Visitor, more: &[(&str, &str)]) -> Answer {
        let service = self.service();
        let pairs = [&[("service", service.as_str())], more].concat();
        visitor.get(self.address("login", &pairs)).await
    }

    /// Chooses somebody; gives the ticket.
    async fn log_in(&self, visitor: &Visitor, more: &[(&str, &str)], who: usize) -> String {
        let page = self.ask(visitor, more).await;
        assert!(page.body.contains("Simulateur"), "{}", page.body);
        let form = page
            .form_with("demande")
            .with("personne", &self.people[who].id);
        ticket(self, &visitor.submit(&form).await)
    }

    async fn validate(&self, path: &str, pairs: &[(&str, &str)]) -> String {
        Visitor::new().get(self.address(path, pairs)).await.body
    }
}

fn ticket(party: &Party, answer: &Answer) -> String {
    let back = answer.location().expect("to the hub");
    assert!(back.as_str().starts_with(&party.service()), "{back}");
    answer.location_parameter("ticket").unwrap()
}

#[tokio::test]
async fn a_pupil_comes_with_a_ticket_that_is_good_once() {
    let party = Party::start().await;
    let visitor = Visitor::new();
    let pupil = party
        .people
        .iter()
        .position(|person| person.about == "élève")
        .unwrap();
    let ticket = party.log_in(&visitor, &[], pupil).await;
    assert!(ticket.starts_with("ST-1-") && ticket.ends_with("-cas01"));
    let service = party.service();
    let pairs = [("service", service.as_str()), ("ticket", ticket.as_str())];
    let answer = party.validate("p3/serviceValidate", &pairs).await;
    let tree = clau_cas::xml::read(answer.as_bytes()).unwrap();
    let success = tree.only(NAMESPACE, "authenticationSuccess").unwrap();
    let person = &party.people[pupil];
    assert_eq!(
        success.only(NAMESPACE, "user").unwrap().leaf(),
        Some(person.id.as_str())
    );
    let attributes = success.only(NAMESPACE, "attributes").unwrap();
    for (name, values) in &person.attributes {
        let said = attributes
            .only(NAMESPACE, name)
            .unwrap_or_else(|| panic!("{name}"));
        assert_eq!(said.leaf(), Some(values[0].as_str()));
    }
    assert_eq!(
        attributes.only(NAMESPACE, "isFromNewLogin").unwrap().leaf(),
        Some("true")
    );
    let again = party.validate("p3/serviceValidate", &pairs).await;
    assert!(again.contains("INVALID_TICKET"), "{again}");
}

#[tokio::test]
async fn tickets_are_one_services_and_answers_of_version_2_have_no_attributes() {
    let party = Party::start().await;
    let visitor = Visitor::new();
    let first = party.log_in(&visitor, &[], 0).await;
    let other = party.service().replace("state=s", "state=t");
    let pairs = [("service", other.as_str()), ("ticket", first.as_str())];
    let answer = party.validate("p3/serviceValidate", &pairs).await;
    assert!(answer.contains("INVALID_SERVICE"), "{answer}");
    let answer = party
        .validate("serviceValidate", &[("ticket", "ST-x")])
        .await;
    assert!(answer.contains("INVALID_REQUEST"), "{answer}");
    // A session answers; by `renew` it does not do.
    let service = party.service();
    for (more, words) in [
        (&[][..], "authenticationSuccess"),
        (&[("renew", "true")], "INVALID_TICKET"),
    ] {
        let silent = ticket(&party, &party.ask(&visitor, &[]).await);
        let pairs = [
            &[("service", service.as_str()), ("ticket", silent.as_str())],
            more,
        ]
        .concat();
        let answer = party.validate("serviceValidate", &pairs).await;
        assert!(answer.contains(words), "{answer}");
        assert!(!answer.contains("attributes"));
    }
    let new = party.log_in(&visitor, &[("renew", "true")], 0).await;
    let pairs = [
        ("service", service.as_str()),
        ("ticket", new.as_str()),
        ("renew", "true"),
    ];
    assert!(
        party
            .validate("serviceValidate", &pairs)
            .await
            .contains("authenticationSuccess")
    );
}

#[tokio::test]
async fn only_the_hub_is_served_and_a_gateway_asks_nobody() {
    let party = Party::start().await;
    let visitor = Visitor::new();
    for service in [
        "https://evil.example/".to_owned(),
        party.arguments.at_hub("cas/rp/another/callback"),
        party.service().replace("callback", "callback.evil"),
    ] {
        let pairs = [("service", service.as_str())];
        let page = visitor.get(party.address("login", &pairs)).await;
        assert_eq!(page.status, 400, "{service}");
    }
    let back = party
        .ask(&visitor, &[("gateway", "true")])
        .await
        .location()
        .unwrap();
    assert_eq!(back.as_str(), party.service());
    let page = party.ask(&visitor, &[]).await;
    let give_up = page.form_with("demande").with("personne", "");
    assert_eq!(visitor.submit(&give_up).await.status, 200);
}

#[tokio::test]
async fn a_logout_is_told_to_the_hub_by_the_server_itself() {
    let party = Party::start().await;
    let visitor = Visitor::new();
    let ticket = party.log_in(&visitor, &[], 0).await;
    let back = party
        .arguments
        .at_hub(&format!("cas/rp/{ID}/signed-out?state=x"));
    let answer = visitor
        .get(party.address("logout", &[("service", &back)]))
        .await;
    assert_eq!(answer.location().unwrap().as_str(), back);
    let told = party.hub.received();
    assert_eq!(told.len(), 1);
    assert!(told[0].line.starts_with("POST ") && told[0].line.contains("/callback?state=s"));
    let message = told[0].field("logoutRequest").unwrap();
    assert!(message.contains(&format!(
        "<samlp:SessionIndex>{ticket}</samlp:SessionIndex>"
    )));
    assert!(party.ask(&visitor, &[]).await.forms()[0].has("demande"));
    let page = visitor
        .get(party.address("logout", &[("service", "https://evil.example/")]))
        .await;
    assert_eq!(page.status, 200);
}
