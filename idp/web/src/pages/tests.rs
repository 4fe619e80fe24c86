//! Every page with made-up content in every language: rendered, looked at for what must and must not
//! be there, and written to `target/pages` to be photographed.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use askama::Template as _;
use clau_domain::password::Weakness;
use clau_domain::policy::Refusal;
use clau_domain::time::Timestamp;
use clau_engine::login::CredentialsProblem;
use clau_engine::logout::ToldState;

use super::account::*;
use super::consent::*;
use super::context::*;
use super::device::*;
use super::leaving::*;
use super::linking::*;
use super::login::*;
use super::portal::*;
use super::problem::*;
use super::reading::*;
use super::source_problem::*;
use super::sources::*;
use super::*;
use crate::artwork::Artwork;
use crate::icons::Icon;
use crate::texts::Moment;

mod asked;
mod federation;

/// A name that tries to be markup.
const HOSTILE: &str = "</title><script>alert(1)</script>\" onload=\"x";

fn frame(language: Language, signed_in: bool) -> Frame {
    Frame {
        t: Texts::new(language),
        region: "Mon espace Occitanie".to_owned(),
        contact: "assistance@ent.example.fr".to_owned(),
        host: "ent.example.fr".to_owned(),
        here: "/login?to=%2Faccount".to_owned(),
        person: signed_in.then(|| "Élodie d’Arribère-Küng".to_owned()),
        token: "0123456789abcdef0123456789abcdef".to_owned(),
    }
}

fn moment(t: Texts, hours: i64) -> Moment {
    let zone = jiff::tz::TimeZone::get("Europe/Paris").expect("inside");
    t.moment(
        Timestamp::from_millis(1_795_420_800_000 - hours * 3_600_000),
        &zone,
    )
}

fn line(profile: Profile, structure: &str) -> ProfileLine {
    ProfileLine {
        profile_key: profile_key(profile),
        structure: structure.to_owned(),
    }
}

fn tile(id: &str, icon: &str, tint: usize, favourite: bool, words: (&str, &str)) -> Tile {
    Tile {
        id: id.to_owned(),
        title: words.0.to_owned(),
        description: words.1.to_owned(),
        icon: Icon::named(icon),
        tint,
        href: format!("https://{id}.example.fr/"),
        reasons: vec![line(Profile::Teacher, "Collège Jean-Moulin, Toulouse")],
        favourite,
    }
}

fn login(language: Language, problem: Option<LoginProblem>) -> LoginPage {
    LoginPage {
        frame: frame(language, false),
        handle: "h".repeat(120),
        username: problem
            .map(|_| "elodie.arribere".to_owned())
            .unwrap_or_default(),
        service: Some("Pédagogie".to_owned()),
        confirm: false,
        remember: true,
        problem,
        choices: None,
        stronger: None,
    }
}

fn credentials(language: Language, problem: Option<CredentialsProblem>) -> CredentialsPage {
    CredentialsPage {
        frame: frame(language, false),
        handle: "h".repeat(43),
        name: "Élodie".to_owned(),
        login: "elodie.arribere".to_owned(),
        shortest: 12,
        problem,
    }
}

fn context(value: &str, kind: ContextKind, label: &str, detail: &str) -> ContextView {
    ContextView {
        value: value.to_owned(),
        kind,
        label: label.to_owned(),
        detail: detail.to_owned(),
        chosen: false,
    }
}

