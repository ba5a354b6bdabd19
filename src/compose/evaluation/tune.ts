import { TuttiError } from '../../errors.ts'
import type { LabelMethod } from './fit-labels.ts'
import type { OpenEnsemble } from './open-ensemble.ts'
import type { Data } from './read-rows.ts'
import { tuneOnLabels } from './tune-labels.ts'
import { type Tuned, type TuneOptions, tuneOnTexts } from './tune-text.ts'

/**
 * Learns from one part of the data and proves on the other.
 *
 * @throws TuttiError `invalid_request` for stacking of texts, which have no labels.
 */
export function tune(open: OpenEnsemble, data: Data, method: LabelMethod, options: TuneOptions): Promise<Tuned> {
  if (data.task === 'classification') return tuneOnLabels(open, data.rows, data.question, method, options)
  if (method !== 'stacking') return tuneOnTexts(open, data.rows, method, options)
  throw new TuttiError('invalid_request', 'stacking is learned from labels; these rows are texts', { param: 'method' })
}
