/**
 * A stand-in for Google Cloud: a metadata server with credentials, and servers with the APIs' names and TLS, which forward to the emulators.
 * Tests that set the emulators' environment variables skip credentials, names and TLS, so they cannot detect faults there.
 */
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer as createHttpServer, type Server } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { join, resolve } from "node:path";
import { createServer } from "node:tls";
import { pathToFileURL } from "node:url";

const TLS = resolve(import.meta.dirname, "../fixtures/tls");
const CERTIFICATE = join(TLS, "certificate.pem");

/** https://cloud.google.com/compute/docs/metadata/predefined-metadata-keys */
const METADATA: Readonly<Record<string, (projectId: string) => string>> = {
  "/computeMetadata/v1/instance": () => "",
  "/computeMetadata/v1/project/project-id": (projectId) => projectId,
  "/computeMetadata/v1/universe/universe-domain": () => "googleapis.com",
  // With this token Firestore's emulator does not ask its security rules.
  "/computeMetadata/v1/instance/service-accounts/default/token": () =>
    JSON.stringify({ access_token: "owner", expires_in: 3600, token_type: "Bearer" }),
};

export interface GoogleCloud {
  /** The environment of a command, which names no emulator. */
  env: Record<string, string>;
  /** The names of the servers that were called. */
  called: Set<string>;
  close(): void;
}

/**
 * @param emulators `host:port` of each
 * @param rest `host:port` of what answers requests that are not gRPC
 */
export async function googleCloud(
  projectId: string,
  emulators: { FIRESTORE_EMULATOR_HOST: string; PUBSUB_EMULATOR_HOST: string },
  rest: string,
): Promise<GoogleCloud> {
  const called = new Set<string>();
  const metadata = createHttpServer(({ url = "" }, response) => {
    const value = METADATA[url.split("?")[0]?.replace(/\/$/, "") ?? ""]?.(projectId);
    response.setHeader("Metadata-Flavor", "Google");
    if (value?.startsWith("{")) response.setHeader("content-type", "application/json");
    response.writeHead(value === undefined ? 404 : 200).end(value);
  });
  const hosts = new Map([
    ["firestore.googleapis.com", emulators.FIRESTORE_EMULATOR_HOST],
    ["pubsub.googleapis.com", emulators.PUBSUB_EMULATOR_HOST],
  ]);
  const identity = { key: readFileSync(join(TLS, "key.pem")), cert: readFileSync(CERTIFICATE) };
  const apis = createServer({ ...identity, ALPNProtocols: ["h2", "http/1.1"] }, (client) => {
    const name = client.servername || "";
    called.add(name);
    const [host, port] = (client.alpnProtocol === "h2" ? hosts.get(name) : rest)?.split(":") ?? [];
    if (port === undefined) return void client.destroy();
    const upstream = connect(Number(port), host);
    client.pipe(upstream).pipe(client);
    for (const socket of [client, upstream]) socket.on("error", () => {});
    client.on("close", () => upstream.destroy());
    upstream.on("close", () => client.destroy());
  });
  return {
    called,
    env: {
      // The metadata server knows it too, but Google's library asks the gcloud command first, which takes seconds.
      GOOGLE_CLOUD_PROJECT: projectId,
      GCE_METADATA_HOST: `127.0.0.1:${await listening(metadata)}`,
      METADATA_SERVER_DETECTION: "assume-present",
      GRPC_DEFAULT_SSL_ROOTS_FILE_PATH: CERTIFICATE,
      NODE_EXTRA_CA_CERTS: CERTIFICATE,
      NODE_OPTIONS: `--import ${pathToFileURL(resolve(import.meta.dirname, "redirected.mjs")).href}`,
      REDIRECT_TO: String(await listening(apis)),
    },
    close: () => {
      for (const server of [metadata, apis]) server.close();
    },
  };
}

async function listening(server: Server | ReturnType<typeof createServer>): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}
