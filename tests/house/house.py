#!/usr/bin/env python3
"""The style guide as a test. Prints each finding as path:line: [rule] message.

  house.py SOURCE_DIR              checks every file that git knows or would add
  house.py SOURCE_DIR --self-test  shows that each rule finds its bad samples and not its good ones
"""
import os
import subprocess
import sys

import code_rules
import layout_rules
import text_rules
from rule import File

RULES = layout_rules.RULES + code_rules.RULES + text_rules.RULES
BINARY = (".png", ".bin", ".ico", ".gz", ".pem")


def files_of(root):
    listed = subprocess.run(["git", "-C", root, "ls-files", "-co", "--exclude-standard", "-z"],
                            capture_output=True, text=True)
    if listed.returncode == 0:
        paths = listed.stdout.split("\0")
    else:  # an unpacked archive
        paths = [os.path.relpath(os.path.join(folder, name), root) for folder, _, names in os.walk(root)
                 for name in names if "/build/" not in folder + "/"]
    for path in sorted(filter(None, paths)):
        full = os.path.join(root, path)
        if path.endswith(BINARY) or path.startswith("corpus/") and not path.endswith(".md"):
            continue
        try:
            with open(full, encoding="utf-8") as file:
                yield File(path, file.read())
        except (UnicodeDecodeError, FileNotFoundError, IsADirectoryError):
            continue  # octets, or deleted and not committed


def check(root):
    text_rules.TREE = text_rules.Tree(root)
    count = findings = 0
    for file in files_of(root):
        count += 1
        for rule in RULES:
            for line, message in rule.findings(file):
                print(f"{file.path}:{line}: [{rule.name}] {message}")
                findings += 1
    print(f"house: {count} files, {len(RULES)} rules, {findings} findings")
    return findings == 0 and count > 0


def self_test():
    text_rules.TREE = text_rules.Tree(files=text_rules.SAMPLE_TREE)
    failures = 0
    for rule in RULES:
        for path, text in rule.bad:
            if not rule.findings(File(path, text)):
                print(f"[{rule.name}] misses a bad sample, {path}:\n{text}")
                failures += 1
        for path, text in rule.good:
            for line, message in rule.findings(File(path, text)):
                print(f"[{rule.name}] finds '{message}' at line {line} of a good sample, {path}:\n{text}")
                failures += 1
        if not rule.bad or not rule.good:
            print(f"[{rule.name}] has no bad or no good sample")
            failures += 1
    samples = sum(len(rule.bad) + len(rule.good) for rule in RULES)
    print(f"house: {len(RULES)} rules, {samples} samples, {failures} failures")
    return failures == 0


if __name__ == "__main__":
    good = self_test() if "--self-test" in sys.argv else check(sys.argv[1])
    sys.exit(0 if good else 1)
