import { expect, test } from 'vitest'
import { createMetrics } from '../../src/observability/metrics.ts'

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
  seconds: 0.3,
} as const

test('what the ensemble tells the observer is on the page', async () => {
  const metrics = createMetrics('1.2.3')
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
    'tutti_missing_mass_sum{ensemble="tutti",operation="completion"} 0.04',
  ]) {
    expect(body).toContain(line)
  }
  expect(body).toMatch(/tutti_build_info\{version="1\.2\.3",node="v\d+[^"]*"\} 1/)
  expect(body).toContain('nodejs_eventloop_lag_p99_seconds')
})

test('two gateways in one process do not share counters', async () => {
  const [one, other] = [createMetrics('1'), createMetrics('1')]
  one.answered(answer)
  expect((await other.page()).body).not.toContain('tutti_steps_total{')
})
