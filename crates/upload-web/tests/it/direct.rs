//! Files whose blocks a browser writes into Blob Storage itself, and what else the holder of such an address can do.

use axum::{
    body::Body,
    http::{Request, StatusCode},
};
use azure_core::http::Url;
use azure_storage_blob::{
    BlobClient,
    models::{BlockBlobClientCommitBlockListOptions, BlockLookupList},
};
use bytes::Bytes;
use contract::RecordId;
use futures::{TryStreamExt as _, future::join_all};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use upload_web::{auth::User, error::Error, upload::Session};

use crate::support::{
    jpeg,
    requests::{get, header, json, request},
    stack::Stack,
};

const BLOCK: usize = 1 << 20;
const UPLOADS: &str = "/api/v1/uploads";

async fn stack() -> Stack {
    Stack::with(&[
        ("DARKROOM_AUTH", "none"),
        ("DARKROOM_DIRECT_UPLOAD", "true"),
    ])
    .await
}

/// A photo of two blocks and a bit.
fn photo(seed: u8) -> Vec<u8> {
    let mut bytes = jpeg(80, 60, seed);
    bytes.resize(2 * BLOCK + 1234, 7);
    bytes
}

async fn begun(stack: &Stack, size: usize) -> Value {
    let uri = format!("{UPLOADS}?filename=IMG%201.jpg&title=Sea&size={size}");
    let asked = request("POST", &uri).body(Body::empty()).unwrap();
    json(stack.send(asked).await, StatusCode::CREATED).await
}

async fn session(stack: &Stack, begun: &Value) -> Value {
    let uri = format!("{UPLOADS}/{}", begun["id"].as_str().unwrap());
    json(stack.send(get(&uri)).await, StatusCode::OK).await
}

fn complete(begun: &Value) -> Request<Body> {
    let id = begun["id"].as_str().unwrap();
    let uri = format!("{UPLOADS}/{id}/complete?filename=IMG%201.jpg&title=Sea");
    request("POST", &uri).body(Body::empty()).unwrap()
}

/// What somebody has who has nothing but the address.
fn holder(begun: &Value) -> BlobClient {
    let url = Url::parse(begun["direct"]["url"].as_str().unwrap()).unwrap();
    BlobClient::new(url, None, None).unwrap()
}

fn block_id(index: usize) -> Vec<u8> {
    format!("{:<48}", format!("{index:08}")).into_bytes()
}

async fn write(holder: &BlobClient, bytes: &[u8], indices: &[usize]) {
    for &index in indices {
        let block = Bytes::copy_from_slice(bytes.chunks(BLOCK).nth(index).unwrap());
        let length = block.len() as u64;
        let blob = holder.block_blob_client();
        let id = block_id(index);
        let staged = blob.stage_block(&id, length, block.into(), None);
        staged.await.unwrap();
    }
}

async fn commit(holder: &BlobClient, blocks: &[usize], uploader: &str) {
    let list = BlockLookupList {
        latest: Some(blocks.iter().map(|&index| block_id(index)).collect()),
        ..Default::default()
    };
    let options = BlockBlobClientCommitBlockListOptions {
        metadata: Some([("uploader".to_owned(), uploader.to_owned())].into()),
        ..Default::default()
    };
    let blob = holder.block_blob_client();
    let committed = blob.commit_block_list(list.try_into().unwrap(), Some(options));
    committed.await.unwrap();
}

async fn staged(stack: &Stack) -> usize {
    let container = stack.blobs.blob_container_client("staging");
    let blobs = container.list_blobs(None).unwrap();
    blobs.try_collect::<Vec<_>>().await.unwrap().len()
}

