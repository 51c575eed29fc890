"""Checks that do not depend on each other, a few of them at the same time."""
from concurrent.futures import ThreadPoolExecutor

LANES = 4  # twice the processors of a small machine: a lane waits for its tool most of the time


def check_each(test, cells, check, lanes=LANES):
    """Runs `check(**cell)` for each cell, and fails `test` once for each cell that failed.

    A check may run tools to their end. It starts no program of the stand: that would die with its
    lane."""
    with ThreadPoolExecutor(lanes) as pool:
        running = [(cell, pool.submit(check, **cell)) for cell in cells]
    for cell, done in running:
        with test.subTest(**cell):
            done.result()
