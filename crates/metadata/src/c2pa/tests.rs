use super::*;
use written::{assertion, list, manifest, map, store, superbox, text};

#[path = "../../tests/it/c2pa_store.rs"]
mod written;

fn claim() -> Vec<u8> {
    let info = map(&[("name", text("Painter")), ("version", text("1.2"))]);
    map(&[("alg", text("sha256")), ("claim_generator_info", info)])
}

const AI: &str = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia";

fn created() -> Vec<u8> {
    let action = map(&[
        ("action", text("c2pa.created")),
        ("digitalSourceType", text(AI)),
    ]);
    map(&[("actions", list(&[action]))])
}

#[test]
fn reads_who_wrote_it_and_what_was_done() {
    let more = map(&[(
        "actions",
        list(&[
            map(&[("action", text("c2pa.edited"))]),
            map(&[("action", text("c2pa.edited"))]),
        ]),
    )]);
    let assertions = [
        assertion("c2pa.hash.data", &map(&[("exclusions", list(&[]))])),
        assertion("c2pa.actions.v2", &created()),
        assertion("c2pa.actions.v2__1", &more),
    ];
    let reading = read(&store(&[manifest("urn:c2pa:1", &assertions, &claim())]));
    assert_eq!(
        reading,
        Reading {
            manifests: 1,
            generator: Some("Painter 1.2".to_owned()),
            actions: vec!["c2pa.created".to_owned(), "c2pa.edited".to_owned()],
            digital_source_types: vec![AI.to_owned()],
            warnings: vec![],
        }
    );
}

#[test]
fn the_program_is_named_as_in_every_version_of_the_specification() {
    let info = map(&[("name", text("Painter"))]);
    for (claim, expected) in [
        (map(&[("claim_generator_info", list(&[info]))]), "Painter"),
        (
            map(&[("claim_generator", text("painter/1.2"))]),
            "painter/1.2",
        ),
    ] {
        let reading = read(&store(&[manifest("a", &[], &claim)]));
        assert_eq!(reading.generator.as_deref(), Some(expected));
    }
}

/// The store of a picture that was made from another one and says how.
fn with_ingredient(relationship: &str) -> Vec<u8> {
    let reference = map(&[("url", text("self#jumbf=/c2pa/urn:c2pa:first"))]);
    let ingredient = map(&[
        ("relationship", text(relationship)),
        ("activeManifest", reference),
    ]);
    store(&[
        manifest(
            "urn:c2pa:first",
            &[assertion("c2pa.actions", &created())],
            &claim(),
        ),
        manifest(
            "urn:c2pa:last",
            &[assertion("c2pa.ingredient.v3", &ingredient)],
            &claim(),
        ),
    ])
}

#[test]
fn a_picture_has_the_source_of_the_one_that_it_continues_and_not_that_of_its_parts() {
    let parent = read(&with_ingredient("parentOf"));
    assert_eq!((parent.manifests, parent.actions), (2, vec![]));
    assert_eq!(parent.digital_source_types, [AI]);
    let part = read(&with_ingredient("componentOf"));
    assert_eq!(part.digital_source_types, Vec::<String>::new());
}

#[test]
fn a_manifest_that_continues_itself_ends() {
    let reference = map(&[("url", text("self#jumbf=/c2pa/a"))]);
    let ingredient = map(&[
        ("relationship", text("parentOf")),
        ("c2pa_manifest", reference),
    ]);
    let assertions = [
        assertion("c2pa.ingredient", &ingredient),
        assertion("c2pa.actions", &created()),
    ];
    let reading = read(&store(&[manifest("a", &assertions, &claim())]));
    assert_eq!(reading.digital_source_types.len(), MAX_STATES);
}

#[test]
fn what_cannot_be_read_is_a_warning() {
    let message = |store: &[u8]| read(store).warnings[0].message.clone();
    for nothing in [
        &b""[..],
        b"\0\0\0\x08jumb",
        b"noise that is no box",
        &store(&[]),
    ] {
        assert_eq!(
            message(nothing),
            "The C2PA manifest store is broken: it holds no manifest."
        );
    }
    let empty = store(&[superbox(*b"c2ma", "a", &[])]);
    assert_eq!(
        message(&empty),
        "The C2PA manifest is broken: it holds no claim that can be read."
    );
    let whole = with_ingredient("parentOf");
    for length in 0..whole.len() {
        let _ = read(&whole[..length]);
    }
}

#[test]
fn what_is_kept_is_bounded() {
    let long = [vec![0x79, 0xFF, 0xFF], vec![b'x'; 0xFFFF]].concat();
    let actions: Vec<_> = (0..100)
        .map(|number| map(&[("action", text(&format!("c2pa.a{number}")))]))
        .collect();
    let actions = [vec![0x98, 100], actions.concat()].concat();
    let reading = read(&store(&[manifest(
        "a",
        &[assertion("c2pa.actions", &map(&[("actions", actions)]))],
        &map(&[("claim_generator", long)]),
    )]));
    assert_eq!(reading.actions.len(), MAX_ACTIONS);
    assert_eq!(
        reading.generator.map(|name| name.len()),
        Some(MAX_CHARACTERS)
    );
}
