/**
 * The index of shared libraries that ldconfig writes for the dynamic loader.
 * Authority: ld.so(8), ldconfig(8), and the file of glibc 2.36; the layout since glibc 2.2, all
 * offsets from its magic. Older files begin with another table, and this one follows it.
 *
 *     0 17  `glibc-ld.so.cache`   17  3  `1.1`
 *    20  4  entries   24  4  bytes of strings   28  1  flags   32  4  extensions   48     entries:
 *       0 4 flags   4 4 offset of the name   8 4 offset of the path   12 4   16 8 hardware level
 */

/** A library the loader knows. */
export interface CachedLibrary {
  /** Its soname, for example `libc.so.6`. */
  readonly name: string
  readonly path: string
}

const MAGIC = Buffer.from('glibc-ld.so.cache1.1', 'latin1')
const HEAD = 48
const ENTRY = 24

/** Entries of `/etc/ld.so.cache` in its own order; none when the bytes are something else. */
export function parseLoaderCache(bytes: Buffer): CachedLibrary[] {
  const start = bytes.indexOf(MAGIC)
  if (start < 0 || start + HEAD > bytes.length) return []
  const cache = bytes.subarray(start)
  const little = (cache[28]! & 3) !== 3
  const u32 = (at: number): number => (little ? cache.readUInt32LE(at) : cache.readUInt32BE(at))
  const count = Math.min(u32(20), Math.floor((cache.length - HEAD) / ENTRY))
  const libraries: CachedLibrary[] = []
  for (let at = HEAD; at < HEAD + count * ENTRY; at += ENTRY) {
    const name = textAt(cache, u32(at + 4))
    const path = textAt(cache, u32(at + 8))
    if (name !== '' && path.startsWith('/')) libraries.push({ name, path })
  }
  return libraries
}

function textAt(bytes: Buffer, at: number): string {
  const end = at < bytes.length ? bytes.indexOf(0, at) : -1
  return end < 0 ? '' : bytes.toString('utf8', at, end)
}
