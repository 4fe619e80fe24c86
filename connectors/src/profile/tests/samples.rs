//! Synthetic people as the sources would tell of them, and what is read.

use clau_domain::identity::{Claims, FeedKey, Vector, VectorOf};

use super::*;

fn strings(list: &[&str]) -> Vec<String> {
    list.iter().map(|text| (*text).to_owned()).collect()
}

fn feed_key(academy: &str, key: &str) -> FeedKey {
    FeedKey {
        academy: academy.to_owned(),
        key: key.to_owned(),
    }
}

fn of_child(family: &str, given: &str, pupil: &str, uai: &str) -> Vector {
    Vector {
        who: VectorOf::Guardian {
            family_name: family.to_owned(),
            given_name: given.to_owned(),
        },
        pupil: pupil.to_owned(),
        uai: uai.parse().expect("a school"),
    }
}

#[test]
fn educonnect_a_pupil_by_key_and_vector() {
    let id = "ab".repeat(48);
    let connector = registered("educonnect", "saml", json!({}));
    let said = said(
        "saml",
        &[
            ("urn:oid:1.3.6.1.4.1.20326.10.999.1.57", &[&id]),
            ("urn:oid:1.3.6.1.4.1.20326.10.999.1.7", &["eleve2d"]),
            ("urn:oid:2.5.4.4", &["ROUQUETTE"]),
            ("urn:oid:2.5.4.42", &["Maëlle"]),
            ("urn:oid:1.3.6.1.4.1.20326.10.999.1.76", &["Mme"]),
            ("urn:oid:1.3.6.1.4.1.20326.10.999.1.67", &["2011-05-14"]),
            ("urn:oid:1.3.6.1.4.1.20326.10.999.1.72", &["0310001A"]),
            (
                "urn:oid:1.3.6.1.4.1.20326.10.999.1.64",
                &["278dd38a2de195c7f0598fca3590aa0"],
            ),
            (
                "FrEduCtRefId",
                &["{AAF}16|2D|1234567", "{ECT}16|2D|99", "{ENT}16|1|2"],
            ),
            ("FrEduVecteur", &["4|||701294|0310001A"]),
            (
                "urn:oid:1.3.6.1.4.1.20326.10.999.1.5",
                &["https://educonnect.example/Logout"],
            ),
        ],
    );
    let read = identify(&connector, &said).expect("a pupil");
    assert_eq!(
        read.return_url.as_deref(),
        Some("https://educonnect.example/Logout")
    );
    let identity = read.identity;
    assert_eq!(identity.source, connector.id);
    assert_eq!(identity.subject, id);
    assert_eq!(identity.level, Assurance::SingleFactor);
    assert_eq!(identity.authenticated_at, NOW);
    assert_eq!(
        identity.claims,
        Claims {
            family_name: "ROUQUETTE".to_owned(),
            given_name: "Maëlle".to_owned(),
            title: "Mme".to_owned(),
            birth_date: "2011-05-14".parse().ok(),
            roles: roles(&["0310001A National_ELV -"]),
            ..Claims::default()
        }
    );
    assert_eq!(identity.feed_keys, [feed_key("16", "1234567")]);
    let vector = Vector {
        who: VectorOf::Pupil,
        pupil: "701294".to_owned(),
        uai: "0310001A".parse().expect("a school"),
    };
    assert_eq!(identity.vectors, [vector]);
}

#[test]
fn educonnect_a_parent_of_two_ministries() {
    let connector = registered("educonnect", "saml", json!({}));
    let attributes: &[(&str, &[&str])] = &[
        ("FrEduCtPersonAffiliation", &["resp2d"]),
        (
            "FrEduCtRefId",
            &["{AAF}16||2000003", "{AAF}98||77", "{AAF}16||2000003"],
        ),
        (
            "FrEduVecteur",
            &["2|ROUQUETTE|Bruno|12345|0310001A;2|ROUQUETTE|Bruno|777|0311234B"],
        ),
    ];
    let identity = read(&connector, "saml", attributes);
    assert_eq!(identity.subject, "a-lasting-name");
    assert_eq!(
        identity.feed_keys,
        [feed_key("16", "2000003"), feed_key("98", "77")]
    );
    let expected = [
        of_child("ROUQUETTE", "Bruno", "12345", "0310001A"),
        of_child("ROUQUETTE", "Bruno", "777", "0311234B"),
    ];
    assert_eq!(identity.vectors, expected);
    assert_eq!(identity.claims.roles, roles(&["- National_TUT -"]));
    // The same in several values, or in an attribute for each.
    for vectors in [
        vec![(
            "FrEduVecteur",
            &[
                "2|ROUQUETTE|Bruno|12345|0310001A",
                " 2|ROUQUETTE|Bruno|777|0311234B ",
            ][..],
        )],
        vec![
            ("FrEduVecteur", &["2|ROUQUETTE|Bruno|12345|0310001A"][..]),
            ("FrEduVecteur", &["2|ROUQUETTE|Bruno|777|0311234B;"][..]),
        ],
    ] {
        assert_eq!(read(&connector, "saml", &vectors).vectors, expected);
    }
}

