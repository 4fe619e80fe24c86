//! LemonLDAP::NG's portal, a package of the distribution, as three upstreams in one: an OpenID Connect provider, a
//! SAML identity provider and a CAS server. It asks for a name and a password once, and tells each service what it
//! knows. Owns its configuration, which it writes as the portal's manager would, a new one for each change; it
//! counts from the next request on. What runs it is in `tests/counterparts/lemonldap`.
#![expect(
    clippy::indexing_slicing,
    reason = "keys of JSON objects that are made here: writing to one that is missing adds it"
)]

use std::fs;

use rcgen::{CertificateParams, KeyPair, PKCS_RSA_SHA256, RsaKeySize};
use serde_json::{Value, json};
use url::Url;

use super::apache;
use super::form;
use super::http::{Answer, Visitor};
use super::process::{Scratch, set_mode};
use super::upstream::{Person, Place, Running};

#[cfg(test)]
mod tests;

macro_rules! file {
    ($name:literal) => {
        include_str!(concat!("../../counterparts/lemonldap/", $name))
    };
}

/// Files of the package without which nothing works.
const NEEDS: [&str; 2] = [
    "/usr/share/lemonldap-ng/portal/templates",
    "/usr/lib/apache2/modules/mod_fcgid.so",
];

/// The field of its login form for the name, for a browser.
pub const LOGIN: &str = "#userfield";
/// The field for the password.
pub const PASSWORD: &str = "#passwordfield";
/// The button.
pub const SUBMIT: &str = "#lform button[type=submit]";

/// The button of the page on which it tells services of a logout: it leads on, at once and not after a while.
pub const CONTINUE: &str = "#form button[type=submit]";

/// Names of its cookies begin so: they know no ports, and others have sessions at `localhost` as well.
const COOKIE: &str = "lemonldap";
/// Between several values of an attribute, as it keeps them.
const SEPARATOR: &str = "; ";
/// Claims that have another name than the attribute that they are made of.
const CLAIMS: [(&str, &str); 4] = [
    ("email", "mail"),
    ("family_name", "sn"),
    ("given_name", "givenName"),
    ("name", "cn"),
];

/// A client of its OpenID Connect provider.
#[derive(Clone, Debug)]
pub struct Client {
    /// Its identifier.
    pub id: String,
    /// Its secret, sent in a header or in the form: it knows no other way for a client to say who it is.
    pub secret: String,
    /// Where answers go.
    pub redirects: Vec<String>,
    /// Where browsers go after a logout that the client began.
    pub after_logout: Vec<String>,
    /// What it loads in a frame when it ends a session, with `iss` and a `sid` that is the person's `sub` and not in
    /// the ID token. It has no back channel.
    pub told_of_logout: Option<String>,
    /// Whether what its userinfo says is signed. It says neither for whom nor by whom then.
    pub signed_userinfo: bool,
}

/// A service of its SAML identity provider.
#[derive(Clone, Debug)]
pub struct Service {
    /// Its metadata.
    pub metadata: String,
    /// The format of the names that it gets: `persistent`, `transient`, `email`; `None` leaves it to the service.
    pub name_id: Option<&'static str>,
    /// Whether it may be entered without having asked.
    pub unsolicited: bool,
    /// Whether assertions are encrypted: by AES-128-CBC, it knows nothing else.
    pub encrypted: bool,
}

/// A running one.
#[derive(Debug)]
pub struct Lemonldap {
    place: Place,
    configuration: Value,
    number: u32,
    attributes: Vec<String>,
    running: Running,
}

