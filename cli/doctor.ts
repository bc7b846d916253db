/** What `traceduck doctor` does: has the recorder try everything, and prints what came of it. */
import { type DoctorCheck, type DoctorReport, examine } from '../recorder/doctor.ts'
import { chooseFormat, type OutputOptions, openDestination, outputFile } from './output.ts'

/** Options of the command. */
export interface DoctorOptions extends OutputOptions {
  /** The same as `--format json`. */
  readonly json?: boolean
}

const EXIT_IMPOSSIBLE = 1
const LABEL_WIDTH = 18
const MARKS: Readonly<Record<DoctorCheck['status'], string>> = {
  yes: 'ok',
  no: 'NO',
  info: '--',
  untried: '??',
}

/**
 * Prints the report: text for people unless a format is asked for, JSON as one object. Sets the exit
 * status to 1 when recording is impossible.
 */
export async function printDoctor(options: DoctorOptions): Promise<void> {
  const report = await examine()
  const format = formatOf(options)
  if (format === undefined) await print(doctorText(report), options)
  else if (format === 'json') await print(`${JSON.stringify(report, null, 2)}\n`, options)
  else if (format === 'ndjson') await print(`${JSON.stringify(report)}\n`, options)
  else {
    const { outputRows } = await import('./output.ts')
    const { rowsInMemory } = await import('../report/rows.ts')
    const rows = report.checks.map(({ group, id, status, detail, remedy }) => [
      group,
      id,
      status,
      detail,
      remedy ?? null,
    ])
    const columns = ['area', 'check', 'status', 'detail', 'remedy']
    await outputRows(rowsInMemory(columns, rows), { ...options, format })
  }
  if (!report.recordable) process.exitCode = EXIT_IMPOSSIBLE
}

function formatOf(options: DoctorOptions): OutputOptions['format'] {
  if (options.json) return 'json'
  return outputFile(options) === undefined ? options.format : chooseFormat(options)
}

async function print(text: string, options: OutputOptions): Promise<void> {
  const destination = openDestination(options)
  try {
    await destination.write(text)
    await destination.finish()
  } finally {
    destination.discard()
  }
}

/** The report for people. */
export function doctorText(report: DoctorReport): string {
  const verdict = report.recordable ? 'recording works' : 'recording is impossible'
  const lines = [`Linux ${report.kernel} ${report.machine}, user ${report.user}: ${verdict}`]
  let group = ''
  for (const check of report.checks) {
    if (check.group !== group) lines.push('', check.group)
    group = check.group
    lines.push(...checkLines(check))
  }
  return `${lines.join('\n')}\n`
}

function* checkLines({
  id,
  status,
  detail,
  remedy,
  works,
  refused,
}: DoctorCheck): Generator<string> {
  yield `  ${MARKS[status]}  ${id.padEnd(LABEL_WIDTH)}${detail}`
  const indent = ' '.repeat(LABEL_WIDTH + 6)
  if (works?.length) {
    for (const { name, reason } of refused ?? []) yield `${indent}not ${name}: ${reason}`
  }
  if (remedy !== undefined) yield `${indent}> ${remedy}`
}
