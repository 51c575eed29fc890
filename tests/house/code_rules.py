"""Rules on code: functions, banned identifiers, docstrings, tests."""
import re

import source
import text_rules
from rule import Rule, line_of, matches

LINES_MAX = 70
PARAMETERS_MAX = 5
NESTING_MAX = 3

# Identifier, why not, and the files that are exempt by name.
BANNED_IN_LIBRARIES = [
    (r"\bstd::function\b", "a call through it may allocate", ()),
    (r"\bstd::(unordered_)?(multi)?(map|set)\b", "a node an entry; tables here are bounded", ()),
    (r"\bstd::(shared_ptr|make_shared)\b", "owners are values", ()),
    (r"\bstd::string\b", "capacity is given to constructors; views on the data path", ()),
    (r"\.value\(\)", "it throws: test, then dereference", ()),
    (r"\bthrow\b", "misbehaviour of a peer is data, our own bugs are RG_ASSERT", ()),
    (r"\b(try|catch)\s*[({]", "libraries build without exceptions", ()),
    (r"\b(dynamic_cast|typeid)\b", "libraries build without RTTI", ()),
    (r"\b(reinterpret_cast|const_cast)\b", "as_bytes and as_text are the only casts of octets",
     ("wire/bytes.h", "wire/slab.cc", "wire/simd_")),
    (r"\b(__builtin_)?mem(cpy|move|set)\b", "wire::copy_bytes", ("wire/bytes.h", "wire/simd_")),
    (r"\b(strcpy|strcat|sprintf|snprintf|strlen|atoi|strto\w+)\b", "no C strings", ()),
    (r"\b(malloc|calloc|realloc|free)\s*\(", "slabs are the only raw memory", ("wire/slab.cc",)),
    (r"(?<!operator )\bnew\b(?!\s*\()", "owners are values", ("wire/slab.cc",)),
    (r"(?<![=] )\bdelete\b(?!_|;?\s*//)", "owners are values", ()),
    (r"\b(goto|setjmp|longjmp)\b", "early return instead", ()),
    (r"\bvirtual\b", "only for a seam with two real implementations", ("wire/slab.h",)),
    (r"\bstd::(thread|mutex|jthread|chrono|cout|cerr|ostream|getenv|rand|regex)\b",
     "no clock, thread, I/O or global in libraries", ()),
    (r"\bthread_local\b", "no globals", ()),
    (r"\[\[assume|__attribute__", "g++-12 ignores it", ()),
]
MACROS_ALLOWED = {"RG_ASSERT"}
SNAKE_EXEMPT = re.compile(r"get_(if|deleter)\b")


def check_function_size(file):
    for function in source.functions(file.text):
        lines = function.last_line - function.line + 1
        if lines > LINES_MAX:
            yield function.line, f"a function of {lines} lines, {LINES_MAX} at most"


def check_parameters(file):
    for function in source.functions(file.text):
        count = len(source.parameters_of(function.head))
        if count > PARAMETERS_MAX:
            yield function.line, f"{count} parameters, {PARAMETERS_MAX} at most: make a struct of them"


def check_nesting(file):
    for function in source.functions(file.text):
        depth = source.nesting_of(function.body)
        if depth > NESTING_MAX:
            yield function.line, f"blocks nest {depth} deep, {NESTING_MAX} at most"


def check_bool_parameters(file):
    for declaration in source.declarations(file.text):
        if "(" not in declaration.text or source.kind_of(declaration.text) != "function":
            continue
        for parameter in source.parameters_of(declaration.text):
            if re.fullmatch(r"(const )?bool( \w+)?( = \w+)?", parameter):
                yield declaration.line, f"parameter '{parameter}': an enum, or a field of an options struct"


def check_banned(file):
    code = source.code_of(file.text)
    for pattern, why, exempt in BANNED_IN_LIBRARIES:
        if any(name in file.path for name in exempt):
            continue
        for match in re.finditer(pattern, code):
            yield line_of(code, match.start()), f"{match[0].strip()}: {why}"


def check_macros(file):
    for match in re.finditer(r"^\s*#\s*define\s+(\w+)", file.text, re.M):
        if match[1] not in MACROS_ALLOWED:
            yield line_of(file.text, match.start(1)), f"macro {match[1]}: a constant or a function"


