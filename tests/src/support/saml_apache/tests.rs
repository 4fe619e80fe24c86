//! The packages are what their modules say: they sign what they ask, take good answers with all that is in them,
//! refuse others, and begin and hear of logouts. Without a hub.

use clau_saml::binding::ecp::envelope as ecp_envelope;
use clau_saml::binding::{Address, Received, Role};
use clau_saml::message::{AuthnRequest, Comparison, Response, Status, StatusCode};
use clau_saml::names::{binding, context, name_id};
use serde_json::json;

use super::*;
use crate::support::http::{Answer, Visitor};
use crate::support::process::free_port;
use crate::support::saml_idp::{self, StandIn};
use crate::support::{ecp, mellon, shibboleth, simplesamlphp};

/// One service provider of a server, with a visitor.
struct Scene<'a> {
    stage: &'a Stage,
    provider: &'static str,
    metadata: String,
    visitor: Visitor,
}

/// A server, and the stand-in that it knows as its hub.
struct Stage {
    idp: StandIn,
    server: Server,
    metadata: Vec<(&'static str, String)>,
    entity_ids: Vec<String>,
}

impl Stage {
    async fn new(prepare: fn(u16) -> Prepared) -> Self {
        let hub_port = free_port();
        let prepared = prepare(free_port());
        let metadata = prepared.metadata.clone();
        for (provider, metadata) in &metadata {
            saml_check::validate(metadata).unwrap_or_else(|error| panic!("{error}\n{metadata}"));
            assert_eq!(metadata, prepared.metadata(provider));
        }
        let entity_ids = metadata
            .iter()
            .map(|(provider, _)| prepared.entity_id(provider))
            .collect();
        let idp = StandIn::start(hub_port).await;
        // Reading the hub's metadata is its first act; the stand-in answers on another thread meanwhile.
        let server = tokio::task::spawn_blocking(move || prepared.start(hub_port))
            .await
            .expect("it starts");
        Self {
            idp,
            server,
            metadata,
            entity_ids,
        }
    }

    fn scene(&self, provider: &'static str) -> Scene<'_> {
        let number = self.metadata.iter().position(|(name, _)| *name == provider);
        let number = number.expect("one of them");
        let metadata = self.metadata[number].1.clone();
        assert!(metadata.contains(&self.entity_ids[number]), "{metadata}");
        Scene {
            stage: self,
            provider,
            metadata,
            visitor: Visitor::new(),
        }
    }
}

impl Scene<'_> {
    fn page(&self, page: &str) -> String {
        self.stage.server.page(self.provider, page)
    }

    fn idp(&self) -> &StandIn {
        &self.stage.idp
    }

    /// Goes to a page that leads to the stand-in: what it asks there, and what is to come back with the answer.
    async fn ask(&self, page: &str) -> (AuthnRequest, String) {
        let departure = self.visitor.follow_within(self.page(page)).await;
        let relay = match departure.location_parameter("RelayState") {
            Some(relay) => relay,
            None => {
                let form = departure.form_with("SAMLRequest");
                form.value("RelayState").unwrap_or_default().to_owned()
            }
        };
        (self.idp().asked(&self.metadata, &departure), relay)
    }

    async fn asks_for_more_and_for_less(&self) {
        let asked = self.ask("login?force=1&nameid=persistent").await.0;
        assert!(asked.force_authn && !asked.is_passive, "{asked:?}");
        assert_eq!(asked.name_id.format.as_deref(), Some(name_id::PERSISTENT));
        let class = context::PASSWORD;
        let how = format!("login?passive=1&context={class}&comparison=minimum");
        let asked = self.ask(&how).await.0;
        assert!(asked.is_passive && !asked.force_authn, "{asked:?}");
        let wanted = asked.context.expect("a context");
        assert_eq!(wanted.comparison, Comparison::Minimum);
        assert_eq!(wanted.classes, [class]);
    }

    /// It hears that nobody is there whom nobody had to ask.
    async fn hears_no(&self) -> Answer {
        let (asked, relay) = self.ask("login?passive=1").await;
        let status = Status::responder(StatusCode::NoPassive, "nobody is here");
        let refusal = self.idp().refusal(&asked, &self.metadata, status);
        let message = self.idp().seal(&refusal, &self.metadata);
        let shown = self.bring(&refusal, &message, &relay).await;
        assert!(!self.knows().await);
        shown
    }

    /// Brings an answer and goes where that leads.
    async fn bring(&self, answer: &Response, message: &str, relay: &str) -> Answer {
        let acs = answer.header.destination.as_deref().expect("an address");
        let shown = if acs.to_lowercase().contains("artifact") {
            let artifact = self.idp().keep(message.to_owned(), &self.metadata);
            let query = [("SAMLart", artifact.as_str()), ("RelayState", relay)];
            let url = reqwest::Url::parse_with_params(acs, query).expect("an address");
            self.visitor.get(url).await
        } else {
            saml_idp::post(&self.visitor, acs, Role::Response, message, Some(relay)).await
        };
        self.visitor.follow_on_within(shown).await
    }

