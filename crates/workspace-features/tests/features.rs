//! Programs and tests use the same builds of all crates.

use std::{
    collections::{BTreeMap, BTreeSet},
    env,
    process::Command,
};

#[test]
fn tests_ask_for_no_feature_that_programs_do_not_have() {
    let (programs, tests) = (features("no-dev"), features("all"));
    let different: Vec<_> = programs
        .iter()
        .filter(|(package, features)| !features.is_subset(&tests[*package]))
        .map(|(package, features)| format!("{package}: {:?}", &tests[package] - features))
        .collect();
    assert!(
        different.is_empty(),
        "add these features to the dependencies of workspace-features: {different:#?}"
    );
}

/// The sets of features with which each package of the workspace is built, by package.
fn features(edges: &str) -> BTreeMap<String, BTreeSet<String>> {
    let cargo = env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let output = Command::new(cargo)
        .args(["tree", "--workspace", "--all-features", "--locked"])
        .args(["--edges", edges, "--prefix", "none", "--format", "{p}|{f}"])
        .output()
        .expect("cargo starts");
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).expect("the tree is text");
    let mut packages: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
    // The other lines are headings, and between the members of the workspace.
    for (package, features) in text.lines().filter_map(|line| line.split_once('|')) {
        // A package that was listed before has a mark, and one of this workspace has its path.
        let package = package.split(" (").next().unwrap_or(package);
        let features = features.trim_end_matches(" (*)");
        packages
            .entry(package.to_owned())
            .or_default()
            .insert(features.to_owned());
    }
    assert!(packages.contains_key("darkroom v0.1.0"), "{text}");
    packages
}
