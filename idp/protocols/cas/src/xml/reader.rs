//! The strict reader: bytes in, one immutable tree out (XML-01 to XML-05, XML-07). It knows no
//! DOCTYPE, no entity of its own, no comment and no processing instruction, and every name in the
//! tree is a pair of namespace and local name. Limits hold before anything is allocated for them.

use std::collections::BTreeSet;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::is_legal;

/// Most bytes of a message (XML-03). A CAS message has less than one thousandth of it.
pub const LARGEST: usize = 256 * 1_024;
const DEEPEST: usize = 32;
const MOST_ELEMENTS: usize = 1_000;
const MOST_ATTRIBUTES: usize = 32;
const XML_NAMESPACE: &str = "http://www.w3.org/XML/1998/namespace";

/// An element that was read. Names are (namespace, local name); prefixes are gone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Element {
    namespace: String,
    name: String,
    attributes: Vec<(String, String, String)>,
    children: Vec<Element>,
    text: String,
}

/// Why bytes are not a message the hub reads. The sender's fault, always.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadXml {
    /// XML-03.
    #[error("the message is longer than {LARGEST} bytes, or has too many or too deep elements")]
    TooLarge,
    /// XML-07.
    #[error("the message is not in UTF-8")]
    Encoding,
    /// XML-02.
    #[error("the message has a DOCTYPE")]
    Doctype,
    /// XML-04.
    #[error("the message has a comment or a processing instruction")]
    Comment,
    /// An entity that is not one of the five, or an impossible character.
    #[error("the message has an unknown entity or a character that XML does not allow")]
    Entity,
    /// XML-05.
    #[error("the message has an undeclared prefix, a relative namespace or a doubled attribute")]
    Namespace,
    /// Anything else.
    #[error("the message is not well-formed XML")]
    Malformed,
}

impl Element {
    /// Whether this is the element (namespace, local name).
    pub fn is(&self, namespace: &str, name: &str) -> bool {
        self.namespace == namespace && self.name == name
    }

    /// The one child of this name; `None` when there is none or more than one.
    pub fn only(&self, namespace: &str, name: &str) -> Option<&Self> {
        let mut found = self
            .children
            .iter()
            .filter(|child| child.is(namespace, name));
        let first = found.next();
        if found.next().is_some() { None } else { first }
    }

    /// The local name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Local name and value of every attribute.
    pub fn attributes(&self) -> impl Iterator<Item = (&str, &str)> {
        self.attributes
            .iter()
            .map(|(_, name, value)| (name.as_str(), value.as_str()))
    }

    /// All child elements.
    pub fn children(&self) -> &[Self] {
        &self.children
    }

    /// The whole text of a leaf; `None` when it has elements inside (XML-04).
    pub fn leaf(&self) -> Option<&str> {
        self.children.is_empty().then_some(self.text.as_str())
    }

    /// The value of an attribute without namespace.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes
            .iter()
            .find(|(namespace, local, _)| namespace.is_empty() && local == name)
            .map(|(_, _, value)| value.as_str())
    }
}

