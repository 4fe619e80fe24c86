//! QR codes as pictures inside pages, drawn here: no other machine sees what they say. Owns nothing else; what a code
//! says is its page's business.

use qrcode::QrCode;
use qrcode::render::svg;

/// A QR code, drawn. Without a debug text: what it says may be a secret.
pub struct Picture(String);

impl Picture {
    /// None when the text does not fit into one.
    pub fn of(text: &str) -> Option<Self> {
        let code = QrCode::new(text).ok()?;
        let image = code
            .render::<svg::Color<'_>>()
            .min_dimensions(240, 240)
            .build();
        // Without the declaration, which has no place inside a page.
        let start = image.find("<svg")?;
        image.get(start..).map(|image| Self(image.to_owned()))
    }

    /// As SVG: squares and nothing that anybody has typed.
    pub(crate) fn svg(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Picture {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Picture(redacted)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn web_02_a_picture_is_squares_whatever_the_code_says() {
        let image = Picture::of("otpauth://totp/<script>?secret=GEZDGNBV").unwrap();
        assert!(image.svg().starts_with("<svg") && image.svg().ends_with("</svg>"));
        for word in ["style", "script", "GEZDGNBV", "otpauth"] {
            assert!(!image.svg().contains(word), "{word}");
        }
        assert!(Picture::of(&"x".repeat(8_000)).is_none());
        assert_eq!(format!("{image:?}"), "Picture(redacted)");
    }
}
