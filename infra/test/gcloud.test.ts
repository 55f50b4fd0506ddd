/** Runs the gcloud scripts against a stand-in for gcloud. Where gcloud is installed, its linter checks every command. */
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeAll, beforeEach, expect, type TestContext, test } from "vitest";
import { readConfig } from "../../worker/config.ts";
import { graphOf, PROJECT } from "./graph.ts";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

const root = here("../..").replace(/\/$/, "");

let folder: string;
/** A first deployment, shared by the tests that only look at its commands. */
let deployed: Run;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "gcloud-"));
  deployed = script("deploy.sh");
  rmSync(folder, { recursive: true });
});
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "gcloud-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

interface Run {
  status: number | null;
  stdout: string;
  stderr: string;
  /** The arguments of each call of gcloud. */
  calls: string[][];
}

type Script = "deploy.sh" | "teardown.sh";

function script(name: Script, args: string[] = [], env: Record<string, string> = {}, clone: string = root): Run {
  rmSync(join(folder, "calls"), { force: true });
  const { status, stdout, stderr } = spawnSync(join(clone, "infra/gcloud", name), args, {
    encoding: "utf8",
    env: {
      PATH: `${here("stub")}${delimiter}${process.env.PATH}`,
      HOME: folder,
      STUB: folder,
      PROJECT,
      TAG: "1.0.0",
      RETRY_SECONDS: "0",
      ...env,
    },
  });
  const noted = join(folder, "calls");
  const calls = existsSync(noted) ? readFileSync(noted, "utf8").trim().split("\n") : [];
  return { status, stdout, stderr, calls: calls.map((line) => line.split("\x1f").slice(0, -1)) };
}

const changes = ({ calls }: Run) => calls.filter((call) => !call.includes("describe"));
/** A command up to its first flag. */
const headOf = (call: string[]) =>
  call
    .slice(
      0,
      call.findIndex((word) => word.startsWith("--")),
    )
    .join(" ");
const flag = (call: string[] | undefined, name: string) => call?.[call.indexOf(name) + 1];
const the = (run: Run, head: string) => run.calls.find((call) => headOf(call) === head);

/** The grants of a script, in the form of the Pulumi tests. */
const grantsOf = ({ calls }: Run) =>
  calls
    .filter((call) => call.includes("add-iam-policy-binding"))
    .map((call) => {
      const words = headOf(call).split(" ");
      const given = call.includes("--condition") ? flag(call, "--condition") : undefined;
      const condition = given === "None" ? undefined : given;
      return {
        on: `${words
          .at(-3)
          ?.replace(/^service-accounts$/, "account")
          .replace(/s$/, "")} ${words.at(-1)?.replace(/@.*/, "")}`,
        role: flag(call, "--role"),
        member: flag(call, "--member"),
        ...(condition !== undefined && { condition: /expression=(.+),title=/.exec(condition)?.[1] }),
      };
    });

test("each resource is created after those it needs", () => {
  const run = deployed;
  expect(run.stderr).not.toContain("ERROR");
  expect(run.status).toBe(0);
  const push = `review-sentiment-push@${PROJECT}.iam.gserviceaccount.com`;
  expect(changes(run).map(headOf)).toEqual([
    "services enable artifactregistry.googleapis.com cloudbuild.googleapis.com cloudresourcemanager.googleapis.com containeranalysis.googleapis.com firestore.googleapis.com iam.googleapis.com pubsub.googleapis.com run.googleapis.com",
    "beta services identity create",
    "iam service-accounts create review-sentiment-build",
    `projects add-iam-policy-binding ${PROJECT}`,
    "pubsub schemas create reviews-message",
    "pubsub topics create reviews",
    "pubsub topics create reviews-dead-letter",
    "pubsub subscriptions create reviews-dead-letter",
    "iam service-accounts create review-sentiment-worker",
    `projects add-iam-policy-binding ${PROJECT}`,
    "pubsub topics add-iam-policy-binding reviews-dead-letter",
    "firestore indexes fields update sentiment.classifiedAt",
    "firestore indexes fields update sentiment.scores",
    "firestore indexes fields update sentiment.textHash",
    "iam service-accounts create review-sentiment-push",
    `iam service-accounts add-iam-policy-binding ${push}`,
    "artifacts repositories create review-sentiment",
    `beta builds submit ${root}`,
    "run deploy review-sentiment",
    "run services add-iam-policy-binding review-sentiment",
    "pubsub topics add-iam-policy-binding reviews-dead-letter",
    "pubsub subscriptions create review-sentiment",
    "pubsub subscriptions add-iam-policy-binding review-sentiment",
  ]);
  const build = the(run, `beta builds submit ${root}`);
  expect(flag(build, "--substitutions")).toBe(
    "_IMAGE=us-central1-docker.pkg.dev/my-shop-123/review-sentiment/worker,_TAG=1.0.0,_MODEL=lite",
  );
  expect(flag(build, "--service-account")).toBe(
    `projects/${PROJECT}/serviceAccounts/review-sentiment-build@${PROJECT}.iam.gserviceaccount.com`,
  );
  for (const call of run.calls) expect([flag(call, "--project"), call[2]]).toContain(PROJECT);
});

