// Identifiers of streams that are chosen so that a hash table becomes a list (RFC 9113 §10.5).
// Names that are to collide in the encoder's index: tests/hpack/encoder_index_test.cc.
#include <gtest/gtest.h>

#include "tests/h2/attack.h"

namespace regauge::h2 {
namespace {

constexpr std::uint32_t kStreams = 100;
constexpr std::uint32_t kUpdates = 3'000;

// Looks a stream up in a table of one record; two identifiers that share their first slot meet.
bool share_a_slot(hpack::HashKey key, std::uint32_t one, std::uint32_t other) {
  StreamTable table(key);
  // The table that holds a hundred streams has 256 slots: as many as there are after these.
  for (std::uint32_t even = 2; even <= 2 * kStreams; even += 2) table.insert(StreamId{even});
  for (std::uint32_t i = 0; i < kStreams; ++i) table.erase(table.find(StreamId{2 * i + 2}));
  table.insert(StreamId{one});
  const std::uint64_t before = table.probes();
  EXPECT_EQ(table.find(StreamId{other}), kNone);
  return table.probes() - before > 1;
}

// Returns rising identifiers that lie in one slot, or in the one behind it, under a key.
std::vector<std::uint32_t> colliding(hpack::HashKey key) {
  std::vector<std::uint32_t> ids{1};
  for (std::uint32_t id = 3; ids.size() < kStreams; id += 2) {
    if (share_a_slot(key, 1, id)) ids.push_back(id);
  }
  return ids;
}

// Opens streams and sends updates of the last of them. Returns the slots looked at a frame.
double probes_a_frame(hpack::HashKey key, const std::vector<std::uint32_t>& ids) {
  Options options = Host::server_options();
  options.key = key;
  const auto host = server_host(options);
  Frames opening;
  for (const std::uint32_t id : ids) opening.headers(id, post_block(), EndStream::no);
  host->offer(opening);
  EXPECT_EQ(host->of_kind(EventKind::head).size(), ids.size());
  const std::uint64_t before = host->connection().work().probes;
  Frames updates;
  for (std::uint32_t i = 0; i < kUpdates; ++i) updates.window_update(ids.back(), 1);
  host->offer(updates);
  EXPECT_TRUE(host->violations().empty());
  return static_cast<double>(host->connection().work().probes - before) / kUpdates;
}

TEST(HashFlood, of_stream_identifiers_needs_the_key) {
  constexpr hpack::HashKey kKnown{1, 2};
  constexpr hpack::HashKey kSecret{3, 0x5851f42d4c957f2d};
  const std::vector<std::uint32_t> ids = colliding(kKnown);
  EXPECT_GT(probes_a_frame(kKnown, ids), 50) << "who knows the key makes a list of the table";
  EXPECT_LT(probes_a_frame(kSecret, ids), 8);
}

TEST(HashFlood, finds_usual_identifiers_at_once_under_any_key) {
  std::vector<std::uint32_t> ids;
  for (std::uint32_t i = 0; i < kStreams; ++i) ids.push_back(client_stream(i));
  for (const std::uint64_t key : {0ULL, 1ULL, 7ULL, 0x5851f42d4c957f2dULL, ~0ULL}) {
    EXPECT_LT(probes_a_frame({0, key}, ids), 8) << key;
  }
}

}  // namespace
}  // namespace regauge::h2
