# One image for the gateway and for the workers; docker-compose.yml gives each its command.

FROM node:24-bookworm-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# The optional dependency is a Node.js for machines with an older one; this image has its own.
# ONNX Runtime's package holds the binaries of every system, 220 MB more than this one's.
RUN npm ci --omit=dev --omit=optional \
  && rm -rf node_modules/onnxruntime-node/bin/*/darwin node_modules/onnxruntime-node/bin/*/win32

FROM node:24-bookworm-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=dependencies /app/node_modules node_modules
COPY package.json ./
COPY config config
COPY models models
COPY src src
USER node
EXPOSE 8080
# A worker's container overrides this with its own health route.
HEALTHCHECK --interval=5s --timeout=3s --start-period=30s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:8080/livez').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "src/main.ts"]
# Who can reach a container is decided where its port is published: `docker run -p 127.0.0.1:8080:8080`.
CMD ["serve", "--host", "0.0.0.0", "--allow-anonymous"]
