//! Tests that all recorded cases of Microsoft's host, which `./dev conformance` replays, are
//! present.

use std::{collections::BTreeSet, fs, path::Path};

use serde_json::Value;

fn folder() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/conformance"))
}

/// The names of all cases.
fn cases() -> BTreeSet<String> {
    let groups = fs::read_dir(folder().join("cases")).unwrap();
    let files = groups.flat_map(|group| fs::read_dir(group.unwrap().path()).unwrap());
    let names = files.map(|file| {
        let file = file.unwrap().path();
        let case: Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
        let name = file.file_stem().unwrap().to_str().unwrap().to_owned();
        assert_eq!(case["case"], name.as_str());
        name
    });
    names.collect()
}

/// The names and patterns in the second column of the tables of rules.
fn named() -> Vec<String> {
    let text = fs::read_to_string(folder().join("README.md")).unwrap();
    let rows = text.lines().filter_map(|line| {
        let cells = line.strip_prefix("| ")?.strip_suffix(" |")?;
        Some(cells.rsplit_once(" | ")?.1.to_owned())
    });
    rows.flat_map(|cell| {
        let names = cell.split('`').skip(1).step_by(2);
        names.map(str::to_owned).collect::<Vec<_>>()
    })
    .collect()
}

fn matches(pattern: &str, name: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else {
        return pattern == name;
    };
    let Some(name) = name.strip_prefix(start) else {
        return false;
    };
    (0..=name.len())
        .filter_map(|index| name.get(index..))
        .any(|name| matches(rest, name))
}

#[test]
fn every_rule_names_cases_that_are_there() {
    let cases = cases();
    for pattern in named() {
        assert!(
            cases.iter().any(|name| matches(&pattern, name)),
            "there is no case {pattern}"
        );
    }
}

#[test]
fn every_case_belongs_to_a_rule() {
    let named = named();
    for case in cases() {
        assert!(
            named.iter().any(|pattern| matches(pattern, &case)),
            "no rule names {case}"
        );
    }
}

#[test]
fn every_listed_difference_has_a_reason_and_a_case() {
    let text = fs::read(folder().join("differences.json")).unwrap();
    let differences: Value = serde_json::from_slice(&text).unwrap();
    let cases = cases();
    for entry in differences.as_array().unwrap() {
        let text = |field: &str| entry[field].as_str().unwrap();
        assert!(
            cases.iter().any(|name| matches(text("case"), name)),
            "{entry}"
        );
        assert!(
            text("path").starts_with('/') && !text("reason").is_empty(),
            "{entry}"
        );
    }
}