def check_getters(file):
    code = source.code_of(file.text)
    for match in re.finditer(r"\b(get_\w+)\s*\(", code):
        # A name of somebody else's comes qualified or as a member; ours would be declared here.
        before = code[:match.start()].rstrip()
        if not SNAKE_EXEMPT.match(match[1]) and not before.endswith(("::", ".", "->")):
            yield line_of(code, match.start()), f"{match[1]}: no get_ in names"


def check_mutable_globals(file):
    for declaration in source.declarations(file.text):
        text = re.sub(r"\[\[.*?\]\]", "", declaration.text)
        if declaration.scope != "namespace" or declaration.ended_by == "{" and "=" not in text:
            continue
        if re.match(r"(static |inline |thread_local )*(?!const|using|__extension__ using|friend|class|struct|enum|template|namespace|"
                    r"typedef|static_assert|extern|concept|return|\[)[\w:<>*&, ]+ \w+( = .*)?$", text, re.S):
            if "const" not in text.split("=")[0] and "(" not in text.split("=")[0]:
                yield declaration.line, "no globals: state belongs to a value"


def documented(lines, declaration):
    above = lines[declaration.line - 2].strip() if declaration.line > 1 else ""
    own = lines[declaration.line - 1:declaration.last_line]
    return above.startswith("///") or any("///" in line for line in own) or (
        declaration.last_line < len(lines) and "///<" in lines[declaration.last_line])


def needs_docstring(declaration):
    text = re.sub(r"\[\[.*?\]\]\s*", "", declaration.text)
    if declaration.access != "public":
        return False
    if re.match(r"(namespace|inline namespace|using|friend|static_assert|extern|typedef|public|private)\b", text):
        return False
    if re.match(r"(class|struct|enum class|enum)\s+[\w:]+(\s*:\s*[\w:]+)?$", text) and declaration.ended_by == ";":
        return False  # a forward declaration
    if "= delete" in text or "= default" in text or re.search(r"~\w+\s*\(|\boperator\b", text):
        return False
    if declaration.scope != "namespace":
        name = declaration.scope.split("::")[-1]
        if re.match(rf"(constexpr |explicit )*{name}\s*\(", text):
            # Constructors that copy, move or only take what the type's docstring is about.
            return len(source.parameters_of(text)) > 1
        if "(" not in text and not re.match(r"(class|struct|enum|static|template)\b", text):
            return False  # a data member
    if declaration.scope == "namespace" and re.match(r"(inline )?(consteval|constexpr) .*\)$", text, re.S):
        return "consteval" not in text
    return True


# An accessor without parameters that returns a member of its name: the name is the sentence.
PLAIN_ACCESSOR = re.compile(
    r"\{ return (constant )?(\*|&)?[\w.]+(\(\))?( [=!]= [\w:]+| [-+] [\w.]+)?; \}\s*(//.*)?$")


def is_plain_accessor(lines, declaration):
    if declaration.ended_by != "{" or declaration.line != declaration.last_line:
        return False
    line = lines[declaration.line - 1]
    return "()" in line and "const" in line and bool(PLAIN_ACCESSOR.search(line))


def function_name(declaration):
    match = re.search(r"(\w+)\s*\(", re.sub(r"\[\[.*?\]\]", "", declaration.text))
    return match[1] if match else ""


def is_overload(lines, previous, declaration):
    """An overload that stands directly below shares the sentence."""
    if previous is None or not function_name(declaration):
        return False
    between = lines[previous.last_line - 1:declaration.line - 1]
    return function_name(previous) == function_name(declaration) and "" not in (line.strip() for line in between)


def check_docstrings(file):
    lines = file.text.split("\n")
    previous = None
    for declaration in source.declarations(file.text):
        before, previous = previous, declaration
        if is_overload(lines, before, declaration):
            continue
        if needs_docstring(declaration) and not documented(lines, declaration) and not is_plain_accessor(
                lines, declaration):
            yield declaration.line, f"no /// above '{' '.join(declaration.text.split())[:60]}'"


