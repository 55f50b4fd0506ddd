#!/usr/bin/env bash
# The smallest working set, without Pulumi: a topic, a subscription that pushes to a Cloud Run service, a dead-letter topic, and the
# grants between them. Alerts, the dashboard's indexes and Eventarc are in the Pulumi program only.
#
#   PROJECT=my-shop-123 infra/gcloud/deploy.sh [--dry-run]
#
# Run it again to change a setting or after a failure: it keeps or updates what exists.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=infra/gcloud/names.sh
source "$here/names.sh"
root=$(cd "$here/../.." && pwd)

REVIEWS_PATH=${REVIEWS_PATH:-reviews/{review\}}
TEXT_FIELD=${TEXT_FIELD:-text}
RESULT_FIELD=${RESULT_FIELD:-sentiment}
NEUTRAL=${NEUTRAL:-on}
LANGUAGES=${LANGUAGES:-}
MODEL=${MODEL:-lite}
CPU=${CPU:-2}
MEMORY=${MEMORY:-1Gi}
MAX_INSTANCES=${MAX_INSTANCES:-8}
# The quota of a new project in a region: raise it in the console, then set it here.
CPU_QUOTA=${CPU_QUOTA:-20}
MAX_BATCH_REVIEWS=${MAX_BATCH_REVIEWS:-64}
ACK_DEADLINE_SECONDS=${ACK_DEADLINE_SECONDS:-120}

# One batch that is running and one that is forming.
CONCURRENCY=$((2 * MAX_BATCH_REVIEWS))
# The service's address is unknown before it exists, so tokens have a custom audience.
AUDIENCE=https://$NAME.$PROJECT
EXISTS_IN_DRY_RUN=false

case ${1:-} in
  --dry-run) DRY_RUN=true ;;
  '') ;;
  *)
    echo "usage: PROJECT=my-shop-123 $0 [--dry-run]" >&2
    exit 2
    ;;
esac

if ((CPU * MAX_INSTANCES > CPU_QUOTA)); then
  echo "MAX_INSTANCES=$MAX_INSTANCES times CPU=$CPU exceeds CPU_QUOTA=$CPU_QUOTA: Cloud Run would refuse it" >&2
  exit 2
fi

# A new service account takes up to a minute to be known everywhere. Until then a grant to it fails and is retried.
grant() {
  local tries
  for tries in 1 2 3 4 5 6 7 8 9 10 11 12; do
    run "$@" && return
    echo "trying again ($tries)" >&2
    sleep "${RETRY_SECONDS:-5}"
  done
  return 1
}

account() {
  exists iam service-accounts describe "$1@$PROJECT.iam.gserviceaccount.com" ||
    run iam service-accounts create "$1" --display-name "$2"
}

apis=(artifactregistry cloudbuild cloudresourcemanager containeranalysis firestore iam pubsub run)
run services enable "${apis[@]/%/.googleapis.com}"

if $DRY_RUN; then
  number=PROJECT_NUMBER
else
  number=$(gcloud projects describe "$PROJECT" --format 'value(projectNumber)')
fi
run beta services identity create --service pubsub.googleapis.com
pubsub_agent=serviceAccount:service-$number@gcp-sa-pubsub.iam.gserviceaccount.com

# The account that Cloud Build runs as: the default account has no permissions in a new project. It comes first, because its grant
# takes a minute or two to take effect.
if [[ -z ${IMAGE:-} ]]; then
  account "$NAME-build" "Cloud Build runs as this account to build the worker's image"
  # Without --condition, gcloud asks for one if another grant of the project has one.
  grant projects add-iam-policy-binding "$PROJECT" --role roles/cloudbuild.builds.builder \
    --member "serviceAccount:$BUILD" --condition None
fi

# The topic, and the dead-letter topic with a subscription. Without one its messages would be lost.
exists pubsub schemas describe "$SCHEMA" ||
  run pubsub schemas create "$SCHEMA" --type protocol-buffer --definition-file "$root/infra/review-message.proto"
exists pubsub topics describe "$TOPIC" ||
  run pubsub topics create "$TOPIC" --schema "$SCHEMA" --message-encoding json --message-retention-duration 7d
exists pubsub topics describe "$DEAD_LETTER_TOPIC" ||
  run pubsub topics create "$DEAD_LETTER_TOPIC"
exists pubsub subscriptions describe "$DEAD_LETTER_TOPIC" ||
  run pubsub subscriptions create "$DEAD_LETTER_TOPIC" --topic "$DEAD_LETTER_TOPIC" \
    --message-retention-duration 31d --expiration-period never

# The worker reads and writes one database and publishes to the dead-letter topic.
account "$NAME-worker" "The worker runs as this account"
grant projects add-iam-policy-binding "$PROJECT" --role roles/datastore.user \
  --member "serviceAccount:$WORKER" --condition "$ONE_DATABASE"
grant pubsub topics add-iam-policy-binding "$DEAD_LETTER_TOPIC" --role roles/pubsub.publisher \
  --member "serviceAccount:$WORKER"

# An index of a field that always grows would limit the collection to 500 writes a second; nothing queries the other two.
# Building indexes takes minutes, and nothing below needs to wait for it.
collection=${REVIEWS_PATH%/*}
for field in classifiedAt scores textHash; do
  run firestore indexes fields update "$RESULT_FIELD.$field" --database "$FIRESTORE_DATABASE" \
    --collection-group "${collection##*/}" --disable-indexes --async
