//! Files: encodings, markup, what is refused and where (IMP-01, XML-03, XML-07).

use super::*;

fn place(text: &[u8]) -> (Option<u64>, Reason) {
    let refusal = read_bytes(text).expect_err("refused");
    assert_eq!(refusal.file.as_str(), PUPILS);
    (refusal.line, refusal.reason)
}

fn given(contents: &Contents) -> &str {
    match contents.records.first() {
        Some(Record::Pupil(pupil)) => &pupil.names.given,
        other => panic!("no pupil: {other:?}"),
    }
}

fn named(value: &str) -> String {
    document(&pupil(
        "1",
        &format!("<attr name=\"givenName\">{value}</attr>"),
    ))
}

#[test]
fn imp_01_the_declaration_of_the_feed_is_inert() {
    let text = named("<value>Zoé</value>");
    for declaration in [
        "",
        "<!DOCTYPE ficAlimMENESR SYSTEM 'ficAlimMENESR.dtd'>",
        "<!DOCTYPE  ficAlimMENESR\n SYSTEM\t\"ficAlimMENESR.dtd\" >",
    ] {
        let text = text.replace(
            "<!DOCTYPE ficAlimMENESR SYSTEM \"ficAlimMENESR.dtd\">",
            declaration,
        );
        assert_eq!(
            given(&read_bytes(text.as_bytes()).expect(declaration)),
            "Zoé"
        );
    }
}

#[test]
fn imp_01_any_other_declaration_is_refused() {
    let text = named("<value>&x;</value>");
    for (declaration, internal) in [
        (
            "<!DOCTYPE ficAlimMENESR [<!ENTITY x SYSTEM \"file:///etc/hostname\">]>",
            true,
        ),
        (
            "<!DOCTYPE ficAlimMENESR SYSTEM \"ficAlimMENESR.dtd\" [<!ENTITY x \"y\">]>",
            true,
        ),
        (
            "<!DOCTYPE ficAlimMENESR SYSTEM \"ficAlimMENESR.dtd\" []>",
            true,
        ),
        (
            "<!DOCTYPE ficAlimMENESR SYSTEM \"http://example.org/ficAlimMENESR.dtd\">",
            false,
        ),
        (
            "<!DOCTYPE ficAlimMENESR PUBLIC \"x\" \"ficAlimMENESR.dtd\">",
            false,
        ),
        ("<!DOCTYPE ficAlimMENESR>", false),
        ("<!DOCTYPE html>", false),
    ] {
        let text = text.replace(
            "<!DOCTYPE ficAlimMENESR SYSTEM \"ficAlimMENESR.dtd\">",
            declaration,
        );
        let expected = if internal {
            Reason::InternalSubset
        } else {
            Reason::ForeignDocumentType
        };
        assert_eq!(
            reason(read_bytes(text.as_bytes())),
            expected,
            "{declaration}"
        );
    }
    // Where it may not stand, and twice.
    let declaration = "<!DOCTYPE ficAlimMENESR SYSTEM \"ficAlimMENESR.dtd\">";
    let inside = document(&format!("{declaration}{}", pupil("1", "")));
    let twice = format!("{declaration}{}", document(""));
    for text in [inside, twice] {
        assert!(matches!(
            reason(read_bytes(text.as_bytes())),
            Reason::NotWellFormed { .. }
        ));
    }
}

#[test]
fn imp_01_no_entity_is_expanded() {
    let (line, reason) = place(named("<value>\n&x;</value>").as_bytes());
    assert_eq!(
        reason,
        Reason::Entity {
            name: "x".to_owned()
        }
    );
    assert_eq!(line, Some(9));
}

#[test]
fn xml_07_the_five_entities_and_characters_are_read() {
    let value = "<value>A&apos;&amp;&lt;&gt;&quot;&#233;&#xE8;<![CDATA[<x>&]]><!-- no -->B</value>";
    assert_eq!(
        given(&read_bytes(named(value).as_bytes()).expect("readable")),
        "A'&<>\"éè<x>&B"
    );
    for bad in ["&", "& x", "&#xD800;", "&#0;", "&#x110000;", "&#;", "&é"] {
        let text = named(&format!("<value>{bad}</value>"));
        assert!(
            matches!(
                reason(read_bytes(text.as_bytes())),
                Reason::NotWellFormed { .. }
            ),
            "{bad}"
        );
    }
}

