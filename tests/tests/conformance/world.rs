//! The world that all tests of this binary share: one hub, the clients it knows, more people than there
//! are tests. Whoever plays in it takes people of their own and leaves the clients as they are.

use std::fmt::Write as _;
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use argon2::{Algorithm, Argon2, Params, Version};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use clau_domain::names::LoginName;
use clau_tests::feedgen::{self, Plan, Role};
use clau_tests::support::http::Visitor;
use clau_tests::support::hub::{Hub, Setup, Stores, program};
use clau_tests::support::process::free_port;
use serde_json::Value;
use tokio::sync::OnceCell;

use crate::jose::Key;
use crate::person::Person;

/// The password of everybody.
pub(crate) const PASSWORD: &str = "une-suite-est-faite-pour-etre-suivie";
/// Where answers go. Nothing listens there: the browsers of the tests stop before.
pub(crate) const CALLBACK: &str = "https://rp.essais.example/callback";
/// The same client's second address, with a query of its own (FAPI's second client).
pub(crate) const CALLBACK_WITH_QUERY: &str =
    "https://rp.essais.example/callback?dummy1=lorem&dummy2=ipsum";
/// Where people go after signing out.
pub(crate) const AFTER_LOGOUT: &str = "https://rp.essais.example/post_logout_redirect";
/// Every scope that the hub knows by itself.
pub(crate) const ALL_SCOPES: &str = "openid profile email phone address offline_access ent";
/// Clients that hear of logouts.
pub(crate) const LISTENING: [&str; 3] = ["listening-0", "listening-1", "listening-2"];

/// The secret of a client that is registered by hand.
pub(crate) fn secret(client: &str) -> String {
    format!("un-secret-bien-assez-long-de-{client}-0123456789")
}

const TEACHERS: usize = 700;
const PUPILS: usize = 30;

/// The hub and what its tests know of it.
pub(crate) struct World {
    pub(crate) hub: Hub,
    pub(crate) keys: Keys,
    /// Where the clients of [`LISTENING`] hear of logouts, one test each.
    pub(crate) listening_ports: [u16; 3],
    next_teacher: AtomicUsize,
    next_pupil: AtomicUsize,
    invitation: OnceCell<String>,
    parent: OnceCell<String>,
}

/// The private keys of clients that have any.
pub(crate) struct Keys {
    pub(crate) fapi: Arc<Key>,
    pub(crate) fapi_two: Arc<Key>,
    pub(crate) fapi_rsa: Arc<Key>,
    pub(crate) assertion: Arc<Key>,
    pub(crate) jar: Arc<Key>,
}

impl Keys {
    fn new() -> Self {
        let key = |alg| Arc::new(Key::generate(alg));
        Self {
            fapi: key("ES256"),
            fapi_two: key("ES256"),
            fapi_rsa: key("PS256"),
            assertion: key("ES256"),
            jar: key("ES256"),
        }
    }
}

/// The shared world, started by whoever comes first.
pub(crate) async fn world() -> &'static World {
    static WORLD: OnceCell<World> = OnceCell::const_new();
    WORLD
        .get_or_init(|| async { World::start(Setup::new(Stores::Embedded)).await })
        .await
}

impl World {
    /// A world on a hub of its own: for tests that stop, lock or flood.
    pub(crate) async fn start(setup: Setup) -> Self {
        let keys = Keys::new();
        let listening_ports = LISTENING.map(|_| free_port());
        let registry = registry(&keys, listening_ports);
        let hub = setup.applying(people()).applying(registry).start().await;
        Self {
            hub,
            keys,
            listening_ports,
            next_teacher: AtomicUsize::new(0),
            next_pupil: AtomicUsize::new(0),
            invitation: OnceCell::new(),
            parent: OnceCell::new(),
        }
    }

    /// A teacher whom no other test has, with a browser of their own, signed in nowhere.
    pub(crate) fn somebody(&'static self) -> Person {
        let number = self.next_teacher.fetch_add(1, Ordering::Relaxed);
        assert!(number < TEACHERS, "there are only {TEACHERS} teachers");
        Person::new(self, format!("prof.{number}"), Visitor::new())
    }

    /// A pupil whom no other test has.
    pub(crate) fn pupil(&'static self) -> Person {
        let number = self.next_pupil.fetch_add(1, Ordering::Relaxed);
        assert!(number < PUPILS, "there are only {PUPILS} pupils");
        Person::new(self, format!("eleve.{number}"), Visitor::new())
    }

    /// Somebody of an academy's feed, who has an address and a telephone.
    pub(crate) async fn of_a_feed(&'static self) -> Person {
        let login = self.parent.get_or_init(async || self.imported()).await;
        Person::new(self, login.clone(), Visitor::new())
    }