fn portal(language: Language) -> PortalPage {
    let notebook = (
        "Pédagogie",
        "Le cahier de textes de vos classes : leçons, travail à faire.",
    );
    PortalPage {
        frame: frame(language, true),
        name: "Élodie".to_owned(),
        query: String::new(),
        chooser: Chooser {
            action: "/child",
            field: "child",
            contexts: vec![
                context(
                    "a",
                    ContextKind::Child,
                    "Manon Arribère-Küng",
                    "Collège Jean-Moulin, Toulouse",
                ),
                ContextView {
                    chosen: true,
                    ..context(
                        "b",
                        ContextKind::Child,
                        "Titouan Arribère-Küng",
                        "Lycée Bellevue, Albi",
                    )
                },
            ],
        },
        announcements: vec![
            Announcement {
                title: "Réunion parents-professeurs".to_owned(),
                text: "Jeudi 26 novembre à 18 h, dans le hall.\nPrenez rendez-vous dans Pronote."
                    .to_owned(),
                structure: Some("Collège Jean-Moulin, Toulouse".to_owned()),
            },
            Announcement {
                title: "Carte de transport".to_owned(),
                text: "Les demandes sont ouvertes jusqu’au 15 décembre.".to_owned(),
                structure: None,
            },
        ],
        sections: vec![
            Section {
                title_key: "portal-favourites",
                tiles: vec![tile("pedagogie", "notebook", 1, true, notebook)],
            },
            Section {
                title_key: category_key(Category::Pedagogy),
                tiles: vec![
                    tile("pedagogie", "notebook", 1, true, notebook),
                    tile(
                        "moodle",
                        "school",
                        1,
                        false,
                        ("Moodle", "Les cours en ligne de l’académie."),
                    ),
                    tile("pearltrees", "folder", 1, false, ("Pearltrees", "")),
                ],
            },
            Section {
                title_key: category_key(Category::SchoolLife),
                tiles: vec![tile(
                    "pronote",
                    "calendar",
                    2,
                    false,
                    (
                        "Pronote",
                        "Notes, absences, emploi du temps et messages de la vie scolaire du collège.",
                    ),
                )],
            },
            Section {
                title_key: category_key(Category::Orientation),
                tiles: vec![tile(
                    "orientation",
                    "compass",
                    4,
                    false,
                    (
                        "Orientation",
                        "Découvrir les métiers et préparer son parcours.",
                    ),
                )],
            },
            Section {
                title_key: category_key(Category::Services),
                tiles: vec![
                    tile(
                        "transport",
                        "bus",
                        5,
                        false,
                        ("Transport scolaire", "Lignes, horaires et carte."),
                    ),
                    tile(
                        "bourses",
                        "coin",
                        5,
                        false,
                        ("Bourses", "Demander une aide de la région."),
                    ),
                    tile(
                        "cantine",
                        "fork",
                        5,
                        false,
                        ("Restauration", "Menus de la semaine et réservation."),
                    ),
                ],
            },
        ],
        found: 8,
    }
}

fn empty_portal(language: Language, query: &str) -> PortalPage {
    PortalPage {
        query: query.to_owned(),
        chooser: Chooser::default(),
        announcements: Vec::new(),
        sections: Vec::new(),
        found: 0,
        ..portal(language)
    }
}

fn account(language: Language, done: Option<Done>) -> AccountPage {
    let frame = frame(language, true);
    let t = frame.t;
    let session = |id: &str, browser: &str, current: bool| SessionView {
        id: id.to_owned(),
        browser: browser.to_owned(),
        address: "192.0.2.17".to_owned(),
        since: moment(t, 30),
        seen: moment(t, 1),
        current,
        remembered: !current,
    };
    AccountPage {
        frame,
        done,
        has_second: false,
        name: "Élodie d’Arribère-Küng".to_owned(),
        birth_name: "Arribère".to_owned(),
        birth_date: "14/09/1985".to_owned(),
        login: "elodie.arribere".to_owned(),
        mails: vec!["elodie.arribere@example.fr".to_owned()],
        sources: vec![Source {
            name: "Toulouse".to_owned(),
            key: "1234567".to_owned(),
        }],
        affiliations: vec![AffiliationView {
            structure: "Collège Jean-Moulin, Toulouse".to_owned(),
            profile_key: profile_key(Profile::Teacher),
            classes: "6A, 6B, 5C".to_owned(),
            groups: "6 LATIN".to_owned(),
            functions: "Enseignement — Mathématiques".to_owned(),
        }],
        children: vec![Kin {
            name: "Manon Arribère-Küng".to_owned(),
            school: "Collège Jean-Moulin, Toulouse".to_owned(),
        }],
        guardians: Vec::new(),
        links: Vec::new(),
        linkable: Vec::new(),
        has_password: true,
        password_since: Some(moment(t, 2000)),
        charter_at: Some(moment(t, 2000)),
        sessions: vec![
            session("s1", "Firefox · Windows", true),
            session("s2", "Safari · iPhone", false),
        ],
        grants: Vec::new(),
        visits: vec![
            Visit {
                service: "Pédagogie".to_owned(),
                last: moment(t, 3),
                attribute_keys: Attribute::ALL[..9]
                    .iter()
                    .map(|a| attribute_key(*a))
                    .collect(),
                known_as: vec!["8a1c0f5e2b7d4963a0c1e2f3b4d5a697".to_owned()],
            },
            Visit {
                service: "Orientation".to_owned(),
                last: moment(t, 50),
                attribute_keys: vec![attribute_key(Attribute::PairwiseId)],
                known_as: Vec::new(),
            },
        ],
    }
}

