/** Where things are, seen from a compiled test. */
import { fileURLToPath } from 'node:url'

/** Repository root, with a final slash. */
export const root: string = fileURLToPath(new URL('../../../', import.meta.url))

/** Absolute path of a file under `fixtures/`. */
export const fixture = (...parts: string[]): string => `${root}fixtures/${parts.join('/')}`
