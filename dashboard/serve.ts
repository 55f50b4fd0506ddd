/** Builds the dashboard and serves it on this machine. In a deployment, Firebase Hosting serves the same files. */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { installDependencies, npm } from "./install.ts";
import type { Settings } from "./src/settings.ts";

export interface ServedDashboard {
  url: string;
  close(): Promise<void>;
}

/**
 * @param settings replace those in `public/settings.json`
 * @param port 0 picks a free port
 */
export async function serveDashboard(settings: Settings, port: number): Promise<ServedDashboard> {
  installDependencies();
  npm("run", "--silent", "build", "--", "--logLevel", "warn");
  const { default: sirv } = await import("sirv");
  const files = sirv(fileURLToPath(new URL("dist", import.meta.url)));
  const server = createServer((request, response) => {
    if (request.url === "/settings.json") {
      response.setHeader("Content-Type", "application/json").end(JSON.stringify(settings));
    } else files(request, response);
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}
