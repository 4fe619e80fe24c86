//! Refresh tokens (RFC 6749 §6, OIDC-11): a family is an authorization, a token names it and a generation,
//! and rotation is one conditional update. An older token ends the family, except for a client that has
//! not received the answer and asks once more. Clients of the FAPI profile keep theirs: it is bound to
//! their private key, and the profile wants no rotation.

use std::time::Duration;

use clau_domain::secret::{ExposeSecret as _, SecretString};
use clau_oidc::client::SecurityProfile;
use clau_oidc::response::TokenResponse;
use clau_oidc::scope::ScopeSet;
use clau_storage::authorizations::{self, Authorization, State};

use super::Failure;
use super::authenticate::Caller;
use super::mint::{Wanted, invalid_grant};
use super::sealed::Refresh;
use super::token::narrowed;
use crate::keys::Sealed;
use crate::{Cx, Hub};

/// Shortest time after a rotation at which the former token may stem from a lost answer: what comes sooner
/// is a race, in which one wins.
const RACE: Duration = Duration::from_secs(1);
/// How often the former token may come before that is no accident.
const PATIENCE: u32 = 3;

/// What the token before the current one means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Former {
    /// The answer was lost: the same again.
    Again,
    /// Two at once: this one is refused, the family lives.
    Race,
    /// Somebody has a copy: the family ends.
    Stolen,
}

/// Says what it means that the former token comes for the `times`-th time, `since` its rotation.
fn former(times: u32, since: Duration, grace: Duration) -> Former {
    if times > PATIENCE {
        Former::Stolen
    } else if since < RACE {
        Former::Race
    } else if since > grace {
        Former::Stolen
    } else if times == 1 {
        Former::Again
    } else {
        Former::Race
    }
}

impl Hub {
    pub(super) async fn refresh(
        &self,
        cx: &Cx<'_>,
        caller: &Caller,
        token: &SecretString,
        scope: Option<&ScopeSet>,
    ) -> Result<TokenResponse, Failure> {
        let unknown = || invalid_grant("the refresh token is unknown, used, or has ended");
        let presented: Refresh = self
            .open_token(Sealed::RefreshToken, token.expose_secret())
            .ok_or_else(unknown)?;
        let id = presented.authorization;
        let known = authorizations::find(self.database(), &id).await?;
        let known = known
            .filter(|known| known.service == caller.client.service.id)
            .ok_or_else(unknown)?;
        // RFC 9449 §5: before anything is spent, so that a thief without the key spends nothing.
        if presented.jkt.is_some() && presented.jkt != caller.jkt {
            return Err(invalid_grant("the refresh token is bound to another key"));
        }
        // Before it is spent as well: a client that asks for too much may ask again.
        let detail = super::mint::Detail::read(&known)?;
        let scope = narrowed(&detail.scope, scope)?;
        let authorization = self
            .next_of_family(cx, caller, known, presented.generation)
            .await?
            .ok_or_else(unknown)?;
        let living = match self.living(cx, authorization).await? {
            Ok(living) => living,
            Err(why) => {
                authorizations::revoke(self.database(), &id, cx.now).await?;
                return Err(invalid_grant(why));
            }
        };
        self.note_received(cx, &living).await?;
        let wanted = Wanted {
            scope: &scope,
            jkt: caller.jkt.as_deref(),
            // OIDC Core §12.2: of the first ID token only.
            nonce: None,
            refresh: true,
        };
        self.tokens(cx, &living, wanted).await
    }

    /// The family with its next token, if this one counts.
    async fn next_of_family(
        &self,
        cx: &Cx<'_>,
        caller: &Caller,
        known: Authorization,
        generation: u32,
    ) -> Result<Option<Authorization>, Failure> {
        // FAPI 2.0 §5.3.2.1: no rotation. The token is worth nothing without the client's private key.
        if caller.client.client.profile == SecurityProfile::Fapi2 {
            let current = known.state == State::Redeemed && known.generation == generation;
            return Ok(Some(known).filter(|_| current));
        }
        let rotated =
            authorizations::rotate(self.database(), &known.id, generation, cx.now).await?;
        match rotated {
            Some(rotated) => Ok(Some(rotated)),
            None => self.came_again(cx, &known, generation).await,
        }
    }

    /// A token that is not the current one: the authorization if it is answered all the same.
    async fn came_again(
        &self,
        cx: &Cx<'_>,
        known: &Authorization,
        generation: u32,
    ) -> Result<Option<Authorization>, Failure> {
        let database = self.database();
        let verdict = match authorizations::repeat(database, &known.id, generation).await? {
            Some(repeated) => {
                let rotated_at = repeated.authorization.rotated_at;
                let since = rotated_at.map_or(Duration::MAX, |at| cx.now.since(at));
                let grace = self.settings().oidc.refresh_grace;
                match former(repeated.times, since, grace) {
                    Former::Again => return Ok(Some(repeated.authorization)),
                    other => other,
                }
            }
            None if known.state == State::Redeemed && generation < known.generation => {
                Former::Stolen
            }
            None => return Ok(None),
        };
        if verdict == Former::Stolen && authorizations::revoke(database, &known.id, cx.now).await? {
            tracing::warn!(
                event = "oidc.refresh_reused",
                authorization = %known.id.short(),
                service = %known.service,
                reference = %cx.reference,
                "a spent refresh token came again; its family is revoked"
            );
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn oidc_11_what_the_former_token_means() {
        let grace = Duration::from_secs(30);
        for (times, millis, expected) in [
            (1, 0, Former::Race),
            (1, 999, Former::Race),
            (1, 1_000, Former::Again),
            (1, 30_000, Former::Again),
            (1, 30_001, Former::Stolen),
            (2, 2_000, Former::Race),
            (3, 0, Former::Race),
            (4, 0, Former::Stolen),
            (4, 2_000, Former::Stolen),
        ] {
            let since = Duration::from_millis(millis);
            assert_eq!(former(times, since, grace), expected, "{times} {millis}");
        }
        // Without a grace, two requests at once are no theft all the same.
        let at_once = Duration::from_millis(5);
        assert_eq!(former(1, at_once, Duration::ZERO), Former::Race);
        assert_eq!(former(1, RACE, Duration::ZERO), Former::Stolen);
    }
}
