// Clients of connect-node and grpc-js. Each runs a call and says what came of it in the same words.
import { ConnectError, createClient, encodeBinaryHeader } from "@connectrpc/connect";
import { createTransport } from "@connectrpc/connect/protocol-grpc-web";
import {
  Http2SessionManager,
  compressionGzip,
  createGrpcTransport,
  createGrpcWebTransport,
  createNodeHttpClient,
} from "@connectrpc/connect-node";
import * as grpc from "@grpc/grpc-js";
import { entriesOf, grpcDefinition } from "./origins.mjs";
import { Calls, ItemSchema } from "./schema.mjs";
import { comparable, digest } from "./service.mjs";
import { textClient } from "./text.mjs";

const ENOUGH_MS = 55_000; // a call that hangs fails by its deadline

function emptyResult() {
  return { messages: [], code: 0, message: "", header: {}, trailer: {}, details: [] };
}

async function* requestsOf(call) {
  const requests = call.case.requests;
  yield* typeof requests === "function" ? requests({ call }) : requests;
}

/** Takes one message of the response; the case may want to do something about it. */
async function take(call, result, message, cancel) {
  result.messages.push(digest(message));
  call.passed("response", result.messages.length);
  if (call.case.cancelAfter === result.messages.length) cancel();
}

// --- connect-node --------------------------------------------------------------------------------

class ConnectClient {
  constructor(transport, session) {
    this.client = createClient(Calls, transport);
    this.session = session;
  }

  async run(call) {
    const result = emptyResult();
    const aborted = new AbortController();
    if (call.case.cancelWhen) call.gate(call.case.cancelWhen).opened.then(() => aborted.abort());
    const headers = new Headers({ "x-call": call.id });
    for (const [name, value] of call.case.metadata ?? []) {
      headers.append(name, typeof value === "string" ? value : encodeBinaryHeader(value));
    }
    const options = {
      headers,
      signal: aborted.signal,
      timeoutMs: call.case.timeoutMs ?? ENOUGH_MS,
      onHeader: (header) => (result.header = comparable(header)),
      onTrailer: (trailer) => (result.trailer = comparable(trailer)),
    };
    try {
      for await (const message of this.#responses(call, options)) {
        await take(call, result, message, () => aborted.abort());
      }
    } catch (reason) {
      const error = ConnectError.from(reason);
      if (!(reason instanceof ConnectError)) throw reason;
      result.code = error.code;
      result.message = error.rawMessage;
      result.header = {}; // an error has both sections in one
      result.trailer = comparable(error.metadata);
      result.details = error.findDetails(ItemSchema).map(digest);
    }
    return result;
  }

  async *#responses(call, options) {
    const requests = requestsOf(call);
    const first = async () => (await requests.next()).value;
    switch (call.case.method) {
      case "unary":
        yield await this.client.unary(await first(), options);
        return;
      case "client":
        yield await this.client.client(requests, options);
        return;
      case "server":
        yield* this.client.server(await first(), options);
        return;
      case "both":
        yield* this.client.both(requests, options);
    }
  }

  close() {
    this.session.abort();
  }
}

function connectClient(make) {
  return (port, { form, compressed }) => {
    const baseUrl = `http://127.0.0.1:${port}`;
    const session = new Http2SessionManager(baseUrl);
    const options = { baseUrl, sessionManager: session, acceptCompression: [] };
    if (compressed) {
      options.acceptCompression = [compressionGzip];
      options.sendCompression = compressionGzip;
    }
    return new ConnectClient(make(options, form), session);
  };
}

const webTransport = (httpVersion) => (options, form) =>
  form === "text"
    ? textTransport(httpVersion, options)
    : createGrpcWebTransport({ ...options, httpVersion });

function textTransport(httpVersion, options) {
  const sessionProvider = () => options.sessionManager;
  return createTransport({
    ...options,
    httpClient: textClient(createNodeHttpClient({ httpVersion, sessionProvider })),
    useBinaryFormat: true,
    sendCompression: options.sendCompression ?? null,
    compressMinBytes: 1024,
    readMaxBytes: 0xffffffff,
    writeMaxBytes: 0xffffffff,
  });
}

// --- grpc-js -------------------------------------------------------------------------------------

class GrpcJsClient {
  constructor(port, compressed) {
    const options = compressed ? { "grpc.default_compression_algorithm": 2 } : {}; // gzip
    const Client = grpc.makeGenericClientConstructor(grpcDefinition, "Calls");
    this.client = new Client(`127.0.0.1:${port}`, grpc.credentials.createInsecure(), options);
  }

  async run(call) {
    const result = emptyResult();
    const metadata = new grpc.Metadata();
    metadata.set("x-call", call.id);
    for (const [name, value] of call.case.metadata ?? []) {
      metadata.add(name, typeof value === "string" ? value : Buffer.from(value));
    }
    const deadline = Date.now() + (call.case.timeoutMs ?? ENOUGH_MS);
    const stream = await this.#start(call, metadata, { deadline });
    if (call.case.cancelWhen) call.gate(call.case.cancelWhen).opened.then(() => stream.cancel());
    stream.on("metadata", (header) => (result.header = comparable(entriesOf(header))));
    const status = new Promise((resolve) => stream.on("status", resolve));
    stream.on("data", (message) => take(call, result, message, () => stream.cancel()));
    stream.on("error", () => {}); // told by the status, too
    const ended = await status;
    result.code = ended.code;
    // The client's own words say how long it waited.
    result.message = ended.code === 0 ? "" : ended.details.replace(/ after [.0-9]+s,.*/, "");
    result.trailer = comparable(entriesOf(ended.metadata));
    return result;
  }

  async #start(call, metadata, options) {
    const requests = requestsOf(call);
    const { method } = call.case;
    const responded = (stream) => (error, value) => error ?? stream.emit("data", value);
    if (method === "unary" || method === "server") {
      const { value } = await requests.next();
      if (method === "server") return this.client.server(value, metadata, options);
      const stream = this.client.unary(value, metadata, options, (...all) => responded(stream)(...all));
      return stream;
    }
    const stream =
      method === "both"
        ? this.client.both(metadata, options)
        : this.client.client(metadata, options, (...all) => responded(stream)(...all));
    void this.#send(stream, requests);
    return stream;
  }

  async #send(stream, requests) {
    let wake = () => {};
    let ended = false;
    stream.on("drain", () => wake());
    stream.on("status", () => wake((ended = true)));
    for await (const request of requests) {
      if (ended) return;
      if (!stream.write(request)) await new Promise((resolve) => (wake = resolve));
    }
    stream.end();
  }

  close() {
    this.client.close();
  }
}

const grpcOriginOf = (origin) => (origin === "grpc-js" ? origin : "connect-node");

/**
 * Every client: a name, how to make one for a port, and to which origin it can speak directly so that
 * its results should be those that it has from another origin through a proxy.
 */
export const clients = [
  {
    name: "gRPC-Web over H1",
    make: connectClient(webTransport("1.1")),
    direct: () => "web over H1",
  },
  {
    name: "gRPC-Web over H2",
    make: connectClient(webTransport("2")),
    direct: () => "web over H2",
  },
  {
    name: "gRPC of connect-node",
    make: connectClient(createGrpcTransport),
    direct: grpcOriginOf,
  },
  {
    name: "gRPC of grpc-js",
    make: (port, { compressed }) => new GrpcJsClient(port, compressed),
    direct: grpcOriginOf,
  },
];
