//! People whom others vouch for: who is let in as whom, and as far as whose word reaches.

#[cfg(test)]
mod fake;

use std::sync::Arc;
use std::time::Duration;

use clau_domain::connector::ConnectorId;
use clau_domain::identity::{ClaimedRole, Claims, ExternalIdentity, FeedKey, Vector, VectorOf};
use clau_domain::ids::PersonId;
use clau_domain::login::{CasRequest, HandOver, Resume};
use clau_domain::person::AffiliationDetail;
use clau_domain::profile::Profile;
use clau_domain::secret::Digest;
use clau_domain::session::{Assurance, Context};
use clau_domain::url::LocalPath;
use clau_engine::apply::{ApplyError, SourceFile};
use clau_engine::federation::choices::Circumstances;
use clau_engine::federation::depart::{SourceProblem, StartLink};
use clau_engine::federation::find::Stop;
use clau_engine::federation::heard::SourceLogout;
use clau_engine::federation::link::Unlinked;
use clau_engine::federation::logout::SourceState;
use clau_engine::federation::{Notice, Refused};
use clau_engine::leaving::Delivery;
use clau_engine::login::{IdentifyProblem, PasswordProblem, Start, Step, Then, Typed};
use clau_storage::people::{self, RecordKey};
use clau_storage::{accounts, structures};

use super::scene::{Browser, PASSWORD, Scene, keep};
use fake::{FakeDrivers, Said};

const CONNECTORS: &str = r#"
[[structure]]
key = "REGION"
kind = "authority"
name = "Région"

[[connector]]
id = "national"
name = "National"
match = ["feed_key", "vector", "academic_mail"]
trust = { academies = { "16" = "local" } }
[connector.saml]
entity_id = "https://national.example"
metadata_url = "https://national.example/metadata"
unsolicited = true

[[connector]]
id = "lycee"
name = "Lycée"
match = ["key"]
trust = { structures = ["0320002B"], sources = [] , profiles = ["National_ELV", "National_ENS"] }
create = { who = "everybody" }
[connector.cas]
url = "https://lycee.example/cas"

[[connector]]
id = "citizens"
name = "Citizens"
match = ["pivot"]
trust = { everywhere = true, profiles = ["National_TUT", "Citizen"] }
levels = { "eidas1" = "single_factor", "eidas2" = "substantial" }
create = { profile = "Citizen", structure = "REGION" }
[connector.oidc]
issuer = "https://citizens.example"
client_id = "hub"
authentication = "private_key_jwt"

[[connector]]
id = "annuaire"
name = "Annuaire"
match = ["feed_key"]
trust = { academies = { "16" = "local" } }
[connector.ldap]
servers = ["ldaps://annuaire.example"]
bind_dn = "cn=hub"
bind_password = "un-secret-pour-le-test"
base = "dc=example"

[[service]]
id = "sensible"
name = "Sensible"
access = [{}]
session = { assurance = "substantial" }
[service.cas]
urls = ["https://sensible.example/"]
"#;

async fn scene() -> Scene {
    let scene = Scene::with(|settings| settings.drivers = Arc::new(FakeDrivers)).await;
    scene.apply(CONNECTORS).await;
    scene.hub.tend_keys(&scene.cx()).await.expect("keys");
    scene
}

fn connector(id: &str) -> ConnectorId {
    id.parse().expect("an identifier")
}

fn identity(scene: &Scene, source: &str, subject: &str) -> ExternalIdentity {
    ExternalIdentity {
        source: connector(source),
        subject: subject.to_owned(),
        level: Assurance::SingleFactor,
        authenticated_at: scene.cx().now,
        claims: Claims::default(),
        feed_keys: Vec::new(),
        vectors: Vec::new(),
    }
}

/// With the key of a record: the login, for people of a file.
fn with_keys(identity: ExternalIdentity, keys: &[&str]) -> ExternalIdentity {
    let key = |key: &&str| FeedKey {
        academy: "16".to_owned(),
        key: (*key).to_owned(),
    };
    ExternalIdentity {
        feed_keys: keys.iter().map(key).collect(),
        ..identity
    }
}

fn said(identity: ExternalIdentity, id: &str) -> String {
    let said = Said {
        identity,
        id: id.to_owned(),
        session: format!("session of {id}"),
    };
    serde_json::to_string(&said).expect("JSON")
}

/// Leaves for a source from the login page; the state that comes back.
async fn leave(scene: &Scene, browser: &mut Browser, source: &str) -> String {
    let page = scene.login_page(browser).await;
    let step = scene
        .hub
        .leave_for(
            &scene.cx(),
            browser.cookies(),
            &page.handle,
            &connector(source),
        )
        .await
        .expect("leaves");
    state_of(step)
}

fn state_of(step: Step) -> String {
    let Step::Leave(leave) = step else {
        panic!("does not leave: {step:?}")
    };
    let Delivery::Redirect(address) = leave.leaving.delivery else {
        panic!("a form")
    };
    address.split_once("state=").expect("a state").1.to_owned()
}

