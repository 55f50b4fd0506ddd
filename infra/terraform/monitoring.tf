# The signals of the worker as PromQL, alerts and a page for the person on call: ../signals.ts, ../alerts.ts and
# ../monitoring-dashboard.ts explain them.

locals {
  resource = var.delivery == "push" ? {
    type  = "cloud_run_revision"
    label = "service_name"
    } : {
    type  = "cloud_run_worker_pool"
    label = "worker_pool_name"
  }
  # PromQL needs names without hyphens.
  metric_prefix = replace(var.name, "-", "_")

  # Regular expressions that match any of the names.
  topics        = join("|", [for name in compact([var.topic, local.event_topic]) : replace(element(reverse(split("/", name)), 0), "/([.+])/", "[$1]")])
  subscriptions = join("|", [for name in compact([var.subscription, local.event_subscription]) : replace(element(reverse(split("/", name)), 0), "/([.+])/", "[$1]")])
  dead_letters  = replace(var.dead_letter_topic, "/([.+])/", "[$1]")

  of_topics        = "{monitored_resource=\"pubsub_topic\",topic_id=~\"${local.topics}\"}"
  of_subscriptions = "{monitored_resource=\"pubsub_subscription\",subscription_id=~\"${local.subscriptions}\"}"
  of_dead_letters  = "{monitored_resource=\"pubsub_subscription\",subscription_id=~\"${local.dead_letters}\"}"
  of_worker        = "{monitored_resource=\"${local.resource.type}\",${local.resource.label}=\"${var.name}\"}"
  logs_of_worker   = "resource.type=\"${local.resource.type}\" AND resource.labels.${local.resource.label}=\"${var.name}\""
  log_nacked       = "logging_googleapis_com:user_${local.metric_prefix}_nacked{monitored_resource=\"${local.resource.type}\"}"
  log_errors       = "logging_googleapis_com:user_${local.metric_prefix}_unclassifiable_sum{monitored_resource=\"${local.resource.type}\"}"
  log_deaths       = "logging_googleapis_com:user_${local.metric_prefix}_deaths{monitored_resource=\"${local.resource.type}\"}"
  nacked           = "sum(increase(${local.log_nacked}[15m]))"
  unclassifiable   = "sum(increase(${local.log_errors}[1h]))"

  signals = {
    published            = "sum(rate(pubsub_googleapis_com:topic_message_sizes_count${local.of_topics}[5m]))"
    acked                = "sum(rate(pubsub_googleapis_com:subscription_ack_message_count${local.of_subscriptions}[5m]))"
    backlog              = "sum(pubsub_googleapis_com:subscription_num_undelivered_messages${local.of_subscriptions})"
    oldest_unacked       = "max(pubsub_googleapis_com:subscription_oldest_unacked_message_age${local.of_subscriptions})"
    dead_letters         = "sum(pubsub_googleapis_com:subscription_num_undelivered_messages${local.of_dead_letters})"
    nacked_ratio         = "${local.nacked} / sum(increase(pubsub_googleapis_com:subscription_sent_message_count${local.of_subscriptions}[15m]))"
    nacked               = local.nacked
    nacked_by_reason     = "sum by (reason) (rate(${local.log_nacked}[5m]))"
    unclassifiable       = local.unclassifiable
    unclassifiable_ratio = "${local.unclassifiable} / sum(increase(pubsub_googleapis_com:subscription_ack_message_count${local.of_subscriptions}[1h]))"
    deaths               = "sum(increase(${local.log_deaths}[10m]))"
    instances            = "sum by (state) (run_googleapis_com:container_instance_count${local.of_worker})"
    cpu                  = "histogram_quantile(0.95, sum by (le) (rate(run_googleapis_com:container_cpu_utilizations_bucket${local.of_worker}[5m])))"
    memory               = "histogram_quantile(0.95, sum by (le) (rate(run_googleapis_com:container_memory_utilizations_bucket${local.of_worker}[5m])))"
  }

  alerts = {
    dead_letters = {
      title    = "messages were dead-lettered"
      query    = "${local.signals.dead_letters} > 0"
      duration = "0s"
      severity = "WARNING"
      advice   = "Run `npm run redrive -- summary`, or look at a few: `gcloud pubsub subscriptions pull ${var.dead_letter_topic} --limit=5`. A message with the attribute `deadLetterReason` is invalid: fix the publisher, then move these messages away with `npm run redrive -- export FILE --reason REASON`. The others failed ${var.max_delivery_attempts} times: find the reason in the worker's log and fix it, then publish them again with `npm run redrive`."
    }
    oldest_unacked = {
      title    = "reviews have waited for more than 10 minutes"
      query    = "(${local.signals.oldest_unacked} > 600) and (${local.signals.backlog} >= 10)"
      duration = "60s"
      severity = "CRITICAL"
      advice   = "`npm run doctor` examines the deployment and names the usual faults. Check that the worker is running, and read its log. If it works, it is too small: raise `maxInstances` (push, autoscaling) or `instances` (pull). A replay of many reviews also fires this alert until it is done; a lower `--max-backlog` avoids that."
    }
    stuck_message = {
      title    = "a message has waited for more than 1 hour"
      query    = "${local.signals.oldest_unacked} > 3600"
      duration = "60s"
      severity = "WARNING"
      advice   = "If the worker labels other reviews, this message fails at each attempt: its log entries `message nacked` contain `path` and `reason`, and docs/troubleshooting.md says what to do about each. After its last attempt the message is dead-lettered. If the worker labels nothing, it is not running: read its log."
    }
    nacked = {
      title    = "more than 10 % of the deliveries fail"
      query    = "(${local.signals.nacked_ratio} > 0.1) and (${local.signals.nacked} >= 20)"
      duration = "300s"
      severity = "ERROR"
      advice   = "The worker nacks messages. Its log entries `message nacked` contain the `reason`; docs/troubleshooting.md says what to do about each. `store-failed` means that Firestore refuses or cannot be reached."
    }
    unclassifiable = {
      title    = "many reviews get an error instead of a label"
      query    = "(${local.signals.unclassifiable_ratio} > 0.4) and (${local.signals.unclassifiable} >= 20)"
      duration = "0s"
      severity = "WARNING"
      advice   = "The field `unclassifiableBecause` of the log entries `messages settled` counts the errors by code. `text-missing` or `text-not-a-string`: `textField` is not the field in which your application stores the text. `language-unsupported`: the reviews are in another language than the model reads. After the cause is fixed, `npm run replay -- --failed` labels these reviews."
    }
    crash_loop = {
      title    = "the worker keeps failing"
      query    = "${local.signals.deaths} >= 3"
      duration = "0s"
      severity = "CRITICAL"
      advice   = "The last CRITICAL or ERROR entry of its log says why: an invalid configuration, too little memory (raise `memory`), or a model that does not load. If it began with a deployment, go back to the previous image. With `a server does not answer` or `waiting for a server to answer` in the log, Firestore or Pub/Sub is down: its probes fail meanwhile, no message is lost, and the worker goes on once the server answers."
    }
  }

  charts = [
    { title = "Messages a second", lines = [["published", local.signals.published], ["acked", local.signals.acked]] },
    { title = "Backlog, messages", lines = [["waiting or in flight", local.signals.backlog]] },
    { title = "Oldest message, seconds", lines = [["oldest", local.signals.oldest_unacked]] },
    { title = "Dead-lettered messages", lines = [["waiting", local.signals.dead_letters]] },
    { title = "Nacked messages a second, by reason", lines = [["$${labels.reason}", local.signals.nacked_by_reason]] },
    { title = "Failed instances in 10 minutes", lines = [["failed", local.signals.deaths]] },
    { title = "Instances", lines = [["$${labels.state}", local.signals.instances]] },
    { title = "CPU and memory in use, p95 of instances", lines = [["CPU", local.signals.cpu], ["memory", local.signals.memory]] },
  ]
  widgets = concat(
    [for chart in local.charts : jsonencode({
      title = chart.title
      xyChart = {
        dataSets = [for line in chart.lines : {
          plotType        = "LINE"
          legendTemplate  = line[0]
          timeSeriesQuery = { prometheusQuery = line[1] }
        }]
      }
    })],
    [jsonencode({
      title = "Warnings and errors"
      logsPanel = {
        filter = "resource.type=\"${local.resource.type}\" resource.labels.${local.resource.label}=\"${var.name}\" severity>=WARNING"
      }
    })],
  )
}