impl Lemonldap {
    /// Starts one that knows `people` and no service. It names people by their login (`uid`).
    pub fn start(place: Place, people: &[Person]) -> Self {
        for file in NEEDS {
            assert!(
                fs::exists(file).unwrap_or_default(),
                "{file} is missing; run tests/counterparts/install"
            );
        }
        let scratch = Scratch::new("lemonldap");
        // For its own port; nobody is called.
        let mut settings = apache::settings(&scratch, place.port);
        settings.extend([
            ("PORT", place.port.to_string()),
            ("PUBLIC", place.public.to_string()),
        ]);
        for directory in [
            "cache",
            "configuration",
            "persistent/lock",
            "sessions/lock",
            "persistent",
            "sessions",
        ] {
            scratch.shared_directory(directory);
        }
        let ini = apache::fill_in(file!("lemonldap-ng.ini"), &settings);
        scratch.write("lemonldap-ng.ini", &ini);
        set_mode(
            &scratch.write("site/portal.fcgi", file!("portal.fcgi")),
            0o755,
        );
        let attributes = write_people(&scratch, people);
        let configuration = configuration(place, &scratch, &attributes);
        write_configuration(&scratch, &configuration, 1);
        let process = apache::start(&scratch, file!("httpd.conf"), &[], &settings);
        Self {
            place,
            configuration,
            number: 1,
            attributes,
            running: Running::new(process, scratch, place.port, &[]),
        }
    }

    /// The address that people know.
    pub fn portal(&self) -> String {
        self.place.url("/")
    }

    /// The issuer of its tokens; what it can is at `.well-known/openid-configuration` below it.
    pub fn issuer(&self) -> String {
        self.portal()
    }

    /// How it is called in SAML.
    pub fn saml_entity_id(&self) -> String {
        self.place.url("/saml/metadata")
    }

    /// Where its metadata is, as an identity provider and nothing else.
    pub fn saml_metadata_url(&self) -> String {
        self.place.url("/saml/metadata/idp")
    }

    /// The base address of its CAS server: `login`, `p3/serviceValidate` and others are below it.
    pub fn cas(&self) -> String {
        self.place.url("/cas")
    }

    /// Where somebody ends all sessions.
    pub fn logout(&self) -> String {
        self.place.url("/?logout=1")
    }

    /// Where somebody enters a SAML service that is registered for it without having been there.
    pub fn unsolicited(&self, service: &str, relay_state: Option<&str>) -> String {
        let mut parameters = vec![("IDPInitiated", "1"), ("sp", service)];
        parameters.extend(relay_state.map(|state| ("RelayState", state)));
        Url::parse_with_params(&self.place.url("/saml/singleSignOn"), &parameters)
            .expect("an address with parameters")
            .into()
    }

    /// Registers a client of the OpenID Connect provider, or registers it anew. Every attribute of every person is
    /// a claim of the scope `profile`.
    pub fn register_client(&mut self, client: &Client) {
        let Client { id, secret, .. } = client;
        let mut options = json!({
            "oidcRPMetaDataOptionsDisplayName": id,
            "oidcRPMetaDataOptionsClientID": id,
            "oidcRPMetaDataOptionsClientSecret": secret,
            "oidcRPMetaDataOptionsRedirectUris": client.redirects.join(" "),
            "oidcRPMetaDataOptionsPostLogoutRedirectUris": client.after_logout.join(" "),
            "oidcRPMetaDataOptionsIDTokenSignAlg": "RS256",
            "oidcRPMetaDataOptionsUserInfoSignAlg":
                if client.signed_userinfo { "RS256" } else { "" },
            "oidcRPMetaDataOptionsUserIDAttr": "uid",
            "oidcRPMetaDataOptionsBypassConsent": 1,
            "oidcRPMetaDataOptionsRequirePKCE": 1,
            "oidcRPMetaDataOptionsLogoutBypassConfirm": 1,
        });
        if let Some(address) = &client.told_of_logout {
            options["oidcRPMetaDataOptionsLogoutUrl"] = json!(address);
            options["oidcRPMetaDataOptionsLogoutType"] = json!("front");
            options["oidcRPMetaDataOptionsLogoutSessionRequired"] = json!(1);
        }
        let own = self.attributes.iter().map(String::as_str);
        let claims = own.map(|name| (name, name)).chain(CLAIMS);
        let exported: serde_json::Map<String, Value> = claims
            .map(|(claim, attribute)| (claim.to_owned(), json!(format!("{attribute};string;auto"))))
            .collect();
        // What a scope brings beyond what the standard says.
        let extra = json!({ "profile": self.attributes.join(" ") });
        self.change(|configuration| {
            configuration["oidcRPMetaDataOptions"][id] = options;
            configuration["oidcRPMetaDataExportedVars"][id] = exported.into();
            configuration["oidcRPMetaDataOptionsExtraClaims"][id] = extra;
        });
    }

