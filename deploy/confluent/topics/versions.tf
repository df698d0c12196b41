# The contents of the clusters that ../clusters creates: the topic, the access rules, the copy in the backup cluster, and
# the sink connector.
#
# The keys that administer the clusters are ephemeral: Terraform writes them neither into a plan nor into the state. Three
# secrets are in the state, because the provider accepts them in no other way: the two of the cluster link, which may only
# copy the topic, and the function key of the connector. So the backend is encrypted, and access with keys is turned off.

terraform {
  required_version = ">= 1.11"

  required_providers {
    confluent = {
      source  = "confluentinc/confluent"
      version = "2.60.0"
    }
  }

  backend "azurerm" {
    container_name   = "confluent"
    key              = "topics.tfstate"
    use_azuread_auth = true
  }
}

provider "confluent" {
  kafka_id            = var.primary.id
  kafka_rest_endpoint = var.primary.rest_endpoint
  kafka_api_key       = var.primary_api_key
  kafka_api_secret    = var.primary_api_secret
}

provider "confluent" {
  alias               = "backup"
  kafka_id            = one(local.backup[*].id)
  kafka_rest_endpoint = one(local.backup[*].rest_endpoint)
  kafka_api_key       = var.backup_api_key
  kafka_api_secret    = var.backup_api_secret
}
