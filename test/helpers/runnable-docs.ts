/**
 * Documentation that is run. A fenced block right after a line `<!-- run -->` is a terminal
 * session: lines that start with `$ ` are commands (a final backslash continues one), what follows
 * is their output, errors included. A line of `…` alone stands for any lines. Durations, rates and
 * the like differ from run to run: see `maskVolatile`. Blocks after `<!-- live -->` record on the
 * machine they are run on: only the form of their output can be compared.
 */
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './paths.ts'

/** One command of a block, with the output that the document shows. */
export interface Step {
  /** As given to the shell, continuation lines joined by newlines. */
  readonly command: string
  readonly output: string
}

/** What a line `<!-- … -->` before a block says of it. */
export type Marker = 'run' | 'live'

const BLOCKS: Readonly<Record<Marker, RegExp>> = {
  run: /(<!-- run -->\n+```\w*\n)([\s\S]*?)(\n```)/g,
  live: /(<!-- live -->\n+```\w*\n)([\s\S]*?)(\n```)/g,
}

/** The steps of every runnable block, in order. */
export function findSteps(markdown: string, marker: Marker = 'run'): Step[] {
  return [...markdown.matchAll(BLOCKS[marker])].flatMap(([, , body]) => parseSteps(body!))
}

/** The document with each step's output replaced by `run`'s, which is called in order. */
export function rewriteOutputs(
  markdown: string,
  run: (step: Step) => string,
  marker: Marker = 'run',
): string {
  return markdown.replace(BLOCKS[marker], (_, open: string, body: string, close: string) => {
    const steps = parseSteps(body).map((step) => {
      const output = step.output.split('\n').includes('…') ? step.output : run(step)
      return `$ ${step.command}\n${output}`.trimEnd()
    })
    return `${open}${steps.join('\n\n')}${close}`
  })
}

function parseSteps(body: string): Step[] {
  const steps: { command: string; output: string[] }[] = []
  let continued = false
  for (const line of body.split('\n')) {
    const last = steps.at(-1)
    if (continued && last) last.command += `\n${line}`
    else if (line.startsWith('$ ')) steps.push({ command: line.slice(2), output: [] })
    else if (last) last.output.push(line)
    else throw new Error(`a runnable block starts with a command, not with: ${line}`)
    continued = (continued || line.startsWith('$ ')) && line.endsWith('\\')
  }
  return steps.map(({ command, output }) => ({ command, output: output.join('\n').trim() }))
}

/** Makes `folder` a place to run steps in: `fixtures` beside, `traceduck` on its own PATH. */
export function prepareFolder(folder: string): void {
  symlinkSync(join(root, 'fixtures'), join(folder, 'fixtures'))
  mkdirSync(join(folder, '.bin'))
  const shim = join(folder, '.bin/traceduck')
  writeFileSync(shim, `#!/bin/sh\nexec '${process.execPath}' '${root}dist/cli/main.js' "$@"\n`)
  chmodSync(shim, 0o755)
}

/** Runs one command in a prepared folder; what it prints on both streams, and its exit status. */
export function runStep(folder: string, command: string): { output: string; status: number } {
  const done = spawnSync('bash', ['-c', `exec 2>&1\n${command}`], {
    cwd: folder,
    encoding: 'utf8',
    env: {
      ...process.env,
      PATH: `${folder}/.bin:${process.env.PATH}`,
      NO_COLOR: '1',
      COLUMNS: '100',
      TZ: 'UTC',
    },
  })
  return { output: done.stdout.trim().replace(/[ \t]+$/gm, ''), status: done.status ?? -1 }
}

/** Takes out what two runs of the same command may print differently. */
export function maskVolatile(text: string): string {
  return text
    .replace(/\b\d[\d,]*(\.\d+)? ?(ms|s|µs|MB\/s|M events\/s|events\/s)(?![\w/])/g, 'N $2')
    .replace(/[ \t]+$/gm, '')
}

/** Whether `actual` is `expected`, where a line of `…` stands for any lines. */
export function matchesOutput(actual: string, expected: string): boolean {
  const parts = maskVolatile(expected).split(/^…$/m)
  const pattern = parts.map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  return new RegExp(`^${pattern.join('[\\s\\S]*?')}$`).test(maskVolatile(actual))
}