test("the grants are those of the Pulumi program", async () => {
  const { grants } = await graphOf();
  const granted = grantsOf(deployed);
  expect(granted).toHaveLength(grants.length);
  expect(granted).toEqual(expect.arrayContaining(grants));
});

test("each grant on the project names its condition, because gcloud otherwise asks for one if other grants have one", () => {
  script("deploy.sh");
  const calls = [...deployed.calls, ...script("teardown.sh", ["--yes"]).calls];
  const onProject = calls.filter((call) => /^projects (add|remove)-iam/.test(headOf(call)));
  expect(onProject.map((call) => call.includes("--condition"))).toEqual([true, true, true, true]);
});

test("the service is that of the Pulumi program: not public, with the same limits, probes and environment", async () => {
  const { inputs } = (await graphOf()).the("cloudrunv2/service:Service");
  const { containers, ...template } = inputs.template;
  const [container] = containers;
  const call = the(deployed, "run deploy review-sentiment") as string[];
  expect(call).toEqual(expect.arrayContaining(["--no-allow-unauthenticated", "--cpu-throttling", "--cpu-boost"]));
  expect(flag(call, "--ingress")).toBe("internal");
  expect(flag(call, "--image")).toBe("us-central1-docker.pkg.dev/my-shop-123/review-sentiment/worker:1.0.0");
  expect(flag(call, "--service-account")).toBe(template.serviceAccount);
  expect([flag(call, "--set-custom-audiences")]).toEqual(inputs.customAudiences);
  expect(Number(flag(call, "--concurrency"))).toBe(template.maxInstanceRequestConcurrency);
  expect(`${flag(call, "--timeout")}s`).toBe(template.timeout);
  expect(Number(flag(call, "--min-instances"))).toBe(template.scaling.minInstanceCount);
  expect(Number(flag(call, "--max-instances"))).toBe(template.scaling.maxInstanceCount);
  expect({ cpu: flag(call, "--cpu"), memory: flag(call, "--memory") }).toEqual(container.resources.limits);
  const probe = ({ httpGet, ...numbers }: Record<string, Record<string, unknown>>) =>
    Object.entries({ "httpGet.path": httpGet?.path, "httpGet.port": httpGet?.port, ...numbers });
  expect(call.filter((word) => word.endsWith("-probe"))).toEqual(["--startup-probe", "--liveness-probe"]);
  for (const which of ["startup", "liveness"] as const) {
    const given = flag(call, `--${which}-probe`)?.split(",").sort();
    expect(given).toEqual(
      probe(container[`${which}Probe`])
        .map(([key, value]) => `${key}=${value}`)
        .sort(),
    );
  }
  const variables = flag(call, "--set-env-vars")
    ?.replace("^;^", "")
    .split(";")
    .map((pair) => pair.split(/=(.*)/s).slice(0, 2));
  const environment = Object.fromEntries(variables ?? []);
  expect(environment).toEqual(
    Object.fromEntries(container.envs.map(({ name, value }: { name: string; value: string }) => [name, value])),
  );
  expect(readConfig(environment).DELIVERY).toBe("push");
});

