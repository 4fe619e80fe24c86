//! Use cases of the hub on an embedded store with a clock that the test moves: each rule that they
//! must keep, in a test named after it.

#[cfg(test)]
mod accounts;
#[cfg(test)]
mod attacks;
#[cfg(test)]
mod cas;
#[cfg(test)]
mod factors;
#[cfg(test)]
mod federation;
#[cfg(test)]
mod identifiers;
#[cfg(test)]
mod login;
#[cfg(test)]
mod oidc;
#[cfg(test)]
mod passwords;
#[cfg(test)]
mod saml;
#[cfg(test)]
mod scene;
#[cfg(test)]
mod sessions;
