use std::{fs, time::Duration};

use serde_json::json;
use tempfile::TempDir;

use super::*;

const HOST: &str =
    r#"{"version": "2.0", "customHandler": {"description": {"defaultExecutablePath": "handler"}}}"#;
const FUNCTION: &str =
    r#"{"bindings": [{"name": "original", "type": "blobTrigger", "path": "uploads/{name}"}]}"#;

fn root(files: &[(&str, &str)]) -> TempDir {
    let root = tempfile::tempdir().unwrap();
    for (file, text) in [("handler", ""), ("host.json", HOST)].iter().chain(files) {
        let file = root.path().join(file);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    }
    root
}

fn load(files: &[(&str, &str)]) -> Result<ScriptRoot, ConfigurationError> {
    ScriptRoot::load(root(files).path(), None, None, Vec::new())
}

/// Asserts a problem in a file, whose message must begin with the file's name.
#[track_caller]
fn assert_problem(files: &[(&str, &str)], file: &str, problem: &str) {
    let message = load(files).unwrap_err().to_string();
    assert!(
        message.contains(&format!("{file}: ")) && message.contains(problem),
        "{message}"
    );
}

#[test]
fn what_the_files_say_is_read() {
    let host = json!({
        "version": "2.0",
        "functionTimeout": "00:10:30",
        "customHandler": {
            "description": {"defaultExecutablePath": "handler", "arguments": ["--quiet"]},
        },
        "extensions": {"blobs": {"maxDegreeOfParallelism": 3}},
        "logging": {"anything": "else"},
    });
    let loaded = load(&[
        ("host.json", &host.to_string()),
        ("B/function.json", FUNCTION),
        ("A/function.json", &format!("\u{feff}{FUNCTION}")),
        ("Off/function.json", r#"{"disabled": true, "bindings": []}"#),
        ("not-a-function/readme.txt", ""),
    ])
    .unwrap();
    assert_eq!(loaded.host.function_timeout, Some(Duration::from_secs(630)));
    assert_eq!(loaded.host.arguments, ["--quiet"]);
    assert_eq!(loaded.host.blobs.max_degree_of_parallelism, 3);
    assert_eq!(loaded.host.blobs.poison_blob_threshold, 5);
    let names: Vec<_> = loaded
        .functions
        .iter()
        .map(|function| &function.name)
        .collect();
    assert_eq!(names, ["A", "B"]);
}

#[test]
fn the_environment_overrides_the_settings_file() {
    let root = root(&[
        ("A/function.json", FUNCTION),
        (
            "local.settings.json",
            r#"{"Values": {"One": "file", "Two": "file"}, "Host": {}}"#,
        ),
        ("other.json", r#"{"Values": {"One": "other"}}"#),
    ]);
    let environment = vec![("Two".to_owned(), "environment".to_owned())];
    let load = |file: Option<&str>| {
        let file = file.map(|name| root.path().join(name));
        ScriptRoot::load(root.path(), None, file.as_deref(), environment.clone())
    };
    let settings = load(None).unwrap().settings;
    assert_eq!(settings.get("One"), Some("file"));
    assert_eq!(settings.get("Two"), Some("environment"));
    let settings = load(Some("other.json")).unwrap().settings;
    assert_eq!(settings.get("One"), Some("other"));
    assert!(load(Some("gone.json")).is_err());
}

#[test]
fn settings_are_put_into_all_properties() {
    let function = FUNCTION.replace("uploads", "%Container%");
    let resolve = |settings: &str| {
        let files = [
            ("A/function.json", &*function),
            ("local.settings.json", settings),
        ];
        let ScriptRoot {
            mut functions,
            settings,
            ..
        } = load(&files).unwrap();
        functions.remove(0).resolve_settings(&settings)
    };
    let resolved = resolve(r#"{"Values": {"Container": "photos"}}"#).unwrap();
    assert_eq!(resolved.trigger.text("path"), Some("photos/{name}"));
    let message = resolve("{}").unwrap_err().to_string();
    assert!(
        message.ends_with(
            "A/function.json: the binding original: path: the setting Container is not set"
        ),
        "{message}"
    );
}

#[test]
fn a_missing_folder_is_named() {
    let message = ScriptRoot::load(Path::new("/no/such/folder"), None, None, Vec::new())
        .unwrap_err()
        .to_string();
    assert_eq!(
        message,
        "there is no folder /no/such/folder: name the one that holds host.json with --script-root"
    );
}

#[test]
fn a_wrong_host_json_is_explained() {
    for (host, problem) in [
        ("{", "EOF"),
        ("{}", "version must be \"2.0\""),
        (
            r#"{"version": "2.0"}"#,
            "customHandler.description is missing",
        ),
        (
            &HOST.replace("\"handler\"", "\"gone\""),
            "gone: build the handler",
        ),
        (
            &HOST.replacen('{', r#"{"functionTimeout": "5 minutes","#, 1),
            "functionTimeout 5 minutes is not",
        ),
        (
            &HOST.replacen(
                '{',
                r#"{"extensions": {"blobs": {"poisonBlobThreshold": 0}},"#,
                1,
            ),
            "at least 1",
        ),
    ] {
        let files = [("A/function.json", FUNCTION), ("host.json", host)];
        assert_problem(&files, "host.json", problem);
    }
}

#[test]
fn a_wrong_function_is_explained() {
    let with = |bindings: &str| format!(r#"{{"bindings": [{bindings}]}}"#);
    let trigger = r#"{"name": "original", "type": "blobTrigger", "path": "uploads/{name}"}"#;
    for (bindings, problem) in [
        (String::new(), "has 0 triggers"),
        (
            format!("{trigger},{}", trigger.replace("original", "second")),
            "has 2 triggers",
        ),
        (
            format!(r#"{trigger},{{"name": "original", "type": "blob", "direction": "out"}}"#),
            "two bindings are named original",
        ),
        (
            trigger.replace("blobTrigger", "blobTriger"),
            "unknown type blobTriger: the known types are",
        ),
        (
            r#"{"type": "blobTrigger"}"#.to_owned(),
            "a binding has no name",
        ),
        (r#"{"name": "original"}"#.to_owned(), "original has no type"),
        (
            format!(r#"{trigger},{{"name": "next", "type": "queue", "direction": "in"}}"#),
            "type queue has the direction in, which this host does not know",
        ),
    ] {
        let files = [("A/function.json", &*with(&bindings))];
        assert_problem(&files, "A/function.json", problem);
    }
}

#[test]
fn function_names_follow_the_host_rule() {
    let long = "a".repeat(129);
    for name in ["1st", "with space", "umlaut-ä", &long] {
        let file = format!("{name}/function.json");
        assert_problem(
            &[(&file, FUNCTION)],
            &file,
            "is not a valid name for a function",
        );
    }
    let name = format!("{}/function.json", "A-_9".repeat(32));
    assert!(load(&[(&name, FUNCTION)]).is_ok());
}

#[test]
fn functions_are_looked_for_in_first_level_folders_only() {
    let message = load(&[("functions/A/function.json", FUNCTION)])
        .unwrap_err()
        .to_string();
    assert!(message.contains("first-level folders only"), "{message}");
}

#[test]
fn settings_that_cannot_be_used_are_named() {
    for (settings, problem) in [
        (
            r#"{"Values": {"Port": 5}}"#,
            "Values.Port is not a string: put 5 in quotes",
        ),
        (r#"{"IsEncrypted": true}"#, "set IsEncrypted to false"),
    ] {
        let files = [
            ("A/function.json", FUNCTION),
            ("local.settings.json", settings),
        ];
        assert_problem(&files, "local.settings.json", problem);
    }
}

/// Routes of host.json instead of function.json.
fn routed(custom_handler: &serde_json::Value, rest: &serde_json::Value) -> String {
    let mut host: serde_json::Value = serde_json::from_str(HOST).unwrap();
    let mut add = |pointer, fields: &serde_json::Value| {
        let section = host.pointer_mut(pointer).unwrap().as_object_mut().unwrap();
        section.extend(fields.as_object().unwrap().clone());
    };
    add("/customHandler", custom_handler);
    add("", rest);
    host.to_string()
}

#[test]
fn routes_of_host_json_are_functions() {
    let http = json!({
        "port": "8080",
        "http": {
            "enableProxying": true,
            "DefaultAuthorizationLevel": "anonymous",
            "routes": [{"route": "{*route}"}, {"route": "admin/{*route}", "authorizationLevel": "admin"}],
        },
    });
    let loaded = load(&[("host.json", &routed(&http, &json!({})))]).unwrap();
    assert_eq!(loaded.host.port, Some(8080));
    assert_eq!(loaded.host.http.handing_on, Some(HandingOn::Proxying));
    assert_eq!(loaded.host.http.route_prefix, "api");
    let functions: Vec<_> = loaded
        .functions
        .iter()
        .map(|function| {
            let text = |property| function.trigger.text(property).unwrap();
            (function.name.as_str(), text("route"), text("authLevel"))
        })
        .collect();
    assert_eq!(
        functions,
        [
            ("http-handler1", "{*route}", "anonymous"),
            ("http-handler2", "admin/{*route}", "admin")
        ]
    );
}

#[test]
fn a_profile_makes_the_handler_a_web_server() {
    for profile in ["mcp-custom-handler", "Web-App-Custom-Handler"] {
        let profile = json!({"configurationProfile": profile});
        let loaded = load(&[("host.json", &routed(&json!({}), &profile))]).unwrap();
        assert_eq!(loaded.host.http.handing_on, Some(HandingOn::Proxying));
        assert_eq!(loaded.host.http.route_prefix, "");
        let [function] = &loaded.functions[..] else {
            panic!("{:?}", loaded.functions);
        };
        assert_eq!(function.trigger.text("route"), Some("{*route}"));
        assert_eq!(function.trigger.text("authLevel"), Some("function"));
    }
}

#[test]
fn routes_that_cannot_be_used_are_explained() {
    let profile = |name: &str| routed(&json!({}), &json!({"configurationProfile": name}));
    assert_problem(
        &[("host.json", &profile("other"))],
        "host.json",
        "must be default, mcp-custom-handler",
    );
    assert_problem(
        &[
            ("host.json", &profile("mcp-custom-handler")),
            ("A/function.json", FUNCTION),
        ],
        "A/function.json",
        "remove them, or every function.json",
    );
    for port in [json!(0), json!(70_000), json!("x")] {
        let host = routed(&json!({"port": port}), &json!({}));
        assert_problem(&[("host.json", &host)], "host.json", "which is not a port");
    }
}
