//! What a source says about logouts: that a session is over there and is to end here, or how one of ours went. By a
//! browser, in a frame, or by its server; heard once. Never ends a session that the source has no name for.

use clau_connectors::contract::{Heard, LogoutOutcome, Notice, Reply};
use clau_domain::connector::ConnectorId;
use clau_domain::secret::{
    Digest, SessionKind, Token, UpstreamAskedKind, UpstreamLogoutKind, UpstreamNamedKind,
    UpstreamOnceKind,
};
use clau_domain::session::Session;
use clau_saml::binding::Received;
use clau_storage::tickets::Life;
use serde::{Deserialize, Serialize};

use super::depart::leaving;
use super::logout::{Going, LIFE, Left, LeftState};
use super::{Refused, named};
use crate::error::Error;
use crate::leaving::Leaving;
use crate::logout::{Because, Ended};
use crate::{Cx, Hub};

/// A source that waits for the answer to its logout.
#[derive(Serialize, Deserialize)]
struct Asking {
    connector: ConnectorId,
    reply: String,
    logouts: Vec<Digest>,
}

/// What came to a source's logout address by a browser, and what follows.
#[derive(Debug)]
pub enum SourceLogout {
    /// Sessions have ended because the source asked; it waits for its answer, if at all.
    Asked {
        /// What has ended; nothing where nobody was signed in.
        ended: Option<Ended>,
        /// Names the way back.
        back: Option<Token<UpstreamAskedKind>>,
        /// Name of the source.
        name: String,
    },
    /// The source has answered: the logout that was told.
    Answered(Option<Digest>),
}

impl Hub {
    /// A SAML message about a logout that a browser brings: a wish of the source's, or its answer to one of ours.
    ///
    /// # Errors
    /// [`Refused`]: nothing has ended.
    pub async fn source_slo(
        &self,
        cx: &Cx<'_>,
        connector: &ConnectorId,
        received: &Received,
    ) -> Result<SourceLogout, Refused> {
        let state = received.relay_state.as_deref();
        let going = self.take_going(cx, connector, state).await?;
        let notice = Notice::Saml {
            received,
            by_program: false,
            pending: going.as_ref().map(|going| going.pending.as_str()),
        };
        self.heard_by_browser(cx, connector, (&notice, going.as_ref()))
            .await
    }

    /// A browser that comes back from a logout of ours at an OpenID provider, or that a provider sends to end a
    /// session in a frame.
    ///
    /// # Errors
    /// [`Refused`].
    pub async fn source_came_back(
        &self,
        cx: &Cx<'_>,
        connector: &ConnectorId,
        (query, state): (&str, Option<&str>),
    ) -> Result<SourceLogout, Refused> {
        let going = self.take_going(cx, connector, state).await?;
        let notice = Notice::CameBack(query);
        self.heard_by_browser(cx, connector, (&notice, going.as_ref()))
            .await
    }

    async fn take_going(
        &self,
        cx: &Cx<'_>,
        connector: &ConnectorId,
        state: Option<&str>,
    ) -> Result<Option<Going>, Error> {
        let Some(token) = state.and_then(Token::<UpstreamLogoutKind>::parse) else {
            return Ok(None);
        };
        let going = self
            .tickets()
            .take::<UpstreamLogoutKind, Going>(&token.digest(), cx.now)
            .await?;
        Ok(going.filter(|going| going.connector == *connector))
    }

