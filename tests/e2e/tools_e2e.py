"""curl, nghttp and a plain socket through the proxy to regauge-origin, over HTTP/1 and HTTP/2 on each
side, the clients in the clear and under TLS: HTTP/1.0 clients, pipelined requests, expectations,
trailers, early answers, no content."""
import hashlib
import json
import re
import unittest

import wire
from at_once import check_each
from stand import Stand, bounded, table

# How curl speaks to the proxy: the listener and the option that makes it do so.
CLIENTS = {
    "h1": ("http", "--http1.1"),
    "h2c": ("http", "--http2-prior-knowledge"),
    "h1 under tls": ("https", "--http1.1"),
    "h2 under tls": ("https", "--http2"),
}
OLD_CLIENTS = {"1.0": ("http", "--http1.0"), "1.0 under tls": ("https", "--http1.0")}
H2_CLIENTS = ("h2c", "h2 under tls")


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
        config = "".join(table("upstream", name=name, url=f"{name}://{address}") +
                         table("route", host=name + ".test", upstream=name)
                         for name, address in zip(cls.upstreams, origin.addresses))
        cls.ca = stand.certificate()[0]
        cls.proxy = stand.regauge(config=config + stand.listener("http") + stand.listener("https"))
        cls.content = known(300_000)
        cls.file = stand.write("content", cls.content)
        cls.said = {"octets": 300_000, "sha256": hashlib.sha256(cls.content).hexdigest()}

    def url(self, scheme):
        return f"{scheme}://{self.proxy.addresses[scheme == 'https']}"

    def curl(self, client, upstream, *arguments, stdin=b"", status=0):
        """Runs curl; PROXY in an argument is the URL of the proxy."""
        scheme, version = {**CLIENTS, **OLD_CLIENTS}[client]
        filled = [each.replace("PROXY", self.url(scheme)) for each in arguments]
        return self.stand.run("curl", "-sS", "-m", "30", "--cacert", self.ca, version, "-H",
                              f"Host: {upstream}.test", *filled, stdin=stdin, status=status)

    def nghttp(self, client, upstream, *arguments):
        *options, path = arguments
        return self.stand.run("nghttp", "-t", "30", "-H", f":authority: {upstream}.test", *options,
                              self.url(CLIENTS[client][0]) + path).stdout

    def h1_peer(self, under_tls):
        """Connects a plain socket."""
        return wire.connect("h1", self.proxy.addresses[under_tls], self.ca if under_tls else None)

    def for_each_pair(self, check, clients=tuple(CLIENTS)):
        check_each(self, [{"client": client, "upstream": upstream} for upstream in self.upstreams
                          for client in clients], check)

    def for_each_socket(self, check):
        check_each(self, [{"under_tls": under_tls, "upstream": upstream}
                          for upstream in self.upstreams for under_tls in (False, True)], check)

    def test_content_passes_whole_with_and_without_a_length(self):
        def check(client, upstream):
            for size in (0, 1, 16_384, 300_000):
                for query in ("", "?chunked=1"):
                    got = self.curl(client, upstream, f"PROXY/bytes/{size}{query}").stdout
                    self.assertTrue(got == known(size), (size, query, len(got)))
            for source, stdin in ((self.file, b""), ("-", self.content)):
                said = self.curl(client, upstream, "-T", source, "PROXY/upload", stdin=stdin)
                self.assertEqual(json.loads(said.stdout), self.said)
                echoed = self.curl(client, upstream, "-X", "POST", "-T", source, "PROXY/echo",
                                   stdin=stdin)
                self.assertTrue(echoed.stdout == self.content, len(echoed.stdout))
        self.for_each_pair(check)

    def test_a_response_without_content_keeps_its_head(self):
        def check(client, upstream):
            head = self.curl(client, upstream, "-I", "PROXY/bytes/5").stdout.decode().lower()
            self.assertIn("content-length: 5\r\n", head)
            for status in (204, 304):
                got = self.curl(client, upstream, "-i", f"PROXY/status/{status}").stdout.decode()
                self.assertRegex(got, rf"^HTTP/[12.]+ {status} ")
                self.assertTrue(got.endswith("\r\n\r\n"), got)
                self.assertNotIn("transfer-encoding", got.lower())
        self.for_each_pair(check)

    def test_interim_responses_and_trailers_reach_curl(self):
        def check(client, upstream):
            got = self.curl(client, upstream, "-i", "PROXY/interim?n=2").stdout.decode()
            self.assertEqual(re.findall(r"^HTTP/\S+ (\d+)", got, re.M), ["103", "103", "200"])
            self.assertEqual(got.count("link: </style.css>; rel=preload\r\n"), 2)
            got = self.curl(client, upstream, "-i", "PROXY/trailers").stdout.decode()
            self.assertRegex(got, r"before trailers\nx-sum: 24\r\nx-colons: a:b: c::d\r\n")
        self.for_each_pair(check)

    def test_an_early_answer_reaches_a_tool_that_still_sends(self):
        """The origin takes no more content, or reads the rest of it behind its answer (`keep`)."""
        whole = self.stand.write("10m", self.content * 35)
        answer = b"answered before the content was read\n"

        def check(client, upstream):
            for query in ("", "?keep=1"):
                if client in H2_CLIENTS:
                    # curl 7.88 forgets an HTTP/2 response when RST_STREAM (NO_ERROR) follows it.
                    told = self.nghttp(client, upstream, "-v", "--no-dep", "-d", whole,
                                       "/early" + query)
                    self.assertIn(b":status: 413\n", told)
                    self.assertIn(answer, told)
                    continue
                # curl may end with an error of sending; what counts is that it has the answer.
                done = self.curl(client, upstream, "-T", whole, "-H", "Expect:", "-w", "|%{http_code}",
                                 "PROXY/early" + query, status=None)
                self.assertEqual(done.stdout, answer + b"|413", done.stderr)
        self.for_each_pair(check)

    def test_curl_waits_for_100_from_the_origin(self):
        def check(client, upstream):
            # Without the interim response curl would wait longer than it may run.
            got = self.curl(client, upstream, "-i", "--expect100-timeout", "60", "-H",
                            "Expect: 100-continue", "-X", "POST", "-T", self.file, "PROXY/upload")
            head, _, rest = got.stdout.partition(b"\r\n\r\n")
            self.assertRegex(head, rb"^HTTP/[12.]+ 100")
            self.assertEqual(json.loads(rest.rpartition(b"\r\n\r\n")[2]), self.said)
        self.for_each_pair(check)

    def test_nghttp_waits_for_100_from_the_origin(self):
        def check(client, upstream):
            told = self.nghttp(client, upstream, "-v", "--no-dep", "--expect-continue", "-d", self.file,
                               "/upload").decode()
            came = told.index(":status: 100")
            self.assertLess(came, told.index("send DATA"))
            self.assertIn(f'"sha256":"{self.said["sha256"]}"', told)
        self.for_each_pair(check, H2_CLIENTS)

    def test_trailers_of_nghttp_reach_the_origin(self):
        def check(client, upstream):
            # With a length HTTP/1 would have no place for trailers: it is not chunked.
            sending = ("-d", self.file, "--no-content-length", "--trailer")
            said = json.loads(self.nghttp(client, upstream, *sending, "x-sum: 17", "--trailer",
                                          "x-colons: a:b: c", "/request"))
            self.assertEqual(said["trailers"], [["x-sum", "17"], ["x-colons", "a:b: c"]])
            self.assertEqual(said["content"], self.said)
            echoed = self.nghttp(client, upstream, "-v", "--no-dep", *sending, "x-sum: 18", "/echo")
            self.assertRegex(echoed, rb"recv \(stream_id=\d+\) x-sum: 18")
        self.for_each_pair(check, H2_CLIENTS)

    def test_an_http_1_0_client_gets_what_it_can_read(self):
        def check(client, upstream):
            got = self.curl(client, upstream, "-i", "PROXY/bytes/100000").stdout
            self.assertIn(b"\r\ncontent-length: 100000\r\n", got.lower())
            got = self.curl(client, upstream, "-i", "PROXY/bytes/100000?chunked=1").stdout
            head, _, content = got.partition(b"\r\n\r\n")
            self.assertNotIn(b"transfer-encoding", head.lower())
            self.assertTrue(content == known(100_000), len(content))
            # Neither interim responses nor trailers exist there.
            got = self.curl(client, upstream, "-i", "PROXY/interim").stdout.decode()
            self.assertEqual(re.findall(r"^HTTP/\S+ (\d+)", got, re.M), ["200"])
            got = self.curl(client, upstream, "-i", "PROXY/trailers").stdout
            self.assertTrue(got.endswith(b"\r\n\r\ncontent before trailers\n"), got)
            said = self.curl(client, upstream, "-T", self.file, "PROXY/upload").stdout
            self.assertEqual(json.loads(said), self.said)
        self.for_each_pair(check, tuple(OLD_CLIENTS))

    def test_an_http_1_0_connection_lives_only_if_asked_to(self):
        def asked_for(under_tls, upstream, paths, fields=""):
            """Sends one request after the other; returns the content and whether it then closed."""
            peer = self.h1_peer(under_tls)
            with peer.sock:
                contents = []
                for path in paths:
                    peer.sock.sendall(f"GET {path} HTTP/1.0\r\nHost: {upstream}.test\r\n{fields}\r\n"
                                 .encode())
                    exchange = wire.H1Exchange(peer, "GET", chunked=False)
                    self.assertEqual(exchange.head().status, 200)
                    contents.append(exchange.rest())
                closes = exchange.came.value("connection") != "keep-alive"
                if closes:
                    self.assertTrue(peer.at_end())
                return contents, closes

        def check(under_tls, upstream):
            self.assertEqual(asked_for(under_tls, upstream, ["/bytes/20"]), ([known(20)], True))
            paths = ["/bytes/20", "/bytes/30", "/bytes/40"]
            alive = "Connection: keep-alive\r\n"
            self.assertEqual(asked_for(under_tls, upstream, paths, alive),
                             ([known(20), known(30), known(40)], False))
            # Only the close can end content of unknown length.
            self.assertEqual(
                asked_for(under_tls, upstream, ["/bytes/20", "/bytes/50?chunked=1"], alive),
                ([known(20), known(50)], True))
        self.for_each_socket(check)

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

        def check(under_tls, upstream):
            peer = self.h1_peer(under_tls)
            with peer.sock:
                peer.sock.sendall("".join(text(upstream, number) for number in range(10)).encode())
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
        self.for_each_socket(check)


if __name__ == "__main__":
    bounded(200)
    unittest.main()
