import { readdirSync, readFileSync } from 'node:fs'

const folder = new URL('../examples/', import.meta.url)

/** By folder: what its files are written in, and what runs them. */
const languages = [
  { folder: 'curl', title: 'curl', fence: 'sh' },
  { folder: 'typescript', title: 'TypeScript', fence: 'ts' },
  { folder: 'python', title: 'Python, the standard library alone', fence: 'python' },
  { folder: 'python-openai', title: 'Python, with the package `openai`', fence: 'python' },
] as const

const operations = [
  { name: 'predict', title: 'The next symbol, and the next words' },
  { name: 'complete', title: 'A completion, as it is written' },
  { name: 'chat', title: 'An answer' },
  { name: 'score', title: 'The probability of given texts' },
  { name: 'classify', title: 'A label out of a list' },
] as const

/** Every file of `test/examples` that is shown: the path in that folder, and what it holds. */
export function exampleFiles(): { readonly path: string; readonly content: string }[] {
  return languages.flatMap((language) =>
    readdirSync(new URL(language.folder, folder))
      .sort()
      .map((file) => `${language.folder}/${file}`)
      .map((path) => ({ path, content: readFileSync(new URL(path, folder), 'utf8') })),
  )
}

/** docs/examples.md: the files of `test/examples`, by operation and language. */
export function examplesPage(): string {
  const files = exampleFiles()
  const sections = operations.map(({ name, title }) => {
    const blocks = languages.flatMap((language) => {
      const shown = files.find(({ path }) => path.startsWith(`${language.folder}/${name}.`))
      return shown === undefined
        ? []
        : [`${language.title} (\`test/examples/${shown.path}\`):\n\n\`\`\`${language.fence}\n${shown.content}\`\`\`\n`]
    })
    return `## ${title}\n\n${blocks.join('\n')}`
  })
  return `# Examples

Against the gateway of \`npm start\`, or the one that \`TUTTI_URL\` names. Where it has keys, send the header
\`authorization: Bearer KEY\` with each request; the clients of OpenAI take it as their API key. What the fields mean: [api.md](api.md).

This page shows the very files that the tests run (\`npm run generate\`; a test holds the two equal): those in TypeScript and the requests of
those for curl with \`npm test\`, all of them with \`.ci/examples\`.

${sections.join('\n')}`
}
