//! It is what its module says, in all three protocols: it answers what it was asked with what it is told to know,
//! ends sessions from either side, and can be stopped, frozen and started again. Without a hub.

use std::time::Duration;

use clau_saml::error::Problem;
use clau_saml::message::Asserted;
use clau_saml::names::{context, name_id};
use openidconnect::core::{
    CoreAuthenticationFlow, CoreClient, CoreGenderClaim, CoreProviderMetadata,
};
use openidconnect::{
    AdditionalClaims, AuthorizationCode, ClientId, ClientSecret, CsrfToken, HttpRequest,
    HttpResponse, IssuerUrl, Nonce, OAuth2TokenResponse as _, PkceCodeChallenge, RedirectUrl,
    Scope, TokenResponse as _, UserInfoClaims,
};
use serde::{Deserialize, Serialize};

use super::*;
use crate::support::browser::Browser;
use crate::support::ca;
use crate::support::endpoint::{Behaviour, Endpoint};
use crate::support::faults::{Fault, Proxy};
use crate::support::process::{eventually, free_port};
use crate::support::saml_relying::{Relying, provider, values};
use crate::support::simplesamlphp_idp::AES_128_CBC;
use crate::support::{form, http};

fn teacher() -> Person {
    Person::new("paul.durand", "un-mot-de-passe-agricole")
        .with("mail", &["paul.durand@lycee-agricole.example"])
        .with("sn", &["Durand"])
        .with("givenName", &["Paul-Émile"])
        .with("cn", &["Paul-Émile Durand"])
        .with("uai", &["0311262T", "0820559Y"])
        .with("profile", &["National_ENS"])
}

/// The claims that no standard knows.
#[derive(Clone, Debug, Deserialize, Serialize)]
struct Own {
    uai: Vec<String>,
    uid: String,
}

impl AdditionalClaims for Own {}

async fn call(request: HttpRequest) -> Result<HttpResponse, reqwest::Error> {
    let response = http::client().execute(request.try_into()?).await?;
    let (status, headers) = (response.status(), response.headers().clone());
    let mut answer = HttpResponse::new(response.bytes().await?.to_vec());
    *answer.status_mut() = status;
    *answer.headers_mut() = headers;
    Ok(answer)
}

/// A visitor of it, and the addresses of a service.
struct Scene {
    portal: Lemonldap,
    visitor: Visitor,
    service: Endpoint,
}

/// What a client learns.
struct Known {
    id_token: String,
    subject: String,
    level: Option<String>,
    email: Option<String>,
    own: Own,
}

impl Scene {
    async fn new(place: Place) -> Self {
        let portal = Lemonldap::start(place, &[teacher()]);
        Self {
            portal,
            visitor: Visitor::new(),
            service: Endpoint::start(Behaviour::Status(200)).await,
        }
    }

    fn client(&self) -> Client {
        Client {
            id: "ent".to_owned(),
            secret: "le-secret-de-l-ent-que-tout-le-monde-connait".to_owned(),
            redirects: vec![self.service.url("/retour")],
            after_logout: vec![self.service.url("/fini")],
            told_of_logout: Some(self.service.url("/oubli")),
            signed_userinfo: true,
        }
    }

