import t from 'tap'
import { DescriptorReplay, type Step } from '../../../analysis/files/fd-replay.ts'
import type { Arguments, Lives } from '../../../analysis/files/fd-state.ts'
import { fdTable } from '../../../analysis/files/fd-table.ts'

type Given = Partial<Omit<Step, 'args'>> & { args?: readonly (number | null)[] }

let clock = 0n
/** A step of thread 100, a ns after the last one. */
function step(given: Given): Step {
  clock += 1n
  const args = [0, 1, 2, 3, 4].map((i) => given.args?.[i] ?? null) as unknown as Arguments
  const fixed = { source: 0, at: clock, tid: 100, tgid: null, ret: null, path: null }
  return { ...fixed, what: 'call', name: given.what ?? 'call', ...given, args }
}
const call = (name: string, ret: number, args: (number | null)[] = [], more: Given = {}): Step =>
  step({ name, ret, args, ...more })
const open = (path: string, ret: number, flags = 0, more: Given = {}): Step =>
  call('openat', ret, [-100, null, flags], { path, ...more })
const close = (fd: number, more: Given = {}): Step => call('close', 0, [fd], more)

/** The lives that come out, as objects, in order of their ends. */
function replay(...steps: Step[]): Record<string, unknown>[] {
  const replay = new DescriptorReplay()
  const rows: Lives = []
  for (const one of steps) replay.step(one, rows)
  replay.end(rows)
  return rows.map((row) =>
    Object.fromEntries(fdTable.columns.map(({ name }, i) => [name, row[i] ?? null])),
  )
}
/** `fd kind path closed_by` of each life. */
function lives(...steps: Step[]): string[] {
  return replay(...steps).map((life) =>
    [life.fd, life.kind ?? '-', life.path ?? '-', life.closed_by ?? '-'].join(' '),
  )
}

t.test('a file is opened and closed', async (t) => {
  clock = 0n
  t.same(replay(open('/a', 3, 0x80000), close(3)), [
    {
      source: 0,
      tgid: 100,
      fd: 3,
      kind: 'file',
      path: '/a',
      family: null,
      type: null,
      protocol: null,
      cloexec: true,
      inferred: false,
      opened_by: 'openat',
      open_tid: 100,
      open_ts: 1n,
      close_tid: 100,
      close_ts: 2n,
      closed_by: 'close',
    },
  ])
})

t.test('what each call does', async (t) => {
  const cases: [what: string, steps: Step[], lives: string[]][] = [
    ['open at the end', [open('/a', 3)], ['3 file /a -']],
    ['closed, never seen to open', [close(7)], ['7 - - close']],
    [
      'given out again, closing not seen',
      [open('/a', 3), open('/b', 3)],
      ['3 file /a unseen', '3 file /b -'],
    ],
    [
      'dup copies, dup2 closes its target',
      [open('/a', 3), open('/b', 4), call('dup2', 4, [3, 4])],
      ['4 file /b dup2', '3 file /a -', '4 file /a -'],
    ],
    ['dup2 to itself does nothing', [open('/a', 3), call('dup2', 3, [3, 3])], ['3 file /a -']],
    ['dup', [open('/a', 3), call('dup', 4, [3])], ['3 file /a -', '4 file /a -']],
    [
      'fcntl F_DUPFD_CLOEXEC, then exec',
      [
        open('/a', 3),
        call('fcntl', 10, [3, 1030, 10]),
        step({ what: 'exec', name: 'exec', args: [100] }),
      ],
      ['10 file /a exec', '3 file /a -'],
    ],
    [
      'fcntl F_SETFD, then exec',
      [
        open('/a', 3),
        call('fcntl', 0, [3, 2, 1]),
        step({ what: 'exec', name: 'exec', args: [100] }),
      ],
      ['3 file /a exec'],
    ],
    [
      'pipe takes the two lowest free numbers',
      [open('/a', 3), open('/b', 4), close(3), call('pipe2', 0, [null, 0x80000])],
      ['3 file /a close', '4 file /b -', '3 pipe - -', '5 pipe - -'],
    ],
    [
      'a number given out tells that lower ones are in use',
      [open('/a', 5), call('pipe', 0)],
      ['5 file /a -', '6 pipe - -', '7 pipe - -'],
    ],
    [
      'standard input closed is free',
      [close(0), call('pipe', 0)],
      ['0 - - close', '0 pipe - -', '3 pipe - -'],
    ],
    [
      'close_range closes all, or marks for exec',
      [open('/a', 3), open('/b', 4), open('/c', 5), call('close_range', 0, [4, -1, 0])],
      ['4 file /b close_range', '5 file /c close_range', '3 file /a -'],
    ],
    [
      'close_range with CLOSE_RANGE_CLOEXEC',
      [
        open('/a', 3),
        call('close_range', 0, [3, -1, 4]),
        step({ what: 'exec', name: 'exec', args: [100] }),
      ],
      ['3 file /a exec'],
    ],
    [
      'relative paths start from the working directory or a descriptor',
      [
        call('chdir', 0, [], { path: '/var/log' }),
        open('../x', 3),
        open('/etc', 4),
        call('openat', 5, [4, null, 0], { path: './passwd' }),
        call('fchdir', 0, [4]),
        open('group', 6),
      ],
      [
        '-100 cwd /var/log fchdir',
        '3 file /var/x -',
        '4 file /etc -',
        '5 file /etc/passwd -',
        '-100 cwd /etc -',
        '6 file /etc/group -',
      ],
    ],
    ['relative to nothing known', [open('x', 3)], ['3 file x -']],
    ['signalfd on a descriptor changes it', [call('signalfd4', 3, [3, null, 8, 0])], []],
    ['bpf that opens nothing', [call('bpf', 0, [2])], []],
    ['bpf that loads', [call('bpf', 3, [5])], ['3 bpf - -']],
    [
      'socketcall',
      [call('socketcall', 3, [1]), call('socketcall', 0, [8])],
      ['3 socket - -', '4 socket - -', '5 socket - -'],
    ],
    ['the exit alone of an open', [call('openat', 3, [])], ['3 file - -']],
  ]
  for (const [what, steps, expected] of cases)
    t.same(lives(...steps).sort(), [...expected].sort(), what)
})

