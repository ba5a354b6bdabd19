import { expect, test } from 'vitest'
import { Remainder } from '../../../src/core/lattice/remainder.ts'

test('the share of what was pruned counts a quarter with every byte, and never nothing again', () => {
  const remainder = new Remainder()
  remainder.advance(0, 0)
  expect(remainder.share).toBe(0)
  remainder.advance(0.2, 0.1)
  expect(remainder.share).toBe(0.1)
  remainder.advance(0.2, 0.04)
  expect(remainder.share).toBeCloseTo(0.065, 15)
  for (let byte = 0; byte < 40; byte++) remainder.advance(0, 0)
  expect(remainder.share).toBe(1e-9)
})

test('the total counts each byte once: as a share of the mass it is settled with, else as the share it was pruned with', () => {
  const remainder = new Remainder()
  remainder.advance(1, 0.1)
  expect(remainder.total).toBe(0)
  remainder.settle(3)
  expect(remainder.total).toBe(0.25)
  remainder.settle(3)
  remainder.advance(0, 0)
  expect(remainder.total).toBe(0.25)
  remainder.advance(1, 0.1)
  remainder.advance(0, 0)
  expect(remainder.total).toBeCloseTo(0.35, 15)
})

test('a new start keeps the total alone', () => {
  const remainder = new Remainder()
  remainder.advance(1, 0.5)
  remainder.clear()
  expect([remainder.share, remainder.total]).toEqual([0, 0.5])
  remainder.settle(1)
  expect(remainder.total).toBe(0.5)
})

test('a copy goes on alone', () => {
  const remainder = new Remainder()
  remainder.advance(1, 0.5)
  remainder.advance(3, 0.25)
  const copy = remainder.clone()
  remainder.settle(1)
  expect([copy.share, copy.total]).toEqual([0.375, 0.5])
  copy.settle(1)
  expect([copy.total, remainder.total]).toEqual([1.25, 1.25])
  const unsettled = new Remainder()
  unsettled.advance(1, 0.5)
  const other = unsettled.clone()
  other.advance(0, 0)
  expect([other.total, unsettled.total]).toEqual([0.5, 0])
})
