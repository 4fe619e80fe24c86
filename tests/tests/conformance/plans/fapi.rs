//! The modules of the FAPI 2.0 Security Profile plan.

use super::Held::{self, AsInTheSuite, NotHere, Partly, Refused};

const SIGNED_REQUESTS: Held = NotHere("for signed requests: not in this combination");
const OTHER_REGION: Held = NotHere("for another country's profile");

/// The modules of the FAPI plan, without their common beginning; those for signed requests, which the
/// plan shares with Message Signing, at the end.
pub(super) const MODULES: &[(&str, Held)] = &[
    ("discovery-end-point-verification", AsInTheSuite),
    (
        "happy-flow",
        Partly("the suite also tries every TLS version and cipher"),
    ),
    ("user-rejects-authentication", AsInTheSuite),
    (
        "ensure-authorization-request-without-state-success",
        AsInTheSuite,
    ),
    (
        "ensure-authorization-request-without-nonce-success",
        AsInTheSuite,
    ),
    (
        "ensure-authorization-request-with-64-char-nonce-success",
        AsInTheSuite,
    ),
    ("ensure-other-scope-order-succeeds", AsInTheSuite),
    ("test-claims-parameter-identity-claims", AsInTheSuite),
    ("access-token-type-header-case-sensitivity", AsInTheSuite),
    ("check-dpop-proof-nbf-exp", AsInTheSuite),
    (
        "ensure-dpopproof-with-iat-10seconds-before-succeeds",
        AsInTheSuite,
    ),
    (
        "ensure-dpopproof-with-iat-10seconds-after-succeeds",
        AsInTheSuite,
    ),
    ("ensure-mismatched-dpop-jkt-fails", AsInTheSuite),
    (
        "ensure-token-endpoint-fails-with-mismatched-dpop-proof-jkt",
        AsInTheSuite,
    ),
    (
        "ensure-token-endpoint-fails-with-mismatched-dpop-jkt",
        AsInTheSuite,
    ),
    (
        "ensure-dpopproof-at-par-endpoint-binding-success",
        AsInTheSuite,
    ),
    ("ensure-dpop-auth-code-binding-success", AsInTheSuite),
    (
        "ensure-different-nonce-inside-and-outside-request-object",
        AsInTheSuite,
    ),
    (
        "ensure-different-state-inside-and-outside-request-object",
        AsInTheSuite,
    ),
    ("ensure-authorization-request-with-long-nonce", AsInTheSuite),
    ("ensure-authorization-request-with-long-state", AsInTheSuite),
    ("state-only-outside-request-object-not-used", AsInTheSuite),
    (
        "ensure-request-object-without-redirect-uri-fails",
        AsInTheSuite,
    ),
    (
        "plain-fapi-tolerate-unregistered-redirect-uri",
        AsInTheSuite,
    ),
    (
        "ensure-unsigned-authorization-request-without-using-par-fails",
        AsInTheSuite,
    ),
    ("ensure-redirect-uri-in-authorization-request", AsInTheSuite),
    ("ensure-response-type-code-idtoken-fails", AsInTheSuite),
    ("ensure-response-type-token-fails", AsInTheSuite),
    ("ensure-client-id-in-token-endpoint", AsInTheSuite),
    (
        "ensure-holder-of-key-required",
        Partly("the suite also tries every TLS version and cipher"),
    ),
    ("ensure-authorization-code-is-bound-to-client", AsInTheSuite),
    (
        "attempt-reuse-authorization-code-after-one-second",
        AsInTheSuite,
    ),
    (
        "ensure-token-endpoint-fails-with-expired-auth-code",
        AsInTheSuite,
    ),
    (
        "ensure-signed-client-assertion-with-RS256-fails",
        AsInTheSuite,
    ),
    ("ensure-client-assertion-in-token-endpoint", AsInTheSuite),
    (
        "ensure-client-assertion-with-exp-is-5-minutes-in-past-fails",
        AsInTheSuite,
    ),
    ("ensure-client-assertion-with-wrong-aud-fails", AsInTheSuite),
    ("ensure-client-assertion-with-no-sub-fails", AsInTheSuite),
    ("dpop-negative-tests", AsInTheSuite),
    (
        "refresh-token",
        Partly("the old token is presented at once, where the suite waits thirty seconds"),
    ),
    (
        "par-ensure-reused-request-uri-prior-to-auth-completion-succeeds",
        Refused("a reference is spent when it is opened (OIDC-16); the suite warns and takes it"),
    ),
    ("par-attempt-reuse-request_uri", AsInTheSuite),
    ("par-attempt-to-use-expired-request_uri", AsInTheSuite),
    (
        "par-ensure-jwt-client-assertions-nbf-8-seconds-in-the-future-is-accepted",
        AsInTheSuite,
    ),
    (
        "par-ensure-jwt-client-assertions-nbf-over-60-seconds-in-the-future-fails",
        AsInTheSuite,
    ),
    (
        "par-attempt-to-use-request_uri-for-different-client",
        AsInTheSuite,
    ),
    (
        "par-authorization-request-containing-request_uri-form-param",
        AsInTheSuite,
    ),
    ("par-attempt-invalid-http-method", AsInTheSuite),
    ("par-ensure-pkce-required", AsInTheSuite),
    ("ensure-pkce-code-verifier-required", AsInTheSuite),
    ("incorrect-pkce-code-verifier-rejected", AsInTheSuite),
    ("par-plain-pkce-rejected", AsInTheSuite),
    ("par-without-duplicate-parameters", AsInTheSuite),
    ("par-test-array-as-audience-fails", AsInTheSuite),
    ("par-test-par-endpoint-url-as-audience-fails", AsInTheSuite),
    (
        "par-test-token-endpoint-url-as-audience-fails",
        AsInTheSuite,
    ),
    (
        "ensure-registered-redirect-uri",
        NotHere("not for plain FAPI, which has `plain-fapi-tolerate-…` in its place"),
    ),
    ("ensure-server-handles-non-matching-intent-id", OTHER_REGION),
    ("test-essential-acr-sca-claim", OTHER_REGION),
    ("brazil-ensure-bad-payment-signature-fails", OTHER_REGION),
    (
        "australia-connectid-test-claims-parameter-idtoken-identity-claims",
        OTHER_REGION,
    ),
    (
        "australia-connectid-ensure-invalid-purpose-fails",
        OTHER_REGION,
    ),
    (
        "australia-connectid-ensure-request-object-with-exp-over-10-fails",
        OTHER_REGION,
    ),
    (
        "australia-connectid-ensure-request-object-with-nbf-over-15-fails",
        OTHER_REGION,
    ),
    (
        "ensure-request-object-with-multiple-aud-succeeds",
        SIGNED_REQUESTS,
    ),
    (
        "ensure-request-object-with-nbf-8-seconds-in-the-future-is-accepted",
        SIGNED_REQUESTS,
    ),
    ("ensure-request-object-without-exp-fails", SIGNED_REQUESTS),
    ("ensure-request-object-without-nbf-fails", SIGNED_REQUESTS),
    ("ensure-expired-request-object-fails", SIGNED_REQUESTS),
    ("ensure-request-object-with-bad-aud-fails", SIGNED_REQUESTS),
    (
        "ensure-request-object-with-exp-over-60-fails",
        SIGNED_REQUESTS,
    ),
    (
        "ensure-request-object-with-nbf-over-60-fails",
        SIGNED_REQUESTS,
    ),
    (
        "ensure-signed-request-object-with-RS256-fails",
        SIGNED_REQUESTS,
    ),
    (
        "ensure-request-object-signature-algorithm-is-not-none",
        SIGNED_REQUESTS,
    ),
    (
        "ensure-request-object-with-invalid-signature-fails",
        SIGNED_REQUESTS,
    ),
    (
        "ensure-matching-key-in-authorization-request",
        SIGNED_REQUESTS,
    ),
    (
        "ensure-unsigned-request-at-par-endpoint-fails",
        SIGNED_REQUESTS,
    ),
    (
        "par-authorization-request-containing-request_uri",
        SIGNED_REQUESTS,
    ),
];
