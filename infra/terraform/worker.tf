locals {
  # The service's address is unknown before it exists, so tokens have a custom audience that Cloud Run accepts as well. Eventarc chooses
  # its own audience, and the worker accepts only one, so with a trigger that one is used for everything.
  audience = coalesce(var.push_audience, "https://${var.name}.${var.project}")
  # One batch that is running and one that is forming.
  concurrency = 2 * var.max_batch_reviews

  environment = merge(
    # Cloud Run checks tokens and may remove their signatures. Not with callers, who may invoke the service too: see docs/deploy.md.
    local.push && length(var.callers) == 0 ? { PUSH_TRUST_PLATFORM = "true" } : {},
    var.environment,
    {
      GOOGLE_CLOUD_PROJECT = var.project
      FIRESTORE_DATABASE   = var.firestore_database
      PUBSUB_TOPIC         = var.topic
      PUBSUB_SUBSCRIPTION  = var.subscription
      DEAD_LETTER_TOPIC    = var.dead_letter_topic
      DELIVERY             = var.delivery
      REVIEWS_PATH         = var.reviews_path
      TEXT_FIELD           = var.text_field
      RESULT_FIELD         = var.result_field
      NEUTRAL              = var.neutral
      INFERENCE_THREADS    = var.cpu
      MAX_BATCH_REVIEWS    = tostring(var.max_batch_reviews)
    },
    var.languages == null ? {} : { LANGUAGES = var.languages },
    local.push ? {
      MAX_OUTSTANDING      = tostring(local.concurrency)
      ACK_DEADLINE_SECONDS = tostring(var.ack_deadline_seconds)
      PUSH_AUDIENCE        = local.audience
      PUSH_SERVICE_ACCOUNT = google_service_account.push[0].email
    } : {},
  )
}

resource "google_secret_manager_secret" "api_keys" {
  count     = local.has_keys ? 1 : 0
  project   = var.project
  secret_id = "${var.name}-api-keys"
  # An organisation policy on locations refuses automatic replication.
  replication {
    user_managed {
      replicas {
        location = var.region
        dynamic "customer_managed_encryption" {
          for_each = var.kms_key == null ? [] : [var.kms_key]
          content {
            kms_key_name = customer_managed_encryption.value
          }
        }
      }
    }
  }
  depends_on = [google_project_service.api]
}

resource "google_secret_manager_secret_version" "api_keys" {
  count       = local.has_keys ? 1 : 0
  secret      = google_secret_manager_secret.api_keys[0].id
  secret_data = var.api_keys
  # The running revision reads the old version until the new revision is there.
  lifecycle {
    create_before_destroy = true
  }
}

resource "google_secret_manager_secret_iam_member" "worker_reads_api_keys" {
  count     = local.has_keys ? 1 : 0
  project   = var.project
  secret_id = google_secret_manager_secret.api_keys[0].secret_id
  role      = "roles/secretmanager.secretAccessor"
  member    = google_service_account.worker[0].member
}

resource "google_cloud_run_v2_service" "worker" {
  count               = local.push ? 1 : 0
  project             = var.project
  name                = var.name
  location            = var.region
  deletion_protection = false
  # Pub/Sub and Eventarc of the same project count as internal.
  ingress              = length(var.callers) > 0 ? "INGRESS_TRAFFIC_ALL" : "INGRESS_TRAFFIC_INTERNAL_ONLY"
  invoker_iam_disabled = false
  custom_audiences     = var.push_audience == null ? [local.audience] : []

  template {
    service_account                  = google_service_account.worker[0].email
    execution_environment            = "EXECUTION_ENVIRONMENT_GEN2"
    encryption_key                   = var.kms_key
    max_instance_request_concurrency = local.concurrency
    # Pub/Sub stops waiting for the response after the ack deadline.
    timeout = "${var.ack_deadline_seconds}s"
    scaling {
      min_instance_count = var.min_instances
      max_instance_count = var.max_instances
    }
    containers {
      image = var.image
      ports {
        container_port = 8080
      }
      dynamic "env" {
        for_each = local.environment
        content {
          name  = env.key
          value = env.value
        }
      }
      dynamic "env" {
        for_each = local.has_keys ? [1] : []
        content {
          name = "API_KEYS"
          value_source {
            secret_key_ref {
              secret  = google_secret_manager_secret.api_keys[0].secret_id
              version = google_secret_manager_secret_version.api_keys[0].version
            }
          }
        }
      }
      resources {
        limits            = { cpu = var.cpu, memory = var.memory }
        cpu_idle          = true
        startup_cpu_boost = true
      }
      startup_probe {
        period_seconds    = 1
        timeout_seconds   = 1
        failure_threshold = 240
        http_get {
          path = "/startupz"
          port = 8080
        }
      }
      liveness_probe {
        period_seconds    = 30
        timeout_seconds   = 5
        failure_threshold = 3
        http_get {
          path = "/livez"
          port = 8080
        }
      }
    }
  }
  depends_on = [
    google_project_iam_member.worker_uses_firestore,
    google_pubsub_topic_iam_member.worker_publishes_dead_letters,
    google_secret_manager_secret_iam_member.worker_reads_api_keys,
  ]
}

