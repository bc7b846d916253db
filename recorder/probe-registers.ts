/**
 * Where calling conventions put arguments and the caller's address at the first instruction of a
 * function, in the names of `uprobe_events`. Authority: the processor supplements of the System V
 * ABI, AAPCS and AAPCS64, the RISC-V and LoongArch psABI, and the register names in
 * arch/ARCH/kernel/ptrace.c (Linux 6.18).
 */

/** One machine's convention. */
export interface CallConvention {
  readonly name: string
  /** Places of `$arg1` and on. */
  readonly args: readonly string[]
  /** Place of the address that the function returns to. */
  readonly caller: string
  /** Type of a bare fetch, where the kernel's own default, 64 bits, reads too much. */
  readonly defaultType?: string
}

const X86_64: CallConvention = {
  name: 'x86-64',
  args: ['%di', '%si', '%dx', '%cx', '%r8', '%r9'],
  caller: '+0(%sp)',
}

const registers = (prefix: string, first: number, count: number): string[] =>
  Array.from({ length: count }, (_, index) => `%${prefix}${first + index}`)

const CONVENTIONS: Readonly<Record<number, CallConvention>> = {
  3: {
    name: 'i386',
    args: [4, 8, 12, 16, 20, 24].map((offset) => `+${offset}(%sp)`),
    caller: '+0(%sp)',
    defaultType: 'x32',
  },
  22: { name: 's390x', args: registers('r', 2, 5), caller: '%r14' },
  40: {
    name: 'arm',
    args: [...registers('r', 0, 4), '+0(%sp)', '+4(%sp)'],
    caller: '%lr',
    defaultType: 'x32',
  },
  62: X86_64,
  183: { name: 'aarch64', args: registers('x', 0, 8), caller: '%x30' },
  243: { name: 'riscv', args: registers('a', 0, 8), caller: '%ra' },
  258: { name: 'loongarch', args: registers('r', 4, 8), caller: '%r1' },
}

/** The convention of an ELF machine, undefined where probes need register names. */
export function callConvention(machine: number): CallConvention | undefined {
  return CONVENTIONS[machine]
}

const MACHINES: Readonly<Record<string, number>> = {
  x64: 62,
  arm64: 183,
  arm: 40,
  riscv64: 243,
  s390x: 22,
  loong64: 258,
  ia32: 3,
}

/** ELF machine of the running kernel, 0 where it is not known. */
export function hostMachine(arch: string = process.arch): number {
  return MACHINES[arch] ?? 0
}
