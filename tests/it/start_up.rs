//! What the handler reports about a configuration that cannot work.

use std::process::{Command, Output};

use serde_json::json;

use crate::support::script_root::ScriptRoot;

fn start(root: &ScriptRoot, settings: &[(&str, &str)]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_darkroom"))
        .current_dir(root.path())
        .env_clear()
        .env("ImageStorage", "UseDevelopmentStorage=true")
        .env(
            "CosmosDb",
            "AccountEndpoint=http://localhost:8081/;AccountKey=a2V5",
        )
        .envs(settings.iter().copied())
        .output()
        .unwrap()
}

/// The single line on standard error, with the exit status for a wrong configuration.
fn complaint(root: &ScriptRoot, settings: &[(&str, &str)]) -> String {
    let output = start(root, settings);
    assert_eq!(output.status.code(), Some(64));
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(text.lines().count(), 1, "{text}");
    text.trim_end().to_owned()
}

fn complaint_about(change: impl FnOnce(&ScriptRoot)) -> String {
    let root = ScriptRoot::new();
    change(&root);
    complaint(&root, &[])
}

#[test]
fn started_by_hand_it_says_how_it_is_meant() {
    let complaint = complaint(&ScriptRoot::new(), &[]);
    assert!(
        complaint.contains("start this program through a Functions host"),
        "{complaint}"
    );
}

#[test]
fn a_bad_setting_is_named() {
    let complaint = complaint(&ScriptRoot::new(), &[("DARKROOM_WORKERS", "many")]);
    assert!(
        complaint.contains("DARKROOM_WORKERS is \"many\""),
        "{complaint}"
    );
}

#[test]
fn a_missing_connection_is_named() {
    let complaint = complaint(&ScriptRoot::new(), &[("ImageStorage", "")]);
    assert!(complaint.contains("ImageStorage is not set"), "{complaint}");
}

#[test]
fn a_preset_without_an_output_is_named() {
    let complaint = complaint_about(|root| {
        root.edit("ProcessUpload/function.json", |json| {
            json["bindings"]
                .as_array_mut()
                .unwrap()
                .retain(|binding| binding["name"] != "small");
        });
    });
    assert!(
        complaint.contains("ProcessUpload/function.json:1: the preset small has no blob output"),
        "{complaint}"
    );
}

#[test]
fn a_path_with_another_extension_is_named_with_its_line() {
    let complaint = complaint_about(|root| {
        root.edit("ProcessUpload/function.json", |json| {
            json["bindings"][2]["path"] = json!("renditions/{name}/thumb.png");
        });
    });
    assert!(complaint.contains("{name}/thumb.webp"), "{complaint}");
    let line: usize = complaint.split(':').nth(2).unwrap().parse().unwrap();
    assert!(line > 10, "{complaint}");
}

#[test]
fn an_output_into_the_container_of_uploads_is_refused() {
    let complaint = complaint_about(|root| {
        root.edit("ProcessUpload/function.json", |json| {
            json["bindings"][2]["path"] = json!("uploads/{name}/thumb.webp");
        });
    });
    assert!(
        complaint.contains("whose blobs trigger a function"),
        "{complaint}"
    );
}

#[test]
fn an_output_with_a_data_type_is_refused() {
    let complaint = complaint_about(|root| {
        root.edit("ProcessUpload/function.json", |json| {
            json["bindings"][2]["dataType"] = json!("binary");
        });
    });
    assert!(complaint.contains("must have no dataType"), "{complaint}");
}

/// The recorded case `cosmos-fails` shows that the host does not send a list again without a
/// policy.
#[test]
fn events_without_a_retry_policy_that_never_gives_up_are_refused() {
    for retry in [
        json!(null),
        json!({"strategy": "fixedDelay", "maxRetryCount": 5, "delayInterval": "00:00:01"}),
    ] {
        let complaint = complaint_about(|root| {
            root.edit("PublishEvents/function.json", |json| {
                json["retry"] = retry.clone();
            });
        });
        assert!(
            complaint.contains("PublishEvents/function.json:1: changes that fail would be lost"),
            "{complaint}"
        );
    }
}

#[test]
fn events_of_another_container_are_refused() {
    let complaint = complaint_about(|root| {
        root.edit("PublishEvents/function.json", |json| {
            json["bindings"][0]["containerName"] = json!("others");
        });
    });
    assert!(
        complaint.contains("the container of ProcessUpload's records"),
        "{complaint}"
    );
}

#[test]
fn events_need_their_function_and_a_place_to_go_to() {
    let root = ScriptRoot::new();
    let kafka = ("DARKROOM_EVENTS", "kafka");
    let elsewhere = ("KAFKA_BROKERS", "broker.example.net:9092");
    let text = complaint(&root, &[kafka, elsewhere]);
    assert!(
        text.contains("DARKROOM_EVENTS: KAFKA_USERNAME is missing"),
        "{text}"
    );
    let webhook = ("DARKROOM_EVENTS", "webhook");
    let plain = ("DARKROOM_EVENTS_URL", "http://example.com/token");
    let text = complaint(&root, &[webhook, plain]);
    assert!(
        text.contains("does not begin with https://") && !text.contains("token"),
        "{text}"
    );
    std::fs::remove_dir_all(root.path().join("PublishEvents")).unwrap();
    let text = complaint(&root, &[kafka, ("KAFKA_BROKERS", "localhost:9092")]);
    assert!(text.contains("PublishEvents/function.json"), "{text}");
}

#[test]
fn a_function_without_a_route_is_refused() {
    let complaint = complaint_about(|root| {
        let folder = root.path().join("ProcessDreams");
        std::fs::create_dir(&folder).unwrap();
        std::fs::write(folder.join("function.json"), r#"{"bindings": []}"#).unwrap();
    });
    assert!(
        complaint.contains("there is no function ProcessDreams"),
        "{complaint}"
    );
}

#[test]
fn a_mistake_in_the_presets_is_named_with_its_line() {
    let complaint = complaint_about(|root| {
        let path = root.path().join("presets.toml");
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(path, format!("{text}\n[presets.thumb2]\nwitdh = 5\n")).unwrap();
    });
    assert!(complaint.contains("presets.toml: line "), "{complaint}");
    assert!(complaint.contains("witdh"), "{complaint}");
}

#[test]
fn presets_are_checked_from_a_shell_too() {
    let repository = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let check = |folder: &std::path::Path| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_darkroom"));
        command.args(["presets", "check"]).arg(folder).env_clear();
        command.output().unwrap()
    };
    let root = ScriptRoot::new();
    for folder in [repository, root.path()] {
        let output = check(folder);
        assert!(output.status.success(), "{output:?}");
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(text.contains("thumb.webp"), "{text}");
        assert!(text.contains("4 presets"), "{text}");
    }
    root.edit("ProcessMessage/function.json", |json| {
        json["bindings"].as_array_mut().unwrap().remove(2);
    });
    let output = check(root.path());
    assert_eq!(output.status.code(), Some(64));
    let complaint = String::from_utf8(output.stderr).unwrap();
    assert!(
        complaint.contains("ProcessMessage/function.json"),
        "{complaint}"
    );
}
