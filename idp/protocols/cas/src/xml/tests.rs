//! Tests of reader and writer: the XML rules of received messages (XML-01 to XML-07), one table each.

use std::path::Path;

use proptest::prelude::*;

use super::*;

fn bad(text: &str) -> BadXml {
    read(text.as_bytes()).expect_err(text)
}

fn text_of(text: &str) -> Option<String> {
    read(text.as_bytes()).ok()?.leaf().map(str::to_owned)
}

/// Names of the files below `directory` whose text has `word`.
fn files_with(directory: &Path, word: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(directory)
        .expect("our own directory")
        .flatten()
    {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files_with(&path, word));
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            let source = std::fs::read_to_string(&path).expect("UTF-8");
            if source.contains(word) {
                found.push(
                    path.file_name()
                        .unwrap_or_default()
                        .to_string_lossy()
                        .into_owned(),
                );
            }
        }
    }
    found.sort();
    found
}

#[test]
fn xml_01_one_library_in_one_place() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let library = concat!("quick", "_xml");
    assert_eq!(
        files_with(&root.join("src"), library),
        ["reader.rs", "xml.rs"]
    );
    let manifest = std::fs::read_to_string(root.join("Cargo.toml")).expect("a manifest");
    for other in [
        "roxmltree",
        "xml-rs",
        "xmltree",
        "minidom",
        "sxd",
        "libxml",
        "regex",
        "serde-xml",
    ] {
        assert!(!manifest.contains(other), "{other}");
    }
}

#[test]
fn xml_02_any_doctype_is_refused() {
    for text in [
        "<!DOCTYPE a><a/>",
        "<!DOCTYPE a []><a/>",
        "<?xml version=\"1.0\"?><!DOCTYPE a SYSTEM \"http://evil.example/x.dtd\"><a/>",
        "<!DOCTYPE a PUBLIC \"-//x\" \"file:///etc/passwd\"><a/>",
        "<!DOCTYPE a [<!ENTITY x \"y\">]><a>&x;</a>",
        "<!DOCTYPE a [<!ENTITY % p SYSTEM \"http://evil.example/\">%p;]><a/>",
        "<!DOCTYPE a [<!ATTLIST a ID ID #IMPLIED>]><a/>",
        "<!doctype a><a/>",
        "\n<!DOCTYPE a><a/>",
    ] {
        assert_eq!(bad(text), BadXml::Doctype, "{text}");
    }
    assert!(read(b"<a/><!DOCTYPE a>").is_err());
    assert!(read(b"<a><!DOCTYPE b></a>").is_err());
    for entity in ["x", "nbsp", "xxe", "AMP"] {
        assert_eq!(
            bad(&format!("<a>&{entity};</a>")),
            BadXml::Entity,
            "{entity}"
        );
        assert_eq!(
            bad(&format!("<a b=\"&{entity};\"/>")),
            BadXml::Entity,
            "{entity}"
        );
    }
    assert_eq!(
        text_of("<a>&lt;&gt;&amp;&apos;&quot;&#65;&#x42;</a>").as_deref(),
        Some("<>&'\"AB")
    );
}

#[test]
fn xml_03_bombs_are_refused_before_they_are_unfolded() {
    let deep = format!("{}{}", "<a>".repeat(40), "</a>".repeat(40));
    let wide = format!("<a>{}</a>", "<b/>".repeat(1_001));
    let attributes: String = (0..40).map(|n| format!(" a{n}=\"\"")).collect();
    let namespaces: String = (0..40)
        .map(|n| format!(" xmlns:n{n}=\"urn:{n}\""))
        .collect();
    let long = format!("<a>{}</a>", "x".repeat(LARGEST));
    for text in [
        deep,
        wide,
        format!("<a{attributes}/>"),
        format!("<a{namespaces}/>"),
        long,
    ] {
        assert_eq!(bad(&text), BadXml::TooLarge);
    }
    // As many attributes as fit in a message: told apart from the first thirty-two.
    let many: String = (0..20_000).map(|n| format!(" a{n}=\"\"")).collect();
    let many = format!("<a{many}/>");
    assert!(many.len() < LARGEST);
    assert_eq!(bad(&many), BadXml::TooLarge);
}

#[test]
fn xml_04_comments_and_instructions_are_refused() {
    for text in [
        "<!-- x --><a/>",
        "<a/><!-- x -->",
        "<a>ST-1<!-- x -->.evil</a>",
        "<a><?php x ?></a>",
        "<?pi x?><a/>",
        "<a/><?pi?>",
    ] {
        assert_eq!(bad(text), BadXml::Comment, "{text}");
    }
    assert_eq!(
        text_of("<a>x<![CDATA[<y>]]>z</a>").as_deref(),
        Some("x<y>z")
    );
    // A leaf with an element inside is no leaf: half of its text is not its value.
    let tree = read(b"<a>x<b/>y</a>").expect("well-formed");
    assert_eq!(tree.leaf(), None);
    let twice = read(b"<a><b>1</b><b>2</b></a>").expect("well-formed");
    assert_eq!(twice.only("", "b"), None);
}

