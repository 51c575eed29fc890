// UpstreamConnection: one connection to an upstream, run by the worker that opened it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/channel.h"
#include "proxy/kept_message.h"
#include "proxy/origin.h"
#include "proxy/spare_list.h"
#include "proxy/stream_map.h"
#include "proxy/upstream_stream.h"

namespace regauge::proxy {

/// Carries exchanges. Every member belongs to the owner's thread.
class UpstreamConnection final : public Channel {
 public:
  UpstreamConnection(Origin& origin, Worker& owner);
  ~UpstreamConnection() override;

  /// Begins to connect. The origin is told how it went.
  void connect();
  /// Makes the stream for a slot that the origin reserved.
  [[nodiscard]] UpstreamStream& attach(UpstreamListener& listener);
  /// Gives a reserved slot back unused.
  void give_back();
  /// Returns what the pool notes of this connection; for the origin alone, under its mutex.
  [[nodiscard]] PoolEntry* pool_entry() const { return pool_entry_; }
  void set_pool_entry(PoolEntry* entry) { pool_entry_ = entry; }
  /// Takes no more exchanges and closes when those that run are over.
  void drain() override;

  [[nodiscard]] Protocol protocol() const { return connection().protocol(); }
  /// Tells what a request has to know before it is sent here.
  [[nodiscard]] StreamFacts facts() const;
  /// Says what a request hears that was to go on this connection, which takes no more. Cost:
  /// constant.
  [[nodiscard]] UpstreamFault fault_of_loss() const;
  [[nodiscard]] Origin& origin() { return origin_; }

 private:
  class Stream final : public UpstreamStream {
   public:
    explicit Stream(UpstreamConnection& connection) : connection_(connection) {}
    void open(const http::RequestHead& head, http::EndStream end_stream) override;
    [[nodiscard]] bool content(const wire::Slice& slice, http::EndStream end_stream) override;
    void trailers(http::FieldSection section) override;
    void consume(std::size_t octets) override;
    void release(http::ErrorCode code) override;
    [[nodiscard]] bool response_octets() const override;

   private:
    friend class UpstreamConnection;

    void open_waiting();
    void fail(UpstreamFault fault);

    UpstreamConnection& connection_;
    UpstreamListener* listener_ = nullptr;
    std::size_t place_ = 0;  // in the list of the connection
    http::StreamId id_;
    std::unique_ptr<KeptRequest> waiting_;  // extended CONNECT before the SETTINGS of the peer
    bool stalled_ = false;                  // content was refused for want of room
  };

  void on_connected() override;
  void on_secured(Alpn protocol) override;
  void on_failed(Failure failure) override;
  void on_event(const http::Event& event) override;
  void on_flushed() override;
  void on_deadline() override;
  void on_stalled() override;
  [[nodiscard]] bool is_busy() const override { return !streams_.empty(); }
  void on_shrink() override;
  void on_close() override;

  void failed(UpstreamFault fault, Cause cause);
  void count_rules(const http::Event& event);
  void note_end(Cause cause, proxy::Phase phase, std::string_view detail);
  void log();
  void become_open(Protocol protocol);
  void warn(std::string_view reason);
  [[nodiscard]] std::string reason_of(Failure failure) const;
  void update_slots();
  void open_waiting();
  void retire();
  void offer_room();
  void await_connect();
  void await_exchange();
  [[nodiscard]] bool output_full() const;
  void remove(Stream& stream);

  Origin& origin_;
  const SocketAddress* address_ = nullptr;  // one of the upstream's, which outlive connections
  // As many as an H2 connection usually has at once.
  static constexpr std::size_t kSparesMax = 1024;

  std::vector<std::unique_ptr<Stream>> streams_;  // each knows its place
  StreamMap<Stream> by_id_;
  SpareList<Stream> spares_{kSparesMax};
  std::vector<std::unique_ptr<Stream>> removed_;  // until nobody on the stack can use them
  std::uint64_t exchanges_ = 0;
  std::uint32_t slots_told_ = 0;
  bool limit_told_ = false;       // by the peer, not assumed
  std::uint32_t slots_held_ = 0;  // unused, and not offered while the peer reads nothing
  std::uint64_t connect_until_ms_ = 0;
  bool retired_ = false;
  std::uint64_t started_ms_ = 0;
  Attribution ended_;
  bool handshaking_ = false;
  bool settings_seen_ = false;  // H2: what the peer takes is known
  bool some_stalled_ = false;
  PoolEntry* pool_entry_ = nullptr;
};

}  // namespace regauge::proxy
