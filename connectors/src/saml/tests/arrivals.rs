//! Answers: good ones, and those of others, for others, for another time or another request.

use clau_domain::session::Assurance;
use clau_saml::message::StatusCode;
use clau_saml::xml::Writer;

use super::*;

#[test]
fn a_login_from_departure_to_arrival() {
    let scene = Scene::plain();
    let arrived = scene.login(|_| {}).expect("a login");
    let identity = &arrived.identity;
    assert_eq!(identity.source.as_str(), "essais");
    assert_eq!(identity.subject, "l'élève & co");
    assert_eq!(identity.level, Assurance::SingleFactor);
    assert_eq!(identity.authenticated_at, NOW);
    // The session by its own name first, then the person.
    assert_eq!(arrived.names.len(), 2);
    assert!(arrived.names[0].contains("_session") && !arrived.names[1].contains("_session"));
    assert!(!format!("{:?}", scene.driver).contains("PRIVATE"));
}

#[test]
fn an_agreed_name_is_the_audience() {
    let scene = Scene::with(json!({ "own_entity_id": "sp-ent-entmip-prod" }));
    assert_eq!(scene.introduced().entity_id, "sp-ent-entmip-prod");
    assert!(scene.login(|_| {}).is_ok());
    let address = format!("{HUB}/saml/sp/essais/metadata");
    let other = scene.login(|it| assertion(it).audience = address);
    untrusted(other, "for another service");
}

#[test]
fn saml_01_what_surrounds_an_assertion_is_for_here_and_from_there() {
    let scene = Scene::plain();
    let elsewhere = "https://ent.example/saml/sp/autre/acs";
    untrusted(
        scene.login(|it| it.header.destination = Some(elsewhere.to_owned())),
        "another address",
    );
    untrusted(
        scene.login(|it| it.header.destination = None),
        "another address",
    );
    untrusted(
        scene.login(|it| it.header.issuer = OTHER.entity_id()),
        "another identity provider",
    );
    untrusted(
        scene.login(|it| assertion(it).issuer = OTHER.entity_id()),
        "another identity provider",
    );
    // What it says when it refuses is for the log, in the names of the specification.
    let refusal = scene.login(|it| {
        it.status = Status::responder(StatusCode::AuthnFailed, "<script>");
        it.assertion = None;
    });
    assert_eq!(
        refusal.map(drop),
        Err(Fault::Refused("the status is `AuthnFailed`".to_owned()))
    );
    let weak = scene.login(|it| {
        it.status = Status::responder(StatusCode::NoAuthnContext, "");
        it.assertion = None;
    });
    assert!(matches!(weak, Err(Fault::TooWeak(_))));
    // A refusal that has an assertion all the same is one.
    let both = scene.login(|it| it.status = Status::requester(StatusCode::RequestDenied, ""));
    assert!(matches!(both, Err(Fault::Refused(_))));
}

#[test]
fn saml_01_the_reader_decides_by_what_way_an_answer_comes() {
    let scene = Scene::plain();
    let (asked, pending) = scene.asked(&wish());
    let answer = IDP.answer(&scene, Some(&asked));
    let xml = IDP.seal(&answer);
    // By redirect, by a program, under the name of a request.
    let to = clau_saml::binding::Address {
        location: &scene.acs(),
        role: Role::Response,
        relay_state: None,
    };
    let unsigned = Sealing {
        assertion: true,
        response: false,
        ..Sealing::signed(IDP.key)
    };
    let unsigned = answer.write(&unsigned).expect("an answer");
    let redirect = to.with(&unsigned, Some(IDP.key)).expect("an address");
    let redirect = came(&Leave::Redirect(redirect));
    untrusted(scene.arrive_as(&redirect, Some(&pending)), "by form");
    let envelope = clau_saml::binding::envelope(&xml).into_bytes();
    let soap = Received::from_soap(envelope, Role::Response);
    untrusted(scene.arrive_as(&soap, Some(&pending)), "by form");
    let request = posted(Role::Request, &xml, None);
    untrusted(scene.arrive_as(&request, Some(&pending)), "by form");
    let call = scene.call();
    let query = now(scene
        .driver
        .arrive(&call, &Arrival::Query("code=1"), Some(&pending)));
    untrusted(query, "no SAML message");
    assert!(scene.arrive(&xml, Some(&pending)).is_ok());
}

