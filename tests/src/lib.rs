//! The demo region (simulated upstreams, reference services, the generator of feeds), the support for
//! end-to-end tests, and benchmarks. Never part of the product.

pub mod feedgen;
pub mod services;
pub mod support;
pub mod upstreams;
