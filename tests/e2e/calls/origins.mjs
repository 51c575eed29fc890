// Origins of grpc-js and of connect-node, all with the same service.
import * as http from "node:http";
import * as http2 from "node:http2";
import { fromBinary } from "@bufbuild/protobuf";
import { Code, ConnectError, createConnectRouter } from "@connectrpc/connect";
import {
  compressionGzip,
  connectNodeAdapter,
  universalRequestFromNodeRequest,
  universalResponseToNodeResponse,
} from "@connectrpc/connect-node";
import * as grpc from "@grpc/grpc-js";
import { Calls, ItemSchema, itemBytes } from "./schema.mjs";
import { CallFailure, answer } from "./service.mjs";
import { statusDetails } from "./status.mjs";
import { textHandler } from "./text.mjs";

async function* alone(request) {
  yield request;
}

async function only(answers) {
  let last;
  for await (const each of answers) last = each;
  if (last === undefined) throw new CallFailure(13, "the case has no answer");
  return last;
}

// --- connect-node --------------------------------------------------------------------------------

const asMetadata = (value) =>
  typeof value === "string" ? value : Buffer.from(value).toString("base64").replaceAll("=", "");

function connectAnswer(requests, context) {
  const answers = answer(context.requestHeader.get("x-call"), requests, {
    metadata: context.requestHeader.entries(),
    signal: context.signal,
    timeoutMs: context.timeoutMs(),
    setHeader: (name, value) => context.responseHeader.append(name, asMetadata(value)),
    setTrailer: (name, value) => context.responseTrailer.append(name, asMetadata(value)),
  });
  return withConnectErrors(answers);
}

async function* withConnectErrors(answers) {
  try {
    yield* answers;
  } catch (error) {
    if (!(error instanceof CallFailure)) throw error;
    const details = error.detail === undefined ? [] : [{ desc: ItemSchema, value: error.detail }];
    throw new ConnectError(error.message, error.code, undefined, details);
  }
}

const routesOf = (router) =>
  router.service(Calls, {
    unary: (request, context) => only(connectAnswer(alone(request), context)),
    server: (request, context) => connectAnswer(alone(request), context),
    client: (requests, context) => only(connectAnswer(requests, context)),
    both: (requests, context) => connectAnswer(requests, context),
  });

async function listen(server) {
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const sessions = new Set();
  server.on("session", (session) => sessions.add(session)); // http2.Server has no closeAllConnections
  const close = () => {
    server.close();
    server.closeAllConnections?.();
    for (const session of sessions) session.destroy();
  };
  return { port: server.address().port, close };
}

/** Starts connect-node as an origin of gRPC. */
export function grpcOrigin() {
  const options = { connect: false, grpcWeb: false, routes: routesOf };
  return listen(http2.createServer(connectNodeAdapter(options)));
}

/** Starts connect-node as an origin of gRPC-Web; form: "binary", or "text" by base64 around it. */
export function webOrigin(httpVersion, form) {
  const options = { connect: false, grpc: false, acceptCompression: [compressionGzip] };
  const router = routesOf(createConnectRouter(options));
  const wrap = form === "text" ? textHandler : (handler) => handler;
  const handlers = new Map(router.handlers.map((each) => [each.requestPath, wrap(each)]));
  const serve = async (request, response) => {
    const handler = handlers.get(request.url);
    if (handler === undefined) return response.writeHead(404).end();
    const taken = universalRequestFromNodeRequest(request, response, undefined, undefined);
    try {
      // connect refuses bidirectional calls over H1 by the number alone; the server of Node can.
      await universalResponseToNodeResponse(await handler({ ...taken, httpVersion: "2.0" }), response);
    } catch (error) {
      if (ConnectError.from(error).code !== Code.Aborted) response.destroy(error);
    }
  };
  // A call is a POST, which a proxy may not send again when its connection closes under it (RFC 9110
  // 9.2.2). Node closes idle connections after 5 s, and when it is busy also those with a request that
  // it has not read yet; these stay open until the test ends.
  const server = httpVersion === "2" ? http2.createServer(serve) : http.createServer({ keepAliveTimeout: 0 }, serve);
  return listen(server);
}

// --- grpc-js -------------------------------------------------------------------------------------

const definition = (path, requestStream, responseStream) => ({
  path: `/${Calls.typeName}/${path}`,
  requestStream,
  responseStream,
  requestSerialize: itemBytes,
  requestDeserialize: (octets) => fromBinary(ItemSchema, octets),
  responseSerialize: itemBytes,
  responseDeserialize: (octets) => fromBinary(ItemSchema, octets),
});

/** The service as grpc-js wants it described. */
export const grpcDefinition = {
  unary: definition("Unary", false, false),
  server: definition("Server", false, true),
  client: definition("Client", true, false),
  both: definition("Both", true, true),
};

/** Lists metadata of grpc-js as name and value, one value each. */
export function entriesOf(metadata) {
  return Object.keys(metadata.getMap()).flatMap((name) =>
    metadata.get(name).map((value) => [name, value]),
  );
}

function grpcAnswer(call, requests) {
  const aborted = new AbortController();
  call.on("cancelled", () => aborted.abort());
  const header = new grpc.Metadata();
  const trailer = new grpc.Metadata();
  const add = (to) => (name, value) =>
    to.add(name, typeof value === "string" ? value : Buffer.from(value));
  const deadline = Number(call.getDeadline());
  const answers = answer(call.metadata.get("x-call")[0], requests, {
    metadata: entriesOf(call.metadata),
    signal: aborted.signal,
    timeoutMs: Number.isFinite(deadline) ? deadline - Date.now() : undefined,
    setHeader: add(header),
    setTrailer: add(trailer),
  });
  return { answers, header, trailer };
}

function grpcStatus(error, trailer) {
  if (!(error instanceof CallFailure)) return { code: 2, details: String(error), metadata: trailer };
  if (error.detail !== undefined) {
    trailer.set("grpc-status-details-bin", statusDetails(error.code, error.message, error.detail));
  }
  return { code: error.code, details: error.message, metadata: trailer };
}

// The usual iterator would destroy both directions with the last request.
const requestsOf = (call) => call.iterator({ destroyOnReturn: false });

async function grpcUnary(call, requests, done) {
  const { answers, header, trailer } = grpcAnswer(call, requests);
  try {
    const value = await only(answers);
    call.sendMetadata(header);
    done(null, value, trailer);
  } catch (error) {
    call.sendMetadata(header);
    done(grpcStatus(error, trailer));
  }
}

async function grpcStream(call, requests) {
  const { answers, header, trailer } = grpcAnswer(call, requests);
  try {
    let first = true;
    for await (const each of answers) {
      if (first) call.sendMetadata(header);
      first = false;
      if (!call.write(each)) await new Promise((resolve) => call.once("drain", resolve));
    }
    if (first) call.sendMetadata(header);
    call.end(trailer);
  } catch (error) {
    call.emit("error", grpcStatus(error, trailer));
  }
}

/** Starts grpc-js. */
export async function grpcJsOrigin() {
  const server = new grpc.Server();
  server.addService(grpcDefinition, {
    unary: (call, done) => grpcUnary(call, alone(call.request), done),
    server: (call) => grpcStream(call, alone(call.request)),
    client: (call, done) => grpcUnary(call, requestsOf(call), done),
    both: (call) => grpcStream(call, requestsOf(call)),
  });
  const port = await new Promise((resolve, reject) =>
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    ),
  );
  return { port, close: () => server.forceShutdown() };
}
