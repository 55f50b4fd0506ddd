import { LITE, type NamedModel } from "../../model/named-models.ts";

/** The models in the package: a function cannot fetch one. `lite-multi` would make the package more than twice as large. */
export const PACKED_MODELS: readonly NamedModel[] = [LITE];
