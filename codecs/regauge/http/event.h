// Events and batches: everything a connection tells its host (design: no private back door).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "regauge/http/field.h"
#include "regauge/http/head.h"
#include "regauge/http/ids.h"
#include "regauge/http/rule.h"
#include "regauge/wire/slab.h"

namespace regauge::http {

using wire::Slice;

/// Tags an event; the comment names the members of Event that are set besides `stream`.
enum class EventKind : std::uint8_t {
  head,       ///< `request` or `response`, `notes`, `end_stream`
  interim,    ///< `response` (1xx), `notes`
  content,    ///< `content` (one slice of the receive slabs), `end_stream`
  trailers,   ///< `trailers`, `notes`
  end,        ///< the message is complete; `notes` met after the head, `count` = 1 if the
              ///< connection closes after this exchange (H1)
  reset,      ///< the stream died: `code`, `by`, `reached`, `loss`, `rule` (nullptr unless a
              ///< violation caused it)
  cancelled,  ///< streams opened and dead within one batch, never surfaced: `count`, `stream` =
              ///< last
  tunnel,     ///< from here on `content` events are octets of the tunnel; H1 101 and CONNECT 2xx
  goaway,     ///< `code`, `by`, `count` = last stream id
  settings,   ///< the peer's settings were applied: see the connection's accessors
  window,     ///< content may be submitted again on `stream` (0: on any stream)
  stalled,    ///< `stream` has had output and no window, or hardly any, for `count` ms
  deviation,  ///< a toleration outside a message: `rule`, `offset`
  violation,  ///< a rule was broken and refused: `rule`, `scope`, `code`, `status`, `offset`,
              ///< `reached`, `loss`; over a limit the code is ENHANCE_YOUR_CALM; `notes` that the
              ///< message had before (H1)
  closed,     ///< the transport may be closed: nothing more will be read or written
};

/// Says how far the peer's message had come when its stream died.
enum class Reached : std::uint8_t { nothing, head, content, trailers };

/// Says what took a stream with it, if it did not die of frames of its own.
enum class Loss : std::uint8_t {
  none,
  goaway,  ///< the peer's GOAWAY leaves it out: it was not processed
  closed,  ///< the peer ended its side of the connection
  broken,  ///< the transport broke
};

/// Tells one thing that happened. Lifetime of every view: until the next `receive`,
/// `end_of_input` or destruction of the connection; slices may be kept (they count references).
struct Event {
  EventKind kind = EventKind::head;
  EndStream end_stream = EndStream::no;  ///< yes: the `end` of this stream follows directly
  By by = By::peer;
  Scope scope = Scope::message;
  Reached reached = Reached::nothing;  ///< reset, violation
  Loss loss = Loss::none;              ///< reset, violation
  std::uint16_t status = 0;            ///< status that an answer to a violation should have
  StreamId stream;
  ErrorCode code = ErrorCode::no_error;
  const Rule* rule = nullptr;
  const RequestHead* request = nullptr;
  const ResponseHead* response = nullptr;
  FieldSection trailers;
  RuleNotes notes;
  Slice content;
  std::uint64_t offset = 0;  ///< octets since the start of the connection's input
  std::uint64_t count = 0;
};

/// Returns the outcome of one drain.
struct Batch {
  std::size_t consumed = 0;  ///< octets taken; the host offers the rest again, first thing
  std::span<const Event> events;
  bool more = false;  ///< stopped by budget, back-pressure or a full reply queue, not by the input
};

}  // namespace regauge::http
