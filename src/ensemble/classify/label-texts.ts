import { TuttiError } from '../../errors.ts'

export interface Label {
  readonly label: string
  /** Texts that stand for it; the label itself where there are none. */
  readonly verbalisations?: readonly string[]
}

const encoder = new TextEncoder()

export interface LabelText {
  readonly label: number
  readonly text: Uint8Array
}

/** @throws TuttiError for two labels of one name or text. */
export function textsOf(labels: readonly Label[]): LabelText[] {
  const names = new Set<string>()
  const seen = new Set<string>()
  return labels.flatMap(({ label: name, verbalisations = [name] }, label) => {
    const param = `labels[${label}]`
    if (names.has(name)) throw twice(param, name)
    names.add(name)
    return verbalisations.map((text) => {
      if (seen.has(text)) throw twice(param, text)
      seen.add(text)
      return { label, text: encoder.encode(text) }
    })
  })
}

function twice(param: string, text: string): TuttiError {
  return new TuttiError('invalid_request', `\`${param}\`: "${text}" is there twice`, { param })
}