#[test]
fn academie_a_teacher_in_two_schools() {
    let expected = Claims {
        family_name: "DALMEIDA".to_owned(),
        given_name: "Océane".to_owned(),
        academic_mail: Some("oceane.dalmeida@ac-toulouse.example".to_owned()),
        roles: roles(&["0310001A National_ENS ENS", "0320002B National_DOC DOC"]),
        ..Claims::default()
    };
    let rne = [
        "0310001A$UAJ$PU$ENS$0310001A$T3$CLG$340",
        "0320002b$UAJ$PU$DOC$0320002B$T3$LYC$300",
    ];
    let joined = rne.join(";");
    // SAML as the academies' guichet sends it; values of headers are joined.
    let saml = read(
        &registered("academie", "saml", json!({})),
        "saml",
        &[
            ("ctremoteuser", &["odalmeida"]),
            ("ctln", &["DALMEIDA"]),
            ("ctfn", &["Océane"]),
            ("ctemail", &["Oceane.Dalmeida@ac-toulouse.example"]),
            ("mail", &["oceane@courriel.example"]),
            ("title", &["ENS"]),
            ("codaca", &["016"]),
            ("FrEduRne", &[&joined]),
            ("FrEduRneResp", &["X"]),
            ("FrEduFonctAdm", &["ENS"]),
            ("FrEduUrlRetour", &["https://portail.example/"]),
        ],
    );
    assert_eq!(saml.subject, "odalmeida");
    assert_eq!(
        saml.claims,
        Claims {
            login: "odalmeida".to_owned(),
            ..expected.clone()
        }
    );
    // OpenID Connect: arrays, and no word about what is verified.
    let oidc = read(
        &registered("academie", "oidc", json!({})),
        "oidc",
        &[
            ("family_name", &["DALMEIDA"]),
            ("given_name", &["Océane"]),
            ("email", &["oceane.dalmeida@ac-toulouse.example"]),
            ("FrEduRne", &rne),
            ("rne", &["0310001a"]),
        ],
    );
    assert_eq!(oidc.subject, "a-lasting-name");
    assert_eq!(oidc.claims, expected);
    // CAS in the style of the ministry of agriculture.
    let cas = read(
        &registered("academie", "cas", json!({})),
        "cas",
        &[
            ("sn", &["DALMEIDA"]),
            ("givenName", &["Océane"]),
            ("mail", &["oceane.dalmeida@ac-toulouse.example"]),
            ("fr_edu_rne", &[&joined]),
            ("fr_edu_rne_resp", &["X"]),
        ],
    );
    assert_eq!(cas.claims, expected);
}

