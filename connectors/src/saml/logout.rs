//! Logout in both directions (SAML Profiles §4.4; french-ent.md §4.6): ours towards the source by whichever of
//! its ways there is, and the source's towards us, signed, for here, now (SAML-10). Whose sessions are meant is
//! the engine's to find; that a name is known is never told.

use clau_domain::connector::UpstreamLogout;
use clau_domain::url::WebUrl;
use clau_saml::binding::{Address, Binding, Form, Received, Role, envelope};
use clau_saml::message::{
    Authentic, Header, Kind, LogoutRequest, LogoutResponse, Status, StatusCode, mint_id,
};
use clau_saml::metadata::IdentityProvider;
use clau_saml::names::{binding, logout_reason};
use serde::{Deserialize, Serialize};

use super::arrive::{Upstream, session_name};
use super::depart::form;
use super::registration::named_hosts;
use super::{BY_BROWSER, Saml, fault, kept, kept_by_us, signing_key};
use crate::contract::{Call, Fault, Heard, Leave, LogoutOutcome, Notice, Reply, SignOut};

/// What is remembered of a logout of ours.
#[derive(Debug, Deserialize, Serialize)]
struct Asked {
    request: String,
}

/// What is remembered of a logout of the source's, until it is answered.
#[derive(Debug, Deserialize, Serialize)]
struct Owed {
    request: String,
    relay_state: Option<String>,
    by_program: bool,
}

/// Ends the session there, by the way that the registration names or by the best there is; by the next best
/// where that way is not open. The person is told by the page what is closed.
pub(super) fn sign_out(
    saml: &Saml,
    call: &Call<'_>,
    upstream: &str,
    state: &str,
) -> Result<SignOut, Fault> {
    let upstream: Upstream = kept_by_us(upstream)?;
    let settings = &saml.registered.settings;
    // What cannot be had now is no reason for the person to stay signed in here.
    let provider = saml.provider(call.now).ok();
    let provider = provider.as_deref();
    let returning = || {
        let url = upstream.return_url.as_deref()?;
        let url = return_url(saml, provider?, url)?;
        Some(SignOut::Leave(url.as_str().to_owned()))
    };
    let button = || {
        let url = settings.logout_url.as_ref()?;
        Some(SignOut::Button(url.as_str().to_owned()))
    };
    let way = match settings.logout {
        Some(UpstreamLogout::None) => None,
        Some(UpstreamLogout::Button) => button(),
        Some(UpstreamLogout::ReturnUrl) => returning().or_else(button),
        Some(UpstreamLogout::Protocol) | None => {
            let asked = match provider {
                Some(provider) => by_protocol(saml, call, provider, (&upstream, state))?,
                None => None,
            };
            asked.or_else(returning).or_else(button)
        }
    };
    Ok(way.unwrap_or(SignOut::Nothing))
}

/// A request that the browser takes there. None where the source or the hub has not what it takes.
fn by_protocol(
    saml: &Saml,
    call: &Call<'_>,
    provider: &IdentityProvider,
    (upstream, state): (&Upstream, &str),
) -> Result<Option<SignOut>, Fault> {
    let Some(endpoint) = provider.logout_by(&BY_BROWSER) else {
        return Ok(None);
    };
    if call.keys.saml_signing.is_none() {
        return Ok(None);
    }
    let location = endpoint.location.as_str();
    let request = LogoutRequest {
        header: header(saml, call, Some(location)),
        name_id: upstream.name.clone(),
        session_indexes: upstream.index.iter().cloned().collect(),
        reason: Some(logout_reason::USER.to_owned()),
        not_on_or_after: None,
    };
    let message = Message::Request(&request);
    let leave = carry(call, (&endpoint.binding, location), message, Some(state))?;
    let pending = kept(&Asked {
        request: request.header.id,
    })?;
    Ok(Some(SignOut::Away { leave, pending }))
}

/// The address that came with a login, where it is the source's: https, on a host that its metadata or its
/// registration names. Nobody is led elsewhere by an attribute.
fn return_url(saml: &Saml, provider: &IdentityProvider, url: &str) -> Option<WebUrl> {
    let url = WebUrl::parse(url).ok().filter(WebUrl::is_https)?;
    let spoken = provider.sso.iter().chain(&provider.logout);
    let spoken = spoken.flat_map(|endpoint| [&endpoint.location, endpoint.for_responses()]);
    let fetched = provider.artifact_resolution.iter().map(|it| &it.location);
    let mut hosts = spoken
        .chain(fetched)
        .map(WebUrl::host)
        .chain(named_hosts(&saml.registered.settings));
    hosts.any(|host| host == url.host()).then_some(url)
}

/// Reads what the source says about a logout.
pub(super) fn hear(saml: &Saml, call: &Call<'_>, notice: &Notice<'_>) -> Result<Heard, Fault> {
    let Notice::Saml {
        received,
        by_program,
        pending,
    } = notice
    else {
        return untrusted("it is no SAML message");
    };
    if (received.binding == Binding::Soap) != *by_program {
        return untrusted("it came by another way than it says");
    }
    let provider = saml.provider(call.now)?;
    let opened = received.open().map_err(fault)?;
    if opened.claimed_issuer().map_err(fault)? != provider.entity_id {
        return untrusted("it is from another identity provider");
    }
    let authentic = opened.authenticate(&provider.keys.signing).map_err(fault)?;
    match opened.kind() {
        Kind::LogoutRequest => asked(saml, call, (received, &authentic), &provider),
        // The hub asks by browsers alone.
        Kind::LogoutResponse if !by_program => answered(saml, call, &authentic, *pending),
        _ => untrusted("it is no message of a logout"),
    }
}

