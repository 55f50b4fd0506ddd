/** Every text of the page, in one place: a translation replaces this file. Labels and field values come from the documents. */

const NUMBER = new Intl.NumberFormat();
const PLURALS = new Intl.PluralRules("en");

/** `1 review`, `2 reviews`. */
function count(number: number, one: string, many = `${one}s`): string {
  return `${NUMBER.format(number)} ${PLURALS.select(number) === "one" ? one : many}`;
}

const UNKNOWN = "Not known: Firestore cannot be reached.";

export const TEXTS = {
  title: "Review sentiment",
  loading: "Loading …",
  unknown: UNKNOWN,
  none: "–",
  locale: "en",
  /** A label as people read it. */
  label: (label: string): string =>
    ({ NEGATIVE: "Negative", NEUTRAL: "Neutral", POSITIVE: "Positive" })[label] ?? label,
  /** A change of a share. */
  points: (number: string): string => `${number} pts`,
  inPeriod: (name: string, isRange: boolean): string => `${isRange ? "in the" : "in"} ${name}`,
  ranges: {
    "15m": "last 15 minutes",
    "1h": "last hour",
    "24h": "last 24 hours",
    "7d": "last 7 days",
    "30d": "last 30 days",
    "12mo": "last 12 months",
  },
  ownDates: "own dates …",
  sorts: {
    newest: { option: "newest", title: "Newest reviews" },
    worst: { option: "worst", title: "Worst reviews" },
    uncertain: { option: "least certain", title: "Least certain reviews" },
  },
  views: { all: "All reviews", treat: "To do", contradictions: "Contradictions" },
  owners: { anyone: "anyone", me: "me", nobody: "nobody" },

  top: {
    lost: "Connection lost",
    connecting: "Connecting …",
    paused: "Paused",
    live: "Live",
    pause: "Pause",
    resume: (news: string): string => (news === "" ? "Resume" : `Resume (${news} new)`),
    signOut: "Sign out",
    emulators: "Emulators",
    developer: (project: string): string => `You, in ${project}`,
    unreachable: "Firestore cannot be reached. The page shows what was last known and reconnects automatically.",
    checkCommand: "Check that the command that serves this page is still running.",
    checkNetwork: "Check this device's network.",
    tryNow: "Try now",
  },

  start: {
    failed: "The dashboard cannot start",
    tryAgain: "Try again",
    signIn: "Sign in with Google",
    signInText: "Sign in with an account that may read the reviews.",
    unsaved: (number: number, names: string): string =>
      `${count(number, "decision")} not saved yet, by ${names}. To save, sign in with that account again before you close this page.`,
    signInFailed: "Signing in failed",
    signInError: (message: string): string =>
      `${message} Check the network, and in the Firebase console under Authentication that Google is enabled and this site's domain authorized.`,
    windowClosed: "Google's window was closed before you had signed in.",
    windowBlocked: "The browser blocked Google's window. Allow pop-ups for this site, then sign in.",
    accountDisabled: "The people who run the project have disabled this account. Sign in with another one.",
    keyInvalid:
      "Google does not accept the apiKey of this page. Put the one of the web app's configuration, which the Firebase console shows, into “firebase” in settings.json.",
    accountFailed: (message: string): string => `Your sign-in could not be renewed: ${message} Check the network.`,
  },

  refused: {
    title: "This account may not read the reviews",
    account: (name: string): string => `You are signed in as ${name}, id`,
    ask: "Ask the people who run the project to give this account the claim",
    how: "as docs/guides/dashboard.md describes; then try again.",
    other: "Use another account",
    noIndex: "An index is missing or still being built",
    deployIndexes:
      "Run this command, which says what is missing and how to make it. Building an index takes a few minutes.",
    query: "Firestore refused the query",
    why: "The message below says why.",
  },

  filters: {
    title: "Filters",
    time: "Time",
    since: "First day",
    until: "Last day",
    label: "Label",
    model: "Model",
    language: "Language",
    any: "any",
    scoreFrom: "Score from",
    scoreTo: "Score to",
    scoreHint: "Not applied: 0 to 1, such as 0.75.",
    languageHint: "Not applied: a code such as en or es.",
    datesHint: "Not applied: two days, the earlier one first.",
    more: "More filters",
    reset: "Reset",
    only: (period: string): string => `Only ${period}`,
    showAll: (period: string, isRange: boolean): string => `Show ${isRange ? "the " : ""}${period}`,
  },

  totals: {
    title: (inPeriod: string): string => `Totals ${inPeriod}`,
    labelled: "labelled",
    share: (percent: string): string => `${percent} of them`,
    sentiment: "mean sentiment",
    sentimentScale: "from −1 to +1",
    attention: (number: number | undefined): string =>
      number !== undefined && PLURALS.select(number) === "one" ? "needs attention" : "need attention",
    unread: "in other languages",
    unreadAside: "not labelled",
    waiting: "not labelled yet",
    waitingOrUndated: (field: string): string => `not labelled yet, or without ${field}`,
    undated: (field: string): string => `without a time in ${field}`,
    undatedAside: "labelled, but not shown",
    otherLabels: "other labels",
    otherLabelsAside: "not in the settings",
    allTime: "all time",
    beforeTitle: (then: string): string => `Before: ${then}`,
    corrected: (number: number, all: boolean): string => {
      if (all) return `Includes ${count(number, "label")} corrected by people.`;
      const newest = number > 0 ? `the newest ${count(number, "label")}` : "no label";
      return `Includes ${newest} corrected by people; older reviews count as the machine labelled them.`;
    },
  },

  chart: {
    title: "Reviews over time",
    counting: "Counting …",
    share: (label: string, least: number): string => `${label} in % (bars of ${least} or more)`,
    click: "Click to see only these",
    table: "As a table",
    from: "from",
    shareOf: (label: string): string => `share of ${label}`,
    footnote: (least: number, minutes: number): string =>
      `A share is shown for bars of at least ${least} reviews. Past bars are counted again when their total changes, and all bars every ${minutes} minutes.`,
    summary: (inPeriod: string, labelled: number, parts: string): string =>
      `Chart: ${count(labelled, "labelled review")} ${inPeriod}, ${parts}. The table below has the numbers.`,
  },

  list: {
    treatTitle: (label: string): string => `To do: ${label}`,
    contradictionsTitle: "Ratings that contradict the text",
    failedTitle: "Could not be labelled",
    noneIn: (inPeriod: string, model: string | undefined): string =>
      `None ${inPeriod}${model === undefined ? "" : ` by ${model}`}.`,
    views: "What the list shows",
    hideDone: "Hide done",
    owner: "Assigned to",
    sortBy: "Sort by",
    find: "Find in the loaded reviews",
    findPlaceholder: "Find …  ( / )",
    found: (found: number, loaded: number, complete: boolean): string =>
      `${NUMBER.format(found)} of the ${complete ? "" : "first "}${count(loaded, "review")} ${complete ? "" : "loaded so far "}${found === 1 ? "contains" : "contain"} this text.${complete ? "" : " Firestore cannot search texts: load more to find more."}`,
    export: "Export …",
    showMore: "Show more",
    allDone: (loaded: number): string =>
      loaded === 1
        ? "The one review loaded so far is done."
        : `All ${NUMBER.format(loaded)} reviews loaded so far are done.`,
    noneAssigned: (loaded: number, toMe: boolean): string =>
      `No review ${toMe ? "assigned to you" : "assigned to nobody"} is left to do among the ${NUMBER.format(loaded)} loaded so far.`,
    nothingToTreat: (inPeriod: string): string => `Nothing is left to do ${inPeriod}.`,
    nothingAssigned: (inPeriod: string, toMe: boolean): string =>
      `Nothing ${toMe ? "assigned to you" : "assigned to nobody"} is left to do ${inPeriod}.`,
    noContradiction: (inPeriod: string): string => `No rating contradicts its review's label ${inPeriod}.`,
    noMatch: (inPeriod: string): string => `No review ${inPeriod} matches the filters.`,
    removeFilters: "Remove the filters",
    empty: (inPeriod: string): string =>
      `No labelled review ${inPeriod}. Choose a longer time. New labels appear here automatically.`,
    score: "score",
    rating: (rating: number): string => `${NUMBER.format(rating)} ★`,
    ratingTitle: (rating: number): string => `rated ${NUMBER.format(rating)} of 5`,
    corrected: "corrected",
    done: "✓ done",
    notLabelled: "not labelled yet",
    keys: "j, k: next, previous · Enter: open · e: done · u: undo · /: find",
  },

  groups: {
    title: "Compared by",
    reviews: "reviews",
    share: (label: string): string => `% ${label}`,
    change: "change",
    changeTitle: (share: string, of: number): string => `Before: ${share} of ${count(of, "review")}`,
    count: "Count",
    countAgain: "Count again",
    counting: (done: number, of: number): string => `Counting ${done} of ${of} …`,
    finding: "Looking for the values …",
    cost: (reads: number, time: string): string =>
      `Counted at ${time} with ${count(reads, "read")}. It does not update automatically.`,
    intro: (most: number): string =>
      `Firestore counts from its indexes, so no review is read. Each value costs three to six reads, more with thousands of reviews; at most ${most} values are counted.`,
    more: (most: number): string =>
      `There are more values than these: only the first ${most} in alphabetical order, and those of loaded reviews.`,
    none: "No review has a value in this field.",
    noneInTime: "No labelled review in this time or the one before has a value in this field.",
    notText: (type: string): string =>
      `No review has a text in this field, but some have ${type === "number" ? "a number" : "another value"}. Only texts can be compared.`,
    footnote: (least: number): string =>
      `The range behind each share is its 95% confidence interval (Wilson). A change is shown where both periods have at least ${least} reviews, and is bold where the two intervals do not overlap.`,
    table: "Table of the groups",
    narrow: (group: string): string => `Show only ${group}`,
  },

  dialog: {
    previous: "Previous",
    next: "Next",
    close: "Close",
    unreadable: (message: string): string => `The review could not be read: ${message}`,
    deleted: "This review no longer exists.",
    console: "Open in the Firebase console",
    copyLink: "Copy link",
    copied: "Copied.",
    notCopied: "The browser does not allow it. Copy the address of this page.",
    noText: "(no text)",
    others: "Other fields of the document",
    language: "language",
    written: "written",
    error: "error",
    model: "model",
    labelled: "labelled",
    scores: "Probability of each label",
    machine: (label: string): string => `The machine said ${label}.`,
    machineFailed: "The machine could not label it.",
  },

  triage: {
    title: "Follow-up",
    done: "Done",
    open: "To do",
    assigned: (to: string): string => `, assigned to ${to}`,
    by: (name: string, time: string): string => ` ${name}, ${time}`,
    justNow: "just now",
    note: "Note",
    markDone: "Mark as done",
    reopen: "Reopen",
    saveNote: "Save the note",
    assign: "Assign to me",
    unassign: "Unassign",
    notSaved: (message: string): string => `Not saved: ${message}`,
    saving: "Saving …",
    waiting: (number: number): string =>
      `${count(number, "decision")} not saved yet: Firestore does not answer. Keep this page open.`,
    signOutUnsaved:
      "There are decisions that are not saved yet. If you sign out now, they are saved only if you sign in again before you close this page.",
    right: "The right label",
    withdraw: "Withdraw the correction",
    outdated: (label: string): string =>
      `The correction to ${label} was about an earlier text, so it no longer counts.`,
    undo: "Undo",
    said: {
      done: "Marked as done.",
      reopened: "Reopened.",
      corrected: "Corrected.",
      withdrawn: "Correction withdrawn.",
      saved: "Saved.",
      undone: "Undone.",
    },
  },

  export: {
    title: "Export as CSV",
    what: (number: number, inPeriod: string): string =>
      `${count(number, "review")} ${inPeriod} ${PLURALS.select(number) === "one" ? "matches" : "match"} the filters.`,
    hidden:
      "The file leaves out those that the list hides because they are done or somebody else's, but all of them have to be read.",
    find: (text: string): string => `The file gets only those that contain “${text}”, but all of them have to be read.`,
    cost: (reads: number, most: number): string =>
      reads > most
        ? `The file gets the first ${NUMBER.format(most)}, which costs ${NUMBER.format(most)} reads.`
        : `Reading them costs ${count(reads, "read")}.`,
    unknownCost: (most: number): string => `Each costs one read; ${NUMBER.format(most)} at most.`,
    start: "Export",
    cancel: "Cancel",
    close: "Close",
    progress: "Exported so far",
    running: (done: number): string => `${count(done, "review")} read …`,
    finished: (rows: number, cut: boolean): string =>
      `The file has ${count(rows, "review")}.${cut ? " There may be more, but this is the limit: choose a shorter time for the rest." : ""}`,
    failed: (message: string): string => `The export failed: ${message}`,
    columns: {
      id: "document",
      time: "time",
      label: "label",
      machineLabel: "machine label",
      correctedBy: "corrected by",
      score: "score",
      language: "language",
      rating: "rating",
      group: "group",
      error: "error",
      state: "state",
      assignee: "assignee",
      note: "note",
      model: "model",
      text: "text",
    },
  },

  failures: {
    "text-missing": {
      name: "no text",
      reason: "The review has no text field. Check that the application writes it, and that TEXT_FIELD names it.",
    },
    "text-not-a-string": {
      name: "not a text",
      reason: "The text field does not hold a string. Check what the application writes.",
    },
    "text-blank": { name: "empty text", reason: "The text has no visible character, so there is nothing to label." },
    "language-unsupported": {
      name: "unsupported language",
      reason:
        "The review is in a language that the model cannot read. A model that reads it labels the review when it is replayed.",
    },
  },

  failed: {
    counting: (reason: string): string =>
      `Counting failed just now (${reason}) and will be retried. Until then the numbers here are old or not known.`,
    groups: (reason: string): string => `Counting failed (${reason}). Count again.`,
    more: (reason: string): string => `Loading more failed (${reason}). Try again.`,
  },
  footer: {
    reads: (reads: number): string => `This page has cost ${count(reads, "read")} of Firestore since it was opened.`,
  },
} as const;
