output "topics" {
  description = "The ids and endpoints that ../topics needs as variables. They contain no secret."
  value = {
    environment_id = confluent_environment.main.id
    accounts       = { for name, account in confluent_service_account.main : name => account.id }
    primary        = local.endpoints.primary
    backup         = lookup(local.endpoints, "backup", null)
  }
}

output "kafka_brokers" {
  description = "The value of the setting kafka.brokers in deploy/azure/prod.bicepparam."
  value       = local.brokers.primary
}

output "backup_kafka_brokers" {
  description = "The value of the same setting after a failover. It is null without a backup cluster."
  value       = lookup(local.brokers, "backup", null)
}

output "private_link" {
  description = "The values for Azure's side of Private Link: a private endpoint to the service alias of each zone, and a private DNS zone for the domain. The DNS zone has a record * with the addresses of all endpoints, and for each zone a record such as *.az1 with the address of its endpoint. It is null without Private Link."
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

  # The protocol is removed, because the applications add it themselves.
  brokers = { for name, endpoint in local.endpoints : name => trimprefix(endpoint.bootstrap_endpoint, "SASL_SSL://") }
}
