# The clusters: `terraform output -json topics` in ../clusters has these values.

variable "environment_id" {
  description = "Environment of the clusters."
  type        = string

  validation {
    condition     = startswith(var.environment_id, "env-")
    error_message = "The environment's id begins with env-; `confluent environment list` shows it."
  }
}

variable "accounts" {
  description = "Ids of the service accounts."
  type = object({
    producer  = string
    consumer  = string
    connector = string
    link      = string
  })

  validation {
    condition     = alltrue([for id in values(var.accounts) : startswith(id, "sa-")])
    error_message = "The id of a service account begins with sa-; `confluent iam service-account list` shows them."
  }
}

variable "primary" {
  description = "The cluster that the applications use."
  type = object({
    id                 = string
    rest_endpoint      = string
    bootstrap_endpoint = string
  })

  validation {
    condition     = startswith(var.primary.id, "lkc-") && startswith(var.primary.rest_endpoint, "https://")
    error_message = "The cluster's id begins with lkc- and its REST endpoint with https://; `confluent kafka cluster describe` shows both."
  }
}

variable "backup" {
  description = "The Dedicated cluster in another region that keeps a copy; null for none."
  type = object({
    id                 = string
    rest_endpoint      = string
    bootstrap_endpoint = string
  })
  default = null

  validation {
    condition     = var.backup == null || try(var.backup.id, "") != var.primary.id
    error_message = "The backup has to be another cluster than the primary one."
  }
}

# Keys, from the variables TF_VAR_…. README.md has the commands that create them.

variable "primary_api_key" {
  description = "API key of the account operator for the primary cluster."
  type        = string
  sensitive   = true
  ephemeral   = true
}

variable "primary_api_secret" {
  description = "Secret of primary_api_key."
  type        = string
  sensitive   = true
  ephemeral   = true
}

variable "backup_api_key" {
  description = "API key of the account operator for the backup cluster; with a backup only."
  type        = string
  default     = null
  sensitive   = true
  ephemeral   = true

  validation {
    condition     = (var.backup == null) == (var.backup_api_key == null)
    error_message = "A backup cluster needs an API key of its own in backup_api_key, and without a backup there is nothing that such a key opens."
  }
}

variable "backup_api_secret" {
  description = "Secret of backup_api_key."
  type        = string
  default     = null
  sensitive   = true
  ephemeral   = true

  validation {
    condition     = (var.backup_api_key == null) == (var.backup_api_secret == null)
    error_message = "An API key and its secret go together: set both backup_api_key and backup_api_secret, or neither."
  }
}

variable "link_credentials" {
  description = "API keys of the account link, one for each cluster; with a backup only. They are kept in the state."
  type = object({
    primary_key    = string
    primary_secret = string
    backup_key     = string
    backup_secret  = string
  })
  default   = null
  sensitive = true

  validation {
    condition     = (var.backup == null) == (var.link_credentials == null)
    error_message = "A backup cluster needs link_credentials, and without a backup there is no link to give them to."
  }
}

# The topic.

variable "topic" {
  description = "Name of the topic; the same as the app setting KAFKA_TOPIC."
  type        = string
  default     = "images"

  validation {
    condition     = can(regex("^[a-zA-Z0-9._-]{1,249}$", var.topic)) && !contains([".", ".."], var.topic)
    error_message = "A topic's name has 1 to 249 letters, digits, dots, underscores and hyphens."
  }
}

variable "events_topic" {
  description = "Name of the topic for image events; the same as the app setting KAFKA_EVENTS_TOPIC. Null if they go elsewhere."
  type        = string
  default     = null

  validation {
    condition     = var.events_topic == null || can(regex("^[a-zA-Z0-9._-]{1,249}$", var.events_topic)) && !contains([".", "..", var.topic], coalesce(var.events_topic, "."))
    error_message = "A topic's name has 1 to 249 letters, digits, dots, underscores and hyphens, and events have a topic of their own."
  }
}

variable "consumer_group" {
  description = "The consumer group of functions/ProcessMessage/function.json."
  type        = string
  default     = "darkroom"

  validation {
    condition     = var.consumer_group != ""
    error_message = "The consumer group has to have a name."
  }
}

