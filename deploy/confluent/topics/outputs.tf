output "link_name" {
  description = "Name of the cluster link, for `confluent kafka mirror`. It is null without a backup cluster."
  value       = one(confluent_cluster_link.backup[*].link_name)
}

output "connector_id" {
  description = "Id of the connector, for `confluent connect cluster`. It is null if there is no connector."
  value       = one(confluent_connector.sink[*].id)
}
