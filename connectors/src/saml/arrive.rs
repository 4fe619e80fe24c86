//! Answers (SAML Profiles §4.1.4.3): from the one source that this address is for, verified by its keys, for
//! the request that this browser has made, or for none where the source may do that; and then held against
//! what was asked for (SAML-01 to SAML-06, FED-05). That an answer comes once is the engine's to see to, by
//! [`Arrived::once`].

use clau_domain::session::Assurance;
use clau_saml::binding::{Binding, Received, Role};
use clau_saml::message::{Asserted, Expected, NameId, SKEW, Status, StatusCode};
use clau_saml::metadata::IdentityProvider;
use clau_saml::names::name_id;
use serde::{Deserialize, Serialize};

use super::depart::Pending;
use super::scopes::{self, Attributes};
use super::{Saml, fault, kept, kept_by_us};
use crate::contract::{Arrival, Arrived, Call, Fault};
use crate::profile::{self, Said};

/// What is kept with a session, for its end.
#[derive(Debug, Deserialize, Serialize)]
pub(super) struct Upstream {
    /// How the source calls the person.
    pub(super) name: NameId,
    /// How it calls the session.
    pub(super) index: Option<String>,
    /// Where the browser goes to sign out there, as it was said.
    pub(super) return_url: Option<String>,
}

pub(super) fn arrive(
    saml: &Saml,
    call: &Call<'_>,
    arrival: &Arrival<'_>,
    pending: Option<&str>,
) -> Result<Arrived, Fault> {
    let Arrival::Saml(received) = arrival else {
        return untrusted("it is no SAML message");
    };
    if received.binding != Binding::Post || received.role != Role::Response {
        return untrusted("it is no answer that came by form");
    }
    let provider = saml.provider(call.now)?;
    let pending: Option<Pending> = pending.map(kept_by_us).transpose()?;
    let request = pending.as_ref().and_then(|it| it.request.as_deref());
    if request.is_none() && !saml.registered.settings.unsolicited {
        return untrusted("nobody has asked for it, and the source may not answer unasked");
    }
    let asserted =
        verified(saml, call, (received, &provider), request)?.map_err(|status| refused(&status))?;
    if saml.registered.settings.encrypted == Some(true) && !asserted.encrypted {
        return untrusted("its assertion is not encrypted");
    }
    as_asked(saml, call, pending.as_ref(), &asserted)?;
    let (assertion, until) = (asserted.assertion_id.clone(), asserted.remembered_until);
    let subject = subject(&asserted.name_id, &provider.entity_id);
    let attributes = joined(asserted.attributes);
    let said = Said {
        subject,
        context: Some(asserted.context),
        // A clock that is ahead does not make a login later than now.
        authenticated_at: asserted.authenticated_at.min(call.now),
        attributes: scopes::within(&saml.registered, &provider, attributes)?,
    };
    let identified = profile::identify(&saml.registered.connector, &said)?;
    let least = pending.and_then(|it| it.at_least);
    if least.is_some_and(|least| identified.identity.level < least) {
        return Err(Fault::TooWeak(
            "the login is weaker than was asked for".to_owned(),
        ));
    }
    let names = session_names(
        &provider.entity_id,
        &asserted.name_id,
        &asserted.session_index,
    )?;
    let upstream = Upstream {
        name: asserted.name_id,
        index: asserted.session_index,
        return_url: identified.return_url,
    };
    Ok(Arrived {
        identity: identified.identity,
        upstream: kept(&upstream)?,
        names,
        once: vec![(
            kept(&["assertion", provider.entity_id.as_str(), &assertion])?,
            until,
        )],
    })
}

