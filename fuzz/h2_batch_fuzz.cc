// h2_batch: a server whose reads, time and host are what a trace says stays with its model: no
// stream both surfaces and is reset by its peer in one batch, each event costs what the table of
// the ledger says, GOAWAY and ENHANCE_YOUR_CALM come exactly where the credits are spent, and the
// work of a batch is bounded by its frames.
//
// Input: frames of a client behind its preface, and steps of the host between them (h2_steps.h). A
// step ends the batch before it.
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "fuzz/fuzz_input.h"
#include "fuzz/h2_beside_model.h"
#include "fuzz/h2_steps.h"

namespace {

namespace fuzz = regauge::fuzz;
namespace http = regauge::http;
using fuzz::Frame;

constexpr http::WorkBudget kWhole{1U << 20U, 4096};

class Trace {
 public:
  void run(std::span<const Frame> frames) {
    while (!frames.empty()) {
      std::size_t size = 0;
      while (size < frames.size() && !fuzz::is_step(frames[size])) ++size;
      if (size > 0 && !serve(frames.first(size))) return;
      if (size == frames.size()) return;
      act(frames[size]);
      frames = frames.subspan(size + 1);
    }
  }

 private:
  // Returns false when the input left what the model knows.
  bool serve(std::span<const Frame> frames) {
    const bool known = server_.serve(frames, elapsed_ms_, budget_);
    elapsed_ms_ = 0;
    budget_ = kWhole;
    return known;
  }
  void act(const Frame& step) {
    const std::uint32_t id = step.stream;
    switch (step.type) {
      case fuzz::kStepBatchEnds: elapsed_ms_ += fuzz::step_number(step, 2); return;
      case fuzz::kStepAnswer:
        return server_.answer(id, fuzz::Message::drawn(fuzz::step_number(step, 4)));
      case fuzz::kStepReset: return server_.reset(id);
      case fuzz::kStepRelease: return server_.release(id);
      case fuzz::kStepConsume: return server_.consume(id, fuzz::step_number(step, 2));
      case fuzz::kStepDrain: return server_.drain();
      case fuzz::kStepPing: return server_.ping();
      case fuzz::kStepShrink: return server_.shrink();
      case fuzz::kStepBudget: budget_ = {0, 1 + fuzz::step_number(step, 1)}; return;
      default: return server_.go_on(id, fuzz::step_number(step, 2), step.has(fuzz::kEndStream));
    }
  }

  fuzz::BesideModel server_{http::Role::server, "h2_batch"};
  std::uint64_t elapsed_ms_ = 0;
  http::WorkBudget budget_ = kWhole;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Trace().run(fuzz::frames_of({data, size}));
  return 0;
}
