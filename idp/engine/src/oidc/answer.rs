//! From a session to the answer of an authorization request: is it recent and strong enough, is it the
//! right person, may they use the service, must they be asked; then a code. The one place where codes are
//! made, and only from a grant.

use std::collections::BTreeSet;
use std::sync::Arc;

use clau_domain::login::{LinkRef, OidcRequest, Resume};
use clau_domain::person::Person;
use clau_domain::policy::{Attribute, Grant, Refusal};
use clau_domain::secret::{AuthorizationCodeKind, StartedKind, Token};
use clau_domain::session::Assurance;
use clau_domain::session::Session;
use clau_oidc::client::{ResponseType, SubjectType};
use clau_oidc::error::{ErrorCode, OauthError};
use clau_oidc::request::{AuthorizationRequest, ClaimsRequest, Prompt, ReturnTo};
use clau_oidc::response::{Answer, read_hint};
use clau_oidc::scope::{OFFLINE_ACCESS, ScopeSet};
use clau_oidc::spelling;
use clau_storage::authorizations::{self, Authorization, NewAuthorization, State};

use super::Failure;
use super::clients::OidcClient;
use super::consent::{AccountAsked, Agreed, ConsentAsked, is_pupil};
use super::mint::{Beside, Detail, Living};
use crate::error::Error;
use crate::leaving::Leaving;
use crate::login::{Cookies, Then};
use crate::session::{SignedIn, does_for, is_younger};
use crate::{Cx, Hub};

/// What an authorization request leads to once somebody is signed in.
#[derive(Debug)]
pub enum Onward {
    /// An answer for the client.
    Answer(Leaving),
    /// The person is asked whether the client may have what it asks for.
    Consent(ConsentAsked),
    /// The person is asked which account.
    ChooseAccount(AccountAsked),
}

/// What has been settled with this person for this very request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Settled {
    /// They have just proven who they are.
    pub(crate) fresh: bool,
    /// They have said which account.
    pub(crate) account: bool,
    /// They have agreed.
    pub(crate) consent: bool,
}

/// A request on its way to its answer: who asks, what, and who is there.
pub(crate) struct Asked<'a> {
    pub(crate) client: &'a Arc<OidcClient>,
    pub(crate) request: &'a AuthorizationRequest,
    pub(crate) signed_in: &'a SignedIn,
    pub(crate) resume: &'a OidcRequest,
}

impl Hub {
    /// A session's way to a client: the question, the refusal or the code.
    pub(crate) async fn resume_oidc(
        &self,
        cx: &Cx<'_>,
        signed_in: &SignedIn,
        resume: &OidcRequest,
        settled: Settled,
    ) -> Result<Then, Error> {
        let catalogue = self.catalogue(cx.now).await?;
        let Some(client) = catalogue.oidc_client_of(&resume.service) else {
            return Ok(Then::NotForYou {
                service: resume.service.to_string(),
                refusal: Refusal::Disabled,
                back: None,
            });
        };
        let request = read_request(resume)?;
        let asked = Asked {
            client,
            request: &request,
            signed_in,
            resume,
        };
        match self.way_to_client(cx, &asked, settled).await {
            Ok(then) => Ok(then),
            Err(Failure::Hub(error)) => Err(error),
            Err(Failure::Oauth(error)) => {
                self.finish_once(cx, resume).await?;
                Ok(self.refused_then(cx, &asked, error))
            }
        }
    }

    async fn way_to_client(
        &self,
        cx: &Cx<'_>,
        asked: &Asked<'_>,
        settled: Settled,
    ) -> Result<Then, Failure> {
        let Asked {
            client,
            request,
            signed_in,
            resume,
        } = *asked;
        strong_enough(request, &signed_in.session)?;
        if !self
            .is_meant(cx, client, request, &signed_in.person)
            .await?
        {
            return Err(super::refused(
                ErrorCode::LoginRequired,
                "another person is signed in than the one that was asked for",
            ));
        }
        if request.prompt.contains(&Prompt::SelectAccount) && !settled.account && !settled.fresh {
            let account = self.ask_account(cx, asked, settled).await?;
            return Ok(onward(Onward::ChooseAccount(account)));
        }
        let grant = match self.grant_to_client(cx, &signed_in.person, client) {
            Ok(grant) => grant,
            Err(refusal) => return Ok(self.not_for_person(cx, asked, refusal)),
        };
        let wanted = wanted(client, request, &grant);
        if !settled.consent && self.must_ask(asked, &wanted, settled).await? {
            let consent = self.ask_consent(cx, asked, &wanted, settled).await?;
            return Ok(onward(Onward::Consent(consent)));
        }
        if !self.finish_once(cx, resume).await? {
            // Two windows of one request: the other one has had the answer.
            return Ok(Then::Gone);
        }
        let answered = self.grant_code(cx, asked, &grant).await?;
        Ok(onward(Onward::Answer(answered)))
    }

