//! Logout in both directions: the hub's towards a provider (RP-Initiated Logout), and what a provider says of
//! its own (Back-Channel and Front-Channel Logout; OIDC-15).

use std::time::Duration;

use clau_domain::connector::UpstreamLogout;
use clau_oidc::jose::{BadClaim, Typ, is_encrypted};
use openidconnect::core::CoreIdToken;
use openidconnect::{ClientId, CsrfToken, EndSessionUrl, LogoutRequest, PostLogoutRedirectUrl};
use serde_json::Value;

use super::arrive::{Upstream, parameter, parameters, session_name, subject_name};
use super::client::opened;
use super::token::{SKEW, check_life, check_source, window};
use super::{OpenIdProvider, bad_claim};
use crate::contract::{Call, Fault, Heard, Leave, Notice, SignOut};

/// The one event that a logout token is about (Back-Channel Logout §2.4).
const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";
/// How old a logout token may be: providers try again when the hub was away.
const AGE: Duration = Duration::from_secs(600);
/// Longest `jti`.
const LONGEST_JTI: usize = 256;

impl OpenIdProvider {
    pub(super) fn leave(&self, upstream: &str, state: &str) -> Result<SignOut, Fault> {
        let registered = &self.registered;
        let by_hand = || match &registered.logout_url {
            Some(url) => SignOut::Button(url.as_str().to_owned()),
            None => SignOut::Nothing,
        };
        let endpoint = match registered.logout {
            Some(UpstreamLogout::None) => return Ok(SignOut::Nothing),
            Some(UpstreamLogout::Button | UpstreamLogout::ReturnUrl) => return Ok(by_hand()),
            None | Some(UpstreamLogout::Protocol) => self.held.provider()?.end_session.clone(),
        };
        let Some(endpoint) = endpoint else {
            return Ok(by_hand());
        };
        let broken = |what: &str| Fault::Unusable(format!("{what} cannot be read"));
        let upstream: Upstream =
            serde_json::from_str(upstream).map_err(|_| broken("what was kept of the login"))?;
        let endpoint = EndSessionUrl::new(endpoint.as_str().to_owned())
            .map_err(|_| broken("`end_session_endpoint`"))?;
        let back = PostLogoutRedirectUrl::new(registered.addresses.oidc_signed_out())
            .map_err(|_| broken("the hub's own address"))?;
        let request = LogoutRequest::from(endpoint)
            .set_post_logout_redirect_uri(back)
            .set_state(CsrfToken::new(state.to_owned()));
        // The hint names the hub too; a provider that knows only it takes no second name.
        let request = match upstream.id_token.parse::<CoreIdToken>() {
            Ok(hint) => request.set_id_token_hint(&hint),
            Err(_) => request.set_client_id(ClientId::new(registered.client_id.clone())),
        };
        Ok(SignOut::Away {
            leave: Leave::Redirect(request.http_get_url().into()),
            pending: String::new(),
        })
    }

    pub(super) async fn listen(
        &self,
        call: &Call<'_>,
        notice: &Notice<'_>,
    ) -> Result<Heard, Fault> {
        match notice {
            Notice::LogoutToken(token) => self.logout_token(call, token).await,
            Notice::FrontChannel(query) => self.front_channel(query),
            Notice::CameBack(query) => {
                let pairs = parameters(query)?;
                Ok(Heard::Answered {
                    done: parameter(&pairs, "error").is_none(),
                })
            }
            Notice::Saml { .. } | Notice::Cas(_) => {
                Err(Fault::Untrusted("a notice of another protocol".to_owned()))
            }
        }
    }

    /// Back-Channel Logout §2.6. Its signature counts whatever the registration says (OIDC-15).
    async fn logout_token(&self, call: &Call<'_>, token: &str) -> Result<Heard, Fault> {
        let registered = &self.registered;
        let token = if is_encrypted(token) {
            opened(token, call, registered)?
        } else {
            token.to_owned()
        };
        let (claims, _) = self.verified(call, &token, Typ::LogoutToken).await?;
        check_source(&claims, registered, true)?;
        let issued = claims.check_issued(window(call.now, AGE));
        let issued = issued.map_err(bad_claim)?;
        check_life(&claims, call.now)?;
        // With a nonce, it would be an ID token in disguise.
        if claims.has("nonce") {
            return Err(bad_claim(BadClaim::Unexpected("nonce")));
        }
        let event = claims
            .members()
            .get("events")
            .and_then(|all| all.get(EVENT));
        if !event.is_some_and(Value::is_object) {
            return Err(bad_claim(BadClaim::Value("events")));
        }
        let jti = claims.required_string("jti").map_err(bad_claim)?;
        if jti.len() > LONGEST_JTI {
            return Err(bad_claim(BadClaim::Value("jti")));
        }
        let issuer = &registered.issuer;
        let sid = claims.string("sid").map_err(bad_claim)?;
        let subject = claims.string("sub").map_err(bad_claim)?;
        // A session is narrower than a person; of both, it is the session that has ended.
        let name = match (sid, subject) {
            (Some(sid), _) => session_name(issuer, sid),
            (None, Some(subject)) => subject_name(issuer, subject),
            (None, None) => return Err(bad_claim(BadClaim::Missing("sid"))),
        };
        Ok(Heard::Ended {
            names: vec![name],
            once: vec![(format!("logout:{issuer}/{jti}"), issued + AGE + 2 * SKEW)],
            reply: None,
        })
    }

    /// Front-Channel Logout §2. Anybody can send a browser here: it says which session of this very browser is
    /// meant, and no more.
    fn front_channel(&self, query: &str) -> Result<Heard, Fault> {
        let issuer = &self.registered.issuer;
        let pairs = parameters(query)?;
        let (named, sid) = (parameter(&pairs, "iss"), parameter(&pairs, "sid"));
        if named != Some(issuer.as_str()) {
            return Err(Fault::Untrusted(
                "a logout of another issuer, or of none".to_owned(),
            ));
        }
        let sid = sid.ok_or_else(|| {
            Fault::Untrusted(
                "a logout without `sid`: the provider must be told to send it \
                 (`frontchannel_logout_session_required`)"
                    .to_owned(),
            )
        })?;
        Ok(Heard::Ended {
            names: vec![session_name(issuer, sid)],
            once: Vec::new(),
            reply: None,
        })
    }
}
