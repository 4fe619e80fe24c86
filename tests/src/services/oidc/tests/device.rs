//! A screen without a keyboard: what it shows, how patiently it asks, how it ends.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::json;

use super::provider::{Client, FakeHub, Fault, lock};
use crate::services::oidc::credentials::Credentials;
use crate::services::oidc::device::Outcome;
use crate::services::oidc::error::OidcError;
use crate::services::oidc::relying_party::RelyingParty;

struct Screen {
    hub: Arc<FakeHub>,
    party: RelyingParty,
}

impl Screen {
    async fn new(said: &[&'static str]) -> Self {
        let hub = FakeHub::start().await;
        hub.register("screen", Client::Secret("secret"));
        *lock(&hub.person) = json!({ "sub": "p1", "name": "Léa Martin", "given_name": "Léa" });
        *lock(&hub.device) = said.iter().copied().collect();
        let arguments = hub.arguments("screen");
        let secret = Credentials::Secret("secret".to_owned());
        let party = RelyingParty::new("screen", &[], false, &secret, &arguments).unwrap();
        Self { hub, party }
    }

    /// How it ends, and the seconds it waits before each question.
    async fn ends(&self) -> (Result<Outcome, OidcError>, Vec<u64>) {
        let codes = self.party.device_codes(&["profile"]).await.unwrap();
        assert_eq!(codes.user_code(), "WDJB-MJHT");
        assert!(
            codes
                .address_with_code()
                .ends_with("/device?user_code=WDJB-MJHT")
        );
        let waited = Mutex::new(Vec::new());
        let outcome = self
            .party
            .device_outcome(&codes, |pause: Duration| {
                lock(&waited).push(pause.as_secs());
                std::future::ready(())
            })
            .await;
        (outcome, waited.into_inner().unwrap())
    }
}

#[tokio::test]
async fn a_screen_waits_for_a_person_and_asks_more_slowly_when_told() {
    let screen = Screen::new(&[
        "authorization_pending",
        "slow_down",
        "authorization_pending",
        "person",
    ])
    .await;
    let (outcome, waited) = screen.ends().await;
    let Ok(Outcome::Person(person)) = outcome else {
        panic!("nobody came: {outcome:?}");
    };
    assert_eq!(person.given_name.as_deref(), Some("Léa"));
    assert_eq!(
        waited,
        [1, 1, 6, 6],
        "the interval, and five seconds more after `slow_down`"
    );
    assert_eq!(
        screen.hub.asked("/oidc/device")[0]["scope"],
        "openid profile"
    );
    assert_eq!(
        screen.hub.asked("/oidc/revoke").len(),
        1,
        "the tokens have served"
    );
}

#[tokio::test]
async fn a_screen_says_no_and_too_late() {
    let screen = Screen::new(&["authorization_pending", "access_denied"]).await;
    assert_eq!(screen.ends().await.0.unwrap(), Outcome::Denied);
    let screen = Screen::new(&["expired_token"]).await;
    assert_eq!(screen.ends().await.0.unwrap(), Outcome::Expired);
    let screen = Screen::new(&["invalid_client"]).await;
    assert!(matches!(screen.ends().await.0, Err(OidcError::Hub(_))));
    let screen = Screen::new(&["person"]).await;
    lock(&screen.hub.faults).insert(Fault::Signature);
    assert!(matches!(screen.ends().await.0, Err(OidcError::Refused(_))));
}
