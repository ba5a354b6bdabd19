import type { EnsembleView, MemberView } from '../../src/console/wire.ts'

function memberView(id: string, weight = 1): MemberView {
  return {
    id,
    weight,
    kind: 'onnx',
    lead: false,
    status: 'up',
    reason: null,
    model: id,
    replicas: [],
    capabilities: null,
  }
}

/** An ensemble of which requests may set what they can, with weights by member id. */
export function ensembleView(weights: readonly (readonly [string, number])[], pool = 'linear'): EnsembleView {
  return {
    name: 'tutti',
    ready: true,
    pool,
    granularity: 'byte',
    quorum: 1,
    strategy: 'fuse',
    sampling: { temperature: 0.4 },
    members: weights.map(([id, weight]) => memberView(id, weight)),
    per_request: ['weights', 'pool'],
  }
}
