//! XML rules of the security page, one table each.

use proptest::prelude::*;

use super::{Limits, Tree, Writer};
use crate::error::Problem;

fn parse(text: &str) -> Result<(), Problem> {
    Tree::parse(text.as_bytes(), &Limits::PROTOCOL).map(drop)
}

#[test]
fn xml_02_no_document_type_wherever_it_stands() {
    for text in [
        "<!DOCTYPE a><a/>",
        "<!DOCTYPE a []><a/>",
        "<?xml version=\"1.0\"?><!DOCTYPE a SYSTEM \"http://a.example/x\"><a/>",
        "<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>",
        "<!DOCTYPE a [<!ATTLIST a ID ID #IMPLIED>]><a/>",
        "<a><!DOCTYPE a></a>",
        " <!DOCTYPE a><a/>",
        "<!doctype a><a/>",
    ] {
        // By the gate, before there is anything that could be read.
        let gate = Problem::Xml("a document type declaration");
        assert_eq!(parse(text), Err(gate), "{text}");
        let metadata = Tree::parse(text.as_bytes(), &Limits::FEDERATION).map(drop);
        assert_eq!(metadata, Err(gate), "{text}");
    }
    for text in [
        "<a>&b;</a>",
        "<a b=\"&c;\"/>",
        "<a>&#0;</a>",
        "<a>&#xD800;</a>",
    ] {
        assert!(parse(text).is_err(), "{text}");
    }
    parse("<a b=\"&lt;&#x41;\">&amp;&gt;&quot;&apos;&#233;</a>")
        .expect("what every document may use");
}

#[test]
fn xml_03_limits_hold_before_the_parser_works() {
    let deep = |n: usize| format!("{}{}", "<a>".repeat(n), "</a>".repeat(n));
    assert!(parse(&deep(64)).is_ok());
    assert_eq!(parse(&deep(65)), Err(Problem::TooLarge("depth")));
    let wide = |n: usize| {
        let attributes: String = (0..n).map(|i| format!(" a{i}=''")).collect();
        format!("<a{attributes}/>")
    };
    assert!(parse(&wide(64)).is_ok());
    assert!(matches!(parse(&wide(65)), Err(Problem::TooLarge(_))));
    let declarations: String = (0..65).map(|i| format!(" xmlns:a{i}='urn:a'")).collect();
    assert!(matches!(
        parse(&format!("<a{declarations}/>")),
        Err(Problem::TooLarge(_))
    ));
    let many = format!("<a>{}</a>", "<b/>".repeat(4096));
    assert!(matches!(parse(&many), Err(Problem::TooLarge(_))));
    let long = format!("<a>{}</a>", "x".repeat(256 * 1024));
    assert_eq!(parse(&long), Err(Problem::TooLarge("bytes")));
    // What is in quotes or in CDATA is no markup.
    let quoted = format!("<a b='{}'/>", "&lt;a&gt;=".repeat(100));
    assert!(parse(&quoted).is_ok());
}

#[test]
fn xml_04_no_comments_and_no_instructions_in_messages() {
    for text in [
        "<a><!-- b --></a>",
        "<a>x<!---->y</a>",
        "<!-- a --><a/>",
        "<a/><!-- a -->",
        "<a><?b c?></a>",
        "<?b?><a/>",
        "<a/><?b?>",
        "<a><?xml version='1.0'?></a>",
        " <?xml version='1.0'?><a/>",
        "<?xml-stylesheet href='https://a.example/x'?><a/>",
        "<?xml\u{c}version='1.0'?><a/>",
        "<?xml?><a/>",
    ] {
        assert!(parse(text).is_err(), "{text}");
    }
    parse("<?xml\tversion='1.0'?><a/>").expect("a declaration");
    // In metadata they are passed over, and a text is the whole text.
    let text = "<a>x<!-- y -->z<![CDATA[&]]></a>";
    let tree = Tree::parse(text.as_bytes(), &Limits::ENTITY).expect("metadata");
    assert_eq!(tree.root().text().as_deref(), Ok("xz&"));
}

#[test]
fn xml_04_a_text_holds_no_elements() {
    let tree = Tree::parse(b"<a>x<b/>y</a>", &Limits::PROTOCOL).expect("XML");
    assert!(tree.root().text().is_err());
}

#[test]
fn xml_05_names_are_namespace_and_local_name() {
    let text = "<p:a xmlns:p='urn:one'><a xmlns='urn:one'/><a/><q:a xmlns:q='urn:two'/></p:a>";
    let tree = Tree::parse(text.as_bytes(), &Limits::PROTOCOL).expect("XML");
    assert!(tree.root().is("urn:one", "a"));
    let found = tree.root().children_named("urn:one", "a");
    assert_eq!(found.count(), 1);
    for text in [
        "<a xmlns='one'/>",
        "<a xmlns:b='../one'/>",
        "<b:a/>",
        "<a b:c='d'/>",
        "<a b='1' b='2'/>",
        "<a xmlns:p='urn:x' xmlns:q='urn:x' p:b='1' q:b='2'/>",
        "<a xmlns:p='urn:x' p:ID='1'/>",
        "<a xml:id='1'/>",
        "<a xmlns:p='urn:x' p:Id='1'/>",
        "<a xmlns:xmlns='urn:x'/>",
        "<a xmlns:xml='urn:x'/>",
        "<a xmlns='http://www.w3.org/XML/1998/namespace'/>",
        "<a xmlns:p='http://www.w3.org/2000/xmlns/'/>",
    ] {
        assert!(parse(text).is_err(), "{text}");
    }
    parse("<p:a xmlns:p='urn:x' p:b='1' b='2'><a xmlns=''/></p:a>").expect("what is allowed");
}