    /// A request that must not show a page (`prompt=none`, OIDC Core §3.1.2.6): an answer in any case.
    pub(super) async fn answer_silently(
        &self,
        cx: &Cx<'_>,
        cookies: Cookies<'_>,
        client: &OidcClient,
        (to, resume): (&ReturnTo, &Resume),
    ) -> Result<Leaving, Error> {
        let refused =
            |code, why: &'static str| Ok(self.refusal(cx, client, to, OauthError::new(code, why)));
        let signed_in = self.signed_in(cx, cookies.session).await?;
        let signed_in = match signed_in {
            Some(signed_in) if self.suits(cx, &signed_in, resume).await? => signed_in,
            Some(_) => {
                return refused(
                    ErrorCode::LoginRequired,
                    "the login is too old, or another person's",
                );
            }
            None => return refused(ErrorCode::LoginRequired, "nobody is signed in"),
        };
        match self.resume(cx, &signed_in, resume, false).await? {
            Then::Oidc(step) => match *step {
                Onward::Answer(answered) => Ok(answered),
                Onward::Consent(_) => refused(
                    ErrorCode::ConsentRequired,
                    "the person must be asked for consent",
                ),
                Onward::ChooseAccount(_) => refused(
                    ErrorCode::AccountSelectionRequired,
                    "the person must choose an account",
                ),
            },
            Then::NotForYou { .. } => refused(
                ErrorCode::AccessDenied,
                "the service is not open to this person",
            ),
            Then::Page(_)
            | Then::Cas(_)
            | Then::Saml(_)
            | Then::Ask { .. }
            | Then::AskSaml { .. }
            | Then::Gone => refused(ErrorCode::InteractionRequired, "a page would be needed"),
        }
    }

    /// Spends what leads to one answer only; whether it was still there.
    pub(super) async fn finish_once(
        &self,
        cx: &Cx<'_>,
        resume: &OidcRequest,
    ) -> Result<bool, Error> {
        let Some(digest) = &resume.once else {
            return Ok(true);
        };
        let taken = self
            .tickets()
            .take::<StartedKind, serde_json::Value>(digest, cx.now)
            .await?;
        Ok(taken.is_some())
    }

    /// Whether whoever is signed in is who the client means: `id_token_hint` (OIDC-13), or `sub` among
    /// the claims that it asks for (OIDC Core §5.5.1).
    async fn is_meant(
        &self,
        cx: &Cx<'_>,
        client: &OidcClient,
        request: &AuthorizationRequest,
        person: &Person,
    ) -> Result<bool, Failure> {
        let mut subjects: BTreeSet<String> = request
            .claims
            .subject()
            .map(str::to_owned)
            .into_iter()
            .collect();
        if let Some(hint) = &request.id_token_hint {
            let ring = self.key_ring(cx.now).await?;
            let read = read_hint(hint, self.issuer(), ring.hinting());
            let hint = read.ok().filter(|hint| hint.client_id == request.client_id);
            let hint = hint.ok_or_else(|| {
                OauthError::invalid_request("`id_token_hint` is no ID token of this client")
            })?;
            subjects.insert(hint.subject);
        }
        if subjects.is_empty() {
            return Ok(true);
        }
        let here = self.subject_of(person, client);
        Ok(subjects.iter().all(|subject| *subject == here))
    }

    /// By what a client knows a person, whether or not it may know them.
    pub(crate) fn subject_of(&self, person: &Person, client: &OidcClient) -> String {
        let public = client.client.metadata.subject_type == SubjectType::Public
            && client.service.released().contains(&Attribute::Uid);
        if public {
            person.id.to_string()
        } else {
            self.pseudonym(person, &client.sector)
        }
    }

