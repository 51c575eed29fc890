"""Tunnels: WebSocket by upgrade and by extended CONNECT, CONNECT itself, and unix sockets."""
import base64
import hashlib
import ssl
import unittest

import wire
from path import EXTENDED_CONNECT, PAIRS, PathTest
from stand import bounded

KEY = base64.b64encode(b"sixteen octets..").decode()
GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


def accept_of(key):
    return base64.b64encode(hashlib.sha1((key + GUID).encode()).digest()).decode()


class Tunnel:
    """The octets of a tunnel, whatever carries them."""

    def __init__(self, exchange):
        self.exchange = exchange

    def send(self, data):
        if isinstance(self.exchange, wire.H1Exchange):
            self.exchange.peer.sock.sendall(data)
        else:
            self.exchange.send(data)

    def exactly(self, size):
        self.exchange.kind = "close"
        data = b""
        while len(data) < size:
            data += self.exchange.some() or b"<the end>"
        return data

    def can_finish(self):
        """Python cannot end one direction of TLS alone."""
        return not (isinstance(self.exchange, wire.H1Exchange) and
                    isinstance(self.exchange.peer.sock, ssl.SSLSocket))

    def finish(self):
        """Ends this direction."""
        if isinstance(self.exchange, wire.H1Exchange):
            self.exchange.peer.sock.shutdown(1)
        else:
            self.exchange.send(b"", end=True)

    def rest(self):
        self.exchange.kind = "close"
        return self.exchange.rest()


