import { type Command, Option } from 'commander'
import type { AskedQuestion, Data } from '../compose/evaluation/read-rows.ts'

/** What is asked of labelled data, in place of the header of its file. */
export interface QuestionOptions {
  readonly labels?: string
  readonly prompt?: string
  readonly normalisation?: 'none' | 'per_byte' | 'contextual'
}

/** The options of every command that measures members on data. */
export function withDataOptions(command: Command): Command {
  return command
    .requiredOption('-d, --data <file>', 'JSONL: {"text"}, {"prompt", "completion"} or {"input", "label"}')
    .option('--labels <names>', 'labels, separated by commas (default: those of the first line)')
    .option('--prompt <template>', 'what labels come behind, with {input} (default: that of the first line)')
    .addOption(new Option('--normalisation <kind>', 'of label scores').choices(['none', 'per_byte', 'contextual']))
}

export function questionOf({ labels, prompt, normalisation }: QuestionOptions): AskedQuestion {
  return {
    ...(labels !== undefined && { labels: labels.split(',').map((label) => label.trim()) }),
    ...(prompt !== undefined && { prompt }),
    ...(normalisation !== undefined && { normalisation }),
  }
}

/** What progress counts: bytes of text, or answers. */
export function sizeOf(data: Data): number {
  return data.task === 'text' ? data.rows.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0) : data.rows.length
}
