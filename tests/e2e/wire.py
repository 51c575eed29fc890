"""Peers that a test scripts step by step: both ends of HTTP/1.1 and HTTP/2, over any socket.

A test drives client and origin in turns, so that it sees what passes before the next step is done.
An HTTP/1 peer is strict: what regauge writes has to be canonical. HTTP/2 is that of python3-h2.

    client = connect(kind, address)            origin = Origin(kind); origin.address
    sent = client.request("POST", "/", end=False)
    got = origin.accept()                      # an exchange with its request head
    sent.send(b"x"); got.some() == b"x"
    got.respond(200); got.send(b"y", end=True); sent.head(); sent.rest() == b"y"
"""
import collections
import re
import socket
import ssl

import h2.config
import h2.connection
import h2.events
import h2.settings

SECONDS = 20
TOKEN = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


class WireError(Exception):
    """The peer did what it must not, or closed before it was done."""


class Head:
    """A request or response head; names are in lower case, `fields` in order."""

    def __init__(self, start, fields):
        self.start = start   # (method, target, authority) or (status,)
        self.fields = fields

    @property
    def status(self):
        return self.start[0]

    def values(self, name):
        return [value for key, value in self.fields if key == name]

    def value(self, name):
        values = self.values(name)
        if len(values) > 1:
            raise WireError(f"{name} stands twice: {values}")
        return values[0] if values else None


class Exchange:
    """What both versions have: a head, content and trailers in each direction."""

    trailers = None  # of what came, once its end was seen

    def rest(self):
        """Returns all content up to the end of the message."""
        whole = bytearray()
        while piece := self.some():
            whole += piece
        return bytes(whole)

    def exactly(self, size):
        """Returns the next `size` octets of content."""
        whole = bytearray()
        while len(whole) < size:
            piece = self.some()
            if not piece:
                raise WireError(f"the content ended after {len(whole)} octets")
            whole += piece
        return bytes(whole)


# --- HTTP/1.1 ------------------------------------------------------------------------------------

class H1Peer:
    """One connection; exchanges follow each other."""

    def __init__(self, sock, client):
        self.sock, self.client, self.buffer = sock, client, b""
        sock.settimeout(SECONDS)

    def fill(self):
        """Reads more; returns False at the end of input."""
        data = self.sock.recv(65536)
        self.buffer += data
        return bool(data)

    def line(self):
        while b"\r\n" not in self.buffer:
            if not self.fill():
                raise WireError(f"closed inside a line: {self.buffer!r}")
        line, self.buffer = self.buffer.split(b"\r\n", 1)
        if b"\r" in line or b"\n" in line:
            raise WireError(f"a bare CR or LF: {line!r}")
        return line

    def section(self):
        """Reads field lines up to the empty line; they have to be canonical."""
        fields = []
        while line := self.line():
            name, colon, value = line.partition(b": ")
            if not colon and line.endswith(b":"):
                name, value = line[:-1], b""
            if not TOKEN.fullmatch(name) or value != value.strip(b" \t"):
                raise WireError(f"no canonical field line: {line!r}")
            fields.append((name.decode().lower(), value.decode("latin-1")))
        return fields

    def request(self, method, target, fields=(), authority="a.test", end=True, length=None):
        """Sends a request head; without `length` content that follows is chunked."""
        lines = [("host", authority), *fields]
        lines += self._framing(end, length)
        self.write_head(f"{method} {target} HTTP/1.1", lines)
        return H1Exchange(self, method, chunked=not end and length is None)

    @staticmethod
    def _framing(end, length):
        if length is not None:
            return [("content-length", str(length))]
        return [] if end else [("transfer-encoding", "chunked")]

    def write_head(self, start, fields):
        text = start + "\r\n" + "".join(f"{name}: {value}\r\n" for name, value in fields) + "\r\n"
        self.sock.sendall(text.encode("latin-1"))

    def accept(self):
        """Reads the next request head."""
        start = self.line().decode("latin-1").split(" ")
        if len(start) != 3 or start[2] != "HTTP/1.1":
            raise WireError(f"no canonical request line: {start}")
        exchange = H1Exchange(self, start[0], chunked=False)
        fields = self.section()
        hosts = [value for name, value in fields if name == "host"]
        if len(hosts) != 1:
            raise WireError(f"Host stands {len(hosts)} times")
        exchange.came = Head((start[0], start[1], hosts[0]), fields)
        exchange.frame_request()
        return exchange

    def at_end(self):
        """Tells whether the peer has closed, with nothing left over."""
        return not self.buffer and not self.fill()

    def close(self):
        self.sock.close()