resource "google_logging_metric" "nacked" {
  count       = local.deployed ? 1 : 0
  project     = var.project
  name        = "${local.metric_prefix}_nacked"
  description = "Messages that the worker nacked, to be redelivered"
  # The message that worker/log.ts writes.
  filter           = "${local.logs_of_worker} AND jsonPayload.message=\"message nacked\""
  label_extractors = { reason = "EXTRACT(jsonPayload.reason)" }
  metric_descriptor {
    metric_kind = "DELTA"
    value_type  = "INT64"
    labels {
      key        = "reason"
      value_type = "STRING"
    }
  }
  depends_on = [google_project_service.api]
}

resource "google_logging_metric" "unclassifiable" {
  count       = local.deployed ? 1 : 0
  project     = var.project
  name        = "${local.metric_prefix}_unclassifiable"
  description = "Reviews that got an error instead of a label, in each summary of a minute"
  # The message that worker/log.ts writes.
  filter          = "${local.logs_of_worker} AND jsonPayload.message=\"messages settled\" AND jsonPayload.messages.unclassifiable>0"
  value_extractor = "EXTRACT(jsonPayload.messages.unclassifiable)"
  metric_descriptor {
    metric_kind = "DELTA"
    value_type  = "DISTRIBUTION"
  }
  # Only the sum is used, but Logging requires buckets.
  bucket_options {
    exponential_buckets {
      num_finite_buckets = 16
      growth_factor      = 2
      scale              = 1
    }
  }
  depends_on = [google_project_service.api]
}

