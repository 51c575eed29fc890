"""Calls of connect-node and grpc-js through regauge have the results that they have without it:
gRPC-Web over H1 and H2 and gRPC as client and as origin, each with each (tests/e2e/calls)."""
import json
import unittest

from node_peer import NodePeer
from stand import Stand, bounded


def ended_early(path):
    """Returns the lines of an access log that tell of exchanges which an upstream or the proxy ended."""
    with open(path, encoding="ascii") as log:
        return [line for line in log if json.loads(line)["kind"] == "request"
                and not json.loads(line)["ended"].startswith(("-", "downstream:"))]


class CallsTest(unittest.TestCase):
    form = "binary"

    def test_calls_are_the_same_with_and_without_the_proxy(self):
        with NodePeer("calls/matrix.mjs", self.form) as peers, Stand() as stand:
            urls = peers.read()
            logs = [stand.path(f"access{number}.log") for number in range(len(urls))]
            proxies = [stand.regauge("--listen", "http://127.0.0.1:0", "--upstream", url,
                                     "--access-log", log) for url, log in zip(urls, logs)]
            peers.write([proxy.port for proxy in proxies])
            status, written = peers.finish()
            print(written)
            if status != 0:
                for proxy in proxies:
                    proxy.stop()
                told = [f"{url}: {line}" for url, log in zip(urls, logs) for line in ended_early(log)]
                self.fail("calls differed; what the proxies tell of them:\n" + "".join(told))
            self.assertRegex(written, r"[1-9]\d* calls, 0 failed")


if __name__ == "__main__":
    bounded(500)
    unittest.main()
