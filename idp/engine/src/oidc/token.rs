//! The token endpoint (RFC 6749 §3.2, OIDC Core §3.1.3): what a client presents, and the tokens that it
//! gets for it. Everything single-use is spent before anything is made (OIDC-04).

use clau_domain::ids::ServiceId;
use clau_domain::secret::{
    AuthorizationCodeKind, Digest, ExposeSecret as _, ParticipationKind, SecretString, SessionKind,
    Token,
};
use clau_domain::session::{Participation, ParticipationProtocol, Session};
use clau_oidc::client::GrantType;
use clau_oidc::error::ErrorCode;
use clau_oidc::parameters::Parameters;
use clau_oidc::pkce;
use clau_oidc::request::TokenRequest;
use clau_oidc::response::TokenResponse;
use clau_oidc::scope::ScopeSet;
use clau_storage::authorizations::{self, Authorization, NewAuthorization, State};
use clau_storage::tickets::Life;
use clau_storage::visits;

use super::authenticate::{Caller, Presented, needs_proof};
use super::clients::OidcClient;
use super::mint::{Detail, Living, Wanted, invalid_grant};
use super::{Failure, answer, refused};
use crate::error::Error;
use crate::{Cx, Hub};

impl Hub {
    /// The token endpoint.
    ///
    /// # Errors
    /// In the words of the specifications.
    pub async fn oidc_token(
        &self,
        cx: &Cx<'_>,
        presented: Presented<'_>,
        list: &[(String, String)],
    ) -> Result<TokenResponse, Failure> {
        let parameters = Parameters::new(list)?;
        let caller = self.oidc_caller(cx, presented, parameters).await?;
        let outcome = self.token_for(cx, &caller, parameters).await;
        let label = match &outcome {
            Ok(_) => "success",
            Err(Failure::Oauth(error)) if error.code().is_pending() => "pending",
            Err(Failure::Oauth(_)) => "refused",
            Err(Failure::Hub(_)) => "error",
        };
        metrics::counter!("clau_tickets_redeemed_total", "protocol" => "oidc", "outcome" => label)
            .increment(1);
        outcome
    }

    async fn token_for(
        &self,
        cx: &Cx<'_>,
        caller: &Caller,
        parameters: Parameters<'_>,
    ) -> Result<TokenResponse, Failure> {
        let request = TokenRequest::read(parameters, &caller.client.client)?;
        needs_proof(caller)?;
        match request {
            TokenRequest::Code {
                code,
                redirect_uri,
                verifier,
            } => {
                let presented = (&code, redirect_uri.as_str(), verifier.as_ref());
                self.redeem_code(cx, caller, presented).await
            }
            TokenRequest::Refresh { token, scope } => {
                self.refresh(cx, caller, &token, scope.as_ref()).await
            }
            TokenRequest::ClientCredentials { scope, resource } => {
                self.own_credentials(cx, caller, scope, &resource).await
            }
            TokenRequest::Device { code } => self.redeem_device(cx, caller, &code).await,
            TokenRequest::Exchange(exchange) => self.exchange(cx, caller, &exchange).await,
        }
    }

    /// RFC 6749 §4.1.3.
    async fn redeem_code(
        &self,
        cx: &Cx<'_>,
        caller: &Caller,
        (code, redirect_uri, verifier): (&SecretString, &str, Option<&SecretString>),
    ) -> Result<TokenResponse, Failure> {
        let unknown = || invalid_grant("the code is unknown, expired or already used");
        let token = Token::<AuthorizationCodeKind>::parse(code.expose_secret());
        let id = token.ok_or_else(unknown)?.digest();
        let until = self.family_end(cx, &caller.client);
        let redeemed = authorizations::redeem(self.database(), &id, until, cx.now).await?;
        let Some(authorization) = redeemed else {
            self.code_came_again(cx, &id).await?;
            return Err(unknown());
        };
        let outcome = self
            .check_code(cx, caller, authorization, (redirect_uri, verifier))
            .await;
        match outcome {
            Ok(response) => Ok(response),
            Err(failure) => {
                // The code is spent, whoever brought it and whatever for: nothing may come of it later.
                authorizations::revoke(self.database(), &id, cx.now).await?;
                Err(failure)
            }
        }
    }

