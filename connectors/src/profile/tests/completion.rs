//! What a profile fills in, and what it never does.

use std::collections::BTreeSet;

use clau_domain::connector::{
    Audience, ConnectorProfile, CreationRule, MatchBy, Trust, UpstreamLogout,
};
use clau_domain::language::Language;

use super::*;

const PROFILES: [&str; 7] = [
    "plain",
    "educonnect",
    "academie",
    "franceconnect",
    "proconnect",
    "renater",
    "agriculture",
];
const KINDS: [&str; 4] = ["saml", "oidc", "cas", "ldap"];

#[test]
fn every_profile_of_every_kind_is_completed_once_and_stays_so() {
    for profile in PROFILES {
        for kind in KINDS {
            let given = given(profile, kind, json!({}));
            let completed = complete(&given);
            assert_eq!(complete(&completed), completed, "{profile} by {kind}");
            assert_eq!(completed.kind(), given.kind());
            // What it is and how it is reached is the registration's.
            assert_eq!(
                (
                    &completed.id,
                    &completed.name,
                    completed.enabled,
                    &completed.create
                ),
                (&given.id, &given.name, given.enabled, &given.create)
            );
            assert_eq!((&completed.cas, &completed.ldap), (&given.cas, &given.ldap));
        }
    }
}

#[test]
fn plain_says_nothing_that_the_registration_does_not_say() {
    for kind in KINDS {
        let given = given("plain", kind, json!({}));
        let mut expected = given.clone();
        if let Some(saml) = &mut expected.saml {
            saml.encrypted = Some(false);
        }
        if let Some(oidc) = &mut expected.oidc {
            oidc.authentication = "client_secret_basic".to_owned();
            oidc.algorithms = ["ES256", "RS256", "PS256"].map(str::to_owned).to_vec();
        }
        assert_eq!(complete(&given), expected, "{kind}");
    }
}

#[test]
fn fed_10_no_profile_opens_what_the_registration_has_to_open() {
    for profile in PROFILES {
        for kind in KINDS {
            let completed = registered(profile, kind, json!({}));
            let trust = Trust {
                profiles: completed.trust.profiles.clone(),
                ..Trust::default()
            };
            // Closed: for no school, no feed, nowhere; nobody is created; nobody comes unasked.
            assert_eq!(completed.trust, trust, "{profile}");
            assert_eq!(completed.create, None, "{profile}");
            assert!(
                !completed.saml.is_some_and(|saml| saml.unsolicited),
                "{profile}"
            );
            // As nothing that would administer, and a citizen only where citizens are created.
            let citizen = trust.profiles.contains(&Profile::Citizen);
            assert!(!citizen, "{profile}");
            assert_eq!(trust.profiles.is_empty(), profile == "plain", "{profile}");
        }
    }
}

#[test]
fn fed_07_no_profile_takes_a_shared_secret_for_a_signature() {
    for profile in PROFILES {
        let oidc = registered(profile, "oidc", json!({})).oidc.expect("given");
        assert!(!oidc.algorithms.is_empty());
        for algorithm in &oidc.algorithms {
            let asymmetric = ["ES256", "RS256", "PS256"].contains(&algorithm.as_str());
            assert!(asymmetric, "{profile}: {algorithm}");
        }
    }
}

#[test]
fn identity_services_of_the_state_are_asked_as_they_want_to_be() {
    let franceconnect = registered("franceconnect", "oidc", json!({}));
    let oidc = franceconnect.oidc.as_ref().expect("given");
    assert_eq!(
        oidc.scopes.join(" "),
        "given_name family_name preferred_username gender birthdate birthplace birthcountry"
    );
    assert_eq!(oidc.acr_values, ["eidas1"]);
    assert_eq!(oidc.algorithms, ["ES256", "RS256"]);
    assert_eq!(oidc.authentication, "client_secret_post");
    assert_eq!(oidc.signed_userinfo, Some(true));
    assert_eq!(oidc.logout, Some(UpstreamLogout::Protocol));
    assert_eq!(franceconnect.matching, [MatchBy::Pivot]);
    assert_eq!(franceconnect.button.audience, [Audience::Citizen]);

    let proconnect = registered("proconnect", "oidc", json!({}));
    let oidc = proconnect.oidc.as_ref().expect("given");
    assert_eq!(
        oidc.scopes.join(" "),
        "given_name usual_name email uid siret idp_id"
    );
    assert_eq!(oidc.signed_userinfo, Some(true));
    assert_eq!(proconnect.matching, []);
    assert_eq!(proconnect.button.audience, [Audience::Agent]);
    assert!(proconnect.trust.profiles.iter().all(|it| it.is_staff()));
}

