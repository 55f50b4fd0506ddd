/**
 * Removes the parts of Google's clients that a worker never uses from the bundle. The clients load the descriptions of all their services,
 * and build objects from them, before the first request, which took a third of the CPU time of a start.
 *
 * Each change names the file and the code that it must find there. So a build with another version of a client fails instead of producing a
 * wrong bundle, and `test/integration/bundle.test.ts` runs the result.
 */
import { readFile } from "node:fs/promises";
import type { Plugin } from "esbuild";

/** A part of the JSON that protobuf.js generates from a `.proto` file. */
interface Definition {
  nested?: Record<string, Definition>;
  options?: unknown;
  /** The version of the language, for what is in it too: it decides whether numbers are packed. */
  edition?: string;
  /** Of a message. */
  fields?: Record<string, { type: string; keyType?: string; options?: Record<string, unknown> }>;
  /** Of a service. */
  methods?: Record<string, { requestType: string; responseType: string }>;
  extend?: string;
}

/** The services that remain in the descriptions that a client loads. */
export const SERVICES: Readonly<Record<string, readonly string[]>> = {
  "@google-cloud/firestore-api/build/protos/protos.json": ["google.firestore.v1.Firestore"],
  "@google-cloud/pubsub-api/build/protos/protos.json": ["google.pubsub.v1.Publisher", "google.pubsub.v1.Subscriber"],
  // Clients of these belong to the clients of Firestore and Pub/Sub.
  "google-gax/build/protos/iam_service.json": ["google.iam.v1.IAMPolicy"],
  "google-gax/build/protos/locations.json": ["google.cloud.location.Locations"],
};

/** Modules that are imported but never used. Using one throws an error that names it. */
const UNUSED: readonly string[] = [
  // The same descriptions as code, for programs that create messages themselves.
  "@google-cloud/firestore-api/build/protos/protos.js",
  "@google-cloud/pubsub/build/protos/protos.js",
  "@google-cloud/pubsub-api/build/protos/protos.js",
  "google-gax/build/protos/iam_service.js",
  "google-gax/build/protos/locations.js",
  "google-gax/build/protos/operations.js",
  // Administrative clients.
  "@google-cloud/firestore-api/build/src/v1/firestore_admin_client.js",
  "@google-cloud/pubsub-api/build/src/v1/schema_service_client.js",
];

/** Replacements in modules: the code that must occur exactly once, and its replacement. */
const REPLACEMENTS: Readonly<Record<string, readonly (readonly [found: string, replacement: string])[]>> = {
  // Descriptors are for servers that describe themselves. A client uses only the services.
  "@grpc/proto-loader/build/src/index.js": [
    ["const descriptorList = root.toDescriptor('proto3').file;", "const descriptorList = [];"],
    [
      "for (const [name, obj] of getAllHandledReflectionObjects(root, '')) {",
      "for (const [name, obj] of getAllHandledReflectionObjects(root, '')) { if (!(obj instanceof Protobuf.Service)) continue;",
    ],
    ["requestType: createMessageDefinition(requestType, options, fileDescriptors),", ""],
    ["responseType: createMessageDefinition(responseType, options, fileDescriptors),", ""],
  ],
  // For pipelines, which no worker runs.
  "@google-cloud/firestore/build/src/serializer.js": [
    ['const firestore_v1_proto_api_1 = require("../protos/firestore_v1_proto_api");', ""],
    [
      "var Value = firestore_v1_proto_api_1.google.firestore.v1.Value;",
      'var Value = { fromObject() { throw new Error("the pipelines of Firestore are not in this bundle (bundle-google.ts)"); } };',
    ],
  ],
};

export const GOOGLE_CLIENTS: Plugin = {
  name: "google-clients",
  setup({ onLoad, onEnd }) {
    const wanted = new Set([...Object.keys(SERVICES), ...UNUSED, ...Object.keys(REPLACEMENTS)]);
    const found = new Set<string>();
    onLoad({ filter: /node_modules[\\/](@google-cloud|google-gax|@grpc)[\\/].*\.js(on)?$/ }, async ({ path }) => {
      const [, file = ""] = /.*node_modules\/(.*)$/.exec(path.replaceAll("\\", "/")) ?? [];
      if (!wanted.has(file)) return undefined;
      found.add(file);
      const source = await readFile(path, "utf8");
      const services = SERVICES[file];
      if (services !== undefined) {
        const json = JSON.stringify(onlyServices(JSON.parse(source), services));
        // V8 parses a long string of JSON faster than the same object in JavaScript.
        return { contents: `module.exports = JSON.parse(${JSON.stringify(json)})`, loader: "js" };
      }
      const replacements = REPLACEMENTS[file];
      return { contents: replacements === undefined ? unused(file, source) : replaced(file, source, replacements) };
    });
    onEnd(({ errors }) => {
      const missing = [...wanted].filter((file) => !found.has(file));
      // Threads' files, which are built without the clients, find none.
      if (errors.length > 0 || found.size === 0 || missing.length === 0) return undefined;
      const text = `bundle-google.ts changes ${missing.join(", ")}, which no client imports any more`;
      return { errors: [{ text }] };
    });
  },
};

