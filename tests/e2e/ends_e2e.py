"""How connections end: a cut message looks cut, whoever reads is not idle, a drain waits for nobody
who is gone."""
import signal
import socket
import ssl
import threading
import time
import unittest

from slow_peers import slow_socket
from stand import Stand, bounded, until
from wire_peers import Peer, ScriptedOrigin, h1_client

GET = b"GET / HTTP/1.1\r\nhost: a\r\n\r\n"


class CutMessages(unittest.TestCase):
    def serve_half(self, peer):
        """Answers by content that only the close of the connection would end."""
        peer.read_request()
        peer.send(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nhalf")
        self.gate.wait(20)

    def setUp(self):
        self.gate = threading.Event()
        self.addCleanup(self.gate.set)

    def half_answered(self, proxy):
        client = h1_client(proxy.address).send(b"GET / HTTP/1.0\r\nhost: a\r\n\r\n")
        self.addCleanup(client.close)
        self.assertNotIn(b"content-length", client.read_until(b"\r\n\r\n").lower())
        self.assertEqual(client.read_exactly(4), b"half")
        return client

    def test_the_end_of_the_drain_time_cuts_by_a_reset(self):  # RFC 9112 §8
        with Stand() as stand, ScriptedOrigin(self.serve_half) as origin:
            proxy = stand.proxy(f"h1://{origin.address}", head="[timeouts]\ndrain_ms = 300")
            client = self.half_answered(proxy)
            proxy.process.send_signal(signal.SIGTERM)
            self.assertEqual(client.read_all(), b"")
            self.assertEqual(client.ended, "reset", "a cut message looks complete")
            self.assertEqual(proxy.process.wait(20), 0)

    def test_a_client_that_shut_its_side_is_cut_by_a_reset(self):
        with Stand() as stand, ScriptedOrigin(self.serve_half) as origin:
            proxy = stand.proxy(f"h1://{origin.address}")
            client = self.half_answered(proxy)
            client.half_close()
            self.assertEqual(client.read_all(), b"")
            self.assertEqual(client.ended, "reset", "a cut message looks complete")


class SlowReaders(unittest.TestCase):
    def test_a_client_that_reads_slowly_is_not_idle(self):
        size = 12_000_000
        answer = b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % size + bytes(size)

        def serve(peer):
            peer.read_request()
            peer.send(answer)
            peer.read_all()
        with Stand() as stand, ScriptedOrigin(serve) as origin:
            proxy = stand.proxy(f"h1://{origin.address}", head=f"""
access_log = "{stand.path('access.log')}"
[timeouts]
idle_ms = 1500""")
            with Peer(slow_socket(proxy.address)) as client:
                client.send(GET)
                while not self.exchange_is_over(stand):
                    self.assertTrue(client.fill())
                # What is left lies in the proxy and in the kernel; the idle time passes twice.
                for _ in range(40):
                    self.assertTrue(client.fill())
                    time.sleep(0.1)
                self.assertLess(len(client.buffer), size, "nothing was left to be read")
                self.assertEqual(len(client.read_response()[2] or b""), size)

    def exchange_is_over(self, stand):
        with open(stand.path("access.log"), encoding="ascii") as file:
            return '"kind":"request"' in file.read()

    def test_a_certificate_that_fills_the_socket_arrives(self):
        names = ",".join(f"DNS:{i:04d}.{'long' * 10}.test" for i in range(1500))
        with Stand() as stand, ScriptedOrigin(lambda peer: (
                peer.read_request(),
                peer.send(b"HTTP/1.1 204 No Content\r\n\r\n"))) as origin:
            cert, key = stand.path("big.cert.pem"), stand.path("big.key.pem")
            stand.write("big.cnf", f"[req]\ndistinguished_name=dn\nx509_extensions=ext\n[dn]\n"
                                   f"[ext]\nsubjectAltName={names}\n")
            stand.run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                      "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", key, "-out", cert,
                      "-days", "30", "-subj", "/CN=localhost", "-config", stand.path("big.cnf"))
            proxy = stand.regauge(config=f"""
[[listener]]
url = "https://127.0.0.1:0"
cert = "{cert}"
key = "{key}"
[[upstream]]
url = "h1://{origin.address}"
""")
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
            wrapped = context.wrap_socket(slow_socket(proxy.address, segment=536), do_handshake_on_connect=False)
            time.sleep(0.3)
            wrapped.do_handshake()
            with Peer(wrapped) as client:
                client.send(GET)
                self.assertEqual(client.read_response()[0], 204)


class Limits(unittest.TestCase):
    def test_the_bound_on_connections_is_of_clients(self):
        with Stand() as stand, ScriptedOrigin(lambda peer: [
                peer.send(b"HTTP/1.1 204 No Content\r\n\r\n")
                for _ in iter(peer.read_request, b"")]) as origin:
            proxy = stand.proxy(f"h1://{origin.address}", head="[limits]\nconnections_max = 2")
            with h1_client(proxy.address) as first:
                self.assertEqual(first.send(GET).read_response()[0], 204)
                with h1_client(proxy.address) as second:
                    self.assertEqual(second.send(GET).read_response()[0], 204)
                    with h1_client(proxy.address) as third:
                        self.assertEqual(third.send(GET).read_all(), b"")
            until("one may come again", lambda: self.served(proxy))

    def served(self, proxy):
        with h1_client(proxy.address) as client:
            return client.send(GET).read_response()[0] == 204


class Drain(unittest.TestCase):
    def test_a_connect_that_nobody_waits_for_holds_up_no_stop(self):
        with Stand() as stand, socket.socket() as mute:
            mute.bind(("127.0.0.1", 0))
            mute.listen(0)
            address = "%s:%d" % mute.getsockname()
            # Whoever comes behind a full backlog waits for ever.
            fillers = [socket.socket() for _ in range(4)]
            for filler in fillers:
                filler.setblocking(False)
                filler.connect_ex(mute.getsockname())
                self.addCleanup(filler.close)
            proxy = stand.proxy(f"h1://{address}", head="""
admin = "127.0.0.1:0"
[timeouts]
connect_ms = 60000
drain_ms = 60000""")
            with h1_client(proxy.address) as client:
                client.send(GET)
                until("it connects", lambda: proxy.open_sockets() >= 4)
                client.reset()
            began = time.monotonic()
            proxy.process.send_signal(signal.SIGTERM)
            self.assertEqual(proxy.process.wait(50), 0)
            self.assertLess(time.monotonic() - began, 40, "it waited for the connect")


if __name__ == "__main__":
    bounded(120)
    unittest.main()
