/** Trials of what the recorder needs beside tracefs: names, compression, system calls, the clock. */
import { readFileSync } from 'node:fs'
import { type DoctorCheck, reasonOf, tryOut } from './doctor-trial.ts'

/** Above this a clock is read by a system call or from a slow device. Unit: nanoseconds. */
const SLOW_CLOCK_NS = 1000
const CLOCK_READS = 20_000

/** Trials outside tracefs. */
export async function tryFile(): Promise<DoctorCheck[]> {
  return [await tryFfi(), await tryZstd(), kernelNames(), clockCost()]
}

async function tryFfi(): Promise<DoctorCheck> {
  const base = { id: 'system-calls', group: 'file' } as const
  try {
    const { makePipe } = await import('./syscalls.ts')
    const { closeSync } = await import('node:fs')
    const pipe = makePipe()
    closeSync(pipe.read)
    closeSync(pipe.write)
    return {
      ...base,
      status: 'yes',
      detail: 'pipes, splice and poll through koffi',
      required: true,
    }
  } catch (error) {
    const remedy = 'install the package for this platform: npm install --include=optional'
    return { ...base, status: 'no', detail: reasonOf(error), remedy, required: true }
  }
}

async function tryZstd(): Promise<DoctorCheck> {
  const base = { id: 'zstd', group: 'file' } as const
  const remedy =
    'install libzstd (libzstd1); files are written with zlib or uncompressed without it'
  try {
    const { loadZstdCompressor } = await import('../writer/zstd.ts')
    const zstd = loadZstdCompressor(1)
    const input = Buffer.alloc(4096)
    const got = zstd?.compress(input, Buffer.alloc(8192))
    if (zstd && got !== undefined && got < input.length) {
      return { ...base, status: 'yes', detail: `libzstd ${zstd.version}` }
    }
    return { ...base, status: 'no', detail: 'libzstd.so.1 cannot be loaded', remedy }
  } catch (error) {
    return { ...base, status: 'no', detail: reasonOf(error), remedy }
  }
}

function kernelNames(): DoctorCheck {
  return tryOut({
    id: 'kallsyms',
    group: 'file',
    remedy: 'as root: sysctl kernel.kptr_restrict=1 (0 for other users)',
    run: () => {
      const text = readFileSync('/proc/kallsyms', 'latin1')
      const lines = text.split('\n').length - 1
      if (!/^0*[1-9a-f][0-9a-f]* /m.test(text))
        throw new Error('addresses are hidden from this user')
      return `${lines} names of kernel functions`
    },
  })
}

/** A kernel that reads time from a slow device pays for it with every event. */
function clockCost(): DoctorCheck {
  const source = readQuietly('/sys/devices/system/clocksource/clocksource0/current_clocksource')
  const began = process.hrtime.bigint()
  for (let n = 0; n < CLOCK_READS; n++) process.hrtime()
  const each = Math.round(Number(process.hrtime.bigint() - began) / CLOCK_READS)
  const base = { id: 'clock-source', group: 'file' } as const
  const detail = `${source || 'unknown'}, ${each} ns a reading`
  if (each < SLOW_CLOCK_NS) return { ...base, status: 'yes', detail }
  const remedy = 'each event pays for it with the clocks mono and boot; record with -C local'
  return { ...base, status: 'no', detail, remedy }
}

function readQuietly(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch {
    return ''
  }
}
