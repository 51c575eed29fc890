"""Peers that say exactly the octets they are told to: clients and origins of both protocols.

They know no rule, so that they can break every one. An origin runs one script a connection:

    def script(peer):            # a Peer: peer.read_request(), peer.send(b"..."), peer.reset()
        peer.read_request()
        peer.send(b"HTTP/1.1 200 OK\\r\\ncontent-length: 5\\r\\n\\r\\nhel")
    with ScriptedOrigin(script) as origin: ...

The script's return closes the connection.
"""
import contextlib
import socket
import struct
import threading
import time

import hpack

SECONDS = 15
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
(DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE,
 CONTINUATION) = range(10)
END_STREAM = ACK = 1
END_HEADERS = 4
PADDED = 8
SETTINGS_INITIAL_WINDOW_SIZE = 4
CODES = ("NO_ERROR", "PROTOCOL_ERROR", "INTERNAL_ERROR", "FLOW_CONTROL_ERROR", "SETTINGS_TIMEOUT",
         "STREAM_CLOSED", "FRAME_SIZE_ERROR", "REFUSED_STREAM", "CANCEL", "COMPRESSION_ERROR",
         "CONNECT_ERROR", "ENHANCE_YOUR_CALM", "INADEQUATE_SECURITY", "HTTP_1_1_REQUIRED")


def frame(kind, flags=0, stream=0, payload=b""):
    return struct.pack(">I", len(payload))[1:] + bytes((kind, flags)) + \
        struct.pack(">I", stream) + payload


def rst(stream, code="CANCEL"):
    return frame(RST_STREAM, 0, stream, struct.pack(">I", CODES.index(code)))


def credit(stream, octets):
    return frame(WINDOW_UPDATE, 0, stream, struct.pack(">I", octets))


def block(*fields):
    """Encodes fields as literals without a table: each block stands for itself."""
    out = b""
    for line in fields:
        out += b"\x00"
        for text in line:
            octets = text.encode("latin-1")
            out += bytes(hpack.hpack.encode_integer(len(octets), 7)) + octets
    return out


def request_block(method="GET", path="/", extra=()):
    return block((":method", method), (":scheme", "http"), (":authority", "a.test"),
                 (":path", path), *extra)


def connect_to(address, tls=None, server_hostname="localhost"):
    if address.startswith("unix:"):
        sock = socket.socket(socket.AF_UNIX)
        sock.settimeout(SECONDS)
        sock.connect(address[5:])
    else:
        host, port = address.rsplit(":", 1)
        sock = socket.create_connection((host, int(port)), SECONDS)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if tls is not None:
        sock = tls.wrap_socket(sock, server_hostname=server_hostname)
    sock.settimeout(SECONDS)
    return sock


