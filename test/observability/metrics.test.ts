import { expect, test } from 'vitest'
import { createMetrics } from '../../src/observability/metrics.ts'
import type { MemberNow } from '../../src/observability/state-metrics.ts'

const answer = {
  ensemble: 'tutti',
  operation: 'completion',
  degraded: true,
  steps: 10,
  certifiedSteps: 8,
  waves: 6,
  acceptedSteps: 7,
  wasted: [{ member: 'm0', lists: 3 }],
  missingMassMean: 0.02,
  promptTokens: 4,
  tokens: 3,
  seconds: 0.3,
  firstSeconds: 0.1,
  fusingSeconds: 0.01,
} as const

const readState = () => ({
  load: { running: 2, runningCost: 300, queued: 1 },
  members: new Map<string, MemberNow>([
    [
      'a',
      {
        up: true,
        replicas: [
          { up: true, breaker: 'closed' },
          { up: false, breaker: 'open' },
        ],
      },
    ],
    ['b', { up: false, replicas: [{ up: false, breaker: 'half_open' }] }],
  ]),
  redisUp: null,
})

test('what the ensemble tells the observer is on the page', async () => {
  const metrics = createMetrics('1.2.3', readState)
  metrics.memberCall({ member: 'a', outcome: 'ok', seconds: 0.02 })
  metrics.memberCall({ member: 'a', outcome: 'member_timeout', seconds: 5 })
  metrics.memberLost({ member: 'a', code: 'member_timeout', message: 'not for labels' })
  metrics.answered(answer)
  metrics.answered({ ...answer, degraded: false })
  const { body } = await metrics.page()
  for (const line of [
    'tutti_member_calls_total{member="a",outcome="ok"} 1',
    'tutti_member_calls_total{member="a",outcome="member_timeout"} 1',
    'tutti_member_call_seconds_count{member="a"} 2',
    'tutti_members_lost_total{member="a",code="member_timeout"} 1',
    'tutti_answers_total{ensemble="tutti",operation="completion"} 2',
    'tutti_degraded_answers_total{ensemble="tutti",operation="completion"} 1',
    'tutti_steps_total{ensemble="tutti",operation="completion"} 20',
    'tutti_certified_steps_total{ensemble="tutti",operation="completion"} 16',
    'tutti_waves_total{ensemble="tutti",operation="completion"} 12',
    'tutti_accepted_steps_total{ensemble="tutti",operation="completion"} 14',
    'tutti_wasted_lists_total{member="m0"} 6',
    'tutti_tokens_total{ensemble="tutti",operation="completion"} 6',
    'tutti_prompt_tokens_total{ensemble="tutti",operation="completion"} 8',
    'tutti_first_token_seconds_sum{ensemble="tutti",operation="completion"} 0.2',
    'tutti_token_seconds_count{ensemble="tutti",operation="completion"} 2',
    'tutti_running_requests 2',
    'tutti_queued_requests 1',
    'tutti_member_up{member="a"} 1',
    'tutti_member_up{member="b"} 0',
    'tutti_replica_up{member="a",replica="0"} 1',
    'tutti_replica_up{member="a",replica="1"} 0',
    'tutti_breaker_state{member="a",replica="0"} 0',
    'tutti_breaker_state{member="a",replica="1"} 2',
    'tutti_breaker_state{member="b",replica="0"} 1',
    'tutti_missing_mass_sum{ensemble="tutti",operation="completion"} 0.04',
  ]) {
    expect(body).toContain(line)
  }
  expect(body).toMatch(/tutti_build_info\{version="1\.2\.3",node="v\d+[^"]*"\} 1/)
  expect(body).toContain('nodejs_eventloop_lag_p99_seconds')
})

test('two gateways in one process do not share counters', async () => {
  const [one, other] = [createMetrics('1', readState), createMetrics('1', readState)]
  one.answered(answer)
  expect((await other.page()).body).not.toContain('tutti_steps_total{')
})
