//! Connectors as code: what is wrong with a registration, told by key; the secret, taken out and sealed beside it.
//! Never speaks to an upstream: `clau connector check` does.

use clau_connectors::contract::Blueprint;
use clau_domain::connector::Connector;
use clau_domain::secret::SecretString;
use clau_storage::Tx;
use clau_storage::connectors::{self, Secret};

use super::{ApplyError, Document, Work};
use crate::federation::sources::about;
use crate::keys::Sealed;

impl Work<'_> {
    /// What can be told without the store: a driver is made, and says what it cannot be made of.
    pub(super) fn check_connector(&mut self, file: &str, name: &str, connector: &Connector) {
        let settings = self.hub.settings();
        let mut connector = connector.clone();
        let secret = take_secret(&mut connector);
        let made = settings.drivers.driver(Blueprint {
            connector: &connector,
            secret: secret.as_ref(),
            base_url: &settings.base_url,
        });
        if let Err(mistakes) = made {
            for mistake in mistakes {
                let place = if mistake.key.is_empty() {
                    name.to_owned()
                } else {
                    format!("{name}: {}", mistake.key)
                };
                self.mistake(file, place, mistake.expected);
            }
        }
        let trust = &connector.trust;
        let for_nobody = !trust.everywhere
            && trust.structures.is_empty()
            && trust.sources.is_empty()
            && trust.academies.is_empty();
        if for_nobody {
            let what = "it may speak for nobody: `structures`, `sources`, `academies` or `everywhere` is expected";
            self.warn(file, format!("{name}: trust"), what);
        }
        let federation = connector.saml.as_ref().map(|saml| saml.federation.as_str());
        if let Some(wanted) = federation.filter(|wanted| !wanted.is_empty())
            && !settings
                .saml
                .federations
                .iter()
                .any(|known| known.name == wanted)
        {
            let what =
                format!("the configuration has no `[[saml.federations]]` of the name `{wanted}`");
            self.mistake(file, format!("{name}: saml.federation"), what);
        }
    }

    pub(super) async fn connectors(
        &mut self,
        tx: &mut Tx,
        file: &str,
        document: &Document,
    ) -> Result<(), ApplyError> {
        let known = connectors::all(self.hub.database()).await?;
        for wanted in &document.connector {
            let mut connector = wanted.clone();
            let secret = take_secret(&mut connector);
            let former = known.iter().find(|row| row.connector.id == connector.id);
            let kept = former.and_then(|row| row.sealed.as_deref());
            if secret.is_none() && kept.is_none() && needs_secret(&connector) {
                let what =
                    "its secret is expected at the first time: `client_secret` or `bind_password`";
                self.mistake(file, format!("connector {}", connector.id), what);
                continue;
            }
            let stays = former.is_none_or(|row| goes_where_it_went(&row.connector, &connector));
            let lost = secret.is_none() && !stays;
            if lost && needs_secret(&connector) {
                let what = "its secret is expected again, because it would go to another address than before: \
                            `client_secret` or `bind_password`";
                self.mistake(file, format!("connector {}", connector.id), what);
                continue;
            }
            let about = about(&connector.id);
            let keys = self.hub.keys();
            let same_secret = secret.as_ref().is_none_or(|secret| {
                let clear =
                    kept.and_then(|kept| keys.unseal(Sealed::ConnectorSecret, &about, kept));
                clear.is_some_and(|clear| clear.as_slice() == exposed(secret).as_bytes())
            });
            let same = former.is_some_and(|row| row.connector == connector) && same_secret;
            if !same {
                let secret = match secret.filter(|_| !same_secret) {
                    // Not kept for later either: two changes would bring it where one may not.
                    None if lost => Secret::Remove,
                    None => Secret::Keep,
                    Some(secret) => {
                        let clear = exposed(&secret).as_bytes();
                        let random = self.cx.random;
                        Secret::Replace(keys.seal(Sealed::ConnectorSecret, random, &about, clear))
                    }
                };
                connectors::put(tx, &connector, secret, self.cx.now).await?;
            }
            self.note(
                format!("connector {}", connector.id),
                former.is_none(),
                !same,
            );
        }
        Ok(())
    }
}

fn exposed(secret: &SecretString) -> &str {
    use clau_domain::secret::ExposeSecret as _;
    secret.expose_secret()
}

/// Takes the secret out of a registration: what is stored has none.
fn take_secret(connector: &mut Connector) -> Option<SecretString> {
    let secret = match (&mut connector.oidc, &mut connector.ldap) {
        (Some(oidc), _) => oidc.client_secret.take(),
        (None, Some(ldap)) => ldap.bind_password.take(),
        (None, None) => None,
    };
    secret.map(SecretString::from)
}

fn needs_secret(connector: &Connector) -> bool {
    let by_secret =
        |oidc: &clau_domain::connector::OidcUpstream| oidc.authentication != "private_key_jwt";
    connector.ldap.is_some() || connector.oidc.as_ref().is_some_and(by_secret)
}

/// Whether a secret that is kept stays with those it was made for: otherwise whoever may change an address has the
/// hub tell it to them.
fn goes_where_it_went(former: &Connector, connector: &Connector) -> bool {
    match (&former.oidc, &connector.oidc, &former.ldap, &connector.ldap) {
        (Some(former), Some(oidc), None, None) => former.issuer == oidc.issuer,
        (None, None, Some(former), Some(ldap)) => {
            let known = |server: &String| former.servers.contains(server);
            ldap.servers.iter().all(known)
        }
        _ => false,
    }
}
