import { readFileSync } from 'node:fs'
import t from 'tap'
import { readUnsized } from '../../recorder/unsized-file.ts'

t.test('files of any size, each in bytes of its own', async (t) => {
  const files = { empty: '', small: 'a\n', large: 'xyz'.repeat(200_000), again: 'b\n' }
  const folder = t.testdir(files)
  const read = Object.keys(files).map((name) => readUnsized(`${folder}/${name}`))
  t.same(
    read.map((bytes) => bytes.toString()),
    Object.values(files),
  )
  t.throws(() => readUnsized(`${folder}/none`), { code: 'ENOENT' })
  t.throws(() => readUnsized(folder), { code: 'EISDIR' })
})

const skip = process.platform === 'linux' ? false : 'needs /proc'
t.test('a file that the kernel makes up', { skip }, async (t) => {
  const path = '/proc/filesystems'
  t.equal(readUnsized(path).toString(), readFileSync(path, 'utf8'))
})
