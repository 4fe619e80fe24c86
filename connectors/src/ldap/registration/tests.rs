//! Tests of what a registration of a directory may say.

use super::*;

const BASE: &str = r#"{ "id": "lycee-agricole", "name": "Lycée agricole", "trust": {}, "ldap": {
    "servers": ["ldaps://ldap.lycee.example.fr"], "bind_dn": "cn=clau,dc=lycee,dc=fr",
    "base": "ou=people,dc=lycee,dc=fr" } }"#;

fn connector(change: impl FnOnce(&mut LdapUpstream)) -> Connector {
    let mut connector: Connector = serde_json::from_str(BASE).expect("a registration");
    change(connector.ldap.as_mut().expect("a directory"));
    connector
}

fn read(change: impl FnOnce(&mut LdapUpstream)) -> Result<Directory, Vec<String>> {
    let secret = SecretString::from("secret");
    Directory::read(&connector(change), Some(&secret)).map_err(|mistakes| {
        assert!(mistakes.iter().all(|mistake| !mistake.expected.is_empty()));
        mistakes.into_iter().map(|mistake| mistake.key).collect()
    })
}

fn mistakes(change: impl FnOnce(&mut LdapUpstream)) -> Vec<String> {
    read(change).map(|_| ()).expect_err("a mistake")
}

#[test]
fn servers() {
    let read = |text: &str| {
        Target::parse(text).map(|target| (target.host.clone(), target.port, target.start_tls))
    };
    let host = |name: &str, port, start_tls| Some((name.to_owned(), port, start_tls));
    assert_eq!(
        read("ldaps://Dc1.lycee.fr"),
        host("dc1.lycee.fr", 636, false)
    );
    assert_eq!(
        read("ldaps://dc1.lycee.fr/"),
        host("dc1.lycee.fr", 636, false)
    );
    assert_eq!(read("ldap://dc1.lycee.fr"), host("dc1.lycee.fr", 389, true));
    assert_eq!(read("LDAPS://10.1.2.3:3269"), host("10.1.2.3", 3269, false));
    assert_eq!(read("ldaps://[fd00::1]:6360"), host("fd00::1", 6360, false));
    assert_eq!(read("ldaps://[fd00::1]"), host("fd00::1", 636, false));
    let target = Target::parse("ldap://[fd00::1]").expect("a server");
    assert_eq!(target.to_string(), "ldap://[fd00::1]:389");
    for bad in [
        "",
        "dc1.lycee.fr",
        "ldapi:///",
        "ldapi://%2fvar%2frun%2fldapi",
        "https://dc1.lycee.fr",
        "ldaps://",
        "ldaps://:636",
        "ldaps://dc1.lycee.fr:0",
        "ldaps://dc1.lycee.fr:x",
        "ldaps://dc1.lycee.fr:636:636",
        "ldaps://dc1.lycee.fr/ou=people",
        "ldaps://dc1.lycee.fr?x",
        "ldaps://user@dc1.lycee.fr",
        "ldaps://[fd00::1]636",
        "ldaps://[fd00::1",
        "ldaps://dc1 .lycee.fr",
    ] {
        assert_eq!(read(bad), None, "{bad}");
    }
}

#[test]
fn key_06_there_is_no_server_in_clear_and_no_switch() {
    // `ldap://` is StartTLS; nothing in a registration says otherwise.
    let directory = read(|ldap| ldap.servers = vec!["ldap://dc1.lycee.fr".to_owned()]);
    assert!(directory.expect("a directory").targets[0].start_tls);
    let mut registration: serde_json::Value = serde_json::from_str(BASE).expect("JSON");
    for switch in ["insecure", "tls", "verify", "start_tls", "no_tls_verify"] {
        let ldap = registration.get_mut("ldap").expect("a directory");
        ldap[switch] = false.into();
        let read: Result<Connector, _> = serde_json::from_value(registration.clone());
        assert!(read.is_err(), "{switch}");
        registration["ldap"]
            .as_object_mut()
            .expect("a table")
            .remove(switch);
    }
}

#[test]
fn mistakes_are_told_by_key() {
    assert_eq!(mistakes(|ldap| ldap.servers.clear()), ["ldap.servers"]);
    assert_eq!(
        mistakes(|ldap| ldap.servers.push("ldapi:///".to_owned())),
        ["ldap.servers"]
    );
    assert_eq!(
        mistakes(|ldap| ldap.bind_dn = " ".to_owned()),
        ["ldap.bind_dn"]
    );
    assert_eq!(
        mistakes(|ldap| ldap.base = "lycee.fr".to_owned()),
        ["ldap.base"]
    );
    assert_eq!(
        mistakes(|ldap| ldap.ca = "nonsense".to_owned()),
        ["ldap.ca"]
    );
    assert_eq!(mistakes(|ldap| ldap.connections = 0), ["ldap.connections"]);
    assert_eq!(mistakes(|ldap| ldap.connections = 33), ["ldap.connections"]);
    let none = connector(|_| ());
    let keys = |secret: Option<&str>| -> Vec<String> {
        let secret = secret.map(SecretString::from);
        let mistakes = Directory::read(&none, secret.as_ref()).map(|_| ());
        let mistakes = mistakes.expect_err("a mistake");
        mistakes.into_iter().map(|mistake| mistake.key).collect()
    };
    for secret in [None, Some(""), Some("\0"), Some("a\0b")] {
        assert_eq!(keys(secret), ["ldap.bind_password"], "{secret:?}");
    }
    let mut other = connector(|_| ());
    other.ldap = None;
    let mistakes = Directory::read(&other, None).map(|_| ()).expect_err("none");
    assert_eq!(mistakes[0].key, "ldap");
}

