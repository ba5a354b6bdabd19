import { type ErrorCode, errorTable } from '../../src/errors.ts'

/** What each code tells a caller. The type makes a code without an entry a compile error. */
const meanings: Readonly<Record<ErrorCode, string>> = {
  invalid_request: 'The request is malformed, or a field is unknown or out of range. `param` names the field.',
  unsupported_parameter: 'A known field asks for what Tutti cannot honour. Leave it out or send its neutral value.',
  context_length_exceeded: 'Prompt and continuation together are longer than a member can take.',
  unknown_token: 'A token id is outside the vocabulary.',
  invalid_tensor: 'A tensor of an inference call has the wrong name, type or shape.',
  invalid_api_key: 'The gateway has keys, and the request none of them. Send `Authorization: Bearer KEY`.',
  model_not_allowed: 'The key may not use this model. `GET /v1/models` lists those it may use.',
  model_not_found: 'No ensemble or member has this name. `GET /v1/models` lists them.',
  route_not_found: 'Nothing is served at this path. `GET /openapi.json` lists the routes.',
  method_not_allowed: 'The path exists, but not for this method. The `allow` header lists those it takes.',
  request_timeout: 'The request did not arrive whole within `server.limits.receive_ms`. Send it faster, or retry.',
  payload_too_large: 'The request body exceeds `server.body_limit_bytes`.',
  unsupported_media_type: 'The body is not `application/json`.',
  limit_exceeded: 'The request asks for more than `server.limits` allows in one. `param` names the field.',
  rate_limit_exceeded: 'The key has used up what it may have for now. Retry after `retry-after` seconds.',
  headers_too_large: "The request's headers are larger than 16 KiB (Node's `--max-http-header-size`).",
  invalid_config: 'The configuration file cannot be used. The message names file, field, reason and remedy.',
  invalid_model: 'A model folder cannot be loaded by a worker.',
  invalid_distribution: 'A member sent something that is not a probability distribution.',
  filtered_list: 'A member sent a shorter list than was asked for: its server filters, so the rest is unknown.',
  dead_lattice: 'A member gives the text so far no probability at all.',
  member_protocol: 'A member answered in a shape that its protocol does not have.',
  member_rejected: 'A member refused the call.',
  log_probabilities_refused:
    'The model gives no log-probabilities, as reasoning models do not: use it for whole answers without them.',
  member_unreachable: 'A member could not be reached. Retry.',
  member_unavailable: 'A member is starting, stopping or known to be down. Retry.',
  member_busy:
    'As many calls of a member are in work and wait as `max_concurrent` and `max_waiting` allow. Its server was not asked. Retry.',
  circuit_open:
    'A server of the member has failed again and again, and is not called for `breaker.open_ms`. See `GET /v1/ensembles` for its state.',
  member_timeout: 'A member did not answer in time. Retry.',
  quorum_not_met: 'Fewer members are usable than the ensemble needs. `GET /readyz` says which and why.',
  deadline_exceeded: 'The request took longer than the ensemble allows (`deadline_ms`). Ask for less, or retry.',
  overloaded: 'Too much is going on. Retry after `retry-after` seconds.',
  stopping: 'The gateway is being stopped. Retry, with another one if there is.',
  client_closed: 'The client went away before the answer; seen in logs and metrics only.',
  internal: 'A fault of Tutti itself. The log has it under the request id.',
}

/** docs/errors.md: the error table with what each code means. */
export function errorReference(): string {
  const rows = Object.entries(errorTable).map(([code, { status, type, retryable }]) => {
    return `| \`${code}\` | ${status} | \`${type}\` | ${retryable ? 'yes' : 'no'} | ${meanings[code as ErrorCode]} |`
  })
  return `# Errors

Every error has the shape of the OpenAI API: \`{"error":{"message","type","param","code"}}\`. The code decides the status
and whether the same call may succeed later; match on it, never on the message. In a stream that has begun, the same
object comes as a \`data:\` event, followed by \`[DONE]\`. The answer's \`x-request-id\` header finds the request in the log.

This page is generated from \`src/errors.ts\` (\`npm run generate\`); a test holds the two equal.

| code | status | type | retry | meaning |
|---|---|---|---|---|
${rows.join('\n')}
`
}