test("the subscriptions are those of the Pulumi program", async () => {
  const { inputs } = (await graphOf()).the("pubsub/subscription:Subscription", "review-sentiment");
  const call = the(deployed, "pubsub subscriptions create review-sentiment");
  const topicNamed = (name: string | undefined) => `projects/${PROJECT}/topics/${name}`;
  expect(topicNamed(flag(call, "--topic"))).toBe(inputs.topic);
  expect(Number(flag(call, "--ack-deadline"))).toBe(inputs.ackDeadlineSeconds);
  expect(flag(call, "--message-retention-duration")).toBe("7d");
  expect(flag(call, "--min-retry-delay")).toBe(inputs.retryPolicy.minimumBackoff);
  expect(flag(call, "--max-retry-delay")).toBe(inputs.retryPolicy.maximumBackoff);
  expect(topicNamed(flag(call, "--dead-letter-topic"))).toBe(inputs.deadLetterPolicy.deadLetterTopic);
  expect(Number(flag(call, "--max-delivery-attempts"))).toBe(inputs.deadLetterPolicy.maxDeliveryAttempts);
  expect(flag(call, "--push-endpoint")).toBe(inputs.pushConfig.pushEndpoint);
  expect(flag(call, "--push-auth-service-account")).toBe(inputs.pushConfig.oidcToken.serviceAccountEmail);
  expect(flag(call, "--push-auth-token-audience")).toBe(inputs.pushConfig.oidcToken.audience);
  const deadLetters = the(deployed, "pubsub subscriptions create reviews-dead-letter");
  expect(flag(deadLetters, "--topic")).toBe("reviews-dead-letter");
  expect(flag(deadLetters, "--message-retention-duration")).toBe("31d");
  for (const subscription of [call, deadLetters]) expect(flag(subscription, "--expiration-period")).toBe("never");
  const topic = the(deployed, "pubsub topics create reviews");
  expect(flag(topic, "--schema")).toBe("reviews-message");
  expect(flag(topic, "--message-encoding")).toBe("json");
  expect(existsSync(flag(the(deployed, "pubsub schemas create reviews-message"), "--definition-file") as string)).toBe(
    true,
  );
});

test("the fields without a single-field index are those of the Pulumi program", async () => {
  const reviewsPath = "shops/{shop}/opinions/{review}";
  const graph = await graphOf({ resultField: "mood", reviewsPath, dashboardIndexes: "false" });
  const exempt = graph.all("firestore/field:Field").filter(({ inputs }) => inputs.indexConfig.indexes === undefined);
  const { calls } = script("deploy.sh", [], { RESULT_FIELD: "mood", REVIEWS_PATH: reviewsPath });
  const updates = calls.filter((call) => headOf(call).startsWith("firestore indexes fields update"));
  expect(updates.map((call) => call[4])).toEqual(exempt.map(({ inputs }) => inputs.field));
  for (const call of updates) {
    expect([flag(call, "--collection-group"), flag(call, "--database")]).toEqual(["opinions", "(default)"]);
    expect(call).toContain("--disable-indexes");
  }
});

test("more instances than the quota of a new project allows are refused before anything is created", () => {
  const run = script("deploy.sh", [], { CPU: "4" });
  expect(run).toMatchObject({ status: 2, calls: [] });
  expect(run.stderr).toContain("MAX_INSTANCES=8 times CPU=4 exceeds CPU_QUOTA=20");
  expect(script("deploy.sh", [], { CPU: "4", CPU_QUOTA: "32" }).status).toBe(0);
});

test("label settings reach the service", () => {
  const run = script("deploy.sh", [], { NEUTRAL: "off", LANGUAGES: "any" });
  const variables = flag(the(run, "run deploy review-sentiment"), "--set-env-vars");
  expect(variables).toContain(";NEUTRAL=off;");
  expect(variables).toMatch(/;LANGUAGES=any(;|$)/);
});

test("a second run creates nothing twice, and updates service and subscription", () => {
  script("deploy.sh");
  const again = script("deploy.sh", [], { MAX_INSTANCES: "3" });
  expect(again.status).toBe(0);
  expect(
    changes(again)
      .map(headOf)
      .filter((head) => !/^services enable|^firestore indexes|add-iam-policy-binding/.test(head)),
  ).toEqual([
    "beta services identity create",
    "run deploy review-sentiment",
    "pubsub subscriptions update review-sentiment",
  ]);
  expect(flag(the(again, "run deploy review-sentiment"), "--max-instances")).toBe("3");
});

test("a grant to a new account is retried until the account is known everywhere", () => {
  const run = script("deploy.sh", [], { STUB_FAILS: "projects add-iam-policy-binding=3" });
  expect(run.status).toBe(0);
  expect(run.calls.filter((call) => headOf(call).startsWith("projects add-iam-policy-binding"))).toHaveLength(5);
});

test("it stops at the first failure", () => {
  const run = script("deploy.sh", [], { STUB_FAILS: "pubsub topics create reviews=9" });
  expect(run.status).not.toBe(0);
  expect(headOf(run.calls.at(-1) as string[])).toBe("pubsub topics create reviews");
});

/** A clone with what deploy.sh needs, which a test may change. */
function clone(context: TestContext): { at: string; git: (...args: string[]) => string } {
  needs(context, "git");
  const at = join(folder, "clone");
  cpSync(here("../gcloud"), join(at, "infra/gcloud"), { recursive: true });
  const git = (...args: string[]) =>
    execFileSync("git", ["-c", "user.name=shop", "-c", "user.email=shop@example.com", ...args], {
      cwd: at,
      encoding: "utf8",
      stdio: "pipe",
    });
  git("init", "--quiet");
  git("add", ".");
  git("commit", "--quiet", "--message", "first");
  return { at, git };
}

