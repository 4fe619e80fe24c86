//! The authorization endpoint and its antechamber (OIDC Core §3.1.2, RFC 9126): a request is read once
//! against its client's registration, and goes the way of every login. Until client and address belong
//! together, what is wrong is for a page and never for a redirect (OIDC-02).

use clau_domain::login::{OidcRequest, Resume};
use clau_domain::secret::{BrowserKind, Digest, PushedRequestKind, StartedKind, Token};
use clau_domain::url::WebUrl;
use clau_oidc::client::SecurityProfile;
use clau_oidc::error::{ErrorCode, OauthError};
use clau_oidc::fapi;
use clau_oidc::jose::Algorithm;
use clau_oidc::parameters::Parameters;
use clau_oidc::request::{
    AuthorizationRequest, Came, Outer, Prompt, Refused, ReturnTo, read_request_object,
};
use clau_oidc::response::{Answer, AuthorizationResponse, PushedResponse};
use serde::{Deserialize, Serialize};
use std::time::Duration;

use super::authenticate::Presented;
use super::clients::OidcClient;
use super::{Failure, SKEW, refused};
use crate::error::Error;
use crate::leaving::Leaving;
use crate::login::{Cookies, Finished, Start, Step, Then};
use crate::{Cx, Hub};

/// How long a pushed request waits for its browser (RFC 9126 §2.2; FAPI 2.0 §5.3.2.2: under ten minutes).
const PUSHED_LIFE: Duration = Duration::from_secs(90);
/// How long a request that was pushed may take from its browser's arrival to the answer.
const STARTED_LIFE: Duration = Duration::from_secs(30 * 60);
/// Longest request, in bytes: it travels sealed in the form of a login, which has a limit of its own, and
/// what a browser brings in an address is no longer either.
const LONGEST_REQUEST: usize = 8 * 1024;

/// What the authorization endpoint leads to.
#[derive(Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "made once a request and moved once; a box would only hide it"
)]
pub enum Authorized {
    /// The login goes its way.
    Step(Step),
    /// An answer for the client.
    Answer(Box<Leaving>),
    /// A page: nothing is known that could be trusted with a redirect.
    Refused(OauthError),
    /// A pushed request has arrived in its browser and is spent: the browser goes on with this.
    Started {
        /// Names what goes on, for `/oidc/continue`.
        request: Token<StartedKind>,
        /// Cookie of this browser, to be set.
        browser: Token<BrowserKind>,
    },
    /// The client keeps sending the browser back.
    Looping,
    /// What was to go on has waited too long, is another browser's, or was answered.
    Expired,
}

/// A pushed request that waits for its browser.
#[derive(Serialize, Deserialize)]
struct Pushed {
    client_id: String,
    request: AuthorizationRequest,
}

/// A pushed request that has met its browser.
#[derive(Serialize, Deserialize)]
struct Started {
    browser: Digest,
    client_id: String,
    request: AuthorizationRequest,
}

