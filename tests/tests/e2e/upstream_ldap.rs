//! The driver of directories against a real one, OpenLDAP's slapd: who is let in and who is not, what the
//! directory is asked, certificates, servers that stop, freeze and come back. What the directory was asked is
//! read in its own log.

use std::net::TcpListener;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use clau_connectors::contract::{
    Answer, Arrival, Arrived, Blueprint, Call, Departure, Driver, Fault, Finding, Http, Keys,
    Mistake, Notice, Request, Response, SignOut, Verdict, Wish,
};
use clau_connectors::ldap;
use clau_domain::connector::{Connector, LdapUpstream};
use clau_domain::random::SeededForTests;
use clau_domain::secret::SecretString;
use clau_domain::session::Assurance;
use clau_domain::time::Timestamp;
use clau_tests::support::ca::{self, Authority};
use clau_tests::support::process::{eventually, free_port};
use clau_tests::support::slapd::{
    ACCOUNT, ACCOUNT_PASSWORD, BASE, ELSEWHERE, Options, SUFFIX, Slapd,
};

const NOW: Timestamp = Timestamp::from_millis(1_795_420_800_000);
/// The teacher of the region's lycée.
const TEACHER: (&str, &str) = ("b.delmas", "garonne-et-gers");

/// Directories call nobody.
struct Nobody;

impl Http for Nobody {
    fn send<'a>(&'a self, request: Request<'a>) -> Answer<'a, Response> {
        panic!("{} was called", request.url)
    }
}

/// A driver at work.
struct Stage {
    driver: Box<dyn Driver>,
    random: SeededForTests,
    keys: Keys,
}

impl Stage {
    fn new(servers: &[String], change: impl FnOnce(&mut LdapUpstream)) -> Self {
        Self::with_secret(servers, ACCOUNT_PASSWORD, change)
    }

    fn with_secret(
        servers: &[String],
        secret: &str,
        change: impl FnOnce(&mut LdapUpstream),
    ) -> Self {
        let driver = made(servers, secret, change).expect("a driver");
        Self {
            driver,
            random: SeededForTests::new(1),
            keys: Keys::default(),
        }
    }

    fn call(&self) -> Call<'_> {
        Call {
            now: NOW,
            random: &self.random,
            http: &Nobody,
            keys: &self.keys,
        }
    }

    async fn login(&self, login: &str, password: &str) -> Result<Arrived, Fault> {
        let password = SecretString::from(password);
        let arrival = Arrival::Credentials {
            login,
            password: &password,
        };
        self.driver.arrive(&self.call(), &arrival, None).await
    }

    async fn teacher(&self) -> Result<Arrived, Fault> {
        self.login(TEACHER.0, TEACHER.1).await
    }

    async fn check(&self) -> Vec<Finding> {
        self.driver.check(&self.call()).await
    }
}

fn made(
    servers: &[String],
    secret: &str,
    change: impl FnOnce(&mut LdapUpstream),
) -> Result<Box<dyn Driver>, Vec<Mistake>> {
    let registration = serde_json::json!({
        "id": "lycee-agricole",
        "name": "Lycée agricole",
        "trust": { "structures": ["0320712R"] },
        "ldap": {
            "servers": servers,
            "ca": Authority::pem(ca::authority()),
            "bind_dn": ACCOUNT,
            "base": BASE,
        },
        "attributes": {
            "login": ["uid"],
            "family_name": ["sn"],
            "given_name": ["givenName"],
            "mail": ["mail"],
            "uai": ["ENTPersonStructRattachRNE"],
            "profile": ["ENTPersonProfils"],
        },
    });
    let mut connector: Connector = serde_json::from_value(registration).expect("a registration");
    change(connector.ldap.as_mut().expect("a directory"));
    let secret = SecretString::from(secret);
    ldap::driver(Blueprint {
        connector: &connector,
        secret: Some(&secret),
        base_url: "https://ent.example.fr",
    })
}

/// The directory of the tests that leave it as it is.
fn shared() -> &'static Slapd {
    static SHARED: OnceLock<Slapd> = OnceLock::new();
    SHARED.get_or_init(Slapd::start)
}

fn good(slapd: &Slapd) -> Stage {
    Stage::new(&[slapd.ldaps()], |_| ())
}

fn refused(outcome: Result<Arrived, Fault>) -> Fault {
    outcome.map(|_| ()).expect_err("nobody is let in")
}

