/**
 * What this kernel lets this user record. Nothing is read off versions or help texts: every
 * capability is tried in an instance that is removed again, and the rest of tracing is left alone.
 */
import { readFileSync, statSync } from 'node:fs'
import { machine, release, userInfo } from 'node:os'
import { TraceError } from '../parser/error.ts'
import { tryBuffers, tryEvents, tryTracers } from './doctor-events.ts'
import { tryFile } from './doctor-file.ts'
import { tryProbes } from './doctor-probes.ts'
import { type DoctorCheck, reasonOf, type TrialPlace } from './doctor-trial.ts'
import { Journal, repairLeftovers } from './journal.ts'
import { runtimeDir } from './runtime-dir.ts'
import { Tracefs } from './tracefs.ts'

export type { DoctorCheck } from './doctor-trial.ts'

/** What `examine` found. */
export interface DoctorReport {
  readonly kernel: string
  readonly machine: string
  readonly user: string
  /** Whether `record` can work at all. */
  readonly recordable: boolean
  readonly checks: readonly DoctorCheck[]
}

/** Tries everything; takes a second or two. `find` and `dir` are for other trees than the machine's. */
export async function examine(
  find: () => Tracefs = () => Tracefs.find(),
  dir: string = runtimeDir(),
): Promise<DoctorReport> {
  const checks = [...tryAll(find, dir), ...(await tryFile())]
  return {
    kernel: release(),
    machine: machine(),
    user: userName(),
    recordable: checks.every(({ status, required }) => status === 'yes' || required !== true),
    checks,
  }
}

function tryAll(find: () => Tracefs, dir: string): DoctorCheck[] {
  let tracefs: Tracefs
  try {
    tracefs = find()
  } catch (error) {
    return [no('tracefs', error)]
  }
  const found: DoctorCheck[] = [mounted(tracefs), lockdown()]
  try {
    return [...found, ...leftovers(tracefs, dir), ...tryInInstance(tracefs, dir)]
  } catch (error) {
    return [...found, no('instance', error)]
  }
}

function no(id: string, error: unknown): DoctorCheck {
  const remedy = error instanceof TraceError ? error.hint : undefined
  return {
    id,
    group: 'access',
    status: 'no',
    detail: reasonOf(error),
    required: true,
    ...(remedy === undefined ? {} : { remedy }),
  }
}

function mounted({ mount }: Tracefs): DoctorCheck {
  const { uid, gid, mode } = statSync(mount)
  const owner = `owner ${uid}, group ${gid}, mode ${(mode & 0o777).toString(8)}`
  return {
    id: 'tracefs',
    group: 'access',
    status: 'yes',
    detail: `${mount} (${owner})`,
    required: true,
  }
}

function lockdown(): DoctorCheck {
  const base = { id: 'lockdown', group: 'access', status: 'info' } as const
  try {
    const text = readFileSync('/sys/kernel/security/lockdown', 'utf8')
    return { ...base, detail: /\[(\w+)\]/.exec(text)?.[1] ?? text.trim() }
  } catch {
    return { ...base, detail: 'unknown (securityfs is not mounted); what it refuses shows below' }
  }
}

function leftovers(tracefs: Tracefs, dir: string): DoctorCheck[] {
  return repairLeftovers(tracefs, dir).map(({ pid, failed }) => ({
    id: 'leftovers',
    group: 'access',
    status: failed.length === 0 ? 'info' : 'no',
    detail:
      failed.length === 0
        ? `undid what recording ${pid} had left when it was killed`
        : `recording ${pid} was killed and left changes: ${failed.join('; ')}`,
    ...(failed.length === 0 ? {} : { remedy: 'traceduck reset' }),
  }))
}

function tryInInstance(tracefs: Tracefs, dir: string): DoctorCheck[] {
  const journal = Journal.begin(tracefs, dir)
  const restore = (): void => void journal.restore()
  process.once('exit', restore)
  try {
    const instance = journal.createInstance(`traceduck-doctor-${process.pid}`)
    instance.write('tracing_on', '0')
    const place: TrialPlace = { tracefs, instance, journal }
    const detail = 'recordings use instances of their own; other tracing is not touched'
    return [
      { id: 'instance', group: 'access', status: 'yes', detail, required: true },
      ...tryEvents(place),
      ...tryProbes(place),
      ...tryTracers(place),
      ...tryBuffers(place),
    ]
  } finally {
    journal.restore()
    process.off('exit', restore)
  }
}

function userName(): string {
  try {
    return userInfo().username
  } catch {
    return String(process.getuid?.() ?? '')
  }
}
