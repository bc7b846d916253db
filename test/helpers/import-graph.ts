/**
 * Finds what the sources import, by reading text: TypeScript 7 has no API to ask. Strings stay,
 * comments go, and then the few shapes an import can have are looked for.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'

/**
 * When the imported module is loaded: with the importer, later on demand, in a thread of its own,
 * or never (types).
 */
export type ImportMoment = 'static' | 'dynamic' | 'worker' | 'type'

/** One import of one source file. */
export interface Import {
  /** Importing file, relative to the root, with forward slashes. */
  readonly from: string
  /** Imported file relative to the root, or the package or `node:` name without a subpath. */
  readonly to: string
  /** False for packages and node built-ins. */
  readonly local: boolean
  readonly moment: ImportMoment
}

/** Paths of the .ts files in `folders` below `root`, relative to it, sorted. */
export function listSources(root: string, folders: readonly string[]): string[] {
  return folders
    .filter((folder) => existsSync(join(root, folder)))
    .flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((name) =>
        posix.join(folder, name.replaceAll('\\', '/')),
      ),
    )
    .filter((name) => name.endsWith('.ts'))
    .sort()
}

/** Every import of the given files. */
export function readImports(root: string, files: readonly string[]): Import[] {
  return files.flatMap((from) => findImports(from, readFileSync(join(root, from), 'utf8')))
}

/** The imports in one file's text. */
export function findImports(from: string, text: string): Import[] {
  const code = removeComments(text)
  const found: Import[] = []
  const add = (name: string, moment: ImportMoment): void => {
    found.push({ from, ...resolveName(from, name), moment })
  }
  const statements = /^\s*(?:import|export)\s+(type\s)?[^'"`=();]*?\bfrom\s*['"]([^'"]+)['"]/gm
  for (const [, type, name] of code.matchAll(statements)) add(name!, type ? 'type' : 'static')
  for (const [, name] of code.matchAll(/^\s*import\s*['"]([^'"]+)['"]/gm)) add(name!, 'static')
  const calls = /(\btypeof\s+)?\bimport\(\s*['"]([^'"]+)['"]\s*\)(\.[A-Z])?/g
  for (const [, type, name, member] of code.matchAll(calls))
    add(name!, type || member ? 'type' : 'dynamic')
  for (const [, name] of code.matchAll(/\brequire(?:\.resolve)?\(\s*['"]([^'"]+)['"]/g))
    add(name!, 'dynamic')
  for (const [, name] of code.matchAll(/\bnew URL\(\s*['"](\.[^'"]+\.ts)['"]/g))
    add(name!, 'worker')
  return found
}

/** Places where a module's name is computed, which no reader of the text can follow. */
export function findComputedImports(from: string, text: string): string[] {
  return [...removeComments(text).matchAll(/\bimport\(\s*([^'"\s)][^)]*)\)/g)].map(
    ([, argument]) => `${from}: import(${argument})`,
  )
}

/**
 * Loops among the local imports, as lists of files; empty when there are none. What runs in a thread
 * of its own is loaded anew there and closes no loop.
 */
export function findCycles(imports: readonly Import[]): string[][] {
  const targets = new Map<string, string[]>()
  for (const { from, to, local, moment } of imports) {
    if (local && moment !== 'worker') targets.set(from, [...(targets.get(from) ?? []), to])
  }
  const done = new Set<string>()
  const cycles: string[][] = []
  const visit = (file: string, path: readonly string[]): void => {
    const at = path.indexOf(file)
    if (at >= 0) cycles.push([...path.slice(at), file])
    if (at >= 0 || done.has(file)) return
    for (const next of targets.get(file) ?? []) visit(next, [...path, file])
    done.add(file)
  }
  for (const file of targets.keys()) visit(file, [])
  return cycles
}

/** Files and packages loaded together with `entry`, before any of its functions runs. */
export function findClosure(imports: readonly Import[], entry: string): string[] {
  const seen = new Set([entry])
  for (const file of seen) {
    for (const { from, to, moment } of imports) {
      if (from === file && moment === 'static') seen.add(to)
    }
  }
  return [...seen].sort()
}

function resolveName(from: string, name: string): { to: string; local: boolean } {
  if (name.startsWith('.')) return { to: posix.join(posix.dirname(from), name), local: true }
  const parts = name.split('/')
  return { to: parts.slice(0, name.startsWith('@') ? 2 : 1).join('/'), local: false }
}

/** Replaces comments by a blank; quotes, templates and regular expressions are stepped over. */
export function removeComments(text: string): string {
  const token =
    /\/\/[^\n]*|\/\*[\s\S]*?\*\/|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`|(?<=(?:[(,=:[!&|?{};]|=>|return)\s*)\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\/[a-z]*/g
  return text.replace(token, (match) => (/^\/[/*]/.test(match) ? ' ' : match))
}
