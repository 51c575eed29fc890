// Reads messages with h1::Decoder into plain values that oracles compare.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fuzz/fuzz_input.h"
#include "regauge/h1/decoder.h"

namespace regauge::fuzz {

/// One message as it was read. The texts are copies.
struct Message {
  bool complete = false;
  bool cut = false;  ///< the input ended inside of it; if not, and not complete, it was refused
  bool tunnel = false;
  std::string method;
  std::string scheme;
  std::string authority;
  std::string path;
  std::uint16_t status = 0;  ///< of a response
  std::string reason;
  http::Version version = http::Version::http_1_1;
  http::Content framing;
  std::vector<std::pair<std::string, std::string>> fields;
  std::vector<std::pair<std::string, std::string>> trailers;
  std::string content;
  bool close_after = false;
  h1::DeviationSet deviations;
  std::uint64_t begin = 0;  ///< offset of its first octet
  std::uint64_t end = 0;    ///< offset behind its last octet
  std::string log;          ///< everything above, notes and violation as one text to compare
};

/// All messages of an input, up to the first one that ends the connection.
struct Reading {
  std::vector<Message> messages;
  wire::Work work;
};

inline std::vector<std::pair<std::string, std::string>> copy_of(http::FieldSection section) {
  std::vector<std::pair<std::string, std::string>> lines;
  for (const http::FieldLine& line : section) lines.emplace_back(line.name, line.value);
  return lines;
}

inline void log_notes(Message& message, http::RuleNotes notes) {
  for (const http::RuleNote& note : notes) {
    message.log += std::string(note.rule->name) + '@' + std::to_string(note.offset) + ' ';
  }
}

inline void log_lines(Message& message,
                      const std::vector<std::pair<std::string, std::string>>& lines) {
  for (const auto& [name, value] : lines) message.log += name + ": " + value + '\n';
}

inline void take_head(Message& message, const http::RequestHead& head) {
  message.method = head.method.token;
  message.scheme = head.scheme;
  message.authority = head.authority;
  message.path = head.path;
  message.version = head.version;
  message.framing = head.content;
  message.fields = copy_of(head.fields);
  message.log += message.method + ' ' + message.scheme + ' ' + message.authority + ' ' +
                 message.path + ' ' + std::to_string(static_cast<int>(message.version)) + ' ' +
                 std::to_string(static_cast<int>(message.framing.framing)) + ' ' +
                 std::to_string(message.framing.length) + '\n';
  log_lines(message, message.fields);
}

inline void take_head(Message& message, const http::ResponseHead& head) {
  message.status = head.status.value;
  message.reason = head.reason;
  message.version = head.version;
  message.framing = head.content;
  message.fields = copy_of(head.fields);
  message.log += std::to_string(message.status) + ' ' + message.reason + ' ' +
                 std::to_string(static_cast<int>(message.version)) + ' ' +
                 std::to_string(static_cast<int>(message.framing.framing)) + ' ' +
                 std::to_string(message.framing.length) + '\n';
  log_lines(message, message.fields);
}

/// Takes a part of the current message. Returns whether the message is over.
inline bool take_part(Message& message, const h1::Part& part, const h1::Decoder& decoder,
                      h1::Side side) {
  switch (part.kind) {
    case h1::PartKind::need_more: return false;
    case h1::PartKind::content:
      message.content += wire::as_text(part.content.bytes());
      return false;
    case h1::PartKind::head:
      if (side == h1::Side::request) take_head(message, decoder.request_head());
      if (side == h1::Side::response) take_head(message, decoder.response_head());
      break;
    case h1::PartKind::trailers:
      message.trailers = copy_of(decoder.trailers());
      log_lines(message, message.trailers);
      break;
    case h1::PartKind::violation:
      message.log += h1::catalogue_row(decoder.violation().deviation).rule.name;
      message.log += '@' + std::to_string(decoder.violation().offset);
      switch (decoder.violation().deviation) {
        case h1::Deviation::eof_after_last_chunk:
        case h1::Deviation::incomplete:
        case h1::Deviation::truncated: message.cut = true; break;
        default: break;
      }
      return true;
    case h1::PartKind::end:
    case h1::PartKind::tunnel:
      message.complete = true;
      message.tunnel = part.kind == h1::PartKind::tunnel;
      break;
  }
  log_notes(message, part.notes);
  return message.complete;
}

inline void finish(Message& message, const h1::Decoder& decoder) {
  message.close_after = decoder.close_after();
  message.deviations = decoder.deviations();
  message.end = decoder.offset();
  message.log += message.content + (message.close_after ? " close" : " stay") +
                 (message.complete ? " complete " : " cut ") + std::to_string(message.end);
}

/// Reads messages that come in `pieces`, each in a heap block of its exact size. Reading stops
/// behind a message that closes the connection. `context`: what responses answer; only the first of
/// them is the first of its connection.
inline Reading read_messages(const h1::Policy& policy, h1::ResponseContext context,
                             const std::vector<std::span<const std::uint8_t>>& pieces) {
  const http::Limits limits;
  h1::Decoder decoder(policy, limits);
  decoder.begin(context);
  Reading reading;
  Message message;
  bool closed = false;
  const auto drain = [&](auto&& next) {
    while (!closed) {
      const h1::Part part = next();
      if (part.kind == h1::PartKind::need_more) return;
      if (!take_part(message, part, decoder, policy.side())) continue;
      finish(message, decoder);
      closed = !message.complete || message.close_after;
      reading.messages.push_back(std::exchange(message, Message{}));
      message.begin = decoder.offset();
      if (closed) continue;
      decoder.next_message();
      context.first_on_connection = false;
      decoder.begin(context);
    }
  };
  for (const auto& piece : pieces) {
    wire::Slice slice = wire::Slice::copy_of(piece);
    drain([&] { return decoder.next(slice); });
    if (closed) break;
  }
  drain([&] { return decoder.end_of_input(http::Truncation::clean); });
  reading.work = decoder.work();
  return reading;
}

/// Reads requests as a server does.
inline Reading read_requests(const h1::Policy& policy,
                             const std::vector<std::span<const std::uint8_t>>& pieces) {
  return read_messages(policy, {}, pieces);
}

/// Cuts into single octets.
inline std::vector<std::span<const std::uint8_t>> single_octets(
    std::span<const std::uint8_t> input) {
  return cut(input, 1, 1);
}

}  // namespace regauge::fuzz
