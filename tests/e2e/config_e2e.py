"""The configuration: errors say file:line:column, what and why; presets and single rules work for each
listener and upstream, in both protocols; what cannot start says so in one clear line."""
import socket
import subprocess
import unittest

from stand import Stand, bounded, program_of, table
from wire_peers import (DATA, END_HEADERS, END_STREAM, HEADERS, H2Client, ScriptedOrigin, block,
                        frame, h1_answers, h1_client, h2_serve, request_block)

LISTENER = '[[listener]]\nurl = "h1://127.0.0.1:0"\n'
UPSTREAM = '[[upstream]]\nurl = "h1://127.0.0.1:1"\n'
GOOD = LISTENER + UPSTREAM

# A file, where the error is (line, column) and a word of the reason.
PLACED_ERRORS = (
    ("threads = \n" + GOOD, 1, 11, "value"),
    ("threads = -1\n" + GOOD, 1, 11, "number"),
    ("threads = 'two'\n" + GOOD, 1, 11, "number"),
    ("scheduling = 'magic'\n" + GOOD, 1, 14, "pinned"),
    ("no_such_key = 1\n" + GOOD, 1, 15, "unknown key no_such_key"),
    ("log_level = 'loud'\n" + GOOD, 1, 13, "log_level"),
    ("forwarded = 'maybe'\n" + GOOD, 1, 13, "append"),
    ("listener = 1\n", 1, 12, r"\[\[listener\]\]"),
    ("[timeouts]\nhead_ms = 'soon'\n" + GOOD, 2, 11, "number"),
    ("[timeouts]\nheads_ms = 1\n" + GOOD, 2, 12, "unknown key heads_ms"),
    ("[limits]\nfields = 1\n" + GOOD, 2, 10, "unknown key fields"),
    ("[limits]\nfield_lines_max = 4294967296\n" + GOOD, 2, 19, "number"),
    ("[[listener]]\nurl = 'gopher://a:1'\n" + UPSTREAM, 2, 7, "scheme"),
    ("[[listener]]\nurl = 'h1://127.0.0.1:99999'\n" + UPSTREAM, 2, 7, "port"),
    ("[[listener]]\nurl = 'h1://127.0.0.1:1/x'\n" + UPSTREAM, 2, 7, "path"),
    ("[[listener]]\nname = 'x'\n" + UPSTREAM, 1, 1, "url"),
    ("[[listener]]\nurl = 1\n" + UPSTREAM, 2, 7, "string"),
    (LISTENER + "colour = 'red'\n" + UPSTREAM, 3, 10, "unknown key colour"),
    (LISTENER + "[listener.h1]\npreset = 'lax'\n" + UPSTREAM, 4, 10, "strict, common or maximal"),
    (LISTENER + "[listener.h2]\npreset = 'lax'\n" + UPSTREAM, 4, 10, "strict, common or maximal"),
    (LISTENER + "[listener.h1]\nrules = {no-such = 'accept'}\n" + UPSTREAM, 4, 20, "no-such"),
    (LISTENER + "[listener.h1]\nrules = {obs-fold = 'perhaps'}\n" + UPSTREAM, 4, 21, "reject"),
    (LISTENER + "[listener.h1]\nrules = {cl-conflict = 'accept'}\n" + UPSTREAM, 4, 24, "cannot be accepted safely"),
    (LISTENER + "[listener.h1]\nrules = {obs-fold-framing = 'accept_and_close'}\n" + UPSTREAM, 4, 29, "cannot be accepted safely"),
    (LISTENER + "[listener.h2]\nrules = {no-such = 'fix'}\n" + UPSTREAM, 4, 20, "no-such"),
    (LISTENER + "[listener.h2]\nrules = {ping-length = 'ignore'}\n" + UPSTREAM, 4, 24, "safely"),
    (LISTENER + "[listener.h2]\nmalformed_request = 'shrug'\n" + UPSTREAM, 4, 21, "answer or reset"),
    (LISTENER + "[[upstream]]\nname = 'x'\n", 3, 1, "url"),
    (LISTENER + "[[upstream]]\nurl = 'h1://a'\nverify = 1\n", 5, 10, "true or false"),
    (LISTENER + "[[upstream]]\nurls = 'h1://a'\n", 4, 8, "array"),
    (GOOD + "[[route]]\npath = 1\n", 6, 8, "string"),
    (GOOD + "[[route]]\ncors = {origins = ['*'], credentials = 'yes'}\n", 6, 40, "true or false"),
    (GOOD + "[[route]]\nupstream = 'x'\ncors = {methods = 'GET'}\n", 7, 19, "array"),
)

