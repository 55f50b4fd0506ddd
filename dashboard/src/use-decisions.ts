import type { Firestore } from "firebase/firestore";
import { useState } from "preact/hooks";
import type { User } from "./connect.ts";
import type { Review } from "./review.ts";
import { TEXTS } from "./texts.ts";
import { type Change, saveTriage } from "./triage.ts";

/** What somebody has just decided, and how to take it back. */
export interface Decision {
  said: string;
  /** Absent where there is nothing to take back. */
  undo: (() => Promise<void>) | undefined;
}

export interface Decisions {
  /** Kept until the next one, so that it can still be taken back when it is no longer shown. */
  last: Decision | undefined;
  /** Whether {@link last} is recent. */
  isShown: boolean;
  /** Why the last decision was not saved. */
  problem: string | undefined;
  /** Saves a decision about a review. Never rejects. */
  decide(review: Review, change: Change): Promise<void>;
  /** Ends {@link isShown}. */
  hide(): void;
}

const NOTHING = { last: undefined, isShown: false, problem: undefined };

export function useDecisions(db: Firestore, user: User): Decisions {
  const [state, setState] = useState<Pick<Decisions, "last" | "isShown" | "problem">>(NOTHING);
  const save = async (review: Review, change: Change, last: Decision): Promise<void> => {
    setState({ last, isShown: true, problem: undefined });
    try {
      await saveTriage(db, review.path, user, review.triage, change);
    } catch (error) {
      setState({ ...NOTHING, problem: TEXTS.triage.notSaved((error as Error).message) });
    }
  };
  return {
    ...state,
    decide: (review, change) =>
      save(review, change, {
        said: saidOf(change),
        undo: () => save(review, inverse(review, change), { said: TEXTS.triage.said.undone, undo: undefined }),
      }),
    hide: () => setState((before) => ({ ...before, isShown: false })),
  };
}

function saidOf({ state, ...change }: Change): string {
  const { said } = TEXTS.triage;
  if ("correction" in change) return change.correction === undefined ? said.withdrawn : said.corrected;
  if (state === undefined) return said.saved;
  return state === "done" ? said.done : said.reopened;
}

/** The change that restores what a change to a review replaces. */
function inverse({ triage, textHash }: Review, change: Change): Change {
  const { label } = triage ?? {};
  // The rules let nobody correct an earlier text.
  const correction =
    label !== undefined && textHash === triage?.textHash ? { label, textHash: textHash as string } : undefined;
  return {
    state: triage?.state ?? "open",
    ...("assignee" in change && { assignee: triage?.assignee ?? "" }),
    ...("note" in change && { note: triage?.note ?? "" }),
    ...("correction" in change && { correction }),
  };
}
