//! Tests of the driver against a provider that is strict, and against one that lies. Those that prove a rule of
//! security.md are named after it.

mod attacks;
mod checks;
mod departures;
mod documents;
mod logins;
mod logouts;
mod provider;
mod scene;