#[test]
fn sig_01_something_must_be_signed_by_the_source() {
    let scene = Scene::plain();
    let (asked, pending) = scene.asked(&wish());
    let answer = IDP.answer(&scene, Some(&asked));
    for (assertion, response) in [(true, true), (true, false), (false, true), (false, false)] {
        let sealing = Sealing {
            assertion,
            response,
            ..Sealing::signed(IDP.key)
        };
        let xml = answer.write(&sealing).expect("an answer");
        let arrived = scene.arrive(&xml, Some(&pending));
        if assertion || response {
            assert!(arrived.is_ok(), "{assertion} {response}");
        } else {
            untrusted(arrived, "not signed");
        }
    }
    // By somebody else's key, whoever it says it is from.
    let forged = answer
        .write(&Sealing::signed(&OF_OTHER))
        .expect("an answer");
    untrusted(scene.arrive(&forged, Some(&pending)), "does not verify");
    let changed = IDP.seal(&answer).replace("élève", "maître");
    untrusted(scene.arrive(&changed, Some(&pending)), "does not verify");
}

#[test]
fn saml_02_one_assertion_and_no_more() {
    let scene = Scene::plain();
    let (asked, pending) = scene.asked(&wish());
    let sealing = Sealing {
        response: false,
        ..Sealing::signed(IDP.key)
    };
    let one = |who: &str| {
        let mut answer = IDP.answer(&scene, Some(&asked));
        assertion(&mut answer).name_id.value = who.to_owned();
        answer.write(&sealing).expect("an answer")
    };
    let (first, second) = (one("first"), one("second"));
    assert!(scene.arrive(&first, Some(&pending)).is_ok());
    let begin = second.find("<saml:Assertion").expect("an assertion");
    let end = second.find("</samlp:Response>").expect("an end");
    let both = first.replace(
        "</samlp:Response>",
        &format!("{}</samlp:Response>", &second[begin..end]),
    );
    untrusted(scene.arrive(&both, Some(&pending)), "exactly one assertion");
    let none = scene.login(|it| it.assertion = None);
    untrusted(none, "exactly one assertion");
}

#[test]
fn saml_03_an_answer_is_to_the_request_of_this_browser() {
    let scene = Scene::plain();
    // Outside, inside, or in both places.
    let other = || Some(id());
    untrusted(
        scene.login(|it| it.in_response_to = other()),
        "another request",
    );
    untrusted(
        scene.login(|it| assertion(it).in_response_to = other()),
        "another request",
    );
    untrusted(
        scene.login(|it| it.in_response_to = None),
        "another request",
    );
    untrusted(
        scene.login(|it| assertion(it).in_response_to = None),
        "another request",
    );
    // Of another browser, whose request this one does not have.
    let (theirs, _) = scene.asked(&wish());
    let (_, ours) = scene.asked(&wish());
    let answer = IDP.seal(&IDP.answer(&scene, Some(&theirs)));
    untrusted(scene.arrive(&answer, Some(&ours)), "another request");
    // To be presented elsewhere.
    untrusted(
        scene.login(|it| assertion(it).recipient = "https://evil.example/acs".to_owned()),
        "presented elsewhere",
    );
}

#[test]
fn saml_03_unasked_only_where_the_source_may() {
    let closed = Scene::plain();
    let answer = IDP.seal(&IDP.answer(&closed, None));
    untrusted(closed.arrive(&answer, None), "nobody has asked");
    // What answers a request does not become welcome without it.
    let (asked, pending) = closed.asked(&wish());
    let asked = IDP.seal(&IDP.answer(&closed, Some(&asked)));
    untrusted(closed.arrive(&asked, None), "nobody has asked");
    untrusted(closed.arrive(&answer, Some(&pending)), "another request");

    let open = Scene::with(json!({ "unsolicited": true }));
    let answer = IDP.seal(&IDP.answer(&open, None));
    assert!(open.arrive(&answer, None).is_ok());
    // Destination, recipient, audience, issuer as ever.
    for change in [
        |it: &mut Response| it.header.destination = None,
        |it: &mut Response| assertion(it).recipient = "https://evil.example".to_owned(),
        |it: &mut Response| assertion(it).audience = "https://evil.example".to_owned(),
        |it: &mut Response| assertion(it).issuer = OTHER.entity_id(),
        |it: &mut Response| assertion(it).in_response_to = Some("_x".to_owned()),
        |it: &mut Response| it.in_response_to = Some("_x".to_owned()),
    ] {
        let mut answer = IDP.answer(&open, None);
        change(&mut answer);
        untrusted(open.arrive(&IDP.seal(&answer), None), "");
    }
    // An answer to a request is good with it alone, here as well.
    let (asked, pending) = open.asked(&wish());
    let asked = IDP.seal(&IDP.answer(&open, Some(&asked)));
    untrusted(open.arrive(&asked, None), "another request");
    untrusted(open.arrive(&answer, Some(&pending)), "another request");
    assert!(open.arrive(&asked, Some(&pending)).is_ok());
}

