//! A region of testers who all have the same password: one hash, made once, so that a thousand accounts
//! cost nothing to prepare.

use std::fmt::Write as _;

use argon2::{Algorithm, Argon2, Block, Params, Version};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use clau_tests::support::http::Visitor;
use clau_tests::support::hub::{Hub, Setup, Stores};

/// How many there are: `tester0`, `tester1`, …
pub(crate) const COUNT: usize = 1_000;
/// The password of each.
pub(crate) const PASSWORD: &str = "une-mesure-n-est-pas-un-but";
/// A service that all may use, by CAS.
pub(crate) const SERVICE: &str = "https://localhost:1/";
/// The same, as a client of OpenID Connect.
pub(crate) const CLIENT: &str = "measured";
/// The client's secret.
pub(crate) const SECRET: &str = "le-client-mesure-le-dit-a-la-cle-seulement";
/// Where the client gets its codes.
pub(crate) const REDIRECT: &str = "https://localhost:1/retour";

/// Sessions that round trips are made with, and how many each makes: the hub stops a browser that comes
/// back for the same service too often in a few seconds.
pub(crate) const SESSIONS: usize = 250;
/// See [`SESSIONS`].
pub(crate) const TRIPS: usize = 10;

/// The hub's own parameters: 19 MiB, two passes.
const MEMORY_KIB: u32 = 19_456;
const PASSES: u32 = 2;

/// A hub on one SQLite file with all testers.
pub(crate) async fn hub() -> Hub {
    hub_with("").await
}

/// The same with what else is registered.
pub(crate) async fn hub_with(more: &str) -> Hub {
    Setup::new(Stores::Embedded)
        .plain()
        .applying(region())
        .applying(more)
        .start()
        .await
}

/// Browsers of testers who are signed in.
pub(crate) async fn sessions(hub: &Hub) -> Vec<Visitor> {
    let browser = Visitor::new();
    let mut sessions = Vec::new();
    for number in 0..SESSIONS {
        assert!(
            log_in(&hub.url(""), &browser, number).await,
            "tester{number} is not let in"
        );
        sessions.push(browser.copy());
    }
    sessions
}

/// One bare hash, as many as a thread can do reusing its memory; the hub does the same work for a login.
pub(crate) fn hash(memory: &mut [Block]) -> [u8; 32] {
    let mut output = [0; 32];
    argon2()
        .hash_password_into_with_memory(
            PASSWORD.as_bytes(),
            b"sixteen bytes so",
            &mut output,
            memory,
        )
        .expect("parameters within bounds");
    output
}

/// Memory for [`hash`].
pub(crate) fn memory() -> Vec<Block> {
    vec![Block::default(); argon2().params().block_count()]
}

/// Signs a visitor in at the hub at `base`; whether they were let in.
pub(crate) async fn log_in(base: &str, visitor: &Visitor, number: usize) -> bool {
    visitor.clear_cookies();
    let Ok(page) = visitor.try_get(format!("{base}/login")).await else {
        return false;
    };
    let Some(form) = page.forms().into_iter().find(|form| form.has("password")) else {
        return false;
    };
    let login = format!("tester{}", number % COUNT);
    let answer = visitor
        .submit(&form.with("username", &login).with("password", PASSWORD))
        .await;
    answer.status.is_redirection()
}

fn argon2() -> Argon2<'static> {
    let params = Params::new(MEMORY_KIB, PASSES, 1, Some(32)).expect("parameters within bounds");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

fn region() -> String {
    let hash = STANDARD_NO_PAD.encode(hash(&mut memory()));
    let salt = STANDARD_NO_PAD.encode(b"sixteen bytes so");
    let hash = format!("$argon2id$v=19$m={MEMORY_KIB},t={PASSES},p=1${salt}${hash}");
    let mut toml = format!(
        "[[structure]]\nuai = \"0310999T\"\nkind = \"school\"\nname = \"Collège des mesures\"\n\
         [[service]]\nid = \"measured\"\nname = \"Mesuré\"\naccess = [{{}}]\n\
         release = {{ attributes = [\"given_name\", \"family_name\", \"profile\", \"classes\"] }}\n\
         [service.cas]\nurls = [\"{SERVICE}\"]\nprofile = \"standard\"\n\
         [service.oidc]\nclient_id = \"{CLIENT}\"\nsecret = \"{SECRET}\"\n\
         [service.oidc.client]\napplication_type = \"native\"\nredirect_uris = [\"{REDIRECT}\"]\n\
         token_endpoint_auth_method = \"client_secret_basic\"\nscope = \"openid profile ent\"\n"
    );
    for number in 0..COUNT {
        let _ = write!(
            toml,
            "[[person]]\nlogin = \"tester{number}\"\ngiven_name = \"Testeur\"\nfamily_name = \"Numéro {number}\"\n\
             password_hash = \"{hash}\"\n\
             affiliation = [{{ structure = \"0310999T\", profile = \"National_ELV\", classes = [\"6A\"] }}]\n"
        );
    }
    toml
}
