//! Plan "Config OP": `oidcc-config-certification-test-plan`.

use crate::discovery;

#[tokio::test(flavor = "multi_thread")]
async fn oidcc_discovery_endpoint_verification() {
    let document = discovery::verification().await;
    let by_oauth = discovery::oauth_document().await;
    assert_eq!(document, by_oauth, "RFC 8414 says something else");
}
