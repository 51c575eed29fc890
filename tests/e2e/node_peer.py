"""Runs a script of Node with the packages of the lock file, and talks with it line by line."""
import json
import os
import select
import subprocess

from stand import StandError, tool

HERE = os.path.dirname(os.path.abspath(__file__))


class NodePeer:
    """A running script. It writes lines of JSON while it is asked, and text in the end."""

    def __init__(self, script, *arguments):
        if not os.path.isdir(os.path.join(HERE, "node_modules")):
            raise StandError("tests/e2e/node_modules is missing: tests/setup all installs it")
        self._script = script
        self._process = subprocess.Popen(
            [tool("node"), os.path.join(HERE, script), *arguments], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=HERE)

    def __enter__(self):
        return self

    def __exit__(self, *_what):
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        self._process.stdin.close()
        self._process.stdout.close()

    def read(self, seconds=60):
        """Returns the next line, which has to be JSON."""
        if not select.select([self._process.stdout], [], [], seconds)[0]:
            raise StandError(f"{self._script} wrote nothing for {seconds} s")
        line = self._process.stdout.readline().decode()
        try:
            return json.loads(line)
        except ValueError:
            raise StandError(f"{self._script}: {line}{self._process.stdout.read().decode()}")

    def write(self, value):
        self._process.stdin.write(json.dumps(value).encode() + b"\n")
        self._process.stdin.flush()

    def finish(self, seconds=450):
        """Waits for the end and returns (status, what was written)."""
        written, _ = self._process.communicate(timeout=seconds)
        return self._process.returncode, written.decode()
