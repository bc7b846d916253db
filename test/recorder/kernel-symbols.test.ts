import { readFileSync } from 'node:fs'
import t from 'tap'
import { readKallsyms } from '../../recorder/kernel-symbols.ts'

const read = (path: string): { text: string; notices: string[] } => {
  const notices: string[] = []
  return { text: readKallsyms(notices, path).toString('latin1'), notices }
}

t.test('symbols are taken as they are, however many', async (t) => {
  const line = 'ffffffff81000000 T a_function_of_the_kernel\t[module]\n'
  const many = `0000000000000000 A first\n${line.repeat(200_000)}`
  const { text, notices } = read(`${t.testdir({ many })}/many`)
  t.ok(text === many)
  t.same(notices, [])
})

t.test('hidden addresses, an empty list and a missing one are told', async (t) => {
  const folder = t.testdir({
    hidden: '0000000000000000 T one\n0000000000000000 t two\n',
    empty: '',
  })
  for (const name of ['hidden', 'empty']) {
    const { text, notices } = read(`${folder}/${name}`)
    t.equal(text, '')
    t.match(notices, [/hidden; sysctl kernel.kptr_restrict=1/], name)
  }
  t.match(read(`${folder}/none`), { text: '', notices: [/ENOENT/] })
})

t.test('those of this kernel', async (t) => {
  const { text, notices } = read('/proc/kallsyms')
  if (notices.length === 0) t.ok(text === readFileSync('/proc/kallsyms', 'latin1'))
  else t.equal(text, '')
})
