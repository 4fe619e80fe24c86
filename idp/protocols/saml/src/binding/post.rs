//! The HTTP-POST binding (SAML Bindings §3.5): Base64, in a form that posts itself. The page around the form
//! is the web layer's.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{Binding, Received, Role, relay_state};
use crate::error::Problem;
use crate::xml::Limits;

impl Received {
    /// The message of a form.
    ///
    /// # Errors
    /// [`Problem::Binding`], [`Problem::TooLarge`].
    pub fn from_form(fields: &[(String, String)]) -> Result<Self, Problem> {
        let one = |name: &str| {
            let mut found = fields.iter().filter(|(known, _)| known == name);
            match (found.next(), found.next()) {
                (first, None) => Ok(first.map(|(_, value)| value.as_str())),
                _ => Err(Problem::Binding("a field comes twice")),
            }
        };
        let (role, message) = match (one("SAMLRequest")?, one("SAMLResponse")?) {
            (Some(message), None) => (Role::Request, message),
            (None, Some(message)) => (Role::Response, message),
            (Some(_), Some(_)) => return Err(Problem::Binding("a request and a response at once")),
            (None, None) => return Err(Problem::Binding("there is no message in the form")),
        };
        // Four characters for three bytes, and line breaks.
        if message.len() > Limits::PROTOCOL.bytes * 3 / 2 {
            return Err(Problem::TooLarge("bytes"));
        }
        let clean: String = message.split_ascii_whitespace().collect();
        Ok(Self {
            bytes: STANDARD
                .decode(clean)
                .map_err(|_| Problem::Binding("the message is not Base64"))?,
            detached: None,
            binding: Binding::Post,
            role,
            relay_state: relay_state(one("RelayState")?.map(str::to_owned))?,
        })
    }
}

/// A form that carries a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Form {
    /// The partner's address for this binding.
    pub action: String,
    /// Names and values.
    pub fields: Vec<(&'static str, String)>,
}

impl Form {
    /// A form for a message that is signed in itself.
    pub fn new(action: &str, role: Role, message: &str, relay_state: Option<&str>) -> Self {
        let mut fields = vec![(role.parameter(), STANDARD.encode(message))];
        if let Some(state) = relay_state {
            fields.push(("RelayState", state.to_owned()));
        }
        Self {
            action: action.to_owned(),
            fields,
        }
    }
}
