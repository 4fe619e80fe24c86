//! Samples of the pages by which other systems say who somebody is, and the proof that no source becomes
//! markup, that nobody reads of somebody else's account, and that login and password are always there.

use clau_domain::connector::{Audience, Connector, MatchBy};

use super::*;

const SCHOOL: &str = "Lycée agricole La Roque, Rodez";
const COLLEGE: &str = "Collège Jean-Moulin, Toulouse";

pub(super) fn source(id: &str, name: &str, artwork: Artwork) -> SourceChoice {
    SourceChoice {
        id: id.to_owned(),
        name: name.to_owned(),
        label: format!("Se connecter avec {name}"),
        description: String::new(),
        href: format!("/login?source={id}"),
        artwork,
        state: SourceState::Up,
    }
}

fn educonnect() -> SourceChoice {
    source("educonnect", "ÉduConnect", Artwork::Educonnect)
}

fn franceconnect() -> SourceChoice {
    source("franceconnect", "FranceConnect", Artwork::Franceconnect)
}

fn proconnect() -> SourceChoice {
    source("proconnect", "ProConnect", Artwork::Proconnect)
}

fn academy() -> SourceChoice {
    SourceChoice {
        label: "Académie de Toulouse".to_owned(),
        description: "Avec votre identifiant et mot de passe de messagerie académique.".to_owned(),
        ..source("toulouse", "Académie de Toulouse", Artwork::Plain)
    }
}

fn agricultural() -> SourceChoice {
    SourceChoice {
        label: SCHOOL.to_owned(),
        ..source("la-roque", SCHOOL, Artwork::Plain)
    }
}

fn down(source: SourceChoice, since: Option<&str>, around: &[WayAround]) -> SourceChoice {
    SourceChoice {
        state: SourceState::Down {
            since: since.map(str::to_owned),
            around: around.to_vec(),
        },
        ..source
    }
}

const AROUND: [WayAround; 3] = [
    WayAround::Password,
    WayAround::ActivationCode,
    WayAround::School,
];

fn choices(last: Option<LastWay>) -> Choices {
    let answer = |audience, sources| Answer { audience, sources };
    Choices {
        school: None,
        search: "/login/school?back=%2Flogin".to_owned(),
        last,
        preferred: Vec::new(),
        answers: vec![
            answer(Audience::Family, vec![educonnect(), franceconnect()]),
            answer(Audience::Agent, vec![academy(), proconnect()]),
            answer(Audience::Agriculture, vec![agricultural()]),
            answer(
                Audience::University,
                vec![source("ut2j", "Université Jean-Jaurès", Artwork::Plain)],
            ),
            answer(Audience::Citizen, vec![franceconnect()]),
        ],
        open: None,
    }
}

fn choosing(language: Language, choices: Choices) -> LoginPage {
    LoginPage {
        choices: Some(choices),
        ..login(language, None)
    }
}

fn at_school(language: Language) -> LoginPage {
    let source = agricultural();
    let choices = Choices {
        school: Some(SchoolNamed {
            name: "Lycée agricole La Roque".to_owned(),
            commune: "Rodez".to_owned(),
        }),
        preferred: vec![Preferred {
            by: PreferredBy::School,
            source,
        }],
        ..choices(None)
    };
    choosing(language, choices)
}

fn stronger(language: Language, sources: Vec<SourceChoice>, form: bool) -> LoginPage {
    LoginPage {
        stronger: Some(StepUp { sources, form }),
        service: Some("Dossiers des élèves".to_owned()),
        ..login(language, None)
    }
}

fn school_search(language: Language, query: &str, results: SchoolResults) -> SchoolSearchPage {
    SchoolSearchPage {
        frame: frame(language, false),
        query: query.to_owned(),
        carried: vec![("back", "/login?to=%2Faccount".to_owned())],
        results,
        back: "/login?to=%2Faccount".to_owned(),
    }
}

fn schools(count: usize) -> Vec<SchoolFound> {
    let kinds = [
        ("Lycée Bellevue", "Lycée général", "Albi"),
        ("Lycée agricole La Roque", "Lycée agricole", "Rodez"),
        ("Collège Jean-Moulin", "Collège", "Toulouse"),
    ];
    let school = |number: usize| {
        let (name, kind, commune) = kinds[number % kinds.len()];
        SchoolFound {
            name: name.to_owned(),
            kind: kind.to_owned(),
            commune: commune.to_owned(),
            uai: format!("08{number:05}A"),
            href: format!("/login?uai=08{number:05}A"),
        }
    };
    (0..count).map(school).collect()
}

