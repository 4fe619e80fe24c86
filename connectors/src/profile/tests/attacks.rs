//! What strangers, and sources that are not what they should be, try.

use clau_domain::identity::{Claims, VectorOf};

use super::*;

fn outcome(profile: &str, kind: &str, attributes: &[(&str, &[&str])]) -> Result<Identified, Fault> {
    identify(
        &registered(profile, kind, json!({})),
        &said(kind, attributes),
    )
}

fn refused(outcome: Result<Identified, Fault>) -> bool {
    matches!(outcome, Err(Fault::Untrusted(_)))
}

#[test]
fn fed_01_nobody_is_known_by_login_address_or_name() {
    // Without anything that lasts, whatever else is said tells nobody apart.
    let all: &[(&str, &[&str])] = &[
        ("uid", &["jcazals"]),
        ("login", &["jcazals"]),
        ("mail", &["j@example.fr"]),
        ("email", &["j@example.fr"]),
        ("eduPersonPrincipalName", &["j@univ.example"]),
        ("urn:oid:1.3.6.1.4.1.5923.1.1.1.6", &["j@univ.example"]),
        ("sn", &["CAZALS"]),
        ("givenName", &["Jordi"]),
    ];
    for profile in [
        "plain",
        "educonnect",
        "franceconnect",
        "proconnect",
        "renater",
        "agriculture",
    ] {
        for kind in ["saml", "oidc", "cas", "ldap"] {
            let mut said = said(kind, all);
            said.subject = None;
            let outcome = identify(&registered(profile, kind, json!({})), &said);
            assert!(refused(outcome), "{profile} by {kind}");
        }
    }
}

#[test]
fn fed_01_what_tells_who_it_is_is_taken_as_it_is_or_not_at_all() {
    let connector = registered("plain", "oidc", json!({}));
    let subject = |subject: &str| {
        let mut said = said("oidc", &[]);
        said.subject = Some(subject.to_owned());
        identify(&connector, &said).map(|read| read.identity.subject)
    };
    for good in [
        "a",
        "A",
        "é",
        "0faa3bdf-2178-4600",
        "idp!sp!x y",
        &"a".repeat(256),
    ] {
        assert_eq!(subject(good).as_deref(), Ok(good));
    }
    // Nothing is put right: two names would become one.
    for bad in [
        "",
        "   ",
        "e\u{301}",
        "a\u{200B}b",
        "a\0b",
        "a\nb",
        "a  b",
        "a\u{A0}b",
        "a\u{202E}b",
        &"a".repeat(257),
        &"é".repeat(129),
    ] {
        assert!(matches!(subject(bad), Err(Fault::Untrusted(_))), "{bad:?}");
    }
    // Two people at once.
    let two: &[(&str, &[&str])] = &[("FrEduCtId", &["one", "two"])];
    assert!(refused(outcome("educonnect", "saml", two)));
    let twice: &[(&str, &[&str])] = &[("FrEduCtId", &["one"]), ("FrEduCtId", &["two"])];
    assert!(refused(outcome("educonnect", "saml", twice)));
    let same: &[(&str, &[&str])] = &[("FrEduCtId", &["one", "one"])];
    assert!(outcome("educonnect", "saml", same).is_ok());
}

#[test]
fn fed_02_an_address_that_nobody_stands_for_is_none() {
    let mail = |profile: &str, kind: &str, attributes: &[(&str, &[&str])]| {
        let more = json!({ "attributes": {
            "mail": ["email"], "mail_verified": ["email_verified"], "academic_mail": ["email"],
        }});
        let claims = read(&registered(profile, kind, more), kind, attributes).claims;
        claims.mail.or(claims.academic_mail)
    };
    let address = ("email", &["a@example.fr"][..]);
    for verified in [None, Some("false"), Some("0"), Some("yes"), Some("")] {
        let said: Vec<(&str, &[&str])> = match &verified {
            Some(verified) => vec![address, ("email_verified", std::slice::from_ref(verified))],
            None => vec![address],
        };
        for profile in [
            "plain",
            "proconnect",
            "renater",
            "agriculture",
            "educonnect",
        ] {
            assert_eq!(mail(profile, "oidc", &said), None, "{profile} {verified:?}");
        }
    }
    let verified = [address, ("email_verified", &["true"][..])];
    let expected = Some("a@example.fr".to_owned());
    assert_eq!(mail("plain", "oidc", &verified), expected);
    for kind in ["saml", "cas", "ldap"] {
        assert_eq!(mail("plain", kind, &[address]), expected, "{kind}");
    }
    // People type their address at FranceConnect, whatever is said of it.
    for kind in ["oidc", "saml"] {
        assert_eq!(mail("franceconnect", kind, &verified), None);
    }
}