    /// Signs in by OpenID Connect, from the question to who it is; the form is filled in if it is shown.
    async fn connect(&self, client: &Client) -> Known {
        let issuer = IssuerUrl::new(self.portal.issuer()).expect("an address");
        let metadata = CoreProviderMetadata::discover_async(issuer, &call)
            .await
            .unwrap_or_else(|error| panic!("{error:?}\n{}", self.portal.log()));
        let redirect = RedirectUrl::new(client.redirects[0].clone()).expect("an address");
        let rp = CoreClient::from_provider_metadata(
            metadata,
            ClientId::new(client.id.clone()),
            Some(ClientSecret::new(client.secret.clone())),
        )
        .set_redirect_uri(redirect);
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let (url, state, nonce) = rp
            .authorize_url(
                CoreAuthenticationFlow::AuthorizationCode,
                CsrfToken::new_random,
                Nonce::new_random,
            )
            .add_scopes(["profile", "email"].map(|scope| Scope::new(scope.to_owned())))
            .set_pkce_challenge(challenge)
            .url();
        let mut page = self.visitor.follow_within(url).await;
        if page.location().is_none() {
            page = self.portal.sign_in(&self.visitor, &page, &teacher()).await;
        }
        let parameter = |name| {
            page.location_parameter(name)
                .unwrap_or_else(|| panic!("{}\n{}", page.text(), self.portal.log()))
        };
        assert_eq!(parameter("state"), *state.secret());
        let tokens = rp
            .exchange_code(AuthorizationCode::new(parameter("code")))
            .expect("an endpoint")
            .set_pkce_verifier(verifier)
            .request_async(&call)
            .await
            .unwrap_or_else(|error| panic!("{error:?}\n{}", self.portal.log()));
        let id_token = tokens.id_token().expect("an ID token");
        let claims = id_token
            .claims(&rp.id_token_verifier(), &nonce)
            .expect("signed, for us, for now");
        let info: UserInfoClaims<Own, CoreGenderClaim> = rp
            .user_info(
                tokens.access_token().clone(),
                Some(claims.subject().clone()),
            )
            .expect("an endpoint")
            .require_signed_response(client.signed_userinfo)
            .require_issuer_match(false)
            .require_audience_match(false)
            .request_async(&call)
            .await
            .unwrap_or_else(|error| panic!("{error:?}\n{}", self.portal.log()));
        Known {
            id_token: id_token.to_string(),
            subject: claims.subject().to_string(),
            level: claims.auth_context_ref().map(|level| level.to_string()),
            email: info.email().map(|email| email.to_string()),
            own: info.additional_claims().clone(),
        }
    }

    /// Where the client sends a browser that leaves.
    fn end(&self, known: &Known) -> String {
        Url::parse_with_params(
            &self.portal.place.url("/oauth2/logout"),
            &[
                ("id_token_hint", known.id_token.clone()),
                ("post_logout_redirect_uri", self.service.url("/fini")),
                ("state", "aller".to_owned()),
            ],
        )
        .expect("an address")
        .into()
    }

    /// Goes to the CAS server for a service and signs in there: the ticket.
    async fn ticket(&self, service: &str) -> String {
        let url = Url::parse_with_params(
            &format!("{}/login", self.portal.cas()),
            &[("service", service)],
        )
        .expect("an address");
        let mut page = self.visitor.follow_within(url).await;
        if page.location().is_none() {
            page = self.portal.sign_in(&self.visitor, &page, &teacher()).await;
        }
        let location = page.location();
        let location = location.unwrap_or_else(|| panic!("{}", page.text()));
        assert!(location.as_str().starts_with(service), "{location}");
        page.location_parameter("ticket").expect("a ticket")
    }

    async fn validated(&self, service: &str, ticket: &str) -> String {
        let url = Url::parse_with_params(
            &format!("{}/p3/serviceValidate", self.portal.cas()),
            &[("service", service), ("ticket", ticket)],
        )
        .expect("an address");
        Visitor::new().get(url).await.body
    }

    async fn ask_by_saml(&self, relying: &Relying) -> (Answer, String) {
        let metadata = Visitor::new().get(self.portal.saml_metadata_url()).await;
        let (url, asked) = relying.ask(&provider(&metadata.body), "aller");
        (self.visitor.follow_within(url).await, asked)
    }

    async fn heard(&self, relying: &Relying, page: &Answer, asked: Option<&str>) -> Asserted {
        let metadata = Visitor::new().get(self.portal.saml_metadata_url()).await;
        relying
            .hear(&provider(&metadata.body), page, asked)
            .unwrap_or_else(|problem| panic!("{problem}\n{}", self.portal.log()))
            .expect("a success")
    }

