// `import` loads the functions by this file. A CommonJS module that is imported also exports `module.exports`, which `export *` would
// pass on; `require()` of the codebase would then return it in place of the codebase's own exports.
// https://nodejs.org/api/modules.html#loading-ecmascript-modules-using-require
export { backfillReviews, classifyPublished, classifyReview, classifyReviews } from "./index.cjs";
