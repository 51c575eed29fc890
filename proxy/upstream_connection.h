// UpstreamConnection: one connection to an upstream, run by the worker that opened it.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "proxy/any_connection.h"
#include "proxy/origin.h"
#include "proxy/transport.h"
#include "proxy/upstream_stream.h"
#include "proxy/worker.h"

namespace regauge::proxy {

/// Owns transport and protocol connection. Every member belongs to the owner's thread.
class UpstreamConnection final : public std::enable_shared_from_this<UpstreamConnection>,
                                 private Watcher,
                                 private Timer {
 public:
  UpstreamConnection(Origin& origin, Worker& owner);
  ~UpstreamConnection() override;

  /// Begins to connect. The origin is told how it went.
  void start();
  /// Makes the stream for a slot that the origin reserved; upstream_ready is not told here.
  [[nodiscard]] UpstreamStream& attach(UpstreamListener& listener);
  /// Gives a reserved slot back unused.
  void give_back();
  /// Takes no more exchanges and closes when those that run are over.
  void drain();

  [[nodiscard]] Worker& owner() const { return owner_; }
  [[nodiscard]] Protocol protocol() const { return connection_.protocol(); }
  /// Tells whether an exchange was carried before.
  [[nodiscard]] bool reused() const { return exchanges_ > 0; }
  /// Returns what a retry rule needs about the exchange that ended (H1).
  [[nodiscard]] bool response_octets_seen() const { return response_seen_; }

 private:
  enum class Phase : std::uint8_t { connecting, handshaking, open, closed };

  class Stream final : public UpstreamStream {
   public:
    Stream(UpstreamConnection& connection, UpstreamListener& listener)
        : connection_(connection), listener_(listener) {}
    void open(const http::RequestHead& head, http::EndStream end_stream) override;
    [[nodiscard]] bool content(const wire::Slice& slice, http::EndStream end_stream) override;
    void trailers(http::FieldSection section) override;
    void accept_tunnel() override;
    void consume(std::size_t octets) override;
    void release(http::ErrorCode code) override;

    UpstreamConnection& connection_;
    UpstreamListener& listener_;
    http::StreamId id_;
    bool stalled_ = false;  // content was refused for want of room
  };

  void ready(Ready what) override;
  void expired(http::Tick now) override;
  void continue_connect();
  void continue_handshake();
  void become_open(Protocol protocol);
  void read();
  [[nodiscard]] bool offer();
  void end_input();
  void tell(const http::Batch& batch);
  void touch();
  void end_round();
  void wake_stalled();
  void update_slots();
  void settle();
  void fail_connect(UpstreamFault fault);
  void close();
  void retire();
  void arm_timer(const http::Demand& demand);
  [[nodiscard]] Stream* stream_of(http::StreamId id);
  void remove(Stream& stream);

  Origin& origin_;
  Worker& owner_;
  Transport transport_{Descriptor()};
  AnyConnection connection_;
  std::vector<std::unique_ptr<Stream>> streams_;
  std::vector<std::unique_ptr<Stream>> removed_;  // until no event can name them
  std::vector<wire::Slice> unread_;               // offered and not consumed yet
  UpstreamConnectionPtr self_;                    // while the socket is open
  std::uint64_t exchanges_ = 0;
  std::uint64_t idle_since_ = 0;
  std::uint32_t slots_told_ = 0;
  Phase phase_ = Phase::connecting;
  bool touched_ = false;
  bool readable_ = false;
  bool hung_up_ = false;
  bool ended_ = false;       // the transport said so; what was read may still wait
  bool input_over_ = false;  // the connection was told
  InputState end_state_ = InputState::open;
  bool retired_ = false;
  bool response_seen_ = false;
  bool telling_ = false;
};

}  // namespace regauge::proxy
