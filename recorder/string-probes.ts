/**
 * Where the text behind path arguments comes from. The kernel's own call events hold it since Linux
 * 6.19; before that an event probe reads it, else a kprobe, else uprobes in the C library.
 */
import type { ProbeRequest } from './types.ts'

/** One call's path arguments as a library function takes them. */
interface LibraryFunction {
  readonly call: string
  /** Event name. */
  readonly event: string
  readonly library: 'c' | 'ld'
  /** Function and fetches; the first one that exists is taken. */
  readonly choices: readonly (readonly [name: string, fetches: string])[]
}

/** A path and its address: the address is what joins it to the call. */
function path(argument: number, suffix = ''): string {
  return `path${suffix}=+0($arg${argument}):string path${suffix || ''}p=$arg${argument}:x64`
}

function one(call: string, names: string, fetches: string, event: string = call): LibraryFunction {
  const choices = names.split(' ').map((name) => [name, fetches] as const)
  return { call, event, library: 'c', choices }
}

const FLAGS = 'flags=$arg2:x32'
const AT_FLAGS = 'flags=$arg3:x32'
const DFD = 'dfd=$arg1:s32'
const TWO = `${path(1)} ${path(2, '2')}`
const ARGV = [1, 2, 3].map((n) => `arg${n}=+0(+${8 * n}($arg2)):string`).join(' ')

/** Library functions through which most programs make the calls with paths. */
const LIBRARY_FUNCTIONS: readonly LibraryFunction[] = [
  one('open', 'open64 open', `${path(1)} ${FLAGS}`),
  one('openat', 'openat64 openat', `${DFD} ${path(2)} ${AT_FLAGS}`),
  one('openat', '__open64_nocancel', `${path(1)} ${FLAGS}`, 'open_nocancel'),
  one('openat', '__openat64_nocancel', `${DFD} ${path(2)} ${AT_FLAGS}`, 'openat_nocancel'),
  {
    call: 'openat',
    event: 'ld_open',
    library: 'ld',
    choices: [['__open64_nocancel', `${path(1)} ${FLAGS}`]],
  },
  one('creat', 'creat64 creat', path(1)),
  withVersion('newstat', 'stat', 'stat64 stat', '__xstat64', path(1), path(2)),
  withVersion('newlstat', 'lstat', 'lstat64 lstat', '__lxstat64', path(1), path(2)),
  withVersion(
    'newfstatat',
    'fstatat',
    'fstatat64 fstatat',
    '__fxstatat64',
    `${DFD} ${path(2)}`,
    `dfd=$arg2:s32 ${path(3)}`,
  ),
  one('statx', 'statx', `${DFD} ${path(2)}`),
  one('access', 'access', path(1)),
  one('faccessat', 'faccessat', `${DFD} ${path(2)}`),
  one('readlink', 'readlink', path(1)),
  one('readlinkat', 'readlinkat', `${DFD} ${path(2)}`),
  one('execve', 'execve', `${path(1)} ${ARGV}`),
  one('chdir', 'chdir', path(1)),
  one('mkdir', 'mkdir', path(1)),
  one('mkdirat', 'mkdirat', `${DFD} ${path(2)}`),
  one('rmdir', 'rmdir', path(1)),
  one('unlink', 'unlink', path(1)),
  one('unlinkat', 'unlinkat', `${DFD} ${path(2)}`),
  one('rename', 'rename', TWO),
  one('renameat', 'renameat', `${DFD} ${path(2)} dfd2=$arg3:s32 ${path(4, '2')}`),
  one('renameat2', 'renameat2', `${DFD} ${path(2)} dfd2=$arg3:s32 ${path(4, '2')}`),
  one('link', 'link', TWO),
  one('linkat', 'linkat', `${DFD} ${path(2)} dfd2=$arg3:s32 ${path(4, '2')}`),
  one('symlink', 'symlink', TWO),
  one('symlinkat', 'symlinkat', `${path(1)} dfd2=$arg2:s32 ${path(3, '2')}`),
  one('chmod', 'chmod', path(1)),
  one('fchmodat', 'fchmodat', `${DFD} ${path(2)}`),
  one('chown', 'chown', path(1)),
  one('lchown', 'lchown', path(1)),
  one('fchownat', 'fchownat', `${DFD} ${path(2)}`),
  one('truncate', 'truncate64 truncate', path(1)),
  one(
    'mount',
    'mount',
    'src=+0($arg1):string target=+0($arg2):string fstype=+0($arg3):string flags=$arg4:x64 srcp=$arg1:x64',
  ),
  one('umount', 'umount2', `target=+0($arg1):string targetp=$arg1:x64 ${FLAGS}`, 'umount2'),
]

/** glibc before 2.33 has the stat family only with a version as first argument. */
function withVersion(
  call: string,
  event: string,
  names: string,
  old: string,
  fetches: string,
  oldFetches: string,
): LibraryFunction {
  const current = one(call, names, fetches, event)
  return { ...current, choices: [...current.choices, [old, oldFetches]] }
}

