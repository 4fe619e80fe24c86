//! Routes, pages, forms, cookies, the portal and the protocol endpoints. Thin: a handler reads the
//! request, makes one call of [`clau_engine`] and matches its outcome to an answer. Never decides who
//! may do what, never reads the clock and never makes randomness.
//!
//! | module | owns |
//! | --- | --- |
//! | [`routes`] | which address is answered by which handler |
//! | [`http`] | what lies between the network and the handlers |
//! | [`pages`] | one typed context for each template |
//! | [`texts`] | what pages say, in three languages |
//! | [`error`] | what went wrong, mapped once |

pub mod app;
pub mod artwork;
pub mod assets;
pub mod error;
pub mod http;
pub mod icons;
pub mod pages;
mod qr;
pub mod routes;
pub mod texts;

pub use app::Web;
pub use routes::router;
