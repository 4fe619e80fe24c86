//! The manner of a provider: what is known of a kind of it, as data. The gate does what it says and knows
//! none of them by name.

use std::io;

use serde_json::{Map, Value};

use crate::upstreams::page::{Choice, Sign};
use crate::upstreams::people::Region;

/// What is known of a kind of provider.
pub struct Manner {
    /// Its name in cookies and, unless another is told, the hub's connector.
    pub id: &'static str,
    /// Its name on pages.
    pub sign: Sign,
    /// Which parameters a request for a login may and must have.
    pub parameters: Parameters,
    /// Codes of its error pages.
    pub codes: Codes,
    /// Levels that may be asked for, and what there is.
    pub levels: Levels,
    /// Words of `prompt`.
    pub prompts: &'static [&'static str],
    /// A session answers without a question.
    pub silent: bool,
    /// What each scope releases.
    pub scopes: &'static [(&'static str, &'static [&'static str])],
    /// By what a person is called at one client.
    pub subject: fn(&Citizen, &str) -> String,
    /// How long things are good, in seconds.
    pub lifetimes: Lifetimes,
    /// Tokens are encrypted for the client.
    pub encrypted: bool,
    /// Who can be chosen.
    pub people: fn(&Region) -> io::Result<Vec<Citizen>>,
}

/// Parameters of a request for a login. One that is not named is refused.
pub struct Parameters {
    /// Without which there is no request.
    pub required: &'static [&'static str],
    /// Which may stand beside them.
    pub optional: &'static [&'static str],
    /// Shortest `nonce`, in characters.
    pub shortest_nonce: usize,
}

impl Parameters {
    /// Whether a parameter is known.
    #[must_use]
    pub fn knows(&self, name: &str) -> bool {
        self.required.contains(&name) || self.optional.contains(&name)
    }
}

/// Codes of error pages.
pub struct Codes {
    /// A parameter is missing, wrong or unknown.
    pub parameter: &'static str,
    /// There is no such client.
    pub client: &'static str,
    /// The client has no such address.
    pub redirect: &'static str,
    /// The address after a logout is not the client's.
    pub logout: &'static str,
}

/// Levels of `acr_values`.
pub struct Levels {
    /// All that are known.
    pub known: &'static [&'static str],
    /// Those that there are here.
    pub here: &'static [&'static str],
    /// What there is where none was asked for that is known.
    pub default: &'static str,
    /// A known level that there is not here is an error, and not passed over.
    pub strict: bool,
}

/// How long things are good, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lifetimes {
    /// A code.
    pub code: i64,
    /// An access token.
    pub access_token: i64,
    /// An ID token.
    pub id_token: i64,
    /// A session.
    pub session: i64,
}

/// Somebody whom a provider can say to be there.
#[derive(Debug, Clone, PartialEq)]
pub struct Citizen {
    /// What never changes of them there.
    pub id: String,
    /// Who it is.
    pub name: String,
    /// What this person shows, in a few words.
    pub about: String,
    /// The identity provider behind, and how they prove themselves there.
    pub provider: &'static str,
    /// `amr`.
    pub methods: &'static [&'static str],
    /// What is said of them.
    pub claims: Map<String, Value>,
}

impl Citizen {
    /// As pages show them.
    #[must_use]
    pub fn choice(&self) -> Choice {
        Choice {
            id: self.id.clone(),
            name: self.name.clone(),
            about: self.about.clone(),
        }
    }

    /// What the words of a scope release of them.
    #[must_use]
    pub fn released(&self, manner: &Manner, scope: &[String]) -> Map<String, Value> {
        let asked = manner
            .scopes
            .iter()
            .filter(|(word, _)| scope.iter().any(|asked| asked == word));
        let names = asked.flat_map(|(_, claims)| claims.iter().copied());
        names
            .filter_map(|name| Some((name.to_owned(), self.claims.get(name)?.clone())))
            .collect()
    }
}

/// Members of an object that are given, without those that are null.
#[must_use]
pub fn claims<const N: usize>(members: [(&str, Value); N]) -> Map<String, Value> {
    let given = members.into_iter().filter(|(_, value)| !value.is_null());
    given
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}