    async fn check_code(
        &self,
        cx: &Cx<'_>,
        caller: &Caller,
        authorization: Authorization,
        (redirect_uri, verifier): (&str, Option<&SecretString>),
    ) -> Result<TokenResponse, Failure> {
        let detail = Detail::read(&authorization)?;
        if authorization.service != caller.client.service.id {
            return Err(invalid_grant("the code was given to another client"));
        }
        if detail.redirect_uri.as_deref() != Some(redirect_uri) {
            return Err(invalid_grant(
                "`redirect_uri` is not the one that the code went to",
            ));
        }
        let verifier = verifier.map(|verifier| verifier.expose_secret());
        pkce::check(detail.challenge.as_ref(), verifier)?;
        if detail.dpop_jkt.is_some() && detail.dpop_jkt != caller.jkt {
            return Err(invalid_grant("the code is bound to another key"));
        }
        let nonce = detail.nonce.clone();
        self.first_tokens(cx, caller, authorization, nonce.as_deref())
            .await
    }

    /// The first tokens of an authorization that has just been redeemed: the client is part of the session
    /// from now on, and the person is told what it has received.
    pub(super) async fn first_tokens(
        &self,
        cx: &Cx<'_>,
        caller: &Caller,
        authorization: Authorization,
        nonce: Option<&str>,
    ) -> Result<TokenResponse, Failure> {
        let living = self.living(cx, authorization).await?;
        let living = living.map_err(invalid_grant)?;
        self.note_visit(cx, &living).await?;
        let scope = living.detail.scope.clone();
        let wanted = Wanted {
            scope: &scope,
            jkt: caller.jkt.as_deref(),
            nonce,
            refresh: may_refresh(&caller.client),
        };
        self.tokens(cx, &living, wanted).await
    }

    /// A code that comes a second time was stolen, or its thief came first: what came of it ends
    /// (RFC 6749 §4.1.2, OIDC-04).
    async fn code_came_again(&self, cx: &Cx<'_>, id: &Digest) -> Result<(), Failure> {
        let known = authorizations::find(self.database(), id).await?;
        if known.is_some_and(|known| known.state == State::Redeemed) {
            authorizations::revoke(self.database(), id, cx.now).await?;
            tracing::warn!(
                event = "oidc.code_reused",
                authorization = %id.short(),
                reference = %cx.reference,
                "a code came a second time; its tokens are revoked"
            );
        }
        Ok(())
    }

    /// RFC 6749 §4.4: a token for the client itself.
    async fn own_credentials(
        &self,
        cx: &Cx<'_>,
        caller: &Caller,
        scope: ScopeSet,
        resource: &[String],
    ) -> Result<TokenResponse, Failure> {
        let resource = self.allowed_resources(cx, &caller.client, resource).await?;
        let detail = Detail {
            resource,
            ..Detail::of_scope(scope.clone())
        };
        let new = NewAuthorization {
            id: Token::<AuthorizationCodeKind>::mint(cx.random).digest(),
            service: &caller.client.service.id,
            person: None,
            session: None,
            parent: None,
            user_code: None,
            state: State::Redeemed,
            offline: true,
            detail: &detail.to_json()?,
            expires_at: cx.now + self.settings().oidc.access_token_life,
        };
        authorizations::insert(self.database(), &new, cx.now).await?;
        let living = self.living(cx, answer::fresh_row(&new, cx)).await?;
        let living = living.map_err(|why| refused(ErrorCode::UnauthorizedClient, why))?;
        let wanted = Wanted {
            scope: &scope,
            jkt: caller.jkt.as_deref(),
            nonce: None,
            refresh: false,
        };
        self.tokens(cx, &living, wanted).await
    }

    /// Notes that the client is part of the session, so that it is told when that ends, and what it has
    /// received; nothing is given to a client whose session has ended meanwhile (REL-02).
    async fn note_visit(&self, cx: &Cx<'_>, living: &Living) -> Result<(), Failure> {
        if let Some(session) = living.authorization.session {
            self.take_part_oidc(cx, living, session).await?;
            if !living.authorization.offline {
                let alive = self
                    .tickets()
                    .get::<SessionKind, Session>(&session, cx.now)
                    .await?;
                if alive.is_none() {
                    return Err(invalid_grant("the session has ended"));
                }
            }
        }
        self.note_received(cx, living).await
    }

