/** A short run of the fuzzer, and what it notices; `npm run fuzz` is the long one. */

import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { memorySource, openTraceSource } from '../../parser/index.ts'
import { readBatches } from '../../parser/read.ts'
import { makeTrace } from '../helpers/make-trace.ts'
import { PageBuilder } from '../helpers/page-builder.ts'
import { fixture } from '../helpers/paths.ts'
import { FuzzRunner } from './runner.ts'
import { CUT_EVERY, salvage } from './salvage.ts'
import { TARGETS } from './targets/index.ts'

t.setTimeout(280_000)
const SEED = 20261126
/** Some targets take a second for a few inputs, others for hundreds. */
const INPUTS: Readonly<Record<string, number>> = { import: 2, tables: 8, report: 6, recover: 10 }

t.test('every target, some inputs', async (t) => {
  const runner = new FuzzRunner()
  t.teardown(() => runner.close())
  for (const { name } of TARGETS)
    for (let i = 0; i < (INPUTS[name] ?? 25); i++)
      await runner.run({ target: name, seed: SEED + i })
  t.same(runner.findings, [])
  t.same(
    [...runner.tallies.keys()],
    TARGETS.map(({ name }) => name),
  )
})

t.test('files that found something once', async (t) => {
  const runner = new FuzzRunner()
  t.teardown(() => runner.close())
  const found = ['format-without-id-v6.dat', 'system-of-databases-name-v6.dat']
  for (const name of found)
    for (const target of ['strict', 'import'])
      await runner.run({ target, seed: 0, file: fixture('corrupt', name) })
  t.same(runner.findings, [])
})

t.test('what must not happen is found, with its seed', async (t) => {
  const path = fileURLToPath(new URL('./bad-worker.js', import.meta.url))
  const runner = new FuzzRunner({ cpuMs: 200, wallMs: 15_000, bytes: 150e6 }, path)
  t.teardown(() => runner.close())
  const bad = ['throw', 'exit', 'hang', 'slow', 'memory']
  for (const [seed, target] of [...bad, 'fine'].entries()) await runner.run({ target, seed })
  t.same(
    runner.findings.map(({ target, seed }) => `${target} ${seed}`),
    bad.map((name, seed) => `${name} ${seed}`),
  )
  const [, , hang, slow, memory] = runner.findings.map(({ problem }) => problem)
  t.match(hang, /no end after 15 s/)
  t.match(slow, /of CPU/)
  t.match(memory, /MB of memory/)
})

t.test('little that unpacks to much: flat memory', async (t) => {
  const page = new PageBuilder(1n).finish()
  const cpus = [{ cpu: 0, pages: new Array<Uint8Array>(12_288).fill(page) }]
  const buffers = ['', 'b', 'c'].map((name) => ({ name, cpus }))
  const bytes = makeTrace({ compression: 'zlib', chunkPages: 12_288, buffers })
  t.ok(bytes.length < 500_000, `${bytes.length} bytes`)
  const before = process.memoryUsage().arrayBuffers
  const trace = openTraceSource(memorySource(bytes, 'bomb.dat'))
  for await (const _ of readBatches(trace));
  t.ok(process.memoryUsage().arrayBuffers - before < 300e6)
  t.equal(
    trace.index().cpus.reduce((sum, { events }) => sum + events, 0),
    0,
  )
  trace.close()
})

for (const name of ['amd64-6.12-lost-v7', 'amd64-6.1-offline-v6', 'amd64-7.2-buffers-zlib'])
  t.test(
    `${name}, cut every ${4 * CUT_EVERY} bytes: all whole sub-buffers come back`,
    async (t) => {
      const found = await salvage(readFileSync(fixture('traces', `${name}.dat`)), 4 * CUT_EVERY)
      t.ok(found.cuts > 0)
      t.equal(found.read, found.whole)
      t.equal(found.recovered, found.whole)
    },
  )
