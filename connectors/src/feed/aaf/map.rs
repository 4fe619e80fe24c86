//! From a raw record to a typed one. Owns identity (IMP-06: one key, said twice alike) and the
//! reading of single attributes with their warnings; the attributes of each kind are in [`people`]
//! and [`schools`]. Attributes that nobody asks for are ignored, whatever they are called (IMP-07).

use clau_domain::feed::{
    FeedKey, InStructure, Item, Place, Reason, Record, RecordKind, Refusal, SetFile, Unusable,
    Warning, WarningKind,
};

use super::raw::RawRecord;
use super::value;

mod people;
mod schools;

/// Longest code, in characters.
const CODE: usize = 32;
/// Longest name of a person, class or group.
const NAME: usize = 100;
/// Longest label, line of an address, mail address.
const TEXT: usize = 250;
/// Longest piece of a value that a warning shows.
const SHOWN: usize = 80;

/// The item that a raw record is.
pub(super) fn item(raw: &RawRecord, file: &SetFile) -> Result<Item, Refusal> {
    let at = Place {
        file: file.name.clone(),
        line: raw.line,
    };
    let refuse = |reason| {
        let (file, line) = (at.file.clone(), Some(at.line));
        Refusal {
            file,
            line,
            column: None,
            reason,
        }
    };
    let category = raw.category.trim_ascii();
    let Some(kind) = kind(category) else {
        let found = value::clean(category, 60).text;
        return Err(refuse(Reason::UnknownType { found }));
    };
    if kind != file.kind {
        return Err(refuse(Reason::MisplacedType {
            expected: file.kind,
            found: kind,
        }));
    }
    let key = match identity(raw, kind) {
        Ok(key) => key,
        Err(reason) => {
            let key = value::clean(&raw.id, FeedKey::LONGEST).text;
            return Ok(Item::Unusable {
                at,
                kind,
                key,
                reason,
            });
        }
    };
    let mut reading = Reading {
        raw,
        at: &at,
        key: &key,
        warnings: Vec::new(),
    };
    reading.repeated();
    let record = match kind {
        RecordKind::Structure => Record::Structure(Box::new(schools::structure(&mut reading))),
        RecordKind::Subject => Record::Subject(schools::subject(&mut reading)),
        RecordKind::Mef => Record::Mef(schools::mef(&mut reading)),
        RecordKind::Pupil => Record::Pupil(Box::new(people::pupil(&mut reading))),
        RecordKind::Guardian => Record::Guardian(Box::new(people::guardian(&mut reading))),
        RecordKind::Staff => Record::Staff(Box::new(people::staff(&mut reading))),
    };
    let warnings = reading.warnings;
    Ok(Item::Record {
        at,
        record,
        warnings,
    })
}

/// The kind that an operational attribute names.
fn kind(category: &str) -> Option<RecordKind> {
    Some(match category {
        "EtabEducNat" => RecordKind::Structure,
        "MatEducNat" | "MatiereEducNat" => RecordKind::Subject,
        "MefEducNat" => RecordKind::Mef,
        "Eleve" => RecordKind::Pupil,
        "PersRelEleve" => RecordKind::Guardian,
        "PersEducNat" => RecordKind::Staff,
        _ => return None,
    })
}

/// The key of a record: its identifier, which its jointure attribute repeats.
fn identity(raw: &RawRecord, kind: RecordKind) -> Result<FeedKey, Unusable> {
    let attribute = match kind {
        RecordKind::Structure => "ENTStructureJointure",
        RecordKind::Subject => "ENTMatJointure",
        RecordKind::Mef => "ENTMefJointure",
        RecordKind::Pupil | RecordKind::Guardian | RecordKind::Staff => "ENTPersonJointure",
    };
    let id = raw.id.trim_ascii();
    let jointures = raw.values(attribute).map(str::trim_ascii);
    for jointure in jointures.filter(|jointure| !jointure.is_empty()) {
        if id.is_empty() {
            return Err(Unusable::NoKey);
        }
        if jointure != id {
            return Err(Unusable::TwoKeys);
        }
    }
    if id.is_empty() {
        return Err(Unusable::NoKey);
    }
    FeedKey::new(id).map_err(|_| Unusable::BadKey)
}

/// A raw record, what was found odd in it, and the ways to read an attribute.
struct Reading<'a> {
    raw: &'a RawRecord,
    at: &'a Place,
    key: &'a FeedKey,
    warnings: Vec<Warning>,
}

impl<'a> Reading<'a> {
    fn warn(&mut self, kind: WarningKind, attribute: &str, value: &str) {
        let shown = value::clean(&value.replace(['$', '|'], "/"), SHOWN).text;
        let detail = match (attribute, shown.as_str()) {
            ("", shown) => shown.to_owned(),
            (attribute, "") => attribute.to_owned(),
            (attribute, shown) => format!("{attribute}: {shown}"),
        };
        let (at, key) = (self.at.clone(), Some(self.key.clone()));
        self.warnings.push(Warning {
            at,
            key,
            kind,
            detail,
        });
    }

    /// Warns about attributes that are written more than once.
    fn repeated(&mut self) {
        let names: Vec<&str> = self.raw.names().collect();
        for (index, name) in names.iter().enumerate() {
            let earlier = names.get(..index).unwrap_or_default();
            // Once for each attribute, however often it is written.
            if earlier.iter().filter(|other| *other == name).count() == 1 {
                self.warn(WarningKind::DuplicateAttribute, &shown_name(name), "");
            }
        }
    }