async fn arrive(
    scene: &Scene,
    browser: &mut Browser,
    source: &str,
    (text, state): (&str, Option<&str>),
) -> Result<Step, Refused> {
    let arrived = scene
        .hub
        .arrive_with_query(
            &scene.cx(),
            browser.cookies(),
            &connector(source),
            (text, state),
        )
        .await?;
    Ok(keep(arrived, browser))
}

/// There and back, with what the source says.
async fn by(scene: &Scene, browser: &mut Browser, identity: ExternalIdentity, id: &str) -> Step {
    let source = identity.source.to_string();
    let state = leave(scene, browser, &source).await;
    let text = said(identity, id);
    let arrived = arrive(scene, browser, &source, (&text, Some(&state))).await;
    arrived.expect("believed")
}

/// The same to its end: pages on the way are answered.
async fn sign_in_by(scene: &Scene, browser: &mut Browser, identity: ExternalIdentity, id: &str) {
    let mut step = by(scene, browser, identity, id).await;
    loop {
        step = match step {
            Step::ShowLink(page) => scene
                .hub
                .saw_link(&scene.cx(), browser.cookies(), &page.handle)
                .await
                .expect("seen"),
            Step::ChooseContext(page) => scene
                .hub
                .choose_context_at_login(
                    &scene.cx(),
                    browser.cookies(),
                    &page.handle,
                    Context::Everything,
                )
                .await
                .expect("chosen"),
            Step::Finished(finished) => {
                keep(Step::Finished(finished), browser);
                return;
            }
            other => panic!("not in: {other:?}"),
        };
    }
}

async fn person_of(scene: &Scene, login: &str) -> PersonId {
    let login = login.parse_login();
    let account = accounts::by_login(&scene.database, &login).await;
    account.expect("store").expect("an account").person
}

trait ParseLogin {
    fn parse_login(&self) -> clau_domain::names::LoginName;
}

impl ParseLogin for str {
    fn parse_login(&self) -> clau_domain::names::LoginName {
        clau_domain::names::LoginName::typed(self).expect("a login")
    }
}

#[tokio::test]
async fn fed_01_a_link_is_a_source_and_a_subject_and_nothing_else() {
    let scene = scene().await;
    let mut lea = Browser::default();
    let own = with_keys(identity(&scene, "national", "s1"), &["lea.martin"]);
    sign_in_by(&scene, &mut lea, own, "a").await;
    let in_as = scene.signed_in(&lea).await.expect("in");
    assert_eq!(in_as.person.login, "lea.martin");
    // The same subject at another source is another person, or nobody.
    let mut other = Browser::default();
    let foreign = identity(&scene, "citizens", "s1");
    let step = by(&scene, &mut other, foreign, "b").await;
    assert!(matches!(step, Step::Unknown(_)), "{step:?}");
    // The link is enough from now on: nothing is matched again.
    let mut again = Browser::default();
    let step = by(&scene, &mut again, identity(&scene, "national", "s1"), "c").await;
    assert!(matches!(step, Step::Finished(_)), "{step:?}");
}

#[tokio::test]
async fn fed_02_nobody_is_linked_by_an_address_or_a_name() {
    let scene = scene().await;
    let mut browser = Browser::default();
    let stranger = ExternalIdentity {
        claims: Claims {
            family_name: "Martin".to_owned(),
            given_name: "Léa".to_owned(),
            mail: Some("lea.martin@example.fr".to_owned()),
            login: "lea.martin".to_owned(),
            ..Claims::default()
        },
        ..identity(&scene, "national", "s1")
    };
    let step = by(&scene, &mut browser, stranger, "a").await;
    let Step::Unknown(page) = step else {
        panic!("somebody: {step:?}")
    };
    assert_eq!(page.stop, Stop::NobodyThere);
    assert!(scene.signed_in(&browser).await.is_none());
    // By proof of both in one browser they are.
    let typed = |password| Typed {
        username: "lea.martin",
        password,
        remember: false,
    };
    let step = scene
        .hub
        .link_by_proof(&scene.cx(), browser.cookies(), &page.handle, typed("faux"))
        .await
        .expect("asked again");
    let Step::Unknown(page) = step else {
        panic!("linked: {step:?}")
    };
    assert_eq!(page.problem, Some(IdentifyProblem::BadCredentials));
    scene.pass(Duration::from_secs(5));
    let step = scene
        .hub
        .link_by_proof(
            &scene.cx(),
            browser.cookies(),
            &page.handle,
            typed(PASSWORD),
        )
        .await
        .expect("linked");
    assert!(matches!(keep(step, &mut browser), Step::ShowLink(_)));
    // Another browser with the same page gets nowhere (FED-03).
    let mut thief = Browser::default();
    scene.login_page(&mut thief).await;
    let stolen = scene
        .hub
        .link_by_proof(&scene.cx(), thief.cookies(), &page.handle, typed(PASSWORD))
        .await;
    assert!(matches!(stolen, Ok(Step::Expired)));
}

