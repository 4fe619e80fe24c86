//! From somebody signed in to an answer: may they use the service, how are they called there, what does it
//! get. The one place where assertions are made, and only from a grant.

use std::sync::Arc;

use clau_domain::login::SamlRequest;
use clau_domain::person::Person;
use clau_domain::policy::{Attribute, Grant, Refusal};
use clau_domain::secret::{Digest, ParticipationKind, SamlNamedKind, SamlStartedKind, SessionKind};
use clau_domain::service::{Encryption, NameIdKind, SignedParts};
use clau_domain::session::{Participation, ParticipationProtocol, Session};
use clau_saml::binding::{Form, Role};
use clau_saml::encryption::Recipient;
use clau_saml::message::{
    Assertion, Authentication, Header, NameId, Response, Sealing, Status, StatusCode, mint_id,
};
use clau_saml::names::{binding, name_id};
use clau_saml::spelling::{Asked, Profile, Spelling};
use clau_storage::tickets::Life;
use clau_storage::visits;

use super::logout::named_by;
use super::services::Partner;
use super::sso::Pending;
use super::wishes::{context_of, proxied};
use super::{Refused, defect, named};
use crate::error::Error;
use crate::leaving::{Delivery, Leaving};
use crate::login::Then;
use crate::oidc::authorize::leads_to;
use crate::session::SignedIn;
use crate::{Cx, Hub};

impl Hub {
    /// A session's way to a service: the question, the refusal or the answer.
    pub(crate) async fn resume_saml(
        &self,
        cx: &Cx<'_>,
        signed_in: &SignedIn,
        resume: &SamlRequest,
        fresh: bool,
    ) -> Result<Then, Error> {
        let pending: Pending = serde_json::from_value(resume.request.clone()).map_err(defect)?;
        let partner = match self.saml_partner(cx, &pending.entity_id).await {
            Ok(partner) => partner,
            Err(Refused::Hub(error)) => return Err(error),
            Err(_) => {
                return Ok(Then::NotForYou {
                    service: resume.service.to_string(),
                    refusal: Refusal::Disabled,
                    back: None,
                });
            }
        };
        if signed_in.session.warn && !fresh {
            return self.ask_before_saml(cx, &partner, resume).await;
        }
        let grant = match self.saml_grant(cx, &signed_in.person, (&partner, &pending)) {
            Ok(grant) => grant,
            Err(refusal) => {
                return self
                    .not_for_person_saml(cx, (&partner, &pending), signed_in, refusal)
                    .await;
            }
        };
        if let Some(status) = proxied(&pending, &signed_in.session) {
            let refusal = self.saml_refusal(cx, &partner, &pending, status);
            return Ok(Then::Saml(Box::new(refusal.await?)));
        }
        if !self.finish_saml_once(cx, resume.once.as_ref()).await? {
            // Two windows of one request: the other one has had the answer.
            return Ok(Then::Gone);
        }
        let answered = self.saml_granted(cx, (&partner, &pending), signed_in, &grant);
        Ok(Then::Saml(Box::new(answered.await?)))
    }

    /// What a person's registration lets a service have, and no more than its metadata asks for where the
    /// registration says so (SAML-09).
    pub(super) fn saml_grant(
        &self,
        cx: &Cx<'_>,
        person: &Person,
        (partner, pending): (&Partner, &Pending),
    ) -> Result<Grant, Refusal> {
        let grant = self.grant(cx, person, &partner.service)?;
        if !partner.settings.only_requested {
            return Ok(grant);
        }
        let provider = &partner.provider;
        let asked = Asked {
            requested: provider.requested(pending.attributes).ok().flatten(),
            categories: &provider.categories,
            subject_id: provider.subject_id.as_deref(),
        };
        let profile = Profile::from_name(&partner.settings.attributes).unwrap_or(Profile::None);
        Ok(match asked.attributes(profile) {
            Some(asked) => grant.within(&asked),
            None => grant,
        })
    }

