# The worker with one model: the bundle and the native files of ONNX Runtime. It needs no shell to run.
#
#     docker build --platform=linux/amd64 --tag review-sentiment .
#     docker build --platform=linux/amd64 --tag review-sentiment --build-arg MODEL=lite-multi .
#
# Cloud Run needs linux/amd64, whatever the platform of the building machine.
#
# The base images: BUILD_BASE needs Node 24 and npm, BASE needs Node 24 of the same version, glibc and libstdc++. Images without a shell
# such as gcr.io/distroless/nodejs24-debian13 can be the BASE.
#
# Both are pinned by digest, so that the same sources result in the same image. For security updates of Debian and Node, look up the digest
# of a newer image and change both lines: docker buildx imagetools inspect node:24-trixie-slim
ARG BUILD_BASE=node:24.21.0-trixie-slim@sha256:8ec5d7557396cfe32d21c3f9c13072355ceab22b584578ca4bb28af31120cffe
ARG BASE=node:24.21.0-trixie-slim@sha256:8ec5d7557396cfe32d21c3f9c13072355ceab22b584578ca4bb28af31120cffe

FROM ${BUILD_BASE} AS build
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY . .
# At its final place, because Node's compile cache uses absolute paths.
RUN node build.ts /app
# The packages in the bundle. A scanner cannot see them, but finds this file by its name. The devDependencies are removed first,
# because `npm sbom --omit=dev` also omits what both need: https://github.com/npm/cli/issues/7909
RUN npm pkg delete devDependencies && npm install --package-lock-only --offline \
  && npm sbom --package-lock-only --sbom-format=cyclonedx > /app/sbom.cdx.json
WORKDIR /app
ARG MODEL=lite
# A mirror to download other models from, instead of Hugging Face.
ARG MODEL_MIRROR=
RUN if [ -f "/build/model/$MODEL/config.json" ]; then mkdir model && cp -r "/build/model/$MODEL" model; else node dist/cli.js model fetch "$MODEL"; fi
RUN mkdir compile-cache && chown 65532 compile-cache && chmod -R a+rX .
# The build classifies the samples and fails if it cannot. The worker later starts faster, because it finds the code that Node has
# compiled here. Node reads the cache only for the same user.
USER 65532:65532
RUN MODEL="$MODEL" NODE_COMPILE_CACHE=/app/compile-cache node dist/cli.js demo --backend memory --json && chmod -R a+rX compile-cache

FROM ${BASE}
WORKDIR /app
COPY --from=build --chown=0:0 /app ./
ARG MODEL=lite
ENV NODE_ENV=production NODE_COMPILE_CACHE=/app/compile-cache MODEL=${MODEL}
# Distroless images have Node in /nodejs/bin, which is not in their PATH.
ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/nodejs/bin
# Makes the allocators reuse freed memory, or return it: 75 MB less at full load and 15 MB less when idle, for the same CPU time.
ENV MALLOC_ARENA_MAX=2 MALLOC_TRIM_THRESHOLD_=131072 NODE_OPTIONS=--max-semi-space-size=4
# A number, so that platforms can check that the user is not root, and the base image need not contain the user.
USER 65532:65532
ENTRYPOINT ["node", "dist/cli.js"]
CMD ["worker"]
