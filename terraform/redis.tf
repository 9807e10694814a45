# The cache of the natal-chart service: ElastiCache for Redis 7.0, encrypted, reachable from the service alone.
#
# Memory. ElastiCache has no `maxmemory` to set: it is a property of the node type, and the parameter group can only take a part of it away,
# with `reserved-memory-percent`. So a bound of 512 MB is a choice of these two:
#
#   node type           maxmemory of the type     reserved   for entries
#   cache.t4g.micro       536,870,912 (512 MiB)      25 %    384 MiB   the default: the type cannot take more than 512 MiB, whatever is set
#   cache.t4g.micro       536,870,912 (512 MiB)      50 %    256 MiB   the default with multi_az
#   cache.t4g.small     1,471,026,299 (1.37 GiB)     65 %    491 MiB   as close to 512 MB as a type gets; with reserved_memory_percent = 65
#
# What is reserved is for the copy that a node makes while a replica synchronizes, and for buffers. AWS advises up to 50 % on micro nodes that
# are backed up or replicated; a single node does neither. Swap in use (there is an alarm) says that it was too little.
#
# A chart takes 1.3 kB in Redis, key and all, so 384 MiB hold some 300,000 of them: three new ones a second for a day, the time they live.
#
# Processor. These types earn credits for a part of their two processors, 10 % each (micro) or 20 % (small), and spend them on what they work
# beyond that. Without credits a node is as slow as that part. Charts need little of it; there is an alarm for when the credits run low.
# Whether AWS bills work beyond the credits instead of slowing the node down is not known here, and is in no figure below: see
# "burstable" on the page of the node types before you rely on either.
#
# Cost. On-demand in us-east-1 (N. Virginia), US dollars, a month of 730 hours, prices as of 2025: check them on
# https://aws.amazon.com/elasticache/pricing before you rely on them. Frankfurt is a fifth dearer. The budget is $50.
#
#                                      single node      multi_az       two cache.t4g.small
#   nodes, $0.016 an hour each             11.68          23.36          46.72  ($0.032)
#   KMS key (none with kms_key_arn)         1.00           1.00           1.00
#   CloudWatch alarms, $0.10 each           0.60 (6)       1.40 (14)      1.40 (14)
#   data between zones, $0.01 a GB          ~0.30          ~0.60          ~0.60  (30 GB a month each way of replication and of reads)
#   backups                                 0              0              0
#                                          -----          -----          -----
#   in the first year                      13.58          26.36          49.72
#   KMS key, rotated once, then twice     + 1, + 2       + 1, + 2       + 1, + 2
#   from the third year on                 15.58          28.36          51.72
#
# A rotation of the key costs a dollar a month for each of the first two, and nothing for later ones. So two small nodes are within the budget
# in N. Virginia for a year, and after that with a key of your own (kms_key_arn); in Frankfurt they are beyond it.

locals {
  node_count = var.multi_az ? 2 : 1

  # ElastiCache names the nodes so; the alarms need the names before the nodes are there.
  node_ids = [for index in range(local.node_count) : format("%s-%03d", var.name, index + 1)]

  reserved_memory_percent = coalesce(var.reserved_memory_percent, var.multi_az ? 50 : 25)

  parameters = {
    family      = "redis7"
    description = "The memory of the cache, and what leaves it first"
  }
}

resource "aws_elasticache_replication_group" "cache" {
  #checkov:skip=CKV2_AWS_50:var.multi_az decides; without a replica the service computes for some minutes, at half the cost
  replication_group_id = var.name
  description          = "Charts of the natal-chart service; nothing that cannot be computed again"

  engine               = "redis"
  engine_version       = "7.0"
  node_type            = var.node_type
  parameter_group_name = aws_elasticache_parameter_group.cache.name
  port                 = 6379

  num_cache_clusters         = local.node_count
  automatic_failover_enabled = var.multi_az
  multi_az_enabled           = var.multi_az

  subnet_group_name  = aws_elasticache_subnet_group.cache.name
  security_group_ids = [aws_security_group.cache.id]

  # Births can be computed from charts, so they are encrypted wherever they go. The certificate is signed by Amazon's authority, which is
  # among the roots that the service trusts by itself: REDIS_TLS_CA stays unset.
  transit_encryption_enabled = true
  transit_encryption_mode    = "required"
  at_rest_encryption_enabled = true
  kms_key_id                 = local.kms_key_arn
  user_group_ids             = [aws_elasticache_user_group.cache.user_group_id]

  # No snapshots. A cache that was restored is full of what has expired; an empty one fills itself. And a snapshot would keep birth data for
  # longer than the 24 hours that it lives here.
  snapshot_retention_limit = 0

  # Security fixes come by themselves, in a quiet hour. The service does without the cache meanwhile.
  auto_minor_version_upgrade = true
  maintenance_window         = "sun:03:00-sun:04:00"
  apply_immediately          = false

  tags = var.tags
}

