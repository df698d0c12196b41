use super::*;

fn settings(pairs: &[(&str, &str)]) -> Result<Settings, SettingsError> {
    Settings::from_lookup(|key| {
        pairs
            .iter()
            .find(|(name, _)| *name == key)
            .map(|(_, value)| (*value).to_owned())
    })
}

#[test]
fn without_authentication_only_this_machine_is_served() {
    let local = settings(&[("DARKROOM_AUTH", "none")]).unwrap();
    assert_eq!(local.address().to_string(), "127.0.0.1:8080");
    let azure = settings(&[("WEBSITE_AUTH_ENABLED", "True"), ("WEBSITES_PORT", "80")]).unwrap();
    assert_eq!(azure.address().to_string(), "0.0.0.0:80");
}

#[test]
fn headers_are_trusted_only_where_the_platform_sets_them() {
    assert_eq!(settings(&[]), Err(SettingsError::Unprotected));
    assert_eq!(
        settings(&[("WEBSITE_AUTH_ENABLED", "False")]),
        Err(SettingsError::Unprotected)
    );
}

#[test]
fn a_quota_is_a_positive_number_or_absent() {
    let of = |value| settings(&[("DARKROOM_AUTH", "none"), ("DARKROOM_QUOTA_MB", value)]);
    assert_eq!(of("").unwrap().quota_mb, None);
    assert_eq!(of("250").unwrap().quota_mb, NonZeroU64::new(250));
    for bad in ["0", "-1", "1.5", "none"] {
        let error = of(bad).unwrap_err().to_string();
        assert!(error.contains("DARKROOM_QUOTA_MB"), "{error}");
    }
}

#[test]
fn names_the_setting_and_its_value() {
    let error = settings(&[("DARKROOM_FLOWS", "blob,post")]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the setting DARKROOM_FLOWS is \"blob,post\": it must be blob or kafka"
    );
    let error = settings(&[("DARKROOM_SECRET", "short")]).unwrap_err();
    assert!(!error.to_string().contains("short"), "{error}");
    let reference = "@Microsoft.KeyVault(SecretUri=https://vault/secrets/form)";
    let error = settings(&[("DARKROOM_SECRET", reference)]).unwrap_err();
    assert!(error.to_string().contains("not resolved"), "{error}");
}

#[cfg(feature = "kafka")]
#[test]
fn kafka_is_reached_by_name_and_password_wherever_others_may_listen() {
    let local = [("DARKROOM_AUTH", "none"), ("DARKROOM_FLOWS", "kafka")];
    assert_eq!(settings(&local), Err(SettingsError::NoBrokers));
    let azure = [
        ("WEBSITE_AUTH_ENABLED", "True"),
        ("DARKROOM_FLOWS", "kafka"),
        ("KAFKA_BROKERS", "broker:9092"),
    ];
    assert_eq!(settings(&azure), Err(SettingsError::NoKafkaUser));
    let named = [&azure[..], &[("KAFKA_USERNAME", "web")]].concat();
    assert!(settings(&named).is_ok());
}
