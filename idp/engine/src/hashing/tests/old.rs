//! Hashes of other systems, each made by a tool of its own: no vector here is of our making.

use super::*;
use crate::hashing::old::{self, Unreadable};

/// With an accent and a space, as people have them.
const PASSWORD: &str = "Éléphant rose 7";

/// `htpasswd -nbB -C 5`, PHP's `password_hash(…, PASSWORD_BCRYPT, ['cost' => 5])`, and the Python library passlib
/// 1.7.4 over bcrypt 4.0 (`bcrypt.using(rounds=5, ident=…)`, `ldap_bcrypt`, Django's prefix by hand).
const BCRYPT: [&str; 7] = [
    "$2y$05$2waw05MUFmytsVomiluLleV9gH9mQPhDAowOjFDStKNUI/VkyZ2iq",
    "$2y$05$gbcNrQfVq1nHW41Tv6n1iehHwJq9nKvUUO/vfX4TcWBuU3DPwCIZ2",
    "$2b$05$0eBfK498qmWik0hwNG.hP.wLXUI5Kmj886yh0fgLvA5SuDi4VS1y.",
    "$2a$05$e5cdovyex2riP/taldk5Q.bCXp3O69Pxzi6UWLAZfIiKp9ZeJPecW",
    "{CRYPT}$2b$05$p2oF/orz1ddwSUHvS1zS8eVfXesBY/uIvJtZ6TzOY/YisCBXASwcS",
    "{BCRYPT}$2y$05$6UMorQGDzEz/CQ1JLZjY.uYciz1v.icFal6n6upcdQvJED5JXm.Mi",
    "bcrypt$$2b$05$0eBfK498qmWik0hwNG.hP.wLXUI5Kmj886yh0fgLvA5SuDi4VS1y.",
];

/// `slappasswd -h SCHEME -s …` of OpenLDAP 2.5 (`{SSHA512}` with `-o module-load=pw-sha2`), and passlib
/// (`ldap_salted_sha256` and its like).
const DIRECTORIES: [&str; 8] = [
    "{SSHA}7fBfHBG9UMeYPMFjhN7VJTMYhgh4Io9/",
    "{SMD5}Yxdh3o0tIernbDvWD5yzYzsGFBg=",
    "{SHA}VuGy71bI83d8CtfbL1LTX4WK5CI=",
    "{MD5}ITt6c1X+wEcmJSNyoq6Ccg==",
    "{SSHA512}ONX0KHxiEXOmJasAv0FqQ7DdPRj2YkPAiqZMbRwOrlAp1utlO0QRr/7Sj+xvIeypdil7AX/0c+nZkFrHPpn4/3xPLXpde1W8",
    "{ssha}NhsxaPchfmsIMyFiENE5DwqzJ5sLgZBS",
    "{SSHA256}8VOPixbNG0bltf9AAXMyh6MrPj5eLKa9yDlmgDiMP+aBcK713pvTWg==",
    "{SMD5}4yd6nyhgdPc375Hz4oT8D7W21lo=",
];

/// `openssl passwd -1|-5|-6` of OpenSSL 3.0, `slappasswd -h {CRYPT} -c '$6$%.8s'`, and passlib with other rounds.
const CRYPT: [&str; 8] = [
    "$1$UwoOnfac$tL1WDCXDe1rp3pNJjkNNQ1",
    "$5$EqF.2aFuKCbEpeRa$jOh4XSjgTTun3ZMshPbRIYWf7bcmDoX97FnQ32kP443",
    "$6$Xu6jqIrU/S45dZCP$KfBI4HSmU2861E5klMut0S50ICxjHrFzLzDUsWBX2fZshQiBRrDI4UC2MVrEymPutn.S.eRtQogX/JohyPUSc0",
    "{CRYPT}$6$uCrUGW9/$.pyD.sxRQkum3hjLSoybU7G7NbQ7/lHlfwdA4Gw3ndhJUWi.SoK1ntIBtEbLVwpt7kwGFeqoF/imWIxvMC8D./",
    "{CRYPT}$1$Khs/vpjn$hxR8GfhwmMo/0WvQOfUXH/",
    "{crypt}$5$xVYADd0xgPMsQkQz$LtB9AC05jh0gFPINzxSievWqDOkNE/Xy901YyzNAYD3",
    "$5$rounds=1234$mOOpiRZ0CmpMcpZA$F.nmGkHSRsmQNW6CDN4veOiP9yY9ALLsE47UyksZly/",
    "{CRYPT}$6$rounds=2000$yTKotW2LUFidJItg$WFQP1e5NiyAjx/RaVdasBL.qlJOuv9RvsUZ8ZGo/8OoodrNf/t3h88ognbeGeiwfj40p5dQpZUcD/w/qdDamw0",
];

