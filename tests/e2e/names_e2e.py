"""How field names are spelled behind the proxy: as they came from one HTTP/1 peer to the other, or as
the operator wants it. RFC 9110 §5.1 lets nobody depend on it; some old peers do."""
import threading
import unittest

from stand import Stand, bounded, table
from wire_peers import END_HEADERS, END_STREAM, HEADERS, H2Client, ScriptedOrigin, frame, h1_client, \
    request_block

# Sent, and what each setting makes of it.
REQUEST = (b"POST /%s HTTP/1.1\r\nHost: a\r\nX-CuStOm: 1\r\nETAG: 2\r\nplain: 3\r\n"
           b"Transfer-Encoding: chunked\r\n\r\n0\r\nX-SuM: 4\r\n\r\n")
REQUESTS = {
    "received": b"POST /received HTTP/1.1\r\nHost: a\r\nX-CuStOm: 1\r\nETAG: 2\r\nplain: 3\r\n"
                b"Transfer-Encoding: chunked\r\n\r\n0\r\nX-SuM: 4\r\n\r\n",
    "lower": b"POST /lower HTTP/1.1\r\nhost: a\r\nx-custom: 1\r\netag: 2\r\nplain: 3\r\n"
             b"transfer-encoding: chunked\r\n\r\n0\r\nx-sum: 4\r\n\r\n",
    "title": b"POST /title HTTP/1.1\r\nHost: a\r\nX-Custom: 1\r\nEtag: 2\r\nPlain: 3\r\n"
             b"Transfer-Encoding: chunked\r\n\r\n0\r\nX-Sum: 4\r\n\r\n",
}
RESPONSE = (b"HTTP/1.1 103 Early Hints\r\nLiNk: 1\r\n\r\nHTTP/1.1 200 OK\r\nX-CuStOm: 1\r\nETAG: 2\r\n"
            b"plain: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX-SuM: 4\r\n\r\n")
RESPONSES = {
    "received": RESPONSE,
    "lower": RESPONSE.replace(b"LiNk", b"link").replace(b"X-CuStOm", b"x-custom").replace(b"ETAG", b"etag")
    .replace(b"Transfer-Encoding", b"transfer-encoding").replace(b"X-SuM", b"x-sum"),
    "title": RESPONSE.replace(b"LiNk", b"Link").replace(b"X-CuStOm", b"X-Custom").replace(b"ETAG", b"Etag")
    .replace(b"plain", b"Plain").replace(b"X-SuM", b"X-Sum"),
}


class Names(unittest.TestCase):
    def start(self, stand, threads=1):
        """A listener and an upstream for each setting; the first of each has none."""
        def serve(peer):
            while head := peer.read_until(b"\r\n\r\n"):
                if b"chunked" in head:
                    head += peer.read_until(b"\r\n\r\n")
                self.came.append(head)
                peer.send(RESPONSE)
        self.came = []
        self.origin = ScriptedOrigin(serve)
        self.addCleanup(self.origin.stop)
        settings = ("", "lower", "title")
        text = f'threads = {threads}\nforwarded = "keep"\n'
        text += "".join(stand.listener("h1") + self.names(each) for each in settings)
        text += stand.listener("h2c")
        for each in settings:
            name = each or "received"
            text += table("upstream", name=name, url=f"h1://{self.origin.address}") + self.names(each)
            text += table("route", path="/" + name, upstream=name)
        self.proxy = stand.regauge(config=text)
        self.addresses = dict(zip(("received", "lower", "title"), self.proxy.addresses))

    @staticmethod
    def names(setting):
        return f"h1.names = '{setting}'\n" if setting else ""

    def test_of_requests_and_responses_of_http1(self):
        with Stand() as stand:
            self.start(stand)
            for setting, address in self.addresses.items():
                for upstream, request in REQUESTS.items():
                    with self.subTest(listener=setting, upstream=upstream), h1_client(address) as client:
                        client.send(REQUEST % upstream.encode())
                        got = b"".join(client.read_until(b"\r\n\r\n") for _ in range(3))
                        self.assertEqual(got, RESPONSES[setting])
                        self.assertEqual(self.came[-1], request)

    def test_of_lower_case_peers_are_left_as_they_are(self):
        with Stand() as stand:
            self.start(stand)
            with h1_client(self.addresses["received"]) as client:
                client.send(b"GET /received HTTP/1.1\r\nhost: a\r\nx-y: 1\r\n\r\n").read_until(b"4\r\n\r\n")
                self.assertEqual(self.came[-1], b"GET /received HTTP/1.1\r\nhost: a\r\nx-y: 1\r\n\r\n")

    def test_of_http2_are_lower_case_unless_titles_are_wanted(self):
        wanted = {"received": b"\r\nhost: a.test\r\nx-y: 1\r\n\r\n", "title": b"\r\nHost: a.test\r\nX-Y: 1\r\n\r\n"}
        with Stand() as stand:
            self.start(stand)
            with H2Client(self.proxy.addresses[3]) as client:
                for number, (upstream, tail) in enumerate(wanted.items()):
                    block = request_block(path="/" + upstream, extra=(("x-y", "1"),))
                    client.send(frame(HEADERS, END_HEADERS | END_STREAM, 2 * number + 1, block))
                    outcome = client.finish(2 * number + 1)
                    self.assertEqual(outcome.fields["x-custom"], "1")
                    self.assertTrue(self.came[-1].endswith(tail), self.came[-1])

    def test_that_cross_threads_are_the_same(self):
        """Connections to the upstream belong to the thread that opened them."""
        with Stand() as stand:
            self.start(stand, threads=4)
            failed = []

            def ask():
                for _ in range(20):
                    with h1_client(self.addresses["received"]) as client:
                        client.send(REQUEST % b"received")
                        if b"".join(client.read_until(b"\r\n\r\n") for _ in range(3)) != RESPONSE:
                            failed.append(1)
            clients = [threading.Thread(target=ask) for _ in range(8)]
            for each in clients:
                each.start()
            for each in clients:
                each.join()
            self.assertEqual(failed, [])
            self.assertEqual(set(self.came), {REQUESTS["received"]})


if __name__ == "__main__":
    bounded(60)
    unittest.main()
