import type { Config, LearnedWeights } from '../../config/config.ts'
import { refuseUnable } from '../../ensemble/ability.ts'
import { type Directory, findEnsemble } from '../../ensemble/directory.ts'
import type { Ensemble } from '../../ensemble/ensemble.ts'
import { granularityOf } from '../../ensemble/granularity.ts'
import { TuttiError } from '../../errors.ts'
import type { Probe } from '../../members/member.ts'
import { defineMember, loadTokenizers } from '../define-member.ts'
import { defineDirectory } from '../directory.ts'
import { placeMembers } from '../embedded.ts'
import { lookedAt } from '../probe/looked-at-member.ts'
import { refuseForeignWeights } from '../refuse-foreign-weights.ts'

/** One ensemble with all its members in reach, for a command that measures it without a server. */
export interface OpenEnsemble {
  readonly ensemble: Ensemble
  readonly directory: Directory
  readonly granularity: 'byte' | 'token'
  readonly probes: readonly Probe[]
  readonly learned: LearnedWeights | null
  close(): Promise<void>
}

/** Milliseconds that a probe may take, and one text: nobody waits for an answer. */
const probeMs = 60_000
const textMs = 1_800_000

/**
 * Starts or reaches the members of one ensemble. A text that one of them fails at fails as a whole: figures without a
 * member would be those of another ensemble.
 *
 * @throws TuttiError `model_not_found`, `invalid_config`, or why a member can't be reached.
 */
export async function openEnsemble(config: Config, name: string): Promise<OpenEnsemble> {
  const configured = config.ensembles.find((one) => one.name === name)
  if (configured === undefined) {
    const names = config.ensembles.map((one) => one.name).join(', ')
    throw new TuttiError('model_not_found', `there is no ensemble "${name}"; there is ${names}`, { param: 'ensemble' })
  }
  const seated = config.members.filter(({ id }) => configured.members.some((seat) => seat.id === id))
  const tokenizers = loadTokenizers(seated)
  const placed = await placeMembers(seated, () => {}, { deterministic: true })
  const members = seated.map((member) => {
    const tokenizer = tokenizers.get(member.id) ?? null
    return lookedAt(defineMember(member, placed.urls.get(member.id) ?? [], tokenizer), tokenizer)
  })
  const close = async () => {
    await Promise.all(members.map((member) => member.close()))
    await placed.close()
  }
  try {
    const states = await Promise.all(
      members.map(async (member) => {
        const probe = await member.probe(AbortSignal.timeout(probeMs))
        return [member.id, { member, probe: () => probe, down: () => null }] as const
      }),
    )
    const whole = { ...configured, quorum: configured.members.length, deadlineMs: textMs }
    const directory = defineDirectory([whole], new Map(states))
    const { ensemble } = findEnsemble(directory, name)
    refuseUnable(ensemble, directory.state)
    refuseForeignWeights(configured, directory)
    const probes = ensemble.seats.map(({ member }) => directory.state(member.id).probe() as Probe)
    const granularity = granularityOf(ensemble, directory.state)
    return { ensemble, directory, granularity, probes, learned: configured.learned, close }
  } catch (error) {
    await close()
    throw error
  }
}
