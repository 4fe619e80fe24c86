//! The authorization request (OIDC Core §3.1.2.1, RFC 6749 §4.1.1, with PKCE, JAR, PAR, RFC 9207,
//! RFC 9449 §10). Read once, against the client's registration, and never changed afterwards
//! (OIDC-06).

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::claims::ClaimsRequest;
use crate::client::{Client, GrantType, ResponseMode, ResponseType};
use crate::error::{ErrorCode, OauthError};
use crate::parameters::Parameters;
use crate::pkce::Challenge;
use crate::scope::{OFFLINE_ACCESS, OPENID, ScopeSet};
use crate::{dpop, fapi};

/// What the `request_uri` of a pushed request begins with (RFC 9126 §2.2).
pub const PUSHED_PREFIX: &str = "urn:ietf:params:oauth:request_uri:";

/// What must be known before anything else is read: whose request it is, and where it stands. All its
/// errors are for a page.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Outer<'a> {
    /// The client that it says it comes from.
    pub client_id: &'a str,
    /// A signed request object (RFC 9101).
    pub request: Option<&'a str>,
    /// Our reference to a pushed request, without its prefix (RFC 9126 §4). Addresses are never
    /// fetched (OIDC-16).
    pub pushed: Option<&'a str>,
}

impl<'a> Outer<'a> {
    /// Reads the parameters of the authorization endpoint.
    ///
    /// # Errors
    /// For a page: nothing has been verified.
    pub fn read(parameters: Parameters<'a>) -> Result<Self, OauthError> {
        let request = parameters.optional("request");
        let pushed = match parameters.optional("request_uri") {
            None => None,
            Some(_) if request.is_some() => {
                return Err(OauthError::invalid_request(
                    "`request` and `request_uri` are not used together",
                ));
            }
            Some(uri) => Some(uri.strip_prefix(PUSHED_PREFIX).ok_or_else(|| {
                OauthError::new(
                    ErrorCode::RequestUriNotSupported,
                    "only a `request_uri` that this server gave out is taken",
                )
            })?),
        };
        Ok(Self {
            client_id: parameters.required("client_id")?,
            request,
            pushed,
        })
    }
}

impl fmt::Debug for Outer<'_> {
    /// Without the request, signed or pushed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Outer({}, redacted)", self.client_id)
    }
}

/// How a request reached the hub.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Came {
    /// By the client's own hand, authenticated (PAR).
    pub pushed: bool,
    /// Signed by the client (JAR).
    pub signed: bool,
}

/// Where an answer may go. Exists only once client and address belong together (OIDC-02).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReturnTo {
    redirect_uri: String,
    response_mode: ResponseMode,
    state: Option<String>,
}

impl fmt::Debug for ReturnTo {
    /// Without `state`, by which the client recognises its browser.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ReturnTo({}, redacted)", self.response_mode.name())
    }
}

impl ReturnTo {
    /// The address, as it was asked for.
    pub fn redirect_uri(&self) -> &str {
        &self.redirect_uri
    }

    /// How the answer is handed over.
    pub fn response_mode(&self) -> ResponseMode {
        self.response_mode
    }

    /// `state`, to be given back as it came.
    pub fn state(&self) -> Option<&str> {
        self.state.as_deref()
    }
}

/// Why a request is refused, and who is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refused {
    /// The person, on a page; never by a redirect (OIDC-02).
    Page(OauthError),
    /// The client, at its own address.
    Redirect(ReturnTo, OauthError),
}

impl Refused {
    /// What is wrong.
    pub fn error(&self) -> &OauthError {
        match self {
            Self::Page(error) | Self::Redirect(_, error) => error,
        }
    }
}

/// What the person is to be asked (OIDC Core §3.1.2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Prompt {
    /// Nothing; always alone.
    None,
    /// To prove again who they are.
    Login,
    /// To agree.
    Consent,
    /// Which account.
    SelectAccount,
}

/// A request that its client may make.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct AuthorizationRequest {
    /// Whose.
    pub client_id: String,
    /// Where the answer goes.
    pub return_to: ReturnTo,
    /// What is answered.
    pub response_type: ResponseType,
    /// What is asked for, within what the client may have.
    pub scope: ScopeSet,
    /// Given back in the ID token.
    pub nonce: Option<String>,
    /// What the person is to be asked.
    pub prompt: BTreeSet<Prompt>,
    /// Longest age of the login, in seconds.
    pub max_age: Option<u64>,
    /// How strongly the person should have signed in, the best first.
    pub acr_values: Vec<String>,
    /// Claims that are asked for one by one.
    pub claims: ClaimsRequest,
    /// Languages, the best first.
    pub ui_locales: Vec<String>,
    /// What to write into the login field; escaped there (OIDC-13).
    pub login_hint: Option<String>,
    /// Where the person should log in; no parameter of the specification, and one that many providers know.
    #[serde(default)]
    pub idp_hint: Option<String>,
    /// An ID token of the person who should be signed in. Unverified (OIDC-13).
    pub id_token_hint: Option<String>,
    /// What the code is bound to.
    pub challenge: Option<Challenge>,
    /// Thumbprint of the key that the code is bound to (RFC 9449 §10).
    pub dpop_jkt: Option<String>,
    /// The resources that tokens are for (RFC 8707).
    pub resource: Vec<String>,
}

