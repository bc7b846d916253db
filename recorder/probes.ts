/**
 * Turns probes asked for by name into the lines that tracefs takes, and defines them. A uprobe wants
 * a file offset, `FILE:0xOFFSET`. Authority: Documentation/trace/uprobetracer.rst (Linux 6.18).
 */
import { TraceError } from '../parser/error.ts'
import type { Journal } from './journal.ts'
import { findBinary, type LibrarySearch } from './libraries.ts'
import {
  type ProbeArgument,
  type ProbeDefinition,
  parseProbe,
  probeError,
} from './probe-definition.ts'
import { type CallConvention, callConvention, hostMachine } from './probe-registers.ts'
import { type ProbePlace, ProgramSymbols } from './program-symbols.ts'
import type { Tracefs } from './tracefs.ts'
import type { ProbeRequest } from './types.ts'

/** A probe ready to be defined. */
export interface ResolvedProbe {
  readonly kind: ProbeRequest['kind']
  readonly group: string
  readonly event: string
  /** Control file that takes the definition. */
  readonly file: 'uprobe_events' | 'kprobe_events' | 'dynamic_events'
  readonly line: string
  /** What the same file takes to remove it again. */
  readonly undo: string
}

/** What probes are resolved against. */
export interface ProbeContext extends LibrarySearch {
  /** Groups of events that exist already; a probe never goes into one of those. */
  readonly takenGroups: readonly string[]
  readonly debugRoots?: readonly string[]
}

/** Probes and what the user should know about them. */
export interface ProbePlan {
  readonly probes: readonly ResolvedProbe[]
  readonly notices: readonly string[]
}

/** Group of probes that name none. */
export const DEFAULT_GROUP = 'td'
const MAX_MATCHES = 500
/** The kernel splits what is written to it into lines of less than this many bytes. */
const MAX_LINE = 4095

/**
 * Resolves names in all requests. Throws `ERR_PROBE_SYNTAX`, `ERR_PROBE_TARGET`,
 * `ERR_PROBE_SYMBOL`, `ERR_PROBE_IFUNC`, `ERR_ELF`.
 */
export function resolveProbes(requests: readonly ProbeRequest[], context: ProbeContext): ProbePlan {
  const groups = new GroupNames(context.takenGroups)
  const programs = new Programs(context)
  const used = new Set<string>()
  const probes = requests.flatMap((request) => {
    const definition = parseProbe(request)
    const group = groups.choose(definition.group ?? DEFAULT_GROUP)
    const found =
      definition.kind === 'uprobe'
        ? resolveUprobe(definition, group, programs)
        : [resolveKernelProbe(definition, group)]
    for (const { event } of found) claim(used, `${group}/${event}`, definition)
    return found
  })
  return { probes, notices: groups.notices }
}

function claim(used: Set<string>, name: string, definition: ProbeDefinition): void {
  if (used.has(name)) throw probeError(definition, `there is a probe ${name} already`)
  used.add(name)
}

/** Gives each group its own name, so that recordings do not share one. */
class GroupNames {
  readonly #taken: Set<string>
  readonly #chosen = new Map<string, string>()
  readonly notices: string[] = []

  constructor(taken: readonly string[]) {
    this.#taken = new Set(taken)
  }

  choose(wanted: string): string {
    const known = this.#chosen.get(wanted)
    if (known !== undefined) return known
    let name = wanted
    for (let n = 2; this.#taken.has(name); n++) name = `${wanted}_${n}`
    if (name !== wanted) this.notices.push(`there are events ${wanted} already: using ${name}`)
    this.#chosen.set(wanted, name)
    this.#taken.add(name)
    return name
  }
}

/** Files by the name used in definitions, each read once. */
class Programs {
  readonly #context: ProbeContext
  readonly #known = new Map<string, ProgramSymbols>()

  constructor(context: ProbeContext) {
    this.#context = context
  }

