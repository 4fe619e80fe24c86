//! What a person is asked on the way to a client: may it have this, and which account. The question is
//! stored with the exact request that it is about, bound to the session, and answered once (OIDC-18).

use std::collections::BTreeSet;

use clau_domain::ids::{PersonId, ServiceId};
use clau_domain::login::OidcRequest;
use clau_domain::person::Person;
use clau_domain::policy::{Attribute, Grant};
use clau_domain::profile::Profile;
use clau_domain::secret::{ConsentKind, Digest, Token};
use clau_oidc::error::{ErrorCode, OauthError};
use clau_oidc::scope::ScopeSet;
use clau_storage::consents;
use clau_storage::tickets::Life;
use serde::{Deserialize, Serialize};
use std::time::Duration;

use super::answer::{Asked, Onward, Settled, read_request};
use super::clients::OidcClient;
use crate::error::Error;
use crate::login::{Cookies, Finished, Start, Step, Then};
use crate::session::SignedIn;
use crate::{Cx, Hub};

/// How long a question waits for its answer: as long as the login before it would.
const QUESTION_LIFE: Duration = Duration::from_secs(30 * 60);

/// The question whether a client may have what it asks for.
#[derive(Debug)]
pub struct ConsentAsked {
    /// Goes into the form.
    pub handle: String,
    /// Name of the service.
    pub service: String,
    /// The service's own pages: home, policy, terms.
    pub pages: [Option<String>; 3],
    /// What it would receive.
    pub attributes: BTreeSet<Attribute>,
    /// Whether its access lasts when the person is away.
    pub lasting: bool,
    /// Where the answer leads: the one origin outside that the page's form may reach (WEB-01).
    pub leads_to: Option<String>,
}

/// The question which account.
#[derive(Debug)]
pub struct AccountAsked {
    /// Goes into the form.
    pub handle: String,
    /// Name of the service.
    pub service: String,
    /// Where the answer leads.
    pub leads_to: Option<String>,
}

/// What a person has agreed to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Agreed {
    /// The scopes.
    pub(crate) scope: ScopeSet,
    /// What they bring.
    pub(crate) attributes: BTreeSet<Attribute>,
    /// Access that outlives the session.
    pub(crate) lasting: bool,
}

impl Agreed {
    /// Whether whoever agreed to this need not be asked about `other`.
    pub(crate) fn covers(&self, other: &Self) -> bool {
        other.scope.is_within(&self.scope)
            && other.attributes.is_subset(&self.attributes)
            && (self.lasting || !other.lasting)
    }

    /// Both together.
    fn and(self, other: Self) -> Self {
        Self {
            scope: self.scope.with(other.scope),
            attributes: self
                .attributes
                .into_iter()
                .chain(other.attributes)
                .collect(),
            lasting: self.lasting || other.lasting,
        }
    }
}

/// Pupils are never asked: their school has decided (OIDC-18).
pub(super) fn is_pupil(person: &Person) -> bool {
    person.main_profile() == Some(Profile::Pupil)
}

/// A question as it is stored.
#[derive(Serialize, Deserialize)]
struct Question {
    session: Digest,
    resume: OidcRequest,
    /// The person had just proven who they are when it was asked.
    fresh: bool,
    /// What is asked for; none when the question is which account.
    wanted: Option<Agreed>,
}

impl Hub {
    pub(super) async fn ask_consent(
        &self,
        cx: &Cx<'_>,
        asked: &Asked<'_>,
        wanted: &Agreed,
        settled: Settled,
    ) -> Result<ConsentAsked, Error> {
        let handle = self.ask(cx, asked, settled, Some(wanted.clone())).await?;
        let metadata = &asked.client.client.metadata;
        let page = |url: &Option<clau_domain::url::WebUrl>| {
            url.as_ref().map(|url| url.as_str().to_owned())
        };
        Ok(ConsentAsked {
            handle,
            service: asked.client.service.name.clone(),
            pages: [
                page(&metadata.client_uri),
                page(&metadata.policy_uri),
                page(&metadata.tos_uri),
            ],
            attributes: wanted.attributes.clone(),
            lasting: wanted.lasting,
            leads_to: asked.resume.origin.clone(),
        })
    }

