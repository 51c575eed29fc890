"""Peers that take no more: what waits for them is given up, so that nothing stays for ever."""
import signal
import struct
import threading
import time
import unittest

from slow_peers import WINDOW, StuckOrigin, fill_the_way, read_at, records, slow_h2_client, slow_socket
from stand import Stand, bounded, table, until
from wire_peers import (DATA, END_HEADERS, END_STREAM, HEADERS, RST_STREAM, SETTINGS_INITIAL_WINDOW_SIZE,
                        H2Client, Peer, ScriptedOrigin, block, frame, h1_answers, h1_client, h1_get, h2_head,
                        h2_serve, rst)

GET = b"GET / HTTP/1.1\r\nhost: a\r\n\r\n"
TIMEOUTS = "[timeouts]\nidle_ms = 500\nupstream_idle_ms = 500\ndrain_ms = 1000"
PATIENT = TIMEOUTS.replace("idle_ms = 500", "idle_ms = 60000", 1)


def ends(log):
    """Returns how each request of an access log ended."""
    return [(each["ended"], each["detail"]) for each in records(log, "request")]


def logging_proxy(stand, upstream):
    """Returns a proxy, the path of its access log, and how many sockets it has now."""
    log = stand.path("access.log")
    proxy = stand.proxy(upstream, head=f'access_log = "{log}"\n{TIMEOUTS}')
    return proxy, log, proxy.open_sockets()


class Tunnels(unittest.TestCase):
    """An origin ends its direction of a tunnel and breaks the other one a moment later."""

    def setUp(self):
        self.seen = threading.Event()  # the client has seen the end of what the origin sends
        self.broken = threading.Event()
        self.addCleanup(self.seen.set)

    def h1_origin(self, peer):
        peer.read_request()
        peer.send(b"HTTP/1.1 200 OK\r\n\r\nhello").half_close()
        self.seen.wait(20)
        peer.reset()
        self.broken.set()

    def h2_origin(self, peer):
        def on_request(peer, stream, _fields, _end):
            peer.send(h2_head(stream) + frame(DATA, END_STREAM, stream, b"hello"))
            self.seen.wait(20)
            peer.send(rst(stream))
            self.broken.set()
        h2_serve(peer, on_request)

    def check(self, scheme, script, then):
        with Stand() as stand, ScriptedOrigin(script) as origin:
            proxy, log, before = logging_proxy(stand, f"{scheme}://{origin.address}")
            with h1_client(proxy.address) as client:
                client.send(b"CONNECT a:443 HTTP/1.1\r\nhost: a:443\r\n\r\n")
                self.assertIn(b" 200 ", client.read_until(b"\r\n\r\n"))
                self.assertEqual(client.read_all(), b"hello")
                self.assertEqual(client.ended, "fin")
                self.seen.set()
                self.assertTrue(self.broken.wait(20))
                if scheme == "h2c":
                    until("the idle upstream went", lambda: proxy.open_sockets() <= before + 1)
                then(client)
                until("the exchange ended", lambda: records(log, "request"))
                until("everything was closed", lambda: proxy.open_sockets() <= before)

    def test_a_client_that_closes_behind_a_broken_h2_tunnel_is_gone(self):
        self.check("h2c", self.h2_origin, lambda client: client.close())

    def test_a_client_that_ends_its_direction_of_a_broken_h2_tunnel_is_gone(self):
        self.check("h2c", self.h2_origin, lambda client: client.half_close())

    def test_a_client_that_does_nothing_behind_a_broken_h1_tunnel_is_gone(self):
        self.check("h1", self.h1_origin, lambda client: None)

    def test_a_client_that_does_nothing_behind_a_broken_h2_tunnel_is_gone(self):
        self.check("h2c", self.h2_origin, lambda client: None)

    def test_a_client_that_goes_on_sending_into_a_broken_tunnel_is_cut(self):
        self.check("h1", self.h1_origin, lambda client: client.send(b"more"))


