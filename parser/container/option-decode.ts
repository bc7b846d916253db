/**
 * Decodes the options that concern the whole file: time corrections, names, counts, statistics.
 * Authority: trace-cmd.dat.v7(5), lib/trace-cmd/trace-input.c of trace-cmd 3.4 for behaviour.
 */
import { TraceError } from '../error.ts'
import { type ContainerContext, openPayload } from './context.ts'
import type { Cursor } from './cursor.ts'
import { OPTION, payloadText } from './options.ts'
import { noOwnFacts, type OwnFacts, readOwnFacts } from './own-facts.ts'
import { parseProcessMaps } from './process-maps.ts'
import { readTimeShift, type TimeShift } from './time-shift.ts'
import type { ClockCorrections, ProcessMaps, TraceFile, TraceOption } from './types.ts'

/** What the options say, apart from where data is. */
export interface OptionFacts {
  readonly corrections: ClockCorrections
  readonly uname: string
  readonly recorder: string
  readonly traceId: bigint | undefined
  /** Clock text of option TRACECLOCK; undefined when absent. */
  readonly traceClock: string | undefined
  /** Last CPUCOUNT, 0 when absent. */
  readonly cpuCount: number
  readonly cpuStats: TraceFile['cpuStats']
  readonly processMaps: readonly ProcessMaps[]
  readonly own: OwnFacts
}

interface Facts {
  tsc2nsec: ClockCorrections['tsc2nsec']
  offset: bigint
  wallOffset: bigint | undefined
  timeShift: TimeShift | undefined
  uname: string
  recorder: string
  traceId: bigint | undefined
  traceClock: string | undefined
  cpuCount: number
  statBuffer: string
  cpuStats: { buffer: string; cpu: number; values: Map<string, string> }[]
  processMaps: ProcessMaps[]
  readonly own: OwnFacts
}

/**
 * Decodes all options in file order. One that is damaged is reported as `ERR_TRACE_OPTION` and
 * left out; nothing throws unless the diagnostics are strict.
 */
export function decodeOptions(
  options: readonly TraceOption[],
  context: ContainerContext,
): OptionFacts {
  const facts: Facts = {
    tsc2nsec: undefined,
    offset: 0n,
    wallOffset: undefined,
    timeShift: undefined,
    uname: '',
    recorder: '',
    traceId: undefined,
    traceClock: undefined,
    cpuCount: 0,
    statBuffer: '',
    cpuStats: [],
    processMaps: [],
    own: noOwnFacts(),
  }
  for (const option of options) {
    try {
      decodeOption(option, facts, context)
    } catch (cause) {
      if (!(cause instanceof TraceError)) throw cause
      const text = `option ${option.name} of ${option.payload.length} bytes: ${cause.message}`
      context.diagnostics.report('ERR_TRACE_OPTION', 'error', text, { offset: option.offset })
    }
  }
  const { tsc2nsec, offset, wallOffset, timeShift, ...rest } = facts
  return { ...rest, corrections: { tsc2nsec, offset, wallOffset, timeShift } }
}

function decodeOption(option: TraceOption, facts: Facts, context: ContainerContext): void {
  const open = () => openPayload(context, option)
  switch (option.id) {
    case OPTION.date:
      facts.wallOffset = parseInteger(payloadText(option)) * 1000n
      break
    case OPTION.offset:
      facts.offset += parseInteger(payloadText(option))
      break
    case OPTION.cpuStat:
      decodeCpuStat(option, facts)
      break
    case OPTION.traceClock:
      facts.traceClock = payloadText(option)
      break
    case OPTION.uname:
      facts.uname = payloadText(option)
      break
    case OPTION.version:
      facts.recorder = payloadText(option)
      break
    case OPTION.cpuCount:
      facts.cpuCount = open().count('CPUs')
      break
    case OPTION.procMaps:
      facts.processMaps.push(parseProcessMaps(payloadText(option), context.limits))
      break
    case OPTION.own:
      readOwnFacts(payloadText(option), facts.own, (kind) => {
        const text = `'${kind.slice(0, 40)}' in option ${option.name} ignored`
        context.diagnostics.report('UNKNOWN_OPTION', 'info', text, { offset: option.offset })
      })
      break
    case OPTION.traceId:
      facts.traceId = open().u64('trace id')
      break
    case OPTION.timeShift:
      facts.timeShift = readTimeShift(open())
      break
    case OPTION.tsc2nsec:
      facts.tsc2nsec = readTsc2nsec(open())
      break
  }
}

function readTsc2nsec(cursor: Cursor): NonNullable<ClockCorrections['tsc2nsec']> {
  const mult = cursor.u32('mult')
  const shift = cursor.u32('shift')
  if (shift > 63) throw cursor.error('ERR_TRACE_OPTION', `shift of ${shift} bits`)
  return { mult, shift, offset: cursor.u64('offset') }
}

/** A C integer literal, as strtoll with base 0 reads it. Throws `ERR_TRACE_OPTION`. */
function parseInteger(text: string): bigint {
  const match = /^\s*([+-]?)(0[xX][0-9a-fA-F]{1,16}|[0-9]{1,20})\s*$/.exec(text)
  const digits = match?.[2]
  if (digits === undefined) throw new TraceError('ERR_TRACE_OPTION', `'${text}' is no number`)
  const octal = /^0[0-7]+$/.test(digits) ? `0o${digits.slice(1)}` : digits
  const value = BigInt.asIntN(64, BigInt(octal))
  return match?.[1] === '-' ? -value : value
}

/** `Buffer: NAME` names the instance of the texts that follow; others are one CPU's `stats`. */
function decodeCpuStat(option: TraceOption, facts: Facts): void {
  const text = payloadText(option)
  const buffer = /^\s*Buffer: (.*)$/m.exec(text)?.[1]
  if (buffer !== undefined) {
    facts.statBuffer = buffer
    return
  }
  const values = new Map<string, string>()
  for (const line of text.split('\n')) {
    const colon = line.indexOf(':')
    if (colon > 0) values.set(line.slice(0, colon).trim(), line.slice(colon + 1).trim())
  }
  const cpu = values.get('CPU')
  if (cpu === undefined || !/^\d{1,6}$/.test(cpu)) {
    throw new TraceError('ERR_TRACE_OPTION', 'no CPU number in the text')
  }
  values.delete('CPU')
  facts.cpuStats.push({ buffer: facts.statBuffer, cpu: Number(cpu), values })
}
