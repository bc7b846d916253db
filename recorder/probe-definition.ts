/**
 * Parses probe definitions as users write them, which is the kernel's own syntax with names.
 * Authority: Documentation/trace/uprobetracer.rst, kprobetrace.rst, eprobetrace.rst (Linux 6.18).
 */
import { TraceError } from '../parser/error.ts'
import type { ProbeRequest } from './types.ts'

/** What kind of probe, as the kernel letters them. */
export type ProbeLetter = 'p' | 'r' | 'e'

/** One value that a probe fetches. */
export interface ProbeArgument {
  /** Field name, undefined for the kernel's `arg1` and so on. */
  readonly name: string | undefined
  readonly fetch: string
  readonly type: string | undefined
}

/** A definition taken apart; nothing is resolved. */
export interface ProbeDefinition {
  readonly kind: ProbeRequest['kind']
  readonly letter: ProbeLetter
  /** Most instances of a kretprobe, digits after `r`. */
  readonly maxActive: string
  readonly group: string | undefined
  readonly event: string | undefined
  /** Uprobe: FILE:SYMBOL; kprobe: symbol or address; eprobe: system/event. */
  readonly place: string
  readonly arguments: readonly ProbeArgument[]
  /** `if …` of an eprobe, with the `if`. */
  readonly condition: string | undefined
  readonly text: string
}

/** The kernel's limits: MAX_EVENT_NAME_LEN, MAX_ARG_NAME_LEN, MAX_TRACE_ARGS. */
const MAX_NAME = 63
const MAX_ARGUMENT_NAME = 31
const MAX_ARGUMENTS = 128

const HEAD = /^([pre])(\d*)(?::(?:([^/.]*)[/.])?([^/]*))?$/
const IDENTIFIER = /^[A-Za-z_]\w*$/

/** Takes a definition apart. Throws `ERR_PROBE_SYNTAX`. */
export function parseProbe({ kind, definition: text }: ProbeRequest): ProbeDefinition {
  const [head = '', place, ...rest] = text.trim().split(/\s+/)
  const [, letter, maxActive = '', group, event] = HEAD.exec(head) ?? []
  if (letter === undefined) throw syntax(text, `'${head}' is neither p:, r: nor e:`, kind)
  if (place === undefined) throw syntax(text, 'the place is missing', kind)
  if ((letter === 'e') !== (kind === 'eprobe')) {
    throw syntax(text, `a ${kind} does not begin with '${letter}'`, kind)
  }
  checkName(text, group, kind, false)
  checkName(text, event, kind, kind === 'uprobe')
  const condition = kind === 'eprobe' ? rest.indexOf('if') : -1
  const args = condition < 0 ? rest : rest.slice(0, condition)
  if (args.length > MAX_ARGUMENTS) throw syntax(text, `more than ${MAX_ARGUMENTS} arguments`, kind)
  return {
    kind,
    ...splitReturn(letter as ProbeLetter, place),
    maxActive,
    group: group || undefined,
    event: event || undefined,
    arguments: args.map((arg) => parseArgument(text, arg, kind)),
    condition: condition < 0 ? undefined : rest.slice(condition).join(' '),
    text,
  }
}

/** `p:x f%return` is `r:x f`. */
function splitReturn(letter: ProbeLetter, place: string): { letter: ProbeLetter; place: string } {
  const suffix = '%return'
  if (letter !== 'p' || !place.endsWith(suffix)) return { letter, place }
  return { letter: 'r', place: place.slice(0, -suffix.length) }
}

function checkName(
  text: string,
  name: string | undefined,
  kind: ProbeRequest['kind'],
  pattern: boolean,
): void {
  if (name === undefined || name === '' || (pattern && name.includes('*'))) return
  if (!IDENTIFIER.test(name) || name.length > MAX_NAME) {
    throw syntax(text, `'${name}' is no name of letters, digits and _`, kind)
  }
}

function parseArgument(text: string, argument: string, kind: ProbeRequest['kind']): ProbeArgument {
  const [, name, value = argument] = /^([^=(%$@+\\-]+)=(.*)$/.exec(argument) ?? []
  if (name !== undefined && (!IDENTIFIER.test(name) || name.length > MAX_ARGUMENT_NAME)) {
    throw syntax(text, `'${name}' is no field name`, kind)
  }
  const quoted = value.startsWith('\\"')
  const [, fetch = value, type] = quoted ? [] : (/^(.+?):([^:()]+)$/.exec(value) ?? [])
  if (fetch === '') throw syntax(text, `'${argument}' fetches nothing`, kind)
  return { name, fetch, type }
}

const EXAMPLES: Readonly<Record<ProbeRequest['kind'], string>> = {
  uprobe: 'p:td/malloc libc.so.6:malloc size=$arg1:u64',
  kprobe: 'p:td/openat do_sys_openat2 path=+0($arg2):ustring',
  eprobe: 'e:td/openat syscalls/sys_enter_openat path=+0($filename):ustring',
}

function syntax(text: string, problem: string, kind: ProbeRequest['kind']): TraceError {
  return new TraceError('ERR_PROBE_SYNTAX', `${kind} '${text}': ${problem}`, {
    hint: `for example '${EXAMPLES[kind]}'`,
  })
}

/** A definition's error at a later step, with the same shape. Code `ERR_PROBE_SYNTAX`. */
export function probeError(definition: ProbeDefinition, problem: string): TraceError {
  return syntax(definition.text, problem, definition.kind)
}
