//! The headers of a request, with their names as the host writes them.

use std::collections::HashMap;

use axum::{
    body::Body,
    extract::Request,
    http::{HeaderMap, HeaderName, header, request::Parts},
};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncBufReadExt as _, AsyncRead, BufReader};

/// How .NET's server writes the names that it knows, whatever case they came in. Source:
/// <https://github.com/dotnet/aspnetcore/blob/main/src/Shared/ServerInfrastructure/KnownHeaders.cs>.
const KNOWN: [&str; 55] = [
    "Accept",
    "Accept-Charset",
    "Accept-Encoding",
    "Accept-Language",
    "Access-Control-Request-Headers",
    "Access-Control-Request-Method",
    "Allow",
    "Alt-Used",
    "Authorization",
    "baggage",
    "Cache-Control",
    "Connection",
    "Content-Encoding",
    "Content-Language",
    "Content-Length",
    "Content-Location",
    "Content-MD5",
    "Content-Range",
    "Content-Type",
    "Cookie",
    "Correlation-Context",
    "Date",
    "Expect",
    "Expires",
    "From",
    "Grpc-Accept-Encoding",
    "Grpc-Encoding",
    "Grpc-Timeout",
    "Host",
    "If-Match",
    "If-Modified-Since",
    "If-None-Match",
    "If-Range",
    "If-Unmodified-Since",
    "Keep-Alive",
    "Last-Modified",
    "Max-Forwards",
    "Origin",
    "Pragma",
    "Proxy-Authorization",
    "Proxy-Connection",
    "Range",
    "Referer",
    "Request-Id",
    "TE",
    "traceparent",
    "tracestate",
    "Trailer",
    "Transfer-Encoding",
    "Translate",
    "Upgrade",
    "Upgrade-Insecure-Requests",
    "User-Agent",
    "Via",
    "X-Requested-With",
];

/// The size in bytes of the buffer for headers.
const BUFFER: usize = 64 * 1024;

/// Each name with all its values.
pub(super) async fn named(parts: &Parts) -> Vec<(String, Vec<String>)> {
    let known: HashMap<_, _> = KNOWN
        .iter()
        .map(|name| (name.to_ascii_lowercase(), (*name).to_owned()))
        .collect();
    let is_known = |name: &HeaderName| known.contains_key(name.as_str());
    let sent = if parts.headers.keys().all(is_known) {
        HashMap::new()
    } else {
        names_as_sent(parts).await
    };
    let names = parts.headers.keys().map(HeaderName::as_str);
    names
        .map(|name| {
            let written = known.get(name).or_else(|| sent.get(name));
            let written = written.map_or(name, String::as_str);
            (written.to_owned(), values(&parts.headers, name))
        })
        .collect()
}

fn values(headers: &HeaderMap, name: &str) -> Vec<String> {
    let values = headers.get_all(name).iter();
    values
        .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
        .collect()
}

/// The names in their original case, by their lower-case form.
///
/// hyper keeps the case to itself and uses it only when it sends the request on, so the request is sent into memory.
async fn names_as_sent(parts: &Parts) -> HashMap<String, String> {
    let (near, far) = tokio::io::duplex(BUFFER);
    let mut client = http1::Builder::new();
    client.preserve_header_case(true);
    let Ok((mut sender, connection)) = client.handshake(TokioIo::new(near)).await else {
        return HashMap::new();
    };
    let mut request = Request::new(Body::empty());
    *request.headers_mut() = parts.headers.clone();
    *request.extensions_mut() = parts.extensions.clone();
    // There is no body to which these could belong.
    request.headers_mut().remove(header::CONTENT_LENGTH);
    request.headers_mut().remove(header::TRANSFER_ENCODING);
    // It is never answered.
    let sent = async move {
        let _ = tokio::join!(sender.send_request(request), connection);
        std::future::pending::<()>().await;
    };
    tokio::select! {
        names = read_names(far) => names,
        () = sent => HashMap::new(),
    }
}

/// Reads the first lines of a request up to the empty one.
async fn read_names(stream: impl AsyncRead + Unpin) -> HashMap<String, String> {
    let mut lines = BufReader::new(stream).split(b'\n');
    let mut names = HashMap::new();
    while let Ok(Some(line)) = lines.next_segment().await
        && line.trim_ascii_end() != b""
    {
        let line = String::from_utf8_lossy(&line);
        if let Some((name, _)) = line.split_once(':') {
            // The first of several counts.
            names
                .entry(name.to_ascii_lowercase())
                .or_insert_with(|| name.to_owned());
        }
    }
    names
}
