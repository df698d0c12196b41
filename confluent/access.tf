# Each service account may do what its program does, and nothing else.

locals {
  producer  = "User:${confluent_service_account.producer.id}"
  consumer  = "User:${confluent_service_account.consumer.id}"
  connector = var.connector ? "User:${confluent_service_account.connector[0].id}" : ""

  # What a managed sink connector does besides reading: its own consumer group, and topics for results and errors.
  connector_rules = var.connector ? {
    describe-cluster = { type = "CLUSTER", name = "kafka-cluster", pattern = "LITERAL", operation = "DESCRIBE" }
    read-topic       = { type = "TOPIC", name = var.topic, pattern = "LITERAL", operation = "READ" }
    read-group       = { type = "GROUP", name = "connect-lcc-", pattern = "PREFIXED", operation = "READ" }
    create-success   = { type = "TOPIC", name = "success-lcc-", pattern = "PREFIXED", operation = "CREATE" }
    write-success    = { type = "TOPIC", name = "success-lcc-", pattern = "PREFIXED", operation = "WRITE" }
    create-error     = { type = "TOPIC", name = "error-lcc-", pattern = "PREFIXED", operation = "CREATE" }
    write-error      = { type = "TOPIC", name = "error-lcc-", pattern = "PREFIXED", operation = "WRITE" }
    create-dlq       = { type = "TOPIC", name = "dlq-lcc-", pattern = "PREFIXED", operation = "CREATE" }
    write-dlq        = { type = "TOPIC", name = "dlq-lcc-", pattern = "PREFIXED", operation = "WRITE" }
  } : {}
}

resource "confluent_kafka_acl" "producer" {
  for_each = toset(["WRITE", "DESCRIBE"])

  resource_type = "TOPIC"
  resource_name = confluent_kafka_topic.images.topic_name
  pattern_type  = "LITERAL"
  principal     = local.producer
  host          = "*"
  operation     = each.value
  permission    = "ALLOW"
}

resource "confluent_kafka_acl" "consumer_topic" {
  for_each = toset(["READ", "DESCRIBE"])

  resource_type = "TOPIC"
  resource_name = confluent_kafka_topic.images.topic_name
  pattern_type  = "LITERAL"
  principal     = local.consumer
  host          = "*"
  operation     = each.value
  permission    = "ALLOW"
}

# The group of function.json.
resource "confluent_kafka_acl" "consumer_group" {
  resource_type = "GROUP"
  resource_name = "darkroom"
  pattern_type  = "LITERAL"
  principal     = local.consumer
  host          = "*"
  operation     = "READ"
  permission    = "ALLOW"
}

resource "confluent_kafka_acl" "connector" {
  for_each = local.connector_rules

  resource_type = each.value.type
  resource_name = each.value.name
  pattern_type  = each.value.pattern
  principal     = local.connector
  host          = "*"
  operation     = each.value.operation
  permission    = "ALLOW"
}