/// passlib: `ldap_pbkdf2_sha256`, `…_sha512`, `…_sha1` (the form of OpenLDAP's pw-pbkdf2), `pbkdf2_sha256`,
/// `django_pbkdf2_sha256`, `django_pbkdf2_sha1`.
const PBKDF2: [&str; 6] = [
    "{PBKDF2-SHA256}6400$JwTg/J/TWovRuhfi3FsL4Q$EgrPW49UV88eyHDwAwpr3kfEwED5c/Dx7/jDHZw8WTc",
    "{PBKDF2-SHA512}2500$LoVwbg3B2Nvb.39PyflfKw$mzxiPP6MveIHX3haG7ejyPmNhVD8opdajc46M/EzMagiEWAfQX.An3QXwFLbD6664OUnqKJWDTYEqvq23N1c5w",
    "{PBKDF2}1310$utda6703pjQmBMB4j7FWyg$tm.QhKDxm6VU6DR/C8SU.hhD5ks",
    "$pbkdf2-sha256$2900$C2FMSWltTQmBsDbm3FuLEQ$YFB.s7a0CQsjX7YH/hVFnkO/6Hb8i3A3.pjEf6OOLT0",
    "pbkdf2_sha256$2000$qquJs6t9MALq$lkNF4RizoIYy//Srj956J374UgH/C/Icz+XhMl+yssw=",
    "pbkdf2_sha1$2000$dFLyIjt04quW$GX5d8XVd3zVpNL8sveOOOLbVM5k=",
];

fn every() -> impl Iterator<Item = &'static str> {
    let crypt = BCRYPT.into_iter().chain(CRYPT);
    crypt.chain(DIRECTORIES).chain(PBKDF2)
}

/// Whether the old method makes of a password what the hash says.
fn is_of(hash: &str, typed: &str) -> bool {
    let old = old::read(hash).unwrap_or_else(|why| panic!("{hash}: {why}"));
    old.recipe.digest(typed.as_bytes()) == Some(old.digest)
}

#[test]
fn pwd_01_hashes_of_other_systems_are_computed_as_they_do() {
    for hash in every() {
        assert!(is_of(hash, PASSWORD), "{hash}");
        assert!(!is_of(hash, "Elephant rose 7"), "{hash}");
        assert!(!is_of(hash, ""), "{hash}");
    }
    // More than one block of MD5, and the short end of the length's bits: `openssl passwd -1 -salt abcdefgh`.
    assert!(is_of(
        "$1$abcdefgh$5Kd7.RUYvrjRPPbZIBhlz1",
        "unmotdepasseplusdeseize caracteres"
    ));
}

#[test]
fn pwd_01_bcrypt_looks_at_72_bytes_and_no_more() {
    // `bcrypt.hashpw(b"x" * 72, …)` of the Python library bcrypt 4.0.
    let hash = "$2b$05$QzK/jOxPhz.B.cK/ZJlby..2KXsVt1Xr0gKN57/JSWrQ5Y475mq/G";
    assert!(is_of(hash, &"x".repeat(72)));
    assert!(
        is_of(hash, &"x".repeat(90)),
        "as the other system would have said"
    );
    assert!(!is_of(hash, &"x".repeat(71)));
}

