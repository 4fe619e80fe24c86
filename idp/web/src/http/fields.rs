//! The parameters of a query or a form, as they came: in order, repeated ones visible. A name that
//! comes twice has no value here, because two programs would read two different ones.

use crate::pages::problem::Problem;

/// Most fields of one query or form (AVL-02).
pub const MOST_FIELDS: usize = 64;

/// Names and values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fields(Vec<(String, String)>);

impl Fields {
    /// Reads `application/x-www-form-urlencoded`.
    ///
    /// # Errors
    /// [`Problem::BadRequest`] for too many fields, text that is not UTF-8 and control characters
    /// other than line breaks and tabs.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        if text.bytes().filter(|byte| *byte == b'&').count() >= MOST_FIELDS {
            return Err(Problem::BadRequest);
        }
        let fields: Vec<(String, String)> =
            serde_urlencoded::from_str(text).map_err(|_| Problem::BadRequest)?;
        let hostile = |c: char| (c.is_control() && !"\r\n\t".contains(c)) || c == '\u{fffd}';
        let bad = fields
            .iter()
            .any(|(name, value)| name.contains(hostile) || value.contains(hostile));
        if bad {
            Err(Problem::BadRequest)
        } else {
            Ok(Self(fields))
        }
    }

    /// Fields that were read already.
    pub(crate) fn from_pairs(pairs: Vec<(String, String)>) -> Self {
        Self(pairs)
    }

    /// All of them, in order.
    pub fn pairs(&self) -> &[(String, String)] {
        &self.0
    }

    /// The value of a field; `None` when it is not there.
    ///
    /// # Errors
    /// [`Problem::BadRequest`] when it is there twice.
    pub fn one(&self, name: &str) -> Result<Option<&str>, Problem> {
        let mut values = self.0.iter().filter(|(key, _)| key == name);
        let first = values.next().map(|(_, value)| value.as_str());
        if values.next().is_some() {
            Err(Problem::BadRequest)
        } else {
            Ok(first)
        }
    }

    /// The value of a field; empty when it is not there.
    ///
    /// # Errors
    /// [`Problem::BadRequest`] when it is there twice.
    pub fn text(&self, name: &str) -> Result<&str, Problem> {
        Ok(self.one(name)?.unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_read_once_or_not_at_all() {
        let fields = Fields::parse("a=1&b=%C3%A9+x&a=2").expect("well formed");
        assert_eq!(fields.one("b"), Ok(Some("é x")));
        assert_eq!(fields.one("c"), Ok(None));
        assert_eq!(fields.one("a"), Err(Problem::BadRequest));
        assert_eq!(fields.pairs().len(), 3);
    }

    #[test]
    fn avl_02_fields_are_counted_and_their_characters_looked_at() {
        assert!(Fields::parse(&vec!["a=b"; MOST_FIELDS].join("&")).is_ok());
        for bad in [
            vec!["a=b"; MOST_FIELDS + 1].join("&"),
            "a=%00".to_owned(),
            "a=%ff".to_owned(),
        ] {
            assert_eq!(Fields::parse(&bad), Err(Problem::BadRequest), "{bad}");
        }
        assert!(Fields::parse("text=one%0D%0Atwo%09").is_ok());
    }
}