fn directory(language: Language, problem: Option<UpstreamPasswordProblem>) -> UpstreamPasswordPage {
    UpstreamPasswordPage {
        frame: frame(language, false),
        handle: "h".repeat(43),
        source: "la-roque".to_owned(),
        owner: SCHOOL.to_owned(),
        username: problem.map(|_| "e.arribere".to_owned()).unwrap_or_default(),
        service: Some("Pédagogie".to_owned()),
        problem,
        reference: "K7QX-92MD".to_owned(),
        elsewhere: "/login?to=%2Faccount".to_owned(),
    }
}

fn unknown(language: Language, case: UnknownCase, problem: Option<LoginProblem>) -> UnknownPage {
    UnknownPage {
        frame: frame(language, false),
        handle: "h".repeat(43),
        source: "ÉduConnect".to_owned(),
        case,
        guardian: case == UnknownCase::Nobody,
        form: true,
        login: problem
            .map(|_| "elodie.arribere".to_owned())
            .unwrap_or_default(),
        problem,
        others: vec![franceconnect()],
        elsewhere: "/login?to=%2Faccount".to_owned(),
        reference: "7H3K-9QRT".to_owned(),
    }
}

fn reason(by: LinkedBy, child: Option<&str>, school: Option<&str>) -> LinkReason {
    LinkReason {
        by,
        child: child.map(str::to_owned),
        school: school.map(str::to_owned),
    }
}

fn children_reasons() -> Vec<LinkReason> {
    let by = LinkedBy::Identifier(MatchBy::Vector);
    vec![
        reason(by, Some("Manon Arribère-Küng"), Some(COLLEGE)),
        reason(by, Some("Titouan Arribère-Küng"), Some(SCHOOL)),
    ]
}

fn linked(language: Language, reasons: Vec<LinkReason>) -> LinkedPage {
    LinkedPage {
        frame: frame(language, true),
        handle: "h".repeat(43),
        source: "ÉduConnect".to_owned(),
        name: "Élodie d’Arribère-Küng".to_owned(),
        reasons,
        changes: LinkChanges {
            password_gone: true,
            code_gone: true,
            sessions_closed: true,
            may_choose_password: true,
        },
        reference: "7H3K-9QRT".to_owned(),
    }
}

fn unlink(language: Language, source: &str) -> UnlinkPage {
    let frame = frame(language, true);
    UnlinkPage {
        link: "l1".to_owned(),
        source: source.to_owned(),
        since: moment(frame.t, 4000),
        others: vec!["FranceConnect".to_owned()],
        has_password: true,
        frame,
    }
}

fn choose_context(language: Language, kinds: &[ContextKind]) -> ChooseContextPage {
    let choice = |kind: &ContextKind| match kind {
        ContextKind::Everything => ContextChoice {
            value: String::new(),
            kind: *kind,
            label: String::new(),
            details: Vec::new(),
            ministry: String::new(),
            why: None,
        },
        ContextKind::Child => ContextChoice {
            value: "child:0190d0c0".to_owned(),
            kind: *kind,
            label: "Titouan Arribère-Küng".to_owned(),
            details: vec!["2de A".to_owned(), SCHOOL.to_owned(), String::new()],
            ministry: "Ministère de l’Agriculture".to_owned(),
            why: Some(ContextWhy::Guardian {
                told_by: "AGRICOLE".to_owned(),
            }),
        },
        ContextKind::School => ContextChoice {
            value: "school:0190d0c1".to_owned(),
            kind: *kind,
            label: "Collège Jean-Moulin".to_owned(),
            details: vec!["Toulouse".to_owned()],
            ministry: String::new(),
            why: Some(ContextWhy::Profile {
                profile_key: profile_key(Profile::Teacher),
                told_by: "TOULOUSE".to_owned(),
            }),
        },
    };
    ChooseContextPage {
        frame: frame(language, true),
        handle: "h".repeat(43),
        service: Some("Bourses".to_owned()),
        choices: kinds.iter().map(choice).collect(),
        closing: vec!["Pronote".to_owned(), "Restauration".to_owned()],
    }
}

fn context_changed(language: Language) -> ContextChangedPage {
    ContextChangedPage {
        frame: frame(language, true),
        closed: vec!["Pronote".to_owned()],
        by_hand: vec!["Médiacentre".to_owned()],
    }
}