#[test]
fn pwd_01_what_a_hash_may_cost_is_bounded_on_read() {
    let bcrypt = &BCRYPT[0][7..];
    let sha = "mOOpiRZ0CmpMcpZA$F.nmGkHSRsmQNW6CDN4veOiP9yY9ALLsE47UyksZly/";
    let pbkdf2 = "JwTg/J/TWovRuhfi3FsL4Q$EgrPW49UV88eyHDwAwpr3kfEwED5c/Dx7/jDHZw8WTc";
    for (costly, most) in [
        (format!("$2y$31${bcrypt}"), 14),
        (format!("$2y$99999999999${bcrypt}"), 14),
        (format!("$5$rounds=999999999${sha}"), 1_000_000),
        (format!("{{PBKDF2-SHA256}}4000000000${pbkdf2}"), 3_000_000),
        (
            format!("pbkdf2_sha256$99999999999999999999${pbkdf2}"),
            3_000_000,
        ),
    ] {
        let refused = old::read(&costly).err();
        assert!(
            matches!(refused, Some(Unreadable::TooCostly(_, bound)) if bound == most),
            "{costly}: {refused:?}"
        );
    }
    let long = format!("{{SSHA}}{}", "A".repeat(400));
    assert!(matches!(
        old::read(&long),
        Err(Unreadable::Malformed("sha1"))
    ));
    let salt = "s".repeat(200);
    let long = format!("pbkdf2_sha256$1000${salt}$lkNF4RizoIYy//Srj956J374UgH/C/Icz+XhMl+yssw=");
    assert!(matches!(old::read(&long), Err(Unreadable::Malformed(_))));
    let old = old::read(CRYPT[0]).expect("a hash");
    assert!(
        old.recipe.digest(&[b'x'; 257]).is_none(),
        "nobody's old password is so long"
    );
}

#[test]
fn log_02_what_is_no_hash_is_refused_in_words_that_do_not_repeat_it() {
    for (bad, malformed) in [
        ("", false),
        ("hunter2", false),
        ("{CLEARTEXT}hunter2", false),
        ("{CRYPT}ab1234567890.", false),
        ("5f4dcc3b5aa765d61d8327deb882cf99", false),
        ("$y$j9T$hunter2$hunter2hunter2", false),
        (
            "$2x$05$2waw05MUFmytsVomiluLleV9gH9mQPhDAowOjFDStKNUI/VkyZ2iq",
            false,
        ),
        (
            "$2y$05$2waw05MUFmytsVomiluLleV9gH9mQPhDAowOjFDStKNUI/VkyZ2",
            true,
        ),
        (
            "$2y$5$2wäw05MUFmytsVomiluLleV9gH9mQPhDAowOjFDStKNUI/VkyZ2iq",
            true,
        ),
        (
            "$2y$03$2waw05MUFmytsVomiluLleV9gH9mQPhDAowOjFDStKNUI/VkyZ2iq",
            true,
        ),
        ("{SSHA}hunter2", true),
        ("{SSHA}VuGy71bI83d8CtfbL1LTX4WK5CI=", true),
        ("{SHA}7fBfHBG9UMeYPMFjhN7VJTMYhgh4Io9/", true),
        (
            "{PBKDF2-SHA256}-1$JwTg$EgrPW49UV88eyHDwAwpr3kfEwED5c/Dx7/jDHZw8WTc",
            true,
        ),
        ("{PBKDF2-SHA256}1000$JwTg$EgrPW49UV88$", true),
        ("$1$Khs/vpjn$hxR8GfhwmMo/0WvQOfUX", true),
        ("$1$toolongasalt$hxR8GfhwmMo/0WvQOfUXH/", true),
        (
            "$5$rounds=many$salt$LtB9AC05jh0gFPINzxSievWqDOkNE/Xy901YyzNAYD3",
            true,
        ),
        (
            "$wrapped$sha1:1::20$argon2id$v=19$m=19456,t=2,p=1$AAAA$AAAA",
            false,
        ),
    ] {
        let why = old::read(bad).err().unwrap_or_else(|| panic!("{bad}"));
        assert_eq!(
            matches!(why, Unreadable::Malformed(_)),
            malformed,
            "{bad}: {why}"
        );
        let told = format!("{why} {why:?}");
        assert!(
            !told.contains("hunter2") && !told.contains("2waw"),
            "{told}"
        );
    }
    let old = old::read(DIRECTORIES[0]).expect("a hash");
    assert_eq!(format!("{old:?}"), "Foreign { method: Sha1, .. }");
}

