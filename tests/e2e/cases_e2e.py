"""The conformance cases over sockets: what `regauge run` makes of their octets, and what reaches the
origin. An accepted HTTP/1 request arrives as exactly one canonical message; a refused one gets the
status of its rule, the connection closes and nothing complete arrives. HTTP/2 cases end with the
error that they state."""
import base64
import json
import os
import re
import socket
import struct
import subprocess
import unittest

import wire
from recorder import Recorder
from stand import ROOT, Stand, bounded, program_of

PRESETS = {"strict": "strict", "permissive": "maximal"}  # the key of a case, the preset
DATA, HEADERS, RST_STREAM, PING, GOAWAY = 0, 1, 3, 6, 7
ACK = END_STREAM = 1
# A preset may forgive these in a value, but what is written has a space in their place.
CONTROLS = re.compile(r"[\x01-\x08\x0b\x0c\x0e-\x1f\x7f]")
# The cases take a server without extended CONNECT for granted; the proxy offers it.
OTHER_SETTINGS = ("connect-protocol-not-enabled",)
ERROR_CODES = ("NO_ERROR", "PROTOCOL_ERROR", "INTERNAL_ERROR", "FLOW_CONTROL_ERROR",
               "SETTINGS_TIMEOUT", "STREAM_CLOSED", "FRAME_SIZE_ERROR", "REFUSED_STREAM", "CANCEL",
               "COMPRESSION_ERROR", "CONNECT_ERROR", "ENHANCE_YOUR_CALM")


def cases(name):
    with open(os.path.join(ROOT, "tests/cases", name), encoding="utf-8") as file:
        return [json.loads(line) for line in file if line.strip()]


def octets_of(text):
    return base64.b64decode(text)


def inspected(kind, octets, *arguments):
    """Returns the events that `regauge inspect` prints, and its exit status."""
    done = subprocess.run([program_of("REGAUGE", "regauge"), "inspect", kind, "--json", *arguments],
                          input=octets, capture_output=True, timeout=20, check=False)
    return [json.loads(line) for line in done.stdout.splitlines()], done.returncode


def exchange_raw(address, octets):
    """Sends octets and the end of input, and returns all that comes until the proxy closes."""
    answer = b""
    with wire.dial(address) as sock:
        try:
            sock.sendall(octets)
            sock.shutdown(socket.SHUT_WR)
            while data := sock.recv(65536):
                answer += data
        except ConnectionError:
            pass  # refused while octets were on their way
    return answer


