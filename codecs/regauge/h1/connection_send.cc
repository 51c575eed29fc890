// h1::Connection: what the host submits, and the octets that come of it (RFC 9112 §9.3, §9.6).
#include <utility>

#include "regauge/h1/connection.h"
#include "regauge/h1/connection_workspace.h"
#include "regauge/wire/assert.h"

namespace regauge::h1 {

using http::EndStream;
using http::Framing;
using http::Refusal;
using http::StreamId;
using http::Version;

using Sent = std::expected<void, Refusal>;

std::expected<StreamId, Refusal> Connection::open(const http::RequestHead& head,
                                                  EndStream end_stream) {
  if (server()) return std::unexpected(Refusal::wrong_state);
  if (fate_ != Fate::open || draining_ || input_ended_) {
    return std::unexpected(Refusal::going_away);
  }
  if (!reusable()) return std::unexpected(Refusal::stream_limit);
  const Situation situation{http::method_id(head.method.token), peer_version_,
                            Persistence::persistent, end_stream};
  const auto written = workspace().encoder.request_head(head, situation);
  if (!written) return std::unexpected(written.error());
  begin_exchange();
  method_ = situation.request_method;
  receiving_ = Receiving::head;
  sending_ = end_stream == EndStream::yes ? Sending::ended : Sending::content;
  sent_framing_ = written->framing;
  upgrade_requested_ = peer_version_ == Version::http_1_1 &&
                       http::find_field(head.fields, http::FieldId::upgrade) != nullptr;
  return stream_;
}

Sent Connection::check_answer(StreamId stream) const {
  if (!current(stream)) return std::unexpected(Refusal::unknown_stream);
  if (fate_ != Fate::open) return std::unexpected(Refusal::going_away);
  if (!server() || sending_ != Sending::head) return std::unexpected(Refusal::wrong_state);
  return {};
}

Sent Connection::check_content(StreamId stream) const {
  if (!current(stream)) return std::unexpected(Refusal::unknown_stream);
  const bool dead = sending_ == Sending::cut || silent_;
  if (!dead && (sending_ == Sending::content || sending_ == Sending::tunnel)) return {};
  return std::unexpected(dead ? Refusal::unknown_stream : Refusal::wrong_state);
}

// The peer has to know that its next request would not be read (RFC 9112 §9.6).
Persistence Connection::wanted_persistence() const {
  const bool whole = receiving_ == Receiving::ended;
  const bool stays = whole && !peer_closes_ && !draining_ && !input_ended_;
  return stays ? Persistence::persistent : Persistence::close;
}

Sent Connection::submit_interim(StreamId stream, const http::ResponseHead& head) {
  if (const Sent checked = check_answer(stream); !checked) return checked;
  if (receiving_ == Receiving::failed) return std::unexpected(Refusal::wrong_state);
  // Interim responses have no flow control: a peer that reads none could be owed any number.
  if (output_full()) return std::unexpected(Refusal::queue_full);
  const Situation situation{method_, peer_version_, Persistence::persistent, EndStream::no};
  return workspace().encoder.interim_head(head, situation);
}

Sent Connection::submit_head(StreamId stream, const http::ResponseHead& head,
                             EndStream end_stream) {
  if (const Sent checked = check_answer(stream); !checked) return checked;
  // Protocols are switched behind a complete request that asked for it (RFC 9110 §7.8).
  const bool may_switch = upgrade_requested_ && receiving_ == Receiving::ended;
  if (head.status.value == 101 && !may_switch) return std::unexpected(Refusal::wrong_state);
  const Situation situation{method_, peer_version_, wanted_persistence(), end_stream};
  const auto written = workspace().encoder.response_head(head, situation);
  if (!written) return std::unexpected(written.error());
  persistence_ = written->persistence;
  sent_framing_ = written->framing;
  sending_ = sent_framing_ == Framing::tunnel ? Sending::tunnel : Sending::content;
  if (end_stream == EndStream::yes) sent_end();
  return {};
}

Sent Connection::submit_content(StreamId stream, wire::Slice slice, EndStream end_stream) {
  if (const Sent checked = check_content(stream); !checked) return checked;
  const bool empty_queue = queued() == 0;
  if (slice.size() > writable(stream) && !empty_queue) {
    window_wanted_ = slice.size();
    return std::unexpected(Refusal::queue_full);
  }
  const Sent sent = workspace().encoder.content(std::move(slice), end_stream);
  if (sent && end_stream == EndStream::yes) sent_end();
  return sent;
}

Sent Connection::submit_trailers(StreamId stream, http::FieldSection section) {
  if (const Sent checked = check_content(stream); !checked) return checked;
  const Sent sent = workspace().encoder.trailers(section);
  if (sent) sent_end();
  return sent;
}

void Connection::sent_end() {
  sending_ = Sending::ended;
  settle();
}

std::size_t Connection::writable(StreamId stream) const {
  if (!current(stream) || fate_ != Fate::open) return 0;
  const std::size_t limit = options_->limits.stream_queue_bytes_max;
  return limit > queued() ? limit - queued() : 0;
}

void Connection::accept_tunnel(StreamId stream) {
  const bool submitted = sent_framing_ == Framing::tunnel && receiving_ == Receiving::ended;
  if (!server() || !current(stream) || !submitted || fate_ != Fate::open) return;
  if (received_framing_ == Framing::tunnel) return;  // it was accepted and has ended
  receiving_ = Receiving::tunnel;
}

std::size_t Connection::gather(std::span<http::Piece> pieces, std::size_t max_octets) const {
  if (!workspace_ || silent_) return 0;
  return workspace_->outbox.gather(pieces, max_octets);
}

void Connection::wrote(std::size_t octets) {
  if (octets == 0) return;
  RG_ASSERT(workspace_ != nullptr);
  request_written_ += octets;
  workspace_->outbox.wrote(octets);
}

}  // namespace regauge::h1