#[tokio::test]
async fn pwd_01_old_hashes_are_kept_wrapped_and_known_as_old() {
    let hasher = Hasher::start(settings(1, 10)).expect("starts");
    for hash in [BCRYPT[0], CRYPT[0], CRYPT[6], DIRECTORIES[2], PBKDF2[4]] {
        let old = old::read(hash).expect("a hash");
        let stored = hasher.wrap(old.clone(), &SeededForTests::new(3)).await;
        let stored = stored.expect("wrapped");
        assert!(
            stored.contains("$argon2id$v=19$m=19456,t=2,p=1$") && old::is_wrapped(&stored),
            "{stored}"
        );
        let tail = &hash[hash.len() - 12..];
        assert!(
            !stored.contains(tail),
            "the old digest is not at rest: {stored}"
        );
        assert!(!hasher.understands(&stored), "and is no hash of ours");
        for (typed, expected) in [
            (PASSWORD, Check::RightButOld),
            ("Elephant rose 7", Check::Wrong),
            // Whoever has the old hash has no password by it.
            (hash, Check::Wrong),
            (&"x".repeat(300), Check::Wrong),
        ] {
            let checked = check(&hasher, typed, Some(&stored)).await;
            assert_eq!(checked.ok(), Some(expected), "{hash}");
        }
        assert!(hasher.wraps(old, &stored).await.expect("told"));
        let other = old::read(DIRECTORIES[3]).expect("a hash");
        assert!(!hasher.wraps(other, &stored).await.expect("told"));
    }
}

#[tokio::test]
async fn pwd_01_a_hostile_wrapping_is_nobodys_password() {
    let hasher = Hasher::start(settings(1, 10)).expect("starts");
    let old = old::read(DIRECTORIES[2]).expect("a hash");
    let stored = hasher
        .wrap(old, &SeededForTests::new(3))
        .await
        .expect("wrapped");
    for (from, to) in [
        ("sha1:1:", "sha1:2:"),
        ("sha1:1:", "pbkdf2-sha1:4000000000:"),
        ("sha1:1:", "bcrypt:31:"),
        ("sha1:1:", "rot13:1:"),
        (":20$", ":21$"),
        (":20$", "$"),
        ("m=19456", "m=4194304"),
        ("t=2", "t=4000000"),
    ] {
        let hostile = stored.replace(from, to);
        assert_ne!(hostile, stored);
        let checked = check(&hasher, PASSWORD, Some(&hostile)).await;
        assert_eq!(checked.ok(), Some(Check::Wrong), "{hostile}");
    }
}

#[tokio::test]
async fn pwd_06_an_old_hash_is_not_told_from_an_unknown_login_by_its_time() {
    let hasher = Hasher::start(settings(1, 10)).expect("starts");
    let wrap = async |hash| {
        let old = old::read(hash).expect("a hash");
        hasher
            .wrap(old, &SeededForTests::new(3))
            .await
            .expect("wrapped")
    };
    let fast = wrap(DIRECTORIES[2]).await;
    // 650,000 rounds: about as slow as they come.
    let slow =
        wrap("pbkdf2_sha256$650000$qquJs6t9MALq$lkNF4RizoIYy//Srj956J374UgH/C/Icz+XhMl+yssw=")
            .await;
    let mut kinds =
        [None, Some(fast.as_str()), Some(slow.as_str())].map(|stored| (stored, Vec::new()));
    // The first one of a kind teaches the pace.
    for stored in [&fast, &slow] {
        check(&hasher, "wrong", Some(stored))
            .await
            .expect("checked");
    }
    for _ in 0..7 {
        for (stored, times) in &mut kinds {
            let begun = Instant::now();
            let checked = check(&hasher, "wrong", *stored).await;
            assert_eq!(checked.ok(), Some(Check::Wrong));
            times.push(begun.elapsed());
        }
    }
    let [unknown, fast, slow] = kinds.map(|(_, mut times)| {
        times.sort();
        times[times.len() / 2].as_secs_f64()
    });
    // The machine of the tests is shared; without the pace, the slow one takes some ten times as long.
    for (name, time) in [("fast", fast), ("slow", slow)] {
        assert!(
            (0.5..2.0).contains(&(time / unknown)),
            "{name}: {time}, unknown: {unknown}"
        );
    }
}

#[test]
fn avl_08_nothing_that_a_hash_may_look_like_panics() {
    for hash in every() {
        let characters: Vec<char> = hash.chars().collect();
        for place in 0..characters.len() {
            for other in ["", "$", "{", "}", "9", "=", "é", "\0", "$$$$", ":"] {
                let mut changed: String = characters[..place].iter().collect();
                changed.push_str(other);
                changed.extend(&characters[place + 1..]);
                if let Ok(old) = old::read(&changed) {
                    // What is taken can be stored, and is read back as itself.
                    let stored = old::wrapped(&old.recipe, "$argon2id$");
                    let read = old::unwrapped(&stored);
                    assert!(read == Some((old.recipe, "$argon2id$")), "{changed}");
                }
            }
            let cut: String = characters[..place].iter().collect();
            let _ = old::read(&cut);
        }
    }
}
