# The connector's key converter is fixed, so it always reads keys as text. Values are bytes, which it sends as base64. It
# does not send headers.

resource "confluent_connector" "sink" {
  count = var.connector == "none" ? 0 : 1

  environment {
    id = var.environment_id
  }

  kafka_cluster {
    id = var.connector == "backup" ? var.backup.id : var.primary.id
  }

  config_sensitive = {
    "function.key" = var.function_key
  }

  config_nonsensitive = {
    "name"                     = "darkroom-azure-functions"
    "connector.class"          = "AzureFunctionsSink"
    "kafka.auth.mode"          = "SERVICE_ACCOUNT"
    "kafka.service.account.id" = var.accounts.connector
    "topics"                   = var.topic
    "input.data.format"        = "BYTES"
    "function.url"             = var.function_url
    "max.batch.size"           = tostring(var.connector_batch)
    "tasks.max"                = tostring(var.connector_tasks)
    # The other value, `log`, drops messages that fail.
    "behavior.on.error" = "fail"
    # After 429 (throttling) and 502 (bad gateway), the connector tries again without a limit.
    "retry.timeout" = "-1"
  }

  depends_on = [confluent_kafka_acl.primary, confluent_kafka_acl.backup, confluent_kafka_topic.images]
}
