//! The parameters of every endpoint as they came. One that comes twice is refused, whatever its
//! values; an empty one counts as absent (RFC 6749 §3.1, OIDC-03). Whether a parameter came by query
//! or by body is the web layer's to keep apart.

use crate::error::OauthError;

/// Most parameters of a request.
pub const MOST: usize = 64;
/// Longest value, in bytes: that of a request object or of a token.
pub const LONGEST_VALUE: usize = crate::jose::LONGEST;
/// Parameters that may be repeated (RFC 8707 §2, RFC 8693 §2.1).
const REPEATABLE: [&str; 2] = ["resource", "audience"];

/// Name and value of each parameter, each name once. There is no `Debug`: values are secrets.
#[derive(Clone, Copy)]
pub struct Parameters<'a>(&'a [(String, String)]);

impl<'a> Parameters<'a> {
    /// Takes decoded parameters.
    ///
    /// # Errors
    /// `invalid_request` when there are too many, or one is too long or repeated.
    pub fn new(parameters: &'a [(String, String)]) -> Result<Self, OauthError> {
        if parameters.len() > MOST {
            return Err(OauthError::invalid_request("too many parameters"));
        }
        for (index, (name, value)) in parameters.iter().enumerate() {
            if name.len() > 128 || value.len() > LONGEST_VALUE {
                return Err(OauthError::invalid_request("a parameter is too long"));
            }
            if value.contains('\0') {
                return Err(OauthError::invalid_request(
                    "a parameter contains a null character",
                ));
            }
            let mut before = parameters.iter().take(index);
            if !REPEATABLE.contains(&name.as_str()) && before.any(|(known, _)| known == name) {
                return Err(OauthError::invalid_request(
                    "a parameter is given more than once",
                ));
            }
        }
        Ok(Self(parameters))
    }

    /// The value of a parameter.
    pub fn optional(self, name: &str) -> Option<&'a str> {
        self.all(name).next()
    }

    /// The value of a parameter that must be there.
    ///
    /// # Errors
    /// `invalid_request`.
    pub fn required(self, name: &'static str) -> Result<&'a str, OauthError> {
        self.optional(name)
            .ok_or_else(|| OauthError::invalid_request(format!("`{name}` is missing")))
    }

    /// Every value of a parameter that may be repeated.
    pub fn all(self, name: &str) -> impl Iterator<Item = &'a str> {
        self.0
            .iter()
            .filter(move |(known, value)| known == name && !value.is_empty())
            .map(|(_, value)| value.as_str())
    }

    /// The words of a parameter that is a list with spaces.
    pub fn words(self, name: &str) -> Vec<String> {
        self.optional(name)
            .unwrap_or_default()
            .split(' ')
            .filter(|word| !word.is_empty())
            .take(MOST)
            .map(str::to_owned)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    }

    #[test]
    fn oidc_03_repeated_or_oversized_parameters_are_refused() {
        for bad in [
            list(&[("state", "a"), ("x", ""), ("state", "a")]),
            list(&[("state", ""), ("state", "a")]),
            list(&[("unknown", "1"), ("unknown", "2")]),
            list(&[("x", &"v".repeat(LONGEST_VALUE + 1))]),
            list(&[(&"n".repeat(129), "v")]),
            list(&[("x", "a\0b")]),
            (0..65).map(|n| (n.to_string(), String::new())).collect(),
        ] {
            assert!(Parameters::new(&bad).is_err());
        }
        let good = list(&[("resource", "a"), ("resource", "b"), ("empty", "")]);
        let good = Parameters::new(&good).expect("good");
        assert_eq!(good.all("resource").collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(good.optional("empty"), None);
        assert!(good.required("empty").is_err());
    }
}