    /// Whether the person must be asked before the client receives anything. Pupils never are: their
    /// school has decided (OIDC-18).
    async fn must_ask(
        &self,
        asked: &Asked<'_>,
        wanted: &Agreed,
        settled: Settled,
    ) -> Result<bool, Error> {
        let person = &asked.signed_in.person;
        if is_pupil(person) {
            return Ok(false);
        }
        // "Ask me before each service" is a wish of the person, whoever the service is.
        let wished = asked.signed_in.session.warn && !settled.fresh;
        if wished || asked.request.prompt.contains(&Prompt::Consent) {
            return Ok(true);
        }
        if asked.client.consent_is_implied() {
            return Ok(false);
        }
        let known = self.agreement(person.id, &asked.client.service.id).await?;
        Ok(!known.is_some_and(|known| known.covers(wanted)))
    }

    /// The code, with the ID token of a hybrid answer (OIDC Core §3.3.2.5).
    async fn grant_code(
        &self,
        cx: &Cx<'_>,
        asked: &Asked<'_>,
        grant: &Grant,
    ) -> Result<Leaving, Failure> {
        let Asked {
            client,
            request,
            signed_in,
            ..
        } = *asked;
        let code = Token::<AuthorizationCodeKind>::mint(cx.random);
        let session = &signed_in.session;
        let client_id = &client.client.client_id;
        let detail = Detail {
            redirect_uri: Some(request.return_to.redirect_uri().to_owned()),
            challenge: request.challenge.clone(),
            nonce: request.nonce.clone(),
            dpop_jkt: request.dpop_jkt.clone(),
            claims: request.claims.clone(),
            proof: Some((session.authenticated_at, session.method)),
            link: session.source.as_ref().map(LinkRef::of),
            context: session.context,
            sid: Some(self.keys().session_name(&signed_in.digest, client_id)),
            resource: self
                .allowed_resources(cx, client, &request.resource)
                .await?,
            ..Detail::of_scope(request.scope.clone())
        };
        let offline = request.scope.has(OFFLINE_ACCESS);
        let expires_at = cx.now + self.settings().oidc.code_life;
        let id = code.digest();
        let new = NewAuthorization {
            id,
            service: &client.service.id,
            person: Some(grant.person_id()),
            session: Some(signed_in.digest),
            parent: None,
            user_code: None,
            state: State::Granted,
            offline,
            detail: &detail.to_json()?,
            expires_at,
        };
        authorizations::insert(self.database(), &new, cx.now).await?;
        let id_token = if request.response_type == ResponseType::CodeIdToken {
            let living = Living {
                authorization: fresh_row(&new, cx),
                detail,
                target: Arc::clone(client),
                client: Arc::clone(client),
                grant: Some(grant.clone()),
            };
            let beside = Beside {
                nonce: request.nonce.as_deref(),
                code: Some(code.expose()),
                access_token: None,
            };
            let token = self.id_token(cx, &living, grant, beside).await?;
            self.take_part_oidc(cx, &living, signed_in.digest).await?;
            Some(token)
        } else {
            None
        };
        tracing::info!(
            event = "oidc.code",
            client = %client_id,
            person = %grant.person_id(),
            authorization = %id.short(),
            "a code was given"
        );
        let answer = Answer::Granted {
            code: code.expose(),
            id_token: id_token.as_deref(),
        };
        Ok(self.answer_to(client, &request.return_to, answer))
    }

    fn not_for_person(&self, cx: &Cx<'_>, asked: &Asked<'_>, refusal: Refusal) -> Then {
        tracing::info!(
            event = "access.refused",
            person = %asked.signed_in.person.id,
            service = %asked.client.service.id,
            reason = %refusal,
            reference = %cx.reference,
            "not for this person"
        );
        let error = OauthError::new(
            ErrorCode::AccessDenied,
            "the service is not open to this person",
        );
        let to = &asked.request.return_to;
        let told = error.with_reference(&cx.reference);
        let back = self.answer_to(asked.client, to, Answer::Refused(&told));
        Then::NotForYou {
            service: asked.client.service.name.clone(),
            refusal,
            back: Some(Box::new(back)),
        }
    }

