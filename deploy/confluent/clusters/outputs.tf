output "topics" {
  description = "The variables of ../topics that say where to work. It holds no secret."
  value = {
    environment_id = confluent_environment.main.id
    accounts       = { for name, account in confluent_service_account.main : name => account.id }
    primary        = local.endpoints.primary
    backup         = lookup(local.endpoints, "backup", null)
  }
}

output "kafka_brokers" {
  description = "The setting kafka.brokers of deploy/azure/prod.bicepparam."
  value       = local.brokers.primary
}

output "backup_kafka_brokers" {
  description = "The same after a failover; null without a backup."
  value       = lookup(local.brokers, "backup", null)
}

output "private_link" {
  description = "What Azure needs: a private endpoint to each zone's service alias, and a private DNS zone of the domain with a record * for all endpoints and a record *.az for each zone's own. Null without Private Link."
  value = var.private_link ? {
    service_aliases  = one(confluent_network.private_link[0].azure[*].private_link_service_aliases)
    dns_domain       = confluent_network.private_link[0].dns_domain
    zonal_subdomains = confluent_network.private_link[0].zonal_subdomains
    brokers          = local.brokers.primary
    ports            = [443, 9092]
  } : null
}

locals {
  endpoints = {
    for name, cluster in local.administered : name => {
      id                 = cluster.id
      rest_endpoint      = cluster.rest_endpoint
      bootstrap_endpoint = cluster.bootstrap_endpoint
    }
  }

  # Without the protocol, which the applications add themselves.
  brokers = { for name, endpoint in local.endpoints : name => trimprefix(endpoint.bootstrap_endpoint, "SASL_SSL://") }
}