#[tokio::test]
async fn fed_04_the_first_link_takes_away_what_was_there_before() {
    let scene = scene().await;
    let (mut thief, mut owner) = (Browser::default(), Browser::default());
    scene.sign_in(&mut thief, "lea.martin").await;
    let own = with_keys(identity(&scene, "national", "s1"), &["lea.martin"]);
    let step = by(&scene, &mut owner, own.clone(), "a").await;
    let Step::ShowLink(page) = step else {
        panic!("not told: {step:?}")
    };
    assert!(page.replaced.password && page.replaced.sessions);
    assert!(scene.signed_in(&thief).await.is_none(), "sessions are over");
    let login = scene.login_page(&mut thief).await;
    let step = scene
        .submit(&mut thief, &login.handle, ("lea.martin", PASSWORD))
        .await;
    assert!(matches!(step, Step::Identify(_)), "the password is gone");
    // A code in an envelope as well: nobody activates what has an owner.
    let code = scene.hub.new_code(&scene.cx(), "nouvelle.eleve").await;
    let code = code.expect("a code");
    let mut first = Browser::default();
    let own = with_keys(identity(&scene, "national", "s2"), &["nouvelle.eleve"]);
    sign_in_by(&scene, &mut first, own, "b").await;
    scene.pass(Duration::from_secs(60));
    let login = scene.login_page(&mut thief).await;
    let step = scene
        .submit(&mut thief, &login.handle, ("nouvelle.eleve", &code))
        .await;
    assert!(matches!(step, Step::Identify(_)), "the code is gone");
}

#[tokio::test]
async fn fed_05_an_answer_goes_to_the_source_that_was_asked() {
    let scene = scene().await;
    let mut browser = Browser::default();
    let state = leave(&scene, &mut browser, "citizens").await;
    let text = said(
        with_keys(identity(&scene, "national", "s1"), &["lea.martin"]),
        "a",
    );
    let crossed = arrive(&scene, &mut browser, "national", (&text, Some(&state))).await;
    assert!(
        matches!(crossed, Err(Refused::Untrusted { .. })),
        "{crossed:?}"
    );
}

#[tokio::test]
async fn fed_06_a_state_is_one_browser_s_and_good_once() {
    let scene = scene().await;
    let (mut mine, mut other) = (Browser::default(), Browser::default());
    let state = leave(&scene, &mut mine, "national").await;
    scene.login_page(&mut other).await;
    let text = said(
        with_keys(identity(&scene, "national", "s1"), &["lea.martin"]),
        "a",
    );
    let stolen = arrive(&scene, &mut other, "national", (&text, Some(&state))).await;
    assert!(matches!(stolen, Err(Refused::Expired)), "{stolen:?}");
    let first = arrive(&scene, &mut mine, "national", (&text, Some(&state))).await;
    assert!(first.is_ok(), "a stranger does not burn it: {first:?}");
    let text = said(
        with_keys(identity(&scene, "national", "s1"), &["lea.martin"]),
        "b",
    );
    let second = arrive(&scene, &mut mine, "national", (&text, Some(&state))).await;
    assert!(matches!(second, Err(Refused::Expired)), "{second:?}");
    // Too late.
    let state = leave(&scene, &mut mine, "national").await;
    scene.pass(Duration::from_secs(21 * 60));
    let late = arrive(&scene, &mut mine, "national", (&text, Some(&state))).await;
    assert!(matches!(late, Err(Refused::Expired)), "{late:?}");
}

#[tokio::test]
async fn saml_05_what_a_source_has_said_it_says_once_solicited_or_not() {
    let scene = scene().await;
    let own = with_keys(identity(&scene, "national", "s1"), &["lea.martin"]);
    let text = said(own, "assertion-1");
    let mut first = Browser::default();
    let arrived = arrive(&scene, &mut first, "national", (&text, None)).await;
    assert!(arrived.is_ok(), "set to it: {arrived:?}");
    let mut second = Browser::default();
    let replayed = arrive(&scene, &mut second, "national", (&text, None)).await;
    assert!(
        matches!(replayed, Err(Refused::Untrusted { .. })),
        "{replayed:?}"
    );
    // From a source that is not set to it.
    let text = said(identity(&scene, "lycee", "s1"), "x");
    let unasked = arrive(&scene, &mut second, "lycee", (&text, None)).await;
    assert!(
        matches!(unasked, Err(Refused::Untrusted { .. })),
        "{unasked:?}"
    );
}

/// Gives two pupils of the region the numbers that vectors carry, in the schools' own systems.
async fn number_pupils(scene: &Scene) {
    for (login, uai, number) in [
        ("lea.martin", "0310001A", "701"),
        ("tom.martin", "0320002B", "702"),
    ] {
        let person = person_of(scene, login).await;
        let uai = uai.parse().expect("UAI");
        let school = structures::by_uai(&scene.database, &uai).await;
        let school = school.expect("store").expect("a school");
        let detail = AffiliationDetail {
            school_record: number.to_owned(),
            classes: vec!["5B".to_owned()],
            ..AffiliationDetail::default()
        };
        let key = RecordKey {
            source: "local",
            kind: "local",
            key: login,
        };
        let mut tx = scene.database.begin().await.expect("transaction");
        let digest = Digest::of("test", login);
        let places = [(school.id, Profile::Pupil, detail)];
        people::put_record(&mut tx, &key, person, digest, &places)
            .await
            .expect("record");
        tx.commit().await.expect("commit");
    }
}

