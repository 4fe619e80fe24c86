//! Signature wrapping (SIG-01, SIG-02): what was signed stays where a verifier finds it, and what is read is
//! something else. XSW1 to XSW8 as published (Somorovsky et al., "On Breaking SAML", 2012), their kin with
//! `ds:Object`, `Extensions`, `StatusDetail` and `Advice`, and after them every place of a message in turn.

use super::*;

/// An attacker's copy: another person, other identifiers.
fn evil(xml: &str) -> String {
    xml.replace(GENUINE, FORGED)
        .replace("_5a17", "_e5a1")
        .replace("_a55e", "_ea55")
}

/// The same with the identifiers that were signed.
fn evil_twin(xml: &str) -> String {
    xml.replace(GENUINE, FORGED)
}

fn unsigned(element: &str) -> String {
    without(element, "ds:Signature")
}

/// The published variants over a signed answer: name and text.
fn over_response(good: &str) -> Vec<(&'static str, String)> {
    let signature = element(good, "ds:Signature");
    let original = unsigned(good);
    let attack = evil(&original);
    let issuer = "</saml:Issuer>";
    let in_signature = |inside: &str| {
        changed(
            signature,
            "</ds:Signature>",
            &format!("{inside}</ds:Signature>"),
        )
    };
    let object = |inside: &str| in_signature(&format!("<ds:Object>{inside}</ds:Object>"));
    let extensions = |inside: &str| format!("<samlp:Extensions>{inside}</samlp:Extensions>");
    let detail = |xml: &str, inside: &str| {
        changed(
            xml,
            "</samlp:Status>",
            &format!("<samlp:StatusDetail>{inside}</samlp:StatusDetail></samlp:Status>"),
        )
    };
    vec![
        ("XSW1", after(&attack, issuer, &in_signature(&original))),
        (
            "XSW2",
            after(&attack, issuer, &format!("{original}{signature}")),
        ),
        (
            "XSW2, signature first",
            after(&attack, issuer, &format!("{signature}{original}")),
        ),
        ("XSW9: object", after(&attack, issuer, &object(&original))),
        (
            "object in the original",
            after(&original, issuer, &object(&attack)),
        ),
        (
            "extensions",
            after(
                &attack,
                issuer,
                &format!("{signature}{}", extensions(&original)),
            ),
        ),
        (
            "extensions, whole",
            after(&attack, issuer, &extensions(good)),
        ),
        (
            "status detail",
            detail(&after(&attack, issuer, signature), &original),
        ),
        ("status detail, whole", detail(&attack, good)),
        (
            "at the end",
            changed(
                &attack,
                "</samlp:Response>",
                &format!("{good}</samlp:Response>"),
            ),
        ),
        ("twin", after(&evil_twin(&original), issuer, signature)),
        (
            "twin around the original",
            after(
                &evil_twin(&original),
                issuer,
                &format!("{signature}{}", extensions(&original)),
            ),
        ),
        (
            "in a new assertion",
            changed(
                &attack,
                "</saml:Assertion>",
                &format!("<saml:Advice>{good}</saml:Advice></saml:Assertion>"),
            ),
        ),
        (
            "a root around",
            format!(
                "<samlp:Response xmlns:samlp=\"{}\">{attack}{good}</samlp:Response>",
                ns::SAMLP
            ),
        ),
        ("two roots, evil first", format!("{attack}{good}")),
        ("two roots, evil last", format!("{good}{attack}")),
    ]
}

