// h2_split: what an HTTP/2 connection tells, writes and charges does not depend on how its input
// was cut, but for streams that were opened and reset in one batch (batch law).
//
// Input: the frames of a client, behind the preface, or of a server; they are read as either. The
// policy and small limits follow from a hash of the input. Two hosts listen: one gives credit back,
// the other does nothing. Claims: streams that surface in one batch surface in many, and the same
// is told of them; the others are those that their peer reset; the error of the connection, its
// place and all stream errors are the same; so are the frames written, but for credit, and the
// charges; the tables of HPACK hold the same lines.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "fuzz/fuzz_input.h"
#include "fuzz/h2_frames.h"
#include "fuzz/h2_recorder.h"

namespace {

namespace fuzz = regauge::fuzz;
namespace h2 = regauge::h2;
namespace http = regauge::http;
namespace wire = regauge::wire;
using fuzz::check;
using fuzz::Frame;
using fuzz::Told;
using Input = std::span<const std::uint8_t>;

constexpr std::string_view kOracle = "h2_split";
// The ledger may end a connection in the midst of a long batch: such inputs are left alone.
constexpr std::uint64_t kChargedMax = 2'900;
constexpr std::size_t kSingleOctetsMax = 256;
constexpr std::uint64_t kCutExtraCharge = 3;  // a reset is dearer when its stream had surfaced
constexpr std::uint32_t kProbesMax = 40;
constexpr std::uint32_t kFirstDynamicIndex = 62;

struct Setting {
  http::Role role = http::Role::server;
  bool consumes = true;
  std::uint64_t hash = 0;
};

// Any action for any rule, as far as the rule allows it.
void choose_rules(h2::Policy& policy, std::uint64_t hash) {
  for (std::size_t i = 0; i < h2::kViolations; ++i) {
    hash = hash * 6364136223846793005U + 1442695040888963407U;
    const auto violation = static_cast<h2::Violation>(i);
    const auto action = static_cast<h2::Action>(hash >> 33U & 7U);
    if (action > h2::Action::ignore) continue;
    const bool taken = policy.set(violation, action);
    check(taken == h2::Policy::allows(violation, action), kOracle, "a rule is what it may be");
    if (taken) policy.set_charge(violation, static_cast<std::uint8_t>(hash >> 40U & 3U));
  }
}

h2::Options options_of(const Setting& setting) {
  h2::Options options;
  options.role = setting.role;
  options.settings_ack_ms = 0;  // time runs fast here, so that each batch starts with full credits
  options.push = h2::Offer::yes;
  constexpr std::array kPresets{h2::Policy::strict, h2::Policy::common, h2::Policy::maximal};
  options.policy = kPresets.at(setting.hash % kPresets.size())();
  if (setting.hash % 5 == 0) choose_rules(options.policy, setting.hash);
  if (setting.hash / 3 % 4 != 0) return options;
  options.limits.streams_max = 3;
  options.limits.live_handlers_max = 8;
  options.limits.decoder_table_bytes_max = 300;
  options.limits.stream_window_bytes = 100;
  options.limits.field_lines_max = 8;
  options.limits.field_section_bytes_max = 600;
  options.limits.continuation_frames_max = 3;
  options.policy.malformed_request = h2::MalformedRequest::reset;
  return options;
}

// One connection and what it said.
class Listener {
 public:
  explicit Listener(const Setting& setting)
      : setting_(setting),
        options_(options_of(setting)),
        connection_(options_),
        recorder_(setting.role, kOracle) {
    if (setting.role == http::Role::server) {
      const auto first = fuzz::preface_slice();
      static_cast<void>(connection_.receive({&first, 1}, tick_, {}));
    } else {
      open();
    }
    static_cast<void>(fuzz::output_of(connection_));
  }

  void listen(const Input& piece) {
    wire::Slice rest = wire::Slice::copy_of(piece);
    for (bool more = true; more;) {
      const std::uint64_t charged = connection_.ledger().charged;
      tick_.ms += 10'000;
      const http::Batch batch = connection_.receive({&rest, 1}, tick_, {1U << 20U, 512});
      spent_ |= connection_.ledger().charged - charged >= kChargedMax;
      more = batch.more;
      recorder_.take(batch);
      for (const http::Event& event : batch.events) {
        if (setting_.consumes) connection_.consume(event.stream, event.content.size());
        if (event.kind == http::EventKind::reset) connection_.release(event.stream);
      }
      rest.drop_front(batch.consumed);
      keep_output();
    }
  }
  // Asks for each entry of the decoder's table by a request of its own.
  void probe(std::uint32_t stream) {
    if (setting_.role != http::Role::server || connection_.inside_frame()) return;
    for (std::uint32_t i = 0; i < kProbesMax && !recorder_.failed(); ++i, stream += 2) {
      Frame request{.type = fuzz::kHeaders,
                    .flags = fuzz::kEndHeaders | fuzz::kEndStream,
                    .stream = stream,
                    .payload = {0x82, 0x87, 0x84, 0x01, 0x01, 'a'}};
      request.payload.push_back(static_cast<std::uint8_t>(0x80U | (kFirstDynamicIndex + i)));
      request.length = static_cast<std::uint32_t>(request.payload.size());
      Frame reset{.length = 4, .type = fuzz::kRstStream, .stream = stream, .payload = {0, 0, 0, 8}};
      for (const Frame& frame : {request, reset}) {
        std::vector<std::uint8_t> octets;
        append_frame(octets, frame);
        listen(octets);
      }
    }
  }

