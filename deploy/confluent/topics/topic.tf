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

# The image events of the handler (docs/events.md). They are not copied: after a failover the handler writes to the same
# topic in the backup cluster, and sends every event that the first cluster did not acknowledge.

resource "confluent_kafka_topic" "events" {
  count = var.events_topic == null ? 0 : 1

  topic_name       = var.events_topic
  partitions_count = var.partitions
  config           = local.events_config

  lifecycle {
    prevent_destroy = true
  }
}

resource "confluent_kafka_topic" "backup_events" {
  provider = confluent.backup
  count    = var.events_topic == null ? 0 : length(local.backup)

  topic_name       = var.events_topic
  partitions_count = var.partitions
  config           = local.events_config

  lifecycle {
    prevent_destroy = true
  }
}

locals {
  events_config = {
    "cleanup.policy"      = "delete"
    "retention.ms"        = tostring(var.retention_days * 24 * 60 * 60 * 1000)
    "min.insync.replicas" = "2"
  }
}
