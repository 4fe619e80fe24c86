//! Fills in what a registration leaves open by what is known of its profile. What is given stays as it is: a name,
//! a list or a table replaces the whole of what the profile has in its place. Never opens what a registration has
//! to open itself: for which schools and feeds a connector may speak, whether
//! anybody is created, whether anybody may come unasked.

use std::collections::{BTreeMap, BTreeSet};

use clau_domain::connector::{
    Button, Connector, Field, OidcUpstream, SamlUpstream, Trust, UpstreamLogout,
};
use clau_domain::language::Language;
use clau_domain::profile::Profile;
use clau_domain::service::Localised;
use clau_domain::session::Assurance;

use super::known::{Known, KnownOidc, KnownSaml, Levels};

/// See [`super::complete`].
pub(super) fn complete(connector: &Connector) -> Connector {
    let known = Known::of(connector.profile);
    let mut completed = connector.clone();
    fill_attributes(&mut completed.attributes, known);
    if completed.profiles.is_empty() {
        completed.profiles = words(known.profiles);
    }
    if completed.levels.is_empty() {
        completed.levels = levels(known.levels(connector.kind()));
    }
    if completed.matching.is_empty() {
        completed.matching = known.matching.to_vec();
    }
    if let Some(create) = &mut completed.create
        && create.profile.is_none()
        && create.structure.is_some()
    {
        create.profile = known.created_as;
    }
    let created_as = completed.create.as_ref().and_then(|it| it.profile);
    fill_trust(&mut completed.trust, known, created_as);
    fill_button(&mut completed.button, known);
    if let Some(saml) = &mut completed.saml {
        fill_saml(saml, &known.saml);
    }
    if let Some(oidc) = &mut completed.oidc {
        fill_oidc(oidc, &known.oidc);
    }
    completed
}

fn fill_attributes(attributes: &mut BTreeMap<Field, Vec<String>>, known: &Known) {
    for (field, names) in known.attributes {
        attributes.entry(*field).or_insert_with(|| texts(names));
    }
}

fn words(known: &[(&str, Profile)]) -> BTreeMap<String, Profile> {
    let word = |(word, profile): &(&str, Profile)| ((*word).to_owned(), *profile);
    known.iter().map(word).collect()
}

fn levels(known: &[Levels]) -> BTreeMap<String, Assurance> {
    let level = |(context, level): &(&str, Assurance)| ((*context).to_owned(), *level);
    known
        .iter()
        .flat_map(|list| list.iter())
        .map(level)
        .collect()
}

/// As what it may speak. A profile that the registration creates people with is among them, or nobody whom it
/// creates would ever be seen.
fn fill_trust(trust: &mut Trust, known: &Known, created_as: Option<Profile>) {
    if trust.profiles.is_empty() && !known.speaks_as.is_empty() {
        let profiles = known.speaks_as.iter().copied().chain(created_as);
        trust.profiles = profiles.collect::<BTreeSet<_>>();
    }
}

fn fill_button(button: &mut Button, known: &Known) {
    if button.audience.is_empty() {
        button.audience = known.audience.to_vec();
    }
    if button.label.is_empty() {
        button.label = known.label.map(localised).unwrap_or_default();
    }
    if button.description.is_empty() {
        button.description = known.description.map(localised).unwrap_or_default();
    }
    if button.order == 0 {
        button.order = known.order;
    }
}

fn fill_saml(saml: &mut SamlUpstream, known: &KnownSaml) {
    saml.encrypted.get_or_insert(known.encrypted);
    // A button leads somewhere, or there is none.
    let open = |way: &UpstreamLogout| *way != UpstreamLogout::Button || saml.logout_url.is_some();
    saml.logout = saml.logout.or(known.logout.filter(open));
}

fn fill_oidc(oidc: &mut OidcUpstream, known: &KnownOidc) {
    if oidc.authentication.is_empty() {
        known.authentication.clone_into(&mut oidc.authentication);
    }
    for (given, known) in [
        (&mut oidc.scopes, known.scopes),
        (&mut oidc.acr_values, known.acr_values),
        (&mut oidc.algorithms, known.algorithms),
    ] {
        if given.is_empty() {
            *given = texts(known);
        }
    }
    oidc.signed_userinfo = oidc.signed_userinfo.or(known.signed_userinfo);
    oidc.logout = oidc.logout.or(known.logout);
}

fn localised(texts: [&str; 3]) -> Localised {
    let languages = [Language::Fr, Language::Oc, Language::En];
    languages
        .into_iter()
        .zip(texts.map(str::to_owned))
        .collect()
}

fn texts(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}
