// The cases: what a client asks, and what the origin does about it.
//
// name, method, requests (messages or a generator), answer (the origin's side), and perhaps metadata,
// code (of the status, 0 if absent), timeoutMs, cancelAfter (so many messages), cancelWhen (a gate),
// waitFor (a gate at the origin), compressed.
import { item } from "./schema.mjs";
import { CallFailure } from "./service.mjs";

const MEGABYTE = 1 << 20;
const KILOBYTE = 1 << 10;

const noise = new Uint8Array(MEGABYTE);
for (let at = 0, state = 1; at < MEGABYTE; ++at) {
  state = (Math.imul(state, 1103515245) + 12345) >>> 0;
  noise[at] = state >>> 16;
}
const pattern = (octets) => noise.subarray(0, octets);

const every = Uint8Array.from({ length: 256 }, (_, octet) => octet);
const ask = [item(1, "ask", every)];

async function collect(requests) {
  const all = [];
  for await (const request of requests) all.push(request);
  return all;
}

const aborted = (signal) =>
  new Promise((resolve) => (signal.aborted ? resolve() : signal.addEventListener("abort", resolve)));

function numbers(count, octets) {
  return Array.from({ length: count }, (_, i) => item(i, `message ${i}`, pattern(octets)));
}

async function* echo({ requests }) {
  for await (const request of requests) yield request;
}

async function* count({ requests }) {
  const all = await collect(requests);
  const octets = all.reduce((sum, each) => sum + each.payload.length, 0);
  yield item(all.length, `${octets} octets`);
}

// --- Messages ------------------------------------------------------------------------------------

const messages = [
  { name: "unary", method: "unary", requests: ask, answer: echo },
  { name: "unary, empty message", method: "unary", requests: [item(0)], answer: echo },
  { name: "unary, 1 MB both ways", method: "unary", requests: [item(1, "", pattern(MEGABYTE))], answer: echo },
  {
    name: "unary, compressed",
    method: "unary",
    compressed: true,
    requests: [item(1, "a".repeat(100 * KILOBYTE))],
    answer: echo,
  },
  {
    name: "server stream",
    method: "server",
    requests: ask,
    answer: async function* () {
      yield* numbers(3, 10);
    },
  },
  {
    name: "server stream, no message",
    method: "server",
    requests: ask,
    answer: async function* ({ peer }) {
      peer.setTrailer("x-end", "none came");
    },
  },
  {
    name: "server stream, 1000 messages",
    method: "server",
    requests: ask,
    answer: async function* () {
      yield* numbers(1000, 50);
    },
  },
  {
    name: "server stream, 2 of 1 MB",
    method: "server",
    requests: ask,
    answer: async function* () {
      yield* numbers(2, MEGABYTE);
    },
  },
  { name: "client stream", method: "client", requests: numbers(3, 10), answer: count },
  { name: "client stream, no message", method: "client", requests: [], answer: count },
  { name: "client stream, 1000 messages", method: "client", requests: numbers(1000, 50), answer: count },
  { name: "client stream, 2 of 1 MB", method: "client", requests: numbers(2, MEGABYTE), answer: count },
  { name: "both stream, 100 messages", method: "both", requests: numbers(100, 1000), answer: echo },
  {
    name: "both stream, compressed",
    method: "both",
    compressed: true,
    requests: numbers(3, 20 * KILOBYTE),
    answer: echo,
  },
];

// --- Streams stream: each side waits for the other in the middle ------------------------------------

const streaming = [
  {
    name: "the first answer comes before the last was sent",
    method: "server",
    requests: ask,
    answer: async function* ({ call }) {
      yield item(1);
      await call.gate("response 1").opened;
      yield item(2);
      await call.gate("response 2").opened;
      yield item(3);
    },
  },
  {
    name: "the first request arrives before the last was sent",
    method: "client",
    requests: async function* ({ call }) {
      yield item(1);
      await call.gate("request 1").opened;
      yield item(2);
      await call.gate("request 2").opened;
      yield item(3);
    },
    answer: count,
  },
  {
    name: "requests and answers in turn",
    method: "both",
    requests: async function* ({ call }) {
      for (let turn = 1; turn <= 20; ++turn) {
        yield item(turn, "ping");
        await call.gate(`response ${turn}`).opened;
      }
    },
    answer: echo,
  },
];

// --- Metadata --------------------------------------------------------------------------------------

