//! Requests and the answers to them, read as a hub reads them: what was written is what is read, what no
//! schema allows is refused, and who must sign has signed (SAML-08, SAML-10).

use proptest::prelude::*;

use super::*;
use crate::binding::Role;

const HERE: &str = "https://ent.example/saml/slo";

fn authn_request() -> AuthnRequest {
    AuthnRequest {
        header: header(Some(HERE), SP),
        force_authn: false,
        is_passive: false,
        acs: AcsChoice::Default { binding: None },
        attributes: None,
        name_id: NameIdPolicy::default(),
        context: None,
        scoping: None,
    }
}

/// Reads a request that came by form, verified by the sender's keys if it is signed.
fn read_request(xml: &str) -> Result<AuthnRequest, Problem> {
    let received = posted("SAMLRequest", xml)?;
    let opened = received.open()?;
    if opened.is_signed() {
        AuthnRequest::read(&opened.authenticate(&trusted())?)
    } else {
        AuthnRequest::read(&opened.accept_unsigned()?)
    }
}

/// A name as partners write them: no space around it, because those are not part of it.
fn name() -> impl Strategy<Value = String> {
    "[!-~é€𝄞]([ -~é€𝄞]{0,30}[!-~é€𝄞])?"
}

fn choice() -> impl Strategy<Value = AcsChoice> {
    prop_oneof![
        proptest::option::of(name()).prop_map(|binding| AcsChoice::Default { binding }),
        any::<u16>().prop_map(AcsChoice::Index),
        (name(), proptest::option::of(name()))
            .prop_map(|(location, binding)| AcsChoice::Location { location, binding }),
    ]
}

fn policy() -> impl Strategy<Value = NameIdPolicy> {
    let optional = || proptest::option::of(name());
    (optional(), optional(), any::<bool>()).prop_map(|(format, sp_name_qualifier, allow_create)| {
        NameIdPolicy {
            format,
            sp_name_qualifier,
            allow_create,
        }
    })
}

fn wanted() -> impl Strategy<Value = RequestedContext> {
    let comparison = prop_oneof![
        Just(Comparison::Exact),
        Just(Comparison::Minimum),
        Just(Comparison::Maximum),
        Just(Comparison::Better)
    ];
    let classes = proptest::collection::vec(name(), 1..4);
    (comparison, classes).prop_map(|(comparison, classes)| RequestedContext {
        comparison,
        classes,
    })
}

