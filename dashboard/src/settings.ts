/** What the page must know of the worker: where the reviews are and how the result's field is called. */
export interface Settings {
  /** The reviews' collection. One of this and `collectionGroup` is there. */
  collection?: string;
  /** The name of the reviews' collections, where there are many, such as those of `shops/{shop}/reviews`. */
  collectionGroup?: string;
  /** Dotted, as `TEXT_FIELD` of the worker. */
  textField: string;
  resultField: string;
  /** Of Firestore. */
  database: string;
  /** All that the worker may write, in the order in which they are shown. */
  labels: string[];
  /** The label whose share is charted. */
  negative: string;
  /** The web app's configuration. @default what Firebase Hosting serves with every site */
  firebase?: Record<string, string>;
  /** Instead of Google Cloud: no sign-in, and rules are met by a token made up here. */
  emulator?: { host: string; projectId: string };
}

/**
 * Reads `settings.json`, which lies beside the page.
 * @throws {Error} that says what to do
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

/** What Firebase Hosting knows of its project: https://firebase.google.com/docs/hosting/reserved-urls */
export function loadHostingConfig(): Promise<Record<string, string>> {
  return loadJson(
    "/__/firebase/init.json",
    "Create a web app in the Firebase console and deploy to Firebase Hosting, or put the web app's configuration into settings.json as “firebase”.",
  );
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
