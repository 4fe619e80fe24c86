//! The table of the suite's plans and their modules, and what becomes of each here. Owns no test but the
//! one that keeps table and tests together.

mod fapi;

use std::collections::BTreeSet;
use std::process::Command;

use Held::{AsInTheSuite, NotHere, Partly, Refused};

/// What becomes of a module here.
enum Held {
    /// A test expects what the suite expects.
    AsInTheSuite,
    /// A test expects what a machine can check; the rest is for people.
    Partly(&'static str),
    /// The hub does not do it, by design: a test expects the refusal.
    Refused(&'static str),
    /// No test.
    NotHere(&'static str),
}

/// A plan of the suite and its modules.
struct Plan {
    /// Its name in the suite.
    name: &'static str,
    /// Where its tests are.
    tests: &'static str,
    modules: &'static [(&'static str, Held)],
}

const SCREENSHOT: Held = Partly("the suite wants a screenshot of the page");
const AFTER_LOGIN: Held = Partly("the suite wants a screenshot of the second login");
const NONE_UNSUPPORTED: Held =
    Refused("`none` is not offered, so the suite skips it; refused all the same (OIDC-09)");
const NOTHING_FETCHED: Held = Refused("nothing is fetched by address (OIDC-16)");

/// The modules of Basic OP, which Form Post OP repeats.
const OF_BASIC: &[(&str, Held)] = &[
    ("oidcc-server", AsInTheSuite),
    ("oidcc-response-type-missing", AsInTheSuite),
    ("oidcc-idtoken-signature", AsInTheSuite),
    ("oidcc-idtoken-unsigned", NONE_UNSUPPORTED),
    ("oidcc-userinfo-get", AsInTheSuite),
    ("oidcc-userinfo-post-header", AsInTheSuite),
    ("oidcc-userinfo-post-body", AsInTheSuite),
    (
        "oidcc-ensure-request-without-nonce-succeeds-for-code-flow",
        AsInTheSuite,
    ),
    ("oidcc-scope-profile", AsInTheSuite),
    ("oidcc-scope-email", AsInTheSuite),
    ("oidcc-scope-address", AsInTheSuite),
    ("oidcc-scope-phone", AsInTheSuite),
    ("oidcc-scope-all", AsInTheSuite),
    ("oidcc-alternate-happy-flow", AsInTheSuite),
    ("oidcc-display-page", AsInTheSuite),
    ("oidcc-display-popup", AsInTheSuite),
    ("oidcc-prompt-login", AFTER_LOGIN),
    ("oidcc-prompt-none-not-logged-in", AsInTheSuite),
    ("oidcc-prompt-none-logged-in", AsInTheSuite),
    ("oidcc-max-age-1", AFTER_LOGIN),
    ("oidcc-max-age-10000", AsInTheSuite),
    (
        "oidcc-ensure-request-with-unknown-parameter-succeeds",
        AsInTheSuite,
    ),
    ("oidcc-id-token-hint", AsInTheSuite),
    ("oidcc-login-hint", AsInTheSuite),
    ("oidcc-ui-locales", AsInTheSuite),
    ("oidcc-claims-locales", AsInTheSuite),
    (
        "oidcc-ensure-request-with-acr-values-succeeds",
        AsInTheSuite,
    ),
    ("oidcc-codereuse", AsInTheSuite),
    ("oidcc-codereuse-30seconds", AsInTheSuite),
    ("oidcc-ensure-registered-redirect-uri", SCREENSHOT),
    ("oidcc-ensure-post-request-succeeds", AsInTheSuite),
    ("oidcc-server-client-secret-post", AsInTheSuite),
    (
        "oidcc-request-uri-unsigned-supported-correctly-or-rejected-as-unsupported",
        NOTHING_FETCHED,
    ),
    (
        "oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported",
        NONE_UNSUPPORTED,
    ),
    ("oidcc-claims-essential", AsInTheSuite),
    (
        "oidcc-ensure-request-object-with-redirect-uri",
        NONE_UNSUPPORTED,
    ),
    ("oidcc-refresh-token", AsInTheSuite),
    (
        "oidcc-ensure-request-with-valid-pkce-succeeds",
        AsInTheSuite,
    ),
];

/// The suite's plans.
const PLANS: [Plan; 9] = [
    Plan {
        name: "oidcc-basic-certification-test-plan",
        tests: "basic",
        modules: OF_BASIC,
    },
    Plan {
        name: "oidcc-formpost-basic-certification-test-plan",
        tests: "form_post",
        modules: OF_BASIC,
    },
    Plan {
        name: "oidcc-config-certification-test-plan",
        tests: "config",
        modules: &[("oidcc-discovery-endpoint-verification", AsInTheSuite)],
    },
    Plan {
        name: "oidcc-dynamic-certification-test-plan",
        tests: "dynamic",
        modules: &[
            ("oidcc-idtoken-rs256", AsInTheSuite),
            ("oidcc-idtoken-unsigned", NONE_UNSUPPORTED),
            ("oidcc-userinfo-rs256", AsInTheSuite),
            (
                "oidcc-ensure-redirect-uri-in-authorization-request",
                SCREENSHOT,
            ),
            ("oidcc-redirect-uri-query-OK", AsInTheSuite),
            ("oidcc-redirect-uri-query-mismatch", SCREENSHOT),
            ("oidcc-redirect-uri-query-added", SCREENSHOT),
            ("oidcc-redirect-uri-regfrag", AsInTheSuite),
            (
                "oidcc-discovery-endpoint-verification",
                Refused("the plan demands implicit flows (OIDC-06); all else of it is tested"),
            ),
            (
                "oidcc-server",
                Partly(
                    "assertions name the issuer, and not the token endpoint as the suite's do \
                     outside of `…-iss-aud-succeeds` (OIDC-08)",
                ),
            ),
            (
                "oidcc-registration-logo-uri",
                Refused("pages show no picture from elsewhere; the name is shown (WEB-02)"),
            ),
            ("oidcc-registration-policy-uri", SCREENSHOT),
            ("oidcc-registration-tos-uri", SCREENSHOT),
            ("oidcc-registration-jwks-uri", AsInTheSuite),
            ("oidcc-registration-sector-uri", AsInTheSuite),
            ("oidcc-registration-sector-bad", AsInTheSuite),
            ("oidcc-server-rotate-keys", AsInTheSuite),
            ("oidcc-refresh-token-rp-key-rotation", AsInTheSuite),
            ("oidcc-request-uri-unsigned", NOTHING_FETCHED),
            ("oidcc-request-uri-signed-rs256", NOTHING_FETCHED),
            (
                "oidcc-ensure-request-object-with-redirect-uri",
                NONE_UNSUPPORTED,
            ),
            ("oidcc-refresh-token", AsInTheSuite),
            (
                "oidcc-ensure-client-assertion-with-iss-aud-succeeds",
                AsInTheSuite,
            ),
        ],
    },
    Plan {
        name: "oidcc-rp-initiated-logout-certification-test-plan",
        tests: "rp_initiated_logout",
        modules: &[
            (
                "oidcc-rp-initiated-logout-discovery-endpoint-verification",
                AsInTheSuite,
            ),
            ("oidcc-rp-initiated-logout", AsInTheSuite),
            (
                "oidcc-rp-initiated-logout-bad-post-logout-redirect-uri",
                SCREENSHOT,
            ),
            (
                "oidcc-rp-initiated-logout-modified-id-token-hint",
                SCREENSHOT,
            ),
            ("oidcc-rp-initiated-logout-no-id-token-hint", SCREENSHOT),
            ("oidcc-rp-initiated-logout-no-params", SCREENSHOT),
            (
                "oidcc-rp-initiated-logout-no-post-logout-redirect-uri",
                SCREENSHOT,
            ),
            ("oidcc-rp-initiated-logout-no-state", AsInTheSuite),
            ("oidcc-rp-initiated-logout-only-state", SCREENSHOT),
            (
                "oidcc-rp-initiated-logout-query-added-to-post-logout-redirect-uri",
                SCREENSHOT,
            ),
            ("oidcc-rp-initiated-logout-bad-id-token-hint", SCREENSHOT),
        ],
    },
    Plan {
        name: "oidcc-backchannel-rp-initiated-logout-certification-test-plan",
        tests: "backchannel_logout",
        modules: &[
            (
                "oidcc-backchannel-logout-discovery-endpoint-verification",
                AsInTheSuite,
            ),
            ("oidcc-backchannel-rp-initiated-logout", AsInTheSuite),
        ],
    },
    Plan {
        name: "oidcc-frontchannel-rp-initiated-logout-certification-test-plan",
        tests: "frontchannel_logout",
        modules: &[
            (
                "oidcc-frontchannel-logout-discovery-endpoint-verification",
                AsInTheSuite,
            ),
            (
                "oidcc-frontchannel-rp-initiated-logout",
                Partly("the frame's address is read from the page; a browser would load it"),
            ),
        ],
    },
    Plan {
        name: "oidcc-hybrid-certification-test-plan",
        tests: "hybrid",
        modules: &[
            ("oidcc-server", AsInTheSuite),
            ("oidcc-response-type-missing", AsInTheSuite),
            (
                "oidcc-idtoken-signature",
                Partly(
                    "the client registers without the grant type `implicit` that the suite adds",
                ),
            ),
            ("oidcc-userinfo-get", AsInTheSuite),
            ("oidcc-userinfo-post-header", AsInTheSuite),
            ("oidcc-userinfo-post-body", AsInTheSuite),
            ("oidcc-ensure-request-without-nonce-fails", AsInTheSuite),
            ("oidcc-scope-profile", AsInTheSuite),
            ("oidcc-scope-email", AsInTheSuite),
            ("oidcc-scope-address", AsInTheSuite),
            ("oidcc-scope-phone", AsInTheSuite),
            ("oidcc-scope-all", AsInTheSuite),
            ("oidcc-alternate-happy-flow", AsInTheSuite),
            ("oidcc-display-page", AsInTheSuite),
            ("oidcc-display-popup", AsInTheSuite),
            ("oidcc-prompt-login", AFTER_LOGIN),
            ("oidcc-prompt-none-not-logged-in", AsInTheSuite),
            ("oidcc-prompt-none-logged-in", AsInTheSuite),
            ("oidcc-max-age-1", AFTER_LOGIN),
            ("oidcc-max-age-10000", AsInTheSuite),
            (
                "oidcc-ensure-request-with-unknown-parameter-succeeds",
                AsInTheSuite,
            ),
            ("oidcc-id-token-hint", AsInTheSuite),
            ("oidcc-login-hint", AsInTheSuite),
            ("oidcc-ui-locales", AsInTheSuite),
            ("oidcc-claims-locales", AsInTheSuite),
            (
                "oidcc-ensure-request-with-acr-values-succeeds",
                AsInTheSuite,
            ),
            ("oidcc-codereuse", AsInTheSuite),
            ("oidcc-codereuse-30seconds", AsInTheSuite),
            ("oidcc-ensure-registered-redirect-uri", SCREENSHOT),
            ("oidcc-server-client-secret-post", AsInTheSuite),
            (
                "oidcc-request-uri-unsigned-supported-correctly-or-rejected-as-unsupported",
                NOTHING_FETCHED,
            ),
            (
                "oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported",
                NONE_UNSUPPORTED,
            ),
            ("oidcc-claims-essential", AsInTheSuite),
            (
                "oidcc-ensure-request-object-with-redirect-uri",
                NONE_UNSUPPORTED,
            ),
            ("oidcc-refresh-token", AsInTheSuite),
            (
                "oidcc-ensure-request-with-valid-pkce-succeeds",
                AsInTheSuite,
            ),
        ],
    },
    Plan {
        name: "fapi2-security-profile-final-test-plan",
        tests: "fapi",
        modules: fapi::MODULES,
    },
];

/// A module's name as the name of a test.
fn test_name(plan: &Plan, module: &str) -> String {
    let start = if plan.tests == "fapi" {
        "fapi2-security-profile-final-"
    } else {
        ""
    };
    format!("{start}{module}").replace('-', "_").to_lowercase()
}

/// The names of this binary's tests, as it lists them itself: `basic::oidcc_server`.
fn tests() -> Vec<String> {
    let program = std::env::current_exe().expect("the system names our executable");
    let listed = Command::new(program)
        .arg("--list")
        .output()
        .expect("a test binary lists its tests");
    String::from_utf8_lossy(&listed.stdout)
        .lines()
        .filter_map(|line| line.strip_suffix(": test").map(str::to_owned))
        .collect()
}

#[test]
fn the_table_and_the_tests_agree() {
    let tests = tests();
    let mut wrong = Vec::new();
    for plan in &PLANS {
        let there: BTreeSet<&str> = tests
            .iter()
            .filter(|name| name.split("::").next() == Some(plan.tests))
            .filter_map(|name| name.rsplit("::").next())
            .collect();
        let mut expected = BTreeSet::new();
        for (module, held) in plan.modules {
            let name = test_name(plan, module);
            let has_test = there.contains(name.as_str());
            let (needs_test, note) = match held {
                AsInTheSuite => (true, "as in the suite"),
                Partly(note) | Refused(note) => (true, *note),
                NotHere(note) => (false, *note),
            };
            if has_test != needs_test {
                wrong.push(format!("{}: {name}: {note}", plan.name));
            }
            if !expected.insert(name.clone()) {
                wrong.push(format!("{}: {name} is in the table twice", plan.name));
            }
        }
        // Tests of other names may stand beside them; a module's name may not.
        for name in there {
            let of_the_suite = name.starts_with("oidcc_") || name.starts_with("fapi2_");
            if of_the_suite && !expected.contains(name) {
                wrong.push(format!("{}: {name} is not in the table", plan.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
