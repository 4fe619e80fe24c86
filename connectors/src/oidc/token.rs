//! ID tokens and user information: who it is, by whose word (OIDC Core §3.1.3.7, §5.3; FED-07).
//!
//! An ID token has two readers, and both must agree. `clau-oidc` looks at the signature by the algorithms of
//! the registration and at the header, refuses what is named twice, and hands over all claims; the library
//! looks at signature, issuer, audience, expiry, nonce, context and time as the specification says. What the
//! library leaves out is added here: `azp`, `nbf`, `at_hash`, an audience of exactly one. User information and
//! logout tokens, which it reads not at all or not where they are encrypted, are `clau-oidc`'s alone.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use clau_domain::secret::{ExposeSecret as _, SecretString};
use clau_domain::time::Timestamp;
use clau_domain::url::WebUrl;
use clau_oidc::jose::{BadToken, Claims, Typ, Window, object, verify_of_provider};
use openidconnect::core::{CoreIdTokenVerifier, CoreJwsSigningAlgorithm};
use openidconnect::{
    AccessToken, AccessTokenHash, AuthenticationContextClass, ClaimsVerificationError, ClientId,
    IssuerUrl, Nonce,
};

use super::client::{Tokens, opened};
use super::depart::Pending;
use super::metadata::Keyring;
use super::registration::Registered;
use super::{OpenIdProvider, bad_claim};
use crate::contract::{Call, Fault, Request};

/// How far the two clocks may be apart.
pub(super) const SKEW: Duration = Duration::from_secs(60);
/// How old an ID token may be that was made for this very login.
const AGE: Duration = Duration::from_secs(600);
/// Longest subject (OIDC Core §2).
const LONGEST_SUBJECT: usize = 255;
/// Longest user information, in bytes: as the longest encrypted token.
const LONGEST: usize = 32 * 1024;

/// An ID token that holds.
pub(super) struct Checked {
    pub(super) claims: Claims,
    pub(super) subject: String,
    pub(super) context: Option<String>,
    pub(super) authenticated_at: Timestamp,
}

impl OpenIdProvider {
    /// Verifies a token by the provider's keys. Where none fits, its keys are asked for once more, at most once
    /// a minute (FED-12): here and not by [`Fault::Stale`], because the code is spent by then.
    pub(super) async fn verified(
        &self,
        call: &Call<'_>,
        token: &str,
        typ: Typ,
    ) -> Result<(Claims, Arc<Keyring>), Fault> {
        let keys = self.held.keys()?;
        let error = match verify_of_provider(token, typ, &keys.verifying) {
            Ok(verified) => return Ok((verified.into_claims(), keys)),
            // A new key may have a new name, a new algorithm, or no name at all.
            Err(error @ (BadToken::UnknownKey | BadToken::Algorithm | BadToken::Signature)) => {
                error
            }
            Err(error) => return Err(bad_token(error)),
        };
        let newer = self.held.renewed(call, &keys, &self.registered).await;
        let keys = newer.ok_or_else(|| bad_token(error))?;
        let verified = verify_of_provider(token, typ, &keys.verifying).map_err(bad_token)?;
        Ok((verified.into_claims(), keys))
    }

    pub(super) async fn check_id_token(
        &self,
        call: &Call<'_>,
        tokens: &Tokens,
        pending: &Pending,
    ) -> Result<Checked, Fault> {
        let registered = &self.registered;
        let (claims, keys) = self.verified(call, &tokens.text, Typ::IdToken).await?;
        check_source(&claims, registered, true)?;
        let issued = claims.check_issued(window(call.now, AGE));
        issued.map_err(bad_claim)?;
        check_life(&claims, call.now)?;
        if claims.has("azp") {
            let azp = claims.check_string("azp", &registered.client_id);
            azp.map_err(bad_claim)?;
        }
        let subject = claims.required_string("sub").map_err(bad_claim)?.to_owned();
        if subject.len() > LONGEST_SUBJECT || subject.chars().any(char::is_control) {
            return Err(Fault::Untrusted("its subject is none".to_owned()));
        }
        let context = claims.string("acr").map_err(bad_claim)?.map(str::to_owned);
        let authenticated_at = authenticated_at(&claims, call.now, pending)?;
        by_library(tokens, &keys, pending, (registered, call.now))?;
        Ok(Checked {
            claims,
            subject,
            context,
            authenticated_at,
        })
    }

