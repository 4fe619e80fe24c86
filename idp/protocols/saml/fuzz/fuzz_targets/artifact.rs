//! An artifact, as a browser brings it: what is read of it is all there is in it (SAML-15).
#![no_main]

use clau_saml::binding::Artifact;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let Some(artifact) = Artifact::parse(text) else {
        return;
    };
    assert_eq!(artifact.text(), text.trim());
    assert_eq!(artifact.handle().len(), 40);
    assert!(!artifact.is_of("https://ent.example/saml/metadata"));
    // Whoever has the handle has the message: it is not shown by accident.
    assert!(!format!("{artifact:?}").contains(&artifact.handle()));
});
