/** Loaded into a process by NODE_OPTIONS=--import: prints the address of each module of OpenTelemetry's that is loaded. */
import { registerHooks } from "node:module";

registerHooks({
  load(url, context, next) {
    if (url.includes("@opentelemetry")) console.error(url);
    return next(url, context);
  },
});
