// WebStream: the content of a gRPC call on its way between gRPC and gRPC-Web, one direction.
#pragma once

#include <cstdint>
#include <expected>
#include <vector>

#include "regauge/grpc/base64.h"
#include "regauge/grpc/message_frame.h"
#include "regauge/translate/produced.h"
#include "regauge/translate/refusal.h"
#include "regauge/wire/slab.h"
#include "regauge/wire/work.h"

namespace regauge::translate {

/// Says how the octets of a side are written.
enum class Coding : std::uint8_t { binary, text };

/// Passes message frames from one coding to the other and checks their flags. In binary nothing is
/// copied but a prefix that a read has cut. Memory: a few octets, and the trailer frame if there is
/// one, at most `trailer_bytes_max`; a slab for each slice that is in text on either side.
class WebStream {
 public:
  /// Says what comes in and what goes out. Limits are in octets.
  struct Settings {
    Coding from = Coding::binary;
    Coding to = Coding::binary;
    bool trailer_frame = false;  ///< one may come: the stream is a response of gRPC-Web
    std::uint32_t message_bytes_max = 0;
    std::uint32_t trailer_bytes_max = 16 * 1024;
  };
  /// Starts a stream and keeps the memory of the last one.
  void reset(const Settings& settings);

  /// Names what is wrong with a stream.
  enum class Trouble : std::uint8_t {
    none,
    text,           ///< no base64
    flags,          ///< an unknown flag
    compressed,     ///< a compressed trailer frame
    after_trailer,  ///< octets behind the trailer frame
    too_large,      ///< a message or trailer frame above its limit
    truncated,      ///< the end came inside a frame
  };

  /// Takes content and appends what passes to `out`. Cost: one step an octet in text, else one a
  /// frame.
  [[nodiscard]] Trouble take(const wire::Slice& slice, std::vector<wire::Slice>& out);
  /// Ends the stream: appends what the coding still holds.
  [[nodiscard]] Trouble finish(std::vector<wire::Slice>& out);
  /// Appends octets behind the messages in the coding of the output: a trailer frame.
  void append(wire::Slice slice, std::vector<wire::Slice>& out);

  /// Tells whether a message frame was seen.
  [[nodiscard]] bool saw_message() const { return saw_message_; }
  /// Tells whether part of a message was passed whose rest did not come.
  [[nodiscard]] bool inside_message() const {
    return state_ == State::messages && !reader_.between_frames() && !reader_.in_prefix();
  }
  /// Tells whether a trailer frame was seen, and is complete.
  [[nodiscard]] bool saw_trailer() const { return state_ == State::behind_trailer; }
  /// Returns the message of the trailer frame, to be parsed in place.
  [[nodiscard]] std::vector<std::uint8_t>& trailer() { return trailer_; }
  /// Returns what was done since `reset`; messages are frames. Law: total() <= 4 bytes_in +
  /// 8 messages.
  [[nodiscard]] const wire::Work& work() const { return work_; }

 private:
  enum class State : std::uint8_t { messages, trailer, behind_trailer };

  [[nodiscard]] Trouble filter(const wire::Slice& slice, std::vector<wire::Slice>& out);
  [[nodiscard]] Trouble on_prefix();
  void pass(wire::Slice slice, std::vector<wire::Slice>& out);
  void push(wire::Slice slice, std::vector<wire::Slice>& out);
  void encode(wire::Bytes octets, wire::Writer& text);

  Settings settings_;
  State state_ = State::messages;
  grpc::FrameReader reader_;
  grpc::FrameReader out_reader_;  // finds the message ends of the output, where text is flushed
  grpc::Base64Decoder decoder_;
  grpc::Base64Encoder encoder_;
  std::size_t withheld_ = 0;  // octets of a prefix that a read has cut
  bool saw_message_ = false;
  wire::Work work_;
  std::vector<std::uint8_t> trailer_;
};

}  // namespace regauge::translate
