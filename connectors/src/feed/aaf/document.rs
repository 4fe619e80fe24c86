//! One file as a sequence of raw records: its grammar, element by element. Owns what may stand where
//! (french-ent.md §2.2), and that nothing is fetched or expanded (IMP-01): the document type is inert
//! text, only the five entities of XML exist. Never knows what an attribute means.

use std::io::Read;

use clau_domain::feed::{FileName, Reason, Refusal};
use quick_xml::Reader;
use quick_xml::errors::{Error, IllFormedError, SyntaxError};
use quick_xml::events::{BytesRef, BytesStart, Event};

use super::Position;
use super::decode::Decoder;
use super::raw::RawRecord;

/// Most XML attributes of an element that are looked at (quick-xml compares each with each).
const MARKUP_ATTRIBUTES_LIMIT: usize = 8;
/// A file that is being read.
pub(super) struct Document {
    file: FileName,
    reader: Reader<Decoder>,
    buffer: Vec<u8>,
    state: State,
    head: Head,
    typed: bool,
}

/// What a file says of itself in comments.
#[derive(Clone, Debug, Default)]
pub(super) struct Head {
    /// `AAF-VE2407`.
    pub(super) version: Option<String>,
    /// Code of the academy, with two digits.
    pub(super) academy: Option<String>,
}

/// The element that the reader is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Before anything.
    Start,
    /// Before the root element.
    Prolog,
    Root,
    Request,
    Operational,
    OperationalAttr,
    OperationalValue,
    Identifier,
    Id,
    Attributes,
    Attr,
    Value,
    /// After the root element.
    Epilog,
}

impl State {
    /// Where that is, for messages.
    const fn place(self) -> &'static str {
        match self {
            Self::Start | Self::Prolog => "before the root element",
            Self::Root => "inside `ficAlimMENESR`",
            Self::Request => "inside `addRequest`",
            Self::Operational => "inside `operationalAttributes`",
            Self::OperationalAttr => "inside the `attr` of `operationalAttributes`",
            Self::Identifier => "inside `identifier`",
            Self::Attributes => "inside `attributes`",
            Self::Attr => "inside `attr`",
            Self::OperationalValue | Self::Value => "inside `value`",
            Self::Id => "inside `id`",
            Self::Epilog => "after the root element",
        }
    }

    /// Where one is after the end of this element.
    const fn parent(self) -> Self {
        match self {
            Self::Start | Self::Prolog | Self::Epilog | Self::Root => Self::Epilog,
            Self::Request => Self::Root,
            Self::Operational | Self::Identifier | Self::Attributes => Self::Request,
            Self::OperationalAttr => Self::Operational,
            Self::OperationalValue => Self::OperationalAttr,
            Self::Id => Self::Identifier,
            Self::Attr => Self::Attributes,
            Self::Value => Self::Attr,
        }
    }
}

/// What one event led to.
enum Step {
    Further,
    RecordBegins,
    RecordEnds,
    End,
}

impl Document {
    /// Opens a file. `limit` is the largest record, and the largest piece of markup, in bytes.
    pub(super) fn open(
        file: FileName,
        bytes: Box<dyn Read + Send>,
        limit: u64,
        position: Position,
    ) -> Result<Self, Refusal> {
        let decoder = match Decoder::open(bytes, limit, position) {
            Ok(decoder) => decoder,
            Err(reason) => return Err(Refusal::of_file(file, reason)),
        };
        let mut reader = Reader::from_reader(decoder);
        reader.config_mut().expand_empty_elements = true;
        let (buffer, head) = (Vec::new(), Head::default());
        Ok(Self {
            file,
            reader,
            buffer,
            state: State::Start,
            head,
            typed: false,
        })
    }

    /// Reads up to the first record and tells what the comments before it say.
    pub(super) fn head(&mut self) -> Result<Head, Refusal> {
        let mut raw = RawRecord::default();
        loop {
            match self.step(&mut raw) {
                Ok(Step::RecordBegins | Step::End) => return Ok(self.head.clone()),
                Ok(Step::Further | Step::RecordEnds) => {}
                Err(reason) => return Err(self.refuse(reason)),
            }
        }
    }

    /// Reads the next record. False at the end of a whole document.
    pub(super) fn next_record(&mut self, raw: &mut RawRecord) -> Result<bool, Refusal> {
        loop {
            match self.step(raw) {
                Ok(Step::RecordEnds) => return Ok(true),
                Ok(Step::End) => return Ok(false),
                Ok(Step::Further | Step::RecordBegins) => {}
                Err(reason) => return Err(self.refuse(reason)),
            }
        }
    }

    fn refuse(&self, reason: Reason) -> Refusal {
        let decoder = self.reader.get_ref();
        let (line, column) = (Some(decoder.line()), Some(decoder.column()));
        Refusal {
            file: self.file.clone(),
            line,
            column,
            reason,
        }
    }

