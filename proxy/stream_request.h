// StreamRequest: asks an origin for a stream and brings it to the worker of the exchange.
#pragma once

#include <memory>

#include "proxy/origin.h"
#include "proxy/upstream_stream.h"
#include "proxy/worker.h"

namespace regauge::proxy {

class RemoteStream;

/// Waits for one stream. It lives until it was answered, however many threads that takes.
class StreamRequest final : public StreamWaiter,
                            public std::enable_shared_from_this<StreamRequest> {
 public:
  StreamRequest(Origin& origin, Worker& home, UpstreamListener& listener)
      : origin_(origin), home_(home), listener_(&listener) {}

  /// Asks. The listener is told upstream_ready or upstream_failed, never from within this call.
  void start();
  /// Says what it waits for.
  [[nodiscard]] Waits waits() const { return origin_.waits(); }
  /// The listener lost interest: it is told nothing more. On the home worker.
  void cancel();

  void granted(UpstreamConnectionPtr connection) override;
  void connect() override;
  void refused(UpstreamFault fault) override;

 private:
  void arrive(const UpstreamConnectionPtr& connection);

  Origin& origin_;
  Worker& home_;
  UpstreamListener* listener_;
  std::shared_ptr<RemoteStream> arriving_;  // on its way between two workers
};

}  // namespace regauge::proxy
