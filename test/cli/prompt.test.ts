import { spawn, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { main } from '../helpers/cli.ts'
import { fixture } from '../helpers/paths.ts'

t.setTimeout(280_000)

const trace = fixture('reports', 'icmp-ping-default.dat')
const hasTerminal = spawnSync('script', ['--version']).status === 0

/** A conversation on a terminal: each line is typed once the text before it has appeared. */
async function converse(
  state: string,
  turns: readonly [seen: RegExp, type: string][],
): Promise<string> {
  const command = `'${process.execPath}' '${main}' sql '${trace}'`
  const child = spawn('script', ['-qec', command, '/dev/null'], {
    env: { ...process.env, XDG_STATE_HOME: state, TERM: 'xterm', NO_COLOR: '1' },
  })
  let all = ''
  let fresh = ''
  let turn = 0
  const step = (text: string) => {
    all += text
    fresh += text
    const next = turns[turn]
    if (!next?.[0].test(fresh)) return
    fresh = ''
    turn++
    child.stdin.write(next[1])
  }
  child.stdout.setEncoding('utf8').on('data', step)
  const patience = setTimeout(() => child.kill('SIGKILL'), 100_000)
  await new Promise((resolve) => child.on('exit', resolve))
  clearTimeout(patience)
  if (turn < turns.length) throw new Error(`waited in vain for ${turns[turn]![0]} after: ${all}`)
  return all
}

t.test(
  'the prompt',
  { skip: hasTerminal ? false : 'no script(1) to make a terminal' },
  async (t) => {
    const state = t.testdir({})
    const text = await converse(state, [
      [/traceduck> /, 'select 40\r'],
      [/\.\.\.> /, '+ 2 as answer;\r'],
      [/│ +42 │[\s\S]*traceduck> /, 'select count(*) from range(1000000000000) a;\r'],
      [/a;/, '\u0003'],
      [/interrupted[\s\S]*traceduck> /, 'nonsense;\r'],
      [/Parser Error[\s\S]*traceduck> /, 'select 1 as\u0003'],
      [/traceduck> /, '.tables kmem.kmal*\r'],
      [/kmem\.kmalloc[\s\S]*traceduck> /, '\u0004'],
    ])
    t.match(text, /│ +42 │/)
    t.match(text, /interrupted/)
    t.match(text, /traceduck: line 1: Parser Error/)
    const history = readFileSync(join(state, 'traceduck/history'), 'utf8')
    t.match(history, /^select 40\n\+ 2 as answer;\nselect count/)
    const again = await converse(state, [
      [/traceduck> /, '\u001b[A'],
      [/\.tables kmem/, '\u0015.quit\r'],
    ])
    t.match(again, /\.tables kmem/, 'history lives on')
  },
)
