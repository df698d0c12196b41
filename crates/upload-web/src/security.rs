//! Security headers of every answer, and checks of which requests a browser may make.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    http::{
        HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header, header::InvalidHeaderValue,
    },
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};

use crate::{app::App, error::Error, settings::AuthMode};

/// Everything comes from this origin and nothing is inline. `data:` is for placeholders, `blob:`
/// for previews of files that are about to be sent.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
     img-src 'self' data: blob:; manifest-src 'self'; form-action 'self'; base-uri 'none'; \
     frame-ancestors 'none'; connect-src 'self'";

const HEADERS: [(HeaderName, &str); 6] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "same-origin"),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("permissions-policy"),
        "camera=(), geolocation=(), microphone=(), payment=()",
    ),
];

/// The content security policy. Scripts may also connect to `storage`, the origin that they upload to, if there is one.
///
/// # Errors
///
/// An origin that cannot be part of a header.
pub fn policy(storage: Option<String>) -> Result<HeaderValue, InvalidHeaderValue> {
    match storage {
        None => Ok(HeaderValue::from_static(CONTENT_SECURITY_POLICY)),
        Some(origin) => HeaderValue::try_from(format!("{CONTENT_SECURITY_POLICY} {origin}")),
    }
}

/// Adds the headers to every answer.
pub async fn headers_layer(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let https = is_https(request.headers());
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.insert(header::CONTENT_SECURITY_POLICY, app.policy.clone());
    // Shared caches must not keep what one user may see.
    headers
        .entry(header::CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("private, no-store"));
    if https == Some(true) {
        headers.insert(
            header::STRICT_TRANSPORT_SECURITY,
            HeaderValue::from_static("max-age=31536000"),
        );
    }
    response
}

/// Refuses requests that another site makes a browser send, and redirects plain HTTP to HTTPS.
pub async fn origin_layer(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let insecure = is_https(request.headers()) == Some(false);
    if insecure && app.settings.auth == AuthMode::EasyAuth {
        return redirect_to_https(&request);
    }
    if !request.method().is_safe() && is_cross_site(request.headers()) {
        let error = Error::Forbidden("This request comes from another site, so it is refused.");
        return error.respond(request.uri().path());
    }
    next.run(request).await
}

/// Whether the proxy in front says that the request used HTTPS; `None` if there is no proxy.
fn is_https(headers: &HeaderMap) -> Option<bool> {
    Some(headers.get("x-forwarded-proto")?.as_bytes() == b"https")
}

fn redirect_to_https(request: &Request) -> Response {
    let host = request.headers().get(header::HOST);
    match host.and_then(|host| host.to_str().ok()) {
        Some(host) if [Method::GET, Method::HEAD].contains(request.method()) => {
            Redirect::permanent(&format!("https://{host}{}", request.uri())).into_response()
        }
        _ => StatusCode::FORBIDDEN.into_response(),
    }
}

/// Whether a browser says that another site caused the request. Browsers that are too old for
/// `Sec-Fetch-Site` send `Origin`. A client that sends neither is not a browser, and carries
/// nobody's session.
fn is_cross_site(headers: &HeaderMap) -> bool {
    match (headers.get("sec-fetch-site"), headers.get(header::ORIGIN)) {
        (Some(site), _) => !matches!(site.as_bytes(), b"same-origin" | b"none"),
        (None, Some(origin)) => !is_own(headers, origin),
        (None, None) => false,
    }
}

/// Whether the origin is this host. Behind Application Gateway, the host that the browser asked for
/// is in a header of the gateway. A page of another site can set neither.
fn is_own(headers: &HeaderMap, origin: &HeaderValue) -> bool {
    let authority = origin
        .to_str()
        .ok()
        .and_then(|origin| origin.split_once("://"))
        .map(|(_, authority)| authority);
    let host = headers
        .get("x-original-host")
        .or_else(|| headers.get(header::HOST))
        .and_then(|host| host.to_str().ok());
    authority.is_some() && authority == host
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|&(name, value)| {
                (
                    HeaderName::from_static(name),
                    HeaderValue::from_static(value),
                )
            })
            .collect()
    }

    #[test]
    fn other_sites_are_told_by_fetch_metadata_and_else_by_origin() {
        for (cross, pairs) in [
            (false, &[("sec-fetch-site", "same-origin")][..]),
            (true, &[("sec-fetch-site", "cross-site")]),
            (true, &[("sec-fetch-site", "same-site")]),
            (
                false,
                &[("origin", "https://a.example"), ("host", "a.example")],
            ),
            (
                true,
                &[("origin", "https://b.example"), ("host", "a.example")],
            ),
            (
                false,
                &[
                    ("origin", "https://a.example"),
                    ("host", "app.internal"),
                    ("x-original-host", "a.example"),
                ],
            ),
            (true, &[("origin", "null"), ("host", "a.example")]),
            (false, &[("host", "a.example")]),
        ] {
            assert_eq!(is_cross_site(&headers(pairs)), cross, "{pairs:?}");
        }
    }
}
