# The settings of the Pulumi program (../settings.ts) under the same names, with the same defaults. docs/deploy.md explains them.

# What the validations need. They refer to nothing outside this file, so that a test can check them alone.
locals {
  # One identity, so neither allUsers, allAuthenticatedUsers nor a domain.
  member = "^((user|group|serviceAccount):[^\\s@]+@[^\\s@]+|principal(Set)?://iam\\.googleapis\\.com/\\S+)$"

  # Field of a document, dotted for a nested one. Firestore reserves names that begin and end with __.
  field_path     = "^[A-Za-z_]\\w*(\\.[A-Za-z_]\\w*)*$"
  reserved_field = "(^|\\.)__\\w*__(\\.|$)"

  # If an empty string counted as null, the number of secrets would be unknown for keys that the same apply generates.
  unset = "To leave it unset, use null instead of an empty string."

  # The one instance of the autoscaler in crema.tf.
  autoscaler  = { cpus = 1, mebibytes = 512 }
  autoscalers = var.autoscaling == "crema" ? 1 : 0

  memory_limits   = { "1" = [512, 4096], "2" = [512, 8192], "4" = [2048, 16384], "6" = [4096, 24576], "8" = [4096, 32768] }
  total_instances = var.delivery == "push" || var.autoscaling != "none" ? var.max_instances : var.instances

  # Variables of the worker that the module sets itself.
  own_variables = [
    "GOOGLE_CLOUD_PROJECT", "FIRESTORE_DATABASE", "PUBSUB_TOPIC", "PUBSUB_SUBSCRIPTION", "DEAD_LETTER_TOPIC", "DELIVERY", "REVIEWS_PATH",
    "TEXT_FIELD", "RESULT_FIELD", "NEUTRAL", "LANGUAGES", "INFERENCE_THREADS", "MAX_BATCH_REVIEWS", "MAX_OUTSTANDING", "PORT",
    "ACK_DEADLINE_SECONDS", "PUSH_AUDIENCE", "PUSH_SERVICE_ACCOUNT", "API_KEYS",
  ]
  # Its others.
  worker_variables = [
    "DEAD_LETTER_SUBSCRIPTION", "MODEL", "MODEL_MIRROR", "NEUTRAL_BELOW", "MAX_BATCH_TOKENS", "BATCHING", "MAX_CONCURRENT_BATCHES",
    "PUSH_TRUST_PLATFORM", "ALLOW_LEGACY_GET", "SHUTDOWN_GRACE_MS", "LOG_LEVEL",
  ]
  # What is left of each without one of its characters: names that differ by one typing error have one of these in common.
  near_variables = toset(flatten([for name in concat(local.own_variables, local.worker_variables) :
    concat([name], [for i in range(length(name)) : "${substr(name, 0, i)}${substr(name, i + 1, -1)}"])
  ]))
}

variable "project" {
  type        = string
  description = "The project's id."
  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.project))
    error_message = "Set project to a project id such as my-shop-123."
  }
}

variable "region" {
  type        = string
  default     = "us-central1"
  description = "Region of the worker, the image registry and the builds."
  validation {
    condition     = can(regex("^[a-z]+-[a-z]+\\d+$", var.region))
    error_message = "Set region to a region such as us-central1, not a zone."
  }
}

variable "name" {
  type        = string
  default     = "review-sentiment"
  description = "Name of the worker, its service accounts and the registry. A second worker in the project needs another name, and topics of its own: see docs/deploy.md, A second deployment."
  validation {
    # Service account ids have 6 to 30 characters, and -worker is added to it. A bucket's name contains it, and must not contain google.
    condition     = can(regex("^[a-z][a-z0-9-]{2,21}[a-z0-9]$", var.name)) && !strcontains(var.name, "google")
    error_message = "Set name to 4 to 23 lowercase letters, digits and hyphens such as review-sentiment, without the word google."
  }
}

