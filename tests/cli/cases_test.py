#!/usr/bin/env python3
"""Every case of tests/cases through the program: `regauge inspect` and `regauge translate`.

Each case of HTTP/1 runs under strict and maximal, each of HTTP/2 under strict; whole, octet by octet
and cut at random. Prints how many are right for each policy and cut; any that is not fails the test.
"""
import collections
import json
import sys

from program import cases, decoded, inspect, side_by_side, translate

CUTS = {"whole": (), "bytes": ("--cut", "bytes"), "random": ("--cut", "random:7")}
HEAD_KEYS = {"event", "stream", "version", "fields", "framing", "close_after", "deviations"}
VIOLATION_KEYS = {"event", "scope", "name", "section", "offset", "sentence"}


class Difference(Exception):
    """Says how an answer differs from its case."""


def same(what, wanted, got):
    if wanted != got:
        raise Difference(f"{what}: {wanted!r} is wanted, {got!r} was printed")


def keys(event, *names, also=()):
    missing = set(names) - set(event)
    unknown = set(event) - set(names) - set(also)
    if missing or unknown:
        raise Difference(f"{event['event']}: keys {sorted(missing)} are missing, {sorted(unknown)} unknown")


def content_of(answer):
    pieces = answer.of_kind("content")
    if len(pieces) > 1:
        raise Difference("adjacent content is not joined")
    for piece in pieces:
        keys(piece, "event", "stream", "base64")
    return decoded(pieces[0]["base64"]) if pieces else b""


# --- HTTP/1 --------------------------------------------------------------------------------------


def check_h1_head(case, head):
    canonical = case["canonical"]
    if case["side"] == "request":
        keys(head, *HEAD_KEYS, "method", "target", also=("length", "scheme"))
        same("method", canonical["method"], head["method"])
        same("target", canonical["target"], head["target"])
    else:
        keys(head, *HEAD_KEYS, "status", "reason", also=("length",))
        same("status", canonical["status"], head["status"])
    same("version", canonical["version"], head["version"])
    same("fields", canonical["headers"], head["fields"])
    same("length with framing length only", head["framing"] == "length", "length" in head)


def check_h1_accepted(case, policy, answer):
    canonical = case["canonical"]
    same("exit status", 0, answer.status)
    same("violation", None, answer.first("violation"))
    kind = "interim" if canonical.get("interim") else "head"
    head = answer.events[0]
    same("first event", kind, head["event"])
    check_h1_head(case, head)
    same("content", decoded(canonical["body_b64"]), content_of(answer))
    trailers = answer.first("trailers")
    same("trailers", canonical.get("trailers", []), trailers["fields"] if trailers else [])
    last = answer.events[-1]
    if canonical.get("tunnel"):
        same("last event", "tunnel", last["event"])
        keys(last, "event", "stream", "leftover_base64", "deviations")
        same("close_after", canonical["close_after"], head["close_after"])
        same("framing", "tunnel", head["framing"])
    else:
        same("last event", "end", last["event"])
        keys(last, "event", "stream", "close_after", "leftover_base64", "deviations")
        same("close_after", canonical["close_after"], last["close_after"])
    same("leftover", decoded(canonical["leftover_b64"]), decoded(last["leftover_base64"]))
    if policy == "maximal":
        named = {note["name"] for event in answer.events for note in event.get("deviations", ())}
        same("deviations", set(case["deviation"]), named)


def check_h1(case, policy, answer):
    if case["strict" if policy == "strict" else "permissive"] == "accept":
        check_h1_accepted(case, policy, answer)
        return
    same("exit status", 1, answer.status)
    last = answer.events[-1]
    same("last event", "violation", last["event"])
    keys(last, *VIOLATION_KEYS, "stream", "status")
    same("scope", "message", last["scope"])
    if last["name"] not in case["deviation"]:
        raise Difference(f"refused as {last['name']}, none of {case['deviation']}")
    if not 0 <= last["offset"] <= len(decoded(case["bytes_b64"])):
        raise Difference(f"offset {last['offset']} lies outside of the input")


# --- HTTP/2 --------------------------------------------------------------------------------------


def worst_of(violations):
    """The end of the connection says more than the end of a stream before it."""
    return next((each for each in violations if each["scope"] == "connection"), violations[0])


