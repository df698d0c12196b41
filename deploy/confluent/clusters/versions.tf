# The environment, the Kafka clusters, their network and the service accounts: what Confluent Cloud's own API makes.
# What lies in the clusters is made by ../topics, with keys that exist only once this is there.
#
# No secret is in these files or in their state. The provider reads a Cloud API key of somebody who may make
# environments from the environment: CONFLUENT_CLOUD_API_KEY and CONFLUENT_CLOUD_API_SECRET.

terraform {
  # Values that are never written into a plan or a state came with 1.10, and what the tests use with 1.11.
  required_version = ">= 1.11"

  required_providers {
    confluent = {
      source  = "confluentinc/confluent"
      version = "2.60.0"
    }
  }

  # README.md makes the storage account. Where it is, is said with -backend-config.
  backend "azurerm" {
    container_name   = "confluent"
    key              = "clusters.tfstate"
    use_azuread_auth = true
  }
}

provider "confluent" {}
