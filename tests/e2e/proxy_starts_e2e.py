"""The stand itself: one request through a proxy between a tool and a server, and a clean end."""
import unittest

from stand import Proxy, Stand, StandError, bounded


class StandTest(unittest.TestCase):
    def test_a_request_passes_from_curl_to_nginx_and_to_nghttpd(self):
        with Stand() as stand:
            stand.write("hello", "hello\n")
            h1 = stand.nginx("server { listen LISTEN; root FOLDER; }")
            h2 = stand.nghttpd()
            for listener, curl, upstream in (("h2c", "--http2-prior-knowledge", f"h1://{h1.address}"),
                                             ("h1", "--http1.1", f"h2c://{h2.address}")):
                with self.subTest(upstream=upstream):
                    proxy = stand.proxy(upstream, listener)
                    done = stand.run("curl", "-sS", "-m", "20", curl,
                                     f"http://{proxy.address}/hello")
                    self.assertEqual(done.stdout, b"hello\n")
                    self.assertIn("stopped", proxy.stop())

    def test_a_proxy_that_cannot_start_is_an_error(self):
        with Stand() as stand:
            with self.assertRaisesRegex(StandError, "regauge ended with 2"):
                stand.regauge("--listen", "h9://127.0.0.1:0", "--upstream", "h1://127.0.0.1:1")
            stand.programs.clear()

    def test_a_tool_that_is_missing_is_an_error(self):
        with Stand() as stand, self.assertRaisesRegex(StandError, "no-such-tool is missing"):
            stand.run("no-such-tool")

    def test_a_proxy_that_was_killed_is_an_error(self):
        stand = Stand()
        proxy = stand.proxy("h1://127.0.0.1:1")
        self.assertIsInstance(proxy, Proxy)
        proxy.process.kill()
        with self.assertRaisesRegex(StandError, "regauge ended with -9"):
            stand.close()

    def test_an_origin_that_was_killed_or_reports_an_error_is_an_error(self):
        stand = Stand()
        stand.origin("--h1", "127.0.0.1:0", "--h2c", "127.0.0.1:0").process.kill()
        with self.assertRaisesRegex(StandError, "regauge-origin ended with -9"):
            stand.close()
        stand = Stand()
        origin = stand.origin("--h1", "127.0.0.1:0", "--h2c", "127.0.0.1:0")
        with open(origin.log_path, "a", encoding="ascii") as log:
            log.write("==1==ERROR: AddressSanitizer: heap-use-after-free\n")
        with self.assertRaisesRegex(StandError, "regauge-origin ended with 0"):
            stand.close()


if __name__ == "__main__":
    bounded(120)
    unittest.main()
