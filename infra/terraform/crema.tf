# Google's autoscaler for worker pools: ../crema.ts explains it.

locals {
  crema_configuration = jsonencode({
    apiVersion = "crema/v1"
    kind       = "CremaConfig"
    spec = {
      pollingInterval        = 30
      triggerAuthentications = [{ metadata = { name = "own-account" }, spec = { podIdentity = { provider = "gcp" } } }]
      scaledObjects = [{
        spec = {
          scaleTargetRef  = { name = "projects/${var.project}/locations/${var.region}/workerpools/${var.name}" }
          minReplicaCount = var.min_instances
          maxReplicaCount = var.max_instances
          triggers = [{
            type = "gcp-pubsub"
            name = "backlog"
            metadata = {
              subscriptionName = "projects/${var.project}/subscriptions/${var.subscription}"
              mode             = "SubscriptionSize"
              value            = "6000"
            }
            authenticationRef = { name = "own-account" }
          }]
        }
      }]
    }
  })
}

resource "google_service_account" "crema" {
  count        = local.crema ? 1 : 0
  project      = var.project
  account_id   = "${var.name}-crema"
  display_name = "The autoscaler of the worker pool runs as this account"
  depends_on   = [google_project_service.api]
}

resource "google_parameter_manager_regional_parameter" "crema" {
  count        = local.crema ? 1 : 0
  project      = var.project
  parameter_id = "${var.name}-crema"
  location     = var.region
  format       = "YAML"
  kms_key      = var.kms_key
  depends_on   = [google_project_service.api]
}

# A version cannot change, so another configuration is another version, and a new revision of the autoscaler reads it.
resource "google_parameter_manager_regional_parameter_version" "crema" {
  count                = local.crema ? 1 : 0
  parameter            = google_parameter_manager_regional_parameter.crema[0].id
  parameter_version_id = "v-${substr(sha256(local.crema_configuration), 0, 12)}"
  parameter_data       = local.crema_configuration
}

resource "google_project_iam_member" "crema_reads_its_configuration" {
  count   = local.crema ? 1 : 0
  project = var.project
  role    = "roles/parametermanager.parameterViewer"
  member  = google_service_account.crema[0].member
}

resource "google_project_iam_member" "crema_reads_the_backlog" {
  count   = local.crema ? 1 : 0
  project = var.project
  role    = "roles/monitoring.viewer"
  member  = google_service_account.crema[0].member
}

resource "google_cloud_run_v2_worker_pool_iam_member" "crema_scales_the_pool" {
  count    = local.crema ? 1 : 0
  project  = var.project
  name     = local.pool
  location = var.region
  role     = "roles/run.developer"
  member   = google_service_account.crema[0].member
}

# Whoever changes a pool needs this on the account that the pool runs as.
resource "google_service_account_iam_member" "crema_acts_as_worker" {
  count              = local.crema ? 1 : 0
  service_account_id = google_service_account.worker[0].name
  role               = "roles/iam.serviceAccountUser"
  member             = google_service_account.crema[0].member
}

resource "google_cloud_run_v2_service" "crema" {
  count               = local.crema ? 1 : 0
  project             = var.project
  name                = "${var.name}-crema"
  location            = var.region
  deletion_protection = false
  # It polls by itself, and nobody has to call it.
  ingress              = "INGRESS_TRAFFIC_INTERNAL_ONLY"
  invoker_iam_disabled = false
  labels               = { created-by = "crema" }
  scaling {
    scaling_mode          = "MANUAL"
    manual_instance_count = 1
  }
  template {
    service_account = google_service_account.crema[0].email
    encryption_key  = var.kms_key
    containers {
      image          = "us-central1-docker.pkg.dev/cloud-run-oss-images/crema-v1/autoscaler:1.2"
      base_image_uri = "us-central1-docker.pkg.dev/serverless-runtimes/google-24/runtimes/java25"
      env {
        name  = "CREMA_CONFIG"
        value = google_parameter_manager_regional_parameter_version.crema[0].id
      }
      env {
        name  = "OUTPUT_SCALER_METRICS"
        value = "False"
      }
      env {
        name  = "ENABLE_CLOUD_LOGGING"
        value = "False"
      }
      resources {
        limits   = { cpu = tostring(local.autoscaler.cpus), memory = "${local.autoscaler.mebibytes}Mi" }
        cpu_idle = false
      }
    }
  }
  depends_on = [
    google_project_iam_member.crema_reads_its_configuration,
    google_project_iam_member.crema_reads_the_backlog,
    google_cloud_run_v2_worker_pool_iam_member.crema_scales_the_pool,
    google_service_account_iam_member.crema_acts_as_worker,
  ]
}
