// An HTTP/2 connection beside its model: both are told the same, and must agree on every event,
// frame, window and credit; libnghttp2's session of the other end must find no fault in what is
// written.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "fuzz/fuzz_input.h"
#include "fuzz/h2_frames.h"
#include "fuzz/h2_model.h"
#include "fuzz/h2_peer_oracle.h"
#include "fuzz/h2_recorder.h"
#include "regauge/h2/connection.h"

namespace regauge::fuzz {

/// Says what the host answers with, or what it asks.
struct Message {
  std::string_view method = "GET";
  std::size_t octets = 0;     ///< of content
  std::size_t interims = 0;   ///< before the answer
  bool known_length = false;  ///< it is announced
  bool trailers = false;      ///< behind the content
  bool large_head = false;    ///< more than fits one frame
  bool open_end = false;      ///< the message goes on: the end is not sent
  /// Draws a message from a number.
  [[nodiscard]] static Message drawn(std::uint64_t number);
};

/// Drives one connection. A claim that does not hold ends the program.
class BesideModel {
 public:
  BesideModel(http::Role role, std::string_view oracle);

  /// Reads frames as one drain, so much time after the last one. Returns false when the input left
  /// what the model knows: by how much an account may be wrong matters.
  [[nodiscard]] bool serve(std::span<const Frame> frames, std::uint64_t elapsed_ms,
                           http::WorkBudget budget = {1U << 20U, 512});
  /// Tells whether the connection failed.
  [[nodiscard]] bool failed() const { return model_.failed().has_value(); }
  /// Calls this for each event, when model and connection have agreed on its batch.
  std::function<void(const http::Event&)> on_event;

  /// Opens a stream (client); nothing where none may be opened.
  std::optional<std::uint32_t> open(const Message& message);
  /// Answers a request (server) that was not answered.
  void answer(std::uint32_t id, const Message& message);
  /// Sends more content on a stream whose message goes on.
  void go_on(std::uint32_t id, std::size_t octets, bool end);
  /// Gives credit back, at most what was told.
  void consume(std::uint32_t id, std::size_t octets);
  void reset(std::uint32_t id);
  void release(std::uint32_t id);
  void drain();
  void ping();
  void shrink();
  /// Takes all output and compares it.
  void write();

 private:
  void claim(bool holds, std::string_view claim) const;
  [[nodiscard]] std::optional<std::size_t> follow(std::span<const Frame>& frames,
                                                  std::size_t octets);
  void agree(const http::Batch& batch);
  void agree_on_account() const;
  void agree_on_message(const http::Event& event) const;
  void send(std::uint32_t id, const Message& message);

  http::Role role_;
  std::string_view oracle_;
  h2::Options options_;
  Model model_;
  h2::Connection connection_;
  PeerOracle peer_;
  Recorder recorder_;
  http::Tick tick_{1'000};
  bool preface_written_ = false;
};

/// Gives the frames of `input` to `host.serve(frames)` in batches, which follow from its hash,
/// until that returns false.
template <typename Host>
void serve_in_batches(std::span<const std::uint8_t> input, Host& host) {
  const std::uint64_t hash = hash_of(input);
  const std::vector<Frame> frames = frames_of(input);
  const std::size_t longest = hash % 3 == 0 ? frames.size() + 1 : 1 + hash / 3 % 5;
  for (std::span<const Frame> rest = frames; !rest.empty();) {
    const std::size_t batch = std::min(longest, rest.size());
    if (!host.serve(rest.first(batch))) break;
    rest = rest.subspan(batch);
  }
}

}  // namespace regauge::fuzz
