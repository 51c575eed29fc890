"""An upstream that cannot be reached: each request gets its status, the operator one line that says
which upstream, where and why."""
import re
import ssl
import time
import unittest

from slow_peers import records
from stand import Stand, bounded, free_port, until
from wire_peers import ScriptedOrigin, h1_client

UPSTREAM = """
[[upstream]]
name = "{name}"
url = "{url}"
{trust}
[[route]]
host = "{name}.test"
upstream = "{name}"
"""


class UpstreamFailure(unittest.TestCase):
    def setUp(self):
        self.stand = Stand()
        self.addCleanup(self.stand.close)

    def server(self, script, tls=None):
        origin = ScriptedOrigin(script, tls)
        self.addCleanup(origin.stop)
        return origin.address

    def failing(self, upstreams, requests=3, more=""):
        """Asks each upstream of {name: (url, trust)}; returns the warnings of each."""
        config = more + "".join(UPSTREAM.format(name=name, url=url, trust=trust)
                                for name, (url, trust) in upstreams.items())
        proxy = self.stand.regauge(config=config + '[[listener]]\nurl = "http://127.0.0.1:0"\n')
        for name in upstreams:
            for _ in range(requests):
                done = self.stand.run("curl", "-s", "-m", "20", "-o", "/dev/null", "-w",
                                      "%{http_code}", "-H", f"Host: {name}.test",
                                      f"http://{proxy.address}/")
                self.assertIn(done.stdout, (b"502", b"504"), name)
        log = proxy.stop()
        self.stand.programs.remove(proxy)
        return {name: re.findall(rf"\[warning\] (upstream {name}: .*)$", log, re.M)
                for name in upstreams}

    def test_a_refused_connect_is_told_once(self):
        port = free_port()
        told = self.failing({"nobody": (f"h1://127.0.0.1:{port}", ""),
                             "lost": (f"h2c+unix:{self.stand.path('no.sock')}", "")}, requests=5)
        self.assertEqual(told, {
            "nobody": [f"upstream nobody: connect to 127.0.0.1:{port}: Connection refused"],
            "lost": [f"upstream lost: connect to unix:{self.stand.path('no.sock')}: "
                     "No such file or directory"]})

    def test_a_failed_handshake_says_why(self):
        cert, key = self.stand.certificate()
        nginx = self.stand.nginx("server { listen LISTEN ssl; CERT return 204; }"
                                 "server { listen LISTEN; return 204; }").addresses
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.load_cert_chain(cert, key)
        context.load_verify_locations(cert)
        context.verify_mode = ssl.CERT_REQUIRED

        plain = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        plain.load_cert_chain(cert, key)

        old = self.server(lambda peer: peer.fill(), plain)
        strict = self.server(lambda peer: None, context)
        leaves = self.server(lambda peer: peer.fill())
        told = self.failing({
            "unknown": (f"h1s://{nginx[0]}", ""),
            "misnamed": (f"h1s://{nginx[0]}", f'ca = "{cert}"\nserver_name = "other.test"'),
            "clear": (f"h1s://{nginx[1]}", ""),
            "h1only": (f"h2s://{nginx[0]}", f'ca = "{cert}"'),
            "old": (f"h2s://{old}", f'ca = "{cert}"'),
            "strict": (f"h1s://{strict}", "verify = false"),
            "leaves": (f"h1s://{leaves}", "verify = false"),
        }, requests=2)
        reasons = {"unknown": r"self.signed certificate", "misnamed": r".*[Hh]ost ?name mismatch",
                   "clear": r".*WRONG_VERSION_NUMBER",
                   "h1only": r".*NO_APPLICATION_PROTOCOL", "old": r"the peer did not agree on h2",
                   "strict": r".*ALERT_HANDSHAKE_FAILURE", "leaves": r"the peer closed.*"}
        for name, reason in reasons.items():
            with self.subTest(upstream=name):
                self.assertEqual(len(told[name]), 1, told)
                self.assertRegex(told[name][0],
                                 rf"^upstream {name}: TLS handshake with 127.0.0.1:\d+: {reason}$")

    def test_a_handshake_that_does_not_end_is_told(self):
        silent = self.server(lambda peer: peer.read_all())
        told = self.failing({"silent": (f"h1s://{silent}", "")}, 1, "[timeouts]\nconnect_ms = 300\n")
        self.assertEqual(told["silent"], [f"upstream silent: TLS handshake with {silent}: "
                                          "not done within 300 ms"])


class UnixSockets(unittest.TestCase):
    def test_an_upstream_that_closes_between_exchanges_did_not_break_off(self):
        """The end of a unix socket looks the same in both cases."""
        def script(peer):
            peer.read_request()
            peer.send(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello")
            time.sleep(0.2)
        with Stand() as stand, ScriptedOrigin(script, path=stand.path("o.sock")) as origin:
            log = stand.path("access.log")
            proxy = stand.proxy(f"unix:{origin.address}", head=f'access_log = "{log}"')
            with h1_client(proxy.address) as client:
                client.send(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n")
                self.assertEqual(client.read_response()[2], b"hello")
                until("it was logged", lambda: records(log, "connection"))
            self.assertEqual([each["ended"] for each in records(log, "connection")],
                             ["upstream:peer_close:idle"])


if __name__ == "__main__":
    bounded(120)
    unittest.main()
