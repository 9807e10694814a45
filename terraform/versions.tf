# What this configuration is read by.

terraform {
  required_version = ">= 1.9"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 6.0"
    }
  }

  # The state holds the passwords of the cache in plain text. Give it a backend that encrypts and that few can read, such as
  #
  #   backend "s3" {
  #     bucket       = "..."
  #     key          = "natal-chart/redis.tfstate"
  #     encrypt      = true
  #     use_lockfile = true
  #   }
}
