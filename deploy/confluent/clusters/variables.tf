variable "name" {
  description = "Name of the environment and of the cluster. The names of the other resources begin with it."
  type        = string
  default     = "darkroom"

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,30}$", var.name))
    error_message = "The name has to begin with a lower case letter and to consist of 2 to 31 lower case letters, digits and hyphens."
  }
}

variable "region" {
  description = "Azure region of the cluster. It should be the region of the applications."
  type        = string
  default     = "westeurope"

  validation {
    condition     = can(regex("^[a-z]+[0-9]?$", var.region))
    error_message = "The region has to be the name that Azure's tools use, such as westeurope."
  }
}

variable "cluster_type" {
  description = "Basic, Standard or Dedicated. Only a Dedicated cluster can have Private Link."
  type        = string
  default     = "Standard"

  validation {
    condition     = contains(["Basic", "Standard", "Dedicated"], var.cluster_type)
    error_message = "The cluster type has to be Basic, Standard or Dedicated."
  }
}

variable "zone_redundant" {
  description = "Whether the clusters are spread over three zones. This requires Standard or Dedicated clusters."
  type        = bool
  default     = false

  validation {
    condition     = !(var.zone_redundant && var.cluster_type == "Basic")
    error_message = "A Basic cluster is in one zone only. Set cluster_type to Standard or Dedicated, or zone_redundant to false."
  }
}

variable "cku" {
  description = "Size of a Dedicated cluster in Confluent units for Kafka (CKUs). The other types scale automatically."
  type        = number
  default     = 1

  validation {
    condition     = var.cku >= 1 && floor(var.cku) == var.cku
    error_message = "The number of CKUs has to be a whole number of at least 1."
  }

  validation {
    condition     = !(var.cluster_type == "Dedicated" && var.zone_redundant && var.cku < 2)
    error_message = "A Dedicated cluster in several zones needs at least 2 CKUs. Set cku."
  }
}

variable "private_link" {
  description = "Whether the cluster has no public endpoint and is reached through Azure Private Link."
  type        = bool
  default     = false

  validation {
    condition     = !var.private_link || var.cluster_type == "Dedicated"
    error_message = "These files support Private Link for Dedicated clusters only. Set cluster_type to Dedicated."
  }

  validation {
    condition     = !(var.private_link && var.backup_region != "")
    error_message = "These files link clusters over their public endpoints. With Private Link, leave backup_region empty, and set up the link as Confluent's documentation on private networking for Cluster Linking describes."
  }
}

variable "azure_subscription_ids" {
  description = "Ids of the Azure subscriptions whose private endpoints may connect. They are used with private_link only."
  type        = set(string)
  default     = []

  validation {
    condition     = alltrue([for id in var.azure_subscription_ids : can(regex("^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", id))])
    error_message = "Each of azure_subscription_ids has to be the id of a subscription, in lower case; `az account show --query id` prints it."
  }

  validation {
    condition     = (length(var.azure_subscription_ids) > 0) == var.private_link
    error_message = "With private_link, azure_subscription_ids needs at least one id. Without private_link it has no effect, so leave it empty."
  }
}

variable "backup_region" {
  description = "Azure region of a second cluster that has a copy of the topic. If it is empty, there is no second cluster. The second cluster is Dedicated, because a Basic or Standard cluster cannot be the destination of a cluster link."
  type        = string
  default     = ""

  validation {
    condition     = var.backup_region == "" || can(regex("^[a-z]+[0-9]?$", var.backup_region))
    error_message = "The backup region has to be the name that Azure's tools use, such as northeurope, or empty."
  }

  validation {
    condition     = var.backup_region == "" || var.backup_region != var.region
    error_message = "The backup has to be in another region than the cluster. Otherwise both are lost with the region."
  }
}

variable "backup_cku" {
  description = "Size of the backup cluster in CKUs. After a failover it has to handle the whole load."
  type        = number
  default     = 1

  validation {
    condition     = var.backup_cku >= (var.zone_redundant ? 2 : 1) && floor(var.backup_cku) == var.backup_cku
    error_message = "The number of CKUs of the backup has to be a whole number of at least 1, or of at least 2 with zone_redundant."
  }
}