#[test]
fn xml_07_encodings_are_as_declared() {
    let text = named("<value>Zoé Œ</value>");
    for (declaration, encoding) in [
        ("", None),
        ("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n", None),
        (
            "<?xml version='1.0' encoding='utf-8' standalone='yes'?>",
            None,
        ),
        ("\u{FEFF}<?xml version=\"1.0\" encoding=\"UTF-8\"?>", None),
        ("\u{FEFF}", None),
        (
            "<?xml version=\"1.0\" encoding=\"ISO-8859-15\"?>",
            Some(encoding_rs::ISO_8859_15),
        ),
        (
            "<?xml version=\"1.0\" encoding='windows-1252'?>",
            Some(encoding_rs::WINDOWS_1252),
        ),
        (
            "<?xml version=\"1.0\" encoding = \"iso-8859-1\"?>",
            Some(encoding_rs::WINDOWS_1252),
        ),
    ] {
        for text in [text.clone(), text.replace('\n', "\r\n")] {
            let text = format!("{declaration}{text}");
            let bytes = match encoding {
                None => text.into_bytes(),
                Some(encoding) => encoding.encode(&text).0.into_owned(),
            };
            assert_eq!(
                given(&read_bytes(&bytes).expect(declaration)),
                "Zoé Œ",
                "{declaration}"
            );
        }
    }
}

#[test]
fn a_misencoded_file_is_refused_with_its_line() {
    let mut bytes = named("<value>Zo</value>").into_bytes();
    let position = bytes
        .windows(2)
        .position(|pair| pair == b"Zo")
        .expect("there");
    bytes.insert(position + 2, 0xE9);
    let (line, reason) = place(&bytes);
    assert!(matches!(reason, Reason::Misencoded { .. }), "{reason}");
    assert_eq!(line, Some(8));

    let latin = "<?xml version=\"1.0\" encoding=\"ISO-8859-15\"?>\n";
    let (line, reason) = place(format!("{latin}{}", named("<value>Zoé</value>")).as_bytes());
    assert!(matches!(reason, Reason::Misencoded { .. }), "{reason}");
    assert_eq!(line, Some(9));

    let utf_16: Vec<u8> = "<?xml version=\"1.0\"?>"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    assert!(matches!(place(&utf_16).1, Reason::UnknownEncoding { .. }));
    let other = b"<?xml version=\"1.0\" encoding=\"KOI8-R\"?><ficAlimMENESR/>";
    assert_eq!(
        place(other).1,
        Reason::UnknownEncoding {
            encoding: "KOI8-R".to_owned()
        }
    );
    let mark = "\u{FEFF}<?xml version=\"1.0\" encoding=\"ISO-8859-15\"?><ficAlimMENESR/>";
    assert!(matches!(
        place(mark.as_bytes()).1,
        Reason::Misencoded { .. }
    ));
}

#[test]
fn characters_may_lie_across_blocks() {
    // The decoder reads 64 KiB at a time; move a two-byte letter over the border.
    for shift in 0..4 {
        let filler = "x".repeat(65_530 - 170 + shift);
        let text = document(&format!(
            "<!--{filler}{}-->{}",
            "é".repeat(300),
            pupil("1", "")
        ));
        assert_eq!(
            read_bytes(text.as_bytes()).expect("readable").records.len(),
            1
        );
        let latin = format!("<?xml version='1.0' encoding='ISO-8859-15'?>{text}");
        let bytes = encoding_rs::ISO_8859_15.encode(&latin).0.into_owned();
        assert_eq!(read_bytes(&bytes).expect("readable").records.len(), 1);
    }
}

#[test]
fn foreign_files_are_refused() {
    let rss = b"<?xml version=\"1.0\"?>\n<rss version=\"2.0\"><channel/></rss>";
    assert_eq!(
        place(rss),
        (
            Some(2),
            Reason::ForeignRoot {
                found: "rss".to_owned()
            }
        )
    );
    assert!(matches!(place(b"").1, Reason::Truncated { .. }));
    assert!(matches!(place(b"hello").1, Reason::NotWellFormed { .. }));
    assert!(matches!(
        place(b"PK\x03\x04").1,
        Reason::NotWellFormed { .. } | Reason::Truncated { .. }
    ));
    let prefixed = b"<x:ficAlimMENESR xmlns:x=\"y\"/>";
    assert!(matches!(place(prefixed).1, Reason::ForeignRoot { .. }));
}