    async fn heard_by_browser(
        &self,
        cx: &Cx<'_>,
        connector: &ConnectorId,
        (notice, going): (&Notice<'_>, Option<&Going>),
    ) -> Result<SourceLogout, Refused> {
        let source = self.source(cx, connector).await?;
        match self.hear(cx, connector, notice).await? {
            Heard::Answered { done } => {
                if let Some(going) = going
                    && let Some(left) = self.left(cx, going.logout).await?
                {
                    let state = if done {
                        LeftState::Done
                    } else {
                        LeftState::Failed
                    };
                    let left = Left { state, ..left };
                    self.keep_left(cx, going.logout, &left).await?;
                }
                Ok(SourceLogout::Answered(going.map(|going| going.logout)))
            }
            Heard::Ended { names, reply, .. } => {
                let ended = self.end_named(cx, connector, &names).await?;
                let back = match reply {
                    Some(reply) => {
                        let asking = Asking {
                            connector: connector.clone(),
                            reply,
                            logouts: ended.iter().map(|ended| ended.logout).collect(),
                        };
                        Some(self.keep_new(cx, &asking, cx.now + LIFE).await?)
                    }
                    None => None,
                };
                Ok(SourceLogout::Asked {
                    ended: ended.first().copied(),
                    back,
                    name: source.name().to_owned(),
                })
            }
        }
    }

    /// The way back to a source that has asked for a logout, once.
    ///
    /// # Errors
    /// [`Refused`].
    pub async fn source_slo_back(
        &self,
        cx: &Cx<'_>,
        name: &str,
    ) -> Result<Option<Leaving>, Refused> {
        let Some(token) = Token::<UpstreamAskedKind>::parse(name) else {
            return Ok(None);
        };
        let taken = self
            .tickets()
            .take::<UpstreamAskedKind, Asking>(&token.digest(), cx.now)
            .await?;
        let Some(asking) = taken else { return Ok(None) };
        let source = self.source(cx, &asking.connector).await?;
        match self.reply_to(cx, &asking).await? {
            Reply::Browser(leave) => Ok(Some(leaving(source.name(), leave)?)),
            Reply::Body(_) => Ok(None),
        }
    }

    async fn reply_to(&self, cx: &Cx<'_>, asking: &Asking) -> Result<Reply, Refused> {
        let source = self.source(cx, &asking.connector).await?;
        let refused = |fault| Refused::of(source.name(), fault);
        let outcome = if self.everybody_told(cx, &asking.logouts).await? {
            LogoutOutcome::Done
        } else {
            LogoutOutcome::Partial
        };
        let room = self.room_anyway(cx, &source).await.map_err(refused)?;
        let reply = room.driver().reply(&room.call(), &asking.reply, outcome);
        reply.map_err(refused)
    }

    /// What a source's server says about a logout: a logout token, a CAS request, an envelope. The body of the
    /// answer where there is one.
    ///
    /// # Errors
    /// [`Refused`]: nothing has ended.
    pub async fn source_program(
        &self,
        cx: &Cx<'_>,
        connector: &ConnectorId,
        notice: &Notice<'_>,
    ) -> Result<Option<String>, Refused> {
        let Heard::Ended { names, reply, .. } = self.hear(cx, connector, notice).await? else {
            return Ok(None);
        };
        let ended = self.end_named(cx, connector, &names).await?;
        let Some(reply) = reply else { return Ok(None) };
        let asking = Asking {
            connector: connector.clone(),
            reply,
            logouts: ended.iter().map(|ended| ended.logout).collect(),
        };
        match self.reply_to(cx, &asking).await? {
            Reply::Body(body) => Ok(Some(body)),
            Reply::Browser(_) => Ok(None),
        }
    }

    /// What a source says in a frame of this browser (OpenID Connect Front-Channel Logout §2). Nobody has signed it,
    /// and a subject can be guessed: of the sessions that are meant, this browser's own ends and no other.
    ///
    /// # Errors
    /// [`Refused`]: nothing has ended.
    pub async fn source_front_channel(
        &self,
        cx: &Cx<'_>,
        connector: &ConnectorId,
        (query, cookie): (&str, Option<&str>),
    ) -> Result<(), Refused> {
        let heard = self
            .hear(cx, connector, &Notice::FrontChannel(query))
            .await?;
        let Heard::Ended { names, .. } = heard else {
            return Ok(());
        };
        let Some(token) = cookie.and_then(Token::<SessionKind>::parse) else {
            return Ok(());
        };
        for name in &names {
            let key = [connector.as_str(), name, &token.digest().to_string()];
            let key = named::<UpstreamNamedKind>(&key);
            let meant = self
                .tickets()
                .get::<UpstreamNamedKind, Digest>(&key, cx.now)
                .await?;
            if meant == Some(token.digest()) {
                let because = Because::EndedAtSource;
                self.log_out_because(cx, cookie, because).await?;
                return Ok(());
            }
        }
        Ok(())
    }

    /// What a driver hears, once.
    async fn hear(
        &self,
        cx: &Cx<'_>,
        connector: &ConnectorId,
        notice: &Notice<'_>,
    ) -> Result<Heard, Refused> {
        let source = self.source(cx, connector).await?;
        let refused = |fault| Refused::of(source.name(), fault);
        // Whether or not it answers itself: what it says it has said.
        let room = self.room_anyway(cx, &source).await.map_err(refused)?;
        let call = room.call();
        let heard = room.wait(room.driver().hear(&call, notice)).await;
        let heard = heard.map_err(refused)?;
        if let Heard::Ended { once, .. } = &heard {
            for (what, until) in once {
                let digest = named::<UpstreamOnceKind>(&[source.id().as_str(), "logout", what]);
                let first = self
                    .tickets()
                    .first_use::<UpstreamOnceKind>(&digest, *until, cx.now)
                    .await?;
                if !first {
                    return Err(Refused::Untrusted {
                        name: source.name().to_owned(),
                        why: "it came before".to_owned(),
                    });
                }
            }
        }
        Ok(heard)
    }

    /// Notes by which names a source may speak of a session.
    pub(crate) async fn note_names(
        &self,
        cx: &Cx<'_>,
        (connector, names): (&ConnectorId, &[String]),
        (digest, session): (Digest, &Session),
    ) -> Result<(), Error> {
        for name in names {
            let owner = named::<UpstreamNamedKind>(&[connector.as_str(), name]);
            let key = named::<UpstreamNamedKind>(&[connector.as_str(), name, &digest.to_string()]);
            let owner = owner.to_string();
            let life = Life {
                owner: Some(&owner),
                expires_at: session.latest_end(),
                now: cx.now,
            };
            self.tickets()
                .put::<UpstreamNamedKind>(&key, &digest, life)
                .await?;
        }
        Ok(())
    }

    /// Ends the sessions that a source calls by one of these names.
    async fn end_named(
        &self,
        cx: &Cx<'_>,
        connector: &ConnectorId,
        names: &[String],
    ) -> Result<Vec<Ended>, Error> {
        let mut ended = Vec::new();
        for name in names {
            let owner = named::<UpstreamNamedKind>(&[connector.as_str(), name]);
            let found = self
                .tickets()
                .owned::<UpstreamNamedKind, Digest>(&owner.to_string(), cx.now)
                .await?;
            for (key, digest) in found {
                self.tickets().remove::<UpstreamNamedKind>(&key).await?;
                let open = self
                    .tickets()
                    .get::<SessionKind, Session>(&digest, cx.now)
                    .await?;
                if let Some(open) = open {
                    ended.push(self.end(cx, digest, &open, Because::EndedAtSource).await?);
                }
            }
        }
        tracing::info!(
            event = "source.logout_asked",
            connector = %connector,
            sessions = ended.len(),
            "a source has asked for a logout"
        );
        Ok(ended)
    }
}
