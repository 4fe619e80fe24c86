//! Queries and forms: nothing panics, and a name that comes twice has no value.
#![no_main]

use clau_web::http::fields::{Fields, MOST_FIELDS};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let Ok(fields) = Fields::parse(text) else { return };
    assert!(fields.pairs().len() <= MOST_FIELDS);
    for (name, value) in fields.pairs() {
        let times = fields.pairs().iter().filter(|(known, _)| known == name).count();
        match fields.one(name) {
            Ok(read) => assert_eq!((read, times), (Some(value.as_str()), 1)),
            Err(_) => assert!(times > 1),
        }
    }
});
