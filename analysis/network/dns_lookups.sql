-- dns_lookups: a host name looked up through the C library, outermost call
-- needs: *.getaddrinfo | *.gethostbyname | *.gethostbyname2 | *.gethostbyname_r | *.gethostbyname2_r, uprobe_spans
-- column: ts ns on the trace clock when it was asked
-- column: dur ns until the answer; NULL unless both ends were recorded
-- column: cpu CPU
-- column: tid thread
-- column: tgid process; NULL if not known
-- column: comm its name at that time
-- column: source buffer, see meta.sources
-- column: call getaddrinfo, gethostbyname, …
-- column: host name that was looked up; NULL where there is none or it could not be read
-- column: service service or port that getaddrinfo was asked for; NULL if none
-- column: ret what the function returned: 0 or an EAI code, a pointer, or an errno; NULL if not known
-- column: error EAI_NONAME and the like, not found where gethostbyname returned NULL; NULL if it did not fail
-- column: state complete, entry (returns were not recorded), open, lost (events were lost in between)
-- source: getaddrinfo(3), gethostbyname(3); netdb.h of the GNU C library
-- record: --preset dns
with
calls as (
  select *, max(end_ts) over (partition by source, tid order by ts, end_ts desc rows between unbounded preceding and 1 preceding) as outer_end
  from uprobe_spans
  where name in ('getaddrinfo', 'gethostbyname', 'gethostbyname2', 'gethostbyname_r', 'gethostbyname2_r') and state <> 'no_entry'
)
select ts, dur, cpu, tid, tgid, comm, source, name as call, nullif(coalesce(args['node'], args['name']), '') as host,
  nullif(args['service'], '') as service, ret,
  case
    when name = 'getaddrinfo' and ret <> 0 then coalesce(map {
      -1: 'EAI_BADFLAGS', -2: 'EAI_NONAME', -3: 'EAI_AGAIN', -4: 'EAI_FAIL', -5: 'EAI_NODATA', -6: 'EAI_FAMILY',
      -7: 'EAI_SOCKTYPE', -8: 'EAI_SERVICE', -9: 'EAI_ADDRFAMILY', -10: 'EAI_MEMORY', -11: 'EAI_SYSTEM', -12: 'EAI_OVERFLOW'
    }[ret], 'EAI ' || ret)
    when name in ('gethostbyname', 'gethostbyname2') and ret = 0 then 'not found'
    when name like '%\_r' escape '\' and ret <> 0 then coalesce(errno_name(-ret), 'error ' || ret)
  end as error,
  state
from calls
where outer_end is null or ts >= outer_end