#[test]
fn levels_are_those_of_the_protocol() {
    for (profile, kind, context, expected) in [
        (
            "franceconnect",
            "oidc",
            "eidas1",
            Some(Assurance::SingleFactor),
        ),
        (
            "franceconnect",
            "oidc",
            "eidas2",
            Some(Assurance::Substantial),
        ),
        ("franceconnect", "oidc", "eidas3", Some(Assurance::High)),
        ("franceconnect", "oidc", "eidas0", None),
        (
            "proconnect",
            "oidc",
            "eidas0",
            Some(Assurance::SingleFactor),
        ),
        (
            "proconnect",
            "oidc",
            "eidas0-mfa",
            Some(Assurance::MultiFactor),
        ),
        (
            "proconnect",
            "oidc",
            "eidas1",
            Some(Assurance::SingleFactor),
        ),
        (
            "proconnect",
            "oidc",
            "eidas1-mfa",
            Some(Assurance::MultiFactor),
        ),
        ("proconnect", "oidc", "eidas2", Some(Assurance::Substantial)),
        ("proconnect", "oidc", "eidas3", Some(Assurance::High)),
        ("proconnect", "oidc", "EIDAS3", None),
        (
            "renater",
            "saml",
            "https://refeds.org/profile/sfa",
            Some(Assurance::SingleFactor),
        ),
        (
            "renater",
            "saml",
            "https://refeds.org/profile/mfa",
            Some(Assurance::MultiFactor),
        ),
        ("renater", "saml", "http://eidas.europa.eu/LoA/high", None),
        (
            "educonnect",
            "saml",
            "urn:oasis:names:tc:SAML:2.0:ac:classes:unspecified",
            Some(Assurance::SingleFactor),
        ),
        (
            "educonnect",
            "saml",
            "urn:oasis:names:tc:SAML:2.0:ac:classes:Password",
            Some(Assurance::SingleFactor),
        ),
        (
            "academie",
            "saml",
            "urn:oasis:names:tc:SAML:2.0:ac:classes:TimeSyncToken",
            Some(Assurance::MultiFactor),
        ),
        (
            "agriculture",
            "saml",
            "urn:oasis:names:tc:SAML:2.0:ac:classes:TimeSyncToken",
            Some(Assurance::SingleFactor),
        ),
        (
            "agriculture",
            "saml",
            "http://schemas.microsoft.com/claims/multipleauthn",
            Some(Assurance::SingleFactor),
        ),
    ] {
        let connector = registered(profile, kind, json!({}));
        let mut said = said(kind, &[("FrEduCtId", &["1"]), ("ctremoteuser", &["a"])]);
        said.context = Some(context.to_owned());
        let level = identify(&connector, &said).map(|it| it.identity.level);
        match expected {
            Some(expected) => assert_eq!(level, Ok(expected), "{profile}: {context}"),
            None => assert!(
                matches!(level, Err(Fault::TooWeak(_))),
                "{profile}: {context}"
            ),
        }
    }
    // CAS and directories name no context; OpenID providers of schools need not.
    for (profile, kind) in [
        ("agriculture", "cas"),
        ("agriculture", "ldap"),
        ("agriculture", "oidc"),
        ("plain", "oidc"),
    ] {
        let mut said = said(kind, &[]);
        said.context = None;
        let read = identify(&registered(profile, kind, json!({})), &said).expect("somebody");
        assert_eq!(
            read.identity.level,
            Assurance::SingleFactor,
            "{profile} by {kind}"
        );
    }
}

#[test]
fn what_is_given_stays() {
    let more = json!({
        "attributes": { "family_name": ["nom"], "mail": [] },
        "profiles": { "prof": "National_ENS" },
        "levels": { "eidas2": "substantial" },
        "match": ["ine"],
        "trust": { "profiles": ["National_TUT"], "structures": ["0311234A"] },
        "create": { "who": "staff", "profile": "National_ETA", "structure": "0311234A" },
        "button": {
            "audience": ["family"], "label": "Entrez", "description": "Ici.", "order": 3,
            "hidden": true, "mail_domains": ["lycee.example"],
        },
        "saml": {
            "encrypted": false, "logout": "none", "contexts": ["c"], "scopes": ["s"],
            "name_id_format": "f", "unsolicited": true,
        },
    });
    for profile in PROFILES {
        let given = given(profile, "saml", more.clone());
        let completed = complete(&given);
        let mut expected = given.clone();
        for (field, names) in &completed.attributes {
            expected
                .attributes
                .entry(*field)
                .or_insert_with(|| names.clone());
        }
        assert_eq!(completed, expected, "{profile}");
        assert_eq!(completed.attributes[&Field::FamilyName], ["nom"]);
        assert!(completed.attributes[&Field::Mail].is_empty());
    }
    let oidc = json!({ "oidc": {
        "authentication": "private_key_jwt", "scopes": ["openid"], "acr_values": ["eidas2"],
        "algorithms": ["ES256"], "encrypted": true, "signed_userinfo": false, "logout": "none",
    }});
    for profile in PROFILES {
        let given = given(profile, "oidc", oidc.clone());
        assert_eq!(complete(&given).oidc, given.oidc, "{profile}");
    }
}