# What no single place shows: a word of the one line that says it.
WHOLE_ERRORS = (
    (UPSTREAM, "no listener"),
    (LISTENER, "no upstream"),
    (GOOD + "[[route]]\npath = '/'\nupstream = 'gone'\n", "no upstream gone"),
    (GOOD + "[[route]]\npath = 'x'\nupstream = '127.0.0.1:1'\n", "slash"),
    ("[[listener]]\nurl = 'https://127.0.0.1:0'\n" + UPSTREAM, "certificate and a key"),
    ("[[listener]]\nurl = 'h1s://127.0.0.1:0'\n" + UPSTREAM, "https"),
    (LISTENER + "[[upstream]]\nurl = 'http://a:1'\n", "h1:// or h2c://"),
    (LISTENER + "[[upstream]]\nurls = ['h1://a:1', 'h2c://b:1']\n", "different schemes"),
    (LISTENER + "[[upstream]]\nurl = 'h1://no-such-host.invalid:1'\n", "no-such-host.invalid"),
    (GOOD + "[[route]]\nupstream = '127.0.0.1:1'\ncors = {origins = ['*'], credentials = true}\n",
     "credentials"),
)


class ConfigErrorTest(unittest.TestCase):
    def run_test(self, stand, text, *arguments):
        """Runs `regauge run -t`; returns (status, what it wrote, the file)."""
        path = stand.write("config.toml", text)
        done = subprocess.run([program_of("REGAUGE", "regauge"), "run", "-t", "-c", path, *arguments],
                              capture_output=True, timeout=30, text=True)
        return done.returncode, done.stdout + done.stderr, path

    def test_errors_say_where_what_and_why(self):
        with Stand() as stand:
            for text, line, column, word in PLACED_ERRORS:
                with self.subTest(text):
                    status, said, path = self.run_test(stand, text)
                    self.assertEqual(status, 2, said)
                    self.assertEqual(len(said.splitlines()), 1, said)
                    self.assertIn(f"{path}:{line}:{column}: ", said)
                    self.assertRegex(said, word)

    def test_errors_of_the_whole_are_one_clear_line(self):
        with Stand() as stand:
            for text, word in WHOLE_ERRORS:
                with self.subTest(text):
                    status, said, _ = self.run_test(stand, text)
                    self.assertEqual((status, len(said.splitlines())), (2, 1), said)
                    self.assertIn(word, said)

    def test_a_good_file_is_said_to_be_good_and_nothing_stays(self):
        with Stand() as stand:
            status, said, _ = self.run_test(stand, GOOD)
            self.assertEqual((status, said), (0, "the configuration is good\n"))

    def test_keys_and_certificates_are_loaded(self):
        with Stand() as stand:
            cert, key = stand.certificate()
            other_cert, other_key = stand.certificate("other.test")
            garbage = stand.write("garbage.pem", "no PEM\n")

            def with_files(cert, key):
                return (f"[[listener]]\nurl = 'https://127.0.0.1:0'\ncert = '{cert}'\n"
                        f"key = '{key}'\n" + UPSTREAM)
            self.assertEqual(self.run_test(stand, with_files(cert, key))[0], 0)
            for files, word in (((garbage, key), garbage), ((cert, garbage), garbage),
                                (("/no/such.pem", key), "/no/such.pem"),
                                ((cert, other_key), "does not belong"),
                                ((other_cert, key), "does not belong")):
                with self.subTest(word=word):
                    status, said, _ = self.run_test(stand, with_files(*files))
                    self.assertEqual((status, len(said.splitlines())), (2, 1), said)
                    self.assertIn(word, said)
            ca = f"{LISTENER}[[upstream]]\nurl = 'h1s://localhost:1'\nca = '{garbage}'\n"
            status, said, _ = self.run_test(stand, ca)
            self.assertEqual(status, 2)
            self.assertIn(garbage, said)

    def test_a_port_in_use_is_said_to_be(self):
        with Stand() as stand, socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            text = f"[[listener]]\nurl = 'h1://127.0.0.1:{port}'\n" + UPSTREAM
            for said in (self.run_test(stand, text), self.run_test(
                    stand, GOOD, "--admin", f"127.0.0.1:{port}")):
                self.assertEqual(said[0], 2)
                self.assertRegex(said[1], f"^regauge: (listener|admin) 127.0.0.1:{port}: .*in use\n$")

    def test_wrong_arguments_are_usage(self):
        program = program_of("REGAUGE", "regauge")
        for arguments in (["run", "--no-such"], ["run", "--threads", "x"], ["run", "-c", "/no/such"],
                          ["run"], ["run", "--listen", "h1://127.0.0.1:0"], [], ["no-such"],
                          ["run", "--log-level", "loud"], ["run", "--scheduling", "magic"]):
            with self.subTest(arguments):
                done = subprocess.run([program, *arguments], capture_output=True, timeout=30)
                self.assertEqual(done.returncode, 2)
                self.assertTrue(done.stderr)


