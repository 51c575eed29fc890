// What a client put on each stream of an HTTP/2 connection, read off its frames apart from the
// codec (RFC 9113 §4.3, §6.1, §6.2, §8.1). It judges nothing: what is malformed does not get far
// enough to be compared.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "fuzz/h2_frames.h"
#include "tests/oracle/nghttp2_hpack.h"

namespace regauge::fuzz {

/// Holds the message of one stream.
struct SentMessage {
  std::vector<oracle::Line> head;
  std::vector<oracle::Line> trailers;
  std::string content;
  bool ended = false;  ///< END_STREAM came, before any RST_STREAM
  bool reset = false;  ///< RST_STREAM or a malformed end came before

  /// Returns the value of the first line of this name, or "".
  [[nodiscard]] std::string value(const std::string& name) const;
  /// Tells whether the head has a line of this name.
  [[nodiscard]] bool has(const std::string& name) const;
};

/// Reads the frames of one connection.
class SentModel {
 public:
  /// Takes the next frame; of an incomplete one what is there.
  void receive(const Frame& frame);
  /// Returns the message of a stream, or nullptr.
  [[nodiscard]] const SentMessage* find(std::uint32_t id) const;

 private:
  void data(const Frame& frame);
  void headers(const Frame& frame);
  void end_block();

  std::map<std::uint32_t, SentMessage> streams_;
  std::vector<std::uint8_t> block_;
  std::uint32_t block_stream_ = 0;
  bool block_open_ = false;
  bool block_ends_ = false;
  bool lost_ = false;  // no reader can make sense of what follows
  oracle::Inflater inflater_;
};

}  // namespace regauge::fuzz
