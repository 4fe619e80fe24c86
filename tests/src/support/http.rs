//! A scripted visitor: an HTTP client that keeps cookies as a browser does (by host, not by port), follows
//! no redirect unless asked, and trusts the local authority only.

use std::collections::BTreeMap;
use std::sync::{Mutex, Once, PoisonError};
use std::time::Duration;

use reqwest::header::{self, HeaderMap, HeaderName};
use reqwest::{Certificate, Method, RequestBuilder, StatusCode, Url};

use super::ca;
use super::form::{self, Form};

/// The start of a redirect chain may not be longer than this: a loop is a bug to be seen.
const MOST_REDIRECTS: usize = 12;

/// One browser's worth of state. Requests may run in parallel.
#[derive(Debug)]
pub struct Visitor {
    client: reqwest::Client,
    cookies: Mutex<BTreeMap<(String, String), Cookie>>,
    route: Option<(u16, u16)>,
    language: Mutex<Option<String>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Cookie {
    value: String,
    path: String,
}

/// What a server answered.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The address that was asked for.
    pub url: Url,
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, as text.
    pub body: String,
}

impl Visitor {
    /// A visitor without cookies.
    pub fn new() -> Self {
        Self::build(None)
    }

    /// A visitor whose connections to `localhost:from` arrive at `localhost:to`: one node of several
    /// behind the same base address.
    pub fn routed(from: u16, to: u16) -> Self {
        Self::build(Some((from, to)))
    }

    /// The same browser (same cookies) on its way to another node.
    #[must_use]
    pub fn moved(&self, from: u16, to: u16) -> Self {
        let visitor = self.copy();
        Self {
            route: Some((from, to)),
            ..visitor
        }
    }

    /// Another browser with the same cookies. Connections are shared, cookies from now on are not.
    #[must_use]
    pub fn copy(&self) -> Self {
        Self {
            client: self.client.clone(),
            cookies: Mutex::new(lock(&self.cookies).clone()),
            route: self.route,
            language: Mutex::new(lock(&self.language).clone()),
        }
    }

    fn build(route: Option<(u16, u16)>) -> Self {
        Self {
            client: client(),
            cookies: Mutex::default(),
            route,
            language: Mutex::new(Some("fr".to_owned())),
        }
    }

    /// Sets what is sent as `Accept-Language`, nothing if `None`.
    pub fn set_language(&self, language: Option<&str>) {
        *lock(&self.language) = language.map(str::to_owned);
    }

    /// Asks for a page.
    pub async fn get(&self, url: impl AsRef<str>) -> Answer {
        self.send(Method::GET, &parse(url.as_ref()), &[], |request| request)
            .await
    }

    /// Asks for a page and follows redirects to the end of the chain.
    pub async fn follow(&self, url: impl AsRef<str>) -> Answer {
        let answer = self.get(url).await;
        self.follow_on(answer).await
    }

    /// Follows the redirects that start with `answer`.
    pub async fn follow_on(&self, mut answer: Answer) -> Answer {
        for _ in 0..MOST_REDIRECTS {
            match answer.location() {
                Some(next) => answer = self.get(&next).await,
                None => return answer,
            }
        }
        panic!(
            "more than {MOST_REDIRECTS} redirects, the last to {}",
            answer.url
        );
    }

    /// Asks for a page and follows redirects as long as they stay on the same server.
    pub async fn follow_within(&self, url: impl AsRef<str>) -> Answer {
        let answer = self.get(url).await;
        self.follow_on_within(answer).await
    }

    /// Follows the redirects that start with `answer` as long as they stay on the same server; the
    /// answer that leads away, or to nowhere, is given.
    pub async fn follow_on_within(&self, mut answer: Answer) -> Answer {
        for _ in 0..MOST_REDIRECTS {
            match answer.location() {
                Some(next) if next.origin() == answer.url.origin() => {
                    answer = self.get(&next).await
                }
                _ => return answer,
            }
        }
        panic!(
            "more than {MOST_REDIRECTS} redirects, the last to {}",
            answer.url
        );
    }

    /// Posts a body of any type.
    pub async fn post_body(
        &self,
        url: impl AsRef<str>,
        content_type: &str,
        body: String,
    ) -> Answer {
        self.post_body_with(url, &[(header::CONTENT_TYPE, content_type)], body)
            .await
    }

    /// Posts a body with exactly the given headers.
    pub async fn post_body_with(
        &self,
        url: impl AsRef<str>,
        headers: &[(HeaderName, &str)],
        body: String,
    ) -> Answer {
        self.send(Method::POST, &parse(url.as_ref()), headers, |request| {
            request.body(body)
        })
        .await
    }

