/** Programs as execvp(3) finds them. */
import { statSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** A program in PATH, or a path to one, as execvp(3) finds it; undefined when there is none. */
export function findProgram(name: string, env: NodeJS.ProcessEnv): string | undefined {
  if (name.includes('/')) return existingFile(name)
  for (const folder of (env.PATH ?? '/usr/bin:/bin').split(delimiter)) {
    const path = join(folder === '' ? '.' : folder, name)
    if (existingFile(path) && isExecutable(path)) return path
  }
  return undefined
}

/** The path, when there is a regular file. */
export function existingFile(path: string): string | undefined {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ? path : undefined
}

function isExecutable(path: string): boolean {
  return (statSync(path).mode & 0o111) !== 0
}