    fn step(&mut self, raw: &mut RawRecord) -> Result<Step, Reason> {
        self.buffer.clear();
        self.reader.get_mut().mark();
        let event = match self.reader.read_event_into(&mut self.buffer) {
            Ok(event) => event,
            Err(error) => {
                let fault = self.reader.get_mut().take_fault();
                return Err(fault.unwrap_or_else(|| xml_reason(error, self.state)));
            }
        };
        let state = self.state;
        if state == State::Start {
            self.state = State::Prolog;
        }
        match event {
            Event::Start(element) => {
                self.state = open_element(state, &element, raw)?;
                if self.state == State::Request && state == State::Root {
                    raw.clear(self.reader.get_ref().line());
                    return Ok(Step::RecordBegins);
                }
            }
            Event::End(_) => {
                self.state = state.parent();
                if state == State::Request {
                    raw.whole()?;
                    return Ok(Step::RecordEnds);
                }
            }
            Event::Text(text) => put_text(state, &text, raw)?,
            Event::CData(text) => put_literal(state, &text, raw)?,
            Event::GeneralRef(reference) => {
                let mut bytes = [0; 4];
                put_literal(state, character(&reference)?.encode_utf8(&mut bytes), raw)?;
            }
            Event::Comment(text) => self.head.note(&text),
            Event::DocType(text) => {
                if !matches!(state, State::Start | State::Prolog) || self.typed {
                    let detail = "a document type declaration is out of place".to_owned();
                    return Err(Reason::NotWellFormed { detail });
                }
                self.typed = true;
                document_type(&text)?;
            }
            Event::Decl(_) if state != State::Start => {
                let detail = "the XML declaration is not at the beginning".to_owned();
                return Err(Reason::NotWellFormed { detail });
            }
            Event::Decl(_) | Event::PI(_) => {}
            Event::Eof if state == State::Epilog => return Ok(Step::End),
            Event::Eof => {
                return Err(Reason::Truncated {
                    detail: state.place().to_owned(),
                });
            }
            // Empty elements arrive as a start and an end.
            Event::Empty(element) => return Err(unexpected(state, element.name().as_ref())),
        }
        let limit = self.reader.get_ref().limit();
        if raw.size() > limit {
            return Err(Reason::TooLarge {
                what: "a record",
                limit,
            });
        }
        Ok(Step::Further)
    }
}

impl Head {
    /// Takes in `versionAF="…"` and `codeAcademieExport="…"`, wherever a comment says them.
    fn note(&mut self, comment: &str) {
        if self.version.is_none() {
            self.version = quoted(comment, "versionAF").map(str::to_owned);
        }
        if self.academy.is_none() {
            let code = quoted(comment, "codeAcademieExport");
            // One-digit forms (`9`) occur as well as `09`.
            self.academy = code.map(|code| format!("{code:0>2}"));
        }
    }
}

/// The value of `name="value"` in a comment, where it is a short word.
fn quoted<'a>(comment: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = comment.split_once(name)?;
    let rest = rest.trim_start().strip_prefix('=')?.trim_start();
    let quote = rest
        .chars()
        .next()
        .filter(|quote| matches!(quote, '"' | '\''))?;
    let (value, _) = rest.get(1..)?.split_once(quote)?;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_');
    ((1..=32).contains(&value.len()) && value.bytes().all(plain)).then_some(value)
}

/// Where one is after the start of an element.
fn open_element(
    state: State,
    element: &BytesStart<'_>,
    raw: &mut RawRecord,
) -> Result<State, Reason> {
    let name = element.name();
    let name: &str = name.as_ref();
    let seen = &mut raw.seen;
    Ok(match (state, name) {
        (State::Value, _) => return Err(unexpected(state, name)),
        (State::Attr, "value") => {
            raw.begin_value()?;
            State::Value
        }
        (State::Attributes, "attr") => {
            with_name(element, |name| raw.begin_attribute(name))?;
            State::Attr
        }
        (State::Root, "addRequest") => State::Request,
        (State::Root, "modifyRequest" | "deleteRequest") => {
            return Err(Reason::DeltaRequest {
                found: name.to_owned(),
            });
        }
        (State::Request, "operationalAttributes") if !seen.operational => {
            seen.operational = true;
            State::Operational
        }
        (State::Request, "identifier") if !seen.identifier => {
            seen.identifier = true;
            State::Identifier
        }
        (State::Request, "attributes") if !seen.attributes => {
            seen.attributes = true;
            State::Attributes
        }
        (State::Operational, "attr") => State::OperationalAttr,
        (State::OperationalAttr, "value") if !seen.category => {
            seen.category = true;
            State::OperationalValue
        }
        (State::Identifier, "id") if !seen.id => {
            seen.id = true;
            State::Id
        }
        (State::Start | State::Prolog, "ficAlimMENESR") => State::Root,
        (State::Start | State::Prolog, _) => {
            return Err(Reason::ForeignRoot {
                found: shortened(name),
            });
        }
        _ => return Err(unexpected(state, name)),
    })
}

