#include "proxy/worker.h"

#include "proxy/relay.h"

namespace regauge::proxy {

namespace {

// About 4 kB each: as many as a busy worker has at once.
constexpr std::size_t kRelaysMax = 1024;

}  // namespace

Worker::Worker() : relays(kRelaysMax) {}
Worker::~Worker() = default;

}  // namespace regauge::proxy
