//! Samples of the pages that a service brings about (OpenID Connect), and the proof that nothing a
//! service says becomes markup, nor its values other values.

use super::*;

/// A name that tries to end the form it stands in.
const HOSTILE_NAME: &str = "</form><script>alert('x')</script>\"><iframe src=x>";

const PRIVATE: [Attribute; 6] = [
    Attribute::PairwiseId,
    Attribute::GivenName,
    Attribute::FamilyName,
    Attribute::Profile,
    Attribute::Structures,
    Attribute::Children,
];

fn keys(attributes: &[Attribute]) -> Vec<&'static str> {
    attribute_keys(attributes.iter().copied())
}

fn consent(language: Language, service: &str, lasting: bool) -> ConsentPage {
    let address = |path: &str| Some(format!("https://pedagogie.example.fr{path}"));
    ConsentPage {
        frame: frame(language, true),
        handle: "h".repeat(43),
        service: service.to_owned(),
        home: address("/accueil?x=1"),
        policy: address("/donnees"),
        terms: address("/conditions"),
        attribute_keys: keys(&PRIVATE),
        lasting,
    }
}

fn choose(language: Language, service: Option<&str>) -> ChooseAccountPage {
    ChooseAccountPage {
        frame: frame(language, true),
        handle: "h".repeat(43),
        service: service.map(str::to_owned),
        name: "Élodie d’Arribère-Küng".to_owned(),
        login: "elodie.arribere".to_owned(),
    }
}

fn device(language: Language, code: &str, problem: Option<DeviceProblem>) -> DevicePage {
    DevicePage {
        frame: frame(language, true),
        code: code.to_owned(),
        problem,
    }
}

fn device_confirm(language: Language, code: &str, service: &str) -> DeviceConfirmPage {
    DeviceConfirmPage {
        frame: frame(language, true),
        code: code.to_owned(),
        service: service.to_owned(),
        attribute_keys: keys(&PRIVATE[..3]),
        lasting: false,
    }
}

fn device_done(language: Language, service: &str, allowed: bool) -> DeviceDonePage {
    DeviceDonePage {
        frame: frame(language, true),
        service: service.to_owned(),
        allowed,
    }
}

fn service_logout(language: Language, service: Option<&str>, state: &str) -> ServiceLogoutPage {
    ServiceLogoutPage {
        frame: frame(language, true),
        service: service.map(str::to_owned),
        fields: vec![("handle", "h".repeat(43)), ("state", state.to_owned())],
    }
}

fn closing(language: Language, service: &str, state: ToldState) -> SignedOutPage {
    let front = |service: &str, path: &str| FrontChannel {
        service: service.to_owned(),
        address: format!("https://pedagogie.example.fr{path}"),
    };
    SignedOutPage {
        frame: frame(language, false),
        already: false,
        services: vec![ToldView {
            name: service.to_owned(),
            state,
            by_hand: None,
        }],
        frames: vec![
            front(service, "/fin?iss=x&sid=y"),
            front("Transport scolaire", "/fin"),
        ],
        source: None,
        onward: Some(Onward {
            service: service.to_owned(),
            address: "https://pedagogie.example.fr/au-revoir?state=a&b=c".to_owned(),
        }),
    }
}

/// What `form_post` carries at its longest: an ID token, a state as long as the hub takes, the issuer.
fn form_post(language: Language, service: &str, state: &str) -> OnwardPage {
    OnwardPage {
        frame: frame(language, true),
        service: service.to_owned(),
        action: "https://pedagogie.example.fr/retour".to_owned(),
        fields: vec![
            ("code", "c".repeat(43)),
            ("id_token", "eyJ".repeat(1_500)),
            ("state", state.to_owned()),
            ("iss", "https://ent.example.fr".to_owned()),
        ],
    }
}

/// The same where no form may lead.
fn onward_link(language: Language, service: &str, state: &str) -> OnwardLinkPage {
    OnwardLinkPage {
        frame: frame(language, true),
        service: service.to_owned(),
        address: format!("https://pedagogie.example.fr/retour?code=c&state={state}"),
    }
}

