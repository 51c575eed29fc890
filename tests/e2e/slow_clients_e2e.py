"""Clients that read slowly or not at all: nothing is lost, nothing grows without end."""
import struct
import time
import unittest

from slow_peers import records
from stand import Stand, bounded
from wire_peers import SETTINGS_INITIAL_WINDOW_SIZE, H2Client, ScriptedOrigin, credit, h1_answers


class SlowClients(unittest.TestCase):
    def test_streams_that_get_their_windows_at_once_all_go_on(self):
        octets, count = 120_000, 6
        with ScriptedOrigin(h1_answers(bytes(octets))) as origin, Stand() as stand:
            proxy = stand.proxy(f"h1://{origin.address}", "h2c", head="threads = 1")
            closed = struct.pack(">HI", SETTINGS_INITIAL_WINDOW_SIZE, 0)
            with H2Client(proxy.address, settings=closed) as client:
                streams = [client.request() for _ in range(count)]
                client.run_until(lambda _: all(client.outcome(each).status for each in streams))
                time.sleep(0.5)  # until every stream has filled what it may queue
                client.send(b"".join(credit(each, 1 << 20) for each in (0, *streams)))
                client.run_until(lambda _: all(client.outcome(each).ended for each in streams))
                self.assertEqual([len(client.outcome(each).content) for each in streams],
                                 [octets] * count)

    def test_a_client_that_gives_little_window_each_time_is_not_idle(self):
        octets, step = 30_000, 3000  # all of it is queued at once: only the client holds it up
        with ScriptedOrigin(h1_answers(bytes(octets))) as origin, Stand() as stand:
            log = stand.path("access.log")
            proxy = stand.proxy(f"h1://{origin.address}", "h2c",
                                head=f'access_log = "{log}"\n[timeouts]\nidle_ms = 600')
            window = struct.pack(">HI", SETTINGS_INITIAL_WINDOW_SIZE, step)
            with H2Client(proxy.address, settings=window) as client:
                client.credit = lambda *_: None
                stream = client.request()
                outcome = client.outcome(stream)
                for given in range(step, octets + 1, step):
                    client.run_until(lambda _, given=given: len(outcome.content) >= given)
                    self.assertEqual(len(outcome.content), given, client.goaways)
                    time.sleep(0.3)  # ten times of it last longer than whoever is idle may stay
                    client.send(credit(stream, step))
                self.assertTrue(client.finish(stream).complete)
                self.assertEqual(client.goaways, [])
                self.assertEqual([each["ended"] for each in records(log, "request")], ["-"])
                # Now it is idle.
                self.assertEqual(client.until_closed().goaways[-1][1], "NO_ERROR")


if __name__ == "__main__":
    bounded(120)
    unittest.main()
