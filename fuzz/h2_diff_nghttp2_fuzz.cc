// h2_diff_nghttp2: our strict connection and libnghttp2's session read the same frames alike: what
// both accept they hear alike, and a frame that one of them answers by RST_STREAM or GOAWAY the
// other answers so, too, with the same code. Otherwise the difference is a known quirk, which is
// counted; behind it nothing is compared, since the two stand differently.
//
// Input: the frames of a client, behind the preface, or of a server; they are read as either. They
// are offered one by one, so that the batch law does not matter. A client has opened 1 GET, 3 HEAD,
// 5 POST and 7 CONNECT, of which the last two stay open.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fuzz/fuzz_input.h"
#include "fuzz/h2_frame_model.h"
#include "fuzz/h2_frames.h"
#include "fuzz/h2_nghttp2_end.h"
#include "fuzz/h2_recorder.h"

namespace {

namespace fuzz = regauge::fuzz;
namespace h2 = regauge::h2;
namespace http = regauge::http;
namespace wire = regauge::wire;
using fuzz::check;
using fuzz::Frame;
using fuzz::Heard;

constexpr std::string_view kOracle = "h2_diff_nghttp2";

// --- quirks --------------------------------------------------------------------------------------

// What one end answers to a frame.
enum class Answer : std::uint8_t { none, resets, closes };

// A rule of ours that libnghttp2 judges otherwise: `theirs` lists how.
struct Quirk {
  std::string_view rule;
  std::string_view why;
  bool none = false;    // it accepts
  bool resets = false;  // it resets the stream
  bool closes = false;  // it ends the connection
  bool code = false;    // it does the same, for another reason
};

// clang-format off
constexpr std::array kQuirks{
    Quirk{.rule = "authority-host-mismatch", .why = "9113 8.3.1: it passes both on", .none = true},
    Quirk{.rule = "authority-invalid-char", .why = "3986 2.1, 3.2: it looks at single octets alone", .none = true},
    Quirk{.rule = "authority-userinfo", .why = "9113 8.3.1: it does not look", .none = true},
    Quirk{.rule = "connect-pseudo", .why = "9113 8.5: it wants no port that makes sense", .none = true},
    Quirk{.rule = "connect-stream-headers", .why = "9113 8.5: it takes trailers of a tunnel", .none = true},
    Quirk{.rule = "content-length-on-204", .why = "9110 8.6: we leave the line out", .resets = true},
    Quirk{.rule = "data-before-final-headers", .why = "9113 5.4.1: may end the connection", .closes = true},
    Quirk{.rule = "data-padded-without-pad-length", .why = "9113 6.1: none on a stream that it discards, or PROTOCOL_ERROR", .none = true, .code = true},
    Quirk{.rule = "extended-connect-pseudo", .why = "8441 4: it takes a :protocol that is no token", .none = true},
    Quirk{.rule = "frame-size-exceeds-max", .why = "9113 5.4.1: may end the connection", .closes = true},
    Quirk{.rule = "header-list-limits", .why = "9113 10.5.1: limits are each end's own", .none = true, .code = true},
    Quirk{.rule = "hpack-index-out-of-range", .why = "9113 5.1: it refuses the frame before it decodes", .code = true},
    Quirk{.rule = "hpack-index-zero", .why = "9113 5.1: it refuses the frame before it decodes", .code = true},
    Quirk{.rule = "hpack-integer-overflow", .why = "9113 5.1: it refuses the frame before it decodes", .code = true},
    Quirk{.rule = "hpack-integer-too-many-octets", .why = "9113 5.1: it refuses the frame before it decodes", .code = true},
    Quirk{.rule = "hpack-string-overrun", .why = "9113 5.1: it refuses the frame before it decodes", .code = true},
    Quirk{.rule = "hpack-block-truncated", .why = "9113 5.1: it refuses the frame before it decodes", .code = true},
    Quirk{.rule = "hpack-huffman-eos", .why = "9113 5.1: it refuses the frame before it decodes", .code = true},
    Quirk{.rule = "hpack-huffman-padding-too-long", .why = "9113 5.1: it refuses the frame before it decodes", .code = true},
    Quirk{.rule = "hpack-huffman-padding-not-ones", .why = "9113 5.1: it refuses the frame before it decodes", .code = true},
    Quirk{.rule = "hpack-size-update-too-large", .why = "9113 5.1: it refuses the frame before it decodes", .code = true},
    Quirk{.rule = "hpack-size-update-not-at-start", .why = "9113 5.1: it refuses the frame before it decodes", .code = true},
    Quirk{.rule = "hpack-size-update-count", .why = "7541 4.2: a limit of ours", .none = true, .resets = true, .code = true},
    Quirk{.rule = "path-fragment", .why = "9113 8.3.1: it does not look", .none = true},
    Quirk{.rule = "priority-length", .why = "9113 5.4.1: may end the connection", .closes = true},
    Quirk{.rule = "priority-update-from-server", .why = "9218 7.1: it does not know the frame", .none = true},
    Quirk{.rule = "priority-update-id-zero", .why = "9218 7.1: it does not know the frame", .none = true},
    Quirk{.rule = "priority-update-id-idle-push", .why = "9218 7.1: it does not know the frame", .none = true},
    Quirk{.rule = "priority-update-length", .why = "9218 7.1: it does not know the frame", .none = true},
    Quirk{.rule = "priority-update-stream-nonzero", .why = "9218 7.1: it does not know the frame", .none = true},
    Quirk{.rule = "push-promise-disabled", .why = "9113 6.5.2: it waits until its SETTINGS is acknowledged", .resets = true},
    Quirk{.rule = "settings-initial-window-overflows-stream", .why = "9113 6.9.2: it resets the stream alone", .resets = true},
    Quirk{.rule = "status-syntax", .why = "9110 15: it takes any three digits", .none = true},
    Quirk{.rule = "stream-closed-frame", .why = "9113 6.1: DATA on a closed stream, which we discard", .closes = true},
    Quirk{.rule = "stream-half-closed-remote-data", .why = "9113 5.4.1: may end the connection", .closes = true},
    Quirk{.rule = "stream-half-closed-remote-headers", .why = "9113 5.4.1: may end the connection", .closes = true},
    Quirk{.rule = "stream-id-not-increasing", .why = "9113 5.1.1: it ignores HEADERS on a skipped stream", .none = true},
    Quirk{.rule = "stream-idle-frame", .why = "9113 6.9: the length is wrong as well", .code = true},
    Quirk{.rule = "window-update-zero", .why = "9113 5.4.1: may end the connection", .closes = true},
    Quirk{.rule = "several values", .why = "9113 6.5.3: it looks at the last one in the frame alone", .none = true, .resets = true},
    Quirk{.rule = "two faults", .why = "9113 6: stream and length are wrong, each has a code", .code = true},
    Quirk{.rule = "accepted: type 1 error -510", .why = "9113 5.1: a late block on a stream that was reset", .closes = true},
    Quirk{.rule = "accepted: type 4 error 0", .why = "9113 6.9.2: it counts windows of closed streams", .resets = true},
    Quirk{.rule = "accepted: type 0 error 0", .why = "9113 4.2: late DATA of any length is discarded; 9110 9.3.6: it knows no tunnel behind 204", .resets = true, .closes = true},
    Quirk{.rule = "accepted: type 2 error 0", .why = "7540 5.3.1: a stream that depends on itself", .closes = true},
    Quirk{.rule = "accepted: type 7 error -505", .why = "9113 6.8: it wants the parity of its own streams", .closes = true},
};
// clang-format on

std::array<std::uint64_t, kQuirks.size()> hits{};

void print_hits() {
  for (std::size_t i = 0; i < kQuirks.size(); ++i) {
    const Quirk& quirk = kQuirks.at(i);
    std::fprintf(stderr, "quirk %.*s (%.*s): %llu\n", static_cast<int>(quirk.rule.size()),
                 quirk.rule.data(), static_cast<int>(quirk.why.size()), quirk.why.data(),
                 static_cast<unsigned long long>(hits.at(i)));
  }
}

// --- both ends -----------------------------------------------------------------------------------

// What an end wrote in answer to one frame.
struct Verdict {
  std::optional<std::uint32_t> closes;
  std::set<std::pair<std::uint32_t, std::uint32_t>> resets;
  bool operator==(const Verdict&) const = default;

