//! Answers as a service reads them (SAML-01 to SAML-04): every one here is signed by the right key, and one
//! thing about it is wrong.

use super::*;

/// Reads an answer, changed and then signed: the assertion, as most identity providers sign.
fn changed_to(from: &str, to: &str) -> Result<Asserted, Problem> {
    read(&resigned(&changed(&bare(), from, to), &EC))
}

/// The same with the answer signed as a whole.
fn changed_whole(from: &str, to: &str) -> Result<Asserted, Problem> {
    read(&resigned_root(&changed(&bare(), from, to), "_5a17", &EC))
}

/// The moment at which an answer is read, in milliseconds from the one when it was made.
fn at(xml: &str, millis: i64) -> Result<Asserted, Problem> {
    let keys = trusted();
    let now = Timestamp::from_millis(NOW.as_millis() + millis);
    receive(
        xml,
        &Expected {
            now,
            ..expected(&keys, &[])
        },
    )
}

const BEARER: &str = "<saml:SubjectConfirmation Method=\"urn:oasis:names:tc:SAML:2.0:cm:bearer\">";

#[test]
fn saml_01_a_good_answer_is_read_whole() {
    let read = changed_to("", "").expect("a good answer");
    assert_eq!(
        read,
        Asserted {
            assertion_id: "_a55e".to_owned(),
            remembered_until: NOW + Duration::from_secs(300) + SKEW,
            name_id: answer().assertion.expect("an assertion").name_id,
            session_index: Some("_5e55".to_owned()),
            session_ends: Some(NOW + Duration::from_secs(3600)),
            authenticated_at: NOW,
            context: context::PASSWORD_PROTECTED_TRANSPORT.to_owned(),
            attributes: vec![
                (
                    "urn:oid:2.5.4.4".to_owned(),
                    vec!["Déléage <&> \"x\"".to_owned()]
                ),
                (
                    "urn:oid:1.3.6.1.4.1.5923.1.1.1.1".to_owned(),
                    vec!["member".to_owned(), "student".to_owned()]
                ),
            ],
            encrypted: false,
        }
    );
    assert_eq!(changed_whole("", "").as_ref(), Ok(&read));
}

