use serde_json::{Value, json};

use super::*;

fn binding(properties: &Value) -> Binding {
    let mut all = json!({
        "name": "original", "type": "kafkaTrigger", "topic": "images", "brokerList": "%Brokers%",
    });
    let (Value::Object(all), Value::Object(properties)) = (&mut all, properties) else {
        unreachable!("both are objects")
    };
    all.extend(properties.clone());
    Binding::read(all.clone()).unwrap()
}

fn config(properties: &Value, kafka: &Kafka) -> Result<ClientConfig, String> {
    let mut settings = Settings::default();
    for (name, value) in [
        ("Brokers", "b:9092"),
        ("User", "mia"),
        ("Password", "secret"),
    ] {
        settings.set_default(name, value.into());
    }
    let mut binding = binding(properties);
    binding.resolve_settings(&settings).unwrap();
    consumer_config(&binding, &settings, kafka)
}

#[track_caller]
fn assert_has(config: &ClientConfig, expected: &[(&str, &str)]) {
    for (name, value) in expected {
        assert_eq!(config.get(name), Some(*value), "{name}");
    }
}

#[test]
fn confluent_cloud_is_reached_with_a_password_over_tls() {
    let properties = json!({
        "protocol": "SaslSsl", "authenticationMode": "Plain",
        "username": "%User%", "password": "%Password%", "consumerGroup": "darkroom",
    });
    let config = config(&properties, &Kafka::default()).unwrap();
    assert_has(
        &config,
        &[
            ("bootstrap.servers", "b:9092"),
            ("security.protocol", "sasl_ssl"),
            ("sasl.mechanism", "PLAIN"),
            ("sasl.username", "mia"),
            ("sasl.password", "secret"),
            ("group.id", "darkroom"),
        ],
    );
}

#[test]
fn the_extension_s_defaults_hold() {
    let config = config(&json!({}), &Kafka::default()).unwrap();
    assert_has(
        &config,
        &[
            ("security.protocol", "plaintext"),
            ("group.id", "$Default"),
            ("auto.offset.reset", "earliest"),
            ("session.timeout.ms", "10000"),
            ("enable.auto.commit", "false"),
        ],
    );
    assert_eq!(config.get("sasl.mechanism"), None);
}

#[test]
fn a_setting_may_be_named_without_percent_signs() {
    let config = config(&json!({"brokerList": "Brokers"}), &Kafka::default()).unwrap();
    assert_has(&config, &[("bootstrap.servers", "b:9092")]);
}

#[test]
fn what_is_wrong_is_named() {
    let problem = |properties: Value| config(&properties, &Kafka::default()).unwrap_err();
    assert_eq!(
        problem(json!({"protocol": "carrier pigeon"})),
        "protocol is carrier pigeon, but must be one of notSet, plaintext, ssl, saslPlaintext, \
         saslSsl"
    );
    assert!(problem(json!({"protocol": "saslSsl"})).starts_with("authenticationMode is missing"));
    let anonymous = json!({"protocol": "saslSsl", "authenticationMode": "scramSha256"});
    assert!(problem(anonymous).starts_with("username is missing"));
    let kafka = Kafka {
        auto_offset_reset: "Never".into(),
        ..Kafka::default()
    };
    assert!(
        config(&json!({}), &kafka)
            .unwrap_err()
            .contains("Earliest or Latest")
    );
}

#[test]
fn only_a_whole_setting_names_the_brokers() {
    assert_eq!(setting_of_brokers(&binding(&json!({}))), Some("Brokers"));
    for list in ["b:9092", "%A%:%B%", "%%"] {
        assert_eq!(
            setting_of_brokers(&binding(&json!({"brokerList": list}))),
            None,
            "{list}"
        );
    }
}
