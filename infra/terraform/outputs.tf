locals {
  repository = "${var.region}-docker.pkg.dev/${var.project}/${google_artifact_registry_repository.images.repository_id}"
  # The other half of the events' dead-letter policy: Eventarc creates its subscription without one.
  configure_events = local.trigger ? "gcloud pubsub subscriptions update ${local.event_subscription} --project ${var.project} --ack-deadline ${var.ack_deadline_seconds} --message-retention-duration ${var.retention_days}d --min-retry-delay 10s --max-retry-delay 600s --dead-letter-topic ${var.dead_letter_topic} --max-delivery-attempts ${var.max_delivery_attempts}" : null
}

output "repository" {
  description = "Where images are pushed to."
  value       = local.repository
}

output "build" {
  description = "The command that builds the image, to be run in the root of the repository with your own TAG."
  value       = "gcloud beta builds submit . --config cloudbuild.yaml --project ${var.project} --region ${var.region} --gcs-source-staging-dir gs://${google_storage_bucket.build_sources.name}/source --service-account ${google_service_account.build.name} --substitutions _IMAGE=${local.repository}/worker,_TAG=TAG"
}

output "topic" {
  description = "The topic that applications publish to."
  value       = one(google_pubsub_topic.reviews[*].name)
}

output "dead_letters" {
  description = "The subscription of dead-lettered messages."
  value       = one(google_pubsub_subscription.dead_letters[*].name)
}

output "subscription" {
  description = "The subscription that delivers to the worker."
  value       = one(google_pubsub_subscription.review_sentiment[*].name)
}

output "worker" {
  description = "The Cloud Run service or worker pool."
  value       = local.push ? one(google_cloud_run_v2_service.worker[*].name) : local.pool
}

output "url" {
  description = "The address of the service."
  value       = one(google_cloud_run_v2_service.worker[*].uri)
}

output "event_subscription" {
  description = "Eventarc's own subscription."
  value       = local.event_subscription
}

output "configure_events" {
  description = "The command that gives Eventarc's subscription the deadline, retention and dead-letter topic of the worker's."
  value       = local.configure_events
}

output "next" {
  description = "What to do next."
  value = (
    !local.deployed ? "build an image, with your own TAG in the command `build`, and set it: image = \"${local.repository}/worker:TAG\"" :
    local.trigger && var.push_audience == null ? "run the command `configure_events`, and set push_audience to what this prints: gcloud pubsub subscriptions describe ${coalesce(local.event_subscription, "SUBSCRIPTION")} --project ${var.project} --format 'value(pushConfig.oidcToken.audience)'" :
    null
  )
}
