//! Tests this crate with every case that was recorded from Microsoft's host: it reads the requests,
//! and prevents the damage that the host did to answers. The tests are not part of the package,
//! because the cases are not.

#![expect(clippy::unwrap_used, reason = "helpers of tests are tests too")]

mod answers;
mod outputs;
mod requests;
#[path = "../support/mod.rs"]
mod support;

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde_json::Value;

fn conformance() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../dev-host/conformance")
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let below = |path: PathBuf| {
        if path.is_dir() {
            files_below(&path)
        } else {
            vec![path]
        }
    };
    entries.flat_map(below).collect()
}

/// The case of that name.
fn case(path: &str) -> Value {
    support::read(&conformance().join("cases").join(format!("{path}.json")))
}

fn has_failed(case: &Value) -> bool {
    case["results"][0]["result"] == "Failed"
}
