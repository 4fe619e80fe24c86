//! Signing out from a client's side: the address of the end-session endpoint, the pages on the way, and
//! where the browser ends.

use clau_tests::support::form;
use clau_tests::support::http::Answer;
use reqwest::Url;
use reqwest::header;
use serde_json::json;

use crate::checks::{self, PAGE_NEEDED};
use crate::client::Rp;
use crate::fields::Fields;
use crate::jose;
use crate::modules::{Done, flow};
use crate::person::{Person, has_password};
use crate::world::AFTER_LOGOUT;

/// Where a browser ended that was sent to sign out.
pub(crate) struct Left {
    /// The pages on the way.
    pub(crate) pages: Vec<Answer>,
    /// Whether somebody had to confirm it.
    pub(crate) asked: bool,
    /// The address away from the hub: of a redirect, or of a link on a page that leads on by itself.
    pub(crate) to: Option<String>,
}

impl Left {
    /// The last page of the hub.
    pub(crate) fn page(&self) -> &Answer {
        self.pages.last().expect("there was one")
    }

    /// Panics unless the browser was sent to the client, with `state` as it was given and nothing else.
    pub(crate) fn assert_back_at_the_client(&self, state: Option<&str>) {
        let to = self.to.as_deref();
        let to = to.unwrap_or_else(|| panic!("not sent back: {}", self.page().text()));
        let (address, query) = to.split_once('?').unwrap_or((to, ""));
        assert_eq!(address, AFTER_LOGOUT);
        let fields = Fields::decoded(query);
        assert_eq!(fields.value("state"), state);
        assert_eq!(fields.names().len(), usize::from(state.is_some()));
    }
}

/// A request to sign out as the suite makes it: hint, address, `state` of 128 characters.
pub(crate) fn request(done: &Done) -> Fields {
    Fields::of(&[
        ("id_token_hint", done.tokens.id()),
        ("post_logout_redirect_uri", AFTER_LOGOUT),
        ("state", &jose::random(128)),
    ])
}

/// The address of a request to sign out.
pub(crate) fn url(rp: &Rp, fields: &Fields) -> String {
    let endpoint = rp.endpoint("end_session_endpoint");
    match fields.encoded() {
        none if none.is_empty() => endpoint,
        query => format!("{endpoint}?{query}"),
    }
}

/// Signs somebody in at a client, ready to leave.
pub(crate) async fn arrived(person: &Person, rp: &Rp) -> Done {
    let done = flow(person, rp, &rp.ask("openid")).await;
    assert!(person.is_signed_in().await);
    done
}

/// Opens an address to sign out and stops at the first page or at the client.
pub(crate) async fn look(person: &Person, url: &str) -> Left {
    walk(person, url, false).await
}

/// Opens an address to sign out and confirms it where a page asks.
pub(crate) async fn leave(person: &Person, url: &str) -> Left {
    walk(person, url, true).await
}

async fn walk(person: &Person, url: &str, confirming: bool) -> Left {
    let hub = Url::parse(&person.world.issuer()).expect("our own address");
    let mut answer = person.visitor.get(url).await;
    let mut left = Left {
        pages: Vec::new(),
        asked: false,
        to: None,
    };
    for _ in 0..12 {
        if let Some(next) = answer.location() {
            if next.origin() != hub.origin() {
                left.to = answer.header(header::LOCATION).map(str::to_owned);
                left.pages.push(answer);
                return left;
            }
            answer = person.visitor.get(&next).await;
            continue;
        }
        left.pages.push(answer.clone());
        let confirmation = answer
            .forms()
            .into_iter()
            .find(|form| form.method == "post" && form.action.path().contains("logout"));
        match confirmation {
            Some(form) if confirming && !left.asked => {
                left.asked = true;
                answer = person.visitor.submit(&form).await;
            }
            _ => {
                let links = form::links(&answer.body, &answer.url);
                let onward = links
                    .iter()
                    .find(|link| link.as_str().starts_with(AFTER_LOGOUT));
                left.to = onward.map(ToString::to_string);
                return left;
            }
        }
    }
    panic!(
        "no end: {} pages, the last {}",
        left.pages.len(),
        answer.url
    );
}

/// Panics unless the hub has forgotten the person: it says so to the client, and shows its login page.
pub(crate) async fn assert_signed_out(person: &Person, rp: &Rp) {
    let ask = rp
        .ask("openid")
        .pkce()
        .with("prompt", "none")
        .with("state", jose::random(128));
    let visit = person.open(&rp.authorize_url(&ask)).await;
    assert_eq!(visit.shown, []);
    checks::refused(&visit, rp, &ask, &PAGE_NEEDED);
    assert!(!person.is_signed_in().await);
}

/// A hint that the hub did not make: its claims under `alg: none`, or under somebody else's signature.
pub(crate) fn forged(done: &Done, key: Option<&jose::Key>) -> String {
    let (mut header, claims) = jose::peek(done.tokens.id());
    match key {
        None => jose::none(&claims),
        Some(key) => {
            // Under the name of the hub's own key.
            header["alg"] = json!(key.alg());
            key.sign_with(&header, &claims)
        }
    }
}

/// Panics unless a request led nowhere but to a page of the hub, with somebody still signed in.
pub(crate) async fn assert_asked_or_told(person: &Person, rp: &Rp, fields: &Fields) {
    let left = look(person, &url(rp, fields)).await;
    assert_eq!(left.to, None, "sent away without a good reason");
    let page = left.page();
    let status = page.status.as_u16();
    assert!(status == 200 || status == 400, "{status}");
    assert!(!has_password(page), "{}", page.text());
    assert!(
        person.is_signed_in().await,
        "signed out by a GET that nobody can vouch for"
    );
    // Whoever confirms is signed out, and stays here.
    let left = leave(person, &url(rp, fields)).await;
    assert_eq!(left.to, None, "sent away after all");
}
