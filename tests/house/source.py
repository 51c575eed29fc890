"""Reads C++ just well enough for the house rules: code without comments and strings, declarations
with their scope, functions with their size. It is no compiler; the formatter's layout is assumed."""
import functools
import re
from dataclasses import dataclass

COMMENT_OR_STRING = re.compile(
    r"""//[^\n]*|/\*.*?\*/|R"(?P<tag>[^(\s]*)\(.*?\)(?P=tag)"|"(?:\\.|[^"\\\n])*"|(?<![0-9a-fA-F])'(?:\\.|[^'\\\n])+'""",
    re.S)
INCLUDE = re.compile(r'^\s*#\s*include\s+([<"])([^>"]+)[>"]', re.M)


def blank(text):
    """Replaces everything but line ends by spaces."""
    return re.sub(r"[^\n]", " ", text)


def without_comments(text):
    """Blanks comments and keeps strings; the layout stays."""
    return COMMENT_OR_STRING.sub(lambda m: blank(m[0]) if m[0][0] == "/" else m[0], text)


@functools.lru_cache(maxsize=4)
def code_of(text):
    """Blanks comments, preprocessor lines and what stands inside quotes; the layout stays."""
    def quiet(match):
        found = match[0]
        return blank(found) if found[0] == "/" else '"' + blank(found[1:-1]) + '"'
    code = COMMENT_OR_STRING.sub(quiet, text)
    return re.sub(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", lambda m: blank(m[0]), code, flags=re.M)


def strings_of(text):
    """Yields (line, content) of each string literal."""
    for match in COMMENT_OR_STRING.finditer(text):
        if match[0][0] in "\"R":
            yield text.count("\n", 0, match.start()) + 1, match[0].strip('"')


def comments_of(text):
    """Yields (line, content) of each comment."""
    for match in COMMENT_OR_STRING.finditer(text):
        if match[0][0] == "/":
            yield text.count("\n", 0, match.start()) + 1, match[0]


def includes_of(text):
    """Yields (line, '<' or '"', path) of each include."""
    for match in INCLUDE.finditer(text):
        yield text.count("\n", 0, match.start(2)) + 1, match[1], match[2]


@dataclass
class Declaration:
    """One statement at namespace or class scope."""
    text: str
    line: int
    last_line: int  # of what stands before the body
    scope: str      # "namespace" or the name of the type
    access: str     # "public", "protected", "private", or "detail" in an anonymous namespace
    ended_by: str   # ";" or "{"


@dataclass
class Function:
    """One function with a body."""
    head: str
    line: int
    last_line: int
    body: str


def closing(code, start):
    """Returns the position of the brace that closes the one at `start`."""
    depth = 0
    for at in range(start, len(code)):
        depth += {"{": 1, "}": -1}.get(code[at], 0)
        if depth == 0 and code[at] == "}":
            return at
    return len(code)


def without_brackets(head):
    """Drops what stands in (), <> after template, and [[ ]] so that keywords can be looked for."""
    head = re.sub(r"\[\[.*?\]\]", " ", head, flags=re.S)
    head = re.sub(r"^\s*template\s*<", "template <", head)
    while True:
        shorter = re.sub(r"\([^()]*\)|<[^<>]*>", "@", head)
        if shorter == head:
            return head
        head = shorter


def kind_of(head):
    """Tells what a brace opens: namespace, enum, type, function or value."""
    flat = without_brackets(head)
    # What a constructor initialises stands behind its parameters and may have braces of its own.
    if re.match(r"\s*(inline\s+)?namespace\b|\s*extern\s*\"", flat):
        return "namespace"
    if re.match(r"\s*(typedef\s+)?enum\b", flat):
        return "enum"
    if re.match(r"\s*(template\s*@?\s*)*(requires\s*@\s*)?(class|struct|union)\b", flat) and "@ " not in flat.split(
            "struct")[-1].split(":")[0].strip() + " ":
        return "type"
    if re.match(r"\s*(template\s*@?\s*)*concept\b", flat):
        return "value"
    if "(" in head and "=" not in flat.replace("==", "").replace("operator=", "").replace("operator@=", ""):
        return "function"
    return "value"


def walk(code, visit, scope="namespace", access="public", base=0, end=None):
    """Calls visit(Declaration-like tuple) for each statement at namespace and class scope."""
    end = len(code) if end is None else end
    start = at = base
    while at < end:
        char = code[at]
        if char == "(":  # a bracket hides braces of default arguments and lambdas
            depth = 0
            while at < end:
                depth += {"(": 1, ")": -1}.get(code[at], 0)
                if depth == 0:
                    break
                at += 1
            at += 1
            continue
        if char == ":" and scope != "namespace":
            label = re.search(r"\b(public|protected|private)\s*$", code[start:at])
            if label:
                access = label[1]
                start = at = at + 1
                continue
        if char == ";":
            visit(code, start, at, ";", scope, access, at)
            start = at = at + 1
            continue
        if char == "{":
            head = code[start:at]
            kind = kind_of(head)
            shut = closing(code, at)
            if kind == "function" and re.search(r"\)\s*(noexcept\s*)?:[^:]", head) and re.match(
                    r"\s*[,{]", code[shut + 1:shut + 40]):
                at = shut + 1  # a member initialised with braces; the body is still to come
                continue
            visit(code, start, at, "{", scope, access, shut)
            if kind == "namespace":
                inner = "detail" if re.search(r"namespace(\s+detail)?\s*$", head) else access
                walk(code, visit, "namespace", inner, at + 1, shut)
            elif kind == "type":
                name = re.search(r"(class|struct|union)\s+(?:\[\[.*?\]\]\s*)*([\w:]+)", head)
                first = "private" if name and name[1] == "class" else "public"
                if access in ("detail", "private"):
                    first = "detail"
                walk(code, visit, name[2] if name else "anonymous", first, at + 1, shut)
            if kind in ("value", "enum", "type"):
                after = re.match(r"[^;{}]*;", code[shut + 1:])
                start = at = shut + 1 + (after.end() if after else 0)
            else:
                start = at = shut + 1
            continue
        at += 1


@functools.lru_cache(maxsize=4)
def declarations(text):
    """Returns the statements at namespace and class scope of a file."""
    found = []

    def visit(code, start, at, ended_by, scope, access, shut):
        head = code[start:at]
        stripped = head.strip()
        if not stripped:
            return
        first = start + len(head) - len(head.lstrip())
        found.append(Declaration(stripped, code.count("\n", 0, first) + 1,
                                 code.count("\n", 0, at) + 1, scope, access, ended_by))
    walk(code_of(text), visit)
    return found


@functools.lru_cache(maxsize=4)
def functions(text):
    """Returns the functions that have a body in this file."""
    found = []

    def visit(code, start, at, ended_by, scope, access, shut):
        head = code[start:at]
        if ended_by != "{" or kind_of(head) != "function":
            return
        first = start + len(head) - len(head.lstrip())
        found.append(Function(head.strip(), code.count("\n", 0, first) + 1,
                              code.count("\n", 0, shut) + 1, code[at:shut + 1]))
    walk(code_of(text), visit)
    return found


def parameters_of(head):
    """Returns the parameters of a function's head as texts; none for `()`."""
    start = head.find("(", head.find("operator()") + 10 if "operator()" in head else 0)
    depth, parts, last = 0, [], start + 1
    for at in range(start, len(head)):
        char = head[at]
        if char in "([{<" and head[at - 1:at + 1] != "->":
            depth += 1
        if char in ")]}>" and head[at - 1:at + 1] != "->":
            depth -= 1
            if depth == 0:
                parts.append(head[last:at])
                break
        if char == "," and depth == 1:
            parts.append(head[last:at])
            last = at + 1
    return [part.strip() for part in parts if part.strip()]


def nesting_of(body):
    """Returns how deep control blocks and lambdas nest in a function's body."""
    deepest = depth = 0
    opened = []
    for at, char in enumerate(body):
        if at == 0:
            continue
        if char == "{":
            before = body[:at].rstrip()
            counts = bool(re.search(r"(\)|\belse|\bdo|\bnoexcept|\bmutable|\bconst)$", before)) or bool(
                re.search(r"\)\s*->\s*[\w:<>*& ]+$", before[-80:]))
            opened.append(counts)
            depth += counts
            deepest = max(deepest, depth)
        elif char == "}" and opened:
            depth -= opened.pop()
    return deepest
