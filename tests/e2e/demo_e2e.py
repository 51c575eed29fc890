#!/usr/bin/env python3
"""proxy/demo --once: what a new user runs first is right, with the programs that are built already."""
import os
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

if __name__ == "__main__":
    for variable in ("REGAUGE", "REGAUGE_ORIGIN"):
        if variable not in os.environ:
            sys.exit(f"{variable} has to name the program")
    sys.exit(subprocess.run([os.path.join(ROOT, "proxy", "demo"), "--once"], timeout=120).returncode)