variable "partitions" {
  description = "Most instances that can read at once. It can be raised and never lowered."
  type        = number
  default     = 12

  validation {
    condition     = var.partitions >= 1 && floor(var.partitions) == var.partitions
    error_message = "The number of partitions has to be a whole number from 1."
  }
}

variable "retention_days" {
  description = "Days that messages are kept; within them, everything can be read again. As long as the records live: retentionDays of the parameters in deploy/azure/."
  type        = number
  default     = 7

  validation {
    condition     = var.retention_days >= 1 && floor(var.retention_days) == var.retention_days
    error_message = "The retention has to be a whole number of days from 1."
  }
}

variable "max_message_bytes" {
  description = "Largest message; larger originals go by reference. 8388608 is the most that Basic and Standard clusters take, and 20971520 that Dedicated ones do."
  type        = number
  default     = 8388608

  validation {
    condition     = var.max_message_bytes >= 1048576 && var.max_message_bytes <= 20971520
    error_message = "The largest message has to have 1048576 to 20971520 bytes. The web application sends files up to 960 KiB inline."
  }
}

# The copy.

variable "offset_sync_milliseconds" {
  description = "How often the consumer group's offsets are copied to the backup. What is processed in between is read again after a failover, at the cost of a look-up each."
  type        = number
  default     = 30000

  validation {
    condition     = var.offset_sync_milliseconds >= 1000 && floor(var.offset_sync_milliseconds) == var.offset_sync_milliseconds
    error_message = "The offsets can be copied once a second, 1000, or less often."
  }
}

variable "mirror_status" {
  description = "ACTIVE copies the topic. FAILED_OVER, after the primary cluster was lost, and PROMOTED, after all was copied, make the copy a topic of its own that can be written to; the only way back from either is to create the copy again."
  type        = string
  default     = "ACTIVE"

  validation {
    condition     = contains(["ACTIVE", "PAUSED", "FAILED_OVER", "PROMOTED"], var.mirror_status)
    error_message = "The mirror topic can be ACTIVE, PAUSED, FAILED_OVER or PROMOTED."
  }
}

# The connector, in place of the Kafka trigger.

variable "connector" {
  description = "Whether Confluent's Azure Functions Sink Connector reads the topic: in the primary cluster, in the backup after a failover, or in none."
  type        = string
  default     = "none"

  validation {
    condition     = contains(["none", "primary", "backup"], var.connector)
    error_message = "The connector can be in none of the clusters, in the primary or in the backup."
  }

  validation {
    condition     = var.connector != "backup" || (var.backup != null && contains(["FAILED_OVER", "PROMOTED"], var.mirror_status))
    error_message = "A connector reads the backup only where there is one and after its copy took over: set mirror_status to FAILED_OVER or PROMOTED first."
  }
}

variable "function_url" {
  description = "Address of ProcessSink; with a connector only."
  type        = string
  default     = ""

  validation {
    condition     = var.connector == "none" || can(regex("^https://[^/?]+/api/ProcessSink$", var.function_url))
    error_message = "The connector needs the address of the function, https://HOST/api/ProcessSink, without a key."
  }
}

variable "function_key" {
  description = "A function key of ProcessSink's own; with a connector only. It is kept in the state."
  type        = string
  default     = ""
  sensitive   = true

  validation {
    condition     = (var.connector == "none") == (var.function_key == "")
    error_message = "The connector needs a function key, and without a connector nobody does."
  }
}

variable "connector_tasks" {
  description = "Requests that the connector makes at once; no more of them than partitions are of use."
  type        = number
  default     = 1

  validation {
    condition     = var.connector_tasks >= 1 && var.connector_tasks <= var.partitions && floor(var.connector_tasks) == var.connector_tasks
    error_message = "The number of tasks has to be a whole number from 1 to the number of partitions."
  }
}

variable "connector_batch" {
  description = "Most messages in one request. A request may have 100 MB, and base64 makes messages a third larger."
  type        = number
  default     = 1

  validation {
    condition     = var.connector_batch >= 1 && floor(var.connector_batch) == var.connector_batch && var.connector_batch * var.max_message_bytes * 4 / 3 <= 100000000
    error_message = "A batch of the largest messages, which base64 makes a third larger, has to fit into the 100 MB that Azure Functions takes in a request."
  }
}