    async fn knows(&self) -> bool {
        let known = self.visitor.get(self.page("session")).await.json();
        known["signed_in"] == true
    }

    fn log(&self) -> String {
        self.stage.server.log()
    }

    /// It takes a good answer with all that is in it; `given_name` is how it calls that.
    async fn takes_a_good_answer(&self, page: &str, given_name: &str) -> Response {
        assert!(!self.knows().await);
        let (asked, relay) = self.ask(page).await;
        let answer = self.idp().answer(&asked, &self.metadata);
        let message = self.idp().seal(&answer, &self.metadata);
        let shown = self.bring(&answer, &message, &relay).await;
        assert_eq!(shown.status, 200, "{}\n{}", shown.text(), self.log());
        let known = shown.json();
        let said = answer.assertion.as_ref().expect("a login");
        assert_eq!(
            known["name_id"],
            json!({
                "value": said.name_id.value,
                "format": said.name_id.format,
                "name_qualifier": said.name_id.name_qualifier,
                "sp_name_qualifier": said.name_id.sp_name_qualifier,
            }),
            "{}",
            self.log()
        );
        assert_eq!(known["session_index"], said.authentication.session_index);
        assert_eq!(known["authn_context"], said.authentication.context);
        // SimpleSAMLphp does not tell.
        if given_name == SHORT {
            assert_eq!(known["authn_instant"], said.authentication.at.rfc3339());
        }
        assert_eq!(known["issuer"], said.issuer);
        let attributes = &known["attributes"];
        assert_eq!(attributes[given_name], json!(["Léa <&>"]), "{known}");
        let affiliation = match given_name {
            "givenName" => "eduPersonAffiliation",
            _ => "urn:oid:1.3.6.1.4.1.5923.1.1.1.1",
        };
        let both = json!(["student", "member"]);
        assert_eq!(attributes[affiliation], both, "{known}\n{}", self.log());
        assert!(self.knows().await);
        answer
    }

    /// It lets a program sign in, and knows it then.
    async fn takes_a_program(&self) {
        let asked = ecp::ask(&self.visitor, &self.page("secure")).await;
        let envelope = asked.request.clone().into_bytes();
        let received = Received::from_soap(envelope, Role::Request);
        let request = self.idp().asked_by(&self.metadata, &received);
        let answer = self.idp().answer(&request, &self.metadata);
        let message = self.idp().seal(&answer, &self.metadata);
        let envelope = ecp_envelope(&asked.consumer, &message, true);
        let shown = ecp::bring(&self.visitor, &asked, &envelope).await;
        let shown = self.visitor.follow_on_within(shown).await;
        assert_eq!(shown.status, 200, "{}\n{}", shown.text(), self.log());
        assert_eq!(shown.url.as_str(), self.page("secure"));
        assert_eq!(shown.json()["signed_in"], true, "{}", shown.body);
        self.visitor.clear_cookies();
    }

    /// It takes nothing that another has signed.
    async fn refuses_another_signer(&self) {
        let (asked, relay) = self.ask("secure").await;
        let answer = self.idp().answer(&asked, &self.metadata);
        let other = StandIn::start(free_port()).await;
        let message = other.seal(&answer, &self.metadata);
        let shown = self.bring(&answer, &message, &relay).await;
        // Not every page that says so has another status.
        assert!(!shown.body.contains("name_id"), "{}", shown.text());
        assert!(!self.knows().await);
    }

    /// A logout that begins here goes by the browser, and comes back.
    async fn signs_out_by_redirect(&self, begun: &Response) {
        let departure = self.visitor.follow_within(self.page("logout")).await;
        let asked = self.idp().asked_to_end(&self.metadata, &departure);
        let said = begun.assertion.as_ref().expect("a login");
        assert_eq!(asked.name_id, said.name_id);
        let index = said.authentication.session_index.as_str();
        assert_eq!(asked.session_indexes, [index]);
        let relay = departure.location_parameter("RelayState");
        let (by, slo) = saml_idp::logout_address(&self.metadata);
        assert_eq!(by, binding::REDIRECT);
        let ended = self.idp().ended(&asked, &slo, Status::success());
        let message = ended.write(None).expect("a message");
        let to = Address {
            location: &slo,
            role: Role::Response,
            relay_state: relay.as_deref(),
        };
        let key = Some(&self.idp().rsa);
        let shown = saml_idp::redirect(&self.visitor, to, &message, key).await;
        let shown = self.visitor.follow_on_within(shown).await;
        assert_eq!(shown.url.path(), format!("/{}/session", self.provider));
        let ended = shown.json();
        assert_eq!(ended["signed_in"], false, "{ended}\n{}", self.log());
    }

    /// A logout that begins here goes by SOAP.
    async fn signs_out_by_soap(&self) {
        self.idp().end_by_soap(&self.metadata, Status::success());
        let shown = self.visitor.follow_within(self.page("logout")).await;
        let session = format!("/{}/session", self.provider);
        assert_eq!(
            shown.url.path(),
            session,
            "{}\n{}",
            shown.text(),
            self.log()
        );
        assert_eq!(shown.json()["signed_in"], false);
    }