fn allowed_services(language: Language, service: &str) -> Vec<GrantView> {
    let t = Texts::new(language);
    let grant = |service: &str, id: &str, last: Option<i64>, lasting: bool| GrantView {
        service: service.to_owned(),
        id: id.to_owned(),
        since: moment(t, 400),
        last: last.map(|hours| moment(t, hours)),
        attribute_keys: keys(&PRIVATE),
        lasting,
    };
    vec![
        grant(service, "agenda-familles", Some(20), true),
        grant("Cantine", "cantine", None, false),
    ]
}

fn account_with_grants(language: Language, service: &str) -> AccountPage {
    AccountPage {
        grants: allowed_services(language, service),
        ..account(language, Some(Done::GrantRevoked))
    }
}

/// The samples, for the tests of every page.
pub(super) fn samples(language: Language) -> Vec<(&'static str, (bool, String))> {
    let named = "Agenda des familles";
    vec![
        ("consent", render(&consent(language, named, false))),
        ("consent-lasting", render(&consent(language, named, true))),
        (
            "consent-bare",
            render(&ConsentPage {
                home: None,
                policy: None,
                terms: None,
                attribute_keys: Vec::new(),
                ..consent(language, named, false)
            }),
        ),
        ("choose-account", render(&choose(language, Some(named)))),
        ("choose-account-plain", render(&choose(language, None))),
        ("device", render(&device(language, "", None))),
        (
            "device-unknown",
            render(&device(language, "wdjb mjht", Some(DeviceProblem::Unknown))),
        ),
        (
            "device-missing",
            render(&device(language, "", Some(DeviceProblem::Missing))),
        ),
        (
            "device-wait",
            render(&device(
                language,
                "WDJB-MJHT",
                Some(DeviceProblem::TooMany(600)),
            )),
        ),
        (
            "device-confirm",
            render(&device_confirm(
                language,
                "WDJB-MJHT",
                "Borne de la cantine",
            )),
        ),
        (
            "device-allowed",
            render(&device_done(language, "Borne de la cantine", true)),
        ),
        (
            "device-denied",
            render(&device_done(language, "Borne de la cantine", false)),
        ),
        (
            "account-grants",
            render(&account_with_grants(language, named)),
        ),
        (
            "service-logout",
            render(&service_logout(language, Some(named), "s")),
        ),
        (
            "service-logout-unnamed",
            render(&service_logout(language, None, "s")),
        ),
        (
            "signed-out-frames",
            render(&closing(language, named, ToldState::Told)),
        ),
        (
            "signed-out-frames-left",
            render(&closing(language, named, ToldState::NotReached)),
        ),
        ("onward-link", render(&onward_link(language, named, "s"))),
        (
            "onward-form-post",
            render(&form_post(language, named, &"s".repeat(512))),
        ),
    ]
}

/// Every page on which a service or a stranger has a word, with that word.
fn saying(language: Language, word: &str) -> Vec<(&'static str, String)> {
    let with_handle = |handle: &str| ConsentPage {
        handle: handle.to_owned(),
        ..consent(language, word, true)
    };
    [
        ("consent", render(&with_handle(word))),
        ("choose-account", render(&choose(language, Some(word)))),
        (
            "device",
            render(&device(language, word, Some(DeviceProblem::Unknown))),
        ),
        (
            "device-confirm",
            render(&device_confirm(language, word, word)),
        ),
        ("device-allowed", render(&device_done(language, word, true))),
        ("device-denied", render(&device_done(language, word, false))),
        ("account", render(&account_with_grants(language, word))),
        (
            "service-logout",
            render(&service_logout(language, Some(word), word)),
        ),
        (
            "signed-out",
            render(&closing(language, word, ToldState::Told)),
        ),
        ("form-post", render(&form_post(language, word, word))),
        ("onward-link", render(&onward_link(language, word, word))),
    ]
    .into_iter()
    .map(|(name, (_, text))| (name, text))
    .collect()
}

