//! Tests the blob trigger: what it sends, when it sends it, and what it stores.

use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use serde_json::{Value, json};

use crate::support::{AppBuilder, Azurite, Reply, blob_service};

/// Checks a value that differs each time, and removes it from the payload.
fn take(value: &mut Value, key: &str) -> Value {
    value.as_object_mut().unwrap().remove(key).unwrap()
}

#[tokio::test]
async fn an_inline_payload_holds_the_bytes_and_all_there_is_to_know() {
    let app = AppBuilder::new().start(|_| Reply::empty()).await;
    // The SDK writes all names in lower case, but other uploaders need not.
    let headers = "x-ms-meta-UpLoader: mia\r\ncontent-type: image/png";
    app.upload_raw("a b.png", headers, "Darkroom").await;

    let call = app.calls(1).await.remove(0);
    let mut body = call.json();
    let mut system = take(&mut body["Metadata"], "sys");
    assert_eq!(take(&mut system, "MethodName"), "ProcessUpload");
    assert!(take(&mut system, "UtcNow").as_str().unwrap().ends_with('Z'));
    assert_eq!(take(&mut system, "RandGuid").as_str().unwrap().len(), 36);
    let properties = &mut body["Metadata"]["Properties"];
    for date in ["LastModified", "CreatedOn", "AccessTierChangedOn"] {
        let date = take(properties, date);
        let date = date.as_str().unwrap();
        assert_eq!(date.len(), "2026-11-24T10:00:00+00:00".len(), "{date}");
        assert!(date.ends_with("+00:00"), "{date}");
    }
    let uri = format!(
        "\"{}/{}/a%20b.png\"",
        Azurite::shared().blob_endpoint(),
        app.container
    );
    assert_eq!(
        body,
        json!({
            "Data": {"original": "RGFya3Jvb20="},
            "Metadata": {
                "Metadata": {"UpLoader": "mia"},
                "Properties": {
                    "AcceptRanges": "bytes",
                    "AccessTier": "Hot",
                    "AccessTierInferred": true,
                    "ArchiveStatus": null,
                    "BlobCommittedBlockCount": 0,
                    "BlobCopyStatus": null,
                    "BlobSequenceNumber": 0,
                    "BlobType": 0,
                    "CacheControl": null,
                    "ContentDisposition": null,
                    "ContentEncoding": null,
                    "ContentHash": "HVyB46xHZQOKltlP+VyJ6w==",
                    "ContentLanguage": null,
                    "ContentLength": 8,
                    "ContentType": "image/png",
                    "CopyCompletedOn": "0001-01-01T00:00:00+00:00",
                    "CopyId": null,
                    "CopyProgress": null,
                    "CopySource": null,
                    "CopyStatus": 0,
                    "CopyStatusDescription": null,
                    "DestinationSnapshot": null,
                    "ETag": {},
                    "EncryptionKeySha256": null,
                    "EncryptionScope": null,
                    "ExpiresOn": "0001-01-01T00:00:00+00:00",
                    "HasLegalHold": false,
                    "ImmutabilityPolicy": {"ExpiresOn": null, "PolicyMode": null},
                    "IsIncrementalCopy": false,
                    "IsLatestVersion": false,
                    "IsSealed": false,
                    "IsServerEncrypted": true,
                    "LastAccessed": "0001-01-01T00:00:00+00:00",
                    "LeaseDuration": 0,
                    "LeaseState": 0,
                    "LeaseStatus": 1,
                    "Metadata": {"UpLoader": "mia"},
                    "ObjectReplicationDestinationPolicyId": null,
                    "ObjectReplicationSourceProperties": null,
                    "RehydratePriority": null,
                    "TagCount": 0,
                    "VersionId": null,
                },
                "Uri": uri,
                "name": "\"a b.png\"",
            },
        })
    );
}

#[tokio::test]
async fn a_call_looks_like_one_of_the_real_host() {
    let app = AppBuilder::new().start(|_| Reply::empty()).await;
    app.upload("a.png", b"Darkroom").await;

    let call = app.calls(1).await.remove(0);
    assert_eq!(call.function, "ProcessUpload");
    assert_eq!(
        call.headers["content-type"],
        "application/json; charset=utf-8"
    );
    assert_eq!(call.headers["transfer-encoding"], "chunked");
    let version = call.headers["x-azure-functions-hostversion"]
        .to_str()
        .unwrap();
    assert_eq!(
        call.headers["user-agent"],
        format!("Azure-Functions-Host/{version}")
    );
    assert_eq!(call.headers["x-azure-functions-invocationid"].len(), 36);
    assert_eq!(call.headers["traceparent"].len(), 55);
}