#[test]
fn only_sources_that_were_asked_how_count_for_more_than_one_factor() {
    let best = |profile: &str, kind: &str| {
        let levels = registered(profile, kind, json!({})).levels;
        levels.into_values().max()
    };
    for (profile, kind, expected) in [
        ("educonnect", "saml", Assurance::SingleFactor),
        ("agriculture", "saml", Assurance::SingleFactor),
        ("academie", "saml", Assurance::MultiFactor),
        ("renater", "saml", Assurance::MultiFactor),
        ("franceconnect", "oidc", Assurance::High),
        ("proconnect", "oidc", Assurance::High),
    ] {
        assert_eq!(best(profile, kind), Some(expected), "{profile}");
    }
}

#[test]
fn an_academys_button_leads_where_the_registration_says_or_is_none() {
    let logout = |saml: Value| {
        let completed = registered("academie", "saml", json!({ "saml": saml }));
        completed.saml.expect("given").logout
    };
    let leads = json!({ "logout_url": "https://guichet.example/logout" });
    assert_eq!(logout(leads), Some(UpstreamLogout::Button));
    assert_eq!(logout(json!({})), None);
    let by_protocol = json!({ "logout": "protocol", "logout_url": "https://guichet.example/x" });
    assert_eq!(logout(by_protocol), Some(UpstreamLogout::Protocol));
    let educonnect = registered("educonnect", "saml", json!({}))
        .saml
        .expect("given");
    assert_eq!(educonnect.logout, Some(UpstreamLogout::ReturnUrl));
    assert_eq!(educonnect.encrypted, Some(true));
}

#[test]
fn citizens_are_created_where_the_registration_says_where() {
    let create = |create: Value| registered("franceconnect", "oidc", json!({ "create": create }));
    let here = create(json!({ "structure": "REGION" }));
    let creation = here.create.as_ref().expect("given");
    assert_eq!(creation.who, CreationRule::Everybody);
    assert_eq!(creation.profile, Some(Profile::Citizen));
    let seen = [Profile::Pupil, Profile::Guardian, Profile::Citizen];
    assert_eq!(here.trust.profiles, BTreeSet::from(seen));
    // Nowhere, or as something else.
    assert_eq!(create(json!({})).create.expect("given").profile, None);
    let else_where = create(json!({ "structure": "REGION", "profile": "National_TUT" }));
    assert_eq!(
        else_where.create.expect("given").profile,
        Some(Profile::Guardian)
    );
    // No other profile makes anybody a citizen.
    for profile in PROFILES.into_iter().filter(|it| *it != "franceconnect") {
        let there = json!({ "create": { "structure": "REGION" } });
        let completed = registered(profile, "oidc", there);
        assert_eq!(completed.create.expect("given").profile, None, "{profile}");
        assert!(!completed.trust.profiles.contains(&Profile::Citizen));
    }
}

#[test]
fn every_button_stands_somewhere_and_speaks_three_languages_or_none() {
    for profile in PROFILES.into_iter().skip(1) {
        let button = registered(profile, "saml", json!({})).button;
        assert_eq!(button.audience.len(), 1, "{profile}");
        assert!(button.order > 0);
        for text in [&button.label, &button.description] {
            let texts = Language::ALL.map(|language| text.in_language(language));
            let distinct: BTreeSet<_> = texts.iter().flatten().collect();
            assert!(distinct.is_empty() || distinct.len() == 3, "{texts:?}");
        }
    }
    // Many schools, academies and universities: each has a name of its own.
    for profile in ["academie", "renater", "agriculture"] {
        assert!(
            registered(profile, "saml", json!({}))
                .button
                .label
                .is_empty()
        );
    }
}

#[test]
fn no_profile_names_an_attribute_twice_or_a_context_by_half() {
    for profile in PROFILES {
        for kind in KINDS {
            let completed = registered(profile, kind, json!({}));
            for (field, names) in &completed.attributes {
                let distinct: BTreeSet<&String> = names.iter().collect();
                assert_eq!(distinct.len(), names.len(), "{profile}: {field:?}");
            }
        }
    }
    assert_eq!(ConnectorProfile::default(), ConnectorProfile::Plain);
}
