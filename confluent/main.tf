# What flow B needs in Confluent Cloud: the topic, one service account per program, and what each may do.
#
# No secret is in these files or in Terraform's state: API keys are made with the Confluent CLI (README.md), and the
# provider reads its own from the environment: CONFLUENT_CLOUD_API_KEY, CONFLUENT_CLOUD_API_SECRET, KAFKA_API_KEY,
# KAFKA_API_SECRET, KAFKA_REST_ENDPOINT and KAFKA_ID.

terraform {
  required_version = ">= 1.6"

  required_providers {
    confluent = {
      source  = "confluentinc/confluent"
      version = "~> 2.0"
    }
  }
}

provider "confluent" {}

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

resource "confluent_service_account" "producer" {
  display_name = "darkroom-producer"
  description  = "The web application of flow B: writes uploads to the topic."
}

resource "confluent_service_account" "consumer" {
  display_name = "darkroom-consumer"
  description  = "The function ProcessMessage: reads the topic."
}

resource "confluent_service_account" "connector" {
  count        = var.connector ? 1 : 0
  display_name = "darkroom-connector"
  description  = "The Azure Functions Sink Connector: reads the topic and calls ProcessSink."
}
