import { readFileSync } from 'node:fs'
import t from 'tap'
import { countRecords } from '../../../parser/container/page-records.ts'
import { openBytes } from '../../helpers/open-bytes.ts'
import { LAYOUT, PageBuilder, type PageLayout } from '../../helpers/page-builder.ts'
import { fixture } from '../../helpers/paths.ts'
import { walkPage } from '../../helpers/reference-page.ts'
import { readReference, referencePages } from '../../helpers/reference-reader.ts'

const shapeOf = ({ longSize, dataOffset, pageSize }: PageLayout) => ({
  longSize,
  commitOffset: 8,
  dataOffset,
  dataSize: pageSize - dataOffset,
})

const LAYOUTS: readonly PageLayout[] = [
  LAYOUT,
  { ...LAYOUT, littleEndian: false },
  { ...LAYOUT, longSize: 4, dataOffset: 12 },
  { ...LAYOUT, littleEndian: false, longSize: 4, dataOffset: 16 },
]

for (const layout of LAYOUTS) {
  const { littleEndian } = layout
  const page = shapeOf(layout)
  const every = (): PageBuilder =>
    new PageBuilder(1000n, layout)
      .data(1, new Uint8Array(12))
      .extend(1n << 40n)
      .data(2, new Uint8Array(200))
      .discarded(3, 20)
      .stamp(1n << 50n)
      .data(4, new Uint8Array(13))

  t.test(`every form of record, ${JSON.stringify(layout)}`, async (t) => {
    const built = every()
    const { committed } = built
    const bytes = built.finish()
    t.same(countRecords(bytes, littleEndian, page), {
      records: 3,
      used: committed,
      claimed: committed,
      whole: true,
    })
    const padded = every().endPadding(40).finish()
    t.match(countRecords(padded, littleEndian, page), { records: 3, used: committed, whole: true })
  })

  t.test(`cut at every byte, ${JSON.stringify(layout)}`, async (t) => {
    const bytes = every().finish()
    const ends = [layout.dataOffset + 16, layout.dataOffset + 16 + 8 + 208]
    for (let size = 0; size < ends[1]! + 8; size++) {
      const { records, used, whole } = countRecords(bytes.subarray(0, size), littleEndian, page)
      const there = ends.filter((end) => end <= size)
      if (
        records !== there.length ||
        whole ||
        used !== (there.at(-1) ?? page.dataOffset) - page.dataOffset
      ) {
        t.fail(`${records} records of ${used} bytes in the first ${size}`)
      }
    }
    t.pass('records that are there as a whole')
  })
}

t.test('lengths that cannot be', async (t) => {
  for (const length of [0, 3, 5000, 0xffffffff]) {
    const bytes = new PageBuilder(1n).data(0, [1, 2, 3, 4]).rawLength(0, length, [1]).finish()
    const found = countRecords(bytes, true, shapeOf(LAYOUT))
    t.match(found, { records: 1, used: 8, whole: false }, String(length))
  }
})

for (const name of ['amd64-6.12-lost-v7', 's390x-6.1-abs-ts-v6', 'armhf-7.2-ev-v7-zstd']) {
  t.test(`as many as the independent reader finds: ${name}`, async (t) => {
    const bytes = readFileSync(fixture(`traces/${name}.dat`))
    const trace = readReference(bytes)
    const { headerPage } = openBytes(bytes).file
    for (const buffer of trace.buffers) {
      for (const cpu of buffer.cpus) {
        for (const page of referencePages(trace, buffer, cpu)) {
          const expected = [...walkPage(page, trace)].length
          const { records, whole } = countRecords(page, trace.littleEndian, headerPage)
          t.ok(records === expected && whole, `${records} of ${expected}`)
        }
      }
    }
  })
}
