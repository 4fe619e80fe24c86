//! The counterparts are what they say: they sign what they ask, take good answers with all that is in them,
//! and refuse others. Without a hub.

use clau_saml::binding::{Address, Role};
use clau_saml::message::{AuthnRequest, Comparison, Response, Sealing, Status, StatusCode};
use clau_saml::names::{binding, context, name_id};
use serde_json::{Value, json};

use super::*;
use crate::support::http::{Answer, Visitor};
use crate::support::process::free_port;
use crate::support::saml_idp::{self, StandIn};
use crate::support::{node_saml, pysaml2, python3_saml, saml_check};

/// One service provider of an application, with a visitor.
struct Scene<'a> {
    idp: &'a StandIn,
    application: &'a Application,
    provider: &'static str,
    metadata: String,
    visitor: Visitor,
}

/// An application, and the stand-in that it knows as its hub.
struct Stage {
    idp: StandIn,
    application: Application,
    metadata: BTreeMap<&'static str, String>,
}

impl Stage {
    async fn new(prepare: fn(u16) -> Prepared, providers: &[&'static str]) -> Self {
        let hub_port = free_port();
        let prepared = prepare(free_port());
        let metadata: BTreeMap<&'static str, String> = providers
            .iter()
            .map(|provider| (*provider, prepared.metadata(provider).to_owned()))
            .collect();
        for (provider, metadata) in &metadata {
            assert!(
                metadata.contains(&prepared.entity_id(provider)),
                "{metadata}"
            );
            saml_check::validate(metadata).unwrap_or_else(|error| panic!("{error}\n{metadata}"));
            // So that a hub takes no other.
            assert!(
                metadata.contains("AuthnRequestsSigned=\"true\""),
                "{metadata}"
            );
        }
        let idp = StandIn::start(hub_port).await;
        // Reading the hub's metadata is its first act; the stand-in answers on another thread meanwhile.
        let application = tokio::task::spawn_blocking(move || prepared.start(hub_port))
            .await
            .expect("it starts");
        Self {
            idp,
            application,
            metadata,
        }
    }

    fn scene(&self, provider: &'static str) -> Scene<'_> {
        Scene {
            idp: &self.idp,
            application: &self.application,
            provider,
            metadata: self.metadata[provider].clone(),
            visitor: Visitor::new(),
        }
    }
}

impl Scene<'_> {
    fn page(&self, page: &str) -> String {
        self.application.page(self.provider, page)
    }

    async fn ask(&self, how: &str) -> AuthnRequest {
        let departure = self.visitor.get(self.page(&format!("login?{how}"))).await;
        self.idp.asked(&self.metadata, &departure)
    }

    async fn bring(&self, message: &str, relay: Option<&str>) -> Answer {
        let acs = self.page("acs");
        saml_idp::post(&self.visitor, &acs, Role::Response, message, relay).await
    }

    async fn knows(&self) -> bool {
        let known = self.visitor.get(self.page("session")).await.json();
        known["signed_in"] == true
    }

    async fn log_in(&self) -> (Response, Value) {
        let asked = self.ask("relay=aller-1").await;
        let answer = self.idp.answer(&asked, &self.metadata);
        let message = self.idp.seal(&answer, &self.metadata);
        let shown = self.bring(&message, Some("aller-1")).await;
        assert_eq!(
            shown.status,
            200,
            "{}\n{}",
            shown.body,
            self.application.log()
        );
        (answer, shown.json())
    }

    /// What it asks is what it was told to ask.
    async fn asks_what_it_should(&self) {
        let plain = self.ask("").await;
        assert!(!plain.force_authn && !plain.is_passive, "{plain:?}");
        assert_eq!(plain.context, None, "{plain:?}");
        let asked = self.ask("force=1&nameid=persistent").await;
        assert!(asked.force_authn && !asked.is_passive, "{asked:?}");
        assert_eq!(asked.name_id.format.as_deref(), Some(name_id::PERSISTENT));
        let class = context::PASSWORD;
        let how = format!("passive=1&nameid=emailAddress&context={class}&comparison=better");
        let asked = self.ask(&how).await;
        assert!(asked.is_passive && !asked.force_authn, "{asked:?}");
        assert_eq!(asked.name_id.format.as_deref(), Some(name_id::EMAIL));
        let wanted = asked.context.expect("a context");
        assert_eq!(wanted.comparison, Comparison::Better);
        assert_eq!(wanted.classes, [class]);
    }

    /// By form it asks the same.
    async fn asks_by_form(&self) {
        let departure = self
            .visitor
            .get(self.page("login?binding=post&force=1&relay=a"))
            .await;
        let form = departure.form_with("SAMLRequest");
        assert_eq!(form.value("RelayState"), Some("a"), "{}", departure.body);
        assert!(self.idp.asked(&self.metadata, &departure).force_authn);
    }

    /// It takes an answer that the other of the two keys has signed.
    async fn takes_an_elliptic_signature(&self) {
        let asked = self.ask("").await;
        let answer = self.idp.answer(&asked, &self.metadata);
        let recipient = saml_idp::recipient(&self.metadata);
        let sealing = Sealing {
            encrypted_for: recipient.as_ref(),
            ..Sealing::signed(&self.idp.ec)
        };
        let message = answer.write(&sealing).expect("an answer");
        let shown = self.bring(&message, None).await;
        assert_eq!(
            shown.status,
            200,
            "{}\n{}",
            shown.body,
            self.application.log()
        );
    }

    /// It takes a good answer with all that is in it, and no other.
    async fn takes_what_it_should(&self) {
        let (answer, known) = self.log_in().await;
        let said = answer.assertion.expect("a login");
        assert_eq!(
            known["name_id"],
            json!({
                "value": said.name_id.value,
                "format": said.name_id.format,
                "name_qualifier": said.name_id.name_qualifier,
                "sp_name_qualifier": said.name_id.sp_name_qualifier,
            })
        );
        assert_eq!(
            known["attributes"],
            json!({
                "urn:oid:2.5.4.42": ["Léa <&>"],
                "urn:oid:1.3.6.1.4.1.5923.1.1.1.1": ["student", "member"],
            })
        );
        assert_eq!(known["session_index"], said.authentication.session_index);
        assert_eq!(known["authn_context"], said.authentication.context);
        let instant = said.authentication.at.rfc3339();
        assert_eq!(known["authn_instant"], instant, "{known}");
        assert_eq!(known["in_response_to"], answer.in_response_to.unwrap());
        assert_eq!(known["relay_state"], "aller-1", "{known}");
        let encrypts = saml_idp::recipient(&self.metadata).is_some();
        assert_eq!(known["encrypted"], encrypts, "{known}");
        assert!(self.knows().await);
    }

    async fn refuses(&self, message: &str, why: &str) {
        self.visitor.clear_cookies();
        let shown = self.bring(message, Some("")).await;
        assert_eq!(shown.status, 403, "{why}: {}", shown.body);
        assert_eq!(shown.json()["signed_in"], false, "{why}");
        assert!(!self.knows().await, "{why}");
    }

    async fn refuses_what_it_should(&self) {
        let recipient = saml_idp::recipient(&self.metadata);
        let sealing = |response, assertion| Sealing {
            response,
            assertion,
            encrypted_for: recipient.as_ref(),
            ..Sealing::signed(&self.idp.rsa)
        };
        // The answer alone or the assertion alone is signed.
        for (response, assertion) in [(true, false), (false, true)] {
            let asked = self.ask("").await;
            let answer = self.idp.answer(&asked, &self.metadata);
            let message = answer
                .write(&sealing(response, assertion))
                .expect("an answer");
            self.refuses(&message, "half of it is signed").await;
        }
        let asked = self.ask("").await;
        let answer = self.idp.answer(&asked, &self.metadata);
        let message = self.idp.seal(&answer, &self.metadata);
        let changed = message.replacen("status:Success", "status:Success\" Unsigned=\"1", 1);
        assert_ne!(changed, message);
        let acs = self.page("acs");
        let fields = [("SAMLResponse", base64(&changed))];
        let fields = fields
            .each_ref()
            .map(|(name, value)| (*name, value.as_str()));
        let shown = self.visitor.post(&acs, &fields, &[]).await;
        assert_eq!(shown.status, 403, "{}", shown.body);
        // Nobody asked.
        let asked = self.ask("").await;
        let mut unasked = self.idp.answer(&asked, &self.metadata);
        unasked.in_response_to = Some("_anders".to_owned());
        let message = self.idp.seal(&unasked, &self.metadata);
        self.refuses(&message, "it answers another request").await;
        // Another key of the same kind.
        let asked = self.ask("").await;
        let answer = self.idp.answer(&asked, &self.metadata);
        let other = StandIn::start(free_port()).await;
        let message = other.seal(&answer, &self.metadata);
        self.refuses(&message, "another has signed it").await;
    }

    async fn hears_no(&self) {
        let asked = self.ask("passive=1").await;
        let status = Status::responder(StatusCode::NoPassive, "nobody is here");
        let refusal = self.idp.refusal(&asked, &self.metadata, status);
        let message = self.idp.seal(&refusal, &self.metadata);
        let shown = self.bring(&message, None).await;
        assert_eq!(shown.status, 403, "{}", shown.body);
        let codes = json!(["Responder", "NoPassive"]);
        assert_eq!(shown.json()["status"], codes, "{}", shown.body);
    }

    /// A logout that begins here, and one that begins at the identity provider, by each way that it takes.
    async fn logs_out(&self) {
        let (begun, _) = self.log_in().await;
        let departure = self.visitor.get(self.page("logout?relay=retour-1")).await;
        let asked = self.idp.asked_to_end(&self.metadata, &departure);
        let said = begun.assertion.as_ref().expect("a login");
        assert_eq!(asked.name_id, said.name_id);
        assert_eq!(
            asked.session_indexes,
            [said.authentication.session_index.as_str()]
        );
        assert!(!self.knows().await);
        let relay = departure.location_parameter("RelayState");
        let (by, slo) = saml_idp::logout_address(&self.metadata);
        if by == binding::SOAP {
            return;
        }
        let ended = self.idp.ended(&asked, &slo, Status::success());
        let shown = if by == binding::POST {
            let message = ended.write(Some(&self.idp.rsa)).expect("a message");
            saml_idp::post(
                &self.visitor,
                &slo,
                Role::Response,
                &message,
                relay.as_deref(),
            )
            .await
        } else {
            let message = ended.write(None).expect("a message");
            let to = Address {
                location: &slo,
                role: Role::Response,
                relay_state: relay.as_deref(),
            };
            let unsigned = saml_idp::redirect(&self.visitor, to, &message, None).await;
            assert_eq!(unsigned.status, 403, "{}", unsigned.body);
            saml_idp::redirect(&self.visitor, to, &message, Some(&self.idp.rsa)).await
        };
        assert_eq!(
            shown.status,
            200,
            "{}\n{}",
            shown.body,
            self.application.log()
        );
        assert_eq!(shown.json()["logout"], json!(["Success"]), "{}", shown.body);
    }

    async fn is_told_by(&self, by: &str) {
        let (begun, _) = self.log_in().await;
        let slo = self.page(if by == binding::SOAP { "soap" } else { "slo" });
        let asked = self.idp.logout(&begun, &slo);
        // Front channels pass through the browser, a back channel does not.
        let elsewhere = Visitor::new();
        let key = Some(&self.idp.rsa);
        for key in [None, key] {
            let inside = asked.write(key, None).expect("a message");
            let shown = match by {
                binding::POST => {
                    saml_idp::post(&self.visitor, &slo, Role::Request, &inside, None).await
                }
                binding::SOAP => {
                    let envelope = clau_saml::binding::envelope(&inside);
                    saml_check::validate(&envelope).expect("an envelope");
                    elsewhere.post_body(&slo, "text/xml", envelope).await
                }
                _ => {
                    let bare = asked.write(None, None).expect("a message");
                    let to = Address {
                        location: &slo,
                        role: Role::Request,
                        relay_state: Some("zurück & fort"),
                    };
                    saml_idp::redirect(&self.visitor, to, &bare, key).await
                }
            };
            if key.is_none() {
                assert_eq!(shown.status, 403, "{by}: {}", shown.body);
                assert!(self.knows().await, "{by}");
                continue;
            }
            assert!(!self.knows().await, "{by}: {}", self.application.log());
            let told = self.idp.told(&self.metadata, &shown);
            assert!(told.status.is_success(), "{by}: {told:?}");
            assert_eq!(told.in_response_to, asked.header.id);
        }
    }
}

fn base64(text: &str) -> String {
    use ::base64::Engine as _;
    ::base64::engine::general_purpose::STANDARD.encode(text)
}

/// What every one of them does.
async fn prove(scene: &Scene<'_>, told: &[&str]) {
    scene.asks_what_it_should().await;
    scene.takes_what_it_should().await;
    scene.refuses_what_it_should().await;
    scene.hears_no().await;
    scene.logs_out().await;
    for by in told {
        scene.is_told_by(by).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pysaml2_is_a_service_provider() {
    let stage = Stage::new(pysaml2::prepare, &["sealed", "soap"]).await;
    let front: &[&str] = &[binding::REDIRECT, binding::POST];
    for (provider, told) in [("sealed", front), ("soap", &[binding::SOAP])] {
        let scene = stage.scene(provider);
        prove(&scene, told).await;
        scene.asks_by_form().await;
        scene.takes_an_elliptic_signature().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn python3_saml_is_a_service_provider() {
    let stage = Stage::new(python3_saml::prepare, &["open", "sealed", "name"]).await;
    for provider in ["open", "sealed"] {
        let scene = stage.scene(provider);
        prove(&scene, &[binding::REDIRECT]).await;
        scene.takes_an_elliptic_signature().await;
    }

    let scene = stage.scene("name");
    let asked = scene.ask("").await;
    assert_eq!(asked.name_id.format.as_deref(), Some(name_id::ENCRYPTED));
    let answer = scene.idp.answer(&asked, &scene.metadata);
    let recipient = saml_idp::recipient(&scene.metadata);
    let sealing = Sealing {
        name_encrypted_for: recipient.as_ref(),
        ..Sealing::signed(&scene.idp.rsa)
    };
    let message = answer.write(&sealing).expect("an answer");
    let shown = scene.bring(&message, None).await;
    assert_eq!(
        shown.status,
        200,
        "{}\n{}",
        shown.body,
        scene.application.log()
    );
    let known = shown.json();
    assert_eq!(known["name_encrypted"], true, "{known}");
    assert_eq!(known["encrypted"], false, "{known}");
    let name = answer.assertion.expect("a login").name_id.value;
    assert_eq!(known["name_id"]["value"], name, "{known}");
    // Everything else would do, and the name is plain.
    let asked = scene.ask("").await;
    let answer = scene.idp.answer(&asked, &scene.metadata);
    let plain = answer
        .write(&Sealing::signed(&scene.idp.rsa))
        .expect("an answer");
    scene.refuses(&plain, "its name is not encrypted").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn node_saml_is_a_service_provider() {
    let stage = Stage::new(node_saml::prepare, &["open", "sealed"]).await;
    for provider in ["open", "sealed"] {
        let scene = stage.scene(provider);
        prove(&scene, &[binding::POST]).await;
        scene.asks_by_form().await;
    }
}