    pub(super) async fn ask_account(
        &self,
        cx: &Cx<'_>,
        asked: &Asked<'_>,
        settled: Settled,
    ) -> Result<AccountAsked, Error> {
        Ok(AccountAsked {
            handle: self.ask(cx, asked, settled, None).await?,
            service: asked.client.service.name.clone(),
            leads_to: asked.resume.origin.clone(),
        })
    }

    async fn ask(
        &self,
        cx: &Cx<'_>,
        asked: &Asked<'_>,
        settled: Settled,
        wanted: Option<Agreed>,
    ) -> Result<String, Error> {
        let question = Question {
            session: asked.signed_in.digest,
            resume: asked.resume.clone(),
            fresh: settled.fresh,
            wanted,
        };
        let token = Token::<ConsentKind>::mint(cx.random);
        let owner = asked.signed_in.digest.to_string();
        let life = Life {
            owner: Some(&owner),
            expires_at: cx.now + QUESTION_LIFE,
            now: cx.now,
        };
        self.tickets()
            .put::<ConsentKind>(&token.digest(), &question, life)
            .await?;
        Ok(token.expose().to_owned())
    }

    /// Takes a question of this session for its answer; looked at before it is taken, so that a stranger
    /// with its name does not burn it.
    async fn take_question(
        &self,
        cx: &Cx<'_>,
        signed_in: &SignedIn,
        handle: &str,
    ) -> Result<Option<Question>, Error> {
        let Some(token) = Token::<ConsentKind>::parse(handle) else {
            return Ok(None);
        };
        let digest = token.digest();
        let tickets = self.tickets();
        let waiting = tickets
            .get::<ConsentKind, Question>(&digest, cx.now)
            .await?;
        if waiting.is_none_or(|question| question.session != signed_in.digest) {
            return Ok(None);
        }
        Ok(tickets
            .take::<ConsentKind, Question>(&digest, cx.now)
            .await?)
    }

