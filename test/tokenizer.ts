import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Tokenizer, TokenizerFile } from "../model/tokenizer.ts";

/**
 * The tokenizer of a model's folder, without the rest of the model.
 * @param maxTokens of a text, special tokens included
 */
export async function loadTokenizer(folder: string, maxTokens: number): Promise<Tokenizer> {
  const text = await readFile(join(folder, "tokenizer.json"), "utf8");
  return Tokenizer.create(TokenizerFile.parse(JSON.parse(text)), maxTokens);
}
