#include "regauge/h2/head_writer.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "regauge/http/head_check.h"

namespace regauge::h2 {
namespace {

using http::EndStream;
using http::FieldId;
using http::FieldLine;
using http::Framing;
using http::MethodId;
using http::Refusal;

constexpr std::uint32_t kFrameBytes = 16384;  // every peer takes payloads of this size (§4.2)

// Tells whether the content length is written from the model: the line itself is left out.
bool is_derived(const FieldLine& line) { return line.id == FieldId::content_length; }

bool is_writable_line(const FieldLine& line) {
  if (http::is_connection_specific(line.id)) return false;
  if (line.id == FieldId::te && !http::equal_fold(line.value, "trailers")) return false;
  const bool known = line.id != FieldId::unknown;
  return (known || http::is_writable_name(line.name)) && http::is_writable_value(line.value);
}

bool is_decimal(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(),
                                      [](char octet) { return octet >= '0' && octet <= '9'; });
}

}  // namespace

// What a field block consists of, in order.
struct HeadWriter::Plan {
  std::array<FieldLine, 5> pseudo;
  std::size_t pseudo_count = 0;
  http::FieldSection fields;
  std::array<char, 20> digits{};
  FieldLine content_length;  // an empty name: none

  void add(std::string_view name, std::string_view value) {
    pseudo[pseudo_count++] = {name, value, FieldId::unknown, http::Indexing::allowed};
  }
  void set_length(std::uint64_t octets) {
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), octets).ptr;
    content_length = {"content-length",
                      {digits.data(), static_cast<std::size_t>(end - digits.data())},
                      FieldId::content_length,
                      http::Indexing::allowed};
  }
  // Keeps what a response without content says about the content it would have (RFC 9110 §8.6).
  void keep_length(http::FieldSection section) {
    const FieldLine* line = http::find_field(section, FieldId::content_length);
    if (line != nullptr && is_decimal(line->value)) content_length = *line;
  }
  [[nodiscard]] std::size_t bytes_max() const {
    const http::FieldSection lines(pseudo.data(), pseudo_count);
    return hpack::Encoder::encoded_bytes_max(lines) + hpack::Encoder::encoded_bytes_max(fields) +
           content_length.value.size() + 2 * hpack::Encoder::kLineBytesMax;
  }
};

bool HeadWriter::are_writable(http::FieldSection section) {
  return std::all_of(section.begin(), section.end(), is_writable_line);
}

bool are_writable_trailers(http::FieldSection section) {
  return std::all_of(section.begin(), section.end(), [](const FieldLine& line) {
    return is_writable_line(line) && !http::is_forbidden_in_trailers(line.id);
  });
}

std::expected<void, Refusal> HeadWriter::request(StreamId stream, const http::RequestHead& head,
                                                 EndStream end_stream) {
  const bool connect = head.method.id == MethodId::connect;
  const bool extended = !head.protocol.empty();
  if (!http::is_token(head.method.token) || !are_writable(head.fields)) {
    return std::unexpected(Refusal::invalid_head);
  }
  Plan plan;
  plan.add(":method", head.method.token);
  if (connect && !extended) {
    if (!http::is_connect_authority(head.authority)) return std::unexpected(Refusal::invalid_head);
    plan.add(":authority", head.authority);
  } else {
    const bool good_path = head.path == "*"
                               ? head.method.id == MethodId::options
                               : head.path.starts_with('/') && http::is_writable_path(head.path);
    if (!good_path || !http::is_scheme(head.scheme) ||
        !http::is_writable_authority(head.authority)) {
      return std::unexpected(Refusal::invalid_head);
    }
    if (extended && (!connect || !http::is_token(head.protocol) || head.authority.empty())) {
      return std::unexpected(Refusal::invalid_head);
    }
    plan.add(":scheme", head.scheme);
    if (!head.authority.empty()) plan.add(":authority", head.authority);
    plan.add(":path", head.path);
    if (extended) plan.add(":protocol", head.protocol);
  }
  if (head.content.framing == Framing::length) plan.set_length(head.content.length);
  plan.fields = head.fields;
  write(stream, plan, end_stream);
  return {};
}

