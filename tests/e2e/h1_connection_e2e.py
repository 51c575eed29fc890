"""What an HTTP/1 connection of the proxy does between and behind its messages: when it is used again,
what it makes of octets that nobody asked for, what it waits for, and how much it takes. Peers are raw,
so that they can do what they must not (RFC 9112 §9)."""
import threading
import unittest

from slow_peers import slow_socket, states_of
from stand import Stand, bounded, until
from wire_peers import Peer, ScriptedOrigin, h1_client

OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"
GET = b"GET / HTTP/1.1\r\nhost: a\r\n\r\n"
CLOSE = b"connection: close\r\n"
SMUGGLED = b"GET /smuggled HTTP/1.1\r\nhost: a\r\n\r\n"


def get(path, lines=b""):
    return b"GET " + path + b" HTTP/1.1\r\nhost: a\r\n" + lines + b"\r\n"


class Log:
    """Which requests came on which connection of a scripted origin."""

    def __init__(self):
        self.connections = []

    def serve(self, peer, answer):
        """Reads heads and has each answered, until `answer(peer, path)` returns True."""
        paths = []
        self.connections.append(paths)
        while head := peer.read_request():
            paths.append(head.split(b"\r\n")[0].split(b" ")[1] if head.count(b" ") > 1 else head)
            if answer(peer, paths[-1]):
                return

    def origin(self, answer):
        return ScriptedOrigin(lambda peer: self.serve(peer, answer))


