//! How a source is, in words: every step that a login takes, tried one by one (`clau connector check`), and
//! the one question that tells whether it is alive. Changes nothing.

use std::sync::Arc;
use std::time::Duration;

use clau_domain::connector::{Field, UpstreamLogout};
use clau_domain::secret::SecretString;
use clau_saml::key::Certificate;
use clau_saml::metadata::IdentityProvider;
use clau_saml::names::name_id;

use super::introduction::named;
use super::{BY_BROWSER, Saml, metadata, scopes};
use crate::contract::{Call, Fault, Finding, Request, Verdict};

/// Longest page that is read to see whether the source is alive, in bytes.
const LONGEST_PAGE: usize = 64 * 1024;
/// How long before its date a certificate is spoken of.
const SOON: Duration = Duration::from_secs(30 * 24 * 3600);

/// Asks for the page that people would be sent to.
pub(super) async fn probe(saml: &Saml, call: &Call<'_>) -> Result<(), Fault> {
    let provider = saml.provider(call.now)?;
    alive(call, &provider).await
}

async fn alive(call: &Call<'_>, provider: &IdentityProvider) -> Result<(), Fault> {
    let endpoint = provider.sso_by(&BY_BROWSER).ok_or_else(|| {
        Fault::Unusable("its metadata has no address that takes requests".to_owned())
    })?;
    let request = Request {
        url: &endpoint.location,
        headers: Vec::new(),
        form: None,
        longest: LONGEST_PAGE,
    };
    match call.http.send(request).await {
        // Without a request it has nothing to say but that there is none.
        Ok(response) if response.status < 500 => Ok(()),
        Ok(response) => Err(Fault::NoAnswer(format!(
            "it answers with status {}",
            response.status
        ))),
        // More than is read is an answer.
        Err(Fault::Untrusted(_)) => Ok(()),
        Err(fault) => Err(fault),
    }
}

/// Tries every step.
pub(super) async fn check(saml: &Saml, call: &Call<'_>) -> Vec<Finding> {
    let mut findings = Findings(Vec::new());
    let provider = match known(saml, call).await {
        Ok((provider, words)) => {
            findings.add("metadata", Verdict::Good, words);
            Some(provider)
        }
        Err(fault) => {
            findings.add("metadata", Verdict::Bad, fault.to_string());
            None
        }
    };
    if let Some(provider) = provider.as_deref() {
        findings.source(saml, call, provider);
        match alive(call, provider).await {
            Ok(()) => findings.add("answer", Verdict::Good, "its login page answers"),
            Err(fault) => findings.add("answer", Verdict::Bad, fault.to_string()),
        }
    }
    findings.own_keys(saml, call);
    findings.attributes(saml, provider.as_deref());
    findings.0
}

/// The metadata, fetched anew where the driver can do that by itself, and where it came from in words.
async fn known(saml: &Saml, call: &Call<'_>) -> Result<(Arc<IdentityProvider>, String), Fault> {
    let registered = &saml.registered;
    let settings = &registered.settings;
    let Some(url) = &settings.metadata_url else {
        let provider = saml.provider(call.now)?;
        let place = match settings.federation.as_str() {
            "" => "it stands in the registration".to_owned(),
            federation => format!("the federation `{federation}` has it"),
        };
        let until = until(&provider);
        return Ok((provider, format!("{place}{until}")));
    };
    let accept = SecretString::from("application/samlmetadata+xml, application/xml, text/xml, */*");
    let request = Request {
        url,
        headers: vec![("accept", accept)],
        form: None,
        longest: metadata::LONGEST,
    };
    let response = call.http.send(request).await?;
    if response.status != 200 {
        return Err(Fault::NoAnswer(format!(
            "its address answers with status {}",
            response.status
        )));
    }
    let provider = metadata::read(registered, &response.body, call.now)?;
    let signed = if registered.pinned.is_empty() {
        "by its connection alone, because no certificate is pinned"
    } else {
        "by its signature"
    };
    let until = until(&provider);
    Ok((
        Arc::new(provider),
        format!("it was fetched, and is believed {signed}{until}"),
    ))
}

fn until(provider: &IdentityProvider) -> String {
    provider
        .valid_until
        .map_or_else(String::new, |until| format!("; it is good until {until}"))
}

struct Findings(Vec<Finding>);

impl Findings {
    fn add(&mut self, step: &str, verdict: Verdict, words: impl Into<String>) {
        self.0.push(Finding {
            step: step.to_owned(),
            verdict,
            words: words.into(),
        });
    }

    /// What its metadata says of the source.
    fn source(&mut self, saml: &Saml, call: &Call<'_>, provider: &IdentityProvider) {
        for warning in provider.warnings() {
            let words = format!("something in it is passed over: {warning}");
            self.add("metadata", Verdict::Warning, words);
        }
        for certificate in &provider.keys.certificates {
            self.certificate(call, certificate);
        }
        if let Some(endpoint) = provider.sso_by(&BY_BROWSER) {
            let by = endpoint.binding.rsplit(':').next().unwrap_or_default();
            let words = format!("people are sent to {} by {by}", endpoint.location);
            self.add("address", Verdict::Good, words);
        }
        self.logout(saml, provider);
        self.scopes(saml, provider);
    }

