//! What clients and browsers ask, read into types. An error says whether it may be sent to the
//! redirect address or must be shown on a page (OIDC-02). Never decides who is asking.

mod authentication;
mod authorization;
mod claims;
mod other;
mod request_object;
mod token;

pub use authentication::Credentials;
pub use authorization::{
    AuthorizationRequest, Came, Outer, PUSHED_PREFIX, Prompt, Refused, ReturnTo,
};
pub use claims::{ClaimsRequest, Wish};
pub use other::{DeviceAuthorization, EndSession, PresentedToken, TokenHint};
pub use request_object::read as read_request_object;
pub use token::{Exchange, TokenRequest, TokenType};

#[cfg(test)]
mod tests;
