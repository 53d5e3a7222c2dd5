//! The style sheet, the script and the icon: embedded, and addressed by their content, so that a browser may keep them
//! for good and an upgrade is never shown with yesterday's style.

use std::sync::LazyLock;

use axum::extract::Path;
use axum::http::header;
use axum::response::{IntoResponse, Response};

use crate::failure::Failure;

/// What a browser may do with an address that names its own content.
const FOR_GOOD: &str = "public, max-age=31536000, immutable";

struct Asset {
    /// `site.{hash}.css`.
    file: String,
    media_type: &'static str,
    body: &'static str,
}

/// The addresses of the assets, for templates.
#[derive(Debug)]
pub(crate) struct Links {
    /// The style sheet.
    pub css: String,
    /// The script.
    pub js: String,
    /// The icon.
    pub icon: String,
}

static ASSETS: LazyLock<[Asset; 3]> = LazyLock::new(|| {
    [
        asset("css", "text/css; charset=utf-8", include_str!("../static/site.css")),
        asset("js", "text/javascript; charset=utf-8", include_str!("../static/site.js")),
        asset("svg", "image/svg+xml", include_str!("../static/icon.svg")),
    ]
});

/// The addresses of the assets.
pub(crate) static LINKS: LazyLock<Links> = LazyLock::new(|| {
    let [css, js, icon] = ASSETS.each_ref().map(|asset| format!("/static/{}", asset.file));
    Links { css, js, icon }
});

fn asset(extension: &str, media_type: &'static str, body: &'static str) -> Asset {
    Asset { file: format!("site.{:016x}.{extension}", fnv1a(body.as_bytes())), media_type, body }
}

/// FNV-1a, 64 bits. It tells versions of our own files apart; nobody is kept from making two that collide.
fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

/// `/static/{file}`.
pub(crate) async fn serve(Path(file): Path<String>) -> Result<Response, Failure> {
    let asset = ASSETS.iter().find(|asset| asset.file == file).ok_or(Failure::NotFound)?;
    let headers = [(header::CONTENT_TYPE, asset.media_type), (header::CACHE_CONTROL, FOR_GOOD)];
    Ok((headers, asset.body).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_fnv_1a() {
        assert_eq!(fnv1a(b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(fnv1a(b"a"), 0xaf63_dc4c_8601_ec8c);
        assert_eq!(fnv1a(b"foobar"), 0x8594_4171_f739_67e8);
    }
}