impl Hub {
    /// The authorization endpoint, with the parameters of the query or of a form.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn oidc_authorize(
        &self,
        cx: &Cx<'_>,
        cookies: Cookies<'_>,
        list: &[(String, String)],
    ) -> Result<Authorized, Error> {
        match self.read_authorization(cx, list).await {
            Ok(Read::Here(client, request)) => {
                self.begin_oidc(cx, cookies, &client, *request, None).await
            }
            Ok(Read::Pushed(pushed)) => self.meet(cx, cookies, *pushed).await,
            Err(NotRead::Client(client, to, error)) => Ok(Authorized::Answer(Box::new(
                self.refusal(cx, &client, &to, error),
            ))),
            Err(NotRead::Page(error)) => {
                let (client, host) = self.whose(cx, list).await;
                tracing::info!(
                    event = "oidc.request_refused",
                    client,
                    redirect_host = host,
                    reference = %cx.reference,
                    cause = %error,
                    "an authorization request is refused on a page"
                );
                Ok(Authorized::Refused(error))
            }
            Err(NotRead::Hub(error)) => Err(error),
        }
    }

    /// Goes on with a pushed request that has met its browser.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn oidc_continue(
        &self,
        cx: &Cx<'_>,
        cookies: Cookies<'_>,
        name: &str,
    ) -> Result<Authorized, Error> {
        let (Some(token), Some(browser)) = (
            Token::<StartedKind>::parse(name),
            cookies.browser.and_then(Token::<BrowserKind>::parse),
        ) else {
            return Ok(Authorized::Expired);
        };
        let digest = token.digest();
        let started = self
            .tickets()
            .get::<StartedKind, Started>(&digest, cx.now)
            .await?;
        let Some(started) = started.filter(|started| started.browser == browser.digest()) else {
            return Ok(Authorized::Expired);
        };
        let catalogue = self.catalogue(cx.now).await?;
        let Some(client) = catalogue.oidc_client(&started.client_id).cloned() else {
            return Ok(Authorized::Refused(unknown_client()));
        };
        self.begin_oidc(cx, cookies, &client, started.request, Some(digest))
            .await
    }

    /// The endpoint that takes requests from clients themselves (RFC 9126 §2).
    ///
    /// # Errors
    /// In the words of the specifications.
    pub async fn oidc_push(
        &self,
        cx: &Cx<'_>,
        presented: Presented<'_>,
        list: &[(String, String)],
    ) -> Result<PushedResponse, Failure> {
        let parameters = Parameters::new(list)?;
        let caller = self.oidc_caller(cx, presented, parameters).await?;
        if parameters.optional("request_uri").is_some() {
            return Err(OauthError::invalid_request("`request_uri` cannot be pushed").into());
        }
        let client = &caller.client;
        // RFC 9126 §3: whoever has authenticated need not say its name again.
        let mut named = list.to_vec();
        if parameters.optional("client_id").is_none() {
            named.retain(|(name, _)| name != "client_id");
            named.push(("client_id".to_owned(), client.client.client_id.clone()));
        }
        let parameters = Parameters::new(&named)?;
        let object;
        let (parameters, signed) = match parameters.optional("request") {
            None => (parameters, false),
            Some(_) => {
                object = self.request_object(cx, client, parameters).await?;
                (Parameters::new(&object)?, true)
            }
        };
        let came = Came {
            pushed: true,
            signed,
        };
        let read = AuthorizationRequest::read(parameters, &client.client, came);
        let mut request = read.map_err(|refused| Failure::Oauth(refused.error().clone()))?;
        // RFC 9449 §10.1: a proof binds the code as `dpop_jkt` does.
        match (&request.dpop_jkt, caller.jkt) {
            (Some(named), Some(proven)) if *named != proven => {
                return Err(refused(
                    ErrorCode::InvalidDpopProof,
                    "`dpop_jkt` names another key than the proof",
                ));
            }
            (_, Some(proven)) => request.dpop_jkt = Some(proven),
            (_, None) => {}
        }
        let length = serde_json::to_string(&request).map(|text| text.len());
        if length.map_err(|error| Error::Defect(error.to_string()))? > LONGEST_REQUEST {
            return Err(OauthError::invalid_request("the request is too long").into());
        }
        let pushed = Pushed {
            client_id: client.client.client_id.clone(),
            request,
        };
        let until = cx.now + PUSHED_LIFE;
        let token: Token<PushedRequestKind> = self.keep_new(cx, &pushed, until).await?;
        Ok(PushedResponse {
            request_uri: format!("{}{}", clau_oidc::request::PUSHED_PREFIX, token.expose()),
            expires_in: PUSHED_LIFE.as_secs(),
        })
    }

    /// Whose a request that is told on a page seems to be, for the log: a registered client, and the host
    /// that its answer would have gone to. Nothing else of what a stranger sent.
    async fn whose(
        &self,
        cx: &Cx<'_>,
        list: &[(String, String)],
    ) -> (Option<String>, Option<String>) {
        let first = |name: &str| {
            let mut found = list.iter().filter(|(known, _)| known == name);
            found.next().map(|(_, value)| value.as_str())
        };
        let client = match first("client_id") {
            Some(id) => self.client_by_id(cx.now, id).await.ok().flatten(),
            None => None,
        };
        let address = first("redirect_uri").and_then(|uri| WebUrl::parse(uri).ok());
        (
            client.map(|client| client.client.client_id.clone()),
            address.map(|address| address.host().to_owned()),
        )
    }

    async fn read_authorization(
        &self,
        cx: &Cx<'_>,
        list: &[(String, String)],
    ) -> Result<Read, NotRead> {
        let parameters = Parameters::new(list)?;
        let outer = Outer::read(parameters)?;
        let client = self
            .client_by_id(cx.now, outer.client_id)
            .await?
            .ok_or_else(unknown_client)?;
        if let Some(reference) = outer.pushed {
            let pushed = self.take_pushed(cx, reference, outer.client_id).await?;
            return Ok(Read::Pushed(Box::new(pushed)));
        }
        let object;
        let (parameters, came) = match outer.request {
            None => (parameters, Came::default()),
            Some(_) => {
                object = self.request_object(cx, &client, parameters).await?;
                let came = Came {
                    signed: true,
                    pushed: false,
                };
                (Parameters::new(&object)?, came)
            }
        };
        match AuthorizationRequest::read(parameters, &client.client, came) {
            Ok(request) => Ok(Read::Here(client, Box::new(request))),
            Err(Refused::Page(error)) => Err(NotRead::Page(error)),
            Err(Refused::Redirect(to, error)) => Err(NotRead::Client(client, to, error)),
        }
    }

    /// The parameters that a client has signed (RFC 9101).
    async fn request_object(
        &self,
        cx: &Cx<'_>,
        client: &OidcClient,
        parameters: Parameters<'_>,
    ) -> Result<Vec<(String, String)>, OauthError> {
        let algorithms: Vec<Algorithm> = match client.client.metadata.request_object_signing_alg {
            Some(algorithm) => vec![algorithm],
            None if client.client.profile == SecurityProfile::Fapi2 => fapi::ALGORITHMS.to_vec(),
            None => Vec::new(),
        };
        let clock = (cx.now, SKEW);
        self.with_client_keys(cx, client, &algorithms, |keys| {
            read_request_object(parameters, &client.client, self.issuer(), keys, clock)
        })
        .await
    }

    /// Spends a pushed request (OIDC-16). Another client's is left alone: it is none of this one's
    /// business.
    async fn take_pushed(
        &self,
        cx: &Cx<'_>,
        reference: &str,
        client_id: &str,
    ) -> Result<Pushed, NotRead> {
        let gone = || {
            NotRead::Page(OauthError::new(
                ErrorCode::InvalidRequestUri,
                "the pushed request is unknown, spent, expired or another client's",
            ))
        };
        let digest = Token::<PushedRequestKind>::parse(reference)
            .ok_or_else(gone)?
            .digest();
        let tickets = self.tickets();
        let waiting = tickets
            .get::<PushedRequestKind, Pushed>(&digest, cx.now)
            .await
            .map_err(Error::from)?;
        if waiting.is_none_or(|pushed| pushed.client_id != client_id) {
            return Err(gone());
        }
        let taken = tickets
            .take::<PushedRequestKind, Pushed>(&digest, cx.now)
            .await
            .map_err(Error::from)?;
        taken.ok_or_else(gone)
    }

    /// A pushed request meets its browser: from now on it goes on there and nowhere else.
    async fn meet(
        &self,
        cx: &Cx<'_>,
        cookies: Cookies<'_>,
        pushed: Pushed,
    ) -> Result<Authorized, Error> {
        let browser = cookies
            .browser
            .and_then(Token::<BrowserKind>::parse)
            .unwrap_or_else(|| Token::mint(cx.random));
        let started = Started {
            browser: browser.digest(),
            client_id: pushed.client_id,
            request: pushed.request,
        };
        let until = cx.now + STARTED_LIFE;
        let request = self.keep_new(cx, &started, until).await?;
        Ok(Authorized::Started { request, browser })
    }

    /// A request that has been read begins its way. `once` is what is spent with the answer.
    async fn begin_oidc(
        &self,
        cx: &Cx<'_>,
        cookies: Cookies<'_>,
        client: &OidcClient,
        request: AuthorizationRequest,
        once: Option<Digest>,
    ) -> Result<Authorized, Error> {
        let silent = request.is_silent();
        let to = request.return_to.clone();
        let start = Start {
            force: request.prompt.contains(&Prompt::Login),
            hint: request.login_hint.clone().unwrap_or_default(),
            sources: request.idp_hint.iter().cloned().collect(),
            resume: Resume::Oidc(Box::new(OidcRequest {
                service: client.service.id.clone(),
                origin: leads_to(to.redirect_uri()),
                max_age: request.max_age,
                request: serde_json::to_value(&request)
                    .map_err(|error| Error::Defect(error.to_string()))?,
                once,
            })),
        };
        if silent {
            let answered = self
                .answer_silently(cx, cookies, client, (&to, &start.resume))
                .await?;
            return Ok(Authorized::Answer(Box::new(answered)));
        }
        let step = self.start_login(cx, cookies, start).await?;
        let answered = matches!(&step, Step::Finished(Finished { then, .. })
            if matches!(then, Then::Oidc(_)));
        if answered && self.is_looping(cx, cookies, &client.service.id) {
            return Ok(Authorized::Looping);
        }
        Ok(Authorized::Step(step))
    }

    /// A refusal for the client, at its own address.
    pub(crate) fn refusal(
        &self,
        cx: &Cx<'_>,
        client: &OidcClient,
        to: &ReturnTo,
        error: OauthError,
    ) -> Leaving {
        tracing::info!(
            event = "oidc.request_refused",
            client = %client.client.client_id,
            reference = %cx.reference,
            cause = %error,
            "an authorization request is refused"
        );
        let told = error.with_reference(&cx.reference);
        self.answer_to(client, to, Answer::Refused(&told))
    }

    /// An answer, ready to travel.
    pub(crate) fn answer_to(
        &self,
        client: &OidcClient,
        to: &ReturnTo,
        answer: Answer<'_>,
    ) -> Leaving {
        let response = AuthorizationResponse {
            to,
            issuer: self.issuer(),
            answer,
        };
        Leaving {
            delivery: response.deliver().into(),
            service: client.service.name.clone(),
            origin: leads_to(to.redirect_uri()),
        }
    }
}

