// The text form of gRPC-Web, which connect does not know: base64 around its client and its server.
//
// A sender may end a padded segment wherever it flushes, and the network may cut inside of four
// characters: both are done here, so that a reader has to cope.

const isText = (type) => type?.startsWith("application/grpc-web-text") ?? false;
const binaryType = (type) => type.replace("application/grpc-web-text", "application/grpc-web");
const textType = (type) => type.replace("application/grpc-web", "application/grpc-web-text");

/** Writes each piece as a segment of base64, cut at an odd place. */
async function* encode(pieces) {
  for await (const piece of pieces) {
    const text = Buffer.from(piece).toString("base64");
    const cut = Math.floor(text.length / 3) + 1;
    yield Buffer.from(text.slice(0, cut), "latin1");
    yield Buffer.from(text.slice(cut), "latin1");
  }
}

/** Reads concatenated segments, however they were cut. */
async function* decode(pieces) {
  let rest = "";
  for await (const piece of pieces) {
    rest += Buffer.from(piece).toString("latin1");
    const whole = rest.length - (rest.length % 4);
    if (whole > 0) yield decodeSegments(rest.slice(0, whole));
    rest = rest.slice(whole);
  }
  if (rest !== "") throw new Error("base64 ends inside of four characters");
}

function decodeSegments(text) {
  if (!/^[A-Za-z0-9+/=]*$/.test(text)) throw new Error("no base64");
  const segments = text.match(/[^=]+={0,2}/g) ?? [];
  return Buffer.concat(segments.map((each) => Buffer.from(each, "base64")));
}

/** Makes an HTTP client of connect speak text. */
export function textClient(httpClient) {
  return async (request) => {
    const type = textType(request.header.get("content-type"));
    request.header.set("content-type", type);
    request.header.set("accept", type);
    const response = await httpClient({ ...request, body: encode(request.body) });
    const answered = response.header.get("content-type");
    if (!isText(answered)) return response;
    response.header.set("content-type", binaryType(answered));
    return { ...response, body: decode(response.body) };
  };
}

/** Makes a handler of connect serve text, and text only. */
export function textHandler(handler) {
  return async (request) => {
    const type = request.header.get("content-type");
    if (!isText(type) || !isText(request.header.get("accept"))) return { status: 415 };
    request.header.set("content-type", binaryType(type));
    const response = await handler({ ...request, body: decode(request.body) });
    const answered = response.header?.get("content-type");
    if (answered) response.header.set("content-type", textType(answered));
    return response.body === undefined ? response : { ...response, body: encode(response.body) };
  };
}
