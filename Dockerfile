# One image for the gateway and for the workers; docker-compose.yml gives each its command.

FROM node:24-bookworm-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# The optional dependency is a Node.js for machines with an older one; this image has its own.
# ONNX Runtime's package holds the binaries of every system, 250 MB more than this one's.
RUN npm ci --omit=dev --omit=optional --no-audit --no-fund \
  && find node_modules/onnxruntime-node/bin -mindepth 3 -maxdepth 3 -type d \
    ! -path "*/linux/$(node -p process.arch)" -exec rm -rf {} +

FROM node:24-bookworm-slim AS program
ENV NODE_ENV=production
WORKDIR /app
COPY --from=dependencies /app/node_modules node_modules
COPY package.json LICENSE ./
COPY config config
COPY models models
COPY src src
# A number, so that who runs it can see that it is not root. It writes no file: `--read-only` holds.
USER 1000:1000

# What compose's profile `load` runs: docker build --target load
FROM program AS load
COPY test test
USER 0:0
RUN install -d -o 1000 -g 1000 /reports
USER 1000:1000
ENTRYPOINT ["node", "test/load/run.ts", "--out", "/reports"]

FROM program AS tutti
LABEL org.opencontainers.image.title="Tutti" \
  org.opencontainers.image.description="An HTTP gateway that makes one prediction out of many live language models" \
  org.opencontainers.image.licenses="Apache-2.0" \
  org.opencontainers.image.base.name="docker.io/library/node:24-bookworm-slim"
EXPOSE 8080
# SIGTERM drains: the program takes it itself, so it can be process 1. Longer than `drain_ms`: docker stop --time 15
STOPSIGNAL SIGTERM
# A worker's container overrides this with its own health route.
HEALTHCHECK --interval=5s --timeout=3s --start-period=30s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:8080/livez').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# Room for what a request leaves behind, in MiB: why, docs/operations.md says.
ENTRYPOINT ["node", "--max-semi-space-size=64", "src/main.ts"]
# Who can reach a container is decided where its port is published: `docker run -p 127.0.0.1:8080:8080`.
CMD ["serve", "--host", "0.0.0.0", "--allow-anonymous"]