#[test]
fn saml_04_sixty_seconds_and_no_more() {
    // Good from `NOW - 60 s` (which the source grants) to `NOW + 300 s`; the hub grants sixty seconds more.
    let begins = NOW - 2 * MINUTE;
    let ends = NOW + 5 * MINUTE + MINUTE;
    for (now, why) in [
        (begins - Duration::from_millis(1), "too early"),
        (begins, ""),
        (ends - Duration::from_millis(1), ""),
        (ends, "too late"),
    ] {
        let scene = Scene::with(json!({ "unsolicited": true })).at(now);
        let mut answer = IDP.answer(&scene, None);
        assertion(&mut answer).authentication.at = begins;
        let arrived = scene.arrive(&IDP.seal(&answer), None);
        if why.is_empty() {
            let identity = arrived.expect("a login").identity;
            assert_eq!(identity.authenticated_at, begins);
        } else {
            untrusted(arrived, why);
        }
    }
}

#[test]
fn saml_04_for_this_service_and_with_a_date() {
    let scene = Scene::plain();
    untrusted(
        scene.login(|it| assertion(it).audience = format!("{HUB}/saml/sp/essais")),
        "another service",
    );
    // Without conditions; signed as a whole, so that nothing else is wrong with it.
    let (asked, pending) = scene.asked(&wish());
    let sealing = Sealing {
        assertion: false,
        response: false,
        ..Sealing::signed(IDP.key)
    };
    let bare = IDP.answer(&scene, Some(&asked)).write(&sealing);
    let bare = bare.expect("an answer");
    let begin = bare.find("<saml:Conditions").expect("conditions");
    let end = bare.find("</saml:Conditions>").expect("conditions") + "</saml:Conditions>".len();
    let without = format!("{}{}", &bare[..begin], &bare[end..]);
    for (xml, why) in [(bare, "not signed"), (without.clone(), "not signed")] {
        untrusted(scene.arrive(&xml, Some(&pending)), why);
    }
    let id = without
        .split("ID=\"")
        .nth(1)
        .and_then(|it| it.split('"').next());
    let signed = signed_root(&without, id.expect("an identifier"));
    untrusted(scene.arrive(&signed, Some(&pending)), "no conditions");
}

/// Signs the root of a message as [`IDP`], whatever is in it.
fn signed_root(xml: &str, id: &str) -> String {
    let signed = clau_saml::metadata::signed_for_tests(xml, id, IDP.key).expect("signed");
    // Metadata has its signature first of all, a message after its issuer.
    let begin = signed.find("<ds:Signature").expect("a signature");
    let end = signed.find("</ds:Signature>").expect("a signature") + "</ds:Signature>".len();
    let without = format!("{}{}", &signed[..begin], &signed[end..]);
    let issuer = "</saml:Issuer>";
    without.replacen(issuer, &format!("{issuer}{}", &signed[begin..end]), 1)
}

#[test]
fn saml_05_an_assertion_has_one_name_for_as_long_as_it_is_good() {
    let scene = Scene::plain();
    let (asked, pending) = scene.asked(&wish());
    let answer = IDP.answer(&scene, Some(&asked));
    let xml = IDP.seal(&answer);
    let first = scene.arrive(&xml, Some(&pending)).expect("a login").once;
    let again = scene.arrive(&xml, Some(&pending)).expect("a login").once;
    assert_eq!(first, again);
    let [(name, until)] = first.as_slice() else {
        panic!("one name: {first:?}")
    };
    let inside = answer.assertion.expect("an assertion").id;
    assert!(name.contains(&inside) && name.contains(&IDP.entity_id()));
    // The last instant at which it is taken, and a moment.
    assert_eq!(*until, NOW + 5 * MINUTE + MINUTE);
    let other = scene.login(|_| {}).expect("a login").once;
    assert_ne!(first, other);
    // In another envelope it is the same.
    let (mut rewrapped, sealing) = (
        IDP.answer(&scene, Some(&asked)),
        Sealing {
            assertion: true,
            response: false,
            ..Sealing::signed(IDP.key)
        },
    );
    assertion(&mut rewrapped).id.clone_from(&inside);
    let rewrapped = rewrapped.write(&sealing).expect("an answer");
    let arrived = scene.arrive(&rewrapped, Some(&pending)).expect("a login");
    assert_eq!(arrived.once, first);
}

