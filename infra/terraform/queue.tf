resource "google_pubsub_schema" "review_message" {
  count      = local.deployed ? 1 : 0
  project    = var.project
  name       = "${var.topic}-message"
  type       = "PROTOCOL_BUFFER"
  definition = file("${path.module}/review-message.proto")
  depends_on = [google_project_service.api]
}

resource "google_pubsub_topic" "reviews" {
  count                      = local.deployed ? 1 : 0
  project                    = var.project
  name                       = var.topic
  message_retention_duration = "${var.retention_days * 86400}s"
  kms_key_name               = var.kms_key
  schema_settings {
    schema   = google_pubsub_schema.review_message[0].id
    encoding = "JSON"
  }
  depends_on = [google_project_service.api]
}

# No schema here: dead-lettered messages are often invalid.
resource "google_pubsub_topic" "dead_letters" {
  count        = local.deployed ? 1 : 0
  project      = var.project
  name         = var.dead_letter_topic
  kms_key_name = var.kms_key
  depends_on   = [google_project_service.api]
}

# Without a subscription its messages would be lost. 31 days are the longest retention.
resource "google_pubsub_subscription" "dead_letters" {
  count                      = local.deployed ? 1 : 0
  project                    = var.project
  name                       = var.dead_letter_topic
  topic                      = google_pubsub_topic.dead_letters[0].id
  message_retention_duration = "${31 * 86400}s"
  expiration_policy {
    ttl = ""
  }
}

resource "google_pubsub_topic_iam_member" "publisher" {
  for_each = local.deployed ? toset(var.publishers) : []
  project  = var.project
  topic    = google_pubsub_topic.reviews[0].name
  role     = "roles/pubsub.publisher"
  member   = each.key
}

# Pub/Sub's service agent needs this grant and the last one. Without either, messages are never dead-lettered and nothing reports it.
resource "google_pubsub_topic_iam_member" "pubsub_agent_publishes_dead_letters" {
  count   = local.deployed ? 1 : 0
  project = var.project
  topic   = google_pubsub_topic.dead_letters[0].name
  role    = "roles/pubsub.publisher"
  member  = google_project_service_identity.pubsub[0].member
}

resource "google_pubsub_subscription" "review_sentiment" {
  count                      = local.deployed ? 1 : 0
  project                    = var.project
  name                       = var.subscription
  topic                      = google_pubsub_topic.reviews[0].id
  ack_deadline_seconds       = var.ack_deadline_seconds
  message_retention_duration = "${var.retention_days * 86400}s"
  expiration_policy {
    ttl = ""
  }
  # The backoff doubles up to ten minutes, so a hundred attempts take more than 15 hours.
  retry_policy {
    minimum_backoff = "10s"
    maximum_backoff = "600s"
  }
  dead_letter_policy {
    dead_letter_topic     = google_pubsub_topic.dead_letters[0].id
    max_delivery_attempts = var.max_delivery_attempts
  }
  dynamic "push_config" {
    for_each = local.push ? [1] : []
    content {
      push_endpoint = "${google_cloud_run_v2_service.worker[0].uri}/push"
      oidc_token {
        service_account_email = google_service_account.push[0].email
        audience              = local.audience
      }
    }
  }
  # Without these grants every push would be refused.
  depends_on = [
    google_pubsub_topic_iam_member.pubsub_agent_publishes_dead_letters,
    google_service_account_iam_member.pubsub_agent_signs_push_tokens,
    google_cloud_run_v2_service_iam_member.push_invokes,
  ]
}

resource "google_pubsub_subscription_iam_member" "pubsub_agent_takes_what_it_dead_letters" {
  count        = local.deployed ? 1 : 0
  project      = var.project
  subscription = google_pubsub_subscription.review_sentiment[0].name
  role         = "roles/pubsub.subscriber"
  member       = google_project_service_identity.pubsub[0].member
}
