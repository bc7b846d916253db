/** Scheduler events in their short form; they also teach the names of threads. */

import type { EventFormat } from '../../event/types.ts'
import { findPrintTables } from '../print-tables.ts'
import { plainStep, Step, StepKind, type Writer } from '../steps.ts'
import { TextCache } from '../text-cache.ts'
import type { TextSink } from '../text-sink.ts'
import {
  guardedSteps,
  type NumberField,
  numberField,
  type Plugin,
  type PluginContext,
} from './plugin.ts'

const COLON = 0x3a
const BAR = 0x7c
/** Letters of the bits of a task's state, for formats that do not list them. */
const STATES = 'SDTtZXPI'
/** Values of a field that are remembered. */
const PLACES = 64

/** `comm:pid [prio]`, and what else the kernel says. */
export const schedWakeup: Plugin = (format, context) => {
  const le = context.print.littleEndian
  const pid = numberField(format, 'pid', le)
  if (!pid) return undefined
  const comm = commField(format)
  const prio = numberField(format, 'prio', le)
  const success = numberField(format, 'success', le)
  const target = numberField(format, 'target_cpu', le)
  const ends = [comm, pid, prio, success, target].map((field) => field?.end ?? 0)
  const steps = new StepList()
  if (comm) steps.add('', commStep(comm, pid, context))
  steps.add('', unsignedStep(pid))
  if (prio) steps.add(' [', unsignedStep(prio)).plain(']')
  if (success) steps.add(' success=', unsignedStep(success))
  if (target)
    steps.add(
      ' CPU:',
      rememberedStep(target, ({ view, at, sink }) =>
        sink.unsignedPadded(target.low(view, at), 3, 0x30),
      ),
    )
  return guardedSteps(format, context, Math.max(...ends), steps.end())
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
  const fields = [prevComm, nextComm, prevPid, nextPid, prevPrio, nextPrio, state]
  const steps = new StepList()
  if (prevComm) steps.add('', commStep(prevComm, prevPid, context))
  steps.add('', unsignedStep(prevPid)).plain(' ')
  if (prevPrio) steps.add('[', signedStep(prevPrio)).plain('] ')
  if (state)
    steps.add(
      '',
      rememberedStep(state, ({ view, at, sink }) => writeState(state.low(view, at), letters, sink)),
    )
  steps.plain(' ==> ')
  if (nextComm) steps.add('', commStep(nextComm, nextPid, context))
  steps.add('', unsignedStep(nextPid))
  if (nextPrio) steps.add(' [', signedStep(nextPrio)).plain(']')
  const least = Math.max(...fields.map((field) => field?.end ?? 0))
  return guardedSteps(format, context, least, steps.end())
}

/** Steps with plain text between them. */
class StepList {
  readonly #steps: Step[] = []
  #text = ''

  plain(text: string): this {
    this.#text += text
    return this
  }

  add(text: string, step: Step): this {
    this.#steps.push(step.after(Buffer.from(this.#text + text, 'latin1')))
    this.#text = ''
    return this
  }

  end(): Step[] {
    if (this.#text !== '') this.#steps.push(plainStep(Buffer.from(this.#text, 'latin1')))
    return this.#steps
  }
}

const NOTHING = new Uint8Array(0)
/** By bytes. */
const UNSIGNED: ReadonlyMap<number, number> = new Map([
  [4, StepKind.unsigned32],
  [8, StepKind.unsigned64],
])

/** A field in decimal. */
function unsignedStep(field: NumberField): Step {
  const kind = UNSIGNED.get(field.size) ?? StepKind.call
  const write: Writer = ({ view, at, sink }) =>
    sink.unsigned64(field.high(view, at), field.low(view, at))
  return new Step(NOTHING, write, kind, field.offset)
}

/** The lower half of a field, signed. */
function signedStep(field: NumberField): Step {
  const kind = field.size === 4 ? StepKind.signed32 : StepKind.call
  const write: Writer = ({ view, at, sink }) => sink.signed(field.low(view, at))
  return new Step(NOTHING, write, kind, field.offset)
}

/** Text that a field decides. */
function rememberedStep({ offset, size }: NumberField, write: Writer): Step {
  return new Step(NOTHING, write, StepKind.remembered, offset, size, {
    cache: new TextCache(PLACES),
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

/** A thread's name and a colon. */
function commStep({ offset, end }: CommField, pid: NumberField, { learn }: PluginContext): Step {
  const write: Writer = ({ bytes, view, at, sink }) => {
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
    learn(pid.low(view, at), bytes, start, i, sink)
  }
  const kind = pid.size === 4 ? StepKind.comm : StepKind.call
  return new Step(NOTHING, write, kind, offset, end - offset, { pidOffset: pid.offset })
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