# Another family or description makes another group, which has to be there before the cache leaves the old one; so both are in the name, as
# there is no name_prefix for these groups.
resource "aws_elasticache_parameter_group" "cache" {
  name        = "${var.name}-${local.parameters.family}-${substr(sha256(local.parameters.description), 0, 6)}"
  family      = local.parameters.family
  description = local.parameters.description

  # What has been asked for least often leaves first. The reason stands in ops/README.md; ops/redis/redis.conf says the same.
  parameter {
    name  = "maxmemory-policy"
    value = "allkeys-lfu"
  }

  parameter {
    name  = "reserved-memory-percent"
    value = tostring(local.reserved_memory_percent)
  }

  tags = var.tags

  lifecycle {
    create_before_destroy = true
  }
}

# The network: from the service's security group, and from those of operators, to the port of Redis, and nowhere else.

resource "aws_elasticache_subnet_group" "cache" {
  name        = var.name
  description = "Where the nodes of the cache stand"
  subnet_ids  = var.subnet_ids
  tags        = var.tags
}

resource "aws_security_group" "cache" {
  #checkov:skip=CKV2_AWS_5:it is attached to the replication group above, which the check does not look at
  name_prefix = "${var.name}-cache-"
  description = "Redis, for the natal-chart service"
  vpc_id      = var.vpc_id
  tags        = merge(var.tags, { Name = "${var.name}-cache" })

  lifecycle {
    create_before_destroy = true
  }
}

# Without a rule for what goes out, nothing does: a security group that Terraform makes has none.
resource "aws_vpc_security_group_ingress_rule" "from_app" {
  security_group_id            = aws_security_group.cache.id
  description                  = "Redis over TLS, from the service"
  referenced_security_group_id = var.app_security_group_id
  ip_protocol                  = "tcp"
  from_port                    = 6379
  to_port                      = 6379
  tags                         = var.tags
}

resource "aws_vpc_security_group_ingress_rule" "from_operators" {
  count = length(var.operator_security_group_ids)

  security_group_id            = aws_security_group.cache.id
  description                  = "Redis over TLS, from operators"
  referenced_security_group_id = var.operator_security_group_ids[count.index]
  ip_protocol                  = "tcp"
  from_port                    = 6379
  to_port                      = 6379
  tags                         = var.tags
}

# Who may do what: the service reads and writes its own keys; operators look and empty; the user that every client is before it logs in can
# do nothing.

resource "aws_elasticache_user" "default" {
  user_id              = "${var.name}-default"
  user_name            = "default"
  engine               = "redis"
  access_string        = "off ~* -@all"
  no_password_required = true
  tags                 = var.tags
}

resource "aws_elasticache_user" "app" {
  user_id       = "${var.name}-app"
  user_name     = "app"
  engine        = "redis"
  access_string = "on ~${var.cache_namespace}:* -@all +getrange +set +unlink +ping +hello"
  passwords     = [var.redis_password]
  tags          = var.tags
}

resource "aws_elasticache_user" "operator" {
  user_id       = "${var.name}-operator"
  user_name     = "operator"
  engine        = "redis"
  access_string = "on ~${var.cache_namespace}:* -@all +@connection +info +dbsize +scan +unlink +type +ttl +pttl +exists +strlen +time +memory|usage +slowlog +latency"
  passwords     = [var.redis_operator_password]
  tags          = var.tags
}

resource "aws_elasticache_user_group" "cache" {
  user_group_id = var.name
  engine        = "redis"

  user_ids = [
    aws_elasticache_user.default.user_id,
    aws_elasticache_user.app.user_id,
    aws_elasticache_user.operator.user_id,
  ]

  tags = var.tags
}

