#include "proxy/remote_stream.h"

namespace regauge::proxy {

// --- The near end --------------------------------------------------------------------------------

std::shared_ptr<RemoteStream> RemoteStream::attach(const UpstreamConnectionPtr& connection,
                                                   Worker& home, UpstreamListener& listener) {
  auto near = std::make_shared<RemoteStream>(home, listener);
  near->self_ = near;
  near->connection_ = connection;
  connection->worker().run([connection, near] {
    auto end = std::make_shared<RemoteEnd>(*connection, near);
    if (!connection->is_open()) {  // it closed after the slot was granted
      end->upstream_failed(connection->fault_of_loss());
      return;
    }
    end->upstream_ready(connection->attach(*end), connection->facts());
  });
  return near;
}

template <typename Action>
void RemoteStream::post(Action action) {
  connection_->worker().run([end = end_, action = std::move(action)]() mutable { action(*end); });
}

void RemoteStream::arrived(const std::shared_ptr<RemoteEnd>& end, const StreamFacts& facts) {
  end_ = end;
  if (listener_ == nullptr) {
    release(http::ErrorCode::cancel);
    return;
  }
  listener_->upstream_ready(*this, facts);
}

void RemoteStream::open(const http::RequestHead& head, http::EndStream end_stream) {
  auto kept = std::make_shared<KeptRequest>(head);
  post([kept, end_stream](RemoteEnd& end) {
    if (end.stream_ != nullptr) end.stream_->open(kept->head(), end_stream);
  });
}

bool RemoteStream::content(const wire::Slice& slice, http::EndStream end_stream) {
  if (slice.size() > room_ && room_ < kRoom) {
    stalled_ = true;
    return false;
  }
  room_ -= std::min(room_, slice.size());
  post([slice, end_stream](RemoteEnd& end) { end.take_content({slice, end_stream}); });
  return true;
}

void RemoteStream::trailers(http::FieldSection section) {
  auto kept = std::make_shared<KeptSection>(section);
  post([kept](RemoteEnd& end) { end.take_trailers(kept->lines()); });
}

void RemoteStream::consume(std::size_t octets) {
  post([octets](RemoteEnd& end) {
    if (end.stream_ != nullptr) end.stream_->consume(octets);
  });
}

void RemoteStream::release(http::ErrorCode code) {
  listener_ = nullptr;
  connection_->origin().slot_leaves(*connection_);
  post([code](RemoteEnd& end) { end.release(code); });
  end_.reset();  // the two ends hold each other
  const std::shared_ptr<RemoteStream> last = std::move(self_);
}

void RemoteStream::failed(UpstreamFault fault) {
  const std::shared_ptr<RemoteStream> last = std::move(self_);
  end_.reset();
  if (listener_ != nullptr) std::exchange(listener_, nullptr)->upstream_failed(fault);
}

void RemoteStream::event(const http::Event& event) {
  if (listener_ != nullptr) listener_->upstream_event(event);
}

void RemoteStream::credited(std::size_t octets) {
  room_ = std::min(room_ + octets, kRoom);
  if (!stalled_ || listener_ == nullptr) return;
  stalled_ = false;
  listener_->upstream_writable();
}

// --- The far end ---------------------------------------------------------------------------------

template <typename Action>
void RemoteEnd::post(Action action) {
  near_->home_.run([near = near_, action = std::move(action)]() mutable { action(*near); });
}

void RemoteEnd::upstream_ready(UpstreamStream& stream, const StreamFacts& facts) {
  stream_ = &stream;
  post([end = shared_from_this(), facts](RemoteStream& near) { near.arrived(end, facts); });
}

void RemoteEnd::upstream_failed(UpstreamFault fault) {
  stream_ = nullptr;
  post([fault](RemoteStream& near) { near.failed(fault); });
}

void RemoteEnd::upstream_event(const http::Event& event) {
  auto kept = std::make_shared<KeptEvent>(event);
  post([kept](RemoteStream& near) { near.event(kept->event()); });
}

void RemoteEnd::upstream_writable() { pump(); }

void RemoteEnd::take_content(Content content) {
  if (!queue_.empty() && queue_.back().slice.gather(content.slice)) {
    queue_.back().end = content.end;
  } else {
    queue_.push_back(std::move(content));
  }
  pump();
}

void RemoteEnd::take_trailers(http::FieldSection section) {
  trailers_ = std::make_unique<KeptSection>(section);
  pump();
}

void RemoteEnd::pump() {
  std::size_t octets = 0;
  while (stream_ != nullptr && !queue_.empty()) {
    Content& front = queue_.front();
    if (!stream_->content(front.slice, front.end)) break;
    octets += front.slice.size();
    queue_.pop_front();
  }
  if (stream_ != nullptr && queue_.empty() && trailers_ != nullptr) {
    stream_->trailers(trailers_->lines());
    trailers_.reset();
  }
  if (octets > 0) post([octets](RemoteStream& near) { near.credited(octets); });
}

void RemoteEnd::release(http::ErrorCode code) {
  queue_.clear();
  if (stream_ != nullptr) std::exchange(stream_, nullptr)->release(code);
  connection_.origin().slot_arrived(connection_);
}

}  // namespace regauge::proxy
