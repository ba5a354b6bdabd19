export interface Example {
  readonly command: string
  readonly shown: string
}

/** Each shell block of the README that is followed by a block of its output. */
export function shownExamples(readme: string): Example[] {
  const blocks = readme.matchAll(/```sh\n([^`]*)```\s+(?:<details>[\s\S]*?\n)?```(?:json|text)\n([\s\S]*?)```/g)
  return [...blocks].map(([, command = '', shown = '']) => ({ command: command.trim(), shown }))
}

/** What a curl command of the README asks for; null for another command. */
export function parseCurl(command: string): { readonly path: string; readonly body: object } | null {
  const [, path, body] =
    /^curl -s localhost:8080(\S+) -H 'content-type: application\/json' -d '(.*)'$/.exec(command) ?? []
  return path === undefined || body === undefined ? null : { path, body: JSON.parse(body) }
}

/** The name of a terminal command of the README, and its arguments. */
export function parseTutti(command: string): { readonly name: string; readonly args: readonly string[] } {
  const [, name, rest] = /^npx tutti (\w+) (.*)$/.exec(command) ?? []
  if (name === undefined || rest === undefined)
    throw new Error(`the README shows a command that no test knows: ${command}`)
  return { name, args: [...rest.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, word]) => quoted ?? (word as string)) }
}