fn guardian_of(pupil: &str, uai: &str, name: (&str, &str)) -> Vector {
    Vector {
        who: VectorOf::Guardian {
            family_name: name.0.to_owned(),
            given_name: name.1.to_owned(),
        },
        pupil: pupil.to_owned(),
        uai: uai.parse().expect("UAI"),
    }
}

async fn by_vectors(scene: &Scene, vectors: Vec<Vector>, id: &str) -> Step {
    let own = ExternalIdentity {
        vectors,
        ..identity(scene, "national", id)
    };
    by(scene, &mut Browser::default(), own, id).await
}

#[tokio::test]
async fn fed_08_vectors_give_one_person_or_nobody() {
    let scene = scene().await;
    number_pupils(&scene).await;
    let anne = ("MARTIN", "anne");
    let both = vec![
        guardian_of("701", "0310001A", anne),
        guardian_of("702", "0320002B", anne),
    ];
    let step = by_vectors(&scene, both, "both").await;
    let Step::ShowLink(page) = step else {
        panic!("{step:?}")
    };
    assert_eq!(page.name, "Anne Martin");
    let children: Vec<&str> = page.because.iter().map(|r| r.child.as_str()).collect();
    assert_eq!(children, ["Léa", "Tom"]);
    let stop = |step: Step| match step {
        Step::Unknown(page) => page.stop,
        other => panic!("somebody: {other:?}"),
    };
    // A child that is not theirs: one right vector does not carry a wrong one.
    let foreign = vec![
        guardian_of("701", "0310001A", anne),
        guardian_of("999", "0320002B", anne),
    ];
    assert_eq!(
        stop(by_vectors(&scene, foreign, "foreign").await),
        Stop::NobodyThere
    );
    let named = vec![guardian_of("701", "0310001A", ("MARTIN", "Paul"))];
    assert_eq!(
        stop(by_vectors(&scene, named, "named").await),
        Stop::NobodyThere
    );
    // The tuple counts, not its parts: a number of one school with the other's UAI.
    let crossed = vec![guardian_of("701", "0320002B", anne)];
    assert_eq!(
        stop(by_vectors(&scene, crossed, "crossed").await),
        Stop::NobodyThere
    );
    let pupil = vec![Vector {
        who: VectorOf::Pupil,
        pupil: "701".to_owned(),
        uai: "0310001A".parse().expect("UAI"),
    }];
    let step = by_vectors(&scene, pupil, "pupil").await;
    assert!(matches!(step, Step::ShowLink(page) if page.name == "Léa Martin"));
}

#[tokio::test]
async fn fed_08_two_guardians_of_one_name_are_a_stop() {
    let scene = scene().await;
    number_pupils(&scene).await;
    let twin = r#"
[[person]]
login = "anne.martin2"
given_name = "Anne"
family_name = "Martin"
password = "trottinette verte du matin"
children = ["lea.martin"]
"#;
    scene.apply(twin).await;
    let vectors = vec![guardian_of("701", "0310001A", ("Martin", "Anne"))];
    let step = by_vectors(&scene, vectors, "twins").await;
    assert!(matches!(step, Step::Unknown(page) if page.stop == Stop::Several));
}

#[tokio::test]
async fn fed_09_the_account_is_looked_at_after_the_source_has_spoken() {
    let scene = scene().await;
    let own = |id: &str| {
        (
            with_keys(identity(&scene, "national", "s1"), &["lea.martin"]),
            id.to_owned(),
        )
    };
    let mut browser = Browser::default();
    let (identity, id) = own("a");
    sign_in_by(&scene, &mut browser, identity, &id).await;
    scene
        .hub
        .set_lock(&scene.cx(), "lea.martin", Some("for the test"))
        .await
        .expect("locked");
    let (identity, id) = own("b");
    let step = by(&scene, &mut Browser::default(), identity, &id).await;
    assert!(matches!(step, Step::Unknown(_)), "locked: {step:?}");
    // A source that is switched off lets nobody in, and its sessions are over.
    scene
        .hub
        .set_lock(&scene.cx(), "lea.martin", None)
        .await
        .expect("unlocked");
    let (identity, id) = own("c");
    sign_in_by(&scene, &mut browser, identity, &id).await;
    scene
        .apply(&CONNECTORS.replace(
            "name = \"National\"",
            "name = \"National\"\nenabled = false",
        ))
        .await;
    assert!(scene.signed_in(&browser).await.is_none());
    let page = scene.login_page(&mut browser).await;
    let cookies = browser.cookies();
    let left = scene
        .hub
        .leave_for(&scene.cx(), cookies, &page.handle, &connector("national"))
        .await;
    assert!(matches!(left, Err(Refused::Unknown)), "{left:?}");
}