# --- Presets and rules over sockets --------------------------------------------------------------

def h1_get(*lines):
    return b"GET / HTTP/1.1\r\nhost: a\r\n" + b"".join(line + b"\r\n" for line in lines) + b"\r\n"


def h1_post(fields, content):
    return b"POST / HTTP/1.1\r\nhost: a\r\n" + fields + b"\r\n" + content


# Rule of H1 requests: octets, the status when it is off; on, the request is answered by 200.
H1_RULES = {
    "obs-fold": (h1_get(b"x: a", b" b"), 400),
    "multiple-space-request-line": (b"GET  / HTTP/1.1\r\nhost: a\r\n\r\n", 400),
    "trailing-space-request-line": (b"GET / HTTP/1.1 \r\nhost: a\r\n\r\n", 400),
    "missing-host": (b"GET / HTTP/1.1\r\n\r\n", 400),
    "duplicate-host": (b"GET / HTTP/1.1\r\nhost: a\r\nhost: a\r\n\r\n", 400),
    "cl-duplicate-same": (h1_post(b"content-length: 2\r\ncontent-length: 2\r\n", b"ok"), 400),
    "unknown-expect": (h1_get(b"expect: miracles"), 417),
    "chunk-size-trailing-ws": (h1_post(b"transfer-encoding: chunked\r\n", b"2 \r\nok\r\n0\r\n\r\n"),
                               400),
    "fragment-in-target": (b"GET /#x HTTP/1.1\r\nhost: a\r\n\r\n", 400),
}
# Rule of H2 requests: the field block, the action that tolerates it.
H2_RULES = {
    "field-name-uppercase": (request_block(extra=(("X-Up", "a"),)), "fix"),
    "field-value-edge-whitespace": (request_block(extra=(("x", " a "),)), "fix"),
    "connection-specific-field": (request_block(extra=(("connection", "x"),)), "drop_field"),
    "te-value": (request_block(extra=(("te", "gzip"),)), "drop_field"),
    "field-name-invalid-char": (request_block(extra=(("x(y", "a"),)), "drop_field"),
}