variable "image" {
  type        = string
  default     = null
  description = "The worker's image. Without it, only what is needed to build one is created."
  validation {
    # Terraform's expressions have no lookahead, so the tag latest is refused separately.
    condition = var.image == null || (
      can(regex("^[a-z0-9.-]+(:\\d+)?(/[a-z0-9._-]+)+(@sha256:[0-9a-f]{64}|:[\\w.-]{1,128})$", var.image)) && !can(regex(":latest$", var.image))
    )
    error_message = "Set image to an image with its registry and a tag other than latest, or a digest: the same deployment must always run the same image. ${local.unset}"
  }
}

variable "delivery" {
  type        = string
  default     = "push"
  description = "push: a service that scales to zero. pull: a worker pool that is always on."
  validation {
    condition     = contains(["push", "pull"], var.delivery)
    error_message = "Set delivery to push (a service that scales to zero) or pull (a worker pool that is always on)."
  }
}

variable "reviews_path" {
  type        = string
  default     = "reviews/{review}"
  description = "Which documents are reviews: a template of their paths, such as shops/{shop}/reviews/{review}."
  validation {
    condition = (
      length(split("/", var.reviews_path)) % 2 == 0 &&
      alltrue([for part in split("/", var.reviews_path) :
        can(regex("^([^{}]+|\\{[A-Za-z_]\\w*\\})$", part)) && !can(regex("^(\\.|\\.\\.|(?s:__.*__))$", part))
      ]) &&
      length(regexall("\\{", var.reviews_path)) == length(distinct(regexall("\\{\\w+\\}", var.reviews_path))) &&
      endswith(var.reviews_path, "}") &&
      !startswith(element(reverse(split("/", var.reviews_path)), 1), "{")
    )
    error_message = "Set reviews_path to a template of document paths such as reviews/{review} or shops/{shop}/reviews/{review}, with an even number of segments. The collection must have a name, the last segment must be a variable, and each variable may occur once."
  }
}

variable "text_field" {
  type        = string
  default     = "text"
  description = "Field with the text; dotted for a nested field."
  validation {
    condition     = can(regex(local.field_path, var.text_field)) && !can(regex(local.reserved_field, var.text_field))
    error_message = "Set text_field to a field of letters, digits and _ such as text or content.body. Firestore reserves names that begin and end with __."
  }
  validation {
    condition     = split(".", var.text_field)[0] != var.result_field
    error_message = "result_field is where text_field keeps the text, and the worker would overwrite it; set it to another field."
  }
}

variable "result_field" {
  type        = string
  default     = "sentiment"
  description = "The one field that the worker writes."
  validation {
    condition     = can(regex("^[A-Za-z_]\\w*$", var.result_field)) && !can(regex(local.reserved_field, var.result_field))
    error_message = "Set result_field to the name of a top-level field of letters, digits and _ such as sentiment. Firestore reserves names that begin and end with __."
  }
  validation {
    condition     = var.result_field != "triage"
    error_message = "result_field is where the dashboard keeps people's corrections, and the worker would overwrite it; set it to another field."
  }
}

variable "created_field" {
  type        = string
  default     = null
  description = "Field with the time when a review was written, a timestamp. The dashboard's indexes use it instead of the time of labelling."
  validation {
    condition     = var.created_field == null || (can(regex(local.field_path, var.created_field)) && !can(regex(local.reserved_field, var.created_field)))
    error_message = "Set created_field to the field with the time when a review was written, a timestamp, such as createdAt. Firestore reserves names that begin and end with __. ${local.unset}"
  }
}

variable "rating_field" {
  type        = string
  default     = null
  description = "Field with the customer's rating. With it, the dashboard's indexes for contradictions exist."
  validation {
    condition     = var.rating_field == null || (can(regex(local.field_path, var.rating_field)) && !can(regex(local.reserved_field, var.rating_field)))
    error_message = "Set rating_field to the field with the customer's rating, a number from 1 to 5, such as rating. Firestore reserves names that begin and end with __. ${local.unset}"
  }
}

variable "group_field" {
  type        = string
  default     = null
  description = "Field by which the dashboard compares reviews, such as product. With it, the indexes for that exist."
  validation {
    condition     = var.group_field == null || (can(regex(local.field_path, var.group_field)) && !can(regex(local.reserved_field, var.group_field)))
    error_message = "Set group_field to the field by which dashboards compare reviews, a text, such as product. Firestore reserves names that begin and end with __. ${local.unset}"
  }
}