class Tunnels(PathTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        wire.H2Peer.checks = False

    def handshake(self, client):
        """Asks for a WebSocket."""
        if isinstance(client, wire.H2Peer):
            while client.h2.remote_settings.enable_connect_protocol != 1:
                client.pump()
            return client.open([(":method", "CONNECT"), (":protocol", "websocket"),
                                (":scheme", "https"), (":path", "/chat"), (":authority", "a.test"),
                                ("sec-websocket-version", "13")], end=False)
        return client.request("GET", "/chat", [("connection", "Upgrade"), ("upgrade", "websocket"),
                                               ("sec-websocket-version", "13"),
                                               ("sec-websocket-key", KEY)])

    def accepted(self, sent, got, kind):
        """Accepts it at the origin and checks what the client sees."""
        if kind == "h2":
            self.assertEqual(got.came.pseudo[":protocol"], "websocket")
            self.assertEqual(got.came.start, ("CONNECT", "/chat", "a.test"))
            self.assertEqual(got.came.values("sec-websocket-key"), [])
            got.respond(200, [("sec-websocket-protocol", "chat")])
        else:
            self.assertEqual(got.came.start, ("GET", "/chat", "a.test"))
            self.assertEqual(got.came.value("upgrade"), "websocket")
            self.assertEqual(got.came.value("connection").lower(), "upgrade")
            got.respond(101, [("connection", "upgrade"), ("upgrade", "websocket"),
                              ("sec-websocket-accept",
                               accept_of(got.came.value("sec-websocket-key"))),
                              ("sec-websocket-protocol", "chat")])
        head = sent.head()
        self.assertEqual(head.value("sec-websocket-protocol"), "chat")
        if isinstance(sent, wire.H1Exchange):
            self.assertEqual(head.status, 101)
            self.assertEqual(head.value("sec-websocket-accept"), accept_of(KEY))
            self.assertEqual(head.value("upgrade"), "websocket")
        else:
            self.assertEqual(head.status, 200)

    @staticmethod
    def ask_for_tunnel(client, authority="a.test:443"):
        """Sends a CONNECT, which leaves the request open."""
        if isinstance(client, wire.H2Peer):
            return client.open([(":method", "CONNECT"), (":authority", authority)], end=False)
        return client.request("CONNECT", authority, authority=authority)

    def talk(self, sent, got, first="client"):
        """Passes octets both ways, then ends one direction after the other; `first` is who ends."""
        client, origin = Tunnel(sent), Tunnel(got)
        for piece in (b"\x81\x85ping", b"x" * 100_000):
            client.send(piece)
            self.assertEqual(origin.exactly(len(piece)), piece)
            origin.send(piece)
            self.assertEqual(client.exactly(len(piece)), piece)
        if not (client.can_finish() and origin.can_finish()):
            return
        one, other = (client, origin) if first == "client" else (origin, client)
        one.finish()
        self.assertEqual(other.rest(), b"")
        for piece in (b"still open", b"y" * 100_000):
            other.send(piece)
            self.assertEqual(one.exactly(len(piece)), piece)
        other.finish()
        self.assertEqual(one.rest(), b"")

    def test_a_websocket_passes(self):
        def steps(client, origin):
            sent = self.handshake(client)
            got = origin.accept()
            self.accepted(sent, got, origin.kind)
            self.talk(sent, got)
        self.on_each_pair(steps, tls=(False, True), settings={EXTENDED_CONNECT: 1, 4: 65536})

    def test_the_origin_may_end_its_direction_first(self):
        def steps(client, origin):
            sent = self.handshake(client)
            got = origin.accept()
            self.accepted(sent, got, origin.kind)
            self.talk(sent, got, first="origin")
        self.on_each_pair(steps, settings={EXTENDED_CONNECT: 1, 4: 65536})

    def test_octets_wait_until_the_tunnel_is_open(self):
        """Before that an HTTP/1.1 origin would read them as a request."""
        def steps(client, origin):
            sent = self.ask_for_tunnel(client)
            Tunnel(sent).send(b"GET /smuggled HTTP/1.1\r\n\r\n")
            got = origin.accept()
            got.peer.sock.settimeout(0.3)
            with self.assertRaises(TimeoutError):
                got.some() if origin.kind == "h2" else Tunnel(got).exactly(1)
            got.peer.sock.settimeout(wire.SECONDS)
            got.respond(200)
            self.assertEqual(sent.head().status, 200)
            self.assertEqual(Tunnel(got).exactly(26), b"GET /smuggled HTTP/1.1\r\n\r\n")
        self.on_each_pair(steps)

    def test_a_websocket_that_the_origin_declines_is_no_tunnel(self):
        def steps(client, origin):
            sent = self.handshake(client)
            got = origin.accept()
            got.respond(403, length=6)
            got.send(b"go off", end=True)
            self.assertEqual(sent.head().status, 403)
            self.assertEqual(sent.rest(), b"go off")
        self.on_each_pair(steps, settings={EXTENDED_CONNECT: 1})

    def test_a_websocket_needs_an_origin_that_takes_extended_connect(self):
        def steps(client, origin):
            for _ in range(3):
                sent = self.handshake(client)
                if not origin.peers:
                    origin.accept_connection()
                self.assertEqual(sent.head().status, 501)
            # Nothing was asked, and the only stream that the origin allows is free.
            sent = client.request("GET", "/plain")
            got = origin.accept()
            self.assertEqual(got.came.start, ("GET", "/plain", "a.test"))
            got.respond(204, end=True)
            self.assertEqual(sent.head().status, 204)
        one_stream = {3: 1, EXTENDED_CONNECT: 0}
        self.on_each_pair(steps, pairs=[each for each in PAIRS if each[1] == "h2"],
                          settings=one_stream)

    def test_connect_opens_a_tunnel(self):
        def steps(client, origin):
            sent = self.ask_for_tunnel(client)
            got = origin.accept()
            target = None if origin.kind == "h2" else "a.test:443"
            self.assertEqual(got.came.start, ("CONNECT", target, "a.test:443"))
            got.respond(200)
            self.assertEqual(sent.head().status, 200)
            for name in ("content-length", "transfer-encoding"):
                self.assertEqual(sent.came.values(name), [])
            self.talk(sent, got)
        self.on_each_pair(steps, tls=(False, True))

    def test_a_connect_that_is_refused_is_a_response_like_others(self):
        def steps(client, origin):
            sent = self.ask_for_tunnel(client, "a.test:25")
            got = origin.accept()
            if origin.kind == "h1":
                got.method = "GET"  # a content of known length follows
            got.respond(403, length=2)
            got.send(b"no", end=True)
            self.assertEqual(sent.head().status, 403)
            self.assertEqual(sent.rest(), b"no")
        self.on_each_pair(steps)

    def test_unix_sockets_on_both_sides(self):
        for kind, scheme, listener in (("h1", "unix", "http+unix"), ("h2", "h2c+unix", "unix"),
                                       ("h2", "h2c+unix", "h2c+unix")):
            with self.subTest(kind=kind, listener=listener):
                front = self.stand.path(f"{kind}-{listener}.sock")
                origin = wire.Origin(kind, path=front + ".back")
                proxy = self.stand.regauge("--listen", f"{listener}:{front}", "--upstream",
                                           f"{scheme}:{origin.address[5:]}")
                self.assertEqual(proxy.address, "unix:" + front)
                speaks = {"http+unix": ("h1", "h2"), "unix": ("h1",), "h2c+unix": ("h2",)}
                for client_kind in speaks[listener]:
                    client = wire.connect(client_kind, proxy.address)
                    sent = client.request("POST", "/unix", end=False)
                    sent.send(b"up", end=True)
                    got = origin.accept()
                    self.assertEqual(got.rest(), b"up")
                    got.respond(200)
                    got.send(b"down", end=True)
                    self.assertEqual(sent.head().status, 200)
                    self.assertEqual(sent.rest(), b"down")
                    client.close()
                origin.close()
                self.stand.programs.remove(proxy)
                proxy.stop()


if __name__ == "__main__":
    bounded(200)
    unittest.main()
