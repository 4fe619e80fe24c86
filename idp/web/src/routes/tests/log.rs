//! Everything that this process logs, kept: what any test makes the hub log is held to the same rule.

use std::io::{Result, Write};
use std::sync::{Mutex, Once};

static KEPT: Mutex<Vec<u8>> = Mutex::new(Vec::new());

struct Kept;

impl Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> Result<usize> {
        KEPT.lock()
            .expect("nobody panics here")
            .extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> Result<()> {
        Ok(())
    }
}

/// Keeps what is logged from now on, down to the last detail. For the whole process: a subscriber of one
/// thread alone misses what another thread has met first.
pub(super) fn keep() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::TRACE)
            .with_ansi(false)
            .with_writer(|| Kept)
            .finish();
        tracing::subscriber::set_global_default(subscriber).expect("the only one");
    });
}

/// What has been kept.
pub(super) fn kept() -> String {
    let bytes = KEPT.lock().expect("nobody panics here").clone();
    String::from_utf8(bytes).expect("text")
}
