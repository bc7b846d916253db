/** Replays the calls and deaths of processes in time order, and tells the lives of descriptors. */
import { copyCloexec, copyOf, descriptor, openedBy, pairEnd, socketCallKind } from './fd-calls.ts'
import { AT_FDCWD, type Call, type Descriptor, DescriptorTable, type Lives } from './fd-state.ts'

/** A step of the replay, one row of the `select` of fd_table. */
export interface Step extends Call {
  /**
   * `had`: a descriptor from before the recording. `task`: a thread begins, of thread args[0],
   * sharing its descriptors if args[1] is 1. `exec`: args[0] is the thread that called. `exit`:
   * args[0] is 1 for the last thread of its process.
   */
  readonly what: 'had' | 'task' | 'call' | 'exec' | 'exit'
  readonly tgid: number | null
}

/** Tables of descriptors of all processes of the buffers of a recording. */
export class DescriptorReplay {
  readonly #tables = new Map<number, DescriptorTable>()

  #tableOf(source: number, tid: number, tgid: number | null): DescriptorTable {
    const known = this.#tables.get(key(source, tid))
    if (known) return known
    const owner = tgid ?? tid
    const table = this.#tables.get(key(source, owner)) ?? new DescriptorTable(source, owner)
    this.#put(table, tid)
    if (!this.#tables.has(key(source, owner))) this.#tables.set(key(source, owner), table)
    return table
  }

  /** Takes the next step; adds the lives that it ends. */
  step(step: Step, lives: Lives): void {
    switch (step.what) {
      case 'had':
        this.#had(step, lives)
        return
      case 'task':
        this.#begin(step)
        return
      case 'exec':
        this.#exec(step, lives)
        return
      case 'exit':
        this.#exit(step, lives)
        return
      case 'call':
        call(this.#tableOf(step.source, step.tid, step.tgid), step, lives)
        return
    }
  }

  /** Adds what is open at the end. */
  end(lives: Lives): void {
    for (const table of new Set(this.#tables.values()))
      table.closeAll({ tid: null, ts: null, by: null }, () => true, lives)
    this.#tables.clear()
  }

  #had(step: Step, lives: Lives): void {
    const table = this.#tableOf(step.source, step.tgid ?? step.tid, step.tgid)
    const [fd, cloexec] = step.args
    if (fd === null) return
    const had = {
      ...descriptor(step, kindOf(step.path), cloexec === null ? null : cloexec === 1),
      path: step.path?.startsWith('/') ? step.path : null,
      openedBy: null,
      openTid: null,
      openTs: null,
    }
    table.set(fd, had, { tid: null, ts: null, by: null }, lives)
  }

  #begin({ source, tid, tgid, args, at }: Step): void {
    const [parent, shares] = args
    if (parent === null) return
    const from = this.#tableOf(source, parent, null)
    const sameProcess = tgid !== null && tgid !== tid && tgid === from.owner
    if (shares === 1 || (shares === null && sameProcess)) {
      from.threads.add(tid)
      if (!sameProcess && tgid !== null) from.isShared = true
      this.#tables.set(key(source, tid), from)
    } else this.#put(from.copy(tid, tid, at), tid)
  }

  #exec({ source, tid, args, at, name, tgid }: Step, lives: Lives): void {
    const caller = args[0] ?? tid
    let table = this.#tableOf(source, caller, tgid)
    if (table.isShared && table.threads.size > 1) {
      table.threads.delete(caller)
      table = table.copy(tid, tid, at)
    }
    table.threads.clear()
    this.#put(table, tid)
    table.closeAll({ tid, ts: at, by: name }, (_, { cloexec }) => cloexec === true, lives)
    table.forgetTaken(3)
  }

  #exit({ source, tid, tgid, args, at, name }: Step, lives: Lives): void {
    const table = this.#tableOf(source, tid, tgid)
    const isLast = args[0]
    this.#tables.delete(key(source, tid))
    table.threads.delete(tid)
    const isOver = table.isShared || isLast === null ? table.threads.size === 0 : isLast === 1
    if (!isOver) return
    for (const thread of table.threads) this.#tables.delete(key(source, thread))
    this.#tables.delete(key(source, table.owner))
    table.closeAll({ tid, ts: at, by: name }, () => true, lives)
  }

  #put(table: DescriptorTable, tid: number): void {
    table.threads.add(tid)
    this.#tables.set(key(table.source, tid), table)
  }
}

/** A number given out again, whose closing is not in the recording. */
const UNSEEN = { tid: null, ts: null, by: 'unseen' }

