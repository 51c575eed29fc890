"""Peers that begin a message and do not go on: a client of its head or content, an origin of its
response. Whoever is late ends the exchange and is named; whoever may not send yet is not late.

All of them come to one proxy at once, each with a path of its own, which is also the name of what the
origin does about it."""
import threading
import time
import unittest

from at_once import check_each
from slow_peers import records
from stand import Stand, bounded, table, until
from wire_peers import DATA, H2Client, ScriptedOrigin, frame, h1_client, h2_head, h2_serve

CONTENT_MS = 1000
STEP = 0.15          # seconds
STEPS = 10           # together more than the limit
REST = STEP * STEPS
SIZE = 20_000_000    # more than the kernel holds
LATE_REQUEST = ("downstream:timeout:request_body", "content")
LATE_RESPONSE = ("upstream:timeout:response_body", "content")
GOOD = ("-", "")
OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"
CHUNKED = b"transfer-encoding: chunked\r\n\r\n"

# What comes of a request behind its first lines.
HALF_REQUESTS = {
    "nothing": b"content-length: 10\r\n\r\n",
    "length": b"content-length: 10\r\n\r\nhello",
    "chunk": CHUNKED + b"a\r\nhello",
    "chunk-line": CHUNKED + b"a;b=",
    "next-chunk": CHUNKED + b"5\r\nhello\r\n",
    "trailers": CHUNKED + b"5\r\nhello\r\n0\r\nx: y\r\n",
}
# … and of a response.
HALF_RESPONSES = {**HALF_REQUESTS, "until-close": b"\r\nhello"}


def skip(peer, octets):
    """Reads octets and drops them; returns how many came."""
    came = len(peer.take(octets))
    while came < octets and (got := len(peer.sock.recv(min(octets - came, 1 << 20)))):
        came += got
    return came


