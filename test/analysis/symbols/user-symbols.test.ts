// Names of user functions from ELF files made by hand: only from files that are the recorded ones.
import { statSync, utimesSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import t from 'tap'
import { makeElf } from '../../helpers/make-elf.ts'
import { makeDatabase, select } from '../../queries/given.ts'

const folder = t.testdir()
const symbols = [
  { name: 'one', value: 0x401000, size: 0x10 },
  { name: 'two', value: 0x401010, size: 0x1ff0 },
  { name: 'inner', value: 0x401020, size: 8, table: 'symtab' as const },
]
const ID = '00112233445566778899aabbccddeeff00112233'
const put = (name: string, buildId?: string): string => {
  const path = `${folder}/${name}`
  writeFileSync(path, makeElf({ symbols, codeSize: 0x2100, ...(buildId ? { buildId } : {}) }))
  return path
}
const withId = put('with-id', ID)
const plain = put('plain')
const older = put('older')
const { size, mtimeNs } = statSync(plain, { bigint: true })
utimesSync(older, 1, 1)
const text = `${folder}/text`
writeFileSync(text, 'no program')

/** Each process has one file mapped at 0x10000, from the file's 0x1000 on. */
const files: [tgid: number, path: string, identities: [string | null, bigint | null][]][] = [
  [1, withId, [[ID, null]]],
  [2, withId, [['ff'.repeat(20), null]]],
  [3, plain, [[null, mtimeNs]]],
  [4, older, [[null, mtimeNs]]],
  [5, `${folder}/gone`, [[ID, null]]],
  [6, text, [[ID, null]]],
]
const sqlOf = (source: number, [tgid, path, identities]: (typeof files)[number]): string[] => [
  `insert into meta.process_maps values (${source}, ${tgid}, 65536, 131072, 4096, '${path}', null, null)`,
  ...identities.map(
    ([id, time]) =>
      `insert into meta.mapped_files values (${source}, '${path}', ${id === null ? 'null' : `'${id}'`}, ${time === null ? 'null' : size}, ${time})`,
  ),
]

t.test('places in processes', async (t) => {
  const [first, ...others] = files
  const database = await makeDatabase({
    tables: {},
    files: ['a.dat', 'b.dat', 'c.dat', 'd.dat'],
    sql: [
      ...[first!, ...others.slice(1)].flatMap((file) => sqlOf(0, file)),
      ...sqlOf(1, others[0]!),
      ...sqlOf(2, [
        7,
        withId,
        [
          [ID, null],
          ['ff'.repeat(20), null],
        ],
      ]),
      ...sqlOf(3, [8, withId, []]),
      ...sqlOf(0, [9, put('elsewhere'), []]),
      ...sqlOf(0, [10, put('container'), [[null, null]]]),
      `update meta.sources set host = '${hostname()}' where source = 3`,
      `update meta.sources set host = 'another than ${hostname()}' where source = 0`,
    ],
  })
  t.teardown(() => database.close())
  const places = async (macro: string, tgid: number, source: number, at: number) =>
    (await select(database, `select ${macro}(${at}::ubigint, ${tgid}, ${source}, 5) as p`))[0]!.p
  const cases: [number, number, number, string][] = [
    [1, 0, 0x10000, 'with-id:one'],
    [1, 0, 0x1000f, 'with-id:one+0xf'],
    [1, 0, 0x10010, 'with-id:two'],
    [1, 0, 0x10022, 'with-id:inner+0x2'],
    [1, 0, 0x10028, 'with-id:two+0x18'],
    [1, 0, 0x11fff, 'with-id:two+0x1fef'],
    [1, 0, 0x12000, 'with-id+0x3000'],
    [2, 1, 0x10000, 'with-id+0x1000'],
    [3, 0, 0x10000, 'plain:one'],
    [4, 0, 0x10000, 'older+0x1000'],
    [5, 0, 0x10000, 'gone+0x1000'],
    [6, 0, 0x10000, 'text+0x1000'],
    [7, 2, 0x10000, 'with-id+0x1000'],
    [8, 3, 0x10004, 'with-id:one+0x4?'],
    [9, 0, 0x10000, 'elsewhere+0x1000'],
    [10, 0, 0x10000, 'container+0x1000'],
  ]
  for (const [tgid, source, address, place] of cases)
    t.equal(await places('user_sym', tgid, source, address), place, `${tgid} ${address}`)
  t.equal(await places('user_caller', 1, 0, 0x10010), 'with-id:one+0x10', 'a call at its end')
  t.equal(await places('user_caller', 1, 0, 0x10000), 'with-id+0x1000', 'before all functions')
  const frames = `user_frames([65552, 65554, 65544, 0]::ubigint[], 65568, 1, 0, 5)::varchar`
  t.equal(
    (await select(database, `select ${frames} as f`))[0]!.f,
    `['with-id:two', 'with-id:two+0x10', 'with-id:two+0x2', 'with-id:one+0x8']`,
  )
  const named = `select place_file(p) as f from (values ('a.so:b/c:d+0x1?'), ('a.so+0x1'), ('vfs_read+0x2'), ('<unknown>'), ('0x12')) t(p)`
  t.same(
    (await select(database, named)).map(({ f }) => f),
    ['a.so', 'a.so', 'vfs_read', '<unknown>', '0x12'],
  )
})