    /// "You are about to open …", for people who asked to be asked.
    async fn ask_before_saml(
        &self,
        cx: &Cx<'_>,
        partner: &Partner,
        resume: &SamlRequest,
    ) -> Result<Then, Error> {
        // What was laid aside for this browser goes on under another name.
        let once = resume.once.as_ref();
        let once = once.ok_or_else(|| defect("a question about a request that is not kept"))?;
        let kept = self
            .tickets()
            .take::<SamlStartedKind, serde_json::Value>(once, cx.now)
            .await?;
        let Some(kept) = kept else {
            return Ok(Then::Gone);
        };
        let until = cx.now + std::time::Duration::from_secs(10 * 60);
        let request = self.keep_new(cx, &kept, until).await?;
        Ok(Then::AskSaml {
            service: partner.service.name.clone(),
            leads_to: resume.origin.clone(),
            request,
        })
    }

    async fn not_for_person_saml(
        &self,
        cx: &Cx<'_>,
        (partner, pending): (&Arc<Partner>, &Pending),
        signed_in: &SignedIn,
        refusal: Refusal,
    ) -> Result<Then, Error> {
        tracing::info!(
            event = "access.refused",
            person = %signed_in.person.id,
            service = %partner.service.id,
            reason = %refusal,
            reference = %cx.reference,
            "not for this person"
        );
        let why = format!("the service is not open to this person ({})", cx.reference);
        let status = Status::responder(StatusCode::RequestDenied, why);
        let back = match pending.request_id {
            // Nobody asked: nobody waits for an answer.
            None => None,
            Some(_) => Some(Box::new(
                self.saml_answer(cx, (partner, pending), status, None)
                    .await?,
            )),
        };
        Ok(Then::NotForYou {
            service: partner.service.name.clone(),
            refusal,
            back,
        })
    }

    /// The answer to a person who may use the service.
    async fn saml_granted(
        &self,
        cx: &Cx<'_>,
        (partner, pending): (&Arc<Partner>, &Pending),
        signed_in: &SignedIn,
        grant: &Grant,
    ) -> Result<Leaving, Error> {
        let assertion = self.saml_assertion(cx, (partner, pending), signed_in, grant);
        match assertion.await? {
            Ok(assertion) => {
                let said = Some(assertion);
                self.saml_answer(cx, (partner, pending), Status::success(), said)
                    .await
            }
            Err(status) => self.saml_refusal(cx, partner, pending, status).await,
        }
    }

    /// What is said about a person to a service, and the note that the service is part of the session from now
    /// on. `Err` inside where what the service wants cannot be said of this person.
    pub(super) async fn saml_assertion(
        &self,
        cx: &Cx<'_>,
        (partner, pending): (&Arc<Partner>, &Pending),
        signed_in: &SignedIn,
        grant: &Grant,
    ) -> Result<Result<Assertion, Status>, Error> {
        let session = &signed_in.session;
        let assurance = session.method.assurance();
        let Some(context) = context_of(pending.context.as_ref(), assurance) else {
            return Ok(Err(Status::responder(
                StatusCode::NoAuthnContext,
                "the person has not signed in as strongly as is asked for",
            )));
        };
        let entity_id = &partner.provider.entity_id;
        let index = format!(
            "_{}",
            self.keys().session_name(&signed_in.digest, entity_id)
        );
        let Some(name) = self.saml_name(partner, pending, grant, &index) else {
            return Ok(Err(Status::requester(
                StatusCode::InvalidNameIdPolicy,
                "the person has no name of the format that is asked for",
            )));
        };
        let authentication = Authentication {
            at: session.authenticated_at,
            context: context.to_owned(),
            session_index: index.clone(),
            session_ends: session.latest_end(),
        };
        let assertion = Assertion {
            id: mint_id(cx.random),
            issuer: self.saml_entity_id(),
            instant: cx.now,
            name_id: name.clone(),
            recipient: pending.acs.clone(),
            in_response_to: pending.request_id.clone(),
            audience: entity_id.clone(),
            authentication,
            attributes: self.saml_attributes(partner, pending, grant),
        };
        if !self
            .take_part_saml(cx, partner, signed_in, (&index, &name))
            .await?
        {
            return Ok(Err(Status::responder(
                StatusCode::AuthnFailed,
                "the session has just ended",
            )));
        }
        let released = grant.released().attributes();
        let person = grant.person_id();
        visits::record(
            self.database(),
            person,
            &partner.service.id,
            released,
            cx.now,
        )
        .await?;
        tracing::info!(
            event = "saml.assertion",
            service = %partner.service.id,
            person = %person,
            session = %signed_in.digest.short(),
            "an assertion was given"
        );
        metrics::counter!("clau_tickets_issued_total", "protocol" => "saml").increment(1);
        Ok(Ok(assertion))
    }