  [[nodiscard]] Answer answer() const {
    if (closes) return Answer::closes;
    return resets.empty() ? Answer::none : Answer::resets;
  }
};

Verdict verdict_of(const std::vector<Frame>& written) {
  Verdict verdict;
  for (const Frame& frame : written) {
    if (frame.type == fuzz::kRstStream) {
      verdict.resets.emplace(frame.stream, fuzz::number_at(frame.payload, 0, 4));
    }
    if (frame.type == fuzz::kGoaway) verdict.closes = fuzz::number_at(frame.payload, 4, 4);
  }
  if (verdict.closes) verdict.resets.clear();
  return verdict;
}

h2::Options options_of(http::Role role) {
  h2::Options options;
  options.role = role;
  options.settings_ack_ms = 0;
  options.policy.malformed_request = h2::MalformedRequest::reset;
  return options;
}

class BothEnds {
 public:
  explicit BothEnds(http::Role role)
      : role_(role),
        options_(options_of(role)),
        ours_(options_),
        theirs_(role),
        recorder_(role, kOracle) {
    if (role == http::Role::server) {
      const auto first = fuzz::preface_slice();
      static_cast<void>(ours_.receive({&first, 1}, tick_, {}));
      static_cast<void>(theirs_.read(first.bytes()));
    } else {
      for (const std::string_view method : {"GET", "HEAD", "POST", "CONNECT"}) open(method);
    }
    static_cast<void>(fuzz::output_of(ours_));
    static_cast<void>(theirs_.written());
  }

