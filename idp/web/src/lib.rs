//! Routes, pages, forms, cookies, the portal and the protocol endpoints. Thin: a handler reads the
//! request, makes one call of [`clau_engine`] and matches its outcome to an answer. Never decides who
//! may do what, never reads the clock and never makes randomness.

pub mod assets;
pub mod icons;
pub mod pages;
pub mod texts;
