/**
 * Gives the modules that a bundle loads later the exports that they have in Node. A bundle with parts (`splitting`) exports a CommonJS module
 * as `default` alone, so that `const { name } = await import("package")` finds nothing (https://github.com/evanw/esbuild/issues/3245).
 */
import { pathToFileURL } from "node:url";
import type { Plugin } from "esbuild";

/** Marks the import of the module itself from the one that stands in for it. */
const ITSELF = Symbol("itself");

export const DYNAMIC_IMPORTS: Plugin = {
  name: "dynamic-imports",
  setup(build) {
    build.onResolve({ filter: /^/ }, async ({ path, kind, pluginData, resolveDir, ...about }) => {
      if (kind !== "dynamic-import" || pluginData === ITSELF) return undefined;
      const found = await build.resolve(path, { ...about, kind, resolveDir, pluginData: ITSELF });
      const isPackage = /[\\/]node_modules[\\/]/.test(found.path) && !found.external && found.errors.length === 0;
      return isPackage ? { path: found.path, namespace: "dynamic-import" } : found;
    });
    build.onLoad({ filter: /^/, namespace: "dynamic-import" }, async ({ path }) => {
      const names = Object.keys((await import(pathToFileURL(path).href)) as object).filter((name) =>
        /^\w+$/.test(name),
      );
      return { contents: `export { ${names.join(", ")} } from ${JSON.stringify(path)};`, resolveDir: "/" };
    });
  },
};