#[test]
fn xml_05_no_prefix_is_taken_back_and_no_name_has_two() {
    for text in [
        "<p:a xmlns:p='urn:x'><p:b xmlns:p=''/></p:a>",
        "<a xmlns:p=''/>",
        "<a xmlns:p='urn:x'><b xmlns:p=\"\"/></a>",
        "<:a/>",
        "<a :b='c'/>",
        "<a: xmlns:a='urn:x'/>",
        "<a:b:c xmlns:a='urn:x'/>",
        "<a xmlns:p='urn:x' p:b:c='d'/>",
        "<a xmlns:='urn:x'/>",
    ] {
        // In metadata as in messages: signed elements must not be hidden there either.
        for limits in [&Limits::PROTOCOL, &Limits::ENTITY, &Limits::FEDERATION] {
            assert!(Tree::parse(text.as_bytes(), limits).is_err(), "{text}");
        }
    }
}

#[test]
fn xml_01_there_is_one_root_and_nothing_after_it() {
    for text in [
        "",
        " ",
        "x",
        "<a/><b/>",
        "<a/>x",
        "x<a/>",
        "<a>",
        "<a/",
        "</a>",
        "<a></b>",
        "<a></a",
        "<a/>\0",
        "<a/>&amp;",
        "<a/><![CDATA[x]]>",
        "<a b=c/>",
        "<a b/>",
        "<a b='1'c='2'/>",
        "<a b='<'/>",
        "<a>]]></a>",
        "<a>&amp</a>",
        "<a>&</a>",
        "<1a/>",
        "<a\u{0}/>",
        "<a>\u{1}</a>",
        "<a>\u{fffe}</a>",
    ] {
        assert!(parse(text).is_err(), "{text:?}");
    }
    parse(" <a b='1'\n c = \"2\" ></a\n> \n").expect("white space where it may be");
}

#[test]
fn xml_03_a_document_of_nothing_but_brackets_takes_no_time() {
    // Each of these is as large as may be; a reader that looks back would take minutes.
    let size = Limits::PROTOCOL.bytes;
    for unit in [
        "<",
        "<a",
        "<a ",
        "</a>",
        "<a b='",
        "<![CDATA[]]>",
        "&amp;",
        "<a b=''",
        "<a>",
        "=\"'>",
        "<a/>",
    ] {
        let text = unit.repeat(size / unit.len());
        assert!(parse(&text).is_err(), "{unit}");
    }
    let attributes: String = (0..60)
        .map(|i| format!(" a{i}='{}'", "&lt;".repeat(900)))
        .collect();
    parse(&format!("<a{attributes}/>")).expect("large and good");
}

#[test]
fn xml_07_utf_8_and_nothing_else() {
    for text in [
        "<?xml version='1.0' encoding='ISO-8859-1'?><a/>",
        "<?xml version='1.0' encoding='UTF-16'?><a/>",
        "<?xml version='1.0' encoding=\"utf-7\"?><a/>",
    ] {
        assert!(parse(text).is_err(), "{text}");
    }
    for text in [
        "\u{feff}<a/>",
        "<?xml version='1.0' encoding='utf-8'?><a/>",
        "\u{feff}<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n<a/>",
        "<?xml version='1.0'?><a/>",
    ] {
        parse(text).unwrap_or_else(|problem| panic!("{text}: {problem}"));
    }
    assert!(Tree::parse(b"<a>\xe9</a>", &Limits::PROTOCOL).is_err());
    assert!(Tree::parse(&[0xff, 0xfe, b'<', 0, b'a', 0], &Limits::PROTOCOL).is_err());
}

#[test]
fn xml_06_a_name_stays_a_name() {
    let name = "</x><y a=\"&'\u{0}\u{8}\u{ffff}é]]>";
    let mut writer = Writer::new();
    writer.open("a", &[("b", name)]).text(name);
    let text = writer.finish();
    let tree = Tree::parse(text.as_bytes(), &Limits::PROTOCOL).expect("XML");
    let read = "</x><y a=\"&'é]]>";
    assert_eq!(tree.root().text().as_deref(), Ok(read));
    assert_eq!(tree.root().attribute("b"), Some(read));
    assert_eq!(tree.root().children().count(), 0);
}

proptest! {
    #[test]
    fn xml_06_what_is_written_is_read(text in "([\\PC\r\n\t ]|[<>&'\"\\]]){0,40}", value in "([\\PC\r\n\t ]|[<>&'\"\\]]){0,40}") {
        let mut writer = Writer::new();
        writer.open("a", &[("b", &value)]).text(&text);
        let xml = writer.finish();
        let tree = Tree::parse(xml.as_bytes(), &Limits::PROTOCOL).expect("XML");
        prop_assert_eq!(tree.root().text().expect("text"), text);
        prop_assert_eq!(tree.root().attribute("b").expect("attribute"), value);
    }

    #[test]
    fn avl_08_no_bytes_make_the_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = Tree::parse(&bytes, &Limits::PROTOCOL);
        let _ = Tree::parse(&bytes, &Limits::ENTITY);
    }

    #[test]
    fn avl_08_nothing_like_markup_makes_the_reader_panic(text in "[<>/?!a='\"&;\\[\\]CDATA-]{0,60}") {
        let _ = Tree::parse(text.as_bytes(), &Limits::PROTOCOL);
        let _ = Tree::parse(text.as_bytes(), &Limits::ENTITY);
    }
}
