//! A small region behind the router, and browsers that keep their cookies.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use clau_domain::random::SeededForTests;
use clau_domain::time::Timestamp;
use clau_engine::apply::SourceFile;
use clau_engine::keys::MasterKey;
use clau_engine::{Client, Cx, Hub, Settings, Stores};
use http::header::{CONTENT_TYPE, COOKIE, HOST, LOCATION, SET_COOKIE};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode};
use tower::ServiceExt;

use crate::app::Web;

pub(super) const HOST_NAME: &str = "ent.example";
pub(super) const PASSWORD: &str = "trottinette verte du matin";
/// Monday 2 November 2026, eight in the morning in Toulouse.
const MONDAY: i64 = 1_793_602_800_000;

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
family_name = "<b>Martin</b>"
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
release = { attributes = ["login", "profile"] }
[service.cas]
urls = ["https://pedagogie.example/"]
profile = "standard"
[service.tile]
category = "pedagogy"
description = "Le cahier de textes"
icon = "notebook"
url = "https://pedagogie.example/"

[[service]]
id = "notes"
name = "Notes"
access = [{ profiles = ["National_ENS"] }]
[service.cas]
urls = ["https://notes.example/"]
[service.tile]
category = "school_life"
url = "https://notes.example/"

[[announcement]]
id = "rentree"
title = "Rentrée"
text = "Bonne rentrée à tous."
"#;

pub(super) struct Scene {
    pub(super) hub: Hub,
    pub(super) web: Web,
    router: Router,
    random: Arc<SeededForTests>,
    now: Arc<AtomicI64>,
    folder: tempfile::TempDir,
}

pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: String,
}

/// A browser: its cookies, and the headers that it sends with everything.
#[derive(Clone, Default)]
pub(super) struct Browser {
    pub(super) cookies: BTreeMap<String, String>,
    pub(super) headers: Vec<(HeaderName, String)>,
}

/// A form as a page gives it.
#[derive(Clone, Debug)]
pub(super) struct Form {
    pub(super) action: String,
    pub(super) fields: Vec<(String, String)>,
}

impl Scene {
    pub(super) async fn new() -> Self {
        Self::with(|_| {}).await
    }

    pub(super) async fn with(change: impl FnOnce(&mut Settings)) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let scene = Self::in_folder(folder, 7, change).await;
        scene.apply(REGION).await;
        scene
    }

    /// The scene that [`Self::into_file`] left.
    pub(super) async fn from_file(file: &[u8]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(database(folder.path()), file).expect("a file");
        Self::in_folder(folder, 8, |_| {}).await
    }

    /// Everything that this scene has stored, to begin others with: what takes its time is done once.
    pub(super) async fn into_file(self) -> Vec<u8> {
        self.hub.close().await;
        std::fs::read(database(self.folder.path())).expect("a file")
    }

    async fn in_folder(
        folder: tempfile::TempDir,
        seed: u64,
        change: impl FnOnce(&mut Settings),
    ) -> Self {
        // Another test of this process may have been first.
        let _first = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let stores = Stores::embedded(database(folder.path()))
            .await
            .expect("stores");
        let mut settings = Settings::for_base_url(&format!("https://{HOST_NAME}"));
        settings.charter_version = String::new();
        settings.contact = "aide@ent.example".to_owned();
        change(&mut settings);
        let key = MasterKey::parse(&"ab".repeat(32)).expect("a key");
        let hub = Hub::new(stores, &key, settings).await.expect("a hub");
        let random = Arc::new(SeededForTests::new(seed));
        let now = Arc::new(AtomicI64::new(MONDAY));
        let clock = Arc::clone(&now);
        let web = Web {
            hub: hub.clone(),
            clock: Arc::new(move || Timestamp::from_millis(clock.load(Ordering::Relaxed))),
            random: Arc::clone(&random) as Arc<dyn clau_domain::random::Random>,
            trusted_proxies: vec!["10.0.0.0/8".parse().expect("a network")],
        };
        let router = crate::router(web.clone());
        Self {
            hub,
            web,
            router,
            random,
            now,
            folder,
        }
    }

    /// Registers what a file for `clau apply` says.
    pub(super) async fn apply(&self, text: &str) {
        let file = SourceFile {
            name: "region.toml".to_owned(),
            text: text.to_owned(),
            ..SourceFile::default()
        };
        let applied = self.hub.apply(&self.cx(), &[file], false).await;
        applied.expect("applies");
    }

    pub(super) fn cx(&self) -> Cx<'_> {
        Cx {
            now: Timestamp::from_millis(self.now.load(Ordering::Relaxed)),
            random: self.random.as_ref(),
            client: Client::operator(),
            reference: "TEST".to_owned(),
        }
    }

    pub(super) fn pass_seconds(&self, seconds: i64) {
        self.now.fetch_add(seconds * 1000, Ordering::Relaxed);
    }

    pub(super) async fn send(&self, mut request: Request<Body>) -> Answer {
        let peer = SocketAddr::from(([192, 0, 2, 1], 4711));
        request.extensions_mut().insert(ConnectInfo(peer));
        let response = self
            .router
            .clone()
            .oneshot(request)
            .await
            .expect("the router answers");
        let (parts, body) = response.into_parts();
        let body = axum::body::to_bytes(body, 1 << 20).await.expect("a body");
        let body = String::from_utf8(body.to_vec()).expect("text");
        Answer {
            status: parts.status,
            headers: parts.headers,
            body,
        }
    }

    pub(super) async fn get(&self, browser: &mut Browser, path: &str) -> Answer {
        let request = browser
            .request(Method::GET, path)
            .body(Body::empty())
            .expect("a request");
        let answer = self.send(request).await;
        browser.keep(&answer.headers);
        answer
    }

    /// Follows redirects within the hub.
    pub(super) async fn follow(&self, browser: &mut Browser, path: &str) -> Answer {
        let mut answer = self.get(browser, path).await;
        for _ in 0..5 {
            match answer.location() {
                Some(next) if next.starts_with('/') => answer = self.get(browser, &next).await,
                _ => break,
            }
        }
        answer
    }

    pub(super) async fn submit(&self, browser: &mut Browser, form: &Form) -> Answer {
        let body = serde_urlencoded::to_string(&form.fields).expect("a form");
        let request = browser
            .request(Method::POST, &form.action)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(body))
            .expect("a request");
        let answer = self.send(request).await;
        browser.keep(&answer.headers);
        answer
    }

    /// The answer to the login form of a page.
    pub(super) async fn log_in_at(&self, browser: &mut Browser, path: &str, login: &str) -> Answer {
        let page = self.follow(browser, path).await;
        let form = page
            .form("/login")
            .with("username", login)
            .with("password", PASSWORD);
        self.submit(browser, &form).await
    }

    pub(super) async fn signed_in(&self, login: &str) -> Browser {
        let mut browser = Browser::default();
        let answer = self.log_in_at(&mut browser, "/login", login).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
        browser
    }

    pub(super) async fn is_signed_in(&self, browser: &Browser) -> bool {
        self.get(&mut browser.clone(), "/account").await.status == StatusCode::OK
    }
}

