//! What went wrong on the way to a page, by whose fault. Mapped once, here; shown and logged once, by
//! [`crate::http::entry`], under the reference that the person sees. Protocol endpoints spell their
//! own refusals.

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use clau_engine::Error;
use http::HeaderValue;

use crate::http::answer::retry_after;
use crate::pages::problem::Problem;

/// A request that ends in the page of a problem.
#[derive(Clone, Debug)]
pub struct Failed {
    /// What the person is told.
    pub problem: Problem,
    /// Where trying again leads.
    pub retry: Option<String>,
    /// What the log is told.
    pub cause: Option<String>,
    /// The methods that would have been answered.
    pub allow: Option<HeaderValue>,
}

impl Failed {
    /// A defect of the hub.
    pub fn defect(cause: String) -> Self {
        Self {
            problem: Problem::Internal,
            retry: None,
            cause: Some(cause),
            allow: None,
        }
    }

    /// The same, with a way to try again.
    #[must_use]
    pub fn retry(mut self, path: &str) -> Self {
        self.retry = Some(path.to_owned());
        self
    }
}

impl From<Problem> for Failed {
    fn from(problem: Problem) -> Self {
        Self {
            problem,
            retry: None,
            cause: None,
            allow: None,
        }
    }
}

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        let problem = match &error {
            Error::Unavailable(_) | Error::Busy => Problem::Unavailable,
            Error::Config(_) | Error::Defect(_) => Problem::Internal,
        };
        Self {
            problem,
            retry: None,
            cause: Some(error.to_string()),
            allow: None,
        }
    }
}

impl IntoResponse for Failed {
    /// Status and cause; the page around it needs the person's language and is made on the way out.
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = self.problem.status();
        if self.problem == Problem::Unavailable {
            retry_after(response.headers_mut(), 5);
        }
        response.extensions_mut().insert(self);
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::StatusCode;
    use http::header::RETRY_AFTER;

    #[test]
    fn rel_05_a_store_that_is_down_is_said_with_when_to_come_back() {
        let response =
            Failed::from(Error::Unavailable("connection refused".to_owned())).into_response();
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert!(response.headers().contains_key(RETRY_AFTER));
        let response = Failed::from(Error::Busy).into_response();
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    }

    #[test]
    fn web_10_a_defect_keeps_its_cause_to_the_log() {
        let failed = Failed::from(Error::Defect("row 7 of accounts".to_owned()));
        assert_eq!(failed.problem, Problem::Internal);
        assert_eq!(failed.cause.as_deref(), Some("row 7 of accounts"));
    }
}
