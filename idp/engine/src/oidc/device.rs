//! Codes on screens (RFC 8628): a device without a keyboard shows a short code, a person who is signed in
//! elsewhere types it, sees who asks for what, and says yes or no. Guessing is slowed by person and by
//! address; the decision is the same as for every other login (OIDC-21).

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use clau_domain::login::LinkRef;
use clau_domain::policy::{Attribute, Refusal};
use clau_domain::secret::{DeviceCodeKind, Digest, ExposeSecret as _, SecretString, Token};
use clau_oidc::error::ErrorCode;
use clau_oidc::parameters::Parameters;
use clau_oidc::request::DeviceAuthorization;
use clau_oidc::response::{DeviceResponse, TokenResponse};
use clau_oidc::scope::OFFLINE_ACCESS;
use clau_storage::authorizations::{self, Authorization, NewAuthorization, State};

use super::answer::received;
use super::authenticate::{Caller, Presented};
use super::clients::OidcClient;
use super::consent::Agreed;
use super::mint::{Detail, invalid_grant};
use super::{Failure, refused};
use crate::error::Error;
use crate::session::SignedIn;
use crate::{Cx, Hub};

/// Letters that nobody mistakes and that make no words (RFC 8628 §6.1).
const ALPHABET: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";
/// Letters of a code: 34 bits, behind a throttle.
const LETTERS: usize = 8;
/// How long a device waits between two questions.
const INTERVAL: Duration = Duration::from_secs(5);
/// The same, with room for a clock that runs fast.
const TOO_SOON: Duration = Duration::from_millis(4_500);
/// Wrong codes that one person may type, and for how long they are counted.
const MOST_GUESSES: u64 = 10;
const GUESSES: Duration = Duration::from_secs(10 * 60);
/// Codes that one client may ask for from one address at a time.
const MOST_CODES: u64 = 120;

/// A device that asks to be let in, as the person is shown it.
#[derive(Clone, Debug)]
pub struct DeviceAsked {
    /// The code, as it is shown on the screen.
    pub code: String,
    /// Name of the service.
    pub service: String,
    /// What it would receive.
    pub attributes: BTreeSet<Attribute>,
    /// Whether its access lasts.
    pub lasting: bool,
}

/// What became of a typed code.
#[derive(Clone, Debug)]
pub enum DeviceFound {
    /// Ask the person.
    Asked(DeviceAsked),
    /// No device shows this code now.
    Unknown,
    /// Too many wrong codes: wait.
    Wait(Duration),
    /// The service is not for them.
    NotForYou {
        /// Its name.
        service: String,
        /// Why.
        refusal: Refusal,
    },
}

/// A device that a person may let in, with all that the question was made of.
struct Waiting {
    asked: DeviceAsked,
    client: Arc<OidcClient>,
    authorization: Authorization,
    detail: Detail,
}

impl Hub {
    /// The endpoint for devices (RFC 8628 §3.1).
    ///
    /// # Errors
    /// `invalid_client`, `unauthorized_client`, `invalid_scope`, `slow_down`.
    pub async fn oidc_device(
        &self,
        cx: &Cx<'_>,
        presented: Presented<'_>,
        list: &[(String, String)],
    ) -> Result<DeviceResponse, Failure> {
        let parameters = Parameters::new(list)?;
        let caller = self.oidc_caller(cx, presented, parameters).await?;
        let asked = DeviceAuthorization::read(parameters, &caller.client.client)?;
        let life = self.settings().oidc.device_life;
        let from = format!("device-codes:{}:{}", caller.name(), cx.client.address);
        if self.inner.counters.hit(&from, GUESSES, cx.now).await? > MOST_CODES {
            return Err(refused(
                ErrorCode::SlowDown,
                "too many codes were asked for; wait a few minutes",
            ));
        }
        let device = Token::<DeviceCodeKind>::mint(cx.random);
        let code = user_code(cx);
        let detail = Detail::of_scope(asked.scope.clone());
        let new = NewAuthorization {
            id: device.digest(),
            service: &caller.client.service.id,
            person: None,
            session: None,
            parent: None,
            user_code: Some(code_digest(&code)),
            state: State::Pending,
            offline: asked.scope.has(OFFLINE_ACCESS),
            detail: &detail.to_json()?,
            expires_at: cx.now + life,
        };
        authorizations::insert(self.database(), &new, cx.now).await?;
        let shown = shown(&code);
        let page = format!("{}/device", self.issuer());
        Ok(DeviceResponse {
            device_code: device.expose().to_owned(),
            verification_uri_complete: format!("{page}?user_code={shown}"),
            user_code: shown,
            verification_uri: page,
            expires_in: life.as_secs(),
            interval: INTERVAL.as_secs(),
        })
    }

