//! A provider, or somebody between, that lies. Each test has the honest answer beside the crooked ones.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use clau_oidc::jose::{Algorithm, SigningKey, Typ, VerifyingKey};
use serde_json::{Value, json};

use super::provider::{Bend, Provider, RSA, SECONDS, json_answer};
use super::scene::{CLIENT, ISSUER, NOW, SECRET, STATE, Scene, registration, wish};
use crate::contract::{Arrival, Fault};

/// A login with one claim of the ID token changed; `null` leaves it out.
fn with(scene: &Scene, name: &'static str, value: Value) -> Result<(), Fault> {
    scene.provider.state().id_token = Box::new(move |claims| {
        let claims = claims.as_object_mut().expect("claims");
        match &value {
            Value::Null => claims.remove(name),
            value => claims.insert(name.to_owned(), value.clone()),
        };
    });
    let login = scene.login().map(drop);
    scene.provider.state().id_token = Box::new(|_| {});
    login
}

fn untrusted(login: Result<(), Fault>) -> bool {
    matches!(login, Err(Fault::Untrusted(_)))
}

fn too_weak(login: Result<(), Fault>) -> bool {
    matches!(login, Err(Fault::TooWeak(_)))
}

#[test]
fn fed_05_an_answer_is_of_the_issuer_that_was_asked() {
    let scene = Scene::plain();
    let (address, pending) = scene.depart(&wish()).expect("away");
    let query = scene.provider.authorize(&address);
    let with = |more: &str| {
        scene
            .arrive(&format!("{query}{more}"), Some(&pending))
            .map(drop)
    };
    for mixed_up in [
        "&iss=https%3A%2F%2Fevil.example",
        "&iss=https%3A%2F%2Fguichet.example.fr%2Fapi%2Fv2%2F",
        "&iss=x&iss=https%3A%2F%2Fguichet.example.fr%2Fapi%2Fv2",
    ] {
        assert!(untrusted(with(mixed_up)), "{mixed_up}");
    }
    // So is a refusal: an attacker's must not end another's login.
    let foreign = format!("error=access_denied&state={STATE}&iss=https%3A%2F%2Fevil.example");
    assert!(untrusted(scene.arrive(&foreign, Some(&pending)).map(drop)));
    assert_eq!(
        scene.provider.calls("/token"),
        0,
        "no code goes to the wrong provider"
    );
    assert!(with("&iss=https%3A%2F%2Fguichet.example.fr%2Fapi%2Fv2").is_ok());
}

#[test]
fn fed_05_a_provider_that_always_names_itself_always_does() {
    let scene = Scene::plain();
    let member = "authorization_response_iss_parameter_supported";
    scene.provider.state().discovery[member] = json!(true);
    scene.fetch().expect("documents");
    assert!(untrusted(scene.login().map(drop)));
    let (address, pending) = scene.depart(&wish()).expect("away");
    let query = scene.provider.authorize(&address);
    let named = format!("{query}&iss=https%3A%2F%2Fguichet.example.fr%2Fapi%2Fv2");
    assert!(scene.arrive(&named, Some(&pending)).is_ok());
}

#[test]
fn fed_05_a_token_of_another_issuer_is_none() {
    let scene = Scene::plain();
    for other in [
        json!("https://evil.example"),
        json!(format!("{ISSUER}/")),
        json!([ISSUER]),
        Value::Null,
    ] {
        assert!(with(&scene, "iss", other.clone()).is_err(), "{other}");
    }
    assert!(with(&scene, "iss", json!(ISSUER)).is_ok());
}

