// Runs every case of every client directly and through each proxy, and compares.
//
// Argument: the form of gRPC-Web, binary or text. Writes one line with the upstream URLs that it wants
// proxies for, reads one line with their ports, and ends with status 0 if every call had the same
// result as without a proxy.
import assert from "node:assert/strict";
import { createInterface } from "node:readline";
import { cases, deadlines } from "./cases.mjs";
import { clients } from "./clients.mjs";
import { grpcJsOrigin, grpcOrigin, webOrigin } from "./origins.mjs";
import { Call } from "./service.mjs";

const AT_ONCE = 8; // cases of a pair
const LANES = 3; // pairs: while one waits, another works
const CANCEL_MS = 10_000;

const form = process.argv[2];
assert.ok(form === "binary" || form === "text", "usage: matrix.mjs binary|text");
const suffix = form === "text" ? "+grpc-web-text" : "+grpc-web";

const origins = {
  "grpc-js": { ...(await grpcJsOrigin()), scheme: "h2c" },
  "connect-node": { ...(await grpcOrigin()), scheme: "h2c" },
  "web over H1": { ...(await webOrigin("1.1", form)), scheme: `h1${suffix}` },
  "web over H2": { ...(await webOrigin("2", form)), scheme: `h2c${suffix}` },
};

const later = (ms) => new Promise((resolve) => setTimeout(resolve, ms).unref());

/** Does the work on each item, on a few at the same time. */
async function workOff(items, atOnce, work) {
  const waiting = [...items];
  const one = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await work(next);
  };
  await Promise.all(Array.from({ length: atOnce }, one));
}

/** A client toward one port, and what came of its calls. */
class Pair {
  results = new Map();

  constructor(what, client, port) {
    this.what = what;
    this.plain = client.make(port, { form, compressed: false });
    this.compressed = client.make(port, { form, compressed: true });
  }

  async run(theCase) {
    const call = new Call(theCase);
    try {
      const result = await (theCase.compressed ? this.compressed : this.plain).run(call);
      if (theCase.waitFor !== undefined) {
        await Promise.race([call.gate(theCase.waitFor).opened, later(CANCEL_MS)]);
      }
      this.results.set(theCase.name, { ...result, seen: call.seen });
    } finally {
      call.close();
    }
  }

  /** Runs many cases, a few at a time. */
  async runAll() {
    await workOff(cases, AT_ONCE, (theCase) => this.run(theCase));
  }

  close() {
    this.plain.close();
    this.compressed.close();
  }
}

let failures = 0;
let calls = 0;

function check(what, body) {
  ++calls;
  try {
    body();
  } catch (error) {
    ++failures;
    console.log(`FAILED ${what}\n${error.message}`);
  }
}

/** What is known without a peer: the code, and that the case ran as it says. */
function checkDirect(pair) {
  for (const theCase of [...cases, ...deadlines]) {
    const result = pair.results.get(theCase.name);
    check(`${pair.what}: ${theCase.name}`, () => {
      assert.equal(result.code, theCase.code ?? 0, `code, message ${result.message}`);
      if (theCase.waitFor === "cancelled") assert.ok(result.seen.cancelled, "the origin saw no end");
      assert.ok(result.seen.deadline, "the origin saw no deadline");
    });
  }
}

function checkSame(pair) {
  for (const { name } of [...cases, ...deadlines]) {
    check(`${pair.what}: ${name}`, () =>
      assert.deepStrictEqual(pair.results.get(name), pair.direct.results.get(name)),
    );
  }
}

const urls = Object.values(origins).map((each) => `${each.scheme}://127.0.0.1:${each.port}`);
console.log(JSON.stringify(urls));
const input = createInterface({ input: process.stdin });
const ports = JSON.parse((await input[Symbol.asyncIterator]().next()).value);
input.close();

const pairs = [];
for (const client of clients) {
  const direct = new Map();
  for (const [at, origin] of Object.keys(origins).entries()) {
    const own = client.direct(origin);
    if (!direct.has(own)) direct.set(own, new Pair(`${client.name} to ${own}`, client, origins[own].port));
    const through = new Pair(`${client.name} through ${urls[at]} to ${origin}`, client, ports[at]);
    through.direct = direct.get(own);
    pairs.push(through);
  }
  pairs.unshift(...direct.values());
}
await workOff(pairs, LANES, (pair) => pair.runAll());
await Promise.all(pairs.flatMap((pair) => deadlines.map((theCase) => pair.run(theCase))));
for (const pair of pairs) (pair.direct === undefined ? checkDirect : checkSame)(pair);
for (const pair of pairs) pair.close();
for (const origin of Object.values(origins)) origin.close();
console.log(`${calls} calls, ${failures} failed`);
process.exit(failures === 0 ? 0 : 1);
