/** What a trial of the doctor is, and the instance it is made in. */
import type { TraceError } from '../parser/error.ts'
import type { Journal } from './journal.ts'
import type { Tracefs } from './tracefs.ts'

/** What was found out about one capability. */
export interface DoctorCheck {
  /** Stable name for programs. */
  readonly id: string
  readonly group: DoctorGroup
  /** `info` is a fact that is neither good nor bad; `untried` would have disturbed others. */
  readonly status: 'yes' | 'no' | 'info' | 'untried'
  /** What works, or why it does not. */
  readonly detail: string
  /** What to do about a `no`. */
  readonly remedy?: string
  /** Recording is impossible without it. */
  readonly required?: boolean
  /** Members of a family, such as clocks, that work. */
  readonly works?: readonly string[]
  readonly refused?: readonly { readonly name: string; readonly reason: string }[]
}

/** Headings of the report, in order. */
export const DOCTOR_GROUPS = ['access', 'events', 'probes', 'tracers', 'buffers', 'file'] as const

/** A heading of the report. */
export type DoctorGroup = (typeof DOCTOR_GROUPS)[number]

/** Where trials are made: an instance that is removed afterwards, whatever happens. */
export interface TrialPlace {
  readonly tracefs: Tracefs
  readonly instance: Tracefs
  readonly journal: Journal
}

/** How a trial is described. */
export interface Trial {
  readonly id: string
  readonly group: DoctorGroup
  /** Does it; returns what to say, throws when it does not work. */
  readonly run: () => string
  readonly remedy: string
  readonly required?: boolean
}

/** Makes a trial. */
export function tryOut({ id, group, run, remedy, required = false }: Trial): DoctorCheck {
  const needed = required ? { required } : {}
  try {
    return { id, group, status: 'yes', detail: run(), ...needed }
  } catch (error) {
    return { id, group, status: 'no', detail: reasonOf(error), remedy, ...needed }
  }
}

/** Tries every member of a family; one that works makes the family work. */
export function tryFamily(
  trial: Omit<Trial, 'run'>,
  names: readonly string[],
  run: (name: string) => void,
): DoctorCheck {
  const works: string[] = []
  const refused: { name: string; reason: string }[] = []
  for (const name of names) {
    try {
      run(name)
      works.push(name)
    } catch (error) {
      refused.push({ name, reason: reasonOf(error) })
    }
  }
  const { id, group, remedy } = trial
  const base = { id, group, works, refused }
  if (works.length > 0) return { ...base, status: 'yes', detail: works.join(', ') }
  const detail = refused[0]?.reason ?? 'this kernel has none'
  return { ...base, status: 'no', detail, remedy }
}

/** Why something failed, the reason first and paths without what they all begin with. */
export function reasonOf(error: unknown): string {
  const { cause, message } = error as TraceError
  const errno = (cause as NodeJS.ErrnoException | undefined)?.code
  const refused = /^cannot write '(.*)' to \S*?tracing\/(?:instances\/[^/]+\/)?(\S+): (.*)$/.exec(
    message,
  )
  if (refused === null) return message ?? String(error)
  const [, text, path, why] = refused
  return `'${text}' to ${path}: ${errno === 'EPERM' ? 'not permitted (lockdown)' : why}`
}