/// What the source has said, or that it refuses.
fn verified(
    saml: &Saml,
    call: &Call<'_>,
    (received, provider): (&Received, &IdentityProvider),
    request: Option<&str>,
) -> Result<Result<Asserted, Status>, Fault> {
    let opened = received.open().map_err(fault)?;
    // FED-05: before any key is tried, so that the log says what it is.
    if opened.claimed_issuer().map_err(fault)? != provider.entity_id {
        return untrusted("it is from another identity provider");
    }
    let keys = &provider.keys.signing;
    let authentic = if opened.is_signed() {
        opened.authenticate(keys)
    } else {
        // A refusal, or an assertion that is signed where it is encrypted: the reader looks inside.
        opened.accept_unsigned()
    };
    let audience = saml.own_entity_id();
    let recipient = saml.addresses.saml_acs();
    let expected = Expected {
        issuer: &provider.entity_id,
        keys,
        audience: &audience,
        recipient: &recipient,
        in_response_to: request,
        decryption: &call.keys.saml_decryption,
        now: call.now,
    };
    Asserted::read(&authentic.map_err(fault)?, &expected).map_err(fault)
}

/// SAML-06: what was asked for is what came.
fn as_asked(
    saml: &Saml,
    call: &Call<'_>,
    pending: Option<&Pending>,
    asserted: &Asserted,
) -> Result<(), Fault> {
    if asserted.authenticated_at > call.now + SKEW {
        return untrusted("its login is in the future");
    }
    let anew = pending.filter(|pending| pending.force);
    if anew.is_some_and(|pending| asserted.authenticated_at + SKEW < pending.instant) {
        return Err(Fault::TooWeak(
            "the person was to prove who they are anew, and was not asked".to_owned(),
        ));
    }
    let registered = &saml.registered;
    let wanted = &registered.settings.contexts;
    let level = |context: &String| registered.connector.levels.get(context).copied();
    let least: Option<Assurance> = wanted.iter().filter_map(level).min();
    let strong_enough = least.is_some_and(|least| level(&asserted.context) >= Some(least));
    if wanted.is_empty() || wanted.contains(&asserted.context) || strong_enough {
        Ok(())
    } else {
        Err(Fault::TooWeak(
            "its context is none of those that are asked for".to_owned(),
        ))
    }
}

/// What of a name identifier lasts: a persistent one that is the source's own. Any other may be somebody
/// else's tomorrow (FED-01).
fn subject(name: &NameId, entity_id: &str) -> Option<String> {
    let own = name.name_qualifier.as_deref();
    let own = own.is_none_or(|qualifier| qualifier == entity_id);
    (own && name.format == name_id::PERSISTENT).then(|| name.value.clone())
}

/// Attributes by name, each once: some sources write one element for each value.
fn joined(attributes: Attributes) -> Attributes {
    let mut joined: Attributes = Vec::with_capacity(attributes.len());
    for (name, values) in attributes {
        match joined.iter_mut().find(|(known, _)| *known == name) {
            Some((_, known)) => known.extend(values),
            None => joined.push((name, values)),
        }
    }
    joined
}

/// Names by which the source may speak of a session: within it, and of the person (SAML-10).
fn session_names(
    entity_id: &str,
    name: &NameId,
    index: &Option<String>,
) -> Result<Vec<String>, Fault> {
    let mut names = Vec::new();
    if let Some(index) = index {
        names.push(session_name(entity_id, name, Some(index))?);
    }
    names.push(session_name(entity_id, name, None)?);
    Ok(names)
}

/// By value: sources leave formats and qualifiers out when they ask for a logout.
pub(super) fn session_name(
    entity_id: &str,
    name: &NameId,
    index: Option<&str>,
) -> Result<String, Fault> {
    match index {
        Some(index) => kept(&["session", entity_id, &name.value, index]),
        None => kept(&["person", entity_id, &name.value]),
    }
}

/// The source has said no. Its own words are not repeated: nobody need have signed them.
fn refused(status: &Status) -> Fault {
    let detail = status.detail.unwrap_or(status.code);
    match detail {
        StatusCode::NoAuthnContext => {
            Fault::TooWeak("the source cannot do the login that was asked for".to_owned())
        }
        detail => Fault::Refused(format!("the status is `{}`", detail.name())),
    }
}

fn untrusted<T>(why: &'static str) -> Result<T, Fault> {
    Err(Fault::Untrusted(why.to_owned()))
}
