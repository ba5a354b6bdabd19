import { configJsonSchema } from '../../src/config/schema.ts'
import { configReference } from './config-reference.ts'
import { errorReference } from './error-reference.ts'
import { examplesPage } from './examples.ts'

/** Every committed file that is generated from code: path from the root of the package → content. */
export const documents: Readonly<Record<string, () => string>> = {
  'config/tutti.schema.json': () => `${JSON.stringify(configJsonSchema(), null, 2)}\n`,
  'docs/configuration.md': configReference,
  'docs/errors.md': errorReference,
  'docs/examples.md': examplesPage,
}
