"""What bad input gets: answers by rule and a close, resets, GOAWAY; and what faults of an upstream
become. A message that was cut never looks complete (RFC 9112 §6.3, §8; RFC 9113 §5.4, §8.1.1)."""
import socket
import ssl
import struct
import unittest

from stand import Stand, bounded, until
from wire_peers import (CONTINUATION, DATA, END_HEADERS, END_STREAM, HEADERS, PING,
                        RST_STREAM, SETTINGS, WINDOW_UPDATE, H2Client, ScriptedOrigin, block, frame,
                        h1_answers, h1_client, h2_head, h2_serve, never_accepts, request_block, rst)


answer_hello = h1_answers(b"hello\n")
BOTH = ("h1", "h2c")   # listeners


def speak_clearly(peer):
    """An origin that knows no TLS."""
    peer.fill()
    peer.send(b"HTTP/1.1 400 Bad Request\r\n\r\n")


H1_REFUSALS = (
    # what, octets, status
    ("no version", b"GET / HTTP/x.y\r\nhost: a\r\n\r\n", 400),
    ("a space before the colon", b"GET / HTTP/1.1\r\nhost : a\r\n\r\n", 400),
    ("no host", b"GET / HTTP/1.1\r\nx: y\r\n\r\n", 400),
    ("two hosts", b"GET / HTTP/1.1\r\nhost: a\r\nhost: b\r\n\r\n", 400),
    ("two lengths", b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\ncontent-length: 4\r\n\r\n",
     400),
    ("NUL in a value", b"GET / HTTP/1.1\r\nhost: a\r\nx: a\0b\r\n\r\n", 400),
    ("a bad chunk", b"POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n", 400),
    ("a long target", b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\nhost: a\r\n\r\n", 414),
    ("an expectation", b"GET / HTTP/1.1\r\nhost: a\r\nexpect: miracles\r\n\r\n", 417),
    ("a long line", b"GET / HTTP/1.1\r\nhost: a\r\nx: " + b"a" * 70_000 + b"\r\n\r\n", 431),
    ("many lines", b"GET / HTTP/1.1\r\nhost: a\r\n" + b"x: y\r\n" * 300 + b"\r\n", 431),
    ("a coding", b"POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
     501),
    ("a version", b"GET / HTTP/3.0\r\nhost: a\r\n\r\n", 505),
    ("the preface of HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
)


class H1RefusalTest(unittest.TestCase):  # RFC 9112 §2.2, §3, §5.1, §6.3, §7
    def test_each_rule_gets_its_status_and_the_connection_closes(self):
        with Stand() as stand, ScriptedOrigin(answer_hello) as origin:
            proxy = stand.proxy(f"h1://{origin.address}")
            for what, octets, status in H1_REFUSALS:
                with self.subTest(what), h1_client(proxy.address) as client:
                    client.send(octets)
                    got, head, _ = client.read_response()
                    self.assertEqual(got, status)
                    self.assertIn(b"connection: close", head.lower())
                    client.read_all()
                    self.assertEqual(client.ended, "fin", "the answer must not be lost in a reset")
            with h1_client(proxy.address) as client:
                client.send(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n")
                self.assertEqual(client.read_response()[2], b"hello\n")

    def test_nothing_behind_a_refused_request_is_read_as_a_request(self):
        with Stand() as stand, ScriptedOrigin(answer_hello) as origin:
            proxy = stand.proxy(f"h1://{origin.address}")
            with h1_client(proxy.address) as client:
                client.send(b"GET / HTTP/1.1\r\nhost : a\r\n\r\nGET / HTTP/1.1\r\nhost: a\r\n\r\n")
                self.assertEqual(client.read_response()[0], 400)
                self.assertEqual(client.read_all(), b"")
            self.assertEqual(origin.accepted, 0)

    def test_half_a_head_gets_408_and_silence_gets_a_close(self):
        with Stand() as stand, ScriptedOrigin(answer_hello) as origin:
            proxy = stand.proxy(f"h1://{origin.address}", head="[timeouts]\nhead_ms = 300")
            with h1_client(proxy.address) as client:
                client.send(b"GET / HTTP/1.1\r\nhos")
                self.assertEqual(client.read_response()[0], 408)
                client.read_all()
                self.assertEqual(client.ended, "fin")

    def test_a_length_over_what_the_upstream_takes_gets_its_413(self):
        def too_large(peer):
            peer.read_request()
            peer.send(b"HTTP/1.1 413 Too Large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
        with Stand() as stand, ScriptedOrigin(too_large) as origin:
            proxy = stand.proxy(f"h1://{origin.address}", *BOTH)
            # Often: the answer may be found by a read, or behind a write that fails.
            for _ in range(40):
                with h1_client(proxy.addresses[0]) as client:
                    client.send(b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 9000000\r\n\r\n")
                    client.send(b"x" * 300_000)
                    self.assertEqual(client.read_response()[0], 413)
            with H2Client(proxy.addresses[1]) as client:
                stream = client.request("POST", end=False)
                outcome = client.finish(stream)
                self.assertEqual((outcome.status, outcome.ended), (413, True))


H2_MALFORMED = (
    # what, fields, status, code
    ("an upper-case name", request_block(extra=(("X-Up", "a"),)), 400, "PROTOCOL_ERROR"),
    ("an unknown pseudo-field", request_block(extra=((":odd", "a"),)), 400, "PROTOCOL_ERROR"),
    ("a missing path", block((":method", "GET"), (":scheme", "http"), (":authority", "a")), 400,
     "PROTOCOL_ERROR"),
    ("a connection field", request_block(extra=(("connection", "close"),)), 400, "PROTOCOL_ERROR"),
    ("LF in a value", request_block(extra=(("x", "a\nb"),)), 400, "PROTOCOL_ERROR"),
    ("a list over the limit", request_block(extra=tuple(("x%d" % i, "y") for i in range(300))), 431,
     "ENHANCE_YOUR_CALM"),
)
STRICT = """
[[listener]]
url = "h2c://127.0.0.1:0"
[listener.h2]
preset = "strict"
"""
RESET = STRICT + 'malformed_request = "reset"\n'

H2_CONNECTION_ERRORS = (
    # what, octets behind the preface, code
    ("DATA on stream 0", frame(DATA, 0, 0, b"x"), "PROTOCOL_ERROR"),
    ("HEADERS on an even stream", frame(HEADERS, 5, 2, request_block()), "PROTOCOL_ERROR"),
    ("a bad size of PING", frame(PING, 0, 0, b"x"), "FRAME_SIZE_ERROR"),
    ("a bad size of SETTINGS", frame(SETTINGS, 0, 0, b"12345"), "FRAME_SIZE_ERROR"),
    ("a frame over the limit", frame(HEADERS, 5, 1, bytes(20_000)), "FRAME_SIZE_ERROR"),
    ("a window past its bound", frame(WINDOW_UPDATE, 0, 0, struct.pack(">I", 0x7fffffff)),
     "FLOW_CONTROL_ERROR"),
    ("an initial window past its bound", frame(SETTINGS, 0, 0, struct.pack(">HI", 4, 0x80000000)),
     "FLOW_CONTROL_ERROR"),
    ("a bad index of HPACK", frame(HEADERS, 5, 1, b"\xff\xff\xff\x01"), "COMPRESSION_ERROR"),
    ("CONTINUATION alone", frame(CONTINUATION, 4, 1, b""), "PROTOCOL_ERROR"),
    ("another frame inside a block",
     frame(HEADERS, END_STREAM, 1, request_block()) + frame(PING, 0, 0, bytes(8)), "PROTOCOL_ERROR"),
    ("a flood of CONTINUATION", frame(HEADERS, END_STREAM, 1, request_block()) +
     frame(CONTINUATION, 0, 1, b"") * 1000, "ENHANCE_YOUR_CALM"),
    ("a PING flood beside an open stream", frame(HEADERS, END_HEADERS, 1, request_block("POST")) +
     frame(PING, 0, 0, bytes(8)) * 12000, "ENHANCE_YOUR_CALM"),
)


class H2RefusalTest(unittest.TestCase):
    def test_a_malformed_request_is_answered_and_its_stream_reset(self):  # RFC 9113 §8.1.1
        with Stand() as stand, ScriptedOrigin(answer_hello) as origin:
            proxy = stand.proxy(f"h1://{origin.address}", STRICT)
            for what, fields, status, code in H2_MALFORMED:
                for flags in (END_HEADERS, END_HEADERS | END_STREAM):
                    with self.subTest(what, flags=flags), H2Client(proxy.address) as client:
                        client.send(frame(HEADERS, flags, 1, fields)).ping()
                        outcome = client.outcome(1)
                        self.assertEqual(outcome.status, status)
                        self.assertTrue(outcome.ended)
                        self.assertEqual(outcome.reset, code)
                        client.next_stream = 3
                        self.assertEqual(client.finish(client.request()).content, b"hello\n")

    def test_the_policy_may_have_it_reset_only(self):
        with Stand() as stand, ScriptedOrigin(answer_hello) as origin:
            proxy = stand.proxy(f"h1://{origin.address}", RESET)
            for what, fields, _, code in H2_MALFORMED:
                with self.subTest(what), H2Client(proxy.address) as client:
                    client.send(frame(HEADERS, 5, 1, fields)).ping()
                    self.assertEqual(client.outcome(1).status, 0)
                    self.assertEqual(client.outcome(1).reset, code)

    def test_content_that_belies_its_length_is_malformed(self):  # RFC 9113 §8.1.1
        with Stand() as stand, ScriptedOrigin(answer_hello) as origin:
            proxy = stand.proxy(f"h1://{origin.address}", STRICT)
            with H2Client(proxy.address) as client:
                stream = client.request("POST", extra=(("content-length", "3"),), end=False)
                client.data(stream, b"four", end=True).ping()
                self.assertEqual(client.outcome(stream).reset, "PROTOCOL_ERROR")

    def test_connection_errors_end_with_goaway_and_their_code(self):  # RFC 9113 §5.4.1
        with Stand() as stand, ScriptedOrigin(answer_hello) as origin:
            proxy = stand.proxy(f"h1://{origin.address}", STRICT)
            for what, octets, code in H2_CONNECTION_ERRORS:
                with self.subTest(what), H2Client(proxy.address) as client:
                    client.send(octets).until_closed()
                    self.assertTrue(client.goaways, "no GOAWAY")
                    self.assertEqual(client.goaways[-1][1], code)
            with H2Client(proxy.address) as client:
                self.assertEqual(client.finish(client.request()).content, b"hello\n")

    def test_no_preface_ends_the_connection(self):  # RFC 9113 §3.4
        with Stand() as stand, ScriptedOrigin(answer_hello) as origin:
            proxy = stand.proxy(f"h1://{origin.address}", STRICT)
            with h1_client(proxy.address) as client:
                client.send(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n")
                frames = client.read_frames_until(lambda _: False)
                self.assertEqual([each[0] for each in frames if each[0] == 7], [7])


# --- Faults of an upstream -----------------------------------------------------------------------

GET = b"GET / HTTP/1.1\r\nhost: a\r\n\r\n"


def h1_fault(octets, how="close"):
    def script(peer):
        peer.read_request()
        peer.send(octets)
        if how == "reset":
            peer.reset()
    return script


def h2_fault(*frames, how="close"):
    def script(peer):
        def on_request(peer, stream, _fields, _end):
            for make in frames:
                peer.send(make(stream))
            if how == "reset":
                peer.reset()
            return True
        h2_serve(peer, on_request)
    return script


BEFORE_HEAD = (
    ("closes before the head", "h1", h1_fault(b"")),
    ("closes inside the head", "h1", h1_fault(b"HTTP/1.1 200 OK\r\ncontent-le")),
    ("resets before the head", "h1", h1_fault(b"", "reset")),
    ("is no HTTP", "h1", h1_fault(b"SSH-2.0-OpenSSH_9.2\r\n")),
    ("has two lengths", "h1",
     h1_fault(b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\ncontent-length: 4\r\n\r\nabcd")),
    ("has too many lines", "h1", h1_fault(b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 300 + b"\r\n")),
    ("closes before the head", "h2c", h2_fault()),
    ("has no status", "h2c", h2_fault(lambda s: frame(HEADERS, 4, s, block(("x", "y"))))),
    ("resets the stream", "h2c", h2_fault(
        lambda s: frame(RST_STREAM, 0, s, struct.pack(">I", 2)))),
    ("breaks the connection", "h2c", h2_fault(lambda s: frame(PING, 0, 0, b"x"))),
    ("speaks HTTP/1", "h2c", lambda peer: peer.send(b"HTTP/1.1 400 Bad Request\r\n\r\n")),
)
OK_LENGTH = b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n"
OK_CHUNKED = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
INSIDE_CONTENT = (
    ("closes inside content with a length", "h1", h1_fault(OK_LENGTH + b"12345")),
    ("closes inside a chunk", "h1", h1_fault(OK_CHUNKED + b"a\r\n12345")),
    ("closes between chunks", "h1", h1_fault(OK_CHUNKED + b"5\r\n12345\r\n")),
    ("closes inside the trailers", "h1", h1_fault(OK_CHUNKED + b"5\r\n12345\r\n0\r\nx: y\r\n")),
    ("breaks the chunks", "h1", h1_fault(OK_CHUNKED + b"5\r\n12345\r\nzz\r\n")),
    ("resets inside content", "h1", h1_fault(OK_LENGTH + b"12345", "reset")),
    ("resets inside chunks", "h1", h1_fault(OK_CHUNKED + b"5\r\n12345\r\n", "reset")),
    ("resets content without length", "h1", h1_fault(b"HTTP/1.1 200 OK\r\n\r\n12345", "reset")),
    ("closes inside content", "h2c", h2_fault(h2_head, lambda s: frame(DATA, 0, s, b"12345"))),
    ("resets the stream in content", "h2c", h2_fault(
        h2_head, lambda s: frame(DATA, 0, s, b"12345") +
        frame(RST_STREAM, 0, s, struct.pack(">I", 8)))),
    ("resets the stream by NO_ERROR", "h2c", h2_fault(
        h2_head, lambda s: frame(DATA, 0, s, b"12345") +
        frame(RST_STREAM, 0, s, struct.pack(">I", 0)))),
    ("belies its length", "h2c", h2_fault(
        lambda s: h2_head(s, extra=(("content-length", "10"),)) + frame(DATA, 1, s, b"12345"))),
    ("breaks the connection in content", "h2c", h2_fault(
        h2_head, lambda s: frame(DATA, 0, s, b"12345") + frame(PING, 0, 0, b"x"))),
)


class UpstreamFaultTest(unittest.TestCase):
    def each_client(self, stand, upstream):
        """Yields (name, outcome) of one GET by each protocol: (status, content, complete)."""
        proxy = stand.proxy(upstream, *BOTH)
        yield from self.both(proxy)
        proxy.stop()

    @staticmethod
    def both(proxy):
        with h1_client(proxy.addresses[0]) as client:
            status, _, content = client.send(GET).read_response()
            framed = client.ended != "fin" or content is not None
            yield "h1", status, content, framed and content is not None
        with H2Client(proxy.addresses[1]) as client:
            outcome = client.finish(client.request())
            yield "h2", outcome.status, outcome.content, outcome.complete

    def test_faults_before_the_head_are_502(self):
        for what, scheme, script in BEFORE_HEAD:
            with Stand() as stand, ScriptedOrigin(script) as origin:
                for name, status, _, complete in self.each_client(
                        stand, f"{scheme}://{origin.address}"):
                    with self.subTest(what, upstream=scheme, client=name):
                        self.assertEqual((status, complete), (502, True))

    def test_a_message_that_was_cut_never_looks_complete(self):
        for what, scheme, script in INSIDE_CONTENT:
            with Stand() as stand, ScriptedOrigin(script) as origin:
                for name, status, _, complete in self.each_client(
                        stand, f"{scheme}://{origin.address}"):
                    with self.subTest(what, upstream=scheme, client=name):
                        self.assertIn(status, (200, 502))
                        if status == 200:
                            self.assertFalse(complete)

    def test_an_address_that_refuses_is_502(self):
        with Stand() as stand, socket.socket() as nobody:
            nobody.bind(("127.0.0.1", 0))
            port = nobody.getsockname()[1]
            for name, status, _, complete in self.each_client(stand, f"h1://127.0.0.1:{port}"):
                with self.subTest(client=name):
                    self.assertEqual((status, complete), (502, True))

    def test_a_connect_or_a_response_that_takes_too_long_is_504(self):
        listener, address, fillers = never_accepts()
        with Stand() as stand, ScriptedOrigin(lambda peer: peer.read_all()) as silent:
            for upstream in (address, silent.address):
                proxy = stand.proxy(f"h1://{upstream}", *BOTH,
                                    head="[timeouts]\nconnect_ms = 300\nresponse_ms = 300")
                for name, status, _, complete in self.both(proxy):
                    with self.subTest(upstream=upstream, client=name):
                        self.assertEqual((status, complete), (504, True))
                proxy.stop()
        for each in (listener, *fillers):
            each.close()

    def test_tls_that_fails_is_502(self):
        with Stand() as stand:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*stand.certificate())
            with ScriptedOrigin(answer_hello, context) as origin, \
                    ScriptedOrigin(speak_clearly) as clear:
                # The certificate is not one the system trusts; the other speaks no TLS.
                for upstream in (origin.address, clear.address):
                    for name, status, _, complete in self.each_client(
                            stand, f"h1s://{upstream}"):
                        with self.subTest(upstream=upstream, client=name):
                            self.assertEqual((status, complete), (502, True))

    def test_a_request_cut_by_its_client_never_looks_complete_to_the_origin(self):
        heads, contents = [], []

        def record(peer):
            heads.append(peer.read_request())
            contents.append(peer.read_chunks())

        def until_seen(count):
            until(f"the origin saw {count} heads", lambda: len(heads) == count)
        with Stand() as stand, ScriptedOrigin(record) as origin:
            proxy = stand.proxy(f"h1://{origin.address}", *BOTH)
            begun = b"POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n"
            for count, how in enumerate(("close", "reset", "half_close"), 1):
                with h1_client(proxy.addresses[0]) as client:
                    client.send(begun)
                    until_seen(count)
                    getattr(client, how)()
                    until("the origin saw its end", lambda: len(contents) == count)
            with H2Client(proxy.addresses[1]) as client:
                stream = client.request("POST", end=False)
                client.data(stream, b"hello").ping()
                until_seen(4)
                client.send(rst(stream))
                until("the origin saw its end", lambda: len(contents) == 4)
        self.assertEqual(contents, [None] * 4)


if __name__ == "__main__":
    bounded(120)
    unittest.main()