t.test('sockets', async (t) => {
  const rows = replay(
    call('socket', 3, [10, 0x80801, 6]),
    call('accept4', 4, [3, null, null, 0]),
    call('socketpair', 0, [1, 2, 0]),
  )
  t.match(rows, [
    { fd: 3, kind: 'socket', family: 10, type: 1, protocol: 6, cloexec: true, inferred: false },
    { fd: 4, kind: 'socket', family: 10, type: 1, protocol: 6, cloexec: false, inferred: false },
    { fd: 5, kind: 'socket', family: 1, type: 2, protocol: 0, cloexec: false, inferred: true },
    { fd: 6, kind: 'socket', family: 1, type: 2, protocol: 0, cloexec: false, inferred: true },
  ])
})

t.test('processes and threads', async (t) => {
  const fork = (tid: number, shares: number | null, tgid: number | null = null): Step =>
    step({ what: 'task', name: 'fork', tid, tgid, args: [100, shares] })
  const exit = (tid: number, isLast: number | null): Step =>
    step({ what: 'exit', name: 'exit', tid, args: [isLast] })
  const by = (rows: Record<string, unknown>[]): unknown[] =>
    rows.map(({ tgid, fd, opened_by, closed_by }) => `${tgid} ${fd} ${opened_by} ${closed_by}`)
  t.same(
    by(replay(open('/a', 3), fork(101, 0), close(3, { tid: 101 }), exit(101, 1))),
    ['101 3 fork close', '100 3 openat null'],
    'a child has copies',
  )
  t.same(
    by(replay(open('/a', 3), fork(101, 1), open('/b', 4, 0, { tid: 101 }), exit(101, 0))),
    ['100 3 openat null', '100 4 openat null'],
    'threads share, and the last one closes',
  )
  t.same(
    by(replay(open('/a', 3), fork(101, 1), exit(100, null), exit(101, null))),
    ['100 3 openat exit'],
    'without the field, the last known thread',
  )
  t.same(
    by(replay(open('/a', 3), fork(101, null, 100), open('/b', 4, 0, { tid: 101 }))),
    ['100 3 openat null', '100 4 openat null'],
    'a fork without flags makes a thread where the process is the same',
  )
  t.same(
    by(replay(open('/a', 3, 0, { tid: 101, tgid: 100 }), close(3))),
    ['100 3 openat close'],
    'threads of a process from before the recording share',
  )
  t.same(
    by(
      replay(
        open('/a', 3, 0x80000),
        fork(101, 1),
        step({ what: 'exec', name: 'exec', tid: 100, args: [101] }),
      ),
    ),
    ['100 3 openat exec'],
    'a thread that execs takes over its process',
  )
})

t.test('what was open before the recording', async (t) => {
  const had = (fd: number, path: string, cloexec: number | null = 0): Step =>
    step({ what: 'had', name: 'had', args: [fd, cloexec], path })
  t.same(
    lives(
      had(0, '/dev/null'),
      had(1, 'pipe:[12]'),
      had(2, 'socket:[13]'),
      had(3, 'anon_inode:[eventpoll]'),
      had(4, '/memfd:x (deleted)'),
      had(5, 'anon_inode:inotify', 1),
      step({ what: 'exec', name: 'exec', args: [100] }),
      close(0),
    ),
    [
      '5 inotify - exec',
      '0 file /dev/null close',
      '1 pipe - -',
      '2 socket - -',
      '3 epoll - -',
      '4 memfd /memfd:x (deleted) -',
    ],
  )
})

t.test('numbers beyond belief cost nothing', async (t) => {
  t.same(lives(open('/a', 2 ** 31 - 1), call('pipe', 0)), [
    '2147483647 file /a -',
    '3 pipe - -',
    '4 pipe - -',
  ])
  t.same(lives(call('close_range', 0, [0, -1, 0]), call('dup3', 5, [null, 5, 0])), [])
})
