# What the service is configured with.

output "redis_url" {
  description = "REDIS_URL of the service. The password goes into the file that REDIS_PASSWORD_FILE names."
  value       = "rediss://${aws_elasticache_user.app.user_name}@${aws_elasticache_replication_group.cache.primary_endpoint_address}:${aws_elasticache_replication_group.cache.port}"
}

output "redis_host" {
  description = "The name that always leads to the primary, also after a failover."
  value       = aws_elasticache_replication_group.cache.primary_endpoint_address
}

output "security_group_id" {
  description = "The security group of the cache."
  value       = aws_security_group.cache.id
}

output "kms_key_arn" {
  description = "The key of what is at rest."
  value       = local.kms_key_arn
}

output "alarm_names" {
  description = "The alarms in CloudWatch."
  value       = sort(keys(local.node_alarms))
}
