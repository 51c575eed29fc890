#include "proxy/h2_frames.h"

#include <algorithm>
#include <array>

#include "regauge/wire/writer.h"

namespace regauge::proxy {
namespace {

constexpr std::size_t kFramePayloadMax = 16384;

}  // namespace

void H2Frames::frame(h2::FrameType type, std::uint8_t flags, std::uint32_t stream,
                     std::string_view payload) {
  std::array<std::uint8_t, h2::kFrameHeaderBytes> header{};
  wire::Writer to(header);
  h2::write_frame_header(
      {static_cast<std::uint32_t>(payload.size()), type, flags, http::StreamId{stream}}, to);
  octets_ += wire::as_text(header);
  octets_ += payload;
}

void H2Frames::settings(const h2::Settings& settings) {
  std::array<std::uint8_t, 256> room{};
  wire::Writer to(room);
  h2::write_settings(settings, to);
  octets_ += wire::as_text(to.written());
}

void H2Frames::headers(std::uint32_t stream, const FieldList& fields, http::EndStream end) {
  std::vector<http::FieldLine> lines;
  for (const auto& [name, value] : fields) {
    lines.push_back({name, value, http::FieldId::unknown, http::Indexing::never});
  }
  std::vector<std::uint8_t> room(hpack::Encoder::encoded_bytes_max(lines));
  wire::Writer block(room);
  encoder_.encode(lines, block);
  std::string_view rest = wire::as_text(block.written());
  h2::FrameType type = h2::FrameType::headers;
  do {
    const std::string_view part = rest.substr(0, kFramePayloadMax);
    rest.remove_prefix(part.size());
    unsigned flags = rest.empty() ? static_cast<unsigned>(h2::Flag::end_headers) : 0U;
    if (type == h2::FrameType::headers && end == http::EndStream::yes) {
      flags |= static_cast<unsigned>(h2::Flag::end_stream);
    }
    frame(type, static_cast<std::uint8_t>(flags), stream, part);
    type = h2::FrameType::continuation;
  } while (!rest.empty());
}

void H2Frames::data(std::uint32_t stream, std::string_view content, http::EndStream end) {
  do {
    const std::string_view part = content.substr(0, kFramePayloadMax);
    content.remove_prefix(part.size());
    const bool ends = content.empty() && end == http::EndStream::yes;
    frame(h2::FrameType::data, ends ? static_cast<std::uint8_t>(h2::Flag::end_stream) : 0, stream,
          part);
  } while (!content.empty());
}

void H2Frames::reset(std::uint32_t stream, http::ErrorCode code) {
  std::array<std::uint8_t, 4> payload{};
  wire::Writer to(payload);
  to.u32(static_cast<std::uint32_t>(code));
  frame(h2::FrameType::rst_stream, 0, stream, wire::as_text(payload));
}

void H2Frames::window_update(std::uint32_t stream, std::uint32_t increment) {
  std::array<std::uint8_t, 4> payload{};
  wire::Writer to(payload);
  to.u32(increment);
  frame(h2::FrameType::window_update, 0, stream, wire::as_text(payload));
}

}  // namespace regauge::proxy
