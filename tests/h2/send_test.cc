// What is sent: windows, frame sizes, fairness, the order of submission (RFC 9113 §5.2, §6.9, §8).
#include <gtest/gtest.h>

#include "tests/h2/connection_host.h"

namespace regauge::h2 {
namespace {

using http::Refusal;

// A server with an open GET on stream 1 of a client with this window for streams.
std::unique_ptr<Host> asked(std::uint32_t window = 65535, std::uint32_t streams = 1) {
  auto host = std::make_unique<Host>();
  Frames frames = Frames().preface().settings({{SettingId::initial_window_size, window}});
  for (std::uint32_t id = 1; id < 2 * streams; id += 2) frames.headers(id, get_block());
  host->offer(frames);
  return host;
}

std::size_t sent(const Host& host, std::uint32_t stream) {
  std::size_t octets = 0;
  for (const WrittenFrame& each : host.frames(FrameType::data)) {
    if (each.header.stream.value == stream) octets += each.payload.size();
  }
  return octets;
}

TEST(Output, that_is_not_read_stops_the_reading_of_requests) {  // RFC 9113 §10.5
  Options options = Host::server_options();
  options.limits.queued_output_bytes_max = 400;
  Host host(options);
  host.offer(Frames().preface().settings({})).flush().block_output();
  std::uint32_t answered = 0;
  for (std::uint32_t id = 1; id < 200 && host.connection().demand({}).wants_read; id += 2) {
    host.offer(Frames().headers(id, get_block()));
    ASSERT_TRUE(host.respond(id, 200, EndStream::yes));
    host.connection().release(StreamId{id});
    ++answered;
  }
  EXPECT_GT(answered, 10U);
  EXPECT_LT(answered, 50U) << "400 octets are reached by less than fifty heads";
  const Frames last = Frames().headers(2 * answered + 1, get_block());
  const std::string_view more = last;
  const wire::Slice slice = wire::Slice::copy_of(wire::as_bytes(more));
  EXPECT_EQ(host.connection().receive({&slice, 1}, {}, {}).consumed, 0U);
  host.flush();
  EXPECT_TRUE(host.connection().demand({}).wants_read);
  EXPECT_EQ(host.connection().receive({&slice, 1}, {}, {}).consumed, more.size());
}

TEST(Output, takes_no_interim_response_where_nobody_reads) {  // RFC 9110 §15.2
  Options options = Host::server_options();
  options.limits.queued_output_bytes_max = 400;
  Host host(options);
  host.offer(Frames().preface().settings({}).headers(1, get_block())).flush().block_output();
  http::ResponseHead hints;
  hints.status = {103};
  std::size_t sent = 0;
  while (sent < 400 && host.connection().submit_interim(StreamId{1}, hints)) ++sent;
  EXPECT_GT(sent, 5U);
  EXPECT_LT(sent, 50U) << "400 octets are reached by less than fifty heads";
  EXPECT_EQ(host.connection().submit_interim(StreamId{1}, hints).error(), Refusal::queue_full);
  EXPECT_TRUE(host.respond(1, 204, EndStream::yes));
}

TEST(Content, that_waits_keeps_no_receive_buffer_alive) {
  const auto host = asked(0);
  ASSERT_TRUE(host->respond(1, 200, EndStream::no));
  const wire::Slice buffer = wire::Slice::copy_of(std::vector<std::uint8_t>(4000, 'x'));
  for (std::size_t i = 0; i < 4000; ++i) {
    ASSERT_TRUE(host->connection().submit_content(StreamId{1}, buffer.sub(i, 1), EndStream::no));
  }
  buffer.slab()->release();  // this test's own reference: what is left is the first octet's
  EXPECT_TRUE(buffer.slab()->unique());
  buffer.slab()->retain();
  host->offer(Frames().window_update(1, 65535));
  EXPECT_EQ(sent(*host, 1), 4000U);
  EXPECT_LE(host->frames(FrameType::data).size(), 4U);
}

TEST(Content, stays_within_the_window_of_its_stream) {  // RFC 9113 §6.9.1
  const auto host = asked(100);
  ASSERT_TRUE(host->respond(1, 200, EndStream::no));
  ASSERT_TRUE(host->content(1, std::string(250, 'x'), EndStream::yes));
  host->flush();
  EXPECT_EQ(sent(*host, 1), 100U);
  host->offer(Frames().window_update(1, 50));
  EXPECT_EQ(sent(*host, 1), 150U);
  host->offer(Frames().settings({{SettingId::initial_window_size, 200}}));
  EXPECT_EQ(sent(*host, 1), 250U) << "a larger initial window counts for open streams (§6.9.2)";
  EXPECT_TRUE(host->frames(FrameType::data).back().header.has(Flag::end_stream));
}

TEST(Content, waits_while_the_window_is_negative) {  // RFC 9113 §6.9.2
  const auto host = asked(100);
  ASSERT_TRUE(host->respond(1, 200, EndStream::no));
  ASSERT_TRUE(host->content(1, std::string(250, 'x'), EndStream::yes));
  host->flush().offer(Frames().settings({{SettingId::initial_window_size, 10}}));
  host->offer(Frames().window_update(1, 90));  // -90 + 90
  EXPECT_EQ(sent(*host, 1), 100U);
  host->offer(Frames().window_update(1, 1));
  EXPECT_EQ(sent(*host, 1), 101U);
}

TEST(Content, that_was_ready_waits_when_its_window_becomes_negative) {  // RFC 9113 §6.9.2
  const auto host = asked(1U << 20U, 2);
  for (const std::uint32_t id : {1U, 3U}) {
    ASSERT_TRUE(host->respond(id, 200, EndStream::no));
    ASSERT_TRUE(host->content(id, std::string(60'000, 'x'), EndStream::yes));
  }
  host->flush(1 << 20);  // both have sent, and wait for the window of the connection
  host->offer(Frames().settings({{SettingId::initial_window_size, 10}}));
  host->offer(Frames().window_update(0, 100'000)).flush(1 << 20);
  EXPECT_EQ(sent(*host, 1) + sent(*host, 3), 65535U);
  host->offer(Frames().settings({{SettingId::initial_window_size, 1U << 20U}})).flush(1 << 20);
  EXPECT_EQ(sent(*host, 1) + sent(*host, 3), 120'000U);
}

TEST(Content, stays_within_the_window_of_the_connection) {  // RFC 9113 §6.9.1
  const auto host = asked(1U << 20U, 2);
  for (const std::uint32_t id : {1U, 3U}) {
    ASSERT_TRUE(host->respond(id, 200, EndStream::no));
    ASSERT_TRUE(host->content(id, std::string(60'000, 'x'), EndStream::yes));
  }
  host->flush(1 << 20);
  EXPECT_EQ(sent(*host, 1) + sent(*host, 3), 65535U);
  host->offer(Frames().window_update(0, 100'000)).flush(1 << 20);
  EXPECT_EQ(sent(*host, 1) + sent(*host, 3), 120'000U);
}

TEST(Content, is_cut_into_frames_that_every_peer_takes) {  // RFC 9113 §4.2
  const auto host = asked();
  ASSERT_TRUE(host->respond(1, 200, EndStream::no));
  ASSERT_TRUE(host->content(1, std::string(40'000, 'x'), EndStream::yes));
  host->flush(1 << 20);
  const auto frames = host->frames(FrameType::data);
  ASSERT_EQ(frames.size(), 3U);
  for (const WrittenFrame& each : frames) EXPECT_LE(each.header.length, 16384U);
  EXPECT_FALSE(frames[1].header.has(Flag::end_stream));
  EXPECT_TRUE(frames[2].header.has(Flag::end_stream));
}

TEST(Content, that_cannot_move_does_not_hold_up_other_streams) {  // RFC 9113 §5.2.1
  const auto host = asked(0, 2);
  for (const std::uint32_t id : {1U, 3U}) {
    ASSERT_TRUE(host->respond(id, 200, EndStream::no));
    ASSERT_TRUE(host->content(id, "content", EndStream::yes));
  }
  host->flush().offer(Frames().window_update(3, 100));
  EXPECT_EQ(sent(*host, 1), 0U);
  EXPECT_EQ(sent(*host, 3), 7U);
}

TEST(Content, that_waits_too_long_is_told) {
  const auto host = asked(0);
  ASSERT_TRUE(host->respond(1, 200, EndStream::no));
  ASSERT_TRUE(host->content(1, "x", EndStream::yes));
  host->flush().at(20'000).turn().at(40'000).turn();
  const auto stalls = host->of_kind(EventKind::stalled);
  ASSERT_EQ(stalls.size(), 1U) << "once until it moves";
  EXPECT_EQ(stalls[0].stream, 1U);
  EXPECT_GE(stalls[0].count, 10'000U);
}

TEST(Content, that_waits_behind_a_stalled_stream_has_its_own_deadline) {
  const auto host = asked(0, 2);
  for (const std::uint32_t id : {1U, 3U}) {
    host->at(id * 1000).turn();
    ASSERT_TRUE(host->respond(id, 200, EndStream::no));
    ASSERT_TRUE(host->content(id, "x", EndStream::yes));
    host->flush().turn();
  }
  host->at(11'500).turn();
  ASSERT_EQ(host->of_kind(EventKind::stalled).size(), 1U);
  const auto deadline = host->connection().demand({11'500}).deadline;
  ASSERT_TRUE(deadline.has_value());
  EXPECT_EQ(deadline->ms, 13'000U) << "the second stream waits since 3,000";
  host->at(13'000).turn();
  EXPECT_EQ(host->of_kind(EventKind::stalled).back().stream, 3U);
  host->offer(Frames().settings({{SettingId::initial_window_size, 10}}));
  EXPECT_EQ(sent(*host, 1) + sent(*host, 3), 2U) << "a wider window moves those that were told";
}

// Calls the connection whenever it wants that, up to a time; returns when it told of a stall.
std::uint64_t stalled_at(Host& host, std::uint64_t now_ms, std::uint64_t until_ms) {
  while (host.of_kind(EventKind::stalled).empty()) {
    const auto deadline = host.connection().demand({now_ms}).deadline;
    if (!deadline || deadline->ms > until_ms) return 0;
    now_ms = std::max(now_ms, deadline->ms);
    host.at(now_ms).turn();
  }
  return now_ms;
}

TEST(Content, that_is_made_long_after_the_last_read_has_all_of_its_time) {
  const auto host = asked(0);
  host->at(1'000).turn();
  ASSERT_TRUE(host->respond(1, 200, EndStream::no));
  ASSERT_TRUE(host->content(1, "x", EndStream::yes));  // at 50,000
  host->flush();
  const std::uint64_t stalled_ms = stalled_at(*host, 50'000, 100'000);
  EXPECT_GE(stalled_ms, 60'000U);
  EXPECT_LE(stalled_ms, 62'500U);
}

TEST(Content, of_a_client_waits_its_time_though_nothing_was_read_yet) {
  Host host(Host::client_options());
  const StreamId stream = host.open("POST", EndStream::no);
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(host.content(stream.value, std::string(60'000, 'x'), EndStream::no));
    host.flush(1 << 20);
  }
  const std::uint64_t stalled_ms = stalled_at(host, 1'000'000, 2'000'000);
  EXPECT_GE(stalled_ms, 1'010'000U);
  EXPECT_LE(stalled_ms, 1'012'500U);
}

TEST(Content, that_joins_others_without_window_of_the_connection_has_all_of_its_time) {
  for (const bool first_stays : {true, false}) {
    const auto host = asked(1U << 20U, 2);
    ASSERT_TRUE(host->respond(1, 200, EndStream::no));
    ASSERT_TRUE(host->content(1, std::string(65'535, 'x'), EndStream::no));
    host->flush(1 << 20);
    ASSERT_TRUE(host->content(1, "more", EndStream::yes));
    host->at(1'000).turn();
    if (!first_stays) host->connection().reset(StreamId{1}, http::ErrorCode::cancel);
    ASSERT_TRUE(host->respond(3, 200, EndStream::no));  // at 10,900
    ASSERT_TRUE(host->content(3, "x", EndStream::yes));
    host->flush();
    host->at(11'000).turn();
    EXPECT_EQ(host->of_kind(EventKind::stalled).size(), first_stays ? 1U : 0U);
    host->forget();
    const std::uint64_t stalled_ms = stalled_at(*host, 11'000, 100'000);
    EXPECT_GE(stalled_ms, 20'900U);
    EXPECT_LE(stalled_ms, 23'500U);
    EXPECT_EQ(host->first(EventKind::stalled).stream, 3U);
  }
}

TEST(Content, that_waits_too_long_for_the_window_of_the_connection_is_told) {  // RFC 9113 §6.9.1
  const auto host = asked(1U << 20U, 2);
  for (const std::uint32_t id : {1U, 3U}) {
    ASSERT_TRUE(host->respond(id, 200, EndStream::no));
    ASSERT_TRUE(host->content(id, std::string(60'000, 'x'), EndStream::yes));
  }
  host->flush(1 << 20).turn();
  ASSERT_EQ(sent(*host, 1) + sent(*host, 3), 65535U);
  // Enough moves, and the time begins anew.
  host->at(9'000).offer(Frames().window_update(0, 1'000)).flush(1 << 20).turn();
  const std::uint64_t stalled_ms = stalled_at(*host, 9'000, 100'000);
  EXPECT_GE(stalled_ms, 19'000U);
  EXPECT_LE(stalled_ms, 21'500U);
  EXPECT_EQ(host->of_kind(EventKind::stalled).size(), 2U) << "both took turns";
  EXPECT_FALSE(host->connection().demand({stalled_ms}).deadline) << "it is told once";
  host->offer(Frames().window_update(0, 100'000)).flush(1 << 20);
  EXPECT_EQ(sent(*host, 1) + sent(*host, 3), 120'000U) << "a wider window moves what was told";
}

TEST(Content, has_the_announced_length) {  // RFC 9113 §8.1.1
  const auto host = asked();
  http::ResponseHead head;
  head.status = http::Status{200};
  head.content = {http::Framing::length, 3};
  ASSERT_TRUE(host->connection().submit_head(StreamId{1}, head, EndStream::no));
  EXPECT_FALSE(host->content(1, "four", EndStream::no));
  EXPECT_FALSE(host->content(1, "2!", EndStream::yes));
  EXPECT_EQ(host->connection().submit_trailers(StreamId{1}, {}).error(), Refusal::length_mismatch);
  EXPECT_TRUE(host->content(1, "abc", EndStream::yes));
}

TEST(Content, above_the_queue_is_refused_and_told_when_there_is_room) {
  const auto host = asked(10);
  ASSERT_TRUE(host->respond(1, 200, EndStream::no));
  ASSERT_TRUE(host->content(1, std::string(60'000, 'x'), EndStream::no));
  EXPECT_EQ(host->connection().writable(StreamId{1}), 65536U - 60'000U);
  EXPECT_FALSE(host->content(1, std::string(6000, 'x'), EndStream::no));
  host->flush().offer(Frames().window_update(1, 60'000).window_update(0, 1));
  EXPECT_EQ(host->first(EventKind::window).stream, 1U);
  EXPECT_TRUE(host->content(1, std::string(6000, 'x'), EndStream::no));
}

TEST(Trailers, wait_behind_the_content) {  // RFC 9113 §8.1
  const auto host = asked(5);
  ASSERT_TRUE(host->respond(1, 200, EndStream::no));
  ASSERT_TRUE(host->content(1, "content", EndStream::no));
  const std::array lines{http::field_line("x-sum", "1")};
  ASSERT_TRUE(host->connection().submit_trailers(StreamId{1}, lines));
  EXPECT_FALSE(host->content(1, "more", EndStream::no)) << "the message has its end";
  host->flush();
  EXPECT_EQ(host->frames(FrameType::headers).size(), 1U);
  host->offer(Frames().window_update(1, 100));
  const auto frames = host->frames();
  EXPECT_EQ(frames.back().header.type, FrameType::headers);
  EXPECT_TRUE(frames.back().header.has(Flag::end_stream));
}

TEST(Trailers, are_checked_before_anything_is_written) {  // RFC 9113 §8.1, §8.2
  const auto host = asked();
  ASSERT_TRUE(host->respond(1, 200, EndStream::no));
  host->flush().forget();
  for (const auto& [name, value] : {std::pair{":path", "/"},
                                    {"X", "1"},
                                    {"x", "a\rb"},
                                    {"connection", "close"},
                                    {"content-length", "1"},
                                    {"", "1"}}) {
    const std::array lines{http::field_line(name, value)};
    EXPECT_EQ(host->connection().submit_trailers(StreamId{1}, lines).error(), Refusal::invalid_head)
        << name;
  }
  host->flush();
  EXPECT_TRUE(host->frames().empty());
}

TEST(Heads, go_out_in_the_order_of_submission_and_before_content) {  // RFC 9113 §4.3
  const auto host = asked(65535, 2);
  ASSERT_TRUE(host->respond(1, 200, EndStream::no));
  ASSERT_TRUE(host->content(1, "x", EndStream::yes));
  ASSERT_TRUE(host->respond(3, 200, EndStream::yes));
  host->forget().flush();
  std::string order;
  for (const WrittenFrame& each : host->frames()) {
    if (each.header.type == FrameType::headers) order += "h";
    if (each.header.type == FrameType::data) order += "d";
    order += std::to_string(each.header.stream.value);
  }
  EXPECT_TRUE(order.ends_with("h1h3d1")) << order;
}

TEST(Heads, come_once_and_before_anything_else) {  // RFC 9113 §8.1
  const auto host = asked();
  EXPECT_FALSE(host->content(1, "x", EndStream::no));
  http::ResponseHead interim;
  interim.status = http::Status{103};
  EXPECT_TRUE(host->connection().submit_interim(StreamId{1}, interim));
  EXPECT_EQ(host->connection().submit_head(StreamId{1}, interim, EndStream::no).error(),
            Refusal::invalid_head);
  ASSERT_TRUE(host->respond(1, 200, EndStream::no));
  EXPECT_FALSE(host->respond(1, 200, EndStream::no));
  EXPECT_EQ(host->connection().submit_interim(StreamId{1}, interim).error(), Refusal::wrong_state);
  EXPECT_EQ(host->connection().submit_interim(StreamId{9}, interim).error(),
            Refusal::unknown_stream);
}

TEST(Heads, that_are_long_go_out_in_continuations_without_a_frame_between) {  // RFC 9113 §4.3
  const auto host = asked();
  const std::string value(20'000, '\x7f' - 1);
  const std::array lines{http::field_line("x-a", value), http::field_line("x-b", value)};
  http::ResponseHead head;
  head.status = http::Status{200};
  head.fields = lines;
  host->flush().forget();
  ASSERT_TRUE(host->connection().submit_head(StreamId{1}, head, EndStream::yes));
  host->flush();
  const auto frames = host->frames();
  ASSERT_GE(frames.size(), 2U);
  EXPECT_EQ(frames[0].header.type, FrameType::headers);
  for (std::size_t i = 1; i < frames.size(); ++i) {
    EXPECT_EQ(frames[i].header.type, FrameType::continuation);
    EXPECT_EQ(frames[i].header.has(Flag::end_headers), i + 1 == frames.size());
  }
}

TEST(Release, of_a_complete_response_resets_the_rest_of_the_request) {  // RFC 9113 §8.1
  Host host;
  host.offer(client_start().headers(1, post_block(), EndStream::no));
  ASSERT_TRUE(host.respond(1, 413, EndStream::no));
  ASSERT_TRUE(host.content(1, "too large", EndStream::yes));
  host.connection().release(StreamId{1});
  host.flush();
  const auto frames = host.frames();
  EXPECT_EQ(frames.back().header.type, FrameType::rst_stream);
  EXPECT_EQ(frames.back().number(), static_cast<std::uint32_t>(ErrorCode::no_error));
  EXPECT_EQ(sent(host, 1), 9U) << "the whole response went first";
}

TEST(Release, of_an_incomplete_response_cancels_it) {
  Host host;
  host.offer(client_start().headers(1, get_block()));
  ASSERT_TRUE(host.respond(1, 200, EndStream::no));
  host.connection().release(StreamId{1});
  host.flush();
  EXPECT_EQ(host.frames().back().number(), static_cast<std::uint32_t>(ErrorCode::cancel));
}

TEST(Gather, gives_no_more_than_was_asked_for_at_once) {
  const auto host = asked();
  ASSERT_TRUE(host->respond(1, 200, EndStream::no));
  ASSERT_TRUE(host->content(1, std::string(60'000, 'x'), EndStream::yes));
  std::array<http::Piece, 8> pieces;
  const std::size_t count = host->connection().gather(pieces, 1000);
  std::size_t octets = 0;
  for (std::size_t i = 0; i < count; ++i) octets += pieces[i].size;
  EXPECT_LE(octets, 1000U);
  EXPECT_GT(octets, 0U);
  host->connection().wrote(0);
  host->connection().reset(StreamId{1}, ErrorCode::cancel);
  host->flush();
  EXPECT_LT(sent(*host, 1), 40'000U) << "what is not in the outbox yet can still be reset";
}

}  // namespace
}  // namespace regauge::h2
