//! Tests of keys, signatures and claims: the RFCs' own examples, tokens made by other libraries,
//! tokens made to deceive.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use clau_domain::secret::SecretString;
use clau_domain::time::Timestamp;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

const RFC7515_PAYLOAD: &str = "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";

fn jwk(value: Value) -> Result<Jwk, BadJwk> {
    Jwk::parse(value.as_object().expect("an object"))
}

fn key(value: Value, algorithm: Algorithm) -> VerifyingKey {
    VerifyingKey::new(&jwk(value).expect("a key"), algorithm).expect("of the algorithm")
}

fn encoded(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

/// A token with any header at all, signed as it stands.
fn forged(key: &SigningKey, header: &Value, claims: &Value) -> String {
    let signed = format!("{}.{}", encoded(header), encoded(claims));
    let signature = key.signature(signed.as_bytes()).expect("signs");
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
}

fn rfc7515_es256() -> Value {
    json!({"kty": "EC", "crv": "P-256",
        "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
        "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"})
}

fn rfc7515_rs256() -> Value {
    json!({"kty": "RSA", "e": "AQAB", "n": "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ"})
}

fn rfc8037() -> Value {
    json!({"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})
}

#[test]
fn the_examples_of_rfc_7515_verify() {
    let es256 = format!(
        "eyJhbGciOiJFUzI1NiJ9.{RFC7515_PAYLOAD}.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"
    );
    let rs256 = format!(
        "eyJhbGciOiJSUzI1NiJ9.{RFC7515_PAYLOAD}.cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw"
    );
    for (token, key) in [
        (&es256, key(rfc7515_es256(), Algorithm::Es256)),
        (&rs256, key(rfc7515_rs256(), Algorithm::Rs256)),
    ] {
        let verified = verify(token, Typ::ClientAssertion, std::slice::from_ref(&key));
        let claims = verified.expect("the RFC's own example").into_claims();
        assert_eq!(claims.required_string("iss"), Ok("joe"));
        let expires = claims.instant("exp").expect("a number");
        assert_eq!(expires, Some(Timestamp::from_millis(1_300_819_380_000)));
        let changed = token.replace("eyJpc3Mi", "eyJpc3Ni");
        assert_eq!(
            verify(&changed, Typ::ClientAssertion, &[key]).err(),
            Some(BadToken::Signature)
        );
    }
}

#[test]
fn the_examples_of_rfc_8037_and_rfc_7638() {
    let ed = jwk(rfc8037()).expect("a key");
    assert_eq!(
        ed.thumbprint(),
        "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
    );
    // The payload of the example is no JSON: it fails, but only after its signature has held.
    let token = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
    let keys = [VerifyingKey::new(&ed, Algorithm::EdDsa).expect("Ed25519")];
    let refusal = |token: &str| verify(token, Typ::ClientAssertion, &keys).err();
    assert_eq!(refusal(token), Some(BadToken::Malformed));
    assert_eq!(
        refusal(&token.replace("RXhh", "RXhi")),
        Some(BadToken::Signature)
    );
    let rsa = jwk(
        json!({"kty": "RSA", "e": "AQAB", "alg": "RS256", "kid": "2011-04-29", "n": "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"}),
    );
    assert_eq!(
        rsa.expect("a key").thumbprint(),
        "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"
    );
}

#[test]
fn a_pss_token_of_another_library_verifies() {
    // Made by pyca/cryptography over OpenSSL, salt as long as the digest.
    let value = json!({"kty": "RSA", "n": "mPXsUtk6M4ZLqgQo55eMNDA-VtZx9KkYZCkYqDSimKurb7HAr40V9QqJ2yGxdw6VfLeyLZPNT47fswwGXHFyRhy07CHSAMd9DBXhEOvB3PzYXmLLjcIBqa0fKt7qoSYvN52Eknk0ai49minbT8ZKAtdKhbai_q4kzwydcmbyn2rWpn8-8k28vxObixdTCYRwquSdYpdNXrVywHdAJoLTY0r0XLDZ7WxjA-HOtANW2cjJV63jst8vNDvndf_f3QWrgEHBOJbbSM-c7v542SQGDDOIsqm938OlkiSAsmDg4uvuZHauWr0PUbyAAI9af4t4yedmVITxtPRi1OXWU0jC9Q", "e": "AQAB", "alg": "PS256", "kid": "ps"});
    let token = "eyJhbGciOiAiUFMyNTYiLCAia2lkIjogInBzIiwgInR5cCI6ICJKV1QifQ.eyJpc3MiOiAiaHR0cHM6Ly9vdGhlci5leGFtcGxlIiwgInN1YiI6ICJ4In0.FU9fD_Lmz-nL5-rg4GXhI3O819xA4MGhyPOgjNkaKEa-1ZuNFFQE_ASYgPhxlJVU6pfqekhrfefwSRWCJZbO14xwevp5l3n6MDcsjBdZ0sK25qfhdSE4FWG7XyxhhMj8j4TQVyjrwtbOscrU11TZx_PobICJIWcqWY9t-5EWg8ipMkYAdM8MvW-18GOCkcST-7vPG54MOQ7a1lGizHPUK7faCHv9bMniC16bTD8K68cNwyffl5UAyVrIYIkZ9fdC7E3jeQunBzIXVf0a7GpEtJzsjUaXumBQdfjdWzXORQLCJMQcB6XU79p6FbmH0_Q8woV_e08Mzwpi1-_wpa_OZQ";
    let verified = verify(token, Typ::IdToken, &[key(value, Algorithm::Ps256)]);
    let verified = verified.expect("good");
    assert_eq!(verified.kid(), Some("ps"));
    assert_eq!(
        verified.claims().required_string("iss"),
        Ok("https://other.example")
    );
}

#[test]
fn every_algorithm_signs_is_stored_and_published() {
    for algorithm in Algorithm::ALL {
        let key = SigningKey::generate(algorithm).expect("a key");
        let stored = key.to_pkcs8().expect("PKCS#8");
        let again = SigningKey::from_pkcs8(algorithm, &stored).expect("the same key");
        assert_eq!(key.kid(), again.kid());
        let published = JwkSet {
            keys: vec![key.public().clone()],
        };
        let read = JwkSet::parse(published.to_json().to_string().as_bytes()).expect("a set");
        assert_eq!(read, published);
        let token = again
            .sign(Typ::IdToken, &json!({"sub": "x"}))
            .expect("signs");
        let verified = verify(
            &token,
            Typ::IdToken,
            &VerifyingKey::from_set(&read, algorithm),
        );
        assert_eq!(verified.expect("ours").kid(), Some(key.kid()));
        for other in Algorithm::ALL {
            let fits = VerifyingKey::new(key.public(), other).is_ok();
            assert_eq!(fits, other == algorithm, "{algorithm} as {other}");
        }
        assert!(!format!("{key:?}").contains(&URL_SAFE_NO_PAD.encode(&stored[20..40])));
    }
    let ed = SigningKey::generate(Algorithm::EdDsa).expect("a key");
    let wrong = SigningKey::from_pkcs8(Algorithm::Es256, &ed.to_pkcs8().expect("PKCS#8"));
    assert_eq!(wrong.err(), Some(BadKey::Pkcs8(Algorithm::Es256)));
}

#[test]
fn oidc_09_the_header_chooses_neither_key_nor_algorithm() {
    let ours = SigningKey::generate(Algorithm::Es256).expect("a key");
    let theirs = SigningKey::generate(Algorithm::Es256).expect("a key");
    let keys = [ours.verifying().expect("a key")];
    let claims = json!({"sub": "x"});
    let refusal = |token: &str| verify(token, Typ::IdToken, &keys).err();
    let plain = json!({"alg": "ES256", "typ": "JWT"});
    assert_eq!(refusal(&forged(&ours, &plain, &claims)), None);
    assert_eq!(
        refusal(&forged(&theirs, &plain, &claims)),
        Some(BadToken::Signature)
    );
    for (name, value) in [
        ("jku", json!("https://evil.example/keys")),
        ("x5u", json!("https://evil.example/cert")),
        ("x5c", json!(["AAAA"])),
        ("jwk", theirs.public().to_json()),
        ("crit", json!(["exp"])),
        ("crit", json!([])),
        ("b64", json!(false)),
        ("zip", json!("DEF")),
    ] {
        let mut header = plain.clone();
        header[name] = value;
        let expected = Some(BadToken::Header(name));
        assert_eq!(refusal(&forged(&ours, &header, &claims)), expected);
    }
    for alg in ["none", "None", "", "HS256", "RS256", "es256", "ES384"] {
        let header = json!({"alg": alg, "typ": "JWT"});
        assert_eq!(
            refusal(&forged(&ours, &header, &claims)),
            Some(BadToken::Algorithm),
            "{alg}"
        );
        let unsigned = format!("{}.{}.", encoded(&header), encoded(&claims));
        assert_eq!(refusal(&unsigned), Some(BadToken::Algorithm), "{alg}");
    }
    let header = json!({"alg": "ES256", "typ": "JWT", "kid": "another"});
    assert_eq!(
        refusal(&forged(&ours, &header, &claims)),
        Some(BadToken::UnknownKey)
    );
    for header in [
        json!({"typ": "JWT"}),
        json!({"alg": 7, "typ": "JWT"}),
        json!({"alg": "ES256", "typ": ["JWT"]}),
        json!({"alg": "ES256", "typ": "JWT", "kid": 7}),
    ] {
        assert!(refusal(&forged(&ours, &header, &claims)).is_some());
    }
    assert_eq!(
        verify(&forged(&ours, &plain, &claims), Typ::IdToken, &[]).err(),
        Some(BadToken::UnknownKey)
    );
}

#[test]
fn oidc_09_a_public_key_is_never_an_hmac_secret() {
    let ours = SigningKey::generate(Algorithm::Es256).expect("a key");
    let header = json!({"alg": "HS256", "typ": "JWT"});
    let signed = format!("{}.{}", encoded(&header), encoded(&json!({"sub": "x"})));
    let public = ours.public().to_json().to_string();
    let hmac_key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, public.as_bytes());
    let tag = aws_lc_rs::hmac::sign(&hmac_key, signed.as_bytes());
    let token = format!("{signed}.{}", URL_SAFE_NO_PAD.encode(tag));
    let keys = [ours.verifying().expect("a key")];
    assert_eq!(
        verify(&token, Typ::IdToken, &keys).err(),
        Some(BadToken::Algorithm)
    );
    // With the same text as a client's secret it is good: the registration decides, not the token.
    let secret = VerifyingKey::from_secret(&SecretString::from(public)).expect("long enough");
    assert!(verify(&token, Typ::ClientAssertion, &[secret]).is_ok());
    let short = VerifyingKey::from_secret(&SecretString::from("x".repeat(31)));
    assert_eq!(short.err(), Some(BadKey::ShortSecret));
}

#[test]
fn oidc_10_no_kind_of_token_passes_for_another() {
    use Typ::{
        AccessToken, ClientAssertion, Dpop, IdToken, Introspection, LogoutToken, RequestObject,
        UserInfo,
    };
    let all = [
        IdToken,
        AccessToken,
        LogoutToken,
        UserInfo,
        Introspection,
        ClientAssertion,
        RequestObject,
        Dpop,
    ];
    let ours = SigningKey::generate(Algorithm::EdDsa).expect("a key");
    let keys = [ours.verifying().expect("a key")];
    for made in all {
        let token = ours.sign(made, &json!({})).expect("signs");
        for wanted in all {
            let passes = verify(&token, wanted, &keys).is_ok();
            // Clients write plain `JWT`; their claims tell those tokens apart.
            let lenient = made.name() == "JWT"
                && matches!(wanted, IdToken | UserInfo | ClientAssertion | RequestObject);
            assert_eq!(passes, made == wanted || lenient, "{made:?} as {wanted:?}");
        }
    }
    let header = json!({"alg": "EdDSA", "typ": "application/AT+JWT"});
    assert!(verify(&forged(&ours, &header, &json!({})), AccessToken, &keys).is_ok());
}

#[test]
fn a_providers_token_may_be_a_plain_jwt_and_no_other_kind() {
    let theirs = SigningKey::generate(Algorithm::EdDsa).expect("a key");
    let keys = [theirs.verifying().expect("a key")];
    let passes = |header: &Value, wanted| {
        verify_of_provider(&forged(&theirs, header, &json!({})), wanted, &keys).is_ok()
    };
    for wanted in [Typ::IdToken, Typ::LogoutToken, Typ::UserInfo] {
        assert!(passes(&json!({"alg": "EdDSA"}), wanted));
        assert!(passes(&json!({"alg": "EdDSA", "typ": "JWT"}), wanted));
        assert!(passes(
            &json!({"alg": "EdDSA", "typ": wanted.name()}),
            wanted
        ));
        for other in [
            "at+jwt",
            "oauth-authz-req+jwt",
            "client-authentication+jwt",
            "",
        ] {
            assert!(
                !passes(&json!({"alg": "EdDSA", "typ": other}), wanted),
                "{other}"
            );
        }
    }
    let logout = json!({"alg": "EdDSA", "typ": "logout+jwt"});
    assert!(
        !passes(&logout, Typ::IdToken),
        "it ends a session and begins none"
    );
    // What the header may not do, it may not do here either.
    for refused in ["crit", "jku", "jwk", "x5u", "x5c", "b64", "zip", "enc"] {
        let header = json!({"alg": "EdDSA", refused: "x"});
        assert!(!passes(&header, Typ::IdToken), "{refused}");
    }
    for alg in ["none", "HS256", "RS256", "eddsa"] {
        assert!(!passes(&json!({"alg": alg}), Typ::IdToken), "{alg}");
    }
    let own = theirs.sign(Typ::OwnAssertion, &json!({})).expect("signs");
    assert!(passes(
        &json!({"alg": "EdDSA", "typ": Typ::OwnAssertion.name()}),
        Typ::IdToken
    ));
    assert!(verify(&own, Typ::ClientAssertion, &keys).is_ok());
}

#[test]
fn tokens_that_are_none() {
    let ours = SigningKey::generate(Algorithm::EdDsa).expect("a key");
    let keys = [ours.verifying().expect("a key")];
    let token = ours
        .sign(Typ::IdToken, &json!({"sub": "x"}))
        .expect("signs");
    let long = format!("{token}{}", "A".repeat(LONGEST));
    for bad in [
        "",
        ".",
        "..",
        "a.b",
        "a.b.c.d",
        "e30.e30.",
        long.as_str(),
        &format!("{token}="),
        &format!(" {token}"),
        &token.replace('.', ".."),
    ] {
        assert!(verify(bad, Typ::IdToken, &keys).is_err(), "{bad}");
    }
    let header = json!({"alg": "EdDSA", "typ": "JWT"});
    let signed = format!(
        "{}.{}",
        encoded(&header),
        URL_SAFE_NO_PAD.encode(r#"{"sub":"a","sub":"b"}"#)
    );
    let signature = ours.signature(signed.as_bytes()).expect("signs");
    let twice = format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature));
    assert_eq!(
        verify(&twice, Typ::IdToken, &keys).err(),
        Some(BadToken::Malformed)
    );
}

#[test]
fn keys_that_are_none() {
    let mut private = rfc8037();
    private["d"] = json!("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A");
    assert_eq!(jwk(private.clone()), Err(BadJwk::Private));
    let symmetric = json!({"kty": "oct", "k": "AAAA"});
    assert_eq!(jwk(symmetric), Err(BadJwk::Private));
    let mut off_curve = rfc7515_es256();
    off_curve["y"] = json!("x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a1");
    assert_eq!(
        jwk(off_curve).err(),
        Some(BadJwk::Member("y")),
        "bits that no encoder writes"
    );
    let mut off_curve = rfc7515_es256();
    off_curve["y"] = json!("y_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0");
    assert_eq!(jwk(off_curve), Err(BadJwk::Point));
    for (name, value, expected) in [
        ("e", json!("AQ"), BadJwk::Rsa),
        ("e", json!("AAEAAQ"), BadJwk::Rsa),
        ("e", json!("AgAA"), BadJwk::Rsa),
        ("n", json!("ofgWCuLjybRlzo0tZWJjNg"), BadJwk::Rsa),
        ("n", json!(7), BadJwk::Member("n")),
        ("use", json!("enc"), BadJwk::Unsupported),
        ("alg", json!("RSA-OAEP"), BadJwk::Unsupported),
        ("alg", json!("ES256"), BadJwk::Unsupported),
        ("kty", json!("XYZ"), BadJwk::Unsupported),
        ("kid", json!("k".repeat(300)), BadJwk::Member("kid")),
    ] {
        let mut bad = rfc7515_rs256();
        bad[name] = value;
        assert_eq!(jwk(bad), Err(expected), "{name}");
    }
    let set = |keys: Value| JwkSet::parse(json!({ "keys": keys }).to_string().as_bytes());
    let mixed = set(json!([rfc8037(), {"kty": "XYZ"}, rfc7515_rs256()])).expect("a set");
    assert_eq!(mixed.keys.len(), 2);
    assert_eq!(set(json!([rfc8037(), private])), Err(BadJwk::Private));
    assert_eq!(set(json!(["x"])), Err(BadJwk::Set));
    assert_eq!(set(json!(vec![rfc8037(); 33])), Err(BadJwk::Set));
    assert_eq!(JwkSet::parse(b"{}"), Err(BadJwk::Set));
}

fn claims(value: Value) -> Claims {
    Claims::new(value.as_object().expect("an object").clone())
}

#[test]
fn oidc_09_a_wrong_type_is_a_refusal_never_absence() {
    let wrong = claims(json!({
        "iss": 1, "aud": [1], "exp": "1", "iat": null, "nbf": true, "jti": "", "sub": ["x"]
    }));
    for name in ["iss", "jti", "sub"] {
        assert!(wrong.string(name).is_err(), "{name}");
    }
    for name in ["exp", "iat", "nbf"] {
        assert!(wrong.instant(name).is_err(), "{name}");
    }
    assert!(wrong.strings("aud").is_err());
    assert!(claims(json!({"aud": {}})).check_audience("x").is_err());
    for number in [json!(-1), json!(1e300), json!(253_402_300_800_u64)] {
        assert!(claims(json!({ "exp": number })).instant("exp").is_err());
    }
}

#[test]
fn oidc_09_issuer_audience_and_times_are_checked() {
    let now = Timestamp::from_millis(1_000_000_000_000);
    let window = Window {
        now,
        skew: Duration::from_secs(10),
        longest: Duration::from_secs(300),
    };
    let at = |name: &str, seconds: i64| claims(json!({ name: 1_000_000_000 + seconds }));
    for (seconds, expected) in [
        (-11, Some(BadClaim::Expired)),
        (-10, Some(BadClaim::Expired)),
        (-9, None),
        (310, None),
        (311, Some(BadClaim::TooLong)),
    ] {
        let result = at("exp", seconds).check_expiry(window);
        assert_eq!(result.err(), expected, "exp {seconds}");
    }
    for (seconds, expected) in [
        (11, Some(BadClaim::TooEarly)),
        (10, None),
        (-310, None),
        (-311, Some(BadClaim::TooLong)),
    ] {
        let result = at("iat", seconds).check_issued(window);
        assert_eq!(result.err(), expected, "iat {seconds}");
    }
    assert_eq!(
        at("nbf", 11).check_not_before(window),
        Err(BadClaim::TooEarly)
    );
    assert_eq!(at("nbf", 10).check_not_before(window), Ok(()));
    let empty = claims(json!({}));
    assert_eq!(empty.check_not_before(window), Ok(()));
    assert_eq!(
        empty.check_expiry(window).err(),
        Some(BadClaim::Missing("exp"))
    );
    assert_eq!(
        empty.check_issued(window).err(),
        Some(BadClaim::Missing("iat"))
    );
    assert_eq!(
        empty.check_audience("x").err(),
        Some(BadClaim::Missing("aud"))
    );
    let one = claims(json!({"aud": "a", "iss": "i"}));
    assert_eq!(one.check_only_audience("a"), Ok(()));
    assert_eq!(one.check_audience("b"), Err(BadClaim::Value("aud")));
    assert_eq!(one.check_string("iss", "i"), Ok(()));
    assert_eq!(one.check_string("iss", "I"), Err(BadClaim::Value("iss")));
    let two = claims(json!({"aud": ["a", "b"]}));
    assert_eq!(two.check_audience("b"), Ok(()));
    assert!(two.check_only_audience("a").is_err());
    assert!(
        claims(json!({"aud": ["a"]}))
            .check_only_audience("a")
            .is_err()
    );
}

#[test]
fn half_digests_are_those_of_the_specification() {
    // OIDC Core §A.4, §A.6: access token and code of the examples, RS256.
    assert_eq!(
        Algorithm::Rs256.half_digest("jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y"),
        "77QmUPtjPfzWtF2AnpK9RQ"
    );
    assert_eq!(
        Algorithm::Rs256.half_digest("Qcb0Orv1zh30vL1MPRsbm-diHiMwcLyZvn1arpZv-Jxf_11jnpEX3Tgfvk"),
        "LDktKdoQak3Pk0cnXxCltA"
    );
    assert_eq!(Algorithm::EdDsa.half_digest("x").len(), 43);
}

proptest! {
    #[test]
    fn no_text_panics_or_verifies(text in ".{0,200}", payload in any::<Vec<u8>>()) {
        let keys = [key(rfc8037(), Algorithm::EdDsa)];
        prop_assert!(verify(&text, Typ::IdToken, &keys).is_err());
        let made = format!("eyJhbGciOiJFZERTQSIsInR5cCI6IkpXVCJ9.{}.AAAA", URL_SAFE_NO_PAD.encode(payload));
        prop_assert!(verify(&made, Typ::IdToken, &keys).is_err());
    }

    #[test]
    fn what_is_signed_is_read(subject in "\\PC{1,40}", number in 0_i64..253_402_300_799) {
        let ours = SigningKey::generate(Algorithm::EdDsa).expect("a key");
        let claims = json!({"sub": subject, "exp": number});
        let token = ours.sign(Typ::AccessToken, &claims).expect("signs");
        let verified = verify(&token, Typ::AccessToken, &[ours.verifying().expect("a key")]).expect("ours");
        prop_assert_eq!(verified.claims().required_string("sub"), Ok(subject.as_str()));
        prop_assert_eq!(verified.claims().instant("exp"), Ok(Some(Timestamp::from_millis(number * 1000))));
    }
}
