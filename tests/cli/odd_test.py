#!/usr/bin/env python3
"""Odd inputs beside the cases, with the verdict that the rules demand: see codecs/regauge/h1/README.md
for HTTP/1, RFC 9113 for HTTP/2, RFC 9110 and 9113 for translations. Strings are octets as latin-1.

odd_octets.jsonl goes through `regauge inspect`, whole and octet by octet; a verdict is "accept",
"accept, close" or the rule that refuses. odd_vectors.jsonl goes through `regauge translate`; it names
the output, or status and rule of the refusal.
"""
import json
import os
import unittest

from program import ROOT, inspect, side_by_side, translate


def lines_of(name):
    with open(os.path.join(ROOT, "tests/cli", name), encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def verdict_of(answer):
    violations = answer.of_kind("violation")
    if violations:
        worst = next((each for each in violations if each["scope"] == "connection"), violations[0])
        if "code" not in worst:
            return worst["name"]
        return f"{worst['name']} {worst['code']}" + (" of the stream" if worst["scope"] == "stream" else "")
    ends = [event["close_after"] for event in answer.events if "close_after" in event]
    return "accept, close" if ends and ends[-1] else "accept"


class Odd(unittest.TestCase):
    maxDiff = None

    def test_octets_have_the_verdict_of_the_rules_at_every_cut(self):
        runs = [(one, policy, cut) for one in lines_of("odd_octets.jsonl") for policy in one["verdict"]
                for cut in ((), ("--cut", "bytes"))]
        self.assertGreater(len(runs), 1000)

        def run(job):
            one, policy, cut = job
            return inspect(one["kind"], one["octets"].encode("latin-1"), "--policy", policy, *cut,
                           context=one.get("context"))

        for (one, policy, cut), answer in zip(runs, side_by_side(run, runs)):
            with self.subTest(name=one["name"], policy=policy, cut=cut):
                self.assertEqual(verdict_of(answer), one["verdict"][policy])

    def test_vectors_have_the_output_or_the_refusal_of_the_rules(self):
        vectors = lines_of("odd_vectors.jsonl")
        self.assertGreater(len(vectors), 100)
        answers = [json.loads(line) for line in translate(vectors).out.splitlines()]
        for one, answer in zip(vectors, answers, strict=True):
            with self.subTest(name=one["name"]):
                if "status" in one:
                    self.assertEqual((answer["ok"], answer.get("status"), answer.get("rule")),
                                     (False, one["status"], one["rule"]))
                    continue
                self.assertTrue(answer["ok"], answer)
                if answer["output"]:
                    answer["output"].pop("raw_b64", None)
                self.assertEqual(answer["output"], one["output"])


if __name__ == "__main__":
    unittest.main()
