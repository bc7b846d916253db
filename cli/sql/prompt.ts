/** The interactive prompt: line editing, history, completion, and what Ctrl-C means when. */
import { createInterface, type Interface } from 'node:readline'
import type { TraceDatabase } from '../../parser/sink/duckdb/database.ts'
import { errorText, INTERRUPT_EVERY_MS } from '../exit.ts'
import type { QueryDatabase } from '../open-database.ts'
import type { OutputOptions } from '../output.ts'
import { say } from '../safe-text.ts'
import { isInterrupt } from './execute.ts'
import { appendHistory, historyPath, loadHistory } from './history.ts'
import { SqlSession } from './session.ts'

const PROMPT = 'traceduck> '
const CONTINUED = '      ...> '

/** Talks to the user until Ctrl-D or `.quit`. */
export async function runPrompt(opened: QueryDatabase, options: OutputOptions): Promise<void> {
  const { database } = opened
  const session = new SqlSession(database, options)
  const history = historyPath()
  const lines: string[] = []
  let running = false
  /** How many lines were taken, so that a request to stop one does not stop the next. */
  let taken = 0
  let closed = false

  const terminal = createInterface({
    input: process.stdin,
    output: process.stdout.isTTY ? process.stdout : process.stderr,
    terminal: true,
    history: loadHistory(history),
    historySize: 1000,
    removeHistoryDuplicates: true,
    completer: (line: string, done: CompleterDone) => {
      if (running) done(null, [[], line])
      else
        completeSql(database, line).then(
          (hits) => done(null, hits),
          () => done(null, [[], line]),
        )
    },
  })
  const ask = () => {
    terminal.setPrompt(session.inStatement ? CONTINUED : PROMPT)
    terminal.prompt()
  }
  // A statement that is still being prepared does not notice: ask until it has stopped.
  const stopRunning = (line = taken) => {
    if (!running || line !== taken) return
    database.interrupt()
    setTimeout(() => stopRunning(line), INTERRUPT_EVERY_MS)
  }
  terminal.on('SIGINT', () => {
    lines.length = 0
    if (running) stopRunning()
    else abandonInput(terminal, session, ask)
  })
  const finished = new Promise<void>((resolve) => {
    terminal.on('close', () => {
      closed = true
      stopRunning()
      resolve()
    })
  })
  const work = async () => {
    running = true
    for (let line = lines.shift(); line !== undefined && !closed; line = lines.shift()) {
      taken++
      if (!(await takeLine(session, line))) terminal.close()
    }
    running = false
    if (!closed) ask()
  }
  terminal.on('line', (line) => {
    appendHistory(history, line)
    lines.push(line)
    if (!running) void work()
  })

  say(`${opened.path}: end a statement with a semicolon; .help lists commands\n`)
  ask()
  await finished
  say('\n')
}

type Completions = [string[], string]
type CompleterDone = (error: Error | null, result: Completions) => void

async function takeLine(session: SqlSession, line: string): Promise<boolean> {
  try {
    return await session.takeLine(line)
  } catch (error) {
    session.clear()
    say(isInterrupt(error) ? 'interrupted\n' : errorText(error))
    return true
  }
}

function abandonInput(terminal: Interface, session: SqlSession, ask: () => void): void {
  session.clear()
  terminal.write(null, { ctrl: true, name: 'e' })
  terminal.write(null, { ctrl: true, name: 'u' })
  say('\n')
  ask()
}

async function completeSql(database: TraceDatabase, line: string): Promise<Completions> {
  const { rows } = await database.all(
    'select suggestion, suggestion_start from sql_auto_complete($line)',
    { line },
  )
  const start = Number(rows[0]?.[1] ?? line.length)
  const hits = rows.filter((row) => Number(row[1]) === start).map((row) => String(row[0]))
  return [hits, line.slice(start)]
}
