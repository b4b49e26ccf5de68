//! What browsers load. The widget is built from `widget/` by `node build.mjs` and committed, so that no Node is needed
//! to build the program; `cargo xtask test` builds it anew and compares.

use std::sync::LazyLock;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256, Sha384};

/// One file with what it is.
#[derive(Clone, Copy, Debug)]
pub struct Asset {
    /// Its media type.
    pub kind: &'static str,
    /// Its text.
    pub text: &'static str,
}

const SCRIPT: &str = "text/javascript; charset=utf-8";
const STYLE: &str = "text/css; charset=utf-8";
const PAGE: &str = "text/html; charset=utf-8";

/// The widget itself, under a name that changes with it.
pub const WIDGET: Asset = Asset { kind: SCRIPT, text: include_str!("../built/widget.js") };
/// The example of a portal's page.
pub const PORTAL: Asset = Asset { kind: PAGE, text: include_str!("../pages/portal.html") };
/// For pages that allow no foreign script: the widget alone, to be shown in a frame.
pub const FRAME: Asset = Asset { kind: PAGE, text: include_str!("../pages/frame.html") };
/// Style of the server's own pages.
pub const PAGE_STYLE: Asset = Asset { kind: STYLE, text: include_str!("../pages/page.css") };

/// Style of the pages of those who sign in, beside [`PAGE_STYLE`].
pub const HOUSE_STYLE: Asset = Asset { kind: STYLE, text: include_str!("../pages/house.css") };
/// Script of the same pages.
pub const HOUSE_SCRIPT: Asset = Asset { kind: SCRIPT, text: include_str!("../pages/house.js") };

/// The small script that pages name; it loads the widget.
pub static LOADER: LazyLock<String> = LazyLock::new(|| {
    let digest = STANDARD.encode(Sha384::digest(WIDGET.text.as_bytes()));
    include_str!("../built/loader.js")
        .replace("__WIDGET__", &NAME)
        .replace("__INTEGRITY__", &format!("sha384-{digest}"))
});

/// The widget's name: `widget-0a1b2c3d4e5f.js`.
pub static NAME: LazyLock<String> = LazyLock::new(|| {
    let digest = URL_SAFE_NO_PAD.encode(&Sha256::digest(WIDGET.text.as_bytes())[..9]);
    format!("widget-{digest}.js")
});

/// Bytes in base64, as browsers and clients read them.
pub fn base64(bytes: impl IntoIterator<Item = u8>) -> String {
    STANDARD.encode(bytes.into_iter().collect::<Vec<u8>>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_loader_names_the_widget_by_what_is_in_it() {
        assert!(LOADER.contains(NAME.as_str()) && LOADER.contains("sha384-"), "{}", *LOADER);
        assert!(!LOADER.contains("__"));
    }

    #[test]
    fn nothing_comes_from_other_hosts_and_nothing_is_left_in_the_browser() {
        for text in [
            WIDGET.text,
            LOADER.as_str(),
            PORTAL.text,
            FRAME.text,
            PAGE_STYLE.text,
            HOUSE_STYLE.text,
            HOUSE_SCRIPT.text,
        ] {
            for word in [
                "https://",
                "//cdn",
                "eval(",
                "document.cookie",
                "localStorage",
                " style=",
                "@import",
            ] {
                let at = text.find(word);
                assert_eq!(
                    at,
                    None,
                    "{word}: {:?}",
                    at.map(|at| text.get(at.saturating_sub(60)..at + 60))
                );
            }
        }
    }
}
