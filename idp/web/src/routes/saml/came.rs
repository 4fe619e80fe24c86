//! What came: a form of a browser, or an envelope of a program. Never looks into a message.

use axum::extract::Request;
use http::header::CONTENT_TYPE;

use crate::error::Failed;
use crate::http::fields::Fields;
use crate::http::posted::body;
use crate::pages::problem::Problem;

/// Longest message that is read, in bytes, as it comes (AVL-02): a signed request with its certificates, in
/// Base64, many times over.
const LONGEST: usize = 128 * 1024;
/// How programs call an envelope (SAML Bindings §3.2.3, SAML Profiles §4.2.3.1).
const ENVELOPES: [&str; 4] = [
    "text/xml",
    "application/soap+xml",
    "application/xml",
    "application/vnd.paos+xml",
];

/// What a request carries.
pub(in crate::routes) enum Came {
    /// A browser's form.
    Form(Vec<(String, String)>),
    /// A program's envelope.
    Envelope(Vec<u8>),
}

impl Came {
    /// Reads the body of a request.
    pub(in crate::routes) async fn read(request: Request) -> Result<Self, Failed> {
        let media_type = request.headers().get(CONTENT_TYPE);
        let media_type = media_type.and_then(|value| value.to_str().ok());
        let media_type = media_type.unwrap_or_default();
        let media_type = media_type.split(';').next().unwrap_or_default().trim();
        let media_type = media_type.to_ascii_lowercase();
        if ENVELOPES.contains(&media_type.as_str()) {
            return Ok(Self::Envelope(body(request, LONGEST).await?.to_vec()));
        }
        if media_type != "application/x-www-form-urlencoded" {
            return Err(Problem::BadRequest.into());
        }
        let bytes = body(request, LONGEST).await?;
        let text = std::str::from_utf8(&bytes).map_err(|_| Problem::BadRequest)?;
        Ok(Self::Form(Fields::parse(text)?.pairs().to_vec()))
    }
}
