//! The tree of a document, as [`bergshamra_xml`] has parsed it, and the only way to read one: names are
//! pairs of namespace and local name, a text is the whole of an element that has nothing else in it
//! (XML-04, XML-05). Signatures are verified over the same tree ([`crate::signature`]).

use bergshamra_xml::uppsala::{self, Document, NodeId, NodeKind};

use super::gate::{Limits, pass};
use crate::error::Problem;

/// A parsed document. Borrows its text.
#[derive(Debug)]
pub struct Tree<'t> {
    document: Document<'t>,
    root: NodeId,
}

impl<'t> Tree<'t> {
    /// Parses what has passed the gate.
    ///
    /// # Errors
    /// [`Problem::TooLarge`], [`Problem::Xml`].
    pub fn parse(bytes: &'t [u8], limits: &Limits) -> Result<Self, Problem> {
        let text = pass(bytes, limits)?;
        let parser = uppsala::Parser::new()
            .with_forbid_dtd(true)
            .with_forbid_entities(true)
            // The gate has counted; the parser counts once more.
            .with_max_depth(u32::try_from(limits.depth + 2).unwrap_or(u32::MAX));
        let document = parser
            .parse(text)
            .map_err(|_| Problem::Xml("it is not well-formed"))?;
        let root = document
            .document_element()
            .ok_or(Problem::Xml("it is empty"))?;
        let tree = Self { document, root };
        tree.check_names(!limits.comments)?;
        Ok(tree)
    }

    /// The document's element.
    pub fn root(&self) -> Node<'_> {
        self.node(self.root)
    }

    /// The tree itself, for whoever canonicalises it.
    pub(crate) fn document(&self) -> &Document<'t> {
        &self.document
    }

    pub(crate) fn node(&self, id: NodeId) -> Node<'_> {
        Node {
            document: &self.document,
            id,
        }
    }

    /// What the parser lets pass, and nobody writes by mistake (XML-05). In every document: a prefix that is
    /// taken back, which Namespaces in XML 1.0 §5 forbids, because the canonical form of such an element is
    /// that of one which still has its namespace, so that signed elements could be hidden from the reader;
    /// and names with a colon too many. In messages, which are `strict`: relative names of namespaces, and
    /// identifiers in foreign ones, which another program could take for the element's.
    fn check_names(&self, strict: bool) -> Result<(), Problem> {
        for node in self.root().descendants() {
            let Some(element) = node.element() else {
                continue;
            };
            for (prefix, uri) in &element.namespace_declarations {
                if uri.is_empty() && !prefix.is_empty() {
                    return Err(Problem::Xml("a prefix without a namespace"));
                }
                if strict && !uri.is_empty() && !uri.contains(':') {
                    return Err(Problem::Xml("a namespace with a relative name"));
                }
            }
            let attributes = element.attributes.iter().map(|attribute| &attribute.name);
            for name in std::iter::once(&element.name).chain(attributes) {
                if name.local_name.contains(':') {
                    return Err(Problem::Xml("a name with a colon too many"));
                }
            }
            for attribute in &element.attributes {
                let foreign = attribute.name.namespace_uri.is_some();
                if strict && foreign && attribute.name.local_name.eq_ignore_ascii_case("id") {
                    return Err(Problem::Xml("an identifier in a foreign namespace"));
                }
            }
        }
        Ok(())
    }
}

/// An element of a tree.
#[derive(Clone, Copy)]
pub struct Node<'d> {
    document: &'d Document<'d>,
    id: NodeId,
}

impl<'d> Node<'d> {
    pub(crate) fn id(self) -> NodeId {
        self.id
    }

    /// Whether it has this name.
    pub fn is(self, namespace: &str, local: &str) -> bool {
        self.element()
            .is_some_and(|element| element.name.matches(Some(namespace), local))
    }

