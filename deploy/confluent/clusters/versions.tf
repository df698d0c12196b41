# The environment, the Kafka clusters, their network and the service accounts, which Confluent Cloud's own API creates.
# ../topics creates what is in the clusters, with keys that can be created only after this step.
#
# No secret is in these files or in their state. The provider reads a Cloud API key from two environment variables,
# CONFLUENT_CLOUD_API_KEY and CONFLUENT_CLOUD_API_SECRET. The owner of the key needs the right to create environments.

terraform {
  # Terraform 1.10 introduced ephemeral values, and 1.11 what the tests use.
  required_version = ">= 1.11"

  required_providers {
    confluent = {
      source  = "confluentinc/confluent"
      version = "2.60.0"
    }
  }

  # README.md has the commands that create the storage account. -backend-config names it.
  backend "azurerm" {
    container_name   = "confluent"
    key              = "clusters.tfstate"
    use_azuread_auth = true
  }
}

provider "confluent" {}
