import { CommanderError } from 'commander'
import t from 'tap'
import { errorText, exitStatus } from '../../cli/exit.ts'
import { ERROR_EXIT, TraceError } from '../../parser/error.ts'

t.test('every code has the status of its family', async (t) => {
  for (const [code, status] of Object.entries(ERROR_EXIT)) {
    t.equal(exitStatus(new TraceError(code as keyof typeof ERROR_EXIT, 'x')), status, code)
  }
  t.equal(exitStatus(new Error('x')), 70)
  t.equal(exitStatus('x'), 70)
  t.equal(exitStatus(new CommanderError(1, 'commander.unknownOption', 'error: x')), 2)
  t.equal(exitStatus(new CommanderError(0, 'commander.helpDisplayed', '(outputHelp)')), 0)
})

t.test('an error is what with its place, and what to do', async (t) => {
  const error = new TraceError('ERR_RING_LENGTH', 'record of 9 bytes in 4', {
    where: { file: 'a.dat', offset: 4096, cpu: 3, instance: 'net', event: 'kmem:kmalloc' },
    hint: 'leave out\n  --strict',
  })
  t.equal(
    errorText(error),
    'traceduck: record of 9 bytes in 4 (a.dat, offset 4096, instance net, CPU 3, kmem:kmalloc)\nleave out --strict\n',
  )
  t.equal(errorText(new TraceError('ERR_SQL', 'two\nlines')), 'traceduck: two lines\n')
  t.equal(
    errorText(
      new TraceError('ERR_TRACE_OPEN', 'a.dat: no such file', { where: { file: 'a.dat' } }),
    ),
    'traceduck: a.dat: no such file\n',
  )
})

t.test('a bug says so, and has a stack only when asked', async (t) => {
  const text = errorText(new TypeError('undefined is not'))
  t.match(text, /^traceduck: bug: undefined is not\n[^\n]*TRACEDUCK_DEBUG=1[^\n]*\n$/)
  process.env.TRACEDUCK_DEBUG = '1'
  t.teardown(() => delete process.env.TRACEDUCK_DEBUG)
  t.match(errorText(new TypeError('undefined is not')), /\n {4}at /)
  const caused = new TraceError('ERR_SQL', 'x', { cause: new Error('inner') })
  t.match(errorText(caused), /caused by Error: inner/)
})

t.test('usage errors keep their suggestion', async (t) => {
  const error = new CommanderError(
    1,
    'commander.unknownCommand',
    "error: unknown command 'sqk'\n(Did you mean sql?)",
  )
  t.equal(errorText(error), "traceduck: unknown command 'sqk'\ndid you mean sql?\n")
  t.equal(errorText(new CommanderError(0, 'commander.version', '0.1.0')), '')
})