#[test]
fn fed_02_an_address_finds_agents_only_of_whom_it_is_said_that_they_are_some() {
    let mail = |more: Value, attributes: &[(&str, &[&str])]| {
        let connector = registered("agriculture", "ldap", more);
        read(&connector, "ldap", attributes).claims.academic_mail
    };
    let teachers = ("mail", &["Prof@lycee.example"][..]);
    let found = Some("prof@lycee.example".to_owned());
    let as_what = |word: &'static [&'static str]| [teachers, ("ENTPersonProfils", word)];
    // A pupil who has entered a teacher's address at the school is not taken for the teacher.
    assert_eq!(mail(json!({}), &as_what(&["National_ELV"])), None);
    assert_eq!(mail(json!({}), &as_what(&["National_TUT"])), None);
    assert_eq!(mail(json!({}), &[teachers]), None);
    assert_eq!(mail(json!({}), &as_what(&["National_ENS"])), found);
    // Where nobody else comes, nothing need be said; what is said counts all the same.
    let only_staff = json!({ "trust": { "profiles": ["National_ENS", "National_ETA"] } });
    assert_eq!(mail(only_staff.clone(), &[teachers]), found);
    assert_eq!(mail(only_staff, &as_what(&["National_ELV"])), None);
}

#[test]
fn fed_02_what_is_no_address_is_none() {
    let connector = registered("academie", "saml", json!({}));
    for bad in [
        "a",
        "@b",
        "a@",
        "a@b@c",
        "a b@c.fr",
        "a\u{200B}@c.fr",
        "а@c.fr",
        "a@c.fr,d@e.fr",
        "A <a@c.fr>",
        &format!("{}@c.fr", "a".repeat(250)),
    ] {
        let said: &[(&str, &[&str])] = &[("uid", &["x"]), ("ctemail", &[bad])];
        let claims = read(&connector, "saml", said).claims;
        assert_eq!(claims.academic_mail, None, "{bad:?}");
    }
}

#[test]
fn fed_07_a_level_that_is_unknown_or_not_said_is_refused() {
    for (profile, kind) in [
        ("franceconnect", "oidc"),
        ("proconnect", "oidc"),
        ("educonnect", "saml"),
        ("academie", "saml"),
        ("renater", "saml"),
    ] {
        let connector = registered(profile, kind, json!({}));
        for context in [
            None,
            Some(""),
            Some("eidas9"),
            Some(" eidas1"),
            Some("urn:oasis:names:tc:SAML:2.0:ac:classes:Nothing"),
        ] {
            let mut said = said(kind, &[("uid", &["x"])]);
            said.context = context.map(str::to_owned);
            let outcome = identify(&connector, &said);
            assert!(
                matches!(outcome, Err(Fault::TooWeak(_))),
                "{profile}: {context:?}"
            );
        }
    }
}

