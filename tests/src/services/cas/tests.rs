//! Both services against a hub of a few lines: sign in, write, read through a proxy ticket, be
//! signed out from behind. The real hub meets them in the end-to-end tests.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::{Query, State};
use axum::response::Redirect;
use axum::routing::get;
use reqwest::header::{COOKIE, LOCATION, SET_COOKIE};
use url::Url;

use crate::services::server::http_client;
use crate::services::testing::{arguments, listening};
use crate::services::{orientation, pedagogie};

const TEACHER: &str = "<cas:user>t1</cas:user><cas:attributes><cas:ENTPersonProfils>National_ENS</cas:ENTPersonProfils>\
    <cas:prenom>Océane</cas:prenom><cas:nom>FABRE</cas:nom><cas:ENTAuxEnsClasses>0318000C$3A</cas:ENTAuxEnsClasses></cas:attributes>";
const PUPIL: &str = "<cas:user>p1</cas:user><cas:attributes><cas:ENTPersonProfils>National_ELV</cas:ENTPersonProfils>\
    <cas:ENTEleveClasses>0318000C$3A</cas:ENTEleveClasses></cas:attributes>";

/// Service, person and proxies.
type Ticket = (String, &'static str, Vec<String>);

/// A hub that signs everybody in as whoever is next.
#[derive(Default)]
struct FakeHub {
    next: Mutex<&'static str>,
    tickets: Mutex<HashMap<String, Ticket>>,
    granting: Mutex<HashMap<String, (&'static str, String)>>,
    issued: Mutex<Vec<String>>,
}

type Parameters = Query<HashMap<String, String>>;

impl FakeHub {
    fn issue(
        &self,
        kind: &str,
        service: &str,
        person: &'static str,
        proxies: Vec<String>,
    ) -> String {
        let mut issued = self.issued.lock().unwrap();
        let ticket = format!("{kind}-{}", issued.len());
        issued.push(ticket.clone());
        self.tickets
            .lock()
            .unwrap()
            .insert(ticket.clone(), (service.to_owned(), person, proxies));
        ticket
    }
}

fn response(inside: &str) -> String {
    format!(
        "<cas:serviceResponse xmlns:cas=\"http://www.yale.edu/tp/cas\">{inside}</cas:serviceResponse>"
    )
}

async fn login(State(hub): State<Arc<FakeHub>>, Query(query): Parameters) -> Redirect {
    let person = *hub.next.lock().unwrap();
    let ticket = hub.issue("ST", &query["service"], person, Vec::new());
    Redirect::to(&format!("{}?ticket={ticket}", query["service"]))
}

async fn validate(State(hub): State<Arc<FakeHub>>, Query(query): Parameters) -> String {
    let found = hub.tickets.lock().unwrap().remove(&query["ticket"]);
    let Some((_, person, proxies)) = found.filter(|(service, _, _)| *service == query["service"])
    else {
        return response(
            "<cas:authenticationFailure code=\"INVALID_TICKET\">no</cas:authenticationFailure>",
        );
    };
    let mut inside = person.to_owned();
    if let Some(callback) = query.get("pgtUrl") {
        hub.granting
            .lock()
            .unwrap()
            .insert("PGT-1".to_owned(), (person, callback.clone()));
        let callback =
            Url::parse_with_params(callback, [("pgtId", "PGT-1"), ("pgtIou", "PGTIOU-1")]).unwrap();
        http_client(None)
            .unwrap()
            .get(callback)
            .send()
            .await
            .unwrap();
        inside.push_str("<cas:proxyGrantingTicket>PGTIOU-1</cas:proxyGrantingTicket>");
    }
    if !proxies.is_empty() {
        let proxies: String = proxies
            .iter()
            .map(|proxy| format!("<cas:proxy>{proxy}</cas:proxy>"))
            .collect();
        inside.push_str(&format!("<cas:proxies>{proxies}</cas:proxies>"));
    }
    response(&format!(
        "<cas:authenticationSuccess>{inside}</cas:authenticationSuccess>"
    ))
}

async fn proxy(State(hub): State<Arc<FakeHub>>, Query(query): Parameters) -> String {
    let (person, callback) = hub.granting.lock().unwrap()[&query["pgt"]].clone();
    let ticket = hub.issue("PT", &query["targetService"], person, vec![callback]);
    response(&format!(
        "<cas:proxySuccess><cas:proxyTicket>{ticket}</cas:proxyTicket></cas:proxySuccess>"
    ))
}

/// A browser with one cookie that follows redirects.
struct Browser {
    http: reqwest::Client,
    cookie: Option<String>,
}

impl Browser {
    fn new() -> Self {
        Self {
            http: http_client(None).unwrap(),
            cookie: None,
        }
    }

    async fn open(&mut self, address: &Url) -> (u16, String) {
        self.follow(self.http.get(address.clone()), address.clone())
            .await
    }

    async fn send(&mut self, address: &Url, form: &[(&str, &str)]) -> (u16, String) {
        self.follow(self.http.post(address.clone()).form(form), address.clone())
            .await
    }

    async fn follow(&mut self, first: reqwest::RequestBuilder, mut at: Url) -> (u16, String) {
        let mut request = first;
        loop {
            if let Some(cookie) = &self.cookie {
                request = request.header(COOKIE, cookie);
            }
            let answer = request.send().await.unwrap();
            if let Some(cookie) = answer.headers().get(SET_COOKIE) {
                self.cookie = Some(
                    cookie
                        .to_str()
                        .unwrap()
                        .split(';')
                        .next()
                        .unwrap()
                        .to_owned(),
                );
            }
            match answer.headers().get(LOCATION) {
                Some(location) => at = at.join(location.to_str().unwrap()).unwrap(),
                None => return (answer.status().as_u16(), answer.text().await.unwrap()),
            }
            request = self.http.get(at.clone());
        }
    }
}

fn csrf(page: &str) -> String {
    let (_, rest) = page
        .split_once("name=\"csrf\" value=\"")
        .unwrap_or_else(|| panic!("no form in {page}"));
    rest.split('"').next().unwrap().to_owned()
}

struct Scene {
    hub: Arc<FakeHub>,
    notebook: Url,
    wishes: Url,
    _files: tempfile::TempDir,
}

async fn scene() -> Scene {
    let hub = Arc::new(FakeHub::default());
    let routes = Router::new()
        .route("/cas/login", get(login))
        .route("/cas/serviceValidate", get(validate))
        .route("/cas/p3/serviceValidate", get(validate))
        .route("/cas/p3/proxyValidate", get(validate))
        .route("/cas/proxy", get(proxy))
        .with_state(Arc::clone(&hub));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let hub_address = Url::parse(&format!("http://{}/", listener.local_addr().unwrap())).unwrap();
    tokio::spawn(async move { axum::serve(listener, routes).await });
    let files = tempfile::tempdir().unwrap();
    let arguments = |name: &str| arguments(&hub_address, &files.path().join(name));
    let (first, second) = (arguments("notebook.sqlite"), arguments("wishes.sqlite"));
    let scene = Scene {
        hub,
        notebook: first.base.clone(),
        wishes: second.base.clone(),
        _files: files,
    };
    tokio::spawn(pedagogie::run(first, vec![second.address("pgt")]));
    tokio::spawn(orientation::run(second, Some(scene.notebook.clone())));
    listening(&scene.notebook).await;
    listening(&scene.wishes).await;
    scene
}

#[tokio::test]
async fn a_teacher_writes_and_a_pupil_reads_it_in_both_services() {
    let scene = scene().await;
    *scene.hub.next.lock().unwrap() = TEACHER;
    let mut teacher = Browser::new();
    let class = scene.notebook.join("classe?uai=0318000C&class=3A").unwrap();
    teacher.open(&scene.notebook).await;
    let (status, page) = teacher.open(&class).await;
    assert_eq!(status, 200, "{page}");
    assert!(page.contains("Océane FABRE") && page.contains("entry-submit"));
    let token = csrf(&page);
    let lesson = |token: &str, class: &str| {
        [
            ("csrf", token),
            ("uai", "0318000C"),
            ("class", class),
            ("day", "2026-11-23"),
            ("lesson", "Thalès <&>"),
            ("homework", ""),
        ]
        .map(|(a, b)| (a.to_owned(), b.to_owned()))
    };
    let write = scene.notebook.join("seances").unwrap();
    for (token, class, expected) in [
        ("wrong", "3A", 403),
        (token.as_str(), "3B", 403),
        (token.as_str(), "3A", 200),
    ] {
        let form = lesson(token, class);
        let form: Vec<(&str, &str)> = form.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
        let (status, page) = teacher.send(&write, &form).await;
        assert_eq!(status, expected, "{page}");
    }
    let (status, _) = teacher
        .open(&scene.notebook.join("classe?uai=0318000C&class=3B").unwrap())
        .await;
    assert_eq!(status, 403);

    *scene.hub.next.lock().unwrap() = PUPIL;
    let mut pupil = Browser::new();
    let (_, page) = pupil.open(&scene.notebook).await;
    assert!(
        page.contains("Thalès &#60;&#38;&#62;") && !page.contains("Supprimer"),
        "{page}"
    );
    let mut pupil = Browser::new();
    let (status, page) = pupil.open(&scene.wishes).await;
    assert_eq!(status, 200);
    assert!(page.contains("Thalès"), "through a proxy ticket: {page}");
    let wish = [
        ("csrf", csrf(&page)),
        ("course", "CAP Électricien".to_owned()),
        ("school", "LP L’Atelier".to_owned()),
    ];
    let wish: Vec<(&str, &str)> = wish.iter().map(|(a, b)| (*a, b.as_str())).collect();
    let (status, page) = pupil
        .send(&scene.wishes.join("voeux").unwrap(), &wish)
        .await;
    assert_eq!(status, 200);
    assert!(page.contains("CAP Électricien – LP L’Atelier"), "{page}");
}

#[tokio::test]
async fn a_logout_notice_ends_the_session_of_its_ticket_and_no_other() {
    let scene = scene().await;
    *scene.hub.next.lock().unwrap() = PUPIL;
    let (mut first, mut second) = (Browser::new(), Browser::new());
    first.open(&scene.notebook).await;
    second.open(&scene.notebook).await;
    let notice = |ticket: &str| {
        format!(
            "<samlp:LogoutRequest xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\"><samlp:SessionIndex>{ticket}</samlp:SessionIndex></samlp:LogoutRequest>"
        )
    };
    let ticket = scene.hub.issued.lock().unwrap()[0].clone();
    let door = scene.notebook.join("cas").unwrap();
    let (status, _) = Browser::new()
        .send(&door, &[("logoutRequest", &notice(&ticket))])
        .await;
    assert_eq!(status, 200);
    let (status, _) = Browser::new()
        .send(&door, &[("logoutRequest", "<x/>")])
        .await;
    assert_eq!(status, 422);
    let signed_in = async |browser: &Browser| {
        let request = browser
            .http
            .get(scene.notebook.clone())
            .header(COOKIE, browser.cookie.clone().unwrap());
        request.send().await.unwrap().status().as_u16() == 200
    };
    assert!(!signed_in(&first).await);
    assert!(signed_in(&second).await);
}

#[tokio::test]
async fn cas_13_a_ticket_that_the_hub_refuses_opens_nothing() {
    let scene = scene().await;
    *scene.hub.next.lock().unwrap() = PUPIL;
    let mut browser = Browser::new();
    browser.open(&scene.notebook).await;
    let used = scene.hub.issued.lock().unwrap()[0].clone();
    let mut thief = Browser::new();
    let (status, _) = thief
        .open(&scene.notebook.join(&format!("cas?ticket={used}")).unwrap())
        .await;
    assert_eq!(status, 401);
    assert!(thief.cookie.is_none());
    // A service ticket is no proxy ticket, and a proxy ticket of another chain is none of ours.
    let direct = scene.hub.issue(
        "ST",
        scene.notebook.join("api/notebook").unwrap().as_str(),
        PUPIL,
        Vec::new(),
    );
    let foreign = scene.hub.issue(
        "PT",
        scene.notebook.join("api/notebook").unwrap().as_str(),
        PUPIL,
        vec!["https://evil.example/pgt".to_owned()],
    );
    for ticket in [direct, foreign] {
        let (status, _) = thief
            .open(
                &scene
                    .notebook
                    .join(&format!("api/notebook?ticket={ticket}"))
                    .unwrap(),
            )
            .await;
        assert_eq!(status, 403);
    }
}