#[test]
fn saml_01_what_surrounds_the_assertion() {
    let destination = format!(" Destination=\"{ACS}\"");
    let issuer = format!("<saml:Issuer>{IDP}</saml:Issuer>");
    let answers = format!(" InResponseTo=\"{REQUEST}\"");
    let status = "<samlp:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:Success\"/>";
    let whole = element(&bare(), "samlp:Status").to_owned();
    let cases = [
        (
            "version 1.1",
            "Version=\"2.0\"".to_owned(),
            "Version=\"1.1\"".to_owned(),
        ),
        (
            "version 2",
            "Version=\"2.0\"".to_owned(),
            "Version=\"2\"".to_owned(),
        ),
        ("no version", "Version=\"2.0\"".to_owned(), String::new()),
        ("no destination", destination.clone(), String::new()),
        (
            "an empty one",
            destination.clone(),
            " Destination=\"\"".to_owned(),
        ),
        (
            "another",
            destination.clone(),
            " Destination=\"https://other.example/acs\"".to_owned(),
        ),
        (
            "one that is longer",
            destination.clone(),
            format!(" Destination=\"{ACS}/\""),
        ),
        (
            "one with a query",
            destination.clone(),
            format!(" Destination=\"{ACS}?x\""),
        ),
        (
            "one in capitals",
            destination.clone(),
            format!(" Destination=\"{}\"", ACS.to_uppercase()),
        ),
        (
            "one without TLS",
            destination.clone(),
            format!(" Destination=\"{}\"", ACS.replace("https", "http")),
        ),
        (
            "a foreign attribute",
            destination,
            format!(" xmlns:x=\"urn:x\" x:Destination=\"{ACS}\""),
        ),
        ("no issuer", issuer.clone(), String::new()),
        (
            "an empty issuer",
            issuer.clone(),
            "<saml:Issuer/>".to_owned(),
        ),
        (
            "another issuer",
            issuer.clone(),
            "<saml:Issuer>https://other.example</saml:Issuer>".to_owned(),
        ),
        ("two issuers", issuer.clone(), format!("{issuer}{issuer}")),
        (
            "an issuer of another format",
            issuer.clone(),
            issuer.replace(
                "Issuer>h",
                "Issuer Format=\"urn:oasis:names:tc:SAML:2.0:nameid-format:persistent\">h",
            ),
        ),
        (
            "a qualified issuer",
            issuer.clone(),
            issuer.replace("Issuer>h", "Issuer NameQualifier=\"x\">h"),
        ),
        (
            "an issuer of another namespace",
            issuer,
            format!("<x:Issuer xmlns:x=\"urn:x\">{IDP}</x:Issuer>"),
        ),
        (
            "another request",
            answers.clone(),
            " InResponseTo=\"_other\"".to_owned(),
        ),
        ("no request", answers, String::new()),
        ("no status", whole.clone(), String::new()),
        ("two", whole.clone(), format!("{whole}{whole}")),
        ("a status of nothing", whole, "<samlp:Status/>".to_owned()),
        (
            "no value",
            status.to_owned(),
            "<samlp:StatusCode/>".to_owned(),
        ),
        (
            "an unknown status",
            status.to_owned(),
            "<samlp:StatusCode Value=\"urn:x\"/>".to_owned(),
        ),
        (
            "the end of a status",
            status.to_owned(),
            "<samlp:StatusCode Value=\"Success\"/>".to_owned(),
        ),
        ("two codes", status.to_owned(), format!("{status}{status}")),
        (
            "success within a failure",
            status.to_owned(),
            format!(
                "{}{status}</samlp:StatusCode>",
                status.replace("Success", "Responder").replace("/>", ">")
            ),
        ),
        (
            "another message",
            "<samlp:Response ".to_owned(),
            "<samlp:ArtifactResponse ".to_owned(),
        ),
        (
            "another namespace",
            "urn:oasis:names:tc:SAML:2.0:protocol".to_owned(),
            "urn:oasis:names:tc:SAML:1.0:protocol".to_owned(),
        ),
    ];
    for (name, from, to) in cases {
        let mut xml = changed(&bare(), &from, &to);
        if name == "another message" {
            xml = xml.replace("</samlp:Response>", "</samlp:ArtifactResponse>");
        }
        refused(read(&resigned(&xml, &EC)), name);
        // The whole of it signed, where there is an issuer after which to sign.
        if !name.contains("issuer") {
            refused(read(&resigned_root(&xml, "_5a17", &EC)), name);
        }
    }
}

#[test]
fn saml_01_a_refusal_is_told_and_nobody_is_signed_in() {
    let status = "urn:oasis:names:tc:SAML:2.0:status:Success";
    let xml = changed(&bare(), status, &status.replace("Success", "Responder"));
    let keys = trusted();
    let expected = expected(&keys, &[]);
    for xml in [
        resigned(&xml, &EC),
        resigned_root(&xml, "_5a17", &EC),
        without(&xml, "saml:Assertion"),
    ] {
        let received = posted("SAMLResponse", &xml).expect("a form");
        let opened = received.open().expect("an answer");
        let authentic = if opened.is_signed() {
            opened.authenticate(&keys)
        } else {
            opened.accept_unsigned()
        };
        let read = Asserted::read(&authentic.expect("authentic"), &expected);
        let status = read.expect("readable").expect_err("a refusal");
        assert_eq!(status.code, StatusCode::Responder);
    }
}

