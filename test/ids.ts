/** Ids for tests. The program makes them where it reads a message, a document or a model folder. */
import { ModelId } from "../model/model-id.ts";
import type { ReviewPath } from "../shared/path.ts";
import { TextHash } from "../shared/result.ts";

export const reviewPath = (path: string): ReviewPath => path as ReviewPath;
export const modelId = (id: string): ModelId => ModelId.parse(id);
export const textHashOf = (hash: string): TextHash => TextHash.parse(hash);
