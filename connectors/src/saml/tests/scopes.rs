//! Attributes: by their names, within scopes, and what makes a subject of them.

use super::*;

const EPPN: &str = "urn:oid:1.3.6.1.4.1.5923.1.1.1.6";
const HOME: &str = "urn:oid:1.3.6.1.4.1.25178.1.2.9";
const UID: &str = "urn:oid:0.9.2342.19200300.100.1.1";

/// With `attributes` mapped, and `more` about SAML.
fn mapped(attributes: Json, more: Json) -> Scene {
    let mut registration = registration("essais", &IDP.metadata(), more);
    merge(&mut registration, json!({ "attributes": attributes }));
    Scene::of(registration)
}

fn saying(attributes: Vec<Attribute>) -> impl FnOnce(&mut Response) {
    move |it| assertion(it).attributes = attributes
}

fn subject_of(scene: &Scene, values: &[&str]) -> Result<String, Fault> {
    let arrived = scene.login(saying(vec![text(EPPN, None, values)]))?;
    Ok(arrived.identity.subject)
}

#[test]
fn saml_12_a_source_speaks_within_its_scopes() {
    // Those of its metadata.
    let scene = mapped(json!({ "subject": [EPPN] }), json!({}));
    assert_eq!(
        subject_of(&scene, &["lea@idp.example"]).as_deref(),
        Ok("lea@idp.example")
    );
    assert_eq!(
        subject_of(&scene, &["lea@IDP.example"]).as_deref(),
        Ok("lea@IDP.example")
    );
    for foreign in [
        "lea@other.example",
        "lea@sub.idp.example",
        "lea@idp.example.evil",
        "lea@other.example@idp.example",
        "lea@idp.example@other.example",
        "@idp.example",
        "lea@",
        "lea",
    ] {
        untrusted(subject_of(&scene, &[foreign]), "within its scopes");
    }
    // Of several, those that are within.
    let both = subject_of(&scene, &["lea@other.example", "lea@idp.example"]);
    assert_eq!(both.as_deref(), Ok("lea@idp.example"));
    // What the registration says stands in its place.
    let narrowed = mapped(
        json!({ "subject": [EPPN] }),
        json!({ "scopes": ["ac-essais.fr", "essais.fr"] }),
    );
    untrusted(
        subject_of(&narrowed, &["lea@idp.example"]),
        "within its scopes",
    );
    assert!(subject_of(&narrowed, &["lea@essais.fr"]).is_ok());
    // Neither says any.
    let metadata = IDP.metadata().replace("shibmd:Scope", "shibmd:Nothing");
    let mut unscoped = registration("essais", &metadata, json!({}));
    merge(
        &mut unscoped,
        json!({ "attributes": { "subject": [EPPN] } }),
    );
    let unscoped = Scene::of(unscoped);
    untrusted(
        subject_of(&unscoped, &["lea@idp.example"]),
        "within its scopes",
    );
}

#[test]
fn saml_12_what_is_not_read_harms_nobody_and_a_scope_is_one() {
    let scene = mapped(json!({ "login": [UID] }), json!({}));
    let arrived = scene.login(saying(vec![text(EPPN, None, &["lea@other.example"])]));
    assert!(arrived.is_ok());
    let scene = mapped(json!({ "siret": [HOME] }), json!({}));
    let at = |home: &str| scene.login(saying(vec![text(HOME, None, &[home])]));
    assert!(at("idp.example").is_ok());
    untrusted(at("other.example"), "within its scopes");
}

#[test]
fn saml_12_academic_mail_lies_within_the_scopes_of_the_registration() {
    let said = |scene: &Scene, mail: &str| {
        scene
            .login(saying(vec![text("ctemail", None, &[mail])]))
            .map(drop)
    };
    let attributes = json!({ "academic_mail": ["ctemail"] });
    let open = mapped(attributes.clone(), json!({}));
    assert_eq!(said(&open, "lea@ac-autre.fr"), Ok(()));
    let bound = mapped(attributes, json!({ "scopes": ["ac-toulouse.fr"] }));
    assert_eq!(said(&bound, "lea@ac-toulouse.fr"), Ok(()));
    untrusted(said(&bound, "lea@ac-autre.fr"), "within its scopes");
}

#[test]
fn fed_10_attributes_are_known_by_their_names_and_by_nothing_else() {
    let scene = mapped(json!({ "subject": ["uid"] }), json!({}));
    // The friendly name is what the source likes to call it.
    let arrived = scene.login(saying(vec![text(UID, Some("uid"), &["director"])]));
    assert_eq!(arrived.expect("a login").identity.subject, "l'élève & co");
    let arrived = scene.login(saying(vec![
        text("uid", Some("mail"), &["lea"]),
        text("UID", None, &["director"]),
    ]));
    assert_eq!(arrived.expect("a login").identity.subject, "lea");
}

#[test]
fn fed_01_what_may_be_somebody_elses_tomorrow_is_no_subject() {
    let plain = Scene::plain();
    let named = |scene: &Scene, format: &'static str, qualifier: Option<String>| {
        scene.login(move |it| {
            let name = &mut assertion(it).name_id;
            format.clone_into(&mut name.format);
            name.name_qualifier = qualifier;
        })
    };
    for format in [name_id::TRANSIENT, name_id::EMAIL, name_id::UNSPECIFIED] {
        untrusted(named(&plain, format, None), "nothing tells who it is");
    }
    assert!(named(&plain, name_id::PERSISTENT, None).is_ok());
    assert!(named(&plain, name_id::PERSISTENT, Some(IDP.entity_id())).is_ok());
    // A name that somebody else has given.
    let foreign = named(&plain, name_id::PERSISTENT, Some(OTHER.entity_id()));
    untrusted(foreign, "nothing tells who it is");
    // With an attribute for it, how the session is called does not matter.
    let scene = mapped(
        json!({ "subject": [UID] }),
        json!({ "name_id_format": name_id::TRANSIENT }),
    );
    let arrived = scene.login(|it| {
        let said = assertion(it);
        name_id::TRANSIENT.clone_into(&mut said.name_id.format);
        said.attributes = vec![text(UID, None, &["lea"])];
    });
    assert_eq!(arrived.expect("a login").identity.subject, "lea");
}

#[test]
fn values_of_one_name_are_one_attribute() {
    let scene = mapped(json!({ "subject": [EPPN] }), json!({}));
    let arrived = scene.login(saying(vec![
        text(EPPN, None, &["lea@other.example"]),
        text(EPPN, None, &["lea@idp.example"]),
    ]));
    assert_eq!(
        arrived.expect("a login").identity.subject,
        "lea@idp.example"
    );
}