  get(name: string, definition: ProbeDefinition): ProgramSymbols {
    const known = this.#known.get(name)
    if (known) return known
    const path = findBinary(name, this.#context)
    if (/\s/.test(path)) throw probeError(definition, `the kernel takes no blank in '${path}'`)
    const program = new ProgramSymbols(path, this.#context.debugRoots)
    this.#known.set(name, program)
    return program
  }
}

const PLACE = /^(.+):([^:]+)$/
const OFFSET = /^(?:0x[0-9a-f]+|\d+)(?:\(.*\))?$/i
const SYMBOL_PLUS = /^([^+]+?)(?:\+(0x[0-9a-f]+|\d+))?$/i

function resolveUprobe(
  definition: ProbeDefinition,
  group: string,
  programs: Programs,
): ResolvedProbe[] {
  const [, file, where] = PLACE.exec(definition.place) ?? []
  if (file === undefined || where === undefined) {
    throw probeError(definition, `'${definition.place}' is not FILE:FUNCTION`)
  }
  const program = programs.get(file, definition)
  const fetches = fetchTexts(definition, callConvention(program.machine))
  return findPlaces(definition, program, where).map(({ offset, symbol, text }) => {
    const event = eventName(definition, symbol)
    return makeProbe(definition, 'uprobe_events', group, event, [
      `${program.path}:${text ?? `0x${offset.toString(16)}`}`,
      ...fetches,
    ])
  })
}

interface NamedPlace extends ProbePlace {
  /** A file offset as the user wrote it. */
  readonly text?: string
}

function findPlaces(
  definition: ProbeDefinition,
  program: ProgramSymbols,
  where: string,
): NamedPlace[] {
  if (OFFSET.test(where))
    return [{ symbol: `at_${where.replace(/\W.*/, '')}`, offset: 0, text: where }]
  const [, symbol = where, plus = '0'] = SYMBOL_PLUS.exec(where) ?? []
  const isPattern = /[*?]/.test(symbol)
  const places = isPattern ? program.match(symbol) : [program.find(symbol)]
  if (places.length > MAX_MATCHES) {
    throw probeError(definition, `'${symbol}' fits ${places.length} functions`)
  }
  if (isPattern && definition.event !== undefined && !definition.event.includes('*')) {
    throw probeError(definition, `'${definition.event}' cannot name ${places.length} events`)
  }
  return places.map((place) => ({ symbol: place.symbol, offset: place.offset + Number(plus) }))
}

/** The name given; with `*` in it, or none, made from the function's. */
function eventName(definition: ProbeDefinition, symbol: string): string {
  const bare = symbol.replace(/\W/g, '_').replace(/^(?=\d)/, '_')
  const name = (definition.event ?? (definition.letter === 'r' ? '*_ret' : '*')).replace('*', bare)
  if (name.length <= 63) return name
  throw probeError(definition, `the event name '${name}' has more than 63 characters`)
}

/** Arguments with `$arg1`, `$caller` in the names of one machine's registers. */
function fetchTexts(definition: ProbeDefinition, convention: CallConvention | undefined): string[] {
  return definition.arguments.map((argument) => {
    const names = /\$(?:arg\d+|caller)\b/.test(argument.fetch)
    if (!names) return argumentText(argument)
    if (definition.letter === 'r') {
      throw probeError(definition, `${argument.fetch} is gone when the function returns`)
    }
    if (convention === undefined) {
      throw probeError(definition, 'use register names: not known for this machine')
    }
    const fetch = argument.fetch
      .replace(/\$arg(\d+)\b/g, (_, number: string) => place(definition, convention, number))
      .replace(/\$caller\b/g, convention.caller)
    return argumentText({ ...argument, fetch, type: argument.type ?? convention.defaultType })
  })
}

function place(definition: ProbeDefinition, convention: CallConvention, number: string): string {
  const found = convention.args[Number(number) - 1]
  if (found !== undefined) return found
  throw probeError(
    definition,
    `$arg${number}: ${convention.name} passes $arg1 to $arg${convention.args.length}`,
  )
}

function argumentText({ name, fetch, type }: ProbeArgument): string {
  return `${name === undefined ? '' : `${name}=`}${fetch}${type === undefined ? '' : `:${type}`}`
}

/** kprobes know `$arg1` themselves; eprobes have fields instead. */
function resolveKernelProbe(definition: ProbeDefinition, group: string): ResolvedProbe {
  const isEprobe = definition.kind === 'eprobe'
  const place = isEprobe ? definition.place.replace('/', '.') : definition.place
  if (isEprobe && !/^[^.]+\.[^.]+$/.test(place)) {
    throw probeError(definition, `'${definition.place}' is not SYSTEM/EVENT`)
  }
  const convention = callConvention(hostMachine())
  const fetches = definition.arguments.map((argument) =>
    argumentText({
      ...argument,
      fetch:
        isEprobe || convention === undefined
          ? argument.fetch
          : argument.fetch.replace(/\$caller\b/g, convention.caller),
    }),
  )
  const symbol = isEprobe ? place.replace(/^.*\./, '') : place.replace(/[+:].*$/, '')
  return makeProbe(
    definition,
    isEprobe ? 'dynamic_events' : 'kprobe_events',
    group,
    eventName(definition, symbol),
    [place, ...fetches, ...(definition.condition === undefined ? [] : [definition.condition])],
  )
}

function makeProbe(
  definition: ProbeDefinition,
  file: ResolvedProbe['file'],
  group: string,
  event: string,
  words: readonly string[],
): ResolvedProbe {
  const line = [`${definition.letter}${definition.maxActive}:${group}/${event}`, ...words].join(' ')
  if (Buffer.byteLength(line) > MAX_LINE) {
    throw probeError(definition, `more than ${MAX_LINE} bytes`)
  }
  return { kind: definition.kind, group, event, file, line, undo: `-:${group}/${event}` }
}

/** Groups of events there are now, which `resolveProbes` keeps out of. */
export function readGroups(tracefs: Tracefs): string[] {
  return tracefs.top.folders('events')
}

/**
 * Defines probes; each is journaled first. They stay disabled: enable them by their groups while
 * tracing is off, because enabling one waits for the whole machine. Define before an instance is
 * made that enables them, so that undoing in reverse order disables them first.
 * Throws `ERR_RECORD_UNSUPPORTED` where the kernel has no such probes, `ERR_TRACEFS_DENIED`,
 * `ERR_TRACEFS_WRITE` with the kernel's explanation.
 */
export function defineProbes(
  tracefs: Tracefs,
  journal: Journal,
  probes: readonly ResolvedProbe[],
): void {
  for (const probe of probes) {
    try {
      journal.add(tracefs.top, probe.file, `${probe.line}\n`, `${probe.undo}\n`)
    } catch (error) {
      throw probeRefusal(probe, error)
    }
  }
}

function probeRefusal(probe: ResolvedProbe, error: unknown): unknown {
  if (!(error instanceof TraceError) || error.code !== 'ERR_RECORD_UNSUPPORTED') return error
  return new TraceError('ERR_RECORD_UNSUPPORTED', `this kernel has no ${probe.kind}s`, {
    hint: REMEDIES[probe.kind],
    cause: error,
  })
}

const REMEDIES: Readonly<Record<ProbeRequest['kind'], string>> = {
  uprobe: 'it needs CONFIG_UPROBE_EVENTS',
  kprobe: 'it needs CONFIG_KPROBE_EVENTS; use an event, see: traceduck list events',
  eprobe: 'it needs Linux 5.15; use a uprobe or the event itself',
}
