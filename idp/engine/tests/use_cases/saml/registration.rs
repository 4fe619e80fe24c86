//! What `clau apply` says of a service that speaks SAML: each mistake with its place.

use clau_engine::apply::{ApplyError, SourceFile};

use super::{BUS, CANTINE, KEY, descriptor, scene};
use crate::scene::Scene;

/// The mistakes of a file, or its warnings if it has none.
async fn remarks(scene: &Scene, text: &str) -> Vec<String> {
    let file = SourceFile {
        name: "f".to_owned(),
        text: text.to_owned(),
        ..SourceFile::default()
    };
    let applied = scene.hub.apply(&scene.cx(), &[file], true).await;
    match applied {
        Err(ApplyError::Mistakes(mistakes)) => {
            let all = mistakes.iter().map(ToString::to_string);
            all.collect()
        }
        Err(ApplyError::Hub(error)) => panic!("the hub failed: {error}"),
        Ok(applied) => {
            let all = applied
                .warnings
                .iter()
                .map(|warning| format!("warning: {warning}"));
            all.collect()
        }
    }
}

fn one(settings: &str) -> String {
    format!(
        "[[service]]\nid = \"neuf\"\nname = \"Neuf\"\naccess = [{{}}]\n[service.saml]\n{settings}\n"
    )
}

#[tokio::test]
async fn saml_16_each_mistake_of_a_registration_is_told_with_its_place() {
    let scene = scene().await;
    let metadata = super::sp("neuf").metadata("");
    let inline = format!("metadata = '''{metadata}'''");
    let far = "metadata_url = \"https://neuf.example/metadata\"";
    let named = "entity_id = \"https://neuf.example/sp\"";
    let cases = [
        (String::new(), "saml", "exactly one of `metadata`"),
        (
            format!("{inline}\n{far}\n{named}"),
            "saml",
            "exactly one of",
        ),
        (
            "metadata_file = \"neuf.xml\"".to_owned(),
            "saml.metadata_file",
            "`neuf.xml` is not there",
        ),
        (far.to_owned(), "saml.entity_id", "is expected"),
        (
            "federation = \"renater\"".to_owned(),
            "saml.entity_id",
            "is expected",
        ),
        (
            format!("metadata_url = \"http://neuf.example/m\"\n{named}"),
            "saml.metadata_url",
            "an https address is expected",
        ),
        (
            format!("federation = \"renater\"\n{named}"),
            "saml.federation",
            "no `[[saml.federations]]` of the name `renater`",
        ),
        (
            format!("{far}\n{named}\nmetadata_certificate = \"nothing\""),
            "saml.metadata_certificate",
            "a certificate in PEM is expected",
        ),
        (
            format!("{inline}\nattributes = \"supan\""),
            "saml.attributes",
            "supann",
        ),
        (
            format!("{inline}\nname_id = \"email\""),
            "saml.name_id",
            "which `release` does not list",
        ),
        (
            format!("{inline}\nencrypt = \"required\""),
            "saml.encrypt",
            "has no key to encrypt for",
        ),
        (
            format!("{inline}\nentity_id = \"https://other.example/\""),
            "saml.entity_id",
            "its metadata calls it `https://neuf.example/sp`",
        ),
        (
            "metadata = '<a/>'".to_owned(),
            "saml.metadata",
            "not the metadata of one entity",
        ),
        (
            "metadata = '<a'".to_owned(),
            "saml.metadata",
            "not acceptable XML",
        ),
        (
            "metadata = '<!DOCTYPE a><a/>'".to_owned(),
            "saml.metadata",
            "not acceptable XML",
        ),
    ];
    for (settings, place, what) in cases {
        let told = remarks(&scene, &one(&settings)).await;
        let place = format!("{place}: ");
        let found = told.iter().any(|told| {
            !told.starts_with("warning")
                && told.contains("neuf")
                && told.contains(&place)
                && told.contains(what)
        });
        assert!(found, "{settings}: {told:?}");
    }
    // With none of them: what its metadata has that cannot be used, and no word about the pseudonym that it
    // gets like every service.
    let good = remarks(&scene, &one(&inline)).await;
    assert!(
        matches!(good.as_slice(), [only] if only.contains("saml.metadata: ")),
        "{good:?}"
    );
}