    /// Imports a small feed and gives a parent of it the password of everybody.
    fn imported(&self) -> String {
        let feed = self.hub.scratch().join("feed");
        let summary = feedgen::write(&Plan::tiny(), &feed).expect("there is room for the feed");
        self.hub.run(&["import", "aaf", &feed.to_string_lossy()]);
        let parent = summary
            .cast
            .iter()
            .find(|person| person.role == Role::Parent);
        let parent = parent.expect("a parent to show");
        let words: Vec<&str> = parent.name.split_whitespace().collect();
        let key = format!("\"key\": \"{}\"", parent.key);
        let login = (1..words.len())
            .map(|at| (words[..at].join(" "), words[at..].join(" ")))
            .flat_map(|(given, family)| {
                (1..=9).map(move |number| LoginName::of_person(&given, &family, number))
            })
            .find(|login| {
                let shown = self
                    .hub
                    .command(&["accounts", "show", login.as_str(), "--json"]);
                String::from_utf8_lossy(&shown.stdout).contains(&key)
            });
        let login = login.expect("the parent has a login").as_str().to_owned();
        let mut clau = Command::new(program("clau"))
            .arg("--config")
            .arg(self.hub.configuration())
            .args(["accounts", "passwd", &login])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .expect("clau runs");
        let mut input = clau.stdin.take().expect("a pipe");
        writeln!(input, "{PASSWORD}").expect("clau reads");
        drop(input);
        assert!(clau.wait().expect("clau ends").success());
        login
    }

    /// The issuer: the hub's base address.
    pub(crate) fn issuer(&self) -> String {
        self.hub.url("")
    }

    /// An initial access token with which any number of clients may register. The one place that
    /// knows how an operator makes one.
    pub(crate) async fn invitation(&self) -> &str {
        let make = async || {
            let template = format!(
                "access = [{{}}]\nrelease = {}\nscope = \"{ALL_SCOPES}\"\n\
                 pkce_exempt_until = \"2099-12-31\"\n",
                release()
            );
            let file = self.hub.scratch().write("invitation.toml", &template);
            let printed = self.hub.run(&[
                "clients",
                "invite",
                "--label",
                "conformance",
                "--uses",
                "1000",
                "--days",
                "1",
                "--template",
                &file.to_string_lossy(),
                "--json",
            ]);
            let printed: Value = serde_json::from_str(&printed)
                .unwrap_or_else(|error| panic!("the invitation is not JSON: {error}: {printed}"));
            printed["token"]
                .as_str()
                .unwrap_or_else(|| panic!("no token in {printed}"))
                .to_owned()
        };
        self.invitation.get_or_init(make).await
    }
}

fn release() -> &'static str {
    "{ attributes = [\"given_name\", \"family_name\", \"login\", \"mail\", \"uid\", \"profile\", \"structures\", \
     \"classes\", \"birth_date\", \"phones\", \"address\"], approval = \"essais\" }"
}

/// Everybody has the same password and the same hash of it, made once.
fn people() -> String {
    let params = Params::new(19_456, 2, 1, Some(32)).expect("parameters within bounds");
    let salt = b"sixteen bytes so";
    let mut hash = [0; 32];
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(PASSWORD.as_bytes(), salt, &mut hash)
        .expect("parameters within bounds");
    let hash = format!(
        "$argon2id$v=19$m=19456,t=2,p=1${}${}",
        STANDARD_NO_PAD.encode(salt),
        STANDARD_NO_PAD.encode(hash)
    );
    let mut toml =
        "[[structure]]\nuai = \"0310999T\"\nkind = \"school\"\nname = \"Collège des Essais\"\n"
            .to_owned();
    let kinds = [
        ("prof", "National_ENS", TEACHERS),
        ("eleve", "National_ELV", PUPILS),
    ];
    for (kind, profile, count) in kinds {
        for number in 0..count {
            let _ = write!(
                toml,
                "[[person]]\nlogin = \"{kind}.{number}\"\ngiven_name = \"Alix\"\nfamily_name = \"Numéro {number}\"\n\
                 birth_date = \"1999-03-14\"\nmail = \"{kind}.{number}@essais.example\"\npassword_hash = \"{hash}\"\n\
                 affiliation = [{{ structure = \"0310999T\", profile = \"{profile}\", classes = [\"6A\"] }}]\n"
            );
        }
    }
    toml
}

/// A client as it stands in the registry.
struct Entry<'a> {
    id: &'a str,
    /// Members of `[service.oidc]` beside the secret.
    settings: &'a str,
    /// Members of `[service.oidc.client]` beside scope and redirect addresses.
    client: &'a str,
    redirects: &'a str,
    with_secret: bool,
}

impl Entry<'_> {
    fn write(&self, toml: &mut String) {
        let id = self.id;
        let _ = write!(
            toml,
            "[[service]]\nid = \"{id}\"\nname = \"Service {id}\"\naccess = [{{}}]\nrelease = {}\n\
             [service.oidc]\n{}",
            release(),
            self.settings
        );
        if self.with_secret {
            let _ = writeln!(toml, "secret = \"{}\"", secret(id));
        }
        let _ = write!(
            toml,
            "[service.oidc.client]\nscope = \"{ALL_SCOPES}\"\n{}{}",
            self.redirects, self.client
        );
    }
}

