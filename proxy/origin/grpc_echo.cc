#include "proxy/origin/grpc_echo.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

namespace regauge::origin {
namespace {

using boost::asio::awaitable;

constexpr unsigned kInvalidArgument = 3;
constexpr unsigned kUnimplemented = 12;
constexpr unsigned kInternal = 13;

struct EchoRequest {
  std::string text;
  std::uint32_t count = 0;
  std::uint32_t pause_ms = 0;
  std::uint32_t status = 0;
};

// Takes a varint off the front; nothing: it is cut or too long.
std::optional<std::uint64_t> take_varint(std::string_view& octets) {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 64 && !octets.empty(); shift += 7) {
    const auto octet = static_cast<unsigned char>(octets.front());
    octets.remove_prefix(1);
    value |= static_cast<std::uint64_t>(octet & 0x7f) << shift;
    if (octet < 0x80) return value;
  }
  return std::nullopt;
}

// Reads a message of protobuf: field 1 is a string, 2 to 4 are varints, others are skipped.
std::optional<EchoRequest> parse(std::string_view octets) {
  EchoRequest request;
  std::array<std::uint32_t*, 5> numbers{nullptr, nullptr, &request.count, &request.pause_ms,
                                        &request.status};
  while (!octets.empty()) {
    const auto tag = take_varint(octets);
    const auto value = take_varint(octets);
    if (!tag || !value) return std::nullopt;
    const std::uint64_t field = *tag >> 3;
    if ((*tag & 7) == 2) {
      if (*value > octets.size()) return std::nullopt;
      if (field == 1) request.text = octets.substr(0, *value);
      octets.remove_prefix(*value);
    } else if ((*tag & 7) == 0) {
      if (field < numbers.size() && numbers[field] != nullptr) {
        *numbers[field] = static_cast<std::uint32_t>(*value);
      }
    } else {
      return std::nullopt;
    }
  }
  return request;
}

// Writes a message of protobuf with field 1.
std::string reply(std::string_view text) {
  std::string octets = "\x0a";
  std::size_t size = text.size();
  for (; size >= 0x80; size >>= 7) octets += static_cast<char>((size & 0x7f) | 0x80);
  octets += static_cast<char>(size);
  return octets.append(text);
}

// Waits for a message that can be read; nothing: there is none.
awaitable<std::optional<EchoRequest>> next_request(GrpcCall& call) {
  const std::optional<std::string> message = co_await call.next();
  if (!message) co_return std::nullopt;
  co_return parse(*message);
}

awaitable<GrpcStatus> unary(Exchange& exchange, GrpcCall& call) {
  const std::optional<EchoRequest> request = co_await next_request(call);
  if (!request) co_return GrpcStatus{kInternal, "no message that can be read"};
  if (request->pause_ms > 0) co_await exchange.pause(request->pause_ms);
  std::string message = reply(request->text);
  co_await call.send(std::move(message));
  co_return GrpcStatus{};
}

awaitable<GrpcStatus> server_stream(Exchange& exchange, GrpcCall& call) {
  const std::optional<EchoRequest> request = co_await next_request(call);
  if (!request) co_return GrpcStatus{kInternal, "no message that can be read"};
  for (std::uint32_t each = 1; each <= std::max(request->count, 1U); ++each) {
    if (each > 1 && request->pause_ms > 0) co_await exchange.pause(request->pause_ms);
    std::string message = reply(fmt::format("{} {}", request->text, each));
    co_await call.send(std::move(message));
  }
  co_return GrpcStatus{};
}

awaitable<GrpcStatus> client_stream(Exchange&, GrpcCall& call) {
  std::string joined;
  for (;;) {
    const std::optional<EchoRequest> request = co_await next_request(call);
    if (!request) break;
    joined += (joined.empty() ? "" : " ") + request->text;
  }
  std::string message = reply(joined);
  co_await call.send(std::move(message));
  co_return GrpcStatus{};
}

awaitable<GrpcStatus> bidi_stream(Exchange&, GrpcCall& call) {
  for (;;) {
    const std::optional<EchoRequest> request = co_await next_request(call);
    if (!request) break;
    std::string message = reply(request->text);
    co_await call.send(std::move(message));
  }
  co_return GrpcStatus{};
}

awaitable<GrpcStatus> fail(Exchange& exchange, GrpcCall& call) {
  const std::optional<EchoRequest> request = co_await next_request(call);
  if (!request) co_return GrpcStatus{kInternal, "no message that can be read"};
  for (std::uint32_t each = 1; each <= request->count; ++each) {
    if (request->pause_ms > 0) co_await exchange.pause(request->pause_ms);
    std::string message = reply(fmt::format("{} {}", request->text, each));
    co_await call.send(std::move(message));
  }
  co_return GrpcStatus{request->status != 0 ? request->status : kInvalidArgument, request->text};
}

struct Method {
  std::string_view path;
  awaitable<GrpcStatus> (*run)(Exchange&, GrpcCall&);
};
constexpr std::array kMethods{
    Method{"/regauge.demo.Echo/Unary", unary},
    Method{"/regauge.demo.Echo/ServerStream", server_stream},
    Method{"/regauge.demo.Echo/ClientStream", client_stream},
    Method{"/regauge.demo.Echo/BidiStream", bidi_stream},
    Method{"/regauge.demo.Echo/Fail", fail},
};

}  // namespace

awaitable<void> answer_grpc(Exchange& exchange) {
  GrpcCall call(exchange);
  const std::string path = exchange.request().path();
  GrpcStatus status{kUnimplemented, "no such method: " + path};
  for (const Method& method : kMethods) {
    if (method.path == path) status = co_await method.run(exchange, call);
  }
  co_await call.finish(std::move(status));
}

}  // namespace regauge::origin
