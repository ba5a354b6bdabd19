import { expect, test } from 'vitest'
import { faultOf } from '../../src/console/key-fault.ts'

test('a key that a browser can send has no fault; of another the sign is named that it can not', () => {
  for (const key of ['', 'tutti-0123_abc.~+/=', 'clé']) expect(faultOf(key)).toBeNull()
  expect(faultOf('ключ')).toMatch(/^“к” can’t stand in a key/)
  expect(faultOf('key-🔑')).toMatch(/^“🔑” can’t/)
  expect(faultOf('two words')).toMatch(/^A blank can’t/)
})
