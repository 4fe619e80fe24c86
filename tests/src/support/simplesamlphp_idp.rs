//! SimpleSAMLphp, a package of the distribution, as an identity provider: what ÉduConnect, an academy or a
//! university is to the hub. It asks for a name and a password, and says what it is told to say of whoever knows
//! them; signs and encrypts as it is told, answers whom nobody asked, and ends sessions from either side. Several
//! may run at once: each has keys and cookies of its own. Owns its configuration, which is in
//! `tests/counterparts/simplesamlphp-idp`; `simplesamlphp.rs` is the same package as a service.

use serde::Serialize;
use serde_json::{Map, Value};
use url::Url;

use super::apache;
use super::http::{self, Answer, Visitor};
use super::process::Scratch;
use super::saml_apache;
use super::saml_sp::Pair;
use super::simplesamlphp;
use super::upstream::{Person, Place, Running};

#[cfg(test)]
mod tests;

macro_rules! file {
    ($name:literal) => {
        include_str!(concat!("../../counterparts/simplesamlphp-idp/", $name))
    };
}

/// Files that its configuration consists of, beside Apache's: path in the scratch directory, and text.
const FILES: [(&str, &str); 3] = [
    ("config/config.php", file!("config.php")),
    ("config/authsources.php", file!("authsources.php")),
    (
        "metadata/saml20-idp-hosted.php",
        file!("saml20-idp-hosted.php"),
    ),
];

/// The button of its login form, for a browser; the fields are called `username` and `password`.
pub const SUBMIT: &str = "#submit_button";

/// AES-128-CBC, with which nobody should encrypt any more (SIG-10).
pub const AES_128_CBC: &str = "http://www.w3.org/2001/04/xmlenc#aes128-cbc";
/// AES-256-GCM.
pub const AES_256_GCM: &str = "http://www.w3.org/2009/xmlenc11#aes256-gcm";
/// RSA with SHA-256.
pub const RSA_SHA256: &str = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";
/// RSA with SHA-1, with which nobody should sign any more (SIG-05).
pub const RSA_SHA1: &str = "http://www.w3.org/2000/09/xmldsig#rsa-sha1";

/// How it answers. What it is told counts from the next request on.
#[derive(Clone, Debug, Serialize)]
pub struct Settings {
    /// Whether the answer is signed.
    pub signs_response: bool,
    /// Whether the assertion in it is signed.
    pub signs_assertion: bool,
    /// How it signs.
    pub signature: &'static str,
    /// How it encrypts assertions; not at all if `None`.
    pub cipher: Option<&'static str>,
    /// What it says about how somebody signed in; what is true (a password, protected on its way) if `None`.
    pub context: Option<String>,
    /// The attribute that it makes persistent names of.
    pub subject: String,
    /// The format of attributes' names.
    pub name_format: &'static str,
    /// The scopes that its metadata claims.
    pub scopes: Vec<String>,
    /// How long an assertion is good, in seconds; negative: it never was.
    pub lifetime: i32,
}

impl Default for Settings {
    /// Signed twice, encrypted, persistent names made of `FrEduCtId`.
    fn default() -> Self {
        Self {
            signs_response: true,
            signs_assertion: true,
            signature: RSA_SHA256,
            cipher: Some(AES_256_GCM),
            context: None,
            subject: "FrEduCtId".to_owned(),
            name_format: "urn:oasis:names:tc:SAML:2.0:attrname-format:basic",
            scopes: Vec::new(),
            lifetime: 300,
        }
    }
}

/// A running one.
#[derive(Debug)]
pub struct IdentityProvider {
    name: String,
    entity_id: String,
    place: Place,
    running: Running,
}

impl IdentityProvider {
    /// Starts one. `name` (letters and digits) tells it from others in logs and cookies; in SAML it is called by
    /// the address of its metadata.
    pub fn start(name: &str, place: Place, people: &[Person]) -> Self {
        Self::start_as(name, place, &metadata_url(place), people)
    }