/// The published variants over a signed assertion.
fn over_assertion(good: &str) -> Vec<(&'static str, String)> {
    let signed = element(good, "saml:Assertion").to_owned();
    let signature = element(&signed, "ds:Signature").to_owned();
    let original = unsigned(&signed);
    let attack = evil(&original);
    let issuer = "</saml:Issuer>";
    let with = |assertion: &str| replaced(good, "saml:Assertion", assertion);
    let in_signature = |inside: &str| {
        changed(
            &signature,
            "</ds:Signature>",
            &format!("{inside}</ds:Signature>"),
        )
    };
    let object = |inside: &str| in_signature(&format!("<ds:Object>{inside}</ds:Object>"));
    let inside = |around: &str, inner: &str| {
        changed(
            around,
            "</saml:Assertion>",
            &format!("{inner}</saml:Assertion>"),
        )
    };
    let advice = |inner: &str| format!("<saml:Advice>{inner}</saml:Advice>");
    let extensions = |inner: &str| format!("<samlp:Extensions>{inner}</samlp:Extensions>");
    vec![
        ("XSW3", with(&format!("{attack}{signed}"))),
        ("XSW3, evil last", with(&format!("{signed}{attack}"))),
        ("XSW4", with(&inside(&attack, &signed))),
        (
            "XSW5",
            with(&format!(
                "{}{original}",
                after(&evil(&original), issuer, &signature)
            )),
        ),
        (
            "XSW5, twin",
            with(&format!(
                "{}{original}",
                after(&evil_twin(&original), issuer, &signature)
            )),
        ),
        (
            "XSW6",
            with(&after(&attack, issuer, &in_signature(&original))),
        ),
        (
            "XSW6, twin",
            with(&after(
                &evil_twin(&original),
                issuer,
                &in_signature(&original),
            )),
        ),
        (
            "XSW7",
            after(&with(&signed), issuer, &extensions(&evil_twin(&original))),
        ),
        (
            "XSW7, swapped",
            after(&with(&attack), issuer, &extensions(&signed)),
        ),
        ("XSW8", with(&after(&attack, issuer, &object(&original)))),
        (
            "XSW8, twin",
            with(&after(&evil_twin(&original), issuer, &object(&original))),
        ),
        (
            "object in the original",
            with(&after(&original, issuer, &object(&attack))),
        ),
        ("advice", with(&inside(&attack, &advice(&signed)))),
        (
            "advice of the original",
            with(&inside(&signed, &advice(&attack))),
        ),
        (
            "advice, signature outside",
            with(&inside(
                &after(&attack, issuer, &signature),
                &advice(&original),
            )),
        ),
        (
            "in the subject",
            with(&changed(
                &attack,
                "</saml:Subject>",
                &format!("{signed}</saml:Subject>"),
            )),
        ),
        (
            "in an attribute",
            with(&changed(
                &attack,
                "</saml:AttributeValue>",
                &format!("{signed}</saml:AttributeValue>"),
            )),
        ),
        (
            "in the status",
            changed(
                &with(&attack),
                "</samlp:Status>",
                &format!("<samlp:StatusDetail>{signed}</samlp:StatusDetail></samlp:Status>"),
            ),
        ),
        (
            "moved to the answer",
            after(&with(&attack), issuer, &signature),
        ),
        (
            "at the end of the assertion",
            with(&inside(&attack, &signature)),
        ),
        (
            "encrypted in name only",
            with(&format!(
                "<saml:EncryptedAssertion>{signed}</saml:EncryptedAssertion>{attack}"
            )),
        ),
        ("twice the same", with(&format!("{signed}{signed}"))),
        (
            "a signature more",
            with(&after(&signed, "</ds:Signature>", &signature)),
        ),
        (
            "a stranger's around",
            with(&format!("<x:y xmlns:x=\"urn:x\">{signed}</x:y>{attack}")),
        ),
    ]
}

#[test]
fn sig_01_every_published_wrapping_is_refused() {
    for key in [&*RSA, &*EC] {
        for (what, assertion, response) in SIGNED {
            let good = sealed(key, assertion, response);
            assert_eq!(
                read(&good).map(|it| it.name_id.value).as_deref(),
                Ok(GENUINE)
            );
            let mut attacks = Vec::new();
            if response {
                attacks.extend(over_response(&good));
            }
            if assertion {
                attacks.extend(over_assertion(&good));
            }
            for (name, xml) in attacks {
                refused(read(&xml), &format!("{name} over {what}: {xml}"));
            }
        }
    }
}

