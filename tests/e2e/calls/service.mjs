// One service for every origin: a call carries the name of its case, and the case says what becomes
// of it. Origins and clients live in one process, so both ends of a call are seen.
import { createHash } from "node:crypto";

/** An error that a case answers with; each origin writes it in its own way. */
export class CallFailure extends Error {
  constructor(code, message, detail) {
    super(message);
    this.code = code;
    this.detail = detail; // an Item, or undefined
  }
}

const GATES_MAX = 100; // long streams are not waited for

/** One run of a case: what the client does with it and what the origin saw. */
export class Call {
  static #open = new Map();
  static #count = 0;

  constructor(theCase) {
    this.case = theCase;
    this.id = String(++Call.#count);
    this.seen = { metadata: {}, messages: [], deadline: false, cancelled: false };
    this.gates = {};
    Call.#open.set(this.id, this);
  }

  /** Finds the call that a request belongs to. */
  static of(id) {
    const call = Call.#open.get(id);
    if (call === undefined) throw new CallFailure(5, `no call ${id}`);
    return call;
  }

  close() {
    Call.#open.delete(this.id);
  }

  /** A promise with its resolve function: one end of the call waits for the other. */
  gate(name) {
    if (this.gates[name] === undefined) {
      let open;
      const opened = new Promise((resolve) => (open = resolve));
      this.gates[name] = { opened, open };
    }
    return this.gates[name];
  }

  /** Opens the gate behind a message of a stream. */
  passed(kind, count) {
    if (count <= GATES_MAX) this.gate(`${kind} ${count}`).open();
  }
}

/** Says all of a message in a line. */
export function digest(message) {
  const payload = Buffer.from(message.payload);
  const said = payload.length > 64 ? createHash("sha1").update(payload).digest("hex") : payload.toString("hex");
  return `${message.number} ${JSON.stringify(message.text)} ${payload.length} ${said}`;
}

// What belongs to a connection, a protocol or a moment, not to the call.
const OF_TRANSPORT = new Set([
  "accept", "accept-encoding", "connection", "content-length", "content-type", "date",
  "grpc-accept-encoding", "grpc-encoding", "grpc-message", "grpc-timeout", "host", "keep-alive", "te",
  "trailer", "transfer-encoding", "user-agent", "via", "x-call", "x-forwarded-for", "x-grpc-web",
  "x-user-agent",
]);

/** Makes metadata comparable: sorted, without what belongs to the transport. */
export function comparable(entries) {
  const kept = {};
  for (const [name, value] of entries) {
    if (OF_TRANSPORT.has(name) || name.startsWith(":")) continue;
    const text = name.endsWith("-bin") ? octetsOf(value) : String(value);
    kept[name] = kept[name] === undefined ? text : `${kept[name]}, ${text}`;
  }
  return Object.fromEntries(Object.entries(kept).sort());
}

// Peers write base64 with and without padding; the octets count.
function octetsOf(value) {
  if (typeof value !== "string") return Buffer.from(value).toString("hex");
  return value.split(/,\s*/).map((each) => Buffer.from(each, "base64").toString("hex")).join(", ");
}

/**
 * Runs the case of a request at an origin.
 * peer: { metadata: entries, signal, timeoutMs, setHeader(name, value), setTrailer(name, value) }.
 */
export async function* answer(id, requests, peer) {
  const call = Call.of(id);
  call.seen.metadata = comparable(peer.metadata);
  call.seen.deadline = peer.timeoutMs !== undefined && peer.timeoutMs > 0 && peer.timeoutMs <= 60_000;
  const cancelled = () => {
    call.seen.cancelled = true;
    call.gate("cancelled").open();
  };
  if (peer.signal.aborted) cancelled();
  peer.signal.addEventListener("abort", cancelled);
  async function* recorded() {
    for await (const request of requests) {
      call.seen.messages.push(digest(request));
      call.passed("request", call.seen.messages.length);
      yield request;
    }
  }
  try {
    yield* call.case.answer({ call, requests: recorded(), peer });
  } finally {
    call.gate("answered").open();
  }
}