std::expected<void, Refusal> HeadWriter::response(StreamId stream, const http::ResponseHead& head,
                                                  MethodId method, EndStream end_stream) {
  const std::uint16_t status = head.status.value;
  if (status < 100 || status > 999 || status == 101 || !are_writable(head.fields)) {
    return std::unexpected(Refusal::invalid_head);
  }
  Plan plan;
  std::array<char, 3> digits{};
  std::to_chars(digits.data(), digits.data() + digits.size(), status);
  plan.add(":status", {digits.data(), digits.size()});
  plan.fields = head.fields;
  const bool never_content = http::is_interim(head.status) || status == 204;
  const bool length = head.content.framing == Framing::length;
  // These have no length, not even in answer to HEAD (RFC 9110 §8.6).
  if (!never_content && length) plan.set_length(head.content.length);
  const bool announces_only = method == MethodId::head || status == 304;
  if (!never_content && announces_only && head.content.framing == Framing::none) {
    plan.keep_length(head.fields);
  }
  write(stream, plan, end_stream);
  return {};
}

std::expected<void, Refusal> HeadWriter::trailers(StreamId stream, http::FieldSection section) {
  if (!are_writable_trailers(section)) return std::unexpected(Refusal::invalid_head);
  Plan plan;
  plan.fields = section;
  write(stream, plan, EndStream::yes);
  return {};
}

void HeadWriter::encode(const Plan& plan, wire::Writer& to) {
  encoder_->begin(to);
  for (std::size_t i = 0; i < plan.pseudo_count; ++i) encoder_->line(plan.pseudo[i], to);
  for (const FieldLine& line : plan.fields) {
    if (!is_derived(line)) encoder_->line(line, to);
  }
  if (!plan.content_length.name.empty()) encoder_->line(plan.content_length, to);
}

void HeadWriter::write(StreamId stream, const Plan& plan, EndStream end_stream) {
  const std::size_t bytes_max = plan.bytes_max();
  const std::uint8_t end_flag =
      end_stream == EndStream::yes ? static_cast<std::uint8_t>(Flag::end_stream) : 0;
  const auto end_headers = static_cast<std::uint8_t>(Flag::end_headers);
  if (bytes_max <= kFrameBytes) {
    // The usual head: encoded in place behind its frame header.
    const wire::MutableBytes room = outbox_->reserve(kFrameHeaderBytes + bytes_max);
    wire::Writer block(room.subspan(kFrameHeaderBytes));
    encode(plan, block);
    RG_ASSERT(!block.overflowed());
    wire::Writer header(room.first(kFrameHeaderBytes));
    write_frame_header({static_cast<std::uint32_t>(block.size()), FrameType::headers,
                        static_cast<std::uint8_t>(end_flag | end_headers), stream},
                       header);
    outbox_->commit(kFrameHeaderBytes + block.size());
    return;
  }
  std::vector<std::uint8_t> encoded(bytes_max);
  wire::Writer block(encoded);
  encode(plan, block);
  RG_ASSERT(!block.overflowed());
  Bytes rest = block.written();
  FrameType type = FrameType::headers;
  do {
    const Bytes fragment = rest.first(std::min<std::size_t>(rest.size(), kFrameBytes));
    rest = rest.subspan(fragment.size());
    const std::uint8_t flags = static_cast<std::uint8_t>(
        (type == FrameType::headers ? end_flag : 0) | (rest.empty() ? end_headers : 0));
    wire::Writer header(outbox_->reserve(kFrameHeaderBytes));
    write_frame_header({static_cast<std::uint32_t>(fragment.size()), type, flags, stream}, header);
    outbox_->commit(kFrameHeaderBytes);
    outbox_->copy(fragment);
    type = FrameType::continuation;
  } while (!rest.empty());
}

}  // namespace regauge::h2