    /// Notes for the person what the client receives.
    pub(super) async fn note_received(&self, cx: &Cx<'_>, living: &Living) -> Result<(), Failure> {
        let Some(grant) = &living.grant else {
            return Ok(());
        };
        let detail = &living.detail;
        let asked = (&detail.scope, &detail.claims);
        let released = answer::received(&living.client, asked, grant);
        visits::record(
            self.database(),
            grant.person_id(),
            &living.client.service.id,
            &released,
            cx.now,
        )
        .await?;
        Ok(())
    }

    pub(super) async fn take_part_oidc(
        &self,
        cx: &Cx<'_>,
        living: &Living,
        digest: Digest,
    ) -> Result<(), Error> {
        let Some(sid) = &living.detail.sid else {
            return Ok(());
        };
        let session = self
            .tickets()
            .get::<SessionKind, Session>(&digest, cx.now)
            .await?;
        let Some(session) = session else {
            return Ok(());
        };
        let participation = Participation {
            service: living.client.service.id.clone(),
            opened_at: cx.now,
            protocol: ParticipationProtocol::Oidc {
                subject: living.subject(),
                session: sid.clone(),
            },
        };
        let owner = digest.to_string();
        let life = Life {
            owner: Some(&owner),
            expires_at: session.latest_end(),
            now: cx.now,
        };
        // One for each client and session: `sid` names both.
        self.tickets()
            .put::<ParticipationKind>(&Digest::of("oidc-sid", sid), &participation, life)
            .await?;
        Ok(())
    }

    /// How long what a client may refresh lives at most.
    pub(super) fn family_end(
        &self,
        cx: &Cx<'_>,
        client: &OidcClient,
    ) -> clau_domain::time::Timestamp {
        let settings = &self.settings().oidc;
        cx.now
            + if may_refresh(client) {
                settings.refresh_life
            } else {
                settings.access_token_life
            }
    }

    /// The servers that a client may get tokens for: those of services that accept it (RFC 8707 §2).
    pub(super) async fn allowed_resources(
        &self,
        cx: &Cx<'_>,
        client: &OidcClient,
        wanted: &[String],
    ) -> Result<Vec<String>, Failure> {
        let catalogue = self.catalogue(cx.now).await?;
        for resource in wanted.iter().filter(|wanted| *wanted != self.issuer()) {
            let of = catalogue.services().find(|service| {
                let settings = service.oidc.as_ref().filter(|_| service.enabled);
                settings.is_some_and(|settings| {
                    settings.has_resource(resource)
                        && accepts(&service.id, &settings.accepts, client)
                })
            });
            if of.is_none() {
                return Err(refused(
                    ErrorCode::InvalidTarget,
                    "a `resource` is unknown, or does not accept this client",
                ));
            }
        }
        let others = wanted.iter().filter(|wanted| *wanted != self.issuer());
        Ok(others.cloned().collect())
    }
}

/// Whether a service accepts tokens that a client got: its own always.
pub(super) fn accepts(service: &ServiceId, accepted: &[ServiceId], client: &OidcClient) -> bool {
    *service == client.service.id || accepted.contains(&client.service.id)
}

/// Whether a client is registered for refresh tokens.
pub(super) fn may_refresh(client: &OidcClient) -> bool {
    let grants = &client.client.metadata.grant_types;
    grants.contains(&GrantType::RefreshToken)
}

/// Scopes of an authorization, or fewer of them (RFC 6749 §6). Libraries repeat what they asked for at
/// first, whatever was allowed of it: the answer says what remains (§3.3).
pub(super) fn narrowed(allowed: &ScopeSet, wanted: Option<&ScopeSet>) -> Result<ScopeSet, Failure> {
    let Some(wanted) = wanted else {
        return Ok(allowed.clone());
    };
    let scope = wanted.within(allowed);
    if scope.is_empty() {
        return Err(refused(
            ErrorCode::InvalidScope,
            "`scope` has nothing of what was allowed",
        ));
    }
    Ok(scope)
}
