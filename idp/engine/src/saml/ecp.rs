//! Programs that sign people in to a service (SAML Profiles §4.2, ECP): a request in an envelope, login and
//! password beside it, and an answer that the program takes to the service. The same checks, throttle and
//! policy as everywhere; nothing that would need a page.

use clau_domain::login::Proof;
use clau_domain::session::Method;
use clau_saml::binding::{Received, ecp};
use clau_saml::error::Problem;
use clau_saml::message::{AuthnRequest, Kind, Status, StatusCode};
use clau_saml::names::binding;
use clau_storage::people;

use super::Refused;
use super::sso::Pending;
use super::wishes::PROGRAMS;
use crate::login::{Cookies, PasswordProblem, Typed};
use crate::session::{Manner, SignedIn};
use crate::{Cx, Hub};

/// What a program gets.
#[derive(Debug)]
pub enum EcpAnswer {
    /// The envelope, for the program to take to the service.
    Envelope(String),
    /// Login and password are missing or not good: the program may ask and come again (RFC 7617).
    Credentials,
    /// Too many have tried: come back after so many seconds.
    Wait(std::time::Duration),
}

impl Hub {
    /// A request that a program brings, with what it was given to sign in with. The request is not spent by a
    /// wrong password: the program may ask once more.
    ///
    /// # Errors
    /// [`Refused`], for a fault.
    pub async fn saml_ecp(
        &self,
        cx: &Cx<'_>,
        received: &Received,
        typed: Option<(&str, &str)>,
    ) -> Result<EcpAnswer, Refused> {
        let opened = received.open()?;
        if opened.kind() != Kind::AuthnRequest {
            return Err(Problem::Message("it asks for no login").into());
        }
        let partner = self.saml_partner(cx, &opened.claimed_issuer()?).await?;
        if !partner.settings.ecp {
            return Err(Refused::Service(
                "the service is not registered for programs that sign people in",
            ));
        }
        let authentic = partner.authentic(&opened)?;
        let mut request = AuthnRequest::read(&authentic)?;
        request.acs = request.acs.for_programs();
        let Some((username, password)) = typed else {
            return Ok(EcpAnswer::Credentials);
        };
        let typed = Typed {
            username,
            password,
            remember: false,
        };
        let (account, method) = match self.check_password(cx, Cookies::default(), &typed).await? {
            Ok(proven) => proven,
            Err(PasswordProblem::Wait(wait) | PasswordProblem::Busy(wait)) => {
                return Ok(EcpAnswer::Wait(wait));
            }
            Err(PasswordProblem::BadCredentials) => return Ok(EcpAnswer::Credentials),
        };
        // A signature within an envelope covers the message and not where the program brings it: the address is
        // not asked for (SAML V2.0 ECP Profile §2.3.3: the service does not know it).
        let addressed = request.header.destination.is_some();
        let pending = self
            .saml_pending(
                cx,
                &partner,
                &request,
                (addressed, None, PROGRAMS.as_slice()),
            )
            .await?;
        let is_signed = authentic.is_signed();
        let about = (&partner, &pending);
        if let Err(status) = self.saml_can(cx, &partner, &request).await? {
            return self.ecp_says(cx, about, (status, None), is_signed).await;
        }
        let person = people::find(self.database(), account.person).await?;
        let has_nothing_due =
            method == Method::PASSWORD && self.due(&account, method).await?.is_empty();
        let Some(person) = person.filter(|_| has_nothing_due && !pending.passive) else {
            let status = Status::responder(
                StatusCode::AuthnFailed,
                "the person has to sign in by a browser first",
            );
            return self.ecp_says(cx, about, (status, None), is_signed).await;
        };
        let needed = partner.service.session.assurance;
        if needed.is_some_and(|needed| method.assurance() < needed) {
            let why = "a password is not strong enough for this service";
            let status = Status::responder(StatusCode::NoAuthnContext, why);
            return self.ecp_says(cx, about, (status, None), is_signed).await;
        }
        let grant = match self.saml_grant(cx, &person, (&partner, &pending)) {
            Ok(grant) => grant,
            Err(refusal) => {
                let status = Status::responder(StatusCode::RequestDenied, refusal.to_string());
                return self.ecp_says(cx, about, (status, None), is_signed).await;
            }
        };
        let proof = Proof {
            person: person.id,
            method,
            at: cx.now,
            credentials: crate::login::credentials_of(&account),
            link: None,
        };
        let begun = self
            .begin_session(cx, &person, &proof, Manner::default())
            .await?;
        let children = person.children.clone();
        let signed_in = SignedIn {
            digest: begun.digest,
            session: begun.session.clone(),
            whole: person.clone(),
            person,
            children,
        };
        let said = self.saml_assertion(cx, about, &signed_in, &grant).await?;
        let outcome = match said {
            Ok(assertion) => (Status::success(), Some(assertion)),
            Err(status) => {
                self.discard(cx, &begun).await?;
                (status, None)
            }
        };
        self.ecp_says(cx, about, outcome, is_signed).await
    }

    async fn ecp_says(
        &self,
        cx: &Cx<'_>,
        (partner, pending): (&std::sync::Arc<super::services::Partner>, &Pending),
        (status, assertion): (Status, Option<clau_saml::message::Assertion>),
        is_signed: bool,
    ) -> Result<EcpAnswer, Refused> {
        let xml = self
            .saml_response(cx, (partner, pending), status, assertion)
            .await?;
        debug_assert_eq!(pending.binding, binding::PAOS, "answers for programs");
        let envelope = ecp::envelope(&pending.acs, &xml, is_signed);
        Ok(EcpAnswer::Envelope(envelope))
    }
}