#[test]
fn saml_01_the_assertion_is_the_identity_providers() {
    let assertion = element(&bare(), "saml:Assertion").to_owned();
    let issuer = format!("<saml:Issuer>{IDP}</saml:Issuer>");
    for (name, from, to) in [
        (
            "another issuer",
            issuer.as_str(),
            "<saml:Issuer>https://other.example</saml:Issuer>".to_owned(),
        ),
        ("no issuer", &issuer, String::new()),
        (
            "an issuer that begins so",
            &issuer,
            format!("<saml:Issuer>{IDP}.evil.example</saml:Issuer>"),
        ),
        (
            "an issuer in parts",
            &issuer,
            format!("<saml:Issuer>{}<x/>{}</saml:Issuer>", &IDP[..9], &IDP[9..]),
        ),
        ("version", "Version=\"2.0\"", "Version=\"1.1\"".to_owned()),
        ("no version", "Version=\"2.0\"", String::new()),
        ("no instant of login", "AuthnInstant=", "x=".to_owned()),
        (
            "a bad instant",
            "AuthnInstant=\"2",
            "AuthnInstant=\"x".to_owned(),
        ),
    ] {
        let changed = changed(&assertion, from, &to);
        let xml = replaced(&bare(), "saml:Assertion", &changed);
        refused(read(&resigned(&xml, &EC)), name);
        refused(read(&resigned_root(&xml, "_5a17", &EC)), name);
    }
    // Spaces around a name are XML's, not the name's; a section is a text.
    for same in [
        format!("\n  {IDP}\n"),
        format!("<![CDATA[{IDP}]]>"),
        format!("<![CDATA[{}]]>{}", &IDP[..9], &IDP[9..]),
    ] {
        let changed = changed(&assertion, IDP, &same);
        let xml = replaced(&bare(), "saml:Assertion", &changed);
        assert!(read(&resigned(&xml, &EC)).is_ok(), "{same}");
    }
}

#[test]
fn xml_04_texts_that_name_somebody_are_whole() {
    // VU#475445: a name that another reader ends at the comment.
    let name = format!(">{GENUINE}<");
    let longer = format!("{GENUINE}.evil.example");
    let good = resigned(&changed(&bare(), &name, &format!(">{longer}<")), &EC);
    assert_eq!(read(&good).map(|it| it.name_id.value).as_ref(), Ok(&longer));
    let after = &longer[GENUINE.len()..];
    for between in [
        "<!---->",
        "<!-- x -->",
        "<?x?>",
        "<?x y?>",
        "<x/>",
        "<x xmlns=\"urn:x\">y</x>",
        "<saml:NameID/>",
        "<!DOCTYPE x>",
        "&x;",
    ] {
        let xml = changed(&good, &longer, &format!("{GENUINE}{between}{after}"));
        refused(read(&xml), between);
    }
    // Other spellings of the same text: the signature is over what they mean.
    for same in [
        format!("{GENUINE}<![CDATA[{after}]]>"),
        format!("<![CDATA[{GENUINE}]]>{after}"),
        format!("{GENUINE}&#x2e;{}", &after[1..]),
        format!("{GENUINE}<![CDATA[]]>{after}"),
    ] {
        let xml = changed(&good, &longer, &same);
        assert_eq!(
            read(&xml).map(|it| it.name_id.value).as_ref(),
            Ok(&longer),
            "{same}"
        );
    }
    // In every other text that decides something.
    for place in [
        format!("<saml:Audience>{SP}</saml:Audience>"),
        format!("<saml:Issuer>{IDP}</saml:Issuer>"),
        "<saml:AttributeValue>member</saml:AttributeValue>".to_owned(),
        format!(
            "<saml:AuthnContextClassRef>{}</saml:AuthnContextClassRef>",
            context::PASSWORD_PROTECTED_TRANSPORT
        ),
    ] {
        let (tag, text) = place.split_once('>').expect("a tag");
        for between in ["<!---->", "<?x?>", "<x/>"] {
            let (head, tail) = text.split_at(3);
            let xml = changed(&good, &place, &format!("{tag}>{head}{between}{tail}"));
            refused(read(&xml), &xml);
            let xml = changed(&bare(), &place, &format!("{tag}>{head}{between}{tail}"));
            // The library would sign an instruction as well.
            refused(read(&resigned_root(&xml, "_5a17", &EC)), &xml);
        }
    }
}

