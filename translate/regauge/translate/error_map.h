// The error map: what an end on one side means for the other (RFC 9110 §15, RFC 9113 §5.4, §7).
#pragma once

#include <cstdint>

#include "regauge/http/ids.h"
#include "regauge/translate/options.h"

namespace regauge::translate {

/// Names what happened.
enum class EndEvent : std::uint8_t {
  rst_stream,       ///< the upstream reset the stream
  goaway,           ///< the upstream goes away
  connect_refused,  ///< no connection could be had
  connect_timeout,
  read_timeout,  ///< the response did not come in time, or the request was not taken
  eof,           ///< the upstream closed, or its message was malformed
  client_rst_stream,
  client_eof,
  final_response_before_request_end,
};

/// Says how far the response had come.
enum class EndStage : std::uint8_t { before_head, mid_body, after_end_stream };

/// Says what is done.
enum class EndAction : std::uint8_t {
  retry,                    ///< the request is sent once more
  wait,                     ///< nothing yet: the stream is still being answered
  respond,                  ///< an answer of ours with `status`
  rst_stream,               ///< the client's stream is reset with `code`
  close_incomplete,         ///< the client's connection closes, the message stays cut
  abort_upstream,           ///< the upstream stream is reset, or its connection closed
  finish_and_close_upload,  ///< the response is complete; the rest of the request is not sent
  finish_then_rst_stream,   ///< the response is delivered, then RST_STREAM(NO_ERROR)
};

/// Holds what decides.
struct EndFacts {
  EndEvent event = EndEvent::eof;
  EndStage stage = EndStage::before_head;
  http::ErrorCode code = http::ErrorCode::no_error;  ///< of a reset
  Protocol downstream = Protocol::h1;
  bool stream_above_last_id = false;  ///< goaway: the stream was surely not processed
  bool connection_reused = false;
  bool idempotent = false;
  bool replayable = false;
  std::uint32_t attempts = 1;
};

/// Says what follows.
struct EndVerdict {
  EndAction action = EndAction::respond;
  std::uint16_t status = 0;  ///< of `respond`; of the log line otherwise
  http::ErrorCode code = http::ErrorCode::internal_error;  ///< of `rst_stream`
  bool needs_h1 = false;  ///< retry: over HTTP/1.1 (HTTP_1_1_REQUIRED)
};

/// Maps an end. Cost: constant.
[[nodiscard]] EndVerdict map_end(const EndFacts& facts);

}  // namespace regauge::translate
