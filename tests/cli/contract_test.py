#!/usr/bin/env python3
"""The command line of regauge as others script against it: names, shapes and exit statuses."""
import base64
import json
import struct
import unittest

from program import inspect, run, translate

KINDS = ("h1-request", "h1-response", "h2-server", "h2-client", "hpack", "grpc-web")
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
USAGE = 2
NEEDS_MORE = 3


def frame(kind, flags, stream, payload=b""):
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload


def literal(name, value):
    return b"\x00" + bytes([len(name)]) + name + bytes([len(value)]) + value


SETTINGS = frame(4, 0, 0)
GET = b"\x82\x87\x84" + literal(b":authority", b"a.test")
POST = b"\x83\x87\x84" + literal(b":authority", b"a.test")
SERVER_STARTS = PREFACE + SETTINGS


def headers(stream, block, end_stream=True, end_headers=True):
    return frame(1, (1 if end_stream else 0) | (4 if end_headers else 0), stream, block)


def base64_of(octets):
    return base64.b64encode(octets).decode()


class Usage(unittest.TestCase):
    def expect_usage(self, *arguments, octets=b""):
        answer = run(arguments, octets)
        self.assertEqual(answer.status, USAGE, (arguments, answer.out, answer.err))
        self.assertEqual(answer.out, "", arguments)
        self.assertNotEqual(answer.err, "", arguments)
        return answer.err

    def test_a_command_is_required_and_known(self):
        self.expect_usage()
        self.expect_usage("explain")
        self.expect_usage("version", "--xml")
        self.expect_usage("translate", "extra")

    def test_kinds_policies_and_options_are_known(self):
        self.expect_usage("inspect")
        self.expect_usage("inspect", "h3-server")
        for kind in KINDS:
            self.expect_usage("inspect", kind, "--policy", "lenient")
            self.expect_usage("inspect", kind, "--bytes", "1")

    def test_cuts_are_a_count_bytes_or_a_seeded_random(self):
        for kind in KINDS:
            for cut in ("0", "-1", "x", "1x", "random", "random:", "random:x", "byte"):
                self.expect_usage("inspect", kind, "--cut", cut)
            for cut in ("1", "7", "bytes", "random:0", "random:12345678901234567890"):
                self.assertIn(run(["inspect", kind, "--cut", cut]).status, (0, 1, NEEDS_MORE), (kind, cut))

    def test_a_context_is_an_object_with_known_keys_of_the_right_types(self):
        for kind in KINDS:
            for context in ("[]", "1", "{", '{"a":1', '{"unheard_of":1}', '{} {}'):
                message = self.expect_usage("inspect", kind, "--context", context)
                self.assertEqual(message.count("\n"), 1, "one line")
            self.assertNotEqual(run(["inspect", kind, "--context", "{}"]).status, USAGE)
        wrong = {
            "h1-response": ({"request_method": 1}, {"upgrade_requested": "yes"}, {"first_on_connection": []},
                            {"request_method": "\u0100"}),
            "h2-server": ({"settings": []}, {"settings": {"max_streams": 1}}, {"settings": {"enable_push": "1"}},
                          {"settings": {"initial_window_size": -1}}, {"settings": {"initial_window_size": 1 << 31}},
                          {"settings": {"max_frame_size": 32768}}, {"rst_first": "1"}, {"no_auto_wu": {}},
                          {"requests": ["GET"]}),
            "h2-client": ({"requests": "GET"}, {"requests": [1]}, {"requests": ["G T"]}, {"requests": [""]},
                          {"requests": ["\u0100"]}),
            "hpack": ({"table_size": "1"}, {"table_size": -1}, {"list_bytes": 1.5}),
            "grpc-web": ({"side": "both"}, {"side": 1}, {"text": "no"}),
        }
        for kind, contexts in wrong.items():
            for context in contexts:
                self.expect_usage("inspect", kind, "--context", json.dumps(context))

    def test_a_request_has_no_context(self):
        self.expect_usage("inspect", "h1-request", "--context", '{"request_method":"GET"}')

    def test_run_wants_a_listener_and_an_upstream_that_make_sense(self):
        self.expect_usage("run", "--upstream", "h1://127.0.0.1:1")
        self.expect_usage("run", "--listen", "ftp://127.0.0.1:0", "--upstream", "h1://127.0.0.1:1")
        self.expect_usage("run", "--listen", "h1://127.0.0.1:0", "--upstream", "h3://127.0.0.1:1")
        self.expect_usage("run", "-c", "/nowhere/regauge.toml")
        self.expect_usage("run", "--scheduling", "fair")

    def test_help_names_every_option_of_the_contract(self):
        text = run(["run", "--help"]).out
        for name in ("-c", "-t", "--listen", "--upstream", "--cert", "--key", "--threads", "--scheduling",
                     "--admin", "--log-level", "--access-log"):
            self.assertRegex(text, rf"(?m)^\s+(-\w,)?{name}\b|,{name}\b", name)
        self.assertEqual(run(["--help"]).status, 0)

    def test_run_checks_a_configuration_with_t(self):
        answer = run(["run", "-t", "--listen", "h1://127.0.0.1:0", "--upstream", "h2c://127.0.0.1:1"])
        self.assertEqual(answer.status, 0, answer.err)


