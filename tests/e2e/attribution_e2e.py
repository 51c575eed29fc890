"""Who hung up is always known: side:cause:phase of every request and connection that ended early.

Each cell is produced by a scripted peer and read from the access log; nothing else ends that way. The
name of a cell is its route, its upstream or its listener, so that lines are told apart."""
import json
import socket
import ssl
import struct
import time
import unittest

from stand import Stand, StandError, bounded, table, until
from wire_peers import (DATA, END_HEADERS, END_STREAM, GOAWAY, HEADERS, PING, H2Client, Peer,
                        ScriptedOrigin, block, connect_to, frame, h1_client, h2_head, h2_serve,
                        never_accepts, request_block, rst)

PHASES = {"handshake", "request_head", "request_body", "queue", "connect", "upstream_handshake",
          "await_response", "response_head", "response_body", "trailers", "idle"}
OK_LENGTH = b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n"
OK_CHUNKED = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
WHOLE = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"


def says(octets, then="close"):
    """An H1 origin: reads a head, says something, and closes, resets, holds or goes on."""
    def script(peer):
        while peer.read_request():
            peer.send(octets)
            if then == "reset":
                time.sleep(0.05)   # what was said has to be read before the reset
                peer.reset()
            if then == "hold":
                peer.read_all()
            if then != "go on":
                return
    return script


def frames(*makers, hold=False):
    """An H2 origin: answers the first request with frames and closes or holds."""
    def script(peer):
        def on_request(peer, stream, _fields, _end):
            for make in makers:
                peer.send(make(stream))
            return not hold
        h2_serve(peer, on_request)
        if not hold:
            peer.half_close()   # a close over octets that were not read would be a reset
        peer.read_all()
    return script


def at_once(how):
    """An origin that ends in the middle of the handshake."""
    def script(peer):
        peer.fill()
        if how == "hold":
            peer.read_all()
        if how == "reset":
            peer.reset()
    return script


# name: (scheme, script, triple); asked for by GET.
UPSTREAM_CELLS = {
    "close": ("h1", says(b""), "upstream:peer_close:await_response"),
    "reset": ("h1", says(b"", "reset"), "upstream:peer_reset:await_response"),
    "silence": ("h1", says(b"", "hold"), "upstream:timeout:await_response"),
    "close-head": ("h1", says(b"HTTP/1.1 200 O"), "upstream:peer_close:response_head"),
    "reset-head": ("h1", says(b"HTTP/1.1 200 O", "reset"), "upstream:peer_reset:response_head"),
    "half-head": ("h1", says(b"HTTP/1.1 200 O", "hold"), "upstream:timeout:response_head"),
    "no-http": ("h1", says(b"SSH-2.0-OpenSSH\r\n", "hold"), "upstream:protocol_error:response_head"),
    "long-head": ("h1", says(b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 300, "hold"),
                  "upstream:limit:response_head"),
    "close-body": ("h1", says(OK_LENGTH + b"12345"), "upstream:peer_close:response_body"),
    "reset-body": ("h1", says(OK_LENGTH + b"12345", "reset"), "upstream:peer_reset:response_body"),
    "bad-chunk": ("h1", says(OK_CHUNKED + b"zz\r\n", "hold"),
                  "upstream:protocol_error:response_body"),
    "close-trailers": ("h1", says(OK_CHUNKED + b"0\r\nx: y\r\n"), "upstream:peer_close:trailers"),
    "reset-trailers": ("h1", says(OK_CHUNKED + b"0\r\nx: y\r\n", "reset"),
                       "upstream:peer_reset:trailers"),
    "bad-trailers": ("h1", says(OK_CHUNKED + b"0\r\nno colon\r\n\r\n", "hold"),
                     "upstream:protocol_error:trailers"),
    "long-trailers": ("h1", says(OK_CHUNKED + b"0\r\n" + b"x: y\r\n" * 900, "hold"),
                      "upstream:limit:trailers"),
    "h2-rst": ("h2c", frames(lambda s: rst(s, "INTERNAL_ERROR"), hold=True),
               "upstream:peer_reset:await_response"),
    "h2-goaway": ("h2c", frames(lambda s: frame(GOAWAY, 0, 0, bytes(8))),
                  "upstream:goaway:await_response"),
    "h2-bad-head": ("h2c", frames(lambda s: frame(HEADERS, END_HEADERS, s, block(("x", "y"))),
                                  hold=True), "upstream:protocol_error:response_head"),
    "h2-rst-body": ("h2c", frames(h2_head, rst, hold=True), "upstream:peer_reset:response_body"),
    "h2-close-body": ("h2c", frames(h2_head), "upstream:peer_close:response_body"),
    "h2-bad-trailers": ("h2c", frames(h2_head, lambda s: frame(HEADERS, 5, s, block((":x", "y"))),
                                      hold=True), "upstream:protocol_error:trailers"),
    "h2-broken": ("h2c", frames(h2_head, lambda s: frame(DATA, 0, s, b"x") + frame(PING, 0, 0, b"x"),
                                hold=True), "upstream:protocol_error:response_body"),
    "tls-clear": ("h1s", lambda peer: (peer.fill(), peer.send(b"HTTP/1.1 400 B\r\n\r\n")),
                  "upstream:tls_error:upstream_handshake"),
    "tls-silence": ("h1s", at_once("hold"), "upstream:timeout:upstream_handshake"),
    "tls-close": ("h1s", at_once("close"), "upstream:peer_close:upstream_handshake"),
    "tls-reset": ("h1s", at_once("reset"), "upstream:peer_reset:upstream_handshake"),
}
# What becomes of the connection to the upstream itself, behind a good exchange.
UPSTREAM_CONNECTION_CELLS = {
    "idle-close": ("h1", says(WHOLE), "upstream:peer_close:idle"),
    "idle-reset": ("h1", says(WHOLE, "reset"), "upstream:peer_reset:idle"),
    "idle-time": ("h1", says(WHOLE, "go on"), "upstream:timeout:idle"),
    "idle-octets": ("h1", says(WHOLE + b"HTTP/1.1 200 OK\r\n\r\n", "hold"),
                    "upstream:protocol_error:idle"),
}


