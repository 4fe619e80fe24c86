//! A small region on a SQLite file of its own, with a clock that stands until it is moved.

use std::cell::Cell;
use std::net::IpAddr;
use std::time::Duration;

use clau_cas::ticket::Presented;
use clau_domain::ids::PersonId;
use clau_domain::login::HandOver;
use clau_domain::random::SeededForTests;
use clau_domain::time::Timestamp;
use clau_domain::url::LocalPath;
use clau_engine::apply::SourceFile;
use clau_engine::cas::{Failure, LoginAnswer, LoginRequest, Redemption, Validated};
use clau_engine::keys::MasterKey;
use clau_engine::login::{Chosen, Cookies, Identify, Start, Step, Then, Typed};
use clau_engine::session::SignedIn;
use clau_engine::{Client, Cx, Hub, Settings, Stores};
use clau_storage::counters::Counters;
use clau_storage::people::{self, RelationRow};
use clau_storage::tickets::Tickets;
use clau_storage::{Database, DatabaseConfig};

/// A password that everybody of the scene has.
pub(crate) const PASSWORD: &str = "trottinette verte du matin";

const REGION: &str = r#"
[[structure]]
uai = "0310001A"
kind = "school"
name = "Collège Clémence-Isaure"
type = "COLLEGE"

[[structure]]
uai = "0320002B"
kind = "school"
name = "Lycée d'Artagnan"
type = "LYCEE"

[[person]]
login = "lea.martin"
given_name = "Léa"
family_name = "Martin"
birth_date = "2013-05-28"
password = "trottinette verte du matin"
affiliation = [{ structure = "0310001A", profile = "National_ELV", classes = ["5B"], level = "5EME" }]

[[person]]
login = "tom.martin"
given_name = "Tom"
family_name = "Martin"
password = "trottinette verte du matin"
affiliation = [{ structure = "0320002B", profile = "National_ELV", classes = ["2NDE3"], level = "2NDE" }]

[[person]]
login = "anne.martin"
given_name = "Anne"
family_name = "Martin"
password = "trottinette verte du matin"
children = ["lea.martin", "tom.martin"]

[[person]]
login = "paul.durand"
given_name = "Paul"
family_name = "Durand"
password = "trottinette verte du matin"
affiliation = [{ structure = "0310001A", profile = "National_ENS", classes = ["5B"], functions = ["ENS"] }]

[[person]]
login = "nouvelle.eleve"
given_name = "Nouvelle"
family_name = "Élève"
affiliation = [{ structure = "0310001A", profile = "National_ELV", classes = ["5B"] }]

[[service]]
id = "pedagogie"
name = "Pédagogie"
access = [{}]
release = { attributes = ["login", "profile", "birth_date"] }
[service.cas]
urls = ["https://pedagogie.example/"]
profile = "standard"
accepts_proxies = ["orientation"]
[service.tile]
url = "https://pedagogie.example/"

[[service]]
id = "orientation"
name = "Orientation"
access = [{ profiles = ["National_ELV"] }, { profiles = ["National_TUT"], levels = ["2NDE"] }]
[service.cas]
urls = ["https://orientation.example/"]
proxy_callbacks = ["https://orientation.example/pgt"]

[[service]]
id = "notes"
name = "Notes"
access = [{ profiles = ["National_ENS"], until = "2026-09-30" }]
[service.cas]
urls = ["https://notes.example/"]
"#;

pub(crate) struct Scene {
    pub(crate) hub: Hub,
    pub(crate) database: Database,
    random: SeededForTests,
    now: Cell<Timestamp>,
    address: Cell<IpAddr>,
    _folder: tempfile::TempDir,
}

/// A browser's cookies, kept between requests.
#[derive(Debug, Default)]
pub(crate) struct Browser {
    pub(crate) session: Option<String>,
    pub(crate) browser: Option<String>,
    pub(crate) device: Option<String>,
}

impl Browser {
    pub(crate) fn cookies(&self) -> Cookies<'_> {
        Cookies {
            session: self.session.as_deref(),
            browser: self.browser.as_deref(),
            device: self.device.as_deref(),
        }
    }
}

impl Scene {
    pub(crate) async fn new() -> Self {
        Self::with(|_| {}).await
    }

    pub(crate) async fn with(change: impl FnOnce(&mut Settings)) -> Self {
        // Another test of this process may have been first.
        let _first = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let folder = tempfile::tempdir().expect("folder");
        let file = folder.path().join("clau.db");
        let config = DatabaseConfig::Sqlite { file, readers: 2 };
        let database = Database::open(&config).await.expect("database");
        let stores = Stores {
            tickets: Tickets::in_database(database.clone()),
            counters: Counters::in_database(database.clone()),
            database: database.clone(),
        };
        let mut settings = Settings::for_base_url("https://ent.example");
        settings.charter_version = String::new();
        change(&mut settings);
        let key = MasterKey::parse(&"ab".repeat(32)).expect("key");
        let hub = Hub::new(stores, &key, settings).await.expect("hub");
        let scene = Self {
            hub,
            database,
            random: SeededForTests::new(7),
            // Monday 2 November 2026, eight in the morning in Toulouse.
            now: Cell::new(Timestamp::from_millis(1_793_602_800_000)),
            address: Cell::new(IpAddr::from([192, 0, 2, 1])),
            _folder: folder,
        };
        scene.apply(REGION).await;
        scene
    }

    pub(crate) async fn apply(&self, text: &str) -> clau_engine::apply::Applied {
        let file = SourceFile {
            name: "region.toml".to_owned(),
            text: text.to_owned(),
            ..SourceFile::default()
        };
        self.hub
            .apply(&self.cx(), &[file], false)
            .await
            .expect("applies")
    }