#[test]
fn fed_06_nobody_logs_in_who_was_not_sent() {
    let scene = Scene::plain();
    let (address, pending) = scene.depart(&wish()).expect("away");
    let query = scene.provider.authorize(&address);
    assert!(untrusted(scene.arrive(&query, None).map(drop)));
    let damaged = scene.arrive(&query, Some("{}"));
    assert!(matches!(damaged, Err(Fault::Unusable(_))));
    for other in [
        query.replace(STATE, "another"),
        query.replace(&format!("&state={STATE}"), ""),
        format!("{query}&state={STATE}"),
        format!("state={STATE}"),
        format!("state={STATE}&code="),
        format!("{query}&code=code-0"),
        format!("{query}&x={}", "y".repeat(9_000)),
    ] {
        let refused = scene.arrive(&other, Some(&pending)).map(drop);
        assert!(untrusted(refused), "{}", other.get(..80).unwrap_or(&other));
    }
    let password = clau_domain::secret::SecretString::from("x");
    let arrival = Arrival::Credentials {
        login: "x",
        password: &password,
    };
    let arrived = super::scene::now(scene.driver.arrive(&scene.call(), &arrival, Some(&pending)));
    assert!(untrusted(arrived.map(drop)));
    assert_eq!(scene.provider.calls("/token"), 0);
    assert!(scene.arrive(&query, Some(&pending)).is_ok());
    // A code is good once, there; here, the state is.
    assert!(untrusted(scene.arrive(&query, Some(&pending)).map(drop)));
}

#[test]
fn fed_06_a_code_is_worth_nothing_in_another_login() {
    let scene = Scene::plain();
    let (victims, _) = scene.depart(&wish()).expect("away");
    let (_, attackers) = scene.depart(&wish()).expect("away");
    let injected = scene.provider.authorize(&victims);
    // By PKCE, at the provider.
    assert!(untrusted(
        scene.arrive(&injected, Some(&attackers)).map(drop)
    ));
    // By the nonce, here: also where the provider has not looked.
    let franceconnect = registration(
        json!({ "authentication": "client_secret_basic", "acr_values": ["eidas1"] }),
        json!({ "profile": "franceconnect", "levels": { "eidas1": "single_factor" } }),
    );
    let scene = Scene::of(Provider::new(Arc::clone(&RSA)), &franceconnect);
    scene.provider.state().signed = true;
    let (victims, own) = scene.depart(&wish()).expect("away");
    let (_, attackers) = scene.depart(&wish()).expect("away");
    let injected = scene.provider.authorize(&victims);
    let refused = scene.arrive(&injected, Some(&attackers)).map(drop);
    assert!(untrusted(refused.clone()), "{refused:?}");
    assert!(refused.expect_err("refused").to_string().contains("nonce"));
    let again = scene.provider.authorize(&victims);
    assert!(scene.arrive(&again, Some(&own)).is_ok());
}

#[test]
fn fed_06_a_nonce_is_there_and_the_right_one() {
    let scene = Scene::plain();
    for other in [json!("another"), json!(""), json!(7), Value::Null] {
        assert!(untrusted(with(&scene, "nonce", other.clone())), "{other}");
    }
}

#[test]
fn fed_07_a_token_is_for_the_hub_alone() {
    let scene = Scene::plain();
    for other in [
        json!("another"),
        json!([CLIENT, "another"]),
        json!(["another", CLIENT]),
        json!([CLIENT, CLIENT]),
        json!([]),
        json!([[CLIENT]]),
        json!({ "0": CLIENT }),
        Value::Null,
    ] {
        assert!(untrusted(with(&scene, "aud", other.clone())), "{other}");
    }
    assert!(with(&scene, "aud", json!([CLIENT])).is_ok());
    for other in [json!("another"), json!(""), json!([CLIENT])] {
        assert!(untrusted(with(&scene, "azp", other.clone())), "{other}");
    }
    assert!(with(&scene, "azp", json!(CLIENT)).is_ok());
}

