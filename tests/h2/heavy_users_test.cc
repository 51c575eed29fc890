// Lawful peers that use a connection hard: the ledger never says a word to them (RFC 9113 §10.5).
#include <gtest/gtest.h>

#include "tests/h2/attack.h"

namespace regauge::h2 {
namespace {

void expect_at_peace(const Host& host) {
  EXPECT_TRUE(host.violations().empty());
  EXPECT_TRUE(host.frames(FrameType::goaway).empty());
}

void release_resets(Host& host) {
  for (const SeenEvent& event : host.of_kind(EventKind::reset)) {
    host.connection().release(StreamId{event.stream});
  }
}

TEST(HeavyUser, a_browser_cancels_200_images) {
  const auto host = server_host();
  std::uint32_t opened = 0;
  // A page, then two screens of a hundred images each that the user scrolls past at once.
  for (int screen = 0; screen < 2; ++screen) {
    host->forget();
    Frames requests;
    Frames cancels;
    for (int i = 0; i < 100; ++i) {
      const std::uint32_t id = client_stream(opened++);
      requests.headers(id, get_block());
      cancels.rst_stream(id, ErrorCode::cancel).window_update(0, 1'000);
    }
    host->offer(requests);
    EXPECT_EQ(host->of_kind(EventKind::head).size(), 100U);
    host->offer(cancels);
    expect_at_peace(*host);
    release_resets(*host);
  }
  EXPECT_GE(host->connection().ledger().credits, 4'000U - 200 * 5);
  host->forget().offer(Frames().headers(client_stream(opened), get_block()));
  EXPECT_EQ(host->of_kind(EventKind::head).size(), 1U) << "the next page";
}

TEST(HeavyUser, a_grpc_client_cancels_10000_calls_in_a_minute) {
  const auto host = server_host();
  std::uint64_t now = 1'000;
  for (std::uint32_t i = 0; i < 10'000; ++i) {
    host->at(now + i * 6).forget();
    host->offer(Frames()
                    .headers(client_stream(i), post_block(), EndStream::no)
                    .data(client_stream(i), std::string("\0\0\0\0\3abc", 8), EndStream::yes));
    if (i % 170 == 0) host->offer(Frames().ping());
    host->at(now + i * 6 + 3).offer(Frames().rst_stream(client_stream(i), ErrorCode::cancel));
    ASSERT_EQ(host->of_kind(EventKind::reset).size(), 1U) << i;
    ASSERT_TRUE(host->violations().empty()) << i;
    ASSERT_TRUE(host->frames(FrameType::goaway).empty()) << i;
    release_resets(*host);
  }
}

TEST(HeavyUser, a_request_has_90_cookie_crumbs_and_15_fields) {  // RFC 9113 §8.2.3
  const auto host = server_host();
  for (std::uint32_t i = 0; i < 200; ++i) {
    Block block = get_block();
    for (int n = 0; n < 15; ++n) block.line("x-field-" + std::to_string(n), "value");
    for (int n = 0; n < 90; ++n) block.line("cookie", "name" + std::to_string(n) + "=value");
    host->forget().offer(Frames().headers(client_stream(i), block));
    ASSERT_EQ(host->first(EventKind::head).fields.size(), 105U);
    ASSERT_TRUE(host->respond(client_stream(i), 200, EndStream::yes));
    host->flush().connection().release(StreamId{client_stream(i)});
    expect_at_peace(*host);
  }
  EXPECT_EQ(host->connection().ledger().credits, Ledger::kCapacity);
}

TEST(HeavyUser, a_slow_reader_gives_window_little_by_little) {
  const auto host = server_host();
  host->offer(Frames().headers(1, get_block()));
  ASSERT_TRUE(host->respond(1, 200, EndStream::no));
  std::uint64_t now = 1'000;
  std::size_t wanted = 300'000;
  const auto submit = [&] {
    while (wanted > 0) {
      const std::size_t octets = std::min<std::size_t>(wanted, 10'000);
      const EndStream end = octets == wanted ? EndStream::yes : EndStream::no;
      if (!host->content(1, std::string(octets, 'x'), end)) break;
      wanted -= octets;
    }
    host->flush();
  };
  submit();
  std::size_t received = 0;
  std::uint64_t credited = 0;
  // A kilobyte each second, credited as it is read, in two halves.
  for (; received < 300'000 && now < 400'000; now += 500) {
    for (const WrittenFrame& frame : host->frames(FrameType::data)) {
      received += frame.payload.size();
    }
    expect_at_peace(*host);
    EXPECT_TRUE(host->of_kind(EventKind::stalled).empty()) << now;
    host->forget();
    host->at(now);
    if (received > credited) {
      host->offer(Frames().window_update(1, 1'000).window_update(0, 1'000));
      credited += 1'000;
    }
    submit();
  }
  EXPECT_EQ(received, 300'000U);
}

TEST(HeavyUser, a_load_generator_sends_10000_requests) {
  const auto host = server_host();
  for (std::uint32_t n = 0; n < 100; ++n) {
    host->forget();
    Frames requests;
    for (std::uint32_t i = 0; i < 100; ++i) {
      requests.headers(client_stream(100 * n + i), get_block());
    }
    host->offer(requests);
    ASSERT_EQ(host->of_kind(EventKind::head).size(), 100U);
    for (std::uint32_t i = 0; i < 100; ++i) {
      const std::uint32_t id = client_stream(100 * n + i);
      ASSERT_TRUE(host->respond(id, 204, EndStream::yes));
      host->connection().release(StreamId{id});
    }
    host->flush();
    expect_at_peace(*host);
  }
}

TEST(HeavyUser, an_origin_sends_early_hints_and_keep_alive_with_each_response) {
  Options options = Host::client_options();
  options.policy = Policy::common();
  Host host(options);
  host.offer(server_start());
  for (std::uint32_t i = 0; i < 6'000; ++i) {
    host.forget();
    const StreamId id = host.open("GET", EndStream::yes);
    host.offer(Frames()
                   .headers(id.value, status_block("103").line("link", "</a>"), EndStream::no)
                   .headers(id.value, status_block("204").line("connection", "keep-alive")));
    host.connection().release(id);
    ASSERT_EQ(host.of_kind(EventKind::end).size(), 1U) << i;
    expect_at_peace(host);
  }
}

TEST(HeavyUser, an_upload_comes_in_small_messages) {
  const auto host = server_with_upload();
  host->keep_content();
  const std::string message(100, 'm');
  for (int i = 0; i < 20'000; ++i) {
    host->forget().offer(Frames().data(1, message));
    host->connection().consume(StreamId{1}, message.size());
    expect_at_peace(*host);
  }
}

}  // namespace
}  // namespace regauge::h2