#[test]
fn saml_02_one_assertion_directly_in_the_answer() {
    let xml = bare();
    let assertion = element(&xml, "saml:Assertion").to_owned();
    let other = assertion.replace("_a55e", "_0e1").replace(GENUINE, FORGED);
    let sealed = "<saml:EncryptedAssertion/>";
    for (name, by) in [
        ("none", String::new()),
        ("two", format!("{assertion}{other}")),
        ("two, the other first", format!("{other}{assertion}")),
        ("one more, encrypted", format!("{assertion}{sealed}")),
        ("an empty one, encrypted", sealed.to_owned()),
        ("two, encrypted", format!("{sealed}{sealed}")),
        (
            "in an element of another name",
            format!("<samlp:Extensions>{assertion}</samlp:Extensions>"),
        ),
        (
            "of SAML 1.1",
            assertion.replace("SAML:2.0:assertion", "SAML:1.0:assertion"),
        ),
        (
            "of no namespace",
            assertion.replace("saml:Assertion", "Assertion"),
        ),
    ] {
        let xml = replaced(&xml, "saml:Assertion", &by);
        refused(read(&resigned_root(&xml, "_5a17", &EC)), name);
    }
    // One that it advises of is not who is signed in.
    let advised = changed(
        &assertion,
        "<saml:AuthnStatement",
        &format!("<saml:Advice>{other}</saml:Advice><saml:AuthnStatement"),
    );
    for xml in [
        replaced(&xml, "saml:Assertion", &advised),
        changed(
            &xml,
            "<samlp:Status>",
            &format!("<samlp:Extensions>{other}</samlp:Extensions><samlp:Status>"),
        ),
        changed(
            &xml,
            "</samlp:Status>",
            &format!("<samlp:StatusDetail>{other}</samlp:StatusDetail></samlp:Status>"),
        ),
    ] {
        let read = read(&resigned_root(&xml, "_5a17", &EC));
        assert_eq!(read.map(|it| it.name_id.value).as_deref(), Ok(GENUINE));
    }
}

#[test]
fn saml_02_each_part_of_an_assertion_once() {
    let xml = bare();
    for name in [
        "saml:Subject",
        "saml:Conditions",
        "saml:AuthnStatement",
        "saml:NameID",
        "saml:AuthnContext",
        "saml:AuthnContextClassRef",
        "saml:SubjectConfirmationData",
        "saml:Issuer",
    ] {
        let part = element(&xml, name).to_owned();
        let twice = if name == "saml:Issuer" {
            // The assertion's, which is the second one.
            let at = range(&xml, "saml:Assertion").start;
            format!(
                "{}{}",
                &xml[..at],
                changed(&xml[at..], &part, &format!("{part}{part}"))
            )
        } else {
            changed(&xml, &part, &format!("{part}{part}"))
        };
        refused(read(&resigned(&twice, &EC)), &format!("two of {name}"));
        if name != "saml:Issuer" {
            refused(
                read(&resigned(&changed(&xml, &part, ""), &EC)),
                &format!("no {name}"),
            );
        }
    }
    let name = element(&xml, "saml:NameID").to_owned();
    for (what, by) in [
        ("a base identifier", "<saml:BaseID/>".to_owned()),
        (
            "an encrypted one beside it",
            format!("{name}<saml:EncryptedID/>"),
        ),
        (
            "an encrypted one that is empty",
            "<saml:EncryptedID/>".to_owned(),
        ),
        ("an empty name", name.replace(GENUINE, "")),
        (
            "a name that is too long",
            name.replace(GENUINE, &"x".repeat(257)),
        ),
        (
            "another namespace",
            name.replace("saml:NameID", "samlp:NameID"),
        ),
    ] {
        refused(read(&resigned(&changed(&xml, &name, &by), &EC)), what);
    }
}