#[tokio::test]
async fn fed_10_a_source_speaks_for_its_schools_and_profiles_whatever_it_claims() {
    let scene = scene().await;
    let claims = |uai: &str, profile| Claims {
        family_name: "Vidal".to_owned(),
        given_name: "Zoé".to_owned(),
        roles: vec![ClaimedRole {
            uai: Some(uai.parse().expect("UAI")),
            profile: Some(profile),
            function: String::new(),
        }],
        ..Claims::default()
    };
    let of = |subject: &str, claims| ExternalIdentity {
        claims,
        ..identity(&scene, "lycee", subject)
    };
    // Another school, and a profile that it is not trusted with.
    for (subject, claims) in [
        ("s1", claims("0310001A", Profile::Teacher)),
        ("s2", claims("0320002B", Profile::Head)),
    ] {
        let step = by(
            &scene,
            &mut Browser::default(),
            of(subject, claims),
            subject,
        )
        .await;
        assert!(matches!(step, Step::Unknown(_)), "{subject}: {step:?}");
    }
    let mut browser = Browser::default();
    let own = of("s3", claims("0320002B", Profile::Teacher));
    sign_in_by(&scene, &mut browser, own, "s3").await;
    let seen = scene.signed_in(&browser).await.expect("created");
    let structures: Vec<&str> = seen
        .person
        .affiliations
        .iter()
        .filter_map(|a| a.structure.uai.as_ref().map(|uai| uai.as_str()))
        .collect();
    assert_eq!(structures, ["0320002B"]);
    // What it says later cannot become more than that.
    let more = of("s3", claims("0320002B", Profile::Head));
    let step = by(&scene, &mut Browser::default(), more, "s3-again").await;
    assert!(matches!(step, Step::Unknown(_)), "{step:?}");
}

#[tokio::test]
async fn fed_10_a_school_s_source_opens_that_school_only_and_changes_no_way_in() {
    let scene = scene().await;
    let two = r#"
[[person]]
login = "prof.double"
given_name = "Iris"
family_name = "Double"
password = "trottinette verte du matin"
affiliation = [
    { structure = "0310001A", profile = "National_ENS" },
    { structure = "0320002B", profile = "National_ENS" },
]
"#;
    scene.apply(two).await;
    // Linked by proof: it is their account at the school.
    let mut browser = Browser::default();
    let step = by(&scene, &mut browser, identity(&scene, "lycee", "iris"), "a").await;
    let Step::Unknown(page) = step else {
        panic!("{step:?}")
    };
    let typed = Typed {
        username: "prof.double",
        password: PASSWORD,
        remember: false,
    };
    let step = scene
        .hub
        .link_by_proof(&scene.cx(), browser.cookies(), &page.handle, typed)
        .await
        .expect("linked");
    let Step::ShowLink(page) = step else {
        panic!("{step:?}")
    };
    let step = scene
        .hub
        .saw_link(&scene.cx(), browser.cookies(), &page.handle)
        .await
        .expect("seen");
    keep(step, &mut browser);
    let seen = scene.signed_in(&browser).await.expect("in");
    assert_eq!(seen.person.affiliations.len(), 1, "one school only");
    let started = scene
        .hub
        .start_link(
            &scene.cx(),
            browser.cookies(),
            &seen,
            &connector("national"),
        )
        .await;
    assert!(matches!(started, Ok(StartLink::ProveAgain)), "{started:?}");
    let links = scene.hub.links(&scene.cx(), &seen).await.expect("links");
    let gone = scene.hub.unlink(&scene.cx(), &seen, &links[0].id).await;
    assert_eq!(gone.expect("asked"), Unlinked::ProveAgain);
}

#[tokio::test]
async fn fed_03_a_link_to_one_s_own_account_is_this_session_s_and_nobody_else_s() {
    let scene = scene().await;
    let mut lea = Browser::default();
    let signed_in = scene.sign_in(&mut lea, "lea.martin").await;
    let started = scene
        .hub
        .start_link(
            &scene.cx(),
            lea.cookies(),
            &signed_in,
            &connector("citizens"),
        )
        .await
        .expect("starts");
    let StartLink::Go(step) = started else {
        panic!("{started:?}")
    };
    if let Step::Leave(leave) = step.as_ref() {
        let token = leave.browser.as_ref().expect("a cookie");
        lea.browser = Some(token.expose().to_owned());
    }
    let state = state_of(*step);
    let text = said(identity(&scene, "citizens", "fc"), "a");
    let arrived = arrive(&scene, &mut lea, "citizens", (&text, Some(&state))).await;
    let Ok(Step::Finished(finished)) = arrived else {
        panic!("{arrived:?}")
    };
    assert!(finished.session.is_none(), "no new session");
    assert!(matches!(finished.then, Then::Page(path) if path.as_str() == "/account?done=linked"));
    let links = scene
        .hub
        .links(&scene.cx(), &signed_in)
        .await
        .expect("links");
    assert_eq!(links.len(), 1);
    // Signed out in between: the wish is gone with the session.
    let started = scene
        .hub
        .start_link(
            &scene.cx(),
            lea.cookies(),
            &signed_in,
            &connector("national"),
        )
        .await
        .expect("starts");
    let StartLink::Go(step) = started else {
        panic!("{started:?}")
    };
    let state = state_of(*step);
    scene
        .hub
        .log_out(&scene.cx(), lea.session.as_deref())
        .await
        .expect("out");
    let text = said(identity(&scene, "national", "later"), "b");
    let arrived = arrive(&scene, &mut lea, "national", (&text, Some(&state))).await;
    assert!(matches!(arrived, Err(Refused::Expired)), "{arrived:?}");
}

