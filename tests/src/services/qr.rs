//! QR codes as pictures inside pages. Owns nothing else; what a code says is its page's business.

use qrcode::QrCode;
use qrcode::render::svg;

/// A QR code as SVG; none when the text does not fit into one.
#[must_use]
pub fn picture(text: &str) -> Option<String> {
    let code = QrCode::new(text).ok()?;
    let image = code
        .render::<svg::Color<'_>>()
        .min_dimensions(240, 240)
        .build();
    let start = image.find("<svg")?;
    image.get(start..).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_plain_svg() {
        let image = picture("https://localhost:8443/device?user_code=WDJB-MJHT").unwrap();
        assert!(image.starts_with("<svg") && image.ends_with("</svg>"));
        assert!(!image.contains("style") && !image.contains("WDJB"));
        assert_eq!(picture(&"x".repeat(8_000)), None);
    }
}