#[test]
fn fed_05_two_sources_crossing_answers() {
    let registered = |idp: &Idp, id: &str| {
        Scene::of(registration(
            id,
            &idp.metadata(),
            json!({ "unsolicited": true }),
        ))
    };
    let (one, two) = (registered(&IDP, "un"), registered(&OTHER, "deux"));
    let (asked, pending) = one.asked(&wish());
    // The other one's answer, in its own name, at the first one's address; it has seen the request.
    let honest = OTHER.answer(&one, Some(&asked));
    untrusted(
        one.arrive(&OTHER.seal(&honest), Some(&pending)),
        "another identity provider",
    );
    // In the first one's name, by its own key.
    let mut posing = IDP.answer(&one, Some(&asked));
    untrusted(
        one.arrive(&OTHER.seal(&posing), Some(&pending)),
        "does not verify",
    );
    // Its own assertion in the first one's envelope.
    posing.assertion = honest.assertion;
    untrusted(
        one.arrive(&IDP.seal(&posing), Some(&pending)),
        "another identity provider",
    );
    // An answer for the other address, brought here; and the other way round.
    let answer = IDP.seal(&IDP.answer(&one, Some(&asked)));
    untrusted(two.arrive(&answer, None), "another identity provider");
    untrusted(
        two.arrive(&answer, Some(&pending)),
        "another identity provider",
    );
    let unasked = OTHER.seal(&OTHER.answer(&two, None));
    untrusted(one.arrive(&unasked, None), "another identity provider");
    // Each at its own.
    assert!(one.arrive(&answer, Some(&pending)).is_ok());
    assert!(two.arrive(&unasked, None).is_ok());
    // The same person there and here are two.
    let subjects = [&one, &two].map(|scene| scene.acs());
    assert_ne!(subjects[0], subjects[1]);
}

#[test]
fn sig_10_encrypted_assertions_are_opened_and_can_be_demanded() {
    let recipient = recipient();
    let sealed = |scene: &Scene, asked: &AuthnRequest, assertion: bool, response: bool| {
        let sealing = Sealing {
            assertion,
            response,
            encrypted_for: Some(&recipient),
            ..Sealing::signed(IDP.key)
        };
        IDP.answer(scene, Some(asked))
            .write(&sealing)
            .expect("an answer")
    };
    for more in [json!({}), json!({ "encrypted": true })] {
        let demanded = more["encrypted"] == json!(true);
        let mut scene = Scene::with(more);
        let (asked, pending) = scene.asked(&wish());
        // Signed inside, around, or both; as a ministry does it, the envelope is not signed.
        for (assertion, response) in [(true, false), (false, true), (true, true)] {
            let xml = sealed(&scene, &asked, assertion, response);
            assert!(!xml.contains("élève"));
            let arrived = scene.arrive(&xml, Some(&pending)).expect("a login");
            assert_eq!(arrived.identity.subject, "l'élève & co");
        }
        untrusted(
            scene.arrive(&sealed(&scene, &asked, false, false), Some(&pending)),
            "not signed",
        );
        let plain = IDP.seal(&IDP.answer(&scene, Some(&asked)));
        let plain = scene.arrive(&plain, Some(&pending));
        if demanded {
            untrusted(plain, "not encrypted");
        } else {
            assert!(plain.is_ok());
        }
        // Without the key there is one word for everything.
        let xml = sealed(&scene, &asked, true, true);
        scene.keys.saml_decryption.clear();
        untrusted(scene.arrive(&xml, Some(&pending)), "cannot be opened");
    }
}

#[test]
fn saml_13_what_comes_along_is_not_looked_at() {
    let scene = Scene::with(json!({ "unsolicited": true }));
    let xml = IDP.seal(&IDP.answer(&scene, None));
    let mut arrived = Vec::new();
    for state in [
        None,
        Some("https://evil.example/"),
        Some("javascript:alert(1)"),
    ] {
        let received = posted(Role::Response, &xml, state);
        let login = scene.arrive_as(&received, None).expect("a login");
        arrived.push(format!("{login:?}"));
    }
    assert!(arrived.iter().all(|login| *login == arrived[0]));
    assert!(!arrived[0].contains("evil"));
}

#[test]
fn xml_02_rubbish_is_not_believed() {
    let scene = Scene::with(json!({ "unsolicited": true }));
    let mut writer = Writer::new();
    writer.open("x", &[]);
    let other = writer.finish();
    for xml in ["", "rubbish", "<!DOCTYPE x><x/>", &other] {
        untrusted(scene.arrive(xml, None), "");
    }
}