def get(client, name, method=b"GET", fields=b""):
    return client.send(method + b" /" + name.encode() + b" HTTP/1.1\r\nhost: a\r\n" + fields + b"\r\n")


CHUNKED = b"transfer-encoding: chunked\r\n"


class Bench:
    """One proxy in front of all scripted origins; a listener for each cell that needs its own."""

    LISTENERS = {
        "plain": "h1", "h2": "h2c", "bad-head": "h1", "long-target": "h1", "late-head": "h1",
        "close-in-head": "h1", "reset-in-head": "h1", "idle-client-close": "h1",
        "idle-client-reset": "h1", "idle-client-time": "h1", "h2-bad-ping": "h2c", "h2-flood": "h2c",
        "h2-malformed": "h2c", "h2-long-list": "h2c", "tls-garbage": "https",
        "tls-client-close": "https", "tls-client-reset": "https", "tls-stall": "https",
    }

    def __init__(self, stand):
        self.stand = stand
        self.origins = []
        self.expected = []   # (kind, member, name, triple)
        self.log = stand.path("access.log")
        self.blackhole = never_accepts()
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(*stand.certificate())
        text = self.head() + "".join(stand.listener(scheme, name=name)
                                     for name, scheme in self.LISTENERS.items())
        cells = {**UPSTREAM_CELLS, **UPSTREAM_CONNECTION_CELLS}
        for name, (scheme, script, _) in cells.items():
            text += self.upstream(name, f"{scheme}://{self.origin(script)}")
        text += self.upstream("tls-untrusted", f"h1s://{self.origin(says(WHOLE), tls)}")
        text += self.upstream("hold", f"h1://{self.origin(says(b'', 'hold'))}")
        text += self.upstream("hold-body", f"h1://{self.origin(says(OK_LENGTH + b'12345', 'hold'))}")
        text += self.upstream("tls-hold", f"h1s://{self.origin(at_once('hold'))}")
        text += self.upstream("one", f"h1://{self.origin(says(b'', 'hold'))}", connections_max=1)
        text += self.upstream("full", f"h1://{self.origin(says(WHOLE, 'go on'))}", waiting_max=0)
        text += self.upstream("away", f"h1://{self.blackhole[1]}")
        text += self.upstream("nowhere", f"unix:{stand.path('nobody.sock')}")
        with socket.socket() as nobody:
            nobody.bind(("127.0.0.1", 0))
            text += self.upstream("refused", "h1://127.0.0.1:%d" % nobody.getsockname()[1])
        self.proxy = stand.regauge(config=text)
        self.address = dict(zip(self.LISTENERS, self.proxy.addresses))

    def head(self):
        return f"""
threads = 1
access_log = "{self.log}"
admin = "127.0.0.1:0"
[timeouts]
handshake_ms = 400
head_ms = 400
idle_ms = 400
connect_ms = 600
queue_ms = 400
response_ms = 1000
upstream_idle_ms = 400
"""

    @staticmethod
    def upstream(name, url, **keys):
        return (table("upstream", name=name, url=url, **keys) +
                table("route", path="/" + name, upstream=name))

    def origin(self, script, tls=None):
        self.origins.append(ScriptedOrigin(script, tls))
        return self.origins[-1].address

    def expect(self, kind, member, name, triple):
        self.expected.append((kind, member, name, triple))

    def lines(self):
        with open(self.log, encoding="ascii") as file:
            return [json.loads(line) for line in file if line.endswith("\n")]

    def ended(self, lines, kind, member, name):
        return {line["ended"] for line in lines if line["kind"] == kind and
                (line.get(member) == name or line.get(member) == "/" + name)} - {"-"}

    def missing(self):
        lines = self.lines()
        return [(name, triple, self.ended(lines, kind, member, name))
                for kind, member, name, triple in self.expected
                if triple not in self.ended(lines, kind, member, name)]

    def close(self):
        for each in (self.blackhole[0], *self.blackhole[2]):
            each.close()
        for each in self.origins:
            each.stop()


