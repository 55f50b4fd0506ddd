# Everything that the worker needs in one Google Cloud project. Without an image, only what is needed to build one.
# The Pulumi program (../deploy.ts) creates the same, and ../test/terraform.test.ts compares them. The reasons for each choice are in
# its comments.

locals {
  deployed = var.image != null
  push     = local.deployed && var.delivery == "push"
  pull     = local.deployed && var.delivery == "pull"
  trigger  = local.push && var.firestore_trigger
  crema    = local.pull && var.autoscaling == "crema"
  has_keys = local.push && nonsensitive(var.api_keys != null)

  apis = concat(
    [
      "artifactregistry", "cloudbuild", "cloudresourcemanager", "containeranalysis", "firestore", "iam", "logging", "monitoring", "pubsub",
      "run", "serviceusage", "storage",
    ],
    var.scan_images ? ["containerscanning"] : [],
    var.delivery == "pull" && var.autoscaling == "crema" ? ["parametermanager"] : [],
    nonsensitive(var.api_keys != null) ? ["secretmanager"] : [],
    var.firestore_trigger ? ["eventarc", "eventarcpublishing"] : [],
  )
}

# They stay enabled when the module is destroyed, because others in the project may use them.
resource "google_project_service" "api" {
  for_each           = toset(local.apis)
  project            = var.project
  service            = "${each.key}.googleapis.com"
  disable_on_destroy = false
}

resource "google_artifact_registry_repository" "images" {
  project                = var.project
  repository_id          = var.name
  location               = var.region
  format                 = "DOCKER"
  description            = "Images of the review-sentiment worker"
  kms_key_name           = var.kms_key
  cleanup_policy_dry_run = false

  # Google bills each image that it scans.
  vulnerability_scanning_config {
    enablement_config = var.scan_images ? "INHERITED" : "DISABLED"
  }
  cleanup_policies {
    id     = "keep-newest"
    action = "KEEP"
    most_recent_versions {
      keep_count = 10
    }
  }
  cleanup_policies {
    id     = "delete-old"
    action = "DELETE"
    condition {
      tag_state  = "ANY"
      older_than = "${30 * 24 * 60 * 60}s"
    }
  }
  depends_on = [google_project_service.api]
}

resource "google_storage_bucket" "build_sources" {
  project                     = var.project
  name                        = "${var.project}-${var.name}-build"
  location                    = var.region
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  force_destroy               = true
  lifecycle_rule {
    action {
      type = "Delete"
    }
    condition {
      age = 7
    }
  }
  dynamic "encryption" {
    for_each = var.kms_key == null ? [] : [var.kms_key]
    content {
      default_kms_key_name = encryption.value
    }
  }
  depends_on = [google_project_service.api]
}
