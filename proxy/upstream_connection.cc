#include "proxy/upstream_connection.h"

#include <algorithm>
#include <utility>

namespace regauge::proxy {
namespace {

using http::EndStream;
using http::ErrorCode;
using http::Event;
using http::EventKind;

constexpr std::size_t kDrainOctetsMax = 256 * 1024;
// Streams that an H2 peer surely takes before its SETTINGS say how many (RFC 9113 §6.5.2).
constexpr std::uint32_t kSlotsBeforeSettings = 1;

}  // namespace

UpstreamConnection::UpstreamConnection(Origin& origin, Worker& owner)
    : origin_(origin), owner_(owner) {}

UpstreamConnection::~UpstreamConnection() = default;

void UpstreamConnection::start() {
  auto socket = connect_to(origin_.next_address());
  if (!socket) {
    phase_ = Phase::closed;
    origin_.connect_failed(UpstreamFault::connect_refused);
    return;
  }
  transport_ = Transport(std::move(*socket));
  owner_.loop.watch(transport_.socket(), *this);
  owner_.loop.timers().arm(*this, http::Tick{owner_.loop.now().ms + origin_.options().connect_ms});
  self_ = shared_from_this();
}

void UpstreamConnection::ready(Ready what) {
  if (what.readable || what.hung_up) readable_ = true;
  if (what.hung_up) hung_up_ = true;
  if (what.writable) transport_.unblock();
  switch (phase_) {
    case Phase::connecting:
      if (what.writable || what.hung_up) continue_connect();
      return;
    case Phase::handshaking: continue_handshake(); return;
    case Phase::open:
      if (readable_) read();
      touch();
      return;
    case Phase::closed: return;
  }
}

void UpstreamConnection::continue_connect() {
  if (connect_error(transport_.socket()) != 0) {
    fail_connect(UpstreamFault::connect_refused);
    return;
  }
  const UpstreamOptions& options = origin_.options();
  if (!options.secure()) {
    become_open(options.protocol == UpstreamProtocol::h2c ? Protocol::h2 : Protocol::h1);
    return;
  }
  transport_.start_tls(std::make_unique<TlsSession>(*options.tls, options.server_name));
  phase_ = Phase::handshaking;
  continue_handshake();
}

void UpstreamConnection::continue_handshake() {
  const TlsState state = transport_.handshake(owner_.buffers);
  if (state == TlsState::handshaking && !hung_up_) return;
  if (state != TlsState::open) {
    fail_connect(UpstreamFault::tls_failed);
    return;
  }
  const UpstreamProtocol wanted = origin_.options().protocol;
  const Alpn agreed = transport_.tls()->alpn();
  // A peer without ALPN speaks HTTP/1.1; h2 must have been agreed on (RFC 9113 §3.2).
  if (wanted == UpstreamProtocol::h2s && agreed != Alpn::h2) {
    fail_connect(UpstreamFault::tls_failed);
    return;
  }
  become_open(agreed == Alpn::h2 ? Protocol::h2 : Protocol::h1);
}

void UpstreamConnection::become_open(Protocol protocol) {
  phase_ = Phase::open;
  cancel();
  const UpstreamOptions& options = origin_.options();
  if (protocol == Protocol::h2) {
    connection_ = AnyConnection(std::make_unique<h2::Connection>(options.h2));
    slots_told_ = kSlotsBeforeSettings;
  } else {
    connection_ = AnyConnection(std::make_unique<h1::Connection>(options.h1));
    slots_told_ = 1;
  }
  const UpstreamConnectionPtr keep = shared_from_this();
  origin_.connected(keep, owner_, slots_told_);
  if (readable_ || transport_.has_early()) read();
  touch();
}

void UpstreamConnection::fail_connect(UpstreamFault fault) {
  const UpstreamConnectionPtr keep = std::move(self_);
  phase_ = Phase::closed;
  cancel();
  owner_.loop.forget(*this);
  transport_.socket().close();
  origin_.connect_failed(fault);
}

void UpstreamConnection::expired(http::Tick now) {
  const UpstreamConnectionPtr keep = self_;
  if (phase_ == Phase::connecting || phase_ == Phase::handshaking) {
    fail_connect(UpstreamFault::connect_timeout);
    return;
  }
  if (phase_ != Phase::open) return;
  if (streams_.empty() && now.ms >= idle_since_ + origin_.options().idle_ms) {
    drain();
    return;
  }
  tell(connection_.visit([&](auto& each) { return each.receive({}, now, {}); }));
  touch();
}

// Reads what is there and offers it, bounded: what is left is read when the round is over.
void UpstreamConnection::read() {
  if (telling_ || input_over_) return;
  const UpstreamConnectionPtr keep = self_;
  while (phase_ == Phase::open && !input_over_) {
    if (!unread_.empty() && !offer()) return;
    const bool wants = connection_.demand(owner_.loop.now()).wants_read;
    if (!wants || !(readable_ || transport_.has_early())) return;
    std::vector<wire::Slice> drain;
    const InputState state = transport_.read(owner_.buffers, kDrainOctetsMax, hung_up_, drain);
    if (state == InputState::open) readable_ = false;
    if (!drain.empty()) response_seen_ = true;
    unread_ = std::move(drain);
    const bool taken = unread_.empty() || offer();
    if (state == InputState::ended || state == InputState::cut) {
      readable_ = false;
      end_state_ = state;
      ended_ = true;
    }
    if (!taken) return;
    if (ended_) end_input();
    if (state == InputState::more) {
      touch();  // the rest in the next round: others have their turn
      return;
    }
  }
}

// Offers what was read and not taken yet. Returns whether all of it was taken.
bool UpstreamConnection::offer() {
  while (!unread_.empty() && phase_ == Phase::open) {
    const http::Batch batch =
        connection_.visit([&](auto& each) { return each.receive(unread_, owner_.loop.now(), {}); });
    std::size_t taken = batch.consumed;
    std::vector<wire::Slice> rest;
    for (wire::Slice& slice : unread_) {
      const std::size_t part = std::min(taken, slice.size());
      taken -= part;
      if (part == slice.size()) continue;
      slice.drop_front(part);
      rest.push_back(std::move(slice));
    }
    const bool stuck = batch.consumed == 0 && batch.events.empty();
    unread_ = std::move(rest);
    tell(batch);
    if (phase_ != Phase::open || unread_.empty()) break;
    if (stuck || !connection_.demand(owner_.loop.now()).wants_read) return false;
  }
  return true;
}

void UpstreamConnection::end_input() {
  input_over_ = true;
  const auto how =
      end_state_ == InputState::ended ? http::Truncation::clean : http::Truncation::aborted;
  retire();
  tell(connection_.visit([&](auto& each) { return each.end_of_input(owner_.loop.now(), how); }));
  touch();
}

void UpstreamConnection::tell(const http::Batch& batch) {
  telling_ = true;
  for (const Event& event : batch.events) {
    if (event.kind == EventKind::settings || event.kind == EventKind::goaway) update_slots();
    if (event.stream == http::kConnectionStream) continue;
    if (Stream* stream = stream_of(event.stream)) stream->listener_.upstream_event(event);
  }
  telling_ = false;
  removed_.clear();
  connection_.forget_events();
  touch();
}

UpstreamConnection::Stream* UpstreamConnection::stream_of(http::StreamId id) {
  for (const std::unique_ptr<Stream>& stream : streams_) {
    if (stream->id_ == id) return stream.get();
  }
  return nullptr;
}

void UpstreamConnection::touch() {
  if (touched_ || phase_ != Phase::open) return;
  touched_ = true;
  owner_.loop.at_end_of_round([keep = shared_from_this()] { keep->end_round(); });
}

void UpstreamConnection::end_round() {
  touched_ = false;
  if (phase_ != Phase::open) return;
  read();
  if (phase_ != Phase::open) return;
  if (!transport_.flush(connection_, owner_.buffers)) {
    end_state_ = InputState::cut;
    if (!input_over_) end_input();
    close();
    return;
  }
  wake_stalled();
  settle();
}

void UpstreamConnection::wake_stalled() {
  for (std::size_t i = 0; i < streams_.size(); ++i) {
    Stream& stream = *streams_[i];
    if (!stream.stalled_) continue;
    const std::size_t room =
        connection_.visit([&](const auto& each) { return each.writable(stream.id_); });
    if (room == 0) continue;
    stream.stalled_ = false;
    stream.listener_.upstream_writable();
  }
  removed_.clear();
}

// Tells the pool how many streams there may be now (H2).
void UpstreamConnection::update_slots() {
  h2::Connection* connection = connection_.as_h2();
  if (connection == nullptr || retired_) return;
  const http::Demand demand = connection->demand(owner_.loop.now());
  const std::uint32_t limit = connection->open_slots() + connection->open_streams();
  if (connection->open_slots() == 0 &&
      (demand.close || connection->open_streams() == 0 || connection->peer_leaves())) {
    retire();
    return;
  }
  if (limit == slots_told_) return;
  slots_told_ = limit;
  origin_.limit_known(*this, limit);
}

void UpstreamConnection::retire() {
  if (retired_) return;
  retired_ = true;
  origin_.retire(*this);
}

void UpstreamConnection::drain() {
  if (phase_ != Phase::open) return;
  retire();
  connection_.visit([&](auto& each) { each.drain(owner_.loop.now()); });
  touch();
}

// Decides behind a flush whether the connection goes on.
void UpstreamConnection::settle() {
  const http::Demand demand = connection_.demand(owner_.loop.now());
  if (demand.close && !demand.wants_write && !transport_.blocked() && streams_.empty()) {
    close();
    return;
  }
  if (retired_ && streams_.empty() && input_over_) {
    close();
    return;
  }
  arm_timer(demand);
}

void UpstreamConnection::arm_timer(const http::Demand& demand) {
  http::Tick next{~std::uint64_t{0}};
  if (demand.deadline) next = *demand.deadline;
  if (streams_.empty()) {
    next = std::min(next, http::Tick{idle_since_ + origin_.options().idle_ms});
  }
  if (next.ms == ~std::uint64_t{0}) {
    cancel();
  } else if (!armed() || deadline() != next) {
    owner_.loop.timers().arm(*this, next);
  }
}

void UpstreamConnection::close() {
  if (phase_ == Phase::closed) return;
  retire();
  const UpstreamConnectionPtr keep = std::move(self_);
  phase_ = Phase::closed;
  cancel();
  owner_.loop.forget(*this);
  // Whoever is still attached hears that its stream is gone.
  while (!streams_.empty()) {
    Stream& stream = *streams_.back();
    stream.listener_.upstream_failed(UpstreamFault::going_away);
    if (!streams_.empty() && streams_.back().get() == &stream) remove(stream);
  }
  const http::Demand demand = connection_.demand(owner_.loop.now());
  if (demand.abort) {
    transport_.abort();
  } else if (transport_.tls() != nullptr) {
    transport_.finish(owner_.buffers);
  }
  transport_.socket().close();
}

// --- Streams -------------------------------------------------------------------------------------

UpstreamStream& UpstreamConnection::attach(UpstreamListener& listener) {
  streams_.push_back(std::make_unique<Stream>(*this, listener));
  return *streams_.back();
}

void UpstreamConnection::give_back() {
  if (!retired_) origin_.slot_freed(*this);
}

void UpstreamConnection::remove(Stream& stream) {
  const auto found = std::find_if(
      streams_.begin(), streams_.end(),
      [&stream](const std::unique_ptr<Stream>& each) { return each.get() == &stream; });
  if (found == streams_.end()) return;
  removed_.push_back(std::move(*found));
  *found = std::move(streams_.back());
  streams_.pop_back();
  if (streams_.empty()) idle_since_ = owner_.loop.now().ms;
}

void UpstreamConnection::Stream::open(const http::RequestHead& head, EndStream end_stream) {
  if (connection_.phase_ != Phase::open) {
    listener_.upstream_failed(UpstreamFault::going_away);
    return;
  }
  const auto opened =
      connection_.connection_.visit([&](auto& each) { return each.open(head, end_stream); });
  if (!opened) {
    const bool refused = opened.error() == http::Refusal::invalid_head ||
                         opened.error() == http::Refusal::not_supported ||
                         opened.error() == http::Refusal::length_mismatch;
    listener_.upstream_failed(refused ? UpstreamFault::head_refused : UpstreamFault::going_away);
    return;
  }
  id_ = *opened;
  ++connection_.exchanges_;
  connection_.response_seen_ = false;
  connection_.touch();
}

bool UpstreamConnection::Stream::content(const wire::Slice& slice, EndStream end_stream) {
  if (connection_.phase_ != Phase::open) return true;  // its end is being told
  const auto sent = connection_.connection_.visit(
      [&](auto& each) { return each.submit_content(id_, slice, end_stream); });
  connection_.touch();
  if (sent || sent.error() != http::Refusal::queue_full) return true;
  stalled_ = true;
  return false;
}

void UpstreamConnection::Stream::trailers(http::FieldSection section) {
  if (connection_.phase_ != Phase::open) return;
  connection_.connection_.visit([&](auto& each) {
    if (!each.submit_trailers(id_, section)) {
      static_cast<void>(each.submit_content(id_, wire::Slice(), EndStream::yes));
    }
  });
  connection_.touch();
}

void UpstreamConnection::Stream::accept_tunnel() {
  connection_.connection_.visit([&](auto& each) { each.accept_tunnel(id_); });
}

void UpstreamConnection::Stream::consume(std::size_t octets) {
  if (connection_.phase_ != Phase::open) return;
  connection_.connection_.visit([&](auto& each) { each.consume(id_, octets); });
  connection_.touch();
}

void UpstreamConnection::Stream::release(ErrorCode code) {
  UpstreamConnection& connection = connection_;
  const UpstreamConnectionPtr keep = connection.shared_from_this();
  const http::StreamId id = id_;
  connection.remove(*this);
  if (!connection.telling_) connection.removed_.clear();
  if (connection.phase_ != Phase::open) return;
  if (id != http::kConnectionStream) {
    connection.connection_.visit([&](auto& each) {
      if (code != ErrorCode::no_error) each.reset(id, code);
      each.release(id);
    });
  }
  const h1::Connection* h1 = connection.connection_.as_h1();
  if (h1 != nullptr && !h1->reusable()) connection.retire();
  connection.give_back();
  connection.touch();
}

}  // namespace regauge::proxy
