// h1_response: whatever octets come as responses, and whatever they answer, the reading does not
// depend on the cut and never goes above the ceiling, content ends by the rule that RFC 9112 §6.3
// gives, and what was read can be written again as a strict message.
#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "fuzz/fuzz_input.h"
#include "fuzz/h1_claims.h"
#include "fuzz/h1_messages.h"
#include "regauge/h1/connection_reuse.h"
#include "regauge/h1/encoder.h"

namespace {

namespace h1 = regauge::h1;
namespace http = regauge::http;
namespace wire = regauge::wire;
using http::Framing;
using http::MethodId;
using regauge::fuzz::check;
using regauge::fuzz::Claims;
using regauge::fuzz::Message;
using regauge::fuzz::Reading;
using Input = std::span<const std::uint8_t>;

constexpr std::string_view kOracle = "h1_response";

// What is answered: the first octet says it where it is 0x10 to 0x1f, and is no part of the
// response then; else it follows from the octets.
h1::ResponseContext context_for(Input& input) {
  constexpr std::array kMethods{MethodId::get, MethodId::get, MethodId::head, MethodId::connect};
  if (!input.empty() && input.front() >> 4U == 1) {
    const unsigned bits = input.front();
    input = input.subspan(1);
    return {kMethods.at(bits % kMethods.size()), (bits & 4U) != 0, (bits & 8U) != 0};
  }
  const std::uint64_t hash = regauge::fuzz::hash_of(input);
  return {kMethods.at(hash % kMethods.size()), (hash >> 8U) % 2 == 0, (hash >> 9U) % 4 != 0};
}

std::size_t count(const Message& message, std::string_view name) {
  std::size_t lines = 0;
  for (const auto& line : message.fields) lines += line.first == name ? 1U : 0U;
  return lines;
}

// --- where the message ends ----------------------------------------------------------------------

void check_no_content(const Message& message, const h1::ResponseContext& context) {
  const bool success = message.status >= 200 && message.status < 300;
  const bool tunnel =
      message.status == 101 || (context.request_method == MethodId::connect && success);
  check(message.tunnel == (tunnel && message.version != http::Version::http_0_9), kOracle,
        "a tunnel begins behind 101 and behind 2xx to CONNECT, and nowhere else");
  const bool bodyless = message.status < 200 || message.status == 204 || message.status == 304 ||
                        context.request_method == MethodId::head;
  if (!bodyless && !message.tunnel) return;
  if (message.version == http::Version::http_0_9) return;  // a reading of its own
  check(message.content.empty() && message.trailers.empty(), kOracle,
        "a response that has no content is told none");
}

void check_end(const Message& message) {
  switch (message.framing.framing) {
    case Framing::none:
    case Framing::tunnel:
      check(message.content.empty(), kOracle, "no content was announced, none is told");
      break;
    case Framing::length:
      check(message.content.size() == message.framing.length, kOracle,
            "content has the announced length");
      check(count(message, "content-length") == 1 && count(message, "transfer-encoding") == 0,
            kOracle, "one Content-Length announces it");
      break;
    case Framing::stream:
      check(count(message, "transfer-encoding") == 1 && count(message, "content-length") == 0,
            kOracle, "one Transfer-Encoding announces chunks");
      break;
    case Framing::until_close:
      check(message.close_after, kOracle, "content up to the end closes the connection");
      check(count(message, "content-length") == 0, kOracle, "and has no length");
      break;
  }
  check(message.trailers.empty() || message.framing.framing == Framing::stream, kOracle,
        "trailers stand behind chunks alone");
}

// --- the connection ------------------------------------------------------------------------------

// Reads the options of all Connection lines, for clarity.
h1::ConnectionOption option_of(const Message& message) {
  h1::ConnectionOption option = h1::ConnectionOption::nothing;
  for (const auto& [name, value] : message.fields) {
    if (name != "connection") continue;
    for (std::string_view rest = value; !rest.empty();) {
      const std::size_t comma = std::min(rest.find(','), rest.size());
      const std::string_view token = http::trim(rest.substr(0, comma));
      rest.remove_prefix(std::min(comma + 1, rest.size()));
      if (http::equal_fold(token, "close")) return h1::ConnectionOption::close;
      if (http::equal_fold(token, "keep-alive")) option = h1::ConnectionOption::keep_alive;
    }
  }
  return option;
}

// The rule of reuse and the decoder agree on what closes; a repair may close, too.
void check_reuse(const Message& message, MethodId method, bool leftover) {
  h1::ReuseFacts facts;
  facts.method = method;
  facts.status = {message.status};
  facts.framing = message.tunnel ? Framing::tunnel : message.framing.framing;
  facts.version = message.version;
  facts.option = option_of(message);
  facts.request_complete = true;
  facts.response_complete = message.complete;
  facts.leftover = leftover;
  const bool reuse = h1::may_reuse(facts);
  check(!reuse || (message.complete && !leftover), kOracle,
        "only what is whole and has nothing behind it is used again");
  if (!message.complete || leftover) return;
  if (message.status < 200) {
    check(!reuse, kOracle, "behind an interim response the final one is still to come");
    return;
  }
  check(!message.close_after || !reuse || message.deviations.any(), kOracle,
        "a connection that closes is not used again");
  check(message.close_after || reuse, kOracle, "one that stays is");
}

// --- canonical form ------------------------------------------------------------------------------

http::ResponseHead head_of(const Message& message, http::FieldSection fields) {
  http::ResponseHead head;
  head.status = {message.status};
  head.reason = message.reason;
  head.fields = fields;
  head.content = message.framing;
  // What ended with the connection is written in chunks.
  if (head.content.framing == Framing::until_close) head.content = {Framing::stream, 0};
  return head;
}

// Encodes a complete final response; nothing if the encoder refuses it.
std::optional<std::string> encode(const Message& message, MethodId method) {
  wire::Outbox outbox(wire::heap_slabs());
  h1::Encoder encoder(outbox);
  const auto fields = regauge::fuzz::lines_of(message.fields);
  h1::Situation situation;
  situation.request_method = method;
  const auto head = encoder.response_head(head_of(message, fields), situation);
  if (!head) return std::nullopt;
  if (encoder.complete()) return regauge::fuzz::written(outbox);
  const bool more = head->framing == Framing::stream;
  const auto content = wire::Slice::copy_of(wire::as_bytes(message.content));
  const auto sent = encoder.content(content, more ? http::EndStream::no : http::EndStream::yes);
  check(sent.has_value(), kOracle, "content that was read can be written");
  const auto trailers = regauge::fuzz::lines_of(message.trailers);
  if (more && !encoder.trailers(trailers)) return std::nullopt;
  return regauge::fuzz::written(outbox);
}

void check_canonical(const Message& message, const h1::ResponseContext& context, bool strict) {
  const bool final = message.status >= 200 && message.version != http::Version::http_0_9;
  if (!final || message.tunnel) return;
  const auto octets = encode(message, context.request_method);
  check(octets.has_value() || !strict, kOracle, "what strict accepts can be written");
  if (!octets) return;
  const h1::Policy policy(h1::Side::response, h1::Preset::strict);
  const Reading again = regauge::fuzz::read_messages(policy, context, {wire::as_bytes(*octets)});
  check(again.messages.size() == 1, kOracle, "one message is written as one message");
  const Message& copy = again.messages.front();
  check(copy.complete, kOracle, "what is written is accepted by strict");
  check(copy.status == message.status, kOracle, "the status survives");
  check(copy.content == message.content, kOracle, "the content survives");
  check(encode(copy, context.request_method) == octets, kOracle,
        "the canonical form is a fixed point");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input input(data, size);
  const h1::ResponseContext context = context_for(input);
  const Claims claims{kOracle, h1::Side::response, context};
  const Reading strict = claims.read_all_cuts(input, h1::Preset::strict);
  const Reading common = claims.read_all_cuts(input, h1::Preset::common);
  const Reading maximal = claims.read_all_cuts(input, h1::Preset::maximal);
  claims.check_monotone(strict, common);
  claims.check_monotone(common, maximal);
  claims.check_choices(input, maximal);
  for (const Message& message : maximal.messages) {
    check_no_content(message, context);
    check_reuse(message, context.request_method, message.end < input.size());
    if (!message.complete) break;
    claims.check_ceiling(message);
    check_end(message);
    check_canonical(message, context, false);
  }
  for (const Message& message : strict.messages) {
    if (message.complete) check_canonical(message, context, true);
  }
  return 0;
}