#[tokio::test]
async fn a_deferred_payload_holds_a_reference_only() {
    let app = AppBuilder::new().deferred().start(|_| Reply::empty()).await;
    app.upload("a.png", b"Darkroom").await;

    let body = app.calls(1).await[0].json();
    let locator = format!(
        r#"{{"Connection":"AzureWebJobsStorage","ContainerName":"{}","BlobName":"a.png"}}"#,
        app.container
    );
    assert_eq!(
        body["Data"]["original"],
        json!({
            "Version": "1.0",
            "Source": "AzureStorageBlobs",
            "Content": {"IsEmpty": false, "Length": locator.len(), "MediaType": "application/json"},
            "ContentType": "application/json",
        })
    );
    assert_eq!(body["Metadata"]["name"], "\"a.png\"");
}

#[tokio::test]
async fn an_expression_in_the_first_other_binding_turns_deferral_off() {
    for (paths, deferred) in [(["plain", "{name}"], true), (["{name}", "plain"], false)] {
        let app = AppBuilder::new()
            .deferred()
            .blob("first", paths[0])
            .blob("second", paths[1])
            .start(|_| Reply::empty())
            .await;
        app.upload("a.png", b"Darkroom").await;
        let original = app.calls(1).await[0].json()["Data"]["original"].clone();
        assert_eq!(original.is_object(), deferred, "{paths:?}: {original}");
    }
}

#[tokio::test]
async fn awkward_names_arrive_unharmed() {
    let long = format!("{}.png", "n".repeat(996));
    let names = [
        "with spaces in it.png",
        "folder/and another/a.png",
        "50%.png",
        "100%25.png",
        "#1+2=3&4?.png",
        "😀 été.png",
        "quo\"te's<&>.png",
        " blanks around ",
        &long,
    ];
    let app = AppBuilder::new()
        .blob("copy", "{name}/copy")
        .start(|_| Reply::Json(json!({"Outputs": {"copy": "RGFya3Jvb20="}})))
        .await;
    for name in names {
        app.upload(name, b"Darkroom").await;
    }

    app.receipts(names.len()).await;
    let called: BTreeSet<_> = app.called_blobs().into_iter().collect();
    assert_eq!(called, names.map(str::to_owned).into());
    for name in names {
        assert_eq!(app.output(&format!("{name}/copy")).await, b"Darkroom");
    }
    assert_eq!(app.handler.calls().len(), names.len());
}

#[tokio::test]
async fn an_empty_blob_triggers() {
    let app = AppBuilder::new().start(|_| Reply::empty()).await;
    app.upload("empty.png", b"").await;
    let body = app.calls(1).await[0].json();
    assert_eq!(body["Data"]["original"], "");
    assert_eq!(body["Metadata"]["Properties"]["ContentLength"], 0);
}

#[tokio::test]
async fn a_pattern_lets_only_its_own_through() {
    let builder = AppBuilder::new();
    let path = format!("{}/raw-{{name}}.{{extension}}", builder.container());
    let app = builder
        .trigger("path", path.into())
        .start(|_| Reply::empty())
        .await;
    app.upload("a.png", b"no").await;
    app.upload("raw-a.b.png", b"yes").await;

    app.receipts(1).await;
    let calls = app.handler.calls();
    assert_eq!(calls.len(), 1);
    let metadata = &calls[0].json()["Metadata"];
    assert_eq!(metadata["name"], "\"a.b\"");
    assert_eq!(metadata["extension"], "\"png\"");
}

#[tokio::test]
async fn each_version_triggers_once_also_across_restarts() {
    let mut app = AppBuilder::new().start(|_| Reply::empty()).await;
    app.upload("a.png", b"one").await;
    app.receipts(1).await;
    app.upload("a.png", b"two").await;
    let receipts = app.receipts(2).await;
    for receipt in &receipts {
        let parts: Vec<_> = receipt.splitn(6, '/').collect();
        assert!(
            matches!(
                parts[..],
                ["blobreceipts", _, "Host.Functions.ProcessUpload", etag, container, "a.png"]
                    if etag.starts_with("\"0x") && etag.ends_with('"') && container == app.container
            ),
            "{receipt}"
        );
    }

    app.drop_host();
    app.start().await;
    // The new blob shows that the new host has scanned the whole list.
    app.upload("b.png", b"three").await;
    app.receipts(3).await;
    let names = app.called_blobs();
    assert_eq!(names, ["a.png", "a.png", "b.png"]);
}