impl fmt::Debug for AuthorizationRequest {
    /// Without what tells of the person: hints, claims, nonce (LOG-02).
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthorizationRequest")
            .field("client_id", &self.client_id)
            .field("response_type", &self.response_type)
            .field("scope", &self.scope)
            .field("prompt", &self.prompt)
            .finish_non_exhaustive()
    }
}

impl AuthorizationRequest {
    /// Reads a request against the registration of the client that it names.
    ///
    /// # Errors
    /// [`Refused`].
    pub fn read(parameters: Parameters<'_>, client: &Client, came: Came) -> Result<Self, Refused> {
        let return_to = return_to(parameters, client).map_err(Refused::Page)?;
        Self::read_rest(parameters, client, came, return_to.clone())
            .map_err(|error| Refused::Redirect(return_to, error))
    }

    /// Whether no page may be shown.
    pub fn is_silent(&self) -> bool {
        self.prompt.contains(&Prompt::None)
    }

    fn read_rest(
        parameters: Parameters<'_>,
        client: &Client,
        came: Came,
        return_to: ReturnTo,
    ) -> Result<Self, OauthError> {
        for (name, code) in [
            ("registration", ErrorCode::RegistrationNotSupported),
            ("request_uri", ErrorCode::InvalidRequest),
            ("request", ErrorCode::InvalidRequest),
        ] {
            if parameters.optional(name).is_some() {
                return Err(OauthError::new(code, format!("`{name}` is not taken here")));
            }
        }
        let response_type = response_type(parameters, client)?;
        check_mode(parameters, client, response_type)?;
        if client.needs_pushed_request() && !came.pushed {
            return Err(OauthError::invalid_request(
                "this client must push its requests",
            ));
        }
        if client.metadata.require_signed_request_object && !came.signed {
            return Err(OauthError::invalid_request(
                "this client must sign its requests",
            ));
        }
        let scope = scope(parameters, client, response_type)?;
        let nonce = short(parameters, "nonce", 512)?;
        if response_type == ResponseType::CodeIdToken && nonce.is_none() {
            return Err(OauthError::invalid_request(
                "`nonce` is missing; an ID token in the answer needs one",
            ));
        }
        let challenge = Challenge::read(parameters)?;
        if challenge.is_none() && client.needs_pkce() {
            return Err(OauthError::invalid_request("`code_challenge` is missing"));
        }
        let dpop_jkt = parameters.optional("dpop_jkt").map(str::to_owned);
        if dpop_jkt
            .as_deref()
            .is_some_and(|jkt| !dpop::is_thumbprint(jkt))
        {
            return Err(OauthError::invalid_request("`dpop_jkt` is no thumbprint"));
        }
        let mut acr_values = parameters.words("acr_values");
        if acr_values.is_empty() {
            acr_values.clone_from(&client.metadata.default_acr_values);
        }
        let request = Self {
            client_id: client.client_id.clone(),
            return_to,
            response_type,
            scope,
            nonce,
            prompt: prompt(parameters)?,
            max_age: max_age(parameters)?.or(client.metadata.default_max_age),
            acr_values,
            claims: match parameters.optional("claims") {
                None => ClaimsRequest::default(),
                Some(text) => ClaimsRequest::parse(text)?,
            },
            ui_locales: parameters.words("ui_locales"),
            login_hint: short(parameters, "login_hint", 256)?,
            idp_hint: short(parameters, "idp_hint", 256)?,
            id_token_hint: parameters.optional("id_token_hint").map(str::to_owned),
            challenge,
            dpop_jkt,
            resource: parameters.all("resource").map(str::to_owned).collect(),
        };
        fapi::check_authorization(client, &request)?;
        Ok(request)
    }
}

/// The address that answers go to; asked for by name even where only one is registered.
fn return_to(parameters: Parameters<'_>, client: &Client) -> Result<ReturnTo, OauthError> {
    if parameters.required("client_id")? != client.client_id {
        return Err(OauthError::invalid_request(
            "`client_id` is not the one that the request belongs to",
        ));
    }
    let uri = parameters.required("redirect_uri")?;
    if !client.allows_redirect(uri) {
        return Err(OauthError::invalid_request(
            "`redirect_uri` is not registered for this client",
        ));
    }
    // OIDC Core §3.3.2.5: what asks for a token is answered behind the `#`, errors as well.
    let wanted = parameters.optional("response_type").unwrap_or_default();
    let asks_for_token = wanted.split(' ').any(|word| word.ends_with("token"));
    let response_mode = match parameters
        .optional("response_mode")
        .and_then(ResponseMode::parse)
    {
        Some(ResponseMode::FormPost) => ResponseMode::FormPost,
        Some(ResponseMode::Query) | None if !asks_for_token => ResponseMode::Query,
        _ => ResponseMode::Fragment,
    };
    Ok(ReturnTo {
        redirect_uri: uri.to_owned(),
        response_mode,
        state: parameters.optional("state").map(str::to_owned),
    })
}