def verdict_of(answer):
    violations = answer.of_kind("violation")
    if not violations:
        return {"kind": "ok"}
    worst = worst_of(violations)
    verdict = {"kind": worst["scope"] + "_error", "code": worst["code"]}
    if worst["scope"] == "stream":
        verdict["stream"] = worst["stream"]
    return verdict


def agrees(wanted, got):
    if wanted["kind"] != got["kind"] or wanted.get("code", got.get("code")) != got.get("code"):
        return False
    return wanted["kind"] != "stream_error" or wanted.get("stream", got["stream"]) == got["stream"]


def check_h2(case, _policy, answer):
    got = verdict_of(answer)
    if not any(agrees(each, got) for each in [case["expect"], *case.get("alt", [])]):
        raise Difference(f"{case['expect']} is wanted, {got} was printed")
    violations = answer.of_kind("violation")
    for each in violations:
        keys(each, *VIOLATION_KEYS, "code", also=("stream",))
        same("stream of a stream error", each["scope"] == "stream", "stream" in each)
    if violations:
        same("exit status", 1, answer.status)
    elif answer.status not in (0, 3):
        raise Difference(f"exit status {answer.status} without a violation")
    same("need_more", answer.status == 3, bool(answer.of_kind("need_more")))
    if case["expect"]["kind"] != "ok" and violations:
        same("rule", case["rule"], worst_of(violations)["name"])


# --- Translation ---------------------------------------------------------------------------------


def by_name(fields):
    """The order of lines of different names says nothing (RFC 9110 5.3)."""
    values = collections.defaultdict(list)
    for name, value in fields:
        values[name].append(value)
    return dict(values)


def check_translation(case, answer):
    if case["expect"] == "reject":
        same("keys", {"ok", "status", "rule", "section"}, set(answer))
        same("ok", False, answer["ok"])
        same("status", case["status_if_rejected"], answer["status"])
        if not answer["rule"] or not answer["section"]:
            raise Difference("no rule or no section")
        return
    same("ok", True, answer["ok"])
    same("keys", {"ok", "output"}, set(answer))
    wanted, got = case["output"], answer["output"]
    if wanted is None or got is None:
        same("output", wanted, got)
        return
    same("keys of the output", set(wanted), set(got))
    for key, value in wanted.items():
        if key in ("fields", "trailers"):
            same(key, by_name(value), by_name(got[key]))
        elif key != "raw_b64":
            same(key, value, got[key])
    if "raw_b64" in wanted and not decoded(got["raw_b64"]).startswith(got["start"].encode("latin-1")):
        raise Difference("raw_b64 does not begin with the start line")


# --- All of them ---------------------------------------------------------------------------------


class Tally:
    """Counts what is right, and prints what is not."""

    def __init__(self):
        self.failed = 0

    def count(self, title, checks):
        right = 0
        total = 0
        for name, check in checks:
            total += 1
            try:
                check()
                right += 1
            except (Difference, KeyError, IndexError) as fault:
                print(f"{title}: {name}: {fault!r}")
        print(f"{title}: {right} of {total} right")
        self.failed += total - right


def inspected(tally, title, kind_of, context_of, check, everything, policies):
    for policy in policies:
        for cut, arguments in CUTS.items():

            def answer_to(case):
                return inspect(kind_of(case), decoded(case["bytes_b64"]), "--policy", policy, *arguments,
                               context=context_of(case))

            answers = side_by_side(answer_to, everything)
            tally.count(f"{title} {policy} {cut}",
                        [(case["name"], lambda case=case, answer=answer: check(case, policy, answer))
                         for case, answer in zip(everything, answers)])


def main():
    tally = Tally()
    inspected(tally, "h1", lambda case: "h1-" + case["side"], lambda case: case.get("context"), check_h1,
              cases("h1.jsonl"), ("strict", "maximal"))
    inspected(tally, "h2", lambda case: "h2-" + case["role"], lambda case: case.get("setup"), check_h2,
              cases("h2.jsonl"), ("strict",))
    vectors = cases("translate.jsonl")
    answer = translate(vectors)
    same("exit status", 0, answer.status)
    same("lines", len(vectors), len(answer.out.splitlines()))
    answers = [json.loads(line) for line in answer.out.splitlines()]
    tally.count("translate", [(case["name"], lambda case=case, one=one: check_translation(case, one))
                              for case, one in zip(vectors, answers)])
    sys.exit(1 if tally.failed else 0)


if __name__ == "__main__":
    main()
