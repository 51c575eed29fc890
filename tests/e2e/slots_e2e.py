"""Slots of upstream connections: one that is unusable never keeps a request from another one."""
import os
import signal
import threading
import time
import unittest

from slow_peers import MAX_CONCURRENT_STREAMS, StuckOrigin, fill_the_way, states_of
from stand import Stand, bounded, until
from wire_peers import ScriptedOrigin, h1_client, h2_head, h2_serve

GET = b"GET / HTTP/1.1\r\nhost: a\r\n\r\n"
MOMENT = 0.1  # for octets to cross loopback while the proxy is halted


class Slots(unittest.TestCase):
    def test_slots_held_back_for_a_full_connection_are_not_waited_for(self):
        # Heads of which the last ones wait in the proxy; their octets do not get shorter by Huffman.
        count, line = 30, "~^" * 3500
        head = b"GET / HTTP/1.1\r\nhost: a\r\n" + "".join(
            f"x-{i}: {line}\r\n" for i in range(6)).encode() + b"\r\n"
        stuck = StuckOrigin(streams=1 + count)
        self.addCleanup(stuck.release)
        with Stand() as stand, ScriptedOrigin(stuck.script) as origin:
            proxy = stand.proxy(f"h2c://{origin.address}", head="""
threads = 2
admin = "127.0.0.1:0"
[timeouts]
queue_ms = 4000""")
            with h1_client(proxy.address) as first:
                fill_the_way(first, proxy)
                self.assertTrue(stuck.begun.wait(20))
                clients = [h1_client(proxy.address).send(head) for _ in range(count)]
                until("all have a slot", lambda: self.all_run(proxy, 1 + count))
                until("all heads are queued", lambda: states_of(proxy) == {"S"})
                for client in clients:
                    client.reset()
                until("all are gone", lambda: proxy.metrics()[
                    "regauge_requests_ended_early_total"] >= count)
                self.assertEqual(origin.accepted, 1)
                with h1_client(proxy.address) as last:
                    self.assertEqual(last.send(GET).read_response()[0], 200)
                self.assertEqual(origin.accepted, 2)
            stuck.release()

    def all_run(self, proxy, count):
        metrics = proxy.metrics()
        waiting = sum(value for name, value in metrics.items()
                      if name.startswith("regauge_upstream_waiting"))
        return metrics["regauge_requests_total"] == count and waiting == 0

    def test_a_stream_limit_of_one_makes_a_second_connection(self):
        both = threading.Barrier(2)

        def on_request(peer, stream, _fields, _end):
            both.wait(10)
            peer.send(h2_head(stream, end=True))

        def serve(peer):
            h2_serve(peer, on_request, MAX_CONCURRENT_STREAMS.to_bytes(2, "big") + bytes((0, 0, 0, 1)))
        with Stand() as stand, ScriptedOrigin(serve) as origin:
            proxy = stand.proxy(f"h2c://{origin.address}", head="threads = 1")
            clients = [h1_client(proxy.address).send(GET) for _ in range(2)]
            self.assertEqual([each.read_response()[0] for each in clients], [200, 200])
            self.assertEqual(origin.accepted, 2)
            for each in clients:
                each.close()

    def test_a_request_on_a_connection_with_unsolicited_octets_goes_on_another_one(self):
        peers = []

        def serve(peer):
            peer.requests = 0
            peers.append(peer)
            while peer.read_any_request():
                peer.requests += 1
                peer.send(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")
        with Stand() as stand, ScriptedOrigin(serve) as origin:
            proxy = stand.proxy(f"h1://{origin.address}", head="threads = 1")
            moved = 0
            for _ in range(20):
                with h1_client(proxy.address) as client:
                    self.assertEqual(client.send(GET).read_response()[0], 200)
                    status, content = self.race(proxy, client, peers[-1])
                if status == 408:  # the request was sent before the octets were read
                    self.assertGreater(peers[-1].requests, 1)
                    continue
                self.assertEqual((status, content), (200, b"ok"))
                moved += 1
                if moved == 3:
                    break
            self.assertEqual(moved, 3, "the request was always sent first")

    def race(self, proxy, client, idle):
        """The next request and an answer to nobody are there in one round. Returns what came."""
        until("the proxy rests", lambda: states_of(proxy) == {"S"})
        os.kill(proxy.pid, signal.SIGSTOP)
        until("the proxy is halted", lambda: states_of(proxy) == {"T"})
        client.send(GET)
        time.sleep(MOMENT)
        idle.send(b"HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 0\r\n\r\n")
        time.sleep(MOMENT)
        os.kill(proxy.pid, signal.SIGCONT)
        return client.read_response()[::2]


if __name__ == "__main__":
    bounded(120)
    unittest.main()
