import { mkdir, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { documents } from './documents.ts'

for (const [path, content] of Object.entries(documents)) {
  const file = fileURLToPath(new URL(`../../${path}`, import.meta.url))
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, content())
  console.log(`wrote ${path}`)
}