# Structs that are filled in by a program or an operator: every member says unit and meaning.
def check_member_docstrings(file):
    lines = file.text.split("\n")
    for declaration in source.declarations(file.text):
        if declaration.access != "public" or not re.search(r"(Options|Limits|Policy)$", declaration.scope):
            continue
        if "(" in declaration.text.split("=")[0].split("{")[0] or re.match(
                r"(static|using|friend|enum|struct|class)\b", declaration.text):
            continue
        if not documented(lines, declaration) and "//" not in lines[declaration.line - 1]:
            yield declaration.line, f"member '{declaration.text.split('=')[0].strip()[:50]}' has no ///<"


def check_tests_assert(file):
    for function in source.functions(file.text):
        if re.match(r"(TEST|TEST_F|TEST_P|TYPED_TEST)\b", function.head):
            if not re.search(r"EXPECT_|ASSERT_|\bFAIL\(|\bexpect_\w+|\bcheck_\w+|\bADD_FAILURE", function.body):
                yield function.line, "a test without an assertion"


def check_own_header_first(file):
    stem = file.path[:-3].rsplit("/", 1)[-1]
    names = [(line, path) for line, _, path in source.includes_of(file.text)]
    own = [place for place, (_, path) in enumerate(names) if path.endswith(f"/{stem}.h")]
    if own and own[0] != 0:
        yield names[own[0]][0], "the own header comes first: that shows that it compiles alone"
    elif not own and text_rules.TREE.exists(file.path[:-3] + ".h"):
        yield 1, "the own header is not included: that it compiles alone is not shown"


def check_unsafe(file):
    yield from matches(r"\bunsafe_\w+(?=\s*\()", source.code_of(file.text),
                       "{0} goes above a ceiling: only a host that was warned may call it")


def in_library(file):
    return file.cpp and file.library


def public_header(file):
    return file.library and file.path.endswith(".h")


def product(file):
    return file.cpp and not file.path.startswith(("tests/", "fuzz/", "bench/"))


