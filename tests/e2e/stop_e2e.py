"""The graceful stop, the timeouts of idle connections, the admin endpoint, and what is loaded.

SIGTERM: what runs may end, HTTP/2 hears GOAWAY twice (RFC 9113 §6.8), HTTP/1 `connection: close`
(RFC 9112 §9.6), idle connections close, and what is left after the drain time is cut."""
import contextlib
import json
import re
import signal
import socket
import threading
import time
import unittest
import urllib.error
import urllib.request

from stand import Stand, bounded, until
from wire_peers import H2Client, ScriptedOrigin, h1_client, never_accepts

GET = b"GET / HTTP/1.1\r\nhost: a\r\n\r\n"


class GatedOrigin(ScriptedOrigin):
    """Sends the head of each answer at once, and its content when the gate opens."""

    def __init__(self):
        self.gate = threading.Event()
        self.heads = 0
        super().__init__(self.serve)

    def serve(self, peer):
        while peer.read_request():
            peer.send(b"HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\n")
            self.heads += 1
            self.gate.wait(20)
            peer.send(b"hello\n")


def admin(proxy, path):
    try:
        with urllib.request.urlopen(f"http://{proxy.admin}{path}", timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def admin_octets(proxy, pieces):
    """Returns all that the admin endpoint sends before it closes; a reset is a close here."""
    host, port = proxy.admin.split(":")
    received = b""
    with socket.create_connection((host, int(port)), timeout=20) as client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for piece in pieces:
            client.sendall(piece)
        with contextlib.suppress(ConnectionResetError):
            while octets := client.recv(65536):
                received += octets
    return received


class StopTest(unittest.TestCase):
    def start(self, stand, origin, drain_ms=20_000):
        return stand.proxy(f"h1://{origin.address}", "h1", "h2c", head=f"""
admin = "127.0.0.1:0"
access_log = "{stand.path('access.log')}"
[timeouts]
drain_ms = {drain_ms}""")

    def lines(self, stand):
        with open(stand.path("access.log"), encoding="ascii") as file:
            return [json.loads(line) for line in file]

    def test_what_runs_ends_and_what_is_idle_closes(self):
        with Stand() as stand, GatedOrigin() as origin:
            proxy = self.start(stand, origin)
            origin.gate.set()
            idle = h1_client(proxy.addresses[0]).send(GET)
            self.assertEqual(idle.read_response()[2], b"hello\n")
            idle_h2 = H2Client(proxy.addresses[1])
            self.assertEqual(idle_h2.finish(idle_h2.request()).content, b"hello\n")
            origin.gate.clear()
            origin.heads = 0
            half = h1_client(proxy.addresses[0]).send(b"GET / HTTP/1.1\r\nho")
            busy = h1_client(proxy.addresses[0]).send(GET)
            busy_h2 = H2Client(proxy.addresses[1])
            stream = busy_h2.request()
            until("both are running", lambda: origin.heads == 2)
            proxy.process.send_signal(signal.SIGTERM)
            busy_h2.run_until(lambda client: client.goaways)
            self.assertEqual(busy_h2.goaways, [(2**31 - 1, "NO_ERROR")], "the first is no bound")
            # A request that was sent before the client read that is still served.
            late = busy_h2.request()
            busy_h2.run_until(lambda client: len(client.goaways) == 2)
            self.assertEqual(busy_h2.goaways[1], (late, "NO_ERROR"))
            self.assertEqual(idle.read_all(), b"")
            self.assertEqual(idle.ended, "fin")
            idle_h2.until_closed()
            self.assertEqual([code for _, code in idle_h2.goaways], ["NO_ERROR", "NO_ERROR"])
            half.send(b"st: a\r\n\r\n")
            until("all are running", lambda: origin.heads == 4)
            origin.gate.set()
            for client in (busy, half):
                status, _, content = client.read_response()
                self.assertEqual((status, content), (200, b"hello\n"))
                self.assertEqual(client.read_all(), b"")
                self.assertEqual(client.ended, "fin")
            for each in (stream, late):
                self.assertEqual(busy_h2.finish(each).content, b"hello\n")
            busy_h2.until_closed()
            self.assertEqual(busy_h2.ended, "fin")
            self.assertEqual(proxy.process.wait(20), 0)
            self.assertEqual({line["ended"] for line in self.lines(stand)
                              if line["kind"] == "request"}, {"-"})
            ends = {line["ended"] for line in self.lines(stand)}
            self.assertIn("proxy:drain:idle", ends)
            # Nor does the end wait for an origin, which is in no hurry: late and half had theirs.
            self.assertNotIn("upstream:peer_close:idle", ends)

    def test_a_response_begun_behind_the_signal_says_close(self):
        with Stand() as stand, ScriptedOrigin(lambda peer: (
                peer.read_request(), time.sleep(0.5),
                peer.send(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"))) as origin:
            proxy = self.start(stand, origin)
            with h1_client(proxy.addresses[0]) as client:
                client.send(GET)
                until("it is running", lambda: origin.accepted == 1)
                proxy.process.send_signal(signal.SIGTERM)
                status, head, _ = client.read_response()
                self.assertEqual(status, 200)
                self.assertIn(b"connection: close", head.lower())
            self.assertEqual(proxy.process.wait(20), 0)

    def test_what_is_left_after_the_drain_time_is_cut(self):
        with Stand() as stand, GatedOrigin() as origin:
            proxy = self.start(stand, origin, drain_ms=400)
            with h1_client(proxy.addresses[0]) as client, H2Client(proxy.addresses[1]) as other:
                client.send(GET)
                stream = other.request()
                until("both are running", lambda: origin.heads == 2)
                proxy.process.send_signal(signal.SIGTERM)
                self.assertEqual(proxy.process.wait(20), 0)
                self.assertIsNone(client.read_response()[2], "a cut message looks complete")
                self.assertFalse(other.finish(stream).complete)
            origin.gate.set()
            self.assertEqual({line["ended"] for line in self.lines(stand)
                              if line["kind"] == "request"}, {"proxy:drain:response_body"})

    def test_a_connect_ends_with_the_last_who_waits_for_it(self):
        listener, address, fillers = never_accepts()
        with Stand() as stand:
            proxy = stand.proxy(f"h1://{address}", head="""
admin = "127.0.0.1:0"
[timeouts]
connect_ms = 60000
drain_ms = 60000""")
            client = h1_client(proxy.address).send(GET)
            until("it connects", lambda: proxy.open_sockets() >= 4)
            proxy.process.send_signal(signal.SIGTERM)
            until("it drains", lambda: admin(proxy, "/readyz") == (503, "draining\n"))
            client.reset()
            self.assertEqual(proxy.process.wait(40), 0)   # it would be cut after 60 s
        for each in (listener, *fillers):
            each.close()

    def test_the_admin_endpoint_keeps_its_answers_apart(self):   # RFC 9110 §9.3.2, RFC 9112 §9.3
        head = (b"HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4\r\n"
                b"Content-Length: 3\r\nConnection: ")
        octets = (b"HEAD /healthz HTTP/1.1\r\nHost: a\r\n\r\n"
                  b"GET /healthz HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"
                  b"GET /healthz HTTP/1.0\r\n\r\n")
        expected = head + b"keep-alive\r\n\r\n" + head + b"keep-alive\r\n\r\nok\n" \
            + head + b"close\r\n\r\nok\n"
        with Stand() as stand, GatedOrigin() as origin:
            proxy = self.start(stand, origin)
            self.assertEqual(admin_octets(proxy, [octets]), expected)
            self.assertEqual(admin_octets(proxy, [octets[at:at + 1] for at in range(len(octets))]),
                             expected)
            content = b"POST /healthz HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"
            for refused in (content, b"no request\r\n\r\n"):
                self.assertEqual(admin_octets(proxy, [refused]), b"")

    def test_the_admin_endpoint_tells_the_drain(self):
        with Stand() as stand, GatedOrigin() as origin:
            proxy = self.start(stand, origin)
            self.assertEqual(admin(proxy, "/healthz"), (200, "ok\n"))
            self.assertEqual(admin(proxy, "/readyz"), (200, "ready\n"))
            self.assertEqual(admin(proxy, "/no-such")[0], 404)
            text = admin(proxy, "/metrics")[1]
            self.assertRegex(text, r"(?m)^regauge_requests_total 0$")
            with h1_client(proxy.addresses[0]) as client:
                client.send(GET)
                until("it is running", lambda: origin.heads == 1)
                proxy.process.send_signal(signal.SIGTERM)
                until("it drains", lambda: admin(proxy, "/readyz") == (503, "draining\n"))
                self.assertEqual(admin(proxy, "/healthz"), (200, "ok\n"))
                text = admin(proxy, "/metrics")[1]
                self.assertRegex(text, r"(?m)^regauge_requests_total 1$")
                self.assertRegex(text, r"(?m)^regauge_upstream_connects_total 1$")
                origin.gate.set()
                self.assertEqual(client.read_response()[2], b"hello\n")
            self.assertEqual(proxy.process.wait(20), 0)


class TimeoutTest(unittest.TestCase):
    def test_idle_connections_close_and_busy_ones_stay(self):
        with Stand() as stand, GatedOrigin() as origin:
            proxy = stand.proxy(f"h1://{origin.address}", "h1", "h2c", head="""
[timeouts]
head_ms = 500
idle_ms = 500
upstream_idle_ms = 300""")
            silent = h1_client(proxy.addresses[0])
            busy, busy_h2 = h1_client(proxy.addresses[0]), H2Client(proxy.addresses[1])
            busy.send(GET)
            stream = busy_h2.request()
            silent_h2 = H2Client(proxy.addresses[1]).until_closed()
            self.assertEqual([code for _, code in silent_h2.goaways][-1:], ["NO_ERROR"])
            self.assertEqual(silent.read_all(), b"", "silence is not answered")
            time.sleep(0.6)   # longer than any idle time
            origin.gate.set()
            self.assertEqual(busy.read_response()[2], b"hello\n")
            self.assertEqual(busy_h2.finish(stream).content, b"hello\n")
            self.assertEqual(busy.read_all(), b"")
            self.assertEqual(busy.ended, "fin")
            busy_h2.until_closed()
            until("idle connections of the upstream closed", lambda: not origin.peers)

    def test_a_client_that_lingers_is_closed_under_it(self):
        with Stand() as stand, ScriptedOrigin(lambda peer: peer.read_all()) as origin:
            proxy = stand.proxy(f"h1://{origin.address}")
            with h1_client(proxy.address) as client:
                client.send(b"GET / HTTP/1.1\r\nhost : a\r\n\r\n")
                self.assertEqual(client.read_response()[0], 400)
                client.read_all()
                self.assertEqual(client.ended, "fin")

                def closed():
                    client.sock.settimeout(0.2)
                    try:
                        client.sock.sendall(b"x")
                    except OSError:
                        return True
                    time.sleep(0.1)
                    return False
                until("it was closed", closed, 8)


class ProcessTest(unittest.TestCase):
    def test_there_is_exactly_one_libssl_in_the_process(self):  # BoringSSL and nothing beside it
        with Stand() as stand:
            proxy = stand.proxy("h1://127.0.0.1:1", "https", head='admin = "127.0.0.1:0"')
            with open(f"/proc/{proxy.pid}/maps", encoding="utf-8") as file:
                maps = file.read()
            for name in ("ssl", "crypto"):
                found = set(re.findall(rf"\S*/lib{name}\.\S+", maps))
                self.assertLessEqual(len(found), 1, "none if it is linked statically")
                self.assertFalse([each for each in found if "so.3" in each or "so.1" in each])


if __name__ == "__main__":
    bounded(120)
    unittest.main()
