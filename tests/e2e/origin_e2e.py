#!/usr/bin/env python3
"""The origin by itself: what tests rely on behind the proxy has to be true without it."""
import hashlib
import json
import os
import subprocess
import sys
import unittest

import grpc


class Origin:
    """A running regauge-origin and the addresses it printed."""

    def __init__(self):
        self.process = subprocess.Popen(
            [os.environ["REGAUGE_ORIGIN"], "--h1", "127.0.0.1:0", "--h2c", "127.0.0.1:0", "--stats", "127.0.0.1:0"],
            stdout=subprocess.PIPE, text=True)
        self.address = dict(self.process.stdout.readline().split() for _ in range(3))

    def stop(self):
        self.process.terminate()
        code = self.process.wait(timeout=10)
        self.process.stdout.close()
        return code


def curl(*arguments, content=b""):
    """Returns curl's exit status and what it wrote."""
    done = subprocess.run(["curl", "-s", "--max-time", "20", *arguments], input=content, capture_output=True)
    return done.returncode, done.stdout


def known(octets):
    lines = b"".join(b"%015d\n" % line for line in range(octets // 16 + 1))
    return lines[:octets]


class OriginTest(unittest.TestCase):
    def setUp(self):
        self.origin = Origin()
        h1, h2c = self.origin.address["h1"], self.origin.address["h2c"]
        self.protocols = {"h1": ([], f"http://{h1}"), "h2c": (["--http2-prior-knowledge"], f"http://{h2c}")}

    def tearDown(self):
        self.assertEqual(self.origin.stop(), 0)

    def each(self):
        for name, (options, base) in self.protocols.items():
            with self.subTest(name):
                yield options, base

    def stats(self):
        return json.loads(curl(f"http://{self.origin.address['stats']}/stats")[1])

    def test_content_comes_and_goes_unchanged(self):
        content = os.urandom(1_000_000)
        for options, base in self.each():
            for framing in ([], ["-H", "transfer-encoding: chunked"]):
                self.assertEqual(curl(*options, *framing, "--data-binary", "@-", f"{base}/echo", content=content),
                                 (0, content))
            said = json.loads(curl(*options, "-T", "-", f"{base}/upload", content=content)[1])
            self.assertEqual(said, {"octets": len(content), "sha256": hashlib.sha256(content).hexdigest()})
            for octets in (0, 1, 100_001):
                self.assertEqual(curl(*options, f"{base}/bytes/{octets}"), (0, known(octets)))
            self.assertEqual(curl(*options, f"{base}/bytes/100001?chunked=1"), (0, known(100_001)))

    def test_heads_tell_status_interim_and_trailers(self):
        for options, base in self.each():
            for status in (200, 204, 304, 404, 503):
                self.assertEqual(curl(*options, "-o", "-", "-w", "|%{http_code}", f"{base}/status/{status}")[1].split(
                    b"|")[1], b"%d" % status)
            self.assertIn(b"content-length: 5\r\n", curl(*options, "-I", f"{base}/bytes/5")[1].lower())
            interim = curl(*options, "-i", f"{base}/interim")[1]
            self.assertEqual([line.split()[1] for line in interim.splitlines() if line.startswith(b"HTTP/")],
                             [b"103", b"200"])
            self.assertTrue(curl(*options, "-i", f"{base}/trailers")[1].endswith(b"x-colons: a:b: c::d\r\n"))
            self.assertIn(b"413", curl(*options, "-i", "-T", "-", f"{base}/early?keep=1", content=known(300_000))[1])

    def test_a_cut_answer_is_seen_as_cut(self):
        for options, base in self.each():
            for query in ("", "?chunked=1"):
                self.assertIn(curl(*options, f"{base}/cut{query}")[0], (18, 92))

    def test_connections_requests_and_abandoned_ones_are_counted(self):
        for options, base in self.each():
            self.assertEqual(curl(*options, f"{base}/status/200"), (0, b"status 200\n"))
            self.assertEqual(curl(*options, "--max-time", "0.3", f"{base}/hold")[0], 28)
        for counters in self.stats().values():
            self.assertEqual((counters["connections"], counters["requests"], counters["abandoned"]), (2, 2, 1))

    def test_grpc_calls_of_every_kind(self):
        def request(text, count=0):
            octets = text.encode()
            return b"\x0a" + bytes([len(octets)]) + octets + (b"\x10" + bytes([count]) if count else b"")

        path = "/regauge.demo.Echo/"
        with grpc.insecure_channel(self.origin.address["h2c"]) as channel:
            metadata = (("echo-head-a", "1"), ("echo-trailer-b-bin", b"\x00\xff"))
            reply, call = channel.unary_unary(path + "Unary").with_call(request("one"), metadata=metadata, timeout=10)
            self.assertEqual(reply, request("one"))
            self.assertEqual(dict(call.initial_metadata()), {"echo-head-a": "1"})
            self.assertEqual(dict(call.trailing_metadata()), {"echo-trailer-b-bin": b"\x00\xff", "x-colons": "a:b: c::d"})
            replies = channel.unary_stream(path + "ServerStream")(request("s", 3), timeout=10)
            self.assertEqual(list(replies), [request("s 1"), request("s 2"), request("s 3")])
            texts = [request("a"), request("b")]
            self.assertEqual(channel.stream_unary(path + "ClientStream")(iter(texts), timeout=10), request("a b"))
            self.assertEqual(list(channel.stream_stream(path + "BidiStream")(iter(texts), timeout=10)), texts)
            for count in (0, 2):
                received = []
                with self.assertRaises(grpc.RpcError) as failed:
                    for reply in channel.unary_stream(path + "Fail")(request("100 % \u00e4\n", count), timeout=10):
                        received.append(reply)
                self.assertEqual(len(received), count)
                self.assertEqual(failed.exception.code(), grpc.StatusCode.INVALID_ARGUMENT)
                self.assertEqual(failed.exception.details(), "100 % \u00e4\n")


if __name__ == "__main__":
    if "REGAUGE_ORIGIN" not in os.environ:
        sys.exit("REGAUGE_ORIGIN has to name the program")
    unittest.main(verbosity=2)
