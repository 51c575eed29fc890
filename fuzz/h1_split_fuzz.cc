// h1_split: requests do not depend on where the octets are cut, to the offset of a violation:
// whole, at each line end, in two, in pieces and octet by octet; and a server connection tells the
// same messages as the decoder alone.
#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "fuzz/fuzz_input.h"
#include "fuzz/h1_claims.h"
#include "fuzz/h1_messages.h"
#include "regauge/h1/connection.h"

namespace {

namespace h1 = regauge::h1;
namespace http = regauge::http;
namespace wire = regauge::wire;
using regauge::fuzz::check;
using regauge::fuzz::Message;
using regauge::fuzz::Reading;
using Input = std::span<const std::uint8_t>;

constexpr std::string_view kOracle = "h1_split";

// --- cuts ----------------------------------------------------------------------------------------

// Cuts at each line end of the input: before it, inside of it and behind it.
std::vector<Input> cut_at_lines(Input input) {
  std::vector<Input> pieces;
  const std::string_view text = wire::as_text(input);
  std::size_t begin = 0;
  const auto cut_before = [&](std::size_t at) {
    if (at <= begin || at >= input.size()) return;
    pieces.push_back(input.subspan(begin, at - begin));
    begin = at;
  };
  for (std::size_t lf = text.find('\n'); lf != std::string_view::npos;
       lf = text.find('\n', lf + 1)) {
    if (lf > 0) cut_before(lf - 1);
    cut_before(lf);
    cut_before(lf + 1);
  }
  pieces.push_back(input.subspan(begin));
  return pieces;
}

std::vector<Input> halves(Input input, std::uint64_t hash) {
  const std::size_t at = input.empty() ? 0 : static_cast<std::size_t>(hash % input.size());
  return {input.first(at), input.subspan(at)};
}

// --- the connection ------------------------------------------------------------------------------

// Serves the input and answers each request as soon as it is complete.
class Server {
 public:
  explicit Server(h1::Preset preset)
      : options_(h1::options_for(http::Role::server, preset)), connection_(options_) {}

  std::vector<std::string> serve(const std::vector<Input>& pieces) {
    std::string waiting;
    for (const Input& piece : pieces) {
      waiting += wire::as_text(piece);
      offer(waiting);
    }
    return told_;
  }

 private:
  void offer(std::string& waiting) {
    while (!waiting.empty() && connection_.demand({}).wants_read) {
      const wire::Slice slice = wire::Slice::copy_of(wire::as_bytes(waiting));
      const http::Batch batch = connection_.receive({&slice, 1}, {}, {});
      check(batch.consumed <= waiting.size(), kOracle, "no more is consumed than was offered");
      check(batch.more == (batch.consumed < waiting.size()), kOracle, "more says what is left");
      for (const http::Event& event : batch.events) take(event);
      waiting.erase(0, batch.consumed);
      answer();
    }
  }
  void take(const http::Event& event) {
    using http::EventKind;
    check(!done_ || event.kind == EventKind::closed, kOracle, "nothing follows a violation");
    switch (event.kind) {
      case EventKind::head:
        check(!open_, kOracle, "one request at a time");
        open_ = true;
        text_ = std::string(event.request->method.token) + ' ' + std::string(event.request->path);
        break;
      case EventKind::content:
        text_ += wire::as_text(event.content.bytes());
        connection_.consume(event.stream, event.content.size());
        break;
      case EventKind::end:
        told_.push_back(text_);
        ended_ = event.stream;
        break;
      case EventKind::violation: done_ = true; break;
      default: break;
    }
  }
  void answer() {
    if (ended_.value == 0) return;
    http::ResponseHead head;
    head.status = {404};  // a success would turn CONNECT into a tunnel
    const bool sent = connection_.submit_head(ended_, head, http::EndStream::yes).has_value();
    check(sent, kOracle, "a complete request can be answered");
    connection_.release(ended_);
    connection_.wrote(written());
    ended_ = {};
    open_ = false;
  }
  std::size_t written() const {
    std::array<wire::Piece, 8> pieces{};
    std::size_t octets = 0;
    const std::size_t filled = connection_.gather(pieces, 1U << 20U);
    for (std::size_t i = 0; i < filled; ++i) octets += pieces.at(i).size;
    return octets;
  }

  h1::ConnectionOptions options_;
  h1::Connection connection_;
  std::vector<std::string> told_;
  std::string text_;
  http::StreamId ended_;
  bool open_ = false;
  bool done_ = false;
};

void check_connection(const Reading& alone, const std::vector<std::string>& told) {
  std::vector<std::string> expected;
  for (const Message& message : alone.messages) {
    if (message.complete) expected.push_back(message.method + ' ' + message.path + message.content);
  }
  check(expected == told, kOracle, "a connection tells the messages that the decoder reads");
}

// Also who takes what nobody should take reads the same at every cut, for as little work.
void check_unsafe(Input input) {
  const regauge::fuzz::Claims claims{kOracle, h1::Side::request, {}};
  h1::Policy policy(h1::Side::request, h1::Preset::strict);
  for (std::size_t i = 0; i < h1::kDeviationCount; ++i) {
    policy.unsafe_set(static_cast<h1::Deviation>(i), h1::Action::accept);
  }
  const Reading whole = regauge::fuzz::read_requests(policy, {input});
  regauge::fuzz::check_h1_work(whole.work, input.size(), claims.oracle);
  claims.check_equal(whole, regauge::fuzz::read_requests(policy, cut_at_lines(input)));
  claims.check_equal(whole,
                     regauge::fuzz::read_requests(policy, regauge::fuzz::single_octets(input)));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Input input(data, size);
  const std::uint64_t hash = regauge::fuzz::hash_of(input);
  const std::vector<std::vector<Input>> cuts{{input},
                                             cut_at_lines(input),
                                             halves(input, hash),
                                             regauge::fuzz::cut(input, hash, 30),
                                             regauge::fuzz::single_octets(input)};
  check_unsafe(input);
  for (const h1::Preset preset : {h1::Preset::strict, h1::Preset::common, h1::Preset::maximal}) {
    const regauge::fuzz::Claims claims{kOracle, h1::Side::request, {}};
    const h1::Policy policy(h1::Side::request, preset);
    const Reading whole = regauge::fuzz::read_requests(policy, {input});
    regauge::fuzz::check_h1_work(whole.work, input.size(), claims.oracle);
    for (const std::vector<Input>& pieces : cuts) {
      claims.check_equal(whole, regauge::fuzz::read_requests(policy, pieces));
      check_connection(whole, Server(preset).serve(pieces));
    }
  }
  return 0;
}
