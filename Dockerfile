# The worker with one model, and nothing else: the bundle and the native files of ONNX Runtime. No shell is needed to run it.
#
#     docker build --tag review-sentiment .
#     docker build --tag review-sentiment --build-arg MODEL=distilbert-sst2 .
#
# Any image of Debian or Ubuntu with Node 24 and npm will do as a base; by its digest for builds that never change.
ARG BASE=node:24-bookworm-slim

FROM ${BASE} AS build
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY . .
# Where the image has it: Node's compile cache goes by absolute paths.
RUN node build.ts /app
WORKDIR /app
ARG MODEL=lite
# Where another model comes from, if not from Hugging Face.
ARG MODEL_MIRROR=
RUN if [ "$MODEL" = lite ]; then mkdir model && cp -r /build/model/lite model; else node dist/cli.js model fetch "$MODEL"; fi
RUN mkdir compile-cache && chown 65532 compile-cache && chmod -R a+rX .
# Labels the samples: an image that cannot is none. What Node compiles for it need not be compiled again when a worker of the same
# user starts.
USER 65532:65532
RUN MODEL="$MODEL" NODE_COMPILE_CACHE=/app/compile-cache node dist/cli.js demo --backend memory --json && chmod -R a+rX compile-cache

FROM ${BASE}
WORKDIR /app
COPY --from=build --chown=0:0 /app ./
ARG MODEL=lite
ENV NODE_ENV=production NODE_COMPILE_CACHE=/app/compile-cache MODEL=${MODEL}
# Freed memory is used again before more is taken: 285 MB at full load instead of 360, for the same processor time.
ENV MALLOC_ARENA_MAX=2 NODE_OPTIONS=--max-semi-space-size=4
# By number: a platform can tell that it is not root, and the base need not know it.
USER 65532:65532
ENTRYPOINT ["node", "dist/cli.js"]
CMD ["worker"]
