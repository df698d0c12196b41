use serde_json::json;

use super::*;

fn data() -> BindingData {
    let Value::Object(data) = json!({
        "name": "2026/a.jpg",
        "Offset": 12,
        "Key": null,
        "Metadata": {"Album": "Rome"},
        "sys": {"MethodName": "ProcessUpload"},
    }) else {
        unreachable!("the literal above is an object")
    };
    data
}

fn resolve(text: &str) -> Result<String, ExpressionError> {
    Template::parse(text)?.resolve(&data())
}

#[test]
fn expressions_name_what_the_trigger_knows() {
    for (text, expected) in [
        (
            "renditions/{name}/thumb.webp",
            "renditions/2026/a.jpg/thumb.webp",
        ),
        ("{Offset}", "12"),
        ("{NAME}", "2026/a.jpg"),
        ("{metadata.album}/{sys.methodname}", "Rome/ProcessUpload"),
        ("plain", "plain"),
        ("", ""),
    ] {
        assert_eq!(resolve(text).as_deref(), Ok(expected));
    }
}

#[test]
fn a_random_guid_is_new_every_time() {
    let two = resolve("{rand-guid}/{rand-guid}").unwrap();
    let (first, second) = two.split_once('/').unwrap();
    assert_eq!(first.len(), 36);
    assert_ne!(first, second);
}

#[test]
fn the_time_takes_a_dotnet_format() {
    let shape: String = resolve("{DateTime:yyyy/MM/dd HH-mm-ss}")
        .unwrap()
        .chars()
        .map(|letter| if letter.is_ascii_digit() { '0' } else { letter })
        .collect();
    assert_eq!(shape, "0000/00/00 00-00-00");
    assert!(resolve("{datetime}").unwrap().ends_with('Z'));
}

#[test]
fn what_has_no_value_is_named() {
    for expression in ["gone", "Key", "sys.gone", "name.gone"] {
        assert_eq!(
            resolve(&format!("a/{{{expression}}}")),
            Err(ExpressionError::MissingValue(expression.into()))
        );
    }
    assert_eq!(
        resolve("{Metadata}"),
        Err(ExpressionError::NotPlain("Metadata".into()))
    );
}

#[test]
fn braces_must_be_paired() {
    for text in ["{name", "name}", "{}", "{a{b}}"] {
        assert_eq!(
            Template::parse(text),
            Err(ExpressionError::UnpairedBrace(text.into()))
        );
    }
}

#[test]
fn settings_stand_between_percent_signs() {
    let lookup = |name: &str| (name == "Container").then_some("uploads");
    assert_eq!(
        resolve_settings("%Container%/{name}/%Container%", lookup).as_deref(),
        Ok("uploads/{name}/uploads")
    );
    assert_eq!(
        resolve_settings("%Gone%", lookup),
        Err(ExpressionError::MissingSetting("Gone".into()))
    );
    assert_eq!(
        resolve_settings("100%", lookup),
        Err(ExpressionError::UnpairedPercent("100%".into()))
    );
}