test("another model gets another image", (context) => {
  const { at, git } = clone(context);
  const tagOf = (env: Record<string, string>) => {
    const run = script("deploy.sh", [], { TAG: "", ...env }, at);
    expect(the(run, `beta builds submit ${at}`)).toBeDefined();
    return flag(the(run, "run deploy review-sentiment"), "--image")?.split(":")[1];
  };
  const commit = git("rev-parse", "--short=12", "HEAD").trim();
  expect(tagOf({})).toBe(`${commit}-lite`);
  expect(tagOf({ MODEL: "distilbert-sst2" })).toBe(`${commit}-distilbert-sst2`);
});

test("a commit is built once, uncommitted changes each time", async (context) => {
  const { at, git } = clone(context);
  const builds = () => the(script("deploy.sh", [], { TAG: "" }, at), `beta builds submit ${at}`);
  expect(builds()).toBeDefined();
  expect(builds()).toBeUndefined();
  writeFileSync(join(at, "new.ts"), "");
  const commit = git("rev-parse", "--short=12", "HEAD").trim();
  const dirty = new RegExp(`_TAG=${commit}-lite-dirty-\\d{14},`);
  const first = flag(builds(), "--substitutions");
  expect(first).toMatch(dirty);
  // The tag contains the time in seconds.
  await new Promise((later) => setTimeout(later, 1_000));
  const second = flag(builds(), "--substitutions");
  expect(second).toMatch(dirty);
  expect(second).not.toBe(first);
});

test("nothing is built if IMAGE is set", () => {
  const image = "europe-docker.pkg.dev/other/images/worker:2";
  const run = script("deploy.sh", [], { IMAGE: image });
  expect(run.calls.map(headOf).filter((head) => /builds|^artifacts|-build$/.test(head))).toEqual([]);
  expect(grantsOf(run).map(({ role }) => role)).not.toContain("roles/cloudbuild.builds.builder");
  expect(flag(the(run, "run deploy review-sentiment"), "--image")).toBe(image);
});

test("teardown removes everything that deploy created, dependants first, and can be repeated", () => {
  script("deploy.sh");
  const run = script("teardown.sh", ["--yes"]);
  expect(run.status).toBe(0);
  expect(changes(run).map(headOf)).toEqual([
    "pubsub subscriptions delete review-sentiment",
    "run services delete review-sentiment",
    "pubsub subscriptions delete reviews-dead-letter",
    "pubsub topics delete reviews",
    "pubsub topics delete reviews-dead-letter",
    "pubsub schemas delete reviews-message",
    `projects remove-iam-policy-binding ${PROJECT}`,
    `iam service-accounts delete review-sentiment-worker@${PROJECT}.iam.gserviceaccount.com`,
    `iam service-accounts delete review-sentiment-push@${PROJECT}.iam.gserviceaccount.com`,
    `projects remove-iam-policy-binding ${PROJECT}`,
    `iam service-accounts delete review-sentiment-build@${PROJECT}.iam.gserviceaccount.com`,
    "artifacts repositories delete review-sentiment",
  ]);
  const left = readFileSync(join(folder, "there"), "utf8").split("\n").filter(Boolean);
  expect(left).toEqual([
    "artifacts docker images us-central1-docker.pkg.dev/my-shop-123/review-sentiment/worker:1.0.0",
  ]);
  const again = script("teardown.sh", ["--yes"]);
  expect(again.status).toBe(0);
  expect(changes(again)).toEqual([]);
});

test("teardown removes exactly the bindings that deploy created", () => {
  script("deploy.sh");
  const bindings = ({ calls }: Run, verb: string) =>
    calls
      .filter((call) => call[0] === "projects" && call[1] === `${verb}-iam-policy-binding`)
      .map((call) => ["--role", "--member", "--condition"].map((name) => flag(call, name)))
      .sort();
  const removed = bindings(script("teardown.sh", ["--yes"]), "remove");
  expect(removed).toHaveLength(2);
  expect(removed).toEqual(bindings(deployed, "add"));
});

