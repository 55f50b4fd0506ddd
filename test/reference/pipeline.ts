/**
 * The text-classification pipeline of `@xenova/transformers`, in a process of its own: takes texts as a JSON array on standard input
 * and prints label and score of each.
 *
 *     node test/reference/pipeline.ts FOLDER < texts.json
 *
 * Of a text that is too long the pipeline reads the beginning, and loses the closing [SEP] with the rest. This project reads head and
 * tail. So a long text's ids are cut here as model/tokenizer.ts says it does, and the pipeline does all the rest.
 */
import { registerHooks } from "node:module";
import { basename, dirname, resolve } from "node:path";
import { json } from "node:stream/consumers";

registerHooks({
  resolve: (name, context, next) =>
    name === "onnxruntime-node" && context.parentURL?.includes("/@xenova/transformers/")
      ? { url: new URL("./runtime.ts", import.meta.url).href, shortCircuit: true }
      : next(name, context),
});
const { env, pipeline, Tensor } = await import("@xenova/transformers");

const folder = resolve(process.argv[2] as string);
env.allowRemoteModels = false;
env.localModelPath = dirname(folder);
const classify = await pipeline("text-classification", basename(folder), { quantized: true });
const { tokenizer } = classify;

const outcomes = [];
for (const text of (await json(process.stdin)) as string[]) {
  const ids = tokenizer.encode(text);
  const most = tokenizer.model_max_length;
  // [CLS], a quarter of what there is room for, three quarters from the end, [SEP].
  const head = 1 + Math.floor((most - 2) / 4);
  const cut = [...ids.slice(0, head), ...ids.slice(ids.length - (most - head))];
  const row = (values: number[]) => new Tensor("int64", BigInt64Array.from(values, BigInt), [1, values.length]);
  const ready = () => ({ input_ids: row(cut), attention_mask: row(cut.map(() => 1)) });
  classify.tokenizer = ids.length <= most ? tokenizer : (ready as unknown as typeof tokenizer);
  outcomes.push({ tokens: ids.length, ...(await classify([text]))[0] });
}
console.log(JSON.stringify(outcomes));
