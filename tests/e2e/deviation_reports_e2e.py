"""What the operator learns of deviations: counts by side, name and upstream, and names in the access
log, of requests and responses, in heads and behind them, of HTTP/1 and of HTTP/2."""
import json
import unittest

from stand import Stand, bounded, table, until
from wire_peers import (ACK, DATA, END_HEADERS, END_STREAM, HEADERS, PING, H2Client,
                        ScriptedOrigin, block, frame, h1_client, h2_serve, request_block)

HEAD = """threads = 1
admin = "127.0.0.1:0"
access_log = "%s"
"""
MAXIMAL = "h1.preset = 'maximal'\nh2.preset = 'maximal'\n"
OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"
FOLDED_AND_SPACED = (b"HTTP/1.1 103\r\n\r\n"
                     b"HTTP/1.1 200  OK\r\nx: a\r\n b\r\nx: c\r\n d\r\ntransfer-encoding: chunked\r\n\r\n"
                     b"2 \r\nok\r\n0\r\ncontent-length: 5\r\n\r\n")
UNFRAMED_TWICE = b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab"


def says(octets):
    def script(peer):
        while peer.read_any_request():
            peer.send(octets)
    return script


def h2_says(*frames):
    def script(peer):
        def on_request(peer, stream, _fields, _end):
            peer.send(b"".join(make(stream) for make in frames))
        h2_serve(peer, on_request)
    return script


SPACED_HEAD = h2_says(
    lambda _: frame(PING, ACK, 0, b"no such!"),
    lambda stream: frame(HEADERS, END_HEADERS, stream, block((":status", "200"), ("x", " a "))),
    lambda stream: frame(DATA, END_STREAM, stream, b"ok"))
BAD_HEAD = h2_says(lambda stream: frame(HEADERS, END_HEADERS, stream, block((":status", "200"),
                                                                           ("x", "a\nb"))))

# Upstream: scheme, script, what is forgiven in its responses, what they are refused for.
UPSTREAMS = {
    "good": ("h1", says(OK), {}, {}),
    "odd": ("h1", says(FOLDED_AND_SPACED),
            {"missing-reason-sp": 1, "multiple-space-status-line": 1, "obs-fold": 2,
             "chunk-size-trailing-ws": 1, "forbidden-trailer-field": 1}, {}),
    "bad": ("h1", says(UNFRAMED_TWICE), {}, {"cl-conflict": 1}),
    "odd2": ("h2c", SPACED_HEAD, {"ping-ack-unsolicited": 1, "field-value-edge-whitespace": 1}, {}),
    "bad2": ("h2c", BAD_HEAD, {}, {"field-value-nul-cr-lf": 1}),
}
# Octets of an HTTP/1 client: the path, what is forgiven, what they are refused for, the status.
REQUESTS = (
    (b"GET  /good HTTP/1.1\r\nhost: a\r\nhost: a\r\nx: a\r\n b\r\nx: c\r\n d\r\n\r\n", "/good",
     {"multiple-space-request-line": 1, "duplicate-host": 1, "obs-fold": 2}, {}, 200),
    (b"POST /good HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n"
     b"1 \r\nx\r\n0\r\nauthorization: a\r\n\r\n", "/good",
     {"chunk-size-trailing-ws": 1, "forbidden-trailer-field": 1}, {}, 200),
    (b"POST /good HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n1 \r\nx\r\nzz\r\n",
     "/good", {"chunk-size-trailing-ws": 1}, {"chunk-size-invalid": 1}, 400),
    (b"GET  /nowhere HTTP/1.1\r\nhost: a\r\nhost: b\r\n\r\n", "",
     {"multiple-space-request-line": 1}, {"conflicting-host": 1}, 400),
)


def lines_of(path):
    with open(path, encoding="ascii") as file:
        lines = [json.loads(line) for line in file if line.endswith("\n")]
    return [line for line in lines if line["kind"] == "request"]


def counts_of(metrics, what, side, upstream):
    """Returns the counts of a side and an upstream by name."""
    tail = f'",side="{side}",upstream="{upstream}"}}'
    head = f'regauge_{what}_total{{name="'
    return {name[len(head):-len(tail)]: value for name, value in metrics.items()
            if name.startswith(head) and name.endswith(tail)}


