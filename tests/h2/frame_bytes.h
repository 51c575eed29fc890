// Builds frames and field blocks octet by octet, right or wrong, for the tests.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "regauge/h2/frame.h"
#include "regauge/h2/settings.h"
#include "tests/hpack/block_bytes.h"

namespace regauge::h2 {

using http::EndStream;
using http::ErrorCode;

/// Says whether a frame ends its field block.
enum class EndHeaders : bool { no, yes };

/// Builds a field block of literals that leave the dynamic table alone.
class Block {
 public:
  Block& line(std::string_view name, std::string_view value) {
    bytes_.literal(hpack::Literal::without_indexing, name, value);
    return *this;
  }
  /// A line that enters the dynamic table.
  Block& insert(std::string_view name, std::string_view value) {
    bytes_.literal(hpack::Literal::with_indexing, name, value);
    return *this;
  }
  Block& indexed(std::uint32_t index) {
    bytes_.indexed(index);
    return *this;
  }
  Block& size_update(std::uint32_t octets) {
    bytes_.size_update(octets);
    return *this;
  }
  Block& octets(std::initializer_list<int> values) {
    bytes_.octets(values);
    return *this;
  }
  [[nodiscard]] std::string text() const { return std::string(wire::as_text(bytes_.view())); }

 private:
  hpack::BlockBytes bytes_;
};

/// Builds the pseudo-field lines of a request.
inline Block request_block(std::string_view method, std::string_view path = "/",
                           std::string_view authority = "a.test") {
  return Block()
      .line(":method", method)
      .line(":scheme", "https")
      .line(":path", path)
      .line(":authority", authority);
}
inline Block get_block() { return request_block("GET"); }
inline Block post_block() { return request_block("POST"); }
inline Block connect_block(std::string_view authority = "a.test:443") {
  return Block().line(":method", "CONNECT").line(":authority", authority);
}
/// Builds the head of an extended CONNECT (RFC 8441 §4).
inline Block extended_connect_block() {
  return request_block("CONNECT").line(":protocol", "websocket");
}
inline Block status_block(std::string_view status) { return Block().line(":status", status); }

/// Appends frames; converts to their octets.
class Frames {
 public:
  Frames& frame(FrameType type, std::uint8_t flags, std::uint32_t stream,
                std::string_view payload) {
    std::vector<std::uint8_t> room(kFrameHeaderBytes);
    wire::Writer header{wire::MutableBytes(room)};
    write_frame_header({static_cast<std::uint32_t>(payload.size()), type, flags, StreamId{stream}},
                       header);
    octets_ += wire::as_text(header.written());
    octets_ += payload;
    return *this;
  }
  Frames& preface() {
    octets_ += kClientPreface;
    return *this;
  }
  Frames& raw(std::string_view octets) {
    octets_ += octets;
    return *this;
  }
  Frames& append(const Frames& others) { return raw(others.octets_); }
  Frames& settings(std::initializer_list<std::pair<SettingId, std::uint32_t>> entries = {}) {
    std::string payload;
    for (const auto& [id, value] : entries) {
      payload += number(static_cast<std::uint32_t>(id), 2) + number(value, 4);
    }
    return frame(FrameType::settings, 0, 0, payload);
  }
  Frames& settings_ack() {
    return frame(FrameType::settings, static_cast<std::uint8_t>(Flag::ack), 0, "");
  }
  Frames& headers(std::uint32_t stream, const Block& block, EndStream end_stream = EndStream::yes,
                  EndHeaders end_headers = EndHeaders::yes) {
    return frame(FrameType::headers, flags(end_stream, end_headers), stream, block.text());
  }
  Frames& continuation(std::uint32_t stream, std::string_view fragment,
                       EndHeaders end_headers = EndHeaders::yes) {
    return frame(FrameType::continuation, flags(EndStream::no, end_headers), stream, fragment);
  }
  Frames& data(std::uint32_t stream, std::string_view content,
               EndStream end_stream = EndStream::no) {
    return frame(FrameType::data, flags(end_stream, EndHeaders::no), stream, content);
  }
  Frames& padded_data(std::uint32_t stream, std::string_view content, std::uint8_t padding,
                      EndStream end_stream = EndStream::no) {
    const std::uint8_t padded = static_cast<std::uint8_t>(Flag::padded);
    return frame(FrameType::data,
                 static_cast<std::uint8_t>(flags(end_stream, EndHeaders::no) | padded), stream,
                 number(padding, 1) + std::string(content) + std::string(padding, '\0'));
  }
  Frames& rst_stream(std::uint32_t stream, ErrorCode code) {
    return frame(FrameType::rst_stream, 0, stream, number(static_cast<std::uint32_t>(code), 4));
  }
  Frames& window_update(std::uint32_t stream, std::uint32_t increment) {
    return frame(FrameType::window_update, 0, stream, number(increment, 4));
  }
  Frames& ping(std::string_view payload = "12345678") {
    return frame(FrameType::ping, 0, 0, payload);
  }
  Frames& ping_ack(std::string_view payload) {
    return frame(FrameType::ping, static_cast<std::uint8_t>(Flag::ack), 0, payload);
  }
  Frames& goaway(std::uint32_t last, ErrorCode code = ErrorCode::no_error) {
    return frame(FrameType::goaway, 0, 0,
                 number(last, 4) + number(static_cast<std::uint32_t>(code), 4));
  }
  Frames& push_promise(std::uint32_t stream, std::uint32_t promised, const Block& block) {
    return frame(FrameType::push_promise, static_cast<std::uint8_t>(Flag::end_headers), stream,
                 number(promised, 4) + block.text());
  }
  Frames& priority_update(std::uint32_t prioritized, std::string_view value) {
    return frame(FrameType::priority_update, 0, 0, number(prioritized, 4) + std::string(value));
  }
  operator std::string_view() const { return octets_; }  // NOLINT: reads as the octets

  /// Writes a number in network order.
  static std::string number(std::uint32_t value, std::size_t octets) {
    std::string text;
    while (octets-- > 0) text.push_back(static_cast<char>(value >> (8 * octets) & 0xffU));
    return text;
  }

 private:
  static std::uint8_t flags(EndStream end_stream, EndHeaders end_headers) {
    return static_cast<std::uint8_t>((end_stream == EndStream::yes ? 0x1 : 0) |
                                     (end_headers == EndHeaders::yes ? 0x4 : 0));
  }

  std::string octets_;
};

/// Builds what a client sends first.
inline Frames client_start() { return Frames().preface().settings(); }
/// Builds what a server sends first.
inline Frames server_start() { return Frames().settings(); }

}  // namespace regauge::h2
