#include "proxy/origin.h"

#include <algorithm>
#include <utility>

#include "proxy/upstream_connection.h"

namespace regauge::proxy {

// --- Free slots, under the mutex -----------------------------------------------------------------

Origin::FreeList& Origin::free_list(const Worker& owner) {
  if (free_.size() <= owner.index) free_.resize(owner.index + 1);
  return free_[owner.index];
}

// Finds a connection with a free slot, of any worker.
PoolEntry* Origin::free_entry() {
  for (const FreeList& list : free_) {
    if (!list.empty()) return list.back();
  }
  return nullptr;
}

void Origin::use(PoolEntry& entry) {
  ++entry.used;
  update_free(entry);
}

// Puts a connection into the list of its worker, or takes it out, as its slots say.
void Origin::update_free(PoolEntry& entry) {
  FreeList& list = free_list(*entry.owner);
  const bool has_room = entry.used < entry.limit;
  if (has_room == entry.free_place.has_value()) return;
  if (has_room) {
    entry.free_place = static_cast<std::uint32_t>(list.size());
    list.push_back(&entry);
    return;
  }
  list[*entry.free_place] = list.back();
  list[*entry.free_place]->free_place = entry.free_place;
  list.pop_back();
  entry.free_place.reset();
}

// --- Exchanges -----------------------------------------------------------------------------------

UpstreamConnectionPtr Origin::claim(const Worker& worker) {
  const std::scoped_lock lock(mutex_);
  if (!waiters_.empty()) return nullptr;  // first come, first served
  const FreeList& own = free_list(worker);
  PoolEntry* const entry = own.empty() ? free_entry() : own.back();
  if (entry == nullptr) return nullptr;
  use(*entry);
  return entry->connection;
}

bool Origin::wait(const StreamWaiterPtr& waiter) {
  News news;
  {
    const std::scoped_lock lock(mutex_);
    if (waiters_.size() >= options_.waiting_max) return false;
    waiters_.push_back({waiter, connect_failures_});
    serve(news);
  }
  tell(news);
  return true;
}

void Origin::forget(const StreamWaiter& waiter) {
  const std::scoped_lock lock(mutex_);
  std::erase_if(waiters_, [&waiter](const Waiting& each) { return each.waiter.get() == &waiter; });
}

const SocketAddress& Origin::next_address() {
  const std::scoped_lock lock(mutex_);
  return options_.addresses[next_address_++ % options_.addresses.size()];
}

// As long as nobody knows how many streams a connection takes, one connect at a time is enough.
std::size_t Origin::slots_of_connect() const {
  return slots_expected_ == 0 ? waiters_.size() : slots_expected_;
}

// Hands free slots to those who wait, in order, and asks for as many connects as the rest needs.
void Origin::serve(News& news) {
  while (!waiters_.empty()) {
    PoolEntry* const entry = free_entry();
    if (entry == nullptr) break;
    use(*entry);
    news.grants.push_back({std::move(waiters_.front().waiter), entry->connection});
    waiters_.pop_front();
  }
  if (waiters_.empty()) return;
  const std::size_t each = slots_of_connect();
  std::size_t covered = each * connecting_;
  for (const auto& entry : entries_) {
    if (entry->told == Limit::to_be_told) covered += each;  // its SETTINGS are on their way
    covered += entry->leaving;
  }
  std::size_t next = 0;
  while (covered < waiters_.size() && entries_.size() + connecting_ < options_.connections_max) {
    news.connectors.push_back(waiters_[next++].waiter);
    ++connecting_;
    covered += each;
  }
}

void Origin::tell(News& news) {
  for (Grant& grant : news.grants) grant.waiter->granted(std::move(grant.connection));
  for (const StreamWaiterPtr& waiter : news.refused) waiter->refused(news.fault);
  for (const StreamWaiterPtr& waiter : news.connectors) waiter->connect();
}

void Origin::connected(UpstreamConnectionPtr connection, const Worker& owner, std::uint32_t slots,
                       Limit limit) {
  News news;
  {
    const std::scoped_lock lock(mutex_);
    --connecting_;
    const auto place = static_cast<std::uint32_t>(entries_.size());
    PoolEntry& entry = *entries_.emplace_back(std::make_unique<PoolEntry>());
    connection->set_pool_entry(&entry);
    entry = {std::move(connection), &owner, slots, 0, 0, limit, place, {}};
    update_free(entry);
    if (limit == Limit::final) slots_expected_ = slots;
    serve(news);
  }
  tell(news);
}

void Origin::limit_known(const UpstreamConnection& connection, std::uint32_t slots) {
  News news;
  {
    const std::scoped_lock lock(mutex_);
    PoolEntry* const entry = connection.pool_entry();
    if (entry == nullptr) return;
    entry->limit = slots;
    entry->told = Limit::final;
    if (slots > 0) slots_expected_ = slots;
    update_free(*entry);
    serve(news);
  }
  tell(news);
}

void Origin::connect_failed(UpstreamFault fault) {
  News news;
  news.fault = fault;
  {
    const std::scoped_lock lock(mutex_);
    --connecting_;
    ++connect_failures_;
    // Those behind would wait for the same end, one connect after the other.
    for (std::size_t left = slots_of_connect(); left > 0 && !waiters_.empty(); --left) {
      Waiting& front = waiters_.front();
      if (connect_failures_ - front.failures_before < options_.addresses.size()) break;
      news.refused.push_back(std::move(front.waiter));
      waiters_.pop_front();
    }
    serve(news);
  }
  tell(news);
}

void Origin::slot_freed(const UpstreamConnection& connection) {
  News news;
  {
    const std::scoped_lock lock(mutex_);
    PoolEntry* const entry = connection.pool_entry();
    if (entry == nullptr) return;
    --entry->used;
    update_free(*entry);
    serve(news);
  }
  tell(news);
}

void Origin::slot_arrived(const UpstreamConnection& connection) {
  News news;
  {
    const std::scoped_lock lock(mutex_);
    PoolEntry* const entry = connection.pool_entry();
    if (entry == nullptr) return;
    --entry->leaving;
    serve(news);
  }
  tell(news);
}

void Origin::slot_leaves(const UpstreamConnection& connection) {
  const std::scoped_lock lock(mutex_);
  if (PoolEntry* const entry = connection.pool_entry()) ++entry->leaving;
}

Waits Origin::waits() const {
  const std::scoped_lock lock(mutex_);
  if (connecting_ == 0) return Waits::slot;
  return handshaking_.load(std::memory_order_relaxed) > 0 ? Waits::handshake : Waits::connect;
}

void Origin::retire(const UpstreamConnection& connection) {
  News news;
  UpstreamConnectionPtr last;  // freed outside of the mutex
  {
    const std::scoped_lock lock(mutex_);
    PoolEntry* const entry = connection.pool_entry();
    if (entry == nullptr) return;
    entry->limit = 0;
    update_free(*entry);
    entry->connection->set_pool_entry(nullptr);
    last = std::move(entry->connection);
    const std::uint32_t place = entry->place;
    entries_[place].swap(entries_.back());
    entries_[place]->place = place;
    entries_.pop_back();
    serve(news);
  }
  tell(news);
}

Origin::Counts Origin::counts() const {
  const std::scoped_lock lock(mutex_);
  Counts counts{static_cast<std::uint32_t>(entries_.size()), connecting_,
                static_cast<std::uint32_t>(waiters_.size()), 0};
  for (const auto& entry : entries_) counts.used += entry->used;
  return counts;
}

std::vector<UpstreamConnectionPtr> Origin::all() const {
  const std::scoped_lock lock(mutex_);
  std::vector<UpstreamConnectionPtr> connections;
  connections.reserve(entries_.size());
  for (const auto& entry : entries_) connections.push_back(entry->connection);
  return connections;
}

}  // namespace regauge::proxy
