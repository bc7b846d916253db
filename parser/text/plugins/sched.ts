/** Scheduler events in their short form; they also teach the names of threads. */

import type { EventFormat } from '../../event/types.ts'
import { FixedText } from '../digits.ts'
import { findPrintTables } from '../print-tables.ts'
import type { TextSink } from '../text-sink.ts'
import { guarded, numberField, type Plugin, type PluginContext } from './plugin.ts'

const COLON = 0x3a
const BLANK = 0x20
const BAR = 0x7c
const ARROW = new FixedText(Buffer.from(' ==> ', 'latin1'))
const SUCCESS = new FixedText(Buffer.from(' success=', 'latin1'))
const CPU = new FixedText(Buffer.from(' CPU:', 'latin1'))
/** Letters of the bits of a task's state, for formats that do not list them. */
const STATES = 'SDTtZXPI'

/** `comm:pid [prio]`, and what else the kernel says. */
export const schedWakeup: Plugin = (format, context) => {
  const le = context.print.littleEndian
  const pid = numberField(format, 'pid', le)
  if (!pid) return undefined
  const comm = commField(format)
  const prio = numberField(format, 'prio', le)
  const success = numberField(format, 'success', le)
  const target = numberField(format, 'target_cpu', le)
  const ends = [pid, prio, success, target].map((field) => field?.end ?? 0)
  const least = Math.max(comm?.end ?? 0, ...ends)
  return guarded(format, context, least, (bytes, view, at, _size, sink) => {
    if (comm) writeComm(bytes, at, comm, pid.low(view, at), context, sink)
    sink.unsigned64(pid.high(view, at), pid.low(view, at))
    if (prio) {
      sink.byte(BLANK)
      sink.byte(0x5b)
      sink.unsigned64(prio.high(view, at), prio.low(view, at))
      sink.byte(0x5d)
    }
    if (success) {
      sink.fixed(SUCCESS)
      sink.unsigned64(success.high(view, at), success.low(view, at))
    }
    if (target) {
      sink.fixed(CPU)
      sink.unsignedPadded(target.low(view, at), 3, 0x30)
    }
  })
}

/** `prev:pid [prio] STATE ==> next:pid [prio]`. */
export const schedSwitch: Plugin = (format, context) => {
  const le = context.print.littleEndian
  const prevPid = numberField(format, 'prev_pid', le)
  const nextPid = numberField(format, 'next_pid', le)
  if (!prevPid || !nextPid) return undefined
  const prevComm = commField(format, 'prev_comm')
  const nextComm = commField(format, 'next_comm')
  const prevPrio = numberField(format, 'prev_prio', le)
  const nextPrio = numberField(format, 'next_prio', le)
  const state = numberField(format, 'prev_state', le)
  const letters = stateLetters(format)
  const fields = [prevPid, nextPid, prevPrio, nextPrio, state]
  const ends = [prevComm, nextComm, ...fields].map((field) => field?.end ?? 0)
  return guarded(format, context, Math.max(...ends), (bytes, view, at, _size, sink) => {
    if (prevComm) writeComm(bytes, at, prevComm, prevPid.low(view, at), context, sink)
    sink.unsigned64(prevPid.high(view, at), prevPid.low(view, at))
    sink.byte(BLANK)
    if (prevPrio) {
      sink.byte(0x5b)
      sink.signed(prevPrio.low(view, at))
      sink.byte(0x5d)
      sink.byte(BLANK)
    }
    if (state) writeState(state.low(view, at), letters, sink)
    sink.fixed(ARROW)
    if (nextComm) writeComm(bytes, at, nextComm, nextPid.low(view, at), context, sink)
    sink.unsigned64(nextPid.high(view, at), nextPid.low(view, at))
    if (nextPrio) {
      sink.byte(BLANK)
      sink.byte(0x5b)
      sink.signed(nextPrio.low(view, at))
      sink.byte(0x5d)
    }
  })
}

interface CommField {
  readonly offset: number
  readonly end: number
}

function commField(format: EventFormat, name = 'comm'): CommField | undefined {
  const field = format.fields.find((field) => field.name === name)
  if (field?.kind !== 'array') return undefined
  return { offset: field.offset, end: field.offset + field.size }
}

function writeComm(
  bytes: Uint8Array,
  at: number,
  { offset, end }: CommField,
  pid: number,
  { learn }: PluginContext,
  sink: TextSink,
): void {
  const start = at + offset
  const most = at + end
  sink.reserve(most - start + 1)
  const out = sink.bytes
  let to = sink.length
  let i = start
  for (; i < most; i++) {
    const byte = bytes[i]!
    if (byte === 0) break
    out[to++] = byte
  }
  out[to++] = COLON
  sink.length = to
  learn(pid, bytes, start, i, sink)
}

/** The letter of each bit of a state, 0 for bits that have none. */
function stateLetters(format: EventFormat): Uint8Array {
  const letters = new Uint8Array(32)
  const table = findPrintTables(format.printFmt).find(
    ({ field, kind }) => field === 'prev_state' && kind === 'flags',
  )
  if (!table) letters.set(Buffer.from(STATES, 'latin1'))
  for (const { value, name } of table?.entries ?? []) {
    const bit = 31 - Math.clz32(Number(value & 0xffffffffn))
    if (value > 0n && value === 1n << BigInt(bit)) letters[bit] = name.charCodeAt(0)
  }
  return letters
}

function writeState(state: number, letters: Uint8Array, sink: TextSink): void {
  let found = false
  for (let bit = 0; bit < 32; bit++) {
    if ((state & (1 << bit)) === 0 || letters[bit] === 0) continue
    if (found) sink.byte(BAR)
    sink.byte(letters[bit]!)
    found = true
  }
  if (!found) sink.byte(0x52)
}
