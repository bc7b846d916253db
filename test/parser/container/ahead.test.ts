// Chunks that a thread decompresses ahead are those that their reader would have decompressed.
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { endAhead, startAhead } from '../../../parser/container/ahead.ts'
import { openChunkReader } from '../../../parser/container/chunk-reader.ts'
import { openFileSource } from '../../../parser/container/source.ts'
import { openContainer } from '../../../parser/container/trace-file.ts'
import type { TraceFile } from '../../../parser/container/types.ts'
import { Diagnostics } from '../../../parser/diagnostics.ts'
import { makeTrace } from '../../helpers/make-trace.ts'
import { PageBuilder } from '../../helpers/page-builder.ts'
import { root } from '../../helpers/paths.ts'

t.setTimeout(200_000)

const SLOT = 4096 * 4
const alone = availableParallelism() < 2 && 'one CPU: there is no thread'

/** A file of two CPUs with a chunk for each four pages. */
const makeFile = (): string => {
  const pages = (count: number, cpu: number): Uint8Array[] =>
    Array.from({ length: count }, (_, i) =>
      new PageBuilder(BigInt(i + 1)).data(0, [i & 0xff, i >> 8, cpu, 4]).finish(),
    )
  const cpus = [0, 3].map((cpu) => ({ cpu, pages: pages(600 + cpu, cpu) }))
  const bytes = makeTrace({ buffers: [{ name: '', cpus }], compression: 'zstd', chunkPages: 4 })
  const path = join(t.testdir({}), 'ahead.dat')
  writeFileSync(path, bytes)
  return path
}

interface ReadAll {
  readonly bytes: Buffer
  readonly reported: unknown
  /** Chunks that the thread did, if it got to any. */
  readonly taken: number
}

/** All data of all CPUs in turn, with a thread or without; chunks for which `skip` holds are left out. */
const readAll = (
  file: TraceFile,
  ahead: boolean,
  skip: (index: number) => boolean = () => false,
): ReadAll => {
  const diagnostics = new Diagnostics()
  const buffer = file.buffers[0]!
  const places = buffer.cpus.map((data) => ({ data, codec: buffer.compression, skip }))
  const pass = ahead ? startAhead(file, places, SLOT, 0) : undefined
  const chunks = buffer.cpus.map((_, i) => pass?.chunksOf(i))
  const readers = buffer.cpus.map((data, i) =>
    openChunkReader(file, buffer, data, diagnostics, undefined, 0, chunks[i]),
  )
  const parts: Buffer[] = []
  const target = new Uint8Array(SLOT)
  for (let open = readers; open.length > 0; )
    open = open.filter((reader) => {
      if (reader.next() === 0) return false
      if (!skip(reader.index)) parts.push(Buffer.from(target.slice(0, reader.read(target, 0))))
      return true
    })
  const taken = chunks.reduce((sum, one) => sum + (one?.taken ?? 0), 0)
  return { bytes: Buffer.concat(parts), reported: diagnostics.list(), taken }
}

const open = (path: string): TraceFile => openContainer(openFileSource(path), new Diagnostics())

/** Reads until the thread has done something, which it may be slow to; all that was read. */
const untilTaken = async (read: () => ReadAll): Promise<ReadAll[]> => {
  const all = [read()]
  while (all.at(-1)!.taken === 0 && all.length < 10_000) {
    await new Promise((resolve) => setImmediate(resolve))
    all.push(read())
  }
  return all
}

t.test('the same bytes', { skip: alone }, async (t) => {
  const file = open(makeFile())
  const expected = readAll(file, false)
  const all = await untilTaken(() => readAll(file, true))
  t.ok(all.every(({ bytes }) => bytes.equals(expected.bytes)))
  t.ok(all.at(-1)!.taken > 0, 'the thread did some')
  const some = (index: number): boolean => index % 3 === 1
  const part = readAll(file, false, some)
  t.ok(part.bytes.length < expected.bytes.length)
  t.ok(readAll(file, true, some).bytes.equals(part.bytes))
  file.close()
})

t.test('the same damage', { skip: alone }, async (t) => {
  const path = makeFile()
  const bytes = readFileSync(path)
  for (const { offset } of open(path).buffers[0]!.cpus)
    for (let at = offset + 4, chunk = 0; chunk < 60; chunk++, at += 8 + bytes.readUInt32LE(at))
      // Beginnings of chunks, then a chunk of no bytes, where the data ends.
      if (chunk % 10 === 5) bytes.fill(0, chunk === 55 ? at : at + 8, at + 12)
  writeFileSync(path, bytes)
  const file = open(path)
  const expected = readAll(file, false)
  t.not((expected.reported as unknown[]).length, 0, 'there is damage')
  for (let i = 0; i < 5; i++) {
    const got = readAll(file, true)
    t.same(got.reported, expected.reported)
    t.ok(got.bytes.equals(expected.bytes))
  }
  file.close()
})

t.test('a pass that is left, and a file that is closed', { skip: alone }, async (t) => {
  const file = open(makeFile())
  const buffer = file.buffers[0]!
  const places = buffer.cpus.map((data) => ({ data, codec: 'zstd', skip: undefined }))
  const left = startAhead(file, places, SLOT, 0)!
  left.close()
  left.close()
  startAhead(file, places, SLOT, 0)
  endAhead(file)
  const expected = readAll(file, false).bytes
  const all = await untilTaken(() => readAll(file, true))
  t.ok(all.every(({ bytes }) => bytes.equals(expected)))
  t.ok(all.at(-1)!.taken > 0, 'the thread goes on with others')
  file.close()
})

t.test('what is small, or not a file, or not compressed, is read without', async (t) => {
  const file = open(makeFile())
  const [data] = file.buffers[0]!.cpus
  t.equal(startAhead(file, [{ data: data!, codec: 'zstd', skip: undefined }], SLOT), undefined)
  t.equal(startAhead(file, [{ data: data!, codec: 'none', skip: undefined }], SLOT, 0), undefined)
  const { fd: _, ...source } = file.source
  const place = { data: data!, codec: 'zstd', skip: undefined }
  t.equal(startAhead({ ...file, source }, [place], SLOT, 0), undefined)
  file.close()
})

t.test('a process ends although its thread has more to do', async (t) => {
  const program = `
    import { startAhead } from '${root}dist/parser/container/ahead.js'
    import { openFileSource } from '${root}dist/parser/container/source.js'
    import { openContainer } from '${root}dist/parser/container/trace-file.js'
    import { Diagnostics } from '${root}dist/parser/diagnostics.js'
    const file = openContainer(openFileSource(process.argv[1]), new Diagnostics())
    const places = file.buffers[0].cpus.map((data) => ({ data, codec: 'zstd', skip: undefined }))
    startAhead(file, places, ${SLOT}, 0)
    console.log('done')`
  const options = ['--input-type=module', '-e', program, makeFile()]
  const { stdout, status } = spawnSync(process.execPath, options, { encoding: 'utf8' })
  t.equal(stdout, 'done\n')
  t.equal(status, 0)
})
