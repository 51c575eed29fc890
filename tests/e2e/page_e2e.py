"""The page of regauge-origin makes gRPC-Web calls from headless Chromium through the proxy, which
answers the preflights by the CORS policy of the route (Fetch, "CORS protocol")."""
import json
import re
import unittest
import urllib.request

from node_peer import NodePeer
from stand import Stand, StandError, bounded, port_of

CALLS = ["Unary", "ServerStream", "Fail"]
CALLED = "/regauge.demo.Echo/"
# The origin waits four times for 200 ms between the messages. A page gets what was held back together
# in one read; a machine that stalls takes from the head start of what comes one by one.
AHEAD_MS = 100
ATTEMPTS = 3     # on a machine that stands still the first message may be as late as the last


class PageTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stand = Stand()
        cls.addClassCleanup(cls.stand.close)
        cls.origin = cls.stand.origin("--h1", "127.0.0.1:0", "--h2c", "127.0.0.1:0",
                                      "--stats", "127.0.0.1:0")
        cls.stats = cls.origin.wait_for_log(r"^stats (\S+)$").group(1)
        cls.page_port = port_of(cls.origin.addresses[0])
        cert, key = cls.stand.certificate()
        cls.proxy = cls.stand.regauge(config=f"""
[[listener]]
url = "http://127.0.0.1:0"
[[listener]]
url = "https://127.0.0.1:0"
cert = "{cert}"
key = "{key}"
[[upstream]]
name = "grpc"
url = "h2c://{cls.origin.addresses[1]}"
[[route]]
host = "none.localhost"
upstream = "grpc"
[[route]]
host = "any.localhost"
upstream = "grpc"
cors = {{ origins = ["*"], exposed = [] }}
[[route]]
upstream = "grpc"
cors = {{ origins = ["http://127.0.0.1:{cls.page_port}"], methods = ["POST"] }}
""")
        cls.clear, cls.secure = [port_of(address) for address in cls.proxy.addresses]
        cls.browser = cls.enterClassContext(NodePeer("page/visit.mjs", cls.stand.folder))

    @classmethod
    def tearDownClass(cls):
        status, written = cls.browser.finish()
        if status != 0 or written:
            raise StandError(f"the browser's script ended with {status}: {written}")

    def requests_at_origin(self):
        """Counts the requests of the origin's HTTP/2 listener, to which only the proxy connects."""
        with urllib.request.urlopen(f"http://{self.stats}/stats", timeout=10) as answer:
            return json.load(answer)["h2"]["requests"]

    def visit(self, url, at_origin, forms=("binary",)):
        """Opens the page and returns its runs; so many requests reached the origin meanwhile."""
        before = self.requests_at_origin()
        self.browser.write({"url": url, "forms": forms})
        runs = self.browser.read()
        self.assertEqual(self.requests_at_origin() - before, at_origin, runs)
        return runs

    def page(self, api, host="127.0.0.1"):
        return f"http://{host}:{self.page_port}/?api={api}"

    def sent(self, run, method):
        """Returns the requests of a run; calls are POST, preflights are OPTIONS."""
        return [each for each in run["traffic"] if each["method"] == method]

    def check_calls(self, run):
        """Each call had its result. Returns how long before the end the first message was shown."""
        self.assertEqual(run["state"], "done")
        self.assertEqual(run["unary"], "wagon\ngrpc-status 0")
        *messages, status, times = run["stream"].split("\n")
        self.assertEqual(messages, [f"wagon {count}" for count in range(1, 6)])
        self.assertEqual(status, "grpc-status 0")
        self.assertEqual(run["error"], "grpc-status 3: wrong gauge: 100 % äöü")
        first, last = [int(ms) for ms in re.findall(r"(\d+) ms", times)]
        return last - first

    def check_allowed(self, api, protocol):
        for _ in range(ATTEMPTS):
            runs = self.visit(self.page(api), 2 * len(CALLS), ("binary", "text"))
            ahead_ms = min(self.check_calls(run) for run in runs)
            if ahead_ms >= AHEAD_MS:
                break
        self.assertGreaterEqual(ahead_ms, AHEAD_MS, "the first message waited for the last")
        preflights = self.sent(runs[0], "OPTIONS")
        self.assertEqual({each["url"] for each in preflights}, {f"{api}{CALLED}{c}" for c in CALLS})
        for each in preflights:
            self.assertEqual((each["status"], each["protocol"]), (204, protocol))
            self.assertEqual(each["fields"]["access-control-allow-origin"],
                             f"http://127.0.0.1:{self.page_port}")
            self.assertEqual(each["fields"]["access-control-allow-methods"], "POST")
        # The browser may remember them as long as access-control-max-age says.
        self.assertEqual(self.sent(runs[1], "OPTIONS"), [])
        for run in runs:
            self.assertEqual([(each["status"], each["protocol"]) for each in self.sent(run, "POST")],
                             [(200, protocol)] * len(CALLS))

    def test_a_page_of_an_allowed_origin_calls(self):
        self.check_allowed(f"http://127.0.0.1:{self.clear}", "http/1.1")

    def test_a_page_of_an_allowed_origin_calls_over_http2_and_tls(self):
        self.check_allowed(f"https://127.0.0.1:{self.secure}", "h2")

    def test_a_page_that_came_through_the_proxy_needs_no_preflight(self):
        run, = self.visit(f"http://127.0.0.1:{self.clear}/", 1 + len(CALLS))
        self.check_calls(run)
        self.assertEqual(self.sent(run, "OPTIONS"), [])

    def check_refused(self, run):
        """The call failed in the page, behind a preflight whose answer allows nothing."""
        self.assertEqual((run["state"], run["unary"]), ("failed: TypeError: Failed to fetch", ""))
        preflight, = self.sent(run, "OPTIONS")
        self.assertFalse([name for name in preflight["fields"] if name.startswith("access-control")])
        call, = self.sent(run, "POST")
        self.assertEqual(call["corsError"], "PreflightMissingAllowOriginHeader")
        return preflight

    def test_a_page_of_another_origin_is_refused_by_the_proxy(self):
        for api in (f"http://127.0.0.1:{self.clear}", f"https://127.0.0.1:{self.secure}"):
            with self.subTest(api=api):
                run, = self.visit(self.page(api, host="localhost"), 0)
                preflight = self.check_refused(run)
                self.assertEqual((preflight["status"], preflight["fields"]["vary"]), (204, "origin"))

    def test_a_route_without_a_policy_leaves_the_preflight_to_the_origin(self):
        run, = self.visit(self.page(f"http://none.localhost:{self.clear}"), 1)
        self.check_refused(run)

    def test_a_route_for_every_origin_shows_only_what_it_exposes(self):
        run, = self.visit(self.page(f"http://any.localhost:{self.clear}", host="localhost"), len(CALLS))
        self.assertEqual((run["state"], run["unary"]), ("done", "wagon\ngrpc-status 0"))
        # The status of a call without a message stands in the head, which the page may not read.
        self.assertEqual(run["error"], "grpc-status undefined")
        for each in self.sent(run, "OPTIONS") + self.sent(run, "POST"):
            self.assertEqual(each["fields"]["access-control-allow-origin"], "*")


if __name__ == "__main__":
    bounded(240)
    unittest.main()
