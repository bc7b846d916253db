/** Options in words, for people and for tables: the payload decoded as far as its kind is known. */
import { TraceError } from '../error.ts'
import { Cursor } from './cursor.ts'
import { DEFAULT_LIMITS } from './limits.ts'
import { OPTION, payloadText } from './options.ts'
import { memorySource } from './source.ts'
import { readTimeShift } from './time-shift.ts'
import type { TraceFile, TraceOption } from './types.ts'

/**
 * The option's value as one text. Payloads of unknown options are text where they are printable,
 * else hexadecimal; so is a payload that is damaged.
 */
export function optionText(file: TraceFile, option: TraceOption): string {
  try {
    return decode(file, option) ?? plainText(option)
  } catch (cause) {
    if (cause instanceof TraceError) return hex(option)
    throw cause
  }
}

function decode(file: TraceFile, option: TraceOption): string | undefined {
  const cursor = new Cursor(memorySource(option.payload, option.name), {
    littleEndian: file.littleEndian,
    limits: DEFAULT_LIMITS,
  })
  switch (option.id) {
    case OPTION.buffer:
      return file.version === 7 ? bufferV7(cursor) : bufferV6(cursor)
    case OPTION.bufferText:
      return latency(cursor)
    case OPTION.cpuCount:
      return String(cursor.u32('CPUs'))
    case OPTION.traceId:
      return `0x${cursor.u64('trace id').toString(16)}`
    case OPTION.timeShift:
      return timeShift(cursor)
    case OPTION.guest:
      return guest(cursor)
    case OPTION.tsc2nsec: {
      const [mult, shift] = [cursor.u32('mult'), cursor.u32('shift')]
      return `mult ${mult}, shift ${shift}, offset ${cursor.u64('offset')}`
    }
    case OPTION.headerInfo:
    case OPTION.ftraceFormats:
    case OPTION.eventFormats:
    case OPTION.kallsyms:
    case OPTION.printkFormats:
    case OPTION.savedCmdlines:
    case OPTION.btf:
    case OPTION.modules:
      return file.version === 7 ? `section at ${cursor.size('offset')}` : undefined
    default:
      return undefined
  }
}

function latency(cursor: Cursor): string {
  const offset = cursor.size('offset')
  return `'${cursor.string('name')}', section at ${offset}`
}

function bufferV6(cursor: Cursor): string {
  const offset = cursor.size('offset')
  const name = cursor.text(cursor.left, 'name').replace(/\0.*$/s, '')
  return `'${name}', table at ${offset}`
}

function bufferV7(cursor: Cursor): string {
  const offset = cursor.size('offset')
  const name = cursor.string('name')
  const clock = cursor.string('clock')
  const page = cursor.u32('sub-buffer size')
  const cpus = cursor.u32('CPUs')
  return `'${name}', clock ${clock}, sub-buffers of ${page}, ${cpus} CPUs, section at ${offset}`
}

function timeShift(cursor: Cursor): string {
  const { peerTraceId, interpolate, cpus } = readTimeShift(cursor)
  const samples = cpus.map((cpu) => cpu.times.length).join(' ')
  const how = interpolate ? 'interpolated' : 'stepwise'
  return `peer 0x${peerTraceId.toString(16)}, ${how}, samples per CPU: ${samples}`
}

function guest(cursor: Cursor): string {
  const name = cursor.string('name')
  const id = cursor.u64('trace id')
  const count = cursor.count('CPUs')
  const cpus: string[] = []
  for (let i = 0; i < count; i++) cpus.push(`${cursor.u32('CPU')}=${cursor.u32('pid')}`)
  return `'${name}', trace id 0x${id.toString(16)}, thread of each CPU: ${cpus.join(' ')}`
}

function plainText(option: TraceOption): string {
  const text = payloadText(option)
  const rest = option.payload.subarray(Buffer.byteLength(text))
  const printable = !/[\p{Cc}\ufffd]/u.test(text.replace(/[\n\t]/g, ''))
  return printable && rest.every((byte) => byte === 0) ? text.trimEnd() : hex(option)
}

function hex(option: TraceOption): string {
  return Buffer.from(option.payload).toString('hex')
}
