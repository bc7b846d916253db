/** Changes of TCP sockets for hand-made recordings. */
import type { Common, GivenTable } from '../given.ts'

/** A row of `sock:inet_sock_set_state`; addresses as hexadecimal text. */
export interface Change extends Common {
  readonly skaddr: number
  readonly from: number
  readonly to: number
  readonly sport: number
  readonly dport: number
  readonly saddr?: string
  readonly daddr?: string
  readonly saddr_v6?: string
  readonly daddr_v6?: string
  readonly family?: number
  readonly protocol?: number
}

const COLUMNS = {
  skaddr: 'ubigint',
  oldstate: 'integer',
  newstate: 'integer',
  sport: 'usmallint',
  dport: 'usmallint',
  family: 'usmallint',
  protocol: 'usmallint',
  saddr: 'blob',
  daddr: 'blob',
  saddr_v6: 'blob',
  daddr_v6: 'blob',
}

/** The event's table; all of TCP over IPv4 on 127.0.0.1 unless said otherwise. */
export function changes(list: readonly Change[]): Record<string, GivenTable> {
  const rows = list.map((change) => {
    const { from, to, saddr = '7F000001', daddr = '7F000001', ...rest } = change
    const [saddr_v6, daddr_v6] = [change.saddr_v6 ?? '', change.daddr_v6 ?? ''].map(bytes)
    return {
      ...{ family: 2, protocol: 6, ...rest, oldstate: from, newstate: to },
      ...{ saddr: bytes(saddr), daddr: bytes(daddr), saddr_v6: saddr_v6!, daddr_v6: daddr_v6! },
    }
  })
  return { 'sock.inet_sock_set_state': { columns: COLUMNS, rows } }
}

/** A blob as DuckDB casts it from text. */
function bytes(hex: string): string {
  return hex.replace(/../g, '\\x$&')
}
