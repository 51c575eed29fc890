"""Runs `regauge inspect` and `regauge translate` and reads what they print, one JSON object a line."""
import base64
import concurrent.futures
import json
import os
import subprocess

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
REGAUGE = os.environ.get("REGAUGE") or os.path.join(ROOT, "build/dev/proxy/regauge")
SECONDS = 60


class Answer:
    """What one run of the program came to."""

    def __init__(self, status, out, err):
        self.status = status
        self.out = out
        self.err = err
        self.events = [json.loads(line) for line in out.splitlines()] if out.startswith("{") else []

    def of_kind(self, kind):
        return [event for event in self.events if event["event"] == kind]

    def first(self, kind):
        found = self.of_kind(kind)
        return found[0] if found else None

    def kinds(self):
        return [event["event"] for event in self.events]


def run(arguments, octets=b""):
    """Runs the program with `octets` on its standard input."""
    ended = subprocess.run([REGAUGE, *arguments], input=octets, capture_output=True, timeout=SECONDS)
    return Answer(ended.returncode, ended.stdout.decode(), ended.stderr.decode("utf-8", "replace"))


def inspect(kind, octets, *arguments, context=None):
    """Runs `regauge inspect KIND --json`."""
    if context:
        arguments = (*arguments, "--context", json.dumps(context))
    return run(["inspect", kind, "--json", *arguments], octets)


def translate(objects):
    """Runs `regauge translate` with one line for each object; a string is a line as it stands."""
    lines = [one if isinstance(one, str) else json.dumps(one) for one in objects]
    return run(["translate"], ("\n".join(lines) + "\n").encode())


def cases(name):
    with open(os.path.join(ROOT, "tests/cases", name), encoding="utf-8") as file:
        return [json.loads(line) for line in file if line.strip()]


def decoded(text):
    return base64.b64decode(text, validate=True)


def side_by_side(function, items):
    """Calls `function` with each item, as many at once as there are processors; keeps the order."""
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        return list(pool.map(function, items))