#[test]
fn fed_08_a_vector_is_read_to_the_letter_or_refused() {
    let vectors = |values: &[&str]| {
        outcome("educonnect", "saml", &[("FrEduVecteur", values)])
            .map(|read| read.identity.vectors.len())
    };
    for (values, count) in [
        (&["4|||701294|0310001A"][..], 1),
        (&["3|||701294|0310001A"], 1),
        (&["4|LOU|Mirèio|701294|0310001A"], 1),
        (&["1|LOU|Anna|701294|0310001A"], 1),
        (&["2|LOU|Anna|701294|0310001A", "1|LOU|Anna|7|0310002B"], 2),
        (&["2|LOU|Anna|701294|0310001A;2|LOU|Anna|7|0310002B;"], 2),
        // Twice the same is the same.
        (&["4|||701294|0310001A", "4|||701294|0310001A"], 1),
        (&[" 2 | LOU | Anna | 701294 | 0310001a "], 1),
        (&["", ";", " ; "], 0),
        (&[], 0),
    ] {
        assert_eq!(vectors(values), Ok(count), "{values:?}");
    }
    for bad in [
        // Fewer or more than five fields: a name with the separator in it is six.
        &["4|||701294"][..],
        &["4|||701294|0310001A|"],
        &["2|LOU|Anna|Maria|701294|0310001A"],
        &["|"],
        &["4"],
        // Other codes.
        &["5|||701294|0310001A"],
        &["12|||701294|0310001A"],
        &["|||701294|0310001A"],
        &["04|||701294|0310001A"],
        &["4 4|||701294|0310001A"],
        &["٤|||701294|0310001A"],
        // No pupil, no school, no name of a guardian.
        &["4||||0310001A"],
        &["4|||70 1294|0310001A"],
        &["4|||701294$|0310001A"],
        &["4|||701294|"],
        &["4|||701294|031000A"],
        &["4|||701294|{UAI}0310001A"],
        &["2||Anna|701294|0310001A"],
        &["2|LOU||701294|0310001A"],
        &["2|\u{200B}|Anna|701294|0310001A"],
        &["2|$|Anna|701294|0310001A"],
        // A pupil beside somebody else.
        &["4|||701294|0310001A", "4|||701295|0310001A"],
        &["2|LOU|Anna|701294|0310001A", "4|||701294|0310001A"],
        &["4|||701294|0310001A;2|LOU|Anna|7|0310002B"],
        // One good one does not carry a bad one.
        &["2|LOU|Anna|701294|0310001A", "2|LOU|Anna|7"],
    ] {
        assert!(matches!(vectors(bad), Err(Fault::Untrusted(_))), "{bad:?}");
    }
    let of = |count: usize| -> Vec<String> {
        let one = |number: usize| format!("2|LOU|Anna|{number}|0310001A");
        (0..count).map(one).collect()
    };
    for (count, good) in [(20, true), (21, false)] {
        let (list, joined) = (of(count), of(count).join(";"));
        let list: Vec<&str> = list.iter().map(String::as_str).collect();
        assert_eq!(vectors(&list).is_ok(), good, "{count}");
        assert_eq!(vectors(&[&joined]).is_ok(), good, "{count}");
    }
}

#[test]
fn fed_08_a_vector_stays_one_tuple() {
    let read = outcome(
        "educonnect",
        "saml",
        &[(
            "FrEduVecteur",
            &["2|LOU|Anna|1|0310001A", "2|PUECH|Anne|2|0320002B"],
        )],
    );
    let vectors = read.expect("a guardian").identity.vectors;
    let tuples: Vec<(&str, &str, &str)> = vectors
        .iter()
        .map(|vector| match &vector.who {
            VectorOf::Guardian { family_name, .. } => (
                family_name.as_str(),
                vector.pupil.as_str(),
                vector.uai.as_str(),
            ),
            VectorOf::Pupil => ("", "", ""),
        })
        .collect();
    assert_eq!(
        tuples,
        [("LOU", "1", "0310001A"), ("PUECH", "2", "0320002B")]
    );
}

#[test]
fn fed_08_only_educonnect_speaks_in_vectors_and_keys_of_academies() {
    let attributes: &[(&str, &[&str])] = &[
        ("uid", &["x"]),
        ("FrEduVecteur", &["4|||701294|0310001A"]),
        ("FrEduCtRefId", &["{AAF}16|2D|1234567"]),
    ];
    for profile in [
        "plain",
        "academie",
        "franceconnect",
        "proconnect",
        "renater",
        "agriculture",
    ] {
        for kind in ["saml", "oidc", "cas", "ldap"] {
            let mut said = said(kind, attributes);
            if kind == "saml" && profile == "plain" {
                said.context = None;
            }
            if let Ok(read) = identify(&registered(profile, kind, json!({})), &said) {
                assert!(read.identity.vectors.is_empty(), "{profile}");
                assert!(read.identity.feed_keys.is_empty(), "{profile}");
            }
        }
    }
}

