//! Somebody at a browser who is sent to the hub by a client: signs in, agrees or does not, and is sent
//! back. Knows the hub's pages by what is on them; never sends what a page did not offer.

use clau_tests::support::form::Form;
use clau_tests::support::http::{Answer, Visitor};
use reqwest::header::{self, HeaderName};
use reqwest::{StatusCode, Url};

use crate::fields::Fields;
use crate::world::{PASSWORD, World};

/// Longest way through pages and redirects: more is a loop.
const MOST_STEPS: usize = 20;

/// Somebody, and their browser.
pub(crate) struct Person {
    pub(crate) world: &'static World,
    pub(crate) login: String,
    pub(crate) visitor: Visitor,
    /// Whether they agree when they are asked.
    pub(crate) agrees: bool,
}

/// A page on which a person had to do something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shown {
    /// Login and password.
    Login,
    /// May this service have that?
    Consent,
}

/// How an authorization response came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    Query,
    Fragment,
    FormPost,
}

/// An authorization response, as the client receives it.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    /// The address that was called, without what was added to it.
    pub(crate) to: String,
    pub(crate) mode: Mode,
    pub(crate) fields: Fields,
    /// Status of the redirect; 200 for a form.
    pub(crate) status: StatusCode,
}

/// Where somebody ended.
#[derive(Clone, Debug)]
pub(crate) enum End {
    /// At the client.
    Back(Reply),
    /// On a page of the hub.
    Page(Answer),
}

/// A walk through the hub.
#[derive(Clone, Debug)]
pub(crate) struct Visit {
    pub(crate) shown: Vec<Shown>,
    /// Every answer of the hub on the way, the last one as well.
    pub(crate) answers: Vec<Answer>,
    pub(crate) end: End,
}

impl Visit {
    /// The response; panics when the person is still on a page.
    pub(crate) fn reply(&self) -> &Reply {
        match &self.end {
            End::Back(reply) => reply,
            End::Page(page) => panic!(
                "not sent back, but on {} ({}), after {:?}:\n{}",
                page.url,
                page.status,
                self.shown,
                page.text()
            ),
        }
    }

    /// The page; panics when the person was sent away.
    pub(crate) fn page(&self) -> &Answer {
        match &self.end {
            End::Page(page) => page,
            End::Back(reply) => panic!("sent back: {reply:?}"),
        }
    }

    /// Panics unless the hub refuses on a page: nothing to sign in on, nothing sent anywhere.
    pub(crate) fn assert_refused_on_a_page(&self) -> &Answer {
        let page = self.page();
        assert!(
            page.status.is_client_error(),
            "{} is no refusal: {}",
            page.status,
            page.text()
        );
        assert!(!has_password(page), "asked to sign in: {}", page.text());
        assert_eq!(self.shown, [], "asked before it was refused");
        page
    }
}

impl Person {
    pub(crate) fn new(world: &'static World, login: String, visitor: Visitor) -> Self {
        Self {
            world,
            login,
            visitor,
            agrees: true,
        }
    }

    /// Somebody who says no when asked.
    #[must_use]
    pub(crate) fn refusing(mut self) -> Self {
        self.agrees = false;
        self
    }

    /// The same person at another browser, signed in nowhere.
    pub(crate) fn elsewhere(&self) -> Self {
        Self::new(self.world, self.login.clone(), Visitor::new())
    }

    /// The same person with a copy of their browser: what happens there is not known here.
    pub(crate) fn copy(&self) -> Self {
        Self::new(self.world, self.login.clone(), self.visitor.copy())
    }

    /// The same person with the same browser on its way to a certain node.
    pub(crate) fn at_node(&self, node: usize) -> Self {
        let visitor = self.world.hub.move_to(&self.visitor, node);
        Self::new(self.world, self.login.clone(), visitor)
    }

    /// Signs in at the portal.
    pub(crate) async fn sign_in(&self) {
        let hub = &self.world.hub;
        hub.signed_in(&self.visitor, &self.login, PASSWORD).await;
    }

    /// Signs out at the portal.
    pub(crate) async fn sign_out(&self) {
        self.world.hub.log_out(&self.visitor).await;
    }

    /// Whether the portal still knows this browser.
    pub(crate) async fn is_signed_in(&self) -> bool {
        let page = self.visitor.follow(self.world.hub.url("/account")).await;
        page.status == StatusCode::OK && !has_password(&page)
    }

    /// Opens an address and does whatever pages ask.
    pub(crate) async fn open(&self, url: &str) -> Visit {
        let answer = self.visitor.get(url).await;
        self.go_on(answer, true).await
    }

    /// Opens an address and stops at the first page.
    pub(crate) async fn look(&self, url: &str) -> Visit {
        let answer = self.visitor.get(url).await;
        self.go_on(answer, false).await
    }

