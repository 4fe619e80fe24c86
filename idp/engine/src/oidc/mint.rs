//! What every token is made of: the authorization behind it, looked at once more each time, and the
//! person's grant as of now. A token is never better than what it rests on at this moment: session,
//! account, client, access rules, parental authority (OIDC-11, FED-13, SES-07).

use std::sync::Arc;

use clau_domain::ids::{PersonId, ServiceId};
use clau_domain::login::LinkRef;
use clau_domain::person::Person;
use clau_domain::policy::Grant;
use clau_domain::session::{Context, Method};
use clau_domain::time::Timestamp;
use clau_oidc::error::ErrorCode;
use clau_oidc::pkce::Challenge;
use clau_oidc::request::ClaimsRequest;
use clau_oidc::response::{IdToken, TokenResponse};
use clau_oidc::scope::{OPENID, ScopeSet};
use clau_oidc::spelling;
use clau_storage::authorizations::{self, Authorization, State};
use clau_storage::{accounts, people};
use serde::{Deserialize, Serialize};

use super::clients::OidcClient;
use super::sealed::{Access, Refresh};
use super::{Failure, refused};
use crate::error::Error;
use crate::keys::Sealed;
use crate::{Cx, Hub};

/// Exchanges that a token may go through.
pub(super) const LONGEST_CHAIN: usize = 5;

/// What an authorization allows, as its row keeps it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Detail {
    /// The scopes that were allowed.
    pub(crate) scope: ScopeSet,
    /// The address that the code went to.
    #[serde(default)]
    pub(crate) redirect_uri: Option<String>,
    /// What the code is bound to.
    #[serde(default)]
    pub(crate) challenge: Option<Challenge>,
    /// `nonce`, given back in the ID token.
    #[serde(default)]
    pub(crate) nonce: Option<String>,
    /// Thumbprint of the key that the code is bound to.
    #[serde(default)]
    pub(crate) dpop_jkt: Option<String>,
    /// Claims that were asked for one by one.
    #[serde(default)]
    pub(crate) claims: ClaimsRequest,
    /// When and how the person had proven who they are; none without a person.
    #[serde(default)]
    pub(crate) proof: Option<(Timestamp, Method)>,
    /// Who vouched for them, where that was somebody else: as far as that may speak, and as long.
    #[serde(default)]
    pub(crate) link: Option<LinkRef>,
    /// For whom or where they acted then: what outlives the session says no more than that.
    #[serde(default)]
    pub(crate) context: Context,
    /// `sid`: the session as this client knows it.
    #[serde(default)]
    pub(crate) sid: Option<String>,
    /// The servers that tokens are for, besides the hub (RFC 8707).
    #[serde(default)]
    pub(crate) resource: Vec<String>,
    /// The service that an exchanged token is for (RFC 8693).
    #[serde(default)]
    pub(crate) exchanged_for: Option<ServiceId>,
}

impl Detail {
    /// Of a client's own, without a person.
    pub(crate) fn of_scope(scope: ScopeSet) -> Self {
        Self {
            scope,
            redirect_uri: None,
            challenge: None,
            nonce: None,
            dpop_jkt: None,
            claims: ClaimsRequest::default(),
            proof: None,
            link: None,
            context: Context::default(),
            sid: None,
            resource: Vec::new(),
            exchanged_for: None,
        }
    }

    pub(crate) fn to_json(&self) -> Result<serde_json::Value, Error> {
        serde_json::to_value(self).map_err(|error| Error::Defect(error.to_string()))
    }

    pub(crate) fn read(authorization: &Authorization) -> Result<Self, Error> {
        serde_json::from_value(authorization.detail.clone())
            .map_err(|_| Error::Defect("an authorization cannot be read".to_owned()))
    }
}

/// An authorization that is good now, with all that it rests on.
pub(crate) struct Living {
    pub(crate) authorization: Authorization,
    pub(crate) detail: Detail,
    /// The client that has it.
    pub(crate) client: Arc<OidcClient>,
    /// The client whose service the tokens are for: itself, except after an exchange.
    pub(crate) target: Arc<OidcClient>,
    /// The person's grant for that service; none for a client of its own.
    pub(crate) grant: Option<Grant>,
}

impl Living {
    /// `sub` of every token.
    pub(crate) fn subject(&self) -> String {
        match &self.grant {
            Some(grant) => {
                let kind = self.target.client.metadata.subject_type;
                spelling::subject(kind, grant.released())
            }
            None => self.client.client.client_id.clone(),
        }
    }
}

