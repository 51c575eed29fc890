// Decodes one message from octets cut in a given way into plain values that tests compare.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "regauge/h1/decoder.h"

namespace regauge::h1 {

using Fields = std::vector<std::pair<std::string, std::string>>;

/// What one message came to.
struct DecodedMessage {
  bool complete = false;
  std::optional<Violation> violation;
  std::string method;
  std::string target;
  std::string scheme;
  int status = 0;
  http::Version version = http::Version::http_1_1;
  Fields fields;
  Fields trailers;
  std::string content;
  std::string leftover;
  bool close_after = false;
  bool tunnel = false;
  bool interim = false;
  std::set<std::string> deviations;
  std::vector<std::pair<std::string, std::uint64_t>> notes;
  wire::Work work;

  bool operator==(const DecodedMessage& other) const {
    const auto refusal = [](const DecodedMessage& message) {
      return message.violation ? std::pair(static_cast<int>(message.violation->deviation),
                                           message.violation->offset)
                               : std::pair(-1, std::uint64_t{0});
    };
    return complete == other.complete && refusal(*this) == refusal(other) &&
           method == other.method && target == other.target && scheme == other.scheme &&
           status == other.status && version == other.version && fields == other.fields &&
           trailers == other.trailers && content == other.content && leftover == other.leftover &&
           close_after == other.close_after && tunnel == other.tunnel && interim == other.interim &&
           notes == other.notes;
  }
};

/// Returns the size of the next piece, given what is left.
using Cut = std::function<std::size_t(std::size_t left)>;

inline Cut whole() {
  return [](std::size_t left) { return left; };
}
inline Cut octet_by_octet() {
  return [](std::size_t) { return std::size_t{1}; };
}
inline Cut random_cuts(std::uint64_t seed) {
  return [seed](std::size_t) mutable {
    seed = seed * 6364136223846793005U + 1442695040888963407U;
    return 1 + static_cast<std::size_t>(seed >> 33U) % 23;
  };
}

inline Fields copied(http::FieldSection section) {
  Fields fields;
  for (const http::FieldLine& line : section) fields.emplace_back(line.name, line.value);
  return fields;
}

/// Feeds pieces of `octets` and then the end of input; stops behind one message.
class MessageReader {
 public:
  MessageReader(const Policy& policy, const ResponseContext& context,
                const http::Limits& limits = {})
      : side_(policy.side()), decoder_(policy, limits) {
    decoder_.begin(context);
  }

  DecodedMessage read(std::string_view octets, Cut cut) {
    while (!octets.empty() && !ended_) {
      const std::size_t size = std::min(cut(octets.size()), octets.size());
      wire::Slice piece = wire::Slice::copy_of(wire::as_bytes(octets.substr(0, size)));
      octets.remove_prefix(size);
      while (!ended_) {
        const Part part = decoder_.next(piece);
        if (part.kind == PartKind::need_more) break;
        take(part);
      }
      message_.leftover = std::string(wire::as_text(piece.bytes()));
    }
    if (!ended_) {
      while (!ended_) {
        const Part part = decoder_.end_of_input(http::Truncation::clean);
        if (part.kind == PartKind::need_more) break;
        take(part);
      }
    } else {
      message_.leftover += octets;
    }
    if (message_.violation) message_.leftover.clear();
    message_.close_after = decoder_.close_after();
    message_.work = decoder_.work();
    return message_;
  }

 private:
  void take(const Part& part) {
    for (const http::RuleNote& note : part.notes) {
      message_.deviations.emplace(note.rule->name);
      message_.notes.emplace_back(std::string(note.rule->name), note.offset);
    }
    switch (part.kind) {
      case PartKind::need_more: break;
      case PartKind::head: take_head(); break;
      case PartKind::content: message_.content += wire::as_text(part.content.bytes()); break;
      case PartKind::trailers: message_.trailers = copied(decoder_.trailers()); break;
      case PartKind::tunnel: message_.tunnel = true; [[fallthrough]];
      case PartKind::end:
        message_.complete = true;
        ended_ = true;
        break;
      case PartKind::violation:
        message_.violation = decoder_.violation();
        ended_ = true;
        break;
    }
  }
  void take_head() {
    if (side_ == Side::request) {
      const http::RequestHead& head = decoder_.request_head();
      message_.method = head.method.token;
      message_.target = head.method.id == http::MethodId::connect ? head.authority : head.path;
      message_.scheme = head.scheme;
      message_.version = head.version;
      message_.fields = copied(head.fields);
    } else {
      const http::ResponseHead& head = decoder_.response_head();
      message_.status = head.status.value;
      message_.interim = http::is_interim(head.status) && head.status.value != 101;
      message_.version = head.version;
      message_.fields = copied(head.fields);
    }
  }

  Side side_;
  Decoder decoder_;
  DecodedMessage message_;
  bool ended_ = false;
};

/// Decodes the first message of `octets`, which are followed by the end of input.
inline DecodedMessage decode(const Policy& policy, std::string_view octets,
                             const ResponseContext& context = {}, const Cut& cut = whole()) {
  return MessageReader(policy, context).read(octets, cut);
}

}  // namespace regauge::h1
