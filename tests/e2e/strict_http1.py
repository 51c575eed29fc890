"""An HTTP/1.1 reader that forgives little and is none of ours: python3-h11. It reads what regauge
writes, as the origin of its requests and for the client of its responses."""
import contextlib
import queue
import socket
import threading

import h11

ANSWER = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"
SECONDS = 15


class Arrived:
    """What came of a request: its octets, what h11 made of them, and what was wrong with them."""

    def __init__(self):
        self.octets, self.head, self.content, self.error = b"", None, b"", None

    def __repr__(self):
        return f"<{self.octets[:300]!r} {self.error or 'complete'}>"


def head_of(event):
    """Returns what a request of h11 says, as values that can be compared."""
    return (event.method, event.target, list(event.headers.raw_items()))


def read_request(octets):
    """Returns the request that some octets begin with."""
    reader, arrived = h11.Connection(h11.SERVER), Arrived()
    reader.receive_data(octets)
    reader.receive_data(b"")
    take_request(reader, arrived, lambda: b"")
    return arrived


def take_request(reader, arrived, more):
    """Reads a request; `more` returns octets. Returns False at the end of the input."""
    try:
        while not isinstance(event := reader.next_event(), h11.EndOfMessage):
            if event is h11.NEED_DATA:
                octets = more()
                arrived.octets += octets
                reader.receive_data(octets)
            elif isinstance(event, h11.ConnectionClosed):
                return False
            elif isinstance(event, h11.Request):
                arrived.head = head_of(event)
            elif isinstance(event, h11.Data):
                arrived.content += bytes(event.data)
    except h11.RemoteProtocolError as error:
        arrived.error = str(error)
    return True


class StrictOrigin:
    """Answers each request with ANSWER. `arrived` has the requests, cut ones as well; `begun` is set
    when some octets of one have come."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = "127.0.0.1:%d" % self.listener.getsockname()[1]
        self.arrived = queue.Queue()
        self.begun = threading.Event()
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                sock, _ = self.listener.accept()
                threading.Thread(target=self._serve, args=(sock,), daemon=True).start()

    def _serve(self, sock):
        def more():
            with contextlib.suppress(OSError):
                octets = sock.recv(65536)
                if octets:
                    self.begun.set()
                return octets
            return b""

        reader, rest = h11.Connection(h11.SERVER), b""
        with sock:
            while True:
                arrived = Arrived()
                arrived.octets = rest
                if not take_request(reader, arrived, more):
                    return
                rest = reader.trailing_data[0] if arrived.error is None else b""
                arrived.octets = arrived.octets[:len(arrived.octets) - len(rest)]
                self.arrived.put(arrived)
                if arrived.error is not None:
                    return
                reader.send(h11.Response(status_code=200, headers=[("content-length", "2")]))
                reader.send(h11.Data(b"ok"))
                reader.send(h11.EndOfMessage())
                with contextlib.suppress(OSError):
                    sock.sendall(ANSWER)
                reader.start_next_cycle()

    def next(self):
        """Returns the next request that came."""
        return self.arrived.get(timeout=SECONDS)


def read_responses(octets, count):
    """Returns (status, content) of `count` responses to GET, and what was wrong with them."""
    got = []
    for _ in range(count):
        reader = h11.Connection(h11.CLIENT)
        reader.send(h11.Request(method="GET", target="/", headers=[("host", "a")]))
        reader.send(h11.EndOfMessage())
        reader.receive_data(octets)
        reader.receive_data(b"")
        status, content = 0, b""
        try:
            while not isinstance(event := reader.next_event(), h11.EndOfMessage):
                if isinstance(event, h11.Response):
                    status = event.status_code
                if isinstance(event, h11.Data):
                    content += bytes(event.data)
        except h11.RemoteProtocolError as error:
            return [*got, (status, content)], str(error)
        got.append((status, content))
        octets = reader.trailing_data[0]
    return got, "octets are left" if octets else None
