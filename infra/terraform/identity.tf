resource "google_service_account" "build" {
  project      = var.project
  account_id   = "${var.name}-build"
  display_name = "Cloud Build runs as this account to build the worker's image"
  depends_on   = [google_project_service.api]
}

resource "google_project_iam_member" "build_logs" {
  project = var.project
  role    = "roles/logging.logWriter"
  member  = google_service_account.build.member
}

resource "google_artifact_registry_repository_iam_member" "build_pushes_images" {
  project    = var.project
  location   = var.region
  repository = google_artifact_registry_repository.images.repository_id
  role       = "roles/artifactregistry.writer"
  member     = google_service_account.build.member
}

resource "google_storage_bucket_iam_member" "build_reads_sources" {
  bucket = google_storage_bucket.build_sources.name
  role   = "roles/storage.objectViewer"
  member = google_service_account.build.member
}

resource "google_project_service_identity" "pubsub" {
  provider   = google-beta
  count      = local.deployed ? 1 : 0
  project    = var.project
  service    = "pubsub.googleapis.com"
  depends_on = [google_project_service.api]
}

resource "google_service_account" "worker" {
  count        = local.deployed ? 1 : 0
  project      = var.project
  account_id   = "${var.name}-worker"
  display_name = "The worker runs as this account"
  depends_on   = [google_project_service.api]
}

# roles/datastore.user would also let the worker delete and list documents.
resource "google_project_iam_custom_role" "worker" {
  count       = local.deployed ? 1 : 0
  project     = var.project
  role_id     = "${replace(var.name, "-", "_")}_worker"
  title       = "${var.name}: worker"
  description = "Reads and updates documents of Firestore"
  permissions = ["datastore.databases.get", "datastore.entities.create", "datastore.entities.get", "datastore.entities.update"]
  depends_on  = [google_project_service.api]
}

resource "google_project_iam_member" "worker_uses_firestore" {
  count   = local.deployed ? 1 : 0
  project = var.project
  role    = google_project_iam_custom_role.worker[0].name
  member  = google_service_account.worker[0].member
  condition {
    title      = "one database"
    expression = "resource.name == \"projects/${var.project}/databases/${var.firestore_database}\""
  }
}

resource "google_pubsub_topic_iam_member" "worker_publishes_dead_letters" {
  count   = local.deployed ? 1 : 0
  project = var.project
  topic   = google_pubsub_topic.dead_letters[0].name
  role    = "roles/pubsub.publisher"
  member  = google_service_account.worker[0].member
}

# Pub/Sub and Eventarc call the service as this account, which has no other permission.
resource "google_service_account" "push" {
  count        = local.push ? 1 : 0
  project      = var.project
  account_id   = "${var.name}-push"
  display_name = "Pub/Sub and Eventarc call the worker as this account"
  depends_on   = [google_project_service.api]
}

resource "google_service_account_iam_member" "pubsub_agent_signs_push_tokens" {
  count              = local.push ? 1 : 0
  service_account_id = google_service_account.push[0].name
  role               = "roles/iam.serviceAccountOpenIdTokenCreator"
  member             = google_project_service_identity.pubsub[0].member
}
