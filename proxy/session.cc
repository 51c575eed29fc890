#include "proxy/session.h"

#include <random>
#include <utility>

#include "proxy/access_log.h"
#include "proxy/metrics.h"

namespace regauge::proxy {
namespace {

using http::EndStream;
using http::Event;
using http::EventKind;

constexpr std::uint16_t kRequestTimeout = 408;
// How long the answer to a client that sends no more may stand still.
constexpr std::uint64_t kHalfClosedMs = 1000;

// Random octets for Sec-WebSocket-Key: each worker has its own source.
std::array<std::uint8_t, 16> make_nonce() {
  thread_local std::mt19937_64 source{std::random_device{}()};
  std::array<std::uint8_t, 16> nonce{};
  for (std::uint8_t& octet : nonce) octet = static_cast<std::uint8_t>(source());
  return nonce;
}

}  // namespace

Session::Session(Worker& worker, const Site& site, const SocketAddress& client)
    : Channel(worker, site.timeouts.idle_ms), site_(site), client_(client.host()) {}

Session::~Session() = default;

void Session::begin(Descriptor socket) {
  started_ms_ = now().ms;
  start(Transport(std::move(socket)), Phase::connecting);
  set_deadline(now().ms + site_.timeouts.handshake_ms);
  switch (site_.protocol) {
    case ListenerProtocol::tls: start_tls(std::make_unique<TlsSession>(*site_.tls)); return;
    case ListenerProtocol::clear: sniff(); return;
    case ListenerProtocol::h1: become_open(Protocol::h1); return;
    case ListenerProtocol::h2c: become_open(Protocol::h2); return;
  }
}

void Session::on_secured(Alpn protocol) {
  become_open(protocol == Alpn::h2 ? Protocol::h2 : Protocol::h1);
}

// RFC 9113 §3.3: a client with prior knowledge starts with the preface, which is no H1 request.
bool Session::on_first_octets(wire::Bytes octets) {
  const std::string_view text = wire::as_text(octets);
  const std::string_view preface = h2::kClientPreface;
  if (text.size() < preface.size() && preface.starts_with(text)) return false;
  become_open(text.starts_with(preface) ? Protocol::h2 : Protocol::h1);
  return true;
}

void Session::become_open(Protocol protocol) {
  open(protocol == Protocol::h2 ? AnyConnection(std::make_unique<h2::Connection>(site_.h2))
                                : AnyConnection(std::make_unique<h1::Connection>(site_.h1)));
  await_request();
}

void Session::on_failed(Failure failure) {
  worker().metrics->add(Metric::handshakes_failed);
  note_end({Side::downstream, cause_of(failure), proxy::Phase::handshake, "handshake"});
}

void Session::await_request() {
  const ClientTimeouts& timeouts = site_.timeouts;
  idle_until(now().ms + (requests_ > 0 ? timeouts.idle_ms : timeouts.head_ms));
}

bool Session::awaits_window() const {
  const h2::Connection* h2 = connection().as_h2();
  return h2 != nullptr && h2->awaits_window();
}

// No request came in time: half a head is answered by 408, silence by nothing.
void Session::on_deadline() {
  if (half_closed()) {
    if (still_reads()) {
      leave();
    } else {
      close();
    }
    return;
  }
  if (!relays_.empty()) {
    if (!peer_left()) return;
    if (still_reads()) {
      set_deadline(now().ms + kHalfClosedMs);
    } else {
      close();
    }
    return;
  }
  // Whoever takes what was sent is not idle, however long ago it asked for it. What waits for a
  // window has a time of its own.
  if (is_open() && (still_reads() || awaits_window())) {
    await_request();
    return;
  }
  const std::string_view which = !is_open() ? "handshake" : requests_ > 0 ? "idle" : "head";
  note_end({Side::downstream, Cause::timeout, phase_of_connection(), which});
  if (!is_open()) {
    close();
    return;
  }
  h1::Connection* h1 = connection().as_h1();
  if (h1 == nullptr) {
    connection().as_h2()->drain(now());
    connection().as_h2()->drain(now());
    leave();
    return;
  }
  const bool begun = h1->in_message();
  const std::optional<http::StreamId> stream = h1->refuse_request();
  if (!begun || !stream) {
    close();
    return;
  }
  Relay& relay = add_relay(*stream);
  relay.answer(kRequestTimeout, "no request in time",
               {Side::downstream, Cause::timeout, proxy::Phase::request_head, "head"});
}

void Session::on_stalled() {
  note_end({Side::downstream, Cause::timeout, phase_of_connection(), "stall"});
}

void Session::on_event(const Event& event) {
  switch (event.kind) {
    case EventKind::head: {
      if (relays_.empty()) set_deadline(0);
      ++requests_;
      add_relay(event.stream).on_head(event);
      return;
    }
    case EventKind::content:
      if (Relay* relay = relays_.find(event.stream)) {
        relay->on_content(event);
      } else {
        consume(event.stream, event.content.size());
      }
      return;
    case EventKind::trailers:
      if (Relay* relay = relays_.find(event.stream)) relay->on_trailers(event);
      return;
    case EventKind::end:
      if (Relay* relay = relays_.find(event.stream)) relay->on_end(event);
      return;
    case EventKind::reset:
      if (Relay* relay = relays_.find(event.stream)) relay->on_broken(event);
      return;
    case EventKind::violation: answer_violation(event); return;
    case EventKind::cancelled:
      worker().metrics->add(Metric::requests_cancelled, event.count);
      worker().metrics->add(Ended::request,
                            {Side::downstream, Cause::peer_reset, proxy::Phase::request_head, {}},
                            event.count);
      return;
    case EventKind::deviation: note_deviation(event); return;
    case EventKind::stalled:
      if (Relay* relay = relays_.find(event.stream)) {
        relay->on_stalled();
      } else {
        reset(event.stream, http::ErrorCode::cancel);
      }
      return;
    default: return;
  }
}

// H1 leaves the answer to its host; H2 has given it, or ended the stream, and tells so.
void Session::answer_violation(const Event& event) {
  Relay* known = relays_.find(event.stream);
  if (event.scope == http::Scope::message && known != nullptr) {
    known->on_broken(event);
    return;
  }
  const std::string_view upstream = known == nullptr ? std::string_view() : known->upstream_name();
  worker().metrics->rules().add(Verdict::refused, {Side::downstream, upstream}, *event.rule);
  switch (event.scope) {
    case http::Scope::connection:
      note_end(
          {Side::downstream, proxy::cause_of(event.code), phase_of_connection(), event.rule->name});
      return;
    case http::Scope::stream:
      // Of a stream that was told a reset follows.
      if (known == nullptr) log_refused(event);
      return;
    case http::Scope::message: break;
  }
  set_deadline(0);
  Relay& relay = add_relay(event.stream);
  const Cause cause =
      event.loss == http::Loss::none ? proxy::cause_of(event.code) : Cause::peer_close;
  const Attribution ended{Side::downstream, cause, phase_of_request(event.reached),
                          event.rule->name};
  note_end(ended);
  relay.note_request(event.notes);
  relay.answer(event.status, event.rule->name, ended);
}

// Of a frame that belongs to no request that is known here only the counts tell.
void Session::note_deviation(const Event& event) {
  if (Relay* relay = relays_.find(event.stream)) {
    const http::RuleNote note{event.rule, event.offset};
    relay->note_request({&note, 1});
  } else {
    worker().metrics->rules().add(Verdict::forgiven, {Side::downstream, {}}, *event.rule);
  }
}

// A request that H2 refused before anybody else heard of it.
void Session::log_refused(const Event& event) {
  const Attribution ended{Side::downstream, proxy::cause_of(event.code),
                          phase_of_request(event.reached), event.rule->name};
  worker().metrics->add(Ended::request, ended);
  worker().metrics->add(Metric::requests_ended_early);
  AccessLog* log = worker().access_log;
  if (log == nullptr) return;
  const bool answers = site_.h2.policy.malformed_request == h2::MalformedRequest::answer;
  AccessRecord record;
  record.time_ms = unix_ms();
  record.listener = site_.name;
  record.client = client_;
  record.protocol = "h2";
  record.status = answers ? event.status : 0;
  record.ended = ended;
  log->write(record);
}

Relay& Session::add_relay(http::StreamId stream) {
  std::unique_ptr<Relay> relay = worker().relays.take();
  if (relay == nullptr) relay = std::make_unique<Relay>();
  return relays_.add(std::move(relay), *this, stream);
}

void Session::on_flushed() {
  relays_.bury(worker().relays);
  if (!std::exchange(stalled_, false)) return;
  for (std::size_t i = 0; i < relays_.running().size();) {
    Relay* const relay = relays_.running()[i].get();
    relay->on_room();
    // A relay that came to its end has left its place to the last one.
    if (i < relays_.running().size() && relays_.running()[i].get() == relay) ++i;
  }
  relays_.bury(worker().relays);
}

void Session::on_shrink() { relays_.shrink(); }

// A client that closed and one that has just shut its side look the same. It gets what comes soon;
// an origin does not work longer for somebody who is probably gone. Only a tunnel of H1 has no
// other way to end one of its directions.
void Session::on_peer_left() {
  if (relays_.empty()) return;
  for (const std::unique_ptr<Relay>& relay : relays_.running()) {
    if (connection().as_h1() != nullptr && relay->ends_by_halves()) return;
  }
  if (lost_by() != Cause::peer_close) {
    close();
    return;
  }
  set_deadline(now().ms + kHalfClosedMs);
}

// Tells the phase of the connection: that of an exchange, or what is between them.
proxy::Phase Session::phase_of_connection() const {
  if (!connection().exists()) return proxy::Phase::handshake;
  if (!relays_.empty()) return relays_.running().front()->phase();
  const h1::Connection* h1 = connection().as_h1();
  const bool in_head = h1 != nullptr ? h1->in_message() : connection().as_h2()->inside_frame();
  return in_head ? proxy::Phase::request_head : proxy::Phase::idle;
}

void Session::note_end(const Attribution& ended) {
  if (ended_.cause == Cause::none) ended_ = ended;
}

Attribution Session::loss() const {
  if (was_cut()) return {Side::proxy, Cause::drain, phase_of_connection(), "time"};
  if (peer_left()) return {Side::downstream, lost_by(), phase_of_connection(), "connection"};
  if (draining_) return {Side::proxy, Cause::drain, phase_of_connection(), "drain"};
  if (phase() == Phase::closed && !connection().exists()) {
    return {Side::downstream, lost_by(), proxy::Phase::handshake, "connection"};
  }
  return {};
}

void Session::on_close() {
  worker().sessions.fetch_sub(1, std::memory_order_relaxed);
  note_end(loss());
  RelayList::Relays gone = relays_.take_running();
  const Attribution ended = ended_;
  for (const std::unique_ptr<Relay>& relay : gone) relay->on_gone(ended);
  relays_.keep_finished(std::move(gone));
  log();
}

void Session::log() {
  worker().metrics->add(Ended::connection, ended_);
  AccessLog* log = worker().access_log;
  if (log == nullptr) return;
  ConnectionRecord record;
  record.duration_ms = now().ms - started_ms_;
  record.listener = site_.name;
  record.client = client_;
  if (connection().exists()) record.protocol = connection().as_h1() != nullptr ? "h1" : "h2";
  record.requests = requests_;
  record.ended = ended_;
  log->write(record);
}

void Session::drain() {
  if (phase() == Phase::lingering) return;
  draining_ = true;
  if (!is_open()) {
    close();
    return;
  }
  connection().visit([&](auto& each) { each.drain(now()); });
  touch();
}

// --- For relays ----------------------------------------------------------------------------------

translate::Downstream Session::facts(const http::RequestHead& head) const {
  translate::Downstream facts;
  facts.protocol =
      connection().protocol() == Protocol::h1 ? translate::Protocol::h1 : translate::Protocol::h2;
  facts.scheme = site_.protocol == ListenerProtocol::tls ? "https" : "http";
  facts.address = client_;
  // Only an H2 handshake of WebSocket comes without a key that an H1 upstream can be sent.
  if (!head.protocol.empty()) facts.nonce = make_nonce();
  return facts;
}

const translate::Options& Session::no_route() {
  static const translate::Options options;
  return options;
}

void Session::submit_interim(http::StreamId stream, const http::ResponseHead& head) {
  // A client that cannot be told goes on without (RFC 9110 §15.2).
  connection().visit([&](auto& each) { static_cast<void>(each.submit_interim(stream, head)); });
  touch();
}

bool Session::submit_head(http::StreamId stream, const http::ResponseHead& head, EndStream end) {
  touch();
  return connection()
      .visit([&](auto& each) { return each.submit_head(stream, head, end); })
      .has_value();
}

bool Session::submit_content(http::StreamId stream, const wire::Slice& slice, EndStream end) {
  const auto sent =
      connection().visit([&](auto& each) { return each.submit_content(stream, slice, end); });
  if (!sent && sent.error() == http::Refusal::queue_full) {
    stalled_ = true;
    return false;
  }
  touch();
  return true;
}

void Session::submit_end(http::StreamId stream, http::FieldSection trailers) {
  touch();
  connection().visit([&](auto& each) {
    const bool sent = !trailers.empty() && each.submit_trailers(stream, trailers).has_value();
    if (!sent) static_cast<void>(each.submit_content(stream, wire::Slice(), EndStream::yes));
  });
}

void Session::accept_tunnel(http::StreamId stream) {
  connection().visit([&](auto& each) { each.accept_tunnel(stream); });
  touch();
}

void Session::consume(http::StreamId stream, std::size_t octets) {
  connection().visit([&](auto& each) { each.consume(stream, octets); });
  touch();
}

void Session::reset(http::StreamId stream, http::ErrorCode code) {
  connection().visit([&](auto& each) { each.reset(stream, code); });
  touch();
}

void Session::release(Relay& relay) {
  if (!relays_.finish(relay)) return;  // the connection is gone
  connection().visit([&](auto& each) { each.release(relay.id()); });
  if (relays_.empty()) await_request();
  touch();
}

}  // namespace regauge::proxy