class Peer:
    """One connection, either end. `ended` says how the other end went: "", "fin" or "reset"."""

    def __init__(self, sock):
        self.sock = sock
        self.buffer = b""
        self.ended = ""
        self.decoder = hpack.Decoder()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def __del__(self):
        self.close()

    def send(self, octets):
        """Sends; whether the other end still wants it shows in what it answers."""
        with contextlib.suppress(OSError):
            self.sock.sendall(octets)
        return self

    def fill(self):
        """Reads once. Returns False at the end of the input."""
        if self.ended:
            return False
        try:
            got = self.sock.recv(65536)
        except (ConnectionResetError, BrokenPipeError):
            self.ended = "reset"
            return False
        if not got:
            self.ended = "fin"
        self.buffer += got
        return bool(got)

    def take(self, octets):
        taken, self.buffer = self.buffer[:octets], self.buffer[octets:]
        return taken

    def read_exactly(self, octets):
        while len(self.buffer) < octets and self.fill():
            pass
        return self.take(octets)

    def read_until(self, mark):
        """Reads through `mark`; what there is if the input ends before it."""
        while mark not in self.buffer and self.fill():
            pass
        at = self.buffer.find(mark)
        return self.take(len(self.buffer) if at < 0 else at + len(mark))

    def read_all(self):
        while self.fill():
            pass
        return self.take(len(self.buffer))

    def read_request(self):
        """Reads an H1 head and returns it."""
        return self.read_until(b"\r\n\r\n")

    def read_response(self):
        """Reads an H1 response: (status, head, content); content is None where it was cut."""
        head = self.read_until(b"\r\n\r\n")
        if not head.endswith(b"\r\n\r\n"):
            return (0, head, None)
        status = int(head.split(b" ", 2)[1])
        lower = head.lower()
        if b"transfer-encoding: chunked" in lower:
            return (status, head, self.read_chunks())
        if b"content-length: " in lower:
            size = int(lower.split(b"content-length: ")[1].split(b"\r\n")[0])
            content = self.read_exactly(size)
            return (status, head, content if len(content) == size else None)
        if status in (204, 304) or status < 200:
            return (status, head, b"")
        return (status, head, self.read_all())

    def read_any_request(self):
        """Reads an H1 request with its content and returns its head, b"" at the end."""
        head = self.read_request()
        lower = head.lower()
        if b"content-length: " in lower:
            self.read_exactly(int(lower.split(b"content-length: ")[1].split(b"\r\n")[0]))
        elif b"transfer-encoding: chunked" in lower:
            self.read_chunks()
        return head

    def read_chunks(self):
        content = b""
        while True:
            line = self.read_until(b"\r\n")
            if not line.endswith(b"\r\n"):
                return None
            size = int(line.split(b";")[0], 16)
            if size == 0:
                while (line := self.read_until(b"\r\n")) not in (b"\r\n", b""):
                    pass
                return content if line else None
            piece = self.read_exactly(size + 2)
            if len(piece) != size + 2:
                return None
            content += piece[:-2]

    def read_frame(self):
        """Reads an H2 frame: (kind, flags, stream, payload), or None at the end of the input."""
        head = self.read_exactly(9)
        if len(head) < 9:
            return None
        size = int.from_bytes(head[:3], "big")
        payload = self.read_exactly(size)
        return (head[3], head[4], int.from_bytes(head[5:9], "big") & 0x7fffffff, payload)

    def read_frames_until(self, wanted):
        """Reads frames until `wanted(frame)`; returns all of them, that one last."""
        frames = []
        while (got := self.read_frame()) is not None:
            frames.append(got)
            if wanted(got):
                break
        return frames

    def half_close(self):
        with contextlib.suppress(OSError):
            self.sock.shutdown(socket.SHUT_WR)

    def close(self):
        self.sock.close()

    def reset(self):
        """Closes so that the other end sees a TCP reset."""
        with contextlib.suppress(OSError):
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()


def h1_client(address, tls=None):
    return Peer(connect_to(address, tls))


def h1_get(address):
    """Sends one GET on a connection of its own and returns (status, head, content)."""
    with h1_client(address) as client:
        client.send(b"GET / HTTP/1.1\r\nhost: a.test\r\nconnection: close\r\n\r\n")
        return client.read_response()


class Outcome:
    """What became of one H2 stream."""

    def __init__(self):
        self.status = 0
        self.fields = {}
        self.content = b""
        self.ended = False   # by END_STREAM
        self.reset = None    # the name of the code
        self.trailers = {}
        self.interim = []

    @property
    def complete(self):
        return self.ended and self.reset in (None, "NO_ERROR")


class H2Client(Peer):
    """A client that has sent its preface. Outcomes are collected by `run_until`."""

    def __init__(self, address, tls=None, settings=b"", sock=None):
        super().__init__(sock or connect_to(address, tls))
        self.streams = {}
        self.goaways = []   # (last stream, name of the code)
        self.pongs = 0
        self.next_stream = 1
        self.send(PREFACE + frame(SETTINGS, 0, 0, settings))

    def request(self, method="GET", path="/", extra=(), end=True):
        stream = self.next_stream
        self.next_stream += 2
        flags = END_HEADERS | (END_STREAM if end else 0)
        self.send(frame(HEADERS, flags, stream, request_block(method, path, extra)))
        return stream

    def data(self, stream, octets, end=False):
        return self.send(frame(DATA, END_STREAM if end else 0, stream, octets))

    def outcome(self, stream):
        return self.streams.setdefault(stream, Outcome())

    def run_until(self, done):
        """Reads until `done(self)` or the end of the input; returns self."""
        while not done(self) and (got := self.read_frame()) is not None:
            self.take_frame(*got)
        return self

    def finish(self, stream):
        """Reads until the stream is over one way or the other."""
        def over(_self):
            outcome = self.outcome(stream)
            return outcome.ended or outcome.reset is not None
        self.run_until(over)
        return self.outcome(stream)

    def until_closed(self):
        return self.run_until(lambda _self: False)

    def ping(self):
        """Sends PING and reads until its ACK: everything before it was read by then."""
        wanted = self.pongs + 1
        self.send(frame(PING, 0, 0, b"inorder."))
        return self.run_until(lambda _self: self.pongs >= wanted)

    def take_frame(self, kind, flags, stream, payload):
        if kind == SETTINGS and not flags & ACK:
            self.send(frame(SETTINGS, ACK))
        elif kind == PING and flags & ACK:
            self.pongs += 1
        elif kind == PING:
            self.send(frame(PING, ACK, 0, payload))
        elif kind == GOAWAY:
            last, code = struct.unpack(">II", payload[:8])
            self.goaways.append((last, CODES[code]))
        elif kind == RST_STREAM:
            self.outcome(stream).reset = CODES[struct.unpack(">I", payload)[0]]
        elif kind == HEADERS:
            self._take_fields(self.outcome(stream), payload)
            self.outcome(stream).ended |= bool(flags & END_STREAM)
        elif kind == DATA:
            outcome = self.outcome(stream)
            outcome.content += payload
            outcome.ended |= bool(flags & END_STREAM)
            self.credit(stream, len(payload))

    def credit(self, stream, octets):
        if octets:
            self.send(credit(0, octets) + credit(stream, octets))

    def _take_fields(self, outcome, payload):
        fields = dict(self.decoder.decode(payload))
        status = int(fields.get(":status", 0))
        if 100 <= status < 200:
            outcome.interim.append(status)
        elif status:
            outcome.status, outcome.fields = status, fields
        else:
            outcome.trailers = fields


