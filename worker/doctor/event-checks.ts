/** Eventarc's triggers and their subscriptions, which Eventarc creates with defaults that do not fit. */
import { checkSubscription, lastPart, type SubscriptionState } from "./queue-checks.ts";
import { ask, type Examination } from "./report.ts";
import { checkPushes, type WorkerService } from "./service-checks.ts";
import type { Database } from "./store-checks.ts";

/** https://cloud.google.com/eventarc/docs/reference/rest/v1/projects.locations.triggers */
interface Trigger {
  /** `projects/…/locations/…/triggers/…` */
  name: string;
  eventFilters?: { attribute: string; value: string }[];
  destination?: { cloudRun?: { service?: string; path?: string; region?: string } };
  transport?: { pubsub?: { subscription?: string } };
}

/**
 * @param service that the triggers call
 * @returns Eventarc's subscriptions
 */
export async function checkEvents(
  examination: Examination,
  service: WorkerService | undefined,
  database: Database | undefined,
): Promise<SubscriptionState[]> {
  const { api, target, report } = examination;
  const { project } = target;
  const subscriptions: SubscriptionState[] = [];
  if (target.isEmulator) return subscriptions;
  const listed = await ask(examination, "Eventarc's triggers", () =>
    api.get<{ triggers?: Trigger[] }>("eventarc", `v1/projects/${project}/locations/-/triggers?pageSize=500`),
  );
  const triggers = (listed?.triggers ?? []).filter(
    ({ eventFilters = [], destination }) =>
      eventFilters.some(({ value }) => value.startsWith("google.cloud.firestore.document.v1.")) &&
      (service === undefined
        ? destination?.cloudRun?.path === "/eventarc"
        : destination?.cloudRun?.service === service.name),
  );
  if (triggers.length > 0) report.done("Eventarc's triggers");
  for (const { name, eventFilters = [], destination, transport } of triggers) {
    const trigger = lastPart(name);
    const location = name.split("/")[3] as string;
    const at = `--location=${location} --project ${project}`;
    const filter = (attribute: string) => eventFilters.find((one) => one.attribute === attribute)?.value;
    if (destination?.cloudRun?.path !== "/eventarc")
      report.found(
        "eventarc-path",
        `The trigger ${trigger} calls the path ${destination?.cloudRun?.path ?? "/"}, where the worker has nothing.`,
        `gcloud eventarc triggers update ${trigger} --destination-run-path=/eventarc ${at}`,
      );
    if (filter("database") !== target.database)
      report.found(
        "eventarc-database",
        `The trigger ${trigger} watches the database ${filter("database")}, not ${target.database}.`,
        `Delete it and create it again for ${target.database}: gcloud eventarc triggers delete ${trigger} ${at}`,
      );
    else if (database?.locationId !== undefined && database.locationId !== location)
      report.found(
        "eventarc-region",
        `The trigger ${trigger} is in ${location} and its database in ${database.locationId}, so it receives no events.`,
        `Create it in ${database.locationId}: gcloud eventarc triggers delete ${trigger} ${at}`,
      );
    if (documentPattern(filter("document")) !== documentPattern(target.reviewsPath.source))
      report.found(
        "eventarc-document",
        `The trigger ${trigger} watches ${filter("document") ?? "every document"}, not ${target.reviewsPath.source}.`,
        `Delete it and create it again for ${target.reviewsPath.source}: gcloud eventarc triggers delete ${trigger} ${at}`,
      );
    const path = transport?.pubsub?.subscription;
    if (path === undefined) continue;
    const state = await ask(examination, `subscription ${lastPart(path)}`, () =>
      api.get<SubscriptionState>("pubsub", `v1/${path}`),
    );
    if (!state) continue;
    subscriptions.push(state);
    checkSubscription(examination, state, "eventarc");
    if (service !== undefined) checkPushes(examination, state, service, "eventarc");
  }
  return subscriptions;
}

/**
 * Equal for two patterns of documents that match the same ones: `reviews/{id}`, `reviews/{review=*}` and `reviews/*`.
 * https://cloud.google.com/eventarc/docs/path-patterns
 */
function documentPattern(pattern: string | undefined): string | undefined {
  return pattern?.replace(/\{\w+(=\*)?\}/g, "*");
}
