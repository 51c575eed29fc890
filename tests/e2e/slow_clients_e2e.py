"""Clients that read slowly or not at all: nothing is lost, nothing grows without end."""
import struct
import time
import unittest

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


if __name__ == "__main__":
    bounded(120)
    unittest.main()
