import { TuttiError } from '../errors.ts'

type Environment = Readonly<Record<string, string | undefined>>

const variables = ['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', 'OTEL_EXPORTER_OTLP_ENDPOINT'] as const

/**
 * Whether traces are sent. The exporter reads where from the same variables, and takes localhost for a URL that is none.
 *
 * @throws TuttiError `invalid_config` that names the variable; its value may hold a password, and stays out.
 */
export function tracesAreSent(env: Environment): boolean {
  const given = variables.filter((name) => env[name])
  if (given.length === 0 || env['OTEL_SDK_DISABLED'] === 'true') return false
  for (const name of given) {
    const url = URL.parse(env[name] ?? '')
    if (url?.protocol === 'http:' || url?.protocol === 'https:') continue
    throw new TuttiError(
      'invalid_config',
      `${name} is not a URL of http or https, such as http://127.0.0.1:4318; correct it, or unset it to send no traces`,
    )
  }
  return true
}