def added(*counts):
    total = {}
    for each in counts:
        for name, count in each.items():
            total[name] = total.get(name, 0) + count
    return total


class Reports(unittest.TestCase):
    def start(self, stand):
        self.log = stand.path("access.log")
        text = HEAD % self.log
        for scheme in ("h1", "h2c"):
            text += stand.listener(scheme) + MAXIMAL
        for name, (scheme, script, _, _) in UPSTREAMS.items():
            origin = ScriptedOrigin(script)
            self.addCleanup(origin.stop)
            text += table("upstream", name=name, url=f"{scheme}://{origin.address}") + MAXIMAL
            text += table("route", path="/" + name, upstream=name)
        self.proxy = stand.regauge(config=text)

    def check_line(self, expected):
        """Waits for the next line of the log and compares its members."""
        self.lines = getattr(self, "lines", 0) + 1
        line = until("the exchange is in the log",
                     lambda: lines_of(self.log)[self.lines - 1:])[0]
        self.assertEqual({key: line[key] for key in expected}, expected)

    def check_counts(self, side, upstream, forgiven, refused):
        metrics = self.proxy.metrics()
        self.assertEqual(counts_of(metrics, "deviations", side, upstream), forgiven)
        self.assertEqual(counts_of(metrics, "violations", side, upstream), refused)

    def test_requests_of_http1(self):
        with Stand() as stand:
            self.start(stand)
            for octets, path, forgiven, refused, status in REQUESTS:
                with self.subTest(octets), h1_client(self.proxy.addresses[0]) as client:
                    self.assertEqual(client.send(octets).read_response()[0], status)
                    self.check_line({"path": path, "deviations": sum(forgiven.values()),
                                     "request_deviations": list(forgiven), "response_deviations": [],
                                     "detail": "".join(refused)})
            known = [each for each in REQUESTS if each[1]]
            self.check_counts("downstream", "good", added(*(each[2] for each in known)),
                              added(*(each[3] for each in known)))
            self.check_counts("downstream", "", REQUESTS[-1][2], REQUESTS[-1][3])
            self.check_counts("upstream", "good", {}, {})

    def test_requests_of_http2(self):
        with Stand() as stand:
            self.start(stand)
            with H2Client(self.proxy.addresses[1]) as client:
                spaced = request_block(path="/good", extra=(("x", " a "), ("X-Up", "b")))
                client.send(frame(HEADERS, END_HEADERS | END_STREAM, 1, spaced))
                self.assertEqual(client.finish(1).status, 200)
                names = ["field-value-edge-whitespace", "field-name-uppercase"]
                self.check_line({"path": "/good", "deviations": 2, "request_deviations": names,
                                 "response_deviations": []})
                client.send(frame(PING, ACK, 0, b"no such!")).ping()
                bad = request_block(path="/good", extra=(("x", "a\nb"),))
                client.send(frame(HEADERS, END_HEADERS | END_STREAM, 3, bad))
                self.assertEqual(client.finish(3).status, 400)
            self.check_counts("downstream", "good", dict.fromkeys(names, 1), {})
            self.check_counts("downstream", "", {"ping-ack-unsolicited": 1},
                              {"field-value-nul-cr-lf": 1})

    def test_responses(self):
        with Stand() as stand:
            self.start(stand)
            for name, (_, _, forgiven, refused) in UPSTREAMS.items():
                with self.subTest(name), h1_client(self.proxy.addresses[0]) as client:
                    client.send(b"GET /%s HTTP/1.1\r\nhost: a\r\n\r\n" % name.encode())
                    status, _, content = client.read_response()
                    while status == 103:
                        status, _, content = client.read_response()
                    self.assertEqual(status, 502 if refused else 200)
                    if not refused:
                        self.assertEqual(content, b"ok")
                    # What stands between the messages of a connection belongs to none of them.
                    told = [each for each in forgiven if each != "ping-ack-unsolicited"]
                    self.check_line({"path": "/" + name, "request_deviations": [],
                                     "response_deviations": told, "detail": "".join(refused)})
                    self.check_counts("upstream", name, forgiven, refused)
                    self.check_counts("downstream", name, {}, {})


if __name__ == "__main__":
    bounded(60)
    unittest.main()