#[test]
fn fed_11_filters_have_the_login_as_a_value() {
    for good in [
        "(uid={login})",
        "(&(objectClass=inetOrgPerson)(|(uid={login})(mail={login})))",
        "(&(objectCategory=person)(objectClass=user)(|(userPrincipalName={login})(sAMAccountName={login})))",
        "(uid:caseExactMatch:={login})",
    ] {
        assert!(read(|ldap| ldap.filter = good.to_owned()).is_ok(), "{good}");
    }
    for bad in [
        "",
        "(uid=b.delmas)",
        "(objectClass=*)",
        "({login}=*)",
        "(uid={login}*)",
        "(uid=*{login})",
        "(uid=x{login})",
        "(uid~={login})",
        "(uid>={login})",
        "(uid={login}",
        "(&(uid={login})",
        "uid={login}",
        "(uid={login})(mail={login})",
        "(uid={login})\0",
    ] {
        let keys = mistakes(|ldap| ldap.filter = bad.to_owned());
        assert_eq!(keys, ["ldap.filter"], "{bad}");
    }
}

#[test]
fn fed_11_what_is_typed_is_escaped() {
    let directory = read(|_| ()).expect("a directory");
    for (typed, value) in [
        ("b.delmas", "b.delmas"),
        ("*", "\\2a"),
        ("b.delmas)(uid=*", "b.delmas\\29\\28uid=\\2a"),
        ("admin)(|(uid=*", "admin\\29\\28|\\28uid=\\2a"),
        ("a\\2a", "a\\5c2a"),
        ("a\0b", "a\\00b"),
        ("{login}", "{login}"),
        ("maëlle", "maëlle"),
    ] {
        let filter = directory.filter_of(typed);
        assert_eq!(
            filter,
            format!("(&(objectClass=inetOrgPerson)(uid={value}))")
        );
        assert!(ldap3::parse_filter(&filter).is_ok(), "{filter}");
    }
    assert_eq!(
        directory.filter_of_all(),
        "(&(objectClass=inetOrgPerson)(uid=*))"
    );
}

#[test]
fn fed_01_nobody_is_known_by_what_changes() {
    for bad in [
        "",
        "*",
        "+",
        "1.1",
        "entry UUID",
        "mail",
        "MAIL",
        "cn",
        "sAMAccountName",
        "userPrincipalName",
        // What people type in this filter.
        "uid",
        "UID",
    ] {
        let keys = mistakes(|ldap| ldap.subject = bad.to_owned());
        assert_eq!(keys, ["ldap.subject"], "{bad}");
    }
    for good in ["entryUUID", "objectGUID", "nsUniqueId", "1.3.6.1.1.16.4"] {
        assert!(
            read(|ldap| ldap.subject = good.to_owned()).is_ok(),
            "{good}"
        );
    }
    let other = read(|ldap| {
        ldap.filter = "(ENTPersonLogin={login})".to_owned();
        ldap.subject = "uid".to_owned();
    });
    assert!(other.is_ok(), "what is not typed may be a key");
}

#[test]
fn fed_10_nothing_is_asked_for_but_what_is_mapped() {
    let secret = SecretString::from("secret");
    let mut registration = connector(|_| ());
    let mapped = [
        (
            r#""mail""#,
            vec!["mail", "urn:oid:0.9.2342.19200300.100.1.3"],
        ),
        (r#""given_name""#, vec!["givenName"]),
        (r#""login""#, vec!["mail", "*", "+", "1.1"]),
    ];
    for (field, names) in mapped {
        let field = serde_json::from_str(field).expect("a field");
        let names = names.into_iter().map(str::to_owned).collect();
        registration.attributes.insert(field, names);
    }
    let directory = Directory::read(&registration, Some(&secret)).expect("a directory");
    assert_eq!(directory.wanted, ["entryUUID", "mail", "givenName"]);
    for bad in ["userPassword", "unicodePwd", "USERPASSWORD;x"] {
        let field = serde_json::from_str(r#""key""#).expect("a field");
        registration.attributes.insert(field, vec![bad.to_owned()]);
        let mistakes = Directory::read(&registration, Some(&secret)).map(|_| ());
        assert_eq!(mistakes.expect_err(bad)[0].key, "attributes");
    }
}

#[test]
fn key_08_debug_shows_no_password() {
    let directory = read(|_| ()).expect("a directory");
    let shown = format!("{directory:?}");
    assert!(!shown.contains("secret"), "{shown}");
    assert!(shown.contains("ldap.lycee.example.fr"), "{shown}");
}