#[tokio::test]
async fn ses_07_removing_a_link_ends_what_rests_on_it_and_the_last_way_in_stays() {
    let scene = scene().await;
    let mut lea = Browser::default();
    let own = with_keys(identity(&scene, "national", "s1"), &["lea.martin"]);
    sign_in_by(&scene, &mut lea, own, "a").await;
    let seen = scene.signed_in(&lea).await.expect("in");
    let links = scene.hub.links(&scene.cx(), &seen).await.expect("links");
    assert!(links[0].current);
    // The password went with the link: without it there is no way in.
    let outcome = scene.hub.unlink(&scene.cx(), &seen, &links[0].id).await;
    assert_eq!(outcome.expect("asked"), Unlinked::LastWay);
    scene
        .hub
        .set_password(&scene.cx(), "lea.martin", "une autre phrase assez longue")
        .await
        .expect("set");
    let mut lea = Browser::default();
    let own = with_keys(identity(&scene, "national", "s1"), &["lea.martin"]);
    sign_in_by(&scene, &mut lea, own, "b").await;
    let seen = scene.signed_in(&lea).await.expect("in");
    let outcome = scene.hub.unlink(&scene.cx(), &seen, &links[0].id).await;
    assert_eq!(outcome.expect("asked"), Unlinked::Gone);
    assert!(scene.signed_in(&lea).await.is_none());
    // An hour later nobody changes anything without proving it again (SES-11).
    let mut tom = Browser::default();
    let signed_in = scene.sign_in(&mut tom, "tom.martin").await;
    scene.pass(Duration::from_secs(6 * 60));
    let started = scene
        .hub
        .start_link(
            &scene.cx(),
            tom.cookies(),
            &signed_in,
            &connector("national"),
        )
        .await;
    assert!(matches!(started, Ok(StartLink::ProveAgain)));
}

#[tokio::test]
async fn keys_of_two_records_make_one_person_and_it_can_be_taken_back() {
    let scene = scene().await;
    let second = r#"
[[person]]
login = "anne.martin2"
given_name = "Anne"
family_name = "MARTIN"
password = "trottinette verte du matin"
children = ["tom.martin"]

[[person]]
login = "autre.femme"
given_name = "Autre"
family_name = "Femme"
password = "trottinette verte du matin"
children = ["tom.martin"]
"#;
    scene.apply(second).await;
    // Two names are two people, whatever one account has the keys of.
    let odd = with_keys(
        identity(&scene, "national", "odd"),
        &["anne.martin", "autre.femme"],
    );
    let step = by(&scene, &mut Browser::default(), odd, "odd").await;
    assert!(matches!(step, Step::Unknown(page) if page.stop == Stop::Several));
    let mut anne = Browser::default();
    let own = with_keys(
        identity(&scene, "national", "anne"),
        &["anne.martin", "anne.martin2"],
    );
    sign_in_by(&scene, &mut anne, own, "a").await;
    let seen = scene.signed_in(&anne).await.expect("in");
    assert_eq!(seen.person.login, "anne.martin");
    let merges = scene.hub.merges_of(&"anne.martin".parse_login()).await;
    let merges = merges.expect("merges");
    assert_eq!(merges.len(), 1, "{merges:?}");
    let id = merges[0].id.parse().expect("an id");
    assert!(
        scene
            .hub
            .unmerge_people(&scene.cx(), id)
            .await
            .expect("undone")
    );
    let merges = scene.hub.merges_of(&"anne.martin".parse_login()).await;
    assert!(merges.expect("merges").is_empty());
}

#[tokio::test]
async fn a_service_that_needs_more_asks_for_a_source_that_can_give_it() {
    let scene = scene().await;
    let mut browser = Browser::default();
    scene.sign_in(&mut browser, "anne.martin").await;
    let start = Start {
        resume: Resume::Cas(CasRequest {
            service: "sensible".parse().expect("an id"),
            url: "https://sensible.example/".parse().expect("address"),
            method: HandOver::Get,
            warn: false,
        }),
        ..Start::page(LocalPath::root())
    };
    let step = scene
        .hub
        .start_login(&scene.cx(), browser.cookies(), start)
        .await
        .expect("starts");
    let Step::Identify(page) = keep(step, &mut browser) else {
        panic!("a password was enough")
    };
    assert_eq!(page.at_least, Some(Assurance::Substantial));
    let offered = Circumstances {
        service: page.opens.clone(),
        at_least: page.at_least,
        ..Circumstances::default()
    };
    let offered = scene.hub.choices(&scene.cx(), &offered).await;
    let offered = offered.expect("choices").sources;
    let ids: Vec<&str> = offered.iter().map(|choice| choice.id.as_str()).collect();
    assert_eq!(ids, ["citizens"], "the others cannot");
    // A password is not looked at, and a weak answer of the source is refused.
    let again = scene
        .submit(&mut browser, &page.handle, ("anne.martin", PASSWORD))
        .await;
    let Step::Identify(page) = again else {
        panic!("in by a password")
    };
    let state = scene
        .hub
        .leave_for(
            &scene.cx(),
            browser.cookies(),
            &page.handle,
            &connector("citizens"),
        )
        .await
        .expect("leaves");
    let state = state_of(state);
    let text = said(identity(&scene, "citizens", "fc"), "weak");
    let weak = arrive(&scene, &mut browser, "citizens", (&text, Some(&state))).await;
    assert!(matches!(weak, Err(Refused::TooWeak { .. })), "{weak:?}");
}