#[test]
fn fed_07_a_token_is_of_now_whatever_a_minute_between_the_clocks() {
    let scene = Scene::plain();
    for (name, value, good) in [
        ("exp", json!(SECONDS - 59), true),
        ("exp", json!(SECONDS - 60), false),
        ("exp", json!(SECONDS + 86_400), true),
        ("exp", json!((SECONDS + 60).to_string()), false),
        ("exp", json!(-1), false),
        ("exp", json!(1e300), false),
        ("exp", Value::Null, false),
        ("iat", json!(SECONDS + 60), true),
        ("iat", json!(SECONDS + 61), false),
        ("iat", json!(SECONDS - 660), true),
        ("iat", json!(SECONDS - 661), false),
        ("iat", Value::Null, false),
        ("nbf", json!(SECONDS + 60), true),
        ("nbf", json!(SECONDS + 61), false),
        ("nbf", json!("soon"), false),
        ("auth_time", json!(SECONDS + 60), true),
        ("auth_time", json!(SECONDS + 61), false),
        ("auth_time", json!("yesterday"), false),
    ] {
        let login = with(&scene, name, value.clone());
        assert_eq!(login.is_ok(), good, "{name} = {value}: {login:?}");
        assert!(good || untrusted(login), "{name} = {value}");
    }
    // The hub's own clock is behind or ahead by the same.
    for (seconds, good) in [(-60, true), (-61, false), (119, true), (120, false)] {
        let mut scene = Scene::plain();
        scene.now = clau_domain::time::Timestamp::from_millis(NOW.as_millis() + seconds * 1000);
        assert_eq!(scene.login().is_ok(), good, "{seconds} s");
    }
}

#[test]
fn fed_07_a_level_is_what_was_asked_for_or_stronger() {
    let levels = json!({ "levels": {
        "eidas1": "single_factor", "eidas2": "substantial", "eidas3": "high",
    } });
    let scene = Scene::new(json!({ "acr_values": ["eidas2"] }), levels.clone());
    for (acr, good) in [
        (json!("eidas2"), true),
        (json!("eidas3"), true),
        (json!("eidas1"), false),
        (json!("eidas4"), false),
        (json!("EIDAS3"), false),
        (json!("eidas2 eidas3"), false),
        (Value::Null, false),
    ] {
        let login = with(&scene, "acr", acr.clone());
        assert_eq!(login.is_ok(), good, "{acr}: {login:?}");
        assert!(good || too_weak(login), "{acr}");
    }
    let words = with(&scene, "acr", json!("eidas1"))
        .expect_err("refused")
        .to_string();
    assert_eq!(words.matches("too weak").count(), 1, "{words}");
    for none in [json!(""), json!(3), json!(["eidas3"])] {
        assert!(untrusted(with(&scene, "acr", none.clone())), "{none}");
    }
    // Mapped, but not asked for: unknown and absent are refused all the same.
    let scene = Scene::new(json!({}), levels);
    assert!(with(&scene, "acr", json!("eidas1")).is_ok());
    assert!(too_weak(with(&scene, "acr", json!("eidas4"))));
    assert!(too_weak(with(&scene, "acr", Value::Null)));
    // Asked for, but not mapped: the very one.
    let scene = Scene::new(json!({ "acr_values": ["gold", "silver"] }), json!({}));
    assert!(with(&scene, "acr", json!("silver")).is_ok());
    assert!(too_weak(with(&scene, "acr", json!("bronze"))));
    assert!(too_weak(with(&scene, "acr", Value::Null)));
}

#[test]
fn fed_07_what_a_service_needs_more_must_come() {
    use clau_domain::session::Assurance;
    let levels = json!({ "levels": {
        "eidas1": "single_factor", "eidas2": "substantial", "eidas3": "high",
    } });
    let scene = Scene::new(json!({ "acr_values": ["eidas1"] }), levels);
    let more = crate::contract::Wish {
        at_least: Some(Assurance::Substantial),
        ..wish()
    };
    assert_eq!(
        scene.login_as(&more).expect("in").identity.level,
        Assurance::Substantial
    );
    scene.provider.state().id_token = Box::new(|claims| claims["acr"] = json!("eidas1"));
    assert!(too_weak(scene.login_as(&more).map(drop)));
    assert!(scene.login().is_ok(), "where nobody needs more");
}

