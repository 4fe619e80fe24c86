//! One file of a feed, from its first byte: encodings, markup, records. Nothing may panic.
#![no_main]

use clau_connectors::feed::aaf::{Limits, Set};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let limits = Limits {
        record_bytes: 1 << 16,
        ..Limits::default()
    };
    if let Ok(set) = Set::of_file("ENT_Complet_20260901_Eleve_0000.xml", bytes, &limits) {
        for item in set.entries() {
            if item.is_err() {
                break;
            }
        }
    }
});
