"""curl, nghttp and a plain socket through the proxy to regauge-origin, over HTTP/1 and HTTP/2 on each
side: HTTP/1.0 clients, pipelined requests, expectations, trailers, early answers, no content."""
import hashlib
import json
import re
import socket
import unittest

import wire
from stand import Stand, bounded

CLIENTS = {"h1": "--http1.1", "h2c": "--http2-prior-knowledge"}
UPSTREAM = """
[[upstream]]
name = "{name}"
url = "{name}://{address}"
[[route]]
host = "{name}.test"
upstream = "{name}"
"""


def known(size):
    """Returns what the origin says to /bytes/N."""
    return b"".join(b"%015d\n" % line for line in range(size // 16 + 1))[:size]


class Tools(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stand = stand = Stand()
        cls.addClassCleanup(stand.close)
        origin = stand.origin("--h1", "127.0.0.1:0", "--h2c", "127.0.0.1:0")
        cls.upstreams = ("h1", "h2c")
        config = "".join(UPSTREAM.format(name=name, address=address)
                         for name, address in zip(cls.upstreams, origin.addresses))
        cls.proxy = stand.regauge(config=config + '[[listener]]\nurl = "http://127.0.0.1:0"\n')
        cls.content = known(300_000)
        cls.file = stand.write("content", cls.content)
        cls.said = {"octets": 300_000, "sha256": hashlib.sha256(cls.content).hexdigest()}

    def curl(self, version, upstream, *arguments, stdin=b""):
        """Runs curl; PROXY in an argument is the URL of the proxy."""
        filled = [each.replace("PROXY", f"http://{self.proxy.address}") for each in arguments]
        return self.stand.run("curl", "-sS", "-m", "30", version, "-H", f"Host: {upstream}.test",
                              *filled, stdin=stdin)

    def nghttp(self, upstream, *arguments):
        *options, path = arguments
        return self.stand.run("nghttp", "-t", "30", "-H", f":authority: {upstream}.test", *options,
                              f"http://{self.proxy.address}{path}").stdout

    def for_each_pair(self, check, clients=tuple(CLIENTS)):
        for client in clients:
            for upstream in self.upstreams:
                with self.subTest(client=client, upstream=upstream):
                    check(CLIENTS.get(client, client), upstream)

    def test_content_passes_whole_with_and_without_a_length(self):
        def check(version, upstream):
            for size in (0, 1, 16_384, 300_000):
                for query in ("", "?chunked=1"):
                    got = self.curl(version, upstream, f"PROXY/bytes/{size}{query}").stdout
                    self.assertTrue(got == known(size), (size, query, len(got)))
            for source, stdin in ((self.file, b""), ("-", self.content)):
                said = self.curl(version, upstream, "-T", source, "PROXY/upload", stdin=stdin)
                self.assertEqual(json.loads(said.stdout), self.said)
                echoed = self.curl(version, upstream, "-X", "POST", "-T", source, "PROXY/echo",
                                   stdin=stdin)
                self.assertTrue(echoed.stdout == self.content, len(echoed.stdout))
        self.for_each_pair(check)

    def test_a_response_without_content_keeps_its_head(self):
        def check(version, upstream):
            head = self.curl(version, upstream, "-I", "PROXY/bytes/5").stdout.decode().lower()
            self.assertIn("content-length: 5\r\n", head)
            for status in (204, 304):
                got = self.curl(version, upstream, "-i", f"PROXY/status/{status}").stdout.decode()
                self.assertRegex(got, rf"^HTTP/[12.]+ {status} ")
                self.assertTrue(got.endswith("\r\n\r\n"), got)
                self.assertNotIn("transfer-encoding", got.lower())
        self.for_each_pair(check)

    def test_interim_responses_and_trailers_reach_curl(self):
        def check(version, upstream):
            got = self.curl(version, upstream, "-i", "PROXY/interim?n=2").stdout.decode()
            self.assertEqual(re.findall(r"^HTTP/\S+ (\d+)", got, re.M), ["103", "103", "200"])
            self.assertEqual(got.count("link: </style.css>; rel=preload\r\n"), 2)
            got = self.curl(version, upstream, "-i", "PROXY/trailers").stdout.decode()
            self.assertRegex(got, r"before trailers\nx-sum: 24\r\nx-colons: a:b: c::d\r\n")
        self.for_each_pair(check)

    def test_an_early_answer_reaches_a_tool_that_still_sends(self):
        """The origin takes no more content, or reads the rest of it behind its answer (`keep`)."""
        whole = self.stand.write("10m", self.content * 35)
        answer = b"answered before the content was read\n"
        for upstream in self.upstreams:
            for query in ("", "?keep=1"):
                with self.subTest(upstream=upstream, query=query):
                    # curl may end with an error of sending; what counts is that it has the answer.
                    done = self.stand.run(
                        "curl", "-sS", "-m", "30", "-H", f"Host: {upstream}.test", "-T", whole,
                        "-H", "Expect:", "-w", "|%{http_code}",
                        f"http://{self.proxy.address}/early{query}", status=None)
                    self.assertEqual(done.stdout, answer + b"|413", done.stderr)
                    # curl 7.88 forgets an HTTP/2 response when RST_STREAM (NO_ERROR) follows it.
                    told = self.nghttp(upstream, "-v", "--no-dep", "-d", whole, "/early" + query)
                    self.assertIn(b":status: 413\n", told)
                    self.assertIn(answer, told)

    def test_curl_waits_for_100_from_the_origin(self):
        def check(version, upstream):
            # Without the interim response curl would wait longer than it may run.
            got = self.curl(version, upstream, "-i", "--expect100-timeout", "60", "-H",
                            "Expect: 100-continue", "-X", "POST", "-T", self.file, "PROXY/upload")
            head, _, rest = got.stdout.partition(b"\r\n\r\n")
            self.assertRegex(head, rb"^HTTP/[12.]+ 100")
            self.assertEqual(json.loads(rest.rpartition(b"\r\n\r\n")[2]), self.said)
        self.for_each_pair(check)

    def test_nghttp_waits_for_100_from_the_origin(self):
        for upstream in self.upstreams:
            with self.subTest(upstream=upstream):
                told = self.nghttp(upstream, "-v", "--no-dep", "--expect-continue", "-d", self.file,
                                   "/upload").decode()
                came = told.index(":status: 100")
                self.assertLess(came, told.index("send DATA"))
                self.assertIn(f'"sha256":"{self.said["sha256"]}"', told)

    def test_trailers_of_nghttp_reach_the_origin(self):
        for upstream in self.upstreams:
            with self.subTest(upstream=upstream):
                # With a length HTTP/1 would have no place for trailers: it is not chunked.
                said = json.loads(self.nghttp(upstream, "-d", self.file, "--no-content-length",
                                              "--trailer", "x-sum: 17", "--trailer",
                                              "x-colons: a:b: c", "/request"))
                self.assertEqual(said["trailers"], [["x-sum", "17"], ["x-colons", "a:b: c"]])
                self.assertEqual(said["content"], self.said)
                echoed = self.nghttp(upstream, "-v", "--no-dep", "-d", self.file,
                                     "--no-content-length", "--trailer", "x-sum: 18", "/echo").decode(errors="replace")
                self.assertRegex(echoed, r"recv \(stream_id=\d+\) x-sum: 18")

    def test_an_http_1_0_client_gets_what_it_can_read(self):
        def check(version, upstream):
            got = self.curl(version, upstream, "-i", "PROXY/bytes/100000").stdout
            self.assertIn(b"\r\ncontent-length: 100000\r\n", got.lower())
            got = self.curl(version, upstream, "-i", "PROXY/bytes/100000?chunked=1").stdout
            head, _, content = got.partition(b"\r\n\r\n")
            self.assertNotIn(b"transfer-encoding", head.lower())
            self.assertTrue(content == known(100_000), len(content))
            # Neither interim responses nor trailers exist there.
            got = self.curl(version, upstream, "-i", "PROXY/interim").stdout.decode()
            self.assertEqual(re.findall(r"^HTTP/\S+ (\d+)", got, re.M), ["200"])
            got = self.curl(version, upstream, "-i", "PROXY/trailers").stdout
            self.assertTrue(got.endswith(b"\r\n\r\ncontent before trailers\n"), got)
            said = self.curl(version, upstream, "-T", self.file, "PROXY/upload").stdout
            self.assertEqual(json.loads(said), self.said)
        self.for_each_pair(check, clients=("--http1.0",))

    def test_an_http_1_0_connection_lives_only_if_asked_to(self):
        def asked_for(upstream, paths, fields=""):
            """Sends one request after the other; returns the content and whether it then closed."""
            with socket.create_connection(("127.0.0.1", self.proxy.port), timeout=20) as sock:
                peer = wire.H1Peer(sock, client=True)
                contents = []
                for path in paths:
                    sock.sendall(f"GET {path} HTTP/1.0\r\nHost: {upstream}.test\r\n{fields}\r\n"
                                 .encode())
                    exchange = wire.H1Exchange(peer, "GET", chunked=False)
                    self.assertEqual(exchange.head().status, 200)
                    contents.append(exchange.rest())
                closes = exchange.came.value("connection") != "keep-alive"
                if closes:
                    self.assertTrue(peer.at_end())
                return contents, closes

        for upstream in self.upstreams:
            with self.subTest(upstream=upstream):
                self.assertEqual(asked_for(upstream, ["/bytes/20"]), ([known(20)], True))
                paths = ["/bytes/20", "/bytes/30", "/bytes/40"]
                alive = "Connection: keep-alive\r\n"
                self.assertEqual(asked_for(upstream, paths, alive),
                                 ([known(20), known(30), known(40)], False))
                # Only the close can end content of unknown length.
                self.assertEqual(asked_for(upstream, ["/bytes/20", "/bytes/50?chunked=1"], alive),
                                 ([known(20), known(50)], True))

    def test_pipelined_requests_are_answered_in_their_order(self):
        """Those behind are ready first: each waits at the origin less than the one before."""
        def text(upstream, number):
            wait = (9 - number) * 20
            if number % 3 == 1:
                return (f"POST /echo?ms={wait} HTTP/1.1\r\nHost: {upstream}.test\r\n"
                        f"Content-Length: 9\r\n\r\ncontent-{number}")
            method, query = ("HEAD", "") if number == 5 else ("GET", "&chunked=1" * (number % 2))
            return (f"{method} /bytes/{1000 + number}?ms={wait}{query} HTTP/1.1\r\n"
                    f"Host: {upstream}.test\r\n\r\n")

        for upstream in self.upstreams:
            with self.subTest(upstream=upstream), \
                    socket.create_connection(("127.0.0.1", self.proxy.port), timeout=20) as sock:
                sock.sendall("".join(text(upstream, number) for number in range(10)).encode())
                peer = wire.H1Peer(sock, client=True)
                for number in range(10):
                    method = "HEAD" if number == 5 else "GET"
                    exchange = wire.H1Exchange(peer, method, chunked=False)
                    self.assertEqual(exchange.head().status, 200)
                    wanted = known(1000 + number)
                    if number % 3 == 1:
                        wanted = b"content-%d" % number
                    if method == "HEAD":
                        self.assertEqual(exchange.came.value("content-length"), "1005")
                        wanted = b""
                    self.assertEqual(exchange.rest(), wanted, number)
                self.assertEqual(peer.buffer, b"")


if __name__ == "__main__":
    bounded(200)
    unittest.main()
