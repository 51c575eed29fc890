// RemoteStream: a stream of a connection that belongs to another worker. Calls and events cross as
// messages in both workers' mailboxes: one wake-up a batch, no lock around a connection.
#pragma once

#include <deque>
#include <memory>
#include <utility>

#include "proxy/kept_message.h"
#include "proxy/upstream_connection.h"
#include "proxy/upstream_stream.h"

namespace regauge::proxy {

class RemoteEnd;

/// The near end, on the worker of the exchange.
class RemoteStream final : public UpstreamStream,
                           public std::enable_shared_from_this<RemoteStream> {
 public:
  RemoteStream(Worker& home, UpstreamListener& listener) : home_(home), listener_(&listener) {}

  /// Takes a reserved slot of `connection`; `listener` is told on `home`.
  static std::shared_ptr<RemoteStream> attach(const UpstreamConnectionPtr& connection, Worker& home,
                                              UpstreamListener& listener);
  /// The listener lost interest before it was told anything: it is told nothing at all.
  void abandon() { listener_ = nullptr; }

  void open(const http::RequestHead& head, http::EndStream end_stream) override;
  [[nodiscard]] bool content(const wire::Slice& slice, http::EndStream end_stream) override;
  void trailers(http::FieldSection section) override;
  void consume(std::size_t octets) override;
  void release(http::ErrorCode code) override;
  /// Is known on the other worker only.
  [[nodiscard]] bool response_octets() const override { return false; }

 private:
  friend class RemoteEnd;
  // Content on its way to the other worker, as much as a stream may queue.
  static constexpr std::size_t kRoom = 64 * 1024;

  void arrived(const std::shared_ptr<RemoteEnd>& end, const StreamFacts& facts);
  void failed(UpstreamFault fault);
  void event(const http::Event& event);
  void credited(std::size_t octets);
  template <typename Action>
  void post(Action action);

  Worker& home_;
  UpstreamListener* listener_;  // nullptr: released
  std::shared_ptr<RemoteEnd> end_;
  UpstreamConnectionPtr connection_;    // names it to the origin; not to be used here
  std::shared_ptr<RemoteStream> self_;  // while the listener may use this
  std::size_t room_ = kRoom;
  bool stalled_ = false;
};

/// The far end, on the worker of the connection.
class RemoteEnd final : public UpstreamListener, public std::enable_shared_from_this<RemoteEnd> {
 public:
  RemoteEnd(UpstreamConnection& connection, std::shared_ptr<RemoteStream> near)
      : connection_(connection), near_(std::move(near)) {}

  void upstream_ready(UpstreamStream& stream, const StreamFacts& facts) override;
  void upstream_failed(UpstreamFault fault) override;
  void upstream_event(const http::Event& event) override;
  void upstream_writable() override;

 private:
  friend class RemoteStream;
  struct Content {
    wire::Slice slice;
    http::EndStream end = http::EndStream::no;
  };

  void take_content(Content content);
  void take_trailers(http::FieldSection section);
  void pump();
  void release(http::ErrorCode code);
  template <typename Action>
  void post(Action action);

  UpstreamConnection& connection_;  // kept by the near end
  std::shared_ptr<RemoteStream> near_;
  UpstreamStream* stream_ = nullptr;
  std::deque<Content> queue_;
  std::unique_ptr<KeptSection> trailers_;
};

}  // namespace regauge::proxy