fn asked(
    saml: &Saml,
    call: &Call<'_>,
    (received, authentic): (&Received, &Authentic<'_>),
    provider: &IdentityProvider,
) -> Result<Heard, Fault> {
    let request =
        LogoutRequest::read(authentic, &call.keys.saml_decryption, call.now).map_err(fault)?;
    let by_program = received.binding == Binding::Soap;
    let addressed = !by_program || request.header.destination.is_some();
    let here = saml.addresses.saml_slo();
    request
        .header
        .check(&here, addressed, call.now)
        .map_err(fault)?;
    let issuer = &provider.entity_id;
    let name = &request.name_id;
    let indexes = &request.session_indexes;
    let names = if indexes.is_empty() {
        // All of this person's (SAML Core §3.7.1).
        vec![session_name(issuer, name, None)?]
    } else {
        let each = indexes
            .iter()
            .map(|index| session_name(issuer, name, Some(index)));
        each.collect::<Result<_, _>>()?
    };
    let once = kept(&["logout", issuer.as_str(), &request.header.id])?;
    Ok(Heard::Ended {
        names,
        once: vec![(once, request.header.remembered_until())],
        reply: Some(kept(&Owed {
            request: request.header.id,
            relay_state: received.relay_state.clone(),
            by_program,
        })?),
    })
}

fn answered(
    saml: &Saml,
    call: &Call<'_>,
    authentic: &Authentic<'_>,
    pending: Option<&str>,
) -> Result<Heard, Fault> {
    let Some(pending) = pending else {
        return untrusted("it answers nothing that this browser has asked");
    };
    let asked: Asked = kept_by_us(pending)?;
    let response = LogoutResponse::read(authentic).map_err(fault)?;
    let here = saml.addresses.saml_slo();
    response
        .header
        .check(&here, true, call.now)
        .map_err(fault)?;
    if response.in_response_to != asked.request {
        return untrusted("it answers another request");
    }
    // SAML Core §3.7.3.2: where somebody else could not be told, the session there is over all the same.
    Ok(Heard::Answered {
        done: response.status.is_success(),
    })
}

/// Answers a logout of the source's, by the way that its metadata names, or to the program that has asked.
pub(super) fn reply(
    saml: &Saml,
    call: &Call<'_>,
    reply: &str,
    outcome: LogoutOutcome,
) -> Result<Reply, Fault> {
    let owed: Owed = kept_by_us(reply)?;
    let provider = saml.provider(call.now)?;
    let status = match outcome {
        LogoutOutcome::Done => Status::success(),
        LogoutOutcome::Partial => Status {
            detail: Some(StatusCode::PartialLogout),
            ..Status::success()
        },
    };
    let response = |destination: Option<&str>| LogoutResponse {
        header: header(saml, call, destination),
        in_response_to: owed.request.clone(),
        status,
    };
    if owed.by_program {
        let xml = response(None).write(Some(signing_key(call)?));
        return Ok(Reply::Body(envelope(&xml.map_err(fault)?)));
    }
    let endpoint = provider.logout_by(&BY_BROWSER).ok_or_else(|| {
        Fault::Unusable("its metadata has no address for the answer to a logout".to_owned())
    })?;
    let location = endpoint.for_responses().as_str();
    let response = response(Some(location));
    let message = Message::Response(&response);
    let state = owed.relay_state.as_deref();
    carry(call, (&endpoint.binding, location), message, state).map(Reply::Browser)
}

fn header(saml: &Saml, call: &Call<'_>, destination: Option<&str>) -> Header {
    Header {
        id: mint_id(call.random),
        instant: call.now,
        destination: destination.map(str::to_owned),
        issuer: saml.own_entity_id(),
    }
}

/// What is said in a logout.
enum Message<'a> {
    Request(&'a LogoutRequest),
    Response(&'a LogoutResponse),
}

/// A message on its way by the browser, signed as its binding wants it.
fn carry(
    call: &Call<'_>,
    (by, location): (&str, &str),
    message: Message<'_>,
    relay_state: Option<&str>,
) -> Result<Leave, Fault> {
    let key = signing_key(call)?;
    let by_redirect = by == binding::REDIRECT;
    let inside = (!by_redirect).then_some(key);
    let (role, xml) = match message {
        Message::Request(request) => (Role::Request, request.write(inside, None)),
        Message::Response(response) => (Role::Response, response.write(inside)),
    };
    let xml = xml.map_err(fault)?;
    if !by_redirect {
        return Ok(form(Form::new(location, role, &xml, relay_state)));
    }
    let to = Address {
        location,
        role,
        relay_state,
    };
    to.with(&xml, Some(key)).map(Leave::Redirect).map_err(fault)
}

fn untrusted<T>(why: &'static str) -> Result<T, Fault> {
    Err(Fault::Untrusted(why.to_owned()))
}