class RuleTest(unittest.TestCase):
    def start(self, stand, origin, *listeners):
        return stand.proxy(f"h1://{origin.address}", *listeners,
                           head='default_authority = "a.test"\nadmin = "127.0.0.1:0"')

    @staticmethod
    def strict(stand, scheme, protocol, rule, action):
        """Returns a listener that is strict but for one rule."""
        return (stand.listener(scheme) + f"[listener.{protocol}]\npreset = 'strict'\n"
                f"rules = {{{rule} = '{action}'}}\n")

    def test_a_rule_of_h1_is_refused_when_off_and_accepted_and_counted_when_on(self):
        with Stand() as stand, ScriptedOrigin(h1_answers(b"ok")) as origin:
            for rule, (octets, status) in H1_RULES.items():
                for action, wanted in (("reject", status), ("accept", 200)):
                    with self.subTest(rule, action=action):
                        proxy = self.start(stand, origin,
                                           self.strict(stand, "h1", "h1", rule, action))
                        with h1_client(proxy.address) as client:
                            self.assertEqual(client.send(octets).read_response()[0], wanted)
                        accepted = action == "accept"
                        self.assertEqual(proxy.total("regauge_deviations_total") > 0, accepted)
                        self.assertEqual(proxy.total("regauge_violations_total") > 0, not accepted)
                        proxy.stop()

    def test_a_rule_of_h2_is_refused_when_off_and_accepted_and_counted_when_on(self):
        with Stand() as stand, ScriptedOrigin(h1_answers(b"ok")) as origin:
            for rule, (octets, tolerant) in H2_RULES.items():
                for action in ("stream", tolerant):
                    with self.subTest(rule, action=action):
                        proxy = self.start(stand, origin,
                                           self.strict(stand, "h2c", "h2", rule, action))
                        with H2Client(proxy.address) as client:
                            client.send(frame(HEADERS, END_HEADERS | END_STREAM, 1, octets))
                            outcome = client.finish(1)
                            client.ping()
                        accepted = action == tolerant
                        self.assertEqual((outcome.status, outcome.reset), (200, None) if accepted
                                         else (400, "PROTOCOL_ERROR"))
                        self.assertEqual(proxy.total("regauge_deviations_total") > 0, accepted)
                        self.assertEqual(proxy.total("regauge_violations_total") > 0, not accepted)
                        proxy.stop()

    def test_presets_differ_for_each_listener(self):
        lax, sharp = h1_get(b"x: a", b" b"), b"GET / HTTP/1.1\r\nhost: a\r\nhost: a\r\n\r\n"
        wanted = {"strict": (400, 400, 400), "common": (200, 400, 200), "maximal": (200, 200, 200)}
        upper = frame(HEADERS, END_HEADERS | END_STREAM, 1, request_block(extra=(("X-Up", "a"),)))
        with Stand() as stand, ScriptedOrigin(h1_answers(b"ok")) as origin:
            proxy = self.start(stand, origin, *(
                stand.listener("http") + f"[listener.h1]\npreset = '{preset}'\n"
                f"[listener.h2]\npreset = '{preset}'\n" for preset in wanted))
            for address, (preset, statuses) in zip(proxy.addresses, wanted.items()):
                got = []
                for octets in (lax, sharp):
                    with h1_client(address) as client:
                        got.append(client.send(octets).read_response()[0])
                with H2Client(address) as client:
                    got.append(client.send(upper).finish(1).status)
                with self.subTest(preset):
                    self.assertEqual(tuple(got), statuses)

    def test_presets_differ_for_each_upstream(self):
        def folded(peer):
            while peer.read_request():
                peer.send(b"HTTP/1.1 200 OK\r\nx: a\r\n b\r\ncontent-length: 2\r\n\r\nok")

        def upper(peer):
            h2_serve(peer, lambda peer, stream, _fields, _end: peer.send(
                frame(HEADERS, END_HEADERS, stream, block((":status", "200"), ("X-Up", "a"))) +
                frame(DATA, END_STREAM, stream, b"ok")) and None)
        for scheme, script in (("h1", folded), ("h2c", upper)):
            with Stand() as stand, ScriptedOrigin(script) as origin:
                upstreams = "".join(
                    table("upstream", name=preset, url=f"{scheme}://{origin.address}") +
                    f"{'h1' if scheme == 'h1' else 'h2'} = {{preset = '{preset}'}}\n" +
                    table("route", path="/" + preset, upstream=preset)
                    for preset in ("strict", "common", "maximal"))
                proxy = stand.regauge(config=LISTENER + upstreams)
                for preset, status in (("strict", 502), ("common", 200), ("maximal", 200)):
                    with self.subTest(scheme=scheme, preset=preset), \
                            h1_client(proxy.address) as client:
                        client.send(f"GET /{preset} HTTP/1.1\r\nhost: a\r\n\r\n".encode())
                        self.assertEqual(client.read_response()[0], status)


if __name__ == "__main__":
    bounded(200)
    unittest.main()
