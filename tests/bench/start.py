"""`python -m tests.bench.start [--json FILE]`: how soon `bot serve` is ready, on a new database and again, and what it
holds in memory when nobody writes."""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.bench.load import cpu_seconds, memory_mb
from tests.running import environment, free_port, with_twilio

STARTS = 5
AT_REST_SECONDS = 2.0


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


def start(data: Path) -> dict[str, Any]:
    """One start: seconds of the clock and of a core until /readyz says so, and megabytes a moment later."""
    port, begun = free_port(), time.perf_counter()
    environ = environment(**with_twilio("http://127.0.0.1:9", port), CHASKI_DATA=str(data))
    with (data / "serve.log").open("w") as said:
        process = subprocess.Popen([sys.executable, "-m", "bot", "serve"], env=environ, stdout=said, stderr=said)
        try:
            while not is_ready(port):
                time.sleep(0.01)
            took, used = time.perf_counter() - begun, cpu_seconds(process.pid)
            time.sleep(AT_REST_SECONDS)
            return {"seconds": round(took, 2), "cpu_seconds": round(used, 2), "memory_mb": memory_mb(process.pid)}
        finally:
            process.terminate()
            process.wait()


def is_ready(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5) as answer:
            return int(answer.status) == 200
    except (urllib.error.URLError, ConnectionError):
        return False


def main(argv: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path, help="where the figures are written")
    asked = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as folder:
        first, *again = [start(Path(folder)) for _ in range(STARTS)]
    found = {"first": first, "again": {name: statistics.median(each[name] for each in again) for name in first}}
    for which, each in found.items():
        said = "ready in {seconds} s ({cpu_seconds} s of a core), {memory_mb} MB at rest".format(**each)
        say(f"{which}: {said}")
    if asked.json:
        asked.json.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