fn signed_out(language: Language, there: LeftThere) -> SignedOutPage {
    SignedOutPage {
        frame: frame(language, false),
        already: false,
        services: vec![ToldView {
            name: "Pédagogie".to_owned(),
            state: ToldState::Told,
            by_hand: None,
        }],
        frames: Vec::new(),
        source: Some(SourceLeft {
            name: "ÉduConnect".to_owned(),
            there,
        }),
        onward: None,
    }
}

fn source_problem(language: Language, kind: SourceProblem) -> SourceProblemPage {
    let silent = kind == SourceProblem::NoAnswer;
    SourceProblemPage {
        frame: frame(language, false),
        kind,
        source: "ÉduConnect".to_owned(),
        around: if silent { AROUND.to_vec() } else { Vec::new() },
        others: if kind == SourceProblem::TooWeak {
            vec![proconnect()]
        } else {
            Vec::new()
        },
        retry: silent.then(|| "/login?source=educonnect".to_owned()),
        elsewhere: "/login?to=%2Faccount".to_owned(),
        reference: "7H3K-9QRT".to_owned(),
    }
}

fn account_with_links(language: Language, source: &str, has_password: bool) -> AccountPage {
    let t = Texts::new(language);
    let link = |id: &str, source: &str, reasons: Vec<LinkReason>, removable: bool| LinkView {
        id: id.to_owned(),
        source: source.to_owned(),
        since: moment(t, 4000),
        last: removable.then(|| moment(t, 3)),
        reasons,
        removable,
    };
    let mut links = vec![link("l1", source, children_reasons(), has_password)];
    if has_password {
        let code = vec![reason(LinkedBy::ActivationCode, None, None)];
        links.push(link("l2", "FranceConnect", code, true));
    }
    AccountPage {
        links,
        linkable: vec![proconnect(), academy()],
        has_password,
        password_since: has_password.then(|| moment(t, 2000)),
        ..account(language, Some(Done::Linked))
    }
}

fn portal_of_schools(language: Language) -> PortalPage {
    let mut page = portal(language);
    page.chooser.contexts = vec![
        context("c", ContextKind::Child, "Manon Arribère-Küng", COLLEGE),
        ContextView {
            chosen: true,
            ..context("s", ContextKind::School, SCHOOL, "")
        },
    ];
    page
}

