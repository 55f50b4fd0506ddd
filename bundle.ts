/** How the code is bundled: for the command line, the image and the packages. */
import type { BuildOptions, Plugin } from "esbuild";

/**
 * `@xenova/transformers` imports its ONNX runtimes beside its tokenizer, which is all that is used of it. Without this the bundle
 * would contain the one for browsers, and every command would load the other.
 */
const TOKENIZER_ALONE: Plugin = {
  name: "tokenizer-alone",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^onnxruntime-(node|web)$/ }, ({ path, importer }) =>
      /@xenova[\\/]transformers/.test(importer) ? { path, namespace: "empty" } : undefined,
    );
    onLoad({ filter: /^/, namespace: "empty" }, () => ({ contents: "export {}" }));
  },
};

export const OPTIONS: BuildOptions = {
  bundle: true,
  platform: "node",
  target: "node22.18",
  // Identifiers are kept, so that stack traces stay readable.
  minifyWhitespace: true,
  minifySyntax: true,
  plugins: [TOKENIZER_ALONE],
  logLevel: "warning",
};

/** For bundles that are ES modules. */
export const ES_MODULE: BuildOptions = {
  format: "esm",
  // Required by the CommonJS modules among the dependencies.
  banner: { js: 'import{createRequire}from"node:module";const require=createRequire(import.meta.url);' },
  define: { __dirname: "import.meta.dirname", __filename: "import.meta.filename" },
};