resource "google_cloud_run_v2_service_iam_member" "push_invokes" {
  count    = local.push ? 1 : 0
  project  = var.project
  name     = google_cloud_run_v2_service.worker[0].name
  location = var.region
  role     = "roles/run.invoker"
  member   = google_service_account.push[0].member
}

resource "google_cloud_run_v2_service_iam_member" "caller" {
  for_each = local.push ? toset(var.callers) : []
  project  = var.project
  name     = google_cloud_run_v2_service.worker[0].name
  location = var.region
  role     = "roles/run.invoker"
  member   = each.key
}

resource "google_pubsub_subscription_iam_member" "worker_pulls" {
  count        = local.pull ? 1 : 0
  project      = var.project
  subscription = google_pubsub_subscription.review_sentiment[0].name
  role         = "roles/pubsub.subscriber"
  member       = google_service_account.worker[0].member
}

resource "google_cloud_run_v2_worker_pool" "fixed" {
  count               = local.pull && var.autoscaling == "none" ? 1 : 0
  project             = var.project
  name                = var.name
  location            = var.region
  deletion_protection = false

  scaling {
    scaling_mode          = "MANUAL"
    manual_instance_count = var.instances
  }

  template {
    service_account = google_service_account.worker[0].email
    encryption_key  = var.kms_key
    containers {
      image = var.image
      dynamic "env" {
        for_each = local.environment
        content {
          name  = env.key
          value = env.value
        }
      }
      resources {
        limits = { cpu = var.cpu, memory = var.memory }
      }
      startup_probe {
        period_seconds    = 1
        timeout_seconds   = 1
        failure_threshold = 240
        http_get {
          path = "/startupz"
          port = 8080
        }
      }
      liveness_probe {
        period_seconds    = 30
        timeout_seconds   = 5
        failure_threshold = 3
        http_get {
          path = "/livez"
          port = 8080
        }
      }
    }
  }

  # A worker without permission to pull exits after some minutes.
  depends_on = [
    google_project_iam_member.worker_uses_firestore,
    google_pubsub_topic_iam_member.worker_publishes_dead_letters,
    google_pubsub_subscription_iam_member.worker_pulls,
  ]
}

resource "google_cloud_run_v2_worker_pool" "scaled" {
  count               = local.pull && var.autoscaling != "none" ? 1 : 0
  project             = var.project
  name                = var.name
  location            = var.region
  deletion_protection = false

  scaling {
    scaling_mode          = var.autoscaling == "cpu" ? "AUTOMATIC" : "MANUAL"
    manual_instance_count = var.autoscaling == "cpu" ? null : var.instances
    # A pool without instances uses no CPUs, so there is always one.
    min_instance_count = var.autoscaling == "cpu" ? max(1, var.min_instances) : null
    max_instance_count = var.autoscaling == "cpu" ? var.max_instances : null
  }

  template {
    service_account = google_service_account.worker[0].email
    encryption_key  = var.kms_key
    containers {
      image = var.image
      dynamic "env" {
        for_each = local.environment
        content {
          name  = env.key
          value = env.value
        }
      }
      resources {
        limits = { cpu = var.cpu, memory = var.memory }
      }
      startup_probe {
        period_seconds    = 1
        timeout_seconds   = 1
        failure_threshold = 240
        http_get {
          path = "/startupz"
          port = 8080
        }
      }
      liveness_probe {
        period_seconds    = 30
        timeout_seconds   = 5
        failure_threshold = 3
        http_get {
          path = "/livez"
          port = 8080
        }
      }
    }
  }

  # Otherwise an apply would undo what the autoscaler has decided. It cannot depend on a variable, so this pool is a second resource.
  lifecycle {
    ignore_changes = [scaling[0].manual_instance_count]
  }

  # A worker without permission to pull exits after some minutes.
  depends_on = [
    google_project_iam_member.worker_uses_firestore,
    google_pubsub_topic_iam_member.worker_publishes_dead_letters,
    google_pubsub_subscription_iam_member.worker_pulls,
  ]
}

locals {
  pool = one(concat(google_cloud_run_v2_worker_pool.fixed[*].name, google_cloud_run_v2_worker_pool.scaled[*].name))
}
