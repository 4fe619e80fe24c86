//! What is wrong with a request for a login, in the order in which the true providers look, and how that is
//! said: on a page with a code as long as the client is not certain, then by redirect.

use clau_oidc::parameters::Parameters;
use clau_oidc::pkce::Challenge;
use serde_json::Value;

use super::client::Client;
use super::manner::Manner;

/// A request that can be answered.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    /// What goes back with the answer.
    pub(super) state: String,
    /// What goes into the ID token.
    pub(super) nonce: Option<String>,
    /// What is wanted.
    pub(super) scope: Vec<String>,
    /// The level that there will be.
    pub(super) level: &'static str,
    /// `amr` is wanted.
    pub(super) wants_methods: bool,
    /// Somebody must be asked.
    pub(super) ask: bool,
    /// Nobody may be asked.
    pub(super) silent: bool,
    /// By what the code is bound.
    pub(super) challenge: Option<Challenge>,
}

/// Why a request is not answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Refused {
    /// On a page: text and code.
    Page(String, &'static str),
    /// By redirect: error, what it means, and the state.
    Redirect(&'static str, String, String),
}

/// Reads the parameters of a request, by query or by form.
pub(super) fn read(
    manner: &Manner,
    client: &Client,
    pairs: &[(String, String)],
) -> Result<Asked, Refused> {
    let codes = &manner.codes;
    let page = |text: String| Refused::Page(text, codes.parameter);
    let parameters = Parameters::new(pairs).map_err(|error| page(error.to_string()))?;
    checked(manner, pairs).map_err(page)?;
    let value = |name: &str| parameters.optional(name);
    if value("client_id") != Some(client.id.as_str()) {
        let text = "Le client n’est pas connu ici.";
        return Err(Refused::Page(text.to_owned(), codes.client));
    }
    if value("redirect_uri") != Some(client.redirect.as_str()) {
        let text = format!("L’adresse de retour n’est pas {}.", client.redirect);
        return Err(Refused::Page(text, codes.redirect));
    }
    let state = value("state").unwrap_or_default().to_owned();
    let refused = |error, text: &str| Refused::Redirect(error, text.to_owned(), state.clone());
    if value("response_type") != Some("code") {
        let error = "unsupported_response_type";
        return Err(refused(error, "unsupported response_type requested"));
    }
    let challenge = Challenge::read(parameters);
    let challenge = challenge.map_err(|error| refused("invalid_request", &error.to_string()))?;
    let prompts = parameters.words("prompt");
    let (ask, silent) =
        prompted(manner, &prompts).map_err(|text| refused("invalid_request", text))?;
    let scope = parameters.words("scope");
    if !scope.iter().any(|word| word == "openid") {
        let text = "openid scope must be requested when using the acr_values parameter";
        return Err(refused("invalid_request", text));
    }
    let level = level(manner, &parameters.words("acr_values"))
        .map_err(|text| refused("invalid_acr", &text))?;
    let wanted = claims(value("claims")).map_err(|text| refused("invalid_request", text))?;
    Ok(Asked {
        nonce: value("nonce").map(str::to_owned),
        scope,
        level,
        wants_methods: wanted,
        ask,
        silent,
        challenge,
        state,
    })
}

/// Whether the parameters are those of a request, whoever's it is.
fn checked(manner: &Manner, pairs: &[(String, String)]) -> Result<(), String> {
    let known = &manner.parameters;
    if let Some((name, _)) = pairs.iter().find(|(name, _)| !known.knows(name)) {
        return Err(format!("Le paramètre {name} n’est pas admis."));
    }
    let value = |name: &str| {
        let mut all = pairs.iter();
        let found = all.find(|(given, _)| given == name);
        found.map(|(_, value)| value.as_str())
    };
    for name in known.required {
        if value(name).is_none_or(str::is_empty) {
            return Err(format!("Le paramètre {name} manque."));
        }
    }
    if value("nonce").is_some_and(|nonce| nonce.chars().count() < known.shortest_nonce) {
        let least = known.shortest_nonce;
        return Err(format!("Le paramètre nonce a moins de {least} caractères."));
    }
    if value("prompt").is_some_and(str::is_empty) {
        return Err("Le paramètre prompt est vide.".to_owned());
    }
    // FranceConnect says so on its page, ProConnect by redirect: that is for `prompted`.
    let words = value("prompt").unwrap_or_default();
    if !manner.silent
        && words
            .split(' ')
            .any(|word| !word.is_empty() && !manner.prompts.contains(&word))
    {
        return Err("La valeur de prompt n’est pas admise.".to_owned());
    }
    let is_mail = |hint: &str| {
        hint.split_once('@')
            .is_some_and(|(_, host)| host.contains('.'))
    };
    if value("login_hint").is_some_and(|hint| !is_mail(hint)) {
        return Err("Le login_hint doit être une adresse email valide.".to_owned());
    }
    if value("siret_hint").is_some_and(|hint| hint.chars().count() != 14) {
        return Err("Le siret_hint doit contenir 14 caractères.".to_owned());
    }
    Ok(())
}

/// Whether somebody must be asked, or nobody may be.
fn prompted(manner: &Manner, prompts: &[String]) -> Result<(bool, bool), &'static str> {
    let has = |word: &str| prompts.iter().any(|prompt| prompt == word);
    if prompts
        .iter()
        .any(|word| !manner.prompts.contains(&word.as_str()))
    {
        return Err("unsupported prompt value requested");
    }
    if has("none") && prompts.len() > 1 {
        return Err("prompt none must only be used alone");
    }
    Ok((!manner.silent || has("login"), has("none")))
}

/// The level that there will be.
fn level(manner: &Manner, wanted: &[String]) -> Result<&'static str, String> {
    let levels = &manner.levels;
    let mut known = wanted
        .iter()
        .filter(|word| levels.known.contains(&word.as_str()));
    let here = |word: &&String| levels.here.iter().find(|level| **level == word.as_str());
    let first = known.clone().next();
    if let Some(level) = known.find_map(|word| here(&word)) {
        return Ok(level);
    }
    match first {
        Some(got) if levels.strict => Err(format!(
            "acr_value is not valid, should be equal one of these values, expected {}, got {got}",
            levels.here.join(",")
        )),
        _ => Ok(levels.default),
    }
}

/// Whether `claims` asks for the methods (OIDC Core §5.5).
fn claims(text: Option<&str>) -> Result<bool, &'static str> {
    let Some(text) = text else {
        return Ok(false);
    };
    let bad = "could not parse the claims parameter JSON";
    let value: Value = serde_json::from_str(text).map_err(|_| bad)?;
    Ok(value.pointer("/id_token/amr").is_some())
}