    /// Registers a service of the SAML identity provider, or registers it anew. It gets every attribute, by the
    /// name that it has here; `name` is for nobody else.
    pub fn register_service(&mut self, name: &str, service: &Service) {
        let flag = |is: bool| json!(u8::from(is));
        let mut options = json!({
            "samlSPMetaDataOptionsSignSSOMessage": 1,
            "samlSPMetaDataOptionsSignSLOMessage": 1,
            "samlSPMetaDataOptionsCheckSSOMessageSignature": 1,
            "samlSPMetaDataOptionsCheckSLOMessageSignature": 1,
            "samlSPMetaDataOptionsSignatureMethod": "RSA_SHA256",
            "samlSPMetaDataOptionsEnableIDPInitiatedURL": flag(service.unsolicited),
            "samlSPMetaDataOptionsEncryptionMode":
                if service.encrypted { "assertion" } else { "none" },
        });
        if let Some(format) = service.name_id {
            options["samlSPMetaDataOptionsNameIDFormat"] = json!(format);
            if format == "persistent" {
                options["samlSPMetaDataOptionsNameIDSessionKey"] = json!("uid");
            }
        }
        let format = "urn:oasis:names:tc:SAML:2.0:attrname-format:basic";
        let exported: serde_json::Map<String, Value> = self
            .attributes
            .iter()
            .map(|name| (name.clone(), json!(format!("0;{name};{format};{name}"))))
            .collect();
        self.change(|configuration| {
            configuration["samlSPMetaDataXML"][name] =
                json!({ "samlSPMetaDataXML": service.metadata });
            configuration["samlSPMetaDataOptions"][name] = options;
            configuration["samlSPMetaDataExportedAttributes"][name] = exported.into();
        });
    }

    /// Registers a service of the CAS server, or registers it anew: addresses that begin with `url`. It gets every
    /// attribute, by the name that it has here, and is told of logouts at the address that its ticket went to.
    pub fn register_application(&mut self, name: &str, url: &str) {
        let own = self.attributes.iter();
        let exported: serde_json::Map<String, Value> =
            own.map(|name| (name.clone(), json!(name))).collect();
        self.change(|configuration| {
            configuration["casAppMetaDataOptions"][name] = json!({
                "casAppMetaDataOptionsService": url,
                "casAppMetaDataOptionsUserAttribute": "uid",
            });
            configuration["casAppMetaDataExportedVars"][name] = exported.into();
        });
    }

    /// Knows these people from now on, and nobody else. They have no attributes that nobody had at the start.
    pub fn know(&self, people: &[Person]) {
        for name in write_people(self.running.scratch(), people) {
            assert!(self.attributes.contains(&name), "nobody had {name}");
        }
    }

    /// Signs with new keys from now on: tokens and messages.
    pub fn change_keys(&mut self) {
        let number = self.number + 1;
        self.change(|configuration| new_keys(configuration, number));
    }

    /// Changes its configuration in any way: keys as its documentation has them.
    pub fn change(&mut self, change: impl FnOnce(&mut Value)) {
        change(&mut self.configuration);
        self.number += 1;
        write_configuration(self.running.scratch(), &self.configuration, self.number);
    }

    /// Fills in the login form that `page` has: gives what comes then, redirects within the portal followed.
    pub async fn sign_in(&self, visitor: &Visitor, page: &Answer, who: &Person) -> Answer {
        let form = page
            .form_with("user")
            .with("user", &who.login)
            .with("password", &who.password);
        let answer = visitor.submit(&form).await;
        visitor.follow_on_within(answer).await
    }