    /// Starts one that is called `entity_id` in SAML.
    pub fn start_as(name: &str, place: Place, entity_id: &str, people: &[Person]) -> Self {
        let scratch = Scratch::new(name);
        // For its own port; nobody is called.
        let mut settings = apache::settings(&scratch, place.port);
        settings.extend([
            ("PORT", place.port.to_string()),
            ("PUBLIC", place.public.to_string()),
            ("NAME", name.to_owned()),
            ("ENTITY", entity_id.to_owned()),
            (
                "SIMPLESAMLPHP",
                simplesamlphp::place().display().to_string(),
            ),
        ]);
        for directory in ["data", "log", "sessions", "temporary", "services"] {
            scratch.shared_directory(directory);
        }
        apache::make_writable(&scratch.write("log/simplesamlphp.log", ""));
        for (path, text) in FILES {
            scratch.write(path, &apache::fill_in(text, &settings));
        }
        new_key(&scratch, name);
        write_people(&scratch, people);
        write_json(&scratch, "settings.json", &Settings::default());
        let configuration = format!("{}\n{}", saml_apache::CONFIGURATION, file!("httpd.conf"));
        let process = apache::start(&scratch, &configuration, &[], &settings);
        let logs = &["log/simplesamlphp.log"];
        Self {
            name: name.to_owned(),
            entity_id: entity_id.to_owned(),
            place,
            running: Running::new(process, scratch, place.port, logs),
        }
    }

    /// How it is called in SAML.
    pub fn entity_id(&self) -> &str {
        &self.entity_id
    }

    /// Where its metadata is, signed with its own key.
    pub fn metadata_url(&self) -> String {
        metadata_url(self.place)
    }

    /// Its metadata as they are now.
    pub async fn metadata(&self) -> String {
        let url = self.metadata_url();
        let answer = http::client().get(&url).send().await;
        let answer = answer.and_then(reqwest::Response::error_for_status);
        let answer = answer.unwrap_or_else(|error| panic!("{error:?}\n{}", self.running.log()));
        answer.text().await.expect("it sends all of it")
    }

    /// The certificate of the key that signs, in PEM.
    pub fn certificate(&self) -> String {
        let path = self.running.scratch().join("signing.pem");
        std::fs::read_to_string(path).expect("our own file")
    }

    /// Lets a service be answered, or takes its new metadata; `name` is for nobody else.
    pub fn register(&self, name: &str, metadata: &str) {
        let file = format!("services/{name}.xml");
        self.running.scratch().write(&file, metadata);
    }

    /// Answers from now on as it is told.
    pub fn behave(&self, settings: &Settings) {
        write_json(self.running.scratch(), "settings.json", settings);
    }

    /// Knows these people from now on, and nobody else.
    pub fn know(&self, people: &[Person]) {
        write_people(self.running.scratch(), people);
    }

    /// Signs with a new key from now on; its metadata has that one alone.
    pub fn change_key(&self) {
        new_key(self.running.scratch(), &self.name);
    }

    /// Where somebody begins here and not at the service: an answer that nobody asked for.
    pub fn unsolicited(&self, service: &str, relay_state: Option<&str>) -> String {
        let mut parameters = vec![("spentityid", service)];
        parameters.extend(relay_state.map(|state| ("RelayState", state)));
        self.page("SSOService.php", &parameters)
    }

    /// Where somebody ends all sessions from here; the browser is at `back` afterwards.
    pub fn logout(&self, back: &str) -> String {
        self.page("SingleLogoutService.php", &[("ReturnTo", back)])
    }

    fn page(&self, page: &str, parameters: &[(&str, &str)]) -> String {
        let url = self.place.url(&format!("/simplesaml/saml2/idp/{page}"));
        Url::parse_with_params(&url, parameters)
            .expect("an address with parameters")
            .into()
    }

    /// Fills in the login form that `page` has: gives the page that carries the answer to the service
    /// (`upstream::pass_on`), or the form again.
    pub async fn sign_in(&self, visitor: &Visitor, page: &Answer, who: &Person) -> Answer {
        let form = page
            .form_with("username")
            .with("username", &who.login)
            .with("password", &who.password);
        let answer = visitor.submit(&form).await;
        visitor.follow_on_within(answer).await
    }

    /// To stop it, to freeze it, to start it again, and to read its logs.
    pub fn running(&mut self) -> &mut Running {
        &mut self.running
    }

    /// Everything it has logged.
    pub fn log(&self) -> String {
        self.running.log()
    }
}

fn metadata_url(place: Place) -> String {
    place.url("/simplesaml/saml2/idp/metadata.php")
}

fn new_key(scratch: &Scratch, name: &str) {
    Pair::new(name).write(scratch, "signing");
}

fn write_people(scratch: &Scratch, people: &[Person]) {
    let known: Map<String, Value> = people
        .iter()
        .map(|person| {
            let attributes = person.json(|values| values.into());
            let key = format!("{}:{}", person.login, person.password);
            (key, attributes.into())
        })
        .collect();
    write_json(scratch, "people.json", &known);
}

fn write_json(scratch: &Scratch, name: &str, content: &impl Serialize) {
    let text = serde_json::to_string(content).expect("our own data");
    scratch.write(name, &text);
}
