//! From the login page to a source: the login is kept under a state that only this browser can finish, once
//! (FED-06), and with it which source was asked (FED-05). Never reads an answer: [`super::arrive`] does.

use std::time::Duration;

use clau_connectors::contract::{Departure, Fault, Leave, Wish};
use clau_domain::connector::ConnectorId;
use clau_domain::ids::PersonId;
use clau_domain::login::{Login, Resume};
use clau_domain::secret::{Token, UpstreamStateKind};
use clau_domain::url::LocalPath;
use clau_storage::tickets::Life;
use serde::{Deserialize, Serialize};
use url::Url;

use super::Refused;
use super::sources::Source;
use crate::leaving::{Delivery, Leaving};
use crate::login::{Cookies, PasswordProblem, Start, Step};
use crate::session::SignedIn;
use crate::{Cx, Hub};

/// How long somebody may take at the source: long enough to find the paper with the password there.
const STATE_LIFE: Duration = Duration::from_secs(20 * 60);

/// A login that has gone to a source.
#[derive(Serialize, Deserialize)]
pub(super) struct Departed {
    pub(super) login: Login,
    pub(super) connector: ConnectorId,
    pub(super) pending: String,
}

/// The page on which a directory's login and password are asked for.
#[derive(Debug)]
pub struct AskPassword {
    /// Goes into the form.
    pub handle: String,
    /// Which source.
    pub connector: ConnectorId,
    /// Its name.
    pub name: String,
    /// The login typed before.
    pub login: String,
    /// What went wrong the last time.
    pub problem: Option<SourceProblem>,
    /// Where the form may lead (WEB-01).
    pub leads_to: Option<String>,
}

/// Why somebody is still on that page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SourceProblem {
    /// As on the hub's own page.
    Login(PasswordProblem),
    /// The source does not answer.
    Away,
}

/// Whether somebody may begin to link an account elsewhere to their own.
#[derive(Debug)]
pub enum StartLink {
    /// They go there.
    Go(Box<Step>),
    /// They must prove who they are first: it was too long ago.
    ProveAgain,
}

impl Hub {
    /// Leaves for a source with the login of a form, or of the page that would show it.
    ///
    /// # Errors
    /// [`Refused`].
    pub async fn leave_for(
        &self,
        cx: &Cx<'_>,
        cookies: Cookies<'_>,
        handle: &str,
        connector: &ConnectorId,
    ) -> Result<Step, Refused> {
        let Some((login, _)) = self.open_login(cx, cookies, handle) else {
            return Ok(Step::Expired);
        };
        let source = self.source(cx, connector).await?;
        self.depart(cx, &source, login, "").await
    }

    /// Leaves for a source in order to link the account there to the person who is signed in.
    ///
    /// # Errors
    /// [`Refused`].
    pub async fn start_link(
        &self,
        cx: &Cx<'_>,
        cookies: Cookies<'_>,
        signed_in: &SignedIn,
        connector: &ConnectorId,
    ) -> Result<StartLink, Refused> {
        if !self.may_change_ways_in(cx, signed_in).await? {
            return Ok(StartLink::ProveAgain);
        }
        let source = self.source(cx, connector).await?;
        let path = LocalPath::parse("/account").unwrap_or_default();
        let (mut login, browser) = self.new_login(cx, cookies.browser, &Start::page(path));
        login.link_to = Some(signed_in.session.person);
        // A session that is open there already may be somebody else's who uses the same computer.
        login.force = true;
        let step = match self.depart(cx, &source, login, "").await? {
            Step::Leave(leave) => Step::Leave(LeaveStep {
                browser: Some(browser),
                ..leave
            }),
            step => step,
        };
        Ok(StartLink::Go(Box::new(step)))
    }

    /// The way of a login to a source.
    pub(super) async fn depart(
        &self,
        cx: &Cx<'_>,
        source: &Source,
        login: Login,
        login_hint: &str,
    ) -> Result<Step, Refused> {
        let state = Token::<UpstreamStateKind>::mint(cx.random);
        let wish = Wish {
            state: state.expose().to_owned(),
            force: login.force,
            at_least: login.at_least,
            login_hint: login_hint.to_owned(),
        };
        let refused = |fault| Refused::of(source.name(), fault);
        let room = self.room(cx, source).await.map_err(refused)?;
        let call = room.call();
        match room.wait(room.driver().depart(&call, &wish)).await {
            Err(fault) => Err(refused(fault)),
            Ok(Departure::Password) => Ok(Step::AskPassword(self.ask_password(
                cx,
                source,
                &login,
                (String::new(), None),
            )?)),
            Ok(Departure::Away { leave, pending }) => {
                let leaves_to_link = login.link_to;
                let departed = Departed {
                    login,
                    connector: source.id().clone(),
                    pending,
                };
                let life = Life {
                    owner: None,
                    expires_at: cx.now + STATE_LIFE,
                    now: cx.now,
                };
                self.tickets()
                    .put::<UpstreamStateKind>(&state.digest(), &departed, life)
                    .await?;
                tracing::info!(
                    event = "source.departed",
                    connector = %source.id(),
                    linking = leaves_to_link.is_some(),
                    "somebody has left for a source"
                );
                Ok(Step::Leave(LeaveStep {
                    leaving: leaving(source.name(), leave)?,
                    connector: source.id().clone(),
                    browser: None,
                }))
            }
        }
    }

    /// The page of a directory. The login travels sealed in its form, as on the hub's own page (SES-12).
    pub(super) fn ask_password(
        &self,
        cx: &Cx<'_>,
        source: &Source,
        login: &Login,
        (typed, problem): (String, Option<SourceProblem>),
    ) -> Result<AskPassword, Refused> {
        Ok(AskPassword {
            handle: self.seal_login_state(cx, login)?,
            connector: source.id().clone(),
            name: source.name().to_owned(),
            login: typed,
            problem,
            leads_to: crate::login::leads_to(&login.resume),
        })
    }
}

/// A browser on its way to a source.
#[derive(Debug)]
pub struct LeaveStep {
    /// How it goes there.
    pub leaving: Leaving,
    /// Which source, to be remembered on this device.
    pub connector: ConnectorId,
    /// Cookie of this browser, to be set where it may have had none.
    pub browser: Option<Token<clau_domain::secret::BrowserKind>>,
}

/// A driver's way out, in the hub's words.
pub(super) fn leaving(name: &str, leave: Leave) -> Result<Leaving, Refused> {
    let (address, delivery) = match leave {
        Leave::Redirect(address) => (address.clone(), Delivery::Redirect(address)),
        Leave::Form { action, fields } => (action.clone(), Delivery::Form { action, fields }),
    };
    let parsed = Url::parse(&address)
        .map_err(|_| Refused::of(name, Fault::Unusable("its address is none".to_owned())))?;
    Ok(Leaving {
        delivery,
        service: name.to_owned(),
        origin: Some(parsed.origin().ascii_serialization()),
    })
}

/// A person, for whom a link is made.
pub(super) fn links_for(login: &Login) -> Option<PersonId> {
    matches!(login.resume, Resume::Page(_))
        .then_some(login.link_to)
        .flatten()
}
