import { drive } from './drive.ts'
import type { Outcome } from './outcome.ts'
import type { Scenario, ScenarioRequest, Stage } from './scenario.ts'
import { schedule } from './schedule.ts'
import type { Sender } from './send.ts'
import { defineTally, type Figures, type Tally } from './tally.ts'
import { judge, sustained, type Verdict } from './thresholds.ts'
import type { ProcessFigures, Watch } from './watch.ts'

export interface StageFigures {
  /** Requests a second that were due. */
  readonly rate: number
  readonly seconds: number
  /** Answers a second, until the last of the stage's requests had its answer. */
  readonly throughput: number
  /** Of the rate. */
  readonly throughput_share: number
  readonly figures: Figures
  readonly processes: Readonly<Record<string, ProcessFigures>>
}

export interface ScenarioFigures {
  readonly stages: readonly StageFigures[]
  readonly ramp: readonly (StageFigures & { readonly sustained: boolean })[]
  /** Most requests a second of the ramp that were sustained; null without one. */
  readonly saturation: number | null
  /** All stages together, the ramp aside. */
  readonly total: Figures
  readonly verdicts: readonly Verdict[]
}

export interface RunOptions {
  readonly sender: Sender
  readonly now: () => number
  /** What to watch meanwhile. */
  readonly watch: Watch
  readonly onOutcome?: (outcome: Outcome) => void
  readonly onStage?: (stage: StageFigures, label: 'warm-up' | 'stage' | 'ramp') => void
}

/** A whole scenario: warm-up, stages, ramp. `requests` are those of it that the gateway has routes for. */
export async function runScenario(
  scenario: Scenario,
  requests: readonly ScenarioRequest[],
  options: RunOptions,
): Promise<ScenarioFigures> {
  const { sender, now, watch, onOutcome = () => {}, onStage = () => {} } = options
  const weights = requests.map(({ weight }) => weight)

  async function runStage({ rate, seconds }: Stage, tallies: readonly Tally[]): Promise<StageFigures> {
    const own = defineTally()
    const arrivals = schedule(rate, seconds, weights)
    const watched = await watch.begin()
    const ms = await drive(arrivals, {
      requests,
      sender,
      timeoutMs: scenario.timeout_ms,
      now,
      onOutcome(outcome) {
        for (const tally of [own, ...tallies]) tally.add(outcome)
        onOutcome(outcome)
      },
    })
    const figures = own.figures()
    // A stage is as long as its schedule even if the last answer came before its end.
    const throughput = figures.answered / Math.max(seconds, ms / 1000)
    const throughputShare = arrivals.length === 0 ? 1 : throughput / (arrivals.length / seconds)
    return { rate, seconds, throughput, throughput_share: throughputShare, figures, processes: await watched.end() }
  }

  if (scenario.warm_up !== undefined) onStage(await runStage(scenario.warm_up, []), 'warm-up')
  const total = defineTally()
  const stages: StageFigures[] = []
  for (const stage of scenario.stages) {
    stages.push(await runStage(stage, [total]))
    onStage(stages.at(-1) as StageFigures, 'stage')
  }
  const ramp: (StageFigures & { sustained: boolean })[] = []
  const { ramp: steps } = scenario
  for (let rate = steps?.from ?? 0; steps !== undefined && rate <= steps.most; rate *= steps.factor) {
    const step = await runStage({ rate, seconds: steps.seconds }, [])
    ramp.push({ ...step, sustained: sustained(steps, step) })
    onStage(step, 'ramp')
    if (!ramp.at(-1)?.sustained) break
  }
  const share = Math.min(...stages.map(({ throughput_share: own }) => own))
  return {
    stages,
    ramp,
    saturation: steps === undefined ? null : (ramp.filter((step) => step.sustained).at(-1)?.rate ?? 0),
    total: total.figures(),
    verdicts: judge(scenario.thresholds, total.figures(), share),
  }
}