#[tokio::test]
async fn logout_goes_to_the_source_and_comes_from_it() {
    let scene = scene().await;
    let mut lea = Browser::default();
    let own = with_keys(identity(&scene, "national", "s1"), &["lea.martin"]);
    sign_in_by(&scene, &mut lea, own.clone(), "a").await;
    let ended = scene
        .hub
        .log_out(&scene.cx(), lea.session.as_deref())
        .await
        .expect("out")
        .expect("a session");
    let state = scene.hub.source_after(&scene.cx(), ended.logout).await;
    let state = state.expect("asked").expect("a source");
    assert_eq!(state.state, SourceState::ToGo);
    let leaving = scene.hub.leave_source(&scene.cx(), ended.logout).await;
    let leaving = leaving.expect("asked").expect("there is a way");
    let Delivery::Redirect(address) = leaving.delivery else {
        panic!("a form")
    };
    let state = address.split_once("state=").expect("a state").1;
    let twice = scene.hub.leave_source(&scene.cx(), ended.logout).await;
    assert!(twice.expect("asked").is_none(), "once is enough");
    let back = scene
        .hub
        .source_came_back(&scene.cx(), &connector("national"), ("", Some(state)))
        .await
        .expect("heard");
    assert!(matches!(back, SourceLogout::Answered(Some(logout)) if logout == ended.logout));
    let state = scene.hub.source_after(&scene.cx(), ended.logout).await;
    let state = state.expect("asked").expect("a source");
    assert_eq!(state.state, SourceState::Done);
    // From the source: by the name that it gave the session, once.
    sign_in_by(&scene, &mut lea, own, "b").await;
    let notice = Notice::LogoutToken("session of other");
    let heard = scene
        .hub
        .source_program(&scene.cx(), &connector("national"), &notice)
        .await;
    assert!(heard.is_ok() && scene.signed_in(&lea).await.is_some());
    // Another source has no say in it, whatever it calls the session.
    let notice = Notice::LogoutToken("session of b");
    let heard = scene
        .hub
        .source_program(&scene.cx(), &connector("citizens"), &notice)
        .await;
    assert!(heard.is_ok() && scene.signed_in(&lea).await.is_some());
    let heard = scene
        .hub
        .source_program(&scene.cx(), &connector("national"), &notice)
        .await;
    assert!(heard.is_ok());
    assert!(scene.signed_in(&lea).await.is_none());
    let again = scene
        .hub
        .source_program(&scene.cx(), &connector("national"), &notice)
        .await;
    assert!(matches!(again, Err(Refused::Untrusted { .. })), "once");
    // By the browser, which is not sent back to sign out where it has signed out just now.
    let own = with_keys(identity(&scene, "national", "s1"), &["lea.martin"]);
    sign_in_by(&scene, &mut lea, own, "c").await;
    let heard = scene
        .hub
        .source_came_back(&scene.cx(), &connector("national"), ("session of c", None))
        .await
        .expect("heard");
    let SourceLogout::Asked { ended, .. } = heard else {
        panic!("{heard:?}")
    };
    assert!(scene.signed_in(&lea).await.is_none());
    let logout = ended.expect("a session").logout;
    let state = scene.hub.source_after(&scene.cx(), logout).await;
    assert_eq!(
        state.expect("asked").expect("a source").state,
        SourceState::Done
    );
}

#[tokio::test]
async fn pwd_08_a_directory_s_password_is_guessed_at_the_pace_of_every_password() {
    let scene = scene().await;
    let mut browser = Browser::default();
    let page = scene.login_page(&mut browser).await;
    let mut waits = 0;
    for _ in 0..8 {
        let typed = Typed {
            username: "wrong",
            password: "x",
            remember: false,
        };
        let about = (page.handle.as_str(), &connector("annuaire"));
        let step = scene
            .hub
            .arrive_with_password(&scene.cx(), browser.cookies(), about, typed)
            .await
            .expect("asked again");
        let Step::AskPassword(ask) = step else {
            panic!("{step:?}")
        };
        waits += usize::from(matches!(
            ask.problem,
            Some(SourceProblem::Login(PasswordProblem::Wait(_)))
        ));
    }
    assert!(waits > 0, "nobody was slowed");
    // A directory that does not answer has not said that the password is wrong.
    let typed = Typed {
        username: "away",
        password: "x",
        remember: false,
    };
    let about = (page.handle.as_str(), &connector("annuaire"));
    let step = scene
        .hub
        .arrive_with_password(&scene.cx(), browser.cookies(), about, typed)
        .await
        .expect("asked again");
    let Step::AskPassword(ask) = step else {
        panic!("{step:?}")
    };
    assert_eq!(ask.problem, Some(SourceProblem::Away));
}

