locals {
  collection = element(reverse(split("/", var.reviews_path)), 1)
  # Reviews in several collections, such as one for each shop, are also queried across all of them.
  scattered = strcontains(join("/", slice(split("/", var.reviews_path), 0, length(split("/", var.reviews_path)) - 2)), "{")

  # What dashboards query, as in ../../dashboard/src/indexes.ts.
  dashboard_indexes = concat([
    ["label", "time DESC", "score DESC"],
    ["label", "model", "time DESC", "score DESC"],
    ["label", "language", "time DESC", "score DESC"],
    ["label", "triage.state", "time DESC", "score DESC"],
    ["label", "score DESC", "time DESC"],
    ["label", "score", "time DESC"],
    ["error.code", "time DESC"],
    ["error.code", "model", "time DESC"],
    ["error.code", "language", "time DESC"],
    ["triage.label", "time DESC"],
    ], var.group_field == null ? [] : [
    ["label", "group", "time DESC", "score DESC"],
    ["error.code", "group", "time DESC"],
    ], var.rating_field == null ? [] : [
    ["label", "rating", "time DESC", "score DESC"],
  ])
  index_scopes = local.scattered ? ["COLLECTION", "COLLECTION_GROUP"] : ["COLLECTION"]
  indexes = !local.deployed || !var.dashboard_indexes ? {} : merge([
    for scope in local.index_scopes : {
      for fields in local.dashboard_indexes : "${join(", ", fields)} in ${scope}" => { scope = scope, fields = fields }
    }
  ]...)
}

# An index of a field that always grows would limit the collection to 500 writes a second; nothing queries the other two.
resource "google_firestore_field" "unindexed" {
  for_each   = local.deployed ? toset(["classifiedAt", "scores", "textHash"]) : []
  project    = var.project
  database   = var.firestore_database
  collection = local.collection
  field      = "${var.result_field}.${each.key}"
  # Empty means no index. Without it the default indexes would stay.
  index_config {}
  depends_on = [google_project_service.api]
}

# The three default indexes of a field, which an explicit configuration would otherwise remove, and one across collections.
resource "google_firestore_field" "across_collections" {
  for_each   = local.deployed && local.scattered ? toset(["model", "error.code"]) : []
  project    = var.project
  database   = var.firestore_database
  collection = local.collection
  field      = "${var.result_field}.${each.key}"
  index_config {
    indexes {
      order       = "ASCENDING"
      query_scope = "COLLECTION"
    }
    indexes {
      order       = "DESCENDING"
      query_scope = "COLLECTION"
    }
    indexes {
      array_config = "CONTAINS"
      query_scope  = "COLLECTION"
    }
    indexes {
      order       = "ASCENDING"
      query_scope = "COLLECTION_GROUP"
    }
  }
  depends_on = [google_project_service.api]
}

resource "google_firestore_index" "dashboard" {
  for_each    = local.indexes
  project     = var.project
  database    = var.firestore_database
  collection  = local.collection
  query_scope = each.value.scope
  dynamic "fields" {
    for_each = [for field in each.value.fields : split(" ", field)]
    content {
      field_path = (
        fields.value[0] == "time" ? coalesce(var.created_field, "${var.result_field}.classifiedAt") :
        fields.value[0] == "group" ? var.group_field :
        fields.value[0] == "rating" ? var.rating_field :
        startswith(fields.value[0], "triage.") ? fields.value[0] : "${var.result_field}.${fields.value[0]}"
      )
      order = length(fields.value) == 2 ? "DESCENDING" : "ASCENDING"
    }
  }
  depends_on = [google_project_service.api]
}