    /// The answer to the question whether a client may have what it asks for.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn oidc_consented(
        &self,
        cx: &Cx<'_>,
        signed_in: &SignedIn,
        handle: &str,
        agreed: bool,
    ) -> Result<Step, Error> {
        let Some(question) = self.take_question(cx, signed_in, handle).await? else {
            return Ok(Step::Expired);
        };
        let Some(wanted) = &question.wanted else {
            return Ok(Step::Expired);
        };
        if !agreed {
            return self.declined(cx, &question.resume).await;
        }
        let service = &question.resume.service;
        self.note_agreement(cx, signed_in.person.id, service, wanted)
            .await?;
        let settled = Settled {
            fresh: question.fresh,
            account: true,
            consent: true,
        };
        let then = self
            .resume_oidc(cx, signed_in, &question.resume, settled)
            .await?;
        Ok(Step::Finished(Finished {
            session: None,
            then,
        }))
    }

    /// What a person has agreed to for a service.
    pub(super) async fn agreement(
        &self,
        person: PersonId,
        service: &ServiceId,
    ) -> Result<Option<Agreed>, Error> {
        let known = consents::find(self.database(), person, service).await?;
        Ok(known.and_then(|known| serde_json::from_value(known.detail).ok()))
    }

    /// A grant with no more in it than the person has agreed to; as it is where nobody is asked: an
    /// operator or the pupil's school has decided. What a service declares later is not given before the
    /// person has been asked (OIDC-18).
    pub(super) async fn as_agreed(
        &self,
        person: &Person,
        client: &OidcClient,
        grant: Grant,
    ) -> Result<Grant, Error> {
        if is_pupil(person) || client.consent_is_implied() {
            return Ok(grant);
        }
        let agreed = self.agreement(person.id, &client.service.id).await?;
        let agreed = agreed.map(|agreed| agreed.attributes);
        Ok(grant.within(&agreed.unwrap_or_default()))
    }

    /// Remembers what a person has agreed to, besides what they had agreed to before: tokens of that time
    /// go on.
    pub(super) async fn note_agreement(
        &self,
        cx: &Cx<'_>,
        person: PersonId,
        service: &ServiceId,
        agreed: &Agreed,
    ) -> Result<(), Error> {
        let known = self.agreement(person, service).await?;
        let all = match known {
            Some(known) => known.and(agreed.clone()),
            None => agreed.clone(),
        };
        let detail = serde_json::to_value(all).map_err(|error| Error::Defect(error.to_string()))?;
        consents::put(self.database(), person, service, &detail, cx.now).await?;
        tracing::info!(
            event = "oidc.consent",
            person = %person,
            service = %service,
            lasting = agreed.lasting,
            "a person agreed"
        );
        Ok(())
    }

    /// The answer to the question which account: this one, or a new login.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn oidc_account_chosen(
        &self,
        cx: &Cx<'_>,
        cookies: Cookies<'_>,
        (signed_in, handle): (&SignedIn, &str),
        this_one: bool,
    ) -> Result<Step, Error> {
        let Some(question) = self.take_question(cx, signed_in, handle).await? else {
            return Ok(Step::Expired);
        };
        if !this_one {
            let start = Start {
                resume: clau_domain::login::Resume::Oidc(Box::new(question.resume)),
                force: true,
                hint: String::new(),
                sources: Vec::new(),
            };
            return self.start_login(cx, cookies, start).await;
        }
        let settled = Settled {
            fresh: question.fresh,
            account: true,
            consent: false,
        };
        let then = self
            .resume_oidc(cx, signed_in, &question.resume, settled)
            .await?;
        Ok(Step::Finished(Finished {
            session: None,
            then,
        }))
    }

    async fn declined(&self, cx: &Cx<'_>, resume: &OidcRequest) -> Result<Step, Error> {
        let catalogue = self.catalogue(cx.now).await?;
        let Some(client) = catalogue.oidc_client_of(&resume.service) else {
            return Ok(Step::Expired);
        };
        let request = read_request(resume)?;
        if !self.finish_once(cx, resume).await? {
            return Ok(Step::Expired);
        }
        let error = OauthError::new(ErrorCode::AccessDenied, "the person did not agree");
        let answered = self.refusal(cx, client, &request.return_to, error);
        Ok(Step::Finished(Finished {
            session: None,
            then: Then::Oidc(Box::new(Onward::Answer(answered))),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn oidc_18_who_agreed_to_less_is_asked_about_more() {
        let agreed = |scope: &str, attributes: &[Attribute], lasting| Agreed {
            scope: ScopeSet::parse(scope).expect("scopes"),
            attributes: attributes.iter().copied().collect(),
            lasting,
        };
        use Attribute::{GivenName, Mail, PairwiseId};
        let known = agreed("openid email", &[PairwiseId, Mail], false);
        assert!(known.covers(&agreed("openid", &[PairwiseId], false)));
        assert!(known.covers(&known));
        assert!(!known.covers(&agreed("openid profile", &[PairwiseId], false)));
        // The same scopes bring more since the registration was changed.
        assert!(!known.covers(&agreed("openid", &[PairwiseId, GivenName], false)));
        let lasting = agreed("openid email", &[PairwiseId, Mail], true);
        assert!(!known.covers(&lasting));
        // Agreeing to something else later takes nothing of it back.
        let more = agreed("openid profile", &[PairwiseId, GivenName], false);
        let both = known.clone().and(more.clone());
        assert!(both.covers(&known) && both.covers(&more) && !both.covers(&lasting));
    }
}
