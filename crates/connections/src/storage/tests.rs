use super::*;

fn read(settings: &[(&str, &str)]) -> Result<StorageConnection, ConnectionError> {
    StorageConnection::from_settings("AzureWebJobsStorage", |key| {
        settings
            .iter()
            .find(|(name, _)| *name == key)
            .map(|(_, value)| (*value).to_owned())
    })
}

#[test]
fn no_character_of_a_blobs_name_is_lost() {
    let connection = read(&[("AzureWebJobsStorage", "UseDevelopmentStorage=true")]).unwrap();
    let container = connection.blobs().unwrap().blob_container_client("uploads");
    for (name, path) in [
        ("a/b c.jpg", "/devstoreaccount1/uploads/a%2Fb%20c.jpg"),
        (
            "a/b\tc%.jpg",
            "/devstoreaccount1/uploads/a%2Fb%09c%25%2Ejpg",
        ),
    ] {
        let blob = connection.blob(&container, name).unwrap();
        assert_eq!(blob.url().path(), path, "{name}");
        assert!(blob.url().query().is_some(), "the signature stays");
    }
}

#[test]
fn development_storage_is_azurite_on_its_usual_ports() {
    let connection = read(&[("AzureWebJobsStorage", "UseDevelopmentStorage=true")]).unwrap();
    assert_eq!(
        connection.blob_endpoint().unwrap().as_str(),
        "http://127.0.0.1:10000/devstoreaccount1"
    );
    assert_eq!(connection.queue.unwrap().port(), Some(10001));
}

#[test]
fn an_account_key_becomes_a_signature_and_never_shows() {
    let connection = read(&[(
        "AzureWebJobsStorage",
        "DefaultEndpointsProtocol=https;AccountName=photos;AccountKey=c2VjcmV0;EndpointSuffix=core.windows.net",
    )])
    .unwrap();
    let url = connection.blob.clone().unwrap();
    assert_eq!(url.host_str(), Some("photos.blob.core.windows.net"));
    assert!(
        url.query_pairs()
            .any(|(key, value)| key == "sig" && value.len() == 44)
    );
    assert!(!format!("{connection:?}").contains("sig"));
}

#[test]
fn an_endpoint_that_is_no_address_is_told_without_its_signature() {
    for endpoint in ["ht:sp/photos", "file:///photos", "photos", "data:photos"] {
        let text = format!("BlobEndpoint={endpoint};SharedAccessSignature=sv=secret");
        let error = read(&[("AzureWebJobsStorage", &text)]).unwrap_err();
        let told = error.to_string();
        assert!(
            told.contains("not the address of an HTTP service"),
            "{told}"
        );
        assert!(!told.contains("secret"), "{told}");
    }
}

#[test]
fn a_slash_at_the_end_of_an_endpoint_changes_nothing() {
    let connection = read(&[(
        "AzureWebJobsStorage",
        "BlobEndpoint=http://127.0.0.1:1/account/;SharedAccessSignature=sig=x",
    )])
    .unwrap();
    let blobs = connection.blobs().unwrap();
    let url = blobs.blob_container_client("uploads").url().clone();
    assert_eq!(url.path(), "/account/uploads");
}

#[test]
fn a_given_signature_is_used_as_it_is() {
    let connection = read(&[(
        "AzureWebJobsStorage",
        "BlobEndpoint=https://photos.blob.core.windows.net;SharedAccessSignature=?sv=1&sig=x%3D",
    )])
    .unwrap();
    assert_eq!(connection.blob.unwrap().query(), Some("sv=1&sig=x%3D"));
    assert!(connection.queue.is_none());
}

#[test]
fn an_account_name_means_an_identity() {
    let connection = read(&[
        ("AzureWebJobsStorage__accountName", "photos"),
        ("AzureWebJobsStorage__credential", "managedidentity"),
        (
            "AzureWebJobsStorage__clientId",
            "00000000-0000-0000-0000-000000000001",
        ),
    ])
    .unwrap();
    assert!(connection.credential.is_some());
    assert_eq!(
        connection.queue.unwrap().as_str(),
        "https://photos.queue.core.windows.net/"
    );
}

#[test]
fn what_is_missing_or_wrong_is_named_without_its_value() {
    assert_eq!(
        read(&[]).unwrap_err().to_string(),
        "the connection AzureWebJobsStorage is not set: give AzureWebJobsStorage a connection \
         string, or set AzureWebJobsStorage__accountName for an identity"
    );
    let error = read(&[("AzureWebJobsStorage", "AccountName=a;AccountKey=%%hunter2")]).unwrap_err();
    assert!(
        error.to_string().ends_with("its AccountKey is not base64"),
        "{error}"
    );
}
