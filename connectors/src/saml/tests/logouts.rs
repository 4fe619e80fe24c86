//! Logout: ours towards the source, by every way there is, and the source's towards us.

use clau_saml::binding::{Address, Binding, envelope};
use clau_saml::message::{LogoutRequest, LogoutResponse, StatusCode};
use clau_saml::names::binding;

use crate::contract::{Heard, LogoutOutcome, Notice, Reply, SignOut};

use super::*;

const RETURN: &str = "urn:oid:1.3.6.1.4.1.20326.10.999.1.5";

impl Scene {
    fn hear_as(
        &self,
        received: &Received,
        by_program: bool,
        pending: Option<&str>,
    ) -> Result<Heard, Fault> {
        let call = self.call();
        let notice = Notice::Saml {
            received,
            by_program,
            pending,
        };
        now(self.driver.hear(&call, &notice))
    }

    fn hear(&self, received: &Received, pending: Option<&str>) -> Result<Heard, Fault> {
        self.hear_as(received, false, pending)
    }

    fn sign_out(&self, arrived: &Arrived) -> SignOut {
        let call = self.call();
        now(self.driver.sign_out(&call, &arrived.upstream, STATE)).expect("a way")
    }
}

/// A logout of the source's, for the session that every login here has.
fn request(scene: &Scene) -> LogoutRequest {
    let name = IDP.answer(scene, None).assertion.expect("one").name_id;
    LogoutRequest {
        header: IDP.header(Some(&scene.slo())),
        name_id: name,
        session_indexes: vec!["_session".to_owned()],
        reason: None,
        not_on_or_after: None,
    }
}

/// How a message comes in an address, signed beside itself.
fn redirected(role: Role, xml: &str, key: Option<&SigningKey>, state: Option<&str>) -> Received {
    let to = Address {
        location: "https://ent.example/slo",
        role,
        relay_state: state,
    };
    came(&Leave::Redirect(to.with(xml, key).expect("an address")))
}

fn asked(request: &LogoutRequest, key: &SigningKey) -> Received {
    let xml = request.write(None, None).expect("a request");
    redirected(Role::Request, &xml, Some(key), Some("theirs"))
}

fn ended(heard: Result<Heard, Fault>) -> (Vec<String>, Vec<(String, Timestamp)>, String) {
    match heard {
        Ok(Heard::Ended {
            names,
            once,
            reply: Some(reply),
        }) => (names, once, reply),
        other => panic!("a logout: {other:?}"),
    }
}

/// A login that came with an address for signing out.
fn returning(scene: &Scene, url: &str) -> Arrived {
    let said = |it: &mut Response| assertion(it).attributes = vec![text(RETURN, None, &[url])];
    let arrived = scene.login(said).expect("a login");
    // What reads attributes hands it over; that is the profiles' to prove.
    let mut upstream: Json = serde_json::from_str(&arrived.upstream).expect("JSON");
    merge(&mut upstream, json!({ "return_url": url }));
    Arrived {
        upstream: upstream.to_string(),
        ..arrived
    }
}

fn mapped(more: Json) -> Scene {
    let mut registration = registration("essais", &IDP.metadata(), more);
    merge(
        &mut registration,
        json!({ "attributes": { "return_url": [RETURN] } }),
    );
    Scene::of(registration)
}

/// Metadata of a source that has no address for logouts.
fn without_logout() -> String {
    IDP.metadata().replace("SingleLogoutService", "Nothing")
}