    /// Finds the device that shows a code, for a person who is signed in.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn device_found(
        &self,
        cx: &Cx<'_>,
        signed_in: &SignedIn,
        typed: &str,
    ) -> Result<DeviceFound, Error> {
        Ok(match self.device_waiting(cx, signed_in, typed).await? {
            Ok(waiting) => DeviceFound::Asked(waiting.asked),
            Err(found) => found,
        })
    }

    /// The device that shows a code, where this person may let it in; else what there is to say.
    async fn device_waiting(
        &self,
        cx: &Cx<'_>,
        signed_in: &SignedIn,
        typed: &str,
    ) -> Result<Result<Waiting, DeviceFound>, Error> {
        let counters = &self.inner.counters;
        let names = [
            format!("device-guess:{}", signed_in.person.id),
            format!("device-guess:{}", cx.client.address),
        ];
        // A school is behind one address: it may guess as often as a class.
        let limits = [MOST_GUESSES, MOST_GUESSES * 30];
        for (name, limit) in names.iter().zip(limits) {
            if counters.peek(name, cx.now).await? >= limit {
                return Ok(Err(DeviceFound::Wait(GUESSES)));
            }
        }
        let Some((authorization, code)) = self.device_by_code(cx, typed).await? else {
            for name in &names {
                counters.hit(name, GUESSES, cx.now).await?;
            }
            return Ok(Err(DeviceFound::Unknown));
        };
        let detail = Detail::read(&authorization)?;
        let catalogue = self.catalogue(cx.now).await?;
        let Some(client) = catalogue.oidc_client_of(&authorization.service) else {
            return Ok(Err(DeviceFound::Unknown));
        };
        let grant = match self.grant_to_client(cx, &signed_in.person, client) {
            Ok(grant) => grant,
            Err(refusal) => {
                return Ok(Err(DeviceFound::NotForYou {
                    service: client.service.name.clone(),
                    refusal,
                }));
            }
        };
        let asked = DeviceAsked {
            code: shown(&code),
            service: client.service.name.clone(),
            attributes: received(client, (&detail.scope, &detail.claims), &grant),
            lasting: authorization.offline,
        };
        Ok(Ok(Waiting {
            asked,
            client: Arc::clone(client),
            authorization,
            detail,
        }))
    }

    async fn device_by_code(
        &self,
        cx: &Cx<'_>,
        typed: &str,
    ) -> Result<Option<(Authorization, String)>, Error> {
        let Some(code) = normal(typed) else {
            return Ok(None);
        };
        let found =
            authorizations::by_user_code(self.database(), &code_digest(&code), cx.now).await?;
        Ok(found.map(|found| (found, code)))
    }

    /// The person's answer. `None` when the device has gone meanwhile.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn device_answered(
        &self,
        cx: &Cx<'_>,
        signed_in: &SignedIn,
        typed: &str,
        allowed: bool,
    ) -> Result<Option<String>, Error> {
        let Ok(waiting) = self.device_waiting(cx, signed_in, typed).await? else {
            return Ok(None);
        };
        let Waiting {
            asked,
            client,
            authorization,
            detail,
        } = waiting;
        let session = &signed_in.session;
        let client_id = &client.client.client_id;
        let detail = Detail {
            proof: Some((session.authenticated_at, session.method)),
            link: session.source.as_ref().map(LinkRef::of),
            context: session.context,
            sid: Some(self.keys().session_name(&signed_in.digest, client_id)),
            ..detail
        };
        let answer = authorizations::Answer {
            person: signed_in.person.id,
            session: Some(signed_in.digest),
            state: if allowed {
                State::Granted
            } else {
                State::Refused
            },
            offline: authorization.offline,
            detail: &detail.to_json()?,
        };
        let answered =
            authorizations::answer(self.database(), &authorization.id, &answer, cx.now).await?;
        if answered && allowed {
            // Listed on the account page, to be taken back there.
            let agreed = Agreed {
                scope: detail.scope.clone(),
                attributes: asked.attributes,
                lasting: authorization.offline,
            };
            self.note_agreement(cx, signed_in.person.id, &client.service.id, &agreed)
                .await?;
        }
        tracing::info!(
            event = "oidc.device",
            client = %client_id,
            person = %signed_in.person.id,
            authorization = %authorization.id.short(),
            allowed,
            "a device was answered"
        );
        Ok(answered.then_some(asked.service))
    }

    /// A device asks whether its code was typed (RFC 8628 §3.4, §3.5).
    pub(super) async fn redeem_device(
        &self,
        cx: &Cx<'_>,
        caller: &Caller,
        code: &SecretString,
    ) -> Result<TokenResponse, Failure> {
        let unknown = || invalid_grant("the device code is unknown or already used");
        let token = Token::<DeviceCodeKind>::parse(code.expose_secret());
        let id = token.ok_or_else(unknown)?.digest();
        let known = authorizations::find(self.database(), &id).await?;
        let known = known
            .filter(|known| known.service == caller.client.service.id)
            .ok_or_else(unknown)?;
        if known.expires_at <= cx.now && known.state != State::Redeemed {
            return Err(refused(
                ErrorCode::ExpiredToken,
                "the device code has expired",
            ));
        }
        match known.state {
            State::Pending => {
                let name = format!("device-poll:{}", id.short());
                let asked = self.inner.counters.hit(&name, TOO_SOON, cx.now).await?;
                Err(if asked > 1 {
                    refused(
                        ErrorCode::SlowDown,
                        "wait five seconds more between questions",
                    )
                } else {
                    refused(
                        ErrorCode::AuthorizationPending,
                        "the code was not typed yet",
                    )
                })
            }
            State::Refused => Err(refused(ErrorCode::AccessDenied, "the person said no")),
            State::Redeemed | State::Revoked => Err(unknown()),
            State::Granted => {
                let until = self.family_end(cx, &caller.client);
                let redeemed = authorizations::redeem(self.database(), &id, until, cx.now).await?;
                let authorization = redeemed.ok_or_else(unknown)?;
                self.first_tokens(cx, caller, authorization, None).await
            }
        }
    }
}