#[tokio::test]
async fn login_and_password_that_belong_together() {
    let stage = good(shared());
    let wish = Wish::default();
    let departure = stage.driver.depart(&stage.call(), &wish).await;
    assert!(matches!(departure, Ok(Departure::Password)));
    let arrived = stage.teacher().await.expect("somebody");
    let identity = &arrived.identity;
    assert_eq!(identity.source.as_str(), "lycee-agricole");
    assert_eq!(identity.level, Assurance::SingleFactor);
    assert_eq!(identity.authenticated_at, NOW);
    // The directory made it: an entryUUID, which is not the login.
    assert_eq!(identity.subject.len(), 36, "{}", identity.subject);
    assert!(arrived.names.is_empty() && arrived.once.is_empty() && arrived.upstream.is_empty());
    // The same person by another spelling; others are others.
    let again = stage
        .login(" B.DELMAS ", TEACHER.1)
        .await
        .expect("somebody");
    assert_eq!(again.identity.subject, identity.subject);
    let pupil = stage.login("m.castex", "ortolan et armagnac").await;
    assert_ne!(pupil.expect("somebody").identity.subject, identity.subject);
    let sign_out = stage.driver.sign_out(&stage.call(), "", "state").await;
    assert_eq!(sign_out, Ok(SignOut::Nothing));
    let heard = stage.driver.hear(&stage.call(), &Notice::Cas("x")).await;
    assert!(matches!(heard, Err(Fault::Untrusted(_))));
}

#[tokio::test]
async fn wrong_passwords_unknown_people_and_locked_accounts_are_one() {
    let stage = good(shared());
    for (login, password) in [
        (TEACHER.0, "garonne"),
        (TEACHER.0, "Garonne-et-gers"),
        ("nobody", TEACHER.1),
        ("s.sans", "anything"),
        ("l.ferme", "verrou"),
        ("", TEACHER.1),
        ("   ", TEACHER.1),
    ] {
        let fault = refused(stage.login(login, password).await);
        assert_eq!(fault, Fault::Credentials, "{login}");
    }
    // It must be changed over there first: that is said, and to nobody but them.
    let fault = refused(stage.login("n.nouveau", "provisoire").await);
    assert!(
        matches!(&fault, Fault::Refused(words) if words.contains("changed")),
        "{fault}"
    );
    let fault = refused(stage.login("n.nouveau", "autre").await);
    assert_eq!(fault, Fault::Credentials);
}

#[tokio::test]
async fn fed_11_no_password_is_no_proof_where_the_directory_takes_it_for_one() {
    let slapd = Slapd::with(&Options {
        unauthenticated: true,
        ..Options::default()
    });
    // This directory says yes to a name without a password.
    let dn = format!("uid={},{BASE}", TEACHER.0);
    assert_eq!(slapd.who_am_i(&dn, ""), Ok("anonymous".to_owned()));
    let asked = binds(&slapd.log(), &dn);
    let stage = good(&slapd);
    for password in ["", "\0", "\0garonne-et-gers", "garonne-et-gers\0", "\0\0"] {
        let fault = refused(stage.login(TEACHER.0, password).await);
        assert_eq!(fault, Fault::Credentials, "{password:?}");
    }
    // It was not even asked.
    assert_eq!(binds(&slapd.log(), &dn), asked, "{}", slapd.log());
    assert!(!slapd.log().contains("SRCH"), "{}", slapd.log());
    stage.teacher().await.expect("the password is enough");
    // Nor is anybody looked up by an account without one.
    let mistakes = made(&[slapd.ldaps()], "", |_| ())
        .map(|_| ())
        .expect_err("no password");
    assert_eq!(mistakes[0].key, "ldap.bind_password");
}

/// How often somebody tried to prove to be `dn`.
fn binds(log: &str, dn: &str) -> usize {
    log.matches(&format!("BIND dn=\"{dn}\" method=128")).count()
}

