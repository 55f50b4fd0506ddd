# shellcheck shell=bash disable=SC2034
# Names that deploy.sh and teardown.sh share. Each can be set in the environment.

: "${PROJECT:?set it to the id of your Google Cloud project: PROJECT=my-shop-123 $0}"
REGION=${REGION:-us-central1}
NAME=${NAME:-review-sentiment}
TOPIC=${TOPIC:-reviews}
SUBSCRIPTION=${SUBSCRIPTION:-review-sentiment}
DEAD_LETTER_TOPIC=${DEAD_LETTER_TOPIC:-reviews-dead-letter}
FIRESTORE_DATABASE=${FIRESTORE_DATABASE:-(default)}

SCHEMA=$TOPIC-message
WORKER=$NAME-worker@$PROJECT.iam.gserviceaccount.com
PUSH=$NAME-push@$PROJECT.iam.gserviceaccount.com
BUILD=$NAME-build@$PROJECT.iam.gserviceaccount.com
ONE_DATABASE="expression=resource.name == \"projects/$PROJECT/databases/$FIRESTORE_DATABASE\",title=one database"
# Marks the registry's repository, so that teardown.sh does not remove one that existed before.
MADE_BY=made_by=deploy-sh

DRY_RUN=false

# Runs a gcloud command that changes something, or prints it in a dry run.
run() {
  if $DRY_RUN; then
    local words
    printf -v words ' %q' "$@"
    echo "gcloud$words --project $PROJECT"
  else
    echo "gcloud $1 $2 $3 ${4:-}" >&2
    gcloud "$@" --project "$PROJECT" --quiet --format none
  fi
}

# Whether `gcloud "$@"` finds something. In a dry run nothing exists for deploy.sh, and everything for teardown.sh.
exists() {
  local said
  if $DRY_RUN; then
    $EXISTS_IN_DRY_RUN
    return
  fi
  said=$(gcloud "$@" --project "$PROJECT" 2>&1 >/dev/null) && return
  # Any other failure leaves it unknown: no permission, no network, an API that is not enabled.
  if [[ ! $said =~ NOT_FOUND|"Cannot find service"|"Image not found" ]]; then
    echo "$said" >&2
    exit 1
  fi
  return 1
}
