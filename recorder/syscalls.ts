/**
 * The system calls that Node has no function for, through koffi: the only file of the recorder
 * that does. All of them act on the calling thread and are synchronous. A failed call throws a
 * `SystemError` with the errno, except where the doc comment says otherwise.
 * Authority: the Linux manual pages, section 2; values for x86-64, arm64 and riscv64 (the generic
 * numbers), which agree in everything used here.
 */
import koffi, { type LibraryHandle } from 'koffi'

/** A system call that failed. */
export class SystemError extends Error {
  /** Symbolic errno such as `EAGAIN`. */
  readonly code: string
  readonly errno: number

  constructor(call: string, errno: number) {
    const code = errnoName(errno)
    super(`${call}: ${code}`)
    this.name = 'SystemError'
    this.errno = errno
    this.code = code
  }
}

/** EAGAIN has two names on Linux. */
function errnoName(errno: number): string {
  const names = Object.entries(koffi.os.errno)
  const found = names.find(([name, value]) => value === errno && name !== 'EWOULDBLOCK')
  return found?.[0] ?? `errno ${errno}`
}

const libc = koffi.load('libc.so.6')

type LibraryFunction = ReturnType<LibraryHandle['func']>

/** Functions by prototype; each is bound when it is first called, since no process uses them all. */
function bindLazily<Name extends string>(
  prototypes: Readonly<Record<Name, string>>,
): Readonly<Record<Name, LibraryFunction>> {
  const functions = {} as Record<Name, LibraryFunction>
  for (const name of Object.keys(prototypes) as Name[]) {
    const bind = (): LibraryFunction => {
      const value = libc.func(prototypes[name])
      Object.defineProperty(functions, name, { value })
      return value
    }
    Object.defineProperty(functions, name, { get: bind, configurable: true })
  }
  return functions
}

const c = bindLazily({
  poll: 'int poll(void *fds, unsigned long count, int timeout)',
  splice:
    'long splice(int from, void *fromAt, int to, void *toAt, size_t size, unsigned int flags)',
  pipe2: 'int pipe2(void *fds, int flags)',
  eventfd: 'int eventfd(unsigned int value, int flags)',
  read: 'long read(int fd, void *target, size_t size)',
  fcntl: 'int fcntl(int fd, int command, ...)',
  fallocate: 'int fallocate(int fd, int mode, int64_t offset, int64_t size)',
  lseek: 'int64_t lseek(int fd, int64_t offset, int whence)',
  gettid: 'int gettid()',
  signal: 'intptr_t signal(int signal, intptr_t handler)',
  setrlimit: 'int setrlimit(int resource, void *limits)',
  execv: 'int execv(const char *path, const char **argv)',
  sched_setscheduler: 'int sched_setscheduler(int tid, int policy, void *param)',
  sched_setaffinity: 'int sched_setaffinity(int tid, size_t size, void *mask)',
  clock_gettime: 'int clock_gettime(int clock, void *time)',
  getpagesize: 'int getpagesize()',
  mmap: 'void *mmap(void *at, size_t size, int prot, int flags, int fd, int64_t offset)',
  munmap: 'int munmap(void *at, size_t size)',
  perf_event_open:
    'long syscall(long number, void *attr, int pid, int cpu, int group, unsigned long flags)',
})

function check(call: string, result: number): number {
  if (result < 0) throw new SystemError(call, koffi.errno())
  return result
}

/** poll(2) events. */
const POLLIN = 1

/** Descriptors for `poll`, reused between calls: no allocation per call. */
export class PollSet {
  readonly #bytes: Buffer
  readonly #count: number

  constructor(fds: readonly number[]) {
    this.#count = fds.length
    this.#bytes = Buffer.alloc(8 * fds.length)
    for (const [index, fd] of fds.entries()) {
      this.#bytes.writeInt32LE(fd, 8 * index)
      this.#bytes.writeInt16LE(POLLIN, 8 * index + 4)
    }
  }