#[tokio::test]
async fn fed_14_a_dead_source_is_shown_and_the_others_go_on() {
    let scene = scene().await;
    scene
        .apply(&CONNECTORS.replace("name = \"Citizens\"", "name = \"Silence\""))
        .await;
    for _ in 0..2 {
        scene.hub.probe_sources(&scene.cx()).await.expect("asked");
    }
    let offered = scene
        .hub
        .choices(&scene.cx(), &Circumstances::default())
        .await
        .expect("choices");
    for choice in &offered.sources {
        let down = choice.id.as_str() == "citizens";
        assert_eq!(choice.down_since.is_some(), down, "{}", choice.id);
    }
    let mut lea = Browser::default();
    let own = with_keys(identity(&scene, "national", "s1"), &["lea.martin"]);
    sign_in_by(&scene, &mut lea, own, "a").await;
    let mut tom = Browser::default();
    scene.sign_in(&mut tom, "tom.martin").await;
}

#[tokio::test]
async fn fed_13_a_child_that_is_no_longer_theirs_is_gone_from_a_source_s_session_too() {
    let scene = scene().await;
    let mut anne = Browser::default();
    let own = with_keys(identity(&scene, "national", "anne"), &["anne.martin"]);
    sign_in_by(&scene, &mut anne, own, "a").await;
    let (lea, anne_id) = (
        person_of(&scene, "lea.martin").await,
        person_of(&scene, "anne.martin").await,
    );
    scene.end_authority(anne_id, lea).await;
    let seen = scene.signed_in(&anne).await.expect("still Tom's");
    assert!(seen.children.iter().all(|kin| kin.id != lea));
}

#[tokio::test]
async fn services_of_another_context_are_signed_out_and_the_others_stay() {
    let scene = scene().await;
    scene
        .apply(
            r#"
[[service]]
id = "enfants"
name = "Enfants"
access = [{ profiles = ["National_TUT"] }]
release = { attributes = ["children"], approval = "Registre 2026-001" }
[service.cas]
urls = ["https://enfants.example/"]
[[service]]
id = "anonyme"
name = "Anonyme"
access = [{}]
[service.cas]
urls = ["https://anonyme.example/"]
"#,
        )
        .await;
    let mut anne = Browser::default();
    let signed_in = scene.sign_in(&mut anne, "anne.martin").await;
    for url in ["https://enfants.example/", "https://anonyme.example/"] {
        let ticket = scene.ticket(&anne, url).await;
        scene.redeem(&ticket, url).await.expect("valid");
    }
    let lea = person_of(&scene, "lea.martin").await;
    let changed = scene
        .hub
        .choose_context(&scene.cx(), &signed_in, Context::Child(lea))
        .await
        .expect("chosen")
        .expect("theirs");
    assert_eq!(changed.closed, ["Enfants"]);
    let seen = scene.signed_in(&anne).await.expect("no new login");
    assert_eq!(seen.session.context, Context::Child(lea));
    let foreign = Context::Child(person_of(&scene, "paul.durand").await);
    let refused = scene.hub.choose_context(&scene.cx(), &seen, foreign).await;
    assert!(refused.expect("asked").is_none());
}

#[tokio::test]
async fn log_02_a_kept_secret_is_not_sent_to_an_address_that_it_was_not_given_for() {
    let scene = scene().await;
    let apply = async |text: String| {
        let file = SourceFile {
            name: "region.toml".to_owned(),
            text,
            ..SourceFile::default()
        };
        scene.hub.apply(&scene.cx(), &[file], false).await
    };
    let directory = |server: &str, password: &str| {
        format!(
            r#"
[[connector]]
id = "annuaire"
name = "Annuaire"
match = ["feed_key"]
trust = {{ academies = {{ "16" = "local" }} }}
[connector.ldap]
servers = ["{server}"]
bind_dn = "cn=hub"
{password}
base = "dc=example"
"#
        )
    };
    let provider = |authentication: &str| {
        format!(
            r#"
[[connector]]
id = "annuaire"
name = "Annuaire"
trust = {{ everywhere = true }}
[connector.oidc]
issuer = "https://other.example"
client_id = "hub"
authentication = "{authentication}"
"#
        )
    };
    let refused = async |text: String| {
        let Err(ApplyError::Mistakes(mistakes)) = apply(text).await else {
            panic!("the secret would go elsewhere")
        };
        let told: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
        assert!(told.join(" ").contains("secret"), "{told:?}");
    };
    let (here, there) = ("ldaps://annuaire.example", "ldaps://other.example");
    refused(directory(there, "")).await;
    apply(directory(here, "")).await.expect("the same address");
    let password = "bind_password = \"un-secret-pour-le-test\"";
    let again = apply(directory(there, password)).await;
    again.expect("said again");
    // Nor by a step in between that needs none.
    let between = apply(provider("private_key_jwt")).await;
    between.expect("needs no secret");
    refused(provider("client_secret_basic")).await;
}
