//! What people and browsers type and send: logins, passwords, names, languages, ways back, tokens.
#![no_main]

use clau_domain::language::Language;
use clau_domain::names::{LoginName, comparable, fold};
use clau_domain::password::{Password, Refused};
use clau_domain::person::BirthDate;
use clau_domain::secret::{ServiceTicketKind, SessionKind, Token};
use clau_domain::uai::Uai;
use clau_domain::url::LocalPath;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(login) = LoginName::typed(text) {
        // What is stored reads back as itself: two logins are never one, nor one two (ADM-13).
        assert_eq!(LoginName::typed(login.as_str()), Ok(login));
    }
    let (given, family) = text.split_at(text.floor_char_boundary(text.len() / 2));
    let made = LoginName::of_person(given, family, 7);
    assert_eq!(LoginName::typed(made.as_str()), Ok(made));
    let _ = Password::choose(text, 8, &[given, family], &Refused::default());
    let _ = comparable(&fold(text));
    let _ = Language::negotiate(text);
    let _ = BirthDate::from_french(text);
    let _ = text.parse::<BirthDate>();
    if let Ok(uai) = text.parse::<Uai>() {
        let _ = uai.check_letter_holds();
    }
    if let Ok(path) = LocalPath::parse(text) {
        assert!(path.as_str().starts_with('/') && !path.as_str().starts_with("//"));
    }
    let _ = Token::<SessionKind>::parse(text);
    let _ = Token::<ServiceTicketKind>::parse(text);
});
