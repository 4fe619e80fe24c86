//! Logout towards a source: what has ended here ends there. The session here ends first; what a source does not answer
//! never keeps anybody signed in. What comes from a source is [`super::heard`]'s; services are told by
//! [`crate::logout`].

use std::time::Duration;

use clau_connectors::contract::SignOut;
use clau_domain::connector::ConnectorId;
use clau_domain::secret::{Digest, Token, UpstreamLeftKind, UpstreamLogoutKind};
use clau_domain::session::Session;
use clau_storage::tickets::Life;
use serde::{Deserialize, Serialize};

use super::depart::leaving;
use super::{Refused, named};
use crate::error::Error;
use crate::leaving::Leaving;
use crate::logout::Because;
use crate::{Cx, Hub};

/// How long the way to a source, and back from it, is kept.
pub(super) const LIFE: Duration = Duration::from_secs(10 * 60);

/// What is left to do at the source of a session that is over here.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Left {
    pub(super) connector: ConnectorId,
    pub(super) upstream: String,
    pub(super) state: LeftState,
}

/// How far it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum LeftState {
    /// Nobody has gone there yet.
    Open,
    /// The browser is there.
    Gone,
    /// The session there is over.
    Done,
    /// The source says that it is not.
    Failed,
}

/// A browser that has gone to a source to sign out.
#[derive(Serialize, Deserialize)]
pub(super) struct Going {
    pub(super) connector: ConnectorId,
    pub(super) logout: Digest,
    pub(super) pending: String,
}

/// The source of a session that is over here, as the page after signing out shows it.
#[derive(Debug)]
pub struct SourceAfter {
    /// Its name.
    pub name: String,
    /// How it is there.
    pub state: SourceState,
}

/// How it is at the source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SourceState {
    /// The browser goes there of itself, or by the page's link: [`Hub::leave_source`].
    ToGo,
    /// The person is still signed in there; the address is where they sign out.
    Button(String),
    /// Signed out there.
    Done,
    /// The source has not said that they are signed out.
    Unsure,
}

impl Hub {
    /// Keeps what is left to do at the source of a session, beside its logout: nothing where the source was the one
    /// to ask, which a request of ours would only find without a session.
    pub(crate) async fn leave_behind(
        &self,
        cx: &Cx<'_>,
        (logout, session): (Digest, &Session),
        because: Because,
    ) -> Result<(), Error> {
        let Some(source) = &session.source else {
            return Ok(());
        };
        let left = Left {
            connector: source.connector.clone(),
            upstream: source.upstream.as_str().unwrap_or_default().to_owned(),
            state: match because {
                Because::EndedAtSource => LeftState::Done,
                _ => LeftState::Open,
            },
        };
        self.keep_left(cx, logout, &left).await
    }

    pub(super) async fn keep_left(
        &self,
        cx: &Cx<'_>,
        logout: Digest,
        left: &Left,
    ) -> Result<(), Error> {
        let digest = named::<UpstreamLeftKind>(&[&logout.to_string()]);
        self.tickets()
            .put::<UpstreamLeftKind>(&digest, left, life(cx))
            .await?;
        Ok(())
    }

    pub(super) async fn left(&self, cx: &Cx<'_>, logout: Digest) -> Result<Option<Left>, Error> {
        let digest = named::<UpstreamLeftKind>(&[&logout.to_string()]);
        let left = self
            .tickets()
            .get::<UpstreamLeftKind, Left>(&digest, cx.now);
        Ok(left.await?)
    }

    /// The source of a session that has ended, for the page after signing out; none where the hub itself had
    /// asked who they are.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn source_after(
        &self,
        cx: &Cx<'_>,
        logout: Digest,
    ) -> Result<Option<SourceAfter>, Error> {
        let Some(left) = self.left(cx, logout).await? else {
            return Ok(None);
        };
        let Ok(source) = self.source(cx, &left.connector).await else {
            return Ok(None);
        };
        let state = match left.state {
            LeftState::Done => SourceState::Done,
            LeftState::Failed | LeftState::Gone => SourceState::Unsure,
            LeftState::Open => {
                // What the driver would do is asked twice: here for what to show, and once more when the browser
                // goes, so that a request is as fresh as it must be.
                let state = Token::<UpstreamLogoutKind>::mint(cx.random);
                match self.way_out(cx, &left, state.expose()).await {
                    Ok(SignOut::Away { .. } | SignOut::Leave(_)) => SourceState::ToGo,
                    Ok(SignOut::Button(address)) => SourceState::Button(address),
                    Ok(SignOut::Nothing) => return Ok(None),
                    Err(_) => SourceState::Unsure,
                }
            }
        };
        Ok(Some(SourceAfter {
            name: source.name().to_owned(),
            state,
        }))
    }

    async fn way_out(&self, cx: &Cx<'_>, left: &Left, state: &str) -> Result<SignOut, Refused> {
        let source = self.source(cx, &left.connector).await?;
        let refused = |fault| Refused::of(source.name(), fault);
        let room = self.room(cx, &source).await.map_err(refused)?;
        let call = room.call();
        let asked = room.driver().sign_out(&call, &left.upstream, state);
        room.wait(asked).await.map_err(refused)
    }

    /// Takes a browser to the source to sign out there. None where there is nothing to do any more.
    ///
    /// # Errors
    /// [`Refused`].
    pub async fn leave_source(
        &self,
        cx: &Cx<'_>,
        logout: Digest,
    ) -> Result<Option<Leaving>, Refused> {
        let Some(left) = self.left(cx, logout).await? else {
            return Ok(None);
        };
        if left.state != LeftState::Open {
            return Ok(None);
        }
        let source = self.source(cx, &left.connector).await?;
        let state = Token::<UpstreamLogoutKind>::mint(cx.random);
        let (leave, pending) = match self.way_out(cx, &left, state.expose()).await? {
            SignOut::Away { leave, pending } => (leave, Some(pending)),
            SignOut::Leave(address) => (clau_connectors::contract::Leave::Redirect(address), None),
            SignOut::Button(_) | SignOut::Nothing => return Ok(None),
        };
        if let Some(pending) = pending {
            let going = Going {
                connector: left.connector.clone(),
                logout,
                pending,
            };
            self.tickets()
                .put::<UpstreamLogoutKind>(&state.digest(), &going, life(cx))
                .await?;
        }
        let gone = Left {
            state: LeftState::Gone,
            ..left
        };
        self.keep_left(cx, logout, &gone).await?;
        Ok(Some(leaving(source.name(), leave)?))
    }
}

pub(super) fn life(cx: &Cx<'_>) -> Life<'static> {
    Life {
        owner: None,
        expires_at: cx.now + LIFE,
        now: cx.now,
    }
}
