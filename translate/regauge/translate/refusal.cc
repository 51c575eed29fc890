#include "regauge/translate/refusal.h"

#include <array>
#include <utility>

namespace regauge::translate {
namespace {

constexpr std::array kRows{
    FaultRow{Fault::scheme_unknown,
             {"scheme-unknown", "RFC 9110 4.2", "The scheme was neither http nor https."},
             400},
    FaultRow{Fault::authority_missing,
             {"authority-missing", "RFC 9112 3.2", "The request named no authority."},
             400},
    FaultRow{Fault::connect_host_mismatch,
             {"connect-host-mismatch", "RFC 9112 3.2.3", "Host and target of CONNECT differed."},
             400},
    FaultRow{Fault::nominated_field,
             {"nominated-field", "RFC 9110 7.6.1",
              "Connection named a field that belongs to the message."},
             400},
    FaultRow{Fault::expectation_unknown,
             {"expectation-unknown", "RFC 9110 10.1.1", "Expect was not 100-continue."},
             417},
    FaultRow{Fault::max_forwards_reached,
             {"max-forwards-reached", "RFC 9110 7.6.2", "Max-Forwards was 0."},
             501},
    FaultRow{Fault::upgrade_with_content,
             {"upgrade-with-content", "RFC 8441 5", "A WebSocket handshake had content."},
             400},
    FaultRow{Fault::websocket_key,
             {"websocket-key", "RFC 6455 4.1", "Sec-WebSocket-Key was no base64 of 16 octets."},
             400},
    FaultRow{Fault::websocket_method,
             {"websocket-method", "RFC 6455 4.1", "A WebSocket handshake was no GET."},
             400},
    FaultRow{Fault::protocol_unknown,
             {"protocol-unknown", "RFC 9220 3", ":protocol was not websocket."},
             501},
    FaultRow{
        Fault::protocol_not_supported,
        {"protocol-not-supported", "RFC 8441 3", "The upstream has not enabled extended CONNECT."},
        501},
    FaultRow{Fault::websocket_accept,
             {"websocket-accept", "RFC 6455 4.1", "Sec-WebSocket-Accept did not fit the key."},
             502},
    FaultRow{
        Fault::websocket_declined,
        {"websocket-declined", "RFC 8441 5", "The upstream answered the handshake without 101."},
        502},
    FaultRow{Fault::upgrade_unsolicited,
             {"upgrade-unsolicited", "RFC 9110 15.2.2", "101 came without a request for it."},
             502},
    FaultRow{Fault::head_not_writable,
             {"head-not-writable", "RFC 9110 5.5", "The head cannot be written canonically."},
             400},
    FaultRow{Fault::message_cut, {"truncated", "RFC 9112 8", "The message was cut."}, 400},
    FaultRow{Fault::web_method, {"web-method", "gRPC-Web", "A gRPC call was not POST."}, 405},
    FaultRow{Fault::web_media_type,
             {"web-media-type", "gRPC-Web", "The media type was not one of gRPC."},
             415},
    FaultRow{Fault::web_text, {"web-text", "RFC 4648 4", "The content was no base64."}, 400},
    FaultRow{Fault::web_frame_flags,
             {"web-frame-flags", "gRPC-Web", "A request frame had an unknown flag."},
             400},
    FaultRow{Fault::web_truncated,
             {"web-truncated", "gRPC-Web", "The request ended inside a message."},
             400},
    FaultRow{Fault::web_message_too_large,
             {"web-message-too-large", "gRPC-Web", "A message was above the limit."},
             413},
};

constexpr bool rows_are_in_order() {
  for (std::size_t i = 0; i < kRows.size(); ++i) {
    if (std::to_underlying(kRows[i].fault) != i) return false;
  }
  return kRows.size() == static_cast<std::size_t>(Fault::count_);
}
static_assert(rows_are_in_order(), "each fault has its row, at its place");

}  // namespace

const FaultRow& row_of(Fault fault) { return kRows[std::to_underlying(fault)]; }

}  // namespace regauge::translate
