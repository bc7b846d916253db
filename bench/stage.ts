/**
 * Goes through a trace up to one stage and throws the result away; what it prints is the number of
 * units seen, and the wall and user seconds of each repetition.
 *
 *     node dist/bench/stage.js FILE.dat read|walk|decode|import [REPETITIONS]
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { openChunkReader } from '../parser/container/chunk-reader.ts'
import { openTrace } from '../parser/open.ts'
import { readBatches } from '../parser/read.ts'
import type { Trace } from '../parser/trace.ts'

/** In order; each includes those before it. */
const STAGES = ['read', 'walk', 'decode', 'import'] as const

/** Reads and decompresses everything; returns bytes of sub-buffers. */
function readAll(trace: Trace): number {
  let bytes = 0
  let room = new Uint8Array(0)
  for (const buffer of trace.file.buffers) {
    for (const cpu of buffer.cpus) {
      const reader = openChunkReader(trace.file, buffer, cpu, trace.diagnostics)
      for (let size = reader.next(); size > 0; size = reader.next()) {
        if (room.length < size) room = new Uint8Array(size)
        bytes += reader.read(room, 0)
      }
    }
  }
  return bytes
}

/** Walks all records; returns how many there are. */
export function countEvents(trace: Trace): number {
  const index = trace.index()
  let records = 0
  for (const { source } of trace.sources) {
    for (const id of index.idsPresent()) records += index.countOf(source, id)
  }
  return records
}

/** Decodes every field of every event; returns rows. */
async function decodeAll(trace: Trace): Promise<number> {
  let rows = 0
  for await (const batch of readBatches(trace)) rows += batch.rows
  return rows
}

/** Imports into a DuckDB file that is removed again; returns events. */
async function importInto(path: string): Promise<number> {
  const { importTraces } = await import('../parser/import.ts')
  const folder = mkdtempSync(join(tmpdir(), 'traceduck-stage-'))
  try {
    return (await importTraces([path], { out: join(folder, 'all.duckdb') })).events
  } finally {
    rmSync(folder, { recursive: true })
  }
}

async function runStage(path: string, stage: string): Promise<number> {
  if (stage === 'import') return importInto(path)
  const trace = await openTrace(path)
  try {
    if (stage === 'read') return readAll(trace)
    if (stage === 'walk') return countEvents(trace)
    return await decodeAll(trace)
  } finally {
    trace.close()
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [path, stage = '', repetitions = '1'] = process.argv.slice(2)
  if (path === undefined || !STAGES.some((name) => name === stage)) {
    process.stderr.write(`usage: stage.js FILE.dat ${STAGES.join('|')} [REPETITIONS]\n`)
    process.exit(2)
  }
  for (let i = 0; i < Number(repetitions); i++) {
    const [started, before] = [process.hrtime.bigint(), process.cpuUsage()]
    const seen = await runStage(path, stage)
    const wall = Number(process.hrtime.bigint() - started) / 1e9
    const user = process.cpuUsage(before).user / 1e6
    process.stdout.write(`${stage} ${seen} ${wall.toFixed(3)} ${user.toFixed(3)}\n`)
  }
}
