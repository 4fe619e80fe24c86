//! Every step of a login that needs nobody's password, tried at a CAS server and told in words (`clau connector
//! check`): its login page with the hub as the service, and a validation of a ticket that nobody has. Never asks
//! for a real one.

use clau_cas::client::ValidationAnswer;
use clau_domain::connector::{Connector, Field};

use super::registration::Server;
use super::{get, is_unregistered, validation};
use crate::contract::{Call, Finding, Verdict};

/// A ticket that no server has given out.
const NO_TICKET: &str = "ST-0-clau-connector-check";

/// Tries everything.
pub(super) async fn check(connector: &Connector, server: &Server, call: &Call<'_>) -> Vec<Finding> {
    let mut findings = vec![login(server, call).await];
    findings.push(validate(server, call).await);
    findings.extend(attributes(connector, server));
    findings
}

/// The page to which people are sent.
async fn login(server: &Server, call: &Call<'_>) -> Finding {
    let url = server
        .login
        .with_query_pair("service", server.callback.as_str());
    let (verdict, words) = match get(call, &url).await {
        Err(fault) => (Verdict::Bad, fault.to_string()),
        Ok(answer) => match answer.status {
            200..=399 => (
                Verdict::Good,
                format!("it is there, and takes {} as a service", server.callback),
            ),
            401 | 403 => (
                Verdict::Bad,
                format!(
                    "it does not know the hub: {} must be registered there as a service",
                    server.callback
                ),
            ),
            404 => (
                Verdict::Bad,
                format!(
                    "there is no `/login` below `cas.url`: {} is not there",
                    server.login
                ),
            ),
            status => (Verdict::Bad, format!("it answers {status}")),
        },
    };
    finding("login page", verdict, words)
}

/// The question that the hub asks itself.
async fn validate(server: &Server, call: &Call<'_>) -> Finding {
    let url = server
        .validate
        .with_query_pair("service", server.callback.as_str())
        .with_query_pair("ticket", NO_TICKET);
    let (verdict, words) = match validation(call, &url).await {
        Ok(ValidationAnswer::Failure(refusal)) if is_unregistered(&refusal.code) => (
            Verdict::Bad,
            format!(
                "it does not know the hub ({}): {} must be registered there as a service",
                refusal.code, server.callback
            ),
        ),
        Ok(ValidationAnswer::Failure(refusal)) => match refusal.code.as_str() {
            "INVALID_TICKET" | "INVALID_TICKET_SPEC" => (
                Verdict::Good,
                "it refuses a ticket that nobody has, as it should".to_owned(),
            ),
            _ => (
                Verdict::Warning,
                format!(
                    "it answers a ticket that nobody has with {}: {}",
                    refusal.code, refusal.text
                ),
            ),
        },
        Ok(ValidationAnswer::Success(_)) => (
            Verdict::Bad,
            "it takes a ticket that nobody has: nobody should be let in by it".to_owned(),
        ),
        Err(fault) => (
            Verdict::Bad,
            format!(
                "{fault}; is `cas.validate` what this server has, `p3/serviceValidate` or \
                 `serviceValidate`?"
            ),
        ),
    };
    finding("validation", verdict, words)
}

/// What only a login shows.
fn attributes(connector: &Connector, server: &Server) -> Option<Finding> {
    let mapped = connector
        .attributes
        .keys()
        .any(|field| *field != Field::Subject);
    (mapped && !server.is_p3).then(|| {
        let words = "attributes are mapped, and many servers send them by `p3/serviceValidate` \
                     alone; what really comes is seen at a login";
        finding("attributes", Verdict::Warning, words.to_owned())
    })
}

fn finding(step: &str, verdict: Verdict, words: String) -> Finding {
    Finding {
        step: step.to_owned(),
        verdict,
        words,
    }
}