#[test]
fn academie_heads_and_others() {
    let connector = registered("academie", "saml", json!({}));
    for (attributes, expected) in [
        // A head is one by function and list.
        (
            &[
                ("FrEduFonctAdm", &["DIR"][..]),
                ("FrEduRneResp", &["0310001A$UAJ$PU$N$T3$CLG$340"]),
            ][..],
            &["0310001A National_DIR DIR"][..],
        ),
        // The list may hold the number of the school alone.
        (
            &[
                ("FrEduFonctAdm", &["DIR"]),
                ("FrEduRneResp", &["0310001A", "0320002B"]),
            ],
            &["0310001A National_DIR DIR", "0320002B National_DIR DIR"],
        ),
        // Neither alone makes a head.
        (
            &[("FrEduRneResp", &["0310001A$UAJ$PU$N$T3$CLG$340"])],
            &["0310001A National_ETA -"],
        ),
        (
            &[("FrEduFonctAdm", &["DIR"]), ("FrEduRneResp", &["X"])],
            &[],
        ),
        // Functions by the national table; unknown ones are staff of no particular kind.
        (
            &[(
                "FrEduRne",
                &[
                    "0310001A$UAJ$PU$EDU$0310001A$T3$CLG$340",
                    "0310001A$UAJ$PU$XYZ$0310001A$T3$CLG$340",
                    "0310001A$UAJ$PU$-$0310001A$T3$CLG$340",
                    "0310001A$UAJ$PU$INS$0310001A$T3$CLG$340",
                ],
            )],
            &[
                "0310001A National_EVS EDU",
                "0310001A National_ETA XYZ",
                "0310001A National_ETA -",
                "0310001A National_ACA INS",
            ],
        ),
        // Seven fields: the fourth is not a function.
        (
            &[("FrEduRne", &["0310001A$UAJ$PU$DIR$T3$CLG$340"])],
            &["0310001A National_ETA -"],
        ),
        (
            &[("FrEduRne", &["no-school$UAJ$PU$DIR$T3$CLG$340$1", "", ";"])],
            &[],
        ),
        (&[("rne", &["0310001A"])], &["0310001A - -"]),
    ] {
        let mut all = vec![("uid", &["someone"][..])];
        all.extend(attributes.iter().map(|(name, values)| (*name, *values)));
        let claims = read(&connector, "saml", &all).claims;
        assert_eq!(claims.roles, roles(expected), "{attributes:?}");
    }
}

#[test]
fn franceconnect_a_citizen() {
    let connector = registered("franceconnect", "oidc", json!({}));
    let identity = read(
        &connector,
        "oidc",
        &[
            ("given_name", &["Angela Claire Louise"]),
            ("given_name_array", &["Angela", "Claire", "Louise"]),
            ("family_name", &["DUBOIS"]),
            ("birthdate", &["1962-08-24"]),
            ("gender", &["female"]),
            ("birthplace", &["75107"]),
            ("birthcountry", &["99100"]),
            ("email", &["angela@courriel.example"]),
            ("email_verified", &["true"]),
            ("preferred_username", &["MARTIN"]),
        ],
    );
    let expected = Claims {
        family_name: "MARTIN".to_owned(),
        birth_name: "DUBOIS".to_owned(),
        given_name: "Angela".to_owned(),
        given_names: strings(&["Angela", "Claire", "Louise"]),
        birth_date: "1962-08-24".parse().ok(),
        gender: "female".to_owned(),
        birth_place: "75107".to_owned(),
        birth_country: "99100".to_owned(),
        ..Claims::default()
    };
    assert_eq!(identity.claims, expected);
    // Without the list and the usual name, born abroad, on a day that nobody knows.
    let identity = read(
        &connector,
        "oidc",
        &[
            ("given_name", &["Angela Claire Louise"]),
            ("family_name", &["DUBOIS"]),
            ("birthdate", &["1962-00-00"]),
            ("gender", &["female"]),
            ("birthplace", &[""]),
            ("birthcountry", &["99350"]),
        ],
    );
    assert_eq!(
        identity.claims,
        Claims {
            family_name: "DUBOIS".to_owned(),
            birth_date: None,
            birth_place: String::new(),
            birth_country: "99350".to_owned(),
            ..expected
        }
    );
}

#[test]
fn proconnect_an_agent() {
    let identity = read(
        &registered("proconnect", "oidc", json!({})),
        "oidc",
        &[
            ("given_name", &["Bastien"]),
            ("usual_name", &["VIDAL"]),
            ("email", &["bastien.vidal@region.example"]),
            ("uid", &["123"]),
            ("siret", &["13002526500013"]),
            ("idp_id", &["71144ab3-ee1a-4401-b7b3-79b44f7daeeb"]),
        ],
    );
    assert_eq!(
        identity.claims,
        Claims {
            login: "bastien.vidal@region.example".to_owned(),
            family_name: "VIDAL".to_owned(),
            given_name: "Bastien".to_owned(),
            siret: "13002526500013".to_owned(),
            ..Claims::default()
        }
    );
}

