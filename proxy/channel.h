// Channel: a socket with a protocol connection on it, run by one worker: what both sides of the
// proxy share. It reads until the socket is drained, hands the batch on, and writes once a round.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "proxy/any_connection.h"
#include "proxy/attribution.h"
#include "proxy/stall_watch.h"
#include "proxy/transport.h"
#include "proxy/worker.h"
#include "regauge/http/event.h"

namespace regauge::proxy {

/// Moves octets and events. Every member belongs to the worker's thread.
class Channel : public std::enable_shared_from_this<Channel>,
                private Watcher,
                private RoundWatcher,
                private Timer {
 public:
  ~Channel() override;

  [[nodiscard]] Worker& worker() const { return worker_; }
  [[nodiscard]] AnyConnection& connection() { return connection_; }
  [[nodiscard]] const AnyConnection& connection() const { return connection_; }
  [[nodiscard]] http::Tick now() const { return worker_.loop.now(); }
  /// Tells whether the protocol connection exists and its socket is open.
  [[nodiscard]] bool is_open() const { return phase_ == Phase::open; }
  /// Has the output written when the round is over.
  void touch();
  /// Lets what runs come to its end and takes nothing more.
  virtual void drain() = 0;
  /// Closes at once, whatever runs.
  void cut() {
    was_cut_ = true;
    close();
  }

 protected:
  enum class Phase : std::uint8_t {
    connecting,
    handshaking,
    sniffing,
    open,
    lingering,  ///< our side is shut; what still comes in is dropped
    closed,
  };
  /// Says why a channel never opened.
  enum class Failure : std::uint8_t {
    refused,      ///< nobody listens
    unreachable,  ///< no way to the address
    tls,          ///< the handshake failed
    closed,       ///< the peer closed during the handshake
    broken,       ///< the transport broke during the handshake
  };

  /// `stall_ms`: how long a peer may take nothing of what an exchange has for it.
  Channel(Worker& worker, std::uint64_t stall_ms) : worker_(worker), stall_(stall_ms) {}

  /// Starts with a socket; a client's is still connecting.
  void start(Transport transport, Phase phase);
  /// Puts TLS on the socket and starts the handshake.
  void start_tls(std::unique_ptr<TlsSession> session);
  /// Puts the protocol connection on the socket.
  void open(AnyConnection connection);
  /// Closes the socket at once.
  void close();
  /// Reads the first octets before the protocol is known.
  void sniff();
  [[nodiscard]] Phase phase() const { return phase_; }
  [[nodiscard]] const Transport& transport() const { return transport_; }
  [[nodiscard]] bool input_over() const { return input_over_; }
  /// Tells whether the peer is gone, or sends no more.
  [[nodiscard]] bool peer_left() const { return input_over_ || hung_up_; }
  /// Tells whether output waits of which the peer has taken some since this was last asked. Cost:
  /// one system call.
  [[nodiscard]] bool still_reads();
  /// Nothing follows what is queued: closes it when the peer has that, or takes no more of it.
  void leave();
  /// How long a peer that takes nothing has until it is closed under what is left for it.
  static constexpr std::uint64_t kLingerMs = 2000;
  /// Tells whether it closes because the peer took nothing.
  [[nodiscard]] bool has_stalled() const { return has_stalled_; }
  /// Tells whether `cut` closes it.
  [[nodiscard]] bool was_cut() const { return was_cut_; }
  /// Tells whether our side was shut: all that is left is to drop what comes in.
  [[nodiscard]] bool half_closed() const { return finished_ && !is_busy(); }
  /// Says how the input ended: by the peer's close, by a break, or by TLS.
  [[nodiscard]] Cause lost_by() const;
  /// Says what an error of a connect means.
  [[nodiscard]] static Failure failure_of(int error);
  /// Says what the end of a handshake was.
  [[nodiscard]] static Cause cause_of(Failure failure);
  /// Keeps the errno of a connect for `connect_errno`.
  void connect_failed_by(int error) { connect_errno_ = error; }
  /// Returns the errno that a connect failed with.
  [[nodiscard]] int connect_errno() const { return connect_errno_; }
  /// Sets the deadline of `on_deadline` besides those of the connection; 0 is none.
  void set_deadline(std::uint64_t ms);
  /// Waits for `until`; a second after now the memory that an idle connection does not need is
  /// given back.
  void idle_until(std::uint64_t ms);

  /// The socket is connected (client).
  virtual void on_connected() {}
  /// The handshake is complete.
  virtual void on_secured(Alpn protocol) = 0;
  /// Looks at the first octets, in one piece, and opens; returns false if it needs more.
  virtual bool on_first_octets(wire::Bytes) { return true; }
  /// The channel never opened.
  virtual void on_failed(Failure failure) = 0;
  /// An event came in.
  virtual void on_event(const http::Event& event) = 0;
  /// The output was written as far as the socket takes it.
  virtual void on_flushed() = 0;
  /// The deadline of `set_deadline` passed.
  virtual void on_deadline() = 0;
  /// The peer takes nothing of what an exchange has for it; the channel is about to close.
  virtual void on_stalled() = 0;
  /// The connection is idle: memory that holds nothing is given back.
  virtual void on_shrink() = 0;
  /// Tells whether an exchange runs.
  [[nodiscard]] virtual bool is_busy() const = 0;
  /// The peer sends no more, or is gone while nothing is read; told in every round from then on.
  virtual void on_peer_left() {}
  /// The socket is about to close.
  virtual void on_close() = 0;

 private:
  void ready(Ready what) override;
  void round_over() override;
  void round_begins() override;
  void rest_no_more();
  void break_off();
  void expired(http::Tick now) override;
  void shrink();
  void continue_connect();
  void continue_handshake();
  void read();
  [[nodiscard]] bool read_some();
  [[nodiscard]] bool offer();
  void end_input();
  void tell(const http::Batch& batch);
  void settle();
  [[nodiscard]] bool output_waits() const;
  [[nodiscard]] StallWatch::Output output() const;
  void watch_stall();
  [[nodiscard]] bool cuts_message() const;
  void linger();
  void linger_on();
  void drop_input();
  void arm(const http::Demand& demand);
  void fail(Failure failure);

  Worker& worker_;
  Transport transport_{Descriptor()};
  AnyConnection connection_;
  std::vector<wire::Slice> unread_;  // read and not taken by the connection yet
  std::shared_ptr<Channel> self_;    // while the socket is open, and to the end of that round
  std::uint64_t deadline_ms_ = 0;
  StallWatch stall_;                // of exchanges
  std::uint64_t taken_seen_ = 0;    // octets that the peer had taken when that was last asked
  std::uint64_t content_came_ = 0;  // octets
  std::uint64_t shrink_ms_ = 0;     // when memory is given back; 0: it was, or the connection works
  Phase phase_ = Phase::closed;
  InputState end_state_ = InputState::open;
  bool touched_ = false;
  bool readable_ = false;
  bool rests_ = false;  // its turn is over until the next round
  bool hung_up_ = false;
  bool over_ = false;        // both directions have ended, or the connection broke
  bool ended_ = false;       // the transport said so; what was read may still wait
  bool input_over_ = false;  // the connection was told
  bool reading_ = false;
  bool finished_ = false;  // our side was shut
  bool was_cut_ = false;
  bool has_stalled_ = false;
  bool leaving_ = false;
  int connect_errno_ = 0;
};

}  // namespace regauge::proxy