resource "google_logging_metric" "deaths" {
  count       = local.deployed ? 1 : 0
  project     = var.project
  name        = "${local.metric_prefix}_deaths"
  description = "Instances of the worker that failed, ran out of memory or did not answer their probes"
  # Cloud Run's own log entries about a container.
  filter = "${local.logs_of_worker} AND log_id(\"run.googleapis.com/varlog/system\") AND textPayload=~\"Container called exit[(][1-9]|Container terminated on signal (4|6|7|8|9|11)|Memory limit of .+ exceeded|(STARTUP|LIVENESS) .+ probe failed\""
  metric_descriptor {
    metric_kind = "DELTA"
    value_type  = "INT64"
  }
  depends_on = [google_project_service.api]
}

resource "google_monitoring_notification_channel" "email" {
  for_each     = local.deployed ? toset(var.alert_emails) : []
  project      = var.project
  type         = "email"
  display_name = "${var.name}: ${each.key}"
  labels       = { email_address = each.key }
  depends_on   = [google_project_service.api]
}

resource "google_monitoring_alert_policy" "alert" {
  for_each     = local.deployed ? local.alerts : {}
  project      = var.project
  display_name = "${var.name}: ${each.value.title}"
  combiner     = "OR"
  severity     = each.value.severity
  conditions {
    display_name = each.value.title
    condition_prometheus_query_language {
      query               = each.value.query
      duration            = each.value.duration
      evaluation_interval = "60s"
      # A log-based metric does not exist before it has counted something.
      disable_metric_validation = true
    }
  }
  alert_strategy {
    auto_close = "1800s"
  }
  notification_channels = [for channel in google_monitoring_notification_channel.email : channel.id]
  documentation {
    mime_type = "text/markdown"
    content   = each.value.advice
  }
  depends_on = [google_project_service.api]
}

resource "google_monitoring_dashboard" "worker" {
  count   = local.deployed ? 1 : 0
  project = var.project
  dashboard_json = jsonencode({
    displayName = var.name
    mosaicLayout = {
      columns = 48
      tiles = [for i, widget in local.widgets : {
        xPos   = (i % 3) * 16
        yPos   = floor(i / 3) * 12
        width  = 16
        height = 12
        widget = jsondecode(widget)
      }]
    }
  })
  depends_on = [google_project_service.api]
}
