# The clusters. `terraform output -json topics` in ../clusters prints these values.

variable "environment_id" {
  description = "Id of the environment that contains the clusters."
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
  description = "The Dedicated cluster in another region that has a copy of the topic. It is null if there is none."
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

# The keys. They are read from the environment variables TF_VAR_…. README.md has the commands that create them.

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
  description = "API key of the account operator for the backup cluster. It is used with a backup cluster only."
  type        = string
  default     = null
  sensitive   = true
  ephemeral   = true

  validation {
    condition     = (var.backup == null) == (var.backup_api_key == null)
    error_message = "With a backup cluster, backup_api_key has to be an API key for it. Without a backup cluster, backup_api_key has to be null."
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
    error_message = "An API key needs its secret. Set both backup_api_key and backup_api_secret, or neither."
  }
}

variable "link_credentials" {
  description = "API keys of the account link, one for each cluster. They are used with a backup cluster only, and are stored in the state."
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
    error_message = "With a backup cluster, link_credentials has to be set. Without a backup cluster there is no link, so link_credentials has to be null."
  }
}

# The topic.

variable "topic" {
  description = "Name of the topic. It has to be the same as the app setting KAFKA_TOPIC."
  type        = string
  default     = "images"

  validation {
    condition     = can(regex("^[a-zA-Z0-9._-]{1,249}$", var.topic)) && !contains([".", ".."], var.topic)
    error_message = "A topic's name has 1 to 249 letters, digits, dots, underscores and hyphens."
  }
}

variable "events_topic" {
  description = "Name of the topic for image events. It has to be the same as the app setting KAFKA_EVENTS_TOPIC. It is null if image events do not go to Kafka."
  type        = string
  default     = null

  validation {
    condition     = var.events_topic == null || can(regex("^[a-zA-Z0-9._-]{1,249}$", var.events_topic)) && !contains([".", "..", var.topic], coalesce(var.events_topic, "."))
    error_message = "The name of the topic for image events has to have 1 to 249 letters, digits, dots, underscores and hyphens, and must differ from topic."
  }
}

variable "consumer_group" {
  description = "The consumer group. It has to be the one in functions/ProcessMessage/function.json."
  type        = string
  default     = "darkroom"

  validation {
    condition     = var.consumer_group != ""
    error_message = "The name of the consumer group must not be empty."
  }
}

variable "partitions" {
  description = "The number of partitions, which is the maximum number of instances that can read at the same time. It can be increased, but never decreased."
  type        = number
  default     = 12

  validation {
    condition     = var.partitions >= 1 && floor(var.partitions) == var.partitions
    error_message = "The number of partitions has to be a whole number of at least 1."
  }
}

variable "retention_days" {
  description = "The number of days that messages are kept and can be read again. It should be the same as retentionDays in the parameters of deploy/azure/."
  type        = number
  default     = 7

  validation {
    condition     = var.retention_days >= 1 && floor(var.retention_days) == var.retention_days
    error_message = "The retention has to be a whole number of days of at least 1."
  }
}

variable "max_message_bytes" {
  description = "The maximum size of a message in bytes. Larger originals are sent by reference. The limit is 8388608 for Basic and Standard clusters, and 20971520 for Dedicated ones."
  type        = number
  default     = 8388608

  validation {
    condition     = var.max_message_bytes >= 1048576 && var.max_message_bytes <= 20971520
    error_message = "The maximum size of a message has to be from 1048576 to 20971520 bytes. The web application sends files of up to 960 KiB inside the message."
  }
}

# The copy of the topic in the backup cluster.

variable "offset_sync_milliseconds" {
  description = "The interval in milliseconds at which the offsets of the consumer group are copied to the backup. Messages that were processed since the last copy are read again after a failover. Each of them costs one look-up of its record."
  type        = number
  default     = 30000

  validation {
    condition     = var.offset_sync_milliseconds >= 1000 && floor(var.offset_sync_milliseconds) == var.offset_sync_milliseconds
    error_message = "The interval has to be a whole number of at least 1000 milliseconds."
  }
}

variable "mirror_status" {
  description = "The state of the copy. ACTIVE copies the topic, and PAUSED pauses this. FAILED_OVER, for the loss of the primary cluster, and PROMOTED, which copies the remaining messages first, make the copy an independent topic that can be written to. After either of them, the only way back is to create the copy again."
  type        = string
  default     = "ACTIVE"

  validation {
    condition     = contains(["ACTIVE", "PAUSED", "FAILED_OVER", "PROMOTED"], var.mirror_status)
    error_message = "The mirror topic can be ACTIVE, PAUSED, FAILED_OVER or PROMOTED."
  }
}

# The connector, which can be used instead of the Kafka trigger.

variable "connector" {
  description = "The cluster in which Confluent's Azure Functions Sink Connector reads the topic: primary, backup after a failover, or none."
  type        = string
  default     = "none"

  validation {
    condition     = contains(["none", "primary", "backup"], var.connector)
    error_message = "The connector has to be none, primary or backup."
  }

  validation {
    condition     = var.connector != "backup" || (var.backup != null && contains(["FAILED_OVER", "PROMOTED"], var.mirror_status))
    error_message = "The connector can read the backup cluster only if there is one, and only after a failover. First set mirror_status to FAILED_OVER or PROMOTED."
  }
}

variable "function_url" {
  description = "Address of the function ProcessSink. It is used with a connector only."
  type        = string
  default     = ""

  validation {
    condition     = var.connector == "none" || can(regex("^https://[^/?]+/api/ProcessSink$", var.function_url))
    error_message = "The connector needs the address of the function, https://HOST/api/ProcessSink, without a key."
  }
}

variable "function_key" {
  description = "A function key of ProcessSink. It is used with a connector only, and is stored in the state."
  type        = string
  default     = ""
  sensitive   = true

  validation {
    condition     = (var.connector == "none") == (var.function_key == "")
    error_message = "With a connector, the function key has to be set. Without a connector, it has to be empty."
  }
}

variable "connector_tasks" {
  description = "The number of tasks of the connector, each of which sends one request at a time. More tasks than partitions have no use."
  type        = number
  default     = 1

  validation {
    condition     = var.connector_tasks >= 1 && var.connector_tasks <= var.partitions && floor(var.connector_tasks) == var.connector_tasks
    error_message = "The number of tasks has to be a whole number from 1 to the number of partitions."
  }
}

variable "connector_batch" {
  description = "The maximum number of messages in one request. A request may have up to 100 MB, and base64 makes messages a third larger."
  type        = number
  default     = 1

  validation {
    condition     = var.connector_batch >= 1 && floor(var.connector_batch) == var.connector_batch && var.connector_batch * var.max_message_bytes * 4 / 3 <= 100000000
    error_message = "A batch of messages of the maximum size has to fit into the 100 MB that Azure Functions accepts in a request. base64 makes messages a third larger."
  }
}
