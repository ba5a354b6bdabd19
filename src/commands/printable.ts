/**
 * Text as a terminal may show it: control characters, with which a model's output could steer the terminal, become `?`.
 * Line breaks and tabs stay.
 */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '?')
}

/** A text in quotes on one line, `' union'`, or the name of a byte that is no text. */
export function quoted(text: string): string {
  return `'${printable(text.replaceAll('\n', '\\n').replaceAll('\t', '\\t').replaceAll('\r', '\\r'))}'`
}

/** A byte or the end as a label: `'a'`, `'\n'`, `0xC3`, `end`. */
export function symbolLabel(symbol: number | 'end'): string {
  if (symbol === 'end') return 'end'
  const text = String.fromCharCode(symbol)
  if (/[\n\t\r -~]/.test(text)) return quoted(text)
  return `0x${symbol.toString(16).toUpperCase().padStart(2, '0')}`
}