H = "codecs/regauge/h1/a.h"
RULES = [
    Rule("function-size", lambda f: f.cpp, check_function_size,
         bad=[(H, "int f(int a) {\n" + "  ++a;\n" * 69 + "}\n"),
              (H, "namespace n {\nclass C {\n public:\n  C() : a_{1}, b_{2} {\n" + "  ++a_;\n" * 69 + "  }\n};\n}\n")],
         good=[(H, "int f(int a) {\n" + "  ++a;\n" * 68 + "}\n"),
               (H, "constexpr int kTable[] = {\n" + "  1,\n" * 100 + "};\n")]),
    Rule("parameters", lambda f: f.cpp, check_parameters,
         bad=[(H, "int f(int a, int b, int c, int d, int e, int g) {\n}\n")],
         good=[(H, "int f(int a, std::array<int, 3> b, int c, int d, int e) {\n}\n"),
               (H, "// House exception: parameters, because the interface is another library's.\n"
                   "int f(int a, int b, int c, int d, int e, int g) {\n}\n")]),
    Rule("nesting", lambda f: f.cpp, check_nesting,
         bad=[(H, "void f() { if (a) { for (;;) { while (b) { if (c) { d(); } } } } }\n")],
         good=[(H, "void f() { if (a) { for (;;) { if (b) { g(C{1}); } } } }\n")]),
    Rule("bool-parameters", in_library, check_bool_parameters,
         bad=[(H, "void f(int a, bool last);\n"), (H, "class A {\n  void f(bool last = false) {}\n};\n")],
         good=[(H, "bool f(int a);\nvoid g(Last last);\n")]),
    Rule("banned", in_library, check_banned,
         bad=[(H, f"void f() {{\n  {code}\n}}\n") for code in (
             "std::function<void()> a;", "std::map<int, int> a;", "std::unordered_map<int, int> a;",
             "auto a = std::make_shared<int>(1);", "std::string a;", "a.value();", "throw 1;", "try { } ", "typeid(a);",
             "reinterpret_cast<char*>(a);", "memcpy(a, b, 1);", "std::memmove(a, b, 1);", "strlen(a);", "free(a);",
             "auto* a = new int;", "delete a;", "goto end;", "virtual void g();", "std::thread a;",
             "thread_local int a;")],
         good=[(H, "// std::map would allocate; new entries throw nothing\nA(const A&) = delete;\n"
                   "std::string_view a = \"throw new delete\";\nenum { delete_ };\n"),
               ("codecs/regauge/wire/bytes.h", "reinterpret_cast<char*>(a); __builtin_memcpy(a, b, 1);\n")]),
    Rule("macros", product, check_macros,
         bad=[("proxy/loop.cc", "#define LOOP 1\n")], good=[(H, "#define RG_ASSERT(x)\n")]),
    Rule("unsafe", lambda f: product(f) and not f.path.startswith("codecs/regauge/h1/policy."), check_unsafe,
         bad=[("proxy/config.cc", "policy.unsafe_set(deviation, wanted);\n"),
              ("translate/regauge/translate/a.h", "policy.unsafe_set (deviation, wanted);\n")],
         good=[("proxy/config.cc", "// never unsafe_set()\npolicy.set(Violation::push_promise_unsafe_method, wanted);\n"),
               ("codecs/regauge/h1/policy.cc", "void Policy::unsafe_set(Deviation deviation) {\n}\n")]),
    Rule("getters", product, check_getters,
         bad=[("proxy/loop.h", "int get_size() const;\n")],
         good=[("proxy/loop.h", "auto a = std::get_if<1>(b), c = d.get_io();\n")]),
    Rule("globals", in_library, check_mutable_globals,
         bad=[(H, "namespace n {\nint count = 0;\n}\n"), (H, "namespace n {\nnamespace {\nstd::uint32_t last;\n}\n}\n")],
         good=[(H, "namespace n {\nconstexpr int kCount = 0;\nint f(int a);\nusing A = int;\nstruct B;\n}\n")]),
    Rule("docstrings", public_header, check_docstrings,
         bad=[(H, "namespace n {\nint f(int a);\n}\n"), (H, "namespace n {\nstruct A {\n  int b;\n};\n}\n"),
              (H, "namespace n {\n/// Is A.\nclass A {\n public:\n  void f(int a);\n};\n}\n"),
              (H, "namespace n {\n/// Does it.\nint f(int a);\n\nint f(long a);\n}\n"),
              (H, "namespace n {\ninline constexpr int kA = 1;\n}\n"),
              (H, "namespace n {\n/// Is A.\nstruct A {\n  static constexpr int kB = 1;\n};\n}\n")],
         good=[(H, "namespace n {\n/// Does it.\nint f(int a);\n/// Is A.\nclass A {\n public:\n  /// Does it.\n"
                   "  void f(int a);\n  A(const A&) = delete;\n  int size() const { return size_; }\n\n private:\n"
                   "  void g();\n  int size_;\n};\ninline constexpr int kA = 1;  ///< octets\nclass B;\n}\n"),
               (H, "namespace n {\n/// Does it.\nint f(int a);\nint f(long a);\n}\n"),
               (H, "namespace n {\nnamespace {\nint f(int a);\n}\n}\n")]),
    Rule("member-docstrings", public_header, check_member_docstrings,
         bad=[(H, "namespace n {\n/// Is A.\nstruct AOptions {\n  int idle_ms = 1;\n};\n}\n")],
         good=[(H, "namespace n {\n/// Is A.\nstruct AOptions {\n  int idle_ms = 1;  ///< Until it ends.\n};\n}\n")]),
    Rule("tests-assert", lambda f: f.path.startswith("tests/") and f.path.endswith(".cc"), check_tests_assert,
         bad=[("tests/h1/a_test.cc", "TEST(A, b) {\n  f();\n}\n")],
         good=[("tests/h1/a_test.cc", "TEST(A, b) {\n  EXPECT_EQ(f(), 1);\n}\n")]),
    Rule("own-header-first", lambda f: f.path.endswith(".cc") and product(f), check_own_header_first,
         bad=[("proxy/loop.cc", '#include <vector>\n#include "proxy/loop.h"\n'),
              ("proxy/loop.cc", '#include <vector>\n')],
         good=[("proxy/loop.cc", '#include "proxy/loop.h"\n\n#include <vector>\n')]),
]
