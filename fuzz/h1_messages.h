// Reads messages with h1::Decoder into plain values that oracles compare.
#pragma once

#include <algorithm>
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
  std::vector<std::string> spellings;  ///< of fields, then of trailers, where they are kept
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
  check(std::ranges::is_sorted(notes, {}, &http::RuleNote::offset), "h1_messages",
        "notes stand in the order of the octets");
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

inline void take_spellings(Message& message, http::FieldSection section) {
  for (const http::FieldLine& line : section) message.spellings.emplace_back(line.spelling);
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
      take_spellings(message, side == h1::Side::request ? decoder.request_head().fields
                                                        : decoder.response_head().fields);
      break;
    case h1::PartKind::trailers:
      message.trailers = copy_of(decoder.trailers());
      take_spellings(message, decoder.trailers());
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

/// Says what a host does beside reading, which must not change what is read.
enum class Manner : std::uint8_t {
  patient,  ///< nothing
  hasty,    ///< it gives memory back whenever it may, and tells the end behind the last octet
};

/// Says how messages are read.
struct HowToRead {
  h1::Policy policy;
  h1::ResponseContext context;  ///< what responses answer
  http::Limits limits;
  http::Truncation end = http::Truncation::clean;
  h1::Spelling spelling = h1::Spelling::drop;
  Manner manner = Manner::patient;
};

/// Reads messages that come in `pieces`, each in a heap block of its exact size. Reading stops
/// behind a message that closes the connection, and nothing is told behind it. Only the first
/// response is the first of its connection.
inline Reading read_messages(const HowToRead& how,
                             const std::vector<std::span<const std::uint8_t>>& pieces) {
  h1::Decoder decoder(how.policy, how.limits, 0, how.spelling);
  h1::ResponseContext context = how.context;
  decoder.begin(context);
  Reading reading;
  Message message;
  bool closed = false;
  const bool hasty = how.manner == Manner::hasty;
  const auto drain = [&](auto&& next, auto&& over) {
    while (!closed && !over()) {
      const h1::Part part = next();
      if (part.kind == h1::PartKind::need_more) return;
      if (!take_part(message, part, decoder, how.policy.side())) continue;
      finish(message, decoder);
      closed = !message.complete || message.close_after;
      const h1::Part again = next();
      check(again.kind == (message.complete ? h1::PartKind::need_more : h1::PartKind::violation),
            "h1_messages", "nothing is told behind the end of a message");
      reading.messages.push_back(std::exchange(message, Message{}));
      message.begin = decoder.offset();
      if (closed) continue;
      decoder.next_message();
      if (hasty) decoder.shrink();
      context.first_on_connection = false;
      decoder.begin(context);
    }
  };
  for (const auto& piece : pieces) {
    wire::Slice slice = wire::Slice::copy_of(piece);
    const bool last = &piece == &pieces.back();
    drain([&] { return decoder.next(slice); }, [&] { return hasty && last && slice.empty(); });
    if (hasty) decoder.shrink();
    if (closed) break;
  }
  drain([&] { return decoder.end_of_input(how.end); }, [] { return false; });
  reading.work = decoder.work();
  return reading;
}

/// Reads messages under the limits that hold by default. `context`: what responses answer.
inline Reading read_messages(const h1::Policy& policy, h1::ResponseContext context,
                             const std::vector<std::span<const std::uint8_t>>& pieces) {
  return read_messages({policy, context, {}, http::Truncation::clean, h1::Spelling::drop, {}},
                       pieces);
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