#[test]
fn fed_07_user_information_is_about_the_same_person() {
    let scene = Scene::plain();
    for signed in [false, true] {
        scene.provider.state().signed = signed;
        for other in [
            json!("s-2"),
            json!("S-1"),
            json!(""),
            json!(1),
            json!(["s-1"]),
            Value::Null,
        ] {
            scene.provider.state().person = {
                let other = other.clone();
                Box::new(move |person| person["sub"] = other.clone())
            };
            assert!(untrusted(scene.login().map(drop)), "{other}");
        }
        scene.provider.state().person = Box::new(|_| {});
        assert!(scene.login().is_ok());
    }
    for subject in [
        json!(""),
        json!(7),
        json!("s".repeat(256)),
        json!("s\u{0}"),
        Value::Null,
    ] {
        assert!(untrusted(with(&scene, "sub", subject.clone())), "{subject}");
    }
}

#[test]
fn fed_07_where_user_information_must_be_signed_it_is() {
    let state = |profile: &str| {
        registration(
            json!({ "acr_values": ["eidas1"] }),
            json!({ "profile": profile, "levels": { "eidas1": "single_factor" } }),
        )
    };
    let demanded = registration(json!({ "signed_userinfo": true }), json!({}));
    for connector in [state("franceconnect"), state("proconnect"), demanded] {
        let scene = Scene::of(Provider::new(Arc::clone(&RSA)), &connector);
        assert!(untrusted(scene.login().map(drop)), "plain JSON");
        scene.provider.state().signed = true;
        assert!(scene.login().is_ok());
        // Signed, and still not believed.
        for (name, value) in [
            ("iss", json!("https://evil.example")),
            ("iss", Value::Null),
            ("aud", json!("another")),
            ("aud", json!([CLIENT, "another"])),
            ("aud", Value::Null),
            ("exp", json!(SECONDS - 60)),
            ("iat", json!(SECONDS + 61)),
            ("nbf", json!(SECONDS + 61)),
        ] {
            scene.provider.state().person = {
                let value = value.clone();
                Box::new(move |person| match &value {
                    Value::Null => drop(person.as_object_mut().expect("claims").remove(name)),
                    value => person[name] = value.clone(),
                })
            };
            assert!(untrusted(scene.login().map(drop)), "{name} = {value}");
        }
        scene.provider.state().person = Box::new(|_| {});
        let stranger = SigningKey::generate(Algorithm::Es256).expect("a key");
        let person = json!({ "sub": "s-1", "iss": ISSUER, "aud": CLIENT });
        let forged = [
            stranger.sign(Typ::UserInfo, &person).expect("signs"),
            unsigned(&person),
            hmac(&person, SECRET.as_bytes()),
            person.to_string(),
            String::new(),
        ];
        for token in forged {
            scene.provider.state().userinfo = {
                let token = token.clone();
                Box::new(move |answer| answer.body = token.clone().into_bytes())
            };
            assert!(untrusted(scene.login().map(drop)), "{token}");
        }
    }
}

