"""A client of HTTP/2 that opens its window octet by octet holds no stream (RFC 9113 §10.5)."""
import struct
import time
import unittest

from slow_peers import records
from stand import Stand, bounded, until
from wire_peers import SETTINGS_INITIAL_WINDOW_SIZE, H2Client, ScriptedOrigin, credit, h1_answers

IDLE_SECONDS = 0.8


class DripHold(unittest.TestCase):
    def test_a_stream_that_hardly_drains_is_cut_and_the_connection_goes_on(self):
        with ScriptedOrigin(h1_answers(bytes(300_000))) as origin, Stand() as stand:
            log = stand.path("access.log")
            idle = f"idle_ms = {int(IDLE_SECONDS * 1000)}"
            proxy = stand.proxy(f"h1://{origin.address}", "h2c",
                                head=f'access_log = "{log}"\n[timeouts]\n{idle}')
            closed = struct.pack(">HI", SETTINGS_INITIAL_WINDOW_SIZE, 0)
            with H2Client(proxy.address, settings=closed) as client:
                client.credit = lambda *_: None
                stream = client.request()
                outcome = client.outcome(stream)
                since = time.monotonic()
                while outcome.reset is None and time.monotonic() < since + 10:
                    client.send(credit(stream, 1))
                    client.ping()
                    time.sleep(0.05)
                self.assertEqual(outcome.reset, "CANCEL")
                self.assertGreater(time.monotonic() - since, IDLE_SECONDS / 2)
                self.assertFalse(outcome.complete)
                other = client.request()
                client.send(credit(other, 1 << 20) + credit(0, 1 << 20))
                self.assertTrue(client.finish(other).complete)
                self.assertEqual(client.goaways, [])
            until("both were logged", lambda: len(records(log, "request")) == 2)
            self.assertEqual([each["ended"] for each in records(log, "request")],
                             ["downstream:timeout:response_body", "-"])


if __name__ == "__main__":
    bounded(60)
    unittest.main()
