//! Logout that a client asks for (OIDC RP-Initiated Logout), and what clients are told when a session ends,
//! wherever that began: a signed notice to their server (Back-Channel Logout), a page of theirs in a frame
//! (Front-Channel Logout). Ends nothing itself: [`crate::logout`] does.

use std::sync::Arc;
use std::time::Duration;

use clau_domain::secret::{Digest, FrontChannelKind, ParticipationKind, Token};
use clau_domain::secret::{Kind, SessionKind};
use clau_domain::session::{Participation, ParticipationProtocol};
use clau_domain::url::WebUrl;
use clau_oidc::parameters::Parameters;
use clau_oidc::request::EndSession;
use clau_oidc::response::{LogoutToken, after_logout, front_channel, read_hint};
use clau_storage::tickets::Life;
use serde::{Deserialize, Serialize};

use super::Failure;
use super::authorize::leads_to;
use super::clients::OidcClient;
use crate::error::Error;
use crate::login::Cookies;
use crate::logout::{Because, Ended};
use crate::session::SignedIn;
use crate::{Cx, Hub};

/// How long the pages of clients that end their sessions in the browser can be shown.
const FRAMES_LIFE: Duration = Duration::from_secs(10 * 60);

/// A client's page that ends its session in this browser.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Frame {
    /// Name of the service.
    pub service: String,
    /// The page, with issuer and session where it wants them; or one of ours that goes on to the service.
    pub address: WebUrl,
    /// Where a page of ours goes on to: an origin.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub then: Option<String>,
}

/// Where the browser goes after signing out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Back {
    /// Name of the service.
    pub service: String,
    /// Its registered address, with its `state`.
    pub address: String,
    /// What a page's policy must allow for a form to lead there (WEB-01).
    pub origin: Option<String>,
}

/// What a client's logout leads to.
#[derive(Debug)]
pub enum EndSessionAnswer {
    /// The session has ended, or there was none: the page that says so, or back to the client.
    Ended {
        /// What has ended.
        ended: Option<Ended>,
        /// Where to go then.
        back: Option<Back>,
    },
    /// The person is asked: nothing proves that the client speaks for their session.
    Ask {
        /// Name of the service, where it is known.
        service: Option<String>,
        /// What the policy of the page that asks must allow: who says yes is sent on (WEB-01).
        leads_to: Option<String>,
    },
}

/// What a request for logout turned out to be.
struct Wish {
    client: Option<Arc<OidcClient>>,
    back: Option<Back>,
    /// A good hint, for this client, of the person of this session.
    proven: bool,
}

impl Hub {
    /// The logout endpoint (§2). `confirmed` once the person has said yes on a page of ours.
    ///
    /// # Errors
    /// [`Error::Unavailable`]: the person is still signed in.
    pub async fn oidc_end_session(
        &self,
        cx: &Cx<'_>,
        cookies: Cookies<'_>,
        list: &[(String, String)],
        confirmed: bool,
    ) -> Result<EndSessionAnswer, Error> {
        let signed_in = self.signed_in(cx, cookies.session).await?;
        let request = Parameters::new(list)
            .map(EndSession::read)
            .unwrap_or_default();
        let wish = self.wish(cx, &request, signed_in.as_ref()).await?;
        match signed_in {
            None => Ok(EndSessionAnswer::Ended {
                ended: None,
                back: wish.back.filter(|_| wish.proven || confirmed),
            }),
            Some(signed_in) if wish.proven || confirmed => {
                let ended = self.end_session(cx, &signed_in, Because::SignedOut).await?;
                Ok(EndSessionAnswer::Ended {
                    ended: Some(ended),
                    back: wish.back,
                })
            }
            Some(_) => Ok(EndSessionAnswer::Ask {
                service: wish.client.map(|client| client.service.name.clone()),
                leads_to: wish.back.and_then(|back| back.origin),
            }),
        }
    }

