import { readdirSync, readFileSync } from 'node:fs'
import t from 'tap'
import { openChunkReader } from '../../../parser/container/chunk-reader.ts'
import { openFileSource } from '../../../parser/container/source.ts'
import { openContainer } from '../../../parser/container/trace-file.ts'
import type { TraceFile } from '../../../parser/container/types.ts'
import { Diagnostics } from '../../../parser/diagnostics.ts'
import { fixture } from '../../helpers/paths.ts'

/** What the files beside the traces say, as far as the container is concerned. */
interface Golden {
  readonly file_version: number
  readonly big_endian: boolean
  readonly long_size: number
  readonly page_size: number
  readonly compression: string
  readonly size: number
  readonly cpus: number | null
  readonly kernel: string
  readonly by_buffer: Readonly<
    Record<string, { readonly by_cpu: Readonly<Record<string, number>> }>
  >
}

const names = readdirSync(fixture('traces')).filter((name) => name.endsWith('.dat'))
t.ok(names.length >= 8, 'there are recordings')

const readGolden = (name: string): Golden =>
  JSON.parse(readFileSync(fixture('traces', name.replace(/dat$/, 'json')), 'utf8')) as Golden

/** Walks the heads of all sub-buffers of a file; returns what is wrong with them. */
const checkPages = (file: TraceFile, diagnostics: Diagnostics): string[] => {
  const wrong: string[] = []
  const { littleEndian, headerPage } = file
  for (const buffer of file.buffers) {
    for (const data of buffer.cpus) {
      const where = `${buffer.name}/${data.cpu}`
      const reader = openChunkReader(file, buffer, data, diagnostics)
      let last = 0n
      for (let size = reader.next(); size > 0; size = reader.next()) {
        const bytes = new Uint8Array(size)
        if (reader.read(bytes, 0) !== size) wrong.push(`${where}: short chunk ${reader.index}`)
        const view = new DataView(bytes.buffer)
        for (let at = 0; at < size; at += buffer.subBufferSize) {
          const time = view.getBigUint64(at, littleEndian)
          const high = headerPage.longSize === 8 && !littleEndian ? 4 : 0
          const used = view.getUint32(at + headerPage.commitOffset + high, littleEndian) & 0xfffff
          if (used > buffer.subBufferSize - headerPage.dataOffset)
            wrong.push(`${where}: ${used} used`)
          if (used > 0 && time < last) wrong.push(`${where}: time goes back`)
          if (used > 0) last = time
        }
      }
    }
  }
  return wrong
}

for (const name of names) {
  t.test(name, async (t) => {
    const golden = readGolden(name)
    const diagnostics = new Diagnostics(true)
    const file = openContainer(openFileSource(fixture('traces', name)), diagnostics)
    t.match(
      {
        file_version: file.version,
        big_endian: !file.littleEndian,
        long_size: file.userLongSize,
        page_size: file.pageSize,
        compression: `${file.compression.name} ${file.compression.version}`.trim(),
        size: file.source.size,
        cpus: file.cpuCount,
      },
      pick(golden),
    )
    // trace-cmd split copies no UNAME option.
    if (!name.includes('split'))
      t.ok(file.uname.includes(golden.kernel), `${file.uname} has ${golden.kernel}`)
    const expected = Object.entries(golden.by_buffer).flatMap(([buffer, { by_cpu }]) =>
      Object.keys(by_cpu).map((cpu) => `${buffer}/${cpu}`),
    )
    const found = file.buffers.flatMap(({ name, cpus }) => cpus.map(({ cpu }) => `${name}/${cpu}`))
    t.same(found.sort(), expected.sort(), 'CPUs with data')
    t.same(checkPages(file, diagnostics), [])
    t.ok(file.formats.some(({ system }) => system === 'ftrace'))
    t.ok(file.formats.every(({ text }) => text.startsWith('name: ')))
    t.match(Buffer.from(file.kallsyms()).toString('latin1'), /^[0-9a-f]+ [a-zA-Z] \S+/)
    t.match(Buffer.from(file.savedCmdlines()).toString('latin1'), /^\d+ .+\n/)
    t.same(diagnostics.list(), [])
    file.close()
  })
}

/** What both tell; the golden number of CPUs is null where the reference tool crashed. */
function pick({ cpus, ...golden }: Golden) {
  const { file_version, big_endian, long_size, page_size, compression, size } = golden
  const facts = { file_version, big_endian, long_size, page_size, compression, size }
  return cpus === null ? facts : { ...facts, cpus }
}
