"""Peers that take their time: clients that read slowly or not at all, an origin that stops reading."""
import json
import os
import socket
import struct
import threading
import time

from wire_peers import (ACK, HEADERS, PREFACE, SETTINGS, SETTINGS_INITIAL_WINDOW_SIZE, H2Client, credit,
                        frame, h2_head)

MAX_CONCURRENT_STREAMS = 3
WINDOW = 1 << 30


def slow_socket(address, segment=None, buffer=4096):
    """Connects with so small a receive buffer that the other end soon has to wait; where segments are
    small too, its kernel holds little."""
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
    if segment:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, segment)
    sock.settimeout(15)
    host, port = address.rsplit(":", 1)
    sock.connect((host, int(port)))
    return sock


def slow_h2_client(address, window, **slowness):
    """Opens an H2 client whose streams may bring `window` octets each, and all of them any number."""
    client = H2Client(address, settings=struct.pack(">HI", SETTINGS_INITIAL_WINDOW_SIZE, window),
                      sock=slow_socket(address, **slowness))
    client.send(credit(0, WINDOW))
    return client


class Pace:
    """Keeps somebody who reads from being quicker than `rate` octets a second."""

    def __init__(self, rate):
        self.rate = rate
        self.began = time.monotonic()

    def wait(self, octets):
        """Waits until so many octets since the beginning are not too many."""
        time.sleep(max(0, self.began + octets / self.rate - time.monotonic()))


def read_at(client, rate, octets):
    """Reads at least so many octets, at no more than `rate` a second, and drops them with what was read
    before. Returns how many came."""
    pace = Pace(rate)
    got = 0
    client.buffer = b""
    while got < octets:
        if not client.fill():
            break
        came = len(client.take(len(client.buffer)))
        got += came
        pace.wait(got)
    return got


class StuckOrigin:
    """Scripts of an H2 origin that wants all content, and whose first connection reads nothing behind
    the first head; others answer every request. `release` ends the first one."""

    def __init__(self, streams):
        self.settings = struct.pack(">HIHI", MAX_CONCURRENT_STREAMS, streams,
                                    SETTINGS_INITIAL_WINDOW_SIZE, WINDOW)
        self.begun = threading.Event()
        self._released = threading.Event()

    def release(self):
        self._released.set()

    def h1_script(self, peer):
        """The same of H1, for one connection."""
        peer.read_request()
        self.begun.set()
        self._released.wait(60)

    def script(self, peer):
        peer.read_exactly(len(PREFACE))
        peer.send(frame(SETTINGS, 0, 0, self.settings) + credit(0, WINDOW))
        while (got := peer.read_frame()) is not None:
            kind, flags, stream, _ = got
            if kind == SETTINGS and not flags & ACK:
                peer.send(frame(SETTINGS, ACK))
            elif kind == HEADERS and not self.begun.is_set():
                self.begun.set()
                self._released.wait(60)
                return
            elif kind == HEADERS:
                peer.send(h2_head(stream, end=True))


def states_of(program):
    """Returns the states of the threads of a program: R runs, S sleeps, T is halted."""
    states = set()
    for thread in os.listdir(f"/proc/{program.pid}/task"):
        with open(f"/proc/{program.pid}/task/{thread}/stat", encoding="ascii") as file:
            states.add(file.read().rpartition(")")[2].split()[0])
    return states


def fill_the_way(client, proxy):
    """Sends content until the proxy rests and takes no more of it."""
    client.send(b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1000000000\r\n\r\n")
    usual = client.sock.gettimeout()
    client.sock.settimeout(0.3)
    stuck = False
    while not stuck:
        try:
            client.sock.send(bytes(1 << 20))
        except TimeoutError:
            stuck = states_of(proxy) == {"S"}
    client.sock.settimeout(usual)


def records(path, kind):
    """Returns the records of a kind in an access log."""
    with open(path, encoding="ascii") as file:
        lines = [json.loads(line) for line in file if line.endswith("\n")]
    return [line for line in lines if line["kind"] == kind]
