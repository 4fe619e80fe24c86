//! What is refused before a parser sees it: bytes that are too many, too deep or too wide, declarations of
//! document types, comments, instructions, other encodings (XML-02, XML-03, XML-04, XML-07). One pass over
//! the bytes, in time proportional to their number. Believes nothing and builds nothing: a document that
//! passes may still be no XML.

use crate::error::Problem;

/// How large a document may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes.
    pub bytes: usize,
    /// Elements within one another.
    pub depth: usize,
    /// Elements in all.
    pub elements: usize,
    /// Attributes of one element, declarations of namespaces among them.
    pub attributes: usize,
    /// Whether comments and instructions are passed over: documents that people write have them.
    pub comments: bool,
}

impl Limits {
    /// Messages of the protocol.
    pub const PROTOCOL: Self = Self {
        bytes: 256 * 1024,
        depth: 64,
        elements: 4096,
        attributes: 64,
        comments: false,
    };
    /// Metadata of one entity.
    pub const ENTITY: Self = Self {
        bytes: 1024 * 1024,
        depth: 64,
        elements: 20_000,
        attributes: 64,
        comments: true,
    };
    /// Metadata of a federation.
    pub const FEDERATION: Self = Self {
        bytes: 128 * 1024 * 1024,
        depth: 64,
        elements: 8_000_000,
        attributes: 64,
        comments: true,
    };
}

/// The text of a document that may be parsed.
pub(super) fn pass<'t>(bytes: &'t [u8], limits: &Limits) -> Result<&'t str, Problem> {
    if bytes.len() > limits.bytes {
        return Err(Problem::TooLarge("bytes"));
    }
    // A byte order mark is allowed, in UTF-8 (XML-07).
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let text = std::str::from_utf8(bytes).map_err(|_| Problem::Xml("it is not UTF-8"))?;
    let mut count = Count::default();
    let mut rest = text;
    while let Some(start) = rest.find('<') {
        let markup = rest.get(start..).unwrap_or_default();
        let is_first = markup.len() == text.len();
        let length = count.markup(markup, is_first, limits)?;
        rest = markup.get(length..).unwrap_or_default();
    }
    Ok(text)
}

/// What has been met so far.
#[derive(Default)]
struct Count {
    depth: usize,
    elements: usize,
}

impl Count {
    /// The length of what begins with `<`.
    fn markup(&mut self, markup: &str, is_first: bool, limits: &Limits) -> Result<usize, Problem> {
        // What follows tells it from an instruction like `xml-stylesheet`.
        let blank = markup
            .get(5..6)
            .is_some_and(|next| " \t\r\n".contains(next));
        if is_first && blank && markup.starts_with("<?xml") {
            let declaration = until(markup, "?>")?;
            return utf8_declared(markup.get(..declaration).unwrap_or_default())
                .map(|()| declaration);
        }
        if markup.starts_with("<?") {
            return commentary(markup, "?>", "a processing instruction", limits);
        }
        if markup.starts_with("<!--") {
            let body = markup.get(4..).unwrap_or_default();
            return commentary(body, "-->", "a comment", limits).map(|length| length + 4);
        }
        if markup.starts_with("<![CDATA[") {
            return until(markup, "]]>");
        }
        if markup.starts_with("<!") {
            return Err(Problem::Xml("a document type declaration"));
        }
        if markup.starts_with("</") {
            self.depth = self.depth.saturating_sub(1);
            return until(markup, ">");
        }
        self.start(markup, limits)
    }

    /// The length of a start tag.
    fn start(&mut self, tag: &str, limits: &Limits) -> Result<usize, Problem> {
        self.elements += 1;
        if self.elements > limits.elements {
            return Err(Problem::TooLarge("elements"));
        }
        let (mut quote, mut attributes, mut last) = (None, 0, b'<');
        for (index, byte) in tag.bytes().enumerate() {
            match (quote, byte) {
                (Some(open), _) if open == byte => quote = None,
                (Some(_), _) => {}
                (None, b'"' | b'\'') => quote = Some(byte),
                (None, b'=') => {
                    attributes += 1;
                    if attributes > limits.attributes {
                        return Err(Problem::TooLarge("attributes of one element"));
                    }
                }
                (None, b'>') => {
                    if last != b'/' {
                        self.depth += 1;
                        if self.depth > limits.depth {
                            return Err(Problem::TooLarge("depth"));
                        }
                    }
                    return Ok(index + 1);
                }
                (None, _) => {}
            }
            last = byte;
        }
        Err(Problem::Xml("a tag that does not end"))
    }
}

/// The length up to and with `end`.
fn until(text: &str, end: &str) -> Result<usize, Problem> {
    text.find(end)
        .map(|index| index + end.len())
        .ok_or(Problem::Xml("markup that does not end"))
}

fn commentary(
    text: &str,
    end: &str,
    what: &'static str,
    limits: &Limits,
) -> Result<usize, Problem> {
    if limits.comments {
        until(text, end)
    } else {
        Err(Problem::Xml(what))
    }
}

/// A declaration that names no encoding, or UTF-8.
fn utf8_declared(declaration: &str) -> Result<(), Problem> {
    let Some((_, encoding)) = declaration.split_once("encoding") else {
        return Ok(());
    };
    let value = encoding.trim_start().strip_prefix('=').unwrap_or_default();
    let mut quoted = value.trim_start().splitn(3, ['"', '\'']);
    let named = quoted.nth(1).unwrap_or_default();
    if named.eq_ignore_ascii_case("utf-8") {
        Ok(())
    } else {
        Err(Problem::Xml("another encoding than UTF-8 is declared"))
    }
}