#[tokio::test]
async fn fed_11_what_is_typed_is_a_name_and_nothing_else() {
    let stage = good(shared());
    for login in [
        "*",
        "b.*",
        "b.delmas*",
        "*)(uid=b.delmas",
        "b.delmas)(objectClass=*",
        "b.delmas))(|(uid=*",
        "nobody)(|(uid=b.delmas)",
        "b.delmas\\",
        "\\2a",
        "b.delmas\0",
        "b.delmas,ou=people,dc=lycee,dc=example,dc=fr",
        "uid=b.delmas,ou=people,dc=lycee,dc=example,dc=fr",
    ] {
        let fault = refused(stage.login(login, TEACHER.1).await);
        assert_eq!(fault, Fault::Credentials, "{login}");
    }
    // Whoever is really called like that is let in.
    stage.login("o*)(b", "etoile").await.expect("somebody");
}

#[tokio::test]
async fn fed_11_two_entries_are_nobody() {
    let by_mail = Stage::new(&[shared().ldaps()], |ldap| {
        ldap.filter = "(|(uid={login})(mail={login}))".to_owned();
    });
    by_mail
        .login("berengere.delmas@educagri.example.fr", TEACHER.1)
        .await
        .expect("the one who has it");
    let fault = refused(by_mail.login("famille.lacoste@example.fr", "famille").await);
    assert!(matches!(fault, Fault::Untrusted(_)), "{fault}");
    by_mail
        .login("p.lacoste", "famille")
        .await
        .expect("somebody");
}

#[tokio::test]
async fn fed_11_referrals_are_not_followed() {
    let elsewhere = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    elsewhere.set_nonblocking(true).expect("a listener");
    let slapd = Slapd::with(&Options {
        referral: elsewhere.local_addr().expect("a port").port(),
        ..Options::default()
    });
    // Beside people there is a reference to another directory: it is overlooked.
    let whole = Stage::new(&[slapd.ldaps()], |ldap| ldap.base = SUFFIX.to_owned());
    whole.teacher().await.expect("somebody");
    let fault = refused(whole.login("nobody", TEACHER.1).await);
    assert_eq!(fault, Fault::Credentials);
    // Where there is nothing but the reference, there is nothing: that is how references are asked not to be
    // made.
    let there = Stage::new(&[slapd.ldaps()], |ldap| ldap.base = ELSEWHERE.to_owned());
    let fault = refused(there.teacher().await);
    assert!(
        matches!(&fault, Fault::Unusable(words) if words.contains("ldap.base")),
        "{fault}"
    );
    let nobody = elsewhere.accept().expect_err("nobody has called");
    assert_eq!(nobody.kind(), std::io::ErrorKind::WouldBlock);
}

#[tokio::test]
async fn fed_10_the_directory_is_asked_for_what_is_mapped() {
    let slapd = Slapd::start();
    let stage = good(&slapd);
    stage.teacher().await.expect("somebody");
    let log = slapd.log();
    let attributes: Vec<&str> = log
        .lines()
        .filter_map(|line| line.split_once("SRCH attr="))
        .map(|(_, attributes)| attributes)
        .collect();
    let mut asked: Vec<&str> = attributes[0].split(' ').collect();
    asked.sort_unstable();
    let mapped = [
        "ENTPersonProfils",
        "ENTPersonStructRattachRNE",
        "entryUUID",
        "givenName",
        "mail",
        "sn",
        "uid",
    ];
    assert_eq!(
        (asked.as_slice(), attributes.len()),
        (&mapped[..], 1),
        "{log}"
    );
}

#[tokio::test]
async fn fed_11_nobody_is_looked_up_on_a_persons_connection() {
    let slapd = Slapd::start();
    let stage = good(&slapd);
    for _ in 0..3 {
        stage.teacher().await.expect("somebody");
        refused(stage.login(TEACHER.0, "wrong").await);
        refused(stage.login("nobody", "wrong").await);
    }
    let log = slapd.log();
    let connection = |line: &str| -> Option<String> {
        let (_, after) = line.split_once("conn=")?;
        Some(after.split(' ').next()?.to_owned())
    };
    let of = |what: &dyn Fn(&str) -> bool| -> Vec<String> {
        log.lines()
            .filter(|line| what(line))
            .filter_map(connection)
            .collect()
    };
    let searches = of(&|line| line.contains(" SRCH base="));
    let bind = |line: &str| line.contains(" BIND dn=") && line.contains("method=128");
    let account = of(&|line| bind(line) && line.contains(ACCOUNT));
    let people = of(&|line| bind(line) && !line.contains(ACCOUNT));
    assert_eq!(searches.len(), 9, "{log}");
    // One kept connection for all that is looked up, and one of their own for each person, or for nobody.
    assert_eq!(account.len(), 1, "{log}");
    assert!(searches.iter().all(|on| account.contains(on)), "{log}");
    assert_eq!(people.len(), 9, "{log}");
    let mut different = people.clone();
    different.dedup();
    assert_eq!(different, people);
    assert!(people.iter().all(|on| !searches.contains(on)), "{log}");
}