#[test]
fn xml_05_names_are_pairs_of_namespace_and_local_name() {
    for text in [
        "<p:a/>",
        "<a p:b=\"\"/>",
        "<a xmlns:p=\"\"/>",
        "<a xmlns:p=\"relative\"/>",
        "<a xmlns=\"relative/x\"/>",
        "<a xmlns:xml=\"urn:x\"/>",
        "<a xmlns:xmlns=\"urn:x\"/>",
        "<a xmlns:p=\"http://www.w3.org/XML/1998/namespace\"/>",
        "<a xmlns:p=\"urn:x\" xmlns:p=\"urn:y\"/>",
        "<a b=\"1\" b=\"2\"/>",
        "<a xmlns:p=\"urn:x\" xmlns:q=\"urn:x\" p:b=\"1\" q:b=\"2\"/>",
        "<a:b:c xmlns:a=\"urn:x\"/>",
        "<:a/>",
        "<a xmlns:p=\"urn:x\" p:ID=\"1\"/>",
        "<a xml:id=\"1\"/>",
    ] {
        assert_eq!(bad(text), BadXml::Namespace, "{text}");
    }
    let tree =
        read(b"<p:a xmlns:p='urn:x' c='0' p:c='1'><b xmlns='urn:y'/><p:b xmlns:p='urn:z'/></p:a>");
    let tree = tree.expect("well-formed");
    assert!(tree.is("urn:x", "a") && !tree.is("", "a") && !tree.is("urn:x", "p:a"));
    assert_eq!(tree.attribute("c"), Some("0"));
    assert!(tree.only("urn:y", "b").is_some() && tree.only("urn:z", "b").is_some());
    assert_eq!(tree.only("urn:x", "b"), None);
    // A prefix ends with the element that declared it.
    assert_eq!(
        bad("<a><b xmlns:p=\"urn:x\"/><p:c/></a>"),
        BadXml::Namespace
    );
}

#[test]
fn xml_06_names_that_are_attacks_stay_values() {
    for text in [
        "</x><y a=\"",
        "]]>",
        "<![CDATA[",
        "&amp;lt;",
        "a\r\nb\tc",
        "<!-- -->",
        "&#0;",
    ] {
        let written = Xml::parent("x", vec![Xml::text("y", text)])
            .with("a", text)
            .document();
        let tree = read(written.as_bytes()).expect("well-formed");
        assert_eq!(tree.attribute("a"), Some(text), "{written}");
        assert_eq!(
            tree.only("", "y").and_then(Element::leaf),
            Some(text),
            "{written}"
        );
        assert_eq!(tree.children().len(), 1);
    }
    let illegal = "a\0b\u{1}c\u{b}d\u{1f}e\u{fffe}f\u{ffff}g";
    let written = Xml::text("y", illegal).with("a", illegal).one_line();
    let tree = read(written.as_bytes()).expect("well-formed");
    assert_eq!(
        (tree.leaf(), tree.attribute("a")),
        (Some("abcdefg"), Some("abcdefg"))
    );
    assert_eq!(element_name("badge cantine"), "badge_cantine");
    assert_eq!(element_name("</x>"), "__x_");
    assert_eq!(element_name("1a:é"), "_1a__");
    assert_eq!(element_name(""), "_");
}

#[test]
fn xml_07_utf_8_and_nothing_else() {
    assert_eq!(
        text_of("\u{feff}<?xml version=\"1.0\" encoding=\"utf-8\"?><a>é</a>").as_deref(),
        Some("é")
    );
    assert_eq!(
        text_of("<?xml version='1.0' encoding='UTF-8' standalone='yes'?><a/>").as_deref(),
        Some("")
    );
    for encoding in ["ISO-8859-1", "UTF-16", "UTF-7", "us-ascii"] {
        let text = format!("<?xml version=\"1.0\" encoding=\"{encoding}\"?><a/>");
        assert_eq!(bad(&text), BadXml::Encoding);
    }
    assert_eq!(read(b"<a>\xe9</a>"), Err(BadXml::Encoding));
    assert_eq!(read(b"\xff\xfe<\0a\0/\0>\0"), Err(BadXml::Encoding));
    assert_eq!(bad("<?xml version=\"1.1\"?><a/>"), BadXml::Malformed);
}

#[test]
fn what_is_not_one_document_is_refused() {
    for text in [
        "",
        " ",
        "x",
        "<a>",
        "</a>",
        "<a></b>",
        "<a/><b/>",
        "<a/>x",
        "x<a/>",
        "&amp;<a/>",
        " <?xml version=\"1.0\"?><a/>",
        "<a/><?xml version=\"1.0\"?>",
        "<a b/>",
        "<a b=c/>",
        "<a b=\"<\"/>",
        "<é/>",
        "<a>& b</a>",
        "<a>&#0;</a>",
        "<a>&#xD800;</a>",
        "<a b=\"&#1;\"/>",
        "<a>\u{1}</a>",
        "<",
        "<a",
        "<![CDATA[x]]>",
    ] {
        assert!(read(text.as_bytes()).is_err(), "{text:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn xml_06_what_is_written_is_read_again(text in any::<String>(), inside in any::<String>()) {
        let written = Xml::parent("a", vec![
            Xml::text("b", &text).with("c", &inside),
            Xml::text("d", &inside),
        ]).with("e", &text);
        for written in [written.document(), written.one_line()] {
            let tree = read(written.as_bytes()).expect("well-formed");
            let (text, inside) = (legal(&text), legal(&inside));
            prop_assert_eq!(tree.attribute("e"), Some(&*text));
            let b = tree.only("", "b").expect("one");
            prop_assert_eq!((b.leaf(), b.attribute("c")), (Some(&*text), Some(&*inside)));
            prop_assert_eq!(tree.only("", "d").and_then(Element::leaf), Some(&*inside));
        }
    }

    #[test]
    fn nothing_that_is_read_panics(bytes in any::<Vec<u8>>(), text in "[<>a/:!?\\[\\]&;#x= \"'-]{0,60}") {
        let _ = read(&bytes);
        let _ = read(text.as_bytes());
    }
}