#[test]
fn fed_08_a_key_of_a_feed_has_three_fields_and_its_prefix() {
    let keys = |values: &[&str]| {
        outcome("educonnect", "saml", &[("FrEduCtRefId", values)])
            .expect("somebody")
            .identity
            .feed_keys
    };
    for bad in [
        "16|2D|1234567",
        "{ECT}16|2D|1234567",
        "{aaf}16|2D|1234567",
        "{AAF}16|1234567",
        "{AAF}16|2D|1234567|0",
        "{AAF}|2D|1234567",
        "{AAF}1616|2D|1234567",
        "{AAF}16|2D|",
        "{AAF}16|2D|12 34",
        "{AAF}16|2D|1$2",
        "x{AAF}16|2D|1234567",
        "AAF16",
    ] {
        assert_eq!(keys(&[bad]), [], "{bad}");
    }
    let good = keys(&["{AAF}9|x|1 ", "{AAF}TLS||2;{AAF}16||3"]);
    let known: Vec<(&str, &str)> = good
        .iter()
        .map(|key| (key.academy.as_str(), key.key.as_str()))
        .collect();
    assert_eq!(known, [("9", "1"), ("TLS", "2"), ("16", "3")]);
}

#[test]
fn fed_10_what_no_field_names_is_not_seen() {
    let everything: Vec<(&str, &[&str])> = vec![
        ("admin", &["true"]),
        ("roles", &["administrator"]),
        ("groups", &["clau-admins"]),
        ("ctgrps", &["admin"]),
        ("FrEduGestResp", &["0310001A"]),
        (
            "FrEduResDel",
            &["x|y|01/01/2020|31/12/9999|u|FrEduRneResp=0310001A|s|m"],
        ),
        ("title", &["DIR"]),
        ("isMemberOf", &["everything"]),
        ("eduPersonEntitlement", &["urn:mace:everything"]),
        ("ENTPersonFonctions", &["0310001A$DIR$DIRECTION$$"]),
        ("profile", &["National_DIR"]),
        ("cn", &["Root"]),
        ("displayName", &["Root"]),
        ("nationality", &["FR"]),
        ("FrEduCtEleveINE", &["123456789AB"]),
        ("FrEduCtEleveINEHash", &["278dd38a2de195c7f0598fca3590aa03"]),
    ];
    for profile in [
        "plain",
        "educonnect",
        "franceconnect",
        "proconnect",
        "renater",
        "agriculture",
    ] {
        for kind in ["saml", "oidc", "cas", "ldap"] {
            let mut said = said(kind, &everything);
            let connector = registered(profile, kind, json!({}));
            said.context = connector.levels.keys().next().cloned();
            let read = identify(&connector, &said).expect("somebody");
            assert_eq!(
                read.identity.claims,
                Claims::default(),
                "{profile} by {kind}"
            );
            assert_eq!(read.return_url, None);
        }
    }
}

#[test]
fn fed_10_words_make_nobody_more_than_they_are_mapped_to() {
    let connector = registered("agriculture", "ldap", json!({}));
    for (words, expected) in [
        (&["National_DIR"][..], &["0120938E National_DIR -"][..]),
        // Numbers that some send for everybody who does not teach.
        (&["National_4"], &["0120938E National_ETA -"]),
        (
            &["National_COL", "National_ACA", "Citizen"],
            &["0120938E - -"],
        ),
        (&["administrateur", "root", "DIR", "*"], &["0120938E - -"]),
        (&["member", "affiliate"], &["0120938E - -"]),
        (
            &["eleve", "enseignant"],
            &["0120938E National_ELV -", "0120938E National_ENS -"],
        ),
        (
            &["employee", "faculty", "staff"],
            &["0120938E National_ENS -"],
        ),
        (&["employee"], &["0120938E National_ETA -"]),
    ] {
        let said: &[(&str, &[&str])] = &[("ENTPersonProfils", words), ("ESCOUAI", &["0120938E"])];
        let claims = read(&connector, "ldap", said).claims;
        assert_eq!(claims.roles, roles(expected), "{words:?}");
    }
    // Two lists are not multiplied: nobody is everything everywhere.
    let said: &[(&str, &[&str])] = &[
        ("ENTPersonProfils", &["National_DIR", "National_TUT"]),
        ("ESCOUAI", &["0120938E", "0310001A"]),
    ];
    assert_eq!(
        read(&connector, "ldap", said).claims.roles,
        roles(&[
            "0120938E - -",
            "0310001A - -",
            "- National_TUT -",
            "- National_DIR -"
        ])
    );
}