fn password(language: Language, problem: Option<CredentialsProblem>) -> PasswordPage {
    PasswordPage {
        frame: frame(language, true),
        login: "elodie.arribere".to_owned(),
        has_password: true,
        shortest: 12,
        problem,
    }
}

fn refused(language: Language, refusal: Refusal) -> RefusedPage {
    RefusedPage {
        back: Some(WayBack::Form {
            action: "https://bourses.example.fr/callback".to_owned(),
            fields: vec![
                ("error", "access_denied".to_owned()),
                ("state", "\"><x>".to_owned()),
            ],
        }),
        frame: frame(language, true),
        service: "Restauration".to_owned(),
        refusal,
        affiliations: vec![line(Profile::Teacher, "Collège Jean-Moulin, Toulouse")],
        reference: "7H3K-9QRT".to_owned(),
    }
}

fn render<P: Page>(page: &P) -> (bool, String) {
    (P::SCRIPT, page.render().expect("renders"))
}

/// Every page in one language: name, whether its policy allows a script, text.
fn pages(language: Language) -> Vec<(String, bool, String)> {
    let open = || frame(language, false);
    let inside = || frame(language, true);
    let told = [ToldState::Told, ToldState::OnItsWay, ToldState::NotReached];
    let services = || {
        let names = ["Pédagogie", "Orientation", "Pronote"];
        names
            .iter()
            .zip(told)
            .map(|(name, state)| ToldView {
                name: (*name).to_owned(),
                state,
                by_hand: None,
            })
            .collect()
    };
    let weak = CredentialsProblem::Password(Weakness::TooShort { at_least: 12 });
    let fields = || vec![("ticket", "ST-x".to_owned())];
    let mut pages = vec![
        ("login", render(&login(language, None))),
        (
            "login-wrong",
            render(&login(language, Some(LoginProblem::Wrong))),
        ),
        (
            "login-wait",
            render(&login(language, Some(LoginProblem::Wait(30)))),
        ),
        (
            "login-busy",
            render(&login(language, Some(LoginProblem::Busy(3)))),
        ),
        (
            "login-confirm",
            render(&LoginPage {
                confirm: true,
                remember: false,
                ..login(language, None)
            }),
        ),
        ("credentials", render(&credentials(language, None))),
        (
            "credentials-weak",
            render(&credentials(language, Some(weak))),
        ),
        (
            "credentials-taken",
            render(&credentials(language, Some(CredentialsProblem::LoginTaken))),
        ),
        (
            "credentials-busy",
            render(&credentials(language, Some(CredentialsProblem::Busy))),
        ),
        (
            "accept-charter",
            render(&AcceptCharterPage {
                frame: open(),
                handle: "h".to_owned(),
                version: "2026-09".to_owned(),
                problem: true,
            }),
        ),
        ("portal", render(&portal(language))),
        ("portal-empty", render(&empty_portal(language, ""))),
        (
            "portal-nothing-found",
            render(&empty_portal(language, "cantine <b>")),
        ),
        ("account", render(&account(language, None))),
        (
            "account-done",
            render(&account(language, Some(Done::PasswordChanged))),
        ),
        (
            "account-ended",
            render(&account(language, Some(Done::SessionEnded))),
        ),
        ("password", render(&password(language, None))),
        (
            "password-wrong",
            render(&password(language, Some(CredentialsProblem::WrongCurrent))),
        ),
        (
            "password-differs",
            render(&password(language, Some(CredentialsProblem::Mismatch))),
        ),
        ("logout", render(&LogoutPage { frame: inside() })),
        (
            "signed-out",
            render(&SignedOutPage {
                frame: open(),
                already: false,
                services: services(),
                frames: Vec::new(),
                source: None,
                onward: None,
            }),
        ),
        (
            "signed-out-already",
            render(&SignedOutPage {
                frame: open(),
                already: true,
                services: Vec::new(),
                frames: Vec::new(),
                source: None,
                onward: None,
            }),
        ),
        (
            "warn",
            render(&WarnPage {
                frame: inside(),
                service: "Pédagogie".to_owned(),
                action: "/cas/login",
                fields: fields(),
            }),
        ),
        (
            "onward",
            render(&OnwardPage {
                frame: inside(),
                service: "Pédagogie".to_owned(),
                action: "https://pedagogie.example.fr/".to_owned(),
                fields: fields(),
            }),
        ),
        (
            "charter",
            render(&CharterPage {
                frame: open(),
                version: "2026-09".to_owned(),
            }),
        ),
        (
            "accessibility",
            render(&AccessibilityPage { frame: open() }),
        ),
    ]
    .into_iter()
    .chain(asked::samples(language))
    .chain(federation::samples(language))
    .map(|(name, (script, text))| (name.to_owned(), script, text))
    .collect::<Vec<_>>();
    for refusal in [
        Refusal::Gone,
        Refusal::Disabled,
        Refusal::NotNamed,
        Refusal::OutOfPeriod,
    ] {
        let (script, text) = render(&refused(language, refusal.clone()));
        pages.push((format!("refused-{refusal:?}"), script, text));
    }
    for kind in Problem::ALL {
        let retry = (kind == Problem::Unavailable).then(|| "/".to_owned());
        let page = ProblemPage {
            frame: open(),
            kind,
            retry,
            reference: "7H3K-9QRT".to_owned(),
        };
        let (script, text) = render(&page);
        pages.push((format!("problem-{kind:?}"), script, text));
    }
    pages
}

