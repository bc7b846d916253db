/** The prompt's history, kept in the user's state folder. */
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, isAbsolute, join } from 'node:path'

/** Lines kept from one run to the next. */
const MOST_LINES = 1000

/** Where history is: `$XDG_STATE_HOME/traceduck/history`, by default below `~/.local/state`. */
export function historyPath(): string {
  const state = process.env.XDG_STATE_HOME
  const base = state && isAbsolute(state) ? state : join(homedir(), '.local', 'state')
  return join(base, 'traceduck', 'history')
}

/** Lines of earlier prompts, newest first; none when they cannot be read. */
export function loadHistory(path: string): string[] {
  try {
    const lines = readFileSync(path, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
    const kept = lines.slice(-MOST_LINES)
    if (lines.length > 2 * MOST_LINES) writeFileSync(path, `${kept.join('\n')}\n`, { mode: 0o600 })
    return kept.reverse()
  } catch {
    return []
  }
}

/** Adds a line; a home that cannot be written only loses history. */
export function appendHistory(path: string, line: string): void {
  if (line.trim() === '') return
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    appendFileSync(path, `${line}\n`, { mode: 0o600 })
  } catch {
    // A read-only home must not keep anybody from asking questions.
  }
}