/// The samples, for the tests of every page.
pub(super) fn samples(language: Language) -> Vec<(&'static str, (bool, String))> {
    let found = |count, more| SchoolResults::Found {
        schools: schools(count),
        more,
    };
    let form = WayBack::Form {
        action: "https://pedagogie.example.fr/slo".to_owned(),
        fields: vec![("SAMLRequest", "\"><x>".to_owned())],
    };
    let link = WayBack::Link("https://pedagogie.example.fr/fin?a=b&c=d".to_owned());
    let last = |source| Some(LastWay::Source(source));
    let all_down = Choices {
        last: last(down(educonnect(), Some("08:12"), &AROUND)),
        ..choices(None)
    };
    let both = [
        ContextKind::Everything,
        ContextKind::Child,
        ContextKind::School,
    ];
    let mut samples = vec![
        ("login-choices", render(&choosing(language, choices(None)))),
        (
            "login-choices-last",
            render(&choosing(language, choices(last(educonnect())))),
        ),
        (
            "login-choices-form",
            render(&choosing(language, choices(Some(LastWay::Form)))),
        ),
        ("login-choices-down", render(&choosing(language, all_down))),
        (
            "login-choices-agent",
            render(&choosing(
                language,
                Choices {
                    open: Some(Audience::Agent),
                    ..choices(last(franceconnect()))
                },
            )),
        ),
        (
            "login-choices-wrong",
            render(&LoginPage {
                problem: Some(LoginProblem::Wrong),
                username: "elodie.arribere".to_owned(),
                ..choosing(language, choices(last(educonnect())))
            }),
        ),
        (
            "login-choices-confirm",
            render(&LoginPage {
                confirm: true,
                ..choosing(language, choices(last(educonnect())))
            }),
        ),
        ("login-school", render(&at_school(language))),
        (
            "login-stronger",
            render(&stronger(language, vec![proconnect(), academy()], false)),
        ),
        (
            "login-stronger-form",
            render(&stronger(language, Vec::new(), true)),
        ),
        (
            "login-stronger-both",
            render(&stronger(language, vec![proconnect()], true)),
        ),
        (
            "login-stronger-none",
            render(&stronger(language, Vec::new(), false)),
        ),
        (
            "school-search",
            render(&school_search(language, "", SchoolResults::NotAsked)),
        ),
        (
            "school-search-short",
            render(&school_search(language, "a", SchoolResults::TooShort)),
        ),
        (
            "school-search-found",
            render(&school_search(language, "bellevue", found(3, false))),
        ),
        (
            "school-search-more",
            render(&school_search(language, "lycée", found(20, true))),
        ),
        (
            "school-search-none",
            render(&school_search(language, "zzz <b>", found(0, false))),
        ),
        ("directory", render(&directory(language, None))),
        (
            "unknown-nobody",
            render(&unknown(language, UnknownCase::Nobody, None)),
        ),
        (
            "unknown-several",
            render(&unknown(
                language,
                UnknownCase::Several,
                Some(LoginProblem::Wrong),
            )),
        ),
        (
            "unknown-scope",
            render(&UnknownPage {
                form: false,
                ..unknown(language, UnknownCase::NotForThisSource, None)
            }),
        ),
        ("linked", render(&linked(language, children_reasons()))),
        (
            "linked-bare",
            render(&LinkedPage {
                changes: LinkChanges::default(),
                ..linked(language, Vec::new())
            }),
        ),
        ("unlink", render(&unlink(language, "ÉduConnect"))),
        ("choose-context", render(&choose_context(language, &both))),
        (
            "choose-context-children",
            render(&ChooseContextPage {
                closing: Vec::new(),
                ..choose_context(language, &both[..2])
            }),
        ),
        (
            "choose-context-schools",
            render(&choose_context(
                language,
                &[ContextKind::School, ContextKind::Everything],
            )),
        ),
        ("context-changed", render(&context_changed(language))),
        ("portal-schools", render(&portal_of_schools(language))),
        (
            "signed-out-source-done",
            render(&signed_out(language, LeftThere::Done)),
        ),
        (
            "signed-out-source-link",
            render(&signed_out(language, LeftThere::OnTheWay(link))),
        ),
        (
            "signed-out-source-form",
            render(&signed_out(language, LeftThere::OnTheWay(form))),
        ),
        (
            "signed-out-source-still",
            render(&signed_out(
                language,
                LeftThere::Still(Some("https://pedagogie.example.fr/logout".to_owned())),
            )),
        ),
        (
            "signed-out-source-closed",
            render(&signed_out(language, LeftThere::Still(None))),
        ),
        (
            "account-links",
            render(&account_with_links(language, "ÉduConnect", true)),
        ),
        (
            "account-links-only",
            render(&account_with_links(language, "ÉduConnect", false)),
        ),
        (
            "account-links-none",
            render(&AccountPage {
                links: Vec::new(),
                ..account_with_links(language, "", true)
            }),
        ),
        (
            "password-first",
            render(&PasswordPage {
                has_password: false,
                ..password(language, None)
            }),
        ),
    ];
    let problems = [
        ("directory-wrong", UpstreamPasswordProblem::Wrong),
        ("directory-wait", UpstreamPasswordProblem::Wait(1)),
        ("directory-busy", UpstreamPasswordProblem::Busy),
        ("directory-silent", UpstreamPasswordProblem::NoAnswer),
    ];
    samples.extend(
        problems.map(|(name, problem)| (name, render(&directory(language, Some(problem))))),
    );
    let names = [
        "source-silent",
        "source-unusable",
        "source-refused",
        "source-disbelieved",
        "source-untrusted",
        "source-weak",
        "source-late",
        "source-elsewhere",
        "source-unasked",
    ];
    let kinds = names.into_iter().zip(SourceProblem::ALL);
    samples.extend(kinds.map(|(name, kind)| (name, render(&source_problem(language, kind)))));
    samples
}

fn text_of(page: &impl Page) -> String {
    page.render().expect("renders")
}

