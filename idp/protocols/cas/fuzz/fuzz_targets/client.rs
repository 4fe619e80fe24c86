//! What somebody else's CAS server answers, and what anybody posts as its logout request.
#![no_main]

use clau_cas::client::{ValidationAnswer, read_answer, read_logout};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Ok(ValidationAnswer::Success(somebody)) = read_answer(bytes) {
        assert!(!somebody.user.is_empty());
        let _ = somebody.authenticated_at();
    }
    if let Ok(text) = std::str::from_utf8(bytes)
        && let Ok(request) = read_logout(text)
    {
        assert!(request.ticket.expose().starts_with("ST-"));
    }
});
