resource "confluent_kafka_topic" "images" {
  topic_name       = var.topic
  partitions_count = var.partitions

  # The replication factor of Confluent Cloud is 3 and cannot be changed.
  config = {
    "cleanup.policy"      = "delete"
    "retention.ms"        = tostring(var.retention_days * 24 * 60 * 60 * 1000)
    "max.message.bytes"   = tostring(var.max_message_bytes)
    "min.insync.replicas" = "2"
  }

  lifecycle {
    # Destroying a topic would delete its messages.
    prevent_destroy = true
  }
}