function key(source: number, tid: number): number {
  return source * 2 ** 32 + tid
}

function call(table: DescriptorTable, step: Step, lives: Lives): void {
  const { args, ret, tid, at, name } = step
  const [a1, a2, a3] = args
  const ending = { tid, ts: at, by: name }
  switch (name) {
    case 'close':
      if (a1 !== null) table.close(a1, ending, lives)
      return
    case 'close_range':
      closeRange(table, step, lives)
      return
    case 'dup2':
    case 'dup3':
      if (a1 !== null && a1 !== a2 && ret !== null)
        table.set(ret, copyOf(step, table.get(a1), copyCloexec(step)), ending, lives)
      return
    case 'fcntl':
    case 'fcntl64':
      if (a2 === 2 && a1 !== null) table.setCloexec(a1, ((a3 ?? 0) & 1) !== 0)
      else if (a2 !== 2 && a1 !== null && ret !== null)
        table.set(ret, copyOf(step, table.get(a1), copyCloexec(step)), UNSEEN, lives)
      return
    case 'pipe':
    case 'pipe2':
    case 'socketpair':
      openPair(table, step, lives)
      return
    case 'chdir':
    case 'fchdir':
      changeDirectory(table, step, lives)
      return
    case 'socketcall': {
      const kind = socketCallKind(args)
      if (kind === 'pair') openPair(table, step, lives)
      else if (kind === 'socket') open(table, step, descriptor(step, 'socket', null), lives)
      return
    }
    default:
      open(table, step, openedBy(step, table.get(a1)), lives)
      return
  }
}

function open(
  table: DescriptorTable,
  call: Step,
  opened: Descriptor | undefined,
  lives: Lives,
): void {
  const { ret, path, name, args } = call
  if (ret === null || ret < 0 || opened === undefined) return
  const named =
    name === 'memfd_create' || name === 'mq_open' ? path : table.resolve(path, startOf(name, args))
  table.concludeTaken(ret)
  table.set(ret, path === null ? opened : { ...opened, path: named }, UNSEEN, lives)
}

/** The descriptor of the directory that a path of a call is relative to. */
function startOf(name: string, args: Call['args']): number {
  const isRelative =
    name === 'openat' || name === 'openat2' || name === 'open_tree' || name === 'fspick'
  return isRelative ? (args[0] ?? -1) : AT_FDCWD
}

function openPair(table: DescriptorTable, call: Step, lives: Lives): void {
  for (let end = 0; end < 2; end++) table.set(table.lowestFree(), pairEnd(call), UNSEEN, lives)
}

function closeRange(table: DescriptorTable, { args, tid, at, name }: Step, lives: Lives): void {
  const first = args[0]
  if (first === null || first < 0) return
  const last = args[1] === null || args[1] < 0 ? Number.POSITIVE_INFINITY : args[1]
  const CLOEXEC = 4
  if (((args[2] ?? 0) & CLOEXEC) !== 0) {
    for (const fd of table.numbers()) if (fd >= first && fd <= last) table.setCloexec(fd, true)
    return
  }
  table.closeAll({ tid, ts: at, by: name }, (fd) => fd >= first && fd <= last, lives)
  table.forgetTaken(first)
}

function changeDirectory(table: DescriptorTable, call: Step, lives: Lives): void {
  const { name, args, path, tid, at } = call
  const to = name === 'chdir' ? table.resolve(path, AT_FDCWD) : (table.get(args[0])?.path ?? null)
  const known = to?.startsWith('/') ? to : null
  const cwd = { ...descriptor(call, 'cwd', false), path: known }
  table.set(AT_FDCWD, cwd, { tid, ts: at, by: name }, lives)
}

/** The kind of what `/proc/PID/fd` shows. */
function kindOf(target: string | null): string | null {
  if (target === null) return null
  if (target.startsWith('/memfd:')) return 'memfd'
  if (target.startsWith('/')) return 'file'
  const [, scheme = '', name = ''] = /^(\w+):\[?([^\]]*)/.exec(target) ?? []
  if (scheme === 'socket' || scheme === 'pipe') return scheme
  if (scheme !== 'anon_inode') return null
  const plain = name.replace(/^\[/, '')
  return PROC_KINDS[plain] ?? plain
}

/** Names in `/proc/PID/fd` that differ from ours. */
const PROC_KINDS: Readonly<Record<string, string>> = {
  eventpoll: 'epoll',
  'bpf-map': 'bpf',
  'bpf-prog': 'bpf',
  'bpf-link': 'bpf',
}