variable "neutral" {
  type        = string
  default     = "on"
  description = "on (three labels) or off (only NEGATIVE and POSITIVE)."
  validation {
    condition     = contains(["on", "off"], var.neutral)
    error_message = "Set neutral to on (three labels) or off (only NEGATIVE and POSITIVE)."
  }
}

variable "languages" {
  type        = string
  default     = null
  description = "The languages to label as BCP 47 primary tags, such as es,ca,pt,en, or any. Without it, those that the model reads. A text that is certainly in another language gets an error."
  validation {
    condition = try(var.languages == "any" || length(setsubtract(split(",", var.languages), split(" ",
      "am ar az be bg bn ca cs da de el en es et eu fa fi fr gu he hi hr hu hy is it ja ka kn ko ku lo lt lv ml mr ms nl no or pa pl pt ro ru sk sl sq sr sv ta te th tl tr uk ur vi yo zh"
    ))) == 0, true)
    error_message = "Set languages to any, or to all languages to label such as es,ca,pt,en. If it is not set, those that the model reads are labelled. ${local.unset} Only these can be detected: am, ar, az, be, bg, bn, ca, cs, da, de, el, en, es, et, eu, fa, fi, fr, gu, he, hi, hr, hu, hy, is, it, ja, ka, kn, ko, ku, lo, lt, lv, ml, mr, ms, nl, no, or, pa, pl, pt, ro, ru, sk, sl, sq, sr, sv, ta, te, th, tl, tr, uk, ur, vi, yo, zh."
  }
}

variable "firestore_database" {
  type        = string
  default     = "(default)"
  description = "The only database that the worker may access: Standard edition, native mode."
  validation {
    condition     = can(regex("^(\\(default\\)|[a-z][a-z0-9-]{2,61}[a-z0-9])$", var.firestore_database))
    error_message = "Set firestore_database to the id of an existing Firestore database such as (default)."
  }
}

variable "firestore_trigger" {
  type        = bool
  default     = false
  description = "Whether Eventarc sends every write of a review to the worker, so that applications need not publish."
  validation {
    condition     = !var.firestore_trigger || var.delivery == "push"
    error_message = "firestore_trigger needs delivery push: Eventarc calls a service, and a worker pool has no address."
  }
  validation {
    condition     = !var.firestore_trigger || var.firestore_location != null
    error_message = "firestore_location is not set; firestore_trigger needs it, because a trigger must be in the location of its database: gcloud firestore databases describe --database=ID --format='value(locationId)'."
  }
}

variable "firestore_location" {
  type        = string
  default     = null
  description = "Location of the database, such as nam5. Required with firestore_trigger."
  validation {
    condition     = var.firestore_location == null || can(regex("^([a-z]+-[a-z]+\\d+|nam\\d+|eur\\d+)$", var.firestore_location))
    error_message = "Set firestore_location to the database's location such as us-central1, nam5 or eur3. ${local.unset}"
  }
}

variable "push_audience" {
  type        = string
  default     = null
  description = "With firestore_trigger: the audience of the tokens that Eventarc sends."
  validation {
    condition     = var.push_audience == null || can(regex("^https://[^\\s/]", var.push_audience))
    error_message = "Set push_audience to the audience of the trigger's tokens, an address that begins with https://. ${local.unset}"
  }
  validation {
    condition     = var.push_audience == null || var.firestore_trigger
    error_message = "push_audience is set but firestore_trigger is not, and Cloud Run would refuse pushes for another service's audience; remove it."
  }
}

variable "dashboard_indexes" {
  type        = bool
  default     = true
  description = "Composite indexes for dashboards. They limit labelling to 500 reviews per label and second."
}

variable "topic" {
  type        = string
  default     = "reviews"
  description = "Topic that applications publish to."
  validation {
    condition     = can(regex("^[A-Za-z][\\w.~+%-]{2,254}$", var.topic)) && !startswith(var.topic, "goog")
    error_message = "Set topic to a topic's name, not its path, such as reviews."
  }
}

