/** Firestore's composite indexes. https://cloud.google.com/firestore/docs/reference/rest/v1/projects.databases.collectionGroups.indexes */
import type { GoogleApi } from "../../shared/backends/google-api.ts";

export interface Index {
  queryScope?: string;
  fields?: { fieldPath: string; order?: string }[];
  /** Absent in an index that is only wanted. */
  state?: string;
}

/** @param group the collection's resource: `projects/…/databases/…/collectionGroups/…` */
export async function listIndexes(api: GoogleApi, group: string): Promise<Index[]> {
  const indexes: Index[] = [];
  let token = "";
  do {
    const page = await api.get<{ indexes?: Index[]; nextPageToken?: string }>(
      "firestore",
      `v1/${group}/indexes?pageSize=200${token && `&pageToken=${encodeURIComponent(token)}`}`,
    );
    indexes.push(...(page.indexes ?? []));
    token = page.nextPageToken ?? "";
  } while (token !== "");
  return indexes;
}

/** Equal for two indexes of a collection that are the same. Firestore adds the document's name to every index that it lists. */
export function indexKey({ queryScope, fields = [] }: Index): string {
  const own = fields.filter(({ fieldPath }) => fieldPath !== "__name__");
  return [queryScope, ...own.map(({ fieldPath, order }) => `${fieldPath.replaceAll("`", "")} ${order}`)].join();
}
