/** Holds every record the parser yields against records.csv, and the head facts against NAME.json. */
import { readRecords } from '../../parser/index.ts'
import type { Trace } from '../../parser/trace.ts'
import { crc32, type GoldenFacts, type GoldenRecord } from './golden-files.ts'
import { Tally } from './tally.ts'

/** Names a CPU of a buffer. */
export const streamKey = (buffer: string, cpu: number): string => `${buffer}/${cpu}`

/** Splits a list by key, keeping the order within each part. */
export const groupBy = <T>(items: Iterable<T>, keyOf: (item: T) => string): Map<string, T[]> => {
  const groups = new Map<string, T[]>()
  for (const item of items) {
    const key = keyOf(item)
    const group = groups.get(key)
    if (group) group.push(item)
    else groups.set(key, [item])
  }
  return groups
}

const show = (values: readonly unknown[]): string => values.map(String).join(',')

/** What the reference reader calls an event: a record whose format it cannot parse has no name. */
const compareName = (tally: Tally, trace: Trace, golden: GoldenRecord): void => {
  const format = trace.format(golden.id)
  const ours = format ? `${format.system}:${format.name}` : ':'
  const theirs = `${golden.system}:${golden.event}`
  if (ours === theirs) tally.same()
  else if (theirs === ':')
    tally.add({ kind: 'exempt', note: 'format-unknown-to-reference' }, () => '')
  else if (theirs === 'ftrace:blktrace' && format === undefined)
    tally.add({ kind: 'exempt', note: 'pseudo-event-invented-by-reference' }, () => '')
  else tally.differ(`event ${golden.id} is ${ours}, expected ${theirs}`)
}

/**
 * Compares buffer, CPU, time, id, pid, size, missed and CRC of all records, in file order; also
 * gives a copy of each record's bytes, found good by its CRC, in the order of the parser's merge.
 */
export const compareRecords = (
  trace: Trace,
  golden: readonly GoldenRecord[],
): { tally: Tally; payloads: Map<GoldenRecord, Uint8Array> } => {
  const tally = new Tally()
  const payloads = new Map<GoldenRecord, Uint8Array>()
  const expected = groupBy(golden, (r) => streamKey(r.buffer, r.cpu))
  const position = new Map<string, number>()
  const date = trace.file.corrections.wallOffset ?? 0n
  for (const record of readRecords(trace)) {
    const key = streamKey(record.buffer, record.cpu)
    const at = position.get(key) ?? 0
    position.set(key, at + 1)
    const want = expected.get(key)?.[at]
    if (want === undefined) {
      tally.differ(`buffer/cpu ${key} has more than ${at} records`)
      continue
    }
    const ours = show([
      BigInt.asIntN(64, record.ts + date),
      record.id,
      record.pid,
      record.size,
      record.missed,
      crc32(record.payload),
    ])
    const theirs = show([
      BigInt.asIntN(64, want.ts),
      want.id,
      want.pid,
      want.size,
      want.missed,
      want.crc32,
    ])
    if (ours === theirs) tally.same()
    else tally.differ(`record ${at} of ${key} is ${ours}, expected ${theirs}`)
    compareName(tally, trace, want)
    payloads.set(want, record.payload.slice())
  }
  for (const [key, records] of expected) {
    const got = position.get(key) ?? 0
    if (got < records.length) tally.differ(`${key} has ${got} records, not ${records.length}`)
  }
  return { tally, payloads }
}

/** Compares what the head and the index say with the facts and counts of NAME.json. */
export const compareFacts = (trace: Trace, facts: GoldenFacts): Tally => {
  const tally = new Tally()
  const check = (what: string, ours: unknown, theirs: unknown): void => {
    if (ours === theirs) tally.same()
    else tally.differ(`${what} is ${String(ours)}, expected ${String(theirs)}`)
  }
  const { file } = trace
  check('file version', file.version, facts.file_version)
  check('byte order', !file.littleEndian, facts.big_endian)
  check('long size', file.userLongSize, facts.long_size)
  check('page size', file.pageSize, facts.page_size)
  const { name, version } = file.compression
  check('compression', version === '' ? name : `${name} ${version}`, facts.compression)
  const counts = new Map<string, number>()
  const index = trace.index()
  for (const id of index.idsPresent()) {
    const format = trace.format(id)
    const key = format ? `${format.system}:${format.name}` : `#${id}`
    for (const { source } of trace.sources)
      counts.set(key, (counts.get(key) ?? 0) + index.countOf(source, id))
  }
  check(
    'events',
    [...counts.values()].reduce((a, b) => a + b, 0),
    facts.events,
  )
  for (const [event, count] of Object.entries(facts.by_event)) {
    if (event.startsWith('#') || event === 'ftrace:blktrace') continue
    check(`rows of ${event}`, counts.get(event), count)
  }
  return tally
}