async fn refusal(stack: &Stack, request: Request<Body>, status: StatusCode) -> String {
    let problem = json(stack.send(request).await, status).await;
    problem["detail"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn blocks_that_were_written_into_storage_become_one_blob_with_its_metadata() {
    let mut stack = stack().await;
    let bytes = photo(1);
    let begun = begun(&stack, bytes.len()).await;
    write(&holder(&begun), &bytes, &[2, 0]).await;
    stack.restart();
    assert_eq!(session(&stack, &begun).await["blocks"], json!([0, 2]));
    let told = refusal(&stack, complete(&begun), StatusCode::CONFLICT).await;
    assert!(told.contains("Some blocks"), "{told}");

    // One comes through the application, because the network did not let it pass.
    let uri = format!("{UPLOADS}/{}/blocks/1", begun["id"].as_str().unwrap());
    let block = bytes.chunks(BLOCK).nth(1).unwrap().to_vec();
    let sent = stack.send(request("PUT", &uri).body(block.into()).unwrap());
    assert_eq!(sent.await.status(), StatusCode::NO_CONTENT);
    assert!(stack.uploads().await.is_empty(), "nobody sees a half");

    let accepted = stack.send(complete(&begun)).await;
    let accepted = json(accepted, StatusCode::ACCEPTED).await;
    let name = stack.only_upload().await;
    assert_eq!(accepted["id"], RecordId::from_name(name.as_str()).as_str());
    assert_eq!(accepted["type"], "image/jpeg");
    assert_eq!(accepted["bytes"], bytes.len());
    assert_eq!(stack.blob("uploads", name.as_str()).await.unwrap(), bytes);
    let metadata = stack.blob_metadata(name.as_str()).await;
    for (key, value) in [
        ("filename", "IMG 1.jpg"),
        ("uploader", "local"),
        ("title", "Sea"),
    ] {
        assert_eq!(metadata[key], value);
    }
    assert_eq!(staged(&stack).await, 0, "nothing is left behind");
    let done = session(&stack, &begun).await;
    assert_eq!(done["complete"], true);
    assert_eq!(done.get("direct"), None);
}

#[tokio::test]
async fn said_twice_or_at_the_same_time_it_is_one_image() {
    let stack = stack().await;
    let bytes = photo(2);
    let begun = begun(&stack, bytes.len()).await;
    write(&holder(&begun), &bytes, &[0, 1, 2]).await;
    let mut answers = Vec::new();
    for response in join_all((0..4).map(|_| stack.send(complete(&begun)))).await {
        answers.push(json(response, StatusCode::ACCEPTED).await);
    }
    answers.push(json(stack.send(complete(&begun)).await, StatusCode::ACCEPTED).await);
    assert!(answers.iter().all(|one| *one == answers[0]), "{answers:?}");
    let name = stack.only_upload().await;
    assert_eq!(stack.blob("uploads", name.as_str()).await.unwrap(), bytes);
}

#[tokio::test]
async fn the_address_is_for_writing_one_blob_for_half_an_hour() {
    let stack = stack().await;
    let bytes = photo(3);
    let begun = begun(&stack, bytes.len()).await;
    write(&holder(&begun), &bytes, &[0, 1, 2]).await;
    commit(&holder(&begun), &[0, 1, 2], "local").await;
    let expires: Timestamp = begun["direct"]["expires"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap();
    let left = expires.duration_since(Timestamp::now());
    assert!(left < SignedDuration::from_mins(31), "{left}");

    let other = |change: &dyn Fn(&mut Url)| {
        let mut url = Url::parse(begun["direct"]["url"].as_str().unwrap()).unwrap();
        change(&mut url);
        BlobClient::new(url, None, None).unwrap()
    };
    let changed_path = |from: &'static str, to: &'static str| {
        other(&|url: &mut Url| {
            let path = url.path().replace(from, to);
            url.set_path(&path);
        })
    };
    let own = holder(&begun);
    let forbidden = |result: Result<(), azure_core::Error>| {
        let status = result.unwrap_err().http_status().map(u16::from);
        assert!(matches!(status, Some(401 | 403)), "{status:?}");
    };
    forbidden(own.download(None).await.map(drop));
    forbidden(own.delete(None).await.map(drop));
    for elsewhere in [
        changed_path("/staging/", "/uploads/"),
        changed_path("IMG-1.jpg", "other.jpg"),
    ] {
        let bytes = Bytes::from("x").into();
        forbidden(elsewhere.upload(bytes, None).await.map(drop));
    }
}

#[tokio::test]
async fn who_commits_in_another_name_gets_nothing_into_the_images() {
    let stack = stack().await;
    let bytes = photo(4);
    let begun = begun(&stack, bytes.len()).await;
    write(&holder(&begun), &bytes, &[0, 1, 2]).await;
    commit(&holder(&begun), &[0, 1, 2], "aad:victim").await;
    // A blob with snapshots is not deleted by itself.
    holder(&begun).create_snapshot(None).await.unwrap();
    assert!(stack.uploads().await.is_empty(), "nothing is triggered");
    assert_eq!(session(&stack, &begun).await["blocks"], json!([0, 1, 2]));
    let accepted = stack.send(complete(&begun)).await;
    json(accepted, StatusCode::ACCEPTED).await;
    let name = stack.only_upload().await;
    assert_eq!(
        stack.blob_metadata(name.as_str()).await["uploader"],
        "local"
    );
    assert_eq!(staged(&stack).await, 0, "nothing is left behind");
}

#[tokio::test]
async fn what_is_not_the_file_that_was_begun_is_refused_and_deleted() {
    let stack = stack().await;
    let bytes = photo(5);
    let more = begun(&stack, bytes.len()).await;
    write(&holder(&more), &bytes, &[0, 1, 2]).await;
    commit(&holder(&more), &[0, 1, 1, 1, 2], "local").await;
    let told = refusal(&stack, complete(&more), StatusCode::CONFLICT).await;
    assert!(told.contains("not the one that was announced"), "{told}");
    assert_eq!(staged(&stack).await, 0);

    let text = vec![b'x'; 5];
    let no_image = begun(&stack, text.len()).await;
    write(&holder(&no_image), &text, &[0]).await;
    let told = refusal(
        &stack,
        complete(&no_image),
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
    )
    .await;
    assert!(told.contains("not an image"), "{told}");
    assert_eq!(staged(&stack).await, 0);
    assert!(stack.uploads().await.is_empty());
}

#[tokio::test]
async fn only_the_version_that_was_checked_is_copied() {
    let stack = stack().await;
    let bytes = photo(6);
    let begun = begun(&stack, bytes.len()).await;
    let holder = holder(&begun);
    write(&holder, &bytes, &[0, 1, 2]).await;
    let direct = stack.app.direct.as_ref().unwrap();
    let session = Session::find(&User::local(), begun["id"].as_str().unwrap()).unwrap();
    let blocks = direct.stored_blocks(&session).await.unwrap();
    let arrived = direct.commit(&session, &blocks).await.unwrap();
    assert!(bytes.starts_with(&arrived.head) && arrived.head.len() == 512);

    // Its first bytes have been examined, and now it becomes something else.
    let other = vec![b'x'; bytes.len()];
    write(&holder, &other, &[0, 1, 2]).await;
    commit(&holder, &[0, 1, 2], "local").await;
    let into = stack.app.senders.get(None).unwrap().container();
    let copied = direct.copy(&session, &arrived, "image/jpeg", into).await;
    assert!(matches!(copied, Err(Error::Conflict(_))));
    assert!(stack.uploads().await.is_empty());
}

#[tokio::test]
async fn a_file_that_is_copied_in_several_parts_stays_whole() {
    let settings = [
        ("DARKROOM_AUTH", "none"),
        ("DARKROOM_DIRECT_UPLOAD", "true"),
        ("DARKROOM_MAX_UPLOAD_MIB", "66"),
    ];
    let stack = Stack::with(&settings).await;
    let mut bytes = jpeg(80, 60, 7);
    let rest = (0_u32..).flat_map(u32::to_le_bytes);
    bytes.extend(rest.take((65 << 20) + 5 - bytes.len()));
    let begun = begun(&stack, bytes.len()).await;
    let indices: Vec<_> = (0..66).collect();
    write(&holder(&begun), &bytes, &indices).await;
    let accepted = stack.send(complete(&begun)).await;
    json(accepted, StatusCode::ACCEPTED).await;
    let name = stack.only_upload().await;
    let stored = stack.blob("uploads", name.as_str()).await.unwrap();
    assert!(stored == bytes, "{} bytes of {}", stored.len(), bytes.len());
}

#[tokio::test]
async fn only_where_it_is_on_scripts_may_connect_to_storage() {
    for (on, stack) in [(true, stack().await), (false, Stack::local().await)] {
        let page = stack.send(get("/upload")).await;
        let policy = header(&page, "content-security-policy");
        let connect = policy.split("connect-src ").nth(1).unwrap();
        assert_eq!(
            connect.starts_with("'self' http://127.0.0.1:"),
            on,
            "{policy}"
        );
        assert_eq!(begun(&stack, 5).await.get("direct").is_some(), on);
    }
}