    /// Its local name; for reports only.
    pub fn local_name(self) -> &'d str {
        self.element()
            .map_or("", |element| element.name.local_name.as_ref())
    }

    /// Its namespace, empty for none.
    pub fn namespace(self) -> &'d str {
        let name = self.element().map(|element| &element.name);
        name.and_then(|name| name.namespace_uri.as_deref())
            .unwrap_or_default()
    }

    /// An attribute of no namespace.
    pub fn attribute(self, name: &str) -> Option<&'d str> {
        self.find_attribute(None, name)
    }

    /// An attribute of a namespace.
    pub fn attribute_in(self, namespace: &str, name: &str) -> Option<&'d str> {
        self.find_attribute(Some(namespace), name)
    }

    /// An attribute of no namespace that must be there.
    ///
    /// # Errors
    /// [`Problem::Message`] with `missing`.
    pub fn required(self, name: &str, missing: &'static str) -> Result<&'d str, Problem> {
        self.attribute(name).ok_or(Problem::Message(missing))
    }

    /// A Boolean attribute (XML Schema §3.2.2); `otherwise` where it is not there.
    ///
    /// # Errors
    /// [`Problem::Message`] for another value.
    pub fn flag(self, name: &str, otherwise: bool) -> Result<bool, Problem> {
        match self.attribute(name).map(str::trim) {
            None => Ok(otherwise),
            Some("true" | "1") => Ok(true),
            Some("false" | "0") => Ok(false),
            Some(_) => Err(Problem::Message("an attribute is neither true nor false")),
        }
    }

    /// The elements in it.
    pub fn children(self) -> impl Iterator<Item = Node<'d>> {
        let document = self.document;
        let ids = document.children_iter(self.id);
        ids.filter(move |id| document.element(*id).is_some())
            .map(move |id| Node { document, id })
    }

    /// The elements of one name in it.
    pub fn children_named(
        self,
        namespace: &'static str,
        local: &'static str,
    ) -> impl Iterator<Item = Node<'d>> {
        self.children()
            .filter(move |child| child.is(namespace, local))
    }

    /// The one element of a name in it, if there is one.
    ///
    /// # Errors
    /// [`Problem::Message`] when there are several.
    pub fn child(
        self,
        namespace: &'static str,
        local: &'static str,
    ) -> Result<Option<Node<'d>>, Problem> {
        let mut found = self.children_named(namespace, local);
        match (found.next(), found.next()) {
            (one, None) => Ok(one),
            _ => Err(Problem::Message("an element occurs more than once")),
        }
    }

    /// The one element of a name in it, which must be there.
    ///
    /// # Errors
    /// [`Problem::Message`] when there is none or several.
    pub fn one(
        self,
        namespace: &'static str,
        local: &'static str,
        missing: &'static str,
    ) -> Result<Node<'d>, Problem> {
        self.child(namespace, local)?
            .ok_or(Problem::Message(missing))
    }

    /// All elements below it, itself first.
    pub(crate) fn descendants(self) -> impl Iterator<Item = Node<'d>> {
        let (document, top) = (self.document, self.id);
        // From one to the next along the links of the tree: nothing is collected.
        let following = move |id: &NodeId| {
            if let Some(child) = document.first_child(*id) {
                return Some(child);
            }
            let mut here = *id;
            while here != top {
                if let Some(sibling) = document.next_sibling(here) {
                    return Some(sibling);
                }
                here = document.parent(here)?;
            }
            None
        };
        std::iter::successors(Some(top), following)
            .filter(move |id| document.element(*id).is_some())
            .map(move |id| Node { document, id })
    }

    /// The element around it.
    pub(crate) fn parent(self) -> Option<Node<'d>> {
        let id = self.document.parent(self.id)?;
        self.document.element(id).map(|_| Node {
            document: self.document,
            id,
        })
    }

    /// Its text: the whole of it, whatever it is divided into (XML-04).
    ///
    /// # Errors
    /// [`Problem::Message`] when there is an element in it.
    pub fn text(self) -> Result<String, Problem> {
        let mut text = String::new();
        for id in self.document.children_iter(self.id) {
            match self.document.node_kind(id) {
                Some(NodeKind::Text(part) | NodeKind::CData(part)) => text.push_str(part),
                Some(NodeKind::Element(_)) => {
                    return Err(Problem::Message("an element where a text is expected"));
                }
                _ => {}
            }
        }
        Ok(text)
    }

    /// The one text that is all there is in it; none where it is divided into several, or has anything else in
    /// it (SIG-03).
    pub(crate) fn only_text(self) -> Option<&'d str> {
        let mut children = self.document.children_iter(self.id);
        let (only, None) = (children.next()?, children.next()) else {
            return None;
        };
        match self.document.node_kind(only) {
            Some(NodeKind::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// Whether there is nothing in it but white space and one element.
    pub(crate) fn holds_only(self, element: Node<'_>) -> bool {
        let mut children = self.document.children_iter(self.id);
        children.all(|id| match self.document.node_kind(id) {
            Some(NodeKind::Text(text) | NodeKind::CData(text)) => text.trim().is_empty(),
            Some(NodeKind::Element(_)) => id == element.id,
            _ => true,
        })
    }

    /// Its text as the name of something (`anyURI`): without the white space around it, which XML Schema
    /// takes away (XML Schema §4.3.6).
    ///
    /// # Errors
    /// [`Problem::Message`] when there is an element in it, or nothing.
    pub fn uri(self) -> Result<String, Problem> {
        let text = self.text()?;
        let text = text.trim();
        if text.is_empty() {
            return Err(Problem::Message("a name is empty"));
        }
        Ok(text.to_owned())
    }

    /// The bytes it was written as, in the document. Without the namespaces that are declared around it.
    pub(crate) fn source(self) -> Option<&'d str> {
        self.document.node_source(self.id)
    }

    /// The namespaces that it declares itself: prefix, empty for none, and name.
    pub(crate) fn declarations(self) -> impl Iterator<Item = (String, String)> {
        let declared = self
            .element()
            .map(|element| &element.namespace_declarations);
        let declared = declared.into_iter().flatten();
        declared.map(|(prefix, uri)| (prefix.to_string(), uri.to_string()))
    }

    fn element(self) -> Option<&'d uppsala::Element<'d>> {
        self.document.element(self.id)
    }

    fn find_attribute(self, namespace: Option<&str>, name: &str) -> Option<&'d str> {
        let mut attributes = self.element()?.attributes.iter();
        attributes
            .find(|attribute| attribute.name.matches(namespace, name))
            .map(|attribute| attribute.value.as_ref())
    }
}

impl std::fmt::Debug for Node<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Node({})", self.local_name())
    }
}
