/**
 * Text of option TRACEDUCK, which only our own recorder writes; trace-cmd passes over it. A fact a
 * line, addresses in hexadecimal, times in ns of the trace clock or `-`:
 *
 *   wall <ns to add to a time stamp for the wall clock>
 *   task <thread> <process>
 *   fd <process> <descriptor> <flags of open(2), octal, or -> <what it leads to>
 *   map <process> <from> <until> <start> <end> <offset in the file> <path>
 *   file <build id, hex, or -> <size or -> <mtime, ns, or -> <path of a file that was mapped>
 *   set <what was asked for> <buffer or -> <value>
 *   on <buffer> <system> <events with commas between> <their filter, or nothing>
 *
 * A buffer is / and its name, percent-encoded.
 */
import { TraceError } from '../error.ts'

/** A descriptor that a process had open when the recording began. */
export interface StoredDescriptor {
  readonly tgid: number
  readonly fd: number
  /** A path, or `socket:[123]`, `pipe:[4]`, `anon_inode:[eventfd]`. */
  readonly target: string
  /** Undefined where the recorder could not see the flags. */
  readonly closeOnExec: boolean | undefined
}

/** A file mapped into a process. */
export interface StoredMap {
  readonly tgid: number
  readonly start: bigint
  readonly end: bigint
  readonly fileOffset: bigint
  readonly path: string
  /** Time stamps between which it was mapped; undefined where not known. */
  readonly from: bigint | undefined
  readonly until: bigint | undefined
}

/** A file that was mapped, as far as known which. */
export interface StoredFile {
  readonly path: string
  readonly buildId: string | undefined
  readonly size: bigint | undefined
  /** Time of its last change, ns since 1970. */
  readonly mtimeNs: bigint | undefined
}

/** Something that the recording was asked for. */
export interface StoredSetting {
  readonly name: string
  readonly value: string
  /** Buffer it is for; undefined where it is for the whole recording. */
  readonly buffer: string | undefined
}

/** Events of a system that were enabled in a buffer, all with one filter. */
export interface EnabledEvents {
  readonly buffer: string
  readonly system: string
  readonly names: readonly string[]
  readonly filter: string | undefined
}

/** What our own recorder adds to a file. */
export interface OwnFacts {
  /** Wall clock minus trace clock in ns, for tables only: printed times do not have it. */
  wallOffset: bigint | undefined
  /** Process of each thread. */
  readonly tgids: Map<number, number>
  readonly descriptors: StoredDescriptor[]
  readonly maps: StoredMap[]
  readonly files: StoredFile[]
  readonly settings: StoredSetting[]
  readonly enabled: EnabledEvents[]
}

/** No facts yet. */
export function noOwnFacts(): OwnFacts {
  return {
    wallOffset: undefined,
    tgids: new Map(),
    descriptors: [],
    maps: [],
    files: [],
    settings: [],
    enabled: [],
  }
}

/** Throws a `RangeError` for a name that is not encoded as it should be. */
function bufferName(word: string): string {
  try {
    return decodeURIComponent(word.slice(1))
  } catch {
    throw new RangeError(`${word} is no name of a buffer`)
  }
}

/** Throws a `RangeError` for what is no 64-bit integer. */
function int64(text: string): bigint {
  const value = BigInt(text)
  if (BigInt.asIntN(64, value) !== value) throw new RangeError(`${text} has more than 64 bits`)
  return value
}

const O_CLOEXEC = 0o2000000

interface LineKind {
  /** What stands after the first word. */
  readonly form: RegExp
  /** Gets the groups. Throws a `RangeError` for what no recorder writes. */
  add(facts: OwnFacts, part: readonly string[]): void
}

/** Each kind of line by its first word. */
const LINES: Readonly<Record<string, LineKind>> = {
  wall: {
    form: /^(-?\d{1,19})$/,
    add: (facts, [ns]) => {
      facts.wallOffset = int64(ns!)
    },
  },
  task: {
    form: /^(\d{1,9}) (\d{1,9})$/,
    add: (facts, [tid, tgid]) => void facts.tgids.set(Number(tid), Number(tgid)),
  },
  fd: {
    form: /^(\d{1,9}) (\d{1,9}) ([0-7]{1,11}|-) (.*)$/,
    add: (facts, [tgid, fd, flags, target]) => {
      const closeOnExec = flags === '-' ? undefined : (Number.parseInt(flags!, 8) & O_CLOEXEC) !== 0
      facts.descriptors.push({ tgid: Number(tgid), fd: Number(fd), target: target!, closeOnExec })
    },
  },
  map: {
    form: /^(\d{1,9}) (\d{1,19}|-) (\d{1,19}|-) ([0-9a-f]{1,16}) ([0-9a-f]{1,16}) ([0-9a-f]{1,16}) (.*)$/,
    add: (facts, [tgid, from, until, start, end, offset, path]) => {
      facts.maps.push({
        tgid: Number(tgid),
        start: BigInt(`0x${start}`),
        end: BigInt(`0x${end}`),
        fileOffset: BigInt(`0x${offset}`),
        path: path!,
        from: from === '-' ? undefined : int64(from!),
        until: until === '-' ? undefined : int64(until!),
      })
    },
  },
  file: {
    form: /^([0-9a-f]{2,128}|-) (\d{1,19}|-) (-?\d{1,19}|-) (\/.*)$/,
    add: (facts, [buildId, size, mtimeNs, path]) => {
      facts.files.push({
        path: path!,
        buildId: buildId === '-' ? undefined : buildId!,
        size: size === '-' ? undefined : int64(size!),
        mtimeNs: mtimeNs === '-' ? undefined : int64(mtimeNs!),
      })
    },
  },
  set: {
    form: /^(\w+) (\/\S*|-) (.*)$/,
    add: (facts, [name, buffer, value]) => {
      const of = buffer === '-' ? undefined : bufferName(buffer!)
      facts.settings.push({ name: name!, value: value!, buffer: of })
    },
  },
  on: {
    form: /^(\/\S*) (\S+) (\S+) (.*)$/,
    add: (facts, [buffer, system, names, filter]) => {
      facts.enabled.push({
        buffer: bufferName(buffer!),
        system: system!,
        names: names!.split(','),
        filter: filter === '' ? undefined : filter,
      })
    },
  },
}

function tryAdd(kind: LineKind, text: string, facts: OwnFacts): boolean {
  const match = kind.form.exec(text)
  if (!match) return false
  try {
    kind.add(facts, match.slice(1))
    return true
  } catch (error) {
    if (error instanceof RangeError) return false
    throw error
  }
}

/**
 * Adds what the text says. Throws `ERR_TRACE_OPTION` after all lines when some do not parse; kinds
 * of lines that only a newer recorder writes go to `unknown`, once for each line.
 */
export function readOwnFacts(text: string, facts: OwnFacts, unknown: (kind: string) => void): void {
  let wrong = 0
  let sample = ''
  for (let at = 0, end = 0; at < text.length; at = end + 1) {
    end = text.indexOf('\n', at)
    if (end < 0) end = text.length
    const line = text.slice(at, end)
    const blank = line.indexOf(' ')
    const kind = blank < 0 ? line : line.slice(0, blank)
    const known = Object.hasOwn(LINES, kind) ? LINES[kind] : undefined
    if (known === undefined) unknown(kind)
    else if (!tryAdd(known, line.slice(kind.length + 1), facts) && wrong++ === 0) {
      sample = line.slice(0, 80)
    }
  }
  if (wrong > 0) {
    throw new TraceError('ERR_TRACE_OPTION', `${wrong} lines make no sense, first '${sample}'`)
  }
}
