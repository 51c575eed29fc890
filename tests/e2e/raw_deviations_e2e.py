"""Every deviation of the catalogue against a running proxy, sent by a client and by an origin that know
no rule and wait for nobody. What regauge writes of them is canonical: it is compared octet for octet
with what stands in raw_requests.py and raw_responses.py, and python3-h11 reads it, which forgives
little. What is refused gets the status of its row, and nothing whole of it arrives; behind what may be
read in two ways the connection closes. Counters and access log name what was met."""
import json
import unittest

import raw_requests
import raw_responses
from raw_examples import missing_rows, rows_of
from stand import Stand, bounded, until
from strict_http1 import ANSWER, StrictOrigin, read_request, read_responses
from wire_peers import Peer, ScriptedOrigin, connect_to

PRESETS = ("common", "maximal")
HEAD = """threads = 1
admin = "127.0.0.1:0"
access_log = "%s"
forwarded = "keep"
default_authority = "default.test"
"""
CLOSING_ANSWER = ANSWER.replace(b"\r\n\r\n", b"\r\nconnection: close\r\n\r\n")
# Sent in one write with a message, behind it: the request that an attacker wants to have answered.
SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
SMUGGLED_SENT = b"GET /smuggled HTTP/1.1\r\nhost: a\r\n\r\n"
# … and the response that an origin wants the next client to take for its own.
POISON = b"HTTP/1.1 200 OK\r\ncontent-length: 8\r\n\r\npoisoned"


class Case(unittest.TestCase):
    side = None       # whose messages these are: "downstream" or "upstream"
    rows = None
    examples = None

    def start(self, stand, upstream, listener="", more=""):
        self.log, self.lines = stand.path("access.log"), 0
        self.expected = []   # (what is to be in the next line of the log, example)
        lower = "h1.names = 'lower'\n"
        self.proxy = stand.proxy(upstream, stand.listener("h1") + lower + listener,
                                 head=HEAD % self.log, more=lower + more)

    def check_each(self, preset):
        """Checks all examples under a preset, and what was told of them."""
        counts = {}
        for example in self.examples:
            action = example.action(self.rows, preset)
            counts[action] = counts.get(action, 0) + 1
            with self.subTest(preset=preset, example=example, action=action):
                self.check(example, action, preset)
        self.probe()
        self.check_reports(preset)
        print(f"{self.side}, {preset}: {len(self.examples)} messages for {len(self.rows)} rows, "
              f"{counts}", flush=True)

    def converse(self, octets, half_closes=False):
        """Sends octets and returns all that comes until the proxy closes, and how it did."""
        with Peer(connect_to(self.proxy.address)) as client:
            client.send(octets)
            if half_closes:
                client.half_close()
            return client.read_all(), client.ended

    def check_status(self, status, example, preset):
        refused = [name for name in example.names if self.rows[name].actions[preset] == "refuse"]
        self.assertIn(status, [self.rows[name].status for name in refused])

    def check_reports(self, preset):
        """Compares the lines of the log with what was done, and the counters with the lines."""
        def lines():
            with open(self.log, encoding="ascii") as file:
                all_lines = [json.loads(line) for line in file if line.endswith("\n")]
            return [line for line in all_lines if line["kind"] == "request"]
        until("the log is whole", lambda: len(lines()) >= len(self.expected))
        found = lines()
        self.assertEqual(len(found), len(self.expected))
        own = "request_deviations" if self.side == "downstream" else "response_deviations"
        other = "response_deviations" if self.side == "downstream" else "request_deviations"
        forgiven, refused = set(), set()
        for line, example in zip(found, self.expected):
            with self.subTest(preset=preset, example=example):
                names = set(line[own])
                forgiven |= names
                self.assertEqual(line[other], [])
                if example is None:
                    self.assertEqual((names, line["detail"]), (set(), ""))
                    continue
                tolerable = example.plain_names(self.rows, preset, refused=False)
                if example.action(self.rows, preset) == "refuse":
                    self.assertIn(line["detail"], example.plain_names(self.rows, preset, True))
                    # The first of some deviations is forgiven where a second one is not.
                    self.assertLessEqual(names, {name.split("#")[0] for name in example.names})
                    self.assertTrue(line["ended"].startswith(self.side + ":"), line["ended"])
                    refused.add(line["detail"])
                else:
                    self.assertEqual((names, line["detail"]), (tolerable, ""))
        self.assertEqual(self.counted("deviations"), forgiven)
        self.assertEqual(self.counted("violations"), refused)
        if preset != "maximal":
            return   # another row of the example may be refused before its own
        for name, row in self.rows.items():
            told = refused if row.actions[preset] == "refuse" else forgiven
            self.assertIn(name.split("#")[0], told)

    def counted(self, what):
        """Returns the names that the proxy counted on this side; on the other there are none."""
        names = set()
        for key in self.proxy.metrics():
            if key.startswith(f"regauge_{what}_total{{"):
                self.assertIn(f'side="{self.side}"', key)
                names.add(key.split('name="')[1].split('"')[0])
        return names


