//! What was asked for is what must come (SAML-06): anew, strong enough, by name.

use clau_domain::session::Assurance;
use clau_saml::message::Comparison;

use super::*;

const WEAK: &str = "https://refeds.org/profile/sfa";
const STRONG: &str = "https://refeds.org/profile/mfa";
const STRONGER: &str = "http://eidas.europa.eu/LoA/substantial";

fn levelled(more: Json) -> Scene {
    let mut registration = registration("essais", &IDP.metadata(), more);
    merge(
        &mut registration,
        json!({ "levels": { WEAK: "single_factor", STRONG: "multi_factor", STRONGER: "substantial" } }),
    );
    Scene::of(registration)
}

fn by(context: &str) -> impl FnOnce(&mut Response) {
    move |it| context.clone_into(&mut assertion(it).authentication.context)
}

#[test]
fn saml_06_a_login_that_was_to_be_anew_is_not_an_old_one() {
    let scene = Scene::plain();
    let anew = Wish {
        force: true,
        ..wish()
    };
    let (asked, pending) = scene.asked(&anew);
    assert!(asked.force_authn);
    let at = |instant: Timestamp| {
        let mut answer = IDP.answer(&scene, Some(&asked));
        assertion(&mut answer).authentication.at = instant;
        scene.arrive(&IDP.seal(&answer), Some(&pending))
    };
    assert!(at(NOW).is_ok() && at(NOW - MINUTE).is_ok());
    let old = at(NOW - MINUTE - Duration::from_millis(1));
    assert!(matches!(old, Err(Fault::TooWeak(_))), "{old:?}");
    // Where nobody asked for that, an old one does.
    let old = |it: &mut Response| assertion(it).authentication.at = NOW - DAY;
    let arrived = scene.login(old).expect("a login");
    assert_eq!(arrived.identity.authenticated_at, NOW - DAY);
    let (asked, _) = scene.asked(&wish());
    assert!(!asked.force_authn && !asked.is_passive);
}

#[test]
fn saml_06_a_login_of_tomorrow_is_none_and_a_fast_clock_gains_nothing() {
    let scene = Scene::plain();
    let ahead = |by: Duration| {
        scene.login(move |it: &mut Response| assertion(it).authentication.at = NOW + by)
    };
    let arrived = ahead(MINUTE).expect("a login");
    assert_eq!(arrived.identity.authenticated_at, NOW);
    untrusted(ahead(MINUTE + Duration::from_millis(1)), "in the future");
}

#[test]
fn saml_06_a_strength_is_asked_for_by_the_names_that_are_mapped_to_it() {
    let scene = levelled(json!({}));
    let (usual, _) = scene.asked(&wish());
    assert_eq!(usual.context, None);
    let least = |least| Wish {
        at_least: Some(least),
        ..wish()
    };
    // Everything that is mapped is as strong as that.
    let (lowest, _) = scene.asked(&least(Assurance::SingleFactor));
    assert_eq!(lowest.context, None);
    let (asked, _) = scene.asked(&least(Assurance::MultiFactor));
    let context = asked.context.expect("a context");
    assert_eq!(context.comparison, Comparison::Exact);
    assert_eq!(context.classes, [STRONG, STRONGER]);
    let none = scene.depart(&least(Assurance::High));
    assert!(matches!(none, Err(Fault::TooWeak(_))), "{none:?}");
    let unmapped = Scene::plain().depart(&least(Assurance::MultiFactor));
    assert!(matches!(unmapped, Err(Fault::TooWeak(_))), "{unmapped:?}");
}

#[test]
fn saml_06_weaker_than_asked_for_is_refused_whatever_the_source_says() {
    let scene = levelled(json!({}));
    let strong = Wish {
        at_least: Some(Assurance::MultiFactor),
        ..wish()
    };
    for (context, level) in [
        (WEAK, None),
        (STRONG, Some(Assurance::MultiFactor)),
        (STRONGER, Some(Assurance::Substantial)),
        ("https://nobody.example/knows", None),
    ] {
        let arrived = scene.login_as(&strong, by(context));
        match level {
            Some(level) => {
                let arrived = arrived.unwrap_or_else(|fault| panic!("{context}: {fault}"));
                assert_eq!(arrived.identity.level, level);
            }
            None => assert!(matches!(arrived, Err(Fault::TooWeak(_))), "{context}"),
        }
    }
    assert!(scene.login(by(WEAK)).is_ok());
}

#[test]
fn saml_06_the_contexts_of_the_registration_are_demanded_as_well_as_asked_for() {
    let scene = levelled(json!({ "contexts": [STRONG], "unsolicited": true }));
    let (asked, _) = scene.asked(&wish());
    assert_eq!(asked.context.expect("a context").classes, [STRONG]);
    assert!(scene.login(by(STRONG)).is_ok());
    assert!(scene.login(by(STRONGER)).is_ok(), "stronger is not weaker");
    let weak = scene.login(by(WEAK));
    assert!(matches!(weak, Err(Fault::TooWeak(_))), "{weak:?}");
    // Of answers that nobody asked for as of others.
    let mut unasked = IDP.answer(&scene, None);
    by(WEAK)(&mut unasked);
    let weak = scene.arrive(&IDP.seal(&unasked), None);
    assert!(matches!(weak, Err(Fault::TooWeak(_))), "{weak:?}");
    // Without a scale, by name.
    let scene = Scene::with(json!({ "contexts": [STRONG] }));
    assert!(scene.login(by(STRONG)).is_ok());
    assert!(matches!(scene.login(by(STRONGER)), Err(Fault::TooWeak(_))));
}
