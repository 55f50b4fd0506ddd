#!/usr/bin/env bash
# Removes what deploy.sh made, with messages and dead letters that wait there. Reviews and their labels stay, APIs stay on.
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

# Whoever may not see the project would be told that there is nothing to remove.
$DRY_RUN || gcloud projects describe "$PROJECT" --format none

# remove GROUP KIND NAME [WHERE…]
remove() {
  exists "$1" "$2" describe "${@:3}" || return 0
  run "$1" "$2" delete "${@:3}"
}

remove pubsub subscriptions "$SUBSCRIPTION"
remove run services "$NAME" --region "$REGION"
remove pubsub subscriptions "$DEAD_LETTER_TOPIC"
remove pubsub topics "$TOPIC"
remove pubsub topics "$DEAD_LETTER_TOPIC"
remove pubsub schemas "$SCHEMA"
if exists iam service-accounts describe "$WORKER"; then
  # Before the account, or the binding would stay behind it. After a run that was cut short it may be gone already.
  run projects remove-iam-policy-binding "$PROJECT" --role roles/datastore.user \
    --member "serviceAccount:$WORKER" --condition "$ONE_DATABASE" || true
fi
remove iam service-accounts "$WORKER"
remove iam service-accounts "$PUSH"
remove artifacts repositories "$NAME" --location "$REGION"
