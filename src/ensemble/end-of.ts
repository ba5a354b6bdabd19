import { TuttiError } from '../errors.ts'

/** Why a request has ended before its answer: as its signal says, else since nobody waits for it any more. */
export function endOf({ reason }: AbortSignal): TuttiError {
  return reason instanceof TuttiError ? reason : new TuttiError('client_closed', 'the client has gone')
}