#[test]
fn fed_10_an_ine_is_a_pupils() {
    let connector = registered("agriculture", "ldap", json!({}));
    let ine = |word: &str, ine: &str| {
        let word = [word];
        let ine = [ine];
        let said: [(&str, &[&str]); 2] = [("ENTPersonProfils", &word), ("ENTEleveINE", &ine)];
        read(&connector, "ldap", &said).claims.ine
    };
    assert_eq!(
        ine("National_ELV", "123456789ab").as_deref(),
        Some("123456789AB")
    );
    assert_eq!(ine("", "123456789AB").as_deref(), Some("123456789AB"));
    // A guardian's source may tell the child's.
    assert_eq!(ine("National_TUT", "123456789AB"), None);
    assert_eq!(ine("National_ENS", "123456789AB"), None);
    for bad in [
        "",
        "123456789A",
        "123456789ABC",
        "123 56789AB",
        "12345678éA",
        "278dd38a2de195c7",
    ] {
        assert_eq!(ine("National_ELV", bad), None, "{bad}");
    }
}

#[test]
fn fed_10_a_name_in_other_capitals_is_another_name_but_in_directories() {
    let family = |kind: &str| {
        let said: &[(&str, &[&str])] = &[("SN", &["LOU"])];
        read(&registered("agriculture", kind, json!({})), kind, said)
            .claims
            .family_name
    };
    assert_eq!(family("ldap"), "LOU");
    // Whoever filters by name, as the scopes of SAML are, sees the same names as whoever reads.
    for kind in ["saml", "oidc", "cas"] {
        assert_eq!(family(kind), "", "{kind}");
    }
}

#[test]
fn names_are_tidied_and_never_two() {
    let connector = registered("educonnect", "saml", json!({}));
    for (value, expected) in [
        ("A|B", "A B"),
        ("A$B", "A B"),
        ("\u{202E}ABC\0", "ABC"),
        ("E\u{301}lodie", "Élodie"),
        ("Le\r\n  Goff", "Le Goff"),
        ("|||", ""),
        (&"x".repeat(201), ""),
    ] {
        let said: &[(&str, &[&str])] = &[("sn", &[value])];
        assert_eq!(read(&connector, "saml", said).claims.family_name, expected);
    }
}

#[test]
fn a_hundred_values_are_looked_at_and_no_more() {
    let connector = registered("academie", "saml", json!({}));
    let schools: Vec<String> = (0..500)
        .map(|n| format!("{n:07}A$UAJ$PU$ENS$x$T3$CLG$340"))
        .collect();
    let joined = schools.join(";");
    let list: Vec<&str> = schools.iter().map(String::as_str).collect();
    for values in [&list[..], &[&joined]] {
        let said: &[(&str, &[&str])] = &[("uid", &["x"]), ("FrEduRne", values)];
        assert_eq!(read(&connector, "saml", said).claims.roles.len(), 100);
    }
}

#[test]
fn the_way_out_is_an_address_with_https() {
    for (text, expected) in [
        ("https://educonnect.example/Logout?x=1", true),
        ("http://educonnect.example/Logout", false),
        ("javascript:alert(1)", false),
        ("//educonnect.example", false),
        ("https://user@educonnect.example/", false),
        ("/logout", false),
        ("", false),
    ] {
        let read = outcome("educonnect", "saml", &[("FrEduUrlRetour", &[text])]);
        let url = read.expect("somebody").return_url;
        assert_eq!(url.as_deref(), expected.then_some(text), "{text}");
    }
}

#[test]
fn log_01_a_refusal_repeats_nothing_of_what_came() {
    for bad in [
        "2|SECRET|Name|1",
        "9|SECRET|Name|1|0310001A",
        "2|SECRET|Name|1|SECRET",
    ] {
        let outcome = outcome("educonnect", "saml", &[("FrEduVecteur", &[bad])]);
        let words = outcome.expect_err("refused").to_string();
        assert!(
            !words.contains("SECRET") && !words.contains("Name"),
            "{words}"
        );
    }
}