variable "subscription" {
  type        = string
  default     = "review-sentiment"
  description = "Subscription that delivers to the worker."
  validation {
    condition     = can(regex("^[A-Za-z][\\w.~+%-]{2,254}$", var.subscription)) && !startswith(var.subscription, "goog")
    error_message = "Set subscription to a subscription's name, not its path, such as review-sentiment."
  }
  validation {
    condition     = var.subscription != var.dead_letter_topic
    error_message = "subscription has the name of dead_letter_topic, as that topic's own subscription has; set it to another name."
  }
}

variable "dead_letter_topic" {
  type        = string
  default     = "reviews-dead-letter"
  description = "Topic for messages that can never be processed."
  validation {
    condition     = can(regex("^[A-Za-z][\\w.~+%-]{2,254}$", var.dead_letter_topic)) && !startswith(var.dead_letter_topic, "goog")
    error_message = "Set dead_letter_topic to a topic's name, not its path, such as reviews-dead-letter."
  }
  validation {
    condition     = var.dead_letter_topic != var.topic
    error_message = "dead_letter_topic is the topic itself, so dead-lettered messages would be redelivered for ever; set it to another name."
  }
}

variable "ack_deadline_seconds" {
  type        = number
  default     = 120
  description = "Seconds until Pub/Sub redelivers a message that was not acked, 60 to 600. With push also the request timeout."
  validation {
    condition     = var.ack_deadline_seconds >= 60 && var.ack_deadline_seconds <= 600 && floor(var.ack_deadline_seconds) == var.ack_deadline_seconds
    error_message = "Set ack_deadline_seconds to a whole number from 60 to 600."
  }
}

variable "max_delivery_attempts" {
  type        = number
  default     = 100
  description = "Deliveries after which Pub/Sub dead-letters a message, 5 to 100."
  validation {
    condition     = var.max_delivery_attempts >= 5 && var.max_delivery_attempts <= 100 && floor(var.max_delivery_attempts) == var.max_delivery_attempts
    error_message = "Set max_delivery_attempts to a whole number from 5 to 100."
  }
}

variable "retention_days" {
  type        = number
  default     = 7
  description = "Days for which topic and subscription keep messages, 1 to 31."
  validation {
    condition     = var.retention_days >= 1 && var.retention_days <= 31 && floor(var.retention_days) == var.retention_days
    error_message = "Set retention_days to a whole number from 1 to 31."
  }
}

variable "cpu" {
  type        = string
  default     = "2"
  description = "CPUs of an instance, and its inference threads."
  validation {
    condition     = contains(["1", "2", "4", "6", "8"], var.cpu)
    error_message = "Set cpu to 1, 2, 4, 6 or 8."
  }
}

variable "memory" {
  type        = string
  default     = "1Gi"
  description = "Memory of an instance."
  validation {
    condition     = can(regex("^[1-9]\\d*(Mi|Gi)$", var.memory))
    error_message = "Set memory to a size such as 1Gi or 1536Mi."
  }
  validation {
    condition     = try(parseint(regex("^\\d+", var.memory), 10) * (endswith(var.memory, "Gi") ? 1024 : 1) >= local.memory_limits[var.cpu][0], true)
    error_message = "memory is too small for cpu: 1 and 2 CPUs need at least 512Mi, 4 need 2Gi, 6 and 8 need 4Gi."
  }
  validation {
    condition     = try(parseint(regex("^\\d+", var.memory), 10) * (endswith(var.memory, "Gi") ? 1024 : 1) <= local.memory_limits[var.cpu][1], true)
    error_message = "memory is too large for cpu: at most 4Gi per CPU."
  }
}

variable "max_batch_reviews" {
  type        = number
  default     = 64
  description = "Reviews in a batch at most, 1 to 500. With push, an instance accepts twice as many concurrent requests."
  validation {
    condition     = var.max_batch_reviews >= 1 && var.max_batch_reviews <= 500 && floor(var.max_batch_reviews) == var.max_batch_reviews
    error_message = "Set max_batch_reviews to a whole number from 1 to 500."
  }
}

