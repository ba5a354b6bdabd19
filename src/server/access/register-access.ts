import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Directory } from '../../ensemble/directory.ts'
import { TuttiError } from '../../errors.ts'
import type { App } from '../app.ts'
import type { Dependencies } from '../dependencies.ts'
import type { Settings } from '../settings.ts'
import { closeUnread } from '../unread.ts'
import { type Caller, callerOf } from './caller.ts'
import { visibleDirectory } from './visible-directory.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** The settings that the request runs under to its end. */
    settings: Settings
    caller: Caller
    /** The ensembles that the caller may use. */
    directory: Directory
    /** Aborts when the client goes away, or when the gateway can wait for the request no longer. */
    ending: AbortSignal
  }
  interface FastifyContextConfig {
    /** Needs no key. Every route does that does not say this. */
    open?: boolean
  }
}

/** Decides before a body is read who asks and what he may see. */
export function registerAccess(
  app: App,
  { takeSettings, running }: Pick<Dependencies, 'takeSettings' | 'running'>,
): void {
  for (const name of ['settings', 'caller', 'directory', 'ending'] as const) app.decorateRequest(name)

  app.addHook('onRequest', async (request, reply) => {
    const settings = takeSettings()
    reply.raw.once('close', () => settings.release())
    const caller = callerOf(request.headers.authorization, settings.keys)
    request.settings = settings
    request.caller = caller
    const visible = visibleDirectory(settings.directory, caller.ensembles)
    request.directory = request.trace?.carriedBy(visible) ?? visible
    request.ending = running.begin(reply.raw)
    closeUnread(reply.raw, settings.limits.unreadMs)
    const open = isOpen(request)
    if (!caller.known && !open) refuse(request, reply)
    if (!running.stopping || open) return
    reply.header('connection', 'close')
    throw new TuttiError('stopping', 'the gateway is being stopped')
  })
}

function isOpen({ is404, routeOptions, settings }: FastifyRequest): boolean {
  const { url = '', config } = routeOptions
  if (url === '/metrics') return settings.metricsReaders === 'open'
  return is404 || config.open === true || url.startsWith('/docs')
}

function refuse({ headers }: FastifyRequest, reply: FastifyReply): never {
  reply.header('www-authenticate', 'Bearer')
  const reason =
    headers.authorization === undefined ? 'the request has no API key' : 'this is no API key of the gateway'
  throw new TuttiError('invalid_api_key', `${reason}; send the header \`authorization: Bearer KEY\``)
}