  // Offers a frame, or the frames of a field block, to both: libnghttp2 judges lines before the
  // block is complete. Returns false when there is nothing more to compare.
  bool read(std::span<const Frame> frames) {
    const Frame& frame = frames.front();
    std::vector<std::uint8_t> octets;
    for (const Frame& each : frames) append_frame(octets, each);
    wire::Slice slice = wire::Slice::copy_of(octets);
    std::string_view rule;
    tick_.ms += 10'000;
    const http::Batch batch = ours_.receive({&slice, 1}, tick_, {1U << 20U, 512});
    recorder_.take(batch);
    for (const http::Event& event : batch.events) {
      if (event.rule != nullptr && rule.empty()) rule = event.rule->name;
      if (!event.notes.empty() && rule.empty()) rule = event.notes.front().rule->name;
      if (event.kind == http::EventKind::reset) ours_.release(event.stream);
    }
    const Verdict ours = verdict_of(fuzz::frames_of(fuzz::output_of(ours_)));
    const bool goes_on = theirs_.read(octets);
    Verdict theirs = verdict_of(theirs_.written());
    if (!goes_on && !theirs.closes) theirs = {.closes = ours.closes.value_or(0), .resets = {}};
    for (const auto& [stream, code] : ours.resets) dead_.insert(stream);
    for (const auto& [stream, code] : theirs.resets) dead_.insert(stream);
    // Behind GOAWAY, without streams, it reads no more.
    if (ours == theirs) return !ours.closes && theirs_.wants_read();
    if (!is_quirk(ours, theirs, rule, frame)) {
      tell(ours, theirs, rule, frame);
      check(false, kOracle, "a difference is a known quirk");
    }
    return false;
  }
  // Compares what was heard.
  void compare() const {
    for (const auto& [id, told] : recorder_.streams()) {
      if (told.reset || dead_.contains(id) || !told.notes.empty()) continue;
      const auto found = theirs_.heard().find(id);
      if (found == theirs_.heard().end()) {
        check(told.head.empty(), kOracle, "both hear a message, or none");
        continue;
      }
      const Heard& heard = found->second;
      check(told.head == text_of_head(heard.head), kOracle, "both hear the same head");
      check(told.content == heard.content, kOracle, "both hear the same content");
      // It does not tell a section without lines.
      const std::string_view trailers = told.trailers == "." ? "" : std::string_view(told.trailers);
      check(trailers == text_of_trailers(heard.trailers), kOracle, "both hear the same trailers");
      check(told.ended == heard.ended, kOracle, "both hear the end, or not");
    }
  }

