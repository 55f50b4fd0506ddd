/**
 * Estimates what the worker costs in a month:
 *
 *     npm run cost -- --help
 *
 * List prices in US dollars: Pub/Sub's as read on 2026-09-20, the others from copies without a date. docs/costs.md names the sources
 * and what is left out.
 */
import { fileURLToPath } from "node:url";
import { Command, InvalidArgumentError, Option } from "commander";
import { formatTable } from "../worker/cli/terminal.ts";

/** A service on Cloud Run with request-based billing, in a tier 1 region: an instance is billed while it has a request. */
const SERVICE = { vcpuSecond: 0.000024, gibSecond: 0.0000025, request: 0.4e-6 };

/**
 * The price of a worker pool in a tier 1 region. Google's page has prices of their own for pools, which could not be read, so there are two:
 *
 * - `service`: a pool costs as much as a service with instance-based billing. The upper bound, and the default.
 * - `reported`: about $0.000011 a vCPU-second, which is 40 % less; memory is assumed to be 40 % less too.
 */
export const POOL = {
  service: { vcpuSecond: 0.000018, gibSecond: 0.000002, request: 0 },
  reported: { vcpuSecond: 0.000011, gibSecond: 0.0000012, request: 0 },
};

/** The price of a document read and of a write, by the database's location. */
const FIRESTORE = {
  "us-central1": { read: 0.03e-5, write: 0.09e-5 },
  nam5: { read: 0.06e-5, write: 0.18e-5 },
  eur3: { read: 0.06e-5, write: 0.18e-5 },
};

/** Reviews that a busy vCPU labels in a second, by model: docs/costs.md has the measurements. */
const PER_VCPU_SECOND = { lite: 100, "lite-multi": 35 };

const PUBSUB = {
  tebibyte: 40,
  freeBytes: 10 * 2 ** 30,
  /**
   * The minimum size that a publish, push or pull request is billed for. Here each message has its own requests, the most expensive
   * case.
   */
  minBytes: 1_000,
};

const MONTH_SECONDS = 730 * 3_600;

/** Request-based billing rounds up to steps of this many seconds. */
const BILLING_STEP_S = 0.1;

export type Delivery = "push" | "pull";
export type Location = keyof typeof FIRESTORE;
export type Pool = keyof typeof POOL;

export interface Assumptions {
  /** Reviews that a busy vCPU labels in a second: 1,000 divided by the CPU milliseconds of a review that `npm run bench` prints. */
  perVcpuSecond: number;
  /** vCPUs of an instance. */
  vcpus: number;
  /** Memory of an instance. */
  gib: number;
  /** 0..1, the share of time in which an instance is busy: the rest is for peaks. */
  utilisation: number;
  location: Location;
  pool: Pool;
}

export const DEFAULTS: Assumptions = {
  perVcpuSecond: PER_VCPU_SECOND.lite,
  vcpus: 2,
  gib: 1,
  utilisation: 0.5,
  location: "us-central1",
  pool: "service",
};

/** The costs of a month. */
export interface Costs {
  reviews: number;
  delivery: Delivery;
  /** The average. */
  reviewsPerSecond: number;
  instances: number;
  /** Billed, busy or not. */
  vcpuSeconds: number;
  firestoreReads: number;
  firestoreWrites: number;
  /** Published and delivered bytes, as they are billed. */
  pubsubBytes: number;
  /** US dollars. */
  run: number;
  firestore: number;
  pubsub: number;
  total: number;
}

/** The costs of a month with `reviews`, evenly distributed. */
export function costsOf(reviews: number, delivery: Delivery, assumptions: Partial<Assumptions> = {}): Costs {
  const { perVcpuSecond, vcpus, gib, utilisation, location, pool } = { ...DEFAULTS, ...assumptions };
  const reviewsPerSecond = reviews / MONTH_SECONDS;
  const instances = Math.max(1, Math.ceil(reviewsPerSecond / (perVcpuSecond * vcpus * utilisation)));
  const billedSeconds = Math.ceil(1 / perVcpuSecond / BILLING_STEP_S) * BILLING_STEP_S;
  // The share of time in which an instance has at least one request, if requests are independent.
  const billedShare = delivery === "pull" ? 1 : 1 - Math.exp((-reviewsPerSecond * billedSeconds) / instances);
  const instanceSeconds = instances * MONTH_SECONDS * billedShare;
  const prices = delivery === "pull" ? POOL[pool] : SERVICE;
  const run = instanceSeconds * (vcpus * prices.vcpuSecond + gib * prices.gibSecond) + reviews * prices.request;
  // The worker reads each review once and writes its result once.
  const firestore = reviews * (FIRESTORE[location].read + FIRESTORE[location].write);
  const pubsubBytes = reviews * 2 * PUBSUB.minBytes;
  const pubsub = (Math.max(0, pubsubBytes - PUBSUB.freeBytes) / 2 ** 40) * PUBSUB.tebibyte;
  return {
    reviews,
    delivery,
    reviewsPerSecond,
    instances,
    vcpuSeconds: instanceSeconds * vcpus,
    firestoreReads: reviews,
    firestoreWrites: reviews,
    pubsubBytes,
    run,
    firestore,
    pubsub,
    total: run + firestore + pubsub,
  };
}

