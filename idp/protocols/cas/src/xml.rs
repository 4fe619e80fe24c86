//! XML in both directions, over the one XML library of the workspace (XML-01): a strict reader for
//! what strangers send ([`read`]) and an escaping writer for every answer ([`Xml`], XML-06). No other
//! file of the crate sees a `<`.

mod reader;

use std::borrow::Cow;

use quick_xml::Writer;
use quick_xml::escape::partial_escape;
use quick_xml::events::{BytesEnd, BytesStart, BytesText, Event};

pub use reader::{BadXml, Element, LARGEST, read};

/// An element to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Xml {
    name: Cow<'static, str>,
    attributes: Vec<(Cow<'static, str>, String)>,
    content: Content,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Content {
    Text(String),
    Children(Vec<Xml>),
}

impl Xml {
    /// An element with text. Characters that XML 1.0 cannot hold are left out of it.
    pub fn text(name: impl Into<Cow<'static, str>>, text: &str) -> Self {
        let content = Content::Text(legal(text).into_owned());
        Self {
            name: name.into(),
            attributes: Vec::new(),
            content,
        }
    }

    /// An element with children.
    pub fn parent(name: impl Into<Cow<'static, str>>, children: Vec<Self>) -> Self {
        Self {
            name: name.into(),
            attributes: Vec::new(),
            content: Content::Children(children),
        }
    }

    /// The element with one more attribute.
    #[must_use]
    pub fn with(mut self, name: impl Into<Cow<'static, str>>, value: &str) -> Self {
        self.attributes
            .push((name.into(), legal(value).into_owned()));
        self
    }

    /// The element as a document without declaration, two spaces to a level: home-made clients look
    /// for line ends. Text stands alone between its tags.
    pub fn document(&self) -> String {
        let mut writer = Writer::new_with_indent(Vec::new(), b' ', 2);
        self.write_to(&mut writer);
        let mut text = String::from_utf8(writer.into_inner()).unwrap_or_default();
        text.push('\n');
        text
    }

    /// The element on one line, for messages that clients take apart by regular expression.
    pub fn one_line(&self) -> String {
        let mut writer = Writer::new(Vec::new());
        self.write_to(&mut writer);
        String::from_utf8(writer.into_inner()).unwrap_or_default()
    }

    fn write_to(&self, writer: &mut Writer<Vec<u8>>) {
        let mut start = BytesStart::new(self.name.as_ref());
        for (name, value) in &self.attributes {
            start.push_attribute((name.as_ref(), value.as_str()));
        }
        let empty = match &self.content {
            Content::Text(text) => text.is_empty(),
            Content::Children(children) => children.is_empty(),
        };
        if empty {
            put(writer, Event::Empty(start));
            return;
        }
        put(writer, Event::Start(start));
        match &self.content {
            // Quotes stay as they are: PHP's decoder does not know `&apos;`.
            Content::Text(text) => {
                put(
                    writer,
                    Event::Text(BytesText::from_escaped(partial_escape(text.as_str()))),
                );
            }
            Content::Children(children) => children.iter().for_each(|child| child.write_to(writer)),
        }
        put(writer, Event::End(BytesEnd::new(self.name.as_ref())));
    }
}

/// Writing to memory does not fail.
fn put(writer: &mut Writer<Vec<u8>>, event: Event<'_>) {
    let written = writer.write_event(event);
    debug_assert!(written.is_ok());
}

/// A text without the characters that XML 1.0 §2.2 excludes: control characters, U+FFFE, U+FFFF. JSON
/// answers use it too, so that both say the same (CAS-09).
pub fn legal(text: &str) -> Cow<'_, str> {
    if text.chars().all(is_legal) {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(text.chars().filter(|c| is_legal(*c)).collect())
    }
}

fn is_legal(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

/// A name that is safe as an element's: letters, digits, `_`, `-` and `.`, a letter or `_` first.
/// What comes from data (further attributes of local people) passes through here.
pub fn element_name(text: &str) -> String {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    let mut name: String = text
        .chars()
        .map(|c| if allowed(c) { c } else { '_' })
        .collect();
    if !name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
        name.insert(0, '_');
    }
    name
}

#[cfg(test)]
mod tests;
