-- symbol_pages: a page of 4 KiB that a kernel symbol reaches into, so that addresses are found by equality
-- column: source first buffer of the file, as in meta.symbols
-- column: page address divided by 4096
-- column: address of the symbol
-- column: end_address where the next symbol begins, at most 1 MiB on: what is farther away belongs to none
-- column: name of the symbol; of several at one address a global one
-- source: /proc/kallsyms as recorded, see meta.symbols; absolute symbols are no addresses
-- record: any events
with
symbols as (
  select source, address, arg_min(name,
    case when name like '\_\_p__\_%' escape '\' then '2' when type in ('T', 'W') then '0' else '1' end || name) as name
  from meta.symbols where type not in ('a', 'A', 'n', 'N') and address > 0
  group by all
),
ends as (
  select *, least(address::hugeint + 1048576, lead(address) over (partition by source order by address),
    18446744073709551615)::ubigint as end_address
  from symbols
)
select source, unnest(range((address >> 12)::bigint, ((end_address - 1) >> 12)::bigint + 1)) as page, address,
  end_address, name
from ends
