"""Opens a recording in Python: ``db = traceduck.connect("trace.dat")``.

This is convenience only. The command ``traceduck`` reads the recording; what comes back is a
connection to the DuckDB database that it made, with all tables, relations and macros in it.
"""

import atexit
import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import duckdb
import pandas

_made = []


def command():
    """The command: ``$TRACEDUCK``, else what is on the path, else the checkout that this file is in."""
    if "TRACEDUCK" in os.environ:
        return shlex.split(os.environ["TRACEDUCK"])
    if found := shutil.which("traceduck"):
        return [found]
    built = Path(__file__).resolve().parent.parent / "dist/cli/main.js"
    if built.exists():
        return ["node", str(built)]
    raise FileNotFoundError("no command traceduck: install it, or say with TRACEDUCK how to run it")


def _run(*args):
    done = subprocess.run([*command(), *map(str, args)], capture_output=True, text=True)
    if done.stderr:
        print(done.stderr, end="", file=sys.stderr)
    if done.returncode != 0:
        raise RuntimeError(done.stderr.strip())
    return done.stdout


def connect(path, keep=None):
    """Opens a trace.dat, or a database that ``traceduck import`` made of one, for reading.

    A trace.dat is imported first, into a temporary file, or into ``keep`` where a later session is
    to find it. What was lost while recording is said at once.
    """
    path = Path(path)
    if path.suffix != ".duckdb":
        if keep is None:
            _made.append(tempfile.mkdtemp(prefix="traceduck-"))
            keep = Path(_made[-1]) / f"{path.stem}.duckdb"
        _run("import", path, "-o", keep, "-q")
        path = keep
    return duckdb.connect(str(path), read_only=True)


@atexit.register
def _remove_made():
    for folder in _made:
        shutil.rmtree(folder, ignore_errors=True)


def lost_events(db):
    """A row for each CPU: events read, gaps in which events were lost, and how many were lost.

    Counts are lower bounds where ``unknown`` gaps are, in which the kernel did not count.
    """
    return db.sql("""
        select c.source, c.cpu, c.events, count(l.ts) as gaps, coalesce(sum(l.count), 0)::bigint as lost,
          count(l.ts) filter (l.count is null) as unknown
        from meta.cpus c left join meta.lost_events l using (source, cpu)
        group by all order by all""").df()


def run(db, report, **params):
    """Answers a report of ``traceduck run`` as a data frame: ``run(db, "file-top", top=5)``."""
    ((path,),) = db.sql(
        "select path from duckdb_databases() where database_name = current_database()"
    ).fetchall()
    given = [part for name, value in params.items() for part in ("--param", f"{name}={value}")]
    return pandas.DataFrame(json.loads(_run("run", report, path, "--format", "json", *given)))