    /// Asks who the person is (OIDC Core §5.3).
    pub(super) async fn userinfo(
        &self,
        call: &Call<'_>,
        url: &WebUrl,
        access: &SecretString,
        subject: &str,
    ) -> Result<Claims, Fault> {
        let access = access.expose_secret();
        // What goes into a header is a stranger's text (RFC 6750 §2.1).
        if access.is_empty() || !access.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(Fault::Untrusted("its access token is none".to_owned()));
        }
        let response = call.http.send(Request {
            url,
            headers: vec![
                (
                    "accept",
                    SecretString::from("application/jwt, application/json"),
                ),
                (
                    "authorization",
                    SecretString::from(format!("Bearer {access}")),
                ),
            ],
            form: None,
            longest: LONGEST,
        });
        let response = response.await?;
        let answers = || format!("its user information endpoint answers {}", response.status);
        match response.status {
            200 => {}
            400..=499 => return Err(Fault::Untrusted(answers())),
            _ => return Err(Fault::NoAnswer(answers())),
        }
        let broken = || Fault::Untrusted("its user information cannot be read".to_owned());
        let claims = match response.content_type.as_str() {
            "application/jwt" => {
                let text = std::str::from_utf8(&response.body).map_err(|_| broken())?;
                self.signed_userinfo(call, text.trim()).await?
            }
            _ if self.registered.signed_userinfo => {
                return Err(Fault::Untrusted(
                    "its user information is not signed".to_owned(),
                ));
            }
            "application/json" => Claims::new(object(&response.body).map_err(|_| broken())?),
            _ => return Err(broken()),
        };
        if claims.string("sub") != Ok(Some(subject)) {
            return Err(Fault::Untrusted(
                "its user information is about somebody else".to_owned(),
            ));
        }
        Ok(claims)
    }

    async fn signed_userinfo(&self, call: &Call<'_>, token: &str) -> Result<Claims, Fault> {
        let registered = &self.registered;
        let token = opened(token, call, registered)?;
        let (claims, _) = self.verified(call, &token, Typ::UserInfo).await?;
        check_source(&claims, registered, registered.signed_userinfo)?;
        if claims.has("iat") {
            let issued = claims.check_issued(window(call.now, Duration::MAX));
            issued.map_err(bad_claim)?;
        }
        check_life(&claims, call.now)?;
        Ok(claims)
    }
}

/// Made by this provider, for the hub and for nobody else. `demanded`: both must be said.
pub(super) fn check_source(
    claims: &Claims,
    registered: &Registered,
    demanded: bool,
) -> Result<(), Fault> {
    if demanded || claims.has("iss") {
        let issuer = claims.check_string("iss", &registered.issuer);
        issuer.map_err(bad_claim)?;
    }
    if demanded || claims.has("aud") {
        let audience = claims.strings("aud").map_err(bad_claim)?;
        if audience != [registered.client_id.as_str()] {
            return Err(Fault::Untrusted(
                "its token is not for the hub, or not for the hub alone".to_owned(),
            ));
        }
    }
    Ok(())
}

/// When a token must have been made that may be `longest` old.
pub(super) fn window(now: Timestamp, longest: Duration) -> Window {
    Window {
        now,
        skew: SKEW,
        longest,
    }
}

/// Good now, as far as it says when it is. Whether it must say so, its kind knows: of an ID token, the library.
pub(super) fn check_life(claims: &Claims, now: Timestamp) -> Result<(), Fault> {
    let window = window(now, Duration::MAX);
    if claims.has("exp") {
        claims.check_expiry(window).map_err(bad_claim)?;
    }
    claims.check_not_before(window).map_err(bad_claim)
}

/// When they proved who they are. Where it had to be anew, the provider must say so.
fn authenticated_at(
    claims: &Claims,
    now: Timestamp,
    pending: &Pending,
) -> Result<Timestamp, Fault> {
    let said = claims.instant("auth_time").map_err(bad_claim)?;
    let at = match said {
        Some(at) if at > now + SKEW => {
            return Err(Fault::Untrusted("its login lies in the future".to_owned()));
        }
        Some(at) => at,
        None => claims.required_instant("iat").map_err(bad_claim)?,
    };
    if let Some(since) = pending.anew_since
        && said.is_none_or(|at| at + SKEW < since)
    {
        return Err(Fault::Untrusted(
            "it has not asked the person anew, as it should".to_owned(),
        ));
    }
    Ok(at.min(now))
}