/** The reviews a month above which pull is cheaper than push, to a tenth of a million; `Infinity` if it never is. */
export function breakEven(assumptions: Partial<Assumptions> = {}): number {
  const step = 100_000;
  for (let reviews = step; ; reviews += step) {
    const pull = costsOf(reviews, "pull", assumptions);
    if (costsOf(reviews, "push", assumptions).run >= pull.run) return reviews;
    // The first instance was as busy as any will be.
    if (pull.instances > 1) return Number.POSITIVE_INFINITY;
  }
}

const REVIEWS = [10_000, 100_000, 1_000_000, 10_000_000, 100_000_000, 1_000_000_000];

interface CostOptions {
  reviews: number[];
  model: keyof typeof PER_VCPU_SECOND;
  perVcpuSecond?: number;
  location: Location;
  pool: Pool;
  json: boolean;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) createProgram().parse();

function createProgram(): Command {
  return new Command("cost")
    .description("estimate what the worker costs, in US dollars at list prices; docs/costs.md has the assumptions")
    .addOption(
      new Option("--reviews <number...>", "reviews a month")
        .argParser((text, earlier?: number[]) => [...(earlier === REVIEWS ? [] : (earlier ?? [])), wholeNumber(text)])
        .default(REVIEWS, "10,000 to 1,000,000,000"),
    )
    .addOption(choice("--model <name>", "the model that labels them", PER_VCPU_SECOND, "lite"))
    .addOption(
      new Option(
        "--per-vcpu-second <number>",
        "reviews that a busy vCPU labels in a second, for another model or longer reviews",
      )
        .argParser(positiveNumber)
        .default(undefined, "that of the model"),
    )
    .addOption(choice("--location <name>", "location of the Firestore database", FIRESTORE, DEFAULTS.location))
    .addOption(choice("--pool <price>", "price of worker pools: as services, or as users report", POOL, DEFAULTS.pool))
    .option("--json", "print JSON, with the quantities that are billed")
    .helpOption("-h, --help", "print this help")
    .configureOutput({ outputError: (text, write) => write(`${text}Run npm run cost -- --help for all options.\n`) })
    .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2))
    .action(printCosts);
}

function choice(flags: string, description: string, values: object, value: string): Option {
  return new Option(flags, description).choices(Object.keys(values)).default(value);
}

/** Digits, also in groups of three, as spreadsheets in any country show them. */
function wholeNumber(text: string): number {
  const digits = /^\d{1,3}([., _']\d{3})+$/.test(text) ? text.replace(/\D/g, "") : text;
  if (!/^0*[1-9]\d*$/.test(digits)) throw new InvalidArgumentError("Give a whole number such as 2000000.");
  return Number(digits);
}

function positiveNumber(text: string): number {
  if (!(Number(text) > 0)) throw new InvalidArgumentError("Give a number above 0, such as 35.");
  return Number(text);
}

function printCosts({
  reviews,
  model,
  perVcpuSecond = PER_VCPU_SECOND[model],
  location,
  pool,
  json,
}: CostOptions): void {
  const assumptions = { perVcpuSecond, location, pool };
  const all = (["push", "pull"] as const).flatMap((delivery) =>
    reviews.map((count) => costsOf(count, delivery, assumptions)),
  );
  console.log(json ? JSON.stringify(all) : `${table(all)}\n\n${advice(assumptions)}`);
}

function advice(assumptions: Partial<Assumptions>): string {
  const above = (pool: Pool) => {
    const reviews = breakEven({ ...assumptions, pool });
    return reviews === Number.POSITIVE_INFINITY ? "none" : `${(reviews / 1e6).toFixed(1)} million`;
  };
  return `reviews a month above which pull is cheaper: ${above("service")} (at the price that is reported for pools: ${above("reported")})`;
}

/** The costs as a table. `--json` also has the quantities behind them. */
function table(all: readonly Costs[]): string {
  const whole = (value: number): string => Math.round(value).toLocaleString("en-US");
  const money = (value: number): string => (value < 100 ? value.toFixed(2) : whole(value));
  const head = "|reviews a month|instances|Run $|Firestore $|Pub/Sub $|$ a month|$ a year|$ a million".split("|");
  const rows = all.map((costs) => [
    costs.delivery,
    whole(costs.reviews),
    String(costs.instances),
    money(costs.run),
    money(costs.firestore),
    money(costs.pubsub),
    money(costs.total),
    money(12 * costs.total),
    money((costs.total / costs.reviews) * 1e6),
  ]);
  return formatTable(head, rows, { right: [1, 2, 3, 4, 5, 6, 7, 8], width: Number.POSITIVE_INFINITY });
}