#[tokio::test]
async fn active_directory_names_people_by_bytes() {
    let stage = Stage::new(&[shared().ldaps()], |ldap| {
        ldap.subject = "objectGUID".to_owned()
    });
    let arrived = stage.teacher().await.expect("somebody");
    assert_eq!(
        arrived.identity.subject,
        "00112233-4455-6677-8899-aabbccddeeff"
    );
    // Who has none cannot be told from others.
    let fault = refused(stage.login("m.castex", "ortolan et armagnac").await);
    assert!(matches!(fault, Fault::Untrusted(_)), "{fault}");
}

#[tokio::test]
async fn tls_may_begin_later_and_is_there_before_anything_is_said() {
    let stage = Stage::new(&[shared().ldap()], |_| ());
    stage.teacher().await.expect("somebody");
    refused(stage.login(TEACHER.0, "wrong").await);
    // A directory that has none gets no password.
    let clear = Slapd::with(&Options {
        in_clear: true,
        ..Options::default()
    });
    let stage = Stage::new(&[clear.ldap()], |_| ());
    let fault = refused(stage.teacher().await);
    assert!(
        matches!(&fault, Fault::NoAnswer(words) if words.contains("StartTLS")),
        "{fault}"
    );
    assert!(
        clear.log().contains("1.3.6.1.4.1.1466.20037"),
        "{}",
        clear.log()
    );
    assert!(!clear.log().contains("BIND"), "{}", clear.log());
}

#[tokio::test]
async fn key_06_a_bad_certificate_gets_no_password() {
    let certificates = [
        // It calls itself what the right one is called.
        (
            "another authority",
            Authority::new().certify(&["localhost"]),
        ),
        (
            "autre.example.fr",
            ca::authority().certify(&["autre.example.fr"]),
        ),
        ("expired", ca::authority().certify_expired(&["localhost"])),
    ];
    for (word, certificate) in certificates {
        let slapd = Slapd::with(&Options {
            certificate: Some(certificate),
            ..Options::default()
        });
        for server in [slapd.ldaps(), slapd.ldap()] {
            let stage = Stage::new(&[server], |_| ());
            let fault = refused(stage.teacher().await);
            assert!(
                matches!(&fault, Fault::Untrusted(words) if words.contains(word)),
                "{word}: {fault}"
            );
            assert!(matches!(
                stage.driver.probe(&stage.call()).await,
                Err(Fault::Untrusted(_))
            ));
        }
        assert!(!slapd.log().contains("BIND"), "{}", slapd.log());
    }
    // Without the registration's authority, the system's do not know this one.
    let stage = Stage::new(&[shared().ldaps()], |ldap| ldap.ca.clear());
    let fault = refused(stage.teacher().await);
    assert!(
        matches!(&fault, Fault::Untrusted(words) if words.contains("`ldap.ca`")),
        "{fault}"
    );
}

#[tokio::test]
async fn a_server_that_is_down_is_passed_over() {
    let (mut first, second) = (Slapd::start(), Slapd::start());
    let stage = Stage::new(&[first.ldaps(), second.ldaps()], |_| ());
    stage.teacher().await.expect("by the first");
    assert!(!second.log().contains("BIND"));
    first.stop();
    stage.teacher().await.expect("by the second");
    refused(stage.login(TEACHER.0, "wrong").await);
    assert!(second.log().contains("BIND"));
    // The one that answered is asked first from now on.
    first.restart();
    let asked = binds(&first.log(), ACCOUNT);
    stage.teacher().await.expect("by the second");
    assert_eq!(asked, binds(&first.log(), ACCOUNT), "{}", first.log());
}

#[tokio::test]
async fn a_connection_that_has_ended_is_no_harm() {
    let mut slapd = Slapd::start();
    let stage = good(&slapd);
    stage.teacher().await.expect("somebody");
    slapd.restart();
    stage.teacher().await.expect("on a new connection");
    slapd.stop();
    let fault = refused(stage.teacher().await);
    assert!(matches!(fault, Fault::NoAnswer(_)), "{fault}");
    slapd.restart();
    stage.teacher().await.expect("somebody");
}