class Requests(Case):
    side, rows, examples = "downstream", rows_of("request"), raw_requests.EXAMPLES

    def test_each_row_has_an_example(self):
        self.assertEqual(missing_rows(self.rows, self.examples), [])

    def test_each_deviation_of_a_client(self):
        for preset in PRESETS:
            with Stand() as stand, StrictOrigin() as origin:
                self.origin, self.cut = origin, []
                self.start(stand, f"h1://{origin.address}", f"h1.preset = '{preset}'\n")
                self.check_each(preset)

    def check(self, example, action, preset):
        self.expected.append(example)
        octets = example.octets + (b"" if example.half_closes else SMUGGLED)
        if action == "refuse":
            down, ended = self.converse(octets, example.half_closes)
            self.check_refusal(down, ended, example, preset)
            if example.refused_late(self.rows, preset):
                self.cut.append(example)
                self.check_behind_the_head(example, preset)
            return
        down, ended = self.converse(octets, example.half_closes)
        self.assertEqual(ended, "fin")
        self.expect_arrived(example.canonical)
        if action == "close" or example.closes:
            self.assertEqual(down, example.answer or CLOSING_ANSWER)
            return
        self.assertEqual(down, ANSWER + CLOSING_ANSWER)
        self.expected.append(None)
        self.expect_arrived(SMUGGLED_SENT)

    def check_refusal(self, down, ended, example, preset):
        self.assertEqual(ended, "fin", "the answer must not be lost in a reset")
        responses, error = read_responses(down, 1)
        self.assertIsNone(error)
        self.check_status(responses[0][0], example, preset)
        self.assertIn(b"\r\nconnection: close\r\n", down)

    def check_behind_the_head(self, example, preset):
        """Sends the rest when the head has arrived: what the origin gets is cut."""
        self.expected.append(example)
        head, rest = example.octets.split(b"\r\n\r\n", 1)
        self.origin.begun.clear()
        with Peer(connect_to(self.proxy.address)) as client:
            client.send(head + b"\r\n\r\n")
            self.assertTrue(self.origin.begun.wait(10))
            client.send(rest + (b"" if example.half_closes else SMUGGLED))
            if example.half_closes:
                client.half_close()
            down = client.read_all()
        self.check_refusal(down, client.ended, example, preset)

    def expect_arrived(self, octets):
        """Takes the next whole request. Requests that were refused late may have begun to arrive."""
        while (arrived := self.origin.next()).error is not None:
            self.check_cut(arrived)
        self.assertEqual(arrived.octets, octets)

    def check_cut(self, arrived):
        """Checks that what broke off is the beginning of a request that was refused late."""
        if arrived.head is None:
            self.assertTrue(any(each.canonical.startswith(arrived.octets) for each in self.cut))
            return
        wholes = [read_request(each.canonical) for each in self.cut]
        self.assertTrue(any(whole.head == arrived.head and whole.content.startswith(arrived.content)
                            for whole in wholes), arrived)

    def probe(self):
        """Nothing came that was not looked at; the proxy goes on."""
        self.expected.append(None)
        self.assertEqual(self.converse(SMUGGLED), (CLOSING_ANSWER, "fin"))
        self.expect_arrived(SMUGGLED_SENT)
        while not self.origin.arrived.empty():
            arrived = self.origin.next()
            self.assertIsNotNone(arrived.error, arrived)
            self.check_cut(arrived)


class Responses(Case):
    side, rows, examples = "upstream", rows_of("response"), raw_responses.EXAMPLES

    def test_each_row_has_an_example(self):
        self.assertEqual(missing_rows(self.rows, self.examples), [])

    def serve(self, peer):
        while request := peer.read_request():
            path = request.split(b" ")[1]
            if path == b"/after":
                peer.send(CLOSING_ANSWER)
                return
            example = self.examples[int(path[1:])]
            peer.send(example.octets + (b"" if example.half_closes else POISON))
            if example.half_closes:
                return
            peer.read_all()   # one that is used again, or is not given up, hangs

    def test_each_deviation_of_an_origin(self):
        for preset in PRESETS:
            with Stand() as stand, ScriptedOrigin(self.serve) as origin:
                self.start(stand, f"h1://{origin.address}", more=f"h1.preset = '{preset}'\n")
                self.check_each(preset)

    def check(self, example, action, preset):
        self.expected.append(example)
        number = self.examples.index(example)
        down, ended = self.converse(
            b"GET /%d HTTP/1.1\r\nHost: a\r\n\r\n" % number +
            b"GET /after HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        if action == "refuse" and example.refused_late(self.rows, preset):
            self.assertEqual(ended, "reset", "a cut message looks complete")
            self.check_cut(down, example)
            return
        self.expected.append(None)
        self.assertEqual(ended, "fin")
        if action == "refuse":
            responses, error = read_responses(down, 2)
            self.assertIsNone(error)
            self.check_status(responses[0][0], example, preset)
            self.assertEqual(responses[1], (200, b"ok"))
            return
        self.assertEqual(down, example.canonical + CLOSING_ANSWER)
        responses, error = read_responses(down, 2)
        self.assertIsNone(error)
        self.assertEqual(responses[1], (200, b"ok"), "the client got what was not its own")

    def probe(self):
        """The proxy goes on."""
        self.expected.append(None)
        self.assertEqual(self.converse(b"GET /after HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"),
                         (CLOSING_ANSWER, "fin"))

    def check_cut(self, down, example):
        """Checks that what broke off is the beginning of the response."""
        whole, _ = read_responses(example.canonical, 1)
        part, error = read_responses(down, 1)
        self.assertIsNotNone(error, "a cut message looks complete")
        status, content = part[0]
        self.assertIn(status, (0, whole[0][0]))
        self.assertTrue(whole[0][1].startswith(content), down)
        if b"\r\n\r\n" in down:
            self.assertEqual(down.split(b"\r\n\r\n")[0], example.canonical.split(b"\r\n\r\n")[0])


if __name__ == "__main__":
    bounded(100)
    unittest.main()
