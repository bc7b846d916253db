import { statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { databaseCandidates, databasePath, staleReason } from '../../library/database-path.ts'

t.test('where a database is', async (t) => {
  t.equal(databasePath('a/trace.dat'), 'a/trace.duckdb')
  t.equal(databasePath('trace'), 'trace.duckdb')
  t.equal(databasePath('trace.dat.old'), 'trace.dat.old.duckdb')
  const folder = t.testdir({
    'x.dat': '',
    'x.dat.duckdb': '',
    'y.dat': '',
    'y.duckdb': '',
    'z.dat': '',
    'z.duckdb': {},
  })
  t.same(databaseCandidates(join(folder, 'x.dat')), [join(folder, 'x.dat.duckdb')])
  t.same(databaseCandidates(join(folder, 'y.dat')), [join(folder, 'y.duckdb')])
  t.same(databaseCandidates(join(folder, 'z.dat')), [], 'a folder is no database')
})

t.test('when a database no longer stands for the file', async (t) => {
  const file = join(t.testdir({ 'x.dat': 'abc' }), 'x.dat')
  const { size, mtimeNs } = statSync(file, { bigint: true })
  const fresh = { file, size, mtimeNs, schemaVersion: 1, whole: true }
  t.equal(staleReason(file, [fresh], 1), undefined)
  t.equal(
    staleReason(file, [{ ...fresh, file: '/elsewhere/x.dat' }], 1),
    undefined,
    'folders may move',
  )
  t.match(staleReason(file, [], 1), 'not of this trace')
  t.match(staleReason(file, [fresh, fresh], 1), 'not of this trace')
  t.match(staleReason(file, [{ ...fresh, file: 'y.dat' }], 1), 'y.dat')
  t.match(staleReason(file, [{ ...fresh, whole: false }], 1), 'selection')
  t.match(staleReason(file, [fresh], 2), 'another version')
  t.match(staleReason(file, [{ ...fresh, mtimeNs: mtimeNs + 1n }], 1), 'older')
  writeFileSync(file, 'abcd')
  t.match(staleReason(file, [fresh], 1), 'older')
})