 private:
  void open(std::string_view method) {
    const bool ends = method == "GET" || method == "HEAD";
    http::RequestHead head;
    head.method = http::method_of(method);
    head.scheme = "https";
    head.authority = "a.test:443";
    if (method != "CONNECT") head.path = "/";
    head.content.framing = ends ? http::Framing::none : http::Framing::stream;
    const auto opened = ours_.open(head, ends ? http::EndStream::yes : http::EndStream::no);
    recorder_.opened(*opened);
    theirs_.open(method, ends);
  }
  // Tells whether a frame is wrong by its stream and by its length.
  static bool has_two_faults(const Frame& frame) {
    Frame other = frame;
    other.stream = frame.stream == 0 ? 1 : 0;
    const fuzz::FrameFault first = fuzz::frame_fault(frame);
    const fuzz::FrameFault second = fuzz::frame_fault(other);
    return first.code != second.code && second.code != fuzz::kNoError;
  }
  // Tells whether a parameter stands in a SETTINGS frame more than once.
  static bool has_several_values(const Frame& frame) {
    if (frame.type != fuzz::kSettings) return false;
    std::set<std::uint32_t> ids;
    for (std::size_t at = 0; at + 6 <= frame.payload.size(); at += 6) {
      if (!ids.insert(fuzz::number_at(frame.payload, at, 2)).second) return true;
    }
    return false;
  }
  bool is_quirk(const Verdict& ours, const Verdict& theirs, std::string_view rule,
                const Frame& frame) const {
    const std::string unknown = "accepted: type " + std::to_string(frame.type) + " error " +
                                std::to_string(theirs_.complaint());
    if (rule.empty()) rule = unknown;
    if (ours.closes && theirs.closes && has_two_faults(frame)) rule = "two faults";
    if (ours.closes && !theirs.closes && has_several_values(frame)) rule = "several values";
    for (std::size_t i = 0; i < kQuirks.size(); ++i) {
      const Quirk& quirk = kQuirks.at(i);
      if (quirk.rule != rule) continue;
      const Answer answer = theirs.answer();
      const bool same = answer == ours.answer();
      const bool known = same                       ? quirk.code
                         : answer == Answer::none   ? quirk.none
                         : answer == Answer::resets ? quirk.resets
                                                    : quirk.closes;
      if (!known) continue;
      ++hits.at(i);
      return true;
    }
    return false;
  }
  void tell(const Verdict& ours, const Verdict& theirs, std::string_view rule,
            const Frame& frame) const {
    const auto print = [](std::string_view who, const Verdict& verdict) {
      std::fprintf(stderr, "%.*s:", static_cast<int>(who.size()), who.data());
      if (verdict.closes) std::fprintf(stderr, " GOAWAY %u", *verdict.closes);
      for (const auto& [id, code] : verdict.resets) std::fprintf(stderr, " RST %u %u", id, code);
      std::fprintf(stderr, "\n");
    };
    std::fprintf(stderr, "frame of type %d, flags %d, stream %u, %u octets; rule %.*s; error %d\n",
                 frame.type, frame.flags, frame.stream, frame.length, static_cast<int>(rule.size()),
                 rule.data(), theirs_.complaint());
    print("ours", ours);
    print("theirs", theirs);
  }
  [[nodiscard]] std::string text_of_head(const Heard::Lines& lines) const {
    if (lines.empty()) return "";
    std::map<std::string, std::string> pseudo;
    std::string fields;
    std::string host;
    for (const auto& [name, value] : lines) {
      if (name.starts_with(':')) {
        pseudo[name] = value;
      } else {
        fields.append(name).append(": ").append(value) += '\n';
      }
      if (name == "host") host = value;
    }
    if (role_ == http::Role::client) return pseudo[":status"] + '\n' + fields;
    const std::string& authority = pseudo[":authority"];
    std::string text = pseudo[":method"] + ' ' + pseudo[":scheme"] + ' ';
    text += (authority.empty() ? host : authority) + ' ' + pseudo[":path"] + ' ';
    return text + pseudo[":protocol"] + '\n' + fields;
  }
  [[nodiscard]] static std::string text_of_trailers(const Heard::Lines& lines) {
    if (lines.empty()) return "";
    std::string text;
    for (const auto& [name, value] : lines) {
      text.append(name).append(": ").append(value) += '\n';
    }
    return text + '.';
  }

  http::Role role_;
  h2::Options options_;
  h2::Connection ours_;
  fuzz::Nghttp2End theirs_;
  fuzz::Recorder recorder_;
  std::set<std::uint32_t> dead_;  // by a fault that either of them found
  http::Tick tick_{1'000};
};

// Counts the frames of the field block that begins here, up to the first that does not belong to
// it; else 1. 0: the input ends before.
std::size_t size_of_unit(std::span<const Frame> frames) {
  bool open = false;
  for (std::size_t i = 0; i < frames.size(); ++i) {
    const Frame& frame = frames[i];
    if (!frame.whole()) return 0;
    const bool begins =
        i == 0 && (frame.type == fuzz::kHeaders || frame.type == fuzz::kPushPromise);
    open = (begins || (open && frame.type == fuzz::kContinuation)) && !frame.has(fuzz::kEndHeaders);
    if (!open) return i + 1;
  }
  return 0;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const int kPrints = std::atexit(print_hits);
  check(kPrints == 0, kOracle, "the counts of quirks are printed");
  const std::vector<Frame> frames = fuzz::frames_of({data, size});
  for (const http::Role role : {http::Role::server, http::Role::client}) {
    BothEnds ends(role);
    bool same = true;
    for (std::span<const Frame> rest = frames; same && !rest.empty();) {
      const std::size_t unit = size_of_unit(rest);
      // More than eight CONTINUATION frames pass a limit of libnghttp2's own (RFC 9113 §10.5).
      if (unit == 0 || unit > 9) break;
      same = ends.read(rest.first(unit));
      rest = rest.subspan(unit);
    }
    ends.compare();
  }
  return 0;
}
