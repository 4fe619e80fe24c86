//! SAML through the whole router: statuses, headers, forms and faults of `/saml/…`. What the use cases decide
//! is proven beside them; here is what travels over HTTP.

mod browsers;
mod logout;
mod programs;

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::body::Body;
use clau_saml::binding::{Address, Form as Carried, Received, Role};
use clau_saml::key::{KeyKind, SigningKey, Subject};
use clau_saml::message::{AcsChoice, Asserted, AuthnRequest, Expected, Header, NameIdPolicy};
use clau_saml::metadata::{Document, IdentityProvider, Trust};
use clau_saml::names::binding;
use http::header::CONTENT_TYPE;
use http::{Method, StatusCode};
use tokio::sync::OnceCell;

use super::scene::{Answer, Browser, Form, Scene};

const IDP: &str = "https://ent.example/saml/metadata";
const SSO: &str = "https://ent.example/saml/sso";
const SLO: &str = "https://ent.example/saml/slo";
/// A secret of a message, which no page and no log may show.
const CANARY: &str = "canari-saml-0123456789abcdef";

/// What the services sign by.
static KEY: LazyLock<SigningKey> = LazyLock::new(|| {
    let subject = Subject {
        name: "service.example",
        year: 2026,
        serial: [7; 16],
    };
    SigningKey::generate(KeyKind::P256, subject).expect("a key")
});

/// The metadata of a service: its name is its host, and it is told of logouts by `logout`.
fn metadata(host: &str, logout: &str) -> String {
    let acs = [
        (binding::POST, "acs"),
        (binding::ARTIFACT, "artifact"),
        (binding::PAOS, "ecp"),
    ];
    let acs = (0..).zip(acs).map(|(index, (by, path))| {
        format!("<md:AssertionConsumerService index=\"{index}\" Binding=\"{by}\" Location=\"https://{host}/{path}\"/>")
    });
    format!(
        "<md:EntityDescriptor xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\" \
         xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\" entityID=\"https://{host}/sp\">\
         <md:SPSSODescriptor protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\">\
         <md:KeyDescriptor use=\"signing\"><ds:KeyInfo><ds:X509Data><ds:X509Certificate>{}\
         </ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>\
         <md:SingleLogoutService Binding=\"{logout}\" Location=\"https://{host}/slo\"/>{}\
         </md:SPSSODescriptor></md:EntityDescriptor>",
        KEY.certificate().base64(),
        acs.collect::<String>()
    )
}

fn file(id: &str, name: &str, more: &str, logout: &str) -> String {
    let metadata = metadata(&format!("{id}.example"), logout);
    format!(
        "[[service]]\nid = \"{id}\"\nname = '''{name}'''\naccess = [{{ profiles = [\"National_ENS\"] }}]\n\
         [service.saml]\n{more}\nmetadata = '''{metadata}'''\n"
    )
}

/// The region with its services, and with keys: those of RSA take their time to be made.
async fn scene() -> Scene {
    static MADE: OnceCell<Vec<u8>> = OnceCell::const_new();
    let made = MADE
        .get_or_init(async || {
            let scene = Scene::new().await;
            scene.hub.tend_keys(&scene.cx()).await.expect("keys");
            let open = "idp_initiated = true\necp = true";
            let files = [
                file("cantine", "Cantine", "", binding::REDIRECT),
                file("agenda", "Agenda", open, binding::POST),
                file(
                    "hostile",
                    "</form><script>alert('x')</script>",
                    "",
                    binding::REDIRECT,
                ),
            ];
            scene.apply(&files.concat()).await;
            scene.into_file().await
        })
        .await;
    Scene::from_file(made).await
}

fn header(scene: &Scene, id: &str, destination: &str) -> Header {
    static NUMBER: AtomicU64 = AtomicU64::new(1);
    Header {
        id: format!("_r{}", NUMBER.fetch_add(1, Ordering::Relaxed)),
        instant: scene.cx().now,
        destination: Some(destination.to_owned()),
        issuer: format!("https://{id}.example/sp"),
    }
}

fn request(scene: &Scene, id: &str) -> AuthnRequest {
    AuthnRequest {
        header: header(scene, id, SSO),
        force_authn: false,
        is_passive: false,
        acs: AcsChoice::Default { binding: None },
        attributes: None,
        name_id: NameIdPolicy::default(),
        context: None,
        scoping: None,
    }
}

/// Where a browser is sent with a message, as a path of the hub.
fn path(location: &str, role: Role, xml: &str, key: Option<&SigningKey>) -> String {
    let to = Address {
        location,
        role,
        relay_state: Some("a b&\"<c>"),
    };
    let address = to.with(xml, key).expect("an address");
    let path = address.strip_prefix("https://ent.example");
    path.expect("the hub's").to_owned()
}

