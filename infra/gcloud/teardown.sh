#!/usr/bin/env bash
# Removes what deploy.sh created, including waiting and dead-lettered messages. Reviews and their labels stay, and APIs stay enabled.
#
#   PROJECT=my-shop-123 infra/gcloud/teardown.sh [--yes | --dry-run]
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=infra/gcloud/names.sh
source "$here/names.sh"
EXISTS_IN_DRY_RUN=true

case ${1:-} in
  --dry-run) DRY_RUN=true ;;
  --yes) ;;
  '')
    read -rp "Delete $NAME and all waiting messages from project $PROJECT? Type yes: " answer
    [[ $answer == yes ]] || exit 1
    ;;
  *)
    echo "usage: PROJECT=my-shop-123 $0 [--yes | --dry-run]" >&2
    exit 2
    ;;
esac

# In a misspelt project nothing would be found.
$DRY_RUN || gcloud projects describe "$PROJECT" --format none

# remove GROUP KIND NAME [WHERE…]
remove() {
  exists "$1" "$2" describe "${@:3}" || return 0
  run "$1" "$2" delete "${@:3}"
}

# unbind E-MAIL ROLE CONDITION: removes a binding before its account, which would otherwise leave it behind. After an interrupted run
# it may be gone already.
unbind() {
  local said words=(projects remove-iam-policy-binding "$PROJECT" --role "$2" --member "serviceAccount:$1" --condition "$3")
  exists iam service-accounts describe "$1" || return 0
  if $DRY_RUN; then
    run "${words[@]}"
  elif ! said=$(run "${words[@]}" 2>&1) && [[ $said != *"not found!"* ]]; then
    echo "$said" >&2
    exit 1
  fi
}

remove pubsub subscriptions "$SUBSCRIPTION"
remove run services "$NAME" --region "$REGION"
remove pubsub subscriptions "$DEAD_LETTER_TOPIC"
remove pubsub topics "$TOPIC"
remove pubsub topics "$DEAD_LETTER_TOPIC"
remove pubsub schemas "$SCHEMA"
unbind "$WORKER" roles/datastore.user "$ONE_DATABASE"
remove iam service-accounts "$WORKER"
remove iam service-accounts "$PUSH"
unbind "$BUILD" roles/cloudbuild.builds.builder None
remove iam service-accounts "$BUILD"
if exists artifacts repositories describe "$NAME" --location "$REGION"; then
  $DRY_RUN || labels=$(gcloud artifacts repositories describe "$NAME" --location "$REGION" --project "$PROJECT" --format 'value(labels)')
  if $DRY_RUN || [[ $labels == *"$MADE_BY"* ]]; then
    run artifacts repositories delete "$NAME" --location "$REGION"
  else
    echo "the registry's repository $NAME stays: deploy.sh did not make it" >&2
  fi
fi
