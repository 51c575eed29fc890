// h1_roundtrip: a message that somebody wants written. Either the encoder refuses it, or strict and
// a reader of the grammar read exactly that message in what was written; what no message may have
// is always refused, and writing again what was read changes nothing.
#include <algorithm>
#include <array>
#include <charconv>
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
#include "fuzz/h1_splitter.h"
#include "fuzz/h1_trace.h"
#include "regauge/h1/encoder.h"

namespace {

namespace h1 = regauge::h1;
namespace http = regauge::http;
namespace wire = regauge::wire;
using regauge::fuzz::check;
using regauge::fuzz::lines_of;
using regauge::fuzz::Message;
using regauge::fuzz::Reading;
using regauge::fuzz::Wanted;

constexpr std::string_view kOracle = "h1_roundtrip";

// The encoder decides about these lines by itself.
constexpr std::array<std::string_view, 11> kOwn{
    "connection", "content-length",   "host",  "http2-settings",
    "keep-alive", "proxy-connection", "te",    "transfer-encoding",
    "trailer",    "upgrade",          "expect"};

// Leaves the lines that are copied; with `_` for `-` a name may be one of the encoder's own, too.
Wanted::Lines copied(const Wanted::Lines& lines) {
  Wanted::Lines kept;
  for (const auto& line : lines) {
    std::string letters;
    for (const char octet : line.first) {
      if (octet >= 'a' && octet <= 'z') letters += octet;
    }
    const bool own = std::ranges::find(kOwn, line.first) != kOwn.end();
    const bool alias = letters == "contentlength" || letters == "transferencoding";
    if (!own && !alias) kept.push_back(line);
  }
  return kept;
}

// --- what must be refused ------------------------------------------------------------------------

bool has_control(std::string_view text) {
  return std::ranges::any_of(text, [](char octet) {
    const auto value = static_cast<unsigned char>(octet);
    return (value < 0x20 && octet != '\t') || value == 0x7f;
  });
}

bool is_bad_line(const std::pair<std::string, std::string>& line) {
  constexpr std::string_view kName = "abcdefghijklmnopqrstuvwxyz0123456789!#$%&'*+-.^_`|~";
  return line.first.empty() || line.first.find_first_not_of(kName) != std::string::npos ||
         has_control(line.second);
}

bool is_bad(const Wanted& wanted) {
  const bool lines = std::ranges::any_of(copied(wanted.fields), is_bad_line);
  if (wanted.response) return lines;
  const auto has_gap = [](std::string_view text) {
    return has_control(text) || text.find_first_of(" \t") != std::string_view::npos;
  };
  return lines || wanted.method.empty() || has_gap(wanted.method) || has_gap(wanted.target) ||
         has_gap(wanted.authority);
}

// --- writing -------------------------------------------------------------------------------------

http::Content content_of(const Wanted& wanted) {
  if (!wanted.known_length) return {http::Framing::stream, 0};
  return {http::Framing::length, wanted.content.size()};
}

std::uint16_t status_of(const Wanted& wanted) {
  std::uint16_t status = 0;
  std::from_chars(wanted.method.data(), wanted.method.data() + wanted.method.size(), status);
  return status;
}

// Writes content in two pieces, then trailers. Returns whether all was accepted.
bool write_content(h1::Encoder& encoder, const Wanted& wanted, http::Framing framing) {
  const std::size_t half = wanted.content.size() / 3;
  const auto piece = [&](std::size_t begin, std::size_t end) {
    return wire::Slice::copy_of(
        wire::as_bytes(std::string_view(wanted.content).substr(begin, end - begin)));
  };
  if (!encoder.content(piece(0, half), http::EndStream::no)) return false;
  const bool trailers = framing == http::Framing::stream && !wanted.trailers.empty();
  const auto end = trailers ? http::EndStream::no : http::EndStream::yes;
  if (!encoder.content(piece(half, wanted.content.size()), end)) return false;
  return !trailers || encoder.trailers(lines_of(wanted.trailers)).has_value();
}

std::optional<std::string> write(const Wanted& wanted) {
  wire::Outbox outbox(wire::heap_slabs());
  h1::Encoder encoder(outbox);
  const auto fields = lines_of(wanted.fields);
  std::expected<h1::WrittenHead, http::Refusal> head;
  if (wanted.response) {
    http::ResponseHead response;
    response.status = {status_of(wanted)};
    response.reason = wanted.target;
    response.fields = fields;
    response.content = content_of(wanted);
    head = encoder.response_head(response, {});
  } else {
    http::RequestHead request;
    request.method = http::method_of(wanted.method);
    request.authority = wanted.authority;
    request.path = wanted.target;
    request.fields = fields;
    request.content = content_of(wanted);
    head = encoder.request_head(request, {});
  }
  check(head.has_value() || outbox.empty(), kOracle, "nothing is queued by a call that is refused");
  if (!head) return std::nullopt;
  check(!is_bad(wanted), kOracle, "what no message may have is refused");
  if (!encoder.complete() && !write_content(encoder, wanted, head->framing)) return std::nullopt;
  const wire::Work& work = encoder.work();
  // Lines that the encoder leaves out cost steps, too.
  std::size_t octets = work.bytes_emitted;
  for (const auto& [name, value] : wanted.fields) octets += name.size() + value.size() + 8;
  check(work.steps <= 16 * octets + 2048 * work.messages, kOracle, "law of steps");
  check(work.copies <= octets + 64, kOracle, "law of copies");
  if (!wanted.trailers.empty() && head->framing == http::Framing::stream) {
    check(std::ranges::none_of(copied(wanted.trailers),
                               [](const auto& line) {
                                 return is_bad_line(line) &&
                                        !http::is_forbidden_in_trailers(http::field_id(line.first));
                               }),
          kOracle, "what no trailer section may have is refused");
  }
  return regauge::fuzz::written(outbox);
}

// --- reading again -------------------------------------------------------------------------------

std::string without_backslashes(std::string_view path) {
  std::string encoded;
  for (const char octet : path)
    encoded += octet == '\\' ? std::string("%5C") : std::string(1, octet);
  return encoded;
}

Message read_strictly(const Wanted& wanted, std::string_view octets) {
  h1::Policy policy(wanted.response ? h1::Side::response : h1::Side::request, h1::Preset::strict);
  // Octets that no URI has are written as they were forgiven (codecs/regauge/h1/README.md).
  policy.set(h1::Deviation::non_uri_char_in_target, h1::Action::accept);
  const Reading reading = regauge::fuzz::read_messages(policy, {}, {wire::as_bytes(octets)});
  check(reading.messages.size() == 1 && reading.messages.front().complete, kOracle,
        "strict reads one message in what was written");
  return reading.messages.front();
}

void check_meaning(const Wanted& wanted, const Message& message) {
  check(copied(message.fields) == copied(wanted.fields), kOracle, "the field lines survive");
  check(message.content == wanted.content || message.status == 304, kOracle,
        "the content survives");
  if (wanted.response) {
    check(message.status == status_of(wanted), kOracle, "the status survives");
    return;
  }
  check(message.method == wanted.method, kOracle, "the method survives");
  check(message.path == without_backslashes(wanted.target), kOracle, "the target survives");
  check(wanted.authority.empty() || message.authority == wanted.authority, kOracle,
        "the authority survives");
}

void check_split(const Message& message, std::string_view octets) {
  const auto request = regauge::fuzz::Splitter(octets).read();
  check(request && request->complete && request->octets == octets.size(), kOracle,
        "a reader of the grammar reads one request in what was written");
  check(request->fields.size() == message.fields.size(), kOracle, "with as many field lines");
  check(request->content == message.content, kOracle, "and the same content");
  check(request->trailers.size() == message.trailers.size(), kOracle, "and as many trailers");
}

Wanted wanted_again(const Wanted& wanted, const Message& message) {
  Wanted again = wanted;
  again.fields = message.fields;
  again.trailers = message.trailers;
  again.content = message.content;
  again.target = wanted.response ? message.reason : message.path;
  again.authority = message.authority;
  return again;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Wanted wanted = regauge::fuzz::read_wanted(wire::as_text({data, size}));
  // The encoder has no limit of lines, but every reader has one: the line of Host is added, too.
  if (wanted.fields.size() + 4 > http::Limits().field_lines_max) return 0;
  const auto octets = write(wanted);
  if (!octets) return 0;
  if (wanted.response && status_of(wanted) < 200) return 0;  // 101: what follows is no HTTP
  const Message message = read_strictly(wanted, *octets);
  check_meaning(wanted, message);
  if (!wanted.response) check_split(message, *octets);
  check(write(wanted_again(wanted, message)) == octets, kOracle,
        "writing again what was read changes nothing");
  return 0;
}