class Clients(unittest.TestCase):
    def h2_client_without_window(self, proxy):
        """Returns a client whose answer waits for a window it does not give, and that answer."""
        client = H2Client(proxy.address,
                          settings=struct.pack(">HI", SETTINGS_INITIAL_WINDOW_SIZE, 1000))
        self.addCleanup(client.close)
        client.credit = lambda *_: None
        outcome = client.outcome(client.request())
        client.run_until(lambda _: len(outcome.content) >= 1000)
        client.ping()  # nothing is left unread
        self.assertEqual((outcome.status, len(outcome.content)), (200, 1000))
        return client, outcome

    def test_an_answer_that_waits_for_the_window_of_a_client_that_left_is_dropped(self):
        for size in (30_000, 3_000_000):  # the whole of it waits in the proxy; at the origin, too
            with self.subTest(size=size), Stand() as stand, \
                    ScriptedOrigin(h1_answers(bytes(size))) as origin:
                proxy = stand.proxy(f"h1://{origin.address}", "h2c", head=PATIENT)
                before = proxy.open_sockets()
                client, _ = self.h2_client_without_window(proxy)
                client.close()
                until("everything was closed", lambda: proxy.open_sockets() <= before)

    def test_an_answer_that_waits_for_a_window_too_long_is_reset(self):
        with Stand() as stand, ScriptedOrigin(h1_answers(bytes(3_000_000))) as origin:
            proxy = stand.proxy(f"h1://{origin.address}", "h2c", head=TIMEOUTS)
            client, outcome = self.h2_client_without_window(proxy)
            client.run_until(lambda _: outcome.reset)
            self.assertEqual(outcome.reset, "CANCEL")
            self.assertEqual(len(outcome.content), 1000)

    def test_an_h2_client_that_reads_nothing_of_complete_answers_is_closed(self):
        count, size = 95, 60_000  # more than a kernel holds, and each as much as may be queued
        with Stand() as stand, ScriptedOrigin(h1_answers(bytes(size))) as origin:
            log = stand.path("access.log")
            proxy = stand.proxy(f"h1://{origin.address}", "h2c",
                                head=f'access_log = "{log}"\n{TIMEOUTS}')
            before = proxy.open_sockets()
            with slow_h2_client(proxy.address, 65535, segment=536) as client:
                for _ in range(count):
                    client.request()
                until("all was answered", lambda: len(records(log, "request")) == count)
                until("everything was closed", lambda: proxy.open_sockets() <= before)


    def check_reset(self, script, client_of, *listeners):
        """A client that asks and reads nothing is reset, though nothing else goes wrong."""
        with Stand() as stand, ScriptedOrigin(script) as origin:
            log = stand.path("access.log")
            proxy = stand.proxy(f"h1://{origin.address}", *listeners,
                                head=f'access_log = "{log}"\n{TIMEOUTS}')
            before = proxy.open_sockets()
            with client_of(proxy) as client:
                until("everything was closed", lambda: proxy.open_sockets() <= before)
                until("it was logged", lambda: ends(log))
                self.assertEqual(ends(log), [("downstream:timeout:response_body", "stall")])
                client.read_all()
                self.assertEqual(client.ended, "reset")

    def h1_client_that_asks(self, proxy):
        return Peer(slow_socket(proxy.address, segment=536)).send(GET)

    def h2_client_that_asks(self, proxy):
        client = slow_h2_client(proxy.address, WINDOW, segment=536)
        client.request()
        return client

    def test_an_h1_client_that_reads_nothing_of_its_answer_is_reset(self):
        self.check_reset(h1_answers(bytes(30_000_000)), self.h1_client_that_asks)

    def test_an_h1_client_is_reset_for_what_the_kernel_holds_alone(self):
        over = threading.Event()
        self.addCleanup(over.set)

        def drip(peer):
            peer.read_request()
            peer.send(b"HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n" + bytes(20_000))
            while not over.wait(0.05) and not peer.ended:
                peer.send(b"x")
        self.check_reset(drip, self.h1_client_that_asks)

    def test_an_h2_client_that_gives_window_and_reads_nothing_is_reset(self):
        self.check_reset(h1_answers(bytes(30_000_000)), self.h2_client_that_asks, "h2c")

    def test_a_client_that_reads_slowly_gets_its_answer_of_many_idle_times(self):
        size = 1_600_000
        with Stand() as stand, ScriptedOrigin(h1_answers(bytes(size))) as origin:
            proxy = stand.proxy(f"h1://{origin.address}", head=TIMEOUTS)
            with Peer(slow_socket(proxy.address, buffer=16384)).send(GET) as client:
                self.assertIn(b" 200 ", client.read_until(b"\r\n\r\n"))
                got = len(client.buffer)
                self.assertEqual(got + read_at(client, 400_000, size - got), size, client.ended)

    def test_whoever_waits_for_a_slow_origin_has_not_stalled(self):
        def serve(peer):
            peer.read_request()
            peer.send(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhello")
            time.sleep(1.5)
            peer.send(b"later").read_all()
        with Stand() as stand, ScriptedOrigin(serve) as origin:
            proxy = stand.proxy(f"h1://{origin.address}", head=TIMEOUTS)
            with h1_client(proxy.address).send(GET) as client:
                self.assertEqual(client.read_response()[2], b"hellolater")


class Upstreams(unittest.TestCase):
    def check_no_taker(self, scheme, script, detail):
        """A request whose content nobody takes is answered, and its upstream is given up."""
        with Stand() as stand, ScriptedOrigin(script) as origin:
            proxy, log, before = logging_proxy(stand, f"{scheme}://{origin.address}")
            with h1_client(proxy.address) as client:
                client.send(b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 10000000\r\n\r\n")
                upload = threading.Thread(target=client.send, args=(bytes(10_000_000),), daemon=True)
                upload.start()
                self.assertEqual(client.read_response()[0], 504)
                upload.join(20)
            until("everything was closed", lambda: proxy.open_sockets() <= before)
            until("it was logged", lambda: ends(log))
            self.assertEqual(ends(log), [("upstream:timeout:request_body", detail)])
            self.assertEqual(origin.accepted, 1)

    def test_an_h1_upstream_that_takes_no_content_is_given_up(self):
        stuck = StuckOrigin(streams=100)
        self.addCleanup(stuck.release)
        self.check_no_taker("h1", stuck.h1_script, "stall")

    def test_an_h2_upstream_that_takes_no_content_is_given_up(self):
        stuck = StuckOrigin(streams=100)
        self.addCleanup(stuck.release)
        self.check_no_taker("h2c", stuck.script, "stall")

    def test_an_h1_upstream_that_takes_no_content_but_answers_is_heard_out(self):
        over = threading.Event()
        self.addCleanup(over.set)

        def script(peer):
            peer.read_until(b"\r\n\r\n")
            peer.send(b"HTTP/1.1 200 OK\r\ncontent-length: 10000\r\n\r\n")
            for _ in range(10):
                time.sleep(0.2)
                peer.send(bytes(1000))
            over.wait(20)
        with Stand() as stand, ScriptedOrigin(script) as origin:
            proxy = stand.proxy(f"h1://{origin.address}", head=TIMEOUTS)
            with h1_client(proxy.address) as client:
                client.send(b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 10000000\r\n\r\n")
                threading.Thread(target=client.send, args=(bytes(10_000_000),), daemon=True).start()
                status, _, content = client.read_response()
                self.assertEqual((status, len(content)), (200, 10000))

    def test_an_h2_upstream_that_gives_no_window_is_told_a_reset(self):
        frames = []

        def script(peer):
            h2_serve(peer, lambda *_: frames.extend(peer.read_frames_until(
                lambda got: got[0] == RST_STREAM)) or True)
        self.check_no_taker("h2c", script, "window")
        self.assertEqual((frames[-1][0], frames[-1][3]), (RST_STREAM, rst(1)[9:]))

    def test_an_h1_upstream_that_stopped_reading_goes_with_its_exchange(self):
        stuck = StuckOrigin(streams=100)
        self.addCleanup(stuck.release)
        with Stand() as stand, ScriptedOrigin(stuck.h1_script) as origin:
            proxy = stand.proxy(f"h1://{origin.address}", head="[timeouts]\nupstream_idle_ms = 60000")
            before = proxy.open_sockets()
            with h1_client(proxy.address) as client:
                fill_the_way(client, proxy)
                self.assertTrue(stuck.begun.wait(20))
                client.reset()
            until("everything was closed", lambda: proxy.open_sockets() <= before)

    def test_an_idle_h2_upstream_that_stopped_reading_is_closed(self):
        stuck = StuckOrigin(streams=100)
        self.addCleanup(stuck.release)
        with Stand() as stand, ScriptedOrigin(stuck.script) as origin:
            proxy = stand.proxy(f"h2c://{origin.address}", head=PATIENT)
            before = proxy.open_sockets()
            with h1_client(proxy.address) as client:
                fill_the_way(client, proxy)
                self.assertTrue(stuck.begun.wait(20))
                client.reset()
            until("everything was closed", lambda: proxy.open_sockets() <= before)
            self.assertEqual(origin.accepted, 1)
            stuck.release()


class Floods(unittest.TestCase):
    def test_interim_responses_without_end_hold_up_nobody_else(self):
        """A flood that never lets the socket run dry is one turn among others."""
        over = threading.Event()
        self.addCleanup(over.set)

        def on_request(peer, stream, fields, _end):
            self.assertEqual(fields[":path"], "/storm")
            hints = frame(HEADERS, END_HEADERS, stream, block((":status", "103"))) * 20_000
            while not over.is_set() and not peer.ended:
                peer.sock.sendall(hints)

        with ScriptedOrigin(lambda peer: h2_serve(peer, on_request)) as origin, \
                ScriptedOrigin(h1_answers(b"calm")) as calm, Stand() as stand:
            proxy = stand.proxy(f"h2c://{origin.address}", head="threads = 1\n[timeouts]\n"
                                "response_ms = 60000\ndrain_ms = 1000", more=f"""
name = "storm"
{table("upstream", name="calm", url=f"h1://{calm.address}")}
{table("route", path="/storm", upstream="storm")}
{table("route", path="/", upstream="calm")}""")
            with h1_client(proxy.address) as victim:
                victim.send(b"GET /storm HTTP/1.1\r\nhost: a\r\n\r\n")
                self.assertIn(b" 103 ", victim.read_until(b"\r\n\r\n"))
                # Without turns each of these waits until the flood makes a pause.
                for _ in range(20):
                    self.assertEqual(h1_get(proxy.address)[0], 200)
                self.assertFalse(over.is_set())
                proxy.process.send_signal(signal.SIGTERM)
                self.assertEqual(proxy.process.wait(30), 0, "it stops while the flood goes on")


if __name__ == "__main__":
    bounded(120)
    unittest.main()