def faults_of_upstreams(bench):
    cells = {**UPSTREAM_CELLS, "tls-untrusted": (0, 0, "upstream:tls_error:upstream_handshake"),
             "refused": (0, 0, "upstream:refused:connect"),
             "away": (0, 0, "upstream:timeout:connect"),
             "nowhere": (0, 0, "upstream:unreachable:connect"),
             "full": (0, 0, "proxy:overload:queue"),
             "no-route": (0, 0, "proxy:no_route:request_head")}
    clients = []
    for name, (_, _, triple) in cells.items():
        bench.expect("request", "path", name, triple)
        clients.append(get(h1_client(bench.address["plain"]), name))
    for name, (_, _, triple) in UPSTREAM_CONNECTION_CELLS.items():
        bench.expect("connection", "upstream", name, triple)
        clients.append(get(h1_client(bench.address["plain"]), name))
    for client in clients:
        client.read_response()
        client.close()


def faults_of_uploads(bench):
    for name, triple in (("close", "upstream:peer_close:request_body"),
                         ("reset", "upstream:peer_reset:request_body")):
        bench.expect("request", "path", name, triple)
        with h1_client(bench.address["plain"]) as client:
            get(client, name, b"POST", b"content-length: 10\r\n").send(b"12345").read_response()


def faults_of_clients(bench):
    def cell(path, triple, act, fields=CHUNKED, method=b"POST"):
        bench.expect("request", "path", path, triple)
        client = get(h1_client(bench.address["plain"]), path, method, fields)
        time.sleep(0.1)   # the request has to reach its phase
        act(client)
        return client
    opened = [
        cell("hold", "downstream:peer_close:request_body", Peer.half_close),
        cell("hold", "downstream:protocol_error:request_body", lambda c: c.send(b"zz\r\n")),
        cell("hold", "downstream:limit:request_body", lambda c: c.send(b"1;" + b"x" * 9000)),
        cell("hold", "downstream:protocol_error:trailers", lambda c: c.send(b"0\r\nno colon\r\n\r\n")),
        cell("hold", "downstream:peer_reset:request_body", Peer.reset),
        cell("hold", "downstream:peer_reset:await_response", Peer.reset, b"", b"GET"),
        cell("hold-body", "downstream:peer_reset:response_body", Peer.reset, b"", b"GET"),
        cell("away", "downstream:peer_reset:connect", Peer.reset, b"", b"GET"),
        cell("tls-hold", "downstream:peer_reset:upstream_handshake", Peer.reset, b"", b"GET"),
    ]
    with h1_client(bench.address["plain"]) as first, h1_client(bench.address["plain"]) as second:
        get(first, "one")
        time.sleep(0.05)
        get(second, "one")
        opened.append(cell("one", "downstream:peer_reset:queue", Peer.reset, b"", b"GET"))
        bench.expect("request", "path", "one", "proxy:timeout:queue")
        assert second.read_response()[0] == 503
    for client in opened:
        client.close()
    with H2Client(bench.address["h2"]) as client:
        bench.expect("request", "path", "hold", "downstream:peer_reset:await_response")
        stream = client.request(path="/hold")
        client.ping().send(rst(stream)).ping()


