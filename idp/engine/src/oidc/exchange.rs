//! Token exchange (RFC 8693): a service that acts for a person at another one, as a CAS proxy does. The
//! other service says by whom it may be reached, knows the person by its own pseudonym, and what was
//! exchanged ends with what it came from (OIDC-21).

use clau_domain::secret::{AuthorizationCodeKind, ExposeSecret as _, Token};
use clau_oidc::error::{ErrorCode, OauthError};
use clau_oidc::request::{Exchange, TokenType};
use clau_oidc::response::TokenResponse;
use clau_oidc::scope::OFFLINE_ACCESS;
use clau_storage::authorizations::{self, NewAuthorization, State};

use super::authenticate::Caller;
use super::mint::{Detail, LONGEST_CHAIN, Living, Wanted, invalid_grant};
use super::token::accepts;
use super::{Failure, answer, refused};
use crate::{Cx, Hub};

impl Hub {
    pub(super) async fn exchange(
        &self,
        cx: &Cx<'_>,
        caller: &Caller,
        exchange: &Exchange,
    ) -> Result<TokenResponse, Failure> {
        let both = [exchange.subject_token_type, exchange.requested_token_type];
        if both.iter().any(|kind| *kind != TokenType::AccessToken) {
            return Err(
                OauthError::invalid_request("only access tokens are exchanged here").into(),
            );
        }
        let target = self.target(cx, caller, exchange).await?;
        let subject = self.subject_token(cx, caller, exchange).await?;
        if self.chain_length(&subject).await? >= LONGEST_CHAIN {
            return Err(invalid_grant("the token was exchanged too often"));
        }
        // Not more than the person allowed: the scopes of the token, those asked for of them.
        let wanted = if exchange.scope.is_empty() {
            subject.scope.clone()
        } else {
            exchange.scope.within(&subject.scope)
        };
        let scope = wanted.without(OFFLINE_ACCESS);
        let detail = Detail {
            proof: subject.living.detail.proof,
            link: subject.living.detail.link.clone(),
            context: subject.living.detail.context,
            resource: target.audience,
            exchanged_for: Some(target.service),
            ..Detail::of_scope(scope.clone())
        };
        let parent = &subject.living.authorization;
        let new = NewAuthorization {
            id: Token::<AuthorizationCodeKind>::mint(cx.random).digest(),
            service: &caller.client.service.id,
            person: parent.person,
            session: parent.session,
            parent: Some(parent.id),
            user_code: None,
            state: State::Redeemed,
            offline: parent.offline,
            detail: &detail.to_json()?,
            expires_at: (cx.now + self.settings().oidc.access_token_life).min(subject.expires),
        };
        authorizations::insert(self.database(), &new, cx.now).await?;
        // The same decision as for every other token: may this person use the other service now?
        let living = self.living(cx, answer::fresh_row(&new, cx)).await?;
        let living = living.map_err(|why| refused(ErrorCode::InvalidTarget, why))?;
        let wanted = Wanted {
            scope: &scope,
            jkt: caller.jkt.as_deref(),
            nonce: None,
            refresh: false,
        };
        let response = self.tokens(cx, &living, wanted).await?;
        Ok(response.exchanged(TokenType::AccessToken))
    }

    /// The one service that the token is for: by client identifier (`audience`) or by an address of its
    /// own (`resource`).
    async fn target(
        &self,
        cx: &Cx<'_>,
        caller: &Caller,
        exchange: &Exchange,
    ) -> Result<Target, Failure> {
        let catalogue = self.catalogue(cx.now).await?;
        let mut targets = Vec::new();
        for name in &exchange.audience {
            targets.extend(catalogue.oidc_client(name).map(|client| (client, name)));
        }
        for address in &exchange.resource {
            let of = catalogue.oidc_clients().find(|client| {
                let settings = client.settings();
                settings.is_some_and(|settings| settings.has_resource(address))
            });
            targets.extend(of.map(|client| (client, address)));
        }
        let named = exchange.audience.len() + exchange.resource.len();
        let unknown = || {
            refused(
                ErrorCode::InvalidTarget,
                "`audience` or `resource` must name one service that accepts this client",
            )
        };
        let Some((first, _)) = targets.first().copied() else {
            return Err(unknown());
        };
        let one = targets.len() == named
            && targets
                .iter()
                .all(|(client, _)| client.service.id == first.service.id);
        let accepted = first
            .settings()
            .is_some_and(|settings| accepts(&first.service.id, &settings.accepts, &caller.client));
        if !one || !accepted {
            return Err(unknown());
        }
        Ok(Target {
            service: first.service.id.clone(),
            audience: targets.iter().map(|(_, name)| (*name).clone()).collect(),
        })
    }

    /// The token whose person is acted for: good now, this client's own, and a person's.
    async fn subject_token(
        &self,
        cx: &Cx<'_>,
        caller: &Caller,
        exchange: &Exchange,
    ) -> Result<Subject, Failure> {
        let bad = || {
            OauthError::invalid_request(
                "`subject_token` is no good access token of a person for this client",
            )
        };
        let access = self
            .read_access(cx, exchange.subject_token.expose_secret())
            .await?
            .ok_or_else(bad)?;
        let living = self.behind(cx, &access).await?.map_err(|_| bad())?;
        // Its own, or one that was exchanged for it: then it goes on in the same person's name.
        let own = living.authorization.service == caller.client.service.id
            || living.detail.exchanged_for.as_ref() == Some(&caller.client.service.id);
        if !own || living.authorization.person.is_none() {
            return Err(bad().into());
        }
        if access.jkt.is_some() && access.jkt != caller.jkt {
            return Err(bad().into());
        }
        Ok(Subject {
            scope: access.scope,
            expires: access.expires,
            living,
        })
    }

    async fn chain_length(&self, subject: &Subject) -> Result<usize, Failure> {
        let mut length = 0;
        let mut next = subject.living.authorization.parent;
        while let Some(parent) = next.filter(|_| length < LONGEST_CHAIN) {
            let row = authorizations::find(self.database(), &parent).await?;
            next = row.and_then(|row| row.parent);
            length += 1;
        }
        Ok(length)
    }
}

/// Whom an exchanged token is for.
struct Target {
    service: clau_domain::ids::ServiceId,
    audience: Vec<String>,
}

/// On whose behalf.
struct Subject {
    living: Living,
    scope: clau_oidc::scope::ScopeSet,
    expires: clau_domain::time::Timestamp,
}