/// Every page on which a source, a school or a feed has a word, with that word.
fn saying(language: Language, word: &str) -> Vec<(&'static str, String)> {
    let word = || word.to_owned();
    let named = |source: SourceChoice| SourceChoice {
        name: word(),
        label: word(),
        description: word(),
        ..source
    };
    let mut with_words = choices(Some(LastWay::Source(named(educonnect()))));
    with_words.school = Some(SchoolNamed {
        name: word(),
        commune: word(),
    });
    with_words.preferred = vec![Preferred {
        by: PreferredBy::Service(word()),
        source: down(named(academy()), Some(&word()), &AROUND),
    }];
    with_words.answers[2].sources = vec![named(agricultural())];
    let found = SchoolFound {
        name: word(),
        kind: word(),
        commune: word(),
        uai: "0811234A".to_owned(),
        href: "/login".to_owned(),
    };
    let reasons = || {
        vec![LinkReason {
            by: LinkedBy::Identifier(MatchBy::Vector),
            child: Some(word()),
            school: Some(word()),
        }]
    };
    let mut context = choose_context(language, &[ContextKind::Child, ContextKind::School]);
    context.closing = vec![word()];
    for choice in &mut context.choices {
        choice.label = word();
        choice.details = vec![word()];
        choice.ministry = word();
    }
    context.choices[0].why = Some(ContextWhy::Guardian { told_by: word() });
    let mut portal = portal_of_schools(language);
    portal.chooser.contexts[0].label = word();
    portal.chooser.contexts[0].detail = word();
    let mut left = signed_out(language, LeftThere::Still(None));
    left.source = Some(SourceLeft {
        name: word(),
        there: LeftThere::OnTheWay(WayBack::Form {
            action: word(),
            fields: vec![("SAMLRequest", word())],
        }),
    });
    let results = SchoolResults::Found {
        schools: vec![found],
        more: false,
    };
    let problem = Some(UpstreamPasswordProblem::Wrong);
    vec![
        ("login", text_of(&choosing(language, with_words))),
        (
            "stronger",
            text_of(&stronger(language, vec![named(academy())], true)),
        ),
        (
            "schools",
            text_of(&school_search(language, &word(), results)),
        ),
        (
            "directory",
            text_of(&UpstreamPasswordPage {
                owner: word(),
                username: word(),
                ..directory(language, problem)
            }),
        ),
        (
            "unknown",
            text_of(&UnknownPage {
                source: word(),
                login: word(),
                ..unknown(language, UnknownCase::Nobody, None)
            }),
        ),
        (
            "linked",
            text_of(&LinkedPage {
                source: word(),
                name: word(),
                ..linked(language, reasons())
            }),
        ),
        ("unlink", text_of(&unlink(language, &word()))),
        ("context", text_of(&context)),
        ("portal", text_of(&portal)),
        ("signed-out", text_of(&left)),
        (
            "account",
            text_of(&account_with_links(language, &word(), true)),
        ),
        (
            "problem",
            text_of(&SourceProblemPage {
                source: word(),
                ..source_problem(language, SourceProblem::NoAnswer)
            }),
        ),
    ]
}

#[test]
fn web_02_nothing_that_a_source_or_a_school_says_becomes_markup() {
    for language in Language::ALL {
        let harmless = saying(language, "Agenda");
        for ((name, expected), (_, text)) in harmless.iter().zip(saying(language, HOSTILE)) {
            assert!(text.contains("alert("), "{name}: the word is not there");
            for mark in ['<', '>', '"'] {
                assert_eq!(
                    text.matches(mark).count(),
                    expected.matches(mark).count(),
                    "{name}: {mark}"
                );
            }
        }
    }
}

#[test]
fn without_sources_the_login_page_is_login_and_password_and_nothing_else() {
    let text = text_of(&login(Language::Fr, None));
    for part in [
        "data-source",
        "id=\"who",
        "class=\"entrance choosing\"",
        "<h2 id=\"local\"",
    ] {
        assert!(!text.contains(part), "{part}");
    }
    assert_eq!(text.matches("<form").count(), 1);
}

#[test]
fn login_and_password_are_on_the_page_whatever_is_offered_besides() {
    let last = |way| choosing(Language::Fr, choices(Some(way)));
    let down = down(educonnect(), None, &[]);
    for page in [
        choosing(Language::Fr, choices(None)),
        choosing(Language::Fr, Choices::default()),
        last(LastWay::Form),
        last(LastWay::Source(down)),
        at_school(Language::Fr),
        stronger(Language::Fr, vec![proconnect()], true),
    ] {
        let text = text_of(&page);
        for part in [
            "name=\"username\"",
            "name=\"password\"",
            "id=\"login-submit\"",
            "name=\"handle\" value=\"hhh",
        ] {
            assert_eq!(text.matches(part).count(), 1, "{part}");
        }
        // Not folded away: a password manager finds it, and so does whoever has only that.
        let before = text.split("id=\"username\"").next().expect("a start");
        assert_eq!(
            before.matches("<details").count(),
            before.matches("</details>").count()
        );
    }
}