/// Reads a document.
///
/// # Errors
/// [`BadXml`].
pub fn read(bytes: &[u8]) -> Result<Element, BadXml> {
    if bytes.len() > LARGEST {
        return Err(BadXml::TooLarge);
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let text = std::str::from_utf8(bytes).map_err(|_| BadXml::Encoding)?;
    let mut reader = Reader::from_str(text);
    let config = reader.config_mut();
    config.check_comments = true;
    config.expand_empty_elements = true;
    let mut tree = Tree::default();
    let mut first = true;
    loop {
        match reader.read_event().map_err(|_| BadXml::Malformed)? {
            Event::Decl(declaration) if first => {
                let utf_8 = match declaration.encoding() {
                    None => true,
                    Some(Ok(name)) => name.eq_ignore_ascii_case("utf-8"),
                    Some(Err(_)) => return Err(BadXml::Malformed),
                };
                if !utf_8 {
                    return Err(BadXml::Encoding);
                }
                if declaration
                    .version()
                    .map_err(|_| BadXml::Malformed)?
                    .as_ref()
                    != "1.0"
                {
                    return Err(BadXml::Malformed);
                }
            }
            Event::Decl(_) => return Err(BadXml::Malformed),
            Event::DocType(_) => return Err(BadXml::Doctype),
            Event::Comment(_) | Event::PI(_) => return Err(BadXml::Comment),
            Event::Start(start) => tree.open(&start)?,
            // Expanded to start and end by the reader.
            Event::Empty(_) => return Err(BadXml::Malformed),
            Event::End(_) => tree.close()?,
            Event::Text(text) => tree.text(&text.xml10_content())?,
            Event::CData(data) => tree.text(&data.xml10_content())?,
            Event::GeneralRef(reference) => {
                let name: &str = &reference;
                let character = match name {
                    "lt" => '<',
                    "gt" => '>',
                    "amp" => '&',
                    "apos" => '\'',
                    "quot" => '"',
                    _ => reference
                        .resolve_char_ref()
                        .ok()
                        .flatten()
                        .ok_or(BadXml::Entity)?,
                };
                if tree.stack.is_empty() {
                    return Err(BadXml::Malformed);
                }
                tree.text(character.encode_utf8(&mut [0; 4]))?;
            }
            Event::Eof => return tree.finish(),
        }
        first = false;
    }
}

#[derive(Default)]
struct Tree {
    /// Open elements; the bindings (prefix, namespace) that each declares.
    stack: Vec<(Element, Vec<(String, String)>)>,
    root: Option<Element>,
    elements: usize,
}

impl Tree {
    fn open(&mut self, start: &BytesStart<'_>) -> Result<(), BadXml> {
        self.elements += 1;
        if self.stack.len() >= DEEPEST || self.elements > MOST_ELEMENTS {
            return Err(BadXml::TooLarge);
        }
        if self.root.is_some() {
            return Err(BadXml::Malformed);
        }
        let (bindings, plain) = attributes(start)?;
        self.stack.push((Element::default(), bindings));
        let name = start.name();
        let name = name.as_ref();
        let (namespace, name) = self.resolve(name, true)?;
        let mut seen = BTreeSet::new();
        let mut attributes = Vec::with_capacity(plain.len());
        for (name, value) in plain {
            let (namespace, local) = self.resolve(&name, false)?;
            // An identifier in a foreign namespace is there to be mistaken for the real one.
            let foreign_id = !namespace.is_empty() && local.eq_ignore_ascii_case("id");
            if foreign_id || !seen.insert((namespace.clone(), local.clone())) {
                return Err(BadXml::Namespace);
            }
            attributes.push((namespace, local, value));
        }
        if let Some((element, _)) = self.stack.last_mut() {
            element.namespace = namespace;
            element.name = name;
            element.attributes = attributes;
        }
        Ok(())
    }

    fn close(&mut self) -> Result<(), BadXml> {
        let (element, _) = self.stack.pop().ok_or(BadXml::Malformed)?;
        match self.stack.last_mut() {
            Some((parent, _)) => parent.children.push(element),
            None => self.root = Some(element),
        }
        Ok(())
    }

    fn text(&mut self, text: &str) -> Result<(), BadXml> {
        if !text.chars().all(is_legal) {
            return Err(BadXml::Entity);
        }
        match self.stack.last_mut() {
            Some((element, _)) => element.text.push_str(text),
            None if text.trim_matches([' ', '\t', '\r', '\n']).is_empty() => {}
            None => return Err(BadXml::Malformed),
        }
        Ok(())
    }

    fn finish(self) -> Result<Element, BadXml> {
        if self.stack.is_empty() {
            self.root.ok_or(BadXml::Malformed)
        } else {
            Err(BadXml::Malformed)
        }
    }

    /// Namespace and local name of a qualified name, by the declarations in scope.
    fn resolve(&self, name: &str, is_element: bool) -> Result<(String, String), BadXml> {
        let (prefix, local) = name.split_once(':').unwrap_or(("", name));
        if local.is_empty() || local.contains(':') || (name.contains(':') && prefix.is_empty()) {
            return Err(BadXml::Namespace);
        }
        if !is_name(local) || (!prefix.is_empty() && !is_name(prefix)) {
            return Err(BadXml::Malformed);
        }
        if prefix == "xml" {
            return Ok((XML_NAMESPACE.to_owned(), local.to_owned()));
        }
        if prefix.is_empty() && !is_element {
            return Ok((String::new(), local.to_owned()));
        }
        let mut scopes = self.stack.iter().rev();
        let bound = scopes.find_map(|(_, bindings)| {
            bindings
                .iter()
                .find(|(known, _)| known == prefix)
                .map(|(_, namespace)| namespace)
        });
        match bound {
            Some(namespace) => Ok((namespace.clone(), local.to_owned())),
            None if prefix.is_empty() => Ok((String::new(), local.to_owned())),
            None => Err(BadXml::Namespace),
        }
    }
}

/// Namespace declarations, and the other attributes by their qualified names.
type Attributes = (Vec<(String, String)>, Vec<(String, String)>);

fn attributes(start: &BytesStart<'_>) -> Result<Attributes, BadXml> {
    let mut bindings: Vec<(String, String)> = Vec::new();
    let mut plain = Vec::new();
    let mut attributes = start.attributes();
    // The library's own check compares each with each; ours is a set, after the count.
    for attribute in attributes.with_checks(false) {
        let attribute = attribute.map_err(|_| BadXml::Malformed)?;
        if bindings.len() + plain.len() >= MOST_ATTRIBUTES {
            return Err(BadXml::TooLarge);
        }
        let raw: &str = &attribute.value;
        if raw.contains('<') {
            return Err(BadXml::Malformed);
        }
        let value = attribute
            .normalized_value(quick_xml::XmlVersion::Explicit1_0)
            .map_err(|_| BadXml::Entity)?
            .into_owned();
        if !value.chars().all(is_legal) {
            return Err(BadXml::Entity);
        }
        let name = attribute.key;
        let name: &str = name.as_ref();
        let prefix = if name == "xmlns" {
            Some("")
        } else {
            name.strip_prefix("xmlns:")
        };
        match prefix {
            None => plain.push((name.to_owned(), value)),
            Some(prefix) => {
                let absolute = value.contains(':') || (prefix.is_empty() && value.is_empty());
                let reserved = matches!(prefix, "xml" | "xmlns")
                    || value == XML_NAMESPACE
                    || value == "http://www.w3.org/2000/xmlns/";
                if !absolute || reserved || bindings.iter().any(|(known, _)| known == prefix) {
                    return Err(BadXml::Namespace);
                }
                bindings.push((prefix.to_owned(), value));
            }
        }
    }
    Ok((bindings, plain))
}

/// Protocol names are ASCII; a name with anything else is not one of ours.
fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'))
}
