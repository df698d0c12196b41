resource "confluent_kafka_topic" "images" {
  topic_name       = var.topic
  partitions_count = var.partitions

  # The replication factor is Confluent Cloud's own, 3, and cannot be chosen.
  config = {
    "cleanup.policy"      = "delete"
    "retention.ms"        = tostring(var.retention_days * 24 * 60 * 60 * 1000)
    "max.message.bytes"   = tostring(var.max_message_bytes)
    "min.insync.replicas" = "2"
  }

  lifecycle {
    # A topic that is destroyed takes its messages with it.
    prevent_destroy = true
  }
}
