#!/usr/bin/env python3
"""Random exchanges between our connection and python3-h2, in both roles: what one end sends, the other
one hears. EXCHANGE_PROGRAM is our end; H2_EXCHANGES chooses how many each role has, H2_EXCHANGES_SEED
the first seed.
"""
import os
import random
import struct
import subprocess
import sys
import tempfile

import h2.config
import h2.connection
import h2.errors
import h2.events
import h2.settings
from hpack import HeaderTuple, NeverIndexedHeaderTuple

STREAMS_EACH = 100  # of a connection
TURNS_MAX = 50_000
SETTING = h2.settings.SettingCodes
NAMES = [b"accept", b"user-agent", b"cache-control", b"etag", b"vary", b"set-cookie", b"link", b"authorization",
         b"x-request-id", b"traceparent", b"x-a", b"x-b", b"x-c", b"content-type", b"strict-transport-security"]
VALUE_OCTETS = [9] + [octet for octet in range(0x20, 0x100) if octet != 0x7f]


class Exchange:
    """What this end knows of a stream; `want` is what it has still to send."""

    def __init__(self):
        self.sent, self.heard = Message(), Message()
        self.reset = self.was_reset = None
        self.want = None

    def over(self):
        return self.reset is not None or self.was_reset is not None or (self.sent.ended and self.heard.ended)


class Message:
    def __init__(self):
        self.interims, self.head, self.content, self.trailers = [], [], b"", []
        self.ended = False


class Wanted:
    def __init__(self):
        self.interims, self.head, self.content, self.trailers = [], [], b"", []
        self.at, self.reset_at, self.code, self.waits, self.head_sent = 0, None, 8, False, False


def draw_octets(dice, size):
    octets = bytes(dice.choices(VALUE_OCTETS, k=size))
    return b"x" + octets[1:-1] + b"x" if size > 1 else octets.strip()


def draw_line(dice, name=None):
    if name is None:
        name = dice.choice(NAMES) if dice.random() < 0.9 else b"x-%dz" % dice.randrange(10 ** dice.randrange(1, 200))
    if dice.random() < 0.1:
        # Its encoder looks such a line up, too, and then the mark is lost.
        return NeverIndexedHeaderTuple(name, b"secret-" + dice.randbytes(8).hex().encode())
    kind = dice.randrange(8)
    value = (b"" if kind == 0 else draw_octets(dice, dice.randrange(60)) if kind == 1 else
             draw_octets(dice, dice.randrange(1500)) if kind == 2 and dice.random() < 0.1 else
             b"value-%d" % dice.randrange(20))
    return HeaderTuple(name, value)


def draw_lines(dice):
    lines = [draw_line(dice) for _ in range(dice.randrange(100 if dice.random() < 0.03 else 12))]
    if dice.random() < 0.01:  # more than a frame holds; its coder of one long string takes long
        lines += [HeaderTuple(b"x-long", draw_octets(dice, 1500)) for _ in range(16)]
    return lines


def draw_content(dice, want):
    size = 0 if dice.random() < 0.25 else dice.randrange(120_000 if dice.random() < 0.08 else 4_000)
    want.content = dice.randbytes(size)
    if dice.random() < 0.5:
        want.head.append(HeaderTuple(b"content-length", b"%d" % size))
    if dice.random() < 0.25:
        want.trailers = [draw_line(dice, b"x-trailer-%d" % i) for i in range(1 + dice.randrange(4))]


def draw_reset(dice, want):
    if dice.random() < 0.04:
        want.reset_at = dice.randrange(len(want.content) + 1)
        want.code = dice.choice([2, 7, 8, 11, 0x4321])


def draw_request(dice):
    want = Wanted()
    method = dice.choice([b"GET", b"GET", b"POST", b"PUT", b"HEAD", b"OPTIONS"])
    want.head = [HeaderTuple(b":method", method), HeaderTuple(b":scheme", b"https"),
                 HeaderTuple(b":authority", b"a.test"), HeaderTuple(b":path", b"/%d" % dice.randrange(50))]
    want.head += draw_lines(dice)
    want.head += [HeaderTuple(b"cookie", b"c=%d" % dice.randrange(9)) for _ in range(dice.randrange(4))]
    if method not in (b"GET", b"HEAD"):
        draw_content(dice, want)
    draw_reset(dice, want)
    return want


def draw_response(dice, request):
    want = Wanted()
    status = dice.choice([b"200", b"200", b"404", b"999", b"204", b"304"])
    for _ in range(dice.randrange(3) if dice.random() < 0.25 else 0):
        want.interims.append([HeaderTuple(b":status", b"103")] + draw_lines(dice))
    want.head = [HeaderTuple(b":status", status)] + draw_lines(dice)
    if (b":method", b"HEAD") not in request and status not in (b"204", b"304"):
        draw_content(dice, want)
    want.waits = dice.random() < 0.3
    draw_reset(dice, want)
    return want


