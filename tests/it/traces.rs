//! The uploader's trace continues through the handler: into its record, and to an OpenTelemetry collector, which also
//! gets metrics.

use std::sync::{Arc, Mutex};

use axum::{Router, body::Bytes, extract::State, routing::post};
use tokio::net::TcpListener;

use crate::support::{eventually, images, stack::Plan};

const TRACE_ID: &str = "0af7651916cd43dd8448eb211c80319c";

/// The requests that a collector received.
type Exports = Arc<Mutex<Vec<Bytes>>>;

async fn collector() -> (String, Exports) {
    let exports = Exports::default();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let take = async |State(exports): State<Exports>, body: Bytes| {
        exports.lock().unwrap().push(body);
    };
    let router = Router::new()
        .route("/v1/traces", post(take))
        .route("/v1/metrics", post(take))
        .with_state(Arc::clone(&exports));
    tokio::spawn(async { axum::serve(listener, router).await });
    (endpoint, exports)
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

#[tokio::test]
async fn an_uploaders_trace_reaches_record_and_collector() {
    let (endpoint, exports) = collector().await;
    let mut plan = Plan::new();
    for (name, value) in [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.as_str()),
        ("OTEL_BSP_SCHEDULE_DELAY", "100"),
    ] {
        plan.settings.insert(name.to_owned(), value.to_owned());
    }
    let stack = plan.start().await;
    let traceparent = format!("00-{TRACE_ID}-b7ad6b7169203331-01");
    let metadata = [("traceparent", traceparent.as_str())];
    let photo = images::jpeg(64, 48, 1);
    let etag = stack.upload_with("a.jpg", photo, &metadata).await;
    let record = stack.record_of("a.jpg", &etag).await;
    assert_eq!(record["processing"]["traceId"], TRACE_ID);
    assert_eq!(record["user"], serde_json::json!({}));

    let id = u128::from_str_radix(TRACE_ID, 16).unwrap().to_be_bytes();
    let export = eventually("the span", || async {
        let exports = exports.lock().unwrap();
        exports.iter().find(|export| contains(export, &id)).cloned()
    })
    .await;
    for part in [
        &b"process"[..],
        b"darkroom",
        &0xb7ad_6b71_6920_3331_u64.to_be_bytes(),
    ] {
        assert!(contains(&export, part), "{part:?}");
    }
}

#[tokio::test]
async fn numbers_reach_the_collector() {
    let (endpoint, exports) = collector().await;
    let mut plan = Plan::new();
    for (name, value) in [
        (
            "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT",
            format!("{endpoint}/v1/metrics"),
        ),
        ("OTEL_METRIC_EXPORT_INTERVAL", "100".to_owned()),
    ] {
        plan.settings.insert(name.to_owned(), value);
    }
    let stack = plan.start().await;
    for (name, bytes) in [
        ("a.jpg", images::jpeg(64, 48, 1)),
        ("b.txt", b"this is no image".to_vec()),
    ] {
        let etag = stack.upload(name, bytes).await;
        stack.record_of(name, &etag).await;
    }
    let expected = [
        "darkroom.images",
        "darkroom.image.duration",
        "darkroom.image.stage.duration",
        "darkroom.image.lag",
        "darkroom.original.size",
        "darkroom.rendition.size",
        "darkroom.requests.waiting",
        "processed",
        "rejected",
        "not-an-image",
        "decode",
        "thumb",
    ];
    eventually("all numbers in one export", || async {
        let exports = exports.lock().unwrap();
        let has_all = |export: &&Bytes| {
            expected
                .iter()
                .all(|part| contains(export, part.as_bytes()))
        };
        exports.iter().find(has_all).map(drop)
    })
    .await;
}