#[test]
fn elements_out_of_place_are_refused_with_their_line() {
    let good = pupil("1", "");
    for (bad, line) in [
        ("<x/>".to_owned(), 3),
        (good.replace("<attributes>", "<attributes>\n<value/>"), 7),
        (
            good.replace("<attributes>", "<attributes/>\n<attributes>"),
            7,
        ),
        (good.replace("<id>1</id>", "<id>1</id><id>2</id>"), 5),
        (good.replace("<value>1</value>", "<value>1<b/></value>"), 7),
        (good.replace("<identifier>", "<addRequest>"), 5),
    ] {
        let (found, reason) = place(document(&bad).as_bytes());
        assert!(
            matches!(reason, Reason::UnexpectedElement { .. }),
            "{bad}: {reason}"
        );
        assert_eq!(found, Some(line), "{bad}");
    }
    let missing = good.replace("<identifier><id>1</id></identifier>", "");
    assert!(matches!(
        place(document(&missing).as_bytes()).1,
        Reason::Missing { .. }
    ));
    let nameless = pupil("1", "<attr><value>x</value></attr>");
    assert!(matches!(
        place(document(&nameless).as_bytes()).1,
        Reason::Missing { .. }
    ));
    for text in [
        document(&format!("{good}text")),
        format!("{}<a/>", document("")),
        document("&amp;"),
    ] {
        let reason = place(text.as_bytes()).1;
        assert!(
            matches!(
                reason,
                Reason::NotWellFormed { .. } | Reason::UnexpectedElement { .. }
            ),
            "{reason}"
        );
    }
    let crossed = document("").replace("</ficAlimMENESR>", "</ficAlim>");
    assert!(matches!(
        place(crossed.as_bytes()).1,
        Reason::NotWellFormed { .. }
    ));
}

#[test]
fn xml_03_markup_and_records_are_capped() {
    let limits = Limits {
        record_bytes: 200_000,
        ..Limits::default()
    };
    let refused = |text: &str| {
        let set = Set::of_file(PUPILS, text.as_bytes(), &limits);
        let refusal = set.and_then(|set| read(&set)).expect_err("refused");
        assert!(
            matches!(refusal.reason, Reason::TooLarge { .. }),
            "{refusal}"
        );
    };
    let long = "x".repeat(400_000);
    refused(&named(&format!("<value>{long}</value>")));
    refused(&document(&format!("<!--{long}-->")));
    refused(&document(&pupil(
        "1",
        &format!("<attr name=\"{long}\"><value/></attr>"),
    )));
    refused(&document(&format!("<?x {long}?>")));
    refused(&format!("<!DOCTYPE {long}>{}", document("")));
    let values = "<value>0123456789</value>".repeat(7_000);
    refused(&document(&pupil(
        "1",
        &format!("<attr name=\"a\">{values}{values}{values}</attr>"),
    )));
    let many = "<attr name=\"a\"><value/></attr>".repeat(1_000);
    refused(&document(&pupil("1", &many)));
    let values = "<value/>".repeat(10_000);
    refused(&document(&pupil(
        "1",
        &format!("<attr name=\"a\">{values}</attr>"),
    )));
    let id = "&amp;".repeat(300_000);
    refused(&document(
        &pupil("1", "").replace("<id>1", &format!("<id>{id}")),
    ));
    let attributes: String = (0..20).map(|number| format!(" a{number}=\"\"")).collect();
    refused(&document(&pupil(
        "1",
        &format!("<attr{attributes}><value/></attr>"),
    )));
    // What is not one record may be as long as it likes.
    let white = "\n".repeat(150_000);
    let records = format!("{white}{}{white}{}{white}", pupil("1", ""), pupil("2", ""));
    let set = Set::of_file(PUPILS, document(&records).as_bytes(), &limits).expect("a set");
    assert_eq!(read(&set).expect("readable").records.len(), 2);
}

#[test]
fn nothing_follows_a_refusal() {
    let text = document(&format!("{}<x/>{}", pupil("1", ""), pupil("2", "")));
    let set = Set::of_file(PUPILS, text.as_bytes(), &Limits::default()).expect("a good head");
    let mut entries = set.entries();
    assert!(matches!(entries.next(), Some(Ok(Item::Record { .. }))));
    assert!(matches!(entries.next(), Some(Err(_))));
    assert!(entries.next().is_none());
    assert!(entries.next().is_none());
}

#[test]
fn lines_are_those_of_the_records() {
    let text = document(&format!("\r\n{}\n\n{}", pupil("1", ""), pupil("2", "")));
    let set = Set::of_file(PUPILS, text.as_bytes(), &Limits::default()).expect("a set");
    let lines: Vec<u64> = set
        .entries()
        .map(|item| match item.expect("readable") {
            Item::Record { at, .. } | Item::Unusable { at, .. } => at.line,
        })
        .collect();
    assert_eq!(lines, [4, 13]);
}