class End:
    """python3-h2 as one end."""

    def __init__(self, client, dice, streams):
        self.client, self.dice, self.streams = client, dice, streams
        self.h2 = h2.connection.H2Connection(h2.config.H2Configuration(
            client_side=client, header_encoding=False, normalize_inbound_headers=False))
        self.h2.initiate_connection()
        self.exchanges = {}
        self.opened = 0
        self.unread = {}
        self.settings_on_their_way = True
        self.window = 65_535

    def finished(self):
        begins = self.client and self.opened < self.streams
        return not begins and all(exchange.over() for exchange in self.exchanges.values())

    def read(self, octets):
        for event in self.h2.receive_data(octets):
            self.take(event)

    def take(self, event):
        if isinstance(event, h2.events.ConnectionTerminated):
            raise AssertionError(f"GOAWAY {event.error_code!r}")
        if isinstance(event, h2.events.SettingsAcknowledged):
            self.settings_on_their_way = False
        if getattr(event, "stream_id", None) is None or isinstance(event, (
                h2.events.WindowUpdated, h2.events.PriorityUpdated)):
            return
        exchange = self.exchanges.setdefault(event.stream_id, Exchange())
        heard = exchange.heard
        if isinstance(event, (h2.events.RequestReceived, h2.events.ResponseReceived)):
            heard.head = event.headers
            if not self.client:
                exchange.want = draw_response(self.dice, [tuple(line) for line in event.headers])
        elif isinstance(event, h2.events.InformationalResponseReceived):
            heard.interims.append(event.headers)
        elif isinstance(event, h2.events.TrailersReceived):
            heard.trailers = event.headers
        elif isinstance(event, h2.events.DataReceived):
            heard.content += event.data
            self.unread[event.stream_id] = self.unread.get(event.stream_id, 0) + event.flow_controlled_length
        elif isinstance(event, h2.events.StreamEnded):
            heard.ended = True
        elif isinstance(event, h2.events.StreamReset) and event.remote_reset:
            exchange.was_reset = int(event.error_code)

    def act(self):
        dice = self.dice
        if self.client and dice.random() < 0.3:
            for _ in range(1 + dice.randrange(4)):
                self.open()
        for stream, exchange in self.exchanges.items():
            if exchange.want is not None and not exchange.over() and dice.random() < 0.5:
                self.go_on(stream, exchange)
        for stream, octets in self.unread.items():
            if octets and dice.random() < 0.5:
                taken = 1 + dice.randrange(octets) if dice.random() < 0.3 else octets
                self.h2.acknowledge_received_data(taken, stream)
                self.unread[stream] -= taken
        if dice.random() < 0.05:
            self.h2.ping(dice.randbytes(8))
        # It takes an acknowledgment for that of all settings that are on their way.
        if dice.random() < 0.05 and not self.settings_on_their_way:
            self.change_settings()
        if self.client and self.exchanges and dice.random() < 0.05:
            self.h2.prioritize(dice.choice(list(self.exchanges)), weight=1 + dice.randrange(256))

    def change_settings(self):
        dice, self.settings_on_their_way = self.dice, True
        # It takes an empty DATA frame for an error where it made the window of the stream negative.
        self.window += dice.randrange(20_000)
        drawn = {SETTING.HEADER_TABLE_SIZE: dice.choice([0, 64, 4096, 65536]),
                 SETTING.INITIAL_WINDOW_SIZE: self.window,
                 SETTING.MAX_FRAME_SIZE: 16_384 + dice.randrange(100_000),
                 SETTING.MAX_CONCURRENT_STREAMS: dice.choice([1, 5, 50, 100])}
        self.h2.update_settings({code: value for code, value in drawn.items() if dice.random() < 0.5})

    def open(self):
        limit = self.h2.remote_settings.max_concurrent_streams
        if self.opened == self.streams or self.h2.open_outbound_streams >= limit:
            return
        self.opened += 1
        stream = self.h2.get_next_available_stream_id()
        exchange = self.exchanges[stream] = Exchange()
        exchange.want = draw_request(self.dice)
        self.send_head(stream, exchange)

    def send_head(self, stream, exchange):
        want = exchange.want
        ends = not want.content and not want.trailers and (
            self.dice.random() < 0.5 or want.head[0][1] in (b"GET", b"HEAD", b"204", b"304"))
        self.h2.send_headers(stream, want.head, end_stream=ends)
        exchange.sent.head, exchange.sent.ended = want.head, ends
        want.head_sent = True

    def go_on(self, stream, exchange):
        want, sent = exchange.want, exchange.sent
        # Once it has reset a stream it takes an interim response that is on its way for an error.
        may_reset = not self.client or exchange.heard.head
        if want.reset_at is not None and want.at >= want.reset_at and may_reset:
            self.h2.reset_stream(stream, want.code)
            exchange.reset = want.code
        elif want.interims:
            sent.interims.append(want.interims.pop(0))
            self.h2.send_headers(stream, sent.interims[-1])
        elif not want.head_sent:
            if exchange.heard.ended or not want.waits:
                self.send_head(stream, exchange)
        elif not sent.ended:
            self.send_content(stream, want, sent)

    def send_content(self, stream, want, sent):
        left = len(want.content) - want.at
        if left == 0 and want.trailers:
            self.h2.send_headers(stream, want.trailers, end_stream=True)
            sent.trailers, sent.ended = want.trailers, True
            return
        window = self.h2.local_flow_control_window(stream)
        size = min(left, window, self.h2.max_outbound_frame_size, 300 + self.dice.randrange(20_000))
        room = min(window, self.h2.max_outbound_frame_size) - size
        pad = self.dice.randrange(min(room, 256)) if room > 1 and self.dice.random() < 0.1 else None
        ends = size == left and not want.trailers and self.dice.random() < 0.7
        if size <= 0 and not ends:
            return
        piece = want.content[want.at:want.at + size]
        self.h2.send_data(stream, piece, end_stream=ends, pad_length=pad)
        want.at += size
        sent.content += piece
        sent.ended = ends


