variable "name" {
  description = "Name of the environment and of the cluster; the names of the other things begin with it."
  type        = string
  default     = "darkroom"

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,30}$", var.name))
    error_message = "The name has to begin with a lower case letter and to consist of 2 to 31 lower case letters, digits and hyphens."
  }
}

variable "region" {
  description = "Azure region of the cluster; the one of the applications."
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
  description = "Whether the clusters are spread over three zones; Standard and Dedicated only."
  type        = bool
  default     = false

  validation {
    condition     = !(var.zone_redundant && var.cluster_type == "Basic")
    error_message = "A Basic cluster lies in one zone. Take cluster_type Standard or Dedicated, or leave zone_redundant off."
  }
}

variable "cku" {
  description = "Size of a Dedicated cluster in Confluent units for Kafka; the other types size themselves."
  type        = number
  default     = 1

  validation {
    condition     = var.cku >= 1 && floor(var.cku) == var.cku
    error_message = "The number of CKUs has to be a whole number from 1."
  }

  validation {
    condition     = !(var.cluster_type == "Dedicated" && var.zone_redundant && var.cku < 2)
    error_message = "A Dedicated cluster in several zones needs 2 CKUs or more: set cku."
  }
}

variable "private_link" {
  description = "Whether the cluster has no public endpoint and is reached through Azure Private Link."
  type        = bool
  default     = false

  validation {
    condition     = !var.private_link || var.cluster_type == "Dedicated"
    error_message = "Private Link is made here for Dedicated clusters only. Set cluster_type to Dedicated."
  }

  validation {
    condition     = !(var.private_link && var.backup_region != "")
    error_message = "These files link clusters over their public endpoints. With Private Link, leave backup_region empty and set the link up as Confluent's page on private networking for Cluster Linking says."
  }
}

variable "azure_subscription_ids" {
  description = "Azure subscriptions whose private endpoints are let in; with private_link only."
  type        = set(string)
  default     = []

  validation {
    condition     = alltrue([for id in var.azure_subscription_ids : can(regex("^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", id))])
    error_message = "Each of azure_subscription_ids has to be the id of a subscription, in lower case; `az account show --query id` prints it."
  }

  validation {
    condition     = (length(var.azure_subscription_ids) > 0) == var.private_link
    error_message = "Private Link needs at least one of azure_subscription_ids, and without Private Link they let nobody in."
  }
}

variable "backup_region" {
  description = "Azure region of a second cluster that keeps a copy of the topic; empty for none. It is a Dedicated cluster, because Basic and Standard ones cannot be the destination of a cluster link."
  type        = string
  default     = ""

  validation {
    condition     = var.backup_region == "" || can(regex("^[a-z]+[0-9]?$", var.backup_region))
    error_message = "The backup region has to be the name that Azure's tools use, such as northeurope, or empty."
  }

  validation {
    condition     = var.backup_region == "" || var.backup_region != var.region
    error_message = "The backup has to lie in another region than the cluster, or it is lost with it."
  }
}

variable "backup_cku" {
  description = "Size of the backup cluster in CKUs. After a failover it has to carry everything."
  type        = number
  default     = 1

  validation {
    condition     = var.backup_cku >= (var.zone_redundant ? 2 : 1) && floor(var.backup_cku) == var.backup_cku
    error_message = "The number of CKUs of the backup has to be a whole number from 1, and from 2 with zone_redundant."
  }
}
