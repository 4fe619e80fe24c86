//! A client at the hub's address, made of HTTP alone, and a provider that knows it.

use clau_oidc::jose::{Algorithm, Claims, JwkSet, VerifyingKey, object};
use serde_json::{Value, json};
use url::Url;

use crate::support::ca::{self, TlsFiles};
use crate::support::endpoint::{Behaviour, Endpoint};
use crate::support::http::{Answer, Visitor};
use crate::support::process::Scratch;
use crate::upstreams::arguments::Arguments;
use crate::upstreams::oidc::Registration;
use crate::upstreams::oidc::gate::Gate;
use crate::upstreams::oidc::manner::Manner;
use crate::upstreams::people::Region;
use crate::upstreams::testing;

pub(super) const CLIENT: &str = "the-hub";
pub(super) const SECRET: &str = "a-secret-of-the-hub-alone";
pub(super) const NONCE: &str = "a-nonce-of-22-characters-or-more";

/// A provider, and the hub that it knows.
pub(super) struct Party {
    pub(super) manner: &'static Manner,
    pub(super) arguments: Arguments,
    pub(super) issuer: String,
    pub(super) visitor: Visitor,
    hub: Endpoint,
    _files: Scratch,
}

/// How the hub proves itself.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Proof {
    Secret,
    Key,
}

impl Party {
    pub(super) async fn start(manner: &'static Manner, proof: Proof) -> Self {
        let files = Scratch::new(manner.id);
        let tls: TlsFiles = ca::authority().localhost_files(&files);
        let hub = Endpoint::start(Behaviour::Status(503)).await;
        let base = Url::parse(&hub.url("/")).unwrap();
        let arguments = testing::secured(manner.id, &base, &tls);
        let secret = files.write("secret", SECRET);
        let registration = Registration {
            client_id: CLIENT.to_owned(),
            client_secret_file: (proof == Proof::Secret).then_some(secret),
        };
        let region = Region::demo(1).unwrap();
        let gate = Gate::new(manner, &arguments, &registration, &region).unwrap();
        let (router, own) = (gate.router(), arguments.clone());
        tokio::spawn(async move { own.serve(router).await });
        crate::services::testing::listening(&arguments.base).await;
        Self {
            manner,
            issuer: arguments.address("api/v2"),
            visitor: Visitor::new(),
            arguments,
            hub,
            _files: files,
        }
    }

    /// Publishes the hub's keys.
    pub(super) fn publish(&self, keys: &[Value]) {
        let set = json!({ "keys": keys });
        self.hub.behave(Behaviour::Body(set.to_string()));
    }

    pub(super) fn callback(&self) -> String {
        self.at_hub("callback")
    }

    pub(super) fn at_hub(&self, name: &str) -> String {
        let path = format!("oidc/rp/{}/{name}", self.manner.id);
        self.arguments.at_hub(&path)
    }

    /// The parameters of a good request.
    pub(super) fn good(&self) -> Vec<(&'static str, String)> {
        let scope = match self.manner.id {
            "proconnect" => "openid given_name usual_name email uid siret idp_id",
            _ => "openid identite_pivot email",
        };
        vec![
            ("client_id", CLIENT.to_owned()),
            ("redirect_uri", self.callback()),
            ("response_type", "code".to_owned()),
            ("scope", scope.to_owned()),
            ("state", "the-state".to_owned()),
            ("nonce", NONCE.to_owned()),
            ("acr_values", self.manner.levels.here[0].to_owned()),
        ]
    }

    /// A good request with other values, or, where the value is none, without a parameter.
    pub(super) fn request(&self, changes: &[(&'static str, Option<&str>)]) -> String {
        let mut parameters = self.good();
        for (name, value) in changes {
            parameters.retain(|(known, _)| known != name);
            parameters.extend(value.map(|value| (*name, value.to_owned())));
        }
        let address = format!("{}/authorize", self.issuer);
        Url::parse_with_params(&address, &parameters)
            .unwrap()
            .into()
    }

    /// Asks, with changes.
    pub(super) async fn ask(&self, changes: &[(&'static str, Option<&str>)]) -> Answer {
        self.visitor.follow_within(self.request(changes)).await
    }

    /// Asks, chooses whoever shows this, and gives the way back to the hub.
    pub(super) async fn log_in(
        &self,
        changes: &[(&'static str, Option<&str>)],
        about: &str,
    ) -> Url {
        let page = self.ask(changes).await;
        self.choose(&page, about).await
    }

    pub(super) async fn choose(&self, page: &Answer, about: &str) -> Url {
        assert!(page.body.contains("Simulateur"), "{}", page.body);
        let people = (self.manner.people)(&Region::demo(1).unwrap()).unwrap();
        let mut people = people.into_iter();
        let person = people.find(|person| person.about.contains(about)).unwrap();
        let form = page.form_with("demande").with("personne", &person.id);
        let back = self
            .visitor
            .submit(&form)
            .await
            .location()
            .expect("to the hub");
        assert!(back.as_str().starts_with(&self.callback()), "{back}");
        back
    }

    /// Asks for tokens with good fields, and others.
    pub(super) async fn redeem(
        &self,
        code: &str,
        changes: &[(&'static str, Option<&str>)],
    ) -> Answer {
        let callback = self.callback();
        let mut fields = vec![
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", callback.as_str()),
            ("client_id", CLIENT),
            ("client_secret", SECRET),
        ];
        for (name, value) in changes {
            fields.retain(|(known, _)| known != name);
            fields.extend(value.map(|value| (*name, value)));
        }
        let address = format!("{}/token", self.issuer);
        Visitor::new().post(address, &fields, &[]).await
    }

    /// Who an access token is of, as it is answered.
    pub(super) async fn who(&self, token: &str) -> Answer {
        let bearer = format!("Bearer {token}");
        let headers = [(reqwest::header::AUTHORIZATION, bearer.as_str())];
        let address = format!("{}/userinfo", self.issuer);
        Visitor::new().get_with(address, &headers).await
    }

    /// The claims of a token that the provider has signed.
    pub(super) async fn verified(&self, token: &str) -> Claims {
        let document = Visitor::new().get(format!("{}/jwks", self.issuer)).await;
        let set = JwkSet::parse(document.body.as_bytes()).unwrap();
        let keys = VerifyingKey::from_set(&set, Algorithm::Es256);
        clau_oidc::jose::verify_of_provider(token, clau_oidc::jose::Typ::IdToken, &keys)
            .unwrap()
            .into_claims()
    }
}

/// A parameter of an address.
pub(super) fn parameter(address: &Url, name: &str) -> Option<String> {
    let mut pairs = address.query_pairs();
    pairs
        .find(|(known, _)| known == name)
        .map(|(_, value)| value.into_owned())
}

/// The header of a token.
pub(super) fn header(token: &str) -> serde_json::Map<String, Value> {
    use base64::Engine as _;
    let first = token.split('.').next().unwrap();
    let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(first);
    object(&bytes.unwrap()).unwrap()
}
