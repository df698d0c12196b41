//! Styles and scripts, inside the binary.
//!
//! Their addresses contain a hash of their content, so that a browser keeps them forever and fetches a new version at
//! once.

use std::sync::LazyLock;

use axum::{
    extract::Path,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};

use crate::http_cache;

/// One file.
struct Asset {
    name: &'static str,
    content_type: &'static str,
    text: &'static str,
}

const ASSETS: [Asset; 13] = [
    Asset {
        name: "app.css",
        content_type: "text/css; charset=utf-8",
        text: include_str!("../assets/app.css"),
    },
    Asset {
        name: "upload.js",
        content_type: "text/javascript; charset=utf-8",
        text: include_str!("../assets/upload.js"),
    },
    Asset {
        name: "row.js",
        content_type: "text/javascript; charset=utf-8",
        text: include_str!("../assets/row.js"),
    },
    Asset {
        name: "intake.js",
        content_type: "text/javascript; charset=utf-8",
        text: include_str!("../assets/intake.js"),
    },
    Asset {
        name: "sending.js",
        content_type: "text/javascript; charset=utf-8",
        text: include_str!("../assets/sending.js"),
    },
    Asset {
        name: "direct.js",
        content_type: "text/javascript; charset=utf-8",
        text: include_str!("../assets/direct.js"),
    },
    Asset {
        name: "request.js",
        content_type: "text/javascript; charset=utf-8",
        text: include_str!("../assets/request.js"),
    },
    Asset {
        name: "remembered.js",
        content_type: "text/javascript; charset=utf-8",
        text: include_str!("../assets/remembered.js"),
    },
    Asset {
        name: "existing.js",
        content_type: "text/javascript; charset=utf-8",
        text: include_str!("../assets/existing.js"),
    },
    Asset {
        name: "follow.js",
        content_type: "text/javascript; charset=utf-8",
        text: include_str!("../assets/follow.js"),
    },
    Asset {
        name: "compare.js",
        content_type: "text/javascript; charset=utf-8",
        text: include_str!("../assets/compare.js"),
    },
    Asset {
        name: "confirm.js",
        content_type: "text/javascript; charset=utf-8",
        text: include_str!("../assets/confirm.js"),
    },
    Asset {
        name: "icon.svg",
        content_type: "image/svg+xml",
        text: include_str!("../assets/icon.svg"),
    },
];

/// One version for all files, because scripts import each other without one.
static VERSION: LazyLock<String> = LazyLock::new(|| {
    let all: String = ASSETS.iter().map(|asset| asset.text).collect();
    http_cache::etag(all.as_bytes()).trim_matches('"')[..12].to_owned()
});

/// The address of the file called `name`.
#[must_use]
pub fn url(name: &str) -> String {
    format!("/assets/{}/{name}", *VERSION)
}

/// Answers with a file.
pub async fn asset(Path((version, name)): Path<(String, String)>, headers: HeaderMap) -> Response {
    let Some(asset) = ASSETS.iter().find(|asset| asset.name == name) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let bytes = asset.text.as_bytes().to_vec();
    let mut response = http_cache::revalidated(&headers, asset.content_type, bytes);
    if version == *VERSION {
        response.headers_mut().insert(
            header::CACHE_CONTROL,
            HeaderValue::from_static("public, max-age=31536000, immutable"),
        );
    }
    response
}