    pub(crate) fn cx(&self) -> Cx<'_> {
        Cx {
            now: self.now.get(),
            random: &self.random,
            client: Client {
                address: self.address.get(),
                browser: "Firefox · Linux".to_owned(),
            },
            reference: "TEST".to_owned(),
        }
    }

    /// Ends the authority of a guardian over a pupil, as a feed does after a custody decision.
    pub(crate) async fn end_authority(&self, guardian: PersonId, pupil: PersonId) {
        let mut tx = self.database.begin().await.expect("transaction");
        let relation = RelationRow {
            pupil,
            guardian,
            source: "local",
            kinship: "90",
            legal_rank: 0,
        };
        let put = people::put_relation(&mut tx, relation).await;
        put.expect("relation");
        tx.commit().await.expect("commit");
    }

    pub(crate) fn pass(&self, time: Duration) {
        self.now.set(self.now.get() + time);
    }

    pub(crate) fn move_to_address(&self, address: [u8; 4]) {
        self.address.set(IpAddr::from(address));
    }

    /// The login page for the portal.
    pub(crate) async fn login_page(&self, browser: &mut Browser) -> Identify {
        let start = Start {
            force: true,
            ..Start::page(LocalPath::root())
        };
        let step = self
            .hub
            .start_login(&self.cx(), browser.cookies(), start)
            .await
            .expect("start");
        identify(step, browser)
    }

    /// What the login form answers.
    pub(crate) async fn submit(
        &self,
        browser: &mut Browser,
        handle: &str,
        (username, password): (&str, &str),
    ) -> Step {
        let typed = Typed {
            username,
            password,
            remember: false,
        };
        let step = self
            .hub
            .submit_password(&self.cx(), browser.cookies(), handle, typed)
            .await;
        keep(step.expect("submit"), browser)
    }

    /// Signs in with a password.
    pub(crate) async fn sign_in(&self, browser: &mut Browser, login: &str) -> SignedIn {
        let page = self.login_page(browser).await;
        let step = self.submit(browser, &page.handle, (login, PASSWORD)).await;
        assert!(matches!(step, Step::Finished(_)), "{step:?}");
        self.signed_in(browser).await.expect("a session")
    }

    /// What the form for login and password of one's own answers.
    pub(crate) async fn choose(
        &self,
        browser: &Browser,
        handle: &str,
        (login, password, again): (&str, &str, &str),
    ) -> Step {
        let chosen = Chosen {
            login,
            password,
            again,
        };
        let cookies = browser.cookies();
        let step = self
            .hub
            .choose_credentials(&self.cx(), cookies, handle, chosen)
            .await;
        step.expect("choose")
    }

    pub(crate) async fn signed_in(&self, browser: &Browser) -> Option<SignedIn> {
        let cookie = browser.session.as_deref();
        self.hub
            .signed_in(&self.cx(), cookie)
            .await
            .expect("lookup")
    }

    pub(crate) async fn cas_login(&self, browser: &Browser, request: LoginRequest) -> LoginAnswer {
        self.hub
            .cas_login(&self.cx(), browser.cookies(), request)
            .await
            .expect("cas login")
    }

    /// A ticket for a service from an existing session.
    pub(crate) async fn ticket(&self, browser: &Browser, service: &str) -> String {
        ticket_of(self.cas_login(browser, request(service)).await)
    }

    pub(crate) async fn redeem(&self, ticket: &str, service: &str) -> Result<Validated, Failure> {
        let redemption = redemption(ticket, service);
        self.hub
            .redeem(&self.cx(), redemption)
            .await
            .expect("redeem")
    }
}

pub(crate) fn request(service: &str) -> LoginRequest {
    LoginRequest {
        service: Some(service.parse().expect("address")),
        renew: false,
        gateway: false,
        method: HandOver::Get,
        warn: false,
    }
}

pub(crate) fn redemption(ticket: &str, service: &str) -> Redemption {
    Redemption {
        service: service.parse().expect("address"),
        ticket: Presented::parse(ticket).expect("a ticket by its form"),
        renew: false,
        pgt_url: None,
        proxies: false,
    }
}

pub(crate) fn ticket_of(answer: LoginAnswer) -> String {
    match answer {
        LoginAnswer::Step(Step::Finished(finished)) => match finished.then {
            Then::Cas(handed) => handed.ticket.expose().to_owned(),
            other => panic!("no ticket: {other:?}"),
        },
        other => panic!("no ticket: {other:?}"),
    }
}

/// The page that somebody who opens a service is shown first.
pub(crate) fn step_of(answer: LoginAnswer) -> Step {
    match answer {
        LoginAnswer::Step(step) => step,
        other => panic!("no step: {other:?}"),
    }
}

/// Keeps the cookies that an answer sets.
pub(crate) fn keep(step: Step, browser: &mut Browser) -> Step {
    match &step {
        Step::Identify(page) => browser.browser = Some(page.browser.expose().to_owned()),
        Step::Finished(finished) => {
            if let Some((begun, device)) = &finished.session {
                browser.session = Some(begun.token.expose().to_owned());
                browser.device = Some(device.expose().to_owned());
            }
        }
        Step::Leave(leave) => {
            if let Some(token) = &leave.browser {
                browser.browser = Some(token.expose().to_owned());
            }
        }
        Step::ProveSecond(_)
        | Step::ChooseCredentials(_)
        | Step::AcceptCharter(_)
        | Step::AskPassword(_)
        | Step::Unknown(_)
        | Step::ShowLink(_)
        | Step::ChooseContext(_)
        | Step::Expired => {}
    }
    step
}

pub(crate) fn identify(step: Step, browser: &mut Browser) -> Identify {
    match keep(step, browser) {
        Step::Identify(page) => page,
        other => panic!("not the login page: {other:?}"),
    }
}
