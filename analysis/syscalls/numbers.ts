/**
 * `syscall_numbers`: what the numbers of system calls mean on the machines recorded. The tables are
 * the kernel's exported headers; where the file does not say its machine, the calls that were
 * recorded with their names and numbers are all that is known.
 */
import { type Catalogue, type CatalogueColumn, tablesOf } from '../relations.ts'
import { quoteName, quoteTable, quoteText } from '../sql-text.ts'
import type { ComposedView } from '../views.ts'
import { CALLS as ARM } from './numbers/arm.ts'
import { CALLS as GENERIC } from './numbers/generic.ts'
import { CALLS as I386 } from './numbers/i386.ts'
import { CALLS as MIPS } from './numbers/mips.ts'
import { CALLS as PPC64 } from './numbers/ppc64.ts'
import { CALLS as S390X } from './numbers/s390x.ts'
import { CALLS as X86_64 } from './numbers/x86-64.ts'

/** Where a trace is read without an import: all system calls in one pass, calls by number unnamed. */
export const SYSCALL_RECORDS = 'main.syscall_records'

/** Tables by the machines, as `uname -m` has them, that they are for; i386 programs may run on x86_64. */
const MACHINES: readonly (readonly [machine: string, longSize: number | null, calls: string])[] = [
  ['x86_64|i[3-6]86', 8, X86_64],
  ['i[3-6]86', 4, I386],
  ['aarch64|riscv64|loongarch64|armv8l', 8, GENERIC],
  ['arm.*', 4, ARM],
  ['ppc64(le)?', 8, PPC64],
  ['s390x', 8, S390X],
  ['mips(64)?', null, MIPS],
]

function compose(catalogue: Catalogue): string {
  const tables = MACHINES.map(([machine, longSize, calls]) => {
    const list = calls
      .trim()
      .split(/\s+(?=\d+:)/)
      .map((block) => `(${block.replace(/^(\d+):\s+/, "$1, '").replaceAll(/\s+/g, ' ')}')`)
    const long = longSize === null ? '' : ` and long_size = ${longSize}`
    return (
      `select source, first + i - 1 as nr, name from machines, ` +
      `(select first, unnest(string_split(names, ' ')) as name, generate_subscripts(string_split(names, ' '), 1) as i ` +
      `from (values ${list.join(', ')}) as t(first, names)) ` +
      `where regexp_full_match(machine, '${machine}')${long}`
    )
  })
  return (
    `with machines as (select source, coalesce(regexp_extract(kernel, '\\S+$'), '') as machine, long_size from meta.sources) ` +
    [...tables, ...learned(catalogue)].join(' union all ')
  )
}

/** Calls of files that do not say their machine: those recorded by name, with their number. */
function learned(catalogue: Catalogue): string[] {
  const unknown = `in (select source from machines where machine = '')`
  if (catalogue.tables.has(SYSCALL_RECORDS))
    return [
      `select distinct source, nr, name from ${quoteTable(SYSCALL_RECORDS)} ` +
        `where name is not null and nr is not null and ret is null and source ${unknown}`,
    ]
  return tablesOf(catalogue, { system: 'syscalls', event: 'sys_enter_*' }).flatMap((table) => {
    const number = numberOf(catalogue.tables.get(table)!)
    if (number === undefined) return []
    const name = table.replace(/^syscalls\.sys_enter_/, '')
    return [
      `select distinct common_source, ${quoteName(number)}::bigint, ${quoteText(name)} from ${quoteTable(table)} ` +
        `where common_source ${unknown}`,
    ]
  })
}

/** The field of a call's event that holds its number; older kernels name it without underscores. */
export function numberOf(columns: readonly CatalogueColumn[]): string | undefined {
  return ['__syscall_nr', 'nr'].find((name) => columns.some((column) => column.name === name))
}

/** The relation, put together for a recording's tables. */
export const syscallNumbers: ComposedView = {
  compose,
  name: 'syscall_numbers',
  subsystem: 'syscalls',
  row: 'a system call that a recorded machine knows, by its number',
  needs: [],
  optional: [],
  columns: [
    { name: 'source', text: 'buffer, see meta.sources' },
    { name: 'nr', text: "the call's number" },
    { name: 'name', text: "the call as the kernel's events spell it" },
  ],
  source:
    'uapi asm/unistd*.h of Linux 7.2; the machine from the uname that the recorder stored, ' +
    'else the numbers in the syscalls events of the file',
  record: '--preset syscalls',
}