class Origin:
    """Does what the path of a request says; `cut` has how those did, by path, that did not end."""

    def __init__(self):
        self.over = threading.Event()
        self.cut = {}

    def h1(self, peer):
        while head := peer.read_request():
            self.serve(peer, head.split(b" ")[1].decode()[len("/h1/"):])

    def serve(self, peer, path):
        name, _, part = path.partition("/")
        if name == "half-response":
            peer.send(b"HTTP/1.1 200 OK\r\n" + HALF_RESPONSES[part])
            peer.read_all()
            self.cut[path] = peer.ended
        elif name == "half-request":
            self.cut[path] = peer.read_all()
        elif name == "half-of-both":
            peer.send(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhello").read_all()
        elif name == "slow":
            peer.send(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % STEPS)
            self.drip(peer)
            peer.read_all()
        elif name == "late-reader":
            time.sleep(REST)
            skip(peer, SIZE)
            peer.send(OK)
        elif name == "large":
            peer.send(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % SIZE + bytes(SIZE))
        elif name == "continue":
            peer.send(b"HTTP/1.1 100 Continue\r\n\r\n").read_all()
        elif name in ("no-continue", "no-end"):
            peer.read_all()
        elif name == "reads":
            peer.read_exactly(STEPS)
            peer.send(OK)
        else:
            peer.send(OK)

    @staticmethod
    def drip(peer):
        for _ in range(STEPS):
            time.sleep(STEP)
            peer.send(b"x")

    def tunnel(self, peer):
        peer.read_request()
        peer.send(b"HTTP/1.1 200 OK\r\n\r\n")
        while octets := peer.read_exactly(4):
            peer.send(octets)

    @staticmethod
    def h2(peer):
        def on_request(peer, stream, fields, end):
            if fields[":path"].endswith("/half-response"):
                peer.send(h2_head(stream) + frame(DATA, 0, stream, b"hello"))
            elif end:
                peer.send(h2_head(stream, end=True))
        h2_serve(peer, on_request)


class SlowSenders(unittest.TestCase):
    """Each `case_…` returns what the log says of its paths."""

    def case_a_client_of_http1_whose_content_does_not_come_gets_408(self):   # RFC 9110 §15.5.9
        paths = {}
        clients = {}
        begun = time.monotonic()
        for part, octets in HALF_REQUESTS.items():
            clients[part] = self.post("half-request/" + part, octets)
            paths["/h1/half-request/" + part] = LATE_REQUEST
        for part, client in clients.items():
            status, head, _ = client.read_response()
            self.assertGreaterEqual(time.monotonic() - begun, CONTENT_MS / 1000)
            self.assertEqual(status, 408, part)
            self.assertIn(b"connection: close", head)
            client.half_close()
            client.read_all()
            self.assertEqual(client.ended, "fin")
            path = "half-request/" + part
            until("the origin was told", lambda: path in self.origin.cut)
            self.assertFalse(self.origin.cut[path].endswith(b"0\r\n\r\n"), "it looks complete")
        return paths

    def case_a_client_of_http2_whose_content_does_not_come_gets_408_and_goes_on(self):
        with H2Client(self.h2_address) as client:
            for scheme in ("h1", "h2c"):
                stream = client.request("POST", path=f"/{scheme}/no-end", end=False)
                client.data(stream, b"hello")
            for stream in (1, 3):
                outcome = client.finish(stream)
                self.assertEqual((outcome.status, outcome.complete), (408, True))
            for scheme in ("h1", "h2c"):
                self.assertEqual(client.finish(client.request(path=f"/{scheme}/next")).status, 200)
        return {"/h1/no-end": LATE_REQUEST, "/h2c/no-end": LATE_REQUEST, "/h1/next": GOOD,
                "/h2c/next": GOOD}

    def case_an_answer_that_was_begun_is_cut(self):
        with self.post("half-of-both", b"content-length: 5\r\n\r\n") as client:
            status, _, content = client.read_response()
            self.assertEqual((status, content, client.ended), (200, None, "reset"))
        return {"/h1/half-of-both": LATE_REQUEST}

    def case_a_client_that_sends_slowly_is_served(self):
        with self.post("reads", b"content-length: %d\r\n\r\n" % STEPS) as client:
            self.origin.drip(client)
            self.assertEqual(client.read_response()[2], b"ok")
        return {"/h1/reads": GOOD}

    def case_a_client_that_gets_its_answer_meanwhile_is_not_late(self):
        with self.post("slow/upload", b"content-length: 10\r\n\r\n") as client:
            self.assertEqual(client.read_response()[2], b"x" * STEPS)
        return {"/h1/slow/upload": GOOD}

    def case_a_client_whose_content_the_origin_does_not_take_is_not_late(self):
        with self.post("late-reader", b"content-length: %d\r\n\r\n" % SIZE) as client:
            client.send(bytes(SIZE))
            self.assertEqual(client.read_response()[2], b"ok")
        return {"/h1/late-reader": GOOD}

    def case_who_waits_for_100_in_vain_blames_the_origin(self):   # RFC 9110 §10.1.1
        expect = b"content-length: 5\r\nexpect: 100-continue\r\n\r\n"
        with self.post("no-continue", expect) as client:
            self.assertEqual(client.read_response()[0], 504)
        return {"/h1/no-continue": ("upstream:timeout:request_body", "content")}

    def case_who_got_100_and_sends_nothing_is_late(self):
        expect = b"content-length: 5\r\nexpect: 100-continue\r\n\r\n"
        with self.post("continue", expect) as client:
            self.assertEqual(client.read_response()[0], 100)
            self.assertEqual(client.read_response()[0], 408)
        return {"/h1/continue": LATE_REQUEST}

    def case_a_response_of_http1_that_does_not_go_on_is_cut(self):   # RFC 9112 §8
        clients = {part: self.get("half-response/" + part) for part in HALF_RESPONSES}
        for part, client in clients.items():
            status, _, content = client.read_response()
            self.assertEqual((status, content, client.ended), (200, None, "reset"), part)
        waited = {"half-response/" + part for part in HALF_RESPONSES}
        until("the origin is rid of all", lambda: waited <= set(self.origin.cut))
        return {"/h1/half-response/" + part: LATE_RESPONSE for part in HALF_RESPONSES}

    def case_a_response_of_http2_that_does_not_go_on_is_cut(self):   # RFC 9113 §8.1
        with H2Client(self.h2_address) as client:
            outcome = client.finish(client.request(path="/h2c/half-response"))
            self.assertEqual((outcome.status, outcome.ended), (200, False))
            self.assertEqual(outcome.reset, "INTERNAL_ERROR")
        return {"/h2c/half-response": LATE_RESPONSE}

    def case_a_response_that_comes_slowly_arrives(self):
        with self.get("slow/download") as client:
            self.assertEqual(client.read_response()[2], b"x" * STEPS)
        return {"/h1/slow/download": GOOD}

    def case_an_origin_whose_response_the_client_does_not_take_is_not_late(self):
        with self.get("large") as client:
            client.read_until(b"\r\n\r\n")
            time.sleep(REST)
            self.assertEqual(skip(client, SIZE), SIZE)
        return {"/h1/large": GOOD}

    def case_a_tunnel_may_rest(self):
        with h1_client(self.h1_address) as client:
            client.send(b"CONNECT a:443 HTTP/1.1\r\nhost: a:443\r\n\r\n")
            self.assertIn(b" 200 ", client.read_until(b"\r\n\r\n"))
            time.sleep(REST)
            self.assertEqual(client.send(b"ping").read_exactly(4), b"ping")
        return {}

    def case_no_limit_is_none(self):
        with h1_client(self.patient.address) as client:
            client.send(b"GET /h1/half-response/until-close HTTP/1.1\r\nhost: a\r\n\r\n")
            client.read_until(b"hello")
            client.sock.settimeout(REST)
            with self.assertRaises(TimeoutError):
                client.sock.recv(1)
        return {}

    def case_a_head_that_drips_gets_408(self):
        with h1_client(self.patient.address) as client:
            client.send(b"GET / HTTP/1.1\r\nx: ")
            self.origin.drip(client)
            self.assertEqual(client.read_response()[0], 408)
        return {}

    def get(self, path):
        return h1_client(self.h1_address).send(
            b"GET /h1/" + path.encode() + b" HTTP/1.1\r\nhost: a\r\n\r\n")

    def post(self, path, rest):
        return h1_client(self.h1_address).send(
            b"POST /h1/" + path.encode() + b" HTTP/1.1\r\nhost: a\r\n" + rest)

    def test_all_at_once(self):
        self.origin = Origin()
        with Stand() as stand, ScriptedOrigin(self.origin.h1) as h1, \
                ScriptedOrigin(self.origin.h2) as h2, ScriptedOrigin(self.origin.tunnel) as tunnel:
            log = stand.path("access.log")
            proxy = stand.regauge(config="\n".join((
                f'access_log = "{log}"', "[timeouts]", f"content_ms = {CONTENT_MS}", "drain_ms = 500",
                stand.listener("h1"), stand.listener("h2c"),
                table("upstream", name="tunnel", url=f"h1://{tunnel.address}"),
                table("upstream", name="h1", url=f"h1://{h1.address}"),
                table("upstream", name="h2c", url=f"h2c://{h2.address}"),
                table("route", path="/h1", upstream="h1"), table("route", path="/h2c", upstream="h2c"),
                table("route", path="/", upstream="tunnel"))))
            self.h1_address, self.h2_address = proxy.addresses
            self.patient = stand.proxy(f"h1://{h1.address}", head="[timeouts]\ncontent_ms = 0\n"
                                       f"head_ms = {CONTENT_MS}\ndrain_ms = 500")
            expected = {}
            cases = [{"case": name} for name in dir(self) if name.startswith("case_")]
            check_each(self, cases, lambda case: expected.update(getattr(self, case)()), len(cases))
            until("all was logged", lambda: set(expected) <= set(self.ends(log)))
            self.assertEqual(self.ends(log), {**self.ends(log), **expected})
            h2_ends = [each["ended"] for each in records(log, "connection") if each["upstream"] == "h2c"]
            self.assertEqual(h2_ends, [], "a stream that is reset spares its connection")

    @staticmethod
    def ends(log):
        return {each["path"]: (each["ended"], each["detail"]) for each in records(log, "request")}


if __name__ == "__main__":
    bounded(60)
    unittest.main()