/// What tokens are made for.
pub(crate) struct Wanted<'a> {
    /// What they allow.
    pub(crate) scope: &'a ScopeSet,
    /// The key that they are bound to.
    pub(crate) jkt: Option<&'a str>,
    /// `nonce`, for the first ID token only.
    pub(crate) nonce: Option<&'a str>,
    /// Whether a refresh token comes with them.
    pub(crate) refresh: bool,
}

impl Hub {
    /// Looks at everything that an authorization rests on. `Err(why)` when it is good no more.
    pub(crate) async fn living(
        &self,
        cx: &Cx<'_>,
        authorization: Authorization,
    ) -> Result<Result<Living, &'static str>, Error> {
        if authorization.state != State::Redeemed || authorization.expires_at <= cx.now {
            return Ok(Err("the authorization has ended or was taken back"));
        }
        if !self.parents_are_good(cx, &authorization).await? {
            return Ok(Err("the token that it was exchanged for has ended"));
        }
        let detail = Detail::read(&authorization)?;
        let catalogue = self.catalogue(cx.now).await?;
        let Some(client) = catalogue.oidc_client_of(&authorization.service).cloned() else {
            return Ok(Err("the client is not registered any more"));
        };
        let Some(id) = authorization.person else {
            return Ok(Ok(Living {
                authorization,
                detail,
                target: Arc::clone(&client),
                client,
                grant: None,
            }));
        };
        let Some(person) = self
            .person_behind(cx, &authorization, (id, &detail))
            .await?
        else {
            return Ok(Err("the session has ended or the account is closed"));
        };
        let Ok(own) = self.grant_to_client(cx, &person, &client) else {
            return Ok(Err("the service is not open to this person any more"));
        };
        let (target, grant) = match &detail.exchanged_for {
            None => {
                let agreed = self.as_agreed(&person, &client, own).await?;
                (Arc::clone(&client), agreed)
            }
            Some(target) => {
                let target = catalogue.oidc_client_of(target);
                match target.map(|target| (target, self.grant_to_client(cx, &person, target))) {
                    Some((target, Ok(grant))) => (Arc::clone(target), grant),
                    _ => return Ok(Err("the other service is not open to this person any more")),
                }
            }
        };
        Ok(Ok(Living {
            authorization,
            detail,
            client,
            target,
            grant: Some(grant),
        }))
    }

    /// An authorization that came from another by exchange ends with it.
    async fn parents_are_good(
        &self,
        cx: &Cx<'_>,
        authorization: &Authorization,
    ) -> Result<bool, Error> {
        let mut next = authorization.parent;
        for _ in 0..LONGEST_CHAIN {
            let Some(parent) = next else { return Ok(true) };
            let Some(parent) = authorizations::find(self.database(), &parent).await? else {
                return Ok(false);
            };
            if parent.state != State::Redeemed || parent.expires_at <= cx.now {
                return Ok(false);
            }
            next = parent.parent;
        }
        Ok(next.is_none())
    }

    /// The person of an authorization, as their session sees them; of one that outlives sessions, as the
    /// directory does. None when session or account is no more. A client's request is no visit of the
    /// person's: the session does not live longer for it.
    async fn person_behind(
        &self,
        cx: &Cx<'_>,
        authorization: &Authorization,
        (id, detail): (PersonId, &Detail),
    ) -> Result<Option<Person>, Error> {
        if let Some(session) = authorization.session.filter(|_| !authorization.offline) {
            let seen = self.look_at_session(cx, session).await?;
            return Ok(seen
                .filter(|seen| seen.session.person == id)
                .map(|seen| seen.person));
        }
        let account = accounts::by_person(self.database(), id).await?;
        if account.is_none_or(|account| account.locked.is_some()) {
            return Ok(None);
        }
        let link = detail.link.as_ref();
        if let Some(link) = link {
            let known =
                clau_storage::links::find(self.database(), &link.connector, &link.subject).await?;
            if known.is_none_or(|known| known.person != id) {
                return Ok(None);
            }
        }
        let Some(person) = people::find(self.database(), id).await? else {
            return Ok(None);
        };
        let person = self.as_vouched(cx, person, link).await?;
        let person = person.filter(|person| person.can_act(detail.context));
        let person = person.map(|person| person.acting(detail.context));
        Ok(person.filter(Person::belongs))
    }

    /// The decision about a person and a client, with the pseudonym of the client's sector.
    pub(crate) fn grant_to_client(
        &self,
        cx: &Cx<'_>,
        person: &Person,
        client: &OidcClient,
    ) -> Result<Grant, clau_domain::policy::Refusal> {
        let pairwise = self.pseudonym(person, &client.sector);
        clau_domain::policy::decide(person, &client.service, pairwise, self.today(cx.now))
    }

    /// Tokens for a client.
    pub(crate) async fn tokens(
        &self,
        cx: &Cx<'_>,
        living: &Living,
        wanted: Wanted<'_>,
    ) -> Result<TokenResponse, Failure> {
        let life = self.settings().oidc.access_token_life;
        let expires = (cx.now + life).min(living.authorization.expires_at);
        let access = Access {
            authorization: living.authorization.id,
            withdrawals: living.authorization.access_generation,
            scope: wanted.scope.clone(),
            audience: self.audience(living, wanted.scope),
            issued: cx.now,
            expires,
            jkt: wanted.jkt.map(str::to_owned),
        };
        let access_token = self.access_token(cx, living, &access).await?;
        let mut response = TokenResponse::new(
            access_token.clone(),
            access.jkt.is_some(),
            expires.since(cx.now),
            wanted.scope.clone(),
        );
        // An exchanged token says to another service who acts; it is no login there.
        let is_login = wanted.scope.has(OPENID) && living.detail.exchanged_for.is_none();
        if let Some(grant) = living.grant.as_ref().filter(|_| is_login) {
            let id_token = self
                .id_token(
                    cx,
                    living,
                    grant,
                    Beside {
                        nonce: wanted.nonce,
                        access_token: Some(&access_token),
                        code: None,
                    },
                )
                .await?;
            response = response.with_id_token(id_token);
        }
        if wanted.refresh {
            let bound = living.client.client.is_public();
            let refresh = Refresh {
                authorization: living.authorization.id,
                generation: living.authorization.generation,
                jkt: access.jkt.filter(|_| bound),
            };
            response =
                response.with_refresh_token(self.seal_token(cx, Sealed::RefreshToken, &refresh)?);
        }
        metrics::counter!("clau_tickets_issued_total", "protocol" => "oidc").increment(1);
        Ok(response)
    }

    /// Whom an access token is for: the hub itself, where it opens userinfo, and what was asked for.
    fn audience(&self, living: &Living, scope: &ScopeSet) -> Vec<String> {
        let for_hub = living.grant.is_some() && living.detail.exchanged_for.is_none();
        let mut audience = living.detail.resource.clone();
        if audience.is_empty() || (for_hub && scope.has(OPENID)) {
            audience.insert(0, self.issuer().to_owned());
        }
        audience
    }

    /// The living authorization behind an access token. `Err(why)` when there is none.
    pub(crate) async fn behind(
        &self,
        cx: &Cx<'_>,
        access: &Access,
    ) -> Result<Result<Living, &'static str>, Error> {
        let row = authorizations::find(self.database(), &access.authorization).await?;
        let Some(row) = row.filter(|row| row.access_generation == access.withdrawals) else {
            return Ok(Err("the access was taken back"));
        };
        self.living(cx, row).await
    }

    /// An ID token (OIDC Core §2).
    pub(crate) async fn id_token(
        &self,
        cx: &Cx<'_>,
        living: &Living,
        grant: &Grant,
        beside: Beside<'_>,
    ) -> Result<String, Failure> {
        let metadata = &living.client.client.metadata;
        let (at, method) = living
            .detail
            .proof
            .ok_or_else(|| Error::Defect("a person without a proof".to_owned()))?;
        let subject = living.subject();
        let token = IdToken {
            issuer: self.issuer(),
            client_id: &living.client.client.client_id,
            subject: &subject,
            issued: cx.now,
            expires: cx.now + self.settings().oidc.access_token_life,
            authenticated_at: Some(at),
            nonce: beside.nonce,
            acr: Some(method.assurance().context()),
            amr: method.references(),
            session: living.detail.sid.as_deref(),
            code: beside.code,
            access_token: beside.access_token,
            claims: spelling::claims(
                &ScopeSet::default(),
                &living.detail.claims.id_token,
                grant.released(),
            ),
        };
        self.signer(cx.now, metadata.id_token_signed_response_alg, |key| {
            token.sign(key)
        })
        .await
    }
}

/// What an ID token is given together with.
#[derive(Clone, Copy, Default)]
pub(crate) struct Beside<'a> {
    /// `nonce` of the request.
    pub(crate) nonce: Option<&'a str>,
    /// The access token.
    pub(crate) access_token: Option<&'a str>,
    /// The code of a hybrid answer.
    pub(crate) code: Option<&'a str>,
}

/// A grant that is good no more.
pub(crate) fn invalid_grant(why: &'static str) -> Failure {
    refused(ErrorCode::InvalidGrant, why)
}