fn user_code(cx: &Cx<'_>) -> String {
    let letter = |_| {
        let index = usize::try_from(cx.random.below(20)).ok()?;
        ALPHABET.get(index).copied().map(char::from)
    };
    (0..LETTERS).filter_map(letter).collect()
}

/// `WDJB-MJHT`.
fn shown(code: &str) -> String {
    match code.split_at_checked(LETTERS / 2) {
        Some((first, second)) => format!("{first}-{second}"),
        None => code.to_owned(),
    }
}

/// A code as it was typed: case, hyphens and spaces are forgiven. `None` when it can be none.
fn normal(typed: &str) -> Option<String> {
    let code: String = typed
        .chars()
        .filter(|c| c.is_ascii_alphabetic())
        .take(LETTERS + 1)
        .map(|c| c.to_ascii_uppercase())
        .collect();
    let good = code.len() == LETTERS && code.bytes().all(|letter| ALPHABET.contains(&letter));
    good.then_some(code)
}

fn code_digest(code: &str) -> Digest {
    Digest::of("oidc-user-code", code)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Client;
    use clau_domain::random::SeededForTests;
    use clau_domain::time::Timestamp;

    #[test]
    fn oidc_21_codes_are_typed_as_people_type() {
        let random = SeededForTests::new(1);
        let cx = Cx {
            now: Timestamp::from_millis(0),
            random: &random,
            client: Client::operator(),
            reference: String::new(),
        };
        let code = user_code(&cx);
        let shown = shown(&code);
        assert_eq!(shown.len(), 9);
        for typed in [
            shown.clone(),
            code.clone(),
            shown.to_lowercase(),
            format!(" {} ", shown.replace('-', " ")),
        ] {
            assert_eq!(normal(&typed).as_deref(), Some(code.as_str()), "{typed}");
        }
        for bad in ["", "WDJB", "WDJB-MJHTX", "AEIO-UAEI", "1234-5678"] {
            assert_eq!(normal(bad), None, "{bad}");
        }
    }
}
