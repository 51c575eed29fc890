#include "proxy/upstream_connection.h"

#include <algorithm>
#include <system_error>
#include <utility>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "proxy/access_log.h"
#include "proxy/metrics.h"
#include "regauge/wire/free_memory.h"

namespace regauge::proxy {
namespace {

using http::EndStream;
using http::ErrorCode;
using http::Event;
using http::EventKind;

// What a peer takes for certain before its SETTINGS say how much (RFC 9113 §6.5.2).
constexpr std::uint32_t kSlotsBeforeSettings = 1;
// How long a connection that came while the proxy drains waits for whom it was opened.
constexpr std::uint64_t kDrainIdleMs = 100;

// Names what is wrong with a head that the connection did not take.
UpstreamFault fault_of(const http::RequestHead& head) {
  return head.protocol.empty() ? UpstreamFault::head_refused : UpstreamFault::no_extended_connect;
}

}  // namespace

UpstreamConnection::UpstreamConnection(Origin& origin, Worker& owner)
    : Channel(owner, origin.options().stall_ms), origin_(origin) {}

UpstreamConnection::~UpstreamConnection() = default;

void UpstreamConnection::connect() {
  started_ms_ = now().ms;
  address_ = &origin_.next_address();
  auto socket = connect_to(*address_);
  if (!socket) {
    connect_failed_by(socket.error());
    on_failed(failure_of(socket.error()));
    log();
    return;
  }
  start(Transport(std::move(*socket)), Phase::connecting);
  connect_until_ms_ = now().ms + origin_.options().connect_ms;
  await_connect();
}

void UpstreamConnection::on_connected() {
  const UpstreamOptions& options = origin_.options();
  if (!options.secure()) {
    become_open(options.protocol == UpstreamProtocol::h2c ? Protocol::h2 : Protocol::h1);
    return;
  }
  handshaking_ = true;
  origin_.handshake_begins();
  start_tls(std::make_unique<TlsSession>(*options.tls, options.server_name));
}

void UpstreamConnection::on_secured(Alpn protocol) {
  // A peer without ALPN speaks HTTP/1.1; h2 must have been agreed on (RFC 9113 §3.2).
  if (origin_.options().protocol == UpstreamProtocol::h2s && protocol != Alpn::h2) {
    on_failed(Failure::tls);
    close();
    return;
  }
  become_open(protocol == Alpn::h2 ? Protocol::h2 : Protocol::h1);
}

void UpstreamConnection::become_open(Protocol protocol) {
  set_deadline(0);
  if (std::exchange(handshaking_, false)) origin_.handshake_ends();
  worker().metrics->add(Metric::upstream_connects);
  const UpstreamOptions& options = origin_.options();
  const bool h2 = protocol == Protocol::h2;
  slots_told_ = h2 ? kSlotsBeforeSettings : 1;
  open(h2 ? AnyConnection(std::make_unique<h2::Connection>(options.h2))
          : AnyConnection(std::make_unique<h1::Connection>(options.h1)));
  const auto self = std::static_pointer_cast<UpstreamConnection>(shared_from_this());
  await_exchange();
  origin_.connected(self, worker(), slots_told_, h2 ? Limit::to_be_told : Limit::final);
}

void UpstreamConnection::failed(UpstreamFault fault, Cause cause) {
  note_end(cause, handshaking_ ? proxy::Phase::upstream_handshake : proxy::Phase::connect,
           handshaking_ ? "handshake" : "connect");
  if (std::exchange(handshaking_, false)) origin_.handshake_ends();
  worker().metrics->add(Metric::upstream_connect_failures);
  origin_.connect_failed(fault);
}

// Tells the operator; a client learns no more than a status.
void UpstreamConnection::warn(std::string_view reason) {
  const std::string what = fmt::format(
      "{} {}: {}", handshaking_ ? "TLS handshake with" : "connect to", address_->text(), reason);
  if (const auto line = origin_.failures().line(origin_.options().name, what, now())) {
    spdlog::warn("{}", *line);
  }
}

std::string UpstreamConnection::reason_of(Failure failure) const {
  switch (failure) {
    case Failure::refused:
    case Failure::unreachable: return std::generic_category().message(connect_errno());
    case Failure::closed: return "the peer closed";
    case Failure::broken: return "the connection broke";
    case Failure::tls: break;
  }
  const TlsSession& tls = *transport().tls();
  return tls.state() == TlsState::open ? "the peer did not agree on h2" : tls.error();
}

void UpstreamConnection::on_failed(Failure failure) {
  warn(reason_of(failure));
  const auto fault = [failure] {
    switch (failure) {
      case Failure::refused: return UpstreamFault::connect_refused;
      case Failure::unreachable: return UpstreamFault::unreachable;
      case Failure::tls: return UpstreamFault::tls_failed;
      case Failure::closed: return UpstreamFault::handshake_closed;
      case Failure::broken: return UpstreamFault::handshake_broken;
    }
    return UpstreamFault::unreachable;
  };
  failed(fault(), cause_of(failure));
}

void UpstreamConnection::on_deadline() {
  if (!is_open() && now().ms < connect_until_ms_) {
    drain();
    return;
  }
  if (!is_open()) {
    warn(fmt::format("not done within {} ms", origin_.options().connect_ms));
    failed(handshaking_ ? UpstreamFault::handshake_timeout : UpstreamFault::connect_timeout,
           Cause::timeout);
    close();
    return;
  }
  if (!streams_.empty()) return;
  if (worker().draining) ended_ = {Side::proxy, Cause::drain, proxy::Phase::idle, "drain"};
  note_end(Cause::timeout, proxy::Phase::idle, "idle");
  drain();
  leave();
}

void UpstreamConnection::on_stalled() {
  note_end(Cause::timeout, proxy::Phase::request_body, "stall");
}

// Counts what its peer was forgiven or refused, whether or not an exchange still listens.
void UpstreamConnection::count_rules(const Event& event) {
  const bool refused = event.kind == EventKind::violation;
  if (event.notes.empty() && !refused && event.kind != EventKind::deviation) return;
  RuleCounts& counts = worker().metrics->rules();
  const RuleSource source{Side::upstream, origin_.options().name};
  counts.add(source, event.notes);
  if (event.kind == EventKind::deviation) counts.add(Verdict::forgiven, source, *event.rule);
  if (refused) counts.add(Verdict::refused, source, *event.rule);
}

void UpstreamConnection::on_event(const Event& event) {
  count_rules(event);
  if (event.kind == EventKind::settings) settings_seen_ = true;
  if (event.kind == EventKind::settings || event.kind == EventKind::goaway) update_slots();
  if (event.kind == EventKind::settings) open_waiting();
  const bool of_connection = event.stream == http::kConnectionStream;
  if (event.kind == EventKind::goaway && event.by == http::By::us) {
    note_end(Cause::protocol_error, proxy::Phase::idle, "unsolicited octets");
  }
  if (event.kind == EventKind::violation && event.scope == http::Scope::connection) {
    note_end(proxy::cause_of(event.code),
             streams_.empty() ? proxy::Phase::idle : phase_of_response(event.reached),
             event.rule->name);
  }
  if (of_connection) return;
  Stream* stream = by_id_.find(event.stream);
  if (event.kind == EventKind::reset && event.loss != http::Loss::none) {
    Event told = event;
    // A close without close_notify breaks the message; it is a close of the peer all the same.
    if (told.loss == http::Loss::broken && lost_by() == Cause::peer_close) {
      told.loss = http::Loss::closed;
    }
    if (told.loss != http::Loss::goaway) {
      note_end(lost_by(), phase_of_response(event.reached), "connection");
    }
    if (stream != nullptr) stream->listener_->upstream_event(told);
    return;
  }
  if (stream != nullptr) stream->listener_->upstream_event(event);
}

void UpstreamConnection::on_flushed() {
  if (std::exchange(some_stalled_, false)) offer_room();
  for (std::unique_ptr<Stream>& stream : removed_) spares_.put(std::move(stream));
  removed_.clear();
  while (slots_held_ > 0 && !output_full()) {
    --slots_held_;
    give_back();
  }
  if (input_over()) retire();
}

// A peer that reads nothing must not make us hold the head of one cancelled request after another.
bool UpstreamConnection::output_full() const {
  const h2::Connection* h2 = connection().as_h2();
  return h2 != nullptr &&
         h2->queued_octets() >= origin_.options().h2.limits.queued_output_bytes_max;
}

void UpstreamConnection::offer_room() {
  for (std::size_t i = 0; i < streams_.size();) {
    Stream& stream = *streams_[i];
    if (stream.stalled_) {
      const std::size_t room =
          connection().visit([&](const auto& each) { return each.writable(stream.id_); });
      if (room == 0) {
        some_stalled_ = true;
      } else {
        stream.stalled_ = false;
        stream.listener_->upstream_writable();
        // One that came to its end has left its place to the last one.
        if (i == streams_.size() || streams_[i].get() != &stream) continue;
      }
    }
    ++i;
  }
}

void UpstreamConnection::on_shrink() {
  if (!streams_.empty()) return;
  wire::free_memory(streams_);
  if (removed_.empty()) wire::free_memory(removed_);
  spares_.clear();
  by_id_.shrink();
}

// Tells the pool how many streams there may be now (H2).
void UpstreamConnection::update_slots() {
  const h2::Connection* h2 = connection().as_h2();
  if (h2 == nullptr || retired_) return;
  if (h2->peer_leaves()) {
    retire();
    return;
  }
  const std::uint32_t limit = h2->peer_settings().max_concurrent_streams;
  if (limit == slots_told_ && limit_told_) return;
  slots_told_ = limit;
  limit_told_ = true;
  origin_.limit_known(*this, limit);
}

StreamFacts UpstreamConnection::facts() const { return {protocol(), exchanges_ > 0}; }

// Opens the streams whose heads waited for the SETTINGS of the peer.
void UpstreamConnection::open_waiting() {
  for (std::size_t i = 0; i < streams_.size();) {
    Stream& stream = *streams_[i];
    if (stream.waiting_ != nullptr) {
      stream.open_waiting();
      // It may have failed, and another taken its place.
      if (i == streams_.size() || streams_[i].get() != &stream) continue;
    }
    ++i;
  }
}

void UpstreamConnection::retire() {
  if (retired_) return;
  retired_ = true;
  origin_.retire(*this);
}

void UpstreamConnection::drain() {
  if (!is_open()) {
    const bool begun = phase() == Phase::connecting || phase() == Phase::handshaking;
    if (!begun) return;
    if (origin_.counts().waiting > 0) {
      await_connect();
      return;
    }
    ended_ = {Side::proxy, Cause::drain, proxy::Phase::connect, "drain"};
    failed(UpstreamFault::stopped, Cause::drain);
    close();
    return;
  }
  retire();
  connection().visit([&](auto& each) { each.drain(now()); });
  touch();
}

void UpstreamConnection::note_end(Cause cause, proxy::Phase phase, std::string_view detail) {
  if (ended_.cause == Cause::none) ended_ = {Side::upstream, cause, phase, detail};
}

// What a request that was never sent hears of a connection that is gone.
UpstreamFault UpstreamConnection::fault_of_loss() const {
  if (was_cut()) return UpstreamFault::stopped;
  // Whoever served others before may be asked again; of a new peer nothing better is to be had.
  const bool broke_rule = ended_.cause == Cause::protocol_error || ended_.cause == Cause::limit;
  if (broke_rule && exchanges_ == 0) return UpstreamFault::protocol_error;
  // A peer of HTTP/2 that ends before its SETTINGS never was one (RFC 9113 §3.4).
  const bool was_peer = connection().protocol() == Protocol::h1 || settings_seen_;
  return was_peer ? UpstreamFault::going_away : UpstreamFault::handshake_closed;
}

void UpstreamConnection::on_close() {
  if (connection().exists()) {
    if (was_cut()) {
      ended_ = {Side::proxy, Cause::drain,
                streams_.empty() ? proxy::Phase::idle : proxy::Phase::await_response, "time"};
    }
    if (input_over()) note_end(lost_by(), proxy::Phase::idle, "connection");
    retire();
  }
  const UpstreamFault unsent = fault_of_loss();
  const UpstreamFault sent = was_cut()       ? UpstreamFault::stopped
                             : has_stalled() ? UpstreamFault::stalled
                                             : UpstreamFault::broken;
  // Whoever is still attached hears that its stream is gone.
  while (!streams_.empty()) {
    Stream& stream = *streams_.back();
    UpstreamListener& listener = *stream.listener_;
    const bool opened = stream.id_ != http::kConnectionStream;
    remove(stream);
    listener.upstream_failed(opened ? sent : unsent);
  }
  log();
}

void UpstreamConnection::log() {
  worker().metrics->add(Ended::connection, ended_);
  AccessLog* log = worker().access_log;
  if (log == nullptr) return;
  ConnectionRecord record;
  record.duration_ms = now().ms - started_ms_;
  record.upstream = origin_.options().name;
  if (connection().exists()) record.protocol = protocol() == Protocol::h1 ? "h1" : "h2";
  record.requests = exchanges_;
  record.ended = ended_;
  log->write(record);
}

// --- Streams -------------------------------------------------------------------------------------

UpstreamStream& UpstreamConnection::attach(UpstreamListener& listener) {
  set_deadline(0);
  std::unique_ptr<Stream> stream = spares_.take();
  if (stream == nullptr) stream = std::make_unique<Stream>(*this);
  stream->listener_ = &listener;
  stream->place_ = streams_.size();
  stream->id_ = http::kConnectionStream;
  stream->waiting_.reset();
  stream->stalled_ = false;
  return *streams_.emplace_back(std::move(stream));
}

void UpstreamConnection::give_back() {
  if (retired_) return;
  if (output_full()) {
    ++slots_held_;
  } else {
    origin_.slot_freed(*this);
  }
}

// While the proxy drains, a connect goes on as long as somebody waits; that is asked again and
// again, because who waits may leave on any thread.
void UpstreamConnection::await_connect() {
  const std::uint64_t ask_ms = now().ms + kDrainIdleMs;
  set_deadline(worker().draining ? std::min(connect_until_ms_, ask_ms) : connect_until_ms_);
}

// While the proxy drains, a connection serves those who waited for it and nobody else.
void UpstreamConnection::await_exchange() {
  idle_until(now().ms + (worker().draining ? kDrainIdleMs : origin_.options().idle_ms));
}

void UpstreamConnection::remove(Stream& stream) {
  const std::size_t place = stream.place_;
  if (place >= streams_.size() || streams_[place].get() != &stream) return;
  removed_.push_back(std::move(streams_[place]));
  if (place + 1 < streams_.size()) {
    streams_[place] = std::move(streams_.back());
    streams_[place]->place_ = place;
  }
  streams_.pop_back();
  by_id_.remove(stream.id_);
  if (streams_.empty() && is_open()) await_exchange();
}

void UpstreamConnection::Stream::open(const http::RequestHead& head, EndStream end_stream) {
  UpstreamConnection& connection = connection_;
  if (!connection.is_open()) {
    fail(connection.fault_of_loss());
    return;
  }
  if (!head.protocol.empty() && !connection.settings_seen_) {
    waiting_ = std::make_unique<KeptRequest>(head);
    return;
  }
  const auto opened =
      connection.connection().visit([&](auto& each) { return each.open(head, end_stream); });
  if (!opened) {
    const bool refused = opened.error() == http::Refusal::invalid_head ||
                         opened.error() == http::Refusal::not_supported ||
                         opened.error() == http::Refusal::length_mismatch;
    const bool leaves = opened.error() == http::Refusal::going_away;
    if (leaves) connection.retire();
    fail(refused  ? fault_of(head)
         : leaves ? connection.fault_of_loss()
                  : UpstreamFault::going_away);
    return;
  }
  id_ = *opened;
  connection.by_id_.add(id_, *this);
  ++connection.exchanges_;
  connection.touch();
}

// Nothing was sent: the slot is free again.
void UpstreamConnection::Stream::fail(UpstreamFault fault) {
  UpstreamConnection& connection = connection_;
  UpstreamListener& listener = *listener_;
  connection.remove(*this);
  connection.give_back();
  connection.touch();  // what was removed is freed when the round is over
  listener.upstream_failed(fault);
}

void UpstreamConnection::Stream::open_waiting() {
  const std::unique_ptr<KeptRequest> head = std::move(waiting_);
  open(head->head(), EndStream::no);
}

bool UpstreamConnection::Stream::content(const wire::Slice& slice, EndStream end_stream) {
  if (!connection_.is_open()) return true;  // its end is being told
  const auto sent = connection_.connection().visit(
      [&](auto& each) { return each.submit_content(id_, slice, end_stream); });
  if (!sent && sent.error() == http::Refusal::queue_full) {
    stalled_ = true;
    connection_.some_stalled_ = true;
    return false;
  }
  connection_.touch();
  return true;
}

void UpstreamConnection::Stream::trailers(http::FieldSection section) {
  if (!connection_.is_open()) return;
  connection_.connection().visit([&](auto& each) {
    if (!each.submit_trailers(id_, section)) {
      static_cast<void>(each.submit_content(id_, wire::Slice(), EndStream::yes));
    }
  });
  connection_.touch();
}

void UpstreamConnection::Stream::consume(std::size_t octets) {
  if (!connection_.is_open()) return;
  connection_.connection().visit([&](auto& each) { each.consume(id_, octets); });
  connection_.touch();
}

bool UpstreamConnection::Stream::response_octets() const {
  const h1::Connection* h1 = std::as_const(connection_).connection().as_h1();
  return h1 != nullptr && h1->exchange_facts().response_octets_seen;
}

void UpstreamConnection::Stream::release(ErrorCode code) {
  UpstreamConnection& connection = connection_;
  const http::StreamId id = id_;
  connection.remove(*this);
  if (!connection.is_open()) return;
  if (id != http::kConnectionStream) {
    connection.connection().visit([&](auto& each) {
      if (code != ErrorCode::no_error) each.reset(id, code);
      each.release(id);
    });
  }
  const h1::Connection* h1 = connection.connection().as_h1();
  if (h1 != nullptr && id != http::kConnectionStream && !h1->reusable()) connection.retire();
  connection.give_back();
  connection.touch();
  // Nobody is served any more: the peer may take what is left, or not.
  const bool closes = connection.connection().demand(connection.now()).close;
  if (closes && connection.streams_.empty()) connection.leave();
}

}  // namespace regauge::proxy
