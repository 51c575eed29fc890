"""Rules on files: layers, names, sizes, headers."""
import re

import source
from rule import CPP, Rule, line_of

# Each module may include itself and what stands here, nothing else of the project.
LAYERS = {
    "wire": set(),
    "http": {"wire"},
    "h1": {"http", "wire"},
    "hpack": {"http", "wire"},
    "h2": {"hpack", "http", "wire"},
    "grpc": {"http", "wire"},
    "translate": {"h1", "h2", "hpack", "grpc", "http", "wire"},
}
STANDARD_HEADER = re.compile(r"[a-z0-9_]+$")
# What belongs to the standard library and still is not for codecs: clocks, threads, I/O, tables that
# allocate a node an entry.
BARRED_STANDARD = {
    "chrono", "thread", "mutex", "condition_variable", "future", "iostream", "fstream", "sstream",
    "filesystem", "random", "regex", "functional", "map", "unordered_map", "set", "unordered_set", "list",
    "any", "typeinfo", "exception", "stdexcept", "format", "print", "flat_map", "ctime", "csetjmp", "csignal",
}
INTRINSICS = {"immintrin.h", "arm_neon.h"}
BANNED_STEMS = {"utils", "util", "common", "helpers", "helper", "misc", "manager"}
LINES_HARD = 600
COLUMNS = 100


def check_layers(file):
    allowed = LAYERS.get(file.module)
    for line, kind, path in source.includes_of(file.text):
        top = path.split("/")[0]
        if kind == '"':
            if not file.library:
                if top in ("fuzz", "bench", "tests"):
                    yield line, f"the program does not include {path}"
                continue
            target = path.split("/")[1] if top == "regauge" and path.count("/") >= 2 else None
            if target is None:
                yield line, f"{path}: libraries include \"regauge/<module>/…\" only"
            elif target != file.module and target not in allowed:
                yield line, f"{file.module} does not build on {target}"
        elif file.library:
            if path in INTRINSICS and "/simd_" in file.path:
                continue
            if not STANDARD_HEADER.match(path):
                yield line, f"<{path}>: libraries use the standard library only"
            elif path in BARRED_STANDARD:
                yield line, f"<{path}>: no clock, thread, I/O or node-based table in libraries"


def check_file_name(file):
    stem = file.path.rsplit("/", 1)[-1].split(".")[0]
    words = set(re.split(r"[_\-]", stem.lower())) | set(file.path.lower().split("/")[:-1])
    for word in sorted(words & BANNED_STEMS):
        yield 1, f"'{word}' says nothing about what is inside"
    if file.cpp and not re.fullmatch(r"[a-z0-9_]+", stem):
        yield 1, "names of files are snake_case"


def check_length(file):
    lines = file.text.count("\n")
    if lines > LINES_HARD:
        yield LINES_HARD, f"{lines} lines, {LINES_HARD} at most (400 wanted)"


def check_columns(file):
    formatted = re.sub(r"// clang-format off.*?// clang-format on",  # tables that are read as tables
                       lambda match: source.blank(match[0]).replace(" ", ""), file.text, flags=re.S)
    for number, line in enumerate(formatted.split("\n"), 1):
        if len(line) > COLUMNS and "http" not in line:
            yield number, f"{len(line)} columns, {COLUMNS} at most"


def check_pragma_once(file):
    if not re.search(r"^#pragma once$", file.text, re.M):
        yield 1, "a header starts with #pragma once"
    guard = re.search(r"^#ifndef \w+_H_?\s*$", file.text, re.M)
    if guard:
        yield line_of(file.text, guard.start()), "#pragma once instead of an include guard"


def check_opening_comment(file):
    if not file.text.startswith("// "):
        yield 1, "a header starts with a comment: what it is, which sections of which RFC"


def check_namespace(file):
    """codecs/regauge/h2/settings.h is namespace regauge::h2."""
    wanted = f"namespace regauge::{file.module}"
    if not re.search(re.escape(wanted) + r"\b", source.code_of(file.text)):
        yield 1, f"include path and namespace say the same: {wanted}"


def check_using_namespace(file):
    code = source.code_of(file.text)
    for match in re.finditer(r"\busing namespace\b", code):
        yield line_of(code, match.start()), "a header imports no namespace"


def is_header(file):
    return file.path.endswith(".h")


RULES = [
    Rule("layers", lambda f: f.cpp and (f.library or f.path.startswith("proxy/")), check_layers,
         bad=[("codecs/regauge/http/field.h", '#include "regauge/h2/frame.h"\n'),
              ("codecs/regauge/h1/field.h", '#include "regauge/h2/frame.h"\n'),
              ("codecs/regauge/h1/field.h", '#include "proxy/loop.h"\n'),
              ("codecs/regauge/wire/ring.h", "#include <sys/socket.h>\n"),
              ("codecs/regauge/h2/ledger.h", "#include <chrono>\n"),
              ("codecs/regauge/h2/scan.cc", "#include <immintrin.h>\n"),
              ("codecs/regauge/h2/frame.cc", '#include "frame.h"\n'),
              ("translate/regauge/translate/a.h", '#include "proxy/loop.h"\n'),
              ("proxy/loop.cc", '#include "tests/case_file.h"\n')],
         good=[("codecs/regauge/h2/frame.h", '#include <span>\n#include "regauge/hpack/decoder.h"\n'),
               ("codecs/regauge/wire/simd_scan.cc", "#include <immintrin.h>\n"),
               ("proxy/loop.cc", '#include <sys/epoll.h>\n#include "proxy/loop.h"\n')]),
    Rule("file-name", lambda f: True, check_file_name,
         bad=[("codecs/regauge/h1/utils.h", ""), ("proxy/connection_manager.cc", ""),
              ("tests/common/a.py", ""), ("proxy/Loop.cc", "")],
         good=[("proxy/connection_pool.cc", ""), ("tests/house/house.py", "")]),
    Rule("file-length", lambda f: f.path.endswith(CPP + (".py", ".cmake", ".js", ".mjs", ".md")), check_length,
         bad=[("proxy/loop.cc", "int a;\n" * 601)], good=[("proxy/loop.cc", "int a;\n" * 600)]),
    Rule("columns", lambda f: f.cpp, check_columns,
         bad=[("proxy/loop.cc", "// " + "x" * 98 + "\n")], good=[("proxy/loop.cc", "// " + "x" * 97 + "\n")]),
    Rule("pragma-once", is_header, check_pragma_once,
         bad=[("proxy/loop.h", "int a;\n"), ("proxy/loop.h", "#pragma once\n#ifndef LOOP_H\n")],
         good=[("proxy/loop.h", "// Loop.\n#pragma once\n")]),
    Rule("opening-comment", is_header, check_opening_comment,
         bad=[("proxy/loop.h", "#pragma once\n")], good=[("proxy/loop.h", "// Loop.\n#pragma once\n")]),
    Rule("namespace", lambda f: f.library and is_header(f) and not f.path.endswith("wire/assert.h"),
         check_namespace,
         bad=[("codecs/regauge/h2/frame.h", "namespace regauge::http {}\n")],
         good=[("codecs/regauge/h2/frame.h", "namespace regauge::h2 {}\n")]),
    Rule("using-namespace", is_header, check_using_namespace,
         bad=[("proxy/loop.h", "using namespace std;\n")], good=[("proxy/loop.h", "// using namespace std\n")]),
]