#[test]
fn sig_01_the_library_alone_would_believe_what_is_refused_here() {
    // So that the test above cannot pass because its attacks are clumsy.
    let good = sealed(&EC, true, false);
    let keys = trusted();
    let mut believed = 0;
    for (_, xml) in over_assertion(&good) {
        let Ok(document) = uppsala::parse(&xml) else {
            continue;
        };
        let mut manager = KeysManager::new();
        let spki = bergshamra_keys::loader::load_x509_cert_der(EC.certificate().der());
        manager.add_key(spki.expect("a key"));
        let context = DsigContext::new_permissive(manager);
        let verified = bergshamra_dsig::verify::verify_document(&context, &document);
        believed += usize::from(verified.is_ok_and(|it| it.is_valid()));
    }
    assert_eq!(keys.len(), 2);
    assert!(believed >= 12, "{believed} of them have a good signature");
}

#[test]
fn sig_01_a_signature_stands_right_after_the_issuer_and_nowhere_else() {
    // By the right key and good where it stands: the schema has one place for it.
    let bare = bare();
    let signature = place("_a55e", &EC);
    let start = range(&bare, "saml:Assertion").start;
    let (before, assertion) = bare.split_at(start);
    let signed = |place: &str, at: usize| {
        let (head, tail) = assertion.split_at(at);
        forged(
            &format!("{before}{head}{place}{tail}"),
            Box::new(EC.clone()),
        )
    };
    let end_of = |what: &str| assertion.find(what).expect("a part") + what.len();
    let right = end_of("</saml:Issuer>");
    assert!(read(&signed(&signature, right)).is_ok());
    let wrong = [
        end_of(">"),
        end_of("</saml:Subject>"),
        end_of("</saml:Conditions>"),
        end_of("</saml:AuthnStatement>"),
        end_of("</saml:AttributeStatement>"),
    ];
    for at in wrong {
        let problem = refused(read(&signed(&signature, at)), &assertion[..at]);
        assert!(matches!(problem, Problem::Signature(_)), "{at}: {problem}");
        // Nor is it one more beside one in the right place.
        let one = signed(&signature, right);
        let second = element(&one, "ds:Signature");
        let (head, tail) = assertion.split_at(at);
        let two = format!("{before}{head}{second}{tail}");
        let two = if at < right {
            two
        } else {
            changed(
                &two,
                assertion.split_at(right).0,
                &format!("{}{second}", assertion.split_at(right).0),
            )
        };
        let problem = refused(read(&two), &assertion[..at]);
        assert!(matches!(problem, Problem::Signature(_)), "{at}: {problem}");
    }
    // The answer's own, in the same way.
    let status = bare.find("</samlp:Status>").expect("a status") + "</samlp:Status>".len();
    for (at, fits) in [
        (
            bare.find("</saml:Issuer>").expect("an issuer") + "</saml:Issuer>".len(),
            true,
        ),
        (bare.find('>').expect("a tag") + 1, false),
        (status, false),
        (bare.len() - "</samlp:Response>".len(), false),
    ] {
        let (head, tail) = bare.split_at(at);
        let xml = format!("{head}{}{tail}", place("_5a17", &EC));
        let read = read(&forged(&xml, Box::new(EC.clone())));
        assert_eq!(read.is_ok(), fits, "{at}");
        assert_eq!(matches!(read, Err(Problem::Signature(_))), !fits, "{at}");
    }
}

/// Every place in a text where an element could stand.
fn places(xml: &str) -> impl Iterator<Item = usize> {
    xml.match_indices('>').map(|(at, _)| at + 1).chain([0])
}

