//! What is read is what was signed (SIG-08): the canonical bytes, parsed once more, say the same.

use bergshamra_xml::uppsala::{NodeId, NodeKind};
use proptest::prelude::*;

use super::*;
use crate::signature::canonical;
use crate::xml::{Limits, Tree};

/// The canonical form of a message as a message of its own, signed anew.
fn again(xml: &str) -> String {
    let tree = Tree::parse(xml.as_bytes(), &Limits::PROTOCOL).expect("XML");
    let bytes = canonical(&tree, tree.root()).expect("canonical bytes");
    let text = String::from_utf8(bytes).expect("UTF-8");
    resigned_root(&text, "_5a17", &EC)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn sig_08_the_tree_says_what_the_signed_bytes_say(
        who in "[\\PC\\r\\n\\t]{1,40}",
        names in proptest::collection::vec(("[\\PC\\r\\n\\t]{0,20}", "([\\PC\\r\\n\\t]|[<>&'\"]){0,40}"), 0..4),
    ) {
        let mut answer = answer();
        let assertion = answer.assertion.as_mut().expect("an assertion");
        assertion.name_id.value = format!("x{who}");
        assertion.attributes = names.iter().map(|(name, value)| text(name, &[value])).collect();
        let sealing = Sealing { assertion: false, ..Sealing::signed(&EC) };
        let xml = answer.write(&sealing).expect("an answer");
        let first = read(&xml);
        prop_assert!(first.is_ok());
        prop_assert_eq!(first, read(&again(&xml)));
    }

    #[test]
    fn sig_08_a_canonical_form_parses_to_the_same_tree(xml in document()) {
        let Ok(tree) = Tree::parse(xml.as_bytes(), &Limits::PROTOCOL) else {
            return Ok(());
        };
        for node in tree.root().descendants() {
            let bytes = canonical(&tree, node).expect("canonical bytes");
            let parsed = Tree::parse(&bytes, &Limits::PROTOCOL);
            let parsed = parsed.unwrap_or_else(|problem| panic!("{problem}: {xml}"));
            prop_assert_eq!(shown(&parsed, parsed.root().id()), shown(&tree, node.id()), "{}", xml);
            // And it is its own canonical form.
            prop_assert_eq!(canonical(&parsed, parsed.root()), Ok(bytes));
        }
    }
}

/// Everything that a reader can ask of an element, as text.
fn shown(tree: &Tree<'_>, id: NodeId) -> String {
    let document = tree.document();
    match document.node_kind(id) {
        Some(NodeKind::Element(element)) => {
            let name = |name: &uppsala::QName<'_>| {
                let uri = name.namespace_uri.as_deref().unwrap_or_default();
                format!("{{{uri}}}{}", name.local_name)
            };
            let attributes = element.attributes.iter();
            let mut attributes: Vec<String> = attributes
                .map(|attribute| format!("{}={:?}", name(&attribute.name), attribute.value))
                .collect();
            attributes.sort();
            let inside = document.children(id).into_iter();
            let inside: String = inside.map(|child| shown(tree, child)).collect();
            format!("<{} {attributes:?}>{inside}</>", name(&element.name))
        }
        Some(NodeKind::Text(text) | NodeKind::CData(text)) => escaped(text),
        other => panic!("{other:?} in a message"),
    }
}

/// Documents with namespaces in every disorder: declared twice, declared again, taken back, not used.
fn document() -> impl Strategy<Value = String> {
    let prefix = prop_oneof![Just(""), Just("a"), Just("b"), Just("xml")];
    let uri = prop_oneof![
        Just("urn:1"),
        Just("urn:2"),
        Just(""),
        Just("urn:&lt;&#9;&quot;")
    ];
    let declarations = proptest::collection::vec((prefix.clone(), uri), 0..3);
    let value = "([a-z<>&\"'\\r\\n\\t é]){0,6}";
    let attributes = proptest::collection::vec((prefix.clone(), "[x-z]", value), 0..3);
    let text = prop_oneof![
        value.prop_map(|text| escaped(&text)),
        "[a-z<>& \\r\\n]{0,6}".prop_map(|text| format!("<![CDATA[{text}]]>")),
        Just("&#13;&#10;&#9;&#x20;".to_owned()),
    ];
    let leaf = (
        prefix.clone(),
        "[p-r]",
        declarations.clone(),
        attributes.clone(),
        text.clone(),
    )
        .prop_map(|(prefix, name, declared, attributes, text)| {
            tag(prefix, &name, &declared, &attributes, &text)
        });
    leaf.prop_recursive(4, 24, 4, move |inner| {
        let inside = proptest::collection::vec(prop_oneof![inner, text.clone()], 0..4);
        (
            prefix.clone(),
            "[p-r]",
            declarations.clone(),
            attributes.clone(),
            inside,
        )
            .prop_map(|(prefix, name, declared, attributes, inside)| {
                tag(prefix, &name, &declared, &attributes, &inside.concat())
            })
    })
    .prop_map(|inside| format!("<root xmlns:a=\"urn:1\" xmlns:b=\"urn:2\">{inside}</root>"))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

fn tag(
    prefix: &str,
    name: &str,
    declared: &[(&str, &str)],
    attributes: &[(&str, String, String)],
    inside: &str,
) -> String {
    let qualified = |prefix: &str, name: &str| {
        if prefix.is_empty() {
            name.to_owned()
        } else {
            format!("{prefix}:{name}")
        }
    };
    // An element named `xml:…` helps nobody; as a prefix of attributes it has rules of its own.
    let own = qualified(if prefix == "xml" { "" } else { prefix }, name);
    let mut text = format!("<{own}");
    for (prefix, uri) in declared {
        let name = if prefix.is_empty() {
            "xmlns".to_owned()
        } else {
            format!("xmlns:{prefix}")
        };
        text.push_str(&format!(" {name}=\"{uri}\""));
    }
    for (prefix, name, value) in attributes {
        text.push_str(&format!(
            " {}=\"{}\"",
            qualified(prefix, name),
            escaped(value)
        ));
    }
    format!("{text}>{inside}</{own}>")
}

#[test]
fn sig_08_declarations_that_nothing_uses_change_nothing() {
    // They are not part of the exclusive form, so anybody may add or remove them: what is read must not hang
    // on them.
    for (what, assertion, response) in SIGNED {
        let good = sealed(&EC, assertion, response);
        let genuine = read(&good).expect("a good answer");
        for (at, _) in good.match_indices('>') {
            let tag = &good[..at];
            let start = tag.rfind('<').expect("a tag");
            if tag[start..].starts_with("</") {
                continue;
            }
            let end = tag.trim_end_matches('/').len();
            for declaration in [
                " xmlns:unused=\"urn:x\"",
                " xmlns=\"urn:x\"",
                " xmlns=\"\"",
                " xmlns:xml=\"http://www.w3.org/XML/1998/namespace\"",
            ] {
                let xml = format!("{}{declaration}{}", &good[..end], &good[end..]);
                match read(&xml) {
                    Ok(read) => assert_eq!(read, genuine, "{what}: {xml}"),
                    // The one that the tag has itself.
                    Err(problem) => assert!(
                        declaration.contains("xmlns=") && tag[start..].contains("xmlns="),
                        "{what}: {problem}: {xml}"
                    ),
                }
            }
        }
    }
}
