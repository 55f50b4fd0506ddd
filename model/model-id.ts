import { z } from "zod";

/** A model's `name@version`. It is stored with every result, to distinguish the results of different models. */
export const ModelId = z.string().brand<"ModelId">();
export type ModelId = z.infer<typeof ModelId>;
