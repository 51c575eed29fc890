"""h2load through each pair of protocols: every request is answered and counted once, none ends early, no
socket stays, and the proxy ends well (under ASan: nothing has leaked).

    load_e2e.py [REQUESTS [CONNECTIONS [STREAMS]]] [-k NAME]    more than the few that the test sends
"""
import re
import sys
import unittest

from stand import Stand, bounded, table, until

REQUESTS, CONNECTIONS, STREAMS = 5000, 16, 16
HEAD = """threads = 2
admin = "127.0.0.1:0"
[timeouts]
upstream_idle_ms = 500
"""
NEVER = ("requests_ended_early", "violations", "upstream_connect_failures")


class Load(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stand = stand = Stand()
        cls.addClassCleanup(stand.close)
        stand.write("0", "")
        stand.write("1k", "x" * 1024)
        stand.write("64k", "y" * 65536)
        stand.nginx_both = stand.nginx("server { listen LISTEN; root FOLDER; }"
                                       "server { listen LISTEN ssl http2; CERT root FOLDER; }")
        stand.nghttpd_clear = stand.nghttpd("-m", "100")

    def load(self, front, upstream, requests, path="1k", tls=False, arguments=()):
        """Runs h2load through a fresh proxy with two workers."""
        listener = "https" if tls else "h1" if front == "h1" else "h2c"
        proxy = self.stand.regauge(config=HEAD + self.stand.listener(listener) + table(
            "upstream", url=upstream, ca=self.stand.certificate()[0]))
        before = proxy.open_sockets()
        version = ("--h1",) if front == "h1" else ("-m", str(STREAMS))
        done = self.stand.run(
            "h2load", "-n", str(requests), "-c", str(CONNECTIONS), *version, *arguments,
            f"http{'s' if tls else ''}://{proxy.address}/{path}", seconds=250).stdout.decode()
        counts = re.search(r"requests: (\d+) total, \d+ started, (\d+) done, (\d+) succeeded, "
                           r"(\d+) failed, (\d+) errored, (\d+) timeout", done)
        self.assertIsNotNone(counts, done)
        numbers = [int(each) for each in counts.groups()]
        self.assertEqual(numbers, [requests, requests, requests, 0, 0, 0], done)
        self.assertIn(f"status codes: {requests} 2xx,", done)
        counted = until("the last request was counted", lambda: self.counted(proxy, requests))
        for name in NEVER:
            # Those with labels have a row only once they were counted.
            total = sum(value for key, value in counted.items()
                        if key.split("{")[0] == f"regauge_{name}_total")
            self.assertEqual(total, 0, name)
        until("all sockets were closed", lambda: proxy.open_sockets() <= before)
        self.stand.programs.remove(proxy)
        proxy.stop()
        rate = re.search(r"finished in (\S+),", done).group(1)
        print(f"{front} to {upstream.split(':')[0]}{' under TLS' if tls else ''}, {path}: "
              f"{requests} in {rate}", flush=True)

    @staticmethod
    def counted(proxy, requests):
        """Returns the metrics when every request was answered once."""
        found = proxy.metrics()
        answered = (found["regauge_requests_total"], found["regauge_responses_2xx_total"])
        return found if answered == (requests, requests) else None

    def test_h2_to_h1(self):
        self.load("h2", f"h1://{self.stand.nginx_both.address}", REQUESTS)

    def test_h1_to_h2(self):
        self.load("h1", f"h2c://{self.stand.nghttpd_clear.address}", REQUESTS)

    def test_h1_to_h1(self):
        self.load("h1", f"h1://{self.stand.nginx_both.address}", REQUESTS)

    def test_h2_to_h2(self):
        self.load("h2", f"h2c://{self.stand.nghttpd_clear.address}", REQUESTS)

    def test_h2_to_h2_under_tls(self):
        self.load("h2", f"h2s://{self.stand.nginx_both.addresses[1]}", REQUESTS, tls=True)

    def test_h1_to_h2_under_tls(self):
        self.load("h1", f"https://{self.stand.nginx_both.addresses[1]}", REQUESTS, tls=True)

    def test_small_windows_and_larger_content(self):
        for back in (f"h1://{self.stand.nginx_both.address}",
                     f"h2c://{self.stand.nghttpd_clear.address}"):
            self.load("h2", back, REQUESTS // 5, "64k", arguments=("-w", "14", "-W", "15"))

    def test_uploads(self):
        echo = self.stand.nghttpd("--echo-upload").address
        for front in ("h1", "h2"):
            self.load(front, f"h2c://{echo}", REQUESTS // 5,
                      arguments=("-d", self.stand.path("64k")))


if __name__ == "__main__":
    numbers = [int(each) for each in sys.argv[1:] if each.isdigit()]
    if numbers:
        REQUESTS, CONNECTIONS, STREAMS = (numbers + [REQUESTS, CONNECTIONS, STREAMS][len(numbers):])
    bounded(280 if not numbers else 3000)
    unittest.main(argv=[sys.argv[0]] + [each for each in sys.argv[1:] if not each.isdigit()])