#[test]
fn renater_a_student_and_a_professor() {
    let connector = registered("renater", "saml", json!({}));
    let student = read(
        &connector,
        "saml",
        &[
            (
                "urn:oasis:names:tc:SAML:attribute:pairwise-id",
                &["HA2TKNZZGE2TOBAA@univ.example"],
            ),
            ("urn:oid:1.3.6.1.4.1.5923.1.1.1.6", &["mlou@univ.example"]),
            ("urn:oid:2.5.4.4", &["LOU"]),
            ("urn:oid:2.5.4.42", &["Mirèio"]),
            (
                "urn:oid:0.9.2342.19200300.100.1.3",
                &["mireio.lou@etu.univ.example"],
            ),
            (
                "urn:oid:1.3.6.1.4.1.5923.1.1.1.9",
                &["student@univ.example", "member@univ.example"],
            ),
            (
                "urn:oid:1.3.6.1.4.1.7135.1.2.1.14",
                &["{UAI}0311384L", "{SIRET}19311384200010"],
            ),
            ("urn:oid:1.3.6.1.4.1.7135.1.2.1.9", &["1234567890a"]),
            ("urn:oid:1.3.6.1.4.1.7135.1.2.1.4", &["Mme"]),
            ("urn:oid:1.3.6.1.4.1.25178.1.2.3", &["20030214"]),
        ],
    );
    assert_eq!(student.subject, "HA2TKNZZGE2TOBAA@univ.example");
    assert_eq!(
        student.claims,
        Claims {
            login: "mlou@univ.example".to_owned(),
            family_name: "LOU".to_owned(),
            given_name: "Mirèio".to_owned(),
            title: "Mme".to_owned(),
            birth_date: "2003-02-14".parse().ok(),
            mail: Some("mireio.lou@etu.univ.example".to_owned()),
            ine: Some("1234567890A".to_owned()),
            roles: roles(&["0311384L National_ELV -"]),
            ..Claims::default()
        }
    );
    let professor = read(
        &connector,
        "saml",
        &[
            ("eduPersonTargetedID", &["idp!sp!opaque"]),
            ("eduPersonAffiliation", &["faculty", "employee", "member"]),
            ("supannEtablissement", &["{UAI}0311384L"]),
            ("supannCodeINE", &["1234567890A"]),
        ],
    );
    assert_eq!(professor.subject, "idp!sp!opaque");
    assert_eq!(professor.claims.roles, roles(&["0311384L National_ENS -"]));
    assert_eq!(professor.claims.ine, None);
}

#[test]
fn agriculture_by_all_four_kinds() {
    let teacher = Claims {
        login: "jcazals".to_owned(),
        family_name: "CAZALS".to_owned(),
        given_name: "Jordi".to_owned(),
        mail: Some("Jordi.Cazals@educagri.example".to_owned()),
        academic_mail: Some("jordi.cazals@educagri.example".to_owned()),
        roles: roles(&["0120938E National_ENS -"]),
        ..Claims::default()
    };
    let by_oid: &[(&str, &[&str])] = &[
        ("urn:oid:0.9.2342.19200300.100.1.1", &["jcazals"]),
        ("urn:oid:2.5.4.4", &["CAZALS"]),
        ("urn:oid:2.5.4.42", &["Jordi"]),
        (
            "urn:oid:0.9.2342.19200300.100.1.3",
            &["Jordi.Cazals@educagri.example"],
        ),
        ("urn:oid:1.3.6.1.4.1.5923.1.1.1.1", &["faculty", "employee"]),
        ("urn:oid:1.3.6.1.4.1.7135.1.2.1.14", &["{UAI}0120938E"]),
    ];
    let by_name: &[(&str, &[&str])] = &[
        ("uid", &["jcazals"]),
        ("sn", &["CAZALS"]),
        ("givenName", &["Jordi"]),
        ("mail", &["Jordi.Cazals@educagri.example"]),
        ("ENTPersonProfils", &["National_ENS", "National_3"]),
        ("ENTPersonStructRattachRNE", &["0120938E"]),
    ];
    let claimed: &[(&str, &[&str])] = &[
        ("preferred_username", &["jcazals"]),
        ("family_name", &["CAZALS"]),
        ("given_name", &["Jordi"]),
        ("email", &["Jordi.Cazals@educagri.example"]),
        ("email_verified", &["true"]),
        ("ENTPersonProfils", &["Enseignant"]),
        ("uai", &["0120938E"]),
    ];
    for (kind, attributes) in [
        ("saml", by_oid),
        ("saml", by_name),
        ("ldap", by_name),
        ("cas", by_name),
        ("oidc", claimed),
    ] {
        let connector = registered("agriculture", kind, json!({}));
        let identity = read(&connector, kind, attributes);
        assert_eq!(identity.subject, "a-lasting-name");
        assert_eq!(identity.claims, teacher, "{kind}");
    }
    let ministry: &[(&str, &[&str])] = &[
        ("mail", &["anne.puech@educagri.example"]),
        ("fr_edu_rne", &["0120938E$UAJ$PU$ADM$0120938E$T3$LYC$300"]),
        ("fr_edu_rne_resp", &["0120938E$UAJ$PU$N$T3$LYC$300"]),
        ("fr_edu_fonct_adm", &["DIR"]),
    ];
    let head = read(
        &registered("agriculture", "cas", json!({})),
        "cas",
        ministry,
    );
    assert_eq!(
        head.claims.roles,
        roles(&["0120938E National_ETA ADM", "0120938E National_DIR DIR"])
    );
    assert_eq!(
        head.claims.academic_mail.as_deref(),
        Some("anne.puech@educagri.example")
    );
}

