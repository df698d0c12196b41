# `terraform test` plans with mock providers, so it needs no account and no network.

mock_provider "confluent" {}

mock_provider "confluent" {
  alias = "backup"
}

variables {
  environment_id     = "env-1"
  accounts           = { producer = "sa-1", consumer = "sa-2", connector = "sa-3", link = "sa-4" }
  primary            = { id = "lkc-1", rest_endpoint = "https://pkc-1:443", bootstrap_endpoint = "SASL_SSL://pkc-1:9092" }
  primary_api_key    = "key"
  primary_api_secret = "secret"
}

# The two profiles.

run "development" {
  command = plan

  assert {
    condition     = confluent_kafka_topic.images.config["retention.ms"] == "604800000" && confluent_kafka_topic.images.partitions_count == 12
    error_message = "The topic does not keep messages for 7 days in 12 partitions."
  }

  assert {
    condition     = length(confluent_kafka_acl.primary) == 5 && length(confluent_kafka_acl.backup) == 0
    error_message = "Somebody may do more or less than producer and consumer have to."
  }

  assert {
    condition     = alltrue([for rule in values(confluent_kafka_acl.primary) : rule.permission == "ALLOW" && rule.resource_name != "*"])
    error_message = "A rule is about more than what it names."
  }

  assert {
    condition     = output.link_name == null && output.connector_id == null
    error_message = "There is a link or a connector that nobody asked for."
  }
}

run "production" {
  command = plan

  variables {
    backup            = { id = "lkc-2", rest_endpoint = "https://pkc-2:443", bootstrap_endpoint = "SASL_SSL://pkc-2:9092" }
    backup_api_key    = "key"
    backup_api_secret = "secret"
    link_credentials  = { primary_key = "a", primary_secret = "b", backup_key = "c", backup_secret = "d" }
  }

  assert {
    condition     = alltrue([for name in ["producer-topic-WRITE", "consumer-topic-READ", "consumer-group-READ"] : contains(keys(confluent_kafka_acl.backup), name)])
    error_message = "After a failover, the producer or the consumer would be refused."
  }

  assert {
    condition     = !anytrue([for name, rule in confluent_kafka_acl.primary : rule.principal == "User:sa-4" && contains(["WRITE", "ALTER", "CREATE"], rule.operation)])
    error_message = "The link may change something in the cluster that it copies."
  }

  assert {
    condition     = confluent_cluster_link.backup[0].config["consumer.offset.sync.enable"] == "true"
    error_message = "The consumer group's offsets are not copied."
  }

  assert {
    condition     = jsondecode(confluent_cluster_link.backup[0].config["consumer.offset.group.filters"]).groupFilters[0].name == "darkroom"
    error_message = "The offsets of another group are copied."
  }

  assert {
    condition     = confluent_kafka_mirror_topic.images[0].status == "ACTIVE" && confluent_kafka_mirror_topic.images[0].kafka_cluster[0].id == "lkc-2"
    error_message = "The topic is not copied to the backup."
  }
}

run "after_a_failover_by_connector" {
  command = plan

  variables {
    backup            = { id = "lkc-2", rest_endpoint = "https://pkc-2:443", bootstrap_endpoint = "SASL_SSL://pkc-2:9092" }
    backup_api_key    = "key"
    backup_api_secret = "secret"
    link_credentials  = { primary_key = "a", primary_secret = "b", backup_key = "c", backup_secret = "d" }
    mirror_status     = "FAILED_OVER"
    connector         = "backup"
    function_url      = "https://func.example.com/api/ProcessSink"
    function_key      = "key"
  }

  assert {
    condition     = confluent_connector.sink[0].kafka_cluster[0].id == "lkc-2"
    error_message = "The connector reads the cluster that was lost."
  }

  assert {
    condition     = length([for name, rule in confluent_kafka_acl.backup : rule if rule.principal == "User:sa-3"]) == 9
    error_message = "The connector may not do in the backup what it has to."
  }

  assert {
    condition     = confluent_connector.sink[0].config_nonsensitive["behavior.on.error"] == "fail" && confluent_connector.sink[0].config_nonsensitive["input.data.format"] == "BYTES"
    error_message = "The connector drops messages, or reads them as something other than bytes."
  }
}

# What is refused.