#[test]
fn by_the_protocol_and_back_again() {
    let scene = Scene::plain();
    let arrived = scene.login(|_| {}).expect("a login");
    let SignOut::Away { leave, pending } = scene.sign_out(&arrived) else {
        panic!("by the protocol")
    };
    let Leave::Redirect(url) = &leave else {
        panic!("by redirect")
    };
    assert!(url.starts_with("https://idp.example/saml/slo?SAMLRequest="));
    let received = came(&leave);
    assert_eq!(received.relay_state.as_deref(), Some(STATE));
    let opened = received.open().expect("a message");
    let authentic = opened
        .authenticate(&scene.own_keys())
        .expect("signed by us");
    let request = LogoutRequest::read(&authentic, &[], NOW).expect("a request");
    let here = "https://idp.example/saml/slo";
    request.header.check(here, true, NOW).expect("for there");
    assert_eq!(request.name_id.value, "l'élève & co");
    assert_eq!(request.name_id.name_qualifier, Some(IDP.entity_id()));
    assert_eq!(request.session_indexes, ["_session"]);
    assert!(request.not_on_or_after.is_some_and(|until| until > NOW));
    for (status, done) in [
        (Status::success(), true),
        (
            Status {
                detail: Some(StatusCode::PartialLogout),
                ..Status::success()
            },
            true,
        ),
        (Status::responder(StatusCode::RequestDenied, ""), false),
    ] {
        let response = answer(&scene, &request.header.id, status);
        let heard = scene.hear(&told(&response, IDP.key), Some(&pending));
        let Ok(Heard::Answered { done: found }) = heard else {
            panic!("an answer: {heard:?}")
        };
        assert_eq!(found, done);
    }
}

fn answer(scene: &Scene, request: &str, status: Status) -> LogoutResponse {
    LogoutResponse {
        header: IDP.header(Some(&scene.slo())),
        in_response_to: request.to_owned(),
        status,
    }
}

fn told(response: &LogoutResponse, key: &SigningKey) -> Received {
    let xml = response.write(None).expect("an answer");
    redirected(Role::Response, &xml, Some(key), Some(STATE))
}

#[test]
fn saml_10_an_answer_is_to_what_this_browser_has_asked() {
    let scene = Scene::plain();
    let arrived = scene.login(|_| {}).expect("a login");
    let SignOut::Away { leave, pending } = scene.sign_out(&arrived) else {
        panic!("by the protocol")
    };
    let received = came(&leave);
    let opened = received.open().expect("a message");
    let authentic = opened
        .authenticate(&scene.own_keys())
        .expect("signed by us");
    let id = LogoutRequest::read(&authentic, &[], NOW)
        .expect("a request")
        .header
        .id;
    let good = answer(&scene, &id, Status::success());
    assert!(scene.hear(&told(&good, IDP.key), Some(&pending)).is_ok());
    untrusted(scene.hear(&told(&good, IDP.key), None), "answers nothing");
    untrusted(
        scene.hear(&told(&good, OTHER.key), Some(&pending)),
        "does not verify",
    );
    let other = answer(&scene, "_other", Status::success());
    untrusted(
        scene.hear(&told(&other, IDP.key), Some(&pending)),
        "another request",
    );
    let mut foreign = good.clone();
    foreign.header.issuer = OTHER.entity_id();
    untrusted(
        scene.hear(&told(&foreign, OTHER.key), Some(&pending)),
        "another identity provider",
    );
    let mut elsewhere = good.clone();
    elsewhere.header.destination = Some(scene.acs());
    untrusted(
        scene.hear(&told(&elsewhere, IDP.key), Some(&pending)),
        "another address",
    );
    elsewhere.header.destination = None;
    untrusted(
        scene.hear(&told(&elsewhere, IDP.key), Some(&pending)),
        "names no address",
    );
    let unsigned = redirected(Role::Response, &good.write(None).expect("one"), None, None);
    untrusted(scene.hear(&unsigned, Some(&pending)), "not signed");
    // By a program nobody was asked.
    let soap = envelope(&good.write(Some(IDP.key)).expect("one")).into_bytes();
    let soap = Received::from_soap(soap, Role::Response);
    untrusted(
        scene.hear_as(&soap, true, Some(&pending)),
        "no message of a logout",
    );
}