#[test]
fn sig_01_no_place_of_an_answer_takes_what_was_signed() {
    for (what, assertion, response) in SIGNED {
        let good = sealed(&EC, assertion, response);
        let whole = good.as_str();
        let signed = element(&good, "saml:Assertion");
        let bare_whole = unsigned(whole);
        let signature = element(&good, "ds:Signature");
        // What may be put somewhere, and the document that it is put into.
        let payloads = [whole, signed, &bare_whole, signature];
        let attacks = [
            evil(&bare()),
            evil_twin(&bare()),
            // With the genuine signature in its place, over the wrong content.
            after(&evil_twin(&bare()), "</saml:Issuer>", signature),
            replaced(
                &good,
                "saml:Assertion",
                &evil(element(&bare(), "saml:Assertion")),
            ),
        ];
        for attack in &attacks {
            for payload in payloads {
                for at in places(attack) {
                    let xml = format!("{}{payload}{}", &attack[..at], &attack[at..]);
                    if let Ok(read) = read(&xml) {
                        panic!("{what}: read as {read:?} from {xml}");
                    }
                }
            }
        }
        // And the other way: something forged put into what is good.
        let forged = evil(element(&bare(), "saml:Assertion"));
        for payload in [forged.as_str(), &evil(&bare()), &evil_twin(signed)] {
            for at in places(&good) {
                let xml = format!("{}{payload}{}", &good[..at], &good[at..]);
                if let Ok(read) = read(&xml) {
                    // Outside of what was signed it may lie, and is not read: around the assertion, or with
                    // the key, which nobody looks at.
                    assert_eq!(read.name_id.value, GENUINE, "{what}: {xml}");
                    let with_the_key = range(&good, "ds:KeyInfo").contains(&at);
                    assert!(!response || with_the_key, "{what}: {xml}");
                }
            }
        }
    }
}

/// Requests of all kinds, each signed by the one who is named in it.
pub(super) fn requests(key: &SigningKey) -> Vec<(&'static str, String)> {
    let head = header(Some("https://ent.example/saml/sso"), SP);
    let authn = AuthnRequest {
        header: head.clone(),
        force_authn: false,
        is_passive: false,
        acs: AcsChoice::Default { binding: None },
        attributes: None,
        name_id: NameIdPolicy::default(),
        context: None,
        scoping: None,
    };
    let logout = LogoutRequest {
        header: head.clone(),
        name_id: answer().assertion.expect("an assertion").name_id,
        session_indexes: vec!["_5e55".to_owned()],
        reason: None,
        not_on_or_after: None,
    };
    let resolve = ArtifactResolve {
        header: head.clone(),
        artifact: "AAQAAA==".to_owned(),
    };
    let logged_out = LogoutResponse {
        header: head,
        in_response_to: REQUEST.to_owned(),
        status: Status::success(),
    };
    vec![
        ("AuthnRequest", authn.write(Some(key)).expect("a request")),
        (
            "LogoutRequest",
            logout.write(Some(key), None).expect("a request"),
        ),
        (
            "ArtifactResolve",
            resolve.write(Some(key)).expect("a request"),
        ),
        (
            "LogoutResponse",
            logged_out.write(Some(key)).expect("an answer"),
        ),
    ]
}

/// Reads a message of whatever kind it is, and gives its identifier.
fn read_any(xml: &str, keys: &[PeerKey]) -> Result<String, Problem> {
    let parameter = if xml.starts_with("<samlp:LogoutResponse") {
        "SAMLResponse"
    } else {
        "SAMLRequest"
    };
    let received = posted(parameter, xml)?;
    let opened = received.open()?;
    let authentic = if opened.is_signed() {
        opened.authenticate(keys)?
    } else {
        opened.accept_unsigned()?
    };
    match opened.kind() {
        Kind::AuthnRequest => AuthnRequest::read(&authentic).map(|it| it.header),
        Kind::LogoutRequest => LogoutRequest::read(&authentic, &[], NOW).map(|it| it.header),
        Kind::ArtifactResolve => ArtifactResolve::read(&authentic).map(|it| it.header),
        Kind::LogoutResponse => LogoutResponse::read(&authentic).map(|it| it.header),
        Kind::Response | Kind::ArtifactResponse => Err(Problem::Refused("no request")),
    }
    .map(|header| header.id)
}

