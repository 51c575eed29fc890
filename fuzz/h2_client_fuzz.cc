// h2_client: whatever frames a server sends, the client connection does what a plain state machine
// says, and what it writes has no fault in the eyes of libnghttp2's server.
//
// Input: the frames of a server. The client has opened, before anything comes: 1 GET, 3 HEAD, 5
// POST of 5 octets, 7 CONNECT, 9 POST that goes on, 11 GET; PUSH_PROMISE is allowed. Batches, and
// what the application does further, follow from a hash of the input. Claims: as of h2_server.
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
using fuzz::Message;

constexpr std::uint64_t kBetweenBatchesMs = 10'000;  // each starts with full credits

class Host {
 public:
  explicit Host(std::uint64_t hash) : hash_(hash) {
    client_.on_event = [this](const http::Event& event) { act(event); };
    const std::array first{Message{.method = "GET"},
                           Message{.method = "HEAD"},
                           Message{.method = "POST", .octets = 5},
                           Message{.method = "CONNECT", .open_end = true},
                           Message{.method = "POST", .octets = 300, .open_end = true},
                           Message{.method = "GET"}};
    for (const Message& message : first) static_cast<void>(client_.open(message));
  }
  bool serve(std::span<const Frame> frames) {
    const bool known = client_.serve(frames, kBetweenBatchesMs);
    if (!known || client_.failed()) return known;
    for (const std::uint32_t id : std::exchange(done_, {})) client_.release(id);
    const std::uint64_t choice = dice(++batches_);
    if (choice % 3 == 0) static_cast<void>(client_.open(Message::drawn(choice / 3)));
    if (choice % 16 == 1) client_.ping();
    if (choice % 64 == 2) client_.drain();
    if (choice % 16 == 3) client_.go_on(9, choice / 16, choice % 5 == 0);
    return true;
  }

 private:
  [[nodiscard]] std::uint64_t dice(std::uint32_t id) const {
    return (hash_ ^ (id * 0x9e3779b97f4a7c15U)) * 0x100000001b3U >> 20U;
  }
  void act(const http::Event& event) {
    const std::uint32_t id = event.stream.value;
    switch (event.kind) {
      case http::EventKind::reset:
      case http::EventKind::end: done_.push_back(id); return;
      case http::EventKind::content:
        if (dice(id) % 4 != 0) client_.consume(id, event.content.size());
        return;
      case http::EventKind::head:
        if (dice(id) % 5 == 0) client_.reset(id);
        return;
      default: return;
    }
  }

  std::uint64_t hash_;
  std::uint32_t batches_ = 0;
  fuzz::BesideModel client_{http::Role::client, "h2_client"};
  std::vector<std::uint32_t> done_;  // to be released when everything was written
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::span<const std::uint8_t> input(data, size);
  Host host(fuzz::hash_of(input));
  fuzz::serve_in_batches(input, host);
  return 0;
}
