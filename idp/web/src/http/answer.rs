//! How pages and redirects become answers. The policy of a page is set here and nowhere else.

use axum::body::Body;
use axum::response::Response;
use clau_domain::url::LocalPath;
use http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION, REFERRER_POLICY, RETRY_AFTER};
use http::{HeaderMap, HeaderValue, StatusCode};

use super::headers::{in_our_frames, page_policy};
use crate::error::Failed;
use crate::pages::Page;

const HTML: HeaderValue = HeaderValue::from_static("text/html; charset=utf-8");

/// A list of policies is a fallback chain: browsers take the last that they know, which keeps the
/// address of a page from everybody but ourselves. Ourselves need it: with `no-referrer` alone a form
/// arrives with `Origin: null`, and nobody can tell where from (SES-09).
const OWN_FORMS: HeaderValue = HeaderValue::from_static("no-referrer, same-origin");

/// A page. `form_to` is the one origin outside to which its form may lead.
///
/// # Errors
/// [`Failed`] when the template cannot be rendered: a defect.
pub fn page<P: Page>(
    status: StatusCode,
    page: &P,
    form_to: Option<&str>,
) -> Result<Response, Failed> {
    page_with_frames(status, page, form_to, &[])
}

/// A page that shows frames of these origins: the one that ends sessions of services in this browser.
/// Each origin comes from a registration.
///
/// # Errors
/// [`Failed`] when the template cannot be rendered: a defect.
pub fn page_with_frames<P: Page>(
    status: StatusCode,
    page: &P,
    form_to: Option<&str>,
    frames: &[&str],
) -> Result<Response, Failed> {
    let text = page
        .render()
        .map_err(|error| Failed::defect(error.to_string()))?;
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HTML);
    headers.insert(
        CONTENT_SECURITY_POLICY,
        page_policy(P::SCRIPT, form_to, frames),
    );
    headers.insert(REFERRER_POLICY, OWN_FORMS);
    Ok(response)
}

/// A page that stands in a frame of a page of ours, where nobody sees it: it sends a form on.
///
/// # Errors
/// [`Failed`] when the template cannot be rendered: a defect.
pub fn page_in_frame<P: Page>(
    status: StatusCode,
    page: &P,
    form_to: Option<&str>,
) -> Result<Response, Failed> {
    let mut response = self::page(status, page, form_to)?;
    let headers = response.headers_mut();
    if let Some(policy) = headers.get(CONTENT_SECURITY_POLICY).and_then(in_our_frames) {
        headers.insert(CONTENT_SECURITY_POLICY, policy);
    }
    Ok(response)
}

/// Text of a protocol answer or of a health check.
pub fn text(status: StatusCode, media_type: &'static str, text: String) -> Response {
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    response
}

/// A redirect within the hub. Always 303: what comes next is a GET (CAS-11).
pub fn to_page(path: &LocalPath) -> Response {
    redirect(path.as_str())
}

/// A redirect to an address that the registry allows.
pub fn redirect(target: &str) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SEE_OTHER;
    match HeaderValue::from_str(target) {
        Ok(target) => {
            response.headers_mut().insert(LOCATION, target);
        }
        // Addresses are checked to be printable ASCII when they are read.
        Err(_) => *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR,
    }
    response
}

/// Tells when to come back.
pub fn retry_after(headers: &mut HeaderMap, seconds: u64) {
    headers.insert(RETRY_AFTER, HeaderValue::from(seconds.max(1)));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pages::Frame;
    use crate::pages::leaving::{FrontChannel, SignedOutPage};

    #[test]
    fn web_01_only_the_page_of_a_logout_may_frame_and_only_whom_it_names() {
        let signed_out = SignedOutPage {
            frame: Frame::default(),
            already: false,
            services: Vec::new(),
            frames: vec![FrontChannel {
                service: "Agenda".to_owned(),
                address: "https://agenda.example.fr/fin".to_owned(),
            }],
            source: None,
            onward: None,
        };
        let policy = |response: Result<Response, Failed>| {
            let response = response.expect("renders");
            let policy = response.headers().get(CONTENT_SECURITY_POLICY).cloned();
            let policy = policy.expect("a policy");
            policy.to_str().expect("text").to_owned()
        };
        let origins = ["https://agenda.example.fr"];
        let framed = policy(page_with_frames(
            StatusCode::OK,
            &signed_out,
            None,
            &origins,
        ));
        assert_eq!(
            framed,
            "default-src 'none'; style-src 'self'; img-src 'self'; \
             frame-src https://agenda.example.fr; object-src 'none'; base-uri 'none'; \
             frame-ancestors 'none'; form-action 'self'"
        );
        let plain = policy(page(StatusCode::OK, &signed_out, None));
        assert!(!plain.contains("frame-src"), "{plain}");
    }
}
