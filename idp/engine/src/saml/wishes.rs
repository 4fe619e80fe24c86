//! What a request may ask for (SAML Core §3.4.1): an address of its sender's metadata, a name, a strength, a way
//! that there is. Whoever the person turns out to be: that is [`super::answer`]'s.

use clau_domain::service::Encryption;
use clau_domain::session::{Assurance, Session};
use clau_saml::message::{AcsChoice, AuthnRequest, Offered, RequestedContext, Status, StatusCode};
use clau_saml::metadata::Acs;
use clau_saml::names::{binding, name_id};

use super::Refused;
use super::services::Partner;
use super::sso::Pending;
use crate::error::Error;
use crate::{Cx, Hub};

/// How a browser brings an answer, and how a program does.
pub(super) const BROWSERS: [&str; 2] = [binding::POST, binding::ARTIFACT];
pub(super) const PROGRAMS: [&str; 1] = [binding::PAOS];

impl Hub {
    /// Whether what is asked for can be had at all, whoever the person turns out to be.
    pub(super) async fn saml_can(
        &self,
        cx: &Cx<'_>,
        partner: &Partner,
        request: &AuthnRequest,
    ) -> Result<Result<(), Status>, Error> {
        let idps = request
            .scoping
            .as_ref()
            .map_or(&[][..], |scoping| scoping.idps.as_slice());
        // SAML Core §3.4.1.2: one of them, or the hub itself.
        let reached = idps.is_empty()
            || idps.contains(&self.saml_entity_id())
            || self.hinted_source(cx, idps, "").await?.is_some();
        if !reached {
            return Ok(Err(Status::requester(
                StatusCode::NoSupportedIdp,
                "none of the listed providers is reached from here",
            )));
        }
        let best = self.best_assurance(cx.now).await?;
        if let Some(context) = &request.context
            && !context.is_possible(best)
        {
            return Ok(Err(Status::requester(
                StatusCode::NoAuthnContext,
                "no login here is of the class that is asked for",
            )));
        }
        Ok(self.saml_offers(partner, request))
    }

    fn saml_offers(&self, partner: &Partner, request: &AuthnRequest) -> Result<(), Status> {
        let refused = |code, why: &str| Err(Status::requester(code, why));
        let policy = &request.name_id;
        let known = [
            name_id::UNSPECIFIED,
            name_id::EMAIL,
            name_id::PERSISTENT,
            name_id::TRANSIENT,
            name_id::ENCRYPTED,
        ];
        let format = policy.format.as_deref().unwrap_or(name_id::UNSPECIFIED);
        if !known.contains(&format) {
            return refused(
                StatusCode::InvalidNameIdPolicy,
                "names of this format are not given",
            );
        }
        let qualifier = policy.sp_name_qualifier.as_deref();
        if qualifier.is_some_and(|name| name != partner.provider.entity_id) {
            return refused(
                StatusCode::InvalidNameIdPolicy,
                "names for another service are not given",
            );
        }
        if partner.settings.encrypt == Encryption::Required
            && partner.provider.keys.encryption.is_empty()
        {
            return Err(Status::responder(
                StatusCode::RequestDenied,
                "answers have to be encrypted, and the metadata has no key for that",
            ));
        }
        if partner.provider.requested(request.attributes).is_err() {
            return refused(
                StatusCode::RequestUnsupported,
                "the metadata has no such list of attributes",
            );
        }
        Ok(())
    }
}

/// SAML-07: an address of the metadata that takes answers by one of `bindings`.
pub(super) fn usable_acs<'p>(
    partner: &'p Partner,
    choice: &AcsChoice,
    bindings: &[&str],
) -> Result<&'p Acs, Refused> {
    let acs = partner.provider.acs_for(choice);
    acs.filter(|acs| bindings.contains(&acs.binding.as_str()))
        .ok_or(Refused::Service(
            "the address that the answer is wanted at is not in the metadata of the service",
        ))
}

/// What a login of this strength may be called, as a request wants it; the most telling name where it wants
/// nothing.
pub(super) fn context_of(
    wanted: Option<&RequestedContext>,
    assurance: Assurance,
) -> Option<&'static str> {
    match wanted {
        Some(wanted) => wanted.satisfied_by(assurance),
        None => Offered::by(assurance).next().map(|offered| offered.class),
    }
}

/// SAML Core §3.4.1.2: the hub has asked somebody else who the person is, and the service does not want that.
pub(super) fn proxied(pending: &Pending, session: &Session) -> Option<Status> {
    let asked = pending.only_here && session.source.is_some();
    asked.then(|| {
        let why = "somebody else vouches for the person";
        Status::responder(StatusCode::ProxyCountExceeded, why)
    })
}
