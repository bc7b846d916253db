/** Holds every field of every row against the text of `trace-cmd report -R -t`. */
import type { ColumnBatch } from '../../parser/batch/column-batch.ts'
import { columnValue } from '../../parser/batch/column-value.ts'
import { readBatches } from '../../parser/index.ts'
import type { Trace } from '../../parser/trace.ts'
import { parseReferenceFormat } from '../helpers/reference-format.ts'
import { groupBy, streamKey } from './compare-records.ts'
import { columnText, compareField, compareLastField, type FieldContext } from './field-text.ts'
import type { GoldenRecord } from './golden-files.ts'
import { NameCheck } from './name-check.ts'
import { conversionsOf } from './print-spec.ts'
import { type RawEntry, splitRawText } from './raw-text.ts'
import { StackCheck } from './stack-check.ts'
import { exempt, Tally } from './tally.ts'

/** Results by what was compared. */
export interface FieldTallies {
  readonly fields: Tally
  /** pid, cpu, time, flags, buffer and event name of each line, and their order. */
  readonly heads: Tally
  /** Stacks handed to the event before them. */
  readonly stacks: Tally
  readonly names: Tally
}

/** A record with its bytes and the text that the reference tool printed for it. */
interface Pair {
  readonly record: GoldenRecord
  readonly payload: Uint8Array
  readonly entry: RawEntry
}

/** ts, common_cpu, common_pid, common_comm, common_flags, common_preempt_count, common_source. */
const COMMON_COLUMNS = 7

const eventKey = (event: string, stream: string): string => `${event} ${stream}`

/** The comm fills 16 columns; what stands before it is the buffer's name, right-aligned. */
const bufferOf = ({ lead }: RawEntry): string => lead.slice(0, -16).trim().replace(/:$/, '')

const commOf = ({ lead }: RawEntry): string =>
  columnText(Buffer.from(lead.slice(-16).replace(/^ +/, ''), 'latin1'))

/** Finds each entry's record: the next one of its buffer and CPU. */
const pairUp = (
  entries: readonly RawEntry[],
  payloads: ReadonlyMap<GoldenRecord, Uint8Array>,
  heads: Tally,
): Pair[] => {
  const records = [...payloads.keys()]
  const named = records.filter((r) => r.event !== '')
  const queues = groupBy(named, (r) => streamKey(r.buffer, r.cpu))
  const nameless = records.filter((r) => r.event === '').sort((a, b) => Number(a.ts - b.ts))
  const pairs: Pair[] = []
  for (const entry of entries) {
    const queue = entry.known ? queues.get(streamKey(bufferOf(entry), entry.cpu)) : nameless
    const record = queue?.shift()
    if (record) pairs.push({ record, payload: payloads.get(record)!, entry })
    else heads.differ(`no record for the line ${entry.lead}…${entry.rest.slice(0, 80)}`)
  }
  const left = [...queues.values()].reduce((n, queue) => n + queue.length, nameless.length)
  if (left > 0) heads.differ(`${left} records have no line`)
  compareOrder(
    pairs.map((pair) => pair.record),
    records,
    heads,
  )
  return pairs
}

/** Lines and merged records must come in the same order, but for ties of time. */
const compareOrder = (
  lines: readonly GoldenRecord[],
  merged: readonly GoldenRecord[],
  heads: Tally,
): void => {
  for (const [i, line] of lines.entries()) {
    const ours = merged[i]!
    if (line === ours) continue
    if (line.ts === ours.ts) heads.note('ties-in-another-order', 1)
    else heads.differ(`line ${i} is of ${line.ts}, merged record ${i} of ${ours.ts}`)
  }
}

const isTime = (ts: bigint, shown: string): boolean =>
  shown.includes('.')
    ? shown === `${ts / 1_000_000_000n}.${String(ts % 1_000_000_000n).padStart(9, '0')}`
    : shown === String(ts)

/** Checks the head of a line against a row; returns the text of the fields. */
const compareHead = (
  tally: Tally,
  { entry, record }: Pair,
  row: { ts: bigint; cpu: number; pid: number; flags: number },
): string => {
  const flags = row.flags.toString(16)
  const head = /^ *(\d+(?:\.\d{9})?): (\S+): */.exec(entry.rest.slice(flags.length))
  const good =
    entry.rest.startsWith(flags) &&
    head !== null &&
    isTime(row.ts, head[1]!) &&
    head[2] === record.event &&
    entry.pid === row.pid &&
    entry.cpu === row.cpu &&
    entry.dropped === record.missed
  if (good) tally.same()
  else
    tally.differ(
      `line ${entry.lead}-${entry.pid} [${entry.cpu}]-0x${entry.rest.slice(0, 60)} lost ` +
        `${entry.dropped} for ${row.pid} [${row.cpu}]-0x${flags} ${row.ts} ${record.event} lost ` +
        `${record.missed}`,
    )
  return entry.rest.slice(flags.length + (head?.[0].length ?? 0))
}

/** Ends that the value starting at `from` may have: before every ` next=`, or the end of the text. */
const valueEnds = (text: string, from: number, next: string | undefined): number[] => {
  if (next === undefined) return [text.length]
  const ends: number[] = []
  for (let at = text.indexOf(` ${next}=`, from); at >= 0; at = text.indexOf(` ${next}=`, at + 1))
    ends.push(at)
  return ends
}

