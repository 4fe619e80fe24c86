//! What lies between the network and the handlers: who asks and under which reference, which requests
//! are refused before anybody looks at them, cookies, forms, and the headers of every answer. Knows
//! nothing of logins, services or people.

pub mod address;
pub mod answer;
pub mod browser;
pub mod cookies;
pub mod entry;
pub mod fields;
pub mod headers;
pub mod posted;
pub mod target;

#[cfg(test)]
mod properties;