const REFRESHING: &str = "grant_types = [\"authorization_code\", \"refresh_token\"]\n";
const EXEMPT: &str = "pkce_exempt_until = \"2099-12-31\"\n";

/// Every client that is registered by hand.
fn registry(keys: &Keys, listening_ports: [u16; 3]) -> String {
    let mut toml = String::new();
    let one = format!("redirect_uris = [\"{CALLBACK}\"]\n");
    let both = format!("redirect_uris = [\"{CALLBACK}\", \"{CALLBACK_WITH_QUERY}\"]\n");
    let after = format!("post_logout_redirect_uris = [\"{AFTER_LOGOUT}\"]\n");
    let mut entry = |id: &str, settings: &str, client: &str, with_secret: bool| {
        let redirects = match id {
            "native" => "redirect_uris = [\"http://127.0.0.1/callback\"]\n",
            // These ask by themselves and are sent nowhere.
            "kiosk" | "machine" => "",
            id if id.starts_with("fapi") => &both,
            _ => &one,
        };
        Entry {
            id,
            settings,
            client,
            redirects,
            with_secret,
        }
        .write(&mut toml);
    };

    // The plans of OpenID Connect send no PKCE.
    for (id, method, responses) in [
        ("basic", "client_secret_basic", "\"code\""),
        ("basic-two", "client_secret_basic", "\"code\""),
        ("basic-post", "client_secret_post", "\"code\""),
        (
            "hybrid",
            "client_secret_basic",
            "\"code\", \"code id_token\"",
        ),
        (
            "hybrid-two",
            "client_secret_basic",
            "\"code\", \"code id_token\"",
        ),
        (
            "hybrid-post",
            "client_secret_post",
            "\"code\", \"code id_token\"",
        ),
    ] {
        let client = format!(
            "{REFRESHING}token_endpoint_auth_method = \"{method}\"\nresponse_types = [{responses}]\n{after}"
        );
        entry(id, EXEMPT, &client, true);
    }
    for (id, port) in LISTENING.iter().zip(listening_ports) {
        let client = format!(
            "{REFRESHING}{after}backchannel_logout_uri = \"https://localhost:{port}/backchannel_logout\"\n\
             backchannel_logout_session_required = true\n"
        );
        entry(id, EXEMPT, &client, true);
    }
    entry(
        "frontchannel",
        EXEMPT,
        &format!(
            "{after}frontchannel_logout_uri = \"https://rp.essais.example/frontchannel_logout\"\n\
         frontchannel_logout_session_required = true\n"
        ),
        true,
    );

    // The rules: each client is strict unless its name says otherwise.
    let basic = format!("{REFRESHING}{after}");
    entry("strict", "", &basic, true);
    entry("asking", "consent = \"ask\"\n", &basic, true);
    entry("query-only", "response_modes = [\"query\"]\n", "", true);
    entry("jwt-tokens", "access_token = \"jwt\"\n", &basic, true);
    entry("public-subject", "", "subject_type = \"public\"\n", true);
    entry(
        "native",
        "",
        &format!(
            "{REFRESHING}application_type = \"native\"\ntoken_endpoint_auth_method = \"none\"\n"
        ),
        false,
    );
    entry(
        "hs",
        "",
        "token_endpoint_auth_method = \"client_secret_jwt\"\n",
        true,
    );
    let with_keys = |key: &Key, more: &str| format!("{more}jwks = {}\n", inline(&key.jwk()));
    entry(
        "assertion",
        "",
        &with_keys(
            &keys.assertion,
            "token_endpoint_auth_method = \"private_key_jwt\"\n",
        ),
        false,
    );
    entry(
        "jar",
        "",
        &with_keys(&keys.jar, "request_object_signing_alg = \"ES256\"\n"),
        true,
    );
    let device = "urn:ietf:params:oauth:grant-type:device_code";
    entry(
        "kiosk",
        "",
        &format!(
            "grant_types = [\"{device}\"]\nresponse_types = []\ntoken_endpoint_auth_method = \"none\"\n"
        ),
        false,
    );

    entry(
        "machine",
        "",
        "grant_types = [\"client_credentials\"]\nresponse_types = []\n",
        true,
    );

    for (id, key) in [
        ("fapi", &keys.fapi),
        ("fapi-two", &keys.fapi_two),
        ("fapi-rsa", &keys.fapi_rsa),
    ] {
        let client = format!(
            "{REFRESHING}token_endpoint_auth_method = \"private_key_jwt\"\n\
             token_endpoint_auth_signing_alg = \"{}\"\n",
            key.alg()
        );
        entry(
            id,
            "profile = \"fapi2\"\nconsent = \"ask\"\n",
            &with_keys(key, &client),
            false,
        );
    }
    toml
}

/// A key set of one key as an inline table of TOML.
fn inline(jwk: &Value) -> String {
    let members: Vec<String> = jwk
        .as_object()
        .expect("a key is an object")
        .iter()
        .map(|(name, value)| format!("{name} = {value}"))
        .collect();
    format!("{{ keys = [{{ {} }}] }}", members.join(", "))
}