    /// Sends a form as the page's own button would: with `Origin` and `Sec-Fetch-Site` of the same site.
    pub async fn submit(&self, form: &Form) -> Answer {
        let fields: Vec<(&str, &str)> = form
            .fields
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        if form.method == "get" {
            let mut url = form.action.clone();
            url.query_pairs_mut().clear().extend_pairs(&fields);
            return self.get(&url).await;
        }
        let origin = form.action.origin().ascii_serialization();
        let headers = [
            (header::ORIGIN, origin.as_str()),
            (HeaderName::from_static("sec-fetch-site"), "same-origin"),
        ];
        self.send(Method::POST, &form.action, &headers, |request| {
            request.form(&fields)
        })
        .await
    }

    /// Posts fields with exactly the given extra headers: what a foreign page or a program would send.
    pub async fn post(
        &self,
        url: impl AsRef<str>,
        fields: &[(&str, &str)],
        headers: &[(HeaderName, &str)],
    ) -> Answer {
        self.send(Method::POST, &parse(url.as_ref()), headers, |request| {
            request.form(fields)
        })
        .await
    }

    /// Asks for a page with extra headers.
    pub async fn get_with(&self, url: impl AsRef<str>, headers: &[(HeaderName, &str)]) -> Answer {
        self.send(Method::GET, &parse(url.as_ref()), headers, |request| {
            request
        })
        .await
    }

    /// The value of a cookie of `localhost`.
    pub fn cookie(&self, name: &str) -> Option<String> {
        lock(&self.cookies)
            .get(&("localhost".to_owned(), name.to_owned()))
            .map(|cookie| cookie.value.clone())
    }

    /// The names of the cookies of `localhost`.
    pub fn cookie_names(&self) -> Vec<String> {
        lock(&self.cookies)
            .keys()
            .map(|(_, name)| name.clone())
            .collect()
    }

    /// Plants a cookie for `localhost`: what an attacker or an old browser brings.
    pub fn set_cookie(&self, name: &str, value: &str) {
        let cookie = Cookie {
            value: value.to_owned(),
            path: "/".to_owned(),
        };
        lock(&self.cookies).insert(("localhost".to_owned(), name.to_owned()), cookie);
    }

    /// Forgets everything, as a closed private window does.
    pub fn clear_cookies(&self) {
        lock(&self.cookies).clear();
    }

    /// Sends a request with the cookies of its host and keeps those of the answer; an error of the
    /// connection is an `Err`: for tests in which nodes die.
    pub async fn try_get(&self, url: impl AsRef<str>) -> Result<Answer, reqwest::Error> {
        self.try_send(Method::GET, &parse(url.as_ref()), &[], |request| request)
            .await
    }

    async fn send(
        &self,
        method: Method,
        url: &Url,
        headers: &[(HeaderName, &str)],
        body: impl FnOnce(RequestBuilder) -> RequestBuilder,
    ) -> Answer {
        self.try_send(method, url, headers, body)
            .await
            .unwrap_or_else(|error| panic!("{url}: {error:?}"))
    }

    async fn try_send(
        &self,
        method: Method,
        url: &Url,
        headers: &[(HeaderName, &str)],
        body: impl FnOnce(RequestBuilder) -> RequestBuilder,
    ) -> Result<Answer, reqwest::Error> {
        let mut target = url.clone();
        let mut request = match self.route {
            Some((from, to)) if url.port_or_known_default() == Some(from) => {
                target
                    .set_port(Some(to))
                    .expect("an http address takes a port");
                self.client.request(method, target).header(
                    header::HOST,
                    format!("{}:{from}", url.host_str().unwrap_or_default()),
                )
            }
            _ => self.client.request(method, target),
        };
        if let Some(language) = &*lock(&self.language) {
            request = request.header(header::ACCEPT_LANGUAGE, language);
        }
        if let Some(cookies) = self.cookies_for(url) {
            request = request.header(header::COOKIE, cookies);
        }
        for (name, value) in headers {
            request = request.header(name, *value);
        }
        let response = body(request).send().await?;
        self.keep_cookies(url, response.headers());
        Ok(Answer {
            url: url.clone(),
            status: response.status(),
            headers: response.headers().clone(),
            body: String::from_utf8_lossy(&response.bytes().await?).into_owned(),
        })
    }

    fn cookies_for(&self, url: &Url) -> Option<String> {
        let host = url.host_str().unwrap_or_default();
        let cookies: Vec<String> = lock(&self.cookies)
            .iter()
            .filter(|((owner, _), cookie)| owner == host && path_matches(url.path(), &cookie.path))
            .map(|((_, name), cookie)| format!("{name}={}", cookie.value))
            .collect();
        (!cookies.is_empty()).then(|| cookies.join("; "))
    }