    /// It ends a session when it is told to, by `way`, at `slo`.
    async fn is_told(&self, begun: &Response, way: &str, slo: &str) {
        let asked = self.idp().logout(begun, slo);
        let key = Some(&self.idp().rsa);
        let signed = asked.write(key, None).expect("a message");
        // Front channels pass through the browser, a back channel does not.
        let shown = match way {
            binding::SOAP => {
                let envelope = clau_saml::binding::envelope(&signed);
                let program = Visitor::new();
                program.post_body(slo, "text/xml", envelope).await
            }
            binding::POST => {
                saml_idp::post(&self.visitor, slo, Role::Request, &signed, Some("a & b")).await
            }
            _ => {
                let to = Address {
                    location: slo,
                    role: Role::Request,
                    relay_state: Some("a & b"),
                };
                let bare = asked.write(None, None).expect("a message");
                saml_idp::redirect(&self.visitor, to, &bare, key).await
            }
        };
        assert!(!self.knows().await, "{way}: {}", self.log());
        let told = self.idp().told(&self.metadata, &shown);
        assert!(told.status.is_success(), "{way}: {told:?}\n{}", self.log());
        assert_eq!(told.in_response_to, asked.header.id);
    }
}

/// How the pages call a given name, where they know short names.
const SHORT: &str = "givenName";
/// How the pages call it where they do not.
const LONG: &str = "urn:oid:2.5.4.42";

#[tokio::test(flavor = "multi_thread")]
async fn shibboleth_is_a_service_provider() {
    let stage = Stage::new(shibboleth::prepare).await;
    let scene = stage.scene("sealed");
    scene.asks_for_more_and_for_less().await;
    let refused = scene.hears_no().await;
    assert!(refused.body.contains("NoPassive"), "{}", refused.text());
    scene.refuses_another_signer().await;
    let begun = scene.takes_a_good_answer("secure", SHORT).await;
    scene.signs_out_by_redirect(&begun).await;
    scene.takes_a_program().await;
    for (way, path) in [
        (binding::REDIRECT, "Shibboleth.sso/SLO/Redirect"),
        (binding::POST, "Shibboleth.sso/SLO/POST"),
    ] {
        let begun = scene.takes_a_good_answer("login", SHORT).await;
        scene.is_told(&begun, way, &scene.page(path)).await;
    }

    let scene = stage.scene("artifact");
    scene.asks_for_more_and_for_less().await;
    scene.refuses_another_signer().await;
    scene.takes_a_good_answer("secure", SHORT).await;
    scene.signs_out_by_soap().await;
    let begun = scene.takes_a_good_answer("login", SHORT).await;
    let slo = scene.page("Shibboleth.sso/SLO/SOAP");
    scene.is_told(&begun, binding::SOAP, &slo).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn mellon_is_a_service_provider() {
    let stage = Stage::new(mellon::prepare).await;
    let scene = stage.scene("sealed");
    let asked = scene.ask("login?passive=1").await.0;
    assert!(asked.is_passive && !asked.force_authn, "{asked:?}");
    assert_eq!(asked.name_id.format.as_deref(), Some(name_id::PERSISTENT));
    assert_eq!(scene.hears_no().await.status, 401);
    scene.refuses_another_signer().await;
    let begun = scene.takes_a_good_answer("secure", SHORT).await;
    scene.signs_out_by_redirect(&begun).await;
    let begun = scene.takes_a_good_answer("login", SHORT).await;
    let slo = scene.page("mellon/logout");
    scene.is_told(&begun, binding::REDIRECT, &slo).await;

    let scene = stage.scene("artifact");
    scene.refuses_another_signer().await;
    let begun = scene.takes_a_good_answer("secure", SHORT).await;
    let slo = scene.page("mellon/logout");
    scene.is_told(&begun, binding::SOAP, &slo).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn simplesamlphp_is_a_service_provider() {
    let stage = Stage::new(simplesamlphp::prepare).await;
    let scene = stage.scene("sealed");
    scene.asks_for_more_and_for_less().await;
    let refused = scene.hears_no().await.json();
    let said = refused["error"]["message"].as_str().expect("a reason");
    assert!(said.contains("NoPassive"), "{refused}");
    scene.refuses_another_signer().await;
    let begun = scene.takes_a_good_answer("secure", LONG).await;
    scene.signs_out_by_redirect(&begun).await;
    let begun = scene.takes_a_good_answer("login", LONG).await;
    let (_, slo) = saml_idp::logout_address(&scene.metadata);
    scene.is_told(&begun, binding::REDIRECT, &slo).await;

    let scene = stage.scene("open");
    scene.refuses_another_signer().await;
    let begun = scene.takes_a_good_answer("secure", LONG).await;
    let (_, slo) = saml_idp::logout_address(&scene.metadata);
    scene.is_told(&begun, binding::POST, &slo).await;
}