#[test]
fn the_most_probable_way_stands_first() {
    let position = |text: &str, part: &str| text.find(part).unwrap_or_else(|| panic!("no {part}"));
    let order = |page: &LoginPage, parts: &[&str]| {
        let text = text_of(page);
        let places: Vec<usize> = parts.iter().map(|part| position(&text, part)).collect();
        assert!(places.is_sorted(), "{parts:?}: {places:?}");
    };
    let mut page = at_school(Language::Fr);
    order(
        &page,
        &[
            "id=\"preferred-la-roque\"",
            "id=\"who-family\"",
            "id=\"username\"",
        ],
    );
    let all = page.choices.as_mut().expect("choices");
    all.last = Some(LastWay::Source(educonnect()));
    order(
        &page,
        &[
            "id=\"last-educonnect\"",
            "id=\"preferred-la-roque\"",
            "id=\"who-family\"",
        ],
    );
    // Whoever has just mistyped a password wants to type it again.
    page.problem = Some(LoginProblem::Wrong);
    order(&page, &["id=\"username\"", "id=\"last-educonnect\""]);
    page.problem = None;
    page.choices.as_mut().expect("choices").last = Some(LastWay::Form);
    order(&page, &["id=\"username\"", "id=\"preferred-la-roque\""]);
}

#[test]
fn what_stands_above_is_not_offered_twice_and_one_answer_at_most_is_open() {
    let open = |choices: &Choices| {
        let answers = choices.answers().filter(|answer| choices.is_open(answer));
        answers.map(|answer| answer.audience).collect::<Vec<_>>()
    };
    let mut all = choices(None);
    assert_eq!(open(&all), [Audience::Family]);
    all.open = Some(Audience::Citizen);
    assert_eq!(open(&all), [Audience::Citizen]);
    // An answer without anything to choose is not shown, and nothing is behind it.
    all.answers[4].sources.clear();
    assert_eq!(open(&all), [Audience::Family]);
    assert!(!text_of(&choosing(Language::Fr, all.clone())).contains("id=\"who-citizen\""));
    all.open = None;
    all.last = Some(LastWay::Source(academy()));
    assert!(open(&all).is_empty());
    all.preferred = [academy(), educonnect(), educonnect()]
        .map(|source| Preferred {
            by: PreferredBy::Service("Bourses".to_owned()),
            source,
        })
        .to_vec();
    let shown: Vec<&str> = all
        .preferred()
        .iter()
        .map(|preferred| preferred.source.id.as_str())
        .collect();
    assert_eq!(shown, ["educonnect"]);
}

#[test]
fn fed_14_a_source_that_is_down_says_so_and_offers_only_the_ways_that_are_open() {
    let page = |around: &[WayAround]| {
        let last = down(educonnect(), Some("08:12"), around);
        text_of(&choosing(
            Language::Fr,
            choices(Some(LastWay::Source(last))),
        ))
    };
    let text = page(&[WayAround::Password]);
    assert!(text.contains("ÉduConnect ne répond pas depuis 08:12."));
    assert!(text.contains("Essayer quand même"), "still a link");
    assert!(text.contains("votre mot de passe de l&#39;ENT, si vous en avez"));
    assert!(!text.contains("et le code d&#39;activation reçu sur papier"));
    let text = page(&[]);
    assert!(!text.contains("entrer autrement") && text.contains("Cela ne vient pas de vous."));
}

#[test]
fn the_buttons_of_the_state_say_what_their_owners_ask_whatever_is_registered() {
    for (choice, brand, about) in [
        (
            franceconnect(),
            "FranceConnect",
            "https://franceconnect.gouv.fr/",
        ),
        (
            proconnect(),
            "ProConnect",
            "https://www.proconnect.gouv.fr/",
        ),
    ] {
        let registered = SourceChoice {
            label: "Par ici la bonne soupe".to_owned(),
            ..choice
        };
        let text = text_of(&choosing(
            Language::Fr,
            choices(Some(LastWay::Source(registered))),
        ));
        let words = format!(
            "<span class=\"source-with\">S&#39;identifier avec</span> <strong class=\"source-brand\">{brand}</strong>"
        );
        assert!(text.contains(&words), "{brand}");
        assert!(!text.contains("bonne soupe"));
        let question = format!(
            "href=\"{about}\" rel=\"noreferrer\" target=\"_blank\">Qu&#39;est-ce que {brand}"
        );
        assert!(text.contains(&question), "{brand}");
    }
}