#[tokio::test]
async fn fed_14_no_server_means_nobody_and_soon() {
    let nowhere = |port| format!("ldaps://localhost:{port}");
    let stage = Stage::new(&[nowhere(free_port()), nowhere(free_port())], |_| ());
    let began = Instant::now();
    let fault = refused(stage.teacher().await);
    assert!(
        matches!(&fault, Fault::NoAnswer(words) if words.matches("reached").count() == 2),
        "{fault}"
    );
    assert!(
        began.elapsed() < Duration::from_secs(5),
        "{:?}",
        began.elapsed()
    );
    assert!(stage.driver.probe(&stage.call()).await.is_err());
    let unknown = Stage::new(&["ldaps://annuaire.invalid".to_owned()], |_| ());
    let fault = refused(unknown.teacher().await);
    assert!(
        matches!(&fault, Fault::NoAnswer(words) if words.contains("name")),
        "{fault}"
    );
}

#[tokio::test]
async fn avl_03_a_frozen_server_holds_up_nobody_else() {
    let (frozen, other) = (Slapd::start(), Slapd::start());
    let both = Stage::new(&[frozen.ldaps(), other.ldaps()], |_| ());
    let alone = Stage::new(&[frozen.ldaps()], |_| ());
    let elsewhere = good(&other);
    both.teacher()
        .await
        .expect("by the first, on a connection that is kept");
    frozen.process().signal("STOP");
    let began = Instant::now();
    let stuck = async {
        let fault = refused(alone.teacher().await);
        (fault, began.elapsed())
    };
    let over = async {
        both.teacher().await.expect("by the second");
        began.elapsed()
    };
    let beside = async {
        for _ in 0..5 {
            elsewhere.teacher().await.expect("somebody");
        }
        began.elapsed()
    };
    // All on one thread: none of them may block.
    let ((fault, stuck), over, beside) = tokio::join!(stuck, over, beside);
    assert!(matches!(fault, Fault::NoAnswer(_)), "{fault}");
    assert!(stuck < Duration::from_secs(10), "{stuck:?}");
    assert!(over < Duration::from_secs(8), "{over:?}");
    assert!(beside < over && beside < stuck, "{beside:?}");
    // From now on nobody waits for it: whoever did would wait for two seconds, each time.
    let mut fastest = Duration::MAX;
    for _ in 0..3 {
        let began = Instant::now();
        both.teacher().await.expect("by the second");
        fastest = fastest.min(began.elapsed());
    }
    assert!(fastest < Duration::from_secs(2), "{fastest:?}");
    frozen.process().signal("CONT");
    eventually("it is asked again", Duration::from_secs(20), async || {
        alone.teacher().await.ok()
    })
    .await;
}

#[tokio::test]
async fn many_people_at_once() {
    let slapd = Slapd::start();
    let stage = good(&slapd);
    let logins = (0..40).map(|number| {
        let stage = &stage;
        async move {
            let (login, password) = if number % 2 == 0 {
                TEACHER
            } else {
                ("m.castex", "ortolan et armagnac")
            };
            let arrived = stage.login(login, password).await.expect("somebody");
            (number % 2, arrived.identity.subject)
        }
    });
    let mut tasks = Vec::new();
    for login in logins {
        tasks.push(Box::pin(login));
    }
    let mut subjects = [Vec::new(), Vec::new()];
    for (who, subject) in join(tasks).await {
        subjects[who].push(subject);
    }
    for of_one in &mut subjects {
        assert_eq!(of_one.len(), 20);
        of_one.dedup();
        assert_eq!(of_one.len(), 1, "one person, one subject");
    }
    // Four connections look people up, and no more are kept.
    let accounts = binds(&slapd.log(), ACCOUNT);
    assert!((1..=4).contains(&accounts), "{accounts}");
}

/// Runs all at once, on this task.
async fn join<T, F: Future<Output = T> + Unpin>(tasks: Vec<F>) -> Vec<T> {
    let mut tasks: Vec<Result<F, Option<T>>> = tasks.into_iter().map(Ok).collect();
    std::future::poll_fn(|cx| {
        let mut waiting = false;
        for task in &mut tasks {
            if let Ok(future) = task {
                match std::pin::Pin::new(future).poll(cx) {
                    std::task::Poll::Ready(outcome) => *task = Err(Some(outcome)),
                    std::task::Poll::Pending => waiting = true,
                }
            }
        }
        if waiting {
            return std::task::Poll::Pending;
        }
        let outcomes = tasks
            .iter_mut()
            .filter_map(|task| task.as_mut().err()?.take());
        std::task::Poll::Ready(outcomes.collect())
    })
    .await
}