#[test]
fn sig_01_a_signed_request_within_another_signs_nothing_but_itself() {
    let keys = trusted();
    for (name, good) in requests(&EC) {
        assert_eq!(read_any(&good, &keys).as_deref(), Ok("_5a17"), "{name}");
        let attack = evil(&unsigned(&good));
        let signature = element(&good, "ds:Signature");
        let original = unsigned(&good);
        for payload in [good.as_str(), signature, &original] {
            for around in [attack.clone(), after(&attack, "</saml:Issuer>", signature)] {
                for at in places(&around) {
                    let xml = format!("{}{payload}{}", &around[..at], &around[at..]);
                    let read = read_any(&xml, &keys);
                    let unsigned = !xml.contains("SignatureValue");
                    // Without any signature an AuthnRequest may come, and then nobody has vouched for it.
                    if !(unsigned && name == "AuthnRequest") {
                        refused(read, &format!("{name}: {xml}"));
                    }
                }
            }
        }
        // Every other kind around it.
        for (other, around) in requests(&EC) {
            let around = evil(&unsigned(&around));
            let xml = after(&around, "</saml:Issuer>", &good);
            refused(read_any(&xml, &keys), &format!("{name} in {other}"));
        }
    }
}

#[test]
fn sig_01_a_signed_assertion_makes_no_request_signed() {
    // samlify #634: whoever has an assertion of the identity provider ended other people's sessions with it.
    let keys = trusted();
    let good = sealed(&EC, true, false);
    let assertion = element(&good, "saml:Assertion");
    for (name, request) in requests(&EC) {
        let attack = unsigned(&request);
        for at in places(&attack) {
            let xml = format!("{}{assertion}{}", &attack[..at], &attack[at..]);
            refused(read_any(&xml, &keys), &format!("{name}: {xml}"));
        }
    }
}

#[test]
fn sig_02_one_reference_to_the_parent_and_to_nothing_else() {
    let good = sealed(&EC, true, false);
    let template = resigned_template();
    let uri = "URI=\"#_a55e\"";
    let reference = element(&template, "ds:Reference").to_owned();
    let other = changed(&reference, uri, "URI=\"#_5a17\"");
    let cases = [
        ("an empty URI", changed(&template, uri, "URI=\"\"")),
        ("no URI", changed(&template, uri, "")),
        ("the answer's", changed(&template, uri, "URI=\"#_5a17\"")),
        (
            "an xpointer to the root",
            changed(&template, uri, "URI=\"#xpointer(/)\""),
        ),
        (
            "an xpointer",
            changed(&template, uri, "URI=\"#xpointer(id('_a55e'))\""),
        ),
        ("two references", after(&template, &reference, &other)),
        (
            "two references, the other first",
            changed(&template, &reference, &format!("{other}{reference}")),
        ),
        ("twice the same", after(&template, &reference, &reference)),
    ];
    assert!(read(&forged(&template, Box::new(EC.clone()))).is_ok());
    for (name, template) in cases {
        // The signature is good: the library has made it, and its key is the right one.
        let xml = forged(&template, Box::new(EC.clone()));
        let problem = refused(read(&xml), name);
        assert!(
            matches!(problem, Problem::Signature(_)),
            "{name}: {problem}"
        );
    }
    // Addresses that the library would go to, or files that it would open: never looked at.
    for address in [
        "_a55e",
        "#",
        "#_A55E",
        "# _a55e",
        "#_a55e ",
        "#%5fa55e",
        "##_a55e",
        "/etc/passwd",
        "Cargo.toml",
        "file:///etc/passwd",
        "http://127.0.0.1:1/x",
        "cid:_a55e",
        "https://ent.example/x#_a55e",
        "#element(/1)",
        "#xmlns(a=b)xpointer(//x)",
        "#id('_a55e')",
    ] {
        let xml = changed(&good, uri, &format!("URI=\"{address}\""));
        let problem = refused(read(&xml), address);
        assert!(
            matches!(problem, Problem::Signature(_)),
            "{address}: {problem}"
        );
    }
}

/// A message with the place of a signature in its assertion, empty.
fn resigned_template() -> String {
    let xml = bare();
    let start = range(&xml, "saml:Assertion").start;
    let (before, assertion) = xml.split_at(start);
    format!(
        "{before}{}",
        after(assertion, "</saml:Issuer>", &place("_a55e", &EC))
    )
}