  [[nodiscard]] const fuzz::Recorder& recorder() const { return recorder_; }
  [[nodiscard]] const std::vector<std::uint8_t>& output() const { return output_; }
  [[nodiscard]] std::uint64_t charged() const { return connection_.ledger().charged; }
  [[nodiscard]] bool spent() const { return spent_; }
  void finish() const { fuzz::check_h2_work(connection_, kOracle); }

 private:
  // A client has requests of each kind open before anything comes.
  void open() {
    for (const std::string_view method : {"GET", "HEAD", "POST", "CONNECT", "GET"}) {
      const bool open = method == "POST" || method == "CONNECT";
      http::RequestHead head;
      head.method = http::method_of(method);
      head.scheme = "https";
      head.authority = "a.test:443";
      if (method != "CONNECT") head.path = "/";
      head.content.framing = open ? http::Framing::stream : http::Framing::none;
      const auto opened = connection_.open(head, open ? http::EndStream::no : http::EndStream::yes);
      recorder_.opened(*opened);
    }
  }
  void keep_output() {
    for (const Frame& frame : fuzz::frames_of(fuzz::output_of(connection_))) {
      if (frame.type != fuzz::kWindowUpdate) append_frame(output_, frame);
    }
  }

  Setting setting_;
  h2::Options options_;
  h2::Connection connection_;
  fuzz::Recorder recorder_;
  http::Tick tick_{1'000};
  std::vector<std::uint8_t> output_;  // without credit
  bool spent_ = false;
};

// Finds an identifier that no request had.
std::uint32_t unused_stream(Input input) {
  std::uint32_t highest = 1;
  for (const Frame& frame : fuzz::frames_of(input)) {
    if (frame.stream < 0x7fff0000) highest = std::max(highest, frame.stream);
  }
  return (highest + 2) | 1U;
}

std::size_t peer_resets_of(const fuzz::Recorder& recorder) {
  return static_cast<std::size_t>(std::ranges::count_if(
      recorder.streams(), [](const auto& each) { return each.second.by_peer; }));
}

void check_same(const Listener& whole, const Listener& cut) {
  const fuzz::Recorder& left = whole.recorder();
  const fuzz::Recorder& right = cut.recorder();
  check(left.failure() == right.failure(), kOracle,
        "the error of a connection and its place are those of any cut");
  check(left.faults() == right.faults(), kOracle,
        "stream errors and tolerations are those of any cut");
  std::uint64_t more = 0;
  for (const auto& [id, told] : left.streams()) {
    const auto found = right.streams().find(id);
    check(found != right.streams().end(), kOracle, "what surfaces in one batch surfaces in many");
    check(found->second == told, kOracle, "what is told of a stream does not depend on the cut");
  }
  for (const auto& [id, told] : right.streams()) {
    if (left.streams().contains(id)) continue;
    check(told.reset, kOracle, "only what died does not surface in one batch (batch law)");
    if (told.by_peer) ++more;
  }
  check(whole.output() == cut.output(), kOracle, "what is written is that of any cut");
  check(peer_resets_of(left) + left.cancelled_ever() ==
            peer_resets_of(right) + right.cancelled_ever(),
        kOracle, "as many streams are reset by their peer at any cut");
  check(cut.charged() == whole.charged() + kCutExtraCharge * more, kOracle,
        "the charges are those of any cut, but for resets of streams that surfaced");
}

void hear_out(Listener& listener, const std::vector<Input>& pieces, Input input) {
  for (const Input& piece : pieces) listener.listen(piece);
  listener.probe(unused_stream(input));
  listener.finish();
}

void check_cuts(const Setting& setting, Input input) {
  Listener whole(setting);
  hear_out(whole, {input}, input);
  if (whole.spent()) return;
  // Single octets where that is cheap; in long inputs each frame header is cut all the same.
  const std::size_t shortest = input.size() <= kSingleOctetsMax ? 1 : h2::kFrameHeaderBytes - 1;
  for (const auto& pieces : {fuzz::cut(input, 1, shortest), fuzz::cut(input, setting.hash, 40)}) {
    Listener cut(setting);
    hear_out(cut, pieces, input);
    if (!cut.spent()) check_same(whole, cut);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Input input(data, size);
  const std::uint64_t hash = fuzz::hash_of(input);
  for (const http::Role role : {http::Role::server, http::Role::client}) {
    for (const bool consumes : {true, false}) {
      check_cuts({.role = role, .consumes = consumes, .hash = hash >> 20U}, input);
    }
  }
  return 0;
}