    /// Reads a request for logout: whose it is, whether its hint is good for this session, where it
    /// leads (OIDC-14).
    async fn wish(
        &self,
        cx: &Cx<'_>,
        request: &EndSession,
        signed_in: Option<&SignedIn>,
    ) -> Result<Wish, Error> {
        let catalogue = self.catalogue(cx.now).await?;
        let hint = match &request.id_token_hint {
            Some(token) => {
                let ring = self.key_ring(cx.now).await?;
                read_hint(token, self.issuer(), ring.hinting()).ok()
            }
            None => None,
        };
        // `client_id` and hint name the same client, or nothing is believed (§2).
        let agree = match (&hint, &request.client_id) {
            (Some(hint), Some(named)) => hint.client_id == *named,
            _ => true,
        };
        // A hint that is no good is worse than none.
        let hint_is_good = agree && (request.id_token_hint.is_none() || hint.is_some());
        let named = match &hint {
            Some(hint) => Some(hint.client_id.as_str()),
            None => request.client_id.as_deref(),
        };
        let client = named
            .filter(|_| hint_is_good)
            .and_then(|named| catalogue.oidc_client(named))
            .cloned();
        let wanted = request.post_logout_redirect_uri.as_deref();
        let back = client.as_ref().zip(wanted).and_then(|(client, wanted)| {
            let uri = client.client.post_logout(wanted)?;
            Some(Back {
                service: client.service.name.clone(),
                address: after_logout(uri, request.state.as_deref()),
                origin: leads_to(uri.as_str()),
            })
        });
        // An address that is not this client's makes the whole request doubtful.
        let address_is_good = request.post_logout_redirect_uri.is_none() || back.is_some();
        let mut proven = hint.is_some() && hint_is_good && address_is_good && client.is_some();
        if let (true, Some(hint), Some(signed_in), Some(client)) =
            (proven, &hint, signed_in, &client)
        {
            let here = self.subject_of(&signed_in.person, client);
            proven = hint.subject == here
                && self
                    .took_part(cx, hint.session.as_deref(), signed_in)
                    .await?;
        }
        Ok(Wish {
            client,
            back,
            proven,
        })
    }

    /// Whether a client's session is part of this one.
    async fn took_part(
        &self,
        cx: &Cx<'_>,
        sid: Option<&str>,
        signed_in: &SignedIn,
    ) -> Result<bool, Error> {
        let Some(sid) = sid else { return Ok(false) };
        let parts = self
            .tickets()
            .owned::<ParticipationKind, Participation>(&signed_in.digest.to_string(), cx.now)
            .await?;
        Ok(parts.iter().any(|(_, part)| {
            matches!(&part.protocol,
                ParticipationProtocol::Oidc { session, .. } if session == sid)
        }))
    }

    /// Keeps the pages that end clients' sessions in the browser, for the page after signing out.
    pub(crate) async fn keep_frames(
        &self,
        cx: &Cx<'_>,
        logout: Digest,
        frames: &[Frame],
    ) -> Result<(), Error> {
        if frames.is_empty() {
            return Ok(());
        }
        let mut all = self.kept_frames(cx, logout).await?;
        all.extend(
            frames
                .iter()
                .filter(|frame| !all.contains(frame))
                .cloned()
                .collect::<Vec<_>>(),
        );
        let life = Life {
            owner: None,
            expires_at: cx.now + FRAMES_LIFE,
            now: cx.now,
        };
        self.tickets()
            .put::<FrontChannelKind>(&frames_of(logout), &all, life)
            .await?;
        Ok(())
    }

    /// The pages that end clients' sessions in the browser after a logout.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn frames(&self, cx: &Cx<'_>, logout: Digest) -> Result<Vec<Frame>, Error> {
        let mut all = self.kept_frames(cx, logout).await?;
        all.extend(self.saml_frames(cx, logout).await?);
        Ok(all)
    }

    async fn kept_frames(&self, cx: &Cx<'_>, logout: Digest) -> Result<Vec<Frame>, Error> {
        let kept = self
            .tickets()
            .get::<FrontChannelKind, Vec<Frame>>(&frames_of(logout), cx.now)
            .await?;
        Ok(kept.unwrap_or_default())
    }

    /// The page of a client that took part in a session.
    pub(crate) fn frame_of(&self, client: &OidcClient, session: &str) -> Option<Frame> {
        let address = front_channel(&client.client, self.issuer(), session)?;
        Some(Frame {
            service: client.service.name.clone(),
            address,
            then: None,
        })
    }

    /// The signed word to a client that a session has ended (Back-Channel Logout §2.4). Made anew for each
    /// try: it is good for two minutes (OIDC-15).
    pub(crate) async fn logout_token(
        &self,
        cx: &Cx<'_>,
        client: &OidcClient,
        (subject, session): (&str, &str),
    ) -> Result<String, Error> {
        let token = LogoutToken {
            issuer: self.issuer().to_owned(),
            client_id: client.client.client_id.clone(),
            subject: Some(subject.to_owned()),
            session: Some(session.to_owned()),
            jti: Token::<SessionKind>::mint(cx.random).expose().to_owned(),
            issued: cx.now,
        };
        let algorithm = client.client.id_token_algorithm();
        let signed = self.signer(cx.now, algorithm, |key| token.sign(key)).await;
        signed.map_err(|failure| match failure {
            Failure::Hub(error) => error,
            Failure::Oauth(error) => Error::Defect(error.to_string()),
        })
    }
}

fn frames_of(logout: Digest) -> Digest {
    Digest::of(FrontChannelKind::NAME, &logout.to_string())
}