#[test]
fn a_registered_connector_is_shown_as_its_registration_says() {
    let registered = |button: &str| -> Connector {
        serde_json::from_value(serde_json::json!({
            "id": "la-roque", "name": "La Roque", "profile": "agriculture",
            "button": serde_json::from_str::<serde_json::Value>(button).expect("JSON"),
        }))
        .expect("a connector")
    };
    let choice = |button: &str, language| {
        SourceChoice::of(
            &registered(button),
            Texts::new(language),
            "/login?source=la-roque".to_owned(),
            SourceState::Up,
        )
    };
    let said =
        r#"{"label": {"fr": "Compte du lycée", "oc": "Compte del licèu"}, "description": "Rodez"}"#;
    assert_eq!(choice(said, Language::Oc).label, "Compte del licèu");
    let english = choice(said, Language::En);
    assert_eq!(
        (english.label.as_str(), english.description.as_str()),
        ("Compte du lycée", "Rodez")
    );
    let plain = choice("{}", Language::En);
    assert_eq!(plain.label, "Sign in with La Roque");
    assert_eq!((plain.artwork, plain.says_more()), (Artwork::Plain, false));
}

#[test]
fn what_is_not_strong_enough_is_not_offered_where_more_is_asked() {
    let text = text_of(&stronger(Language::Fr, vec![proconnect()], false));
    assert!(text.contains("data-source=\"proconnect\"") && !text.contains("name=\"password\""));
    let none = text_of(&stronger(Language::Fr, Vec::new(), false));
    assert!(
        none.contains("id=\"stronger-none\""),
        "nobody is left without a word"
    );
}

#[test]
fn fed_02_who_is_not_recognised_reads_of_no_account() {
    for language in Language::ALL {
        for case in UnknownCase::ALL {
            let page = unknown(language, case, None);
            let text = text_of(&page);
            assert!(text.contains("action=\"/login/link\"") && text.contains("7H3K-9QRT"));
            for word in [
                "verrouill",
                "bloqu",
                "locked",
                "existe déjà",
                "already exists",
            ] {
                assert!(!text.contains(word), "{word} for {case:?}");
            }
        }
    }
    // Who may not prove it here is not asked for a password.
    let text = text_of(&UnknownPage {
        form: false,
        ..unknown(Language::Fr, UnknownCase::NotForThisSource, None)
    });
    assert!(!text.contains("name=\"password\"") && text.contains("id=\"ask\""));
}

#[test]
fn only_what_has_changed_is_said_to_have_changed() {
    let text = |changes| {
        text_of(&LinkedPage {
            changes,
            ..linked(Language::Fr, Vec::new())
        })
    };
    let code = text(LinkChanges {
        code_gone: true,
        ..LinkChanges::default()
    });
    assert!(code.contains("Votre code d&#39;activation ne marche plus"));
    assert!(!code.contains("ancien mot de passe") && !code.contains("ont été fermées"));
    assert!(!text(LinkChanges::default()).contains("Ce qui a changé"));
}

#[test]
fn a_reason_is_said_for_the_pupil_and_for_the_guardian_in_other_words() {
    let t = Texts::new(Language::Fr);
    let by = LinkedBy::Identifier(MatchBy::Vector);
    let of_child = reason(by, Some("Manon"), Some(COLLEGE));
    assert_eq!(of_child.about(), format!("Manon – {COLLEGE}"));
    assert!(of_child.text(&t, "X").contains("votre enfant"));
    let own = reason(by, None, Some(COLLEGE));
    assert!(own.text(&t, "X").contains("votre numéro d'élève"));
    let mut said = BTreeSet::new();
    for by in [
        LinkedBy::Identifier(MatchBy::FeedKey),
        LinkedBy::Identifier(MatchBy::Vector),
        LinkedBy::Identifier(MatchBy::Key),
        LinkedBy::Identifier(MatchBy::Ine),
        LinkedBy::Identifier(MatchBy::AcademicMail),
        LinkedBy::Identifier(MatchBy::Pivot),
        LinkedBy::ActivationCode,
        LinkedBy::Password,
        LinkedBy::Session,
        LinkedBy::Created,
        LinkedBy::Administrator,
    ] {
        let text = reason(by, None, None).text(&t, "ÉduConnect");
        assert!(said.insert(text.clone()), "{text}");
        assert!(!text.starts_with("linked-") && !text.contains('$'));
    }
}