/// What a page's policy must allow for a form, or the redirect after it, to lead to a registered address
/// (WEB-01): its origin; the scheme, where a program has one of its own. None where a policy has no word
/// for it, an address in brackets (CSP 3 §2.3.1): browsers get there by a link.
pub(crate) fn leads_to(address: &str) -> Option<String> {
    match WebUrl::parse(address) {
        Ok(url) => Some(url.origin()).filter(|origin| !origin.contains('[')),
        Err(_) => {
            let (scheme, _) = address.split_once(':')?;
            // A domain name backwards: never the scheme of a whole web.
            scheme.contains('.').then(|| format!("{scheme}:"))
        }
    }
}

fn unknown_client() -> OauthError {
    OauthError::new(ErrorCode::InvalidClient, "no such client is registered")
}

/// A request that could be read.
enum Read {
    Here(std::sync::Arc<OidcClient>, Box<AuthorizationRequest>),
    Pushed(Box<Pushed>),
}

/// Why one could not, and who is told.
enum NotRead {
    Page(OauthError),
    Client(std::sync::Arc<OidcClient>, ReturnTo, OauthError),
    Hub(Error),
}

impl From<OauthError> for NotRead {
    fn from(error: OauthError) -> Self {
        Self::Page(error)
    }
}

impl From<Error> for NotRead {
    fn from(error: Error) -> Self {
        Self::Hub(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn web_01_a_policy_names_where_an_answer_goes_or_nothing() {
        for (address, expected) in [
            (
                "https://bourses.example.fr/retour?x=1",
                Some("https://bourses.example.fr"),
            ),
            (
                "https://bourses.example.fr:8443/",
                Some("https://bourses.example.fr:8443"),
            ),
            ("http://127.0.0.1:51004/cb", Some("http://127.0.0.1:51004")),
            ("fr.example.app:/retour", Some("fr.example.app:")),
            ("http://[::1]:51004/cb", None),
            ("https:", None),
            ("data:text/html,x", None),
        ] {
            assert_eq!(leads_to(address).as_deref(), expected, "{address}");
        }
    }
}