test("teardown continues if a binding is gone already, and stops at any other failure", () => {
  script("deploy.sh");
  const failing = { STUB_FAILS: "projects remove-iam-policy-binding=1" };
  const refused = script("teardown.sh", ["--yes"], failing);
  expect(refused.status).not.toBe(0);
  expect(refused.stderr).toContain("PERMISSION_DENIED");
  expect(headOf(refused.calls.at(-1) as string[])).toContain("remove-iam-policy-binding");
  rmSync(join(folder, "failures"));
  const said = "Policy binding with the specified principal, role, and condition not found!";
  const run = script("teardown.sh", ["--yes"], { ...failing, STUB_SAYS: said });
  expect(run.status).toBe(0);
  expect(run.calls.map(headOf)).toContain("artifacts repositories delete review-sentiment");
});

test("teardown keeps a registry's repository that existed before", () => {
  const repository = "artifacts repositories review-sentiment";
  writeFileSync(join(folder, "there"), `${repository}\n`);
  writeFileSync(join(folder, "labels"), "team=shop\n");
  script("deploy.sh", [], { IMAGE: "europe-docker.pkg.dev/other/images/worker:2" });
  const run = script("teardown.sh", ["--yes"]);
  expect(run.status).toBe(0);
  expect(run.stderr).toContain("review-sentiment stays");
  expect(readFileSync(join(folder, "there"), "utf8").trim()).toBe(repository);
});

test.each<[Script, string[]]>([
  ["deploy.sh", []],
  ["teardown.sh", ["--yes"]],
])("%s stops if gcloud cannot tell whether a resource exists", (name, args) => {
  script("deploy.sh");
  const run = script(name, args, { STUB_FAILS: "pubsub topics describe=1" });
  expect(run.status).not.toBe(0);
  expect(run.stderr).toContain("PERMISSION_DENIED");
  expect(headOf(run.calls.at(-1) as string[])).toBe("pubsub topics describe reviews");
});

test("teardown does nothing without confirmation or without access to the project", () => {
  script("deploy.sh");
  expect(script("teardown.sh")).toMatchObject({ status: 1, calls: [] });
  const blind = script("teardown.sh", ["--yes"], { STUB_FAILS: "projects describe=1" });
  expect(blind.status).toBe(1);
  expect(changes(blind)).toEqual([]);
});

test("both scripts require a project and refuse unknown options", () => {
  for (const name of ["deploy.sh", "teardown.sh"] as const) {
    const run = script(name, [], { PROJECT: "" });
    expect(run).toMatchObject({ calls: [] });
    expect(run.status).not.toBe(0);
    expect(run.stderr).toContain("PROJECT=my-shop-123");
    expect(script(name, ["--force"])).toMatchObject({ status: 2, calls: [] });
  }
});

/** Skips a test if a command is not installed. In CI that is a failure. */
function needs(context: TestContext, command: string): void {
  if (spawnSync(command, ["--version"]).status === 0) return;
  if (process.env.CI) throw new Error(`${command} is not installed`);
  context.skip(`${command} is not installed`);
}

test("a dry run calls nothing and prints every command, and gcloud knows all of them", {
  timeout: 180_000,
}, (context) => {
  const printed = (["deploy.sh", "teardown.sh"] as const).flatMap((name) => {
    const run = script(name, ["--dry-run"]);
    expect(run).toMatchObject({ status: 0, calls: [] });
    return run.stdout.trim().split("\n");
  });
  expect(printed).toHaveLength(35);
  needs(context, "gcloud");
  // The shell removes the quoting, and gcloud's linter needs its own.
  const commands = printed.map((line) => {
    const words = execFileSync("bash", ["-c", `printf '%s\\0' ${line}`], { encoding: "utf8" })
      .split("\0")
      .slice(0, -1);
    return { command_string: words.map((word) => (/[\s";]/.test(word) ? JSON.stringify(word) : word)).join(" ") };
  });
  const file = join(folder, "commands.json");
  writeFileSync(file, JSON.stringify(commands));
  const linted = spawnSync("gcloud", ["meta", "lint-gcloud-commands", "--commands-file", file], {
    encoding: "utf8",
    maxBuffer: 1e8,
    env: { ...process.env, CLOUDSDK_CONFIG: folder },
  });
  const verdicts = JSON.parse(linted.stdout) as { success: boolean; command_string: string; error_message: string }[];
  expect(verdicts).toHaveLength(commands.length);
  expect(verdicts.filter(({ success }) => !success).map((v) => [v.command_string, v.error_message])).toEqual([]);
});

test("shellcheck reports nothing", (context) => {
  needs(context, "shellcheck");
  const { stdout } = spawnSync("shellcheck", ["-x", here("../gcloud/deploy.sh"), here("../gcloud/teardown.sh")], {
    cwd: here("../.."),
    encoding: "utf8",
  });
  expect(stdout).toBe("");
});