/** Compares a row's own columns, which stand in the order of the format's fields. */
const compareRow = (
  tally: Tally,
  columnOf: (index: number) => unknown,
  text: string,
  contexts: readonly FieldContext[],
  payload: Uint8Array,
): void => {
  let at = 0
  for (const [i, c] of contexts.entries()) {
    const next = contexts[i + 1]?.field.name
    const start = `${i === 0 ? '' : ' '}${c.field.name}=`
    const from = at + start.length
    const ends = text.startsWith(start, at) ? valueEnds(text, from, next) : []
    if (ends.length === 0) {
      tally.differ(`${c.event}.${c.field.name} or ${next} is not in ${inspect(text)}`)
      return
    }
    const value = columnOf(i)
    const compare = next === undefined ? compareLastField : compareField
    const verdicts = ends.map((end) => compare(value, text.slice(from, end), c, payload))
    const chosen = Math.max(
      0,
      verdicts.findIndex((v) => v.kind !== 'different'),
    )
    at = ends[chosen]!
    tally.add(verdicts[chosen]!, () => {
      const shown = inspect(text.slice(from, at))
      return `${c.event}.${c.field.name} ${c.type} is ${inspect(value)}, expected ${shown}`
    })
  }
}

const inspect = (value: unknown): string => {
  if (value instanceof Uint8Array) return `bytes ${Buffer.from(value).toString('hex').slice(0, 80)}`
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value)
  return text.length > 160 ? `${text.slice(0, 160)}…` : text
}

/** Addresses and strings of printk_formats, whose lines are `0xADDRESS : "text"`. */
const printkStrings = (bytes: Uint8Array): Map<bigint, string> => {
  const strings = new Map<bigint, string>()
  const escapes: Record<string, string> = { n: '\n', t: '\t', '"': '"', '\\': '\\' }
  for (const line of Buffer.from(bytes).toString('latin1').split('\n')) {
    const found = /^(0x[0-9a-f]+) : "(.*)"$/.exec(line)
    if (found)
      strings.set(
        BigInt(found[1]!),
        found[2]!.replace(/\\(.)/g, (_, c: string) => escapes[c] ?? c),
      )
  }
  return strings
}

/** What is known about each of a table's fields; undefined when columns and fields do not match. */
const contextsOf = (
  trace: Trace,
  batch: ColumnBatch,
  formatText: string,
  printk: ReadonlyMap<bigint, string>,
): FieldContext[] | undefined => {
  const { schema, name, columns } = batch.table
  const own = columns.slice(COMMON_COLUMNS).filter((c) => !/^common_(user_)?stack$/.test(c.name))
  const format = parseReferenceFormat(schema, formatText)
  const conversions = conversionsOf(formatText)
  if (own.length !== format.fields.length) return undefined
  return format.fields.map((field, i) => ({
    field,
    type: own[i]!.type,
    conversion: conversions.get(field.name),
    littleEndian: trace.file.littleEndian,
    longSize: trace.file.headerPage.longSize,
    event: `${schema}:${name}`,
    printk,
  }))
}

/** Compares all rows of all tables with the raw text. */
export const compareFields = async (
  trace: Trace,
  payloads: ReadonlyMap<GoldenRecord, Uint8Array>,
  rawText: string,
): Promise<FieldTallies> => {
  const fields = new Tally()
  const heads = new Tally()
  const names = new NameCheck()
  const stacks = new StackCheck(payloads, trace.file)
  const pairs = pairUp(splitRawText(rawText), payloads, heads)
  const queues = groupBy(pairs, ({ record: r }) =>
    eventKey(r.event === '' ? `#${r.id}` : `${r.system}:${r.event}`, streamKey(r.buffer, r.cpu)),
  )
  const printk = printkStrings(trace.file.printkFormats())
  const date = trace.file.corrections.wallOffset ?? 0n
  const contexts = new Map<string, FieldContext[] | undefined>()
  const formats = new Map(
    trace.file.formats.map(({ system, text }) => {
      const { name, id } = parseReferenceFormat(system, text)
      return [`${system}:${name}`, { id, text }]
    }),
  )
  for await (const batch of readBatches(trace)) {
    const event = `${batch.table.schema}:${batch.table.name}`
    const { id, text } = formats.get(event) ?? { id: -1, text: '' }
    if (!contexts.has(event)) contexts.set(event, contextsOf(trace, batch, text, printk))
    for (let row = 0; row < batch.rows; row++) {
      const value = (column: number): unknown => columnValue(batch, column, row)
      names.learn(event, batch, row)
      const [ts, cpu, pid, comm, flags, preempt, source] = Array.from({ length: 7 }, (_, i) =>
        value(i),
      ) as [bigint, number, number, string, number, number, number]
      const buffer = trace.sources.find((s) => s.source === source)?.buffer.name ?? ''
      const stream = streamKey(buffer, cpu)
      if (queues.get(eventKey(`#${id}`, stream))?.shift()) {
        fields.add(exempt('format-unknown-to-reference'), () => '')
        continue
      }
      const pair = queues.get(eventKey(event, stream))?.shift()
      if (!pair) {
        heads.differ(`a row of ${event} has no line`)
        continue
      }
      const head = { ts: BigInt.asUintN(64, ts + date), cpu, pid, flags }
      const body = compareHead(heads, pair, head)
      names.see(ts, pid, comm, commOf(pair.entry))
      stacks.compare(pair.record, batch, row)
      if (preempt !== pair.payload[3])
        heads.differ(`common_preempt_count of ${event} is ${preempt}`)
      const known = contexts.get(event)
      if (known) compareRow(fields, (i) => value(COMMON_COLUMNS + i), body, known, pair.payload)
      else fields.differ(`${event} has other columns than its format has fields`)
    }
  }
  for (const [key, queue] of queues) {
    if (queue.length === 0) continue
    if (key.startsWith('ftrace:blktrace '))
      for (const _ of queue) fields.add(exempt('pseudo-event-invented-by-reference'), () => '')
    else heads.differ(`${queue.length} lines of ${key} have no row`)
  }
  return { fields, heads, stacks: stacks.tally, names: names.compare(trace.file.savedCmdlines()) }
}
