"""One run of h2load, and what it says."""
import re
import subprocess
from dataclasses import dataclass


@dataclass
class Outcome:
    succeeded: int
    failed: int
    seconds: float


def streams_for(cell):
    """Concurrent streams a client connection: enough to fill H2, one for H1."""
    if cell.front == "h1":
        return 1
    return 100 if cell.connections == 1 else 10 if cell.connections <= 100 else 1


def run(stand, port, cell, requests, timeout=90):
    """Sends `requests` requests through the proxy at `port`; raises when h2load says nothing."""
    streams = max(1, min(streams_for(cell), requests // cell.connections))
    argv = ["taskset", "-c", str(stand.load_core), "h2load", "-t1", "-c", str(cell.connections),
            "-m", str(streams), "-n", str(requests)]
    if cell.front == "h1":
        argv.append("--h1")
    if cell.content == "1m" and cell.front == "h2":
        argv += ["-w", "20", "-W", "24"]
    scheme = "https" if cell.tls else "http"
    argv.append(f"{scheme}://127.0.0.1:{port}/{cell.content}")
    out = subprocess.run(argv, capture_output=True, text=True, timeout=timeout)
    # Not "succeeded": h2load 1.52 counts an H1 200 with an empty reason phrase as failed.
    done = re.search(r"(\d+) done, \d+ succeeded, \d+ failed, (\d+) errored, (\d+) timeout",
                     out.stdout)
    codes = re.search(r"(\d+) 4xx, (\d+) 5xx", out.stdout)
    if not done or not codes:
        raise RuntimeError(out.stdout + out.stderr)
    refused = int(codes.group(1)) + int(codes.group(2))
    finished = re.search(r"finished in ([\d.]+)(ms|s|us)", out.stdout)
    scale = {"s": 1.0, "ms": 1e-3, "us": 1e-6}[finished.group(2)]
    return Outcome(int(done.group(1)) - refused,
                   refused + int(done.group(2)) + int(done.group(3)),
                   float(finished.group(1)) * scale)
