import { spawn } from 'node:child_process'
import { closeSync, existsSync, openSync, realpathSync } from 'node:fs'
import t from 'tap'
import { DEFAULT_LIMITS } from '../../parser/container/limits.ts'
import { parseProcessMaps } from '../../parser/container/process-maps.ts'
import {
  encodeProcessMapping,
  parseMaps,
  processOf,
  readDescendants,
  readDescriptors,
  readProcessMapping,
} from '../../recorder/process-info.ts'

const skip = existsSync('/proc/self/maps') ? false : 'needs /proc'

const MAPS = `00400000-00401000 r--p 00000000 fe:00 7                                  /usr/bin/a b
00401000-00402000 r-xp 00001000 fe:00 7                                  /usr/bin/a b
00600000-00601000 rw-p 00000000 00:00 0
01000000-01021000 rw-p 00000000 00:00 0                                  [heap]
7f0000000000-7f0000001000 r-xp 00002000 fe:00 9                          /lib/x\\012y.so
7ffd00000000-7ffd00001000 r-xp 00000000 00:00 0                          [vdso]
`

t.test('maps keep the files', async (t) => {
  t.same(
    parseMaps(MAPS).map(({ start, offset, executable, path }) => [start, offset, executable, path]),
    [
      [0x400000n, 0n, false, '/usr/bin/a b'],
      [0x401000n, 0x1000n, true, '/usr/bin/a b'],
      [0x7f0000000000n, 0x2000n, true, '/lib/x\ny.so'],
    ],
  )
  t.same(parseMaps('nonsense\n'), [])
})

t.test('PROCMAPS is what the reader of trace.dat takes', async (t) => {
  const payload = encodeProcessMapping({
    pid: 4660,
    program: '/usr/bin/a b',
    maps: parseMaps(MAPS),
  })
  t.equal(payload.at(-1), 0, 'ends with NUL')
  const text = Buffer.from(payload.subarray(0, -1)).toString()
  t.equal(
    text,
    '1234 2 /usr/bin/a b\n400000 402000 /usr/bin/a b\n7effffffe000 7f0000001000 /lib/x\\012y.so\n',
  )
  const { pid, name, maps } = parseProcessMaps(text, DEFAULT_LIMITS)
  t.equal(pid, 4660)
  t.equal(name, '/usr/bin/a b')
  t.same(maps[0], { start: 0x400000n, end: 0x402000n, path: '/usr/bin/a b' })
  t.equal(maps.length, 2)
})

t.test('this process', { skip }, async (t) => {
  const mapping = readProcessMapping(process.pid)
  t.equal(mapping?.program, realpathSync(process.execPath))
  t.ok(mapping?.maps.some(({ executable, path }) => executable && path === mapping.program))
  t.equal(readProcessMapping(0x7fffffff), undefined)
  t.equal(processOf(process.pid), process.pid)
  t.equal(processOf(0x7fffffff), undefined)

  const path = t.testdir({ file: 'text' })
  const fd = openSync(`${path}/file`, 'r')
  const found = readDescriptors([process.pid]).find((open) => open.fd === fd)
  closeSync(fd)
  t.match(found, { pid: process.pid, target: `${path}/file` })
  t.equal((found?.flags ?? 0) & 3, 0, 'read only')
  t.same(readDescriptors([0x7fffffff]), [])
})

t.test('children and their children', { skip }, async (t) => {
  const child = spawn('sh', ['-c', 'sleep 30 & echo $!; wait'], { stdio: ['ignore', 'pipe', 2] })
  const [text] = await new Promise<[Buffer]>((resolve) => {
    child.stdout!.once('data', (data: Buffer) => resolve([data]))
  })
  const grandchild = Number(String(text))
  t.same(readDescendants([child.pid!]), [grandchild])
  const all = readDescendants([process.pid])
  t.ok(all.includes(child.pid!) && all.includes(grandchild))
  process.kill(grandchild)
  child.kill()
  t.notOk(readDescendants([child.pid!]).includes(child.pid!))
})
