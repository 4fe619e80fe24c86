//! Plan "Hybrid OP": `oidcc-hybrid-certification-test-plan`, its run with response type `code id_token`.
//! The runs with `code token` and `code id_token token` are refused by design (OIDC-06).

use std::time::Duration;

use serde_json::json;

use crate::checks;
use crate::modules::{Setting, somebody};
use crate::registration;

const SETTING: Setting = Setting {
    client: "hybrid",
    second: "hybrid-two",
    with_post: "hybrid-post",
    response_type: "code id_token",
    response_mode: None,
    pause: Duration::from_secs(2),
};

crate::modules::run_modules! { SETTING;
    flows::oidcc_server,
    flows::oidcc_server_client_secret_post,
    flows::oidcc_idtoken_signature,
    flows::oidcc_userinfo_get,
    flows::oidcc_userinfo_post_header,
    flows::oidcc_userinfo_post_body,
    flows::oidcc_scope_profile,
    flows::oidcc_scope_email,
    flows::oidcc_scope_address,
    flows::oidcc_scope_phone,
    flows::oidcc_scope_all,
    flows::oidcc_alternate_happy_flow,
    flows::oidcc_claims_essential,
    flows::oidcc_ensure_request_with_valid_pkce_succeeds,
    prompts::oidcc_display_page,
    prompts::oidcc_display_popup,
    prompts::oidcc_prompt_login,
    prompts::oidcc_prompt_none_not_logged_in,
    prompts::oidcc_prompt_none_logged_in,
    prompts::oidcc_max_age_1,
    prompts::oidcc_max_age_10000,
    prompts::oidcc_ensure_request_with_unknown_parameter_succeeds,
    prompts::oidcc_id_token_hint,
    prompts::oidcc_login_hint,
    prompts::oidcc_ui_locales,
    prompts::oidcc_claims_locales,
    prompts::oidcc_ensure_request_with_acr_values_succeeds,
    requests::oidcc_response_type_missing,
    requests::oidcc_ensure_request_without_nonce_fails,
    requests::oidcc_ensure_registered_redirect_uri,
    requests::oidcc_request_uri_unsigned_supported_correctly_or_rejected_as_unsupported,
    requests::oidcc_unsigned_request_object_supported_correctly_or_rejected_as_unsupported,
    requests::oidcc_ensure_request_object_with_redirect_uri,
    reuse::oidcc_codereuse,
    reuse::oidcc_codereuse_30seconds,
    reuse::oidcc_refresh_token,
}

/// What stands for the plan's other two runs: the response types with `token` are refused, whoever asks.
#[tokio::test(flavor = "multi_thread")]
async fn oidc_06_no_token_leaves_by_the_front_door() {
    let rp = SETTING.rp().await;
    for response_type in [
        "token",
        "id_token",
        "code token",
        "id_token token",
        "code id_token token",
    ] {
        let ask = rp.ask("openid").with("response_type", response_type);
        let visit = somebody().await.open(&rp.authorize_url(&ask)).await;
        assert_eq!(visit.shown, [], "{response_type}");
        let expected = ["unsupported_response_type", "unauthorized_client"];
        checks::refused(&visit, &rp, &ask, &expected);
        let answer = registration::attempt(json!({"response_types": [response_type]})).await;
        checks::json_error(&answer, &[400], &["invalid_client_metadata"]);
    }
    // An ID token stands in no query.
    let ask = rp.ask("openid").with("response_mode", "query");
    let visit = somebody().await.open(&rp.authorize_url(&ask)).await;
    let reply = visit.reply();
    checks::refused_anywhere(reply, &["invalid_request"]);
    assert_eq!(reply.mode, crate::person::Mode::Fragment);
}
