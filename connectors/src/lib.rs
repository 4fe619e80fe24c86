//! Connectors: the upstreams of the hub. A connector is another system in which people prove who
//! they are, or a feed that tells who exists.
//!
//! | module | owns |
//! | --- | --- |
//! | [`contract`] | what a driver is, and what it is given: all that the engine knows of connectors |
//! | [`profile`] | what is known of systems of a kind: names of attributes, levels, logout, matching, button |
//! | [`feed`] | the readers of feeds |
//!
//! Never has a route, never stores anything, never decides who gets in: a connector hands over typed words of
//! `clau-domain` and the engine decides.

pub mod contract;
pub mod feed;
pub mod profile;
