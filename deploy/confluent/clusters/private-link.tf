# Confluent's side of Azure Private Link. Azure's side consists of private endpoints to the service aliases and a private
# DNS zone for the domain. outputs.tf has the values for both.

resource "confluent_network" "private_link" {
  count = var.private_link ? 1 : 0

  display_name     = "${var.name}-private-link"
  cloud            = "AZURE"
  region           = var.region
  connection_types = ["PRIVATELINK"]

  environment {
    id = confluent_environment.main.id
  }

  # The names of the brokers are only in the private zone, not in public DNS.
  dns_config {
    resolution = "PRIVATE"
  }

  lifecycle {
    prevent_destroy = true
  }
}

resource "confluent_private_link_access" "azure" {
  for_each = var.azure_subscription_ids

  display_name = "${var.name}-${each.value}"

  environment {
    id = confluent_environment.main.id
  }

  network {
    id = one(confluent_network.private_link[*].id)
  }

  azure {
    subscription = each.value
  }
}
