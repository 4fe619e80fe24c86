//! A login by a library's reading of the protocol, which is nobody's here: discovery, code and ID token.

use openidconnect::core::{
    CoreAuthenticationFlow, CoreClient, CoreJwsSigningAlgorithm, CoreProviderMetadata,
};
use openidconnect::{
    AuthType, AuthenticationContextClass, AuthorizationCode, ClientId, ClientSecret, CsrfToken,
    IssuerUrl, Nonce, OAuth2TokenResponse as _, RedirectUrl, Scope, TokenResponse as _,
};

use super::party::{CLIENT, NONCE, Party, Proof, SECRET, parameter};
use crate::upstreams::oidc::franceconnect;

#[tokio::test]
async fn a_library_of_others_takes_a_login_for_what_it_is() {
    let party = Party::start(&franceconnect::MANNER, Proof::Secret).await;
    let http = crate::support::http::client();
    let call = |request: openidconnect::HttpRequest| {
        let http = http.clone();
        async move { sent(&http, request).await }
    };
    let issuer = IssuerUrl::new(party.issuer.clone()).unwrap();
    let metadata = CoreProviderMetadata::discover_async(issuer, &call)
        .await
        .unwrap();
    let client = CoreClient::from_provider_metadata(
        metadata,
        ClientId::new(CLIENT.to_owned()),
        Some(ClientSecret::new(SECRET.to_owned())),
    )
    .set_auth_type(AuthType::RequestBody)
    .set_redirect_uri(RedirectUrl::new(party.callback()).unwrap());
    let (address, state, nonce) = client
        .authorize_url(
            CoreAuthenticationFlow::AuthorizationCode,
            CsrfToken::new_random,
            || Nonce::new(NONCE.to_owned()),
        )
        .add_scope(Scope::new("identite_pivot".to_owned()))
        .add_auth_context_value(AuthenticationContextClass::new("eidas1".to_owned()))
        .url();
    let page = party.visitor.follow_within(address.as_str()).await;
    let back = party.choose(&page, "deux élèves").await;
    assert_eq!(parameter(&back, "state").as_ref(), Some(state.secret()));
    let code = AuthorizationCode::new(parameter(&back, "code").unwrap());
    let tokens = client
        .exchange_code(code)
        .unwrap()
        .request_async(&call)
        .await
        .unwrap();
    let verifier = client
        .id_token_verifier()
        .set_allowed_algs([CoreJwsSigningAlgorithm::EcdsaP256Sha256]);
    let id_token = tokens.id_token().unwrap();
    let claims = id_token.claims(&verifier, &nonce).unwrap();
    assert_eq!(claims.auth_context_ref().unwrap().as_str(), "eidas1");
    // The library takes user information signed by RSA alone.
    let who = party.who(tokens.access_token().secret()).await;
    let who = party.verified(&who.body).await;
    assert_eq!(who.members()["sub"], claims.subject().as_str());
    let region = crate::upstreams::people::Region::demo(1).unwrap();
    let parent = region.first(crate::feedgen::Role::Parent).unwrap();
    assert_eq!(who.members()["given_name"], parent.identity.given_name);
    assert_eq!(who.members()["birthdate"], "1981-09-30");
}

async fn sent(
    http: &reqwest::Client,
    request: openidconnect::HttpRequest,
) -> Result<openidconnect::HttpResponse, std::io::Error> {
    let answer = http
        .execute(request.try_into().map_err(std::io::Error::other)?)
        .await;
    let answer = answer.map_err(std::io::Error::other)?;
    let mut built = axum::http::Response::builder().status(answer.status());
    for (name, value) in answer.headers() {
        built = built.header(name, value);
    }
    let body = answer
        .bytes()
        .await
        .map_err(std::io::Error::other)?
        .to_vec();
    built.body(body).map_err(std::io::Error::other)
}
