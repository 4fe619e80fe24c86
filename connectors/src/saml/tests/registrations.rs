//! Registrations that cannot be, and how they are told.

use super::*;

/// Which keys are told to be wrong.
fn wrong(registration: Json) -> Vec<String> {
    match made(registration) {
        Ok(_) => Vec::new(),
        Err(mistakes) => mistakes.into_iter().map(|it| it.key).collect(),
    }
}

fn with(more: Json) -> Vec<String> {
    wrong(registration("essais", &IDP.metadata(), more))
}

fn elsewhere(saml: Json) -> Vec<String> {
    wrong(json!({ "id": "essais", "name": "Essais", "saml": saml }))
}

#[test]
fn metadata_comes_from_exactly_one_place() {
    let url = "https://idp.example/metadata";
    assert_eq!(with(json!({})), [""; 0]);
    assert_eq!(elsewhere(json!({})), ["saml.metadata"]);
    for more in [
        json!({ "metadata_url": url }),
        json!({ "federation": "renater" }),
        json!({ "metadata_url": url, "federation": "renater" }),
    ] {
        assert_eq!(with(more), ["saml.metadata"]);
    }
    let both = json!({ "metadata_url": url, "federation": "renater", "entity_id": "x:y" });
    assert_eq!(elsewhere(both), ["saml.metadata"]);
    assert_eq!(
        elsewhere(json!({ "metadata_file": "idp.xml" })),
        ["saml.metadata_file"]
    );
    // A file that was read is in the text.
    assert_eq!(with(json!({ "metadata_file": "idp.xml" })), [""; 0]);
    assert_eq!(wrong(json!({ "id": "essais", "name": "Essais" })), ["saml"]);
}

#[test]
fn fed_05_whose_metadata_comes_from_elsewhere_is_named() {
    for place in [
        json!({ "metadata_url": "https://idp.example/metadata" }),
        json!({ "federation": "renater" }),
    ] {
        assert_eq!(elsewhere(place.clone()), ["saml.entity_id"]);
        let mut named = place;
        merge(&mut named, json!({ "entity_id": IDP.entity_id() }));
        assert_eq!(elsewhere(named), [""; 0]);
    }
    assert_eq!(with(json!({ "entity_id": IDP.entity_id() })), [""; 0]);
    assert_eq!(
        with(json!({ "entity_id": OTHER.entity_id() })),
        ["saml.entity_id"]
    );
    assert_eq!(
        with(json!({ "own_entity_id": " sp " })),
        ["saml.own_entity_id"]
    );
}

#[test]
fn metadata_that_cannot_be_read_is_told_with_the_reason() {
    for (metadata, why) in [
        ("rubbish".to_owned(), "XML"),
        (format!("<!DOCTYPE x>{}", IDP.metadata()), "XML"),
        (
            IDP.metadata()
                .replace("IDPSSODescriptor", "SPSSODescriptor"),
            "no identity provider",
        ),
    ] {
        let mistakes = made(registration("essais", &metadata, json!({}))).expect_err("mistakes");
        assert_eq!(mistakes[0].key, "saml.metadata");
        assert!(mistakes[0].expected.contains(why), "{mistakes:?}");
    }
    // What has expired is a registration that is good no longer, not a bad one.
    let old = IDP.metadata_with(NOW - DAY * 30, &[IDP.key]);
    let old = made(registration("essais", &old, json!({}))).expect("a driver");
    assert!(matches!(old.ready(NOW), Err(Fault::Unusable(_))));
}

#[test]
fn every_address_is_https_and_an_entrance_needs_leave() {
    let http = "http://idp.example/x";
    let https = "https://idp.example/x";
    assert_eq!(with(json!({ "logout_url": http })), ["saml.logout_url"]);
    assert_eq!(with(json!({ "logout_url": https })), [""; 0]);
    assert_eq!(
        with(json!({ "entrance": http, "unsolicited": true })),
        ["saml.entrance"]
    );
    assert_eq!(with(json!({ "entrance": https })), ["saml.entrance"]);
    assert_eq!(
        with(json!({ "entrance": https, "unsolicited": true })),
        [""; 0]
    );
    let fetched = json!({ "entity_id": "x:y", "metadata_url": http });
    assert_eq!(elsewhere(fetched), ["saml.metadata_url"]);
}

#[test]
fn pins_are_certificates_and_for_what_is_fetched() {
    let base64 = OF_IDP.certificate().base64();
    let pem = format!("-----BEGIN CERTIFICATE-----\n{base64}\n-----END CERTIFICATE-----\n");
    let pinned = |pem: &str| {
        elsewhere(json!({
            "entity_id": "x:y",
            "metadata_url": "https://idp.example/x",
            "metadata_certificate": pem,
        }))
    };
    let key = "saml.metadata_certificate";
    assert_eq!(pinned(&pem), [""; 0]);
    assert_eq!(pinned("nothing"), [key]);
    assert_eq!(pinned(&pem.replace(&base64, "AAAA")), [key]);
    assert_eq!(
        pinned(&format!("{pem}{}", pem.replace(&base64, "AAAA"))),
        [key]
    );
    assert_eq!(with(json!({ "metadata_certificate": pem })), [key]);
}

#[test]
fn what_depends_on_something_else_is_told_with_it() {
    let transient = json!({ "name_id_format": name_id::TRANSIENT });
    assert_eq!(with(transient), ["attributes"]);
    assert_eq!(
        with(json!({ "name_id_format": "persistent" })),
        ["saml.name_id_format"]
    );
    assert_eq!(with(json!({ "scopes": ["@idp.example"] })), ["saml.scopes"]);
    assert_eq!(with(json!({ "scopes": [""] })), ["saml.scopes"]);
    assert_eq!(with(json!({ "contexts": ["a b"] })), ["saml.contexts"]);
    assert_eq!(with(json!({ "logout": "button" })), ["saml.logout_url"]);
    assert_eq!(with(json!({ "logout": "return_url" })), ["attributes"]);
    let mut levelled = registration("essais", &IDP.metadata(), json!({ "contexts": ["x:y"] }));
    merge(
        &mut levelled,
        json!({ "levels": { "x:z": "multi_factor" } }),
    );
    assert_eq!(wrong(levelled), ["levels"]);
    // All at once.
    let several = json!({ "logout": "button", "scopes": ["@x"], "own_entity_id": " x" });
    let keys = with(several);
    assert_eq!(
        keys,
        ["saml.own_entity_id", "saml.scopes", "saml.logout_url"]
    );
}
