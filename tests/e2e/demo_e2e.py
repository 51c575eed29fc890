#!/usr/bin/env python3
"""proxy/demo: what a new user runs first is right, with the programs that are built already; Ctrl-C ends
it and all that it started."""
import os
import re
import signal
import subprocess
import tempfile
import time
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
DEMO = os.path.join(ROOT, "proxy", "demo")
SECONDS = 120


class DemoTest(unittest.TestCase):
    def start(self, *arguments, **programs):
        """Starts the demo as a terminal does: in a group of its own."""
        for variable in ("REGAUGE", "REGAUGE_ORIGIN"):
            self.assertIn(variable, os.environ, "it has to name the program")
        demo = subprocess.Popen([DEMO, *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                text=True, start_new_session=True, env={**os.environ, **programs})
        self.addCleanup(demo.stdout.close)
        return demo

    def expect_nothing_left(self, demo):
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            try:
                os.killpg(demo.pid, 0)
            except ProcessLookupError:
                return
            time.sleep(0.05)
        os.killpg(demo.pid, signal.SIGKILL)
        self.fail("the demo ended and something that it started did not")

    def test_once_checks_every_answer_and_ends(self):
        demo = self.start("--once")
        said = demo.communicate(timeout=SECONDS)[0]
        self.assertEqual(demo.returncode, 0, said)
        self.assertIn("All answers are right.", said)
        self.expect_nothing_left(demo)

    def test_it_stays_until_ctrl_c_and_leaves_nothing(self):
        demo = self.start()
        said = []
        for line in demo.stdout:
            said.append(line)
            if "Ctrl-C ends it" in line:
                break
        folder = re.search(r"configured by (.*)/regauge.toml", "".join(said))[1]
        self.assertIsNone(demo.poll(), said)
        os.killpg(demo.pid, signal.SIGINT)
        self.assertEqual(demo.stdout.read(), "")
        self.assertEqual(demo.wait(SECONDS), 0)
        self.expect_nothing_left(demo)
        self.assertFalse(os.path.exists(folder), "the folder with the configuration is gone")

    def test_interrupted_before_the_end_it_does_not_say_that_all_is_right(self):
        for which in (signal.SIGINT, signal.SIGTERM):
            with self.subTest(which), tempfile.TemporaryDirectory() as folder:
                origin, mark = os.path.join(folder, "origin"), os.path.join(folder, "started")
                with open(origin, "w", encoding="utf-8") as script:
                    script.write(f"#!/bin/sh\n: >'{mark}'\nexec sleep {SECONDS}\n")
                os.chmod(origin, 0o755)
                demo = self.start("--once", REGAUGE_ORIGIN=origin)
                deadline = time.monotonic() + 10
                while not os.path.exists(mark) and time.monotonic() < deadline:
                    time.sleep(0.02)
                if which == signal.SIGINT:
                    os.killpg(demo.pid, which)  # as a terminal does
                else:
                    demo.send_signal(which)
                self.assertEqual(demo.wait(SECONDS), 130)
                self.expect_nothing_left(demo)


if __name__ == "__main__":
    unittest.main()
