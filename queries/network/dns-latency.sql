-- dns-latency: names looked up through the C library, and how long that took
-- alias: gethostlatency
-- needs: *.getaddrinfo | *.gethostbyname | *.gethostbyname2 | *.gethostbyname_r | *.gethostbyname2_r
-- views: dns_lookups
-- param: comm varchar = '%' only threads whose name matches this pattern
-- param: pid integer = null only this process or thread; ids are those of the initial pid namespace
-- param: tid integer = null only this thread; thread ids are those of the initial pid namespace
-- param: host varchar = '%' only names that match this pattern
-- param: min_ms double = 0 only look-ups that took at least this long
-- param: from time = null only from this time on
-- param: to time = null only up to this time
-- column: time when the name was asked for: time of day (UTC) where the recording has a wall clock, else seconds since its first event
-- column: pid process; the thread where that is not known
-- column: lat_ms time until the answer; NULL while it was not there at the end
-- column: host name as the program gave it
-- column: ret what the function returned: 0 or an EAI code, a pointer, or an errno; NULL if not known
-- column: error why it failed; NULL where it did not
-- column: tid thread
-- column: ts ns on the trace clock
-- render: table
-- empty: name look-up
-- record: --preset dns
-- read: Programs that ask in other ways are not seen: static ones, Go, musl, c-ares, systemd-resolved by D-Bus.
-- read: gethostbyname calls gethostbyname_r; only the outer call is listed.
select report_time(ts) as time, coalesce(tgid, tid) as pid, comm, round(dur / 1e6, 3) as lat_ms, coalesce(host, '<unknown>') as host, ret,
  call, service, error, state, tid, ts
from dns_lookups
where comm like $comm and ($tid is null or tid = $tid) and ($pid is null or $pid in (tid, tgid)) and coalesce(host, '') like $host
  and ($min_ms = 0 or dur >= $min_ms * 1e6) and ($from is null or ts >= $from) and ($to is null or ts <= $to)
order by dns_lookups.ts