    /// Values of an attribute that are not empty, as written.
    fn values(&self, name: &'a str) -> impl Iterator<Item = &'a str> + use<'a> {
        self.raw
            .values(name)
            .map(str::trim_ascii)
            .filter(|value| !value.is_empty())
    }

    /// The first value of an attribute as written, empty where there is none.
    fn raw(&mut self, name: &'a str) -> &'a str {
        let mut values = self.values(name);
        let first = values.next().unwrap_or_default();
        if let Some(second) = values.find(|value| *value != first) {
            self.warn(WarningKind::SeveralValues, name, second);
        }
        first
    }

    /// The first value of an attribute, clean.
    fn text(&mut self, name: &'a str, longest: usize) -> String {
        let value = self.raw(name);
        self.clean(name, value, longest)
    }

    /// Every value of an attribute, clean, without repetition.
    fn texts(&mut self, name: &'a str, longest: usize) -> Vec<String> {
        let mut texts = Vec::new();
        for value in self.values(name) {
            let text = self.clean(name, value, longest);
            if !text.is_empty() && !texts.contains(&text) {
                texts.push(text);
            }
        }
        texts
    }

    /// A value or a part of one, clean.
    fn clean(&mut self, attribute: &str, value: &str, longest: usize) -> String {
        let cleaned = value::clean(value, longest);
        for (found, kind) in [
            (cleaned.controls, WarningKind::ControlCharacters),
            (cleaned.entities, WarningKind::DoubleEscaped),
            (cleaned.separators, WarningKind::Separator),
            (cleaned.cut, WarningKind::TooLong),
        ] {
            if found {
                self.warn(kind, attribute, &cleaned.text);
            }
        }
        cleaned.text
    }

    /// `O` or `N`.
    fn flag(&mut self, name: &'a str) -> Option<bool> {
        match self.raw(name) {
            "" => None,
            "O" | "o" | "OUI" | "1" => Some(true),
            "N" | "n" | "NON" | "0" => Some(false),
            other => {
                self.warn(WarningKind::UnknownFlag, name, other);
                None
            }
        }
    }

    /// A key of another record.
    fn reference(&mut self, attribute: &str, value: &str) -> Option<FeedKey> {
        let key = FeedKey::new(value.trim_ascii());
        if key.is_err() {
            self.warn(WarningKind::BadReference, attribute, value);
        }
        key.ok()
    }

    /// The first value of an attribute that holds a key of another record.
    fn one_reference(&mut self, name: &'a str) -> Option<FeedKey> {
        match self.raw(name) {
            "" => None,
            value => self.reference(name, value),
        }
    }

    /// Every value of an attribute that holds keys of other records, without repetition.
    fn references(&mut self, name: &'a str) -> Vec<FeedKey> {
        let mut keys = Vec::new();
        for value in self.values(name) {
            if let Some(key) = self
                .reference(name, value)
                .filter(|key| !keys.contains(key))
            {
                keys.push(key);
            }
        }
        keys
    }

    /// Every value of an attribute, cut at `$` into exactly `N` fields. Others are left out with a
    /// warning: nobody knows which field is missing.
    fn fields<const N: usize>(&mut self, name: &'a str) -> Vec<[&'a str; N]> {
        let mut all = Vec::new();
        for value in self.values(name) {
            match exactly(value) {
                Some(fields) => all.push(fields),
                None => self.warn(WarningKind::FieldCount, name, value),
            }
        }
        all
    }

    /// `etab$name`, without repetition.
    fn in_structures(&mut self, name: &'a str) -> Vec<InStructure> {
        let mut all = Vec::new();
        for [structure, label] in self.fields(name) {
            if let Some(found) = self.in_structure(name, structure, label)
                && !all.contains(&found)
            {
                all.push(found);
            }
        }
        all
    }

    fn in_structure(&mut self, attribute: &str, key: &str, name: &str) -> Option<InStructure> {
        let structure = self.reference(attribute, key)?;
        let name = self.clean(attribute, name, NAME);
        if name.is_empty() {
            self.warn(WarningKind::FieldCount, attribute, key);
            return None;
        }
        Some(InStructure { structure, name })
    }

    /// A mail address: something, one `@`, a domain.
    fn mail(&mut self, name: &'a str) -> Option<String> {
        let text = self.text(name, TEXT);
        if text.is_empty() {
            return None;
        }
        if !is_mail(&text) {
            self.warn(WarningKind::BadMail, name, &text);
            return None;
        }
        Some(text)
    }
}

/// Cuts at `$`, where that gives `N` fields.
fn exactly<const N: usize>(value: &str) -> Option<[&str; N]> {
    let mut parts = value.split('$');
    let mut fields = [""; N];
    for field in &mut fields {
        *field = parts.next()?;
    }
    parts.next().is_none().then_some(fields)
}

/// The name of an attribute in a warning: a stranger's word.
fn shown_name(name: &str) -> String {
    value::clean(name, SHOWN).text
}

/// Whether mail can be sent there without meaning anything else on the way.
fn is_mail(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else {
        return false;
    };
    let bad = |c: char| {
        c.is_whitespace() || matches!(c, '@' | ',' | ';' | ':' | '<' | '>' | '"' | '(' | ')')
    };
    !local.is_empty()
        && !local.contains(bad)
        && !domain.contains(bad)
        && domain.contains('.')
        && !domain.starts_with('.')
        && !domain.ends_with('.')
}