fn everywhere() -> impl Iterator<Item = (String, bool, String)> {
    Language::ALL.into_iter().flat_map(|language| {
        pages(language)
            .into_iter()
            .map(move |(name, script, text)| (format!("{name}.{}", language.tag()), script, text))
    })
}

#[test]
fn pages_are_written_out_to_be_photographed() {
    let target: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/pages");
    std::fs::create_dir_all(&target).expect("a place for pages");
    for asset in crate::assets::all() {
        let path = target.join(asset.path.trim_start_matches('/'));
        std::fs::create_dir_all(path.parent().expect("inside")).expect("a place for files");
        std::fs::write(path, asset.content).expect("written");
    }
    for (name, _, text) in everywhere() {
        // Opened as files, pages find their style beside them.
        let text = text.replace("\"/static/", "\"static/");
        std::fs::write(target.join(format!("{name}.html")), text).expect("written");
    }
}

#[test]
fn web_01_no_page_has_inline_code_or_style() {
    for (name, script, text) in everywhere() {
        for forbidden in [
            " style=",
            "<style",
            " onclick",
            " onload=\"",
            "javascript:",
            "<base",
        ] {
            assert!(!text.contains(forbidden), "{forbidden} in {name}");
        }
        let scripts = text.matches("<script").count();
        assert_eq!(
            scripts,
            usize::from(script),
            "{name}: scripts and policy differ"
        );
        assert_eq!(
            scripts,
            text.matches("<script src=\"/static/").count(),
            "{name}"
        );
        // Only where a service is told in a frame that it is over.
        let frames = text.matches("<iframe hidden title=\"").count();
        assert_eq!(text.matches("<iframe").count(), frames, "{name}");
        assert_eq!(frames > 0, name.starts_with("signed-out-frames"), "{name}");
        let foreign = text.matches("src=\"http").count();
        assert_eq!(foreign, frames, "something foreign in {name}");
    }
}

#[test]
fn the_account_page_shows_by_which_number_a_service_knows_the_person() {
    for (language, words) in [
        (Language::Fr, "Votre numéro dans ce service\u{a0}:"),
        (Language::En, "Your number in this service:"),
        (Language::Oc, "Vòstre numèro dins aqueste servici\u{a0}:"),
    ] {
        let page = account(language, None);
        let text = page.render().expect("renders");
        let number = format!(
            "{words} <code class=\"number\">{}</code>",
            page.visits[0].known_as[0]
        );
        assert_eq!(text.matches(&number).count(), 1, "{text}");
        // The other one is registered no more: there is no number to show, and no words about one.
        assert_eq!(text.matches(words).count(), 1, "{text}");
    }
}

