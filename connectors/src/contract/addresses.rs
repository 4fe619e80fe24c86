//! The hub's addresses for upstreams, which routes and drivers must agree upon. Never says what happens there.

use clau_domain::connector::ConnectorId;

/// The hub's addresses for one connector: one return address for each (FED-05).
#[derive(Clone, Debug)]
pub struct Addresses {
    base: String,
    connector: ConnectorId,
}

impl Addresses {
    /// Those of a connector below the hub's own address, which has no slash at its end.
    pub(super) fn of(base_url: &str, connector: &ConnectorId) -> Self {
        Self {
            base: base_url.to_owned(),
            connector: connector.clone(),
        }
    }

    /// The connector.
    pub fn connector(&self) -> &ConnectorId {
        &self.connector
    }

    /// Where the hub describes itself as a SAML service provider; also its name where none was agreed upon.
    pub fn saml_metadata(&self) -> String {
        format!("{}/saml/sp/{}/metadata", self.base, self.connector)
    }

    /// The assertion consumer service.
    pub fn saml_acs(&self) -> String {
        format!("{}/saml/sp/{}/acs", self.base, self.connector)
    }

    /// The single logout service.
    pub fn saml_slo(&self) -> String {
        format!("{}/saml/sp/{}/slo", self.base, self.connector)
    }

    /// The redirect URI of the relying party.
    pub fn oidc_callback(&self) -> String {
        format!("{}/oidc/rp/{}/callback", self.base, self.connector)
    }

    /// Where the browser comes back after a logout (`post_logout_redirect_uri`).
    pub fn oidc_signed_out(&self) -> String {
        format!("{}/oidc/rp/{}/signed-out", self.base, self.connector)
    }

    /// Where the relying party publishes its keys.
    pub fn oidc_keys(&self) -> String {
        format!("{}/oidc/rp/{}/jwks.json", self.base, self.connector)
    }

    /// The service address at a CAS server, where it sends its tickets and its logout requests.
    pub fn cas_callback(&self) -> String {
        format!("{}/cas/rp/{}/callback", self.base, self.connector)
    }

    /// Where a CAS server sends the browser back after a logout (`service` of `/logout`).
    pub fn cas_signed_out(&self) -> String {
        format!("{}/cas/rp/{}/signed-out", self.base, self.connector)
    }
}
