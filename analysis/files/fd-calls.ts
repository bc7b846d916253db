/**
 * What successful system calls do to a table of descriptors. Numbers are those of the generic Linux
 * ABI (include/uapi/asm-generic/fcntl.h, linux/net.h): O_CLOEXEC and SOCK_CLOEXEC are 0x80000 on
 * x86, ARM, POWER, s390 and RISC-V.
 */
import type { Call, Descriptor } from './fd-state.ts'

const O_CLOEXEC = 0x80000
const SOCK_TYPE_MASK = 0xf

/** Calls that return the lowest free number, and what it then is. */
interface Opener {
  readonly kind: string | null
  /** Whether exec closes it; NULL if the arguments do not say. */
  readonly cloexec: (args: Call['args']) => boolean | null
}

const always = (): boolean => true
const never = (): boolean => false
const unknown = (): null => null
const flag =
  (index: number, bit: number = O_CLOEXEC) =>
  (args: Call['args']): boolean | null => {
    const flags = args[index - 1] ?? null
    return flags === null ? null : (flags & bit) !== 0
  }

const OPENERS: Readonly<Record<string, Opener>> = {
  open: { kind: 'file', cloexec: flag(2) },
  openat: { kind: 'file', cloexec: flag(3) },
  openat2: { kind: 'file', cloexec: unknown },
  creat: { kind: 'file', cloexec: never },
  open_by_handle_at: { kind: 'file', cloexec: flag(3) },
  socket: { kind: 'socket', cloexec: flag(2) },
  accept: { kind: 'socket', cloexec: never },
  accept4: { kind: 'socket', cloexec: flag(4) },
  dup: { kind: null, cloexec: never },
  eventfd: { kind: 'eventfd', cloexec: never },
  eventfd2: { kind: 'eventfd', cloexec: flag(2) },
  epoll_create: { kind: 'epoll', cloexec: never },
  epoll_create1: { kind: 'epoll', cloexec: flag(1) },
  timerfd_create: { kind: 'timerfd', cloexec: flag(2) },
  signalfd: { kind: 'signalfd', cloexec: never },
  signalfd4: { kind: 'signalfd', cloexec: flag(4) },
  memfd_create: { kind: 'memfd', cloexec: flag(2, 1) },
  memfd_secret: { kind: 'memfd', cloexec: flag(1) },
  inotify_init: { kind: 'inotify', cloexec: never },
  inotify_init1: { kind: 'inotify', cloexec: flag(1) },
  fanotify_init: { kind: 'fanotify', cloexec: flag(1, 1) },
  pidfd_open: { kind: 'pidfd', cloexec: always },
  pidfd_getfd: { kind: null, cloexec: always },
  userfaultfd: { kind: 'userfaultfd', cloexec: flag(1) },
  io_uring_setup: { kind: 'io_uring', cloexec: always },
  perf_event_open: { kind: 'perf_event', cloexec: flag(5, 8) },
  mq_open: { kind: 'mqueue', cloexec: flag(2) },
  bpf: { kind: 'bpf', cloexec: always },
  fsopen: { kind: 'mount', cloexec: flag(2, 1) },
  fspick: { kind: 'mount', cloexec: flag(3, 1) },
  fsmount: { kind: 'mount', cloexec: flag(2, 1) },
  open_tree: { kind: 'mount', cloexec: flag(3) },
  landlock_create_ruleset: { kind: 'landlock', cloexec: always },
}

/** Calls with a path that says what a descriptor, or the working directory, is. */
export const PATH_CALLS: readonly string[] = [
  ...['open', 'openat', 'openat2', 'creat', 'mq_open', 'memfd_create', 'open_tree', 'fspick'],
  'chdir',
]

/** All other calls that change a table of descriptors. */
export const PLAIN_CALLS: readonly string[] = [
  ...Object.keys(OPENERS).filter((name) => !PATH_CALLS.includes(name)),
  ...['close', 'close_range', 'dup2', 'dup3', 'fcntl', 'fcntl64', 'fchdir'],
  ...['pipe', 'pipe2', 'socketpair', 'socketcall'],
]

/** Commands of bpf(2) that return a descriptor (include/uapi/linux/bpf.h). */
const BPF_OPENS: ReadonlySet<number> = new Set([0, 5, 7, 13, 14, 17, 18, 19, 28, 30, 32, 34])

/** What a call that returns the lowest free number opens; undefined when it opens nothing. */
export function openedBy(call: Call, listener: Descriptor | undefined): Descriptor | undefined {
  const [a1, a2, a3] = call.args
  const opener = Object.hasOwn(OPENERS, call.name) ? OPENERS[call.name] : undefined
  if (!opener || (call.name === 'bpf' && (a1 === null || !BPF_OPENS.has(a1)))) return undefined
  // A descriptor as first argument is changed, not opened.
  if (call.name.startsWith('signalfd') && a1 !== null && a1 >= 0) return undefined
  const made = descriptor(call, opener.kind, opener.cloexec(call.args))
  switch (call.name) {
    case 'socket':
      return { ...made, family: a1, type: socketType(a2), protocol: a3 }
    case 'accept':
    case 'accept4':
    case 'dup':
      return { ...made, ...what(listener), kind: listener?.kind ?? opener.kind }
    default:
      return made
  }
}

/** One end of a pipe or of a pair of sockets, whose number is not in the recording. */
export function pairEnd(call: Call): Descriptor {
  const [a1, a2, a3] = call.args
  const isSocket = call.name === 'socketpair' || call.name === 'socketcall'
  const made = { ...descriptor(call, isSocket ? 'socket' : 'pipe', pairCloexec(call)) }
  if (call.name !== 'socketpair') return { ...made, inferred: true }
  return { ...made, inferred: true, family: a1, type: socketType(a2), protocol: a3 }
}

function pairCloexec({ name, args }: Call): boolean | null {
  if (name === 'pipe') return false
  return name === 'socketcall' ? null : flag(2)(args)
}

/** A copy of a descriptor under another number. */
export function copyOf(
  call: Call,
  from: Descriptor | undefined,
  cloexec: boolean | null,
): Descriptor {
  return { ...descriptor(call, from?.kind ?? null, cloexec), ...what(from) }
}

/** Whether dup3 or fcntl wants the copy closed by exec. */
export function copyCloexec({ name, args }: Call): boolean | null {
  if (name === 'dup3') return flag(3)(args)
  return name.startsWith('fcntl') ? args[1] === 1030 : false
}

/** socketcall(2), which some 32-bit systems make all calls of sockets with, by its first argument. */
export function socketCallKind(args: Call['args']): 'socket' | 'pair' | undefined {
  if (args[0] === 8) return 'pair'
  return args[0] === 1 || args[0] === 5 || args[0] === 18 ? 'socket' : undefined
}

/** A descriptor with what every call says of it. */
export function descriptor(call: Call, kind: string | null, cloexec: boolean | null): Descriptor {
  return {
    kind,
    path: null,
    family: null,
    type: null,
    protocol: null,
    cloexec,
    inferred: false,
    openedBy: call.name,
    openTid: call.tid,
    openTs: call.at,
  }
}

function what(
  from: Descriptor | undefined,
): Pick<Descriptor, 'path' | 'family' | 'type' | 'protocol' | 'inferred'> {
  return {
    path: from?.path ?? null,
    family: from?.family ?? null,
    type: from?.type ?? null,
    protocol: from?.protocol ?? null,
    inferred: from?.inferred ?? false,
  }
}

function socketType(value: number | null): number | null {
  return value === null ? null : value & SOCK_TYPE_MASK
}