const metadata = [
  {
    name: "metadata both ways, colons, -bin, repeated",
    method: "unary",
    requests: ask,
    metadata: [
      ["x-plain", "value"],
      ["x-colon", "a:b: c::"],
      ["x-blob-bin", every],
      ["x-zeros-bin", new Uint8Array(3)],
      ["x-many", "one"],
      ["x-many", "two"],
    ],
    answer: async function* ({ requests, peer }) {
      peer.setHeader("x-head", "in:front");
      peer.setHeader("x-head-bin", every);
      peer.setTrailer("x-colon", "c:d: e::");
      peer.setTrailer("x-url", "https://a.test:443/?q=1,2;3");
      peer.setTrailer("x-blob-bin", every.slice(0, 31));
      peer.setTrailer("x-many", "one");
      peer.setTrailer("x-many", "two");
      yield* echo({ requests });
    },
  },
  {
    name: "metadata with a stream",
    method: "server",
    requests: ask,
    metadata: [["authorization", "Bearer a.b-c"], ["cookie", "a=1; b=2"]],
    answer: async function* ({ peer }) {
      peer.setHeader("x-head", "first");
      yield item(1);
      peer.setTrailer("x-colon", "late: 1");
      peer.setTrailer("x-blob-bin", every);
      yield item(2);
    },
  },
  {
    name: "metadata, 6 kB in a value",
    method: "unary",
    requests: ask,
    metadata: [["x-long", "v".repeat(6 * KILOBYTE)]],
    answer: async function* ({ requests, peer }) {
      peer.setTrailer("x-long", "t".repeat(6 * KILOBYTE));
      yield* echo({ requests });
    },
  },
];

// --- Errors ----------------------------------------------------------------------------------------

const oddMessages = {
  "no words": "",
  umlauts: "näïve façade",
  "other scripts": "日本語 और русский 🎉",
  percent: "100%25 of %zz %",
  "new lines": "one\ntwo\r\nthree: x\r\n\r\n",
  controls: "tab\there, bell\u0007, del\u007f",
  colons: "no: way%\n",
  edges: "  spaces around  ",
  long: "long ✓ ".repeat(300),
};

const failing = (name, method, failure, before = []) => ({
  name,
  method,
  code: failure.code,
  requests: ask,
  answer: async function* ({ requests, peer }) {
    for await (const request of requests) if (request.number === 0) return;
    peer.setTrailer("x-colon", "e:f: g");
    peer.setTrailer("x-blob-bin", every);
    yield* before;
    throw failure;
  },
});

const errors = [
  ...Array.from({ length: 16 }, (_, i) =>
    failing(`error, code ${i + 1}`, "unary", new CallFailure(i + 1, `code ${i + 1}`)),
  ),
  ...Object.entries(oddMessages).flatMap(([name, text]) => [
    failing(`error, message of ${name}`, "unary", new CallFailure(9, text)),
    failing(`error after 2 messages, message of ${name}`, "server", new CallFailure(9, text), numbers(2, 5)),
  ]),
  failing("error before any message of a stream", "server", new CallFailure(7, "not you")),
  failing("error of a client stream", "client", new CallFailure(8, "too much")),
  failing("error with details", "unary", new CallFailure(3, "see details", item(7, "detail: ü", every))),
  failing("error with details after messages", "both", new CallFailure(3, "see", item(8, "d")), numbers(2, 9)),
  {
    name: "error while the client still sends",
    method: "client",
    code: 10,
    requests: async function* ({ call }) {
      yield item(1);
      await call.gate("answered").opened;
      yield item(2);
    },
    answer: async function* ({ requests }) {
      for await (const request of requests) throw new CallFailure(10, `enough after ${request.number}`);
    },
  },
];

// --- Cancellation and deadlines ----------------------------------------------------------------------

const DEADLINE_MS = 3_000; // time enough for a slow machine to get as far as the origin

const cancelled = [
  {
    name: "the client cancels before an answer",
    method: "unary",
    code: 1,
    cancelWhen: "request 1",
    waitFor: "cancelled",
    requests: ask,
    answer: async function* ({ requests, peer }) {
      for await (const request of requests) await aborted(peer.signal).then(() => request);
    },
  },
  {
    name: "the client cancels after two messages",
    method: "server",
    code: 1,
    cancelAfter: 2,
    waitFor: "cancelled",
    requests: ask,
    answer: async function* ({ peer }) {
      yield* numbers(2, 5);
      await aborted(peer.signal);
    },
  },
  {
    name: "the client cancels while it sends",
    method: "both",
    code: 1,
    cancelAfter: 1,
    waitFor: "cancelled",
    requests: async function* ({ call }) {
      yield item(1);
      await call.gate("cancelled").opened;
    },
    answer: async function* ({ requests, peer }) {
      const first = await requests.next();
      yield first.value;
      await aborted(peer.signal);
    },
  },
];

/** Cases that take as long as they need. */
export const cases = [...messages, ...streaming, ...metadata, ...errors, ...cancelled];

/** Cases that take a while by themselves: all of them run at the same time. */
export const deadlines = [
  {
    name: "deadline passes",
    method: "unary",
    code: 4,
    timeoutMs: DEADLINE_MS,
    waitFor: "cancelled",
    requests: ask,
    answer: async function* ({ peer }) {
      await aborted(peer.signal);
    },
  },
  {
    name: "deadline passes after a message",
    method: "server",
    code: 4,
    timeoutMs: DEADLINE_MS,
    waitFor: "cancelled",
    requests: ask,
    answer: async function* ({ peer }) {
      yield item(1);
      await aborted(peer.signal);
    },
  },
];
