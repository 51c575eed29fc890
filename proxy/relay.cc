#include "proxy/relay.h"

#include <algorithm>
#include <utility>

#include "proxy/metrics.h"
#include "proxy/session.h"
#include "regauge/wire/free_memory.h"

namespace regauge::proxy {
namespace {

using http::EndStream;
using http::ErrorCode;
using http::Event;
using http::EventKind;
using translate::EndEvent;
using translate::Fault;
using translate::Produced;

// A queue that held more gives its memory back behind the exchange.
constexpr std::size_t kQueuedKept = 16;
// And so does a text that was longer.
constexpr std::size_t kTextKept = 256;

void forget(std::string& text) {
  text.clear();
  if (text.capacity() > kTextKept) wire::free_memory(text);
}

// What waits is gathered: a slice of few octets must not keep its receive buffer alive.
void queue(wire::Ring<wire::Slice>& ring, wire::Slice slice) {
  if (!ring.empty() && ring.back().gather(slice)) return;
  ring.push(std::move(slice));
}

translate::Protocol as_side(Protocol protocol) {
  return protocol == Protocol::h1 ? translate::Protocol::h1 : translate::Protocol::h2;
}

Metric metric_of(std::uint16_t status) {
  switch (status / 100) {
    case 1: return Metric::responses_1xx;
    case 2: return Metric::responses_2xx;
    case 3: return Metric::responses_3xx;
    case 4: return Metric::responses_4xx;
    default: return Metric::responses_5xx;
  }
}

}  // namespace

Relay::Relay() : exchange_(Session::no_route(), translate::Downstream()) {}

Relay::~Relay() { drop_upstream(ErrorCode::cancel); }

void Relay::begin(Session& session, http::StreamId id, std::size_t place) {
  session_ = &session;
  id_ = id;
  place_ = place;
  state_ = State::asking;
  course_.started_ms = session.now().ms;
  if (session.worker().access_log != nullptr) record_.time_ms = unix_ms();
}

void Relay::end() {
  drop_upstream(ErrorCode::cancel);
  session_ = nullptr;
  route_ = nullptr;
  facts_ = StreamFacts();
  exchange_.reset(Session::no_route(), translate::Downstream());
  drop_content();
  if (course_.queued_max > kQueuedKept) {
    to_upstream_.shrink();
    to_client_.shrink();
  }
  request_trailers_.reset();
  response_trailers_.reset();
  cors_.reset();
  cors_lines_.clear();
  record_ = AccessRecord();
  forget(method_);
  forget(authority_);
  forget(path_);
  course_ = Course();
}

// --- The request ---------------------------------------------------------------------------------

void Relay::on_head(const Event& event) {
  const http::RequestHead& head = *event.request;
  if (session_->worker().access_log != nullptr) {
    method_ = head.method.token;
    authority_ = head.authority;
    path_ = head.path;
  }
  session_->worker().metrics->add(Metric::requests);
  const Site& site = session_->site();
  route_ = site.route(head.authority, head.path.empty() ? "/" : head.path);
  note_request(event.notes);
  if (route_ == nullptr) {
    begin_exchange(Session::no_route(), head);
    answer(404, "no route", ended_by(Side::proxy, Cause::no_route, "no route"));
    return;
  }
  if (route_->cors && answer_preflight(head)) return;
  begin_exchange(route_->translate, head);
  course_.awaits_continue = http::find_field(head.fields, http::FieldId::expect) != nullptr;
  if (const auto taken = exchange_.request_head(head, event.end_stream); !taken) {
    fault(taken.error());
    return;
  }
  ask();
}

// A page of another origin asks first; the upstream need not know (Fetch, "CORS-preflight fetch").
bool Relay::answer_preflight(const http::RequestHead& head) {
  const http::FieldLine* origin = http::find_field(head.fields, http::FieldId::origin);
  if (origin == nullptr) return false;
  if (!is_preflight(head)) {
    cors_.emplace(*route_->cors, origin->value);
    return false;
  }
  const CorsFields fields(*route_->cors, origin->value);
  http::ResponseHead answer;
  answer.status = http::Status{204};
  answer.fields = fields.preflight();
  Produced produced;
  produced.head = &answer;
  produced.end = EndStream::yes;
  begin_exchange(route_->translate, head);
  state_ = State::sending;
  deliver(produced);
  return true;
}

std::string_view Relay::upstream_name() const {
  return route_ == nullptr ? std::string_view() : route_->origin->options().name;
}

void Relay::note_request(http::RuleNotes notes) {
  if (notes.empty()) return;
  record_.deviations += static_cast<std::uint32_t>(notes.size());
  record_.request_deviations.add(notes);
  session_->worker().metrics->rules().add({Side::downstream, upstream_name()}, notes);
}

// The connection to the upstream counts them.
void Relay::note_response(http::RuleNotes notes) {
  record_.deviations += static_cast<std::uint32_t>(notes.size());
  record_.response_deviations.add(notes);
}

void Relay::count_refused(Side side, const http::Rule& rule) {
  session_->worker().metrics->rules().add(Verdict::refused, {side, upstream_name()}, rule);
}

void Relay::drop_content() {
  to_upstream_.clear();
  to_client_.clear();
}

void Relay::begin_exchange(const translate::Options& options, const http::RequestHead& head) {
  exchange_.reset(options, session_->facts(head));
  course_.exchanging = true;
}

void Relay::ask() {
  ++course_.attempts;
  course_.awaits_head = false;
  state_ = State::asking;
  request_ = std::make_shared<StreamRequest>(*route_->origin, session_->worker(), *this);
  request_->start();
  wait_in_queue();
}

// A connect has its own time; a slot of a connection may never come free.
void Relay::wait_in_queue() {
  const std::uint64_t wait = session_->site().timeouts.queue_ms;
  if (wait == 0 || request_ == nullptr) return;
  session_->worker().loop.timers().arm(*this, http::Tick{session_->now().ms + wait});
}

void Relay::upstream_ready(UpstreamStream& stream, const StreamFacts& facts) {
  cancel();
  request_.reset();
  upstream_ = &stream;
  facts_ = facts;
  const auto out = exchange_.request_for(as_side(facts.protocol), translate::ExtendedConnect::yes);
  if (!out) {
    fault(out.error());
    return;
  }
  state_ = State::sending;
  // The octets of a tunnel follow even where the request that opens it has ended.
  const bool tunnel = exchange_.request().wants_tunnel();
  if (out->end_stream == EndStream::yes && !tunnel) course_.request_sent = true;
  upstream_->open(out->head, out->end_stream);
  if (upstream_ == nullptr) return;
  moved();
  if (tunnel) {
    await_response();
  } else if (!course_.request_complete) {
    await_content(session_->now().ms);
  }
  pump_request();
}

void Relay::on_content(const Event& event) {
  const std::size_t octets = event.content.size();
  record_.request_bytes += octets;
  course_.awaits_continue = false;
  moved();
  const bool unwanted = course_.request_sent || (course_.response_ended && !in_tunnel());
  if (state_ == State::finished || !course_.exchanging || unwanted) {
    session_->consume(id_, octets);
    return;
  }
  const auto produced = exchange_.request_content(event.content);
  course_.request_uncredited += octets;
  if (!produced) {
    fault(produced.error());
    return;
  }
  push_request(*produced);
  // The end follows at once: it goes out with the last octets.
  if (event.end_stream == EndStream::no) pump_request();
}

void Relay::on_trailers(const Event& event) {
  note_request(event.notes);
  moved();
  request_trailers_ = std::make_unique<KeptSection>(event.trailers);
}

void Relay::on_end(const Event& event) {
  note_request(event.notes);
  if (state_ == State::finished || !course_.exchanging) return;
  const http::FieldSection trailers =
      request_trailers_ == nullptr ? http::FieldSection() : request_trailers_->lines();
  const auto produced = exchange_.request_end(trailers);
  if (!produced) {
    fault(produced.error());
    return;
  }
  push_request(*produced);
  if (produced->end == EndStream::yes) {
    if (!produced->trailers.empty()) {
      request_trailers_ = std::make_unique<KeptSection>(produced->trailers);
    } else {
      request_trailers_.reset();
    }
    course_.request_complete = true;
  }
  pump_request();
  if (course_.response_ended) finish_response();
}

void Relay::push_request(const Produced& produced) {
  for (const wire::Slice& slice : produced.content) queue(to_upstream_, slice);
  course_.queued_max = std::max(course_.queued_max, to_upstream_.size());
}

// Gives the upstream stream what it takes.
void Relay::pump_request() {
  if (state_ != State::sending || upstream_ == nullptr) return;
  // Whoever has not agreed to a tunnel could read its octets as the next request.
  if (exchange_.request().wants_tunnel() && !in_tunnel()) return;
  while (!to_upstream_.empty()) {
    const bool last =
        to_upstream_.size() == 1 && course_.request_complete && request_trailers_ == nullptr;
    course_.request_touched = true;
    if (!upstream_->content(to_upstream_.front(), last ? EndStream::yes : EndStream::no)) return;
    if (upstream_ == nullptr) return;
    moved();
    to_upstream_.pop();
    if (last) course_.request_sent = true;
  }
  if (course_.request_uncredited > 0)
    session_->consume(id_, std::exchange(course_.request_uncredited, 0));
  if (!course_.request_complete) return;
  if (!course_.request_sent) {
    course_.request_sent = true;
    if (request_trailers_ != nullptr) {
      upstream_->trailers(request_trailers_->lines());
    } else {
      static_cast<void>(upstream_->content(wire::Slice(), EndStream::yes));
    }
  }
  if (course_.response_ended) {
    finish_response();
  } else {
    await_response();
  }
}

void Relay::moved() { course_.moved_ms = session_->now().ms; }

void Relay::await_response() {
  if (exchange_.response().begun() || std::exchange(course_.awaits_head, true)) return;
  cancel();
  const std::uint64_t wait = session_->site().timeouts.response_ms;
  if (wait > 0) {
    session_->worker().loop.timers().arm(*this, http::Tick{session_->now().ms + wait});
  }
}

// A timer that is early stays: what moves meanwhile is looked at when it fires.
void Relay::await_content(std::uint64_t since_ms) {
  const std::uint64_t wait = session_->site().timeouts.content_ms;
  if (wait > 0) session_->worker().loop.timers().arm(*this, http::Tick{since_ms + wait});
}

void Relay::expired(http::Tick) {
  if (request_ != nullptr) {
    if (request_->waits() == Waits::slot) {
      answer(503, "no connection in time", ended_by(Side::proxy, Cause::timeout, "queue"));
    } else {
      wait_in_queue();
    }
    return;
  }
  if (upstream_ == nullptr && in_tunnel()) {
    end_upload();
    return;
  }
  if (!course_.awaits_head) {
    content_late();
    return;
  }
  on_upstream_end(EndEvent::read_timeout, ErrorCode::cancel,
                  ended_by(Side::upstream, Cause::timeout, "response"));
}

// --- The response --------------------------------------------------------------------------------

void Relay::upstream_event(const Event& event) {
  if (state_ == State::finished) return;
  note_response(event.notes);
  moved();
  translate::ResponseSide& response = exchange_.response();
  switch (event.kind) {
    case EventKind::interim: {
      course_.interim_seen = true;
      course_.awaits_continue = false;
      const auto produced = response.interim(*event.response);
      if (produced && produced->head != nullptr) session_->submit_interim(id_, *produced->head);
      if (!produced) fault(produced.error());
      return;
    }
    case EventKind::head: on_response_head(event); return;
    case EventKind::content:
      record_.response_bytes += event.content.size();
      course_.response_uncredited += event.content.size();
      deliver(response.content(event.content));
      if (event.end_stream == EndStream::no) pump_response();
      return;
    case EventKind::trailers:
      response_trailers_ = std::make_unique<KeptSection>(event.trailers);
      return;
    case EventKind::end: {
      if (course_.response_complete) return;
      const std::unique_ptr<KeptSection> trailers = std::move(response_trailers_);
      deliver(response.end(trailers == nullptr ? http::FieldSection() : trailers->lines()));
      pump_response();
      return;
    }
    case EventKind::deviation: {
      const http::RuleNote note{event.rule, event.offset};
      note_response({&note, 1});
      return;
    }
    case EventKind::reset: on_upstream_reset(event); return;
    case EventKind::stalled:
      on_upstream_end(EndEvent::read_timeout, ErrorCode::cancel,
                      ended_by(Side::upstream, Cause::timeout, "window"));
      return;
    default: return;
  }
}

void Relay::on_response_head(const Event& event) {
  cancel();
  course_.awaits_head = false;
  record_.status = event.response->status.value;
  const auto produced = exchange_.response().head(*event.response, event.end_stream);
  if (!produced) {
    fault(produced.error());
    return;
  }
  deliver(*produced);
  if (state_ == State::finished) return;
  if (!in_tunnel()) {
    if (event.end_stream == EndStream::no) await_content(session_->now().ms);
    return;
  }
  session_->accept_tunnel(id_);
  pump_request();
}

// What the exchange made is submitted, in order; what finds no room waits.
void Relay::deliver(const Produced& produced) {
  if (produced.head != nullptr && !deliver_head(produced)) return;
  for (const wire::Slice& slice : produced.content) queue(to_client_, slice);
  course_.queued_max = std::max(course_.queued_max, to_client_.size());
  if (produced.end == EndStream::no || course_.response_complete) return;
  course_.response_complete = true;
  if (!produced.trailers.empty()) {
    response_trailers_ = std::make_unique<KeptSection>(produced.trailers);
  }
  pump_response();
}

bool Relay::deliver_head(const Produced& produced) {
  const bool alone = produced.content.empty() && produced.trailers.empty();
  const EndStream end = alone ? produced.end : EndStream::no;
  const http::ResponseHead head = with_cors(*produced.head);
  record_.status = head.status.value;
  if (!session_->submit_head(id_, head, end)) {
    fault(Fault::head_not_writable);
    return false;
  }
  session_->worker().metrics->add(metric_of(head.status.value));
  if (end == EndStream::no) return true;
  course_.response_complete = true;
  course_.response_ended = true;
  finish_response();
  return false;
}

http::ResponseHead Relay::with_cors(const http::ResponseHead& head) {
  if (!cors_) return head;
  cors_lines_.clear();
  for (const http::FieldLine& line : head.fields) {
    const bool ours = line.id == http::FieldId::access_control_allow_origin ||
                      line.id == http::FieldId::access_control_allow_credentials ||
                      line.id == http::FieldId::access_control_expose_headers;
    if (!ours) cors_lines_.push_back(line);
  }
  for (const http::FieldLine& line : cors_->response()) cors_lines_.push_back(line);
  http::ResponseHead out = head;
  out.fields = cors_lines_;
  return out;
}

void Relay::on_room() { pump_response(); }

void Relay::pump_response() {
  if (state_ == State::finished || course_.response_ended) return;
  while (!to_client_.empty()) {
    const bool last =
        to_client_.size() == 1 && course_.response_complete && response_trailers_ == nullptr;
    if (!session_->submit_content(id_, to_client_.front(), last ? EndStream::yes : EndStream::no)) {
      return;
    }
    moved();
    to_client_.pop();
    if (last) course_.response_ended = true;
  }
  if (course_.response_uncredited > 0 && upstream_ != nullptr) {
    upstream_->consume(std::exchange(course_.response_uncredited, 0));
  }
  if (!course_.response_complete) return;
  if (!course_.response_ended) {
    course_.response_ended = true;
    session_->submit_end(
        id_, response_trailers_ == nullptr ? http::FieldSection() : response_trailers_->lines());
  }
  finish_response();
}

// The response is complete. In a tunnel the other direction may go on.
void Relay::finish_response() {
  if (in_tunnel() && !course_.request_sent) return;
  finish(ErrorCode::no_error);
}

}  // namespace regauge::proxy
