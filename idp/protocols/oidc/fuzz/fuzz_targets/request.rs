//! The parameters of every endpoint: lines of `name=value`. Only a registered address is ever answered
//! (OIDC-01, OIDC-02).
#![no_main]

use std::sync::LazyLock;

use clau_oidc::client::{Client, ClientMetadata};
use clau_oidc::parameters::Parameters;
use clau_oidc::request::{
    AuthorizationRequest, Came, Credentials, DeviceAuthorization, EndSession, Outer,
    PresentedToken, Refused, TokenRequest,
};
use clau_oidc::response::{Answer, AuthorizationResponse};
use libfuzzer_sys::fuzz_target;

static CLIENT: LazyLock<Client> = LazyLock::new(|| {
    let declared = r#"{"redirect_uris": ["https://a.example.fr/cb"], "grant_types":
        ["authorization_code", "refresh_token", "client_credentials"]}"#;
    let metadata = ClientMetadata::parse(declared.as_bytes()).expect("good");
    Client::new("client".to_owned(), metadata)
});

fuzz_target!(|text: &str| {
    let pairs: Vec<(String, String)> = text
        .lines()
        .filter_map(|line| line.split_once('='))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let Ok(parameters) = Parameters::new(&pairs) else {
        return;
    };
    let _ = Outer::read(parameters);
    let _ = Credentials::read(text.lines().next(), parameters);
    let _ = Credentials::read(None, parameters);
    let _ = TokenRequest::read(parameters, &CLIENT);
    let _ = DeviceAuthorization::read(parameters, &CLIENT);
    let _ = PresentedToken::read(parameters);
    let _ = EndSession::read(parameters);
    if let Err(Refused::Redirect(to, error)) =
        AuthorizationRequest::read(parameters, &CLIENT, Came::default())
    {
        assert_eq!(to.redirect_uri(), "https://a.example.fr/cb");
        let response = AuthorizationResponse {
            to: &to,
            issuer: "https://hub.example.fr",
            answer: Answer::Refused(&error),
        };
        let _ = response.deliver();
    }
});
