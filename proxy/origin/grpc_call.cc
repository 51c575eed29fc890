#include "proxy/origin/grpc_call.h"

#include <array>
#include <utility>

#include <boost/beast/core/detail/base64.hpp>
#include <fmt/format.h>

namespace regauge::origin {
namespace {

using boost::asio::awaitable;

constexpr std::size_t kPrefixOctets = 5;
constexpr std::uint8_t kTrailerFlag = 0x80;
constexpr std::string_view kType = "application/grpc";
constexpr std::string_view kWebType = "application/grpc-web";
constexpr std::string_view kTextType = "application/grpc-web-text";

std::string type_of(const RequestHead& head) {
  const std::string* type = find(head.lines, "content-type");
  return type != nullptr ? *type : "";
}

std::string base64_of(std::string_view octets) {
  std::string text(boost::beast::detail::base64::encoded_size(octets.size()), '\0');
  text.resize(boost::beast::detail::base64::encode(text.data(), octets.data(), octets.size()));
  return text;
}

// Decodes whole groups of four; each may be padded, for clients pad each message.
std::string octets_of_base64(std::string_view groups) {
  std::string octets;
  for (; groups.size() >= 4; groups.remove_prefix(4)) {
    std::array<char, 4> group{};
    const auto decoded = boost::beast::detail::base64::decode(group.data(), groups.data(), 4);
    octets.append(group.data(), decoded.first);
  }
  return octets;
}

// grpc-message is percent-encoded: printable ASCII stays, except the percent sign.
std::string percent_encoded(std::string_view text) {
  std::string encoded;
  for (const char each : text) {
    const auto octet = static_cast<unsigned char>(each);
    const bool stays = octet >= 0x20 && octet < 0x7f && each != '%';
    encoded += stays ? std::string(1, each) : fmt::format("%{:02X}", octet);
  }
  return encoded;
}

}  // namespace

bool is_grpc(const RequestHead& head) {
  return head.method == "POST" && type_of(head).starts_with(kType);
}

GrpcCall::GrpcCall(Exchange& exchange) : exchange_(exchange), type_(type_of(exchange.request())) {
  if (type_.starts_with(kWebType)) framing_ = Framing::web;
  if (type_.starts_with(kTextType)) framing_ = Framing::web_text;
}

awaitable<std::optional<std::string>> GrpcCall::next() {
  for (;;) {
    if (received_.size() >= kPrefixOctets) {
      std::size_t size = 0;
      for (std::size_t at = 1; at < kPrefixOctets; ++at) {
        size = size << 8 | static_cast<unsigned char>(received_[at]);
      }
      if (received_.size() - kPrefixOctets >= size) {
        std::string message = received_.substr(kPrefixOctets, size);
        received_.erase(0, kPrefixOctets + size);
        co_return message;
      }
    }
    std::string octets = co_await exchange_.read();
    if (octets.empty()) co_return std::nullopt;
    if (framing_ == Framing::web_text) {
      encoded_ += octets;
      const std::size_t whole = encoded_.size() / 4 * 4;
      octets = octets_of_base64(std::string_view(encoded_).substr(0, whole));
      encoded_.erase(0, whole);
    }
    received_ += octets;
  }
}

awaitable<void> GrpcCall::send_frame(std::uint8_t flags, std::string octets) {
  const auto size = static_cast<std::uint32_t>(octets.size());
  std::string frame(1, static_cast<char>(flags));
  for (const unsigned shift : {24U, 16U, 8U, 0U}) frame += static_cast<char>(size >> shift & 0xff);
  frame += octets;
  if (framing_ == Framing::web_text) frame = base64_of(frame);
  co_await exchange_.write(std::move(frame));
}

Lines GrpcCall::echoed(std::string_view prefix) const {
  Lines lines;
  for (const Line& line : exchange_.request().lines) {
    if (line.name.starts_with(prefix)) lines.push_back(line);
  }
  return lines;
}

void GrpcCall::send_head(Lines more) {
  ResponseHead head{200, {{"content-type", type_}}, std::nullopt};
  const Lines metadata = echoed("echo-head-");
  head.lines.insert(head.lines.end(), metadata.begin(), metadata.end());
  head.lines.insert(head.lines.end(), more.begin(), more.end());
  exchange_.head(head);
  is_head_sent_ = true;
}

awaitable<void> GrpcCall::send(std::string message) {
  Lines none;
  if (!is_head_sent_) send_head(std::move(none));
  co_await send_frame(0, std::move(message));
  co_await exchange_.flush();
}

awaitable<void> GrpcCall::finish(GrpcStatus status) {
  Lines trailers{{"grpc-status", std::to_string(status.code)}};
  if (!status.message.empty())
    trailers.push_back({"grpc-message", percent_encoded(status.message)});
  const Lines metadata = echoed("echo-trailer-");
  trailers.insert(trailers.end(), metadata.begin(), metadata.end());
  trailers.push_back({"x-colons", "a:b: c::d"});
  Lines none;
  if (!is_head_sent_) {
    send_head(std::move(trailers));
    co_await exchange_.end(std::move(none));
    co_return;
  }
  if (framing_ == Framing::grpc) {
    co_await exchange_.end(std::move(trailers));
    co_return;
  }
  std::string block;
  for (const Line& line : trailers) block += line.name + ": " + line.value + "\r\n";
  co_await send_frame(kTrailerFlag, std::move(block));
  co_await exchange_.end(std::move(none));
}

}  // namespace regauge::origin
