"""What becomes of upstream connections and of the exchanges that wait for one."""
import os
import signal
import socket
import time
import unittest

from scripted import Origin, connect, get, open_sockets
from stand import Stand, bounded, until

GET = b"GET / HTTP/1.1\r\nhost: a.test\r\n\r\n"
MOMENT = 0.1  # for octets to cross loopback while the proxy is halted


def proxy_for(stand, address, more="", threads=1):
    return stand.regauge(config=f"""
threads = {threads}
{more}
[[listener]]
url = "h1://127.0.0.1:0"
[[upstream]]
name = "origin"
url = "h1://{address}"
""")


class UpstreamStreams(unittest.TestCase):
    def test_a_head_that_cannot_be_written_leaves_the_connection_free(self):
        def old(peer):
            while peer.take_request():
                peer.send(b"HTTP/1.0 200 OK\r\nconnection: keep-alive\r\n"
                          b"content-length: 2\r\n\r\nok")

        with Origin(old) as origin, Stand() as stand:
            proxy = proxy_for(stand, origin.address)
            self.assertIn(b"200 OK", get(proxy.address))
            client = connect(proxy.address)
            # HTTP/1.0 knows no chunks, so the request cannot go on this connection.
            client.send(b"POST / HTTP/1.1\r\nhost: a.test\r\nconnection: close\r\n"
                        b"transfer-encoding: chunked\r\n\r\n0\r\n\r\n")
            client.read_all()
            client.close()
            self.assertIn(b"200 OK", get(proxy.address))
            self.assertEqual(origin.accepted, 1, "the connection was used again")

    def test_a_request_on_a_connection_that_just_closed_goes_on_another_one(self):
        peers = []

        def script(peer):
            peers.append(peer)
            peer.answer(b"ok")

        with Origin(script) as origin, Stand() as stand:
            proxy = proxy_for(stand, origin.address)
            before = open_sockets(proxy.pid)
            client = connect(proxy.address)
            client.send(GET)
            client.read_to(b"ok")
            # Request and end of the idle connection are there in one round.
            os.kill(proxy.pid, signal.SIGSTOP)
            client.send(GET)
            time.sleep(MOMENT)
            peers[0].finish()
            time.sleep(MOMENT)
            os.kill(proxy.pid, signal.SIGCONT)
            self.assertIn(b"200 OK", client.read_to(b"ok"))
            client.close()
            until("the closed connection was let go", lambda: open_sockets(proxy.pid) <= before + 1)

    def test_an_upstream_that_does_not_answer_fails_all_who_wait_at_once(self):
        with socket.socket() as full, Stand() as stand:
            full.bind(("127.0.0.1", 0))
            full.listen(0)
            fillers = [socket.socket() for _ in range(4)]  # the queue is full, SYNs are dropped
            for filler in fillers:
                filler.setblocking(False)
                filler.connect_ex(full.getsockname())
            proxy = proxy_for(stand, "127.0.0.1:%d" % full.getsockname()[1],
                              "[timeouts]\nconnect_ms = 1000")
            clients = [connect(proxy.address) for _ in range(12)]
            start = time.monotonic()
            for client in clients:
                client.send(GET)
            for client in clients:
                self.assertIn(b"504", client.read_to(b"\r\n\r\n"))
                client.close()
            for filler in fillers:
                filler.close()
            # One connect after the other would take 12 s.
            self.assertLess(time.monotonic() - start, 6)

    def test_clients_that_leave_while_streams_come_from_another_worker(self):
        with Origin(lambda peer: peer.answer(b"ok")) as origin, Stand() as stand:
            proxy = proxy_for(stand, origin.address, threads=4)
            for _ in range(40):
                clients = [connect(proxy.address) for _ in range(16)]
                for client in clients:
                    client.send(GET)
                for client in clients[::2]:
                    client.reset()
                for client in clients[1::2]:
                    client.read_to(b"ok")
                    client.close()
            self.assertIn(b"200 OK", get(proxy.address))


class Tunnels(unittest.TestCase):
    def test_each_way_of_a_tunnel_ends_for_itself(self):
        received = []

        def script(peer):
            peer.take_request()
            peer.send(b"HTTP/1.1 200 OK\r\n\r\nfirst")
            peer.finish()
            received.append(len(peer.read_all()))

        with Origin(script) as origin, Stand() as stand:
            proxy = proxy_for(stand, origin.address)
            client = connect(proxy.address)
            client.send(b"CONNECT a.test:80 HTTP/1.1\r\nhost: a.test:80\r\n\r\n")
            client.read_to(b"\r\n\r\n")
            self.assertEqual(client.read_all(), b"first")
            client.send(bytes(3_000_000))
            client.finish()
            until("the origin had it all", lambda: received)
            self.assertEqual(received, [3_000_000])


if __name__ == "__main__":
    bounded(120)
    unittest.main()