class Cases(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stand = Stand()
        cls.addClassCleanup(cls.stand.close)
        cls.origin = Recorder()
        cls.addClassCleanup(cls.origin.close)
        config = f"""default_authority = "default.test"
[[upstream]]
url = "h1://{cls.origin.address}"
[limits]
stream_window_bytes = 65535
connection_window_bytes = 65535
"""
        for preset in PRESETS.values():
            config += f"""[[listener]]
url = "h1://127.0.0.1:0"
[listener.h1]
preset = "{preset}"
"""
        config += """[[listener]]
url = "h2c://127.0.0.1:0"
[listener.h2]
preset = "strict"
malformed_request = "reset"
"""
        cls.proxy = cls.stand.regauge(config=config)
        cls.h1_addresses = dict(zip(PRESETS, cls.proxy.addresses))
        cls.h2_address = cls.proxy.addresses[2]
        cls.probes = 0

    def arrived(self):
        """Returns what has reached the origin, before a request that is known to be whole."""
        type(self).probes += 1
        target = f"/probe-{self.probes}"
        answer = exchange_raw(self.h1_addresses["strict"],
                              f"GET {target} HTTP/1.1\r\nHost: probe.test\r\n\r\n".encode())
        self.assertRegex(answer, rb"^HTTP/1\.1 204 ")
        return self.origin.until(target)

    # --- HTTP/1.1 --------------------------------------------------------------------------------

    def check_canonical(self, canonical, message):
        """Compares what arrived with the canonical form; fields are those of the message."""
        self.assertTrue(message.complete, message)
        method, target, authority = message.head.start
        self.assertEqual(method, canonical["method"])
        self.assertEqual(target, canonical["target"])
        self.assertEqual(message.content, octets_of(canonical["body_b64"]))
        fields = {}
        for name, value in canonical["headers"]:
            fields.setdefault(name, []).append(value)
        self.assertEqual(authority, fields.pop("host", [""])[0] or "default.test")
        nominated = re.split(r"[\s,]+", " ".join(fields.get("connection", [])).lower())
        for name, values in fields.items():
            if name in ("connection", "keep-alive", "transfer-encoding", "te", "content-length",
                        "upgrade", "trailer", "expect", "cookie", "x-forwarded-for", *nominated):
                continue
            written = [CONTROLS.sub(" ", value).strip() for value in values]
            self.assertEqual(message.head.values(name), written, name)
        trailers = [tuple(each) for each in canonical.get("trailers", [])]
        self.assertEqual(message.trailers or [], trailers)

    def check_h1(self, case, key):
        octets = octets_of(case["bytes_b64"])
        canonical = case["canonical"]
        accepted = case[key] == "accept"
        if accepted and not canonical["close_after"]:
            leftover = octets_of(canonical["leftover_b64"])
            octets = octets[:len(octets) - len(leftover)]
        answer = exchange_raw(self.h1_addresses[key], octets)
        came = self.arrived()
        status = int(answer[9:12]) if answer else None
        whole = [message for message in came if message.complete]
        if accepted:
            self.assertEqual(len(came), 1, (answer, came))
            self.check_canonical(canonical, came[0])
            # HTTP/0.9 has no status.
            wanted = None if canonical["version"] == "0.9" else 204
            self.assertEqual(status, 403 if canonical["method"] == "CONNECT" else wanted)
            return
        events, _ = inspected("h1-request", octets, "--policy", PRESETS[key])
        violation = [each for each in events if each["event"] == "violation"][0]
        self.assertIn(violation["name"], case["deviation"])
        self.assertEqual(whole, [], "a refused request arrived")
        # Nobody can be told about input that ends inside a head.
        self.assertEqual(status, violation["status"], (violation, answer))
        self.assertEqual(answer.count(b"HTTP/1.1 "), 1, answer)

    def test_h1_requests_get_their_verdict(self):
        counts = {"accept": 0, "reject": 0}
        for case in cases("h1.jsonl"):
            if case["side"] != "request":
                continue
            for key in PRESETS:
                with self.subTest(case=case["name"], preset=PRESETS[key]):
                    self.check_h1(case, key)
                    counts[case[key]] += 1
        print(f"h1: {counts['accept']} accepted and {counts['reject']} refused as stated")
        self.assertGreaterEqual(min(counts.values()), 40)

    # --- HTTP/2 ----------------------------------------------------------------------------------

    def verdict_h2(self, octets, asked):
        """Sends octets and a PING; returns the verdict that was seen before its answer, and before
        the answers to the streams in `asked`."""
        verdict = {"kind": "ok"}
        awaited = {0, *asked}  # 0 stands for the PING
        with wire.dial(self.h2_address) as sock:
            received = b""
            try:
                sock.sendall(octets + b"\0\0\x08\x06\0\0\0\0\0the ping")
                while awaited:
                    frame, received = self.next_frame(sock, received)
                    if frame is None:
                        break
                    kind, flags, stream, payload = frame
                    if kind == PING and flags & ACK and payload == b"the ping":
                        awaited.discard(0)
                    if kind == RST_STREAM or (kind in (DATA, HEADERS) and flags & END_STREAM):
                        awaited.discard(stream)
                    if kind == RST_STREAM:
                        code = ERROR_CODES[struct.unpack("!I", payload)[0]]
                        if code != "NO_ERROR" and verdict["kind"] == "ok":
                            verdict = {"kind": "stream_error", "code": code, "stream": stream}
                    if kind == GOAWAY:
                        code = ERROR_CODES[struct.unpack("!I", payload[4:8])[0]]
                        if code != "NO_ERROR":
                            verdict = {"kind": "connection_error", "code": code}
            except ConnectionError:
                pass  # closed while octets were on their way
        return verdict

    def next_frame(self, sock, received):
        while True:
            if len(received) >= 9:
                size = int.from_bytes(received[:3], "big")
                if len(received) >= 9 + size:
                    stream = int.from_bytes(received[5:9], "big") & 0x7fffffff
                    frame = (received[3], received[4], stream, received[9:9 + size])
                    return frame, received[9 + size:]
            data = sock.recv(65536)
            if not data:
                return None, received
            received += data

    def check_h2(self, case):
        octets = octets_of(case["bytes_b64"])
        events, status = inspected("h2-server", octets)
        if status == 3:
            return False  # it ends inside a frame, where no PING can stand
        dead = {each.get("stream") for each in events if each["event"] in ("violation", "reset")}
        ends = {each["stream"] for each in events if each["event"] == "end"} - dead
        heads = [each for each in events if each["event"] == "head" and
                 (each["stream"] in ends or each["method"] == "CONNECT")]
        verdict = self.verdict_h2(octets, [each["stream"] for each in heads])
        allowed = [case["expect"], *case.get("alt", [])]
        agrees = any(all(verdict.get(key) == value for key, value in each.items())
                     for each in allowed)
        self.assertTrue(agrees, (verdict, case["expect"]))
        came = [message for message in self.arrived() if message.complete]
        if verdict["kind"] == "ok":
            self.assertEqual(sorted(each["target"] for each in heads),
                             sorted(message.head.start[1] for message in came))
        return True

    def test_h2_connections_get_their_verdict(self):
        counts = {"ok": 0, "stream_error": 0, "connection_error": 0}
        for case in cases("h2.jsonl"):
            if case["role"] != "server" or "setup" in case or case["name"] in OTHER_SETTINGS:
                continue
            with self.subTest(case=case["name"]):
                if self.check_h2(case):
                    counts[case["expect"]["kind"]] += 1
        print(f"h2: {counts} as stated")
        self.assertGreaterEqual(min(counts.values()), 30)


if __name__ == "__main__":
    bounded(250)
    unittest.main()
