//! End-to-end tests: the hub as people and services meet it. Real processes, real clients, a real
//! browser, both kinds of stores. One binary, so that it is linked once.
//!
//! Owns no fixtures of its own beyond `scene.rs`; what it starts comes from `clau_tests::support`.
#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "an integration test is all test"
)]

mod accessibility;
mod activation;
mod asking;
mod browser_walk;
mod cas_mod_auth_cas;
mod cas_phpcas;
mod cas_python;
mod cas_rules;
mod demo_region;
mod factors_walk;
mod federation_browser;
mod federation_demo;
mod federation_faults;
mod federation_scene;
mod federation_walks;
mod oidc_authlib;
mod oidc_mod_auth_openidc;
mod oidc_openid_client;
mod oidc_walk;
mod operations;
mod races;
mod reference_oidc;
mod reference_region;
mod reference_saml;
mod reference_services;
mod restarts;
mod saml_mellon;
mod saml_node;
mod saml_pysaml2;
mod saml_python3;
#[cfg(feature = "samael")]
mod saml_samael;
mod saml_scene;
mod saml_shibboleth;
mod saml_simplesamlphp;
mod scene;
mod session_rules;
mod upstream_ldap;
mod web_rules;