run "backup_without_keys" {
  command         = plan
  expect_failures = [var.backup_api_key, var.link_credentials]

  variables {
    backup = { id = "lkc-2", rest_endpoint = "https://pkc-2:443", bootstrap_endpoint = "SASL_SSL://pkc-2:9092" }
  }
}

run "keys_without_a_backup" {
  command         = plan
  expect_failures = [var.backup_api_key]

  variables {
    backup_api_key    = "key"
    backup_api_secret = "secret"
  }
}

run "key_without_its_secret" {
  command         = plan
  expect_failures = [var.backup_api_secret]

  variables {
    backup           = { id = "lkc-2", rest_endpoint = "https://pkc-2:443", bootstrap_endpoint = "SASL_SSL://pkc-2:9092" }
    backup_api_key   = "key"
    link_credentials = { primary_key = "a", primary_secret = "b", backup_key = "c", backup_secret = "d" }
  }
}

run "backup_that_is_the_primary" {
  command         = plan
  expect_failures = [var.backup]

  variables {
    backup            = { id = "lkc-1", rest_endpoint = "https://pkc-1:443", bootstrap_endpoint = "SASL_SSL://pkc-1:9092" }
    backup_api_key    = "key"
    backup_api_secret = "secret"
    link_credentials  = { primary_key = "a", primary_secret = "b", backup_key = "c", backup_secret = "d" }
  }
}

run "connector_that_reads_a_copy" {
  command         = plan
  expect_failures = [var.connector]

  variables {
    backup            = { id = "lkc-2", rest_endpoint = "https://pkc-2:443", bootstrap_endpoint = "SASL_SSL://pkc-2:9092" }
    backup_api_key    = "key"
    backup_api_secret = "secret"
    link_credentials  = { primary_key = "a", primary_secret = "b", backup_key = "c", backup_secret = "d" }
    connector         = "backup"
    function_url      = "https://func.example.com/api/ProcessSink"
    function_key      = "key"
  }
}

run "connector_without_its_key" {
  command         = plan
  expect_failures = [var.function_key]

  variables {
    connector    = "primary"
    function_url = "https://func.example.com/api/ProcessSink"
  }
}

run "key_in_the_address" {
  command         = plan
  expect_failures = [var.function_url]

  variables {
    connector    = "primary"
    function_url = "https://func.example.com/api/ProcessSink?code=secret"
    function_key = "key"
  }
}

run "batch_that_is_too_large" {
  command         = plan
  expect_failures = [var.connector_batch]

  variables {
    connector_batch = 10
  }
}

run "more_tasks_than_partitions" {
  command         = plan
  expect_failures = [var.connector_tasks]

  variables {
    connector_tasks = 13
  }
}

run "message_that_no_cluster_takes" {
  command         = plan
  expect_failures = [var.max_message_bytes]

  variables {
    max_message_bytes = 30000000
  }
}

run "image_events" {
  command = plan

  variables {
    events_topic      = "image-events"
    backup            = { id = "lkc-2", rest_endpoint = "https://pkc-2:443", bootstrap_endpoint = "SASL_SSL://pkc-2:9092" }
    backup_api_key    = "key"
    backup_api_secret = "secret"
    link_credentials  = { primary_key = "a", primary_secret = "b", backup_key = "c", backup_secret = "d" }
  }

  assert {
    condition     = confluent_kafka_topic.events[0].topic_name == "image-events" && confluent_kafka_topic.backup_events[0].topic_name == "image-events"
    error_message = "One of the clusters has no topic for image events."
  }

  assert {
    condition     = alltrue([for rules in [confluent_kafka_acl.primary, confluent_kafka_acl.backup] : rules["consumer-events-WRITE"].principal == "User:sa-2"])
    error_message = "The handler may not write its events."
  }
}

run "events_among_uploads" {
  command         = plan
  expect_failures = [var.events_topic]

  variables {
    events_topic = "images"
  }
}

run "account_by_its_name" {
  command         = plan
  expect_failures = [var.accounts]

  variables {
    accounts = { producer = "darkroom-producer", consumer = "sa-2", connector = "sa-3", link = "sa-4" }
  }
}

run "partitions_that_are_no_number_of_them" {
  command         = plan
  expect_failures = [var.partitions]

  variables {
    partitions      = 0.5
    connector_tasks = 0
  }
}

run "status_that_is_none" {
  command         = plan
  expect_failures = [var.mirror_status]

  variables {
    mirror_status = "STOPPED"
  }
}