variable "min_instances" {
  type        = number
  default     = 0
  description = "push and autoscaling: instances that always run, so that the first review after a pause does not wait for a start."
  validation {
    condition     = var.min_instances >= 0 && var.min_instances <= 100 && floor(var.min_instances) == var.min_instances
    error_message = "Set min_instances to a whole number from 0 to 100."
  }
  validation {
    condition     = var.min_instances <= var.max_instances
    error_message = "min_instances is greater than max_instances."
  }
}

variable "max_instances" {
  type        = number
  default     = 8
  description = "push and autoscaling: maximum number of instances."
  validation {
    condition     = var.max_instances >= 1 && var.max_instances <= 1000 && floor(var.max_instances) == var.max_instances
    error_message = "Set max_instances to a whole number from 1 to 1000."
  }
}

variable "instances" {
  type        = number
  default     = 1
  description = "pull: number of instances."
  validation {
    condition     = var.instances >= 1 && var.instances <= 100 && floor(var.instances) == var.instances
    error_message = "Set instances to a whole number from 1 to 100."
  }
}

variable "autoscaling" {
  type        = string
  default     = "none"
  description = "pull: none, cpu (by the CPUs in use) or crema (by the backlog of the subscription)."
  validation {
    condition     = contains(["none", "cpu", "crema"], var.autoscaling)
    error_message = "Set autoscaling to none (always instances), cpu (by the CPUs in use) or crema (by the backlog of the subscription)."
  }
  validation {
    condition     = var.autoscaling == "none" || var.delivery == "pull"
    error_message = "autoscaling needs delivery pull: a service that Pub/Sub pushes to scales by itself."
  }
}

variable "cpu_quota" {
  type        = number
  default     = 20
  description = "vCPUs that Cloud Run may use in the region. New projects have 20."
  validation {
    condition     = var.cpu_quota >= 1 && floor(var.cpu_quota) == var.cpu_quota
    error_message = "Set cpu_quota to the region's quota of vCPUs, a whole number."
  }
  validation {
    condition     = try(tonumber(var.cpu) * local.total_instances + local.autoscalers * local.autoscaler.cpus <= var.cpu_quota, true)
    error_message = "CPUs × instances (and, with crema, 1 for the autoscaler) exceed cpu_quota, and Cloud Run would refuse the deployment: lower max_instances (push, autoscaling) or instances (pull), or have the quota of Cloud Run in the region raised (console, IAM & Admin, Quotas) and set cpu_quota to it."
  }
}

variable "memory_quota" {
  type        = string
  default     = "40Gi"
  description = "Memory that Cloud Run may use in the region. New projects have 40Gi."
  validation {
    condition     = can(regex("^[1-9]\\d*(Mi|Gi)$", var.memory_quota))
    error_message = "Set memory_quota to the region's quota of memory such as 40Gi."
  }
  validation {
    condition     = try(parseint(regex("^\\d+", var.memory), 10) * (endswith(var.memory, "Gi") ? 1024 : 1) * local.total_instances + local.autoscalers * local.autoscaler.mebibytes <= parseint(regex("^\\d+", var.memory_quota), 10) * (endswith(var.memory_quota, "Gi") ? 1024 : 1), true)
    error_message = "Memory × instances (and, with crema, 512Mi for the autoscaler) exceed memory_quota, and Cloud Run would refuse the deployment: lower max_instances (push, autoscaling) or instances (pull), or have the quota of Cloud Run in the region raised (console, IAM & Admin, Quotas) and set memory_quota to it."
  }
}

variable "kms_key" {
  type        = string
  default     = null
  description = "Your own encryption key, in the region, for topics, secrets, images, sources and the worker."
  validation {
    condition     = var.kms_key == null || can(regex("^projects/[^/]+/locations/${var.region}/keyRings/[^/]+/cryptoKeys/[^/]+$", var.kms_key))
    error_message = "Set kms_key to a key in the region, projects/…/locations/REGION/keyRings/…/cryptoKeys/…. ${local.unset}"
  }
}

