/** Parts and copies of recordings, and what the independent reader finds in them. */
import { closeSync, openSync, readFileSync } from 'node:fs'
import { memorySource, openTraceSource } from '../../parser/index.ts'
import { type Converted, convertTrace } from '../../writer/convert.ts'
import { type PartSelection, type Split, splitTrace } from '../../writer/split.ts'
import type { Target } from '../../writer/target.ts'
import { crc32, type GoldenRecord } from '../golden/golden-files.ts'
import { readReference, referenceRecords } from './reference-reader.ts'

/** A file that was written, and what was said about it. */
export interface Written<Result> {
  readonly bytes: Buffer
  readonly result: Result
  /** Codes of what was found wrong with the original. */
  readonly found: string[]
}

/** The trace.dat of a part of another. */
export const split = async (
  original: Uint8Array,
  selection: PartSelection,
  path: string,
  target?: Target,
): Promise<Written<Split>> => {
  const trace = openTraceSource(memorySource(original, 'original.dat'))
  const { version, compression } = trace.file
  const same = { version, codec: compression.name as Target['codec'] }
  return write(path, trace.diagnostics, (fd) => splitTrace(trace, selection, target ?? same, fd))
}

/** The trace.dat of another version or codec. */
export const convert = async (
  original: Uint8Array,
  target: Target,
  path: string,
): Promise<Written<Converted>> => {
  const { file, diagnostics } = openTraceSource(memorySource(original, 'original.dat'))
  return write(path, diagnostics, (fd) => convertTrace(file, diagnostics, target, fd))
}

const write = async <Result>(
  path: string,
  diagnostics: ReturnType<typeof openTraceSource>['diagnostics'],
  to: (fd: number) => Promise<Result>,
): Promise<Written<Result>> => {
  const fd = openSync(path, 'w+')
  try {
    const result = await to(fd)
    const found = diagnostics.list().filter(({ severity }) => severity !== 'info')
    return { bytes: readFileSync(path), result, found: found.map(({ code }) => code) }
  } finally {
    closeSync(fd)
  }
}

/** One record by everything that must stay. */
export interface KnownRecord {
  readonly key: string
  readonly ts: bigint
  readonly id: number
  readonly missed: number
  /** Event id, thread, bytes and checksum of the payload. */
  readonly body: string
}

/** Records as a reader of another project found them; times are without DATE. */
export const goldenRecords = (golden: readonly GoldenRecord[], date: bigint): KnownRecord[] =>
  golden.map(({ buffer, cpu, ts, id, pid, size, missed, crc32: crc }) => ({
    key: `${buffer}/${cpu}`,
    ts: ts - date,
    id,
    missed,
    body: `${id} ${pid} ${size} ${crc}`,
  }))

/** Records as the independent reader finds them. */
export const recordsIn = (bytes: Uint8Array): KnownRecord[] =>
  [...referenceRecords(readReference(bytes))].map(
    ({ buffer, cpu, ts, id, pid, missed, payload }) => ({
      key: `${buffer}/${cpu}`,
      ts,
      id,
      missed,
      body: `${id} ${pid} ${payload.length} ${crc32(payload)}`,
    }),
  )

/** Lists by buffer and CPU, in file order. */
export const listsOf = (records: readonly KnownRecord[]): Map<string, string[]> => {
  const lists = new Map<string, string[]>()
  for (const { key, ts, missed, body } of records) {
    const list = lists.get(key) ?? []
    lists.set(key, list)
    list.push(`${ts} ${missed} ${body}`)
  }
  return new Map([...lists].sort(([a], [b]) => (a < b ? -1 : 1)))
}
