"""Rules on words, in any file: obsolete RFCs, RFC vocabulary, TODO, links, commands, and what the
two tool commands may know."""
import json
import os
import re

import source
from rule import Rule, line_of, matches

# The name of a setting (RFC 9218 §2.1) has one of them in it.
OBSOLETE = r"(?i)\bRFC[ -]?(723[0-5]|7540|2616|2068|2818|2617)\b(?![-_]priorities)"
# Written in pieces, so that this file passes its own rules.
MARK = "TO" + "DO"
FIX_MARK = "FIX" + "ME"
ROOTS = ("/wo" + "rk/", "/ho" + "me/", "/ro" + "ot/", "/Us" + "ers/", "../sha" + "red")
VOCABULARY = [
    (r"(?i)\bheader (fields?|lines?|names?|values?|lists?)\b", "field line, field name, field section"),
    (r"(?i)\b(message|request|response|entity) body\b", "content"),
    (r"(?i)\b(blacklist|whitelist|master/slave)\b", "say what the list does"),
]


def check_obsolete_rfc(file):
    yield from matches(OBSOLETE, file.text, "{0} is obsolete: 9110, 9112, 9113")


def check_todo(file):
    pattern = rf"\b({MARK}|{FIX_MARK})\b(?!\(#\d+\))"
    yield from matches(pattern, file.text, "{0} without an issue number, as in " + MARK + "(#12)")


def check_machine_paths(file):
    for root in ROOTS:
        for match in re.finditer(r"(?<![\w.$}>*])" + re.escape(root), file.text):
            yield line_of(file.text, match.start()), f"{match[0]}: a path of one machine"


def check_vocabulary(file):
    pieces = source.comments_of(file.text) if file.cpp else [(1, file.text)]
    for first, text in pieces:
        for pattern, better in VOCABULARY:
            for match in re.finditer(pattern, text):
                line = first + line_of(text, match.start()) - 1
                yield line, f"'{match[0]}': the RFC says {better}"


def headings(text):
    """Returns the anchors of a Markdown file's headings, as GitHub makes them."""
    found = set()
    for match in re.finditer(r"^#+ (.+)$", text, re.M):
        slug = re.sub(r"[^\w\- ]", "", match[1].lower().replace("`", "")).strip()
        found.add(slug.replace(" ", "-"))
    return found


class Tree:
    """What links and commands are looked up in: the work tree, or a dict in the self-test."""

    def __init__(self, root=".", files=None):
        self.root, self.files = root, files

    def exists(self, path):
        path = os.path.normpath(path)
        if self.files is not None:
            return path in self.files or any(name.startswith(path + "/") for name in self.files)
        return os.path.exists(os.path.join(self.root, path))

    def runs(self, path):
        if self.files is not None:
            return path in self.files
        return os.access(os.path.join(self.root, path), os.X_OK)

    def text(self, path):
        path = os.path.normpath(path)
        if self.files is not None:
            return self.files.get(path, "")
        with open(os.path.join(self.root, path), encoding="utf-8") as file:
            return file.read()


TREE = Tree()
TOP_FOLDERS = ("codecs/", "translate/", "proxy/", "fuzz/", "corpus/", "bench/", "tests/", ".ci/")
SHELL_WORDS = ("cmake", "ctest", "ninja", "curl", "nghttp", "h2load", "git", "printf", "echo", "cd", "kill", "pkg-config",
               "c++", "g++-12", "clang++-19", "clang-format-19", "clang-tidy-19", "find", "xxd", "sudo", "apt-get", "cat",
               "openssl", "for", "do", "done", "perf", "strace", "llvm-cov-19", "llvm-profdata-19", "python3", "export")


def without_fences(text):
    return re.sub(r"^```.*?^```", lambda m: re.sub(r"[^\n]", " ", m[0]), text, flags=re.S | re.M)


def check_links(file):
    folder = os.path.dirname(file.path)
    prose = without_fences(file.text)
    for match in re.finditer(r"\]\(([^)\s]+)\)", prose):
        target, _, anchor = match[1].partition("#")
        line = line_of(prose, match.start())
        if re.match(r"[a-z]+:", match[1]):
            continue
        path = os.path.join(folder, target) if target else file.path
        if not TREE.exists(path):
            yield line, f"link to {match[1]}: there is no such file"
        elif anchor and anchor not in headings(file.text if not target else TREE.text(path)):
            yield line, f"link to {match[1]}: there is no such heading"
    for match in re.finditer(r"`([^`\n ]+)`", prose):
        named = match[1]
        if named.startswith(TOP_FOLDERS) and not re.search(r"[*<>{}$…]", named):
            plain = re.sub(r":\d+$", "", named)
            if not TREE.exists(plain) and not TREE.exists(os.path.join(folder, plain)):
                yield line_of(prose, match.start()), f"`{named}`: there is no such file"


def check_commands(file):
    for block in re.finditer(r"^```(sh|console)\n(.*?)^```", file.text, re.S | re.M):
        first = line_of(file.text, block.start(2))
        logical = block[2].replace("\\\n", "  ")
        for offset, line in enumerate(logical.split("\n")):
            number = first + offset
            words = re.sub(r"\s#.*$|^#.*$", "", line.strip().removeprefix("$ ")).split()
            while words and re.match(r"\w+=", words[0]):
                words = words[1:]
            if not words:
                continue
            yield from check_command(number, words)


