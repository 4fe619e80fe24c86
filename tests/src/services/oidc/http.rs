//! Calls to the hub for the library: our own client (TLS against one authority, no redirect, limits of
//! time and size), which also adds the proof of a service that has a key.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;

use axum::http::Method;
use openidconnect::{AsyncHttpClient, HttpRequest, HttpResponse};

use super::credentials::ClientKey;
use crate::services::server::body_of;

/// RFC 7523 §2.2.
const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// The library's way to the hub.
pub(super) struct HubHttp {
    http: reqwest::Client,
    proof: Option<Proof>,
}

struct Proof {
    key: Arc<ClientKey>,
    client_id: String,
    issuer: String,
}

impl HubHttp {
    /// Calls without a proof in the body: the library sends a secret itself.
    pub(super) fn plain(http: reqwest::Client) -> Self {
        Self { http, proof: None }
    }

    /// Calls that prove this client by its key.
    pub(super) fn proving(
        http: reqwest::Client,
        key: Arc<ClientKey>,
        client_id: &str,
        issuer: &str,
    ) -> Self {
        let proof = Proof {
            key,
            client_id: client_id.to_owned(),
            issuer: issuer.to_owned(),
        };
        Self {
            http,
            proof: Some(proof),
        }
    }

    /// A request with this client's proof. Everything that the library posts goes to an endpoint at
    /// which clients authenticate; each gets an assertion of its own, since each counts once.
    fn proven(&self, mut request: HttpRequest) -> io::Result<HttpRequest> {
        if let Some(proof) = self
            .proof
            .as_ref()
            .filter(|_| request.method() == Method::POST)
        {
            let assertion = proof.key.assertion(&proof.client_id, &proof.issuer)?;
            let fields = url::form_urlencoded::Serializer::new(String::new())
                .append_pair("client_assertion_type", ASSERTION_TYPE)
                .append_pair("client_assertion", &assertion)
                .finish();
            let body = request.body_mut();
            if !body.is_empty() {
                body.push(b'&');
            }
            body.extend_from_slice(fields.as_bytes());
        }
        Ok(request)
    }

    async fn answer(&self, request: HttpRequest) -> io::Result<HttpResponse> {
        let request = self.proven(request)?;
        // An address may hold what is nobody's business: it is left out.
        let broken = |error: reqwest::Error| io::Error::other(error.without_url());
        let request = request.try_into().map_err(broken)?;
        let response = self.http.execute(request).await.map_err(broken)?;
        let (status, headers) = (response.status(), response.headers().clone());
        let body = body_of(response)
            .await
            .map_err(broken)?
            .ok_or_else(|| io::Error::other("the answer is too long"))?;
        let mut answer = HttpResponse::new(body);
        *answer.status_mut() = status;
        *answer.headers_mut() = headers;
        Ok(answer)
    }
}

impl<'c> AsyncHttpClient<'c> for HubHttp {
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<HttpResponse>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.answer(request))
    }
}
