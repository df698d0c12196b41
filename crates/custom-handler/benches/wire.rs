//! Measures the cost of the host's protocol: `cargo bench -p azure-functions-custom-handler`.

use axum::{
    Router,
    body::{Body, Bytes, to_bytes},
    http::Request,
    routing::post,
};
use azure_functions_custom_handler::{BlobContent, InvalidInvocation, Invocation, Outputs};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use divan::{Bencher, counter::BytesCount};
use serde::Deserialize;
use tokio::runtime::{Builder, Runtime};
use tower::ServiceExt as _;

const MIB: usize = 1 << 20;

fn main() {
    divan::main();
}

#[derive(Deserialize)]
struct Upload {
    #[serde(deserialize_with = "azure_functions_custom_handler::encoded")]
    name: String,
}

/// Takes the original and answers with a log line.
async fn take(mut upload: Invocation<Upload>) -> Result<Outputs, InvalidInvocation> {
    let length = match upload.blob("original")? {
        BlobContent::Inline(bytes) => bytes.len(),
        _ => 0,
    };
    Ok(Outputs::new().log(format!("{} {length}", upload.metadata.name)))
}

fn invocation(original: &str) -> Bytes {
    let metadata = r#"{"name":"\"a.jpg\"","sys":{"MethodName":"Take"}}"#;
    format!(r#"{{"Data":{{"original":{original}}},"Metadata":{metadata}}}"#).into()
}

fn inline(length: usize) -> Bytes {
    let bytes: Vec<u8> = (0..=u8::MAX).cycle().take(length).collect();
    invocation(&format!("\"{}\"", STANDARD.encode(bytes)))
}

fn runtime() -> Runtime {
    Builder::new_current_thread().build().expect("a runtime")
}

/// A request on its whole way through the router, with body and answer collected.
fn answer(runtime: &Runtime, router: &Router, body: Bytes) -> Bytes {
    let request = Request::post("/Take")
        .body(Body::from(body))
        .expect("a request");
    runtime.block_on(async {
        let response = router.clone().oneshot(request).await.expect("an answer");
        assert!(response.status().is_success());
        to_bytes(response.into_body(), usize::MAX)
            .await
            .expect("a body")
    })
}

#[divan::bench(args = [MIB, 8 * MIB])]
fn inline_original(bencher: Bencher, length: usize) {
    let (runtime, router) = (runtime(), Router::new().route("/Take", post(take)));
    bencher
        .counter(BytesCount::new(length))
        .with_inputs(|| inline(length))
        .bench_local_values(|body| answer(&runtime, &router, body));
}

#[divan::bench]
fn deferred_original(bencher: Bencher) {
    let (runtime, router) = (runtime(), Router::new().route("/Take", post(take)));
    let body = invocation(
        r#"{"Version":"1.0","Source":"AzureStorageBlobs","ContentType":"application/json","Content":{}}"#,
    );
    bencher
        .with_inputs(|| body.clone())
        .bench_local_values(|body| answer(&runtime, &router, body));
}

/// Four renditions of a photo, as the default presets make them.
#[divan::bench]
fn answer_with_renditions(bencher: Bencher) {
    const RENDITIONS: [(&str, usize); 4] = [
        ("thumb", 15_000),
        ("small", 53_000),
        ("medium", 155_000),
        ("large", 399_000),
    ];
    async fn render() -> Outputs {
        RENDITIONS
            .iter()
            .fold(Outputs::new(), |outputs, (name, length)| {
                outputs.bytes(*name, vec![0x5A; *length])
            })
    }
    let (runtime, router) = (runtime(), Router::new().route("/Take", post(render)));
    let bytes: usize = RENDITIONS.iter().map(|(_, length)| length).sum();
    bencher
        .counter(BytesCount::new(bytes))
        .bench_local(|| answer(&runtime, &router, Bytes::new()));
}
