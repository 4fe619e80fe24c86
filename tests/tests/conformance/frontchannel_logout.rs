//! Plan "Front-Channel Logout OP": `oidcc-frontchannel-rp-initiated-logout-certification-test-plan`.

use reqwest::Url;
use reqwest::header;
use serde_json::json;

use crate::client::Rp;
use crate::discovery;
use crate::fields::Fields;
use crate::logout::{self, arrived, assert_signed_out, leave, url};
use crate::modules::somebody;

#[tokio::test(flavor = "multi_thread")]
async fn oidcc_frontchannel_logout_discovery_endpoint_verification() {
    let document = discovery::document().await;
    assert_eq!(document["frontchannel_logout_supported"], true);
    assert_eq!(document["frontchannel_logout_session_supported"], true);
    assert!(document["end_session_endpoint"].is_string());
}

#[tokio::test(flavor = "multi_thread")]
async fn oidcc_frontchannel_rp_initiated_logout() {
    let (person, rp) = (somebody().await, Rp::known("frontchannel").await);
    let done = arrived(&person, &rp).await;
    let request = logout::request(&done);
    let left = leave(&person, &url(&rp, &request)).await;
    let frames: Vec<Url> = left
        .pages
        .iter()
        .flat_map(|page| frames(&page.body))
        .collect();
    let [frame] = frames.as_slice() else {
        panic!("{} frames: {}", frames.len(), left.page().text());
    };
    assert_eq!(frame.path(), "/frontchannel_logout");
    let fields = Fields::decoded(frame.query().unwrap_or_default());
    assert_eq!(fields.names(), ["iss", "sid"]);
    assert_eq!(fields.value("iss"), Some(rp.world.issuer().as_str()));
    assert_eq!(json!(fields.value("sid")), done.claims["sid"]);
    let page = left.pages.iter().find(|page| page.body.contains("<iframe"));
    let policy = page.and_then(|page| page.header(header::CONTENT_SECURITY_POLICY));
    let policy = policy.expect("a policy for content");
    let allowed = policy
        .split(';')
        .map(str::trim)
        .find(|directive| directive.starts_with("frame-src") || directive.starts_with("child-src"));
    assert!(
        allowed.is_some_and(|sources| sources.contains("https://rp.essais.example")),
        "the policy keeps the frame out: {policy}"
    );
    left.assert_back_at_the_client(request.value("state"));
    assert_signed_out(&person, &rp).await;
}

/// The addresses of a page's frames.
fn frames(page: &str) -> Vec<Url> {
    page.split("<iframe")
        .skip(1)
        .filter_map(|rest| {
            let (tag, _) = rest.split_once('>')?;
            let (_, source) = tag.split_once("src=\"")?;
            let (source, _) = source.split_once('"')?;
            Url::parse(&source.replace("&amp;", "&").replace("&#38;", "&")).ok()
        })
        .collect()
}