#[test]
fn saml_10_the_source_ends_a_session_that_it_knows_by_name() {
    let scene = Scene::plain();
    let arrived = scene.login(|_| {}).expect("a login");
    let one = request(&scene);
    let (names, once, _) = ended(scene.hear(&asked(&one, IDP.key), None));
    assert_eq!(names, [arrived.names[0].clone()]);
    let [(once, until)] = once.as_slice() else {
        panic!("one name")
    };
    assert!(once.contains(&one.header.id) && *until > NOW + 5 * MINUTE);
    // All sessions of the person, or several of them.
    let mut all = request(&scene);
    all.session_indexes.clear();
    let (names, ..) = ended(scene.hear(&asked(&all, IDP.key), None));
    assert_eq!(names, [arrived.names[1].clone()]);
    let mut several = request(&scene);
    several.session_indexes.push("_other".to_owned());
    let (names, ..) = ended(scene.hear(&asked(&several, IDP.key), None));
    assert_eq!(names.len(), 2);
    assert!(names.contains(&arrived.names[0]) && !names.contains(&arrived.names[1]));
    // Somebody else's name means somebody else, and is answered like any other.
    let mut other = request(&scene);
    other.name_id.value = "somebody else".to_owned();
    let (names, _, reply) = ended(scene.hear(&asked(&other, IDP.key), None));
    assert!(arrived.names.iter().all(|name| !names.contains(name)));
    let call = scene.call();
    assert!(
        scene
            .driver
            .reply(&call, &reply, LogoutOutcome::Done)
            .is_ok()
    );
    // The format may be left out, and the name encrypted for the hub.
    let mut bare = request(&scene);
    name_id::UNSPECIFIED.clone_into(&mut bare.name_id.format);
    bare.name_id.name_qualifier = None;
    let (names, ..) = ended(scene.hear(&asked(&bare, IDP.key), None));
    assert_eq!(names, [arrived.names[0].clone()]);
    let sealed = request(&scene)
        .write(None, Some(&recipient()))
        .expect("one");
    assert!(!sealed.contains("élève"));
    let sealed = redirected(Role::Request, &sealed, Some(IDP.key), None);
    let (names, ..) = ended(scene.hear(&sealed, None));
    assert_eq!(names, [arrived.names[0].clone()]);
}

#[test]
fn saml_10_a_wish_is_signed_by_its_source_for_here_and_now() {
    let scene = Scene::plain();
    let good = request(&scene);
    untrusted(
        scene.hear(&asked(&good, OTHER.key), None),
        "does not verify",
    );
    let unsigned = redirected(
        Role::Request,
        &good.write(None, None).expect("one"),
        None,
        None,
    );
    untrusted(scene.hear(&unsigned, None), "not signed");
    let mut foreign = request(&scene);
    foreign.header.issuer = OTHER.entity_id();
    untrusted(
        scene.hear(&asked(&foreign, OTHER.key), None),
        "another identity provider",
    );
    for destination in [
        None,
        Some(scene.acs()),
        Some("https://evil.example".to_owned()),
    ] {
        let mut elsewhere = request(&scene);
        elsewhere.header.destination = destination;
        untrusted(scene.hear(&asked(&elsewhere, IDP.key), None), "address");
    }
    for (instant, why) in [
        (NOW - 5 * MINUTE - SECOND, "too old"),
        (NOW + MINUTE + SECOND, "from the future"),
    ] {
        let mut early = request(&scene);
        early.header.instant = instant;
        early.not_on_or_after = Some(NOW + DAY);
        untrusted(scene.hear(&asked(&early, IDP.key), None), why);
    }
    let mut over = request(&scene);
    over.not_on_or_after = Some(NOW - MINUTE);
    untrusted(scene.hear(&asked(&over, IDP.key), None), "no longer good");
    over.not_on_or_after = Some(NOW - MINUTE + SECOND);
    assert!(scene.hear(&asked(&over, IDP.key), None).is_ok());
    // Another message than one of a logout, and what is no message at all.
    let login = posted(Role::Response, &IDP.seal(&IDP.answer(&scene, None)), None);
    untrusted(scene.hear(&login, None), "no message of a logout");
    let call = scene.call();
    let token = now(scene.driver.hear(&call, &Notice::LogoutToken("x")));
    untrusted(token, "no SAML message");
    assert!(scene.hear(&asked(&good, IDP.key), None).is_ok());
}