class H1Exchange(Exchange):
    def __init__(self, peer, method, chunked):
        self.peer, self.method, self.chunked = peer, method, chunked
        self.came = None
        self.left = None   # octets of content still to come; None: chunked or until close
        self.kind = "none"

    def frame_request(self):
        self.kind = "none"
        self._frame(self.came, "none")

    def _frame(self, head, otherwise):
        coding, length = head.value("transfer-encoding"), head.value("content-length")
        if coding is not None and length is not None:
            raise WireError("both framings at once")
        if coding is not None:
            if coding != "chunked":
                raise WireError(f"transfer-encoding: {coding}")
            self.kind = "chunked"
        elif length is not None:
            self.kind, self.left = "length", int(length)
        else:
            self.kind = otherwise

    def head(self):
        """Reads a response head, final or interim."""
        peer = self.peer
        match = re.fullmatch(rb"HTTP/1\.1 ([1-9]\d\d) ([ -~]*)", peer.line())
        if not match:
            raise WireError("no canonical status line")
        self.came = Head((int(match[1]),), peer.section())
        self.reason = match[2].decode()
        status = self.came.status
        if 100 <= status < 200 and status != 101:
            return self.came
        if self.method == "HEAD" or status in (204, 304):
            self.kind = "none"
        elif status == 101 or (self.method == "CONNECT" and status // 100 == 2):
            self.kind = "close"
        else:
            self._frame(self.came, "close")
        return self.came

    def some(self):
        """Returns a piece of content, b"" at the end."""
        if self.kind == "length":
            return self._counted()
        if self.kind == "chunked":
            return self._chunk()
        if self.kind == "close":
            if not self.peer.buffer:
                self.peer.fill()
            data, self.peer.buffer = self.peer.buffer, b""
            return data
        return b""

    def _counted(self):
        if self.left == 0:
            return b""
        if not self.peer.buffer and not self.peer.fill():
            raise WireError(f"closed {self.left} octets before the end")
        data, self.peer.buffer = self.peer.buffer[:self.left], self.peer.buffer[self.left:]
        self.left -= len(data)
        if self.left == 0 and self.kind == "chunked" and self.peer.line():
            raise WireError("no line end behind a chunk")
        return data

    def _chunk(self):
        if not self.left:
            line = self.peer.line()
            if not re.fullmatch(rb"[0-9a-fA-F]+", line):
                raise WireError(f"no canonical chunk line: {line!r}")
            self.left = int(line, 16)
            if self.left == 0:
                self.trailers = self.peer.section()
                self.kind = "none"
                return b""
        return self._counted()

    def interim(self, status, fields=()):
        self.peer.write_head(f"HTTP/1.1 {status} Interim", fields)

    def respond(self, status, fields=(), end=False, length=None):
        """Sends a response head; `end`: no content follows, else chunked unless `length`."""
        framing = []
        if self.method == "HEAD" or status in (101, 204, 304):
            framing = [] if length is None else [("content-length", str(length))]
        elif not (self.method == "CONNECT" and status // 100 == 2):
            framing = H1Peer._framing(False, 0 if end and length is None else length)
        self.chunked = ("transfer-encoding", "chunked") in framing
        self.peer.write_head(f"HTTP/1.1 {status} Fine", [*fields, *framing])

    def send(self, data, end=False):
        if self.chunked:
            data = (b"%x\r\n%b\r\n" % (len(data), data) if data else b"")
            data += b"0\r\n\r\n" if end else b""
        self.peer.sock.sendall(data)

    def send_trailers(self, fields):
        lines = "".join(f"{name}: {value}\r\n" for name, value in fields)
        self.peer.sock.sendall(b"0\r\n" + lines.encode("latin-1") + b"\r\n")


# --- HTTP/2 --------------------------------------------------------------------------------------

def octets(lines):
    return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in lines]


class H2Peer:
    """One connection; exchanges run beside each other."""

    checks = True  # the heads of both directions; python3-h2 does not know plain CONNECT

    def __init__(self, sock, client, settings=None):
        self.sock, self.client = sock, client
        sock.settimeout(SECONDS)
        self.h2 = h2.connection.H2Connection(h2.config.H2Configuration(
            client_side=client, header_encoding="latin-1", validate_inbound_headers=self.checks,
            validate_outbound_headers=self.checks))
        if settings is not None:
            self.h2.local_settings = h2.settings.Settings(client, settings)
        self.h2.initiate_connection()
        self.exchanges = {}
        self.requests = collections.deque()
        self.ended = None
        self.flush()

    def flush(self):
        self.sock.sendall(self.h2.data_to_send())

    def pump(self):
        """Reads once and hands the events on."""
        data = self.sock.recv(65536)
        if not data:
            raise WireError(f"the connection closed: {self.ended}")
        for event in self.h2.receive_data(data):
            if isinstance(event, h2.events.ConnectionTerminated):
                self.ended = event
            if isinstance(event, h2.events.RequestReceived):
                exchange = self.exchanges[event.stream_id] = H2Exchange(self, event.stream_id)
                self.requests.append(exchange)
            stream = self.exchanges.get(getattr(event, "stream_id", None))
            if stream is not None:
                stream.take(event)
        self.flush()

    def request(self, method, target, fields=(), authority="a.test", end=True, length=None):
        lines = [(":method", method), (":scheme", "https"), (":path", target),
                 (":authority", authority), *fields]
        if length is not None:
            lines.append(("content-length", str(length)))
        return self.open(lines, end)

    def open(self, lines, end=True):
        stream = self.h2.get_next_available_stream_id()
        exchange = self.exchanges[stream] = H2Exchange(self, stream)
        self.h2.send_headers(stream, octets(lines), end_stream=end)
        self.flush()
        return exchange

    def accept(self):
        while not self.requests:
            self.pump()
        exchange = self.requests.popleft()
        exchange.head()
        return exchange

    def at_end(self):
        """Tells whether the peer has closed."""
        try:
            while True:
                self.pump()
        except (WireError, ConnectionError):
            return True

    def close(self):
        self.sock.close()


class H2Exchange(Exchange):
    reason = None

    def __init__(self, peer, stream):
        self.peer, self.stream = peer, stream
        self.heads = collections.deque()
        self.pieces = collections.deque()
        self.over = False
        self.reset = None
        self.came = None

    def take(self, event):
        if isinstance(event, (h2.events.RequestReceived, h2.events.ResponseReceived,
                              h2.events.InformationalResponseReceived)):
            self.heads.append(event.headers)
        elif isinstance(event, h2.events.DataReceived):
            self.pieces.append(event.data)
            self.peer.h2.acknowledge_received_data(event.flow_controlled_length, self.stream)
        elif isinstance(event, h2.events.TrailersReceived):
            self.trailers = [tuple(each) for each in event.headers]
        elif isinstance(event, h2.events.StreamEnded):
            self.over = True
        elif isinstance(event, h2.events.StreamReset):
            self.reset = event.error_code

    def head(self):
        while not self.heads:
            if self.reset is not None:
                raise WireError(f"the stream was reset with {self.reset}")
            self.peer.pump()
        lines = self.heads.popleft()
        pseudo = {name: value for name, value in lines if name.startswith(":")}
        fields = [(name, value) for name, value in lines if not name.startswith(":")]
        if ":status" in pseudo:
            start = (int(pseudo[":status"]),)
        else:
            start = (pseudo[":method"], pseudo.get(":path"), pseudo.get(":authority"))
        self.came = Head(start, fields)
        self.came.pseudo = pseudo
        return self.came

    def some(self):
        while True:
            while self.pieces:
                if piece := self.pieces.popleft():
                    return piece
            if self.over:
                return b""
            if self.reset is not None:
                raise WireError(f"the stream was reset with {self.reset}")
            self.peer.pump()

    def interim(self, status, fields=()):
        self._head([(":status", str(status)), *fields], end=False)

    def respond(self, status, fields=(), end=False, length=None):
        lines = [(":status", str(status)), *fields]
        if length is not None:
            lines.append(("content-length", str(length)))
        self._head(lines, end)

    def _head(self, lines, end):
        self.peer.h2.send_headers(self.stream, octets(lines), end_stream=end)
        self.peer.flush()

    def send(self, data, end=False):
        while True:
            room = min(self.peer.h2.local_flow_control_window(self.stream),
                       self.peer.h2.max_outbound_frame_size)
            if room == 0:
                self.peer.pump()
                continue
            self.peer.h2.send_data(self.stream, data[:room], end_stream=end and len(data) <= room)
            self.peer.flush()
            data = data[room:]
            if not data:
                return

    def send_trailers(self, fields):
        self.peer.h2.send_headers(self.stream, octets(fields), end_stream=True)
        self.peer.flush()

    def cancel(self, code=8):
        self.peer.h2.reset_stream(self.stream, code)
        self.peer.flush()


# --- Sockets -------------------------------------------------------------------------------------

def without_delay(sock):
    """Has small writes go at once: the kernel would keep the second of two for 40 ms."""
    if sock.family != socket.AF_UNIX:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock


def dial(address):
    """Connects to host:port or unix:/path."""
    if address.startswith("unix:"):
        sock = socket.socket(socket.AF_UNIX)
        sock.settimeout(SECONDS)
        sock.connect(address[5:])
        return sock
    host, port = address.rsplit(":", 1)
    return without_delay(socket.create_connection((host, int(port)), SECONDS))


def peer(kind, sock, client, settings=None):
    return H1Peer(sock, client) if kind == "h1" else H2Peer(sock, client, settings)


def connect(kind, address, ca=None):
    """Connects as a client of `kind`, h1 or h2; under TLS if `ca`, with ALPN."""
    sock = dial(address)
    if ca is not None:
        context = ssl.create_default_context(cafile=ca)
        context.set_alpn_protocols(["h2" if kind == "h2" else "http/1.1"])
        sock = context.wrap_socket(sock, server_hostname="localhost")
    return peer(kind, sock, True)


class Origin:
    """A listener whose connections a test reads and answers itself."""

    def __init__(self, kind, certificate=None, path=None, settings=None):
        self.kind, self.settings = kind, settings
        self.context = None
        if certificate is not None:
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.context.load_cert_chain(*certificate)
            self.context.set_alpn_protocols(["h2" if kind == "h2" else "http/1.1"])
        if path is not None:
            self.listener = socket.socket(socket.AF_UNIX)
            self.listener.bind(path)
            self.listener.listen()
            self.address = "unix:" + path
        else:
            self.listener = socket.create_server(("127.0.0.1", 0))
            self.address = "127.0.0.1:%d" % self.listener.getsockname()[1]
        self.listener.settimeout(SECONDS)
        self.peers = []

    def accept_connection(self):
        sock, _ = self.listener.accept()
        without_delay(sock)
        sock.settimeout(SECONDS)
        if self.context is not None:
            sock = self.context.wrap_socket(sock, server_side=True)
        self.peers.append(peer(self.kind, sock, False, self.settings))
        return self.peers[-1]

    def accept(self):
        """Returns the next exchange of the connection that was accepted last, or of the first."""
        return (self.peers[-1] if self.peers else self.accept_connection()).accept()

    def close(self):
        for each in self.peers:
            each.close()
        self.listener.close()
