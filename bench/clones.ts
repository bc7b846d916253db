/**
 * Copies of a recording's event types and tasks under new numbers and names, to make recordings of
 * more event types and of more CPUs at the same time than any that is at hand.
 */
import { OPTION } from '../parser/container/options.ts'
import type { TraceFile } from '../parser/container/types.ts'
import { readFormatLines } from '../parser/event/format-grammar.ts'
import { ByteWriter } from '../writer/byte-writer.ts'
import { type Body, text64, writeEventFormats } from '../writer/metadata.ts'
import { forEachEvent, type PageLayout } from './pages.ts'

/** What is known of the events of the recording to copy. */
export interface EventSurvey {
  /** Events by their type's number. */
  readonly counts: ReadonlyMap<number, number>
  /** Highest `common_pid`. */
  readonly highestPid: number
}

/** Where an event type's records hold thread ids. */
interface EventPlan {
  readonly pids: readonly number[]
  /** Numbers that the records are given in turn, its own first. */
  readonly ids: readonly number[]
}

/** Where mainline kernels have `common_type` and `common_pid`. */
export const TYPE_AT = 0
/** See `TYPE_AT`. */
export const PID_AT = 4

/** Copies event types until there are `types`, and tasks so that every group has its own. */
export class Clones {
  readonly #file: TraceFile
  readonly #plans = new Map<number, EventPlan>()
  readonly #seen = new Map<number, number>()
  readonly #formats = new Map<string, string[]>()
  readonly #groups: number
  readonly #pidStep: number

  constructor(file: TraceFile, survey: EventSurvey, types: number, groups: number) {
    this.#file = file
    this.#groups = groups
    this.#pidStep = 2 ** Math.ceil(Math.log2(2 * survey.highestPid + 2))
    this.#plan(survey, types)
  }

  #plan({ counts }: EventSurvey, types: number): void {
    const formats = this.#file.formats.map((format) => ({
      ...format,
      lines: readFormatLines(format.text),
    }))
    const isCopied = (id: number, system: string): boolean => counts.has(id) && system !== 'ftrace'
    const copied = formats.filter(({ lines, system }) => isCopied(lines.id ?? -1, system)).length
    let wanted = Math.max(0, types - counts.size)
    let left = copied
    let next = 1 + Math.max(...formats.map(({ lines }) => lines.id ?? 0))
    for (const { system, text, lines } of formats) {
      const { id = 0, name, fields } = lines
      const ids = [id]
      const texts = [text]
      if (isCopied(id, system)) {
        const copies = Math.ceil(wanted / left--)
        wanted -= copies
        for (let copy = 1; copy <= copies; copy++) {
          ids.push(next)
          texts.push(rename(text, `${name}_copy${copy}`, next++))
        }
      }
      const pids = fields.filter(isPid).map(({ offset }) => offset)
      this.#plans.set(id, { ids, pids: [PID_AT, ...pids] })
      if (system !== 'ftrace') {
        this.#formats.set(system, [...(this.#formats.get(system) ?? []), ...texts])
      }
    }
    if (next > 0x1_0000)
      throw new Error(`${types} event types are more than the format has room for`)
  }

  /** The descriptions of the recording with those of the copies. */
  bodies(bodies: readonly Body[]): Body[] {
    return bodies.map(({ id, bytes }) => {
      const writer = new ByteWriter(this.#file.littleEndian)
      if (id === OPTION.eventFormats) {
        const systems = [...this.#formats].map(([system, texts]) => ({
          system,
          formats: texts.map((text) => Buffer.from(text)),
        }))
        writeEventFormats(writer, { systems })
      } else if (id === OPTION.savedCmdlines) text64(writer, Buffer.from(this.#taskNames()))
      else writer.bytes(bytes)
      return { id, bytes: writer.take() }
    })
  }

  #taskNames(): string {
    const lines = Buffer.from(this.#file.savedCmdlines()).toString().split('\n').filter(Boolean)
    const shifted = Array.from({ length: this.#groups }, (_, group) =>
      lines.map((line) =>
        line.replace(/^\d+/, (pid) => String(Number(pid) + group * this.#pidStep)),
      ),
    )
    return shifted
      .flat()
      .map((line) => `${line}\n`)
      .join('')
  }

  /** Gives the events of a run of sub-buffers the numbers of copies and the tasks of a group. */
  rewrite(bytes: Uint8Array, layout: PageLayout, group: number): void {
    const { littleEndian } = layout
    const shift = group * this.#pidStep
    forEachEvent(bytes, layout, (view, offset) => {
      const id = view.getUint16(offset + TYPE_AT, littleEndian)
      const plan = this.#plans.get(id)
      if (!plan) return
      if (shift > 0) {
        for (const field of plan.pids) {
          const pid = view.getInt32(offset + field, littleEndian)
          if (pid > 0) view.setInt32(offset + field, pid + shift, littleEndian)
        }
      }
      if (plan.ids.length === 1) return
      const seen = this.#seen.get(id) ?? 0
      this.#seen.set(id, seen + 1)
      view.setUint16(offset + TYPE_AT, plan.ids[seen % plan.ids.length]!, littleEndian)
    })
  }
}

function isPid({ declaration, size }: { declaration: string; size: number }): boolean {
  return size === 4 && /^(pid_t|int|u32|unsigned int) (\w+_)?(pid|tid|tgid)$/.test(declaration)
}

function rename(text: string, name: string, id: number): string {
  return text.replace(/^name:.*$/m, `name: ${name}`).replace(/^ID:.*$/m, `ID: ${id}`)
}
