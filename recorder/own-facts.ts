/**
 * Option TRACEDUCK: what other recorders do not store. Its text is read by
 * `parser/container/own-facts.ts`, where its grammar is; trace-cmd passes over it without a word.
 */
import { OPTION, type OptionRecord, textOption } from '../writer/metadata.ts'
import type { MappedRange, OpenDescriptor } from './process-info.ts'

/** The wall clock minus the trace clock, ns. */
export function wallLine(ns: bigint): string {
  return `wall ${ns}\n`
}

/** The process of a thread. */
export function taskLine(tid: number, tgid: number): string {
  return `task ${tid} ${tgid}\n`
}

/** A descriptor that a process has open. */
export function descriptorLine({ pid, fd, flags, target }: OpenDescriptor): string {
  return `fd ${pid} ${fd} ${flags?.toString(8) ?? '-'} ${oneLine(target)}\n`
}

/** A file mapped into a process for a time. */
export function mapLine(range: MappedRange): string {
  const { pid, from, until, start, end, offset, path } = range
  const place = [start, end, offset].map((number) => number.toString(16)).join(' ')
  return `map ${pid} ${from ?? '-'} ${until ?? '-'} ${place} ${oneLine(path)}\n`
}

/** A file that was mapped: its build id as hex, else its size and time, else nothing of either. */
export function fileLine(
  path: string,
  buildId: string | undefined,
  stat: { readonly size: bigint; readonly mtimeNs: bigint } | undefined,
): string {
  const known = [buildId, stat?.size, stat?.mtimeNs].map((value) => value ?? '-').join(' ')
  return `file ${known} ${oneLine(path)}\n`
}

/** Something that was asked for; of the whole recording without a buffer. */
export function settingLine(name: string, buffer: string | undefined, value: string): string {
  const of = buffer === undefined ? '-' : bufferWord(buffer)
  return `set ${name} ${of} ${oneLine(value)}\n`
}

/** Events of a system that a buffer records, and the filter that all of them have. */
export function enabledLine(events: {
  readonly buffer: string
  readonly system: string
  readonly names: readonly string[]
  readonly filter: string | undefined
}): string {
  const { buffer, system, names, filter = '' } = events
  return `on ${bufferWord(buffer)} ${system} ${names.join(',')} ${oneLine(filter)}\n`
}

/** A buffer's name as a word, also the empty one. */
function bufferWord(name: string): string {
  return `/${encodeURIComponent(name)}`
}

/** As the kernel writes newlines in paths. */
function oneLine(path: string): string {
  return path.replaceAll('\n', '\\012')
}

/** Well below what a reader takes for one option. */
const MOST_BYTES = 4 * 2 ** 20

/** The lines as options; none when there are no lines. */
export function ownOptions(lines: Iterable<string>): OptionRecord[] {
  const options: OptionRecord[] = []
  let text = ''
  for (const line of lines) {
    text += line
    if (text.length < MOST_BYTES) continue
    options.push(textOption(OPTION.own, text))
    text = ''
  }
  return text === '' ? options : [...options, textOption(OPTION.own, text)]
}