  /** Waits; returns how many are ready, 0 after `timeoutMs` (-1: never) or a signal. */
  wait(timeoutMs: number): number {
    const ready = Number(c.poll(this.#bytes, this.#count, timeoutMs))
    if (ready >= 0) return ready
    if (errnoName(koffi.errno()) === 'EINTR') return 0
    throw new SystemError('poll', koffi.errno())
  }

  /** Leaves the descriptor at `index` out, or takes it in again. */
  mute(index: number, on: boolean): void {
    const fd = this.#bytes.readInt32LE(8 * index)
    if (fd < 0 !== on) this.#bytes.writeInt32LE(~fd, 8 * index)
  }

  /** What happened to the descriptor at `index`, poll(2) bits. */
  events(index: number): number {
    return this.#bytes.readInt16LE(8 * index + 6)
  }
}

/** splice(2) flags. */
export const SPLICE_MOVE = 1
export const SPLICE_NONBLOCK = 2

/**
 * splice(2). `toAt` is the position in the target file, moved on by the call. Returns the bytes
 * moved, 0 at the end, -1 when it would have to wait.
 */
export function splice(
  from: number,
  to: number,
  toAt: BigInt64Array | null,
  size: number,
  flags: number,
): number {
  const moved = Number(c.splice(from, null, to, toAt, size, flags))
  return moved >= 0 ? moved : waitOrThrow('splice')
}

/** read(2) into `target`; returns the bytes, 0 at the end, -1 when it would have to wait. */
export function readInto(fd: number, target: Uint8Array): number {
  const got = Number(c.read(fd, target, target.length))
  return got >= 0 ? got : waitOrThrow('read')
}

function waitOrThrow(call: string): number {
  const errno = koffi.errno()
  const name = errnoName(errno)
  if (name === 'EAGAIN' || name === 'EINTR') return -1
  throw new SystemError(call, errno)
}

const O_NONBLOCK = 0o4000
const O_CLOEXEC = 0o2000000
const F_SETFD = 2
const F_SETPIPE_SZ = 1031

/** A pipe, closed on exec; the caller closes both ends. */
export function makePipe(): { readonly read: number; readonly write: number } {
  const fds = new Int32Array(2)
  check('pipe2', Number(c.pipe2(fds, O_CLOEXEC)))
  return { read: fds[0]!, write: fds[1]! }
}

/** Asks for a pipe of `bytes`; returns what it got, or undefined when the user's limit is reached. */
export function resizePipe(fd: number, bytes: number): number | undefined {
  const got = Number(c.fcntl(fd, F_SETPIPE_SZ, 'int', bytes))
  return got < 0 ? undefined : got
}

/** An eventfd(2), closed on exec; becomes readable for ever by one write of 8 bytes. */
export function makeEventFd(): number {
  return check('eventfd', Number(c.eventfd(0, O_CLOEXEC | O_NONBLOCK)))
}

/** Sets or clears close-on-exec. */
export function setCloseOnExec(fd: number, on: boolean): void {
  check('fcntl', Number(c.fcntl(fd, F_SETFD, 'int', on ? 1 : 0)))
}

const KEEP_SIZE = 1
const PUNCH_HOLE = 2
const COLLAPSE_RANGE = 8

/**
 * Gives a range of a file disk space without writing to it; returns false where the file system
 * cannot. Throws a `SystemError` when there is none left.
 */
export function allocateRange(fd: number, offset: number, size: number): boolean {
  if (Number(c.fallocate(fd, KEEP_SIZE, offset, size)) === 0) return true
  const errno = koffi.errno()
  if (errnoName(errno) === 'EOPNOTSUPP') return false
  throw new SystemError('fallocate', errno)
}

/** Frees the disk space of a range; returns false where the file system cannot. */
export function punchHole(fd: number, offset: number, size: number): boolean {
  return Number(c.fallocate(fd, KEEP_SIZE | PUNCH_HOLE, offset, size)) === 0
}

/** Cuts a range out of a file without copying; returns false where the file system cannot. */
export function collapseRange(fd: number, offset: number, size: number): boolean {
  return Number(c.fallocate(fd, COLLAPSE_RANGE, offset, size)) === 0
}

const SEEK_DATA = 3

/** The first position at or after `offset` that has data, or undefined when there is none. */
export function seekData(fd: number, offset: number): number | undefined {
  const at = Number(c.lseek(fd, offset, SEEK_DATA))
  return at < 0 ? undefined : at
}

const SEEK_HOLE = 4

/** The first position at or after `offset` that has no data; the end of the file counts as such. */
export function seekHole(fd: number, offset: number): number {
  return check('lseek', Number(c.lseek(fd, offset, SEEK_HOLE)))
}

/** Thread id of the caller. */
export function threadId(): number {
  return Number(c.gettid())
}

/** Gives a signal its default action again. */
export function resetSignal(signal: number): void {
  c.signal(signal, 0)
}

const RLIMIT_NOFILE = 7

/** Sets how many descriptors this process may have open. */
export function limitOpenFiles(soft: bigint, hard: bigint): void {
  check('setrlimit', Number(c.setrlimit(RLIMIT_NOFILE, new BigUint64Array([soft, hard]))))
}

/** Becomes another program, with the environment of this process; returns only by throwing. */
export function execProgram(path: string, argv: readonly string[]): never {
  c.execv(path, [...argv, null])
  throw new SystemError('execve', koffi.errno())
}

const SCHED_FIFO = 1

/** Makes a thread (0: the caller) SCHED_FIFO at `priority` (1–99). */
export function setFifoPriority(tid: number, priority: number): void {
  check(
    'sched_setscheduler',
    Number(c.sched_setscheduler(tid, SCHED_FIFO, new Int32Array([priority]))),
  )
}

/** Binds a thread (0: the caller) to one CPU. */
export function setAffinity(tid: number, cpu: number): void {
  const mask = new Uint8Array(8 * (Math.floor(cpu / 64) + 1))
  mask[cpu >> 3] = 1 << (cpu & 7)
  check('sched_setaffinity', Number(c.sched_setaffinity(tid, mask.length, mask)))
}

/** clock_gettime(2) clock id. */
export const CLOCK_REALTIME = 0

/** Time of a clock in ns. */
export function clockNs(clock: number): bigint {
  const time = new BigInt64Array(2)
  check('clock_gettime', Number(c.clock_gettime(clock, time)))
  return time[0]! * 1_000_000_000n + time[1]!
}

/** Number of perf_event_open(2), which the C library has no function for. */
const PERF_EVENT_OPEN: Readonly<Record<string, number>> = { x64: 298, arm64: 241, riscv64: 241 }
const PERF_FLAG_FD_CLOEXEC = 8

/** A perf event for all processes on one CPU; `attr` is its perf_event_attr. */
export function openPerfEvent(attr: Uint8Array, cpu: number): number {
  const number = PERF_EVENT_OPEN[process.arch]
  if (number === undefined) throw new SystemError('perf_event_open', koffi.os.errno.ENOSYS!)
  const fd = Number(c.perf_event_open(number, attr, -1, cpu, -1, PERF_FLAG_FD_CLOEXEC))
  return check('perf_event_open', fd)
}

/** Bytes of a memory page. */
export function pageBytes(): number {
  return Number(c.getpagesize())
}

/** Memory shared with the kernel; `bytes` must not be touched any more after `unmap`. */
export interface SharedMemory {
  readonly bytes: ArrayBuffer
  unmap(): void
}

const PROT_READ_WRITE = 3
const MAP_SHARED = 1

/** mmap(2) of a descriptor, shared, to read and write. */
export function mapShared(fd: number, size: number): SharedMemory {
  const at = c.mmap(null, size, PROT_READ_WRITE, MAP_SHARED, fd, 0) as bigint
  if (at === 2n ** 64n - 1n) throw new SystemError('mmap', koffi.errno())
  return { bytes: koffi.view(at, size), unmap: () => void c.munmap(at, size) }
}

/** Someone is told when a descriptor is readable. */
export interface Watch {
  /** It keeps the process from ending no more. */
  unref(): void
  stop(): void
  /** Again, after `stop`. */
  start(): void
  /** For good, before the descriptor is closed. */
  close(): void
}

/** Calls back from the event loop, again and again, while a descriptor is readable. */
export function watchReadable(fd: number, onReadable: () => void): Watch {
  const handle = koffi.node.poll(fd, { readable: true }, onReadable)
  return {
    unref: () => handle.unref(),
    stop: () => handle.stop(),
    start: () => handle.start({ readable: true }, onReadable),
    close: () => handle.close(),
  }
}