    /// What a browser does on the page on which it tells services of a logout: loads the frame of each, with all
    /// that follows there, and goes on to where the logout leads.
    pub async fn go_on(&self, visitor: &Visitor, page: &Answer) -> Answer {
        for frame in form::frames(&page.body, &page.url) {
            visitor.follow(frame).await;
        }
        let forms = page.forms();
        let leads_on = forms.iter().find(|form| form.id == "form");
        let leads_on = leads_on.unwrap_or_else(|| panic!("{}", page.text()));
        visitor.submit(leads_on).await
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

/// What it is configured with before anybody is registered.
fn configuration(place: Place, scratch: &Scratch, attributes: &[String]) -> Value {
    let path = |name: &str| scratch.join(name).display().to_string();
    let sessions = |directory: &str| {
        json!({
            "Directory": path(directory),
            "LockDirectory": path(&format!("{directory}/lock")),
            "generateModule": "Lemonldap::NG::Common::Apache::Session::Generate::SHA256",
        })
    };
    let exported: serde_json::Map<String, Value> = attributes
        .iter()
        .map(|name| (name.clone(), json!(name)))
        .collect();
    let portal = place.url("/");
    let mut configuration = json!({
        "cfgAuthor": "tests",
        "portal": portal,
        "domain": "localhost",
        "cookieName": COOKIE,
        "securedCookie": 1,
        "key": "for-tests-only-and-known-to-everybody",
        "authentication": "Custom",
        "customAuth": "Counterpart::People",
        "userDB": "Demo",
        "passwordDB": "Null",
        "registerDB": "Null",
        "portalDisplayRegister": 0,
        "portalDisplayResetPassword": 0,
        // It loads one that needs packages for pictures, whether or not it shows any.
        "captcha": "::UserDB::Null",
        "exportedVars": {},
        "demoExportedVars": exported,
        "multiValuesSeparator": SEPARATOR,
        "whatToTrace": "uid",
        "locationRules": { "localhost": { "default": "accept" } },
        "globalStorage": "Apache::Session::File",
        "globalStorageOptions": sessions("sessions"),
        "persistentStorage": "Apache::Session::File",
        "persistentStorageOptions": sessions("persistent"),
        "localSessionStorage": "Cache::FileCache",
        "localSessionStorageOptions": {
            "cache_root": path("cache"),
            "namespace": "sessions",
            "default_expires_in": 600,
            "directory_umask": "007",
            "cache_depth": 3,
        },
        "issuerDBOpenIDConnectActivation": 1,
        "oidcServiceMetaDataIssuer": portal,
        "issuerDBSAMLActivation": 1,
        "samlServiceUseCertificateInResponse": 1,
        "issuerDBCASActivation": 1,
        "casAccessControlPolicy": "error",
        "casBackChannelSingleLogout": 1,
    });
    new_keys(&mut configuration, 1);
    configuration
}

/// One key for tokens and one for messages.
fn new_keys(configuration: &mut Value, number: u32) {
    let key = || {
        KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048)
            .expect("the crypto library makes a key")
    };
    let tokens = key();
    configuration["oidcServiceKeyIdSig"] = json!(format!("key-{number}"));
    configuration["oidcServicePrivateKeySig"] = json!(tokens.serialize_pem());
    configuration["oidcServicePublicKeySig"] = json!(tokens.public_key_pem());
    let messages = key();
    let certificate = CertificateParams::default()
        .self_signed(&messages)
        .expect("valid parameters");
    configuration["samlServicePrivateKeySig"] = json!(messages.serialize_pem());
    configuration["samlServicePublicKeySig"] = json!(certificate.pem());
}

/// Writes the next configuration where the portal looks for the one with the highest number.
fn write_configuration(scratch: &Scratch, configuration: &Value, number: u32) {
    let mut configuration = configuration.clone();
    configuration["cfgNum"] = json!(number);
    configuration["cfgDate"] = json!(number);
    // Nobody is to read half of it.
    let new = scratch.write("configuration.new", &configuration.to_string());
    let path = scratch.join(&format!("configuration/lmConf-{number}.json"));
    fs::rename(new, path).expect("our own directory");
}

/// Writes what the portal knows of people, and gives the names of all that it may know.
fn write_people(scratch: &Scratch, people: &[Person]) -> Vec<String> {
    let mut attributes = json!({});
    let mut passwords = json!({});
    for person in people {
        let mut known = person.json(|values| values.join(SEPARATOR).into());
        known.insert("uid".to_owned(), json!(person.login));
        attributes[&person.login] = known.into();
        passwords[&person.login] = json!(person.password);
    }
    let known = json!({ "attributes": attributes, "passwords": passwords });
    scratch.write("people.json", &known.to_string());
    let mut names = Person::attribute_names(people);
    names.push("uid".to_owned());
    names.sort();
    names.dedup();
    names
}