    /// Dates of certificates are not asked (SAML V2.0 Metadata Interoperability Profile §2.6.1), but a source
    /// replaces a key when its certificate ends.
    fn certificate(&mut self, call: &Call<'_>, certificate: &Certificate) {
        let print = certificate.fingerprint();
        let print = print.get(..16).unwrap_or_default();
        let Some(until) = certificate.says_until() else {
            let words = format!("it signs by {print}…, whose date cannot be read");
            return self.add("certificate", Verdict::Warning, words);
        };
        let date = until.rfc3339();
        let date = date.get(..10).unwrap_or_default();
        let (verdict, words) = if until <= call.now {
            let words = format!(
                "it signs by {print}…, which ended on {date}; its answers are still believed, but ask \
                 the source for its next one"
            );
            (Verdict::Warning, words)
        } else if until < call.now + SOON {
            let words = format!(
                "it signs by {print}…, which ends on {date}: its metadata must name the next one \
                 before"
            );
            (Verdict::Warning, words)
        } else {
            (Verdict::Good, format!("it signs by {print}… until {date}"))
        };
        self.add("certificate", verdict, words);
    }

    fn logout(&mut self, saml: &Saml, provider: &IdentityProvider) {
        let settings = &saml.registered.settings;
        let protocol = provider.logout_by(&BY_BROWSER).is_some();
        let button = settings.logout_url.is_some();
        let (verdict, words) = match settings.logout {
            Some(UpstreamLogout::None) => (Verdict::Good, "sessions there are left as they are"),
            Some(UpstreamLogout::Button) => (Verdict::Good, "a button leads to its own logout"),
            Some(UpstreamLogout::ReturnUrl) => (
                Verdict::Good,
                "the browser goes to the address that came with the login",
            ),
            _ if protocol => (Verdict::Good, "sessions there end by the protocol"),
            _ if button => (
                Verdict::Warning,
                "its metadata has no address for logouts: a button leads to its own logout",
            ),
            _ => (
                Verdict::Warning,
                "its metadata has no address for logouts and `logout_url` is not given: sessions \
                 there stay open",
            ),
        };
        self.add("logout", verdict, words);
    }

    fn scopes(&mut self, saml: &Saml, provider: &IdentityProvider) {
        let registered = &saml.registered;
        let names = named(saml).flat_map(|(_, names)| names);
        let mut scoped = names.filter(|name| scopes::is_scoped(registered, name));
        let Some(first) = scoped.next() else {
            return;
        };
        match scopes::scopes(registered, provider) {
            [] => {
                let words = format!(
                    "`{first}` is within a scope, and neither its metadata nor `saml.scopes` names \
                     one: it will be refused"
                );
                self.add("scope", Verdict::Bad, words);
            }
            scopes => {
                let words = format!("it may speak of {}", scopes.join(", "));
                self.add("scope", Verdict::Good, words);
            }
        }
    }

    /// What the hub brings along.
    fn own_keys(&mut self, saml: &Saml, call: &Call<'_>) {
        let keys = call.keys;
        if keys.saml_signing.is_none() {
            let words = "the hub has no key that signs for upstreams: make one with `clau keys`";
            self.add("keys", Verdict::Bad, words);
        } else {
            self.add("keys", Verdict::Good, "requests are signed");
        }
        let opens = !keys.saml_decryption.is_empty();
        match (opens, saml.registered.settings.encrypted == Some(true)) {
            (true, _) => self.add("keys", Verdict::Good, "what is encrypted can be opened"),
            (false, true) => {
                let words = "assertions must be encrypted, and the hub has no key that opens them";
                self.add("keys", Verdict::Bad, words);
            }
            (false, false) => {
                let words = "the hub has no key that opens what is encrypted: the source must not \
                             encrypt";
                self.add("keys", Verdict::Warning, words);
            }
        }
    }

    /// What must come for people to be found.
    fn attributes(&mut self, saml: &Saml, provider: Option<&IdentityProvider>) {
        let registered = &saml.registered;
        if !registered
            .connector
            .attributes
            .contains_key(&Field::Subject)
        {
            let asked = registered.settings.name_id_format == name_id::PERSISTENT;
            let given = provider.is_none_or(|provider| {
                let formats = &provider.name_id_formats;
                formats.is_empty() || formats.iter().any(|it| it == name_id::PERSISTENT)
            });
            let (verdict, words) = match (given, asked) {
                (true, true) => (
                    Verdict::Good,
                    "people are known by a persistent name, which is asked for",
                ),
                (true, false) => (
                    Verdict::Warning,
                    "people are known by a persistent name: ask for it with `saml.name_id_format`, \
                     or map `subject` to an attribute that never changes",
                ),
                (false, _) => (
                    Verdict::Bad,
                    "its metadata offers no persistent names: map `subject` to an attribute that \
                     never changes",
                ),
            };
            self.add("subject", verdict, words);
        }
        for (field, names) in named(saml) {
            let field = serde_json::to_string(&field).unwrap_or_default();
            let field = field.trim_matches('"');
            let words = format!("`{field}` is read from {}", names.join(", or else "));
            self.add("attribute", Verdict::Good, words);
        }
    }
}
