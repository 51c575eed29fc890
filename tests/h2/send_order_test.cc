// Who is sent when, and from where (RFC 9113 §5.2; RFC 9218 §10).
#include <set>

#include <gtest/gtest.h>

#include "tests/h2/attack.h"

namespace regauge::h2 {
namespace {

constexpr std::uint32_t kStreams = 90;

// A server that has much to send on many streams of these priorities, and a window for all of it.
std::unique_ptr<Host> server_with_much(std::string_view priority) {
  auto host = server_host();
  host->offer(
      Frames().settings({{SettingId::initial_window_size, 1U << 20U}}).window_update(0, 1U << 30U));
  for (std::uint32_t i = 0; i < kStreams; ++i) {
    const std::uint32_t id = client_stream(i);
    host->offer(Frames().headers(id, get_block().line("priority", priority)));
    EXPECT_TRUE(host->respond(id, 200, EndStream::no));
  }
  for (std::uint32_t i = 0; i < kStreams; ++i) {
    EXPECT_TRUE(host->content(client_stream(i), std::string(40'000, 'x'), EndStream::yes));
  }
  host->forget().flush();
  return host;
}

TEST(SendOrder, gives_each_incremental_stream_a_frame_before_any_gets_another) {  // RFC 9218 §10
  const auto host = server_with_much("i");
  const auto frames = host->frames(FrameType::data);
  ASSERT_EQ(frames.size(), 3 * kStreams);
  for (std::size_t round = 0; round < 3; ++round) {
    std::set<std::uint32_t> seen;
    for (std::size_t i = 0; i < kStreams; ++i) {
      seen.insert(frames[round * kStreams + i].header.stream.value);
    }
    EXPECT_EQ(seen.size(), kStreams) << "round " << round;
  }
}

TEST(SendOrder, gives_streams_that_are_not_incremental_all_they_need_one_by_one) {  // RFC 9218 §10
  const auto host = server_with_much("u=3");
  const auto frames = host->frames(FrameType::data);
  ASSERT_EQ(frames.size(), 3 * kStreams);
  for (std::size_t i = 0; i < frames.size(); ++i) {
    EXPECT_EQ(frames[i].header.stream.value, client_stream(static_cast<std::uint32_t>(i / 3)));
  }
}

TEST(SendOrder, puts_replies_and_heads_in_front_of_content) {
  const auto host = server_host();
  host->offer(Frames().headers(1, get_block()).headers(3, get_block()));
  ASSERT_TRUE(host->respond(1, 200, EndStream::no));
  host->flush().block_output().forget();
  ASSERT_TRUE(host->content(1, std::string(30'000, 'x'), EndStream::yes));
  host->offer(Frames().ping());
  ASSERT_TRUE(host->respond(3, 204, EndStream::yes));
  host->flush();
  const auto frames = host->frames();
  ASSERT_EQ(frames.size(), 4U);
  EXPECT_EQ(frames[0].header.type, FrameType::ping);
  EXPECT_EQ(frames[1].header.type, FrameType::headers);
  EXPECT_EQ(frames[2].header.type, FrameType::data);
}

TEST(SendOrder, writes_content_from_where_it_was_submitted) {
  const auto host = server_host();
  host->offer(Frames().headers(1, get_block()));
  ASSERT_TRUE(host->respond(1, 200, EndStream::no));
  host->flush();
  const wire::Slice content = wire::Slice::copy_of(std::vector<std::uint8_t>(40'000, 'x'));
  ASSERT_TRUE(host->connection().submit_content(StreamId{1}, content, EndStream::yes));
  std::array<http::Piece, 16> pieces;
  const std::size_t count = host->connection().gather(pieces, 65'536);
  std::size_t own = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const wire::Bytes whole = content.bytes();
    if (pieces[i].size >= 7'000) {
      EXPECT_EQ(pieces[i].data, &whole[own]) << "piece " << i;
      own += pieces[i].size;
    }
  }
  EXPECT_EQ(own, 40'000U);
}

}  // namespace
}  // namespace regauge::h2