class ScriptedOrigin:
    """Accepts connections and runs `script(peer)` on each, in a thread of its own. `path`: of a unix
    socket to listen on."""

    def __init__(self, script, tls=None, backlog=64, path=None):
        self.script = script
        self.tls = tls
        self.accepted = 0
        self.errors = []
        if path is None:
            self.listener = socket.create_server(("127.0.0.1", 0), backlog=backlog)
            self.address = "127.0.0.1:%d" % self.listener.getsockname()[1]
        else:
            self.listener = socket.socket(socket.AF_UNIX)
            self.listener.bind(path)
            self.listener.listen(backlog)
            self.address = path
        self.stopping = False
        self.peers = set()
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                sock, _ = self.listener.accept()
                if sock.family != socket.AF_UNIX:
                    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self.accepted += 1
                sock.settimeout(SECONDS)
                threading.Thread(target=self._serve, args=(sock,), daemon=True).start()

    def _serve(self, sock):
        peer = Peer(sock)
        self.peers.add(peer)
        try:
            if self.tls is not None:
                peer.sock = self.tls.wrap_socket(sock, server_side=True)
            self.script(peer)
        except OSError:
            pass
        except Exception as error:  # pylint: disable=broad-except
            self.errors.append(error)
        finally:
            peer.close()
            self.peers.discard(peer)

    def stop(self):
        self.stopping = True
        self.listener.close()
        for peer in list(self.peers):
            with contextlib.suppress(OSError):
                peer.sock.shutdown(socket.SHUT_RDWR)
        if self.errors:
            raise self.errors[0]


def h1_answers(content):
    """Returns a script that answers every H1 request, of whatever length."""
    def script(peer):
        while peer.read_any_request():
            peer.send(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%s" % (len(content), content))
    return script


def h2_serve(peer, on_request, settings=b""):
    """The H2 half of a script: preface and SETTINGS, then `on_request(peer, stream, fields, end)`
    for each request head; its return value True ends the script."""
    if peer.read_exactly(len(PREFACE)) != PREFACE:
        return
    peer.send(frame(SETTINGS, 0, 0, settings))
    while (got := peer.read_frame()) is not None:
        kind, flags, stream, payload = got
        if kind == SETTINGS and not flags & ACK:
            peer.send(frame(SETTINGS, ACK))
        elif kind == PING and not flags & ACK:
            peer.send(frame(PING, ACK, 0, payload))
        elif kind == HEADERS:
            fields = dict(peer.decoder.decode(payload))
            if on_request(peer, stream, fields, bool(flags & END_STREAM)):
                return


def h2_head(stream, status="200", extra=(), end=False):
    return frame(HEADERS, END_HEADERS | (END_STREAM if end else 0), stream,
                 block((":status", status), *extra))


def never_accepts():
    """Returns (listener, address, fillers) of a socket whose backlog is full: connects hang."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(0)
    address = listener.getsockname()
    fillers = []
    for _ in range(4):
        filler = socket.socket()
        filler.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            filler.connect(address)
        fillers.append(filler)
    time.sleep(0.05)
    return listener, "127.0.0.1:%d" % address[1], fillers
