import type { Canonical } from './canonical.ts'

/** A sign counts only where no letter or digit stands before it: "3-5" is two numbers. */
const sign = '(?:(?<![\\p{L}\\p{N}])[-+−])?'
/** With thousands in groups of three, by commas or no-break spaces; or plain. */
const integer = '(?:\\d{1,3}(?:[,\\u00a0\\u202f]\\d{3})+(?!\\d)|\\d+)'
const numbers = new RegExp(
  `(?<![\\p{L}\\p{N}]|\\d\\.)${sign}(?:${integer}(?:\\.\\d+)?|\\.\\d+)(?:[eE][-+]?\\d+)?`,
  'gu',
)

/**
 * The last number of the text, which is where solutions end (Cobbe et al. 2021, Wang et al. 2023), in English notation:
 * "1,234.50", "1234.5" and "1.2345e3" are one. Exact whatever its length: digits are never made a float.
 */
export const numberForm: Canonical = (text) => {
  const last = text.match(numbers)?.at(-1)
  return last === undefined ? null : decimal(last)
}

/** Exponents beyond this are left as such: nobody wants a million zeros. */
const mostZeros = 30

function decimal(written: string): string {
  const plain = written.replace('−', '-').replaceAll(/[,\u00a0\u202f+]/g, '')
  const [mantissa = '', power = '0'] = plain.toLowerCase().split('e')
  const negative = mantissa.startsWith('-')
  const [whole = '', fraction = ''] = mantissa.replace('-', '').split('.')
  const digits = `${whole}${fraction}`.replace(/^0+/, '')
  const significant = digits.replace(/0+$/, '')
  if (significant === '') return '0'
  const exponent = Number(power) - fraction.length + digits.length - significant.length
  return `${negative ? '-' : ''}${scaled(significant, exponent)}`
}

/** digits · 10^exponent. */
function scaled(digits: string, exponent: number): string {
  if (Math.abs(exponent) > mostZeros + digits.length) return `${digits}e${exponent}`
  if (exponent >= 0) return digits + '0'.repeat(exponent)
  const point = digits.length + exponent
  return point > 0 ? `${digits.slice(0, point)}.${digits.slice(point)}` : `0.${'0'.repeat(-point)}${digits}`
}