#[test]
fn saml_03_the_bearer_brings_it_here_for_this_request_and_in_time() {
    let data = element(&bare(), "saml:SubjectConfirmationData").to_owned();
    let recipient = format!("Recipient=\"{ACS}\"");
    let answers = format!("InResponseTo=\"{REQUEST}\"");
    let until = format!(
        "NotOnOrAfter=\"{}\"",
        (NOW + Duration::from_secs(300)).rfc3339()
    );
    let with = |from: &str, to: &str| changed(&data, from, to);
    let confirmation = element(&bare(), "saml:SubjectConfirmation").to_owned();
    for (name, by) in [
        ("no confirmation", String::new()),
        (
            "another method",
            confirmation.replace("cm:bearer", "cm:holder-of-key"),
        ),
        (
            "sender vouches",
            confirmation.replace("cm:bearer", "cm:sender-vouches"),
        ),
        ("no method", confirmation.replace("Method=", "x=")),
        ("no data", format!("{BEARER}</saml:SubjectConfirmation>")),
        (
            "data elsewhere",
            format!("{BEARER}<x>{data}</x></saml:SubjectConfirmation>"),
        ),
        (
            "no recipient",
            confirmation.replace(&data, &with(&recipient, "")),
        ),
        (
            "another recipient",
            confirmation.replace(
                &data,
                &with(&recipient, "Recipient=\"https://other.example/acs\""),
            ),
        ),
        (
            "a longer recipient",
            confirmation.replace(&data, &with(&recipient, &format!("Recipient=\"{ACS}x\""))),
        ),
        (
            "a foreign recipient",
            confirmation.replace(
                &data,
                &with(&recipient, &format!("xmlns:x=\"urn:x\" x:{recipient}")),
            ),
        ),
        (
            "another request",
            confirmation.replace(&data, &with(&answers, "InResponseTo=\"_other\"")),
        ),
        (
            "no request",
            confirmation.replace(&data, &with(&answers, "")),
        ),
        ("no end", confirmation.replace(&data, &with(&until, ""))),
        (
            "a bad end",
            confirmation.replace(&data, &with(&until, "NotOnOrAfter=\"tomorrow\"")),
        ),
        (
            "a beginning",
            confirmation.replace(
                &data,
                &with(
                    &until,
                    &format!("{until} NotBefore=\"2020-01-01T00:00:00Z\""),
                ),
            ),
        ),
        (
            "nothing that fits among several",
            format!(
                "{}{}",
                confirmation.replace(&data, &with(&answers, "")),
                confirmation.replace(&data, &with(&recipient, ""))
            ),
        ),
    ] {
        let xml = changed(&bare(), &confirmation, &by);
        refused(read(&resigned(&xml, &EC)), name);
        refused(read(&resigned_root(&xml, "_5a17", &EC)), name);
    }
    // One that fits among several is enough, wherever it stands.
    let other = confirmation.replace(ACS, "https://other.example/acs");
    for by in [
        format!("{other}{confirmation}"),
        format!("{confirmation}{other}"),
    ] {
        assert!(read(&resigned(&changed(&bare(), &confirmation, &by), &EC)).is_ok());
    }
}

#[test]
fn saml_03_nobody_asked() {
    let keys = trusted();
    let unsolicited = Expected {
        in_response_to: None,
        ..expected(&keys, &[])
    };
    let answers = format!(" InResponseTo=\"{REQUEST}\"");
    let neither = changed(&changed(&bare(), &answers, ""), &answers, "");
    let only_assertion = changed(&bare(), &answers, "");
    let start = bare().find("<saml:Assertion").expect("an assertion");
    let only_answer = format!(
        "{}{}",
        &bare()[..start],
        changed(&bare()[start..], &answers, "")
    );
    for (name, xml, asked, not_asked) in [
        ("neither names a request", neither, false, true),
        ("both do", bare(), true, false),
        ("the assertion alone", only_assertion, false, false),
        ("the answer alone", only_answer, false, false),
    ] {
        for xml in [resigned(&xml, &EC), resigned_root(&xml, "_5a17", &EC)] {
            assert_eq!(read(&xml).is_ok(), asked, "{name}");
            assert_eq!(receive(&xml, &unsolicited).is_ok(), not_asked, "{name}");
        }
    }
}

#[test]
fn saml_03_two_identity_providers_cannot_cross_their_answers() {
    // One that is trusted, too, speaks in the name of the other: its key is not the other's.
    let other = resigned(&bare(), &ATTACKER);
    let keys = [peer(&ATTACKER)];
    assert!(
        receive(&other, &expected(&keys, &[])).is_ok(),
        "by its own key"
    );
    assert_eq!(read(&other), Err(Problem::WrongSignature));
    // Or answers in its own name what the other was asked.
    let own = bare().replace(IDP, "https://other.example/idp");
    refused(
        receive(&resigned(&own, &ATTACKER), &expected(&keys, &[])),
        "another issuer",
    );
}

