import { z } from 'zod'
import { ensemblesSchema } from './schema/ensembles.ts'
import { membersSchema } from './schema/members.ts'
import { redisSchema } from './schema/redis.ts'
import { serverSchema } from './schema/server.ts'

/** The whole configuration file. Every field is described here and nowhere else; the reference is generated from it. */
export const configSchema = z
  .strictObject({
    server: serverSchema.prefault({}),
    redis: redisSchema.optional(),
    members: membersSchema,
    ensembles: ensemblesSchema,
  })
  .describe('Configuration of a Tutti gateway.')

export type ConfigFile = z.infer<typeof configSchema>

/** JSON schema (draft 2020-12) of the configuration file, for editors. */
export function configJsonSchema(): Record<string, unknown> {
  return z.toJSONSchema(configSchema, { io: 'input' })
}
