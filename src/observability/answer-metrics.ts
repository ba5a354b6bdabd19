import { Counter, Histogram, type Registry } from 'prom-client'
import type { Observer } from '../ensemble/observer.ts'

/** Metrics of what answers were made of: steps, certainty, waves, hidden mass. */
export function defineAnswerMetrics(registers: Registry[]): Observer['answered'] {
  const labelNames = ['ensemble', 'operation'] as const
  const counter = (name: string, help: string) => new Counter({ name, help, labelNames, registers })
  const answers = counter('tutti_answers_total', 'Answers given.')
  const degraded = counter('tutti_degraded_answers_total', 'Answers given without all members.')
  const steps = counter('tutti_steps_total', 'Decided symbols.')
  const certified = counter('tutti_certified_steps_total', 'Decided symbols that hold whatever the lists hide.')
  const waves = counter('tutti_waves_total', 'Rounds of concurrent member calls.')
  const accepted = counter('tutti_accepted_steps_total', "Decided symbols that every member's own path went on with.")
  const wasted = new Counter({
    name: 'tutti_wasted_lists_total',
    help: 'Lists fetched for nothing.',
    labelNames: ['member'],
    registers,
  })
  const written = counter('tutti_tokens_total', 'Segments written: tokens of the lead member, as `usage` counts them.')
  const prompts = counter('tutti_prompt_tokens_total', 'Tokens of prompts, as `usage` counts them.')
  const first = new Histogram({
    name: 'tutti_first_token_seconds',
    help: 'Seconds from plan to the first decided symbol.',
    labelNames,
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers,
  })
  const perToken = new Histogram({
    name: 'tutti_token_seconds',
    help: 'Seconds per segment after the first symbol, on average over an answer.',
    labelNames,
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1],
    registers,
  })
  const fusing = counter('tutti_fusing_seconds_total', 'Seconds spent on distributions, pool and choice.')
  const missing = new Histogram({
    name: 'tutti_missing_mass',
    help: 'Mean share of the mass that lists hid, per answer.',
    labelNames,
    buckets: [0, 0.001, 0.01, 0.05, 0.1, 0.2, 0.3, 0.5, 1],
    registers,
  })
  const seconds = new Histogram({
    name: 'tutti_answer_seconds',
    help: 'Seconds from plan to answer.',
    labelNames,
    buckets: [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
    registers,
  })
  return (event) => {
    const labels = { ensemble: event.ensemble, operation: event.operation }
    answers.inc(labels)
    if (event.degraded) degraded.inc(labels)
    steps.inc(labels, event.steps)
    certified.inc(labels, event.certifiedSteps)
    waves.inc(labels, event.waves)
    accepted.inc(labels, event.acceptedSteps)
    for (const { member, lists } of event.wasted) wasted.inc({ member }, lists)
    missing.observe(labels, event.missingMassMean)
    seconds.observe(labels, event.seconds)
    written.inc(labels, event.tokens)
    prompts.inc(labels, event.promptTokens)
    fusing.inc(labels, event.fusingSeconds)
    if (event.firstSeconds === null) return
    first.observe(labels, event.firstSeconds)
    if (event.tokens > 1) perToken.observe(labels, (event.seconds - event.firstSeconds) / (event.tokens - 1))
  }
}
