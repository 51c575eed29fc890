"""What a house rule is: a name, the files it looks at, a check, and samples that show it can fail."""
import re
from dataclasses import dataclass, field
from typing import Callable, Iterable

CPP = (".h", ".cc")
LIBRARIES = ("codecs/", "translate/")


@dataclass
class File:
    path: str
    text: str

    @property
    def cpp(self):
        return self.path.endswith(CPP)

    @property
    def library(self):
        return self.path.startswith(LIBRARIES)

    @property
    def module(self):
        """codecs/regauge/h2/frame.h -> h2; proxy/loop.h -> proxy; else the top folder."""
        parts = self.path.split("/")
        return parts[2] if self.library and len(parts) > 3 else parts[0]


@dataclass
class Rule:
    """`check` yields (line, message). `bad` and `good` are (path, text) samples: the rule finds
    something in each of the bad ones and nothing in the good ones."""
    name: str
    applies: Callable[[File], bool]
    check: Callable[[File], Iterable[tuple[int, str]]]
    bad: list = field(default_factory=list)
    good: list = field(default_factory=list)

    def findings(self, file):
        """Returns what the rule finds, without what a comment excuses:
        `House exception: <rule>, because …` on the line or at most three lines above."""
        if not self.applies(file):
            return []
        lines = file.text.split("\n")
        found = []
        for line, message in self.check(file):
            near = "\n".join(lines[max(0, line - 4):line])
            if not re.search(rf"House exception: {self.name}, because \w", near):
                found.append((line, message))
        return found


def line_of(text, position):
    return text.count("\n", 0, position) + 1


def matches(pattern, text, message):
    """Yields a finding for each match; {0} in the message is the match."""
    for match in re.finditer(pattern, text):
        yield line_of(text, match.start()), message.format(match[0].strip())
