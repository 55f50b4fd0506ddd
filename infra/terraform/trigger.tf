resource "google_project_service_identity" "eventarc" {
  provider   = google-beta
  count      = local.trigger ? 1 : 0
  project    = var.project
  service    = "eventarc.googleapis.com"
  depends_on = [google_project_service.api]
}

# Google grants this role itself, minutes after the API is enabled, and the trigger cannot be created before.
resource "google_project_iam_member" "eventarc_agent_works" {
  count   = local.trigger ? 1 : 0
  project = var.project
  role    = "roles/eventarc.serviceAgent"
  member  = google_project_service_identity.eventarc[0].member
}

# Until the grant has taken effect everywhere: "Permission denied while using the Eventarc Service Agent". If this was not long enough,
# apply again.
resource "time_sleep" "eventarc_agent" {
  count           = local.trigger ? 1 : 0
  create_duration = "180s"
  depends_on      = [google_project_iam_member.eventarc_agent_works]
}

resource "google_project_iam_member" "push_receives_events" {
  count   = local.trigger ? 1 : 0
  project = var.project
  role    = "roles/eventarc.eventReceiver"
  member  = google_service_account.push[0].member
}

# One for all of Google's events in the location, so other triggers there use the key too.
resource "google_eventarc_google_channel_config" "events" {
  count           = local.trigger && var.events_kms_key != null ? 1 : 0
  project         = var.project
  name            = "projects/${var.project}/locations/${var.firestore_location}/googleChannelConfig"
  location        = var.firestore_location
  crypto_key_name = var.events_kms_key
  depends_on      = [google_project_service.api]
}

resource "google_eventarc_trigger" "review_written" {
  count                   = local.trigger ? 1 : 0
  project                 = var.project
  name                    = var.name
  location                = var.firestore_location
  service_account         = google_service_account.push[0].email
  event_data_content_type = "application/protobuf"
  matching_criteria {
    attribute = "type"
    value     = "google.cloud.firestore.document.v1.written"
  }
  matching_criteria {
    attribute = "database"
    value     = var.firestore_database
  }
  matching_criteria {
    attribute = "document"
    value     = var.reviews_path
    operator  = "match-path-pattern"
  }
  destination {
    cloud_run_service {
      service = google_cloud_run_v2_service.worker[0].name
      region  = var.region
      path    = "/eventarc"
    }
  }
  depends_on = [
    time_sleep.eventarc_agent,
    google_project_iam_member.push_receives_events,
    google_service_account_iam_member.pubsub_agent_signs_push_tokens,
    google_cloud_run_v2_service_iam_member.push_invokes,
    google_eventarc_google_channel_config.events,
  ]
}

locals {
  # Eventarc's own topic and subscription, where events wait.
  event_topic        = try(google_eventarc_trigger.review_written[0].transport[0].pubsub[0].topic, null)
  event_subscription = try(google_eventarc_trigger.review_written[0].transport[0].pubsub[0].subscription, null)
}

# The other half of the dead-letter policy that the output configure_events sets.
resource "google_pubsub_subscription_iam_member" "pubsub_agent_takes_events_it_dead_letters" {
  count        = local.trigger ? 1 : 0
  project      = var.project
  subscription = local.event_subscription
  role         = "roles/pubsub.subscriber"
  member       = google_project_service_identity.pubsub[0].member
}
