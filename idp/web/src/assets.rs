//! Static files inside the binary, each under an address that changes with its content, so that
//! browsers may keep it for ever. A closed list: no path of a request ever names a file (WEB-07).

use std::sync::LazyLock;

use clau_domain::secret::Digest;

/// A file as it is served.
#[derive(Clone, Debug)]
pub struct Asset {
    /// Address within the hub: `/static/1f9c33ab/style.css`.
    pub path: String,
    /// Media type.
    pub media_type: &'static str,
    /// Content.
    pub content: &'static str,
}

static ASSETS: LazyLock<Vec<Asset>> = LazyLock::new(|| {
    [
        (
            "style.css",
            "text/css; charset=utf-8",
            include_str!("../static/style.css"),
        ),
        (
            "icon.svg",
            "image/svg+xml",
            include_str!("../static/icon.svg"),
        ),
        (
            "password.js",
            "text/javascript; charset=utf-8",
            include_str!("../static/password.js"),
        ),
        (
            "submit.js",
            "text/javascript; charset=utf-8",
            include_str!("../static/submit.js"),
        ),
    ]
    .into_iter()
    .map(|(name, media_type, content)| Asset {
        path: format!("/static/{}/{name}", Digest::of("static", content).short()),
        media_type,
        content,
    })
    .collect()
});

/// All of them.
pub fn all() -> &'static [Asset] {
    &ASSETS
}

/// The file at an address, if it is one of ours.
pub fn at(path: &str) -> Option<&'static Asset> {
    ASSETS.iter().find(|asset| asset.path == path)
}

/// The address of a file by its name, for templates; empty for a name that is none of ours, which a
/// test of every page would show.
pub(crate) fn path(name: &str) -> &'static str {
    let asset = ASSETS
        .iter()
        .find(|asset| asset.path.rsplit('/').next() == Some(name));
    asset.map_or("", |asset| asset.path.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn web_07_only_listed_files_are_served() {
        let style = path("style.css");
        assert!(at(style).is_some_and(|asset| asset.media_type.starts_with("text/css")));
        for other in [
            "/static/style.css",
            "/static/../Cargo.toml",
            "/static/00000000/style.css",
            "",
        ] {
            assert!(at(other).is_none(), "{other}");
        }
        assert_eq!(path("none"), "");
    }

    #[test]
    fn all_of_a_page_stays_under_60_kb() {
        let largest: usize = all().iter().map(|asset| asset.content.len()).sum();
        assert!(
            largest < 30_000,
            "{largest} bytes of static files leave no room for the page"
        );
    }
}
