"""Reads exported folders with pyarrow, polars, pandas and duckdb; prints what they do not agree on.

Arguments: pairs of a Parquet folder and an Arrow folder of the same recording.
"""

import glob
import json
import os
import sys

import polars
import pyarrow
import pyarrow.dataset
import pyarrow.ipc
import pyarrow.parquet


def tables(folder, extension):
    """Names of the files' folders below `folder`, event tables and those of meta."""
    found = glob.glob(f"{glob.escape(folder)}/**/*.{extension}", recursive=True)
    return sorted({os.path.relpath(path, folder) for path in found})


def compare(parquet, arrow, problems):
    rows = 0
    events = 0
    for path in tables(parquet, "parquet"):
        name = os.path.splitext(path)[0]
        stored = pyarrow.parquet.read_table(os.path.join(parquet, path), partitioning=None)
        with pyarrow.ipc.open_file(os.path.join(arrow, f"{name}.arrow")) as file:
            gathered = file.read_all()
        gathered.validate(full=True)
        if not plain(stored.schema).equals(plain(gathered.schema)):
            problems.append(f"{name}: schema of Parquet {stored.schema}, of Arrow {gathered.schema}")
        elif not stored.cast(plain(gathered.schema)).equals(gathered):
            problems.append(f"{name}: pyarrow reads other rows from Parquet than from Arrow")
        if not polars.read_parquet(os.path.join(parquet, path), hive_partitioning=False).equals(
            polars.read_ipc(os.path.join(arrow, f"{name}.arrow"))
        ):
            problems.append(f"{name}: polars reads other rows from Parquet than from Arrow")
        rows += stored.num_rows
        if name.startswith("system="):
            events += stored.num_rows
            for table in (stored, gathered):
                if b"traceduck.clock" not in (table.schema.metadata or {}):
                    problems.append(f"{name}: no clock in the schema's metadata")
    return rows, events


def plain(schema):
    """A schema with the item's name as Arrow has it: Parquet's lists call theirs `element`."""
    return pyarrow.schema(
        pyarrow.field(f.name, pyarrow.list_(f.type.value_type) if pyarrow.types.is_list(f.type) else f.type)
        for f in schema
    )


def hive(parquet, problems):
    """Rows of the event tables as readers of hive-partitioned folders count them."""
    pattern = f"{glob.escape(parquet)}/system=*/event=*/*.parquet"
    files = sorted(glob.glob(pattern))
    if not files:
        return 0
    columns = [pyarrow.field("ts", pyarrow.int64()), ("system", pyarrow.string()), ("event", pyarrow.string())]
    partitioning = pyarrow.dataset.partitioning(
        pyarrow.schema(columns[1:]), flavor="hive"
    )
    dataset = pyarrow.dataset.dataset(
        files, schema=pyarrow.schema(columns), partitioning=partitioning, partition_base_dir=parquet
    )
    count = dataset.count_rows()
    frame = polars.scan_parquet(
        files, hive_partitioning=True, missing_columns="insert", extra_columns="ignore", schema={"ts": polars.Int64}
    )
    by_polars = frame.select(polars.len()).collect().item()
    if by_polars != count:
        problems.append(f"{parquet}: {count} rows for pyarrow, {by_polars} for polars")
    try:
        import duckdb
    except ImportError:
        return count
    by_duckdb = duckdb.sql(
        f"select count(*), count(distinct system), count(distinct (system, event)) from read_parquet('{pattern}', union_by_name = true)"
    ).fetchall()[0]
    if by_duckdb[0] != count:
        problems.append(f"{parquet}: {count} rows for pyarrow, {by_duckdb[0]} for duckdb")
    return count


def main():
    problems = []
    results = []
    for parquet, arrow in zip(sys.argv[1::2], sys.argv[2::2]):
        rows, events = compare(parquet, arrow, problems)
        counted = hive(parquet, problems)
        if counted != events:
            problems.append(f"{parquet}: {events} rows in the files, {counted} as a hive-partitioned table")
        results.append({"rows": rows, "events": events})
    print(json.dumps({"problems": problems, "results": results}))


main()
