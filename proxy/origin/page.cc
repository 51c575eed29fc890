#include "proxy/origin/page.h"

namespace regauge::origin {

const std::string_view kPage = R"html(<!doctype html>
<html lang="en">
<meta charset="utf-8">
<link rel="icon" href="data:,">
<title>regauge: gRPC-Web from a browser</title>
<style>
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 44em; margin: 2em auto; padding: 0 1em; }
  h2 { font-size: 1.1em; margin: 1.6em 0 0.3em; }
  pre { background: #f3f3f0; padding: 0.6em; min-height: 1.4em; white-space: pre-wrap; }
</style>
<h1>gRPC-Web from this browser</h1>
<p>Each call below is a real <code>fetch</code> of this page. The proxy translates it to gRPC for
the origin, and the answer back.</p>
<p><label>Text <input id="text" value="wagon"></label>
<label><input id="in-text" type="checkbox"> as grpc-web-text (base64)</label>
<button id="run">Call again</button></p>
<h2>Unary</h2><pre id="unary"></pre>
<h2>Server streaming</h2><pre id="stream"></pre>
<h2>An error</h2><pre id="error"></pre>
<p>State: <b id="state">idle</b></p>
<script>
"use strict";
const show = (id, text) => { document.getElementById(id).textContent = text; };
const query = new URLSearchParams(location.search);
const base = query.get("api") || location.origin;
if (query.has("text")) document.getElementById("in-text").checked = true;

// EchoRequest of echo.proto: a string and varints.
function encode({ text, count = 0, pauseMs = 0, status = 0 }) {
  const octets = [];
  const varint = (value) => {
    for (; value > 127; value = Math.floor(value / 128)) octets.push((value % 128) | 128);
    octets.push(value);
  };
  const utf8 = new TextEncoder().encode(text);
  varint(1 << 3 | 2);
  varint(utf8.length);
  octets.push(...utf8);
  for (const [field, value] of [[2, count], [3, pauseMs], [4, status]]) {
    if (value) { varint(field << 3); varint(value); }
  }
  return octets;
}

// EchoReply: one string.
function decode(octets) {
  let at = 1, size = 0, shift = 0;
  do { size += (octets[at] & 127) * 2 ** shift; shift += 7; } while (octets[at++] & 128);
  return new TextDecoder().decode(octets.subarray(at, at + size));
}

// Yields the frames of a response as its octets come.
async function* frames(response, isText) {
  let octets = new Uint8Array(0), encoded = "";
  const reader = response.body.getReader();
  for (;;) {
    while (octets.length >= 5) {
      const size = new DataView(octets.buffer, octets.byteOffset).getUint32(1);
      if (octets.length < 5 + size) break;
      yield { flags: octets[0], octets: octets.subarray(5, 5 + size) };
      octets = octets.slice(5 + size);
    }
    const { done, value } = await reader.read();
    if (done) return;
    let piece = value;
    if (isText) {
      encoded += new TextDecoder().decode(value);
      const whole = encoded.length - encoded.length % 4;
      piece = Uint8Array.from(
        encoded.slice(0, whole).replace(/.{4}/g, atob), (each) => each.charCodeAt(0));
      encoded = encoded.slice(whole);
    }
    octets = Uint8Array.from([...octets, ...piece]);
  }
}

// Calls a method; tells each message, returns the trailers.
async function call(method, request, onMessage) {
  const isText = document.getElementById("in-text").checked;
  const type = isText ? "application/grpc-web-text" : "application/grpc-web+proto";
  const message = encode(request);
  const frame = new Uint8Array([0, 0, 0, message.length >> 8, message.length & 255, ...message]);
  const response = await fetch(`${base}/regauge.demo.Echo/${method}`, {
    method: "POST",
    headers: { "content-type": type, "x-grpc-web": "1" },
    body: isText ? btoa(String.fromCharCode(...frame)) : frame,
  });
  const trailers = new Map(response.headers);  // trailers alone stand in the head
  for await (const { flags, octets } of frames(response, isText)) {
    if (flags & 128) {
      for (const line of new TextDecoder().decode(octets).split("\r\n")) {
        const [name, ...value] = line.split(":");
        if (name) trailers.set(name.toLowerCase(), value.join(":").trim());
      }
    } else {
      onMessage(decode(octets));
    }
  }
  return trailers;
}

const outcome = (trailers) => `grpc-status ${trailers.get("grpc-status")}` + (
  trailers.get("grpc-message") ? `: ${decodeURIComponent(trailers.get("grpc-message"))}` : "");

async function run() {
  show("state", "running");
  const text = document.getElementById("text").value;
  try {
    let lines = [];
    const unary = await call("Unary", { text }, (each) => lines.push(each));
    show("unary", [...lines, outcome(unary)].join("\n"));

    lines = [];
    const started = performance.now();
    let first = 0;
    const streamed = await call("ServerStream", { text, count: 5, pauseMs: 200 }, (each) => {
      first = first || performance.now() - started;
      lines.push(each);
      show("stream", lines.join("\n"));
    });
    const last = performance.now() - started;
    lines.push(outcome(streamed));
    lines.push(`first message after ${first.toFixed()} ms, end after ${last.toFixed()} ms`);
    show("stream", lines.join("\n"));

    const failed = await call("Fail", { text: "wrong gauge: 100 % \u00e4\u00f6\u00fc" }, () => {});
    show("error", outcome(failed));
    show("state", "done");
  } catch (error) {
    show("state", `failed: ${error}`);
  }
}
document.getElementById("run").addEventListener("click", run);
run();
</script>
</html>
)html";

}  // namespace regauge::origin
