import { mkdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs'
import { basename } from 'node:path'
import t, { type Test } from 'tap'
import { findParts } from '../../recorder/part-files.ts'
import { recover } from '../../recorder/recover.ts'
import { recordLists } from '../helpers/cut-trace.ts'
import { fixture } from '../helpers/paths.ts'
import { readReference, referencePages } from '../helpers/reference-reader.ts'

const real = (name: string): Buffer => readFileSync(fixture(`traces/${name}.dat`))

/** Writes the sub-buffers of a file as trace-cmd has them while it records; returns the names. */
const makeParts = (folder: string, output: string, whole: Uint8Array): string[] => {
  const trace = readReference(whole)
  return trace.buffers.flatMap((buffer) =>
    buffer.cpus.map((cpu) => {
      const stem = buffer.name === '' ? output : `${output}.${buffer.name}`
      const path = `${folder}/${stem}.cpu${cpu.cpu}`
      writeFileSync(path, Buffer.concat([...referencePages(trace, buffer, cpu)]))
      return path
    }),
  )
}

const recordsAt = (path: string): ReturnType<typeof recordLists> => recordLists(readFileSync(path))

/** Buffers without records are listed by one reader and not by the other. */
const filled = (lists: ReturnType<typeof recordLists>) =>
  new Map([...lists].filter(([, list]) => list.length > 0))

for (const name of [
  's390x-7.2-buffers-v6',
  's390x-7.2-subbuf-mixed',
  'armhf-7.2-buffers-v7',
  'amd64-6.12-user32-buffers-v7',
]) {
  t.test(`parts of ${name}, described by another file`, async (t) => {
    const folder = t.testdir()
    const original = real(name)
    makeParts(folder, 'x.dat', original)
    const metadata = fixture(`traces/${name}.dat`)
    const { output, lines } = await recover(folder, { metadata })
    t.equal(output, `${folder}/x.dat`)
    t.same(filled(recordsAt(output)), filled(recordLists(original)))
    t.notOk(
      lines.some((line) => /lost|part|left out/.test(line)),
      lines.join(),
    )
    await t.rejects(recover(folder, { metadata, output }), { code: 'ERR_OUTPUT_EXISTS' })
  })
}

t.test('killed while it put the file together: described by what there is of it', async (t) => {
  const folder = t.testdir()
  const original = real('s390x-6.1-ev-v6')
  const parts = makeParts(folder, 'x.dat', original)
  const begun = original.subarray(0, Math.floor(original.length / 2))
  writeFileSync(`${folder}/x.dat`, begun)
  for (const path of [folder, `${folder}/x.dat`, parts[1]!]) {
    const { output, notices } = await recover(path, { force: true })
    t.equal(output, `${folder}/x.recovered.dat`)
    t.match(notices[0], /described by .*x\.dat, which was never finished/)
    t.same(recordsAt(output), recordLists(original))
  }
  t.same(readFileSync(`${folder}/x.dat`), begun, 'left as it was')
})

t.test('the end of a part is cut', async (t) => {
  const folder = t.testdir()
  const original = real('s390x-6.1-ev-v6')
  const [first = ''] = makeParts(folder, 'x.dat', original)
  writeFileSync(first, readFileSync(first).subarray(0, 3 * 4096 + 700))
  const metadata = fixture('traces/s390x-6.1-ev-v6.dat')
  const { output, lines } = await recover(folder, { metadata })
  const list = recordsAt(output).get('/0')!
  t.same(list, recordLists(original).get('/0')!.slice(0, list.length))
  t.match(lines.join(), /CPU 0: \d+ events, 4 sub-buffers; 1 sub-buffer there in part/)
})

t.test('nothing describes them', async (t) => {
  const folder = t.testdir()
  const parts = makeParts(folder, 'x.dat', real('amd64-6.1-offline-v6'))
  for (const path of parts) utimesSync(path, 1e9, 1e9)
  await t.rejects(recover(folder, {}), {
    code: 'ERR_RECOVER_NOTHING',
    message: /older than this boot/,
    hint: /--metadata/,
  })
  for (const path of parts) writeFileSync(path, '')
  await t.rejects(recover(folder, {}), { code: 'ERR_RECOVER_NOTHING', message: /are empty/ })
})

t.test('which files belong together', async (t) => {
  const folder = t.testdir()
  const put = (...names: string[]): void => {
    for (const name of names) writeFileSync(`${folder}/${name}`, '')
  }
  const found = (path: string): [string, string[]] => {
    const set = findParts(path)
    const name = (part: { buffer: string; cpu: number }): string => `${part.buffer}/${part.cpu}`
    return [basename(set?.output ?? ''), set?.parts.map(name) ?? []]
  }
  t.equal(findParts(folder), undefined)
  put(
    'a.dat.cpu10',
    'a.dat.cpu2',
    'a.dat.one.two.cpu0',
    'a.dat.cpu',
    'a.dat.cpux',
    'a.data.cpu1.old',
  )
  const all: [string, string[]] = ['a.dat', ['/2', '/10', 'one.two/0']]
  for (const path of [folder, `${folder}/a.dat`, `${folder}/a.dat.one.two.cpu0`]) {
    t.same(found(path), all, path)
  }
  mkdirSync(`${folder}/sub`)
  put('sub/b.dat.side.cpu0')
  t.same(found(`${folder}/sub`), ['b.dat', ['side/0']], 'the main buffer recorded nothing')
  put('c.cpu0')
  t.throws(() => findParts(folder), { code: 'ERR_USAGE', hint: /name the one/ })
  t.same(found(`${folder}/c.cpu0`), ['c', ['/0']])
  t.equal(findParts(`${folder}/nosuch/x.dat`), undefined)
  t.equal(findParts(`${folder}/a.dat.cpu77`), undefined)
})

t.test('nothing of that name', async (t: Test) => {
  const folder = t.testdir()
  await t.rejects(recover(`${folder}/x.dat`, {}), {
    code: 'ERR_TRACE_OPEN',
    message: /no unfinished recording of .*x\.dat/,
  })
  await t.rejects(recover(folder, {}), { code: 'ERR_RECOVER_NOTHING', message: /no parts/ })
  writeFileSync(`${folder}/x.dat.partial`, '')
  await t.rejects(recover(`${folder}/x.dat`, {}), {
    code: 'ERR_RECOVER_NOTHING',
    message: /killed before its first event/,
    hint: `remove ${folder}/x.dat.partial`,
  })
})
