// h2_server: whatever frames a client sends, the server connection does what a plain state machine
// says, and what it writes has no fault in the eyes of libnghttp2's client.
//
// Input: the frames behind the client preface. Batches, and what the application does with each
// stream, follow from a hash of the input. Claims: streams surface as the batch law says; content,
// resets, windows, acknowledgments, credits and the error of the connection are the model's; the
// order of events; the law of work.
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "fuzz/fuzz_input.h"
#include "fuzz/h2_beside_model.h"

namespace {

namespace fuzz = regauge::fuzz;
namespace http = regauge::http;
using fuzz::Frame;

constexpr std::uint64_t kBetweenBatchesMs = 10'000;  // each starts with full credits

class Host {
 public:
  explicit Host(std::uint64_t hash) : hash_(hash) {
    server_.on_event = [this](const http::Event& event) { act(event); };
  }
  bool serve(std::span<const Frame> frames) {
    const bool known = server_.serve(frames, kBetweenBatchesMs);
    for (const std::uint32_t id : std::exchange(done_, {})) server_.release(id);
    return known;
  }

 private:
  enum class Plan : std::uint8_t { answer_head, answer_end, silent, reset };

  [[nodiscard]] std::uint64_t dice(std::uint32_t id) const {
    return (hash_ ^ (id * 0x9e3779b97f4a7c15U)) * 0x100000001b3U >> 20U;
  }
  [[nodiscard]] Plan plan(std::uint32_t id) const {
    constexpr std::array kPlans{Plan::answer_head, Plan::answer_head, Plan::answer_end,
                                Plan::answer_end,  Plan::silent,      Plan::reset};
    return kPlans.at(dice(id) % kPlans.size());
  }
  void act(const http::Event& event) {
    const std::uint32_t id = event.stream.value;
    switch (event.kind) {
      case http::EventKind::reset: done_.push_back(id); return;
      case http::EventKind::content:
        if (plan(id) != Plan::silent) server_.consume(id, event.content.size());
        return;
      case http::EventKind::end:
        if (plan(id) == Plan::answer_end) answer(id);
        return;
      case http::EventKind::head:
        if (plan(id) == Plan::answer_head) answer(id);
        if (plan(id) != Plan::reset) return;
        server_.reset(id);
        done_.push_back(id);
        return;
      default: return;
    }
  }
  void answer(std::uint32_t id) {
    const std::uint64_t number = dice(id) / 64;
    server_.answer(id, fuzz::Message::drawn(number));
    if (number % 5 != 0) done_.push_back(id);
  }

  std::uint64_t hash_;
  fuzz::BesideModel server_{http::Role::server, "h2_server"};
  std::vector<std::uint32_t> done_;  // to be released when everything was written
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::span<const std::uint8_t> input(data, size);
  Host host(fuzz::hash_of(input));
  fuzz::serve_in_batches(input, host);
  return 0;
}
