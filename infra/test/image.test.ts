/** How the image is built. It cannot be built here, so these tests pin what a build depends on. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
/** A file without its comments. */
const instructions = (path: string) => read(path).replace(/^\s*#.*\n/gm, "");

test("the image is based on Debian 13 and Node 24, unless a build argument says otherwise", () => {
  const args = [...read("Dockerfile").matchAll(/^ARG (\w+)=(node:\S+)$/gm)].map(([, name, image]) => [name, image]);
  expect(args).toEqual([
    ["BUILD_BASE", "node:24-trixie-slim"],
    ["BASE", "node:24-trixie-slim"],
  ]);
});

test("the final stage needs no shell, so that its base can be distroless", () => {
  const final = instructions("Dockerfile")
    .split(/^FROM /m)
    .at(-1) as string;
  expect(final).toMatch(/^\$\{BASE\}/);
  expect(final).not.toMatch(/^RUN /m);
  expect(final).toMatch(/^ENTRYPOINT \["node", /m);
  expect(final).toMatch(/^ENV PATH=\S+:\/nodejs\/bin$/m);
});

test("every command that builds the image is for the platform of Cloud Run", () => {
  const commands = ["Dockerfile", "docs/deploy.md"].flatMap((path) => read(path).match(/docker build .+/g) ?? []);
  expect(commands.length).toBeGreaterThanOrEqual(3);
  for (const command of commands) expect(command).toContain("--platform=linux/amd64");
  expect(instructions("cloudbuild.yaml")).toContain("args: [build, --platform=linux/amd64,");
});

test("Cloud Build runs the image that it built, and no tests that depend on the machine's speed", () => {
  const steps = instructions("cloudbuild.yaml").match(/^ {4}args: .+$/gm) ?? [];
  expect(steps).toHaveLength(2);
  const image = `"\${_IMAGE}:\${_TAG}"`;
  expect(steps[0]).toContain(`--tag, ${image}`);
  expect(steps[1]).toContain(`[run, --rm, --network=none, --read-only, ${image}, demo,`);
});

test("Cloud Build records the provenance of the image, which it pushes itself", () => {
  const build = instructions("cloudbuild.yaml");
  expect(build).toMatch(/^ {2}requestedVerifyOption: VERIFIED$/m);
  expect(build).toMatch(/^images:\n {2}- \$\{_IMAGE\}:\$\{_TAG\}$/m);
  expect(build).not.toContain("push");
});