/// Where a browser is sent with a request.
fn asks(request: &AuthnRequest) -> String {
    path(
        SSO,
        Role::Request,
        &request.write(None).expect("a request"),
        None,
    )
}

/// The same as a form of the service's page.
fn form(action: &str, role: Role, xml: &str) -> Form {
    let carried = Carried::new("", role, xml, Some("s"));
    let own = |(name, value): (&str, String)| (name.to_owned(), value);
    Form {
        action: action.to_owned(),
        fields: carried.fields.into_iter().map(own).collect(),
    }
}

/// What a program posts.
async fn post(scene: &Scene, program: &Browser, path: &str, body: String) -> Answer {
    let request = program
        .request(Method::POST, path)
        .header(CONTENT_TYPE, "text/xml; charset=utf-8")
        .body(Body::from(body))
        .expect("a request");
    scene.send(request).await
}

/// What a service makes of the form that a page of the hub sends it.
async fn read(scene: &Scene, page: &Answer, asked: &AuthnRequest) -> Asserted {
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    let host = asked.header.issuer.strip_suffix("/sp").expect("a name");
    let acs = format!("{host}/acs");
    let form = page.form(&acs);
    let idp = provider(scene).await;
    let received = Received::from_form(&form.fields).expect("a message");
    let opened = received.open().expect("XML");
    let authentic = opened.authenticate(&idp.keys.signing).expect("signed");
    let expected = Expected {
        issuer: IDP,
        keys: &idp.keys.signing,
        audience: &asked.header.issuer,
        recipient: &acs,
        in_response_to: Some(&asked.header.id),
        decryption: &[],
        now: scene.cx().now,
    };
    let asserted = Asserted::read(&authentic, &expected).expect("a good answer");
    asserted.expect("an assertion")
}

async fn provider(scene: &Scene) -> IdentityProvider {
    let answer = scene.get(&mut Browser::default(), "/saml/metadata").await;
    let trust = Trust {
        pinned: &[],
        now: scene.cx().now,
        longest_life: None,
    };
    let document = Document::entity(answer.body.as_bytes(), &trust).expect("a document");
    IdentityProvider::read(document.root()).expect("an identity provider")
}

/// Where the forms of a page, and the redirects after them, may lead besides the hub.
fn form_targets(answer: &Answer) -> String {
    let policy = answer.header("content-security-policy");
    let (_, targets) = policy.rsplit_once("form-action ").expect("a policy");
    let outside = targets.strip_prefix("'self'").expect(targets);
    outside.trim().to_owned()
}

/// A page in French that says what is wrong, with a reference, and nothing of what came.
fn assert_page(answer: &Answer, status: StatusCode, title: &str) {
    assert_eq!(answer.status, status, "{}", answer.body);
    assert!(answer.header("content-type").starts_with("text/html"));
    assert_eq!(answer.header("cache-control"), "no-store");
    assert!(answer.body.contains("lang=\"fr\""));
    assert!(answer.body.contains(title), "{title}: {}", answer.body);
    assert!(answer.location().is_none());
    assert!(
        answer
            .forms()
            .iter()
            .all(|form| form.action.starts_with('/'))
    );
    assert_eq!(form_targets(answer), "");
    let (_, rest) = answer.body.split_once("<code>").expect("a reference");
    assert_eq!(rest.split('<').next().map(str::len), Some(9));
    // The choice of a language leads back to where the browser is, encoded.
    let (before, rest) = answer
        .body
        .split_once("<nav class=\"languages\"")
        .expect("languages");
    let (_, after) = rest.split_once("</nav>").expect("its end");
    for word in [CANARY, "canari", "evil.example", "SAMLRe", "urn:oasis"] {
        for part in [before, after] {
            assert!(!part.contains(word), "{word}: {part}");
        }
    }
}

/// A fault, with a reference and nothing of what came.
fn assert_fault(answer: &Answer, code: &str, text: &str) {
    assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(answer.header("content-type"), "text/xml; charset=utf-8");
    assert_eq!(answer.header("cache-control"), "no-store");
    let body = &answer.body;
    assert!(
        body.contains(&format!("<faultcode>soap:{code}</faultcode>")),
        "{body}"
    );
    assert!(body.contains(text), "{text}: {body}");
    let (_, reference) = body.rsplit_once(" (").expect("a reference");
    assert_eq!(reference.split(')').next().map(str::len), Some(9), "{body}");
    assert!(
        !body.contains("canari") && !body.contains("evil.example"),
        "{body}"
    );
}
