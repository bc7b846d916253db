import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { root } from './paths.ts'

/** The built command. */
export const main: string = join(root, 'dist/cli/main.js')

/** How a run of the command ended. */
export interface Ran {
  readonly status: number | null
  readonly out: string
  readonly err: string
}

/** Runs the built command as a user does; stdin is empty unless given. */
export function traceduck(
  args: readonly string[],
  more: { stdin?: string; env?: Record<string, string> } = {},
): Ran {
  const done = spawnSync(process.execPath, [main, ...args], {
    input: more.stdin ?? '',
    encoding: 'utf8',
    env: { ...process.env, COLUMNS: '', ...more.env },
    maxBuffer: 1 << 28,
  })
  return { status: done.status, out: done.stdout, err: done.stderr }
}