impl Browser {
    pub(super) fn with(mut self, name: &'static str, value: &str) -> Self {
        self.headers
            .push((HeaderName::from_static(name), value.to_owned()));
        self
    }

    pub(super) fn session(&self) -> Option<String> {
        self.cookies.get("__Host-clau-session").cloned()
    }

    pub(super) fn request(&self, method: Method, path: &str) -> http::request::Builder {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(HOST, HOST_NAME);
        if !self.cookies.is_empty() {
            let pairs: Vec<String> = self
                .cookies
                .iter()
                .map(|(name, value)| format!("{name}={value}"))
                .collect();
            request = request.header(COOKIE, pairs.join("; "));
        }
        for (name, value) in &self.headers {
            request = request.header(name, HeaderValue::from_str(value).expect("a header"));
        }
        request
    }

    fn keep(&mut self, headers: &HeaderMap) {
        for cookie in headers.get_all(SET_COOKIE) {
            let cookie = cookie.to_str().expect("text");
            let (name, rest) = cookie.split_once('=').expect("a cookie");
            let value = rest.split(';').next().unwrap_or_default();
            if cookie.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
    }
}

impl Answer {
    pub(super) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }

    pub(super) fn location(&self) -> Option<String> {
        self.headers
            .get(LOCATION)
            .map(|value| value.to_str().expect("ASCII").to_owned())
    }

    /// The first form that goes to `action`, with its hidden fields and the values of its others.
    pub(super) fn form(&self, action: &str) -> Form {
        self.forms()
            .into_iter()
            .find(|form| form.action == action)
            .unwrap_or_else(|| panic!("no form to {action}: {} {}", self.status, self.body))
    }

    pub(super) fn forms(&self) -> Vec<Form> {
        let attribute = |tag: &str, name: &str| {
            let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
            Some(unescape(rest.split('"').next()?))
        };
        let forms = self.body.split("<form").skip(1).map(|form| {
            let form = form.split("</form>").next().unwrap_or_default();
            let inputs = form
                .split("<input")
                .skip(1)
                .map(|tag| tag.split('>').next().unwrap_or_default());
            let fields = inputs
                .filter(|tag| !tag.contains("type=\"checkbox\""))
                .filter_map(|tag| {
                    Some((
                        attribute(tag, "name")?,
                        attribute(tag, "value").unwrap_or_default(),
                    ))
                })
                .collect();
            Form {
                action: attribute(form, "action").unwrap_or_default(),
                fields,
            }
        });
        forms.collect()
    }
}

impl Form {
    pub(super) fn with(mut self, name: &str, value: &str) -> Self {
        self.fields.retain(|(known, _)| known != name);
        self.fields.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(super) fn without(mut self, name: &str) -> Self {
        self.fields.retain(|(known, _)| known != name);
        self
    }

    pub(super) fn value(&self, name: &str) -> Option<&str> {
        self.fields
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }
}

fn database(folder: &Path) -> std::path::PathBuf {
    folder.join("clau.db")
}

fn unescape(text: &str) -> String {
    [
        ("&#60;", "<"),
        ("&#62;", ">"),
        ("&#34;", "\""),
        ("&#39;", "'"),
        ("&#38;", "&"),
    ]
    .iter()
    .fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
}