def text_of(exchanges):
    """Returns what `read_exchanges` reads."""
    def section(lines):
        return " ".join(f"{name.hex()}:{value.hex()}:{int(not line.indexable)}"
                        for line in lines for name, value in [line])
    for stream, exchange in exchanges.items():
        for way, message in (("sent", exchange.sent), ("heard", exchange.heard)):
            for lines in message.interims:
                yield f"{stream} {way} interim {section(lines)}"
            for part in ("head", "trailers"):
                yield f"{stream} {way} {part} {section(getattr(message, part))}"
            yield f"{stream} {way} content {message.content.hex()}"
            if message.ended:
                yield f"{stream} {way} ended"
        for what in ("reset", "was_reset"):
            if getattr(exchange, what) is not None:
                yield f"{stream} {what} {getattr(exchange, what)}"


def play(program, client, seed, folder):
    """Plays one connection; `client` says whether python3-h2 is the client. Returns what differs."""
    dice = random.Random(seed)
    path = os.path.join(folder, "told")
    ours = subprocess.Popen([program, "server" if client else "client", str(seed), str(STREAMS_EACH), path],
                            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    with ours:
        end = End(client, dice, STREAMS_EACH)
        up = down = b""
        for _ in range(TURNS_MAX):
            end.act()
            up += end.h2.data_to_send() if dice.random() < 0.8 else b""
            size = 0 if dice.random() < 0.2 else len(up) if dice.random() < 0.7 else dice.randrange(len(up) + 1)
            moved, up = up[:size], up[size:]
            ours.stdin.write(struct.pack(">I", size) + moved)
            ours.stdin.flush()
            head = ours.stdout.read(5)
            if len(head) < 5:
                break
            down += ours.stdout.read(struct.unpack(">I", head[:4])[0])
            cut = len(down) if dice.random() < 0.7 else dice.randrange(len(down) + 1)
            end.read(down[:cut])
            down = down[cut:]
            if head[4] and end.finished() and not up and not down and not moved:
                with open(path, "w", encoding="ascii") as file:
                    file.write("".join(line + "\n" for line in text_of(end.exchanges)))
                return ours.communicate()[1].decode("utf-8", "replace")
        else:
            return "two ends do not come to rest"
        return ours.communicate()[1].decode("utf-8", "replace")


def main():
    wanted = int(os.environ.get("H2_EXCHANGES", "600"))
    first = int(os.environ.get("H2_EXCHANGES_SEED", "1"))
    with tempfile.TemporaryDirectory() as folder:
        for client in (True, False):
            for seed in range(first, first + (wanted + STREAMS_EACH - 1) // STREAMS_EACH):
                text = play(os.environ["EXCHANGE_PROGRAM"], client, seed, folder)
                if text:
                    role = "client" if client else "server"
                    sys.exit(f"python3-h2 as {role}, H2_EXCHANGES_SEED={seed}: {text}")
    print(f"h2 exchanges: {wanted} in each role, from seed {first}")


if __name__ == "__main__":
    main()