    fn refused_then(&self, cx: &Cx<'_>, asked: &Asked<'_>, error: OauthError) -> Then {
        let to = &asked.request.return_to;
        onward(Onward::Answer(self.refusal(cx, asked.client, to, error)))
    }

    /// Whether a session will do for what a login leads to, without a new login: it is recent enough,
    /// and the person's whom the client means.
    pub(crate) async fn suits(
        &self,
        cx: &Cx<'_>,
        signed_in: &SignedIn,
        resume: &Resume,
    ) -> Result<bool, Error> {
        let Some(service) = resume.service() else {
            return Ok(true);
        };
        let catalogue = self.catalogue(cx.now).await?;
        let here = signed_in.session.method.assurance();
        let needed = self.needed_for(cx, resume).await?;
        if needed.is_some_and(|needed| here < needed) {
            return Ok(false);
        }
        let recent = |service| does_for(cx, signed_in, service);
        if !catalogue
            .find(service)
            .is_none_or(|service| recent(service))
        {
            return Ok(false);
        }
        let Resume::Oidc(resume) = resume else {
            return Ok(true);
        };
        if !resume
            .max_age
            .is_none_or(|seconds| is_younger(cx, signed_in, seconds))
        {
            return Ok(false);
        }
        let Some(client) = catalogue.oidc_client_of(&resume.service) else {
            return Ok(true);
        };
        let request = read_request(resume)?;
        match self.is_meant(cx, client, &request, &signed_in.person).await {
            Ok(meant) => Ok(meant),
            // What is wrong with the request is told on its way to the client.
            Err(Failure::Oauth(_)) => Ok(true),
            Err(Failure::Hub(error)) => Err(error),
        }
    }
}

pub(crate) fn read_request(resume: &OidcRequest) -> Result<AuthorizationRequest, Error> {
    serde_json::from_value(resume.request.clone())
        .map_err(|_| Error::Defect("a stored request cannot be read".to_owned()))
}

/// What a client would receive, with the person's agreement.
fn wanted(client: &OidcClient, request: &AuthorizationRequest, grant: &Grant) -> Agreed {
    Agreed {
        scope: request.scope.clone(),
        attributes: received(client, (&request.scope, &request.claims), grant),
        lasting: request.scope.has(OFFLINE_ACCESS),
    }
}

/// The attributes that leave for scopes and claims.
pub(super) fn received(
    client: &OidcClient,
    (scope, claims): (&ScopeSet, &ClaimsRequest),
    grant: &Grant,
) -> BTreeSet<Attribute> {
    let released = grant.released();
    let told = spelling::claims(scope, &claims.userinfo, released);
    let in_token = spelling::claims(&ScopeSet::default(), &claims.id_token, released);
    let mut attributes = spelling::attributes(told.keys().chain(in_token.keys()), released);
    let public = client.client.metadata.subject_type == SubjectType::Public;
    if public && released.allows(Attribute::Uid) {
        attributes.insert(Attribute::Uid);
    }
    attributes
}

/// OIDC Core §5.5.1.1: an essential `acr` is a condition, any other a wish.
fn strong_enough(request: &AuthorizationRequest, session: &Session) -> Result<(), OauthError> {
    let here = session.method.assurance();
    let reached = |wanted: &&str| {
        let mut all = Assurance::ALL.into_iter();
        all.any(|assurance| assurance.context() == *wanted && assurance <= here)
    };
    match request.claims.essential_acr() {
        Some(wanted) if !wanted.is_empty() && !wanted.iter().any(reached) => Err(OauthError::new(
            ErrorCode::UnmetAuthenticationRequirements,
            "the person cannot sign in as strongly as `acr` demands",
        )),
        _ => Ok(()),
    }
}

fn onward(step: Onward) -> Then {
    Then::Oidc(Box::new(step))
}

/// The row that has just been written.
pub(super) fn fresh_row(new: &NewAuthorization<'_>, cx: &Cx<'_>) -> Authorization {
    Authorization {
        id: new.id,
        service: new.service.clone(),
        person: new.person,
        session: new.session,
        parent: new.parent,
        state: new.state,
        offline: new.offline,
        generation: 0,
        access_generation: 0,
        detail: new.detail.clone(),
        created_at: cx.now,
        used_at: None,
        rotated_at: None,
        expires_at: new.expires_at,
    }
}
