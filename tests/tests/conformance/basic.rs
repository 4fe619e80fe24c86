//! Plan "Basic OP": `oidcc-basic-certification-test-plan`, response type `code`, `client_secret_basic`.

use std::time::Duration;

use crate::modules::Setting;

const SETTING: Setting = Setting {
    client: "basic",
    second: "basic-two",
    with_post: "basic-post",
    response_type: "code",
    response_mode: None,
    pause: Duration::from_secs(30),
};

crate::modules::run_modules! { SETTING;
    flows::oidcc_server,
    flows::oidcc_server_client_secret_post,
    flows::oidcc_idtoken_signature,
    flows::oidcc_idtoken_unsigned,
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
    flows::oidcc_ensure_post_request_succeeds,
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
    requests::oidcc_ensure_request_without_nonce_succeeds_for_code_flow,
    requests::oidcc_ensure_registered_redirect_uri,
    requests::oidcc_request_uri_unsigned_supported_correctly_or_rejected_as_unsupported,
    requests::oidcc_unsigned_request_object_supported_correctly_or_rejected_as_unsupported,
    requests::oidcc_ensure_request_object_with_redirect_uri,
    reuse::oidcc_codereuse,
    reuse::oidcc_codereuse_30seconds,
    reuse::oidcc_refresh_token,
}
