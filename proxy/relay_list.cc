#include "proxy/relay_list.h"

#include <utility>

#include "proxy/relay.h"
#include "proxy/stream_map.h"

namespace regauge::proxy {

struct RelayList::Lists {
  Relays running;  // each knows its place
  StreamMap<Relay> by_stream;
  Relays finished;
};

RelayList::RelayList() = default;
RelayList::~RelayList() = default;

std::span<const std::unique_ptr<Relay>> RelayList::running() const {
  if (lists_ == nullptr) return {};
  return lists_->running;
}

Relay* RelayList::find(http::StreamId stream) const {
  return lists_ == nullptr ? nullptr : lists_->by_stream.find(stream);
}

Relay& RelayList::add(std::unique_ptr<Relay> relay, Session& session, http::StreamId stream) {
  if (lists_ == nullptr) lists_ = std::make_unique<Lists>();
  relay->begin(session, stream, lists_->running.size());
  lists_->by_stream.add(stream, *relay);
  return *lists_->running.emplace_back(std::move(relay));
}

bool RelayList::finish(Relay& relay) {
  const std::size_t place = relay.place();
  if (place >= running().size() || running()[place].get() != &relay) return false;
  Relays& relays = lists_->running;
  lists_->finished.push_back(std::move(relays[place]));
  if (place + 1 < relays.size()) {
    relays[place] = std::move(relays.back());
    relays[place]->move_to(place);
  }
  relays.pop_back();
  lists_->by_stream.remove(relay.id());
  return true;
}

RelayList::Relays RelayList::take_running() {
  if (lists_ == nullptr) return {};
  lists_->by_stream = {};
  return std::exchange(lists_->running, {});
}

void RelayList::keep_finished(Relays relays) {
  for (std::unique_ptr<Relay>& relay : relays) lists_->finished.push_back(std::move(relay));
}

void RelayList::bury(SpareList<Relay>& spare) {
  if (lists_ == nullptr) return;
  for (std::unique_ptr<Relay>& relay : lists_->finished) {
    relay->end();
    spare.put(std::move(relay));
  }
  lists_->finished.clear();
}

void RelayList::shrink() {
  if (empty() && lists_ != nullptr && lists_->finished.empty()) lists_.reset();
}

}  // namespace regauge::proxy
