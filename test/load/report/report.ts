import type { ScenarioFigures } from '../run-scenario.ts'
import type { Scenario } from '../scenario.ts'

/** What a run leaves behind, as JSON. */
export interface Report extends ScenarioFigures {
  readonly url: string
  /** ISO 8601. */
  readonly started: string
  readonly machine: string
  readonly scenario: Scenario
  /** Names of requests that the gateway has no route for. */
  readonly left_out: readonly string[]
}
