"""A client that leaves takes its exchange along: the origin is told, however the client left."""
import json
import socket
import struct
import time
import unittest

from stand import Stand, bounded, until
from wire_peers import H2Client

SECONDS = 15
REQUEST = b"GET /gone HTTP/1.1\r\nhost: a.test\r\n\r\n"
HALF = b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf "


def close(client):
    client.close()


def half_close(client):
    # To an H1 server this is no question of its own: the client waits for the answer, or is gone.
    client.shutdown(socket.SHUT_WR)


def reset(client):
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()


def read_until(sock, end):
    read = b""
    while not read.endswith(end):
        more = sock.recv(65536)
        if not more:
            raise AssertionError(f"ended behind {read!r}")
        read += more
    return read


def at_end(sock):
    """Waits until a socket ends, by a close or a reset."""
    try:
        while sock.recv(65536):
            pass
    except ConnectionResetError:
        pass


class ClientGoneTest(unittest.TestCase):
    def setUp(self):
        self.stand = self.enterContext(Stand())
        self.origin = self.enterContext(socket.create_server(("127.0.0.1", 0)))
        self.origin.settimeout(SECONDS)
        self.log = self.stand.path("access.log")
        self.proxy = self.stand.proxy("h1://127.0.0.1:%d" % self.origin.getsockname()[1], "http",
                                      arguments=("--access-log", self.log))

    def leave(self, how, sent, before=b""):
        """Sends, has the origin answer a part, leaves; returns when the origin's connection ended."""
        client = socket.create_connection(("127.0.0.1", self.proxy.port), SECONDS)
        with client:
            client.sendall(sent)
            with self.origin.accept()[0] as peer:
                peer.settimeout(SECONDS)
                read_until(peer, b"\r\n\r\n")
                if before:
                    peer.sendall(before)
                    read_until(client, b"half ")
                how(client)
                at_end(peer)

    def logged(self, count):
        def records():
            with open(self.log, encoding="ascii") as file:
                lines = [record for record in map(json.loads, file) if record["kind"] == "request"]
            return lines if len(lines) >= count else None
        return until(f"{count} exchanges were logged", records)

    def test_before_the_answer(self):
        for how in (close, half_close, reset):
            self.leave(how, REQUEST)
        self.assertEqual([record["ended"] for record in self.logged(3)],
                         ["downstream:peer_close:await_response"] * 2
                         + ["downstream:peer_reset:await_response"])

    def test_inside_the_answer(self):
        for how in (close, half_close, reset):
            self.leave(how, REQUEST, HALF)
        self.assertEqual([record["ended"] for record in self.logged(3)],
                         ["downstream:peer_close:response_body"] * 2
                         + ["downstream:peer_reset:response_body"])

    def test_while_its_next_request_waits(self):
        for how in (close, half_close, reset):
            self.leave(how, REQUEST + REQUEST)
        self.assertEqual({record["ended"].split(":")[0] for record in self.logged(3)}, {"downstream"})

    def test_who_shut_its_side_gets_the_answer_that_comes_at_once(self):
        with socket.create_connection(("127.0.0.1", self.proxy.port), SECONDS) as client:
            client.sendall(REQUEST)
            client.shutdown(socket.SHUT_WR)
            with self.origin.accept()[0] as peer:
                peer.settimeout(SECONDS)
                read_until(peer, b"\r\n\r\n")
                peer.sendall(HALF)
                read_until(client, b"half ")
                peer.sendall(b"whole")
                read_until(client, b"whole")
                self.assertEqual(client.recv(1), b"")
        self.assertEqual([record["ended"] for record in self.logged(1)], ["-"])

    def leave_h2(self, how, before=b""):
        """The same of a client of HTTP/2, which tells nobody: no RST_STREAM, no GOAWAY."""
        with H2Client(self.proxy.address) as client:
            outcome = client.outcome(client.request())
            with self.origin.accept()[0] as peer:
                peer.settimeout(SECONDS)
                read_until(peer, b"\r\n\r\n")
                if before:
                    peer.sendall(before)
                    client.run_until(lambda _: outcome.content)
                client.ping()  # nothing is left unread, which would make the close a reset
                how(client.sock)
                at_end(peer)

    def test_of_http2_before_and_inside_the_answer(self):
        for before in (b"", HALF):
            for how in (close, half_close, reset):
                self.leave_h2(how, before)
        self.assertEqual([record["ended"] for record in self.logged(6)],
                         ["downstream:peer_close:await_response"] * 2
                         + ["downstream:peer_reset:await_response"]
                         + ["downstream:peer_close:response_body"] * 2
                         + ["downstream:peer_reset:response_body"])

    def test_of_http2_who_shut_its_side_gets_the_answer_while_it_comes(self):
        with H2Client(self.proxy.address) as client:
            outcome = client.outcome(client.request())
            with self.origin.accept()[0] as peer:
                peer.settimeout(SECONDS)
                read_until(peer, b"\r\n\r\n")
                client.ping()
                half_close(client.sock)
                peer.sendall(HALF)
                for octet in b"whole":
                    time.sleep(0.4)  # all of it takes longer than nothing may
                    peer.sendall(bytes([octet]))
                client.until_closed()
        self.assertEqual((outcome.content, outcome.complete), (b"half whole", True))
        self.assertEqual([record["ended"] for record in self.logged(1)], ["-"])


if __name__ == "__main__":
    bounded(120)
    unittest.main()
