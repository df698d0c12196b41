//! Blob and Cosmos DB inputs.

use axum::body::Bytes;
use serde_json::json;

use crate::{
    recorded::base64,
    support::{App, AppBuilder, Reply, blob_service, queue, send},
};

/// The container of an app and the queue that triggers it.
async fn app(data_type: Option<&str>) -> (App, String) {
    let builder = AppBuilder::queue();
    let queue_name = builder.queue_name();
    queue(&queue_name).create(None).await.unwrap();
    let mut input = json!({
        "name": "file", "type": "blob", "direction": "in",
        "path": format!("{}/{{id}}", builder.container()), "connection": "AzureWebJobsStorage",
    });
    if let Some(data_type) = data_type {
        input["dataType"] = data_type.into();
    }
    let app = builder
        .output(input)
        .host_json(
            "extensions",
            json!({"queues": {"maxPollingInterval": "00:00:00.1"}}),
        )
        .start(|_| Reply::empty())
        .await;
    (app, queue_name)
}

#[tokio::test]
async fn a_blob_is_text_bytes_or_null() {
    for (data_type, value) in [
        // Bytes that are not text are damaged, as in the case `queue-inputs`.
        (None, "\"\\u0000\\u0001\\u0002\u{fffd}\""),
        (Some("binary"), "AAEC/w=="),
    ] {
        let (app, queue_name) = app(data_type).await;
        let container = blob_service().blob_container_client(&app.container);
        // The URL of such a name would lose its tab.
        let name = "in\t1";
        let content = Bytes::from_static(&[0, 1, 2, 0xff]);
        let blob = crate::support::storage().blob(&container, name).unwrap();
        blob.upload(content.into(), None).await.unwrap();
        for id in [name, "nothing"] {
            let message = json!({"id": id}).to_string();
            send(&queue(&queue_name), &base64(&message)).await;
        }
        let mut values: Vec<_> = app
            .calls(2)
            .await
            .iter()
            .map(|call| call.json()["Data"]["file"].as_str().unwrap().to_owned())
            .collect();
        values.sort();
        let mut expected = [value.to_owned(), "null".to_owned()];
        expected.sort();
        assert_eq!(values, expected);
    }
}