#[test]
fn web_02_names_never_become_markup() {
    let mut page = portal(Language::Fr);
    page.name = HOSTILE.to_owned();
    page.query = HOSTILE.to_owned();
    page.frame.region = HOSTILE.to_owned();
    page.frame.person = Some(HOSTILE.to_owned());
    page.announcements[0].text = HOSTILE.to_owned();
    page.sections[0].tiles[0].title = HOSTILE.to_owned();
    page.sections[0].tiles[0].reasons[0].structure = HOSTILE.to_owned();
    let text = page.render().expect("renders");
    assert!(
        !text.contains("<script") && !text.contains("\" onload="),
        "{text}"
    );
    for file in
        std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("templates")).expect("ours")
    {
        let path = file.expect("readable").path();
        let text = std::fs::read_to_string(&path).expect("text");
        let unescaped = text.matches("|safe").count();
        let drawings = text.matches(".svg()|safe").count() + text.matches("icons::svg(\"").count();
        assert_eq!(unescaped, drawings, "{}", path.display());
        assert!(
            !text.contains("| safe") && !text.contains("escape"),
            "{}",
            path.display()
        );
    }
}

#[test]
fn log_06_no_page_names_anything_outside_the_hub_but_services() {
    for (name, _, text) in everywhere() {
        for piece in text.split("http").skip(1) {
            let inside = ["://pedagogie.example.fr", "s://", "-equiv=\"refresh\" "]
                .iter()
                .any(|ok| piece.starts_with(ok));
            assert!(
                inside,
                "{name}: http{}",
                piece.chars().take(40).collect::<String>()
            );
        }
    }
}

#[test]
fn every_page_is_small_named_and_in_its_language() {
    for (name, _, text) in everywhere() {
        let files: usize = crate::assets::all()
            .iter()
            .map(|asset| asset.content.len())
            .sum();
        assert!(
            text.len() + files < 60_000,
            "{name}: {} bytes",
            text.len() + files
        );
        let language = name.rsplit('.').next().expect("a language");
        assert!(
            text.contains(&format!("<html lang=\"{language}\">")),
            "{name}"
        );
        assert_eq!(text.matches("<h1>").count(), 1, "{name}");
        assert_eq!(text.matches("<main id=\"main\"").count(), 1, "{name}");
        assert!(
            !text.contains("<title> –") && !text.contains("{ $"),
            "{name}"
        );
        let mut ids = BTreeSet::new();
        for piece in text.split(" id=\"").skip(1) {
            let id = piece.split('"').next().unwrap_or_default();
            // A favourite appears in its category as well.
            assert!(ids.insert(id.to_owned()), "{name}: id {id} twice");
        }
    }
}

#[test]
fn forms_post_with_a_token_and_labels() {
    for (name, _, text) in everywhere() {
        for form in text.split("<form").skip(1) {
            let form = form.split("</form>").next().unwrap_or_default();
            // To a service or a source, with what its protocol says: nothing of ours is changed there.
            let onward = ["onward", "refused-back", "source-logout"]
                .iter()
                .any(|id| form.contains(&format!("id=\"{id}\"")));
            if form.contains("method=\"post\"") && !onward {
                assert!(form.contains("name=\"csrf\" value=\"0123"), "{name}");
            }
            for input in form.split("<input ").skip(1) {
                let input = input.split('>').next().unwrap_or_default();
                if !input.contains("type=\"hidden\"") && !input.contains("aria-hidden") {
                    let id = input
                        .split("id=\"")
                        .nth(1)
                        .and_then(|rest| rest.split('"').next());
                    let label = format!("for=\"{}\"", id.unwrap_or("?"));
                    assert!(form.contains(&label), "{name}: {input} has no label");
                }
            }
        }
    }
}

#[test]
fn the_language_switch_comes_back_to_the_page() {
    let choices = frame(Language::Oc, false).languages();
    assert_eq!(
        choices[0].href,
        "/language?to=fr&back=/login%3Fto%3D%252Faccount"
    );
    assert!(choices[1].current && !choices[2].current);
}
