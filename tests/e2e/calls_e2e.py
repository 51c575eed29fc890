"""Calls of connect-node and grpc-js through regauge have the results that they have without it:
gRPC-Web over H1 and H2 and gRPC as client and as origin, each with each (tests/e2e/calls)."""
import unittest

from node_peer import NodePeer
from stand import Stand, bounded


class CallsTest(unittest.TestCase):
    form = "binary"

    def test_calls_are_the_same_with_and_without_the_proxy(self):
        with NodePeer("calls/matrix.mjs", self.form) as peers, Stand() as stand:
            proxies = [stand.regauge("--listen", "http://127.0.0.1:0", "--upstream", url)
                       for url in peers.read()]
            peers.write([proxy.port for proxy in proxies])
            status, written = peers.finish()
            print(written)
            self.assertEqual(status, 0, "calls differed")
            self.assertRegex(written, r"[1-9]\d* calls, 0 failed")


if __name__ == "__main__":
    bounded(500)
    unittest.main()