#[tokio::test]
async fn whether_it_is_alive() {
    let mut slapd = Slapd::start();
    let stage = good(&slapd);
    assert_eq!(stage.driver.probe(&stage.call()).await, Ok(()));
    assert_eq!(binds(&slapd.log(), ACCOUNT), 1);
    slapd.stop();
    let dead = stage.driver.probe(&stage.call()).await;
    assert!(matches!(dead, Err(Fault::NoAnswer(_))));
    let wrong = Stage::with_secret(&[shared().ldaps()], "not-this-one", |_| ());
    let refused = wrong.driver.probe(&wrong.call()).await;
    assert!(matches!(&refused, Err(Fault::Unusable(words)) if words.contains("ldap.bind_dn")));
}

/// The finding of a step.
fn finding<'a>(findings: &'a [Finding], step: &str) -> &'a Finding {
    let found = findings.iter().find(|finding| finding.step.ends_with(step));
    found.unwrap_or_else(|| panic!("no {step} in {findings:#?}"))
}

#[tokio::test]
async fn a_check_goes_through_every_step() {
    let findings = good(shared()).check().await;
    for step in [
        ": name",
        ": way",
        ": TLS",
        ": account",
        "base",
        "filter",
        "subject",
        "attribute mail",
        "attribute profile",
    ] {
        let found = finding(&findings, step);
        assert_eq!(found.verdict, Verdict::Good, "{found:?}");
    }
    assert!(
        findings.iter().all(|found| found.verdict == Verdict::Good),
        "{findings:#?}"
    );
    // Nothing of what is written there is told.
    let words: String = findings.iter().map(|found| found.words.as_str()).collect();
    assert!(
        !words.contains("delmas") && !words.contains("DELMAS"),
        "{words}"
    );
}

#[tokio::test]
async fn a_check_says_in_words_what_is_wrong() {
    let servers = [shared().ldaps()];
    let bad = async |step: &str, word: &str, stage: Stage| {
        let findings = stage.check().await;
        let found = finding(&findings, step);
        assert_eq!(found.verdict, Verdict::Bad, "{found:?}");
        assert!(found.words.contains(word), "{word}: {found:?}");
        findings
    };
    bad(
        "account",
        "ldap.bind_dn",
        Stage::with_secret(&servers, "wrong", |_| ()),
    )
    .await;
    let base = |base: &str| Stage::new(&servers, |ldap| ldap.base = base.to_owned());
    bad(
        "base",
        "no such entry",
        base("ou=gens,dc=lycee,dc=example,dc=fr"),
    )
    .await;
    bad("base", "no such entry", base(ELSEWHERE)).await;
    bad(
        "filter",
        "nobody is found",
        base("ou=applications,dc=lycee,dc=example,dc=fr"),
    )
    .await;
    bad(
        "subject",
        "nsUniqueId",
        Stage::new(&servers, |ldap| ldap.subject = "nsUniqueId".to_owned()),
    )
    .await;
    bad(
        "subject",
        "two people",
        Stage::new(&servers, |ldap| {
            ldap.subject = "ENTPersonProfils".to_owned()
        }),
    )
    .await;
    bad(
        "TLS",
        "`ldap.ca`",
        Stage::new(&servers, |ldap| ldap.ca.clear()),
    )
    .await;
    bad(
        "name",
        "name is not known",
        Stage::new(&["ldaps://annuaire.invalid".to_owned()], |_| ()),
    )
    .await;
    bad(
        "way",
        "cannot be reached",
        Stage::new(&[format!("ldaps://localhost:{}", free_port())], |_| ()),
    )
    .await;
    // One server of two: the rest is looked at all the same.
    let one_down = [
        format!("ldaps://localhost:{}", free_port()),
        shared().ldap(),
    ];
    let findings = bad("way", "cannot be reached", Stage::new(&one_down, |_| ())).await;
    assert_eq!(finding(&findings, "filter").verdict, Verdict::Good);
}
