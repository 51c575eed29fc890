#include "proxy/stream_request.h"

#include <utility>

#include "proxy/remote_stream.h"
#include "proxy/upstream_connection.h"

namespace regauge::proxy {

void StreamRequest::start() {
  if (UpstreamConnectionPtr connection = origin_.claim(home_)) {
    granted(std::move(connection));
    return;
  }
  if (!origin_.wait(shared_from_this())) refused(UpstreamFault::queue_full);
}

void StreamRequest::cancel() {
  listener_ = nullptr;
  origin_.forget(*this);
  if (arriving_ != nullptr) std::exchange(arriving_, nullptr)->abandon();
}

void StreamRequest::granted(UpstreamConnectionPtr connection) {
  home_.run([self = shared_from_this(), connection = std::move(connection)] {
    self->arrive(connection);
  });
}

void StreamRequest::connect() {
  home_.run([self = shared_from_this()] {
    std::make_shared<UpstreamConnection>(self->origin_, self->home_)->connect();
  });
}

void StreamRequest::refused(UpstreamFault fault) {
  home_.run([self = shared_from_this(), fault] {
    if (self->listener_ != nullptr) std::exchange(self->listener_, nullptr)->upstream_failed(fault);
  });
}

// The stream is made directly if the connection is of this worker, else through both mailboxes.
void StreamRequest::arrive(const UpstreamConnectionPtr& connection) {
  if (listener_ == nullptr) {
    connection->worker().run([connection] { connection->give_back(); });
    return;
  }
  UpstreamListener& listener = *std::exchange(listener_, nullptr);
  if (&connection->worker() != &home_) {
    arriving_ = RemoteStream::attach(connection, home_, listener);
    return;
  }
  // It may have closed since the slot was reserved.
  if (!connection->is_open()) {
    listener.upstream_failed(connection->fault_of_loss());
    return;
  }
  UpstreamStream& stream = connection->attach(listener);
  listener.upstream_ready(stream, connection->facts());
}

}  // namespace regauge::proxy
