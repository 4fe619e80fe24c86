//! Requests for a login (SAML Profiles §4.1.4.1): signed, by redirect where the source takes that, else by
//! form. What was asked for is remembered, because the answer is held against it (SAML-06).

use clau_domain::session::Assurance;
use clau_domain::time::Timestamp;
use clau_saml::binding::{Address, Form, Role};
use clau_saml::message::{
    AcsChoice, AuthnRequest, Comparison, Header, NameIdPolicy, RequestedContext, mint_id,
};
use clau_saml::names::{binding, name_id};
use serde::{Deserialize, Serialize};

use super::{BY_BROWSER, Saml, fault, kept, signing_key};
use crate::contract::{Call, Departure, Fault, Leave, Wish};

/// What is remembered of a departure.
#[derive(Debug, Deserialize, Serialize)]
pub(super) struct Pending {
    /// The request; none where the browser went to the source's own entrance.
    pub(super) request: Option<String>,
    /// When it left.
    pub(super) instant: Timestamp,
    /// The person was to prove who they are anew.
    pub(super) force: bool,
    /// The least strength that was asked for.
    pub(super) at_least: Option<Assurance>,
}

pub(super) fn depart(saml: &Saml, call: &Call<'_>, wish: &Wish) -> Result<Departure, Fault> {
    // Without it no answer could be believed, by whichever way the person gets there.
    let provider = saml.provider(call.now)?;
    let mut pending = Pending {
        request: None,
        instant: call.now,
        force: wish.force,
        at_least: wish.at_least,
    };
    let settings = &saml.registered.settings;
    if let Some(entrance) = &settings.entrance {
        return Ok(Departure::Away {
            leave: Leave::Redirect(entrance.as_str().to_owned()),
            pending: kept(&pending)?,
        });
    }
    let key = signing_key(call)?;
    let endpoint = provider.sso_by(&BY_BROWSER).ok_or_else(|| {
        Fault::Unusable("its metadata has no address that takes requests".to_owned())
    })?;
    let location = endpoint.location.as_str();
    let request = request(saml, call, wish, location)?;
    // SAML-13: what travels is a name, of 43 characters, and nothing that could be read or followed.
    let state = Some(wish.state.as_str());
    let leave = if endpoint.binding == binding::REDIRECT {
        let to = Address {
            location,
            role: Role::Request,
            relay_state: state,
        };
        let xml = request.write(None).map_err(fault)?;
        Leave::Redirect(to.with(&xml, Some(key)).map_err(fault)?)
    } else {
        let xml = request.write(Some(key)).map_err(fault)?;
        form(Form::new(location, Role::Request, &xml, state))
    };
    pending.request = Some(request.header.id);
    Ok(Departure::Away {
        leave,
        pending: kept(&pending)?,
    })
}

/// A form that posts itself.
pub(super) fn form(form: Form) -> Leave {
    Leave::Form {
        action: form.action,
        fields: form.fields,
    }
}

fn request(
    saml: &Saml,
    call: &Call<'_>,
    wish: &Wish,
    destination: &str,
) -> Result<AuthnRequest, Fault> {
    let classes = contexts(saml, wish.at_least)?;
    let context = (!classes.is_empty()).then_some(RequestedContext {
        comparison: Comparison::Exact,
        classes,
    });
    Ok(AuthnRequest {
        header: Header {
            id: mint_id(call.random),
            instant: call.now,
            destination: Some(destination.to_owned()),
            issuer: saml.own_entity_id(),
        },
        force_authn: wish.force,
        is_passive: false,
        acs: AcsChoice::Location {
            location: saml.addresses.saml_acs(),
            binding: Some(binding::POST.to_owned()),
        },
        attributes: None,
        name_id: name_id_policy(&saml.registered.settings.name_id_format),
        context,
        scoping: None,
    })
}

/// SAML Core §3.4.1.1: whether a name may be made is no question where each login has another one.
fn name_id_policy(format: &str) -> NameIdPolicy {
    if format.is_empty() {
        return NameIdPolicy::default();
    }
    NameIdPolicy {
        format: Some(format.to_owned()),
        sp_name_qualifier: None,
        allow_create: format != name_id::TRANSIENT,
    }
}

/// The contexts to ask for: those of the registration, or of these and the mapped ones those that are strong
/// enough where a strength is asked for.
fn contexts(saml: &Saml, at_least: Option<Assurance>) -> Result<Vec<String>, Fault> {
    let registered = &saml.registered;
    let usual = &registered.settings.contexts;
    let levels = &registered.connector.levels;
    // Where nothing is mapped, every login counts as one factor (`profile::identify`).
    let weakest = levels.values().min().copied();
    let weakest = weakest.unwrap_or(Assurance::SingleFactor);
    let Some(least) = at_least.filter(|least| weakest < *least) else {
        return Ok(usual.clone());
    };
    let reaches = |context: &String| levels.get(context).is_some_and(|level| *level >= least);
    let mut strong: Vec<String> = usual.iter().filter(|it| reaches(it)).cloned().collect();
    if strong.is_empty() {
        let mut mapped: Vec<_> = levels.iter().filter(|(it, _)| reaches(it)).collect();
        // No more than is needed, first of all.
        mapped.sort_by_key(|(_, level)| **level);
        strong.extend(mapped.into_iter().map(|(context, _)| context.clone()));
    }
    if strong.is_empty() {
        return Err(Fault::TooWeak(
            "no context that is mapped is as strong as that".to_owned(),
        ));
    }
    Ok(strong)
}
