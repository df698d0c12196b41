locals {
  availability = var.zone_redundant ? "MULTI_ZONE" : "SINGLE_ZONE"
  with_backup  = var.backup_region != ""
}

resource "confluent_environment" "main" {
  display_name = var.name

  lifecycle {
    prevent_destroy = true
  }
}

resource "confluent_kafka_cluster" "primary" {
  display_name = var.name
  availability = local.availability
  cloud        = "AZURE"
  region       = var.region

  environment {
    id = confluent_environment.main.id
  }

  dynamic "basic" {
    for_each = var.cluster_type == "Basic" ? [1] : []
    content {}
  }

  dynamic "standard" {
    for_each = var.cluster_type == "Standard" ? [1] : []
    content {}
  }

  dynamic "dedicated" {
    for_each = var.cluster_type == "Dedicated" ? [1] : []
    content {
      cku = var.cku
    }
  }

  dynamic "network" {
    for_each = confluent_network.private_link
    content {
      id = network.value.id
    }
  }

  lifecycle {
    # Destroying a cluster would delete its topics.
    prevent_destroy = true
  }
}

resource "confluent_kafka_cluster" "backup" {
  count = local.with_backup ? 1 : 0

  display_name = "${var.name}-backup"
  availability = local.availability
  cloud        = "AZURE"
  region       = var.backup_region

  environment {
    id = confluent_environment.main.id
  }

  dedicated {
    cku = var.backup_cku
  }

  lifecycle {
    prevent_destroy = true
  }
}
