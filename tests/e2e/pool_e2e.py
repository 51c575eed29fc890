"""One pool of upstream connections for all threads: how many an origin sees depends on the load."""
import ssl
import threading
import time
import unittest

from stand import Stand, bounded, table
from wire_peers import (DATA, END_HEADERS, END_STREAM, HEADERS, H2Client, ScriptedOrigin, block, frame,
                        h1_client, h2_head, h2_serve)

FLIGHT = 64          # requests that are always in flight
ROUNDS = 12          # requests each client makes
DELAY_SECONDS = 0.02
STREAMS = 16         # what the H2 origin allows at once


def h1_after_a_delay(peer):
    while peer.read_request():
        time.sleep(DELAY_SECONDS)
        peer.send(b"HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nhello\n")


def h2_after_a_delay(peer):
    def on_request(peer, stream, _fields, _end):
        def answer():
            peer.send(h2_head(stream) + frame(DATA, 1, stream, b"hello\n"))
        threading.Timer(DELAY_SECONDS, answer).start()
    h2_serve(peer, on_request, settings=b"\0\3" + STREAMS.to_bytes(4, "big"))


class PoolTest(unittest.TestCase):
    def load(self, proxy):
        """Keeps FLIGHT requests in flight over H1 clients, each at once with its next one."""
        failed = []
        start = threading.Barrier(FLIGHT)

        def client():
            with h1_client(proxy.address) as peer:
                start.wait()
                for _ in range(ROUNDS):
                    peer.send(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n")
                    status, _, content = peer.read_response()
                    if (status, content) != (200, b"hello\n"):
                        failed.append((status, content))
                        return
        threads = [threading.Thread(target=client) for _ in range(FLIGHT)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        self.assertEqual(failed, [])

    def connections(self, scheme, script, threads):
        with Stand() as stand, ScriptedOrigin(script, backlog=256) as origin:
            proxy = stand.proxy(f"{scheme}://{origin.address}", head=f"threads = {threads}")
            self.load(proxy)
            print(f"{scheme}, {threads} threads: {origin.accepted} connections", flush=True)
            return origin.accepted

    def test_h1_takes_one_for_each_request_in_flight(self):
        for threads in (1, 2, 4):
            with self.subTest(threads=threads):
                self.assertIn(self.connections("h1", h1_after_a_delay, threads),
                              (FLIGHT, FLIGHT + 1))

    def test_h2_takes_as_many_as_its_stream_limit_asks_for(self):
        least = -(-FLIGHT // STREAMS)
        for threads in (1, 2, 4):
            with self.subTest(threads=threads):
                self.assertIn(self.connections("h2c", h2_after_a_delay, threads),
                              (least, least + 1))


class SeparationTest(unittest.TestCase):
    """A connection made for one upstream never carries a request of another."""

    def test_upstreams_at_one_address_do_not_share_connections(self):
        def name_the_connection(peer):
            number = len(seen)
            seen.append(peer)
            while head := peer.read_request():
                path = head.split(b" ")[1]
                paths.setdefault(number, set()).add(path.split(b"/")[1])
                peer.send(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
        seen, paths = [], {}
        with Stand() as stand, ScriptedOrigin(name_the_connection) as origin:
            upstreams = "".join(table("upstream", name=name, url=f"h1://{origin.address}") +
                                table("route", path="/" + name, upstream=name)
                                for name in ("one", "two"))
            proxy = stand.regauge(config=stand.listener("h1") + upstreams)
            for _ in range(5):
                for name in ("one", "two"):
                    with h1_client(proxy.address) as client:
                        client.send(f"GET /{name}/ HTTP/1.1\r\nhost: a\r\n\r\n".encode())
                        self.assertEqual(client.read_response()[0], 200)
        self.assertEqual(sorted(paths.values(), key=sorted), [{b"one"}, {b"two"}])

    def test_protocols_and_names_of_tls_at_one_address_do_not_share(self):
        names = []

        def sni(_socket, name, _context):
            names.append(name)
        with Stand() as stand:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*stand.certificate())
            context.sni_callback = sni
            with ScriptedOrigin(h1_after_a_delay, context) as origin:
                upstreams = "".join(table("upstream", name=name, url=f"h1s://{origin.address}",
                                          verify=False, server_name=name + ".test") +
                                    table("route", host=name + ".test", upstream=name)
                                    for name in ("one", "two"))
                proxy = stand.regauge(config=stand.listener("h2c") + upstreams)
                with H2Client(proxy.address) as client:
                    for name in ("one", "two", "one", "two"):
                        stream = client.next_stream
                        client.next_stream += 2
                        client.send(frame(HEADERS, END_HEADERS | END_STREAM, stream, block(
                            (":method", "GET"), (":scheme", "http"),
                            (":authority", name + ".test"), (":path", "/"))))
                        self.assertEqual(client.finish(stream).status, 200)
        self.assertEqual(sorted(names), ["one.test", "two.test"])


if __name__ == "__main__":
    bounded(120)
    unittest.main()
