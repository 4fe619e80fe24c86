//! A record as it is written: texts by the names of attributes. Owns how many of them there may be
//! (XML-03). Never knows what an attribute means.

use std::ops::Range;

use clau_domain::feed::Reason;

/// Most attributes of a record; the formats known have about forty.
const ATTRIBUTES_LIMIT: usize = 512;
/// Most values of a record: a large school has hundreds of groups. Lists are searched for repetition,
/// so this bounds squares.
const VALUES_LIMIT: usize = 8_000;

/// A record as it is written. Meant to be used again: [`RawRecord::clear`] keeps what was allocated.
#[derive(Debug, Default)]
pub(super) struct RawRecord {
    /// Line on which it begins.
    pub(super) line: u64,
    /// Value of the operational attribute.
    pub(super) category: String,
    /// Text of the identifier.
    pub(super) id: String,
    text: String,
    attributes: Vec<(Range<usize>, Range<usize>)>,
    values: Vec<Range<usize>>,
    pub(super) seen: Seen,
}

/// Parts of a record that were met.
#[derive(Debug, Default)]
pub(super) struct Seen {
    pub(super) operational: bool,
    pub(super) category: bool,
    pub(super) identifier: bool,
    pub(super) id: bool,
    pub(super) attributes: bool,
}

impl RawRecord {
    /// Begins another record.
    pub(super) fn clear(&mut self, line: u64) {
        self.line = line;
        self.category.clear();
        self.id.clear();
        self.text.clear();
        self.attributes.clear();
        self.values.clear();
        self.seen = Seen::default();
    }

    /// Names of the attributes, as often as they are written.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.attributes.iter().map(|(name, _)| self.slice(name))
    }

    /// Values of an attribute, in order, empty ones too.
    pub(super) fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.attributes
            .iter()
            .filter(move |(written, _)| self.slice(written) == name)
            .flat_map(|(_, values)| self.values.get(values.clone()).unwrap_or_default())
            .map(|range| self.slice(range))
    }

    fn slice(&self, range: &Range<usize>) -> &str {
        self.text.get(range.clone()).unwrap_or_default()
    }

    /// Bytes of all texts.
    pub(super) const fn size(&self) -> u64 {
        (self.text.len() + self.id.len() + self.category.len()) as u64
    }

    pub(super) fn begin_attribute(&mut self, name: &str) -> Result<(), Reason> {
        if self.attributes.len() >= ATTRIBUTES_LIMIT {
            let limit = ATTRIBUTES_LIMIT as u64;
            return Err(Reason::TooLarge {
                what: "the number of attributes of a record",
                limit,
            });
        }
        let start = self.text.len();
        self.text.push_str(name);
        let values = self.values.len();
        self.attributes
            .push((start..self.text.len(), values..values));
        Ok(())
    }

    /// Begins a value of the last attribute.
    pub(super) fn begin_value(&mut self) -> Result<(), Reason> {
        if self.values.len() >= VALUES_LIMIT {
            let limit = VALUES_LIMIT as u64;
            return Err(Reason::TooLarge {
                what: "the number of values of a record",
                limit,
            });
        }
        let start = self.text.len();
        self.values.push(start..start);
        if let Some((_, values)) = self.attributes.last_mut() {
            values.end = self.values.len();
        }
        Ok(())
    }

    /// Appends to the last value.
    pub(super) fn push_value(&mut self, text: &str) {
        self.text.push_str(text);
        if let Some(value) = self.values.last_mut() {
            value.end = self.text.len();
        }
    }

    /// That nothing is missing that every record has.
    pub(super) fn whole(&self) -> Result<(), Reason> {
        let missing = if !self.seen.operational {
            "operationalAttributes"
        } else if !self.seen.identifier {
            "identifier"
        } else if !self.seen.attributes {
            "attributes"
        } else {
            return Ok(());
        };
        let place = format!("in the record that begins on line {}", self.line);
        Err(Reason::Missing {
            what: format!("`{missing}`"),
            place,
        })
    }
}