#[test]
fn saml_04_a_minute_of_skew_and_not_a_millisecond_more() {
    let xml = resigned(&bare(), &EC);
    let minute = 60_000;
    // Conditions of ours begin a minute before, and everything ends after five.
    for (millis, good) in [
        (0, true),
        (-minute, true),
        (-2 * minute, true),
        (-2 * minute - 1, false),
        (5 * minute, true),
        (6 * minute - 1, true),
        (6 * minute, false),
        (24 * 60 * minute, false),
    ] {
        assert_eq!(at(&xml, millis).is_ok(), good, "{millis}");
    }
    let instant = |millis: i64| Timestamp::from_millis(NOW.as_millis() + millis).rfc3339();
    let until = instant(5 * minute);
    let conditions = element(&bare(), "saml:Conditions").to_owned();
    // The end of the conditions, the end of the bearer, the end of the session: each for itself.
    let ends_at = |place: usize, end: i64| {
        let (name, from) = match place {
            0 => (
                "Conditions",
                format!("NotOnOrAfter=\"{until}\"><saml:AudienceRestriction>"),
            ),
            1 => ("bearer", format!("NotOnOrAfter=\"{until}\" Recipient")),
            _ => (
                "session",
                format!("SessionNotOnOrAfter=\"{}\"", instant(60 * minute)),
            ),
        };
        let by = from
            .replace(&until, &instant(end))
            .replace(&instant(60 * minute), &instant(end));
        (name, resigned(&changed(&bare(), &from, &by), &EC))
    };
    for place in 0..3 {
        for (end, good) in [
            (1, true),
            (0, true),
            (1 - minute, true),
            (-minute, false),
            (-minute - 1, false),
        ] {
            let (name, xml) = ends_at(place, end);
            assert_eq!(read(&xml).is_ok(), good, "{name} {end}");
        }
    }
    let begins = format!("NotBefore=\"{}\"", instant(-minute));
    for (begin, good) in [(0, true), (minute, true), (minute + 1, false)] {
        let by = format!("NotBefore=\"{}\"", instant(begin));
        assert_eq!(changed_to(&begins, &by).is_ok(), good, "{begin}");
    }
    for (name, by, good) in [
        ("none", String::new(), false),
        (
            "without times",
            conditions
                .replace(&begins, "")
                .replace(&format!("NotOnOrAfter=\"{until}\""), ""),
            true,
        ),
        (
            "a bad beginning",
            conditions.replace(&begins, "NotBefore=\"\""),
            false,
        ),
        (
            "a bad end",
            conditions.replace(&until, "2026-13-01T00:00:00Z"),
            false,
        ),
        (
            "an end in another zone",
            conditions.replace(&until, "2026-11-23T10:05:00.000+02:00"),
            true,
        ),
        (
            "an end in another zone, over",
            conditions.replace(&until, "2026-11-23T08:05:00.000+02:00"),
            false,
        ),
        (
            "an end without a zone",
            conditions.replace(&until, until.trim_end_matches('Z')),
            true,
        ),
    ] {
        assert_eq!(changed_to(&conditions, &by).is_ok(), good, "{name}");
    }
}

#[test]
fn saml_04_every_audience_restriction_names_the_service() {
    let restriction = element(&bare(), "saml:AudienceRestriction").to_owned();
    let other = restriction.replace(SP, "https://other.example/saml");
    let audience = element(&bare(), "saml:Audience").to_owned();
    for (name, by, good) in [
        ("none", String::new(), false),
        ("another", other.clone(), false),
        ("one of two", format!("{restriction}{other}"), false),
        ("one of two, last", format!("{other}{restriction}"), false),
        (
            "twice the same",
            format!("{restriction}{restriction}"),
            true,
        ),
        (
            "two audiences in one",
            restriction.replace(
                &audience,
                &format!("<saml:Audience>https://other.example/saml</saml:Audience>{audience}"),
            ),
            true,
        ),
        (
            "an empty one",
            "<saml:AudienceRestriction/>".to_owned(),
            false,
        ),
        ("an empty audience", restriction.replace(SP, ""), false),
        (
            "the beginning",
            restriction.replace(SP, &SP[..SP.len() - 1]),
            false,
        ),
        ("more", restriction.replace(SP, &format!("{SP}/")), false),
        (
            "capitals",
            restriction.replace(SP, &SP.to_uppercase()),
            false,
        ),
        (
            "spaces around",
            restriction.replace(SP, &format!("\n {SP}\t")),
            true,
        ),
        (
            "a space in it",
            restriction.replace(SP, "https://sp.example /saml"),
            false,
        ),
        (
            "in another namespace",
            restriction.replace("saml:AudienceRestriction", "samlp:AudienceRestriction"),
            false,
        ),
        (
            "an audience elsewhere",
            format!("<saml:AudienceRestriction/>{audience}"),
            false,
        ),
        (
            "used once",
            format!("{restriction}<saml:OneTimeUse/>"),
            true,
        ),
        (
            "not passed on",
            format!("{restriction}<saml:ProxyRestriction Count=\"0\"/>"),
            true,
        ),
        (
            "an unknown condition",
            format!(
                "{restriction}<saml:Condition xmlns:xsi=\"{}\" xsi:type=\"x\"/>",
                ns::XSI
            ),
            false,
        ),
        (
            "an unknown condition first",
            format!("<x:Never xmlns:x=\"urn:x\"/>{restriction}"),
            false,
        ),
    ] {
        assert_eq!(changed_to(&restriction, &by).is_ok(), good, "{name}");
        assert_eq!(changed_whole(&restriction, &by).is_ok(), good, "{name}");
    }
}

