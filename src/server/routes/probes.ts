import { z } from 'zod'
import type { App } from '../app.ts'
import type { Dependencies } from '../dependencies.ts'
import { toEnsembleView } from '../wire/directory.ts'

/** Says that the process answers; nothing else, so that a member's trouble never restarts the gateway. */
export function livezRoute(app: App): void {
  const schema = {
    summary: 'Is the process alive',
    tags: ['Operation'],
    response: { 200: z.object({ status: z.literal('ok') }) },
  }
  app.get('/livez', { schema }, async () => ({ status: 'ok' as const }))
}

const readiness = z.object({
  status: z.enum(['ready', 'not_ready']),
  ensembles: z.array(
    z.object({
      name: z.string(),
      ready: z.boolean(),
      quorum: z.number(),
      up: z.number(),
      down: z.array(z.object({ id: z.string(), reason: z.string() })),
    }),
  ),
})

/** What inference servers have in place of `/readyz`, for clients that look for one of them. */
export function healthRoute(app: App, { directory }: Dependencies): void {
  const health = z.object({ status: z.enum(['ready', 'not_ready']) })
  const schema = {
    summary: 'Can every ensemble answer, in short',
    tags: ['Operation'],
    response: { 200: health, 503: health },
  }
  app.get('/health', { schema }, async (_request, reply) => {
    const ready = [...directory.ensembles.values()].every(
      (ensemble) => toEnsembleView(ensemble, (id) => directory.state(id)).ready,
    )
    return reply.code(ready ? 200 : 503).send({ status: ready ? 'ready' : 'not_ready' })
  })
}

/** 200 when every ensemble meets its quorum, else 503; in both cases with who is down and why. */
export function readyzRoute(app: App, { directory }: Dependencies): void {
  const schema = {
    summary: 'Can every ensemble answer',
    tags: ['Operation'],
    response: { 200: readiness, 503: readiness },
  }
  app.get('/readyz', { schema }, async (_request, reply) => {
    const ensembles = [...directory.ensembles.values()].map((ensemble) => {
      const { name, ready, quorum, members } = toEnsembleView(ensemble, (id) => directory.state(id))
      const down = members.flatMap(({ id, reason }) => (reason === null ? [] : [{ id, reason }]))
      return { name, ready, quorum, up: members.length - down.length, down }
    })
    const ready = ensembles.every((ensemble) => ensemble.ready)
    return reply.code(ready ? 200 : 503).send({ status: ready ? 'ready' : 'not_ready', ensembles })
  })
}