#[test]
fn oidc_19_nothing_that_a_service_says_becomes_markup() {
    for language in Language::ALL {
        let harmless = saying(language, "Agenda");
        for ((name, expected), (_, text)) in harmless.iter().zip(saying(language, HOSTILE_NAME)) {
            assert!(text.contains("alert("), "{name}: the word is not there");
            assert!(!text.contains("<script>") && !text.contains("<iframe src=x"));
            // Neither an element nor an attribute more than with a harmless word.
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
fn oidc_19_form_post_carries_each_value_as_it_was() {
    let state = format!("a b\"c'd&amp;<e>{}", "é".repeat(300));
    let page = form_post(Language::Fr, "Agenda", &state);
    let text = page.render().expect("renders");
    let form = text.split("<form id=\"onward\"").nth(1).expect("a form");
    let form = form.split("</form>").next().expect("its end");
    let carried: Vec<(String, String)> = form
        .split("<input type=\"hidden\" name=\"")
        .skip(1)
        .map(|input| {
            let (name, rest) = input.split_once("\" value=\"").expect("a value");
            let (value, _) = rest.split_once('"').expect("its end");
            (name.to_owned(), unescaped(value))
        })
        .collect();
    let meant: Vec<(String, String)> = page
        .fields
        .iter()
        .map(|(name, value)| ((*name).to_owned(), value.clone()))
        .collect();
    assert_eq!(carried, meant);
    // Without the script there is a button, and it adds no field of its own.
    let button = form.split("<button ").nth(1).expect("a button");
    assert!(button.contains("type=\"submit\"") && !button.contains("name="));
}

fn unescaped(text: &str) -> String {
    [
        ("&#60;", "<"),
        ("&#62;", ">"),
        ("&#34;", "\""),
        ("&#39;", "'"),
    ]
    .iter()
    .fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
    .replace("&#38;", "&")
}

#[test]
fn what_people_know_of_themselves_comes_before_a_number() {
    assert_eq!(
        keys(&PRIVATE[..3]),
        [
            "attribute-given-name",
            "attribute-family-name",
            "attribute-pairwise-id"
        ]
    );
}

#[test]
fn both_answers_are_equally_easy_and_none_is_given_in_advance() {
    for language in Language::ALL {
        for (name, text, allow, deny) in [
            (
                "consent",
                consent(language, "Agenda", true).render(),
                "consent-allow",
                "consent-deny",
            ),
            (
                "device-confirm",
                device_confirm(language, "WDJB-MJHT", "Agenda").render(),
                "device-allow",
                "device-deny",
            ),
        ] {
            let text = text.expect("renders");
            let class = |id: &str| {
                let (before, after) = text.split_once(&format!("id=\"{id}\"")).expect(id);
                assert!(
                    after.starts_with(" type=\"submit\" name=\"decision\""),
                    "{name}"
                );
                before
                    .rsplit_once("<button ")
                    .expect("a button")
                    .1
                    .to_owned()
            };
            assert_eq!(class(allow), class(deny), "{name}");
            for given in ["checked", "selected", "autofocus", "type=\"checkbox\""] {
                assert!(!text.contains(given), "{name}: {given}");
            }
        }
    }
}

#[test]
fn a_person_who_is_told_what_is_left_to_do_is_not_carried_away() {
    let refresh = "<meta http-equiv=\"refresh\" content=\"0; url=https://pedagogie.example.fr/au-revoir?state=a&#38;b=c\">";
    for (state, moves) in [
        (ToldState::Told, true),
        (ToldState::OnItsWay, true),
        (ToldState::NotReached, false),
    ] {
        let text = closing(Language::Fr, "Agenda", state)
            .render()
            .expect("renders");
        assert_eq!(text.contains(refresh), moves, "{state:?}");
        assert!(text.contains("id=\"onward-link\""));
    }
}

#[test]
fn a_wait_is_told_in_seconds_or_in_minutes() {
    let t = Texts::new(Language::Fr);
    for (seconds, words) in [
        (1, "une seconde"),
        (89, "89 secondes"),
        (90, "2 minutes"),
        (3600, "60 minutes"),
    ] {
        let text = DeviceProblem::TooMany(seconds).text(&t);
        assert!(text.contains(words), "{text}");
    }
}

#[test]
fn of_a_site_only_host_and_port_are_shown() {
    for (home, shown) in [
        ("https://agenda.example.fr", "agenda.example.fr"),
        (
            "https://agenda.example.fr:8443/a/b?c#d",
            "agenda.example.fr:8443",
        ),
        (
            "https://agenda.example.fr?https://ent.example.fr/",
            "agenda.example.fr",
        ),
    ] {
        let mut page = consent(Language::Fr, "Agenda", false);
        page.home = Some(home.to_owned());
        assert_eq!(page.home_host(), shown);
    }
}
