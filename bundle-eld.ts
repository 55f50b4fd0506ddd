/**
 * Lets the bundle load the n-grams of the language detection in pieces. As the package has them, one object literal, they take 0.17 s of
 * CPU time in which the event loop stands still, and 90 MB of memory. As JSON they take half of that, and other work goes on between the
 * pieces.
 */
import { pathToFileURL } from "node:url";
import type { Plugin } from "esbuild";

/** N-grams in a piece: it is parsed in about 2 ms. */
const PIECE = 2_000;

/** The package's module, as far as it is known here. */
interface NgramsModule {
  ngramsData: { ngrams: Record<string, Record<string, number>> };
}

/** For ES modules: the module has a top-level await. */
export const NGRAMS_IN_PIECES: Plugin = {
  name: "ngrams-in-pieces",
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]eld[\\/]src[\\/]ngrams[\\/]\w+\.js$/ }, async ({ path }) => {
      const { ngramsData, ...others } = (await import(pathToFileURL(path).href)) as NgramsModule;
      if (ngramsData?.ngrams === undefined || Object.keys(others).some((name) => name !== "default"))
        throw new Error(`${path} is not as bundle-eld.ts expects it`);
      return { contents: sourceOf(ngramsData) };
    });
  },
};

function sourceOf({ ngrams, ...rest }: NgramsModule["ngramsData"]): string {
  const entries = Object.entries(ngrams);
  const pieces = Array.from({ length: Math.ceil(entries.length / PIECE) }, (_, i) =>
    JSON.stringify(JSON.stringify(Object.fromEntries(entries.slice(i * PIECE, (i + 1) * PIECE)))),
  );
  return `
    import { setImmediate as nextTurn } from "node:timers/promises";
    const ngrams = {};
    for (const piece of [${pieces.join(",\n")}]) {
      await nextTurn();
      Object.assign(ngrams, JSON.parse(piece));
    }
    export const ngramsData = { ...${JSON.stringify(rest)}, ngrams };
  `;
}
