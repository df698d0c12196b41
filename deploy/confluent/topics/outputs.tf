output "link_name" {
  description = "Name of the cluster link, for `confluent kafka mirror`; null without a backup."
  value       = one(confluent_cluster_link.backup[*].link_name)
}

output "connector_id" {
  description = "Id of the connector, for `confluent connect cluster`; null without one."
  value       = one(confluent_connector.sink[*].id)
}
