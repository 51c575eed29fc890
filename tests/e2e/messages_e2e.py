"""Messages step by step through each pair of protocols: streaming, interim responses, trailers,
status codes without content, early responses. Client and origin are scripted by the test."""
import unittest

import wire
from path import PathTest
from stand import bounded


class Messages(PathTest):
    def test_content_streams_in_both_directions(self):
        """The first piece is there before the last was sent, whatever its size."""
        def steps(client, origin):
            sent = client.request("POST", "/up", end=False)
            got = origin.accept()
            self.assertEqual(got.came.start, ("POST", "/up", "a.test"))
            for piece in (b"1", b"22" * 5000, b"333"):
                sent.send(piece)
                self.assertEqual(got.exactly(len(piece)), piece)
            got.respond(200, [("content-type", "text/plain")])
            self.assertEqual(sent.head().status, 200)
            for piece in (b"a", b"bb" * 5000, b"ccc"):
                got.send(piece)
                self.assertEqual(sent.exactly(len(piece)), piece)
            sent.send(b"last", end=True)
            self.assertEqual(got.rest(), b"last")
            got.send(b"end", end=True)
            self.assertEqual(sent.rest(), b"end")
        self.on_each_pair(steps)

    def test_content_of_known_length_streams_in_both_directions(self):
        def steps(client, origin):
            sent = client.request("PUT", "/up", end=False, length=10)
            got = origin.accept()
            self.assertEqual(got.came.value("content-length"), "10")
            for piece in (b"0123", b"456789"):
                sent.send(piece)
                self.assertEqual(got.exactly(len(piece)), piece)
            if origin.kind == "h1":
                self.assertEqual(got.rest(), b"")
            got.respond(200, length=8)
            self.assertEqual(sent.head().value("content-length"), "8")
            for piece in (b"abc", b"defgh"):
                got.send(piece)
                self.assertEqual(sent.exactly(len(piece)), piece)
        self.on_each_pair(steps)

    def test_trailers_pass_in_both_directions(self):
        def steps(client, origin):
            sent = client.request("POST", "/t", [("te", "trailers")], end=False)
            got = origin.accept()
            sent.send(b"content")
            sent.send_trailers([("x-sum", "17"), ("x-empty", "")])
            self.assertEqual(got.rest(), b"content")
            self.assertEqual(got.trailers, [("x-sum", "17"), ("x-empty", "")])
            got.respond(200, [("trailer", "x-status")])
            got.send(b"answer")
            got.send_trailers([("x-status", "a: b"), ("x-twice", "1"), ("x-twice", "2")])
            sent.head()
            self.assertEqual(sent.rest(), b"answer")
            self.assertEqual(sent.trailers,
                             [("x-status", "a: b"), ("x-twice", "1"), ("x-twice", "2")])
        self.on_each_pair(steps)

    def test_interim_responses_pass_before_the_final_one(self):
        def steps(client, origin):
            sent = client.request("GET", "/early")
            got = origin.accept()
            for hint in ("</a.css>; rel=preload", "</b.css>; rel=preload"):
                got.interim(103, [("link", hint)])
                self.assertEqual(sent.head().status, 103)
                self.assertEqual(sent.came.value("link"), hint)
            got.respond(200, length=2)
            got.send(b"ok", end=True)
            self.assertEqual(sent.head().status, 200)
            self.assertEqual(sent.rest(), b"ok")
        self.on_each_pair(steps)

    def test_a_client_that_expects_100_continue_gets_it_from_the_origin(self):
        def steps(client, origin):
            sent = client.request("POST", "/e", [("expect", "100-continue")], end=False, length=4)
            got = origin.accept()
            self.assertEqual(got.came.value("expect"), "100-continue")
            got.interim(100)
            self.assertEqual(sent.head().status, 100)
            sent.send(b"body", end=True)
            self.assertEqual(got.rest(), b"body")
            got.respond(204, end=True)
            self.assertEqual(sent.head().status, 204)
        self.on_each_pair(steps)

    def test_an_expectation_may_be_answered_by_a_final_status(self):
        def steps(client, origin):
            sent = client.request("POST", "/e", [("expect", "100-continue")], end=False, length=4)
            got = origin.accept()
            got.respond(417, length=3)
            got.send(b"no\n", end=True)
            self.assertEqual(sent.head().status, 417)
            self.assertEqual(sent.rest(), b"no\n")
        self.on_each_pair(steps)

    def test_a_response_without_content_has_none(self):
        def steps(client, origin):
            for method, status, length in (("HEAD", 200, 1234), ("HEAD", 404, None),
                                           ("GET", 204, None), ("GET", 304, None),
                                           ("GET", 304, 99), ("GET", 200, 0)):
                sent = client.request(method, "/n")
                got = origin.accept()
                self.assertEqual(got.came.start[0], method)
                got.respond(status, [("etag", '"v"')], end=True, length=length)
                self.assertEqual(sent.head().status, status)
                wanted = None if length is None else str(length)
                if status != 200 or method != "GET":
                    self.assertEqual(sent.came.value("content-length"), wanted)
                self.assertEqual(sent.rest(), b"", (method, status))
        self.on_each_pair(steps)

    def test_requests_of_one_connection_follow_each_other(self):
        def steps(client, origin):
            for number in range(20):
                sent = client.request("POST", f"/{number}", end=False, length=3)
                sent.send(b"%3d" % number, end=True)
                got = origin.accept()
                self.assertEqual(got.rest(), b"%3d" % number)
                got.respond(200)
                got.send(b"%d" % number, end=True)
                self.assertEqual(sent.head().status, 200)
                self.assertEqual(sent.rest(), b"%d" % number)
            self.assertEqual(len(origin.peers), 1)
        self.on_each_pair(steps)

    def test_an_early_response_reaches_a_client_that_still_sends(self):
        def steps(client, origin):
            sent = client.request("POST", "/big", end=False, length=1_000_000)
            got = origin.accept()
            sent.send(b"x" * 1000)
            self.assertEqual(got.exactly(1000), b"x" * 1000)
            got.respond(413, [("x-limit", "1000")], length=9)
            got.send(b"too large", end=True)
            self.assertEqual(sent.head().status, 413)
            self.assertEqual(sent.came.value("x-limit"), "1000")
            self.assertEqual(sent.rest(), b"too large")
        self.on_each_pair(steps)

    def test_field_lines_keep_values_and_order(self):
        fields = [("x-b", "2"), ("x-a", "1"), ("x-b", "3, 4"), ("x-empty", ""),
                  ("x-octets", "caf\xe9 \xff"), ("accept", "text/html;q=0.5, */*")]
        def steps(client, origin):
            sent = client.request("GET", "/f?q=%20a&b=c;d", fields)
            got = origin.accept()
            self.assertEqual(got.came.start[1], "/f?q=%20a&b=c;d")
            self.assertEqual([each for each in got.came.fields if each in fields], fields)
            got.respond(200, [*fields, ("set-cookie", "a=1"), ("set-cookie", "b=2")], length=0,
                        end=True)
            head = sent.head()
            self.assertEqual([each for each in head.fields if each in fields], fields)
            self.assertEqual(head.values("set-cookie"), ["a=1", "b=2"])
        self.on_each_pair(steps)

    def test_connection_fields_stay_on_their_connection(self):
        def steps(client, origin):
            hop = [("connection", "x-hop, keep-alive"), ("x-hop", "1"), ("keep-alive", "timeout=5"),
                   ("proxy-connection", "keep-alive")] if isinstance(client, wire.H1Peer) else []
            sent = client.request("GET", "/c", [*hop, ("te", "trailers"), ("cookie", "a=1; b=2")])
            got = origin.accept()
            for name in ("x-hop", "keep-alive", "proxy-connection"):
                self.assertEqual(got.came.values(name), [])
            self.assertEqual("; ".join(got.came.values("cookie")), "a=1; b=2")
            back = [("connection", "x-back"), ("x-back", "1")] if origin.kind == "h1" else []
            got.respond(200, [*back, ("x-stays", "1")], length=0, end=True)
            head = sent.head()
            self.assertEqual((head.values("x-back"), head.values("x-stays")), ([], ["1"]))
        self.on_each_pair(steps)


if __name__ == "__main__":
    bounded(200)
    unittest.main()
