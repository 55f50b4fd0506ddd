import { type Firestore, getDocsFromServer, limit, query } from "firebase/firestore";
import { useEffect, useRef } from "preact/hooks";
import { type Filters, NO_FILTERS } from "./filters.ts";
import { documentsQuery, EVER, labelledPlan } from "./plans.ts";
import { spanAround } from "./ranges.ts";
import { addReads } from "./reads.ts";
import { toReview } from "./review.ts";
import type { Settings } from "./settings.ts";
import type { ReviewsList } from "./use-data.ts";

/** If the page opens without filters and has nothing to show, chooses a time that has labelled reviews. This costs one read. */
export function useOpening(
  db: Firestore,
  settings: Settings,
  filters: Filters,
  list: ReviewsList,
  setFilters: (filters: Filters) => void,
): void {
  const isUntouched = useRef(true);
  isUntouched.current &&= JSON.stringify(filters) === JSON.stringify(NO_FILTERS);
  const isAnswered = !list.busy && list.reviews !== undefined;
  useEffect(() => {
    if (!isAnswered || !isUntouched.current) return;
    if (list.loaded > 0) {
      isUntouched.current = false;
      return;
    }
    newestTime(db, settings).then(
      (time) => {
        if (!isUntouched.current) return;
        isUntouched.current = false;
        if (time !== undefined) setFilters({ ...NO_FILTERS, ...spanAround(time, new Date()) });
      },
      // The lists and counts say why Firestore does not answer.
      () => {},
    );
  }, [isAnswered]);
}

async function newestTime(db: Firestore, settings: Settings): Promise<Date | undefined> {
  const newest = documentsQuery(db, settings, labelledPlan(settings.labels, NO_FILTERS, EVER));
  const { docs } = await getDocsFromServer(query(newest, limit(1)));
  addReads(1);
  return docs[0] && toReview(docs[0], settings).time;
}
