-- page_faults: an access to memory that the processor asked the kernel about
-- needs: exceptions.page_fault_user | exceptions.page_fault_kernel
-- optional: exceptions.page_fault_user (address ubigint, ip ubigint, error_code ubigint)
-- optional: exceptions.page_fault_kernel (address ubigint, ip ubigint, error_code ubigint)
-- column: ts ns on the trace clock
-- column: cpu CPU
-- column: tid thread
-- column: tgid process; NULL if not known
-- column: comm the thread's name
-- column: source buffer, see meta.sources
-- column: mode user or kernel: which of them made the access
-- column: address that was accessed
-- column: ip address of the instruction
-- column: error_code the processor's bits
-- column: access read, write or exec; NULL for other processors than x86
-- column: present true where a page was there and did not allow it; NULL for other processors than x86
-- source: arch/x86/include/asm/trace/exceptions.h, arch/x86/include/asm/trap_pf.h (X86_PF_PROT 1, X86_PF_WRITE 2, X86_PF_INSTR 16)
-- record: --preset memory
with
faults as (
  select 'user' as mode, * from page_fault_user
  union all
  select 'kernel', * from page_fault_kernel
),
machines as (select source, regexp_matches(kernel, '(x86_64|i[3-6]86|amd64)') as is_x86 from meta.sources),
processes as (select source, pid, any_value(tgid) as tgid from meta.tasks where tgid is not null group by all)
select f.ts, f.common_cpu as cpu, f.common_pid as tid, p.tgid, f.common_comm as comm, f.common_source as source, f.mode,
  f.address, f.ip, f.error_code,
  case when m.is_x86 then case when error_code & 16 <> 0 then 'exec' when error_code & 2 <> 0 then 'write' else 'read' end
    end as access,
  case when m.is_x86 then error_code & 1 <> 0 end as present
from faults f
left join machines m on m.source = f.common_source
left join processes p on p.source = f.common_source and p.pid = f.common_pid
