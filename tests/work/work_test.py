#!/usr/bin/env python3
"""Holds the work counters against counted instructions: a loop that nobody counts shows as a row
whose instructions grow beyond what its counter explains.

Usage: work_test.py PROBE          checks; --table prints every row as Markdown as well
"""
import re
import subprocess
import sys
import tempfile
from pathlib import Path

# Two laws for each row, with one set of constants for all inputs of a codec.
#   seen:    instructions <= SEEN * (work + messages)
#            The counter sees every loop: nothing runs long without being counted.
#   bounded: instructions <= 300 * octets on the wire + 10 * octets of names and values
#                            + 3 * work + MESSAGE * messages
#            Each octet of the wire costs a bounded number of instructions, however short the
#            representations are and whatever the tables hold; copying is all that comes on top.
# Messages are field blocks, lines and frames, and the pieces in which the input was offered: a call
# of an HTTP/2 connection that brings one octet still opens and ends a batch and asks for output.
# The constants are those of the build that the tests use (-O1 with assertions) and stand 10 to 60 %
# above what the most expensive row needs.
SEEN = {"hpack-decode": 600, "hpack-encode": 350, "h1-decode": 350, "h2-receive": 800}
MESSAGE = {"hpack-decode": 400, "hpack-encode": 400, "h1-decode": 400, "h2-receive": 1000}

# Bars, instructions per octet on the wire: the speed of clean messages in that same build. They stand
# about 10 % above what was measured; bench/README.md has the figures of the optimised build.
BARS = {"h1-decode/browser": 7.9, "h1-decode/get-of-76-octets": 24, "h1-decode/cookie-of-2k": 1.63,
        "h1-decode/many-small-fields": 13.7, "h1-decode/many-aliases": 75}


def laws(name, work, octets_in, emitted, messages):
    codec = name.split("/")[0]
    wire, text = (emitted, octets_in) if codec.endswith("encode") else (octets_in, emitted)
    yield "seen", SEEN[codec] * (work + messages)
    yield "bounded", 300 * wire + 10 * text + 3 * work + MESSAGE[codec] * messages
    if name in BARS:
        yield "bar", BARS[name] * octets_in


def measure(probe):
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            ["valgrind", "--tool=callgrind", f"--callgrind-out-file={folder}/out", probe],
            capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"work: the probe failed\n{done.stdout}{done.stderr}")
        instructions = {}
        for path in Path(folder).iterdir():
            text = path.read_text(errors="replace")
            name = re.search(r"^desc: Trigger: Client Request: (\S+)$", text, re.M)
            if name:
                instructions[name[1]] = int(re.search(r"^(?:totals|summary): (\d+)", text, re.M)[1])
    for line in done.stdout.splitlines():
        name, *counts = line.split()
        yield name, instructions[name], *map(int, counts)


def main():
    table = "--table" in sys.argv
    rows = failures = 0
    if table:
        print("| row | instructions | octets in | emitted | work | messages and pieces | of each law |")
        print("|---|---|---|---|---|---|---|")
    for name, instructions, *counts in measure(sys.argv[1]):
        work, octets_in, emitted, messages = counts
        rows += 1
        shares = []
        for law, allowed in laws(name, *counts):
            shares.append(f"{instructions / allowed:.2f}")
            if instructions > allowed:
                failures += 1
                print(f"work: {name} breaks the law '{law}': {instructions} instructions, {allowed} allowed for "
                      f"{octets_in} octets in, {emitted} emitted, {work} work, {messages} messages")
        if table:
            cells = [name, instructions, octets_in, emitted, work, messages, " ".join(shares)]
            print("| " + " | ".join(map(str, cells)) + " |")
    print(f"work: {rows} rows, {failures} failures")
    sys.exit(0 if failures == 0 and rows > 20 else 1)


main()