    /// How the service calls the person (SAML Core §8.3): as it asks, else as it is registered. None where the
    /// person has no such name, or it may not leave (SAML-08).
    fn saml_name(
        &self,
        partner: &Partner,
        pending: &Pending,
        grant: &Grant,
        index: &str,
    ) -> Option<NameId> {
        let asked = match pending.name_id.format.as_deref() {
            Some(name_id::PERSISTENT) => Some(NameIdKind::Persistent),
            Some(name_id::TRANSIENT) => Some(NameIdKind::Transient),
            Some(name_id::EMAIL) => Some(NameIdKind::Email),
            _ => None,
        };
        let released = grant.released();
        let (format, value) = match asked.unwrap_or(partner.settings.name_id) {
            NameIdKind::Persistent => (name_id::PERSISTENT, released.pairwise().to_owned()),
            // The same in one session, so that a logout names it; another in each.
            NameIdKind::Transient => {
                let value = self.keys().alias_long("transient", index);
                (name_id::TRANSIENT, format!("_{value}"))
            }
            NameIdKind::Email => {
                let person = released.person_for(Attribute::Mail)?;
                (name_id::EMAIL, person.contact.mail.clone()?)
            }
            NameIdKind::Unspecified => {
                let login = released.person_for(Attribute::Login);
                let login = login.map(|person| person.login.clone());
                let value = login.unwrap_or_else(|| released.pairwise().to_owned());
                (name_id::UNSPECIFIED, value)
            }
        };
        let qualified = format != name_id::EMAIL && format != name_id::UNSPECIFIED;
        Some(NameId {
            value,
            format: format.to_owned(),
            name_qualifier: qualified.then(|| self.saml_entity_id()),
            sp_name_qualifier: qualified.then(|| partner.provider.entity_id.clone()),
        })
    }

    fn saml_attributes(
        &self,
        partner: &Partner,
        pending: &Pending,
        grant: &Grant,
    ) -> Vec<clau_saml::message::Attribute> {
        let settings = self.settings();
        let issuer = self.saml_entity_id();
        let ent_id = settings.saml.gar_ent_id.as_str();
        let spelling = Spelling {
            profile: Profile::from_name(&partner.settings.attributes).unwrap_or(Profile::None),
            issuer: &issuer,
            audience: &partner.provider.entity_id,
            scope: settings.scope(),
            ent_id: Some(ent_id).filter(|id| !id.is_empty()),
        };
        let spelled = spelling.spell(grant.released());
        for left_out in &spelled.left_out {
            tracing::warn!(
                event = "saml.attribute_left_out",
                service = %partner.service.id,
                person = %grant.person_id(),
                attribute = left_out.name,
                reason = %left_out.why,
                "an attribute could not be told"
            );
        }
        let mut attributes = spelled.attributes;
        // A service that names a list of its metadata gets nothing beside it.
        if let (Some(_), Ok(Some(wanted))) = (
            pending.attributes,
            partner.provider.requested(pending.attributes),
        ) {
            attributes.retain(|known| wanted.iter().any(|wanted| wanted.name == known.name));
        }
        attributes
    }

    /// Notes that the service is part of the session, so that it is told of its end; whether the session was
    /// still there (REL-02).
    async fn take_part_saml(
        &self,
        cx: &Cx<'_>,
        partner: &Partner,
        signed_in: &SignedIn,
        (index, name): (&str, &NameId),
    ) -> Result<bool, Error> {
        let entity_id = partner.provider.entity_id.clone();
        let digest = part_of(&entity_id, index);
        let participation = Participation {
            service: partner.service.id.clone(),
            opened_at: cx.now,
            protocol: ParticipationProtocol::Saml {
                entity_id,
                session: signed_in.digest,
                index: index.to_owned(),
                name: serde_json::to_value(name).map_err(defect)?,
            },
        };
        let owner = signed_in.digest.to_string();
        let life = Life {
            owner: Some(&owner),
            expires_at: signed_in.session.latest_end(),
            now: cx.now,
        };
        self.tickets()
            .put::<ParticipationKind>(&digest, &participation, life)
            .await?;
        // For a logout that names the person and no session.
        let person = named_by(&partner.provider.entity_id, name).to_string();
        let by_person = Life {
            owner: Some(&person),
            ..life
        };
        let key = named::<SamlNamedKind>(&[&partner.provider.entity_id, "session", index]);
        self.tickets()
            .put::<SamlNamedKind>(&key, &digest, by_person)
            .await?;
        // Should the session have ended meanwhile, either its end has found what was just noted and the
        // service is told, or the service does not get in.
        let session = self
            .tickets()
            .get::<SessionKind, Session>(&signed_in.digest, cx.now)
            .await?;
        Ok(session.is_some())
    }

