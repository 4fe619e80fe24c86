//! The one way in which XML leaves: names are ours, everything else is escaped, and what no XML may hold is
//! left out (XML-06). Never takes a text for markup, except elements that another [`Writer`] has finished.

use bergshamra_xml::uppsala::XmlWriter;

/// Writes elements, each closed in its turn.
pub struct Writer {
    xml: XmlWriter,
    open: Vec<&'static str>,
}

impl std::fmt::Debug for Writer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Writer({} bytes, in {:?})", self.xml.len(), self.open)
    }
}

impl Default for Writer {
    fn default() -> Self {
        Self::new()
    }
}

impl Writer {
    /// An empty document.
    pub fn new() -> Self {
        Self {
            xml: XmlWriter::with_capacity(4096),
            open: Vec::new(),
        }
    }

    /// Begins an element.
    pub fn open(&mut self, name: &'static str, attributes: &[(&str, &str)]) -> &mut Self {
        let attributes = attributes.iter().map(|(name, value)| (*name, clean(value)));
        self.xml.start_element_with(name, attributes);
        self.open.push(name);
        self
    }

    /// Ends the element that was begun last.
    pub fn close(&mut self) -> &mut Self {
        if let Some(name) = self.open.pop() {
            self.xml.end_element(name);
        }
        self
    }

    /// A text in the element that is open.
    pub fn text(&mut self, text: &str) -> &mut Self {
        self.xml.text(&clean(text));
        self
    }

    /// An element with a text in it.
    pub fn leaf(
        &mut self,
        name: &'static str,
        attributes: &[(&str, &str)],
        text: &str,
    ) -> &mut Self {
        self.open(name, attributes).text(text).close()
    }

    /// An element with nothing in it.
    pub fn empty(&mut self, name: &'static str, attributes: &[(&str, &str)]) -> &mut Self {
        self.open(name, attributes).close()
    }

    /// An element that has been written before, by another writer: it declares all its namespaces.
    pub(crate) fn element(&mut self, finished: &str) -> &mut Self {
        self.xml.raw(finished);
        self
    }

    /// The declaration of a namespace, for the start of an element that somebody else has written.
    pub(crate) fn declaration(prefix: &str, uri: &str) -> String {
        let colon = if prefix.is_empty() { "" } else { ":" };
        let value = clean(uri)
            .replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('"', "&quot;")
            .replace('\t', "&#9;")
            .replace('\n', "&#10;")
            .replace('\r', "&#13;");
        format!(" xmlns{colon}{prefix}=\"{value}\"")
    }

    /// The document. What is still open is closed.
    pub fn finish(mut self) -> String {
        while !self.open.is_empty() {
            self.close();
        }
        self.xml.into_string()
    }
}

/// Without the characters that XML 1.0 cannot hold at all (§2.2).
fn clean(text: &str) -> std::borrow::Cow<'_, str> {
    let allowed = |c: char| matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
    if text.chars().all(allowed) {
        return text.into();
    }
    text.chars()
        .filter(|c| allowed(*c))
        .collect::<String>()
        .into()
}