#[test]
fn saml_10_the_answer_goes_back_by_the_sources_own_way() {
    let scene = Scene::plain();
    let one = request(&scene);
    let (.., reply) = ended(scene.hear(&asked(&one, IDP.key), None));
    for (outcome, detail) in [
        (LogoutOutcome::Done, None),
        (LogoutOutcome::Partial, Some(StatusCode::PartialLogout)),
    ] {
        let call = scene.call();
        let Ok(Reply::Browser(leave)) = scene.driver.reply(&call, &reply, outcome) else {
            panic!("by the browser")
        };
        let received = came(&leave);
        assert_eq!(received.relay_state.as_deref(), Some("theirs"));
        let response = response_of(&scene, &received);
        let there = "https://idp.example/saml/slo";
        response.header.check(there, true, NOW).expect("for there");
        assert_eq!(response.in_response_to, one.header.id);
        assert!(response.status.is_success());
        assert_eq!(response.status.detail, detail);
    }
    // Where answers have an address of their own, by form.
    let by_form = format!("<md:SingleLogoutService Binding=\"{}\"", binding::REDIRECT);
    let metadata = IDP
        .metadata()
        .replace(&by_form, "<md:SingleLogoutService Binding=\"urn:none\"")
        .replace(
            "Location=\"https://idp.example/saml/slo\"",
            "Location=\"https://idp.example/saml/slo\" ResponseLocation=\"https://idp.example/saml/fin\"",
        );
    let scene = Scene::of(registration("essais", &metadata, json!({})));
    let xml = request(&scene).write(Some(IDP.key), None).expect("one");
    let (.., reply) = ended(scene.hear(&posted(Role::Request, &xml, None), None));
    let call = scene.call();
    let leave = scene.driver.reply(&call, &reply, LogoutOutcome::Done);
    let Ok(Reply::Browser(leave @ Leave::Form { .. })) = leave else {
        panic!("by form")
    };
    let response = response_of(&scene, &came(&leave));
    let there = "https://idp.example/saml/fin";
    response.header.check(there, true, NOW).expect("for there");
    // Nowhere to answer to.
    let mute = Scene::of(registration("essais", &without_logout(), json!({})));
    let (.., reply) = ended(mute.hear(&asked(&request(&mute), IDP.key), None));
    let call = mute.call();
    let answer = mute.driver.reply(&call, &reply, LogoutOutcome::Done);
    assert!(matches!(answer, Err(Fault::Unusable(_))));
}

fn response_of(scene: &Scene, received: &Received) -> LogoutResponse {
    let opened = received.open().expect("a message");
    let authentic = opened
        .authenticate(&scene.own_keys())
        .expect("signed by us");
    LogoutResponse::read(&authentic).expect("an answer")
}

#[test]
fn saml_10_a_program_asks_and_is_answered() {
    let scene = Scene::plain();
    let mut one = request(&scene);
    one.header.destination = None;
    let signed = envelope(&one.write(Some(IDP.key), None).expect("one")).into_bytes();
    let received = Received::from_soap(signed, Role::Request);
    // By the way that it came.
    untrusted(scene.hear_as(&received, false, None), "another way");
    untrusted(
        scene.hear_as(&asked(&one, IDP.key), true, None),
        "another way",
    );
    let (names, _, reply) = ended(scene.hear_as(&received, true, None));
    assert_eq!(names.len(), 1);
    let call = scene.call();
    let Ok(Reply::Body(body)) = scene.driver.reply(&call, &reply, LogoutOutcome::Done) else {
        panic!("a body")
    };
    let answer = Received::from_soap(body.into_bytes(), Role::Response);
    let response = response_of(&scene, &answer);
    assert_eq!(response.in_response_to, one.header.id);
    let unsigned = envelope(&one.write(None, None).expect("one")).into_bytes();
    let unsigned = Received::from_soap(unsigned, Role::Request);
    assert_eq!(unsigned.binding, Binding::Soap);
    untrusted(scene.hear_as(&unsigned, true, None), "not signed");
}

