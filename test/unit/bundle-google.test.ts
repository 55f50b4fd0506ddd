import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { build } from "esbuild";
import protobuf from "protobufjs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { GOOGLE_CLIENTS, onlyServices, SERVICES } from "../../bundle-google.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const PACKAGES = join(ROOT, "node_modules");
const require = createRequire(import.meta.url);

describe.each(Object.entries(SERVICES))("the services of %s", (file, services) => {
  const whole = protobuf.Root.fromJSON(require(join(PACKAGES, file))).resolveAll();
  const kept = protobuf.Root.fromJSON(
    onlyServices(require(join(PACKAGES, file)), services) as protobuf.INamespace,
  ).resolveAll();

  it.each(services)("has every method of %s", (name) => {
    expect(methodsOf(kept.lookupService(name))).toEqual(methodsOf(whole.lookupService(name)));
  });

  it("describes each message and enum like the client's own file", () => {
    const described = [...objectsOf(kept)];
    expect(described.length).toBeGreaterThan(3);
    for (const object of described) {
      const original = whole.lookup(object.fullName);
      if (object instanceof protobuf.Enum) expect(object.values).toEqual((original as protobuf.Enum).values);
      else expect(fieldsOf(object)).toEqual(fieldsOf(original as protobuf.Type));
    }
  });
});

function* objectsOf(namespace: protobuf.NamespaceBase): Generator<protobuf.Type | protobuf.Enum> {
  for (const object of namespace.nestedArray) {
    if (object instanceof protobuf.Type || object instanceof protobuf.Enum) yield object;
    if (object instanceof protobuf.Namespace) yield* objectsOf(object);
  }
}

function methodsOf({ methods }: protobuf.Service): unknown {
  return Object.values(methods).map((method) => ({
    name: method.name,
    request: method.resolvedRequestType?.fullName,
    response: method.resolvedResponseType?.fullName,
    requestStream: method.requestStream,
    responseStream: method.responseStream,
  }));
}

function fieldsOf(type: protobuf.Type): unknown {
  return Object.values(type.fields).map((field) => ({
    name: field.name,
    id: field.id,
    type: field.resolvedType?.fullName ?? field.type,
    key: (field as protobuf.Field & { keyType?: string }).keyType,
    repeated: field.repeated,
    required: field.required,
    packed: field.packed,
    default: field.defaultValue,
    oneof: field.partOf?.name,
  }));
}

describe("a build with another version of a client", () => {
  const LOADER = "node_modules/@grpc/proto-loader/build/src/index.js";
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "review-sentiment-"));
  });
  afterEach(() => rm(folder, { recursive: true }));

  async function buildWith(path: string, contents: string): Promise<unknown> {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), contents);
    return build({
      stdin: { contents: `import "./${path}"`, resolveDir: folder },
      bundle: true,
      write: false,
      platform: "node",
      external: ["./util", "lodash.camelcase", "long", "protobufjs*"],
      plugins: [GOOGLE_CLIENTS],
      logLevel: "silent",
    });
  }

  it("fails if code that it replaces is missing", async () => {
    const source = await readFile(join(ROOT, LOADER), "utf8");
    const changed = source.replace("const descriptorList =", "const descriptors =");
    await expect(buildWith(LOADER, changed)).rejects.toThrow(/proto-loader.*must be there once/);
  });

  it("fails if a file that it changes is no longer imported", async () => {
    const source = await readFile(join(ROOT, LOADER), "utf8");
    await expect(buildWith(LOADER, source)).rejects.toThrow(/which no client imports any more/);
  });

  it("fails if a service is no longer described", async () => {
    const path = "node_modules/google-gax/build/protos/locations.json";
    await expect(buildWith(path, '{ "nested": {} }')).rejects.toThrow(/there is no google.cloud.location.Locations/);
  });

  it("fails if a module that it removes contains something new", async () => {
    const path = "node_modules/google-gax/build/protos/operations.js";
    await expect(buildWith(path, "exports.a = 1;")).rejects.toThrow(/neither definitions nor clients/);
  });
});
