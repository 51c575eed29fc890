"""What becomes of upstream connections and of the exchanges that wait for one."""
import json
import os
import signal
import time
import unittest

from stand import Stand, bounded, until
from wire_peers import ScriptedOrigin, h1_answers, h1_client, h1_get, never_accepts

GET = b"GET / HTTP/1.1\r\nhost: a.test\r\n\r\n"
MOMENT = 0.1  # for octets to cross loopback while the proxy is halted


OK = (200, b"ok")


def answer_to(client):
    status, _, content = client.read_response()
    return status, content


def answer_to_get(address):
    status, _, content = h1_get(address)
    return status, content


class UpstreamStreams(unittest.TestCase):
    def test_a_head_that_cannot_be_written_leaves_the_connection_free(self):
        def old(peer):
            while peer.read_request():
                peer.send(b"HTTP/1.0 200 OK\r\nconnection: keep-alive\r\n"
                          b"content-length: 2\r\n\r\nok")

        with ScriptedOrigin(old) as origin, Stand() as stand:
            proxy = stand.proxy(f"h1://{origin.address}", head="threads = 1")
            self.assertEqual(answer_to_get(proxy.address), OK)
            with h1_client(proxy.address) as client:
                # HTTP/1.0 knows no chunks, so the request cannot go on this connection.
                client.send(b"POST / HTTP/1.1\r\nhost: a.test\r\nconnection: close\r\n"
                            b"transfer-encoding: chunked\r\n\r\n0\r\n\r\n")
                client.read_all()
                self.assertEqual(client.ended, "fin")
            self.assertEqual(answer_to_get(proxy.address), OK)
            self.assertEqual(origin.accepted, 1, "the connection was used again")

    def test_a_request_on_a_connection_that_just_closed_goes_on_another_one(self):
        peers = []

        def script(peer):
            peers.append(peer)
            h1_answers(b"ok")(peer)

        with ScriptedOrigin(script) as origin, Stand() as stand:
            proxy = stand.proxy(f"h1://{origin.address}", head="threads = 1")
            before = proxy.open_sockets()
            with h1_client(proxy.address) as client:
                client.send(GET)
                self.assertEqual(answer_to(client), OK)
                # Request and end of the idle connection are there in one round.
                os.kill(proxy.pid, signal.SIGSTOP)
                client.send(GET)
                time.sleep(MOMENT)
                peers[0].half_close()
                time.sleep(MOMENT)
                os.kill(proxy.pid, signal.SIGCONT)
                self.assertEqual(answer_to(client), OK)
            until("the closed connection was let go", lambda: proxy.open_sockets() <= before + 1)

    def test_an_upstream_that_does_not_answer_fails_all_who_wait_at_once(self):
        listener, address, fillers = never_accepts()
        with Stand() as stand:
            proxy = stand.proxy(f"h1://{address}", head="threads = 1\n[timeouts]\nconnect_ms = 1000")
            clients = [h1_client(proxy.address) for _ in range(12)]
            start = time.monotonic()
            for client in clients:
                client.send(GET)
            for client in clients:
                self.assertEqual(client.read_response()[0], 504)
                client.close()
            for each in (listener, *fillers):
                each.close()
            # One connect after the other would take 12 s.
            self.assertLess(time.monotonic() - start, 6)

    def test_clients_that_leave_while_streams_come_from_another_worker(self):
        with ScriptedOrigin(h1_answers(b"ok")) as origin, Stand() as stand:
            proxy = stand.proxy(f"h1://{origin.address}", head="threads = 4")
            for _ in range(40):
                clients = [h1_client(proxy.address) for _ in range(16)]
                for client in clients:
                    client.send(GET)
                for client in clients[::2]:
                    client.reset()
                for client in clients[1::2]:
                    self.assertEqual(answer_to(client), OK)
                    client.close()
            self.assertEqual(answer_to_get(proxy.address), OK)


class ReusedConnections(unittest.TestCase):
    """An origin closes a connection that was idle just when the next request is on its way: it may
    have read it or not (RFC 9110 §9.2.2, RFC 9112 §9.3.1)."""

    ENDS = {"close": ("upstream:peer_close", "connection closed"),
            "reset": ("upstream:peer_reset", "connection reset")}
    # Method, fields and content; the status that the client gets; how often the origin has it.
    REQUESTS = (
        (b"GET", b"", b"", 200, 2),
        (b"POST", b"content-length: 0\r\n", b"", 502, 1),
        (b"POST", b"content-length: 5\r\n", b"hello", 502, 1),
        (b"POST", b"transfer-encoding: chunked\r\n", b"5\r\nhello\r\n0\r\n\r\n", 502, 1),
    )

    def ask(self, stand, how, method, fields, content):
        """Returns (status, methods that the origin read after the first, the last log line)."""
        seen = []

        def script(peer):
            for _ in range(2):
                head = peer.read_any_request()
                if not head:
                    return
                seen.append(head.split(b" ")[0])
                if len(seen) == 2:
                    break
                peer.send(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")
            if how == "reset":
                peer.reset()
        log = stand.path(f"{how}.{method.decode()}.{len(content)}.{len(fields)}.log")
        with ScriptedOrigin(script) as origin:
            proxy = stand.proxy(f"h1://{origin.address}", head="threads = 1",
                                arguments=("--access-log", log))
            with h1_client(proxy.address) as client:
                client.send(GET)
                self.assertEqual(answer_to(client), OK)
                client.send(method + b" / HTTP/1.1\r\nhost: a.test\r\n" + fields + b"\r\n" + content)
                status = client.read_response()[0]
            proxy.stop()
        with open(log, encoding="ascii") as lines:
            requests = [line for line in map(json.loads, lines) if line["kind"] == "request"]
        return status, seen[1:], requests[-1]

    def test_only_a_request_that_can_be_repeated_is_sent_again(self):
        with Stand() as stand:
            for how, (ended, detail) in self.ENDS.items():
                for method, fields, content, status, times in self.REQUESTS:
                    with self.subTest(how, method=method, content=content):
                        got, seen, line = self.ask(stand, how, method, fields, content)
                        self.assertEqual((got, len(seen)), (status, times))
                        self.assertEqual(line["attempts"], times)
                        if status == 502:
                            self.assertTrue(line["reused"])
                            self.assertEqual((line["ended"].rpartition(":")[0], line["detail"]),
                                             (ended, detail))


class Tunnels(unittest.TestCase):
    def test_each_way_of_a_tunnel_ends_for_itself(self):
        received = []

        def script(peer):
            peer.read_request()
            peer.send(b"HTTP/1.1 200 OK\r\n\r\nfirst")
            peer.half_close()
            time.sleep(0.5)  # so that octets wait in the proxy when the client's end comes
            received.append(len(peer.read_all()))

        with ScriptedOrigin(script) as origin, Stand() as stand:
            proxy = stand.proxy(f"h1://{origin.address}", head="threads = 1")
            with h1_client(proxy.address) as client:
                client.send(b"CONNECT a.test:80 HTTP/1.1\r\nhost: a.test:80\r\n\r\n")
                self.assertIn(b" 200 ", client.read_until(b"\r\n\r\n"))
                self.assertEqual(client.read_all(), b"first")
                client.send(bytes(12_000_000))
                client.half_close()
                until("the origin had it all", lambda: received)
            self.assertEqual(received, [12_000_000])


if __name__ == "__main__":
    bounded(120)
    unittest.main()
