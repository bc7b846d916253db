// Signals between two processes that know what they sent and what came.

import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { analysisObjects } from '../../analysis/index.ts'
import { openTraceDatabase } from '../../parser/trace-database.ts'
import { traceduck } from '../helpers/cli.ts'
import { holdTracefs, liveTracefs } from '../helpers/tracefs-snapshot.ts'

const found = liveTracefs()
const skip =
  'skip' in found
    ? found.skip
    : spawnSync('perl', ['-MPOSIX', '-e', '1']).status === 0
      ? undefined
      : 'perl is not installed'
if (skip !== undefined) {
  t.plan(0, skip)
  process.exit()
}
t.setTimeout(120_000)
holdTracefs(t)
const folder = mkdtempSync(join(tmpdir(), 'traceduck-signals-'))
t.teardown(() => rmSync(folder, { recursive: true, force: true }))

/** Prints `case number`: what the sender saw, and how often the receiver's handlers ran. */
const PROGRAM = String.raw`
use POSIX qw(:signal_h :sys_wait_h); $| = 1;
pipe(my $tell_r, my $tell_w); pipe(my $back_r, my $back_w);
my $receiver = fork();
if ($receiver == 0) {
  my %n = map { $_ => 0 } qw(USR1 HUP ALRM NUM35);
  for my $name (keys %n) { $SIG{$name} = sub { $n{$name}++ } }
  $SIG{USR2} = 'IGNORE';
  my $blocked = POSIX::SigSet->new(SIGHUP, 35);
  sigprocmask(SIG_BLOCK, $blocked);
  syswrite($back_w, "x");
  while (1) {
    my $got = sysread($tell_r, my $order, 1);
    next if !defined $got;
    if ($order eq 'u') { sigprocmask(SIG_UNBLOCK, $blocked) }
    if ($order eq 'a') { require Time::HiRes; Time::HiRes::ualarm(20_000); while (!$n{ALRM}) { select(undef, undef, undef, 0.005) } }
    if ($order eq 'c') { syswrite($back_w, join(' ', map { "$_ $n{$_}" } sort keys %n) . "\n"); next }
    syswrite($back_w, "x");
  }
}
my $wait = sub { sysread($back_r, my $x, 1) };
my $ask = sub { syswrite($tell_w, $_[0]); $wait->() };
$wait->();
print "sender $$\nreceiver $receiver\n";
print "probe ", kill(0, $receiver), "\n";
kill('USR1', $receiver); $ask->('n');
kill('USR2', $receiver); $ask->('n');
kill('HUP', $receiver); kill('HUP', $receiver);
kill(35, $receiver); kill(35, $receiver);
$ask->('n'); $ask->('u'); $ask->('a');
syswrite($tell_w, 'c'); print scalar readline($back_r);
kill('TERM', $receiver); waitpid($receiver, 0); print "died ", $? & 127, "\n";
print "dead ", kill('USR1', $receiver), " ", $! + 0, "\n";
`

t.test('eight ends of a signal', async (t) => {
  writeFileSync(join(folder, 'program.pl'), PROGRAM)
  const [out, log] = [join(folder, 'x.dat'), join(folder, 'log')]
  const { status, err } = traceduck([
    ...['record', '-o', out, '-q', '--preset', 'signals', '--'],
    ...['sh', '-c', `perl ${folder}/program.pl > ${log}`],
  ])
  t.equal(status, 0, err)
  const known = new Map(
    [...readFileSync(log, 'utf8').matchAll(/(\w+) (\d+)/g)].map(([, key, value]) => [
      key,
      Number(value),
    ]),
  )
  const [sender, receiver] = [known.get('sender'), known.get('receiver')]
  t.same(
    ['probe', 'USR1', 'HUP', 'ALRM', 'died', 'dead'].map((key) => known.get(key)),
    [1, 1, 1, 1, 15, 0],
    'what the program knows',
  )
  t.ok(known.get('NUM35')! > 0, 'perl may call its handler once for two that come together')
  const { database, trace } = await openTraceDatabase(out, { objects: analysisObjects })
  const { rows } =
    await database.all(`select sig, state, coalesce(sender_tid, 0), handler, is_fatal, error
    from signals where receiver_tid = ${receiver} and sig not in (17, 18) order by ts`)
  t.same(rows, [
    [0, 'probe', sender, null, false, null],
    [10, 'delivered', sender, 'handler', false, null],
    [12, 'ignored', sender, null, false, null],
    [1, 'delivered', sender, 'handler', false, null],
    [1, 'coalesced', sender, null, false, null],
    [35, 'delivered', sender, 'handler', false, null],
    [35, 'delivered', sender, 'handler', false, null],
    [14, 'delivered', 0, 'handler', false, null],
    [15, 'delivered', sender, 'default', true, null],
    [10, 'failed', sender, null, false, 'ESRCH'],
  ])
  const latencies = await database.all(
    `select sig, min(dur) > 0, max(dur) < 60e9 from signals where receiver_tid = ${receiver} and state = 'delivered' group by all`,
  )
  t.same(new Set(latencies.rows.flatMap(([, ...checks]) => checks)), new Set([true]))
  const blocked = await database.all(
    `select count(distinct end_ts)::integer, bool_and(end_ts > (select max(ts) from signals where sig in (1, 35)))
     from signals where receiver_tid = ${receiver} and sig in (1, 35) and state = 'delivered'`,
  )
  t.same(blocked.rows, [[3, true]], 'those that were blocked came after the last of them was sent')
  const child = await database.all(
    `select sender_tid, receiver_tid from signals where sig = 17 and sender_tid = ${receiver}`,
  )
  t.same(child.rows, [[receiver, sender]], 'the end of the child is told to its parent')
  await database.close()
  trace.close()
})
