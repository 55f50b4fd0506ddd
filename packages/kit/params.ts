/**
 * The kit's parameters. The Firebase CLI asks for them at installation and deploys them as environment variables; those that the
 * worker has too have its names, descriptions and defaults.
 */
import { defineBoolean, defineInt, defineString, select } from "firebase-functions/params";
import { DATABASE_ID, SHARED, TRIAGE_FIELD } from "../../shared/settings.ts";
import { VARIABLES } from "../../worker/config.ts";

/** The names of the models in the package, set by `build.ts`. A function cannot fetch another one. */
declare const PACKED_MODELS: readonly [string, ...string[]];

function text(name: keyof typeof VARIABLES, defaultValue: string, validationRegex: RegExp, label: string) {
  const { description, expects } = VARIABLES[name];
  return defineString(name, {
    label,
    description: plain(description),
    default: defaultValue,
    input: { text: { validationRegex, validationErrorMessage: `set it to ${expects}`, example: defaultValue } },
  });
}

/** @param most has 9 in each of its digits */
function wholeNumber(
  name: string,
  defaultValue: number,
  [least, most]: [0 | 1, number],
  label: string,
  description: string,
) {
  const validationRegex = new RegExp(`^(${least === 0 ? "0|" : ""}[1-9]\\d{0,${String(most).length - 1}})$`);
  const validationErrorMessage = `set it to a whole number from ${least} to ${most}`;
  return defineInt(name, {
    label,
    description,
    default: defaultValue,
    input: { text: { validationRegex, validationErrorMessage } },
  });
}

/**
 * The pattern of a name that Firestore does not reserve.
 * @param character the class of its characters
 */
function nameOf(character: string): string {
  return `(?!__${character}*__(?!${character}))${character}+`;
}

const VARIABLE = "\\{[A-Za-z_]\\w*\\}";
const SEGMENT = `(${VARIABLE}|(?!\\.\\.?/)${nameOf("[^/{}]")})`;
const DISTINCT_VARIABLES = "(?!.*(\\{\\w+\\}).*\\1)";
const FIELD = nameOf("[^.[\\]*`/~]");

/** The CLI shows plain text. */
function plain(markdown: string): string {
  return markdown.replaceAll("`", "");
}

export const PARAMS = {
  // The name is that of the CLI's template, which asks for it too.
  region: defineString("FUNCTION_DEFAULT_REGION", {
    label: "Region",
    description: "where the functions run; choose the region of the Firestore database, or one near it",
    default: "us-central1",
    input: {
      text: { validationRegex: /^[a-z]+-[a-z]+\d+$/, validationErrorMessage: "set it to a region such as us-central1" },
    },
  }),
  database: text("FIRESTORE_DATABASE", SHARED.database.default, DATABASE_ID, "Database"),
  reviewsPath: text(
    "REVIEWS_PATH",
    SHARED.reviewsPath.default,
    new RegExp(`^${DISTINCT_VARIABLES}${SEGMENT}/(${SEGMENT}/${SEGMENT}/)*${VARIABLE}$`),
    "Path of the reviews, with {variables} for ids",
  ),
  textField: text(
    "TEXT_FIELD",
    SHARED.textField.default,
    new RegExp(`^${FIELD}(\\.${FIELD})*$`),
    "Field with the text",
  ),
  resultField: text(
    "RESULT_FIELD",
    SHARED.resultField.default,
    new RegExp(`^(?!${TRIAGE_FIELD}$)${FIELD}$`),
    "Field for the result",
  ),
  model: defineString("MODEL", {
    label: "Model",
    description: "the model that classifies the reviews",
    default: PACKED_MODELS[0],
    input: select([...PACKED_MODELS]),
  }),
  neutral: defineString("NEUTRAL", {
    label: "Class NEUTRAL",
    description: plain(VARIABLES.NEUTRAL.description),
    default: "on",
    input: select(["on", "off"]),
  }),
  neutralBelow: text("NEUTRAL_BELOW", "", /^(0(\.\d+)?|1(\.0+)?|\.\d+)?$/, "NEUTRAL below this score (empty: off)"),
  topic: defineString("PUBSUB_TOPIC", {
    label: "Pub/Sub topic (empty: none)",
    description:
      "a topic with messages as the worker takes them, so that its commands such as replay work; the function classifyPublished is deployed only if this is set",
    default: "",
    input: {
      text: {
        validationRegex: /^((?!goog)[A-Za-z][\w.~+%-]{2,254})?$/,
        validationErrorMessage: `set it to ${SHARED.topic.expects}`,
      },
    },
  }),
  backfill: defineBoolean("BACKFILL", {
    label: "Label the stored reviews",
    description: "whether the first deployment labels the reviews that are stored already; costs a read for each",
    default: false,
  }),
  callsPerMinute: wholeNumber(
    "CALLS_PER_MINUTE",
    60,
    [1, 9_999],
    "Calls of classifyReview",
    "how often a user may call classifyReview in a minute, counted by each instance",
  ),
  memory: defineInt("MEMORY_MB", {
    label: "Memory",
    description: "of each instance",
    default: 1024,
    input: select({ "1 GiB": 1024, "2 GiB": 2048, "4 GiB": 4096 }),
  }),
  cpu: defineInt("CPU", {
    label: "CPUs",
    description: "of each instance; each runs one inference thread",
    default: 1,
    input: select({ "1": 1, "2": 2, "4 (needs 2 GiB of memory)": 4 }),
  }),
  maxInstances: wholeNumber(
    "MAX_INSTANCES",
    10,
    [1, 999],
    "Maximum number of instances",
    "of each function; bounds what a flood of writes costs",
  ),
  minInstances: wholeNumber(
    "MIN_INSTANCES",
    0,
    [0, 99],
    "Minimum number of instances",
    "of classifyReviews and classifyReview; 1 avoids cold starts and is billed while idle",
  ),
};