class Version(unittest.TestCase):
    def test_is_text_or_json(self):
        text = run(["version"])
        self.assertEqual(text.status, 0)
        one = json.loads(run(["version", "--json"]).out)
        self.assertEqual(text.out, f"regauge {one['version']}\n")


class InspectH1(unittest.TestCase):
    def test_a_head_has_the_shape_of_the_contract(self):
        octets = b"GET http://b.test/p?q HTTP/1.1\r\nHost: a.test\r\nX: a\r\n b\r\n\r\n"
        head, end = inspect("h1-request", octets, "--policy", "common").events
        note = head.pop("deviations")
        self.assertEqual(head, {"event": "head", "stream": 1, "method": "GET", "target": "/p?q", "scheme": "http",
                                "version": "1.1", "fields": [["host", "b.test"], ["x", "a b"]],
                                "framing": "none", "close_after": True})
        folds = [each for each in note if each["name"] == "obs-fold"]
        self.assertEqual([(each["section"], each["offset"]) for each in folds],
                         [("RFC 9112 5.2", octets.index(b"\r\n b") + 2)])
        self.assertEqual(end["event"], "end")
        self.assertIs(end["close_after"], True)

    def test_a_person_reads_where_what_was_done_and_why(self):
        octets = (b"POST / HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\nTransfer-Encoding: chunked\r\n\r\n"
                  b"1 \r\nx\r\n0\r\nAuthorization: a\r\n\r\n")
        folded = octets.replace(b"X: a\r\n b\r\n", b"")
        at = "    chunk-size-trailing-ws at offset %d (RFC 9112 7.1.1): White space behind the chunk size was dropped."
        dropped = ("    forbidden-trailer-field at offset %d (RFC 9110 6.5.1): "
                   "A field that may not stand in a trailer section was dropped.")
        answer = run(["inspect", "h1-request", "--policy", "maximal"], folded)
        lines = answer.out.splitlines()
        self.assertEqual(lines[-3].split()[0], "end", "what was met behind the head stands with the end")
        self.assertEqual(lines[-2:], [at % folded.index(b" \r\nx"), dropped % folded.index(b"Auth")])
        answer = run(["inspect", "h1-response", "--policy", "maximal"], b"HTTP/1.1 103\r\nX : a\r\n\r\n")
        self.assertEqual([line.split()[0] for line in answer.out.splitlines()],
                         ["interim", "fields", "missing-reason-sp", "space-before-colon", "end"])
        answer = run(["inspect", "h1-response", "--context", '{"upgrade_requested":true}', "--policy", "common"],
                     b"HTTP/1.1 101 x\r\nContent-Length: 5\r\n\r\n")
        self.assertIn("    framing-on-bodyless-status at offset 16 (RFC 9112 6.3): Framing fields of a message "
                      "that has no content were dropped.", answer.out.splitlines())
        answer = run(["inspect", "h1-request", "--policy", "strict"], octets)
        offset = octets.index(b" b")
        self.assertRegex(answer.out, rf"violation .*name=obs-fold .*section=RFC 9112 5\.2  offset={offset}  sentence=\w+")

    def test_content_trailers_and_leftover(self):
        octets = (b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                  b"2\r\nhe\r\n3\r\nllo\r\n0\r\nT: \xe4\r\n\r\nGET /")
        for cut in ("1", "bytes", "random:3", "1000"):
            answer = inspect("h1-request", octets, "--cut", cut)
            self.assertEqual(answer.status, 0)
            self.assertEqual(answer.kinds(), ["head", "content", "trailers", "end"])
            self.assertEqual(answer.first("head")["framing"], "chunked")
            self.assertNotIn("length", answer.first("head"))
            self.assertEqual(answer.first("content"),
                             {"event": "content", "stream": 1, "base64": base64_of(b"hello")})
            self.assertEqual(answer.first("trailers")["fields"], [["t", "\u00e4"]])
            self.assertEqual(answer.first("end")["leftover_base64"], base64_of(b"GET /"))

    def test_a_length_stands_with_framing_length_only(self):
        head = inspect("h1-response", b"HTTP/1.1 200 OK\r\nContent-Length: 005\r\n\r\nhello").first("head")
        self.assertEqual((head["framing"], head["length"], head["reason"]), ("length", 5, "OK"))
        self.assertEqual(head["fields"], [["content-length", "5"]])
        head = inspect("h1-response", b"HTTP/1.1 200 OK\r\n\r\nhello").first("head")
        self.assertEqual(head["framing"], "until_close")
        self.assertNotIn("length", head)

    def test_an_interim_response_is_a_message_of_its_own(self):
        answer = inspect("h1-response", b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\n\r\n")
        self.assertEqual(answer.kinds(), ["interim", "end"])
        self.assertEqual(answer.first("interim")["status"], 103)
        self.assertTrue(base64.b64decode(answer.first("end")["leftover_base64"]).startswith(b"HTTP/1.1 200"))

    def test_a_tunnel_has_a_head_and_no_end(self):
        switch = b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\nraw"
        answer = inspect("h1-response", switch, context={"upgrade_requested": True})
        self.assertEqual(answer.kinds(), ["head", "tunnel"])
        self.assertEqual(answer.first("tunnel")["leftover_base64"], base64_of(b"raw"))
        answer = inspect("h1-response", b"HTTP/1.1 200 OK\r\n\r\nraw", context={"request_method": "CONNECT"})
        self.assertEqual(answer.kinds(), ["head", "tunnel"])

    def test_what_was_asked_decides_about_content(self):
        octets = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"
        self.assertEqual(inspect("h1-response", octets).events[-1]["name"], "truncated")
        answer = inspect("h1-response", octets, context={"request_method": "HEAD"})
        self.assertEqual((answer.status, answer.kinds()), (0, ["head", "end"]))

    def test_a_cut_message_is_a_violation_and_never_needs_more(self):
        for octets, name in ((b"GET / HT", "incomplete"),
                             (b"GET / HTTP/1.1\r\nHost: a\r\n", "incomplete"),
                             (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\na", "truncated"),
                             (b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na", "truncated")):
            answer = inspect("h1-request", octets)
            self.assertEqual((answer.status, answer.events[-1]["event"], answer.events[-1]["name"]),
                             (1, "violation", name), octets)

    def test_a_violation_has_the_shape_of_the_contract(self):
        octets = (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"
                  b"5\r\nhello\r\n0\r\n\r\n")
        answer = inspect("h1-request", octets)
        violation = answer.events[-1]
        self.assertTrue(violation.pop("sentence"))
        offset = violation.pop("offset")
        self.assertTrue(0 <= offset <= len(octets))
        self.assertEqual(violation, {"event": "violation", "scope": "message", "stream": 1, "name": "cl-and-te",
                                     "status": 400, "section": "RFC 9112 6.3"})
        self.assertEqual(answer.status, 1)

    def test_octets_are_latin_1(self):
        octets = b"HTTP/1.1 200 \xff\r\nX: \x80\xff\r\nContent-Length: 0\r\n\r\n"
        head = inspect("h1-response", octets).first("head")
        self.assertEqual((head["reason"], head["fields"][0]), ("\u00ff", ["x", "\u0080\u00ff"]))


class InspectH2(unittest.TestCase):
    def test_a_request_with_content_and_trailers(self):
        octets = (SERVER_STARTS + headers(1, POST, end_stream=False) + frame(0, 0, 1, b"he") +
                  frame(0, 0, 1, b"llo") + headers(1, literal(b"t", b"\xe4")))
        for cut in ((), ("--cut", "bytes"), ("--cut", "random:5")):
            answer = inspect("h2-server", octets, *cut)
            self.assertEqual(answer.status, 0)
            self.assertEqual(answer.kinds(), ["head", "content", "trailers", "end"])
            head = answer.first("head")
            self.assertEqual((head["method"], head["target"], head["scheme"], head["authority"], head["framing"]),
                             ("POST", "/", "https", "a.test", "chunked"))
            self.assertEqual(answer.first("content")["base64"], base64_of(b"hello"))
            self.assertEqual(answer.first("trailers")["fields"], [["t", "\u00e4"]])

    def test_the_status_says_whether_the_input_ended_inside_a_frame_or_block(self):
        self.assertEqual(inspect("h2-server", SERVER_STARTS).status, 0)
        for octets in (PREFACE[:5], SERVER_STARTS[:-1], SERVER_STARTS + headers(1, GET)[:-1],
                       SERVER_STARTS + headers(1, GET, end_headers=False)):
            answer = inspect("h2-server", octets)
            self.assertEqual((answer.status, answer.kinds()), (NEEDS_MORE, ["need_more"]), octets)

    def test_violations_have_a_code_and_no_status(self):
        answer = inspect("h2-server", SERVER_STARTS + headers(1, GET + literal(b"connection", b"close")))
        violation = answer.first("violation")
        self.assertTrue(violation.pop("sentence"))
        self.assertEqual(violation, {"event": "violation", "scope": "stream", "stream": 1,
                                     "name": "connection-specific-field", "code": "PROTOCOL_ERROR",
                                     "section": "RFC 9113 8.2.2", "offset": len(SERVER_STARTS)})
        self.assertEqual((answer.status, answer.of_kind("reset")), (1, []), "our RST_STREAM is implied")
        answer = inspect("h2-server", SERVER_STARTS + frame(6, 0, 0, b"1234567"))
        violation = answer.first("violation")
        self.assertEqual((violation["scope"], violation["code"]), ("connection", "FRAME_SIZE_ERROR"))
        self.assertNotIn("stream", violation)

    def test_tolerations_stand_in_the_event_concerned(self):
        octets = SERVER_STARTS + headers(1, GET + literal(b"connection", b"close") + literal(b"x", b" a"))
        for policy in ("common", "maximal"):
            answer = inspect("h2-server", octets, "--policy", policy)
            head = answer.first("head")
            self.assertEqual(answer.status, 0)
            self.assertEqual([note["name"] for note in head["deviations"]],
                             ["connection-specific-field", "field-value-edge-whitespace"])
            self.assertEqual(head["fields"], [["x", "a"]])

    def test_resets_and_goaways_of_the_peer(self):
        octets = (SERVER_STARTS + headers(1, POST, end_stream=False) + frame(3, 0, 1, struct.pack(">I", 8)) +
                  headers(3, GET) + frame(7, 0, 0, struct.pack(">II", 0, 0)))
        whole = inspect("h2-server", octets)
        self.assertEqual(sorted(whole.kinds()), ["cancelled", "end", "goaway", "head"])
        self.assertEqual(whole.first("cancelled"), {"event": "cancelled", "count": 1})
        self.assertEqual([head["stream"] for head in whole.of_kind("head")], [3])
        self.assertEqual(whole.first("goaway")["by"], "peer")
        cut = inspect("h2-server", octets, "--cut", "bytes")
        self.assertEqual(cut.first("reset"), {"event": "reset", "stream": 1, "code": "CANCEL", "by": "peer"})

    def test_extended_connect_is_refused_unless_settings_enable_it(self):
        block = (literal(b":method", b"CONNECT") + literal(b":protocol", b"websocket") + b"\x87\x84" +
                 literal(b":authority", b"a.test"))
        octets = SERVER_STARTS + headers(1, block, end_stream=False)
        answer = inspect("h2-server", octets)
        self.assertEqual(answer.first("violation")["name"], "extended-connect-not-enabled")
        answer = inspect("h2-server", octets, context={"settings": {"enable_connect_protocol": 1}})
        self.assertEqual((answer.status, answer.first("head")["protocol"]), (0, "websocket"))

    def test_a_client_reads_answers_to_the_requests_of_the_context(self):
        octets = SETTINGS + headers(1, b"\x88", end_stream=False) + frame(0, 1, 1, b"hi")
        self.assertEqual(inspect("h2-client", octets).first("violation")["name"], "stream-idle-frame")
        answer = inspect("h2-client", octets, context={"requests": ["GET"]})
        self.assertEqual((answer.status, answer.kinds()), (0, ["head", "content", "end"]))
        self.assertEqual(answer.first("head")["status"], 200)
        answer = inspect("h2-client", octets, context={"requests": ["GET"], "rst_first": 1})
        self.assertEqual((answer.status, answer.kinds()), (0, []), "late frames are lawful")
        answer = inspect("h2-client", SETTINGS + headers(3, b"\x88"), context={"requests": ["POST", "GET"]})
        self.assertEqual([head["stream"] for head in answer.of_kind("head")], [3])

    def test_content_is_consumed_unless_the_context_says_no(self):
        octets = SERVER_STARTS + headers(1, POST, end_stream=False)
        octets += frame(0, 0, 1, bytes(16384)) * 5
        self.assertEqual(inspect("h2-server", octets, "--cut", "16393").status, 0)
        answer = inspect("h2-server", octets, "--cut", "16393", context={"no_auto_wu": 1})
        self.assertEqual(answer.first("violation")["code"], "FLOW_CONTROL_ERROR")

    def test_the_settings_of_the_context_are_ours(self):
        octets = SERVER_STARTS + headers(1, GET) + headers(3, POST, end_stream=False) + headers(5, POST, False)
        context = {"settings": {"max_concurrent_streams": 2}}
        answer = inspect("h2-server", octets, context=context)
        self.assertEqual((answer.first("violation")["name"], answer.first("violation")["stream"]),
                         ("max-concurrent-streams", 5))


class InspectHpackAndGrpcWeb(unittest.TestCase):
    def test_the_table_stays_between_the_lines(self):
        answer = inspect("hpack", b"4001610162\n10 04 6e616d65 03 6b6579 be\n")
        first, second = answer.events
        self.assertEqual(answer.status, 0)
        self.assertEqual((first["fields"], first["table_entries"], first["table_octets"]), ([["a", "b"]], 1, 34))
        self.assertEqual((second["fields"], second["never_indexed"]), ([["name", "key"], ["a", "b"]], [0]))
        self.assertEqual(set(first), {"event", "fields", "never_indexed", "table_octets", "table_entries", "work"})

    def test_a_bad_block_is_a_violation_and_half_an_octet_needs_more(self):
        answer = inspect("hpack", b"82\n80\n82\n")
        self.assertEqual((answer.status, answer.kinds()), (1, ["block", "violation"]))
        self.assertEqual((answer.events[1]["name"], answer.events[1]["code"]),
                         ("hpack-index-zero", "COMPRESSION_ERROR"))
        self.assertEqual(inspect("hpack", b"82\n8\n").status, NEEDS_MORE)
        self.assertEqual(run(["inspect", "hpack"], b"xy\n").status, USAGE)

    def test_the_context_bounds_table_and_list(self):
        answer = inspect("hpack", b"3f e1 1f\n", context={"table_size": 100})
        self.assertEqual(answer.first("violation")["name"], "hpack-size-update-too-large")
        answer = inspect("hpack", b"828486\n", context={"list_bytes": 60})
        self.assertEqual((answer.status, answer.first("block")["list_limit_passed"]), (0, True))

    def test_grpc_web_has_messages_trailers_and_an_end(self):
        stream = b"\x00\0\0\0\x02hi" + b"\x80\0\0\0\x10" + b"grpc-status: 0\r\n"
        for octets, context in ((stream, {}), (base64.b64encode(stream), {"text": True})):
            answer = inspect("grpc-web", octets, "--cut", "bytes", context=context)
            self.assertEqual((answer.status, answer.kinds()), (0, ["message", "trailers", "end"]))
            self.assertEqual(answer.first("message"), {"event": "message", "flags": 0, "base64": base64_of(b"hi")})
            self.assertEqual(answer.first("trailers")["fields"], [["grpc-status", "0"]])
            self.assertEqual(inspect("grpc-web", octets[:-1], context=context).status, NEEDS_MORE)
        answer = inspect("grpc-web", stream, context={"side": "request"})
        self.assertEqual((answer.status, answer.events[-1]["event"]), (1, "violation"))


class ForAPerson(unittest.TestCase):
    def test_lines_say_what_was_read_which_rule_and_where(self):
        text = run(["inspect", "h1-request", "--policy", "common"],
                   b"GET / HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\n\r\n").out
        for part in ("head", "method=GET", "x a b", "obs-fold at offset 31 (RFC 9112 5.2): A folded"):
            self.assertIn(part, text)
        self.assertNotIn("{", text)
        answer = run(["inspect", "h2-server"], SERVER_STARTS + frame(6, 0, 0, b"1"))
        self.assertEqual(answer.status, 1)
        for part in ("violation", "ping-length", "FRAME_SIZE_ERROR", "RFC 9113 6.7", "PING did not have 8 octets",
                     "offset="):
            self.assertIn(part, answer.out)


class Translate(unittest.TestCase):
    GOOD = {"from": "h1", "to": "h2", "side": "request",
            "input": {"raw_b64": base64_of(b"GET / HTTP/1.1\r\nHost: a.test\r\n\r\n")}}

    def test_a_line_that_is_no_vector_is_refused_as_usage_and_the_program_goes_on(self):
        raw = self.GOOD["input"]
        bad = ["", " ", "{", "[]", "{}", "null", '"x"', "{}{}", "\u0100",
               {**self.GOOD, "from": "h3"}, {**self.GOOD, "to": 1}, {**self.GOOD, "side": "both"},
               {**self.GOOD, "input": []}, {**self.GOOD, "input": {}}, {**self.GOOD, "input": {"raw_b64": "*"}},
               {**self.GOOD, "input": {"raw_b64": 1}}, {**self.GOOD, "config": []},
               {**self.GOOD, "config": {"unheard_of": 1}}, {**self.GOOD, "config": {"crumble": "yes"}},
               {**self.GOOD, "config": {"max_message": -1}}, {**self.GOOD, "config": {"h1_cl_te": "both"}},
               {**self.GOOD, "config": {"via": "\u0100"}},
               {**self.GOOD, "from": "h2", "to": "h1"},
               {**self.GOOD, "input": {"fields": [[":method", "GET"]]}},
               {**self.GOOD, "from": "h2", "to": "h1", "input": {"fields": [["\u0100", ""]]}},
               {**self.GOOD, "from": "h2", "to": "h1", "input": {"fields": [["a"]]}},
               {**self.GOOD, "from": "h2", "to": "h1", "input": {"fields": {}}},
               {**self.GOOD, "input": {"event": "earthquake"}}, {"input": raw}]
        lines = [each for one in bad for each in (one, self.GOOD)]
        answer = translate(lines)
        self.assertEqual(answer.status, 0)
        answers = [json.loads(line) for line in answer.out.splitlines()]
        self.assertEqual(len(answers), len(lines), "one object a line")
        for one, refused in zip(bad, answers[::2]):
            self.assertEqual((refused["ok"], refused.get("rule")), (False, "usage"), one)
            self.assertEqual(refused["status"], 400)
            self.assertIn("section", refused)
        for fine in answers[1::2]:
            self.assertTrue(fine["ok"])

    def test_strings_are_latin_1(self):
        fields = [[":method", "GET"], [":scheme", "http"], [":authority", "a"], [":path", "/"], ["x", "\u00ff"]]
        vector = {"from": "h2", "to": "h1", "side": "request",
                  "input": {"fields": fields, "end_on_headers": True, "body_b64": ""}}
        output = json.loads(translate([vector]).out)["output"]
        self.assertIn(b"x: \xff\r\n", base64.b64decode(output["raw_b64"]))
        self.assertEqual(dict(output["fields"])["x"], "\u00ff")

    def test_a_late_error_prints_nothing_of_what_was_produced(self):
        octets = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\nx"
        one = json.loads(translate([{**self.GOOD, "input": {"raw_b64": base64_of(octets)}}]).out)
        self.assertEqual(set(one), {"ok", "status", "rule", "section"})
        self.assertFalse(one["ok"])

    def refusal(self, **vector):
        one = json.loads(translate([{"side": "request", **vector}]).out)
        return None if one["ok"] else one["status"]

    def test_an_input_without_a_message_is_refused(self):
        self.assertEqual(self.refusal(**{"from": "h1"}, to="h2", input={"raw_b64": ""}), 400)
        self.assertEqual(self.refusal(**{"from": "h1"}, to="h2", side="response", input={"raw_b64": ""}), 502)

    def test_another_major_version_and_a_long_section_have_their_status(self):
        start = b"GET / HTTP/2.0\r\nHost: a.test\r\n\r\n"
        self.assertEqual(self.refusal(**{"from": "h1"}, to="h2", input={"raw_b64": base64_of(start)}), 505)
        long = b"GET / HTTP/1.1\r\nHost: a.test\r\nX: " + b"y" * 300 + b"\r\n\r\n"
        self.assertEqual(self.refusal(**{"from": "h1"}, to="h2", config={"max_header_list": 256},
                                      input={"raw_b64": base64_of(long)}), 431)

    def test_a_target_is_written_as_received_but_for_the_backslash(self):
        fields = [[":method", "GET"], [":scheme", "http"], [":authority", "a"], [":path", "/\"<>^`{|}\\"]]
        vector = {"from": "h2", "to": "h1", "side": "request",
                  "input": {"fields": fields, "end_on_headers": True, "body_b64": ""}}
        output = json.loads(translate([vector]).out)["output"]
        self.assertEqual(output["start"], "GET /\"<>^`{|}%5C HTTP/1.1")

    def test_the_last_line_needs_no_line_end(self):
        answer = run(["translate"], json.dumps(self.GOOD).encode())
        self.assertTrue(json.loads(answer.out)["ok"])
        self.assertEqual(run(["translate"]).out, "")


if __name__ == "__main__":
    unittest.main(verbosity=1)
