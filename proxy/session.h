// Session: one connection of a client, and the exchanges on it.
#pragma once

#include <memory>
#include <string>

#include "proxy/channel.h"
#include "proxy/relay.h"
#include "proxy/relay_list.h"
#include "proxy/site.h"

namespace regauge::proxy {

/// Makes a relay for each request. Every member belongs to the worker's thread.
class Session final : public Channel {
 public:
  Session(Worker& worker, const Site& site, const SocketAddress& client);
  ~Session() override;

  /// Starts with an accepted socket.
  void begin(Descriptor socket);
  /// Lets the exchanges that run end, and takes no more.
  void drain() override;

  [[nodiscard]] const Site& site() const { return site_; }
  [[nodiscard]] std::string_view client() const { return client_; }
  /// Tells the exchange of a request about the client.
  [[nodiscard]] translate::Downstream facts(const http::RequestHead& head) const;
  /// Returns options for exchanges without a route.
  [[nodiscard]] static const translate::Options& no_route();

  // What relays do on the client's connection.
  void submit_interim(http::StreamId stream, const http::ResponseHead& head);
  [[nodiscard]] bool submit_head(http::StreamId stream, const http::ResponseHead& head,
                                 http::EndStream end);
  [[nodiscard]] bool submit_content(http::StreamId stream, const wire::Slice& slice,
                                    http::EndStream end);
  void submit_end(http::StreamId stream, http::FieldSection trailers);
  void accept_tunnel(http::StreamId stream);
  void consume(http::StreamId stream, std::size_t octets);
  void reset(http::StreamId stream, http::ErrorCode code);
  using Channel::lost_by;
  using Channel::peer_left;
  using Channel::still_reads;
  /// Says how the connection ends, if nothing said so before.
  void note_end(const Attribution& ended);
  /// Says why the connection is being lost under its exchanges.
  [[nodiscard]] Attribution loss() const;
  /// The relay is done; its stream's slot is free.
  void release(Relay& relay);

 private:
  void on_secured(Alpn protocol) override;
  bool on_first_octets(wire::Bytes octets) override;
  void on_failed(Failure failure) override;
  void on_event(const http::Event& event) override;
  void on_flushed() override;
  void on_deadline() override;
  void on_stalled() override;
  void on_shrink() override;
  [[nodiscard]] bool is_busy() const override { return !relays_.empty(); }
  void on_peer_left() override;
  void on_close() override;

  void become_open(Protocol protocol);
  void await_request();
  [[nodiscard]] bool awaits_window() const;
  [[nodiscard]] proxy::Phase phase_of_connection() const;
  void log_refused(const http::Event& event);
  void log();
  void answer_violation(const http::Event& event);
  void note_deviation(const http::Event& event);
  Relay& add_relay(http::StreamId stream);

  const Site& site_;
  std::string client_;
  RelayList relays_;
  std::uint64_t started_ms_ = 0;
  std::uint64_t requests_ = 0;
  Attribution ended_;
  bool draining_ = false;
  bool stalled_ = false;  // some relay found no room
};

}  // namespace regauge::proxy
