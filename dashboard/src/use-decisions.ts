import type { Firestore } from "firebase/firestore";
import { useEffect, useState } from "preact/hooks";
import type { Account, User } from "./account.ts";
import { useSettled } from "./hooks.ts";
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
  /** Whether decisions are on their way to Firestore: the page shows them already. */
  isSaving: boolean;
  /** How many decisions have been on their way for a while. They are lost if the page is closed before Firestore can be reached. */
  waiting: number;
  /** Why a decision was not saved: the last one, or one before it that was still on its way. */
  problem: string | undefined;
  /** Saves a decision about a review. Never rejects. */
  decide(review: Review, change: Change): Promise<void>;
  /** Ends {@link isShown}. */
  hide(): void;
}

/** Without a connection, Firestore's client keeps a decision and tries again: nothing fails. */
const WAITING_AFTER_MS = 2_000;

type Notice = Pick<Decisions, "last" | "isShown">;

const NOTHING: Notice = { last: undefined, isShown: false };

/** What is shown when a decision was not saved. A later one can still be taken back. */
export function withoutDecision(before: Notice, decision: Decision): Notice {
  return before.last === decision ? NOTHING : before;
}

/**
 * Decisions that are on their way to Firestore. They outlive a sign-out: Firestore's client keeps them for their account, until the page
 * is closed.
 */
export interface Unsaved {
  /** Who made them, once for each decision. */
  by: readonly User[];
  /** Why a decision was not saved, and whose it was. Kept until the next decision, even after a sign-out. */
  refused: { uid: string; problem: string } | undefined;
  /**
   * Counts a decision until it is settled.
   * @returns whether it was saved
   */
  add(user: User, saved: Promise<void>): Promise<boolean>;
}

/** Asks before the page is closed while there are any. */
export function useUnsaved(): Unsaved {
  const [by, setBy] = useState<readonly User[]>([]);
  const [refused, setRefused] = useState<Unsaved["refused"]>();
  const isSaving = by.length > 0;
  useEffect(() => {
    if (!isSaving) return;
    const ask = (event: BeforeUnloadEvent): void => event.preventDefault();
    addEventListener("beforeunload", ask);
    return () => removeEventListener("beforeunload", ask);
  }, [isSaving]);
  return {
    by,
    refused,
    add: async (user, saved) => {
      setBy((before) => [...before, user]);
      setRefused(undefined);
      try {
        await saved;
        return true;
      } catch (error) {
        setRefused({ uid: user.uid, problem: TEXTS.triage.notSaved((error as Error).message) });
        return false;
      } finally {
        setBy((before) => before.toSpliced(before.indexOf(user), 1));
      }
    },
  };
}

export function useDecisions(db: Firestore, user: User, { by, refused, add }: Unsaved): Decisions {
  const [state, setState] = useState(NOTHING);
  const unsaved = by.filter(({ uid }) => uid === user.uid).length;
  const isSaving = unsaved > 0;
  const isWaiting = useSettled(isSaving, WAITING_AFTER_MS);
  const save = async (review: Review, change: Change, last: Decision): Promise<void> => {
    setState({ last, isShown: true });
    const isSaved = await add(user, saveTriage(db, review.path, user, review.triage, change));
    if (!isSaved) setState((before) => withoutDecision(before, last));
  };
  return {
    ...state,
    problem: refused?.uid === user.uid ? refused.problem : undefined,
    isSaving,
    waiting: isSaving && isWaiting ? unsaved : 0,
    decide: (review, change) =>
      save(review, change, {
        said: saidOf(change),
        undo: () => save(review, inverse(review, change), { said: TEXTS.triage.said.undone, undo: undefined }),
      }),
    hide: () => setState((before) => ({ ...before, isShown: false })),
  };
}

/** The account, which asks before it signs out while decisions are unsaved: they would wait for the next sign-in. */
export function askingAccount(account: Account, isSaving: boolean): Account {
  const { signOut } = account;
  if (signOut === undefined || !isSaving) return account;
  return {
    ...account,
    signOut: async () => {
      if (confirm(TEXTS.triage.signOutUnsaved)) await signOut();
    },
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
    ...("state" in change && { state: triage?.state ?? "open" }),
    ...("assignee" in change && { assignee: triage?.assignee ?? "" }),
    ...("note" in change && { note: triage?.note ?? "" }),
    ...("correction" in change && { correction }),
  };
}
