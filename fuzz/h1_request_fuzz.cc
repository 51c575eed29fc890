// h1_request: whatever octets come as requests, the decoder's reading does not depend on the cut,
// never goes above the ceiling, says the same as a reader of framing fields written for clarity,
// and can be written again as a strict message.
#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fuzz/fuzz_input.h"
#include "fuzz/h1_claims.h"
#include "fuzz/h1_messages.h"
#include "regauge/h1/encoder.h"

namespace {

namespace h1 = regauge::h1;
namespace http = regauge::http;
namespace wire = regauge::wire;
using regauge::fuzz::check;
using regauge::fuzz::Message;
using regauge::fuzz::Reading;
using Input = std::span<const std::uint8_t>;

constexpr std::string_view kOracle = "h1_request";

// --- the ceiling ---------------------------------------------------------------------------------

void check_structure(const Message& message) {
  using enum h1::Deviation;
  const auto has = [&](h1::Deviation deviation) {
    return message.deviations.test(static_cast<std::size_t>(deviation));
  };
  const bool content = message.framing.framing != http::Framing::none;
  // A fold is not among them: only one that is blank or has a colon changes the lines.
  const bool restructured = has(bare_cr_in_value) || has(field_without_colon) ||
                            has(empty_field_name) || has(space_before_first_field) ||
                            has(underscore_framing_alias) || has(mixed_eol);
  check(!content || !restructured, kOracle,
        "a request with a repaired structure has no content (theorem, clause a)");
}

// --- an independent reader of framing fields -----------------------------------------------------

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::string lower(std::string_view text) {
  std::string low(text);
  for (char& octet : low)
    octet = octet >= 'A' && octet <= 'Z' ? static_cast<char>(octet | 32) : octet;
  return low;
}

std::vector<std::string> elements_of(std::string_view value) {
  std::vector<std::string> elements;
  while (true) {
    const std::size_t comma = value.find(',');
    elements.push_back(lower(trimmed(value.substr(0, comma))));
    if (comma == std::string_view::npos) return elements;
    value.remove_prefix(comma + 1);
  }
}

struct FramingLines {
  std::vector<std::string> lengths;
  std::vector<std::string> codings;
};

// Collects the elements of all framing lines of the head; white space behind a name does not hide
// one.
FramingLines framing_lines(std::string_view head) {
  FramingLines lines;
  while (!head.empty()) {
    const std::size_t lf = std::min(head.find('\n'), head.size() - 1);
    std::string_view line = head.substr(0, lf);
    head.remove_prefix(lf + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty()) return lines;
    const std::size_t colon = line.find(':');
    // A folded line is part of a value, whatever it looks like (theorem, clause a).
    const bool folded = line.front() == ' ' || line.front() == '\t';
    if (folded || colon == std::string_view::npos) continue;
    const std::string name = lower(trimmed(line.substr(0, colon)));
    auto& into = name == "content-length" ? lines.lengths : lines.codings;
    if (name != "content-length" && name != "transfer-encoding") continue;
    for (std::string& element : elements_of(line.substr(colon + 1))) {
      into.push_back(std::move(element));
    }
  }
  return lines;
}

std::optional<std::uint64_t> number(std::string_view digits) {
  if (digits.empty()) return std::nullopt;
  std::uint64_t value = 0;
  for (const char digit : digits) {
    if (digit < '0' || digit > '9' || value > (std::uint64_t{1} << 60U) / 10) return std::nullopt;
    value = value * 10 + static_cast<std::uint64_t>(digit - '0');
  }
  return value;
}

// Takes a line off the front and returns it without its end.
std::string_view next_line(std::string_view& octets) {
  const std::size_t lf = octets.find('\n');
  std::string_view line = octets.substr(0, lf);
  octets.remove_prefix(lf == std::string_view::npos ? octets.size() : lf + 1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

// Reads the chunks of a complete message again: each size is one that was there, no sum has
// wrapped, and nothing but a line end stands behind a chunk (RFC 9112 §7.1).
void check_chunks(const Message& message, std::string_view octets) {
  while (!next_line(octets).empty()) {
  }
  std::size_t total = 0;
  while (true) {
    const std::string_view line = trimmed(next_line(octets));
    std::string_view digits = line.substr(0, line.find_first_not_of("0123456789abcdefABCDEF"));
    check(!digits.empty(), kOracle, "a chunk begins with its size");
    digits.remove_prefix(std::min(digits.find_first_not_of('0'), digits.size()));
    check(digits.size() < 16, kOracle, "the size of a chunk did not wrap");
    const std::size_t size = digits.empty() ? 0 : std::stoull(std::string(digits), nullptr, 16);
    if (size == 0) break;
    check(size <= octets.size(), kOracle, "a chunk of a complete message is there");
    octets.remove_prefix(size);
    total += size;
    check(next_line(octets).find_first_not_of('\r') == std::string_view::npos, kOracle,
          "nothing but a line end stands behind a chunk");
  }
  check(total == message.content.size(), kOracle, "the content is that of the chunks");
}

void check_framing(const Message& message, std::string_view octets) {
  while (octets.starts_with("\r\n") || octets.starts_with("\n")) {
    octets.remove_prefix(octets.find('\n') + 1);
  }
  const FramingLines lines = framing_lines(octets);
  if (message.version == http::Version::http_0_9) return;
  switch (message.framing.framing) {
    case http::Framing::none:
    case http::Framing::length:
      check(lines.codings.empty(), kOracle, "a request with Transfer-Encoding is chunked");
      for (const std::string& length : lines.lengths) {
        check(number(length) == message.framing.length, kOracle,
              "every Content-Length says the length that was read");
      }
      break;
    case http::Framing::stream: {
      const auto chunked = std::ranges::count(lines.codings, "chunked");
      check(chunked == 1, kOracle, "chunked content is announced once");
      for (const std::string& coding : lines.codings) {
        check(coding == "chunked" || coding == "identity" || coding.empty(), kOracle,
              "chunked is the only coding");
      }
      check_chunks(message, octets);
      break;
    }
    case http::Framing::until_close:
    case http::Framing::tunnel: check(false, kOracle, "no request has such a framing"); break;
  }
  const bool known = message.framing.framing == http::Framing::length;
  check(!known || message.content.size() == message.framing.length, kOracle,
        "the content has the announced length");
}

// --- canonical form ------------------------------------------------------------------------------

http::RequestHead head_of(const Message& message, http::FieldSection fields) {
  http::RequestHead head;
  head.method = http::method_of(message.method);
  head.scheme = message.scheme;
  head.authority = message.authority;
  head.path = message.path;
  head.fields = fields;
  head.content = message.framing;
  return head;
}

// Encodes a complete message. Nothing if the encoder refuses it, which a strict one it never does.
std::optional<std::string> encode(const Message& message) {
  using regauge::fuzz::lines_of;
  wire::Outbox outbox(wire::heap_slabs());
  h1::Encoder encoder(outbox);
  const auto fields = lines_of(message.fields);
  h1::Situation situation;
  if (!encoder.request_head(head_of(message, fields), situation)) return std::nullopt;
  const auto trailers = lines_of(message.trailers);
  const bool more = message.framing.framing == http::Framing::stream;
  const auto content = wire::Slice::copy_of(wire::as_bytes(message.content));
  const auto sent = encoder.content(content, more ? http::EndStream::no : http::EndStream::yes);
  check(sent.has_value(), kOracle, "content that was read can be written");
  if (more && !encoder.trailers(trailers)) return std::nullopt;
  return regauge::fuzz::written(outbox);
}

// Octets that no URI has are kept as they are (RFC 3986 names them, every server reads them): the
// one deviation that is written.
h1::Policy strict_but_for_uri_octets() {
  h1::Policy policy(h1::Side::request, h1::Preset::strict);
  policy.set(h1::Deviation::non_uri_char_in_target, h1::Action::accept);
  return policy;
}

void check_canonical(const Message& message, bool strict) {
  const auto octets = encode(message);
  check(octets.has_value() || !strict, kOracle, "what strict accepts can be written");
  if (!octets) return;
  const Reading again =
      regauge::fuzz::read_requests(strict_but_for_uri_octets(), {wire::as_bytes(*octets)});
  check(again.messages.size() == 1, kOracle, "one message is written as one message");
  const Message& copy = again.messages.front();
  check(copy.complete, kOracle, "what is written is accepted by strict");
  check(copy.method == message.method, kOracle, "the method survives");
  check(copy.content == message.content, kOracle, "the content survives");
  check(copy.authority == message.authority, kOracle, "the authority survives");
  check(message.path.contains('\\') || copy.path == message.path, kOracle, "the path survives");
  // Writing what was read from what was written changes nothing any more.
  const auto fixed = encode(copy);
  check(fixed == octets, kOracle, "the canonical form is a fixed point");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Input input(data, size);
  const regauge::fuzz::Claims claims{kOracle, h1::Side::request, {}};
  const Reading strict = claims.read_all_cuts(input, h1::Preset::strict);
  const Reading common = claims.read_all_cuts(input, h1::Preset::common);
  const Reading maximal = claims.read_all_cuts(input, h1::Preset::maximal);
  claims.check_monotone(strict, common);
  claims.check_monotone(common, maximal);
  claims.check_choices(input, maximal);
  for (const Message& message : maximal.messages) {
    if (!message.complete) break;
    claims.check_ceiling(message);
    check_structure(message);
    check_framing(message, wire::as_text(input.subspan(static_cast<std::size_t>(message.begin))));
    check_canonical(message, false);
  }
  for (const Message& message : strict.messages) {
    if (message.complete) check_canonical(message, true);
  }
  return 0;
}