class Reuse(unittest.TestCase):
    def check(self, answer, paths, connections, head="threads = 1"):
        """Asks for paths one after the other and compares which connections they came on."""
        log = Log()
        with Stand() as stand, log.origin(answer) as origin:
            proxy = stand.proxy(f"h1://{origin.address}", head=head)
            with h1_client(proxy.address) as client:
                for path in paths:
                    method = b"HEAD" if path == b"/head" else b"GET"
                    client.send(get(path).replace(b"GET", method, 1))
                    head = client.read_until(b"\r\n\r\n")
                    self.assertRegex(head, rb"^HTTP/1.1 (200|204|304) ", path)
                    if path not in (b"/head", b"/204", b"/304"):
                        self.assertEqual(client.read_exactly(2), b"ok", path)
            self.assertEqual(log.connections, connections)

    def test_content_where_none_may_be_is_not_the_next_answer(self):   # RFC 9112 §6.3, §9.2
        poison = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nNO"
        answers = {
            b"/head": b"HTTP/1.1 200 OK\r\ncontent-length: 41\r\n\r\n" + poison,
            b"/204": b"HTTP/1.1 204 No Content\r\n\r\n" + poison,
            b"/304": b"HTTP/1.1 304 Not Modified\r\ncontent-length: 41\r\n\r\n" + poison,
            b"/long": OK + poison,
        }
        for path in answers:
            with self.subTest(path):
                self.check(lambda peer, asked: peer.send(answers.get(asked, OK)) and None,
                           [path, b"/next"], [[path], [b"/next"]])

    def test_octets_on_an_idle_connection_close_it(self):   # RFC 9112 §9.2
        idle, peers, log = threading.Event(), [], Log()

        def answer(peer, path):
            if path == b"/first":
                peers.append(peer)   # the client may go on as soon as it is answered
            peer.send(OK)
            if path == b"/first":
                idle.wait(20)
                peer.send(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nNO").read_all()
                return True
            return False
        with Stand() as stand, log.origin(answer) as origin:
            proxy = stand.proxy(f"h1://{origin.address}", head="threads = 1")
            with h1_client(proxy.address) as client:
                self.assertEqual(client.send(get(b"/first")).read_response()[2], b"ok")
                idle.set()
                until("the proxy has closed it", lambda: peers[0].ended)
                self.assertEqual(client.send(get(b"/next")).read_response()[2], b"ok")
            self.assertEqual(log.connections, [[b"/first"], [b"/next"]])

    def test_versions_and_options_of_responses_decide(self):   # RFC 9112 §9.3
        old = OK.replace(b"HTTP/1.1", b"HTTP/1.0")
        for what, octets, same in (
                ("1.1", OK, True),
                ("1.1 that closes", OK.replace(b"\r\n\r\n", b"\r\n" + CLOSE + b"\r\n"), False),
                ("1.0", old, False),
                ("1.0 that stays", old.replace(b"\r\n\r\n", b"\r\nconnection: keep-alive\r\n\r\n"),
                 True),
                ("1.0 that says both", old.replace(
                    b"\r\n\r\n", b"\r\nconnection: keep-alive, close\r\n\r\n"), False)):
            with self.subTest(what):
                self.check(lambda peer, _, octets=octets: peer.send(octets) and None,
                           [b"/a", b"/b"], [[b"/a", b"/b"]] if same else [[b"/a"], [b"/b"]])


class Clients(unittest.TestCase):
    def test_versions_and_options_of_requests_decide(self):   # RFC 9112 §9.3, §9.6
        for what, lines, version, stays in (
                ("1.1", b"", b"1.1", True), ("1.1 that closes", CLOSE, b"1.1", False),
                ("1.1 that says both", b"connection: keep-alive, close\r\n", b"1.1", False),
                ("1.0", b"", b"1.0", False),
                ("1.0 that stays", b"connection: keep-alive\r\n", b"1.0", True)):
            log = Log()
            with self.subTest(what), Stand() as stand, \
                    log.origin(lambda peer, _: peer.send(OK) and None) as origin:
                proxy = stand.proxy(f"h1://{origin.address}", head="threads = 1")
                with h1_client(proxy.address) as client:
                    # What follows a request that closes is dropped; it may be there already.
                    client.send(get(b"/a", lines).replace(b"1.1", version) + get(b"/b", CLOSE))
                    _, head, content = client.read_response()
                    self.assertEqual(content, b"ok")
                    self.assertEqual(b"connection: close" in head, not stays)
                    self.assertEqual(client.read_response()[2], b"ok" if stays else None)
                    client.read_all()
                    self.assertEqual(client.ended, "fin")
                self.assertEqual(log.connections, [[b"/a", b"/b"] if stays else [b"/a"]])

    def test_half_a_second_head_gets_408(self):   # RFC 9110 §15.5.9
        log = Log()
        with Stand() as stand, log.origin(lambda peer, _: peer.send(OK) and None) as origin:
            proxy = stand.proxy(f"h1://{origin.address}", head="[timeouts]\nidle_ms = 300")
            with h1_client(proxy.address) as client:
                client.send(GET + b"GET /half HTT")
                self.assertEqual(client.read_response()[0], 200)
                self.assertEqual(client.read_response()[0], 408)
                client.read_all()
                self.assertEqual(client.ended, "fin")
            self.assertEqual(log.connections, [[b"/"]])

    def test_who_pipelines_and_reads_nothing_is_not_served_for_ever(self):   # RFC 9112 §9.3.2
        size, asked = 20_000, 0
        answer = b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % size + bytes(size)
        log = Log()
        with Stand() as stand, log.origin(lambda peer, _: peer.send(answer) and None) as origin:
            proxy = stand.proxy(f"h1://{origin.address}", head="threads = 1")
            with Peer(slow_socket(proxy.address)) as client:
                client.sock.settimeout(0.3)
                batch = GET * 1000
                stuck = False
                while not stuck:
                    try:
                        asked += client.sock.send(batch) // len(GET)
                    except TimeoutError:
                        stuck = states_of(proxy) == {"S"}
                served = sum(len(paths) for paths in log.connections)
                # Half a megabyte of answers waits in the proxy, and some in the kernel.
                self.assertLess(served * size, 16 << 20)
                self.assertGreater(asked, 10 * served, "nobody held it up")
                client.sock.settimeout(15)
                for _ in range(served):
                    self.assertEqual(len(client.read_response()[2]), size)

    def test_content_behind_an_early_answer_is_no_request(self):   # RFC 9110 §10.1.1, RFC 9112 §9.6
        def answer(peer, path):
            peer.send(OK.replace(b"200", b"403") if path == b"/upload" else OK)
            return path == b"/upload" and (peer.read_all() or True)
        for expect in (b"", b"expect: 100-continue\r\n"):
            log = Log()
            with self.subTest(expect), Stand() as stand, log.origin(answer) as origin:
                proxy = stand.proxy(f"h1://{origin.address}", head="threads = 1")
                with h1_client(proxy.address) as client:
                    client.send(b"POST /upload HTTP/1.1\r\nhost: a\r\n" + expect +
                                b"content-length: %d\r\n\r\n" % (2 * len(SMUGGLED)) + SMUGGLED)
                    status, head, _ = client.read_response()
                    self.assertEqual((status, b"connection: close" in head), (403, True))
                    client.send(SMUGGLED + SMUGGLED)
                    self.assertEqual(client.read_all(), b"")
                with h1_client(proxy.address) as client:
                    self.assertEqual(client.send(get(b"/next")).read_response()[2], b"ok")
                self.assertEqual(log.connections, [[b"/upload"], [b"/next"]])

    def test_what_follows_an_upgrade_is_a_request_if_that_is_declined(self):   # RFC 9110 §7.8
        upgrade = (b"connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n"
                   b"sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n")
        asked, answered, log = threading.Event(), threading.Event(), Log()
        self.addCleanup(answered.set)

        def answer(peer, path):
            if path == b"/chat":
                asked.set()
                answered.wait(20)
            peer.send(OK)
        with Stand() as stand, log.origin(answer) as origin:
            proxy = stand.proxy(f"h1://{origin.address}", head="threads = 1")
            with h1_client(proxy.address) as client:
                client.send(get(b"/chat", upgrade) + get(b"/behind", CLOSE))
                self.assertTrue(asked.wait(20))
                until("the proxy rests", lambda: states_of(proxy) == {"S"})
                self.assertEqual(log.connections, [[b"/chat"]], "it was forwarded before the answer")
                answered.set()
                self.assertEqual([client.read_response()[2] for _ in range(2)], [b"ok", b"ok"])
            self.assertEqual(log.connections, [[b"/chat", b"/behind"]])


CHUNKED = b"transfer-encoding: chunked\r\n\r\n"
ONE = b"content-length: 1\r\n"


def long_chunk_line(more):
    return CHUNKED + b"1;" + b"a" * (100 - 3 + more) + b"\r\nx\r\n0\r\n\r\n"


def long_trailers(more):
    return CHUNKED + b"1\r\nx\r\n0\r\nx: " + b"a" * (200 - 37 + more) + b"\r\n\r\n"


# Key of [limits] and its value, which lines a request and a response that are as large as that have, or
# `more` larger, and the status of the request. A line is counted with its CR, one of a section with 32.
LIMITS = {
    "line_bytes_max": (
        200, lambda more: b"GET /" + b"a" * (200 - 15 + more) + b" HTTP/1.1\r\nhost: a\r\n\r\n",
        lambda more: b"HTTP/1.1 200 " + b"a" * (200 - 14 + more) + b"\r\n" + ONE + b"\r\nx", 414),
    "field_lines_max": (
        5, lambda more: get(b"/", b"x: y\r\n" * (4 + more)),
        lambda more: b"HTTP/1.1 200 OK\r\n" + ONE + b"x: y\r\n" * (4 + more) + b"\r\nx", 431),
    "field_section_bytes_max": (
        300, lambda more: get(b"/", b"x: " + b"a" * (300 - 39 - 35 + more) + b"\r\n"),
        lambda more: b"HTTP/1.1 200 OK\r\n" + ONE + b"x: " + b"a" * (300 - 49 - 35 + more) +
        b"\r\n\r\nx", 431),
    "chunk_line_bytes_max": (
        100, lambda more: b"POST / HTTP/1.1\r\nhost: a\r\n" + long_chunk_line(more),
        lambda more: b"HTTP/1.1 200 OK\r\n" + long_chunk_line(more), 400),
    "trailer_section_bytes_max": (
        200, lambda more: b"POST / HTTP/1.1\r\nhost: a\r\n" + long_trailers(more),
        lambda more: b"HTTP/1.1 200 OK\r\n" + long_trailers(more), 431),
}
BEHIND_THE_HEAD = ("chunk_line_bytes_max", "trailer_section_bytes_max")


class Limits(unittest.TestCase):
    """Each limit of HTTP/1 that can be configured: at its bound, and one more."""

    def start(self, stand, origin, key):
        return stand.proxy(f"h1://{origin.address}", head=f"threads = 1\n[limits]\n{key} = {LIMITS[key][0]}")

    def test_of_requests(self):   # RFC 9110 §5.4, RFC 9112 §3, §7.1.1
        def serve(peer):
            while peer.read_any_request():
                peer.send(OK)
        for key, (_, message, _, status) in LIMITS.items():
            with self.subTest(key), Stand() as stand, ScriptedOrigin(serve) as origin:
                proxy = self.start(stand, origin, key)
                with h1_client(proxy.address) as client:
                    self.assertEqual(client.send(message(0)).read_response()[0], 200)
                with h1_client(proxy.address) as client:
                    self.assertEqual(client.send(message(1)).read_response()[0], status)
                    client.read_all()
                    self.assertEqual(client.ended, "fin")

    def test_of_responses(self):
        for key, (_, _, message, _) in LIMITS.items():
            def serve(peer, message=message):
                while head := peer.read_request():
                    peer.send(message(int(b"/more" in head)))
            with self.subTest(key), Stand() as stand, ScriptedOrigin(serve) as origin:
                proxy = self.start(stand, origin, key)
                with h1_client(proxy.address) as client:
                    self.assertEqual(client.send(get(b"/bound")).read_response()[2], b"x")
                with h1_client(proxy.address) as client:
                    status, _, content = client.send(get(b"/more")).read_response()
                    cut = key in BEHIND_THE_HEAD
                    self.assertEqual((status, content), (200, None) if cut else (502, b""))


if __name__ == "__main__":
    bounded(100)
    unittest.main()
