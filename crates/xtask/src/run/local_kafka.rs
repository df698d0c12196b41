//! Kafka without a password. The functions as shipped reach a broker over TLS with a user name; the
//! broker on this machine has neither.

use std::{fs, path::Path};

use anyhow::{Context, Result};
use serde_json::Value;

/// Properties that only brokers with passwords need.
const CREDENTIALS: [&str; 3] = ["authenticationMode", "username", "password"];

/// Rewrites the Kafka triggers of the app in `folder`, which must be a copy.
pub(super) fn use_plaintext(folder: &Path) -> Result<()> {
    for entry in fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let file = entry?.path().join("function.json");
        if file.is_file() {
            rewrite(&file).with_context(|| file.display().to_string())?;
        }
    }
    Ok(())
}

fn rewrite(file: &Path) -> Result<()> {
    let mut function: Value = serde_json::from_slice(&fs::read(file)?)?;
    let bindings = function["bindings"].as_array_mut().into_iter().flatten();
    let mut changed = false;
    for trigger in bindings.filter(|binding| binding["type"] == "kafkaTrigger") {
        let Some(properties) = trigger.as_object_mut() else {
            continue;
        };
        properties.retain(|name, _| !CREDENTIALS.contains(&name.as_str()));
        properties.insert("protocol".into(), "plaintext".into());
        changed = true;
    }
    if changed {
        fs::write(file, serde_json::to_string_pretty(&function)?)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn kafka_triggers_lose_their_password_and_nothing_else_changes() {
        let folder = tempfile::tempdir().unwrap();
        let path = |function: &str| folder.path().join(function).join("function.json");
        let kafka = json!({"bindings": [
            {
                "type": "kafkaTrigger", "name": "original", "topic": "%KAFKA_TOPIC%",
                "protocol": "saslSsl", "authenticationMode": "plain",
                "username": "%KAFKA_USERNAME%", "password": "%KAFKA_PASSWORD%",
            },
            {"type": "blob", "name": "thumb", "username": "not Kafka's"},
        ]});
        let blob = r#"{"bindings": [  {"type": "blobTrigger"}]}"#;
        for (function, text) in [("Kafka", kafka.to_string().as_str()), ("Blob", blob)] {
            fs::create_dir(folder.path().join(function)).unwrap();
            fs::write(path(function), text).unwrap();
        }
        use_plaintext(folder.path()).unwrap();

        let rewritten: Value = serde_json::from_slice(&fs::read(path("Kafka")).unwrap()).unwrap();
        let expected = json!({"bindings": [
            {
                "type": "kafkaTrigger", "name": "original", "topic": "%KAFKA_TOPIC%",
                "protocol": "plaintext",
            },
            {"type": "blob", "name": "thumb", "username": "not Kafka's"},
        ]});
        assert_eq!(rewritten, expected);
        assert_eq!(fs::read_to_string(path("Blob")).unwrap(), blob);
    }

    #[test]
    fn the_functions_as_shipped_name_a_user_and_a_password() {
        let shipped = crate::workspace::root().join("functions/ProcessMessage/function.json");
        let function: Value = serde_json::from_slice(&fs::read(shipped).unwrap()).unwrap();
        let trigger = &function["bindings"][0];
        assert_eq!(trigger["protocol"], "saslSsl");
        for property in CREDENTIALS {
            assert!(trigger[property].is_string(), "{property}");
        }
    }
}