/** What of the machine decides on the source. */
export interface StringSources {
  /** Text of the `format` file of `syscalls:sys_enter_CALL`, undefined without that event. */
  callFormat(call: string): string | undefined
  readonly eprobes: boolean
  readonly kprobes: boolean
  readonly uprobes: boolean
  /** Whether the kernel has a function of that name, for kprobes. */
  hasKernelFunction(name: string): boolean
  /** Whether a uprobe can be set on `FILE:FUNCTION`. */
  hasFunction(file: string, name: string): boolean
}

/** Where the text of one call's paths comes from. */
export type StringSource = 'event' | 'eprobe' | 'kprobe' | 'uprobe' | 'none'

/** Probes for the paths of some calls, and the source of each call that has paths. */
export interface StringProbes {
  readonly probes: readonly ProbeRequest[]
  readonly sources: ReadonlyMap<string, StringSource>
  /** Functions that would have been probed, had their names been known. */
  readonly unknown: readonly string[]
}

/** Chooses the best source for each call. */
export function chooseStringProbes(calls: readonly string[], machine: StringSources): StringProbes {
  const sources = new Map<string, StringSource>()
  const probes: ProbeRequest[] = []
  const left: string[] = []
  for (const call of calls) {
    const format = machine.callFormat(call) ?? ''
    const pointers = pathArguments(format)
    if (pointers.length === 0) continue
    if (/__data_loc char\[\] __\w+_val;/.test(format)) sources.set(call, 'event')
    else if (machine.eprobes) {
      sources.set(call, 'eprobe')
      probes.push({ kind: 'eprobe', definition: eventProbe(call, pointers) })
    } else left.push(call)
  }
  const kernel = kernelProbe(left, machine)
  if (kernel !== undefined) {
    probes.push({ kind: 'kprobe', definition: kernel })
    for (const call of left) if (OPEN_CALLS.test(call)) sources.set(call, 'kprobe')
  }
  const library = libraryProbes(
    left.filter((call) => !sources.has(call)),
    machine,
  )
  for (const call of left) {
    if (sources.has(call)) continue
    sources.set(call, library.calls.has(call) ? 'uprobe' : 'none')
  }
  return { probes: [...probes, ...library.probes], sources, unknown: library.unknown }
}

/** Arguments that are text: `const char *`, but for the data of `write`. */
function pathArguments(format: string): string[] {
  const names = [...format.matchAll(/field:const char \* ?(\w+);/g)].map(([, name]) => name!)
  return names.filter((name) => name !== 'buf')
}

function eventProbe(call: string, pointers: readonly string[]): string {
  const fetches = pointers.flatMap((name, index) => {
    const suffix = index === 0 ? '' : String(index + 1)
    return [`path${suffix}=+0($${name}):ustring`, `path${suffix}p=$${name}:x64`]
  })
  return `e:td/${call} syscalls/sys_enter_${call} ${fetches.join(' ')}`
}

const OPEN_CALLS = /^(?:open|openat|openat2|creat)$/

/** The function that all calls of the open family go through. */
function kernelProbe(calls: readonly string[], machine: StringSources): string | undefined {
  if (!machine.kprobes || !calls.some((call) => OPEN_CALLS.test(call))) return undefined
  const name = ['do_sys_openat2', 'do_sys_open'].find((name) => machine.hasKernelFunction(name))
  if (name === undefined) return undefined
  return `p:td/openat ${name} dfd=$arg1:s32 path=+0($arg2):ustring pathp=$arg2:x64`
}

/** Where a machine or a C library has only the newer call, the older function makes that one. */
const NEWER_CALLS: Readonly<Record<string, readonly string[]>> = {
  open: ['openat'],
  newstat: ['newfstatat'],
  newlstat: ['newfstatat'],
  access: ['faccessat', 'faccessat2'],
  faccessat: ['faccessat2'],
  fchmodat: ['fchmodat2'],
  readlink: ['readlinkat'],
  mkdir: ['mkdirat'],
  rmdir: ['unlinkat'],
  unlink: ['unlinkat'],
  rename: ['renameat', 'renameat2'],
  link: ['linkat'],
  symlink: ['symlinkat'],
  chmod: ['fchmodat'],
  chown: ['fchownat'],
  lchown: ['fchownat'],
}

function libraryProbes(
  calls: readonly string[],
  machine: StringSources,
): { probes: ProbeRequest[]; calls: Set<string>; unknown: string[] } {
  const probes: ProbeRequest[] = []
  const served = new Set<string>()
  const unknown: string[] = []
  if (!machine.uprobes) return { probes, calls: served, unknown }
  for (const { call, event, library, choices } of LIBRARY_FUNCTIONS) {
    const wanted = [call, ...(NEWER_CALLS[call] ?? [])].filter((name) => calls.includes(name))
    if (wanted.length === 0) continue
    const choice = choices.find(([name]) => machine.hasFunction(library, name))
    if (choice) {
      for (const name of wanted) served.add(name)
      const definition = `p:td/${event} ${library}:${choice[0]} ${choice[1]}`
      probes.push({ kind: 'uprobe', definition })
    } else unknown.push(`${library === 'ld' ? 'the loader' : 'libc'}:${choices[0]![0]}`)
  }
  return { probes, calls: served, unknown }
}