#[test]
fn saml_05_an_assertion_is_remembered_for_as_long_as_it_could_come_again() {
    let confirmation = element(&bare(), "saml:SubjectConfirmation").to_owned();
    let instant = |secs: u64| (NOW + Duration::from_secs(secs)).rfc3339();
    let lasting = |secs| confirmation.replace(&instant(300), &instant(secs));
    let untimed = changed(
        &bare(),
        &format!(
            " NotOnOrAfter=\"{}\"><saml:AudienceRestriction>",
            instant(300)
        ),
        "><saml:AudienceRestriction>",
    );
    let untimed = changed(
        &untimed,
        &format!(" SessionNotOnOrAfter=\"{}\"", instant(3600)),
        "",
    );
    for (name, by, secs) in [
        ("one", lasting(300), 300),
        (
            "a short one and a long one",
            format!("{}{}", lasting(10), lasting(7200)),
            7200,
        ),
        (
            "a long one and a short one",
            format!("{}{}", lasting(7200), lasting(10)),
            7200,
        ),
        (
            "three",
            format!("{}{}{}", lasting(10), lasting(900), lasting(20)),
            900,
        ),
    ] {
        let xml = resigned(&changed(&untimed, &confirmation, &by), &EC);
        let read = read(&xml).expect("a good answer");
        assert_eq!(
            read.remembered_until,
            NOW + Duration::from_secs(secs) + SKEW,
            "{name}"
        );
        // The last millisecond at which it is taken is one at which it is remembered.
        let last = read.remembered_until.since(NOW).as_millis() as i64;
        assert!(at(&xml, last - 1).is_ok(), "{name}");
        assert!(at(&xml, last).is_err(), "{name}");
    }
}

#[test]
fn xml_04_an_attributes_value_is_a_text_or_a_name() {
    let value = "<saml:AttributeValue>member</saml:AttributeValue>";
    let name = "<saml:NameID>x</saml:NameID>";
    let with = |inside: &str| {
        changed_to(
            value,
            &format!("<saml:AttributeValue>{inside}</saml:AttributeValue>"),
        )
    };
    for (inside, expected) in [
        ("member", Some("member")),
        ("", Some("")),
        (name, Some("x")),
        ("\n  <saml:NameID>x</saml:NameID>\n", Some("x")),
        ("<![CDATA[<b>]]>", Some("<b>")),
        ("admin<saml:NameID>x</saml:NameID>", None),
        ("<saml:NameID>x</saml:NameID>admin", None),
        (
            "<saml:NameID>x</saml:NameID><saml:NameID>y</saml:NameID>",
            None,
        ),
        ("<saml:NameID>x</saml:NameID><x/>", None),
        ("<x/><saml:NameID>x</saml:NameID>", None),
        ("<saml:NameID>x<y/></saml:NameID>", None),
        ("<x>member</x>", None),
        ("mem<x/>ber", None),
    ] {
        let read = with(inside).map(|mut it| it.attributes.pop().expect("one").1.remove(0));
        assert_eq!(read.ok().as_deref(), expected, "{inside}");
    }
}
