//! OpenID Connect and OAuth 2.0, the provider's side: parameters in, typed requests out; decisions in,
//! answers and signed tokens out.
//!
//! Pure. No HTTP, no storage, no clock: who a client is, whether a code is good and what a person
//! allows is decided in the engine. OpenID Connect Core 1.0, RFC 6749, RFC 9700.
//!
//! | module | owns |
//! | --- | --- |
//! | [`jose`] | keys, signatures, claims |
//! | [`parameters`], [`error`], [`scope`] | what every endpoint shares |
//! | [`pkce`], [`dpop`], [`assertion`] | proofs that a request is its sender's |
//! | [`client`], [`fapi`] | a registration, and what it demands |
//! | [`request`] | every request, as a type |
//! | [`response`] | every answer and every token of ours |
//! | [`spelling`] | scopes and claims about a person |

pub mod assertion;
pub mod client;
pub mod dpop;
pub mod error;
pub mod fapi;
pub mod jose;
pub mod parameters;
pub mod pkce;
pub mod request;
pub mod response;
pub mod scope;
pub mod spelling;