fn response_type(parameters: Parameters<'_>, client: &Client) -> Result<ResponseType, OauthError> {
    let mut words = parameters.words("response_type");
    words.sort();
    if words.is_empty() {
        return Err(OauthError::invalid_request("`response_type` is missing"));
    }
    let response_type = ResponseType::parse(&words.join(" ")).ok_or_else(|| {
        OauthError::new(
            ErrorCode::UnsupportedResponseType,
            "`response_type` must be `code` or `code id_token`",
        )
    })?;
    let grant = GrantType::AuthorizationCode;
    if client.metadata.response_types.contains(&response_type)
        && client.metadata.grant_types.contains(&grant)
    {
        Ok(response_type)
    } else {
        Err(OauthError::new(
            ErrorCode::UnauthorizedClient,
            "the client is not registered for this `response_type`",
        ))
    }
}

fn check_mode(
    parameters: Parameters<'_>,
    client: &Client,
    response_type: ResponseType,
) -> Result<(), OauthError> {
    let usual = match response_type {
        ResponseType::Code => ResponseMode::Query,
        ResponseType::CodeIdToken => ResponseMode::Fragment,
    };
    let mode = match parameters.optional("response_mode") {
        None => usual,
        Some(text) => ResponseMode::parse(text).ok_or_else(|| {
            OauthError::invalid_request("`response_mode` must be query, fragment or form_post")
        })?,
    };
    if mode == ResponseMode::Query && response_type == ResponseType::CodeIdToken {
        return Err(OauthError::invalid_request(
            "an ID token is never sent in the query",
        ));
    }
    if client.response_modes.contains(&mode) {
        Ok(())
    } else {
        Err(OauthError::new(
            ErrorCode::UnauthorizedClient,
            "the client is not registered for this `response_mode`",
        ))
    }
}

fn scope(
    parameters: Parameters<'_>,
    client: &Client,
    response_type: ResponseType,
) -> Result<ScopeSet, OauthError> {
    let bad = |why| Err(OauthError::new(ErrorCode::InvalidScope, why));
    let asked = ScopeSet::parse(parameters.optional("scope").unwrap_or_default())?;
    // RFC 6749 §3.3: what the client may not have is left out, and the answer says what remained.
    let mut scope = asked.within(&client.metadata.scope);
    if !client
        .metadata
        .grant_types
        .contains(&GrantType::RefreshToken)
    {
        scope = scope.without(OFFLINE_ACCESS);
    }
    if scope.is_empty() {
        return bad("`scope` names nothing that the client is registered for");
    }
    if response_type == ResponseType::CodeIdToken && !scope.has(OPENID) {
        return bad("an ID token needs the scope openid");
    }
    Ok(scope)
}

fn prompt(parameters: Parameters<'_>) -> Result<BTreeSet<Prompt>, OauthError> {
    let mut prompts = BTreeSet::new();
    for word in parameters.words("prompt") {
        prompts.insert(match word.as_str() {
            "none" => Prompt::None,
            "login" => Prompt::Login,
            "consent" => Prompt::Consent,
            "select_account" => Prompt::SelectAccount,
            _ => {
                return Err(OauthError::invalid_request(
                    "`prompt` must be none, login, consent or select_account",
                ));
            }
        });
    }
    if prompts.contains(&Prompt::None) && prompts.len() > 1 {
        return Err(OauthError::invalid_request("`prompt=none` stands alone"));
    }
    Ok(prompts)
}

fn max_age(parameters: Parameters<'_>) -> Result<Option<u64>, OauthError> {
    let Some(text) = parameters.optional("max_age") else {
        return Ok(None);
    };
    let digits = text.bytes().all(|b| b.is_ascii_digit());
    match text.parse() {
        Ok(seconds) if digits => Ok(Some(seconds)),
        _ => Err(OauthError::invalid_request(
            "`max_age` must be a number of seconds",
        )),
    }
}

fn short(
    parameters: Parameters<'_>,
    name: &'static str,
    longest: usize,
) -> Result<Option<String>, OauthError> {
    match parameters.optional(name) {
        Some(text) if text.len() > longest || text.contains(char::is_control) => Err(
            OauthError::invalid_request(format!("`{name}` is too long or has control characters")),
        ),
        other => Ok(other.map(str::to_owned)),
    }
}