    fn keep_cookies(&self, url: &Url, headers: &HeaderMap) {
        let host = url.host_str().unwrap_or_default();
        let mut cookies = lock(&self.cookies);
        for line in headers.get_all(header::SET_COOKIE) {
            let line = line.to_str().unwrap_or_default();
            let mut parts = line.split(';').map(str::trim);
            let Some((name, value)) = parts.next().and_then(|pair| pair.split_once('=')) else {
                continue;
            };
            let mut cookie = Cookie {
                value: value.to_owned(),
                path: "/".to_owned(),
            };
            let mut gone = false;
            for attribute in parts {
                let (key, value) = attribute.split_once('=').unwrap_or((attribute, ""));
                match key.to_ascii_lowercase().as_str() {
                    "path" => value.clone_into(&mut cookie.path),
                    "max-age" => gone = value.parse::<i64>().is_ok_and(|seconds| seconds <= 0),
                    "expires" => gone |= is_long_past(value),
                    _ => {}
                }
            }
            let key = (host.to_owned(), name.to_owned());
            if gone {
                cookies.remove(&key);
            } else {
                cookies.insert(key, cookie);
            }
        }
    }
}

impl Default for Visitor {
    fn default() -> Self {
        Self::new()
    }
}

impl Answer {
    /// Where it redirects to, absolute.
    pub fn location(&self) -> Option<Url> {
        if !self.status.is_redirection() {
            return None;
        }
        self.url.join(self.header(header::LOCATION)?).ok()
    }

    /// The first value of a header.
    pub fn header(&self, name: HeaderName) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The forms of the page.
    pub fn forms(&self) -> Vec<Form> {
        form::forms(&self.body, &self.url)
    }

    /// The one form of the page that has a field called `field`.
    pub fn form_with(&self, field: &str) -> Form {
        self.forms()
            .into_iter()
            .find(|form| form.has(field))
            .unwrap_or_else(|| {
                panic!(
                    "no form with {field} at {} ({}):\n{}",
                    self.url, self.status, self.body
                )
            })
    }

    /// The words of the page, as people read them.
    pub fn text(&self) -> String {
        form::text(&self.body)
    }

    /// The value of a parameter in the address it redirects to.
    pub fn location_parameter(&self, name: &str) -> Option<String> {
        let location = self.location()?;
        location
            .query_pairs()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.into_owned())
    }

    /// The body as JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| {
            panic!(
                "{} ({}) is not JSON: {error}\n{}",
                self.url, self.status, self.body
            )
        })
    }
}

/// A client without cookies that trusts the local authority and follows no redirect.
pub fn client() -> reqwest::Client {
    install_crypto();
    let authority =
        Certificate::from_pem(ca::authority().pem().as_bytes()).expect("our own certificate");
    reqwest::Client::builder()
        .tls_certs_only([authority])
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .timeout(Duration::from_secs(30))
        .build()
        .expect("a client with our own settings")
}

/// Chooses the crypto library once for this process.
pub fn install_crypto() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // Somebody else's choice is the same one: no other provider is in the build.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    });
}

/// Whether a date is of a year in which none of the servers here can have meant a cookie to be kept: they take it
/// back with 1970 or another year of long ago.
fn is_long_past(date: &str) -> bool {
    let mut numbers = date.split(|c: char| !c.is_ascii_alphanumeric());
    numbers.any(|word| word.len() == 4 && word.parse::<u16>().is_ok_and(|year| year < 2020))
}

fn path_matches(path: &str, cookie_path: &str) -> bool {
    path.strip_prefix(cookie_path)
        .is_some_and(|rest| cookie_path.ends_with('/') || rest.is_empty() || rest.starts_with('/'))
}

fn parse(url: &str) -> Url {
    Url::parse(url).unwrap_or_else(|error| panic!("{url}: {error}"))
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cookies_are_kept_by_host_and_path() {
        let visitor = Visitor::new();
        let url = parse("https://localhost:1/cas/login");
        let mut headers = HeaderMap::new();
        for cookie in [
            "a=1; Path=/; Secure",
            "b=2; Path=/cas",
            "c=3; Path=/ca",
            "d=4; Max-Age=0",
            "e=5; Expires=Wed, 21 Oct 2015 00:00:00 GMT",
            "f=6; Path=/ca; Expires=Fri, 01-Jan-2038 00:00:00 GMT",
        ] {
            headers.append(header::SET_COOKIE, cookie.parse().unwrap());
        }
        visitor.set_cookie("d", "old");
        visitor.set_cookie("e", "old");
        visitor.keep_cookies(&url, &headers);
        assert_eq!(visitor.cookies_for(&url).unwrap(), "a=1; b=2");
        assert_eq!(
            visitor.cookies_for(&parse("https://localhost:2/")).unwrap(),
            "a=1"
        );
        assert_eq!(visitor.cookies_for(&parse("https://elsewhere/")), None);
    }
}