done

# Pub/Sub calls the service as this account, which has no other permission.
account "$NAME-push" "Pub/Sub calls the worker as this account"
grant iam service-accounts add-iam-policy-binding "$PUSH" --role roles/iam.serviceAccountOpenIdTokenCreator \
  --member "$pubsub_agent"

# The image: built from this clone, unless IMAGE names one. A tag identifies one commit with one model. Uncommitted changes get a new
# tag each time.
if [[ -z ${IMAGE:-} ]]; then
  if [[ -z ${TAG:-} ]]; then
    TAG=$(git -C "$root" rev-parse --short=12 HEAD)-$MODEL
    changed=$(git -C "$root" status --porcelain)
    [[ -z $changed ]] || TAG+=-dirty-$(date -u +%Y%m%d%H%M%S)
  fi
  repository=$REGION-docker.pkg.dev/$PROJECT/$NAME
  IMAGE=$repository/worker:$TAG
  exists artifacts repositories describe "$NAME" --location "$REGION" ||
    run artifacts repositories create "$NAME" --location "$REGION" --repository-format docker --labels "$MADE_BY"
  # `gcloud builds submit` without beta does not show a log that is in Cloud Logging.
  exists artifacts docker images describe "$IMAGE" ||
    run beta builds submit "$root" --config "$root/cloudbuild.yaml" \
      --service-account "projects/$PROJECT/serviceAccounts/$BUILD" \
      --substitutions "_IMAGE=$repository/worker,_TAG=$TAG,_MODEL=$MODEL"
fi

variables=(
  "GOOGLE_CLOUD_PROJECT=$PROJECT"
  "FIRESTORE_DATABASE=$FIRESTORE_DATABASE"
  "PUBSUB_TOPIC=$TOPIC"
  "PUBSUB_SUBSCRIPTION=$SUBSCRIPTION"
  "DEAD_LETTER_TOPIC=$DEAD_LETTER_TOPIC"
  "DELIVERY=push"
  "REVIEWS_PATH=$REVIEWS_PATH"
  "TEXT_FIELD=$TEXT_FIELD"
  "RESULT_FIELD=$RESULT_FIELD"
  "NEUTRAL=$NEUTRAL"
  "INFERENCE_THREADS=$CPU"
  "MAX_BATCH_REVIEWS=$MAX_BATCH_REVIEWS"
  "MAX_OUTSTANDING=$CONCURRENCY"
  "PUSH_AUDIENCE=$AUDIENCE"
  "PUSH_SERVICE_ACCOUNT=$PUSH"
)
[[ -z $LANGUAGES ]] || variables+=("LANGUAGES=$LANGUAGES")
run run deploy "$NAME" --region "$REGION" --image "$IMAGE" --service-account "$WORKER" \
  --no-allow-unauthenticated --ingress internal --set-custom-audiences "$AUDIENCE" \
  --set-env-vars "^;^$(IFS=';' && echo "${variables[*]}")" \
  --execution-environment gen2 --cpu "$CPU" --memory "$MEMORY" --cpu-throttling --cpu-boost \
  --concurrency "$CONCURRENCY" --timeout "$ACK_DEADLINE_SECONDS" --min-instances 0 --max-instances "$MAX_INSTANCES" \
  --startup-probe httpGet.path=/startupz,httpGet.port=8080,periodSeconds=1,timeoutSeconds=1,failureThreshold=60 \
  --liveness-probe httpGet.path=/livez,httpGet.port=8080,periodSeconds=30,timeoutSeconds=5,failureThreshold=3
grant run services add-iam-policy-binding "$NAME" --region "$REGION" --role roles/run.invoker \
  --member "serviceAccount:$PUSH"

# The subscription. Pub/Sub's service agent needs both grants. Without either, messages are never dead-lettered and nothing reports it.
if $DRY_RUN; then
  url=https://SERVICE_URL
else
  url=$(gcloud run services describe "$NAME" --region "$REGION" --project "$PROJECT" --format 'value(status.url)')
fi
grant pubsub topics add-iam-policy-binding "$DEAD_LETTER_TOPIC" --role roles/pubsub.publisher --member "$pubsub_agent"
subscription=(
  "$SUBSCRIPTION"
  --ack-deadline "$ACK_DEADLINE_SECONDS" --message-retention-duration 7d --expiration-period never
  --min-retry-delay 10s --max-retry-delay 600s
  --dead-letter-topic "$DEAD_LETTER_TOPIC" --max-delivery-attempts 100
  --push-endpoint "$url/push" --push-auth-service-account "$PUSH" --push-auth-token-audience "$AUDIENCE"
)
if exists pubsub subscriptions describe "$SUBSCRIPTION"; then
  run pubsub subscriptions update "${subscription[@]}"
else
  run pubsub subscriptions create "${subscription[@]}" --topic "$TOPIC"
fi
grant pubsub subscriptions add-iam-policy-binding "$SUBSCRIPTION" --role roles/pubsub.subscriber --member "$pubsub_agent"

$DRY_RUN || cat <<DONE
Deployed. Label a review:
  npm run publish -- --input FILE   # with GOOGLE_CLOUD_PROJECT=$PROJECT
Remove everything except reviews and their labels:
  PROJECT=$PROJECT infra/gcloud/teardown.sh
DONE