variable "events_kms_key" {
  type        = string
  default     = null
  description = "With firestore_trigger: your own key for events, in the location of the database."
  validation {
    condition     = var.events_kms_key == null || can(regex("^projects/[^/]+/locations/[^/]+/keyRings/[^/]+/cryptoKeys/[^/]+$", var.events_kms_key))
    error_message = "Set events_kms_key to a key in the location of the database, projects/…/locations/LOCATION/keyRings/…/cryptoKeys/…. ${local.unset}"
  }
  validation {
    condition     = var.events_kms_key == null || var.firestore_trigger
    error_message = "events_kms_key is set but firestore_trigger is not; there are no events to encrypt."
  }
}

variable "scan_images" {
  type        = bool
  default     = false
  description = "Whether Google scans each image for vulnerabilities, and bills each scan."
}

variable "environment" {
  type        = map(string)
  default     = {}
  description = "Additional variables of the worker such as NEUTRAL_BELOW or LOG_LEVEL."
  validation {
    condition = alltrue([for name in keys(var.environment) :
      can(regex("^[A-Z][A-Z0-9_]*$", name)) && !contains(local.own_variables, name) && !can(regex("^(K_|CLOUD_RUN_|X_GOOGLE_)", name))
    ])
    error_message = "Set environment to additional variables of the worker, but neither those that other variables determine nor Cloud Run's own (K_…, CLOUD_RUN_…, X_GOOGLE_…)."
  }
  validation {
    condition = alltrue([for name in keys(var.environment) : contains(local.worker_variables, name) || length(setintersection(local.near_variables,
      concat([name], [for i in range(length(name)) : "${substr(name, 0, i)}${substr(name, i + 1, -1)}"])
    )) == 0])
    error_message = "environment has a variable that is spelled almost as one of the worker: docs/reference/configuration.md lists them."
  }
  validation {
    condition     = !contains(["error", "fatal", "silent"], lookup(var.environment, "LOG_LEVEL", "info"))
    error_message = "The alert on failing deliveries needs the worker's warnings, so LOG_LEVEL must be warn or lower."
  }
}

variable "api_keys" {
  type        = string
  default     = null
  sensitive   = true
  description = "Keys for POST /classify, separated by commas. They are in Terraform's state."
  validation {
    condition     = try(alltrue([for key in split(",", var.api_keys) : can(regex("^[ -~]{16,}$", trimspace(key)))]), true)
    error_message = "Set api_keys to comma-separated keys of at least 16 ASCII characters. ${local.unset}"
  }
  validation {
    condition     = var.api_keys == null || var.delivery == "push"
    error_message = "api_keys and callers need delivery push: a worker pool has no address to call."
  }
}

variable "publishers" {
  type        = list(string)
  default     = []
  description = "IAM members that may publish to the topic."
  validation {
    condition     = alltrue([for member in var.publishers : can(regex(local.member, member))])
    error_message = "Set publishers to who may publish, such as [\"serviceAccount:shop@my-shop-123.iam.gserviceaccount.com\"]; never everyone."
  }
}

variable "callers" {
  type        = list(string)
  default     = []
  description = "IAM members that may call POST /classify. They need a key as well."
  validation {
    condition     = alltrue([for member in var.callers : can(regex(local.member, member))])
    error_message = "Set callers to who may call POST /classify, such as [\"group:support@example.com\"]; never everyone."
  }
  validation {
    condition     = length(var.callers) == 0 || var.delivery == "push"
    error_message = "api_keys and callers need delivery push: a worker pool has no address to call."
  }
  validation {
    condition     = length(var.callers) == 0 || var.api_keys != null
    error_message = "callers is set but api_keys is not; without a key there is no POST /classify to call."
  }
}

variable "alert_emails" {
  type        = list(string)
  default     = []
  description = "Who gets alerts by e-mail."
  validation {
    condition     = alltrue([for email in var.alert_emails : can(regex("^[^\\s@]+@[^\\s@]+\\.[^\\s@]+$", email))])
    error_message = "Set alert_emails to e-mail addresses such as [\"oncall@example.com\"]."
  }
}
