// Reads octets as a connection that has been used before does, for what h1_perf asserts and counts.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "regauge/h1/decoder.h"

namespace regauge::fuzz {

/// A decoder under `maximal`, the most work there is, that has read a message already: nothing is
/// allocated any more but what a larger head needs.
class WarmDecoder {
 public:
  explicit WarmDecoder(h1::Side side)
      : decoder_(h1::Policy(side, h1::Preset::maximal), http::Limits()) {
    static constexpr std::string_view kRequest =
        "GET /#fragment HTTP/1.1\r\nHost: a.test\r\nAccept: */*\r\nUser-Agent: warm\r\n\r\n";
    static constexpr std::string_view kResponse =
        "HTTP/1.1  200 OK\r\nContent-Length: 0\r\nServer: warm\r\nDate: today\r\n\r\n";
    read(wire::Slice::copy_of(wire::as_bytes(side == h1::Side::request ? kRequest : kResponse)));
    before_ = decoder_.work();
  }

  /// Reads one message after the other until one closes or is refused, or more octets are needed.
  void read(wire::Slice input) {
    while (true) {
      const h1::Part part = decoder_.next(input);
      switch (part.kind) {
        case h1::PartKind::need_more:
        case h1::PartKind::tunnel:
        case h1::PartKind::violation: return;
        case h1::PartKind::head:
        case h1::PartKind::content:
        case h1::PartKind::trailers: break;
        case h1::PartKind::end:
          if (decoder_.close_after()) return;
          decoder_.next_message();
          break;
      }
    }
  }
  /// Counts the work since the warming.
  [[nodiscard]] wire::Work work() const {
    wire::Work work = decoder_.work();
    work.bytes_in -= before_.bytes_in;
    work.bytes_emitted -= before_.bytes_emitted;
    work.messages -= before_.messages;
    work.steps -= before_.steps;
    work.copies -= before_.copies;
    return work;
  }

 private:
  h1::Decoder decoder_;
  wire::Work before_;
};

}  // namespace regauge::fuzz
