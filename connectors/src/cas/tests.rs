//! Tests of the driver of CAS servers, against a server that is made up: what it sends browsers, what it asks,
//! what it believes; and what somebody in between would try.

use std::sync::Mutex;

use clau_domain::random::SeededForTests;
use clau_domain::session::Assurance;

use super::*;
use crate::contract::{Arrival, Http, Keys, Verdict};

const NOW: Timestamp = Timestamp::from_millis(1_795_420_800_000);
const TICKET: &str = "ST-17-aBcDeF-cas.lycee.example.fr";
const STATE: &str = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ";
const OTHER: &str = "0123456789klmnopqrstuvwxyzABCDEFGHIJKLMNOPQ";
const CALLBACK: &str = "https://ent.example.fr/cas/rp/lycee-agricole/callback";

fn connector(more: &str) -> Connector {
    let text = format!(
        r#"{{ "id": "lycee-agricole", "name": "Lycée agricole",
             "cas": {{ "url": "https://cas.lycee.example.fr/cas/" }}, "trust": {{}} {more} }}"#
    );
    serde_json::from_str(&text).expect("a registration")
}

fn made(connector: &Connector) -> Result<Box<dyn Driver>, Vec<Mistake>> {
    driver(Blueprint {
        connector,
        secret: None,
        base_url: "https://ent.example.fr",
    })
}

fn plain() -> Box<dyn Driver> {
    made(&connector("")).expect("a driver")
}

/// A server that answers everything in the same way, and remembers what it was asked.
struct Fake {
    status: u16,
    body: String,
    asked: Mutex<Vec<String>>,
}

impl Fake {
    fn new(status: u16, body: impl Into<String>) -> Self {
        Self {
            status,
            body: body.into(),
            asked: Mutex::default(),
        }
    }

    fn success(inside: &str) -> Self {
        Self::new(
            200,
            format!(
                "<cas:serviceResponse xmlns:cas=\"http://www.yale.edu/tp/cas\"><cas:authenticationSuccess>\
                 {inside}</cas:authenticationSuccess></cas:serviceResponse>"
            ),
        )
    }

    fn failure(code: &str) -> Self {
        Self::new(
            200,
            format!(
                "<cas:serviceResponse xmlns:cas=\"http://www.yale.edu/tp/cas\"><cas:authenticationFailure \
                 code=\"{code}\">no</cas:authenticationFailure></cas:serviceResponse>"
            ),
        )
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().expect("nobody panicked").clone()
    }
}

impl Http for Fake {
    fn send<'a>(&'a self, request: Request<'a>) -> Answer<'a, Response> {
        let mut asked = self.asked.lock().expect("nobody panicked");
        asked.push(request.url.as_str().to_owned());
        assert!(request.form.is_none() && request.headers.is_empty());
        let answer = match self.status {
            0 => Err(Fault::NoAnswer("gone".to_owned())),
            status => Ok(Response {
                status,
                content_type: "application/xml".to_owned(),
                body: self.body.clone().into_bytes(),
            }),
        };
        async move { answer }.boxed()
    }
}

/// Runs a future that waits for nobody but the made-up server.
fn now<T>(future: impl Future<Output = T>) -> T {
    future.now_or_never().expect("nothing to wait for")
}

