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
  const bool large = wanted.choices.find_first_of("gjy") != std::string::npos;
  if (large || wanted.chose('b')) return true;
  const bool lines = std::ranges::any_of(copied(wanted.fields), is_bad_line);
  if (wanted.response) return lines;
  const auto has_gap = [](std::string_view text) {
    return has_control(text) || text.find_first_of(" \t") != std::string_view::npos;
  };
  const bool no_scheme = wanted.chose('a') && wanted.chose('x') && !wanted.chose('s');
  return lines || wanted.method.empty() || has_gap(wanted.method) || has_gap(wanted.target) ||
         has_gap(wanted.authority) || wanted.chose('q') || wanted.chose('p') ||
         (no_scheme && wanted.method != "CONNECT");
}

bool is_bad_section(const Wanted& wanted) {
  return wanted.chose('G') || std::ranges::any_of(copied(wanted.trailers), [](const auto& line) {
           return is_bad_line(line) && !http::is_forbidden_in_trailers(http::field_id(line.first));
         });
}

// --- writing -------------------------------------------------------------------------------------

using WrittenHead = std::expected<h1::WrittenHead, http::Refusal>;

std::uint16_t status_of(const Wanted& wanted) {
  std::uint16_t status = 0;
  std::from_chars(wanted.method.data(), wanted.method.data() + wanted.method.size(), status);
  return status;
}

http::NameStyle style_of(const Wanted& wanted) {
  return wanted.chose('d') ? http::NameStyle::title : http::NameStyle::lower;
}

WrittenHead write_response_head(h1::Encoder& encoder, const Wanted& wanted,
                                http::FieldSection fields) {
  http::ResponseHead response;
  response.status = {status_of(wanted)};
  response.reason = wanted.target;
  response.fields = fields;
  response.content = regauge::fuzz::content_of(wanted);
  response.name_style = style_of(wanted);
  const h1::Situation situation = regauge::fuzz::situation_of(wanted);
  if (!wanted.chose('i')) return encoder.response_head(response, situation);
  const auto done = encoder.interim_head(response, situation);
  if (!done) return std::unexpected(done.error());
  return h1::WrittenHead{};
}

WrittenHead write_request_head(h1::Encoder& encoder, const Wanted& wanted,
                               http::FieldSection fields) {
  const std::string long_path(wanted.chose('q') ? h1::Encoder::kHeadBytesMax / 2 : 0, '/');
  http::RequestHead request;
  request.method = http::method_of(wanted.method);
  request.scheme = wanted.chose('s') ? "https" : wanted.chose('x') ? "1x" : "http";
  request.authority = wanted.authority;
  request.path = wanted.chose('q') ? std::string_view(long_path) : wanted.target;
  if (wanted.chose('p')) request.protocol = "websocket";
  if (wanted.chose('v')) request.version = http::Version::http_1_0;
  request.fields = fields;
  request.content = regauge::fuzz::content_of(wanted);
  request.name_style = style_of(wanted);
  return encoder.request_head(request, regauge::fuzz::situation_of(wanted));
}

// Writes content in two pieces, then trailers. Returns whether all was accepted.
bool write_content(h1::Encoder& encoder, const Wanted& wanted, http::Framing framing) {
  const std::size_t half = wanted.content.size() / 3;
  const auto piece = [&](std::size_t begin, std::size_t end) {
    return wire::Slice::copy_of(
        wire::as_bytes(std::string_view(wanted.content).substr(begin, end - begin)));
  };
  if (!encoder.content(piece(0, half), http::EndStream::no)) return false;
  const bool wants_trailers = !wanted.trailers.empty() || wanted.chose('G');
  const bool trailers = framing == http::Framing::stream && wants_trailers;
  const auto end = trailers ? http::EndStream::no : http::EndStream::yes;
  if (!encoder.content(piece(half, wanted.content.size()), end)) return false;
  if (!trailers) return true;
  const auto section = regauge::fuzz::lines_to_write(
      wanted, wanted.trailers, wanted.trailer_spellings, wanted.chose('G') ? "g" : "");
  const bool taken = encoder.trailers(section).has_value();
  check(!taken || !is_bad_section(wanted), kOracle, "what no trailer section may have is refused");
  return taken;
}

// A message begins behind the end of the one before, ends once and has nothing behind its end.
void check_order(h1::Encoder& encoder, const wire::Outbox& outbox) {
  const std::size_t size = outbox.size();
  if (encoder.complete()) {
    check(!encoder.content({}, http::EndStream::yes), kOracle, "a message ends once");
    check(!encoder.trailers({}), kOracle, "and has no trailers behind its end");
  } else {
    http::ResponseHead interim;
    interim.status = {103};
    const bool begun = encoder.request_head({}, {}) || encoder.response_head({}, {}) ||
                       encoder.interim_head(interim, {});
    check(!begun, kOracle, "no message begins inside of another");
  }
  check(outbox.size() == size, kOracle, "nothing is queued by a call that is refused");
}

// What was written, and which of it is content.
struct Written {
  std::string octets;
  std::string content;
  h1::WrittenHead head;
};

