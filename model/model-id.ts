import { z } from "zod";

/** `name@version` of a model. Stored with every result, it tells results of different models apart. */
export const ModelId = z.string().brand<"ModelId">();
export type ModelId = z.infer<typeof ModelId>;