fn with<T>(http: &Fake, work: impl FnOnce(&Call<'_>) -> T) -> T {
    let random = SeededForTests::new(1);
    let keys = Keys::default();
    work(&Call {
        now: NOW,
        random: &random,
        http,
        keys: &keys,
    })
}

fn depart(driver: &dyn Driver, state: &str, force: bool) -> (String, String) {
    let wish = Wish {
        state: state.to_owned(),
        force,
        ..Wish::default()
    };
    let departure = with(&Fake::new(0, ""), |call| now(driver.depart(call, &wish)));
    match departure.expect("it starts") {
        Departure::Away {
            leave: Leave::Redirect(to),
            pending,
        } => (to, pending),
        other => panic!("{other:?}"),
    }
}

fn arrive(
    driver: &dyn Driver,
    http: &Fake,
    query: &str,
    pending: Option<&str>,
) -> Result<Arrived, Fault> {
    with(http, |call| {
        now(driver.arrive(call, &Arrival::Query(query), pending))
    })
}

/// A login from departure to arrival.
fn login(driver: &dyn Driver, http: &Fake, force: bool) -> Result<Arrived, Fault> {
    let (_, pending) = depart(driver, STATE, force);
    let query = format!("state={STATE}&ticket={TICKET}");
    arrive(driver, http, &query, Some(&pending))
}

fn encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

#[test]
fn a_login_from_departure_to_arrival() {
    let driver = plain();
    let (to, _) = depart(driver.as_ref(), STATE, false);
    let service = encoded(&format!("{CALLBACK}?state={STATE}"));
    assert_eq!(
        to,
        format!("https://cas.lycee.example.fr/cas/login?service={service}")
    );
    let server = Fake::success(
        "<cas:user>b.delmas</cas:user><cas:attributes>\
         <cas:authenticationDate>2026-11-23T07:30:00Z</cas:authenticationDate></cas:attributes>",
    );
    let arrived = login(driver.as_ref(), &server, false).expect("somebody");
    assert_eq!(
        server.asked(),
        [format!(
            "https://cas.lycee.example.fr/cas/p3/serviceValidate?service={service}&ticket={TICKET}"
        )]
    );
    assert_eq!(arrived.identity.source.as_str(), "lycee-agricole");
    assert_eq!(arrived.identity.subject, "b.delmas");
    assert_eq!(arrived.identity.level, Assurance::SingleFactor);
    assert_eq!(
        arrived.identity.authenticated_at,
        Timestamp::from_millis(1_795_419_000_000)
    );
    assert_eq!(arrived.names, [format!("ticket:{TICKET}")]);
    assert_eq!(arrived.upstream, "");
    assert!(arrived.once.is_empty());
}

#[test]
fn a_subject_may_be_an_attribute_beside_the_name() {
    let registration = connector(r#", "attributes": { "subject": ["ENTPersonJointure", "uid"] }"#);
    let driver = made(&registration).expect("a driver");
    let server = Fake::success("<cas:user>b.delmas</cas:user><cas:uid>F1700ivg</cas:uid>");
    let arrived = login(driver.as_ref(), &server, false).expect("somebody");
    assert_eq!(arrived.identity.subject, "F1700ivg");
    // A server that does not say when, or has a clock that is ahead.
    assert_eq!(arrived.identity.authenticated_at, NOW);
    let server = Fake::success(
        "<cas:user>a</cas:user><cas:authenticationDate>2026-11-23T09:00:00Z</cas:authenticationDate>",
    );
    let arrived = login(driver.as_ref(), &server, false).expect("somebody");
    assert_eq!(arrived.identity.authenticated_at, NOW);
}

#[test]
fn the_context_of_a_login_is_one_that_is_mapped() {
    let registration = connector(r#", "levels": { "mfa-gauth": "multi_factor" }"#);
    let driver = made(&registration).expect("a driver");
    let strong = "<cas:user>a</cas:user><cas:authnContextClass>mfa-gauth</cas:authnContextClass>";
    let arrived = login(driver.as_ref(), &Fake::success(strong), false).expect("somebody");
    assert_eq!(arrived.identity.level, Assurance::MultiFactor);
    let plain = Fake::success("<cas:user>a</cas:user>");
    let weak = login(driver.as_ref(), &plain, false).expect_err("it does not say how");
    assert!(matches!(weak, Fault::TooWeak(_)), "{weak}");
}

#[test]
fn a_new_proof_is_asked_for_twice() {
    let driver = plain();
    let (to, _) = depart(driver.as_ref(), STATE, true);
    assert!(to.starts_with("https://cas.lycee.example.fr/cas/login?renew=true&service="));
    let server =
        Fake::success("<cas:user>a</cas:user><cas:isFromNewLogin>true</cas:isFromNewLogin>");
    login(driver.as_ref(), &server, true).expect("somebody");
    assert!(server.asked()[0].contains("/p3/serviceValidate?renew=true&service="));
    let old = Fake::success("<cas:user>a</cas:user><cas:isFromNewLogin>false</cas:isFromNewLogin>");
    let fault = login(driver.as_ref(), &old, true).expect_err("an old session");
    assert!(matches!(fault, Fault::Untrusted(_)), "{fault}");
    login(driver.as_ref(), &old, false).expect("an old session will do");
}

#[test]
fn cas_13_the_ticket_cannot_change_the_question() {
    let driver = plain();
    let (_, pending) = depart(driver.as_ref(), STATE, false);
    let server = Fake::success("<cas:user>admin</cas:user>");
    for ticket in [
        "ST-12345&service=https://evil.example/",
        "ST-12345%26service%3Dhttps%3A%2F%2Fevil.example%2F",
        "ST-12345%26pgtUrl%3Dx",
        "ST-12345%23",
        "ST-12345%0d%0aHost:%20evil.example",
        "ST-12345%2f..%2f..%2flogin",
        "PT-12345-x",
        "",
        "ST-",
        "b.delmas",
    ] {
        let query = format!("state={STATE}&ticket={ticket}");
        let fault = match arrive(driver.as_ref(), &server, &query, Some(&pending)) {
            Err(fault) => fault,
            // The first of these: a parameter of the callback is no parameter of the question.
            Ok(_) => {
                let asked = server.asked();
                assert_eq!(asked.len(), 1, "{ticket}");
                assert!(!asked[0].contains("evil.example"), "{asked:?}");
                continue;
            }
        };
        assert!(matches!(fault, Fault::Untrusted(_)), "{ticket}: {fault}");
    }
    assert_eq!(server.asked().len(), 1);
}

#[test]
fn cas_13_the_answer_holds_exactly_one_outcome() {
    let driver = plain();
    let root = "<cas:serviceResponse xmlns:cas=\"http://www.yale.edu/tp/cas\">";
    let success = "<cas:authenticationSuccess><cas:user>a</cas:user></cas:authenticationSuccess>";
    let failure = "<cas:authenticationFailure code=\"INVALID_TICKET\"/>";
    for body in [
        format!("{root}{success}{failure}</cas:serviceResponse>"),
        format!("{root}{success}{success}</cas:serviceResponse>"),
        format!("{root}</cas:serviceResponse>"),
        format!("<!DOCTYPE x>{root}{success}</cas:serviceResponse>"),
        format!("{root}<!-- -->{success}</cas:serviceResponse>"),
        format!("{root}{success}</cas:serviceResponse>").replace("yale.edu", "evil.example"),
        "yes\nadmin\n".to_owned(),
        "<html><body>Log in</body></html>".to_owned(),
        String::new(),
    ] {
        let fault = login(driver.as_ref(), &Fake::new(200, &*body), false).expect_err("not one");
        assert!(matches!(fault, Fault::Untrusted(_)), "{body}: {fault}");
    }
    // An answer that is no success is none, whatever its body says.
    let good = format!("{root}{success}</cas:serviceResponse>");
    for status in [201, 302, 401, 404, 500] {
        let fault = login(driver.as_ref(), &Fake::new(status, &*good), false).expect_err("not 200");
        assert!(matches!(fault, Fault::NoAnswer(_)), "{status}: {fault}");
    }
    let fault = login(driver.as_ref(), &Fake::new(0, ""), false).expect_err("gone");
    assert_eq!(fault, Fault::NoAnswer("gone".to_owned()));
}

#[test]
fn cas_13_refusals_say_whose_fault_they_are() {
    let driver = plain();
    let fault = |code| login(driver.as_ref(), &Fake::failure(code), false).expect_err(code);
    assert!(matches!(fault("INVALID_TICKET"), Fault::Untrusted(_)));
    assert!(matches!(fault("INVALID_SERVICE"), Fault::Untrusted(_)));
    assert!(matches!(fault("UNAUTHORIZED_SERVICE"), Fault::Unusable(_)));
    assert!(matches!(fault("INTERNAL_ERROR"), Fault::NoAnswer(_)));
}

#[test]
fn fed_05_a_ticket_is_good_for_the_login_that_asked_for_it() {
    let driver = plain();
    let (_, pending) = depart(driver.as_ref(), STATE, false);
    let server = Fake::success("<cas:user>admin</cas:user>");
    let good = format!("state={STATE}&ticket={TICKET}");
    // Another login's ticket, another login's state, none at all, two of them.
    let (_, of_another) = depart(driver.as_ref(), OTHER, false);
    for (query, pending) in [
        (format!("state={OTHER}&ticket={TICKET}"), Some(&*pending)),
        (good.clone(), Some(&*of_another)),
        (good.clone(), None),
        (format!("ticket={TICKET}"), Some(&*pending)),
        (format!("{good}&state={OTHER}"), Some(&*pending)),
        (format!("{good}&ticket=ST-12345"), Some(&*pending)),
        (good.clone(), Some("{}")),
        (good.clone(), Some("")),
    ] {
        let fault = arrive(driver.as_ref(), &server, &query, pending).expect_err(&query);
        assert!(matches!(fault, Fault::Untrusted(_)), "{query}: {fault}");
    }
    // What another connector has asked for.
    let mut other = connector("");
    other.id = "lycee-voisin".parse().expect("an identifier");
    let other = made(&other).expect("a driver");
    let (_, elsewhere) = depart(other.as_ref(), STATE, false);
    let fault = arrive(driver.as_ref(), &server, &good, Some(&elsewhere)).expect_err("elsewhere");
    assert!(matches!(fault, Fault::Untrusted(_)), "{fault}");
    assert!(server.asked().is_empty(), "nobody was asked");
    // The one that was meant.
    arrive(driver.as_ref(), &server, &good, Some(&pending)).expect("somebody");
}

#[test]
fn who_comes_back_without_a_ticket_has_turned_back() {
    let driver = plain();
    let (_, pending) = depart(driver.as_ref(), STATE, false);
    let query = format!("state={STATE}");
    let fault = arrive(driver.as_ref(), &Fake::new(0, ""), &query, Some(&pending));
    assert!(matches!(fault, Err(Fault::Refused(_))));
}

#[test]
fn how_a_session_ends_there() {
    let sign_out = |more: &str| {
        let mut registration = connector("");
        let cas = registration.cas.as_mut().expect("CAS");
        cas.logout = serde_json::from_str(more).expect("a way");
        let driver = made(&registration).expect("a driver");
        with(&Fake::new(0, ""), |call| {
            now(driver.sign_out(call, "", STATE))
        })
        .expect("a way")
    };
    let there = "https://cas.lycee.example.fr/cas/logout".to_owned();
    assert_eq!(sign_out("null"), SignOut::Leave(there.clone()));
    assert_eq!(sign_out("\"button\""), SignOut::Button(there.clone()));
    assert_eq!(sign_out("\"none\""), SignOut::Nothing);
    let back = format!("https://ent.example.fr/cas/rp/lycee-agricole/signed-out?state={STATE}");
    assert_eq!(
        sign_out("\"protocol\""),
        SignOut::Away {
            leave: Leave::Redirect(format!("{there}?service={}", encoded(&back))),
            pending: String::new(),
        }
    );
    let driver = plain();
    let heard = with(&Fake::new(0, ""), |call| {
        now(driver.hear(call, &Notice::CameBack("state=x")))
    });
    assert!(matches!(heard, Ok(Heard::Answered { done: true })));
}

const LOGOUT: &str = "<samlp:LogoutRequest xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" ID=\"LR-1\" \
     Version=\"2.0\" IssueInstant=\"2026-11-23T08:00:00Z\"><saml:NameID \
     xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\">b.delmas</saml:NameID>\
     <samlp:SessionIndex>ST-17-aBcDeF-cas.lycee.example.fr</samlp:SessionIndex></samlp:LogoutRequest>";

/// Whose session is over, and what must not come twice.
type Ended = (Vec<String>, Vec<(String, Timestamp)>);

fn heard(body: &str) -> Result<Ended, Fault> {
    let driver = plain();
    let heard = with(&Fake::new(0, ""), |call| {
        now(driver.hear(call, &Notice::Cas(body)))
    });
    heard.map(|heard| match heard {
        Heard::Ended {
            names,
            once,
            reply: None,
        } => (names, once),
        other => panic!("{other:?}"),
    })
}

#[test]
fn a_logout_over_there_names_the_ticket() {
    let names = vec![format!("ticket:{TICKET}")];
    let once = vec![("logout:LR-1".to_owned(), NOW + REMEMBERED)];
    let form = format!("logoutRequest={}", encoded(LOGOUT));
    assert_eq!(heard(&form), Ok((names.clone(), once.clone())));
    assert_eq!(heard(&format!("\n{LOGOUT}\n")), Ok((names.clone(), once)));
    let nameless = LOGOUT.replace(" ID=\"LR-1\"", "");
    assert_eq!(heard(&nameless), Ok((names, Vec::new())));
}

#[test]
fn cas_13_a_logout_request_is_read_strictly() {
    let form = format!("logoutRequest={}", encoded(LOGOUT));
    for body in [
        String::new(),
        "logoutRequest=".to_owned(),
        "logoutRequest=ST-17-aBcDeF".to_owned(),
        format!("other={}", encoded(LOGOUT)),
        format!("{form}&{form}"),
        format!("<!DOCTYPE x>{LOGOUT}"),
        LOGOUT.replace("17-aBc", "17<!-- -->-aBc"),
        LOGOUT.replace("ST-17", "TGT-17"),
        LOGOUT.replace("SAML:2.0:protocol", "SAML:2.0:other"),
        LOGOUT.replace("SessionIndex>", "Sessions>"),
    ] {
        let fault = heard(&body).expect_err(&body);
        assert!(matches!(fault, Fault::Untrusted(_)), "{body}: {fault}");
    }
    let driver = plain();
    let other = with(&Fake::new(0, ""), |call| {
        now(driver.hear(call, &Notice::LogoutToken("x")))
    });
    assert!(matches!(other, Err(Fault::Untrusted(_))));
}

#[test]
fn a_registration_that_cannot_be_is_told_by_key() {
    let keys = |change: &dyn Fn(&mut Connector)| -> Vec<String> {
        let mut registration = connector("");
        change(&mut registration);
        let mistakes = made(&registration).expect_err("a mistake");
        assert!(mistakes.iter().all(|mistake| !mistake.expected.is_empty()));
        mistakes.into_iter().map(|mistake| mistake.key).collect()
    };
    let url = |text: &str| {
        let url = WebUrl::parse(text).expect("an address");
        keys(&move |connector| {
            if let Some(cas) = &mut connector.cas {
                cas.url = url.clone();
            }
        })
    };
    assert_eq!(url("http://cas.lycee.example.fr/cas"), ["cas.url"]);
    assert_eq!(url("https://cas.lycee.example.fr/cas?a=b"), ["cas.url"]);
    assert_eq!(url("https://cas.lycee.example.fr/cas#a"), ["cas.url"]);
    let validate = |text: &str| {
        let text = text.to_owned();
        keys(&move |connector| {
            if let Some(cas) = &mut connector.cas {
                cas.validate = text.clone();
            }
        })
    };
    for bad in [
        "",
        "validate",
        "samlValidate",
        "proxyValidate",
        "p3/proxyValidate",
        "xserviceValidate",
        "p3/serviceValidate?pgtUrl=x",
        "%2e%2e/serviceValidate",
    ] {
        assert_eq!(validate(bad), ["cas.validate"], "{bad}");
    }
    assert_eq!(validate("../serviceValidate"), ["cas.url"]);
    let return_url = |connector: &mut Connector| {
        if let Some(cas) = &mut connector.cas {
            cas.logout = Some(UpstreamLogout::ReturnUrl);
        }
    };
    assert_eq!(keys(&return_url), ["cas.logout"]);
    assert_eq!(
        keys(&|connector: &mut Connector| connector.cas = None),
        ["cas"]
    );
}

#[test]
fn other_places_of_the_validation() {
    let mut registration = connector("");
    registration.cas.as_mut().expect("CAS").validate = "/serviceValidate".to_owned();
    let driver = made(&registration).expect("a driver");
    let server = Fake::success("<cas:user>a</cas:user>");
    login(driver.as_ref(), &server, false).expect("somebody");
    assert!(server.asked()[0].starts_with("https://cas.lycee.example.fr/cas/serviceValidate?"));
}

#[test]
fn whether_it_is_alive() {
    let driver = plain();
    let probe = |status| {
        let server = Fake::new(status, "");
        let alive = with(&server, |call| now(driver.probe(call)));
        assert_eq!(server.asked(), ["https://cas.lycee.example.fr/cas/login"]);
        alive
    };
    assert_eq!(probe(200), Ok(()));
    assert_eq!(probe(302), Ok(()));
    assert!(matches!(probe(503), Err(Fault::NoAnswer(_))));
    assert!(matches!(probe(0), Err(Fault::NoAnswer(_))));
}

#[test]
fn a_check_says_in_words_what_is_wrong() {
    use Verdict::{Bad, Good, Warning};
    let check = |server: Fake, registration: &Connector| -> Vec<(String, Verdict, String)> {
        let driver = made(registration).expect("a driver");
        let findings = with(&server, |call| now(driver.check(call)));
        findings
            .into_iter()
            .map(|finding| (finding.step, finding.verdict, finding.words))
            .collect()
    };
    let verdicts = |server: Fake| -> Vec<Verdict> {
        let found = check(server, &connector(""));
        found.into_iter().map(|(_, verdict, _)| verdict).collect()
    };
    let good = check(Fake::failure("INVALID_TICKET"), &connector(""));
    assert_eq!(good[0].0, "login page");
    assert!(good[0].2.contains(CALLBACK));
    assert_eq!(good[1].0, "validation");
    assert!(
        good.iter().all(|(_, verdict, _)| *verdict == Good),
        "{good:?}"
    );
    assert_eq!(verdicts(Fake::failure("UNAUTHORIZED_SERVICE")), [Good, Bad]);
    assert_eq!(verdicts(Fake::failure("INTERNAL_ERROR")), [Good, Warning]);
    // A server that lets in whoever asks.
    assert_eq!(
        verdicts(Fake::success("<cas:user>a</cas:user>")),
        [Good, Bad]
    );
    assert_eq!(verdicts(Fake::new(200, "<html/>")), [Good, Bad]);
    for status in [0, 403, 404, 500] {
        assert_eq!(verdicts(Fake::new(status, "")), [Bad, Bad], "{status}");
    }
    let mut registration = connector(r#", "attributes": { "mail": ["mail"] }"#);
    registration.cas.as_mut().expect("CAS").validate = "serviceValidate".to_owned();
    let found = check(Fake::failure("INVALID_TICKET"), &registration);
    assert_eq!(found[2].1, Warning);
}

#[test]
fn what_a_server_must_be_told() {
    let driver = plain();
    let told = with(&Fake::new(0, ""), |call| driver.introduction(call)).expect("something");
    assert_eq!(told.expect("an address").body, format!("{CALLBACK}\n"));
    assert!(driver.documents().is_empty());
    assert_eq!(driver.ready(NOW), Ok(()));
}
