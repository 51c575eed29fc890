"""The catalogue of deviations as the codec's README has it, and what an example of a row is."""
import os
import re

from stand import ROOT

PRESETS = ("strict", "common", "maximal")


class Row:
    """One row of the catalogue, on one side."""

    def __init__(self, name, risk, status, actions):
        self.name = name        # … and "#2" for the second row of a name
        self.risk = risk
        self.status = status    # of a refused message towards the client
        self.actions = dict(zip(PRESETS, actions))


def rows_of(side):
    """Returns the rows of `request` or `response` by name."""
    rows = {}
    with open(os.path.join(ROOT, "codecs/regauge/h1/README.md"), encoding="utf-8") as file:
        cells = [re.split(r"\s*\|\s*", line.strip("| \n")) for line in file
                 if re.match(r"\| [a-z0-9-]+ \| RFC ", line)]
    for name, _, risk, status, request, response, _ in cells:
        actions = request if side == "request" else response
        if actions == "-":
            continue
        if name in rows:
            name += "#2"
        rows[name] = Row(name, risk, int(status) if side == "request" else 502, actions.split(" / "))
    return rows


class Example:
    """A message with a deviation, and what becomes of it."""

    def __init__(self, names, octets, canonical=b"", *, late=False, closes=False, half_closes=False,
                 answer=None):
        self.names = names              # of all its deviations, the row that it shows first
        self.octets = octets
        self.canonical = canonical      # what goes on of it; where it is refused late, what may
        self.late = late                # it shows behind the head
        self.closes = closes            # the connection closes behind it, whatever was forgiven
        self.half_closes = half_closes  # its sender ends its side behind it
        self.answer = answer            # of a request: what its sender gets, unless it is the usual

    def __repr__(self):
        return self.names[0]

    def action(self, rows, preset):
        """Returns what a preset does about it: the hardest of what it does about each deviation."""
        actions = [rows[name].actions[preset] for name in self.names]
        return next(each for each in ("refuse", "close", "accept") if each in actions)

    def plain_names(self, rows, preset, refused):
        """Returns the names of its deviations that a preset refuses, or those it forgives."""
        return {name.split("#")[0] for name in self.names
                if (rows[name].actions[preset] == "refuse") == refused}

    def refused_late(self, rows, preset):
        """Tells whether a preset refuses it behind its head: for nothing but what it shows there."""
        return self.late and self.plain_names(rows, preset, True) == {self.names[0].split("#")[0]}


def missing_rows(rows, examples):
    """Returns the rows that no example shows."""
    return sorted(set(rows) - {each.names[0] for each in examples})
