# What differs from one installation to another.

variable "name" {
  description = "Begins the name of everything that is made here."
  type        = string
  default     = "natal-chart"

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,29}$", var.name)) && !strcontains(var.name, "--") && !endswith(var.name, "-")
    error_message = "It takes 1 to 30 lower-case letters, digits and single dashes, begins with a letter and does not end with a dash, since ElastiCache takes no other."
  }
}

variable "tags" {
  description = "Tags of everything that can have them."
  type        = map(string)
  default     = {}
}

# The network, which is there already.

variable "vpc_id" {
  description = "The VPC of the service."
  type        = string
}

variable "subnet_ids" {
  description = "Private subnets of that VPC for the nodes, in two availability zones or more."
  type        = list(string)

  validation {
    condition     = length(var.subnet_ids) >= 2
    error_message = "It takes two subnets or more, in different availability zones: without them a replica can only stand beside its primary."
  }
}

variable "app_security_group_id" {
  description = "The security group of the service. Nobody else gets through to the cache, but for operators."
  type        = string
}

variable "operator_security_group_ids" {
  description = "Security groups of the machines from which operators look at the cache and flush it."
  type        = list(string)
  default     = []
}

# Size and cost; redis.tf works both out.

variable "node_type" {
  description = "The type of each node, which decides how much memory there is."
  type        = string
  default     = "cache.t4g.micro"
}

variable "reserved_memory_percent" {
  description = "How much of a node's memory holds no entries. Null: 25 for a single node, 50 for a node with a replica."
  type        = number
  default     = null

  validation {
    condition     = var.reserved_memory_percent == null ? true : var.reserved_memory_percent >= 0 && var.reserved_memory_percent <= 100
    error_message = "It takes 0 to 100."
  }
}

variable "multi_az" {
  description = "Whether a second node in another availability zone takes over when the first fails. Without it a failed node is replaced by an empty one within minutes, and until then every chart is computed."
  type        = bool
  default     = false
}

# Secrets. Pass them as TF_VAR_redis_password and so on, from where secrets are kept, and never in a file that is committed.

variable "redis_password" {
  description = "The password of the service's user, as made by: openssl rand -hex 32"
  type        = string
  sensitive   = true

  validation {
    condition     = can(regex("^[A-Za-z0-9!&#$^<>-]{16,128}$", var.redis_password))
    error_message = "It takes 16 to 128 letters, digits or any of !&#$^<>-, as made by: openssl rand -hex 32"
  }
}

variable "redis_operator_password" {
  description = "The password of the operators' user, which can look at the cache and empty it."
  type        = string
  sensitive   = true

  validation {
    condition     = can(regex("^[A-Za-z0-9!&#$^<>-]{16,128}$", var.redis_operator_password))
    error_message = "It takes 16 to 128 letters, digits or any of !&#$^<>-, as made by: openssl rand -hex 32"
  }
}

variable "cache_namespace" {
  description = "CACHE_NAMESPACE of the service: the only keys that it can touch begin with it."
  type        = string
  default     = "natal"

  validation {
    condition     = can(regex("^[A-Za-z0-9._-]{1,64}$", var.cache_namespace))
    error_message = "It takes 1 to 64 letters, digits, dots, dashes or underscores, as the service does."
  }
}

# Encryption at rest.

variable "kms_key_arn" {
  description = "A KMS key of your own for what is at rest. Null: a key is made here, which is rotated every year."
  type        = string
  default     = null
}

# Alarms.

variable "alarm_topic_arns" {
  description = "SNS topics that hear of alarms and of their end. There is no default, so that an empty list is somebody's decision."
  type        = list(string)
}

variable "max_connections_alarm" {
  description = "More connections than this are an alarm. The service holds one to two a process; other clients few."
  type        = number
  default     = 100
}
