# `terraform test` plans with a mock provider, so it needs no account and no network.

mock_provider "confluent" {
  override_during = plan

  mock_resource "confluent_kafka_cluster" {
    defaults = {
      id                 = "lkc-mock"
      rbac_crn           = "crn://confluent.cloud/organization=mock/environment=env-mock/cloud-cluster=lkc-mock"
      rest_endpoint      = "https://pkc-mock.westeurope.azure.confluent.cloud:443"
      bootstrap_endpoint = "SASL_SSL://pkc-mock.westeurope.azure.confluent.cloud:9092"
    }
  }

  mock_resource "confluent_network" {
    defaults = {
      id               = "n-mock"
      dns_domain       = "mock.westeurope.azure.confluent.cloud"
      zonal_subdomains = { "1" = "az1.mock.westeurope.azure.confluent.cloud" }
    }
  }
}

# The two profiles.

run "development" {
  command = plan

  variables {
    cluster_type = "Basic"
  }

  assert {
    condition     = length(confluent_kafka_cluster.primary.basic) == 1 && length(confluent_kafka_cluster.primary.dedicated) == 0
    error_message = "The cluster is not a Basic one."
  }

  assert {
    condition     = confluent_kafka_cluster.primary.availability == "SINGLE_ZONE" && length(confluent_kafka_cluster.backup) == 0
    error_message = "The development profile has more than one cluster in one zone."
  }

  assert {
    condition     = output.kafka_brokers == "pkc-mock.westeurope.azure.confluent.cloud:9092"
    error_message = "kafka.brokers is not a host and a port."
  }

  assert {
    condition     = output.topics.backup == null && output.private_link == null
    error_message = "There is a backup or a private link that nobody asked for."
  }
}

run "production" {
  command = plan

  variables {
    zone_redundant = true
    backup_region  = "northeurope"
    backup_cku     = 2
  }

  assert {
    condition     = length(confluent_kafka_cluster.primary.standard) == 1 && confluent_kafka_cluster.primary.availability == "MULTI_ZONE"
    error_message = "The cluster is not a Standard one in several zones."
  }

  assert {
    condition     = confluent_kafka_cluster.backup[0].dedicated[0].cku == 2 && confluent_kafka_cluster.backup[0].region == "northeurope"
    error_message = "The backup is not a Dedicated cluster in the other region."
  }

  assert {
    condition     = toset(keys(confluent_role_binding.operator)) == toset(["primary", "backup"])
    error_message = "The operator does not administer both clusters."
  }

  assert {
    condition     = output.topics.backup.id == "lkc-mock" && length(output.topics.accounts) == 5
    error_message = "The next step does not learn of the backup and the accounts."
  }
}

run "private_link" {
  command = plan

  variables {
    cluster_type           = "Dedicated"
    private_link           = true
    azure_subscription_ids = ["00000000-0000-0000-0000-00000000000a"]
  }

  assert {
    condition     = length(confluent_kafka_cluster.primary.network) == 1 && length(confluent_private_link_access.azure) == 1
    error_message = "The cluster is not in the network, or the subscription is not let in."
  }

  assert {
    condition     = output.private_link.dns_domain == "mock.westeurope.azure.confluent.cloud" && contains(output.private_link.ports, 9092)
    error_message = "Azure does not learn what to make its endpoints and names of."
  }
}

# What is refused.

run "private_link_of_a_standard_cluster" {
  command         = plan
  expect_failures = [var.private_link]

  variables {
    private_link           = true
    azure_subscription_ids = ["00000000-0000-0000-0000-00000000000a"]
  }
}

run "private_link_with_a_backup" {
  command         = plan
  expect_failures = [var.private_link]

  variables {
    cluster_type           = "Dedicated"
    private_link           = true
    azure_subscription_ids = ["00000000-0000-0000-0000-00000000000a"]
    backup_region          = "northeurope"
  }
}

run "private_link_that_lets_nobody_in" {
  command         = plan
  expect_failures = [var.azure_subscription_ids]

  variables {
    cluster_type = "Dedicated"
    private_link = true
  }
}

run "subscription_that_is_none" {
  command         = plan
  expect_failures = [var.azure_subscription_ids]

  variables {
    cluster_type           = "Dedicated"
    private_link           = true
    azure_subscription_ids = ["my subscription"]
  }
}

run "backup_in_the_same_region" {
  command         = plan
  expect_failures = [var.backup_region]

  variables {
    backup_region = "westeurope"
  }
}

run "backup_too_small_for_zones" {
  command         = plan
  expect_failures = [var.backup_cku]

  variables {
    zone_redundant = true
    backup_region  = "northeurope"
  }
}

run "basic_in_several_zones" {
  command         = plan
  expect_failures = [var.zone_redundant]

  variables {
    cluster_type   = "Basic"
    zone_redundant = true
  }
}

run "dedicated_too_small_for_zones" {
  command         = plan
  expect_failures = [var.cku]

  variables {
    cluster_type   = "Dedicated"
    zone_redundant = true
    backup_cku     = 2
  }
}

run "type_that_is_none" {
  command         = plan
  expect_failures = [var.cluster_type]

  variables {
    cluster_type = "Freight"
  }
}

run "region_by_its_display_name" {
  command         = plan
  expect_failures = [var.region]

  variables {
    region = "West Europe"
  }
}
