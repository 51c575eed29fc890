// Calls that a host must not make, or makes in the wrong moment: each is refused for its reason and
// changes nothing.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "fuzz/fuzz_input.h"
#include "regauge/h2/connection.h"

namespace regauge::fuzz {

/// Makes calls of one kind at one end, and says what must become of them.
class ErrantCalls {
 public:
  ErrantCalls(h2::Connection& connection, http::Role role, std::string_view oracle)
      : connection_(connection), server_(role == http::Role::server), oracle_(oracle) {}

  /// Calls what a number says, for a stream that may be anything.
  void call(std::uint8_t number, http::StreamId stream) {
    const std::size_t queued = connection_.queued_octets();
    const std::uint32_t open = connection_.open_streams();
    switch (number % 6) {
      case 0: unknown_stream(); break;
      case 1: other_role(stream); break;
      case 2: bad_head(stream); break;
      case 3: bad_trailers(stream); break;
      case 4: bad_request(number); break;
      default: bad_status(number, stream); break;
    }
    claim(connection_.queued_octets() == queued, "what is refused writes nothing");
    claim(connection_.open_streams() == open, "what is refused opens and ends nothing");
  }

 private:
  void claim(bool holds, std::string_view claim) const { check(holds, oracle_, claim); }

  // A stream that nobody opened, or that is over and released.
  void unknown_stream() {
    const http::StreamId none{0x7ffffff0};
    using http::Refusal;
    const http::ResponseHead head;
    const auto end = http::EndStream::yes;
    claim(connection_.submit_head(none, head, end).error() == Refusal::unknown_stream, kUnknown);
    claim(connection_.submit_interim(none, head).error() == Refusal::unknown_stream, kUnknown);
    claim(connection_.submit_content(none, {}, end).error() == Refusal::unknown_stream, kUnknown);
    claim(connection_.submit_trailers(none, {}).error() == Refusal::unknown_stream, kUnknown);
    claim(connection_.writable(none) == 0, "nothing fits a stream that is not there");
    connection_.consume(none, 1);
    connection_.reset(none, http::ErrorCode::cancel);
    connection_.release(none);
    connection_.accept_tunnel(none);
  }
  void other_role(http::StreamId stream) {
    http::ResponseHead head;
    head.status = http::Status{200};
    if (server_) {
      http::RequestHead request;
      const auto opened = connection_.open(request, http::EndStream::yes);
      claim(opened.error() == http::Refusal::wrong_state, "a server opens no stream");
      return;
    }
    claim(!connection_.submit_head(stream, head, http::EndStream::yes), "a client answers nothing");
    head.status = http::Status{103};
    claim(!connection_.submit_interim(stream, head), "a client answers nothing");
  }
  void bad_head(http::StreamId stream) {
    static constexpr std::array<std::string_view, 4> kValues{"a\nb", "a\rb", "\x01", " edge"};
    for (const std::string_view value : kValues) {
      const std::array lines{http::field_line("x-name", value)};
      http::ResponseHead head;
      head.status = http::Status{200};
      head.fields = lines;
      head.content.framing = http::Framing::stream;
      claim(!connection_.submit_head(stream, head, http::EndStream::no), "no bad line is written");
    }
  }
  void bad_trailers(http::StreamId stream) {
    for (const std::string_view name : {"content-length", "host", "te", "Upper", ":path", ""}) {
      const std::array lines{http::field_line(name, "1")};
      claim(!connection_.submit_trailers(stream, lines), "no bad trailer is written");
    }
  }
  void bad_request(std::uint8_t number) {
    if (server_) return;
    http::RequestHead head;
    head.method = http::method_of(number % 2 == 0 ? "GET" : "G T");
    head.scheme = number % 4 == 0 ? "https" : "1";
    head.authority = number % 8 == 0 ? "a.test" : "a test";
    head.path = number % 16 == 0 ? "no-slash" : "/ ";
    claim(!connection_.open(head, http::EndStream::yes), "no bad request is written");
    head.method = http::method_of("CONNECT");
    head.authority = "a.test";
    claim(!connection_.open(head, http::EndStream::no), "CONNECT wants a port");
    head.protocol = "websocket";
    head.scheme = "https";
    head.path = "/";
    head.authority = "";
    claim(!connection_.open(head, http::EndStream::no), "extended CONNECT wants an authority");
  }
  void bad_status(std::uint8_t number, http::StreamId stream) {
    static constexpr std::array<std::uint16_t, 6> kStatus{0, 99, 101, 1000, 103, 199};
    http::ResponseHead head;
    head.status = http::Status{kStatus.at(number / 6 % kStatus.size())};
    claim(!connection_.submit_head(stream, head, http::EndStream::yes),
          "no final head has such a status");
    head.status = http::Status{200};
    claim(!connection_.submit_interim(stream, head), "no interim head has a final status");
    head.content = {http::Framing::length, 5};
    claim(!connection_.submit_head(stream, head, http::EndStream::yes),
          "no head ends a message whose content it announces");
    const auto written = connection_.writable(stream);
    if (written == 0) return;  // a head may be submitted
    claim(!connection_.submit_head(stream, head, http::EndStream::no), "a head is written once");
  }

  static constexpr std::string_view kUnknown = "a call for a stream that is not there is refused";

  h2::Connection& connection_;
  bool server_;
  std::string_view oracle_;
};

}  // namespace regauge::fuzz
