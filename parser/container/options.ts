/**
 * Option records and what they say about the whole file.
 * Authority: trace-cmd.dat.v7(5), trace-cmd 3.4; ids 0 to 14 exist in version 6 too.
 *
 *     0  2  id; in version 6, id 0 alone ends the list
 *     2  4  size of the payload
 *     6     payload
 */
import type { Diagnostics } from '../diagnostics.ts'
import type { Cursor } from './cursor.ts'
import type { TraceOption } from './types.ts'

/** Option (and section) ids that the reader acts on. */
export const OPTION = {
  done: 0,
  date: 1,
  cpuStat: 2,
  buffer: 3,
  traceClock: 4,
  uname: 5,
  hook: 6,
  offset: 7,
  cpuCount: 8,
  version: 9,
  procMaps: 10,
  traceId: 11,
  timeShift: 12,
  guest: 13,
  tsc2nsec: 14,
  strings: 15,
  headerInfo: 16,
  ftraceFormats: 17,
  eventFormats: 18,
  kallsyms: 19,
  printkFormats: 20,
  savedCmdlines: 21,
  bufferText: 22,
  btf: 23,
  modules: 25,
  /** Ours, `td`: far from any number that trace-cmd gives out. */
  own: 0x7464,
} as const

const NAMES = [
  'DONE',
  'DATE',
  'CPUSTAT',
  'BUFFER',
  'TRACECLOCK',
  'UNAME',
  'HOOK',
  'OFFSET',
  'CPUCOUNT',
  'VERSION',
  'PROCMAPS',
  'TRACEID',
  'TIME_SHIFT',
  'GUEST',
  'TSC2NSEC',
  'STRINGS',
  'HEADER_INFO',
  'FTRACE_EVENTS',
  'EVENT_FORMATS',
  'KALLSYMS',
  'PRINTK',
  'CMDLINES',
  'BUFFER_TEXT',
  'BTF_FILE',
  'LAST_BOOT_INFO',
  'MODULES_FILE',
]

/** Name of an option or section id, `OPTION_<id>` when unknown. */
export function optionName(id: number): string {
  return id === OPTION.own ? 'TRACEDUCK' : (NAMES[id] ?? `OPTION_${id}`)
}

/** No recorder writes an option larger than this; the largest hold a guest's clock samples. */
const MAX_OPTION_BYTES = 16 * 1024 * 1024

/**
 * Reads options up to DONE and appends them to `options`, also when it throws. Unknown ids are kept
 * and counted as `UNKNOWN_OPTION`. Returns the file offset of the next options section, 0 after the
 * last one and in version 6. Throws `ERR_TRACE_LIMIT`, `ERR_TRACE_TRUNCATED`.
 */
export function readOptions(
  cursor: Cursor,
  version: 6 | 7,
  options: TraceOption[],
  diagnostics: Diagnostics,
): number {
  const known = version === 6 ? OPTION.tsc2nsec : NAMES.length - 1
  for (;;) {
    const offset = cursor.place
    const id = cursor.u16('option id')
    if (id === OPTION.done) return readLink(cursor, version)
    if (options.length >= cursor.limits.maxEntries) {
      throw cursor.error('ERR_TRACE_LIMIT', `more than ${options.length} options`)
    }
    const size = cursor.u32(`size of option ${id}`)
    if (size > MAX_OPTION_BYTES && size <= cursor.left) {
      throw cursor.error('ERR_TRACE_LIMIT', `option ${optionName(id)} has ${size} bytes`)
    }
    const payload = cursor.bytes(size, `option ${optionName(id)}`)
    const unknown = id > known && id !== OPTION.own
    if (unknown) {
      diagnostics.report('UNKNOWN_OPTION', 'info', `option ${id} of ${size} bytes ignored`, {
        offset,
      })
    }
    options.push({ id, name: unknown ? `OPTION_${id}` : optionName(id), payload, offset })
  }
}

function readLink(cursor: Cursor, version: 6 | 7): number {
  if (version === 6) return 0
  const size = cursor.u32('size of option DONE')
  return size >= 8 ? cursor.size('offset of the next options') : 0
}

/** Text of a payload up to the first NUL, as UTF-8. */
export function payloadText(option: Pick<TraceOption, 'payload'>): string {
  const { payload } = option
  const nul = payload.indexOf(0)
  const bytes = nul < 0 ? payload : payload.subarray(0, nul)
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8')
}

/**
 * The clock named by the text of tracefs `trace_clock` (`[local] global …`) or by a bare name;
 * `local` where the text names none.
 */
export function parseClock(text: string): string {
  const bracketed = /\[([^\]\s]+)\]/.exec(text)?.[1]
  return bracketed ?? /^\s*([\w-]+)\s*$/.exec(text)?.[1] ?? 'local'
}
