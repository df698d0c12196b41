# Each service account has only the rights that its program needs. Both clusters have the same rules from the start, so
# that nothing has to be allowed while a region is unavailable. The link could copy the rules, but it would also copy those
# of all other users.

locals {
  # The rights of the programs. The keys are names that only these files use.
  rules = merge(
    { for operation in ["WRITE", "DESCRIBE"] :
      "producer-topic-${operation}" => { account = "producer", type = "TOPIC", name = var.topic, pattern = "LITERAL", operation = operation }
    },
    { for operation in ["READ", "DESCRIBE"] :
      "consumer-topic-${operation}" => { account = "consumer", type = "TOPIC", name = var.topic, pattern = "LITERAL", operation = operation }
    },
    {
      "consumer-group-READ" = { account = "consumer", type = "GROUP", name = var.consumer_group, pattern = "LITERAL", operation = "READ" }
    },
    var.events_topic == null ? {} : local.events_rules,
    var.connector == "none" ? {} : local.connector_rules,
  )

  # The handler writes its events as the user with which it reads uploads.
  events_rules = { for operation in ["WRITE", "DESCRIBE"] :
    "consumer-events-${operation}" => { account = "consumer", type = "TOPIC", name = var.events_topic, pattern = "LITERAL", operation = operation }
  }

  # A managed sink connector also needs its own consumer group, and topics for results and errors.
  connector_rules = merge(
    {
      "connector-cluster-DESCRIBE" = { account = "connector", type = "CLUSTER", name = "kafka-cluster", pattern = "LITERAL", operation = "DESCRIBE" }
      "connector-topic-READ"       = { account = "connector", type = "TOPIC", name = var.topic, pattern = "LITERAL", operation = "READ" }
      "connector-group-READ"       = { account = "connector", type = "GROUP", name = "connect-lcc-", pattern = "PREFIXED", operation = "READ" }
    },
    { for pair in setproduct(["success", "error", "dlq"], ["CREATE", "WRITE"]) :
      "connector-${pair[0]}-${pair[1]}" => { account = "connector", type = "TOPIC", name = "${pair[0]}-lcc-", pattern = "PREFIXED", operation = pair[1] }
    },
  )

  # The link reads the topic, its settings and the group's offsets in the primary cluster.
  link_source_rules = merge(
    { for operation in ["READ", "DESCRIBE", "DESCRIBE_CONFIGS"] :
      "link-topic-${operation}" => { account = "link", type = "TOPIC", name = var.topic, pattern = "LITERAL", operation = operation }
    },
    { for operation in ["READ", "DESCRIBE"] :
      "link-group-${operation}" => { account = "link", type = "GROUP", name = var.consumer_group, pattern = "LITERAL", operation = operation }
    },
  )

  # It creates itself and the copy in the backup cluster, which needs the right to alter the cluster.
  link_destination_rules = {
    "link-cluster-ALTER" = { account = "link", type = "CLUSTER", name = "kafka-cluster", pattern = "LITERAL", operation = "ALTER" }
    "link-topic-CREATE"  = { account = "link", type = "TOPIC", name = var.topic, pattern = "LITERAL", operation = "CREATE" }
  }
}

resource "confluent_kafka_acl" "primary" {
  for_each = merge(local.rules, var.backup == null ? {} : local.link_source_rules)

  resource_type = each.value.type
  resource_name = each.value.name
  pattern_type  = each.value.pattern
  principal     = "User:${var.accounts[each.value.account]}"
  host          = "*"
  operation     = each.value.operation
  permission    = "ALLOW"
}

resource "confluent_kafka_acl" "backup" {
  provider = confluent.backup
  for_each = var.backup == null ? {} : merge(local.rules, local.link_destination_rules)

  resource_type = each.value.type
  resource_name = each.value.name
  pattern_type  = each.value.pattern
  principal     = "User:${var.accounts[each.value.account]}"
  host          = "*"
  operation     = each.value.operation
  permission    = "ALLOW"
}
