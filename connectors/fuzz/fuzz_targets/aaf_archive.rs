//! An archive, from its first byte: zip, gzip, tar, and the files in it. Nothing may panic, nothing
//! may pass a cap.
#![no_main]

use std::io::Write;

use clau_connectors::feed::aaf::{Limits, Set};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(mut file) = tempfile::NamedTempFile::new() else {
        return;
    };
    if file.write_all(bytes).is_err() {
        return;
    }
    let limits = Limits {
        expanded_bytes: 1 << 22,
        entries: 64,
        ..Limits::default()
    };
    if let Ok(set) = Set::open(file.path(), &limits) {
        assert!(set.bytes_total() <= limits.expanded_bytes);
        for item in set.entries() {
            if item.is_err() {
                break;
            }
        }
    }
});