#[test]
fn the_last_way_in_has_no_button_that_takes_it_away() {
    let text = text_of(&account_with_links(Language::Fr, "ÉduConnect", false));
    assert!(!text.contains("id=\"link-remove-"));
    assert!(text.contains("C&#39;est votre seul moyen d&#39;entrer"));
    assert!(text.contains("id=\"password-choose\"") && !text.contains("Changer le mot de passe"));
    let both = text_of(&account_with_links(Language::Fr, "ÉduConnect", true));
    for id in ["l1", "l2"] {
        let way = format!("id=\"link-remove-{id}\" href=\"/account/links/remove?link={id}\"");
        assert!(both.contains(&way));
    }
    let nothing = text_of(&account(Language::Fr, None));
    assert!(!nothing.contains("id=\"links\""), "no sources, no section");
}

#[test]
fn a_first_password_asks_for_no_former_one() {
    let text = text_of(&PasswordPage {
        has_password: false,
        ..password(Language::Fr, None)
    });
    assert!(!text.contains("name=\"password\"") && text.contains("name=\"new_password\""));
}

#[test]
fn a_choice_of_context_carries_its_value_and_everything_an_empty_one() {
    let page = choose_context(Language::Fr, &[ContextKind::Everything, ContextKind::Child]);
    let text = text_of(&page);
    assert!(text.contains("id=\"context-all\" type=\"submit\" name=\"context\" value=\"\""));
    assert!(text.contains("name=\"context\" value=\"child:0190d0c0\""));
    assert!(text.contains("2de A · Lycée agricole La Roque, Rodez · Ministère de l’Agriculture"));
    assert!(text.contains("Pour quel enfant") && text.contains("Tous mes enfants"));
    let text = text_of(&portal_of_schools(Language::Fr));
    assert!(text.contains("Pour qui, ou dans quel établissement"));
    let mut alone = portal(Language::Fr);
    alone.chooser.contexts.truncate(1);
    assert!(!text_of(&alone).contains("class=\"children\""));
}

#[test]
fn who_is_still_signed_in_at_the_source_is_not_carried_away_without_a_word() {
    let onward = || {
        Some(Onward {
            service: "Agenda".to_owned(),
            address: "https://pedagogie.example.fr/au-revoir".to_owned(),
        })
    };
    let away = "https://pedagogie.example.fr/fin".to_owned();
    let form = WayBack::Form {
        action: away.clone(),
        fields: Vec::new(),
    };
    for (there, leads) in [
        (
            LeftThere::Done,
            Some("https://pedagogie.example.fr/au-revoir"),
        ),
        (
            LeftThere::OnTheWay(WayBack::Link(away)),
            Some("https://pedagogie.example.fr/fin"),
        ),
        (LeftThere::OnTheWay(form), None),
        (LeftThere::Still(None), None),
    ] {
        let mut page = signed_out(Language::Fr, there);
        page.onward = onward();
        assert_eq!(page.moves_on(), leads);
        let text = text_of(&page);
        assert_eq!(text.contains("http-equiv=\"refresh\""), leads.is_some());
        // The main way on is the one that is still to be gone.
        let main = text.matches("class=\"main-button\"").count();
        let left_to_the_person = matches!(
            page.source.map(|source| source.there),
            Some(LeftThere::Still(None))
        );
        assert_eq!(main, usize::from(!left_to_the_person));
    }
}

#[test]
fn more_schools_than_fit_are_said_to_be_there() {
    let page = |count, more| {
        let results = SchoolResults::Found {
            schools: schools(count),
            more,
        };
        text_of(&school_search(Language::Fr, "lycée", results))
    };
    assert!(page(20, true).contains("Voici les 20 premiers"));
    assert!(page(20, false).contains("20 établissements correspondent."));
    assert!(page(1, false).contains("Un établissement correspond."));
    assert!(page(0, false).contains("Aucun établissement ne correspond"));
    assert!(page(3, false).contains("name=\"back\" value=\"/login?to=%2Faccount\""));
}
