"""Rapid reset: requests that are reset at once never reach an origin (RFC 9113 §10.5, batch law).

REGAUGE_PAIRS sets how many pairs of HEADERS and RST_STREAM each attack sends; 100 go in a write. An
attacker who gives the requests time, and resets them then, is held by the ledger to a number that is
stated, connection by connection."""
import os
import threading
import time
import unittest

from stand import Stand, bounded
from wire_peers import DATA, END_HEADERS, END_STREAM, HEADERS, H2Client, ScriptedOrigin, frame, \
    h2_head, h2_serve, request_block, rst

PAIRS = int(os.environ.get("REGAUGE_PAIRS", "20000"))
PAIRS_A_WRITE = 100
FLOOD_SHARE_MAX = 0.001
DELAY_SECONDS = 0.005
DELAYED_CONNECTIONS = 3
DELAYED_MAX = 1000  # requests that one connection gets to an origin


class CountingOrigin(ScriptedOrigin):
    """Answers requests and counts those of the attacker apart from those of the client. With `silent`
    those of the attacker get no answer: a handler that works until it is cancelled."""

    def __init__(self, protocol="h1", silent=False):
        self.attacks = 0
        self.silent = silent
        self.lock = threading.Lock()
        super().__init__(self.serve_h1 if protocol == "h1" else self.serve_h2, backlog=256)
        self.upstream = f"{protocol}://{self.address}"

    def serve_h2(self, peer):
        def answer(peer, stream, fields, _end):
            attack = fields[":path"] == "/attack"
            if attack:
                with self.lock:
                    self.attacks += 1
            if not attack or not self.silent:
                peer.send(h2_head(stream) + frame(DATA, END_STREAM, stream, b"hello\n"))

        h2_serve(peer, answer)

    def serve_h1(self, peer):
        while head := peer.read_request():
            attack = head.startswith(b"GET /attack")
            if attack:
                with self.lock:
                    self.attacks += 1
            if attack and self.silent:
                peer.read_all()  # until the proxy gives up
                return
            peer.send(b"HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nhello\n")


class Attacker:
    """Sends pairs over as many connections as it takes."""

    def __init__(self, address):
        self.address = address
        self.block = request_block(path="/attack")
        self.connections = 0
        self.goaways = []

    def connect(self):
        self.connections += 1
        return H2Client(self.address).ping()

    def write_of_pairs(self, client, pairs):
        octets = b""
        for _ in range(pairs):
            stream = client.next_stream
            client.next_stream += 2
            octets += frame(HEADERS, END_HEADERS | END_STREAM, stream, self.block) + rst(stream)
        client.send(octets)

    def run(self, pairs, wait):
        """Sends all pairs; with `wait` each write was read before the next is made."""
        client = self.connect()
        while pairs > 0:
            now = min(pairs, PAIRS_A_WRITE)
            self.write_of_pairs(client, now)
            pairs -= now
            if wait:
                client.ping()
            else:
                client.sock.setblocking(False)
                try:
                    client.fill()
                except (BlockingIOError, OSError):
                    pass
                client.sock.settimeout(15)
            if client.ended or client.goaways:
                self.goaways += client.until_closed().goaways
                client.close()
                client = self.connect()
        client.ping()
        self.goaways += client.goaways
        client.close()


    def run_delayed(self):
        """Opens groups of streams and resets each group a little later, until it is cut off."""
        client = self.connect()
        try:
            while not client.ended:
                streams = range(client.next_stream, client.next_stream + 2 * PAIRS_A_WRITE, 2)
                client.next_stream = streams.stop
                client.send(b"".join(frame(HEADERS, END_HEADERS | END_STREAM, each, self.block)
                                     for each in streams))
                time.sleep(DELAY_SECONDS)
                client.send(b"".join(map(rst, streams)))
                client.ping()
        except OSError:
            pass
        self.goaways += client.goaways
        client.close()


class WellBehaved(threading.Thread):
    """A client that goes on meanwhile; it must lose nothing."""

    def __init__(self, address):
        super().__init__(daemon=True)
        self.address = address
        self.stopping = threading.Event()
        self.answered = 0
        self.lost = []

    def run(self):
        with H2Client(self.address) as client:
            while not self.stopping.is_set():
                outcome = client.finish(client.request(path="/good"))
                if outcome.complete and outcome.content == b"hello\n":
                    self.answered += 1
                else:
                    self.lost.append((outcome.status, outcome.reset, client.goaways))
                    return

    def stop(self):
        self.stopping.set()
        self.join(15)


class RapidResetTest(unittest.TestCase):
    def attack(self, wait):
        """Returns (attacks that reached the origin, connections of it, the attacker)."""
        with Stand() as stand, CountingOrigin() as origin:
            proxy = stand.proxy(origin.upstream, "h2c")
            good = WellBehaved(proxy.address)
            good.start()
            attacker = Attacker(proxy.address)
            attacker.run(PAIRS, wait)
            good.stop()
            self.assertEqual(good.lost, [])
            self.assertGreater(good.answered, 0)
            print(f"{'waits' if wait else 'floods'}: {PAIRS} pairs, {attacker.connections} "
                  f"connections, {origin.attacks} requests at the origin over {origin.accepted} "
                  f"connections, {good.answered} good requests", flush=True)
            return origin.attacks, origin.accepted, attacker

    def test_an_attacker_who_waits_reaches_no_origin(self):
        attacks, connections, attacker = self.attack(wait=True)
        self.assertEqual(attacks, 0)
        self.assertEqual(connections, 1, "the well-behaved client needs one")
        self.assertTrue(attacker.goaways, "the ledger ends connections")

    def test_an_attacker_who_floods_reaches_next_to_none(self):
        attacks, _, attacker = self.attack(wait=False)
        self.assertLessEqual(attacks, PAIRS * FLOOD_SHARE_MAX)
        self.assertTrue(attacker.goaways, "the ledger ends connections")

    def test_an_attacker_who_waits_for_handlers_is_bounded_by_the_ledger(self):
        for protocol in ("h1", "h2c"):
            with Stand() as stand, CountingOrigin(protocol, silent=True) as origin:
                proxy = stand.proxy(origin.upstream, "h2c")
                good = WellBehaved(proxy.address)
                good.start()
                attacker = Attacker(proxy.address)
                most = 0
                for _ in range(DELAYED_CONNECTIONS):
                    before = origin.attacks
                    attacker.run_delayed()
                    most = max(most, origin.attacks - before)
                good.stop()
                self.assertEqual(good.lost, [])
                self.assertGreater(good.answered, 0)
                print(f"delayed: {origin.attacks} requests at the {protocol} origin over "
                      f"{attacker.connections} connections of the attacker, {most} at most from one, "
                      f"{good.answered} good requests", flush=True)
                self.assertGreater(origin.attacks, 0, "the delay lets some through")
                self.assertLessEqual(most, DELAYED_MAX)
                self.assertGreaterEqual(len(attacker.goaways), DELAYED_CONNECTIONS)


if __name__ == "__main__":
    bounded(280)
    unittest.main()