    /// A refusal for the service, at an address of its metadata.
    pub(super) async fn saml_refusal(
        &self,
        cx: &Cx<'_>,
        partner: &Arc<Partner>,
        pending: &Pending,
        status: Status,
    ) -> Result<Leaving, Error> {
        tracing::info!(
            event = "saml.request_refused",
            service = %partner.service.id,
            reference = %cx.reference,
            status = status.detail.map_or("", StatusCode::name),
            cause = status.message.as_deref().unwrap_or_default(),
            "a request is refused"
        );
        self.saml_answer(cx, (partner, pending), status, None).await
    }

    /// An answer, written, sealed and ready to travel.
    async fn saml_answer(
        &self,
        cx: &Cx<'_>,
        (partner, pending): (&Arc<Partner>, &Pending),
        status: Status,
        assertion: Option<Assertion>,
    ) -> Result<Leaving, Error> {
        let xml = self
            .saml_response(cx, (partner, pending), status, assertion)
            .await?;
        let relay_state = pending.relay_state.as_deref();
        let delivery = if pending.binding == binding::ARTIFACT {
            let address = self.keep_for_artifact(cx, pending, xml).await?;
            Delivery::Redirect(address)
        } else {
            let form = Form::new(&pending.acs, Role::Response, &xml, relay_state);
            Delivery::Form {
                action: form.action,
                fields: form.fields,
            }
        };
        Ok(Leaving {
            delivery,
            service: partner.service.name.clone(),
            origin: leads_to(&pending.acs),
        })
    }

    /// The XML of an answer.
    pub(super) async fn saml_response(
        &self,
        cx: &Cx<'_>,
        (partner, pending): (&Arc<Partner>, &Pending),
        status: Status,
        assertion: Option<Assertion>,
    ) -> Result<String, Error> {
        let has_assertion = assertion.is_some();
        let response = Response {
            header: Header {
                id: mint_id(cx.random),
                instant: cx.now,
                destination: Some(pending.acs.clone()),
                issuer: self.saml_entity_id(),
            },
            in_response_to: pending.request_id.clone(),
            status,
            assertion,
        };
        let keys = self.saml_keys(cx.now).await?;
        let settings = &partner.settings;
        let key = keys.signer_for(settings, cx.now)?;
        let recipient = partner.provider.keys.encryption.first();
        if has_assertion && settings.encrypt == Encryption::Required && recipient.is_none() {
            return Err(Error::Config(format!(
                "the service {} must get its assertions encrypted, and its metadata has no key for that",
                partner.service.id
            )));
        }
        let by_format = pending.name_id.format.as_deref() == Some(name_id::ENCRYPTED);
        let sealing = Sealing {
            key,
            assertion: settings.sign != SignedParts::Response,
            response: settings.sign != SignedParts::Assertion,
            encrypted_for: recipient.filter(|_| {
                matches!(
                    settings.encrypt,
                    Encryption::WhenPossible | Encryption::Required
                )
            }),
            name_encrypted_for: recipient
                .filter(|_| by_format || settings.encrypt == Encryption::NameId),
        };
        response.write(&sealing).map_err(defect)
    }

    /// For whom something is encrypted to a service outside of an answer: a name in a logout.
    pub(super) fn saml_name_recipient<'p>(&self, partner: &'p Partner) -> Option<&'p Recipient> {
        let by_name = partner.settings.encrypt == Encryption::NameId;
        partner.provider.keys.encryption.first().filter(|_| by_name)
    }
}

/// The digest by which a service's part in a session is found from its name for the session.
pub(super) fn part_of(entity_id: &str, index: &str) -> Digest {
    named::<ParticipationKind>(&[entity_id, index])
}