/// What the library has to say of an ID token, with every check that it knows.
fn by_library(
    tokens: &Tokens,
    keys: &Keyring,
    pending: &Pending,
    (registered, now): (&Registered, Timestamp),
) -> Result<(), Fault> {
    let issuer = IssuerUrl::new(registered.issuer.clone())
        .map_err(|_| Fault::Unusable("an issuer that the library cannot read".to_owned()))?;
    let client = ClientId::new(registered.client_id.clone());
    // Without a client secret, so that no HMAC can ever verify.
    let verifier = CoreIdTokenVerifier::new_public_client(client, issuer, keys.set.clone())
        .set_allowed_algs(registered.algorithms.iter().copied().map(of_library))
        // Its clock, put back by what two clocks may differ.
        .set_time_fn(move || since_epoch(now - SKEW).into())
        .set_auth_context_verifier_fn(|context: Option<&AuthenticationContextClass>| {
            let context = context.map(|context| context.as_str());
            strong_enough(registered, context, pending).map_err(str::to_owned)
        });
    let nonce = Nonce::new(pending.nonce.clone());
    let claims = tokens
        .id
        .claims(&verifier, &nonce)
        .map_err(|error| match error {
            ClaimsVerificationError::InvalidAuthContext(why) => Fault::TooWeak(why),
            // Never the text: it quotes what came.
            ClaimsVerificationError::Expired(_) => {
                Fault::Untrusted("its ID token has expired".to_owned())
            }
            ClaimsVerificationError::InvalidNonce(_) => {
                Fault::Untrusted("its ID token belongs to another login (`nonce`)".to_owned())
            }
            ClaimsVerificationError::InvalidIssuer(_)
            | ClaimsVerificationError::InvalidAudience(_) => {
                Fault::Untrusted("its ID token is another's".to_owned())
            }
            _ => Fault::Untrusted("its ID token does not verify".to_owned()),
        })?;
    let Some(expected) = claims.access_token_hash() else {
        return Ok(());
    };
    let access = AccessToken::new(tokens.access.expose_secret().to_owned());
    let own = match (tokens.id.signing_alg(), tokens.id.signing_key(&verifier)) {
        (Ok(algorithm), Ok(key)) => AccessTokenHash::from_token(&access, algorithm, key).ok(),
        _ => None,
    };
    if own.as_ref() == Some(expected) {
        Ok(())
    } else {
        Err(Fault::Untrusted(
            "its ID token belongs to another access token (`at_hash`)".to_owned(),
        ))
    }
}

/// Whether a login is as strong as what was asked for, or why it is not. A context that is absent or unknown is
/// not (FED-07).
fn strong_enough(
    registered: &Registered,
    context: Option<&str>,
    pending: &Pending,
) -> Result<(), &'static str> {
    let mapped = !registered.connector.levels.is_empty();
    let Some(context) = context else {
        return if mapped || !pending.contexts.is_empty() {
            Err("it does not say how the person has logged in (`acr`)")
        } else {
            Ok(())
        };
    };
    if !mapped {
        let asked =
            pending.contexts.is_empty() || pending.contexts.iter().any(|one| one == context);
        return if asked {
            Ok(())
        } else {
            Err("another level (`acr`) than the one that was asked for")
        };
    }
    match registered.level(context) {
        Some(level) if pending.least.is_none_or(|least| level >= least) => Ok(()),
        Some(_) => Err("a weaker level (`acr`) than the one that was asked for"),
        None => Err("a level (`acr`) that `levels` does not know"),
    }
}

/// An instant for the library, which has a type of its own for it.
fn since_epoch(at: Timestamp) -> SystemTime {
    let millis = u64::try_from(at.as_millis()).unwrap_or_default();
    SystemTime::UNIX_EPOCH + Duration::from_millis(millis)
}

fn of_library(algorithm: clau_oidc::jose::Algorithm) -> CoreJwsSigningAlgorithm {
    use clau_oidc::jose::Algorithm::{EdDsa, Es256, Es384, Ps256, Rs256};
    match algorithm {
        Es256 => CoreJwsSigningAlgorithm::EcdsaP256Sha256,
        Es384 => CoreJwsSigningAlgorithm::EcdsaP384Sha384,
        Rs256 => CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
        Ps256 => CoreJwsSigningAlgorithm::RsaSsaPssSha256,
        EdDsa => CoreJwsSigningAlgorithm::EdDsa,
    }
}

fn bad_token(error: BadToken) -> Fault {
    Fault::Untrusted(format!("its token: {error}"))
}
