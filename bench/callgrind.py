"""Reads what valgrind's callgrind counted: for the scripts beside it."""
import collections
import re
import subprocess
import sys
from pathlib import Path


def dumps_of(command, folder):
    """Runs a program under callgrind; returns what it printed, in words, and the dump of each row.

    The program names a dump after each row that it runs (CALLGRIND_DUMP_STATS_AT)."""
    done = subprocess.run(
        ["valgrind", "--tool=callgrind", "--compress-strings=no", f"--callgrind-out-file={folder}/out", *command],
        capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{Path(sys.argv[0]).name}: {command[0]} failed\n{done.stdout}{done.stderr}")
    dumps = {}
    for path in Path(folder).iterdir():
        name = re.search(r"^desc: Trigger: Client Request: (\S+)$", path.read_text(errors="replace"), re.M)
        if name:
            dumps[name[1]] = path
    return [line.split() for line in done.stdout.splitlines()], dumps


def instructions_in(dump):
    return int(re.search(r"^(?:totals|summary): (\d+)", dump.read_text(errors="replace"), re.M)[1])


def profile(dump):
    """Prints the functions of a dump by their own instructions, without those that they call."""
    own = collections.Counter()
    function, called = "", False
    for line in dump.read_text(errors="replace").splitlines():
        if line.startswith("fn="):
            function = line.removeprefix("fn=")
        elif line.startswith("calls="):
            called = True
        elif re.match(r"[0-9+*-]", line):
            own[function] += 0 if called else int(line.split()[1])
            called = False
    total = sum(own.values())
    for name, count in own.most_common(25):
        print(f"{count:9} {100 * count / total:5.1f} %  {name}")
