"""Ends of connections whose peer takes its time: whoever still reads gets all of its answer, also when
it has shut its side, still uploads or the proxy drains."""
import signal
import threading
import time
import unittest

from slow_peers import WINDOW, Pace, read_at, slow_h2_client, slow_socket
from stand import Stand, bounded
from wire_peers import Peer, ScriptedOrigin

# At this rate the tail takes a multiple of the time that a client has which takes nothing (2 s, or 1 s
# if it has shut its side); a slow machine takes longer.
RATE = 400_000
TAIL = 1_600_000


def answer(size, status=b"200 OK"):
    return b"HTTP/1.1 %s\r\ncontent-length: %d\r\n\r\n" % (status, size) + bytes(size)


class WhoeverReads(unittest.TestCase):
    def test_a_client_that_shut_its_side_gets_a_long_answer(self):
        size = 12_000_000  # more than the kernel holds: the proxy waits for room again and again

        def serve(peer):
            peer.read_request()
            peer.send(answer(size))
            peer.read_all()
        with Stand() as stand, ScriptedOrigin(serve) as origin:
            proxy = stand.proxy(f"h1://{origin.address}")
            with Peer(slow_socket(proxy.address, buffer=16384)) as client:
                client.send(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n").half_close()
                head = client.read_until(b"\r\n\r\n")
                self.assertIn(b" 200 ", head)
                got = len(client.buffer) + read_at(client, RATE, TAIL)
                self.assertGreaterEqual(got, TAIL, client.ended)
                got += read_at(client, 1e9, size - got)
                self.assertEqual(got, size, client.ended)

    def test_a_client_that_still_uploads_gets_an_early_answer(self):
        def serve(peer):
            peer.read_request()
            peer.send(answer(TAIL, b"413 Content Too Large"))
            over.wait(60)

        def upload(client):
            while not over.is_set() and not client.ended:
                client.send(bytes(20000))
                time.sleep(0.02)
        over = threading.Event()
        self.addCleanup(over.set)
        with Stand() as stand, ScriptedOrigin(serve) as origin:
            proxy = stand.proxy(f"h1://{origin.address}")
            with Peer(slow_socket(proxy.address, buffer=16384)) as client:
                client.send(b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1000000000\r\n\r\n")
                uploader = threading.Thread(target=upload, args=(client,), daemon=True)
                uploader.start()
                self.assertIn(b" 413 ", client.read_until(b"\r\n\r\n"))
                got = len(client.buffer)
                self.assertEqual(got + read_at(client, RATE, TAIL - got), TAIL, client.ended)
                over.set()
                uploader.join(30)

    def test_a_drain_waits_for_an_h2_client_that_reads(self):
        def serve(peer):
            while peer.read_any_request():
                peer.send(answer(TAIL))
        with Stand() as stand, ScriptedOrigin(serve) as origin:
            proxy = stand.proxy(f"h1://{origin.address}", "h2c", head="[timeouts]\ndrain_ms = 60000")
            with slow_h2_client(proxy.address, WINDOW, buffer=16384) as client:
                outcome = client.outcome(client.request())
                pace, draining = Pace(RATE), False
                while not outcome.ended and (got := client.read_frame()) is not None:
                    client.take_frame(*got)
                    pace.wait(len(outcome.content))
                    if not draining and outcome.content:
                        proxy.process.send_signal(signal.SIGTERM)
                        draining = True
                self.assertEqual((len(outcome.content), outcome.complete), (TAIL, True), client.ended)
            self.assertEqual(proxy.process.wait(20), 0)


if __name__ == "__main__":
    bounded(120)
    unittest.main()
