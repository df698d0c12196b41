//! Tests `package`: what is in the zip, and what is refused.

use std::{fs, io::Read as _, path::Path, process::Output};

use zip::ZipArchive;

use crate::support::program;

const SCRIPT: &str = "#!/bin/sh\n";

fn project(files: &[(&str, &str)]) -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    let host = r#"{"version": "2.0", "customHandler": {"description": {"defaultExecutablePath": "./handler"}}}"#;
    for (file, text) in [("host.json", host)].iter().chain(files) {
        let path = root.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    root
}

async fn package(root: &Path, arguments: &[&str]) -> Output {
    let command = program(&["package", "-o", "app.zip"])
        .args(arguments)
        .current_dir(root)
        .output();
    command.await.unwrap()
}

#[tokio::test]
async fn the_zip_holds_what_azure_needs_and_no_settings() {
    let root = project(&[
        ("local.settings.json", "secret"),
        ("Greet/function.json", "{}"),
        ("Greet/samples/a.json", "a"),
        ("built/other-name", SCRIPT),
        ("data/a.txt", "a"),
        ("page.html", "page"),
        ("src/main.rs", "source"),
        ("README.md", "read"),
    ]);
    let arguments = ["--executable", "built/other-name", "--include", "data"];
    let arguments = [&arguments[..], &["--include", "page.html"]].concat();
    let output = package(root.path(), &arguments).await;
    assert!(output.status.success(), "{output:?}");
    assert!(
        String::from_utf8_lossy(&output.stdout).starts_with("app.zip: 6 files"),
        "{output:?}"
    );

    let zip = fs::File::open(root.path().join("app.zip")).unwrap();
    let mut zip = ZipArchive::new(zip).unwrap();
    let mut found = Vec::new();
    for index in 0..zip.len() {
        let entry = zip.by_index(index).unwrap();
        let name = entry.name().unwrap().to_string();
        found.push((name, entry.unix_mode().unwrap() & 0o777));
    }
    let wanted = [
        ("Greet/function.json", 0o644),
        ("Greet/samples/a.json", 0o644),
        ("data/a.txt", 0o644),
        ("handler", 0o755),
        ("host.json", 0o644),
        ("page.html", 0o644),
    ];
    assert_eq!(found, wanted.map(|(name, mode)| (name.to_owned(), mode)));
    let mut handler = String::new();
    zip.by_name("handler")
        .unwrap()
        .read_to_string(&mut handler)
        .unwrap();
    assert_eq!(handler, SCRIPT);
}

#[tokio::test]
async fn what_would_not_run_on_azure_is_refused() {
    for (files, arguments, wanted) in [
        (
            &[("Greet/function.json", "{}"), ("built", "no binary")][..],
            &["--executable", "built"][..],
            "would not start on Azure Functions",
        ),
        (
            &[("handler/function.json", "{}")],
            &[],
            "the function handler has the name of the executable",
        ),
        (&[], &[], "has no function"),
        (
            &[("Greet/function.json", "{}")],
            &[],
            "name it with --executable",
        ),
        (
            &[("Greet/function.json", "{}")],
            &["--include", "gone"],
            "gone cannot be packaged",
        ),
    ] {
        let root = project(files);
        let output = package(root.path(), arguments).await;
        assert_eq!(output.status.code(), Some(64), "{output:?}");
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(error.contains(wanted), "{error}");
        assert_eq!(error.lines().count(), 1, "{error}");
        assert!(!root.path().join("app.zip").exists());
    }
}
