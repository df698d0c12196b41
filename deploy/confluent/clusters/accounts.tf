# One service account for each program. ../topics/access.tf has their rights in the clusters.

locals {
  accounts = {
    producer  = "The web application of flow B: writes uploads to the topic."
    consumer  = "The function ProcessMessage: reads the topic."
    connector = "The Azure Functions Sink Connector: reads the topic and calls ProcessSink."
    link      = "The cluster link: copies the topic and the consumer group's offsets to the backup."
    operator  = "Whoever applies ../topics: makes topics and access rules in both clusters."
  }

  administered = merge(
    { primary = confluent_kafka_cluster.primary },
    local.with_backup ? { backup = confluent_kafka_cluster.backup[0] } : {},
  )
}

resource "confluent_service_account" "main" {
  for_each = local.accounts

  display_name = "${var.name}-${each.key}"
  description  = each.value
}

resource "confluent_role_binding" "operator" {
  for_each = local.administered

  principal   = "User:${confluent_service_account.main["operator"].id}"
  role_name   = "CloudClusterAdmin"
  crn_pattern = each.value.rbac_crn
}
