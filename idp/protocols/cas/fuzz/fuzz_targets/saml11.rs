//! The SOAP body of `/samlValidate`, and the XML reader beneath it.
#![no_main]

use clau_cas::request::SamlValidate;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|body: &[u8]| {
    let target = [("TARGET".to_owned(), "https://notes.example.fr/".to_owned())];
    let _ = SamlValidate::parse(&target, body);
    let _ = clau_cas::xml::read(body);
});
