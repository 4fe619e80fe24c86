//! The whole router in one process: requests in, answers out, on an embedded store with a clock that
//! stands until it is moved. What happens between a browser and the network is proven end to end
//! elsewhere; here is every rule that the answers themselves must keep.

mod cas;
mod door;
mod log;
mod oidc;
mod pages;
mod saml;
mod scene;
mod sessions;
