/** Opens the recording that stacks are exported of. */
import { TraceError } from '../../parser/error.ts'
import { readEventSources } from '../event-sources.ts'
import type { FileJob } from '../job.ts'
import { chooseProfile, type Profile, profilesOf, type StackSource } from './profiles.ts'

/** The recording of a job; stacks of several would not be told apart. Throws `ERR_USAGE`. */
export async function openStacks(job: FileJob): Promise<StackSource> {
  const [file, ...others] = job.files
  if (others.length > 0)
    throw new TraceError('ERR_USAGE', 'stacks of several recordings do not go into one file', {
      hint: 'export each trace.dat by itself',
    })
  const opened = await job.open(file!)
  const { database } = opened
  const { catalogue } = await opened.recording()
  const occurring = new Set((await readEventSources(database)).keys())
  return { database, catalogue, occurring }
}

/** The profile to write into a format that holds one, and says which others there are. */
export function chooseOne(job: FileJob, source: StackSource): Profile {
  const chosen = chooseProfile(source, job.profile)
  const others = profilesOf(source).filter(({ name }) => name !== chosen.name)
  if (job.profile === undefined && others.length > 0) {
    const names = others.map(({ name }) => name).join(', ')
    job.warn(`profile ${chosen.name} (${chosen.about}); --profile has also: ${names}`)
  }
  return chosen
}

const LOST = 'select count(*)::integer from meta.lost_events'

/** True where events were lost: what stacks weigh is a lower bound then. */
export async function hasLosses({ database }: StackSource): Promise<boolean> {
  return Number((await database.all(LOST)).rows[0]?.[0]) > 0
}