/// The `name` of an `attr`.
fn with_name(
    element: &BytesStart<'_>,
    put: impl FnOnce(&str) -> Result<(), Reason>,
) -> Result<(), Reason> {
    // Nearly all are written `name="…"` and nothing else.
    let plain = element
        .attributes_raw()
        .trim_ascii()
        .strip_prefix("name=\"");
    if let Some(name) = plain.and_then(|rest| rest.strip_suffix('"'))
        && !name.contains(['"', '&', '<'])
    {
        return put(name);
    }
    for (count, attribute) in element.attributes().enumerate() {
        if count >= MARKUP_ATTRIBUTES_LIMIT {
            let limit = MARKUP_ATTRIBUTES_LIMIT as u64;
            return Err(Reason::TooLarge {
                what: "the number of attributes of an element",
                limit,
            });
        }
        let attribute = attribute.map_err(|error| Reason::NotWellFormed {
            detail: error.to_string(),
        })?;
        if AsRef::<str>::as_ref(&attribute.key) == "name" {
            return put(&attribute.value);
        }
    }
    Err(Reason::Missing {
        what: "`name`".to_owned(),
        place: "in an `attr`".to_owned(),
    })
}

/// Text between tags: values where they belong, elsewhere white space.
fn put_text(state: State, text: &str, raw: &mut RawRecord) -> Result<(), Reason> {
    match state {
        State::Value => raw.push_value(text),
        State::Id => raw.id.push_str(text),
        State::OperationalValue => raw.category.push_str(text),
        _ if text.bytes().all(|byte| byte.is_ascii_whitespace()) => {}
        _ => {
            let detail = format!("there is text {}", state.place());
            return Err(Reason::NotWellFormed { detail });
        }
    }
    Ok(())
}

/// Text that is never mere layout: a reference, a CDATA section.
fn put_literal(state: State, text: &str, raw: &mut RawRecord) -> Result<(), Reason> {
    if matches!(state, State::Value | State::Id | State::OperationalValue) {
        return put_text(state, text, raw);
    }
    let detail = format!("there is text {}", state.place());
    Err(Reason::NotWellFormed { detail })
}

/// The character of a reference.
fn character(reference: &BytesRef<'_>) -> Result<char, Reason> {
    let numeric = reference.resolve_char_ref();
    let numeric = numeric.map_err(|error| Reason::NotWellFormed {
        detail: error.to_string(),
    })?;
    if let Some(character) = numeric {
        return Ok(character);
    }
    let name: &str = reference;
    Ok(match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "apos" => '\'',
        "quot" => '"',
        _ => {
            return Err(Reason::Entity {
                name: shortened(name),
            });
        }
    })
}

/// Accepts `ficAlimMENESR SYSTEM "ficAlimMENESR.dtd"` and nothing else (IMP-01).
fn document_type(text: &str) -> Result<(), Reason> {
    if text.contains('[') {
        return Err(Reason::InternalSubset);
    }
    let mut words = text.split_ascii_whitespace();
    let words = [words.next(), words.next(), words.next(), words.next()];
    match words {
        [
            Some("ficAlimMENESR"),
            Some("SYSTEM"),
            Some("\"ficAlimMENESR.dtd\"" | "'ficAlimMENESR.dtd'"),
            None,
        ] => Ok(()),
        _ => Err(Reason::ForeignDocumentType),
    }
}

fn unexpected(state: State, found: &str) -> Reason {
    Reason::UnexpectedElement {
        found: shortened(found),
        place: state.place().to_owned(),
    }
}

/// A stranger's word in a message.
fn shortened(word: &str) -> String {
    word.chars().filter(|c| !c.is_control()).take(60).collect()
}

fn xml_reason(error: Error, state: State) -> Reason {
    match error {
        Error::Syntax(SyntaxError::InvalidBangMarkup) => Reason::NotWellFormed {
            detail: "`<!` begins nothing that is known".to_owned(),
        },
        // The others of the grammar are all of one kind: something is not closed before the end.
        Error::Syntax(_) => Reason::Truncated {
            detail: state.place().to_owned(),
        },
        Error::IllFormed(IllFormedError::UnclosedReference) => Reason::NotWellFormed {
            detail: "`&` begins no reference".to_owned(),
        },
        error => Reason::NotWellFormed {
            detail: error.to_string(),
        },
    }
}
