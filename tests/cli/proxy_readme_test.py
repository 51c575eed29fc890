#!/usr/bin/env python3
"""What proxy/README.md tells the operator is what the program takes and prints."""
import math
import os
import re
import subprocess
import tempfile
import unittest

from program import REGAUGE, ROOT, SECONDS, side_by_side

LISTENER = '[[listener]]\nurl = "h1://127.0.0.1:0"\n'
UPSTREAM = '[[upstream]]\nurl = "h1://127.0.0.1:1"\n'
WRONG_TYPE = "1979-05-27"  # no key wants a date
ARRAYS = {"listener", "upstream", "route"}
TABLES = {"timeouts", "limits", "listener.h1", "listener.h2", "upstream.h1", "upstream.h2", "route.cors"}

# Which function of config_toml.cc reads the keys of which tables, and which struct has their defaults.
READERS = {
    "read_top": [""],
    "read_listener": ["listener."],
    "read_upstream": ["upstream."],
    "read_h1": ["listener.h1.", "upstream.h1."],
    "read_h2": ["listener.h2.", "upstream.h2."],
    "read_route": ["route."],
    "cors_of": ["route.cors."],
    "read_timeouts": ["timeouts."],
    "read_limits": ["limits."],
}
DEFAULTS = {
    "": ["Config"],
    "upstream.": ["UpstreamConfig"],
    "route.": ["RouteConfig"],
    "route.cors.": ["CorsPolicy"],
    "timeouts.": ["ClientTimeouts", "Config"],
    "limits.": ["Limits", "Config"],
}


