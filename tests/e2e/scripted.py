"""Peers that do exactly what a test says, octet by octet: scripted origins and clients.

    with Origin(lambda peer: peer.answer(b"hello")) as origin: ...

An origin runs its script once for each connection, in a thread of its own. `Peer` is a socket with
what tests need: reading to a mark, reading to the end, answering a request of HTTP/1.1.
"""
import contextlib
import os
import socket
import struct
import threading

SECONDS = 30


class Peer:
    """One connection, of either side."""

    def __init__(self, connection):
        self.socket = connection
        self.socket.settimeout(SECONDS)
        self.kept = b""

    def send(self, octets):
        self.socket.sendall(octets)

    def read_to(self, mark):
        """Reads up to and with a mark; ConnectionError if the end comes first."""
        while mark not in self.kept:
            more = self.socket.recv(1 << 16)
            if not more:
                raise ConnectionError(f"the end came before {mark!r}: {self.kept[-200:]!r}")
            self.kept += more
        found, self.kept = self.kept.split(mark, 1)
        return found + mark

    def read(self, octets):
        while len(self.kept) < octets:
            more = self.socket.recv(1 << 16)
            if not more:
                raise ConnectionError(f"the end came after {len(self.kept)} of {octets} octets")
            self.kept += more
        found, self.kept = self.kept[:octets], self.kept[octets:]
        return found

    def read_all(self):
        """Reads until the peer has shut its side; a reset raises ConnectionResetError."""
        parts, self.kept = [self.kept], b""
        while more := self.socket.recv(1 << 16):
            parts.append(more)
        return b"".join(parts)

    def take_request(self):
        """Reads the head of a request; b"" when the connection was closed instead."""
        try:
            return self.read_to(b"\r\n\r\n")
        except ConnectionError:
            return b""

    def answer(self, content=b"", fields=b""):
        """Answers every request with content, until the peer closes."""
        while self.take_request():
            self.send(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n%s\r\n%s"
                      % (len(content), fields, content))

    def finish(self):
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_WR)

    def reset(self):
        """Closes with a reset."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    def close(self):
        self.socket.close()


class Origin:
    """Accepts on a free port; each connection runs `script(peer)`."""

    def __init__(self, script):
        self.script = script
        self.accepted = 0
        self.failures = []
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.address = "127.0.0.1:%d" % self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._accept, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.accepted += 1
            threading.Thread(target=self._run, args=(connection,), daemon=True).start()

    def _run(self, connection):
        peer = Peer(connection)
        try:
            self.script(peer)
        except (OSError, ConnectionError) as error:
            self.failures.append(error)
        finally:
            peer.close()


def connect(address, receive_octets=0):
    """Connects a client; `receive_octets` bounds its receive buffer."""
    host, port = address.rsplit(":", 1)
    connection = socket.socket()
    if receive_octets:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_octets)
    connection.connect((host, int(port)))
    return Peer(connection)


def get(address, path=b"/", fields=b""):
    """Sends one GET on a connection of its own and returns all of the answer."""
    client = connect(address)
    client.send(b"GET %s HTTP/1.1\r\nhost: a.test\r\nconnection: close\r\n%s\r\n" % (path, fields))
    answer = client.read_all()
    client.close()
    return answer


def resident_bytes(pid):
    """Returns how much memory a process holds."""
    with open(f"/proc/{pid}/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def open_sockets(pid):
    """Counts the sockets of a process."""
    count = 0
    for name in os.listdir(f"/proc/{pid}/fd"):
        with contextlib.suppress(OSError):
            count += os.readlink(f"/proc/{pid}/fd/{name}").startswith("socket:")
    return count