#[test]
fn agriculture_an_apprentice_with_key_and_classes() {
    let connector = registered("agriculture", "ldap", json!({}));
    let identity = read(
        &connector,
        "ldap",
        &[
            ("uid", &["lfabre"]),
            ("sn", &["FABRE"]),
            ("givenname", &["Léo"]),
            ("personalTitle", &["M."]),
            ("ENTPersonDateNaissance", &["14/09/2007"]),
            ("ENTPersonProfils", &["National_ELV"]),
            ("ENTPersonStructRattachRNE", &["0120938E"]),
            (
                "ENTEleveClasses",
                &["0120938E$2NDE PRO", "0120938E$2NDE PRO", "BTSA1"],
            ),
            ("ENTEleveINE", &["123456789AB"]),
            ("ENTPersonJointure", &["4711"]),
            ("mail", &["leo@courriel.example"]),
        ],
    );
    assert_eq!(
        identity.claims,
        Claims {
            login: "lfabre".to_owned(),
            family_name: "FABRE".to_owned(),
            given_name: "Léo".to_owned(),
            title: "M.".to_owned(),
            birth_date: "2007-09-14".parse().ok(),
            mail: Some("leo@courriel.example".to_owned()),
            ine: Some("123456789AB".to_owned()),
            key: Some("4711".to_owned()),
            classes: strings(&["2NDE PRO", "BTSA1"]),
            roles: roles(&["0120938E National_ELV -"]),
            ..Claims::default()
        }
    );
}

#[test]
fn plain_reads_what_it_is_told_to() {
    let connector = registered(
        "plain",
        "cas",
        json!({
            "attributes": {
                "subject": ["matricule"], "family_name": ["nom", "sn"], "profile": ["statut"],
                "uai": ["site"],
            },
            "profiles": { "Prof. Lycée": "National_ENS", "élève": "National_ELV" },
        }),
    );
    let identity = read(
        &connector,
        "cas",
        &[
            ("matricule", &["M-1"]),
            ("nom", &["  "]),
            ("sn", &["Puech"]),
            ("statut", &["PROF. LYCEE"]),
            ("site", &["0311234A"]),
            ("mail", &["p@example.fr"]),
        ],
    );
    assert_eq!(identity.subject, "M-1");
    assert_eq!(
        identity.claims,
        Claims {
            family_name: "Puech".to_owned(),
            roles: roles(&["0311234A National_ENS -"]),
            ..Claims::default()
        }
    );
}

#[test]
fn birth_dates_of_all_kinds() {
    use crate::profile::reading::birth_date;
    for (text, expected) in [
        ("2011-05-14", Some("2011-05-14")),
        ("14/05/2011", Some("2011-05-14")),
        ("20110514", Some("2011-05-14")),
        ("1962-00-00", None),
        ("1962-08-00", None),
        ("00/08/1962", None),
        ("19620000", None),
        ("2011-02-30", None),
        ("2011-5-14", None),
        ("14/5/2011", None),
        ("2011-05-14T00:00:00Z", None),
        ("+011-05-14", None),
        ("1700-01-01", None),
        ("٢٠١١-٠٥-١٤", None),
        ("", None),
    ] {
        let read = birth_date(text).map(|date| date.to_string());
        assert_eq!(read.as_deref(), expected, "{text}");
    }
}
