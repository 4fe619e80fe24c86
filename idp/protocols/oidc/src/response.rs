//! What the hub answers, in the forms of the specifications. Every claim comes from the caller; nothing
//! here decides what may be said.

mod authorization;
mod discovery;
mod endpoints;
mod id_token;
mod logout;
mod tokens;

pub use authorization::{Answer, AuthorizationResponse, Delivery};
pub use discovery::{Endpoints, Offer, discovery};
pub use endpoints::{
    DeviceResponse, Introspection, PushedResponse, RegistrationResponse, TokenResponse,
    sign_introspection, sign_userinfo, userinfo,
};
pub use id_token::{Hint, IdToken, read_hint};
pub use logout::{after_logout, front_channel};
pub use tokens::{AccessToken, BACKCHANNEL_EVENT, LOGOUT_TOKEN_LIFE, LogoutToken, Seconds};

#[cfg(test)]
mod tests;