def text_of(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        return file.read()


README = text_of("proxy/README.md")


def rows_of(heading):
    """Returns the cells of the table below a heading, without the row of titles."""
    section = re.search(rf"^## {heading}\n(.*?)(?=^## |\Z)", README, re.M | re.S)[1]
    rows = re.findall(r"^\| (`.*) \|$", section, re.M)
    return [re.split(r"\s*\|\s*", row) for row in rows]


def documented_keys():
    """Returns the default of each key of the table."""
    return {row[0].strip("`"): row[2].strip("`") for row in rows_of("Configuration")}


def function_of(source, name):
    return re.search(rf"^\S[^\n;]*\b{name}\([^;{{]*\{{$.*?^\}}", source, re.M | re.S)[0]


def accepted_keys():
    """Returns the keys that config_toml.cc compares with, but for those of tables."""
    source = text_of("proxy/config_toml.cc")
    keys = set()
    for function, prefixes in READERS.items():
        names = re.findall(r'\bkey [!=]= "(\w+)"', function_of(source, function))
        if function == "read_limits":
            names += re.findall(r'LimitKey\{"(\w+)"', source)
        keys.update(prefix + name for prefix in prefixes for name in names)
    return keys - ARRAYS - TABLES


def product_of(number):
    """Returns what a number of C++ such as 64 * 1024 or 30'000 comes to."""
    return str(math.prod(int(factor) for factor in number.replace("'", "").split("*")))


def struct_defaults():
    """Returns what the members of each struct of the configuration start with, as TOML writes it."""
    structs = {}
    for path in ("proxy/config.h", "proxy/site.h", "proxy/cors.h", "codecs/regauge/http/limits.h"):
        for name, inside in re.findall(r"^struct (\w+) \{$(.*?)^\};", text_of(path), re.M | re.S):
            members = structs.setdefault(name, {})
            for member, value in re.findall(r"(\w+) = (\"[^\"]*\"|true|false|[\d'* ]+);", inside):
                members[member] = value if value[0] in '"tf' else product_of(value)
    return structs


def file_with(key, value):
    """Returns a configuration where one key has a value, and the line it stands in."""
    *tables, name = key.split(".")
    lines = []
    for depth in range(len(tables)):
        array = tables[depth] in ARRAYS
        path = ".".join(tables[:depth + 1])
        lines.append(f"[[{path}]]" if array else f"[{path}]")
    lines.append(f"{name} = {value}")
    return "\n".join(lines) + "\n" + LISTENER + UPSTREAM, len(lines)


class ProxyReadme(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def check(self, name, text):
        """Runs `regauge run -t`; returns its status and what it said."""
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        done = subprocess.run([REGAUGE, "run", "-t", "-c", name], cwd=self.folder, text=True,
                              capture_output=True, timeout=SECONDS)
        return done.returncode, done.stdout + done.stderr

    def test_the_table_has_the_keys_that_are_read_and_no_other(self):
        self.assertEqual(sorted(documented_keys()), sorted(accepted_keys()))

    def test_no_key_is_read_by_a_function_that_this_test_does_not_know(self):
        source = text_of("proxy/config_toml.cc")
        known = sum(len(re.findall(r'\bkey [!=]= "', function_of(source, name))) for name in READERS)
        self.assertEqual(len(re.findall(r'\bkey [!=]= "', source)), known)

    def test_each_documented_key_is_known_and_its_neighbour_is_not(self):
        def answers(key):
            return (key, self.check(key, file_with(key, WRONG_TYPE)[0]),
                    self.check(key + "_x", file_with(key + "_x", WRONG_TYPE)[0]))
        for key, (status, said), (_, said_of_other) in side_by_side(answers, documented_keys()):
            with self.subTest(key):
                name, line = key.split(".")[-1], file_with(key, WRONG_TYPE)[1]
                self.assertEqual(status, 2, said)
                self.assertRegex(said, rf"{re.escape(key)}:{line}:\d+: {name} has to be ")
                # In [timeouts] and [limits] the type is looked at first.
                self.assertRegex(said_of_other, f"unknown key {name}_x|{name}_x has to be a number")
                if key.startswith(("timeouts.", "limits.")):
                    self.assertIn("unknown key", self.check("number", file_with(key + "_x", 1)[0])[1])

    def test_the_defaults_are_those_of_the_structs(self):
        structs = struct_defaults()
        compared = 0
        for key, default in documented_keys().items():
            prefix, name = re.fullmatch(r"(.*\.)?(\w+)", key).groups(default="")
            found = [structs[struct][name] for struct in DEFAULTS.get(prefix, []) if name in structs[struct]]
            if not found:
                self.assertFalse(default.isdigit(), f"{key}: no struct has this default")
                continue
            compared += 1
            self.assertEqual(default, found[0], key)
        self.assertGreater(compared, 25)

    def test_the_example_is_a_good_configuration(self):
        example = re.search(r"^```toml\n(.*?)^```", README, re.M | re.S)[1]
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                        "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=a.test", "-keyout",
                        "key.pem", "-out", "cert.pem"], cwd=self.folder, check=True,
                       capture_output=True, timeout=SECONDS)
        free_ports = re.sub(r":(8080|8443|9090)\b", ":0", example)
        self.assertEqual(self.check("example", free_ports), (0, "the configuration is good\n"))

    def test_the_fields_of_the_access_log_are_those_that_are_printed(self):
        source = text_of("proxy/access_log.cc")
        printed = set(re.findall(r'append_(?:member|names)\(lines_, "(\w+)"', source))
        printed.update(re.findall(r'\\"(\w+)\\":', source))
        told = {name for row in rows_of("Access log") for name in re.findall(r"`(\w+)`", row[0])}
        self.assertEqual(sorted(told), sorted(printed))

    def test_the_metrics_are_those_that_are_counted(self):
        source = text_of("proxy/metrics.cc") + text_of("proxy/metrics_text.cc")
        told = re.findall(r"`(regauge_\w+)`", README)
        self.assertEqual(sorted(told), sorted(set(re.findall(r'"(regauge_\w+)"', source))))


if __name__ == "__main__":
    unittest.main(verbosity=1)
