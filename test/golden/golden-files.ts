/**
 * The files beside a golden trace: NAME.json (facts and counts), NAME.records.csv.gz (every record
 * as libtracecmd reads it) and NAME.raw.txt.gz (`trace-cmd report -R -t`).
 */
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'

/** Facts about the recording that the comparer checks. */
export interface GoldenFacts {
  readonly file_version: number
  readonly big_endian: boolean
  readonly long_size: number
  readonly page_size: number
  readonly compression: string
  readonly events: number
  readonly by_event: Readonly<Record<string, number>>
  readonly missed_marks: number
  readonly report_exit: number
}

/** One line of records.csv. */
export interface GoldenRecord {
  readonly buffer: string
  readonly cpu: number
  readonly ts: bigint
  readonly id: number
  /** '' where the reference reader had no usable format. */
  readonly system: string
  readonly event: string
  readonly pid: number
  readonly size: number
  readonly missed: number
  readonly crc32: number
}

/** Path of a golden file without its extension, e.g. `fixtures/traces/arm64-6.12-marker`. */
export type GoldenPath = string

const readGzip = (path: string): Buffer => gunzipSync(readFileSync(path))

/** Reads NAME.json. */
export const readFacts = (path: GoldenPath): GoldenFacts =>
  JSON.parse(readFileSync(`${path}.json`, 'utf8')) as GoldenFacts

/** Reads NAME.records.csv.gz; buffer and event names hold no commas. */
export const readGoldenRecords = (path: GoldenPath): GoldenRecord[] =>
  readGzip(`${path}.records.csv.gz`)
    .toString('latin1')
    .split('\n')
    .slice(1)
    .filter((line) => line !== '')
    .map((line) => {
      const [buffer, cpu, ts, id, system, event, pid, size, missed, crc] = line.split(',')
      return {
        buffer: buffer!,
        cpu: Number(cpu),
        ts: BigInt(ts!),
        id: Number(id),
        system: system!,
        event: event!,
        pid: Number(pid),
        size: Number(size),
        missed: Number(missed),
        crc32: Number.parseInt(crc!, 16),
      }
    })

/** Reads NAME.raw.txt.gz, one character a byte: the text need not be UTF-8. */
export const readRawText = (path: GoldenPath): string =>
  readGzip(`${path}.raw.txt.gz`).toString('latin1')

const TABLE = Int32Array.from({ length: 256 }, (_, n) => {
  let c = n
  for (let k = 0; k < 8; k++) c = c & 1 ? (c >>> 1) ^ 0xedb88320 : c >>> 1
  return c
})

/** CRC-32 as zlib has it. */
export const crc32 = (bytes: Uint8Array): number => {
  let c = -1
  for (let i = 0; i < bytes.length; i++) c = TABLE[(c ^ bytes[i]!) & 255]! ^ (c >>> 8)
  return (c ^ -1) >>> 0
}
