import { readFileSync } from 'node:fs'
import t from 'tap'
import { ERROR_EXIT } from '../../parser/error.ts'
import { listQueries } from '../../queries/index.ts'
import { traceduck } from '../helpers/cli.ts'
import { fixture } from '../helpers/paths.ts'

t.setTimeout(280_000)

const trace = fixture('reports', 'icmp-ping-default.dat')
const sched = fixture('traces', 'amd64-6.1-clk-tai.dat')

interface Listed {
  readonly report: string
  readonly missing: string | null
  readonly record: string
}

t.test('lists', async (t) => {
  const all = JSON.parse(traceduck(['run', '--list', '--format', 'json']).out) as Listed[]
  t.same(
    all.map(({ report }) => report),
    listQueries().map(({ name }) => name),
  )
  const here = JSON.parse(traceduck(['run', trace, '--format', 'json']).out) as Listed[]
  t.equal(here.length, all.length)
  const missing = here.map((one) => one.missing)
  t.same(missing, [
    ...missing.filter((text) => text === null),
    ...missing.filter((text) => text?.startsWith('needs ')),
  ])
  for (const name of ['alloc-sizes', 'icmp-allocs'])
    t.equal(here.find(({ report }) => report === name)?.missing, null, name)
  const there = traceduck(['run', sched])
  t.equal(there.status, 0)
  t.match(there.out, /^alloc-sizes,.*,"?needs kmem:kmalloc or .*,--preset memory$/m)
})

t.test('a list for people: what can be answered, and what would record the rest', async (t) => {
  const { out, status } = traceduck(['run', sched, '--format', 'table'])
  t.equal(status, 0)
  t.match(
    out,
    /\nrecord with --preset memory for\n( {2}\S.*\n)* {2}alloc-sizes .*kernel allocations/,
  )
  const lossy = traceduck(['run', fixture('traces', 'amd64-6.12-lost-v7.dat'), '--format', 'table'])
  t.match(lossy.err, /\nwarning: CPU \d+ lost [^\n]*lower bounds\n/)
})

t.test('help of a report comes from its file', async (t) => {
  const { out, status } = traceduck(['run', 'icmp-allocs', '--help'])
  t.equal(status, 0)
  t.match(out, /over integer = 64/)
  t.match(out, /syscalls:sys_enter_sendto or syscalls:sys_enter_sendmsg/)
  t.match(traceduck(['run', '--help']).out, /^Usage: traceduck run \[options\] \[NAME\] FILE/)
})

t.test('what cannot be answered is said in one line', async (t) => {
  const missing = traceduck(['run', 'alloc-sizes', sched])
  t.equal(missing.status, ERROR_EXIT.ERR_NOT_RECORDED)
  t.equal(missing.out, '')
  t.match(
    missing.err,
    /\ntraceduck: needs kmem:kmalloc or kmem:kmalloc_node or kmem:kmem_cache_alloc or kmem:kmem_cache_alloc_node - not in this recording; record with --preset memory\n$/,
  )
  const unknown = traceduck(['run', 'icmp', trace])
  t.equal(unknown.status, ERROR_EXIT.ERR_QUERY_UNKNOWN)
  t.match(unknown.err, /there is no report icmp\ndid you mean icmp-allocs\?\n$/)
  for (const param of ['over=x', 'nope=1', 'over']) {
    t.equal(
      traceduck(['run', 'icmp-allocs', trace, '--param', param]).status,
      ERROR_EXIT.ERR_QUERY_PARAM,
      param,
    )
  }
})

t.test('every example of a report’s help runs', async (t) => {
  for (const name of ['alloc-sizes', 'icmp-allocs']) {
    const help = traceduck(['run', name, '--help']).out
    const lines = help.split('\nExamples:\n')[1]!.trim().split('\n')
    for (const line of lines) {
      const args = line
        .trim()
        .split(' ')
        .slice(1)
        .map((word) => (word === 'trace.dat' ? trace : word))
      t.equal(traceduck(args).status, 0, line)
    }
  }
})

t.test('the documentation of reports is current', async (t) => {
  const { spawnSync } = await import('node:child_process')
  const { root } = await import('../helpers/paths.ts')
  const done = spawnSync(process.execPath, [`${root}scripts/queries-docs.mjs`, '--check'], {
    encoding: 'utf8',
  })
  t.equal(done.stderr, '')
  t.equal(done.status, 0)
  t.match(readFileSync(`${root}docs/queries.md`, 'utf8'), '## `icmp-allocs`')
})