#[test]
fn sig_02_identifiers_are_there_once() {
    for (what, assertion, response) in SIGNED {
        let good = sealed(&EC, assertion, response);
        let status = "<samlp:StatusCode ";
        for (name, attribute) in [
            ("ID", "ID=\"_a55e\""),
            ("Id", "Id=\"_a55e\""),
            ("id", "id=\"_a55e\""),
            ("AssertionID", "AssertionID=\"_a55e\""),
            ("ID of the answer", "ID=\"_5a17\""),
            ("xml:id", "xml:id=\"_a55e\""),
            ("x:ID", "xmlns:x=\"urn:x\" x:ID=\"_a55e\""),
            ("x:id", "xmlns:x=\"urn:x\" x:id=\"_a55e\""),
            ("wsu:Id", "xmlns:wsu=\"urn:wsu\" wsu:Id=\"_new\""),
        ] {
            let xml = changed(&good, status, &format!("{status}{attribute} "));
            let problem = refused(read(&xml), &format!("{name} over {what}"));
            let early = matches!(problem, Problem::Signature(_) | Problem::Xml(_));
            assert!(early, "{name} over {what}: {problem}");
        }
        // Another identifier is nobody's business.
        let xml = changed(&bare(), status, &format!("{status}Id=\"_other\" "));
        assert!(read(&resigned(&xml, &EC)).is_ok());
        // The element itself under a second name.
        let xml = changed(&good, "ID=\"_a55e\"", "ID=\"_a55e\" Id=\"_a55e\"");
        refused(read(&xml), what);
    }
}

#[test]
fn sig_02_an_identifier_that_is_an_expression_is_none() {
    let mut signed = 0;
    for id in [
        "xpointer(/)",
        "xpointer(id('_a55e'))",
        "xpointer(id('_5a17'))",
        "",
        "1a",
        "a b",
    ] {
        let xml = bare().replace("_a55e", id);
        let start = range(&xml, "saml:Assertion").start;
        let (before, assertion) = xml.split_at(start);
        let template = format!(
            "{before}{}",
            after(assertion, "</saml:Issuer>", &place(id, &EC))
        );
        let mut document = uppsala::parse(&template).expect("XML");
        let context =
            DsigContext::new_permissive(KeysManager::new()).with_hsm_signer(Box::new(EC.clone()));
        // Some of them the library cannot sign; what it signs is refused, and an expression before anything
        // is made of it.
        if bergshamra_dsig::sign::sign_document(&context, &mut document).is_ok() {
            let problem = refused(read(&document.to_xml()), id);
            let early = matches!(problem, Problem::Signature(_));
            assert!(early || !id.contains('('), "{id}: {problem}");
            signed += usize::from(early);
        }
    }
    assert!(signed > 0, "the library signs none of them");
}

#[test]
fn sig_08_no_signed_element_can_be_hidden_from_the_reader() {
    // The canonical form of an element whose prefix is taken back is that of one which still has it: the
    // signature holds, and the element is not found any more.
    for (what, assertion, response) in SIGNED {
        let good = sealed(&EC, assertion, response);
        for name in [
            "saml:AudienceRestriction",
            "saml:Attribute",
            "saml:AttributeValue",
            "saml:AttributeStatement",
            "saml:NameID",
            "saml:Conditions",
            "saml:Subject",
            "saml:SubjectConfirmation",
            "saml:Audience",
            "saml:AuthnStatement",
            "saml:Issuer",
            "samlp:Status",
        ] {
            let prefix = name.split(':').next().expect("a prefix");
            for declaration in [
                format!("xmlns:{prefix}=\"\""),
                format!("xmlns:{prefix}=\"urn:x\""),
                "xmlns=\"urn:x\"".to_owned(),
            ] {
                let tag = format!("<{name}");
                let xml = changed(&good, &tag, &format!("{tag} {declaration}"));
                match read(&xml) {
                    Err(_) => {}
                    Ok(changed) => {
                        assert_eq!(Ok(changed), read(&good), "{what}: {name} {declaration}")
                    }
                }
            }
        }
    }
}