#[tokio::test]
async fn a_blob_that_always_fails_goes_to_the_poison_queue() {
    let app = AppBuilder::new()
        .start(|call| match call.blob_name().as_str() {
            "bad \"one\".png" => Reply::status(500),
            _ => Reply::empty(),
        })
        .await;
    app.upload("bad \"one\".png", b"bad").await;
    app.upload("good.png", b"good").await;

    let message = app.poison_messages(1).await.remove(0);
    let etag = app
        .uploads()
        .blob_client("bad \"one\".png")
        .download(None)
        .await
        .unwrap()
        .properties
        .etag
        .unwrap()
        .to_string();
    assert_eq!(
        message,
        json!({
            "Type": "BlobTrigger",
            "FunctionId": "Host.Functions.ProcessUpload",
            "BlobType": "BlockBlob",
            "ContainerName": app.container,
            "BlobName": "bad \"one\".png",
            "ETag": etag,
        })
    );
    app.receipts(2).await;
    let attempts = |name: &str| {
        let calls = app.handler.calls();
        calls.iter().filter(|call| call.blob_name() == name).count()
    };
    assert_eq!(attempts("bad \"one\".png"), 5);
    assert_eq!(attempts("good.png"), 1);
}

#[tokio::test]
async fn the_number_of_attempts_is_a_setting() {
    let app = AppBuilder::new()
        .host_json("extensions", json!({"blobs": {"poisonBlobThreshold": 2}}))
        .start(|_| Reply::status(503))
        .await;
    app.upload("bad.png", b"bad").await;
    app.poison_messages(1).await;
    app.receipts(1).await;
    assert_eq!(app.handler.calls().len(), 2);
}

#[tokio::test]
async fn no_more_blobs_are_in_flight_than_allowed() {
    let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let app = AppBuilder::new()
        .host_json(
            "extensions",
            json!({"blobs": {"maxDegreeOfParallelism": 2}}),
        )
        .build({
            let (now, most) = (Arc::clone(&now), Arc::clone(&most));
            move |_| {
                let running = now.fetch_add(1, Ordering::SeqCst) + 1;
                most.fetch_max(running, Ordering::SeqCst);
                // Long enough for the others to arrive, if they can.
                std::thread::sleep(Duration::from_millis(50));
                now.fetch_sub(1, Ordering::SeqCst);
                Reply::empty()
            }
        })
        .await;
    for index in 0..8 {
        app.upload(&format!("{index}.png"), b"x").await;
    }
    let mut app = app;
    app.start().await;
    app.receipts(8).await;
    assert_eq!(most.load(Ordering::SeqCst), 2);
    assert_eq!(app.handler.calls().len(), 8);
}

#[tokio::test]
async fn a_blob_that_is_deleted_while_it_waits_is_skipped() {
    for deferred in [false, true] {
        let (release, released) = std::sync::mpsc::channel::<()>();
        let released = std::sync::Mutex::new(released);
        let mut builder = AppBuilder::new().host_json(
            "extensions",
            json!({"blobs": {"maxDegreeOfParallelism": 1}}),
        );
        if deferred {
            builder = builder.deferred();
        }
        let mut app = builder
            .build(move |call| {
                if call.blob_name() == "1.png" {
                    released.lock().unwrap().recv().unwrap();
                }
                Reply::empty()
            })
            .await;
        for name in ["1.png", "2.png", "3.png"] {
            app.upload(name, b"x").await;
        }
        app.start().await;
        app.calls(1).await;
        app.uploads()
            .blob_client("2.png")
            .delete(None)
            .await
            .unwrap();
        release.send(()).unwrap();

        app.receipts(2).await;
        let names = app.called_blobs();
        assert_eq!(names, ["1.png", "3.png"]);
    }
}

#[tokio::test]
async fn a_container_that_is_created_later_is_watched() {
    let builder = AppBuilder::new();
    let later = format!("later-{}", builder.container());
    let app = builder
        .trigger("path", format!("{later}/{{name}}").into())
        .start(|_| Reply::empty())
        .await;
    let container = blob_service().blob_container_client(&later);
    container.create(None).await.unwrap();
    container
        .blob_client("a.png")
        .upload(axum::body::Bytes::from_static(b"x").into(), None)
        .await
        .unwrap();
    assert_eq!(app.calls(1).await[0].blob_name(), "a.png");
}

#[tokio::test]
async fn a_large_blob_arrives_whole() {
    const LENGTH: usize = 20 * 1024 * 1024 + 1;
    let app = AppBuilder::new().start(|_| Reply::empty()).await;
    let content: &'static [u8] = Vec::leak(vec![7; LENGTH]);
    app.upload("large.bin", content).await;
    let body = app.calls(1).await[0].json();
    let text = body["Data"]["original"].as_str().unwrap();
    assert_eq!(text.len(), LENGTH.div_ceil(3) * 4);
    assert!(text.starts_with("BwcHBwcH"));
}
