"""`make chaos`: the fault run at full length, ten minutes and more; its books are kept in bench/results/."""

import argparse
import shutil
import sys
import tempfile
import time
from pathlib import Path

import msgspec
import uvloop

from tests.chaos import books
from tests.chaos import run as runs


def main() -> None:
    """Run, print the table, fail when the promise was not kept."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=620)
    parser.add_argument("--rate", type=float, default=100, help="messages a second")
    parser.add_argument("--name", default=time.strftime("chaos-%Y-%m-%d-%H%M"), help="of the file in bench/results/")
    given = parser.parse_args()
    home = Path(tempfile.mkdtemp(prefix="orkesta-chaos-"))
    report = uvloop.run(runs.run(home, seconds=given.seconds, per_second=given.rate))
    sys.stdout.write("\n".join(books.lines(report)) + "\n")
    path = Path(__file__).parents[2] / "bench" / "results" / f"{given.name}.json"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(msgspec.json.format(msgspec.json.encode(report)) + b"\n")
    if report.clean:
        shutil.rmtree(home, ignore_errors=True)
    else:
        sys.stdout.write(f"the promise was broken; the servers' data and logs are in {home}\n")
    sys.exit(not report.clean)


if __name__ == "__main__":
    main()
