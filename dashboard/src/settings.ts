/** How the worker is configured: where the reviews are and which field holds the result. */
export interface Settings {
  /** The reviews' collection. Exactly one of `collection` and `collectionGroup` is set. */
  collection?: string;
  /** The common name of the reviews' collections, such as `reviews` for `shops/{shop}/reviews`. */
  collectionGroup?: string;
  /** Dotted, like the worker's `TEXT_FIELD`. */
  textField: string;
  resultField: string;
  /**
   * The field with the time when a review was written, a timestamp; dotted for a nested field. Reviews without it are not shown.
   * @default when it was labelled
   */
  createdField?: string;
  /** The field with the customer's rating, a number from 1 to 5; dotted for a nested field. The page lists ratings that contradict a label. */
  ratingField?: string;
  /** The field by which reviews are compared, such as the product or the shop: a string; dotted for a nested field. */
  groupField?: string;
  /** The Firestore database. */
  database: string;
  /** All labels that the worker may write, in the order in which they are shown. */
  labels: string[];
  /** The label whose share is charted. */
  negative: string;
  /** The web app's configuration. @default what Firebase Hosting serves with every site */
  firebase?: Record<string, string>;
  /** The emulator to use instead of Google Cloud. There is no sign-in: the page makes up a token that satisfies the rules. */
  emulator?: {
    host: string;
    projectId: string;
    /** The claim `reviews` of that token. @default write */
    claim?: "read" | "write";
  };
  /** This server passes requests on to Firestore with the credentials of the person who started it. There is no sign-in. */
  proxy?: { projectId: string; cloud: boolean; mayWrite: boolean };
}

/** Whether the reviews are in an emulator. */
export function isEmulated({ emulator, proxy }: Pick<Settings, "emulator" | "proxy">): boolean {
  return emulator !== undefined || proxy?.cloud === false;
}

/**
 * Reads `settings.json`, which is served beside the page.
 * @throws {Error} whose message says what to do
 */
export async function loadSettings(): Promise<Settings> {
  const settings = await loadJson<Partial<Settings>>("/settings.json", "Deploy the dashboard again.");
  const missing = (["textField", "resultField", "database", "labels", "negative"] as const).filter(
    (name) => settings[name] === undefined,
  );
  if ((settings.collection === undefined) === (settings.collectionGroup === undefined))
    throw new Error("Put either “collection” or “collectionGroup” into settings.json.");
  if (missing.length > 0) throw new Error(`Put ${missing.join(", ")} into settings.json.`);
  return settings as Settings;
}

/**
 * The web app's configuration.
 * @throws {Error} whose message says what to do
 */
export async function loadFirebaseConfig(settings: Pick<Settings, "firebase">): Promise<Record<string, string>> {
  const firebase = settings.firebase ?? (await loadHostingConfig());
  const missing = ["apiKey", "authDomain", "projectId"].filter((name) => !firebase[name]);
  if (missing.length > 0)
    throw new Error(
      settings.firebase === undefined
        ? `${HOSTING_CONFIG} lacks ${missing.join(", ")}. ${CREATE_WEB_APP}`
        : `Put ${missing.join(", ")} into “firebase” in settings.json: the Firebase console shows the web app's configuration.`,
    );
  return firebase;
}

const HOSTING_CONFIG = "/__/firebase/init.json";
const CREATE_WEB_APP =
  "Create a web app in the Firebase console and deploy to Firebase Hosting, or put the web app's configuration into settings.json as “firebase”.";

/** What Firebase Hosting knows of its project: https://firebase.google.com/docs/hosting/reserved-urls */
function loadHostingConfig(): Promise<Record<string, string>> {
  return loadJson(HOSTING_CONFIG, CREATE_WEB_APP);
}

async function loadJson<T>(path: string, remedy: string): Promise<T> {
  let problem: string;
  try {
    const response = await fetch(path, { cache: "no-cache" });
    if (response.ok) return (await response.json()) as T;
    problem = `the server answered ${response.status}`;
  } catch (error) {
    problem = (error as Error).message;
  }
  throw new Error(`${path} could not be read: ${problem}. ${remedy}`);
}

/** The field by which reviews are compared, as the documents call it: `product` of `meta.product`. */
export function groupFieldName({ groupField = "" }: Pick<Settings, "groupField">): string {
  return groupField.split(".").at(-1) as string;
}

/** The same as a title: `Product`. */
export function groupName(settings: Pick<Settings, "groupField">): string {
  const name = groupFieldName(settings);
  return name.charAt(0).toUpperCase() + name.slice(1);
}