# The key of what is at rest: swap and the copies that nodes make of themselves.

locals {
  kms_key_arn = var.kms_key_arn != null ? var.kms_key_arn : aws_kms_key.cache[0].arn
}

data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

resource "aws_kms_key" "cache" {
  count = var.kms_key_arn == null ? 1 : 0

  description             = "What the cache of ${var.name} has at rest"
  enable_key_rotation     = true
  deletion_window_in_days = 7

  # The account's own policies say who may use it. "*" is the key that the policy belongs to.
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "Account"
      Effect    = "Allow"
      Principal = { AWS = "arn:${data.aws_partition.current.partition}:iam::${data.aws_caller_identity.current.account_id}:root" }
      Action    = "kms:*"
      Resource  = "*"
    }]
  })

  tags = var.tags
}

resource "aws_kms_alias" "cache" {
  count = var.kms_key_arn == null ? 1 : 0

  name          = "alias/${var.name}-cache"
  target_key_id = aws_kms_key.cache[0].key_id
}

# Alarms, each of every node. They see what the service cannot; that calls go past the cache, are slow or fail, the service's own metrics say
# (ops/prometheus/rules/alerts.yml).

locals {
  alarms = {
    # Redis works on one of the two processors of these types, so it is at its end at 50 %, while there are credits. A node that reports
    # nothing is gone.
    cpu = {
      metric    = "CPUUtilization"
      statistic = "Average"
      above     = 45
      minutes   = 15
      missing   = "breaching"
      meaning   = "Redis has one processor, half of the node, to itself and little of it left"
    }
    # What a micro node earns in four hours. A new node has none, so this is an alarm for its first hours, too.
    credits = {
      metric    = "CPUCreditBalance"
      statistic = "Minimum"
      below     = 48
      minutes   = 60
      missing   = "notBreaching"
      meaning   = "The node works more than its type can in the long run, and gets slow: take the next node type"
    }
    memory = {
      metric    = "DatabaseMemoryUsagePercentage"
      statistic = "Average"
      above     = 95
      minutes   = 60
      missing   = "notBreaching"
      meaning   = "The cache is full; with evictions, it is too small"
    }
    swap = {
      metric    = "SwapUsage"
      statistic = "Maximum"
      above     = 50 * 1024 * 1024
      minutes   = 15
      missing   = "notBreaching"
      meaning   = "The node swaps, so it is slow: raise reserved_memory_percent, or take the next node type"
    }
    evictions = {
      metric    = "Evictions"
      statistic = "Sum"
      above     = 0
      minutes   = 30
      missing   = "notBreaching"
      meaning   = "For half an hour entries have left before their time, since the cache is full"
    }
    connections = {
      metric    = "CurrConnections"
      statistic = "Maximum"
      above     = var.max_connections_alarm
      minutes   = 15
      missing   = "notBreaching"
      meaning   = "More clients than there are processes of the service"
    }
    lag = {
      metric    = "ReplicationLag"
      statistic = "Maximum"
      above     = 10
      minutes   = 15
      missing   = "notBreaching"
      meaning   = "The replica is seconds behind, and would begin with older entries"
    }
  }

  node_alarms = merge([
    for node in local.node_ids : {
      for name, alarm in local.alarms : "${node}-${name}" => merge({ above = null, below = null }, alarm, { node = node })
      if(name != "lag" || var.multi_az) && (name != "credits" || startswith(var.node_type, "cache.t"))
    }
  ]...)
}

resource "aws_cloudwatch_metric_alarm" "cache" {
  for_each = local.node_alarms

  alarm_name          = each.key
  alarm_description   = each.value.meaning
  namespace           = "AWS/ElastiCache"
  metric_name         = each.value.metric
  statistic           = each.value.statistic
  comparison_operator = each.value.above != null ? "GreaterThanThreshold" : "LessThanThreshold"
  threshold           = each.value.above != null ? each.value.above : each.value.below
  period              = 300
  evaluation_periods  = each.value.minutes / 5
  treat_missing_data  = each.value.missing
  alarm_actions       = var.alarm_topic_arns
  ok_actions          = var.alarm_topic_arns

  dimensions = {
    CacheClusterId = each.value.node
  }

  tags = var.tags
}
