// The batch law: a stream that was opened and died in one drain is never told (RFC 9113 §10.5).
#include <gtest/gtest.h>

#include "tests/h2/connection_host.h"

namespace regauge::h2 {
namespace {

Frames opened_and_reset(std::uint32_t id) {
  return Frames().headers(id, get_block()).rst_stream(id, ErrorCode::cancel);
}

TEST(Batch, tells_nothing_of_a_stream_that_died_in_it) {
  Host host;
  Frames frames = client_start();
  for (std::uint32_t id = 1; id < 100; id += 2) frames.append(opened_and_reset(id));
  host.offer(frames);
  EXPECT_TRUE(host.of_kind(EventKind::head).empty());
  EXPECT_TRUE(host.of_kind(EventKind::reset).empty());
  const auto cancelled = host.of_kind(EventKind::cancelled);
  ASSERT_EQ(cancelled.size(), 1U);
  EXPECT_EQ(cancelled[0].count, 50U);
  EXPECT_EQ(cancelled[0].stream, 99U);
  EXPECT_EQ(host.connection().ledger().live_handlers, 0U);
  EXPECT_EQ(host.connection().open_streams(), 0U);
}

TEST(Batch, is_over_at_the_end_of_the_drain) {
  Host host;
  host.offer(client_start().headers(1, get_block()));
  host.offer(Frames().rst_stream(1, ErrorCode::cancel));
  EXPECT_EQ(host.of_kind(EventKind::head).size(), 1U);
  EXPECT_EQ(host.first(EventKind::reset).stream, 1U);
  EXPECT_EQ(host.first(EventKind::reset).by, http::By::peer);
}

TEST(Batch, may_consist_of_several_reads) {
  Options options = Host::server_options();
  Connection connection(options);
  const std::string start{std::string_view(client_start().headers(1, get_block()))};
  const std::string reset{std::string_view(Frames().rst_stream(1, ErrorCode::cancel))};
  const std::array reads{wire::Slice::copy_of(wire::as_bytes(start)),
                         wire::Slice::copy_of(wire::as_bytes(reset))};
  const http::Batch batch = connection.receive(reads, http::Tick{1}, {});
  EXPECT_EQ(batch.consumed, start.size() + reset.size());
  EXPECT_FALSE(batch.more);
  for (const Event& event : batch.events) EXPECT_NE(event.kind, EventKind::head);
}

TEST(Batch, takes_a_frame_whatever_the_budget) {
  const Options options = Host::server_options();
  Connection connection(options);
  wire::Slice rest = wire::Slice::copy_of(wire::as_bytes(client_start().headers(1, get_block())));
  std::size_t heads = 0;
  std::size_t calls = 0;
  for (; !rest.empty() && calls < 10; ++calls) {
    const http::Batch batch = connection.receive({&rest, 1}, http::Tick{1}, {0, 0});
    EXPECT_GT(batch.consumed, 0U);
    for (const Event& event : batch.events) heads += event.kind == EventKind::head ? 1 : 0;
    rest.drop_front(batch.consumed);
  }
  EXPECT_EQ(calls, 2U) << "the preface with SETTINGS, and HEADERS";
  EXPECT_EQ(heads, 1U);
}

TEST(Batch, drops_all_that_a_dead_stream_said) {
  Host host;
  host.offer(client_start()
                 .headers(1, post_block(), EndStream::no)
                 .data(1, "x")
                 .headers(1, Block().line("t", "1"))
                 .rst_stream(1, ErrorCode::cancel)
                 .headers(3, get_block()));
  for (const SeenEvent& event : host.events()) {
    EXPECT_TRUE(event.stream != 1 || event.kind == EventKind::cancelled);
  }
  EXPECT_EQ(host.of_kind(EventKind::head).size(), 1U);
  EXPECT_EQ(host.first(EventKind::head).stream, 3U);
}

TEST(Batch, an_overflowing_window_update_counts_as_a_reset) {  // MadeYouReset
  Host host;
  Frames frames = client_start();
  for (std::uint32_t id = 1; id < 100; id += 2) {
    frames.headers(id, get_block()).window_update(id, kWindowMax);
  }
  host.offer(frames);
  EXPECT_TRUE(host.of_kind(EventKind::head).empty());
  EXPECT_EQ(host.connection().ledger().live_handlers, 0U);
}

TEST(Batch, a_cut_by_the_budget_is_not_its_end) {
  Host host;
  Frames frames = client_start();
  for (std::uint32_t id = 1; id < 60; id += 2) frames.append(opened_and_reset(id));
  // Each turn is spent behind one frame: between HEADERS and RST_STREAM of every stream.
  host.offer(frames, {1, 1});
  EXPECT_GT(host.batches(), 50U);
  EXPECT_TRUE(host.of_kind(EventKind::head).empty());
  std::uint64_t count = 0;
  for (const SeenEvent& event : host.of_kind(EventKind::cancelled)) count += event.count;
  EXPECT_EQ(count, 30U);
}

TEST(Batch, a_head_waits_for_one_turn_at_most) {
  Frames frames = client_start().headers(1, get_block());
  for (int i = 0; i < 10; ++i) frames.ping();
  Options options = Host::server_options();
  Connection connection(options);
  wire::Slice rest = wire::Slice::copy_of(wire::as_bytes(std::string_view(frames)));
  std::size_t turn_of_head = 0;
  std::size_t frames_before = 0;
  for (std::size_t turn = 1; !rest.empty(); ++turn) {
    const http::Batch batch = connection.receive({&rest, 1}, http::Tick{1}, {1, 1});
    for (const Event& event : batch.events) {
      if (event.kind == EventKind::head) turn_of_head = turn;
    }
    if (turn_of_head == 0) ++frames_before;
    rest.drop_front(batch.consumed);
  }
  EXPECT_GT(turn_of_head, 0U) << "not only at the end";
  EXPECT_LE(frames_before, 4U) << "preface, SETTINGS, HEADERS, and one turn more";
}

TEST(Batch, says_more_when_the_budget_cut_it_and_never_before_512_frames) {
  Options options = Host::server_options();
  Connection connection(options);
  Frames frames = client_start();
  for (int i = 0; i < 600; ++i) frames.window_update(0, 1);
  wire::Slice all = wire::Slice::copy_of(wire::as_bytes(std::string_view(frames)));
  const http::Batch batch = connection.receive({&all, 1}, http::Tick{1}, {1, 512});
  EXPECT_TRUE(batch.more);
  EXPECT_GE(batch.consumed, 511U * 13U);
  EXPECT_LT(batch.consumed, all.size());
  all.drop_front(batch.consumed);
  const http::Batch last = connection.receive({&all, 1}, http::Tick{1}, {});
  EXPECT_FALSE(last.more);
  EXPECT_EQ(last.consumed, all.size());
}

TEST(Batch, events_of_one_stream_keep_their_order) {
  Host host;
  host.offer(client_start()
                 .headers(1, post_block(), EndStream::no)
                 .headers(3, get_block())
                 .data(1, "a")
                 .headers(1, Block().line("t", "1")));
  std::vector<EventKind> kinds;
  for (const SeenEvent& event : host.events()) {
    if (event.stream == 1) kinds.push_back(event.kind);
  }
  EXPECT_EQ(kinds, (std::vector{EventKind::head, EventKind::content, EventKind::trailers,
                                EventKind::end}));
}

TEST(Batch, wire_output_does_not_depend_on_the_cut) {
  Frames frames = client_start();
  for (std::uint32_t id = 1; id < 20; id += 2) frames.append(opened_and_reset(id)).ping();
  const auto written = [&](std::size_t size) {
    Host host;
    host.offer_in_pieces(frames, size);
    std::string types;
    for (const WrittenFrame& each : host.frames()) {
      types += std::to_string(std::to_underlying(each.header.type)) + ' ';
    }
    return types;
  };
  const std::string whole = written(100'000);
  for (const std::size_t size : {1U, 2U, 13U, 50U}) EXPECT_EQ(written(size), whole);
}

}  // namespace
}  // namespace regauge::h2