fn scoping() -> impl Strategy<Value = Scoping> {
    let names = || proptest::collection::vec(name(), 0..3);
    let count = proptest::option::of(any::<u32>());
    (count, names(), names()).prop_map(|(proxy_count, idps, requesters)| Scoping {
        proxy_count,
        idps,
        requesters,
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn saml_08_a_request_is_read_as_it_was_written(
        id in "[_a-zé][a-zA-Z0-9_.-]{0,200}",
        millis in 0_i64..4_102_444_800_000,
        destination in proptest::option::of(name()),
        flags in any::<[bool; 3]>(),
        acs in choice(),
        attributes in proptest::option::of(any::<u16>()),
        name_id in policy(),
        asks in (proptest::option::of(wanted()), proptest::option::of(scoping())),
    ) {
        let [force_authn, is_passive, signed] = flags;
        let (context, scoping) = asks;
        let request = AuthnRequest {
            header: Header { id, instant: Timestamp::from_millis(millis), destination, issuer: SP.to_owned() },
            force_authn, is_passive, acs, attributes, name_id, context, scoping,
        };
        let key = signed.then_some(&*EC);
        let xml = request.write(key).expect("a request");
        prop_assert_eq!(xml.contains("SignatureValue"), signed);
        prop_assert_eq!(read_request(&xml), Ok(request));
    }
}

#[test]
fn saml_08_what_no_schema_allows_is_refused() {
    let good = AuthnRequest {
        acs: AcsChoice::Index(1),
        attributes: Some(2),
        force_authn: true,
        is_passive: true,
        name_id: NameIdPolicy {
            allow_create: true,
            ..NameIdPolicy::default()
        },
        context: Some(RequestedContext {
            comparison: Comparison::Minimum,
            classes: vec!["urn:x".to_owned()],
        }),
        scoping: Some(Scoping {
            proxy_count: Some(1),
            idps: vec!["urn:y".to_owned()],
            requesters: vec!["urn:z".to_owned()],
        }),
        ..authn_request()
    };
    let xml = good.write(None).expect("a request");
    assert_eq!(read_request(&xml), Ok(good));
    let long = "a".repeat(257);
    let context = element(&xml, "samlp:RequestedAuthnContext").to_owned();
    let class = element(&xml, "saml:AuthnContextClassRef").to_owned();
    for (name, from, to) in [
        ("an index and an address", "AssertionConsumerServiceIndex=\"1\"", "AssertionConsumerServiceIndex=\"1\" AssertionConsumerServiceURL=\"https://sp.example/acs\"".to_owned()),
        ("an index and a binding", "AssertionConsumerServiceIndex=\"1\"", "AssertionConsumerServiceIndex=\"1\" ProtocolBinding=\"urn:x\"".to_owned()),
        ("an index that is no number", "ServiceIndex=\"1\"", "ServiceIndex=\"x\"".to_owned()),
        ("a negative index", "ServiceIndex=\"1\"", "ServiceIndex=\"-1\"".to_owned()),
        ("an index that is too large", "ServiceIndex=\"1\"", "ServiceIndex=\"65536\"".to_owned()),
        ("an empty index", "ServiceIndex=\"1\"", "ServiceIndex=\"\"".to_owned()),
        ("another index", "AttributeConsumingServiceIndex=\"2\"", "AttributeConsumingServiceIndex=\"two\"".to_owned()),
        ("yes", "ForceAuthn=\"true\"", "ForceAuthn=\"yes\"".to_owned()),
        ("TRUE", "IsPassive=\"true\"", "IsPassive=\"TRUE\"".to_owned()),
        ("an empty flag", "IsPassive=\"true\"", "IsPassive=\"\"".to_owned()),
        ("2", "AllowCreate=\"true\"", "AllowCreate=\"2\"".to_owned()),
        ("no identifier", " ID=\"_5a17\"", String::new()),
        ("an empty one", "ID=\"_5a17\"", "ID=\"\"".to_owned()),
        ("one that begins with a digit", "ID=\"_5a17\"", "ID=\"5a17\"".to_owned()),
        ("one with a space", "ID=\"_5a17\"", "ID=\"_5a 17\"".to_owned()),
        ("one with a colon", "ID=\"_5a17\"", "ID=\"_5a:17\"".to_owned()),
        ("one with markup", "ID=\"_5a17\"", "ID=\"_5a&lt;17\"".to_owned()),
        ("one that is too long", "ID=\"_5a17\"", format!("ID=\"{long}\"")),
        ("no instant", "IssueInstant=", "x=".to_owned()),
        ("an instant of no calendar", "IssueInstant=\"2026-11-23", "IssueInstant=\"2026-02-30".to_owned()),
        ("an instant that is a number", "IssueInstant=\"2026-11-23T08:00:00.000Z\"", "IssueInstant=\"1795420800\"".to_owned()),
        ("no version", " Version=\"2.0\"", String::new()),
        ("version 1.1", "Version=\"2.0\"", "Version=\"1.1\"".to_owned()),
        ("no issuer", "<saml:Issuer>https://sp.example/saml</saml:Issuer>", String::new()),
        ("an empty issuer", "https://sp.example/saml", " ".to_owned()),
        ("an issuer that is too long", "https://sp.example/saml", "x".repeat(1025)),
        ("a comparison of no meaning", "Comparison=\"minimum\"", "Comparison=\"atleast\"".to_owned()),
        ("two contexts", &context, format!("{context}{context}")),
        ("a context of nothing", &class, String::new()),
        ("an empty class", &class, "<saml:AuthnContextClassRef/>".to_owned()),
        ("too many classes", &class, class.repeat(33)),
        ("a number of proxies", "ProxyCount=\"1\"", "ProxyCount=\"-1\"".to_owned()),
        ("a provider without a name", "ProviderID=", "Name=".to_owned()),
        ("an empty requester", ">urn:z<", "><".to_owned()),
        ("two policies", "<samlp:NameIDPolicy ", "<samlp:NameIDPolicy/><samlp:NameIDPolicy ".to_owned()),
        ("another message", "samlp:AuthnRequest", "samlp:AttributeQuery".to_owned()),
    ] {
        refused(read_request(&changed(&xml, from, &to).replace("</samlp:AuthnRequest>", if name == "another message" { "</samlp:AttributeQuery>" } else { "</samlp:AuthnRequest>" })), name);
    }
    for (name, from, to) in [
        ("1", "ForceAuthn=\"true\"", "ForceAuthn=\"1\""),
        ("spaces", "IsPassive=\"true\"", "IsPassive=\" true \""),
        (
            "spaces around a number",
            "ServiceIndex=\"1\"",
            "ServiceIndex=\" 1 \"",
        ),
        (
            "spaces around a name",
            "https://sp.example/saml",
            "\n https://sp.example/saml ",
        ),
        (
            "an identifier as long as may be",
            "ID=\"_5a17\"",
            &format!("ID=\"{}\"", &long[1..]),
        ),
    ] {
        assert!(read_request(&changed(&xml, from, to)).is_ok(), "{name}");
    }
    // Nobody but the person says who they are.
    let subject = format!("<saml:Subject><saml:NameID>{FORGED}</saml:NameID></saml:Subject>");
    let with = after(&xml, "</saml:Issuer>", &subject);
    assert_eq!(read_request(&with), read_request(&xml));
}

#[test]
fn saml_08_a_request_is_made_now_and_for_here() {
    let head = header(Some(HERE), SP);
    let late = |millis: i64| Timestamp::from_millis(NOW.as_millis() + millis);
    for (millis, good) in [
        (0, true),
        (-60_000, true),
        (-60_001, false),
        (300_000, true),
        (300_001, false),
        (i64::MAX / 2, false),
        (-NOW.as_millis(), false),
    ] {
        assert_eq!(
            head.check(HERE, true, late(millis)).is_ok(),
            good,
            "{millis}"
        );
        // For as long as it is taken it is remembered.
        if good {
            assert!(head.remembered_until() > late(millis));
        }
    }
    for (destination, signed, good) in [
        (Some(HERE), true, true),
        (Some(HERE), false, true),
        (None, true, false),
        (None, false, true),
        (Some(""), false, false),
        (Some("https://ent.example/saml/sso"), true, false),
        (Some("https://ent.example/saml/sso"), false, false),
        (Some("https://ent.example/saml/slo/"), true, false),
        (Some("http://ent.example/saml/slo"), true, false),
        (Some("https://ENT.example/saml/slo"), true, false),
        (Some("https://ent.example/saml/slo?"), true, false),
        (
            Some("https://ent.example.evil.example/saml/slo"),
            true,
            false,
        ),
    ] {
        let head = header(destination, SP);
        let check = head.check(HERE, signed, NOW);
        assert_eq!(check.is_ok(), good, "{destination:?} {signed}");
    }
    // Instants at the ends of time are no reason to fail.
    for millis in [i64::MIN, -1, 0, i64::MAX] {
        let head = Header {
            instant: Timestamp::from_millis(millis),
            ..header(Some(HERE), SP)
        };
        assert!(head.check(HERE, true, NOW).is_err());
    }
}

#[test]
fn saml_08_a_signature_is_not_passed_over() {
    let signed = authn_request().write(Some(&EC)).expect("a request");
    assert!(read_request(&signed).is_ok());
    let received = posted("SAMLRequest", &signed).expect("a form");
    let opened = received.open().expect("a request");
    assert_eq!(
        opened.accept_unsigned().map(drop),
        Err(Problem::WrongSignature)
    );
    assert_eq!(opened.authenticate(&[]).map(drop), Err(Problem::NoKey));
    assert_eq!(
        opened.authenticate(&[peer(&ATTACKER)]).map(drop),
        Err(Problem::WrongSignature)
    );
    // Nor is none taken for one.
    let unsigned = authn_request().write(None).expect("a request");
    let received = posted("SAMLRequest", &unsigned).expect("a form");
    let opened = received.open().expect("a request");
    assert_eq!(
        opened.authenticate(&trusted()).map(drop),
        Err(Problem::Unsigned)
    );
    let authentic = opened.accept_unsigned().expect("allowed");
    assert!(!authentic.is_signed() && authentic.tree().root().is(ns::SAMLP, "AuthnRequest"));
}

fn logout_request() -> LogoutRequest {
    LogoutRequest {
        header: header(Some(HERE), SP),
        name_id: answer().assertion.expect("an assertion").name_id,
        session_indexes: vec!["_5e55".to_owned(), "_<&>".to_owned()],
        reason: Some(crate::names::logout_reason::USER.to_owned()),
        not_on_or_after: Some(NOW + Duration::from_secs(60)),
    }
}

fn read_logout(xml: &str, now: Timestamp) -> Result<LogoutRequest, Problem> {
    let received = posted("SAMLRequest", xml)?;
    let opened = received.open()?;
    let authentic = if opened.is_signed() {
        opened.authenticate(&trusted())?
    } else {
        opened.accept_unsigned()?
    };
    LogoutRequest::read(&authentic, &[private(&SERVICE)], now)
}

#[test]
fn saml_10_a_logout_is_asked_for_by_whoever_has_signed_it() {
    for key in [&*RSA, &*EC] {
        let xml = logout_request().write(Some(key), None).expect("a request");
        assert_eq!(read_logout(&xml, NOW), Ok(logout_request()));
        for change in ["_5e55", "_&lt;&amp;", GENUINE, SP, HERE, "logout:user"] {
            let other = changed(&xml, change, "_other");
            refused(read_logout(&other, NOW), change);
        }
        let reduced = without(&xml, "samlp:SessionIndex");
        assert_eq!(read_logout(&reduced, NOW), Err(Problem::WrongSignature));
    }
    let unsigned = logout_request().write(None, None).expect("a request");
    assert_eq!(read_logout(&unsigned, NOW), Err(Problem::Unsigned));
    let foreign = logout_request()
        .write(Some(&ATTACKER), None)
        .expect("a request");
    assert_eq!(read_logout(&foreign, NOW), Err(Problem::WrongSignature));
    // The name hidden from everybody but the hub.
    let to = crate::encryption::Recipient::new(SERVICE.certificate().clone(), &[]);
    let hidden = logout_request()
        .write(Some(&EC), to.as_ref())
        .expect("a request");
    assert!(!hidden.contains(GENUINE));
    assert_eq!(read_logout(&hidden, NOW), Ok(logout_request()));
}

#[test]
fn saml_10_a_logout_is_good_until_it_says() {
    let xml = logout_request().write(Some(&EC), None).expect("a request");
    for (millis, good) in [(0, true), (119_999, true), (120_000, false)] {
        let now = Timestamp::from_millis(NOW.as_millis() + millis);
        assert_eq!(read_logout(&xml, now).is_ok(), good, "{millis}");
    }
    // Ours always say so; of those that do not, the instant decides, as of every request.
    let open = LogoutRequest {
        not_on_or_after: None,
        ..logout_request()
    };
    let written = open.write(Some(&EC), None).expect("a request");
    let read = read_logout(&written, NOW).expect("a request");
    assert_eq!(read.not_on_or_after, Some(NOW + Duration::from_secs(300)));
    let bare = without(
        &logout_request().write(Some(&EC), None).expect("a request"),
        "ds:Signature",
    );
    let until = format!(
        " NotOnOrAfter=\"{}\"",
        (NOW + Duration::from_secs(60)).rfc3339()
    );
    let undated = resigned_root(&changed(&bare, &until, ""), "_5a17", &EC);
    let read = read_logout(&undated, NOW).expect("a request");
    assert!(
        read.header
            .check(HERE, true, NOW + Duration::from_secs(301))
            .is_err()
    );
    let bad = resigned_root(&changed(&bare, &until, " NotOnOrAfter=\"\""), "_5a17", &EC);
    refused(read_logout(&bad, NOW), "an empty end");
    for (name, from, to) in [
        (
            "nobody",
            element(&bare, "saml:NameID").to_owned(),
            String::new(),
        ),
        (
            "somebody twice",
            element(&bare, "saml:NameID").to_owned(),
            element(&bare, "saml:NameID").repeat(2),
        ),
        (
            "an index with something in it",
            "_5e55".to_owned(),
            "<x/>".to_owned(),
        ),
    ] {
        let xml = resigned_root(&changed(&bare, &from, &to), "_5a17", &EC);
        refused(read_logout(&xml, NOW), name);
    }
}

#[test]
fn saml_10_all_sessions_that_are_named_are_read_or_none() {
    // A request that names more sessions than are read would end some of them and say that it ended all.
    let many = |count: usize| LogoutRequest {
        session_indexes: (0..count).map(|index| format!("_{index}")).collect(),
        ..logout_request()
    };
    let xml = many(100).write(Some(&EC), None).expect("a request");
    assert_eq!(read_logout(&xml, NOW), Ok(many(100)));
    let xml = many(101).write(Some(&EC), None).expect("a request");
    refused(read_logout(&xml, NOW), "too many");
}

#[test]
fn saml_10_the_answer_to_a_logout_is_signed_and_names_its_request() {
    let answer = LogoutResponse {
        header: header(Some(HERE), SP),
        in_response_to: REQUEST.to_owned(),
        status: Status::responder(StatusCode::PartialLogout, "not <everybody>"),
    };
    let read = |xml: &str| {
        let received = posted("SAMLResponse", xml)?;
        let opened = received.open()?;
        let authentic = if opened.is_signed() {
            opened.authenticate(&trusted())?
        } else {
            opened.accept_unsigned()?
        };
        LogoutResponse::read(&authentic)
    };
    let xml = answer.write(Some(&RSA)).expect("an answer");
    assert_eq!(read(&xml), Ok(answer.clone()));
    assert_eq!(
        read(&answer.write(None).expect("an answer")),
        Err(Problem::Unsigned)
    );
    let foreign = answer.write(Some(&ATTACKER_RSA)).expect("an answer");
    assert_eq!(read(&foreign), Err(Problem::WrongSignature));
    assert_eq!(
        read(&changed(&xml, "status:Responder", "status:Success")),
        Err(Problem::WrongSignature)
    );
    let bare = without(&xml, "ds:Signature");
    let request = format!(" InResponseTo=\"{REQUEST}\"");
    refused(
        read(&resigned_root(&changed(&bare, &request, ""), "_5a17", &RSA)),
        "no request",
    );
    let status = element(&bare, "samlp:Status").to_owned();
    refused(
        read(&resigned_root(&changed(&bare, &status, ""), "_5a17", &RSA)),
        "no status",
    );
}

#[test]
fn saml_10_an_answer_of_the_partners_server_is_good_or_unsigned_and_never_in_part() {
    let answer = LogoutResponse {
        header: header(None, SP),
        in_response_to: REQUEST.to_owned(),
        status: Status::success(),
    };
    let read = |xml: &str| {
        let soap = crate::binding::envelope(xml).into_bytes();
        let received = Received::from_soap(soap, Role::Response);
        let opened = received.open()?;
        let authentic = if opened.is_signed() {
            opened.authenticate(&trusted())?
        } else {
            opened.accept_unsigned()?
        };
        LogoutResponse::read_from_server(&authentic)
    };
    let unsigned = answer.write(None).expect("an answer");
    let signed = answer.write(Some(&RSA)).expect("an answer");
    assert_eq!(read(&unsigned), Ok(answer.clone()));
    assert_eq!(read(&signed), Ok(answer.clone()));
    let foreign = answer.write(Some(&ATTACKER_RSA)).expect("an answer");
    assert_eq!(read(&foreign), Err(Problem::WrongSignature));
    assert_eq!(
        read(&changed(&signed, REQUEST, "_another")),
        Err(Problem::WrongSignature)
    );
    // Something that somebody has signed lies in it: that is not a signature of the answer.
    let assertion = sealed(&RSA, true, false);
    let assertion = element(&assertion, "saml:Assertion");
    let part = changed(
        &unsigned,
        "</samlp:LogoutResponse>",
        &format!("{assertion}</samlp:LogoutResponse>"),
    );
    assert_eq!(read(&part), Err(Problem::Unsigned));
    let another = bare();
    assert!(matches!(read(&another), Err(Problem::Message(_))));
}

#[test]
fn saml_15_whoever_fetches_a_message_has_signed_for_it() {
    let resolve = ArtifactResolve {
        header: header(Some("https://ent.example/saml/artifact"), SP),
        artifact: "AAQAAM<&>".to_owned(),
    };
    let read = |xml: &str| {
        let received =
            Received::from_soap(crate::binding::envelope(xml).into_bytes(), Role::Request);
        let opened = received.open()?;
        let authentic = if opened.is_signed() {
            opened.authenticate(&trusted())?
        } else {
            opened.accept_unsigned()?
        };
        ArtifactResolve::read(&authentic)
    };
    let xml = resolve.write(Some(&RSA)).expect("a request");
    assert_eq!(read(&xml), Ok(resolve.clone()));
    assert_eq!(
        read(&resolve.write(None).expect("a request")),
        Err(Problem::Unsigned)
    );
    let foreign = resolve.write(Some(&ATTACKER)).expect("a request");
    assert_eq!(read(&foreign), Err(Problem::WrongSignature));
    assert_eq!(
        read(&changed(&xml, "AAQAAM", "AAQAAN")),
        Err(Problem::WrongSignature)
    );
    let bare = without(&xml, "ds:Signature");
    let artifact = element(&bare, "samlp:Artifact").to_owned();
    for by in [
        String::new(),
        artifact.repeat(2),
        "<samlp:Artifact/>".to_owned(),
        "<samlp:Artifact><x/></samlp:Artifact>".to_owned(),
    ] {
        let xml = resigned_root(&changed(&bare, &artifact, &by), "_5a17", &RSA);
        refused(read(&xml), &by);
    }
}

#[test]
fn saml_01_a_message_comes_under_its_own_name() {
    let requests = [
        authn_request().write(Some(&EC)).expect("a request"),
        logout_request().write(Some(&EC), None).expect("a request"),
    ];
    for xml in requests {
        assert!(posted("SAMLRequest", &xml).expect("a form").open().is_ok());
        let problem = posted("SAMLResponse", &xml)
            .expect("a form")
            .open()
            .map(drop);
        assert!(matches!(problem, Err(Problem::Message(_))), "{xml}");
    }
    let answers = sealed(&EC, true, true);
    assert!(
        posted("SAMLResponse", &answers)
            .expect("a form")
            .open()
            .is_ok()
    );
    let problem = posted("SAMLRequest", &answers)
        .expect("a form")
        .open()
        .map(drop);
    assert!(matches!(problem, Err(Problem::Message(_))));
}

#[test]
fn saml_01_one_kind_of_message_is_not_read_as_another() {
    let keys = trusted();
    let messages = [
        (
            "SAMLRequest",
            authn_request().write(Some(&EC)).expect("a request"),
        ),
        (
            "SAMLRequest",
            logout_request().write(Some(&EC), None).expect("a request"),
        ),
        ("SAMLResponse", sealed(&EC, true, true)),
    ];
    for (parameter, xml) in &messages {
        let received = posted(parameter, xml).expect("a form");
        let opened = received.open().expect("a message");
        let authentic = opened.authenticate(&keys).expect("authentic");
        let kind = opened.kind();
        assert_eq!(
            AuthnRequest::read(&authentic).is_ok(),
            kind == Kind::AuthnRequest
        );
        assert_eq!(
            LogoutRequest::read(&authentic, &[], NOW).is_ok(),
            kind == Kind::LogoutRequest
        );
        assert_eq!(
            Asserted::read(&authentic, &expected(&keys, &[])).is_ok(),
            kind == Kind::Response
        );
        assert!(LogoutResponse::read(&authentic).is_err());
        assert!(ArtifactResolve::read(&authentic).is_err());
    }
}