#[test]
fn user_information_that_cannot_be_read_is_refused_by_whose_fault_it_is() {
    let scene = Scene::plain();
    let answers = |status: u16, kind: &'static str, body: &'static str| {
        scene.provider.state().userinfo = Box::new(move |answer| {
            answer.status = status;
            answer.content_type = kind.to_owned();
            answer.body = body.as_bytes().to_vec();
        });
        scene.login().map(drop)
    };
    let json = "application/json";
    assert!(matches!(
        answers(503, "text/html", ""),
        Err(Fault::NoAnswer(_))
    ));
    assert!(matches!(
        answers(302, "text/html", ""),
        Err(Fault::NoAnswer(_))
    ));
    assert!(matches!(answers(0, "", ""), Err(Fault::NoAnswer(_))));
    assert!(untrusted(answers(401, json, "{}")));
    assert!(untrusted(answers(200, "text/html", r#"{"sub":"s-1"}"#)));
    assert!(untrusted(answers(200, json, "[]")));
    assert!(untrusted(answers(
        200,
        json,
        r#"{"sub":"s-2","sub":"s-1"}"#
    )));
    assert!(answers(200, json, r#"{"sub":"s-1"}"#).is_ok());
    scene.provider.state().userinfo = Box::new(|answer| {
        *answer = json_answer(200, &json!({ "sub": "s-1", "x": "y".repeat(40_000) }));
    });
    assert!(untrusted(scene.login().map(drop)), "too long");
}

#[test]
fn fed_07_an_access_token_that_no_header_can_carry_ends_the_login_and_nothing_else() {
    let scene = Scene::plain();
    for bad in ["", "a b", "a\r\nx: y", "é"] {
        scene.provider.state().id_token = Box::new(|claims| {
            claims.as_object_mut().expect("claims").remove("at_hash");
        });
        scene.provider.state().tokens = Box::new(move |answer| {
            let mut body: Value = serde_json::from_slice(&answer.body).expect("JSON");
            body["access_token"] = json!(bad);
            answer.body = body.to_string().into_bytes();
        });
        assert!(untrusted(scene.login().map(drop)), "{bad:?}");
        assert_eq!(scene.provider.calls("/userinfo"), 0);
    }
}

#[test]
fn fed_07_the_access_token_is_the_one_that_the_id_token_was_made_with() {
    let scene = Scene::plain();
    for other in [json!("AAAA"), json!(""), json!(7)] {
        assert!(untrusted(with(&scene, "at_hash", other.clone())), "{other}");
    }
    assert!(
        with(&scene, "at_hash", Value::Null).is_ok(),
        "it need not say"
    );
    for kind in ["DPoP", "mac", ""] {
        scene.provider.state().tokens = Box::new(move |answer| {
            let mut body: Value = serde_json::from_slice(&answer.body).expect("JSON");
            body["token_type"] = json!(kind);
            answer.body = body.to_string().into_bytes();
        });
        assert!(untrusted(scene.login().map(drop)), "{kind}");
    }
}

fn part(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

fn unsigned(claims: &Value) -> String {
    format!(
        "{}.{}.",
        part(&json!({ "alg": "none", "typ": "JWT" })),
        part(claims)
    )
}

fn hmac(claims: &Value, secret: &[u8]) -> String {
    use aws_lc_rs::hmac;
    let signed = format!(
        "{}.{}",
        part(&json!({ "alg": "HS256", "typ": "JWT" })),
        part(claims)
    );
    let tag = hmac::sign(
        &hmac::Key::new(hmac::HMAC_SHA256, secret),
        signed.as_bytes(),
    );
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(tag.as_ref()))
}

/// The claims of a token, whoever has signed it.
fn claims_of(token: &str) -> Value {
    let payload = token.split('.').nth(1).expect("a payload");
    let bytes = URL_SAFE_NO_PAD.decode(payload).expect("base64url");
    serde_json::from_slice(&bytes).expect("JSON")
}

#[test]
fn fed_07_a_token_is_signed_by_a_key_of_the_provider() {
    let scene = Scene::plain();
    let rsa = Scene::of(
        Provider::new(Arc::clone(&RSA)),
        &registration(json!({}), json!({})),
    );
    for scene in [&scene, &rsa] {
        let keys = scene.provider.state().keys.clone();
        let public = keys["keys"][0].to_string();
        let stranger = SigningKey::generate(Algorithm::Es256).expect("a key");
        let kid = keys["keys"][0]["kid"].as_str().expect("a name").to_owned();
        let forged: Vec<(&str, Bend<String>)> = vec![
            (
                "none",
                Box::new(|token| *token = unsigned(&claims_of(token))),
            ),
            (
                "no signature",
                Box::new(|token| {
                    let end = token.rfind('.').expect("a signature");
                    token.truncate(end + 1);
                }),
            ),
            (
                "HS256 by the secret",
                Box::new(|token| *token = hmac(&claims_of(token), SECRET.as_bytes())),
            ),
            (
                "HS256 by the public key",
                Box::new({
                    let public = public.clone();
                    move |token| *token = hmac(&claims_of(token), public.as_bytes())
                }),
            ),
            (
                "HS256 by nothing",
                Box::new(|token| *token = hmac(&claims_of(token), b"")),
            ),
            (
                "a stranger's key",
                Box::new(move |token| {
                    *token = stranger
                        .sign(Typ::IdToken, &claims_of(token))
                        .expect("signs");
                }),
            ),
            (
                "a key of its own in the header",
                Box::new({
                    let kid = kid.clone();
                    move |token| {
                        let own = SigningKey::generate(Algorithm::Es256).expect("a key");
                        let signed = own.sign(Typ::IdToken, &claims_of(token)).expect("signs");
                        let signature = signed.rsplit('.').next().expect("a signature").to_owned();
                        let header = json!({
                            "alg": "ES256", "kid": kid, "jwk": own.public().to_json(), "typ": "JWT",
                        });
                        *token =
                            format!("{}.{}.{signature}", part(&header), part(&claims_of(token)));
                    }
                }),
            ),
            (
                "changed",
                Box::new(|token| {
                    let mut claims = claims_of(token);
                    claims["sub"] = json!("s-2");
                    let mut parts = token.split('.');
                    let (header, _, signature) = (parts.next(), parts.next(), parts.next());
                    *token = format!(
                        "{}.{}.{}",
                        header.expect("three"),
                        part(&claims),
                        signature.expect("three")
                    );
                }),
            ),
            (
                "another kind of token",
                Box::new(|token| {
                    let claims = part(&claims_of(token));
                    *token = format!(
                        "{}.{claims}.AAAA",
                        part(&json!({ "alg": "ES256", "typ": "at+jwt" }))
                    );
                }),
            ),
            (
                "critical",
                Box::new(|token| {
                    let claims = part(&claims_of(token));
                    *token = format!(
                        "{}.{claims}.AAAA",
                        part(&json!({ "alg": "ES256", "crit": ["x"] }))
                    );
                }),
            ),
            ("cut", Box::new(|token| token.truncate(40))),
            ("empty", Box::new(String::clear)),
            (
                "encrypted, though nobody has said so",
                Box::new(|token| {
                    let key = clau_oidc::jose::DecryptionKey::generate("ECDH-ES").expect("a key");
                    *token = super::provider::encrypted(token, key.public());
                }),
            ),
        ];
        for (name, forge) in forged {
            scene.provider.state().id_token_text = forge;
            let login = scene.login().map(drop);
            assert!(untrusted(login.clone()), "{name}: {login:?}");
        }
        scene.provider.state().id_token_text = Box::new(|_| {});
        assert!(scene.login().is_ok());
    }
}

#[test]
fn fed_07_an_algorithm_that_the_registration_does_not_name_is_none() {
    let only = |name: &str| registration(json!({ "algorithms": [name] }), json!({}));
    let es256 = Arc::new(SigningKey::generate(Algorithm::Es256).expect("a key"));
    let scene = Scene::of(Provider::new(Arc::clone(&es256)), &only("ES256"));
    {
        // Both keys are published; one algorithm is registered.
        let mut state = scene.provider.state();
        let keys = [es256.public().to_json(), RSA.public().to_json()];
        state.keys = json!({ "keys": keys });
    }
    scene.fetch().expect("documents");
    assert!(scene.login().is_ok());
    scene.provider.state().signs_by = Arc::clone(&RSA);
    assert!(untrusted(scene.login().map(drop)));
}

/// Claims with a subject in front of the subject.
struct Twice(Value);

impl serde::Serialize for Twice {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeMap as _;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("sub", "s-2")?;
        for (name, value) in self.0.as_object().expect("claims") {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

#[test]
fn fed_07_what_a_token_names_twice_it_does_not_name() {
    let scene = Scene::plain();
    let key = Arc::clone(&scene.provider.state().signs_by);
    assert!(VerifyingKey::new(key.public(), Algorithm::Es256).is_ok());
    scene.provider.state().id_token_text = Box::new(move |token| {
        // Signed as it stands: a provider that lets somebody write into its claims.
        let twice = Twice(claims_of(token));
        *token = key.sign(Typ::IdToken, &twice).expect("signs");
        assert_eq!(
            claims_of(token)["sub"],
            "s-1",
            "the usual reader takes the last"
        );
    });
    assert!(untrusted(scene.login().map(drop)));
}

#[test]
fn the_clock_of_the_scene_is_the_one_of_the_provider() {
    assert_eq!(NOW.as_millis(), SECONDS * 1000);
    assert!(Duration::from_secs(60) == crate::oidc::token::SKEW);
}