    /// A form on a page of the client sends this browser to the hub: a foreign origin, and no cookies,
    /// which `SameSite` keeps back.
    pub(crate) async fn posted_from_a_client(&self, url: &str, fields: &Fields) -> Visit {
        let headers = [
            (header::ORIGIN, "https://rp.essais.example"),
            (HeaderName::from_static("sec-fetch-site"), "cross-site"),
            (HeaderName::from_static("sec-fetch-mode"), "navigate"),
        ];
        let held_back = Visitor::new();
        let answer = held_back.post(url, &fields.pairs(), &headers).await;
        // What the answer sets is kept all the same.
        for name in held_back.cookie_names() {
            let value = held_back.cookie(&name).unwrap_or_default();
            self.visitor.set_cookie(&name, &value);
        }
        self.go_on(answer, true).await
    }

    /// Goes on from an answer of the hub.
    pub(crate) async fn go_on(&self, answer: Answer, acting: bool) -> Visit {
        let mut shown = Vec::new();
        let mut answers = vec![answer];
        for _ in 0..MOST_STEPS {
            let answer = answers.last().expect("there is one from the start").clone();
            if let Some(next) = answer.location() {
                let hub = Url::parse(&self.world.issuer()).expect("our own address");
                if next.origin() != hub.origin() {
                    let end = End::Back(redirected(&answer));
                    return Visit {
                        shown,
                        answers,
                        end,
                    };
                }
                answers.push(self.visitor.get(&next).await);
                continue;
            }
            if let Some(reply) = posted(&answer, &self.world.issuer()) {
                let end = End::Back(reply);
                return Visit {
                    shown,
                    answers,
                    end,
                };
            }
            let Some((page, form)) = self.what_to_do(&answer).filter(|_| acting) else {
                let end = End::Page(answer);
                return Visit {
                    shown,
                    answers,
                    end,
                };
            };
            assert!(
                shown.iter().filter(|before| **before == page).count() < 2,
                "{page:?} again and again: {}",
                answer.text()
            );
            shown.push(page);
            answers.push(self.visitor.submit(&form).await);
        }
        panic!("no end after {MOST_STEPS} steps, on {:?}", answers.last());
    }

    /// The form that a page wants, filled in.
    fn what_to_do(&self, page: &Answer) -> Option<(Shown, Form)> {
        for form in page.forms() {
            if form.has("password") {
                let form = form
                    .with("username", &self.login)
                    .with("password", PASSWORD);
                return Some((Shown::Login, form));
            }
            if is_consent(&form) {
                let button = usize::from(!self.agrees);
                return Some((Shown::Consent, form.pressed(button)));
            }
        }
        None
    }
}

/// Whether a page asks for a password.
pub(crate) fn has_password(page: &Answer) -> bool {
    page.forms().iter().any(|form| form.has("password"))
}

/// Whether a form asks if a service may have something. Its first button agrees, the second does not.
pub(crate) fn is_consent(form: &Form) -> bool {
    form.action.path().ends_with("/oidc/consent")
}

/// What a redirect to a client says.
fn redirected(answer: &Answer) -> Reply {
    let location = answer
        .header(header::LOCATION)
        .expect("a redirect has an address");
    let (mode, to, sent) = match location.split_once('#') {
        Some((to, fragment)) => (Mode::Fragment, to.to_owned(), fragment.to_owned()),
        None => {
            let (to, query) = location.split_once('?').unwrap_or((location, ""));
            // What was registered with a query keeps it in front.
            let pairs: Vec<&str> = query.split('&').collect();
            let answers = |pair: &&str| {
                [
                    "code=",
                    "error=",
                    "state=",
                    "iss=",
                    "error_description=",
                    "id_token=",
                ]
                .iter()
                .any(|name| pair.starts_with(name))
            };
            let start = pairs.iter().position(answers).unwrap_or(pairs.len());
            let (own, sent) = pairs.split_at(start);
            let to = match own.join("&") {
                own if own.is_empty() => to.to_owned(),
                own => format!("{to}?{own}"),
            };
            (Mode::Query, to, sent.join("&"))
        }
    };
    Reply {
        to,
        mode,
        fields: Fields::decoded(&sent),
        status: answer.status,
    }
}

/// What a page sends on by itself to a client (OAuth 2.0 Form Post Response Mode).
fn posted(page: &Answer, issuer: &str) -> Option<Reply> {
    let hub = Url::parse(issuer).ok()?;
    let form = page.forms().into_iter().find(|form| {
        form.action.origin() != hub.origin() && (form.has("code") || form.has("error"))
    })?;
    assert_eq!(form.method, "post", "an answer by form is posted");
    assert_eq!(page.status, StatusCode::OK);
    Some(Reply {
        to: form.action.to_string(),
        mode: Mode::FormPost,
        fields: Fields::from(form.fields),
        status: page.status,
    })
}