    async fn is_signed_in(&self) -> bool {
        let page = self.visitor.follow_within(self.portal.portal()).await;
        !page.forms().iter().any(|form| form.has("password"))
    }
}

fn parameter(url: &Url, name: &str) -> Option<String> {
    let mut pairs = url.query_pairs();
    pairs
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.into_owned())
}

fn service(relying: &Relying) -> Service {
    Service {
        metadata: relying.metadata(),
        name_id: Some("persistent"),
        unsolicited: true,
        encrypted: false,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_an_openid_connect_provider() {
    let mut scene = Scene::new(Place::free()).await;
    let client = scene.client();
    scene.portal.register_client(&client);
    let known = scene.connect(&client).await;
    assert_eq!(known.subject, "paul.durand");
    assert_eq!(known.level.as_deref(), Some("loa-2"));
    let mail = "paul.durand@lycee-agricole.example";
    assert_eq!(known.email.as_deref(), Some(mail));
    assert_eq!(known.own.uai, ["0311262T", "0820559Y"]);
    assert_eq!(known.own.uid, "paul.durand");

    // With new keys, and an answer that is not signed, and no new login.
    scene.portal.change_keys();
    let client = Client {
        signed_userinfo: false,
        ..client
    };
    scene.portal.register_client(&client);
    let known = scene.connect(&client).await;
    assert_eq!(known.subject, "paul.durand");

    // The client is told of the logout that it has begun itself, and the browser comes back to it.
    let page = scene.visitor.follow_within(scene.end(&known)).await;
    assert!(!scene.is_signed_in().await);
    let back = scene.portal.go_on(&scene.visitor, &page).await;
    assert_eq!(back.url.as_str(), scene.service.url("/fini?state=aller"));
    let received = scene.service.received();
    let told = received
        .iter()
        .find(|one| one.line.starts_with("GET /oubli?"));
    let told = told.expect("the client is told");
    assert_eq!(told.parameter("iss"), Some(scene.portal.issuer()));
    assert_eq!(told.parameter("sid"), Some(known.subject));

    // One that wants to hear nothing gets the browser at once.
    let client = Client {
        told_of_logout: None,
        ..client
    };
    scene.portal.register_client(&client);
    let known = scene.connect(&client).await;
    let page = scene.visitor.follow_within(scene.end(&known)).await;
    let back = page.location().expect("the browser goes back");
    assert_eq!(back.as_str(), scene.service.url("/fini?state=aller"));
    assert!(!scene.is_signed_in().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_a_cas_server() {
    let mut scene = Scene::new(Place::free()).await;
    let service = scene.service.url("/cas/rp/lycee/callback");
    scene.portal.register_application("ent", &service);
    let ticket = scene.ticket(&service).await;
    let answer = scene.validated(&service, &ticket).await;
    for expected in [
        "<cas:user>paul.durand</cas:user>",
        "<cas:uai>0311262T</cas:uai>",
        "<cas:uai>0820559Y</cas:uai>",
        "<cas:givenName>Paul-Émile</cas:givenName>",
    ] {
        assert!(answer.contains(expected), "{answer}");
    }
    let again = scene.validated(&service, &ticket).await;
    assert!(again.contains("INVALID_TICKET"), "{again}");
    // Nobody else gets a ticket.
    let stranger = "https://localhost:1/ailleurs";
    let login = format!("{}/login?service={stranger}", scene.portal.cas());
    let page = scene.visitor.follow_within(login).await;
    assert!(page.location().is_none(), "{:?}", page.location());

    // The service is told of the logout by a call that names the ticket.
    assert!(scene.is_signed_in().await);
    let ticket = scene.ticket(&service).await;
    scene.validated(&service, &ticket).await;
    scene.visitor.follow_within(scene.portal.logout()).await;
    assert!(!scene.is_signed_in().await);
    let received = scene.service.received();
    let told = received.iter().find_map(|one| one.field("logoutRequest"));
    let told = told.unwrap_or_else(|| panic!("{received:?}\n{}", scene.portal.log()));
    assert!(told.contains(&ticket), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_a_saml_identity_provider() {
    let mut scene = Scene::new(Place::free()).await;
    let relying = Relying::new(free_port());
    scene.portal.register_service("ent", &service(&relying));
    let (form, asked) = scene.ask_by_saml(&relying).await;
    let page = scene
        .portal
        .sign_in(&scene.visitor, &form, &teacher())
        .await;
    let relay = page.form_with("SAMLResponse");
    assert_eq!(relay.value("RelayState"), Some("aller"));
    let who = scene.heard(&relying, &page, Some(&asked)).await;
    assert_eq!(who.name_id.value, "paul.durand");
    assert_eq!(who.name_id.format, name_id::PERSISTENT);
    assert_eq!(who.context, context::PASSWORD);
    assert_eq!(values(&who, "uai"), ["0311262T", "0820559Y"]);
    assert_eq!(values(&who, "givenName"), ["Paul-Émile"]);

    // Entered from its own side.
    let entrance = scene
        .portal
        .unsolicited(&relying.entity_id(), Some("tuile"));
    let page = scene.visitor.follow_within(entrance).await;
    let who = scene.heard(&relying, &page, None).await;
    assert_eq!(values(&who, "profile"), ["National_ENS"]);

    // The service ends the session.
    let metadata = Visitor::new().get(scene.portal.saml_metadata_url()).await;
    let known = provider(&metadata.body);
    let (url, asked) = relying.end(&known, &who);
    let back = scene.visitor.follow_within(url).await;
    let ended = relying.ended(&known, &back);
    assert_eq!(ended.in_response_to, asked);
    assert!(ended.status.is_success(), "{:?}", ended.status);
    assert!(!scene.is_signed_in().await);

    // It ends the session, and sends the browser or a frame of its page to the service.
    let (form, asked) = scene.ask_by_saml(&relying).await;
    let page = scene
        .portal
        .sign_in(&scene.visitor, &form, &teacher())
        .await;
    let who = scene.heard(&relying, &page, Some(&asked)).await;
    let departure = scene.visitor.follow_within(scene.portal.logout()).await;
    let frames = form::frames(&departure.body, &departure.url);
    let [frame] = frames.as_slice() else {
        panic!("{}", departure.body);
    };
    assert!(frame.as_str().starts_with(&relying.slo()), "{frame}");
    assert!(!scene.is_signed_in().await);
    let told = relying.told(&known, frame);
    assert_eq!(told.name_id, who.name_id);
    let relay_state = parameter(frame, "RelayState");
    let answer = relying.obey(&known, &told, relay_state.as_deref());
    let shown = scene.visitor.get(answer).await;
    // It shows a picture in the frame: that service has heard.
    let shown = shown.location().expect("a picture");
    assert!(shown.path().ends_with("/ok.png"), "{shown}");

    // What it encrypts, nobody here opens (SIG-10).
    let sealed = Service {
        encrypted: true,
        ..service(&relying)
    };
    scene.portal.register_service("ent", &sealed);
    let (form, asked) = scene.ask_by_saml(&relying).await;
    let page = scene
        .portal
        .sign_in(&scene.visitor, &form, &teacher())
        .await;
    let problem = relying.hear(&known, &page, Some(&asked)).unwrap_err();
    assert_eq!(problem, Problem::Encryption);
    let message = relying.text_of(&page);
    assert!(message.contains(AES_128_CBC), "{message}");
}

#[tokio::test(flavor = "multi_thread")]
async fn people_are_who_it_is_told_and_prove_it() {
    let scene = Scene::new(Place::free()).await;
    let page = scene.visitor.follow_within(scene.portal.portal()).await;
    let wrong = Person::new("paul.durand", "faux");
    let page = scene.portal.sign_in(&scene.visitor, &page, &wrong).await;
    assert!(page.form_with("user").has("password"));
    let page = scene
        .portal
        .sign_in(&scene.visitor, &page, &teacher())
        .await;
    assert!(page.forms().iter().all(|form| !form.has("password")));
    assert!(scene.is_signed_in().await);
    scene.visitor.clear_cookies();
    let newcomer = Person::new("n.ouvelle", "un-autre").with("mail", &["n@lycee.example"]);
    scene.portal.know(std::slice::from_ref(&newcomer));
    let page = scene.visitor.follow_within(scene.portal.portal()).await;
    let page = scene
        .portal
        .sign_in(&scene.visitor, &page, &teacher())
        .await;
    scene.portal.sign_in(&scene.visitor, &page, &newcomer).await;
    assert!(scene.is_signed_in().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn it_stops_freezes_and_starts_again_behind_a_proxy() {
    let public = free_port();
    let place = Place::behind(public);
    let proxy = Proxy::start(public, place.port).await;
    let mut scene = Scene::new(place).await;
    let client = scene.client();
    scene.portal.register_client(&client);
    scene.connect(&client).await;
    let patience = Duration::from_millis(500);
    let url = format!("https://localhost:{}/", place.port);
    let ask = || http::client().get(&url).timeout(patience).send();
    scene.portal.running().pause();
    assert!(ask().await.unwrap_err().is_timeout());
    scene.portal.running().resume();
    let answers = async || {
        ask()
            .await
            .ok()
            .filter(|answer| answer.status().is_success())
    };
    eventually("it answers again", Duration::from_secs(20), answers).await;
    scene.portal.running().stop();
    assert!(ask().await.unwrap_err().is_connect());
    scene.portal.running().restart();
    assert!(scene.is_signed_in().await);
    let known = scene.connect(&client).await;
    assert_eq!(known.subject, "paul.durand");
    proxy.tell(Fault::Refuse).await;
    let answer = scene.visitor.try_get(scene.portal.portal()).await;
    assert!(answer.unwrap_err().is_connect());
}

#[tokio::test(flavor = "multi_thread")]
async fn chromium_signs_in() {
    let mut scene = Scene::new(Place::free()).await;
    let back = scene.service.url("/cas/rp/lycee/callback");
    scene.portal.register_application("ent", &back);
    let browser = Browser::start().await;
    let login = format!("{}/login?service={back}", scene.portal.cas());
    browser.open(login).await;
    browser.fill(LOGIN, &teacher().login).await;
    browser.fill(PASSWORD, &teacher().password).await;
    browser.click(SUBMIT).await;
    let arrived = |address: &str| address.starts_with(&back) && address.contains("ticket=ST-");
    browser.wait_for_address("the service", arrived).await;
    // It stays signed in: its cookies were kept.
    browser.open(scene.portal.portal()).await;
    assert!(!browser.has(PASSWORD).await);
    let acs_port = free_port();
    let service_end =
        Endpoint::certified_by(ca::authority(), acs_port, Behaviour::Status(200)).await;
    let relying = Relying::new(acs_port);
    scene.portal.register_service("saml", &service(&relying));
    let metadata = Visitor::new().get(scene.portal.saml_metadata_url()).await;
    let (url, _) = relying.ask(&provider(&metadata.body), "aller");
    browser.open(url).await;
    browser
        .wait_for_address("the service", |address| address == relying.acs())
        .await;
    let received = service_end.received();
    assert!(
        received
            .iter()
            .any(|one| one.field("SAMLResponse").is_some())
    );
    // Its policy lets the frame be loaded in which the service is told of a logout.
    browser.open(scene.portal.logout()).await;
    let told = || {
        let received = service_end.received();
        received
            .into_iter()
            .find(|one| one.line.contains("/slo?SAMLRequest="))
    };
    eventually("the service is told", Duration::from_secs(20), async || {
        told()
    })
    .await;
    browser.click(CONTINUE).await;
    browser.wait_for_text("Vous avez été déconnecté").await;
    browser.close().await;
}
