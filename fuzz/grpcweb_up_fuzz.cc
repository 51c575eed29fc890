// grpcweb_up: whatever octets a browser sends as the content of a gRPC-Web call, in binary and in
// text, what goes to a gRPC upstream is what a reader written for clarity says, at every cut.
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "fuzz/fuzz_input.h"
#include "regauge/translate/exchange.h"

namespace {

namespace http = regauge::http;
namespace translate = regauge::translate;
namespace wire = regauge::wire;
using regauge::fuzz::check;
using regauge::fuzz::cut;
using regauge::fuzz::hash_of;
using translate::Fault;
using translate::Produced;
using Input = std::span<const std::uint8_t>;
using Pieces = std::vector<Input>;

constexpr std::string_view kOracle = "grpcweb_up";
constexpr std::size_t kPrefix = 5;

// --- a reader written for clarity ----------------------------------------------------------------

struct Reference {
  std::optional<Fault> fault;
  std::string octets;    // all of it, decoded
  std::string passable;  // what may have been passed on when the fault was found
};

std::optional<unsigned> digit_of(char character) {
  if (character >= 'A' && character <= 'Z') return static_cast<unsigned>(character - 'A');
  if (character >= 'a' && character <= 'z') return static_cast<unsigned>(character - 'a') + 26U;
  if (character >= '0' && character <= '9') return static_cast<unsigned>(character - '0') + 52U;
  if (character == '+') return 62U;
  if (character == '/') return 63U;
  return std::nullopt;
}

// Decodes one quantum: four characters, one or two of them padding at the end (RFC 4648 §4).
std::optional<std::string> decode_quantum(std::string_view quantum) {
  if (quantum.size() != 4) return std::nullopt;
  std::size_t padding = 0;
  while (padding < 2 && quantum[3 - padding] == '=') ++padding;
  unsigned bits = 0;
  for (std::size_t i = 0; i < 4 - padding; ++i) {
    const auto digit = digit_of(quantum[i]);
    if (!digit) return std::nullopt;
    bits |= *digit << (18U - 6U * static_cast<unsigned>(i));
  }
  std::string octets{static_cast<char>(bits >> 16U), static_cast<char>(bits >> 8U & 0xffU),
                     static_cast<char>(bits & 0xffU)};
  octets.resize(3 - padding);
  const unsigned unused = padding == 2 ? 0xffffU : padding == 1 ? 0xffU : 0U;
  return (bits & unused) == 0 ? std::optional(octets) : std::nullopt;
}

// Decodes segments; what stands before the first bad quantum is in `octets` all the same.
bool decode_text(std::string_view text, std::string& octets) {
  for (std::size_t at = 0; at < text.size(); at += 4) {
    const auto part = decode_quantum(text.substr(at, 4));
    if (!part) return false;
    octets += *part;
  }
  return true;
}

std::uint64_t length_at(std::string_view octets, std::size_t at) {
  std::uint64_t length = 0;
  for (std::size_t i = 1; i < kPrefix; ++i) {
    length = length << 8U | static_cast<unsigned char>(octets[at + i]);
  }
  return length;
}

// Follows the frames of `octets` and notes the first fault.
void follow_frames(Reference& reference, std::uint64_t message_max) {
  const std::string& octets = reference.octets;
  std::size_t at = 0;
  while (octets.size() - at >= kPrefix) {
    const auto flags = static_cast<unsigned char>(octets[at]);
    const std::uint64_t length = length_at(octets, at);
    if (flags > 1) reference.fault = Fault::web_frame_flags;
    if (flags <= 1 && message_max > 0 && length > message_max) {
      reference.fault = Fault::web_message_too_large;
    }
    if (reference.fault) {
      reference.passable = octets.substr(0, at);
      return;
    }
    if (length > octets.size() - at - kPrefix) {
      reference.fault = Fault::web_truncated;
      reference.passable = octets;
      return;
    }
    at += kPrefix + static_cast<std::size_t>(length);
  }
  if (at < octets.size()) reference.fault = Fault::web_truncated;
  reference.passable = octets.substr(0, at);
}

Reference reference_of(std::string_view content, bool text, std::uint64_t message_max) {
  Reference reference;
  if (!text) reference.octets = content;
  const bool good = !text || decode_text(content, reference.octets);
  follow_frames(reference, message_max);
  const bool cut_short = !reference.fault || reference.fault == Fault::web_truncated;
  if (!good && cut_short) reference.fault = Fault::web_text;
  return reference;
}

// --- the exchange --------------------------------------------------------------------------------

struct Call {
  std::string_view media_type;
  translate::Options options;
};

struct Outcome {
  std::optional<Fault> fault;
  std::string content;
  bool operator==(const Outcome&) const = default;
};

void take(Outcome& outcome, const std::expected<Produced, Fault>& produced, std::size_t octets) {
  if (!produced) {
    outcome.fault = produced.error();
    return;
  }
  check(produced->content.size() <= 3, kOracle, "a read becomes a few slices, however many frames");
  std::size_t out = 0;
  for (const wire::Slice& slice : produced->content) {
    out += slice.size();
    outcome.content += wire::as_text(slice.bytes());
  }
  // At most a prefix that was withheld comes on top; in text five octets become eight.
  check(out <= 2 * (octets + kPrefix) + 16, kOracle, "law of emission");
}

Outcome run(const Call& call, const Pieces& pieces) {
  const translate::Downstream downstream;
  translate::Exchange exchange(call.options, downstream);
  const std::array fields{http::field_line("content-type", call.media_type)};
  http::RequestHead head;
  head.method = http::method_of("POST");
  head.authority = "a.test";
  head.path = "/p.S/M";
  head.fields = fields;
  head.content.framing = http::Framing::stream;
  check(exchange.request_head(head, http::EndStream::no).has_value(), kOracle, "the head is good");
  Outcome outcome;
  for (const Input& piece : pieces) {
    take(outcome, exchange.request_content(wire::Slice::copy_of(piece)), piece.size());
    if (outcome.fault) break;
  }
  if (!outcome.fault) {
    const auto produced = exchange.request_end({});
    take(outcome, produced, 0);
    check(!produced || produced->end == http::EndStream::yes, kOracle, "the end is the end");
  }
  const wire::Work work = exchange.work();
  check(work.total() <= 4 * work.bytes_in + 8 * work.messages, kOracle, "law of work");
  return outcome;
}

void check_outcome(const Outcome& outcome, const Reference& reference) {
  check(outcome.fault == reference.fault, kOracle, "the verdict is that of the plain reader");
  check(reference.passable.starts_with(outcome.content), kOracle,
        "nothing passes that comes behind a fault");
  check(outcome.fault.has_value() || outcome.content == reference.octets, kOracle,
        "a good call passes octet for octet");
}

std::vector<Pieces> cuts_of(Input input) {
  const std::uint64_t seed = hash_of(input);
  return {{input}, cut(input, seed, 1), cut(input, seed, 7), cut(input, seed + 1, 64)};
}

// A call in gRPC goes to a web upstream in text and comes back: the same octets.
void check_round_trip(const std::string& octets) {
  Call over{"application/grpc+proto", {}};
  over.options.upstream_web = translate::UpstreamWeb::text;
  const Call back{"application/grpc-web-text+proto", {}};
  for (const Pieces& pieces : cuts_of(wire::as_bytes(octets))) {
    const Outcome text = run(over, pieces);
    check(!text.fault, kOracle, "a good call can be written in text");
    std::string decoded;
    check(decode_text(text.content, decoded) && decoded == octets, kOracle,
          "text is base64 of the same octets, wherever segments end");
    const std::uint64_t seed = hash_of(wire::as_bytes(text.content));
    const Outcome again = run(back, cut(wire::as_bytes(text.content), seed, 9));
    check(!again.fault && again.content == octets, kOracle, "there and back is the same call");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Input input(data, size);
  const std::uint32_t message_max = hash_of(input) % 3 == 0 ? 16 : 0;
  for (const bool text : {false, true}) {
    Call call{text ? "application/grpc-web-text" : "application/grpc-web+proto", {}};
    call.options.message_bytes_max = message_max;
    const Reference reference = reference_of(wire::as_text(input), text, message_max);
    for (const Pieces& pieces : cuts_of(input)) check_outcome(run(call, pieces), reference);
    if (!reference.fault) check_round_trip(reference.octets);
  }
  return 0;
}