std::optional<Written> write(const Wanted& wanted) {
  wire::Outbox outbox(wire::heap_slabs());
  h1::Encoder encoder(outbox, regauge::fuzz::options_of(wanted));
  if (wanted.chose('b')) encoder.start_tunnel();
  const auto fields =
      regauge::fuzz::lines_to_write(wanted, wanted.fields, wanted.spellings, wanted.choices);
  const WrittenHead head = wanted.response ? write_response_head(encoder, wanted, fields)
                                           : write_request_head(encoder, wanted, fields);
  check(head.has_value() || outbox.empty(), kOracle, "nothing is queued by a call that is refused");
  if (!head) return std::nullopt;
  // Toward HTTP/0.9 no head is written, whatever is in it.
  check(outbox.empty() || !is_bad(wanted), kOracle, "what no message may have is refused");
  Written written{{}, {}, *head};
  check_order(encoder, outbox);
  if (!encoder.complete()) {
    if (!write_content(encoder, wanted, head->framing)) return std::nullopt;
    written.content = wanted.content;
    check_order(encoder, outbox);
  }
  const wire::Work& work = encoder.work();
  // Lines that the encoder leaves out cost steps, too.
  std::size_t octets = work.bytes_emitted;
  for (const auto& [name, value] : wanted.fields) octets += name.size() + value.size() + 8;
  check(work.steps <= 16 * octets + 2048 * work.messages, kOracle, "law of steps");
  check(work.copies <= octets + 64, kOracle, "law of copies");
  written.octets = regauge::fuzz::written(outbox);
  return written;
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
  const h1::ResponseContext context{regauge::fuzz::situation_of(wanted).request_method, true, true};
  const Reading reading = regauge::fuzz::read_messages(
      {policy, context, {}, http::Truncation::clean, h1::Spelling::keep, {}},
      {wire::as_bytes(octets)});
  check(reading.messages.size() == 1 && reading.messages.front().complete, kOracle,
        "strict reads one message in what was written");
  return reading.messages.front();
}

// Each copied line has the name that was chosen for it.
void check_names(const Wanted& wanted, const Message& message) {
  std::size_t at = 0;
  for (std::size_t i = 0; i < wanted.fields.size(); ++i) {
    if (copied({wanted.fields[i]}).empty()) continue;
    while (copied({message.fields.at(at)}).empty()) ++at;
    check(message.spellings.at(at++) ==
              regauge::fuzz::written_name(wanted, wanted.fields[i].first, wanted.spellings[i]),
          kOracle, "a name is written as it was chosen to be");
  }
}

void check_meaning(const Wanted& wanted, const Written& written, const Message& message) {
  check(copied(message.fields) == copied(wanted.fields), kOracle, "the field lines survive");
  check_names(wanted, message);
  check(message.content == written.content, kOracle, "the content survives");
  const bool close = written.head.persistence == h1::Persistence::close;
  check(message.close_after == close, kOracle, "the peer is told whether the connection stays");
  if (wanted.response) {
    check(message.status == status_of(wanted), kOracle, "the status survives");
    return;
  }
  check(message.method == wanted.method, kOracle, "the method survives");
  check(message.path == without_backslashes(wanted.target), kOracle, "the target survives");
  check(wanted.authority.empty() || message.authority == wanted.authority, kOracle,
        "the authority survives");
  const bool absolute = wanted.chose('a') && wanted.method != "CONNECT";
  check(message.scheme == (absolute ? wanted.chose('s') ? "https" : "http" : ""), kOracle,
        "an absolute target has the scheme");
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
  again.spellings = message.spellings;
  again.trailer_spellings = again.spellings;
  again.trailer_spellings.erase(
      again.trailer_spellings.begin(),
      again.trailer_spellings.begin() + static_cast<std::ptrdiff_t>(message.fields.size()));
  again.target = wanted.response ? message.reason : message.path;
  again.authority = message.authority;
  return again;
}

// Behind the head of a tunnel all octets are those of another protocol.
void check_tunnel(const Written& written, const Message& message) {
  check(message.tunnel, kOracle, "a tunnel is read as one");
  check(std::string_view(written.octets).substr(message.end) == written.content, kOracle,
        "what goes into a tunnel comes out of it");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Wanted wanted = regauge::fuzz::read_wanted(wire::as_text({data, size}));
  // The encoder has no limit of lines, but every reader has one: the line of Host is added, too.
  if (wanted.fields.size() + 4 > http::Limits().field_lines_max) return 0;
  const auto written = write(wanted);
  if (!written) return 0;
  const bool old = wanted.response && wanted.chose('z') && !wanted.chose('i');
  if (old) {
    check(written->octets == written->content, kOracle, "HTTP/0.9 has content only");
    return 0;
  }
  const Message message = read_strictly(wanted, written->octets);
  if (written->head.framing == http::Framing::tunnel) {
    check_tunnel(*written, message);
    return 0;
  }
  check_meaning(wanted, *written, message);
  const bool small_letters = wanted.choices.find_first_of("tr") == std::string::npos;
  if (!wanted.response && small_letters) check_split(message, written->octets);
  const auto again = write(wanted_again(wanted, message));
  check(again && again->octets == written->octets, kOracle,
        "writing again what was read changes nothing");
  return 0;
}
