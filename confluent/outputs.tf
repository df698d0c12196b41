output "producer_service_account" {
  description = "Make its API key with: confluent api-key create --service-account <this> --resource <cluster>"
  value       = confluent_service_account.producer.id
}

output "consumer_service_account" {
  value = confluent_service_account.consumer.id
}

output "connector_service_account" {
  value = var.connector ? confluent_service_account.connector[0].id : null
}