#[tokio::test]
async fn saml_16_two_services_cannot_have_one_name() {
    let scene = scene().await;
    let text = CANTINE
        .file("access = [{}]", "")
        .replace("id = \"cantine\"", "id = \"autre\"");
    let told = remarks(&scene, &text).await;
    let expected = "the service `cantine` is `https://cantine.example/sp` already";
    assert!(told.iter().any(|told| told.contains(expected)), "{told:?}");
    // Nor where one of them only names it.
    let text = one(
        "metadata_url = \"https://neuf.example/m\"\nentity_id = \"https://cantine.example/sp\"",
    );
    let told = remarks(&scene, &text).await;
    assert!(told.iter().any(|told| told.contains(expected)), "{told:?}");
}

#[tokio::test]
async fn saml_07_what_of_metadata_is_passed_over_is_told() {
    let scene = scene().await;
    // It has an address that is not https.
    let told = remarks(&scene, &CANTINE.file("access = [{}]", "")).await;
    assert!(
        told.iter()
            .any(|told| told.contains("saml.metadata") && told.contains("https")),
        "{told:?}"
    );
    // Without any other it is no service.
    let plain = CANTINE
        .metadata("")
        .replace("https://cantine.example/", "http://cantine.example/");
    let told = remarks(&scene, &CANTINE.file_with("access = [{}]", "", &plain)).await;
    assert!(
        told.iter()
            .any(|told| told.contains("it has no https address that takes answers")),
        "{told:?}"
    );
    let script = CANTINE
        .metadata("")
        .replace("https://cantine.example/acs", "javascript:alert(1)");
    let told = remarks(&scene, &CANTINE.file_with("access = [{}]", "", &script)).await;
    assert!(
        told.iter().any(|told| told.starts_with("warning")),
        "{told:?}"
    );
    let over = CANTINE.metadata(" validUntil=\"2026-01-01T00:00:00Z\"");
    let told = remarks(&scene, &CANTINE.file_with("access = [{}]", "", &over)).await;
    assert!(
        told.iter()
            .any(|told| told.contains("expired") || told.contains("its date is over")),
        "{told:?}"
    );
}

#[tokio::test]
async fn sig_06_a_service_without_a_key_is_not_registered_for_signatures() {
    let scene = scene().await;
    let keyless = CANTINE
        .metadata("")
        .replace(&descriptor("signing", &KEY), "");
    let told = remarks(
        &scene,
        &CANTINE.file_with("access = [{}]", "signed_requests = true", &keyless),
    )
    .await;
    assert!(
        told.iter()
            .any(|told| told.contains("saml.signed_requests") && told.contains("no key")),
        "{told:?}"
    );
    let announced = keyless.replace(
        "protocolSupportEnumeration",
        "AuthnRequestsSigned=\"true\" protocolSupportEnumeration",
    );
    let told = remarks(&scene, &CANTINE.file_with("access = [{}]", "", &announced)).await;
    assert!(
        told.iter().any(|told| told.contains("no usable key")),
        "{told:?}"
    );
}

#[tokio::test]
async fn sig_06_a_service_that_has_lost_its_keys_is_refused_at_run_time() {
    let scene = scene().await;
    // Registered without: it may ask, and whatever it signs is refused.
    let keyless = CANTINE
        .metadata("")
        .replace(&descriptor("signing", &KEY), "");
    scene
        .apply(&CANTINE.file_with("access = [{}]", "", &keyless))
        .await;
    let nobody = crate::scene::Browser::default();
    let request = CANTINE.request(&scene);
    let signed = super::ask_signed(&scene, &nobody, &request, Some(&KEY)).await;
    assert_eq!(
        super::why(signed),
        "the sender has no usable key in its metadata"
    );
    let logout = super::logout::wish(&scene, &CANTINE, None);
    let xml = logout.write(None, None).expect("a request");
    let received = super::by_redirect(super::SLO, &xml, Some(&KEY));
    let outcome = scene.hub.saml_slo(&scene.cx(), None, &received).await;
    assert_eq!(
        super::why(outcome),
        "the sender has no usable key in its metadata"
    );
}

#[tokio::test]
async fn log_05_what_a_spelling_cannot_say_is_told() {
    let scene = scene().await;
    let more = "access = [{}]\nrelease = { attributes = [\"birth_date\", \"given_name\"], approval = \"test\" }";
    let told = remarks(&scene, &BUS.file(more, "attributes = \"none\"")).await;
    assert!(
        told.iter()
            .any(|told| told.contains("saml.attributes") && told.contains("given_name")),
        "{told:?}"
    );
    let told = remarks(&scene, &BUS.file("access = [{}]", "attributes = \"gar\"")).await;
    assert!(
        told.iter().any(|told| told.contains("gar_ent_id")),
        "{told:?}"
    );
}
