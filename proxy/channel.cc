#include "proxy/channel.h"

#include <algorithm>
#include <cerrno>
#include <optional>
#include <string>
#include <utility>

#include "regauge/wire/free_memory.h"

namespace regauge::proxy {
namespace {

// One turn of a connection, once a round: what is left waits until others had theirs (design, idea
// D), those among them who are only now ready.
constexpr std::size_t kDrainOctetsMax = 256 * 1024;
// Short pauses are usual; giving memory back and taking it again would cost more than it saves.
constexpr std::uint64_t kShrinkAfterMs = 1000;

}  // namespace

Channel::~Channel() = default;

void Channel::start(Transport transport, Phase phase) {
  self_ = shared_from_this();
  phase_ = phase;
  transport_ = std::move(transport);
  worker_.connections.fetch_add(1, std::memory_order_relaxed);
  worker_.channels.insert(this);
  worker_.loop.watch(transport_.socket(), *this);
}

void Channel::start_tls(std::unique_ptr<TlsSession> session) {
  transport_.start_tls(std::move(session));
  phase_ = Phase::handshaking;
  continue_handshake();
}

void Channel::sniff() {
  phase_ = Phase::sniffing;
  if (readable_) read();
}

void Channel::open(AnyConnection connection) {
  connection_ = std::move(connection);
  phase_ = Phase::open;
  touch();
}

void Channel::idle_until(std::uint64_t ms) {
  shrink_ms_ = now().ms + kShrinkAfterMs;
  deadline_ms_ = ms;
  if (phase_ == Phase::open) arm(connection_.demand(now()));
}

void Channel::shrink() {
  // What has output cannot give its memory back yet.
  shrink_ms_ = output_waits() ? now().ms + kShrinkAfterMs : 0;
  connection_.forget_events();
  connection_.visit([](auto& each) { each.shrink(); });
  if (unread_.empty()) wire::free_memory(unread_);
  on_shrink();
}

void Channel::set_deadline(std::uint64_t ms) {
  shrink_ms_ = 0;
  deadline_ms_ = ms;
  if (phase_ == Phase::open) {
    arm(connection_.demand(now()));
  } else if (ms != 0) {
    worker_.loop.timers().arm(*this, http::Tick{ms});
  } else {
    cancel();
  }
}

void Channel::ready(Ready what) {
  if (what.readable || what.hung_up) readable_ = true;
  if (what.hung_up) hung_up_ = true;
  if (what.over) over_ = true;
  if (what.writable) transport_.unblock();
  switch (phase_) {
    case Phase::connecting:
      if (what.writable || what.hung_up) continue_connect();
      return;
    case Phase::handshaking: continue_handshake(); return;
    case Phase::sniffing:
    case Phase::open:
      if (readable_) read();
      touch();
      return;
    case Phase::lingering: drop_input(); return;
    case Phase::closed: return;
  }
}

void Channel::continue_connect() {
  if (const int error = connect_error(transport_.socket()); error != 0) {
    connect_failed_by(error);
    fail(failure_of(error));
    return;
  }
  on_connected();
}

void Channel::continue_handshake() {
  readable_ = false;
  const TlsState state = transport_.handshake(worker_.buffers);
  if (state == TlsState::handshaking && !hung_up_) return;
  if (state != TlsState::open) {
    const InputState end = transport_.handshake_end();
    fail(end == InputState::broken                                    ? Failure::broken
         : end == InputState::ended || state == TlsState::handshaking ? Failure::closed
                                                                      : Failure::tls);
    return;
  }
  readable_ = hung_up_;
  on_secured(transport_.tls()->alpn());
  if (phase_ != Phase::closed) read();
}

void Channel::fail(Failure failure) {
  on_failed(failure);
  close();
}

void Channel::expired(http::Tick now) {
  if (phase_ == Phase::lingering) {
    linger_on();
    return;
  }
  if (deadline_ms_ != 0 && now.ms >= deadline_ms_) {
    deadline_ms_ = 0;
    if (leaving_) {
      linger_on();
      return;
    }
    on_deadline();
    if (phase_ == Phase::closed) return;
  }
  if (phase_ != Phase::open) return;
  if (stall_.due_ms() != 0 && now.ms >= stall_.due_ms()) watch_stall();
  if (phase_ != Phase::open) return;
  if (shrink_ms_ != 0 && now.ms >= shrink_ms_) shrink();
  const std::optional<http::Tick> due = connection_.demand(now).deadline;
  if (due && *due <= now) {
    tell(connection_.visit([&](auto& each) { return each.receive({}, now, {}); }));
  }
  arm(connection_.demand(now));
}

// Reads and offers until there is no more, the connection wants no more, or its turn is over.
void Channel::read() {
  if (reading_ || input_over_) return;
  reading_ = true;
  while ((phase_ == Phase::open || phase_ == Phase::sniffing) && !input_over_) {
    if (phase_ == Phase::open && !unread_.empty() && !offer()) break;
    if (phase_ != Phase::open && phase_ != Phase::sniffing) break;
    if (unread_.empty() && ended_ && phase_ == Phase::open) {
      end_input();
      break;
    }
    if (!read_some()) break;
  }
  reading_ = false;
}

// Reads once. Returns whether something is to be done about it now.
bool Channel::read_some() {
  if (ended_) {
    if (phase_ == Phase::sniffing) close();
    return false;
  }
  const bool wants = phase_ == Phase::sniffing || connection_.demand(now()).wants_read;
  if (!wants || rests_ || !(readable_ || transport_.has_early())) return false;
  const std::size_t before = unread_.size();
  const InputState state = transport_.read(worker_.buffers, kDrainOctetsMax, hung_up_, unread_);
  if (state != InputState::more) readable_ = false;
  if (state != InputState::open && state != InputState::more) {
    end_state_ = state;
    ended_ = true;
  }
  if (state == InputState::more) {
    rests_ = true;
    worker_.loop.at_next_round(*this);
  }
  if (phase_ == Phase::sniffing && unread_.size() > before) {
    std::string first;
    for (const wire::Slice& slice : unread_) first += wire::as_text(slice.bytes());
    if (!on_first_octets(wire::as_bytes(first)) && !ended_) return false;
  }
  return unread_.size() > before || ended_;
}

// Offers what was read. Returns whether all of it was taken.
bool Channel::offer() {
  while (!unread_.empty() && phase_ == Phase::open) {
    const http::Batch batch =
        connection_.visit([&](auto& each) { return each.receive(unread_, now(), {}); });
    std::size_t taken = batch.consumed;
    std::size_t whole = 0;
    while (whole < unread_.size() && taken >= unread_[whole].size()) {
      taken -= unread_[whole++].size();
    }
    unread_.erase(unread_.begin(), unread_.begin() + static_cast<std::ptrdiff_t>(whole));
    if (taken > 0) unread_.front().drop_front(taken);
    // Nothing moved: it waits for credit or its turn, and whoever gives that touches us again.
    if (batch.consumed == 0 && batch.events.empty()) return false;
    tell(batch);
    if (phase_ != Phase::open) return false;
    if (unread_.empty()) return true;
    if (!connection_.demand(now()).wants_read) return false;
  }
  return true;
}

void Channel::end_input() {
  input_over_ = true;
  const auto how =
      end_state_ == InputState::ended ? http::Truncation::clean : http::Truncation::aborted;
  tell(connection_.visit([&](auto& each) { return each.end_of_input(now(), how); }));
  touch();
}

void Channel::tell(const http::Batch& batch) {
  for (const http::Event& event : batch.events) {
    content_came_ += event.content.size();
    on_event(event);
    if (phase_ == Phase::closed) return;
  }
  connection_.forget_events();
  // Frames without an exchange take memory too.
  if (!is_busy()) shrink_ms_ = now().ms + kShrinkAfterMs;
  touch();
}

void Channel::touch() {
  if (touched_ || phase_ != Phase::open) return;
  touched_ = true;
  worker_.loop.at_end_of_round(*this);
}

void Channel::rest_no_more() {
  if (std::exchange(rests_, false)) worker_.loop.forget_next_round(*this);
}

void Channel::round_begins() {
  rests_ = false;
  touch();
}

void Channel::round_over() {
  touched_ = false;
  if (phase_ != Phase::open) return;
  read();
  if (phase_ != Phase::open) return;
  // Behind the end of its input our direction is all that can break: no read tells that.
  // One that has nothing to send any more just closes; a unix socket tells both alike.
  const bool broken = over_ && input_over_ && !finished_ && (is_busy() || output_waits());
  if (broken || !transport_.flush(connection_, worker_.buffers)) {
    break_off();
    return;
  }
  on_flushed();
  if (phase_ == Phase::open) settle();
}

void Channel::break_off() {
  // What the peer sent before it broke off may be its answer (RFC 9112 §9.6).
  rest_no_more();
  readable_ = true;
  read();
  if (phase_ != Phase::open) return;
  end_state_ = InputState::broken;
  ended_ = true;
  unread_.clear();
  if (!input_over_) end_input();
  close();
}

// Decides behind a flush whether the connection goes on.
void Channel::settle() {
  const http::Demand demand = connection_.demand(now());
  const bool written = !demand.wants_write && !transport_.blocked();
  if (written && demand.close && !is_busy()) {
    if (demand.finish && !ended_ && !demand.abort) {
      linger();
    } else {
      close();
    }
    return;
  }
  if (written && demand.finish && !finished_) {
    finished_ = true;
    transport_.finish(worker_.buffers);
    if (!is_busy()) deadline_ms_ = now().ms + kLingerMs;
  }
  const bool can_read = !unread_.empty() || (readable_ && !rests_) || ended_;
  if (demand.wants_read && can_read && !input_over_) touch();
  arm(demand);
  if (input_over_ || (hung_up_ && !demand.wants_read)) on_peer_left();
}

// Closing a socket that holds unread octets resets it, and the peer loses what it has not read yet.
void Channel::linger() {
  phase_ = Phase::lingering;
  unread_.clear();
  if (!std::exchange(finished_, true)) transport_.finish(worker_.buffers);
  worker_.loop.timers().arm(*this, http::Tick{now().ms + kLingerMs});
  drop_input();
}

// The time is over for a peer that takes nothing.
void Channel::linger_on() {
  if (!still_reads()) {
    close();
    return;
  }
  deadline_ms_ = now().ms + kLingerMs;
  worker_.loop.timers().arm(*this, http::Tick{deadline_ms_});
}

void Channel::leave() {
  leaving_ = true;
  set_deadline(now().ms + kLingerMs);
  touch();
}

void Channel::drop_input() {
  // What is not read when the socket closes would reset what was written.
  if (transport_.discard(worker_.buffers) != InputState::open) close();
}

Cause Channel::lost_by() const {
  if (transport_.tls() != nullptr && transport_.tls()->state() == TlsState::failed) {
    return Cause::tls_error;
  }
  return end_state_ == InputState::broken ? Cause::peer_reset : Cause::peer_close;
}

Cause Channel::cause_of(Failure failure) {
  switch (failure) {
    case Failure::refused: return Cause::refused;
    case Failure::unreachable: return Cause::unreachable;
    case Failure::tls: return Cause::tls_error;
    case Failure::closed: return Cause::peer_close;
    case Failure::broken: return Cause::peer_reset;
  }
  return {};
}

Channel::Failure Channel::failure_of(int error) {
  return error == ECONNREFUSED ? Failure::refused : Failure::unreachable;
}

// A timer that is early stays: it is set again when it fires, which costs less than moving it with
// each exchange.
void Channel::arm(const http::Demand& demand) {
  std::uint64_t next = deadline_ms_ == 0 ? ~std::uint64_t{0} : deadline_ms_;
  if (shrink_ms_ != 0) next = std::min(next, shrink_ms_);
  if (is_busy()) stall_.begin(now().ms);
  if (stall_.due_ms() != 0) next = std::min(next, stall_.due_ms());
  if (demand.deadline) next = std::min(next, demand.deadline->ms);
  if (next == ~std::uint64_t{0}) return;
  if (!armed() || deadline().ms > next) worker_.loop.timers().arm(*this, http::Tick{next});
}

// Tells whether the socket has not taken all of the output yet.
bool Channel::output_waits() const {
  return connection_.demand(now()).wants_write || transport_.blocked();
}

// Asks the kernel, too: what it has taken need not have come to the peer.
StallWatch::Output Channel::output() const {
  const std::uint64_t in_socket = unacknowledged(transport_.socket());
  // A unix socket counts more than its octets.
  const std::uint64_t taken = std::max(transport_.octets_written(), in_socket) - in_socket;
  return {in_socket > 0 || output_waits(), taken};
}

bool Channel::still_reads() {
  const StallWatch::Output now = output();
  return now.waits && now.moved != std::exchange(taken_seen_, now.moved);
}

// Between exchanges other deadlines hold.
void Channel::watch_stall() {
  if (!is_busy()) {
    stall_.end();
    return;
  }
  // Content that comes moves the exchange, too: an answer may come before its request is taken.
  StallWatch::Output seen = output();
  seen.moved += content_came_;
  if (!stall_.look(seen, now().ms)) return;
  has_stalled_ = true;
  on_stalled();
  close();
}

// A message of HTTP/1 may end with its connection: one that was cut must not look complete (RFC
// 9112 §8). HTTP/2 says itself which of its streams have ended.
bool Channel::cuts_message() const {
  return connection_.protocol() == Protocol::h1 && (is_busy() || output_waits());
}

void Channel::close() {
  if (phase_ == Phase::closed) return;
  worker_.loop.bury(std::move(self_));
  const bool was_open = phase_ == Phase::open;
  const bool abort =
      was_open && (has_stalled_ || cuts_message() || connection_.demand(now()).abort);
  phase_ = Phase::closed;
  cancel();
  on_close();
  worker_.loop.forget(*this);
  rest_no_more();
  worker_.channels.erase(this);
  worker_.connections.fetch_sub(1, std::memory_order_relaxed);
  if (abort) {
    transport_.abort();
  } else if (was_open && transport_.tls() != nullptr && !finished_) {
    transport_.finish(worker_.buffers);
  }
  transport_.socket().close();
}

}  // namespace regauge::proxy
