# The copy of the topic in another region. The link belongs to the backup cluster, which fetches the messages. So the link
# still exists after the loss of the primary region.

locals {
  backup = var.backup == null ? [] : [var.backup]
}

resource "confluent_cluster_link" "backup" {
  count = length(local.backup)

  link_name = "darkroom-backup"
  link_mode = "DESTINATION"

  source_kafka_cluster {
    id                 = var.primary.id
    bootstrap_endpoint = var.primary.bootstrap_endpoint
    credentials {
      key    = var.link_credentials.primary_key
      secret = var.link_credentials.primary_secret
    }
  }

  destination_kafka_cluster {
    id            = var.backup.id
    rest_endpoint = var.backup.rest_endpoint
    credentials {
      key    = var.link_credentials.backup_key
      secret = var.link_credentials.backup_secret
    }
  }

  config = {
    "consumer.offset.sync.enable" = "true"
    "consumer.offset.sync.ms"     = tostring(var.offset_sync_milliseconds)
    # The group of the Kafka trigger. A connector has another group in each cluster, so there is nothing to copy for it.
    "consumer.offset.group.filters" = jsonencode({
      groupFilters = [{ name = var.consumer_group, patternType = "LITERAL", filterType = "INCLUDE" }]
    })
    # Both clusters have their rules from access.tf.
    "acl.sync.enable" = "false"
  }

  depends_on = [confluent_kafka_acl.primary, confluent_kafka_acl.backup]

  lifecycle {
    prevent_destroy = true
  }
}

resource "confluent_kafka_mirror_topic" "images" {
  count = length(local.backup)

  status = var.mirror_status

  source_kafka_topic {
    topic_name = confluent_kafka_topic.images.topic_name
  }

  cluster_link {
    link_name = confluent_cluster_link.backup[count.index].link_name
  }

  kafka_cluster {
    id            = var.backup.id
    rest_endpoint = var.backup.rest_endpoint
    credentials {
      key    = var.link_credentials.backup_key
      secret = var.link_credentials.backup_secret
    }
  }

  lifecycle {
    prevent_destroy = true
  }
}
