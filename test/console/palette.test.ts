import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const style = readFileSync(new URL('../../src/console/style.css', import.meta.url), 'utf8')

type Colour = readonly [number, number, number]

/** Custom properties that are pairs of colours, in one of the modes; linear light in [0, 1]. */
function palette(mode: 0 | 1): Map<string, Colour> {
  const pairs = style.matchAll(/--([\w-]+): light-dark\(#(\w{6}), #(\w{6})\)/g)
  return new Map([...pairs].map(([, name, ...both]) => [name!, toLinear(both[mode]!)]))
}

function toLinear(hex: string): Colour {
  return [0, 2, 4].map((at) => linear(Number.parseInt(hex.slice(at, at + 2), 16) / 255)) as unknown as Colour
}

const linear = (value: number) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4)
const encoded = (value: number) => (value <= 0.0031308 ? 12.92 * value : 1.055 * value ** (1 / 2.4) - 0.055)

/** WCAG 2.2, contrast ratio. */
function contrast(one: Colour, other: Colour): number {
  const luminance = ([r, g, b]: Colour) => 0.2126 * r + 0.7152 * g + 0.0722 * b
  const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b)
  return (high! + 0.05) / (low! + 0.05)
}

/** What `color-mix(in srgb, …)` gives. */
function mix(one: Colour, share: number, other: Colour): Colour {
  return one.map((value, at) => linear(share * encoded(value) + (1 - share) * encoded(other[at]!))) as unknown as Colour
}

/** Machado, Oliveira and Fernandes 2009, severity 1: what eyes without one kind of cone see. */
const eyes = {
  all: [1, 0, 0, 0, 1, 0, 0, 0, 1],
  protan: [0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998],
  deutan: [0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.01182, 0.04294, 0.968881],
  tritan: [1.255528, -0.076749, -0.178779, -0.078411, 0.930809, 0.147602, 0.004733, 0.691367, 0.3039],
}

function seen([r, g, b]: Colour, m: readonly number[]): Colour {
  const row = (at: number) => Math.min(1, Math.max(0, m[at]! * r + m[at + 1]! * g + m[at + 2]! * b))
  return [row(0), row(3), row(6)]
}

/** Distance in Oklab (Ottosson 2020), times 100. */
function distance(one: Colour, other: Colour): number {
  const [a, b] = [oklab(one), oklab(other)]
  return 100 * Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2])
}

function oklab([r, g, b]: Colour): Colour {
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b)
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b)
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b)
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ]
}

const modes = [
  ['light', 0],
  ['dark', 1],
] as const
const members = Array.from({ length: 8 }, (_, index) => `member-${index + 1}`)

test.each(modes)('%s: text can be read on every ground (WCAG AA)', (_, mode) => {
  const colours = palette(mode)
  const of = (name: string) => colours.get(name)!
  for (const ground of ['ground', 'card']) {
    for (const ink of ['ink', 'ink-soft', 'error', 'good']) {
      expect(contrast(of(ink), of(ground)), `${ink} on ${ground}`).toBeGreaterThanOrEqual(4.5)
    }
    expect(contrast(of('edge'), of(ground)), `edge on ${ground}`).toBeGreaterThanOrEqual(3)
  }
  for (const member of members) {
    expect(contrast(of('ink'), mix(of(member), 0.5, of('card'))), `ink on ${member}`).toBeGreaterThanOrEqual(4.5)
  }
  for (const heat of ['heat', 'cold']) {
    expect(contrast(of('ink'), mix(of(heat), 0.6, of('card'))), `ink on ${heat}`).toBeGreaterThanOrEqual(4.5)
  }
})

test('the strongest tints are those that the contrast was reckoned for', () => {
  expect(style).toContain('calc(14% + 36% * var(--shade))')
  expect(style).toContain('calc(60% * var(--shade))')
})

test.each(modes)('%s: bars of every member stand out from the card', (_, mode) => {
  const colours = palette(mode)
  for (const member of members) {
    expect(contrast(colours.get(member)!, colours.get('card')!), member).toBeGreaterThanOrEqual(3)
  }
})

test.each(modes)('%s: members can be told apart, the first three well, whatever cones an eye has', (_, mode) => {
  const colours = palette(mode)
  for (const [eye, matrix] of Object.entries(eyes)) {
    for (let one = 0; one < members.length; one++) {
      for (let other = 0; other < one; other++) {
        const least = one < 3 ? 10 : one < 4 ? 6 : 4
        const [a, b] = [members[one]!, members[other]!]
        expect(
          distance(seen(colours.get(a)!, matrix), seen(colours.get(b)!, matrix)),
          `${a} and ${b}, ${eye}`,
        ).toBeGreaterThanOrEqual(least)
      }
    }
  }
})