def check_command(number, words):
    program = words[0].removeprefix("./")
    if program.startswith(TOP_FOLDERS):
        if not TREE.runs(program):
            yield number, f"{program}: there is no such command"
    elif not program.startswith("build/") and program not in SHELL_WORDS and "/" in program:
        yield number, f"{program}: there is no such command"
    for flag, name in zip(words, words[1:]):
        if flag in ("--preset", "--workflow"):
            presets = json.loads(TREE.text("CMakePresets.json"))
            known = {preset["name"] for key, group in presets.items() if key.endswith("Presets") for preset in group}
            if name != "--preset" and name not in known:
                yield number, f"preset {name}: CMakePresets.json has none of that name"


# inspect and translate only drive the codecs and the Exchange: they know no status, no rule and no
# section of their own. `usage` and 400 belong to the command line's contract.
def is_tool_command(file):
    name = file.path.removeprefix("proxy/")
    return file.path.startswith("proxy/") and file.cpp and re.match(
        r"(inspect|translate_command|vector_)\w*\.", name) is not None


def rule_names():
    """Returns the published names of the catalogues: strings with a section next to them."""
    names = set()
    for path in ("codecs/regauge/h1/deviation.cc", "codecs/regauge/h2/violation.cc",
                 "codecs/regauge/hpack/violation.cc", "translate/regauge/translate/refusal.cc"):
        if TREE.exists(path):
            names.update(re.findall(r'"([a-z0-9]+(?:-[a-z0-9]+)+)"', TREE.text(path)))
    return names


def check_tool_commands(file):
    code = source.code_of(file.text)
    for match in re.finditer(r"\b[45]\d\d\b(?![.'\w])", code):
        line = line_of(code, match.start())
        if not (match[0] == "400" and "usage" in file.text.split("\n")[line - 1]):
            yield line, f"{match[0]}: the status of an error is the codec's to say"
    names = rule_names()
    for line, text in source.strings_of(file.text):
        if re.search(r"RFC \d{4}", text):
            yield line, f'"{text}": sections come from the catalogues'
        if text in names:
            yield line, f'"{text}": rule names come from the catalogues'


def is_text(file):
    return not file.path.startswith(("corpus/", "tests/cases/", "tests/house/")) and not file.path.endswith(
        ("LICENSE", "package-lock.json"))


def is_markdown(file):
    return file.path.endswith(".md")


SAMPLE_TREE = {"tests/run": "", "proxy/loop.h": "", "README.md": "# What it is\n", "codecs/regauge/h1/deviation.cc": '{"obs-fold", "RFC 9112 5.2"}',
               "CMakePresets.json": '{"configurePresets": [{"name": "dev"}]}'}
P = "proxy/inspect.cc"
RULES = [
    Rule("obsolete-rfc", is_text, check_obsolete_rfc,
         bad=[("proxy/a.h", "// RFC 72" + "30 3.3\n"), ("README.md", "see RFC-75" + "40\n")],
         good=[("proxy/a.h", "// RFC 9112 6.3, port 7540, settings-no-rfc75" + "40-priorities-invalid\n")]),
    Rule("todo", is_text, check_todo,
         bad=[("proxy/a.h", f"// {MARK}: later\n"), ("tests/run", f"# {FIX_MARK} now\n")],
         good=[("proxy/a.h", f"// {MARK}(#12): later\n")]),
    Rule("machine-paths", is_text, check_machine_paths,
         bad=[("README.md", f"see {root}x\n") for root in ROOTS],
         good=[("README.md", "see codecs/" + "work/x and $ROOT/ho" + "me/\n")]),
    Rule("vocabulary", lambda f: is_text(f) and (f.cpp or is_markdown(f)), check_vocabulary,
         bad=[("proxy/a.h", "// Drops a header " + "field.\n"), ("README.md", "the response " + "body\n")],
         good=[("proxy/a.h", "// Drops a field line; frame header; HEADERS\n")]),
    Rule("links", is_markdown, check_links,
         bad=[("README.md", "[a](missing.md)\n"), ("README.md", "[a](#missing)\n"), ("README.md", "see `tests/missing`\n"),
              ("codecs/README.md", "[a](../README.md#missing)\n")],
         good=[("README.md", "[a](tests/run) [b](#what-it-is) `tests/run` `tests/<module>` [c](https://a.test)\n# What it is\n"),
               ("codecs/README.md", "[a](../README.md#what-it-is)\n")]),
    Rule("commands", is_markdown, check_commands,
         bad=[("README.md", "```sh\ntests/missing\n```\n"), ("README.md", "```sh\ncmake --preset missing\n```\n"),
              ("README.md", "```console\n$ scripts/run\n```\n")],
         good=[("README.md", "```sh\nA=1 tests/run  # all\ncmake --preset dev\n```\n")]),
    Rule("tool-commands", is_tool_command, check_tool_commands,
         bad=[(P, "int status = 431;\n"), (P, 'f("RFC 9112 5.2");\n'), (P, 'if (name == "obs-fold") g();\n'),
              ("proxy/translate_command.cc", "return 502;\n")],
         good=[(P, "// 431, RFC 9112\nint size = 4096; int code = event.status;\n"),
               ("proxy/answer.cc", "int status = 431;\n")]),
]