/** @throws {Error} if the code to replace does not occur exactly once */
function replaced(file: string, source: string, replacements: (typeof REPLACEMENTS)[string]): string {
  return replacements.reduce((text, [place, replacement]) => {
    if (text.split(place).length !== 2) throw new Error(`${file}: "${place}" must be there once (bundle-google.ts)`);
    return text.replace(place, () => replacement);
  }, source);
}

/** A module that has the names of another one, and throws when one is used. */
function unused(file: string, source: string): string {
  const classes = [...source.matchAll(/^exports\.(\w+Client) = \1;$/gm)].map(([, name]) => name);
  const isDefinitions = /\broots\b/.test(source);
  if (isDefinitions === classes.length > 0)
    throw new Error(`${file} has neither definitions nor clients alone (bundle-google.ts)`);
  const error = (name: string): string =>
    `throw new Error(${JSON.stringify(`${name} of ${file} is not in this bundle (bundle-google.ts)`)});`;
  return isDefinitions
    ? `Object.defineProperty(exports, "google", { enumerable: true, get() { ${error("google")} } });`
    : classes.map((name) => `exports.${name} = class { constructor() { ${error(name as string)} } };`).join("\n");
}

/**
 * The services, and the messages and enums that their methods need, without options that are only documentation.
 * @throws {Error} if a service is missing
 */
export function onlyServices(root: Definition, services: readonly string[]): Definition {
  const kept = new Map<string, Definition>();
  const open = [...services];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (kept.has(name)) continue;
    const definition = find(root, name);
    if (definition === undefined) throw new Error(`there is no ${name} (bundle-google.ts)`);
    const { nested: _, ...own } = definition;
    kept.set(name, withoutOptions(own));
    const { fields = {}, methods = {} } = definition;
    const types = [
      ...Object.values(fields).map(({ type }) => type),
      ...Object.values(methods).flatMap(({ requestType, responseType }) => [requestType, responseType]),
    ];
    for (const type of types) {
      const full = resolve(root, name, type);
      if (full !== undefined) open.push(full);
    }
  }
  const result: Definition = {};
  for (const [name, definition] of [...kept].sort(([a], [b]) => a.length - b.length)) {
    const path = name.split(".");
    const last = path.pop() as string;
    let at = result;
    for (const [depth, part] of path.entries()) {
      const edition = find(root, path.slice(0, depth + 1).join("."))?.edition;
      at.nested ??= {};
      at.nested[part] ??= edition === undefined ? {} : { edition };
      at = at.nested[part];
    }
    at.nested ??= {};
    at.nested[last] = { ...definition, ...(at.nested[last]?.nested && { nested: at.nested[last].nested }) };
  }
  return result;
}

function find(root: Definition, name: string): Definition | undefined {
  return name.split(".").reduce<Definition | undefined>((at, part) => at?.nested?.[part], root);
}

/** The full name of a type that is referenced in the scope of another one; `undefined` for scalars. */
function resolve(root: Definition, scope: string, type: string): string | undefined {
  if (type.startsWith(".")) return type.slice(1);
  for (let path = scope.split("."); ; path = path.slice(0, -1)) {
    const name = [...path, type].join(".");
    const definition = find(root, name);
    if (definition !== undefined) return name;
    if (path.length === 0) return undefined;
  }
}

/** Methods keep theirs: FIRESTORE_PREFER_REST calls them by the paths in these. */
function withoutOptions({ options: _, fields, ...rest }: Definition): Definition {
  return {
    ...rest,
    ...(fields && { fields: mapValues(fields, ({ options, ...field }) => ({ ...field, ...meaning(options) })) }),
  };
}

/** The options of a field that change how it is read and written. */
function meaning(options: Record<string, unknown> = {}): { options?: Record<string, unknown> } {
  const kept = Object.entries(options).filter(([name]) => ["packed", "proto3_optional", "default"].includes(name));
  return kept.length === 0 ? {} : { options: Object.fromEntries(kept) };
}

function mapValues<T, U>(values: Record<string, T>, change: (value: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, change(value)]));
}