#[test]
fn by_the_address_that_came_with_the_login_where_it_is_the_sources() {
    let scene = mapped(json!({
        "logout": "return_url",
        "logout_url": "https://guichet.example/deconnexion",
    }));
    let button = SignOut::Button("https://guichet.example/deconnexion".to_owned());
    for (url, is_theirs) in [
        ("https://idp.example/idp/Logout?return=x", true),
        ("https://IDP.example/", true),
        ("https://guichet.example/fin", true),
        ("http://idp.example/idp/Logout", false),
        ("https://evil.example/", false),
        ("https://idp.example.evil.example/", false),
        ("https://sub.idp.example/", false),
        ("https://idp.example@evil.example/", false),
        ("javascript:alert(1)", false),
        ("", false),
    ] {
        let way = scene.sign_out(&returning(&scene, url));
        if is_theirs {
            let SignOut::Leave(there) = way else {
                panic!("{url}: {way:?}")
            };
            assert_eq!(there, url);
        } else {
            assert_eq!(way, button, "{url}");
        }
    }
    // None came.
    assert_eq!(
        scene.sign_out(&scene.login(|_| {}).expect("a login")),
        button
    );
}

#[test]
fn by_the_next_best_way_where_one_is_not_open() {
    let url = "https://idp.example/idp/Logout";
    let button = "https://guichet.example/deconnexion";
    let at = |logout: Json, metadata: &str| {
        let mut more = json!({ "logout_url": button });
        if !logout.is_null() {
            merge(&mut more, json!({ "logout": logout }));
        }
        let mut registration = registration("essais", metadata, more);
        merge(
            &mut registration,
            json!({ "attributes": { "return_url": [RETURN] } }),
        );
        Scene::of(registration)
    };
    let full = IDP.metadata();
    let button = SignOut::Button(button.to_owned());
    let back = SignOut::Leave(url.to_owned());
    for (logout, with, without) in [
        (Json::Null, None, &back),
        (json!("protocol"), None, &back),
        (json!("return_url"), Some(&back), &back),
        (json!("button"), Some(&button), &button),
        (json!("none"), Some(&SignOut::Nothing), &SignOut::Nothing),
    ] {
        let scene = at(logout.clone(), &full);
        let way = scene.sign_out(&returning(&scene, url));
        match with {
            Some(with) => assert_eq!(&way, with, "{logout}"),
            None => assert!(matches!(way, SignOut::Away { .. }), "{logout}"),
        }
        let scene = at(logout.clone(), &without_logout());
        assert_eq!(
            &scene.sign_out(&returning(&scene, url)),
            without,
            "{logout}"
        );
    }
    // Metadata that has expired, or a hub without a key: the person signs out all the same.
    let scene = at(json!("protocol"), &full);
    let arrived = returning(&scene, url);
    let late = at(json!("protocol"), &full).at(NOW + DAY);
    assert_eq!(late.sign_out(&arrived), button);
    let mut mute = at(json!("protocol"), &full);
    mute.keys.saml_signing = None;
    assert_eq!(mute.sign_out(&arrived), back);
    // Nothing is known at all.
    let bare = Scene::of(registration("essais", &without_logout(), json!({})));
    let way = bare.sign_out(&bare.login(|_| {}).expect("a login"));
    assert_eq!(way, SignOut::Nothing);
}
