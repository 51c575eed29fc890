// What an attack makes a connection hold, counted by the allocator (RFC 7541 §7.3; RFC 9113 §10.5).
#include <memory>

#include <gtest/gtest.h>

#include "tests/allocations/allocations.h"
#include "tests/h2/attack.h"

namespace regauge::h2 {
namespace {

constexpr std::size_t kMegabyte = std::size_t{1024} * 1024;

// A connection that keeps no copy of anything, so that all that is allocated is its own.
class Bare {
 public:
  explicit Bare(Options options = Host::server_options())
      : options_(std::move(options)),
        before_(tests::allocated_octets()),
        connection_(std::make_unique<Connection>(options_)) {}

  // Offers a drain as a host does that does what `more` says; notes how much is held at most.
  void offer(std::string_view octets) {
    wire::Slice rest = wire::Slice::copy_of(wire::as_bytes(octets));
    const std::size_t own = rest.size();
    while (!rest.empty()) {
      const http::Batch batch = connection_->receive({&rest, 1}, http::Tick{1}, {});
      rest.drop_front(batch.consumed);
      for (const Event& event : batch.events) surfaced_ += event.kind == EventKind::head ? 1U : 0U;
      peak_ = std::max(peak_, tests::allocated_octets() - before_ - own);
      std::array<http::Piece, 16> pieces;
      while (const std::size_t count = connection_->gather(pieces, 65536)) {
        for (std::size_t i = 0; i < count; ++i) connection_->wrote(pieces[i].size);
      }
      if (batch.consumed == 0) return;
    }
  }
  [[nodiscard]] Connection& connection() { return *connection_; }
  [[nodiscard]] std::size_t peak() const { return peak_; }
  [[nodiscard]] std::size_t surfaced() const { return surfaced_; }

 private:
  Options options_;
  std::size_t before_;
  std::unique_ptr<Connection> connection_;
  std::size_t peak_ = 0;
  std::size_t surfaced_ = 0;
};

// A request of few octets that a table makes large: `references` to one entry of `octets`.
Frames large_request(std::uint32_t id, int references) {
  Block block = get_block();
  for (int i = 0; i < references; ++i) block.indexed(62);
  return Frames().headers(id, block);
}
Frames table_of_one_entry(std::uint32_t id, std::size_t octets) {
  return Frames().headers(id, get_block().insert("x", std::string(octets - 33, 'a')));
}

TEST(Bomb, of_requests_that_are_reset_at_once_is_told_in_parts) {  // RFC 7541 §7.3
  Bare bare;
  bare.offer(client_start().append(table_of_one_entry(1, 4'000)).rst_stream(1, ErrorCode::cancel));
  Frames frames;
  for (std::uint32_t i = 1; i < 1'400; ++i) {
    const std::uint32_t id = client_stream(i);
    frames.append(large_request(id, 16)).rst_stream(id, ErrorCode::cancel);
  }
  const std::string_view octets(frames);
  ASSERT_LT(octets.size(), 150'000U);
  bare.offer(octets);
  EXPECT_EQ(bare.surfaced(), 0U);
  EXPECT_EQ(bare.connection().ledger().charged, 2U + 1'400U);
  EXPECT_LE(bare.peak(), 4 * kMegabyte) << "not 1,400 times 64 kB";
}

}  // namespace
}  // namespace regauge::h2
