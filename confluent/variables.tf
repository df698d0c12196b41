variable "topic" {
  description = "Name of the topic; the same as the app setting KAFKA_TOPIC."
  type        = string
  default     = "images"
}

variable "partitions" {
  description = "Most instances that can read at once. It can be raised and never lowered."
  type        = number
  default     = 12
}

variable "retention_days" {
  description = "Days that messages are kept; within them, everything can be read again."
  type        = number
  default     = 7
}

variable "max_message_bytes" {
  description = "Largest message; 8388608 is the most that Basic and Standard clusters take. Larger originals go by reference."
  type        = number
  default     = 8388608
}

variable "connector" {
  description = "Whether Confluent's Azure Functions Sink Connector reads the topic instead of the Kafka trigger."
  type        = bool
  default     = false
}
