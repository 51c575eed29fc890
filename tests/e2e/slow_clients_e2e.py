"""Clients that read slowly or not at all: nothing is lost, nothing grows without end."""
import select
import time
import unittest

import h2.config
import h2.connection
import h2.events
import h2.settings
from scripted import Origin, connect
from stand import Stand, bounded


class H2Client:
    """A client of HTTP/2 whose windows the test opens by hand."""

    def __init__(self, address, stream_window):
        self.peer = connect(address)
        self.connection = h2.connection.H2Connection(
            h2.config.H2Configuration(client_side=True, header_encoding="utf-8"))
        self.connection.initiate_connection()
        self.connection.update_settings(
            {h2.settings.SettingCodes.INITIAL_WINDOW_SIZE: stream_window})
        self.received = {}
        self.heads = set()
        self.ended = set()
        self.flush()

    def flush(self):
        if octets := self.connection.data_to_send():
            self.peer.send(octets)

    def get(self):
        stream = self.connection.get_next_available_stream_id()
        self.connection.send_headers(stream, [(":method", "GET"), (":scheme", "http"),
                                              (":authority", "a.test"), (":path", "/")],
                                     end_stream=True)
        self.received[stream] = 0
        self.flush()
        return stream

    def read_until(self, condition, seconds=20):
        deadline = time.monotonic() + seconds
        while not condition() and time.monotonic() < deadline:
            if not select.select([self.peer.socket], [], [], 0.1)[0]:
                continue
            for event in self.connection.receive_data(self.peer.socket.recv(1 << 16)):
                if isinstance(event, h2.events.ResponseReceived):
                    self.heads.add(event.stream_id)
                elif isinstance(event, h2.events.DataReceived):
                    self.received[event.stream_id] += len(event.data)
                elif isinstance(event, h2.events.StreamEnded):
                    self.ended.add(event.stream_id)
            self.flush()


class SlowClients(unittest.TestCase):
    def test_streams_that_get_their_windows_at_once_all_go_on(self):
        octets = 120_000
        with Origin(lambda peer: peer.answer(bytes(octets))) as origin, Stand() as stand:
            proxy = stand.regauge("--listen", "h2c://127.0.0.1:0", "--threads", "1",
                                  "--upstream", f"h1://{origin.address}")
            client = H2Client(proxy.address, stream_window=0)
            streams = [client.get() for _ in range(6)]
            client.read_until(lambda: len(client.heads) == len(streams))
            time.sleep(0.5)  # until every stream has filled what it may queue
            client.connection.increment_flow_control_window(1 << 20)
            for stream in streams:
                client.connection.increment_flow_control_window(1 << 20, stream)
            client.flush()
            client.read_until(lambda: len(client.ended) == len(streams))
            self.assertEqual(client.received, {stream: octets for stream in streams})


if __name__ == "__main__":
    bounded(120)
    unittest.main()
