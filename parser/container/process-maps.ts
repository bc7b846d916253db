/**
 * Text of option PROCMAPS: the mapped files of a traced process. All numbers are hexadecimal.
 * Authority: trace-cmd.dat.v7(5), trace-cmd 3.4.
 *
 *   <pid> <count> <name>\n  then count times  <start> <end> <path>\n
 */
import { TraceError } from '../error.ts'
import type { ContainerLimits, ProcessMaps } from './types.ts'

const HEAD = /^([0-9a-f]{1,8}) ([0-9a-f]{1,8}) (.*)$/i
const LINE = /^([0-9a-f]{1,16}) ([0-9a-f]{1,16}) (.*)$/i

/** Parses the text, up to `limits.maxEntries` lines; throws `ERR_TRACE_OPTION` when its first line is not as expected. */
export function parseProcessMaps(text: string, limits: ContainerLimits): ProcessMaps {
  const [first = '', ...lines] = text.split('\n', limits.maxEntries)
  const head = HEAD.exec(first)
  if (!head)
    throw new TraceError('ERR_TRACE_OPTION', `'${first.slice(0, 80)}' starts no process map`)
  const maps = []
  for (const line of lines) {
    const [, start, end, path] = LINE.exec(line) ?? []
    if (path === undefined) continue
    maps.push({ start: BigInt(`0x${start}`), end: BigInt(`0x${end}`), path })
  }
  return { pid: Number.parseInt(head[1]!, 16), name: head[3]!, maps }
}