def faults_in_heads(bench):
    for name, octets, act, triple in (
            ("bad-head", b"GET / HTTP/1.1\r\nhost : a\r\n\r\n", Peer.read_response,
             "downstream:protocol_error:request_head"),
            ("long-target", b"GET /" + b"a" * 70_000, Peer.read_response,
             "downstream:limit:request_head"),
            ("late-head", b"GET / HTT", Peer.read_response, "downstream:timeout:request_head"),
            ("close-in-head", b"GET / HTT", Peer.half_close, "downstream:peer_close:request_head"),
            ("reset-in-head", b"GET / HTT", Peer.reset, "downstream:peer_reset:request_head")):
        if name != "reset-in-head":
            bench.expect("request", "listener", name, triple)
        bench.expect("connection", "listener", name, triple)
        client = h1_client(bench.address[name]).send(octets)
        time.sleep(0.05)
        act(client)
        if act is not Peer.reset:
            client.read_all()
            client.close()
    for name, octets, triple in (
            ("h2-malformed", request_block(extra=(("x", "a\nb"),)),
             "downstream:protocol_error:request_head"),
            ("h2-long-list", request_block(extra=(("x", "y"),) * 400), "downstream:limit:request_head")):
        bench.expect("request", "listener", name, triple)
        with H2Client(bench.address[name]) as client:
            client.send(frame(HEADERS, END_HEADERS | END_STREAM, 1, octets)).ping()


def faults_of_connections(bench):
    whole = b"GET /idle-time HTTP/1.1\r\nhost: a\r\n\r\n"
    for name, act, triple in (
            ("idle-client-close", Peer.close, "downstream:peer_close:idle"),
            ("idle-client-reset", Peer.reset, "downstream:peer_reset:idle"),
            ("idle-client-time", Peer.read_all, "downstream:timeout:idle")):
        bench.expect("connection", "listener", name, triple)
        client = h1_client(bench.address[name]).send(whole)
        client.read_response()
        act(client)
        client.close()
    bench.expect("connection", "listener", "h2-bad-ping", "downstream:protocol_error:idle")
    with H2Client(bench.address["h2-bad-ping"]) as client:
        client.ping().send(frame(PING, 0, 0, b"x")).until_closed()
    bench.expect("connection", "listener", "h2-flood", "downstream:limit:request_body")
    with H2Client(bench.address["h2-flood"]) as client:
        client.request("POST", path="/hold", end=False)
        client.ping().send(frame(PING, 0, 0, bytes(8)) * 12_000).until_closed()
    hello = b"\x16\x03\x01\x00\xc8\x01"   # the first octets of a ClientHello of 200
    for name, octets, act, triple in (
            ("tls-garbage", b"GET / HTTP/1.1\r\n\r\n", Peer.read_all, "downstream:tls_error:handshake"),
            ("tls-client-close", hello, Peer.close, "downstream:peer_close:handshake"),
            ("tls-client-reset", hello, Peer.reset, "downstream:peer_reset:handshake"),
            ("tls-stall", hello, Peer.read_all, "downstream:timeout:handshake")):
        bench.expect("connection", "listener", name, triple)
        client = Peer(connect_to(bench.address[name])).send(octets)
        time.sleep(0.05)
        act(client)
        client.close()


class AttributionTest(unittest.TestCase):
    def test_every_cell_is_told_by_the_log_and_counted(self):
        with Stand() as stand:
            bench = Bench(stand)
            for produce in (faults_of_upstreams, faults_of_uploads, faults_of_clients,
                            faults_in_heads, faults_of_connections):
                produce(bench)
            try:
                until("the log has every cell", lambda: not bench.missing(), 6)
            except StandError:
                self.fail("\n".join(f"{name}: wanted {triple}, the log has {sorted(found)}"
                                    for name, triple, found in bench.missing()))
            triples = {triple for _, _, _, triple in bench.expected}
            self.assertGreaterEqual(len(triples), 40)
            self.assertEqual({triple.split(":")[2] for triple in triples}, PHASES)
            self.check_counters(bench, triples)
            bench.close()

    def check_counters(self, bench, triples):
        counted = bench.proxy.metrics()
        for triple in triples:
            side, cause, phase = triple.split(":")
            labels = f'side="{side}",cause="{cause}",phase="{phase}"'
            found = [name for name in counted if name.startswith("regauge_ended_total{")
                     and all(label in name for label in labels.split(","))]
            self.assertTrue(found, triple)
        print(f"{len(triples)} cells", flush=True)

    def test_what_ends_well_has_no_triple(self):
        with Stand() as stand, ScriptedOrigin(says(WHOLE, "go on")) as origin:
            log = stand.path("access.log")
            proxy = stand.proxy(f"h1://{origin.address}", arguments=("--access-log", log))
            with h1_client(proxy.address) as client:
                get(client, "", fields=b"connection: close\r\n").read_response()
                client.read_all()
            proxy.stop()
            with open(log, encoding="ascii") as file:
                lines = [json.loads(line) for line in file]
            self.assertEqual([(line["kind"], line["ended"]) for line in lines if line["listener"]],
                             [("request", "-"), ("connection", "-")])


if __name__ == "__main__":
    bounded(120)
    unittest.main()
