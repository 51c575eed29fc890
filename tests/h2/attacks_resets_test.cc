// Streams that are opened to be reset: rapid reset (CVE-2023-44487) and MadeYouReset
// (CVE-2025-8671), in one write, split, grouped and delayed (RFC 9113 §10.5).
#include <gtest/gtest.h>

#include "tests/h2/attack.h"

namespace regauge::h2 {
namespace {

// Opens a stream and resets it.
Frames pair(std::uint32_t i) {
  const std::uint32_t id = client_stream(i);
  return Frames().headers(id, get_block()).rst_stream(id, ErrorCode::cancel);
}

// Releases the handlers of what was told: a host that gives up at once.
void release_all(Host& host) {
  for (const SeenEvent& event : host.of_kind(EventKind::reset)) {
    host.connection().release(StreamId{event.stream});
  }
}

TEST(RapidReset, in_one_write_surfaces_nothing) {
  const auto host = server_host();
  const FloodEnd end = flood_at_once(*host, pair, 5'000);
  EXPECT_EQ(end.surfaced, 0U);
  EXPECT_GT(end.calm, 0U);
  EXPECT_EQ(end.charged, 4'000U);
  EXPECT_EQ(end.octets_out, 2U * 17) << "both GOAWAY, no answer";
  EXPECT_EQ(host->connection().ledger().live_handlers, 0U);
}

TEST(RapidReset, in_a_write_a_pair_ends_after_3500_pairs) {
  const FloodEnd end = flood(*server_host(), pair, 5'000);
  EXPECT_EQ(end.surfaced, 0U);
  EXPECT_EQ(end.goaway, 3'000U) << "a credit each";
  EXPECT_EQ(end.calm, 3'500U) << "two each behind GOAWAY: a stream refused, a reset of no stream";
}

TEST(RapidReset, split_between_the_frames_surfaces_750) {
  const auto host = server_host();
  FloodEnd end;
  host->forget();
  std::uint32_t pairs = 0;
  for (; pairs < 5'000 && end.calm == 0; ++pairs) {
    const std::uint32_t id = client_stream(pairs);
    host->offer(Frames().headers(id, get_block()));
    host->offer(Frames().rst_stream(id, ErrorCode::cancel));
    release_all(*host);
    note(*host, pairs + 1, end);
  }
  EXPECT_EQ(end.surfaced, 750U) << "four credits each, up to GOAWAY";
  EXPECT_EQ(end.goaway, 750U);
  EXPECT_EQ(end.calm, 1'250U);
}

TEST(RapidReset, in_octets_surfaces_750) {
  const auto host = server_host();
  FloodEnd end;
  host->forget();
  for (std::uint32_t i = 0; i < 2'000 && end.calm == 0; ++i) {
    host->offer_in_pieces(pair(i), 1);
    release_all(*host);
    note(*host, i + 1, end);
  }
  EXPECT_EQ(end.surfaced, 750U);
}

TEST(RapidReset, in_groups_of_a_hundred_surfaces_nothing) {
  const Unit group = [](std::uint32_t n) {
    Frames frames;
    for (std::uint32_t i = 0; i < 100; ++i) {
      frames.headers(client_stream(100 * n + i), get_block());
    }
    for (std::uint32_t i = 0; i < 100; ++i) {
      frames.rst_stream(client_stream(100 * n + i), ErrorCode::cancel);
    }
    return frames;
  };
  const FloodEnd end = flood(*server_host(), group, 100);
  EXPECT_EQ(end.surfaced, 0U);
  EXPECT_EQ(end.goaway, 30U) << "groups";
  EXPECT_EQ(end.calm, 35U);
  EXPECT_EQ(flood_at_once(*server_host(), group, 100).surfaced, 0U);
}

TEST(RapidReset, delayed_by_5_ms_surfaces_a_thousand_at_most) {
  const auto host = server_host();
  FloodEnd end;
  host->forget();
  std::uint64_t ms = 1'000;
  for (std::uint32_t n = 0; n < 200 && end.calm == 0; ++n) {
    Frames heads;
    Frames resets;
    for (std::uint32_t i = 0; i < 100; ++i) {
      heads.headers(client_stream(100 * n + i), get_block());
      resets.rst_stream(client_stream(100 * n + i), ErrorCode::cancel);
    }
    host->offer(heads).at(ms += 5).offer(resets);
    release_all(*host);
    note(*host, n + 1, end);
  }
  EXPECT_GT(end.calm, 0U);
  EXPECT_GE(end.surfaced, 750U);
  EXPECT_LE(end.surfaced, 1'000U);
}

TEST(RapidReset, one_by_one_and_delayed_is_held_to_175_a_second) {
  const auto host = server_host();
  FloodEnd end;
  host->forget();
  std::uint64_t ms = 1'000;
  for (std::uint32_t n = 0; n < 100'000 && end.goaway == 0; ++n) {
    host->offer(Frames().headers(client_stream(n), get_block()));
    host->at(ms += 5).offer(Frames().rst_stream(client_stream(n), ErrorCode::cancel));
    release_all(*host);
    note(*host, n + 1, end);
  }
  EXPECT_GT(end.goaway, 0U);
  const std::uint64_t seconds = (ms - 1'000) / 1'000 + 1;
  EXPECT_LE(end.surfaced, seconds * Ledger::kRefillASecond / credits::kStreamReset + 750);
}

TEST(RapidReset, whose_handlers_do_not_end_surfaces_128) {  // RFC 9113 §10.5
  const auto host = server_host();
  const Unit delayed = [](std::uint32_t n) {
    Frames frames;
    if (n > 0) frames.rst_stream(client_stream(n - 1), ErrorCode::cancel);
    return frames.headers(client_stream(n), get_block());
  };
  const FloodEnd end = flood(*host, delayed, 5'000);
  EXPECT_EQ(end.surfaced, http::Limits().live_handlers_max);
  EXPECT_GT(end.calm, 0U);
}

TEST(RefusedFlood, above_the_limit_of_streams_costs_a_credit_each) {  // RFC 9113 §5.1.2
  const auto start = [] {
    auto host = server_host();
    for (std::uint32_t i = 0; i < http::Limits().streams_max; ++i) {
      host->offer(Frames().headers(client_stream(i), post_block(), EndStream::no));
    }
    return host;
  };
  const Unit more = [](std::uint32_t i) {
    return Frames().headers(client_stream(http::Limits().streams_max + i), get_block());
  };
  expect_flood_is_bounded(start, more, credits::kStreamRefused);
}

TEST(RefusedFlood, of_blocks_is_decoded_and_keeps_nothing) {  // RFC 9113 §4.3
  const auto host = server_host();
  for (std::uint32_t i = 0; i < http::Limits().streams_max; ++i) {
    host->offer(Frames().headers(client_stream(i), post_block(), EndStream::no));
  }
  const std::uint64_t emitted = host->connection().work().bytes_emitted;
  const Unit more = [](std::uint32_t i) {
    return Frames().headers(client_stream(http::Limits().streams_max + i),
                            get_block().line("x-large", std::string(8'000, 'a')));
  };
  EXPECT_EQ(flood(*host, more, 100).surfaced, 0U);
  EXPECT_EQ(host->connection().work().bytes_emitted, emitted);
}

// --- MadeYouReset --------------------------------------------------------------------------------

// A way to make us reset a stream: how it is opened, and the fault behind that.
struct Primitive {
  std::string name;
  Frames (*open)(std::uint32_t id);
  Frames (*fault)(std::uint32_t id);
  std::uint32_t also = 0;  // credits besides those of the reset
};

Frames get(std::uint32_t id) { return Frames().headers(id, get_block()); }
Frames post(std::uint32_t id) { return Frames().headers(id, post_block(), EndStream::no); }
Frames post_of_one_octet(std::uint32_t id) {
  return Frames().headers(id, post_block().line("content-length", "1"), EndStream::no);
}
Frames connect(std::uint32_t id) { return Frames().headers(id, connect_block(), EndStream::no); }

const std::vector<Primitive>& primitives() {
  static const std::vector<Primitive> rows{
      {"window-update-overflow", post,
       [](std::uint32_t id) { return Frames().window_update(id, kWindowMax); },
       credits::kWindowUpdate},
      {"window-update-zero", post, [](std::uint32_t id) { return Frames().window_update(id, 0); },
       credits::kWindowUpdate},
      {"priority-length", post,
       [](std::uint32_t id) { return Frames().frame(FrameType::priority, 0, id, "1234"); },
       credits::kControlFrame},
      {"stream-half-closed-remote-data", get,
       [](std::uint32_t id) { return Frames().data(id, "x"); }},
      {"stream-half-closed-remote-headers", get,
       [](std::uint32_t id) { return Frames().headers(id, Block().line("t", "1")); }},
      {"frame-size-exceeds-max", post,
       [](std::uint32_t id) { return Frames().data(id, std::string(kFrameBytesMax + 1, 'x')); }},
      {"content-length-mismatch", post_of_one_octet,
       [](std::uint32_t id) { return Frames().data(id, std::string(300, 'x')); }},
      {"content-length-mismatch", post_of_one_octet,
       [](std::uint32_t id) { return Frames().data(id, "", EndStream::yes); }},
      {"trailers-without-end-stream", post,
       [](std::uint32_t id) {
         return Frames().headers(id, Block().line("t", "1"), EndStream::no);
       }},
      {"pseudo-in-trailers", post,
       [](std::uint32_t id) { return Frames().headers(id, Block().line(":path", "/")); }},
      {"connect-stream-headers", connect,
       [](std::uint32_t id) { return Frames().headers(id, Block().line("t", "1")); }},
  };
  return rows;
}

class MadeYouReset : public testing::TestWithParam<std::size_t> {
 protected:
  static const Primitive& primitive() { return primitives().at(GetParam()); }
  static Options options() {
    Options made = Host::server_options();
    // A window that the largest frame fits into, of a thousand streams.
    made.limits.connection_window_bytes = 32 * 1024 * 1024;
    return made;
  }
};

TEST_P(MadeYouReset, in_one_write_surfaces_nothing) {
  const auto host = server_host(options());
  const Unit both = [](std::uint32_t i) {
    return primitive().open(client_stream(i)).append(primitive().fault(client_stream(i)));
  };
  const FloodEnd end = flood(*host, both, 5'000);
  const std::uint32_t each = credits::kForcedReset + primitive().also;
  EXPECT_EQ(end.surfaced, 0U);
  EXPECT_EQ(end.goaway, (3'000 + each - 1) / each);
  EXPECT_GT(end.calm, end.goaway);
  EXPECT_EQ(host->connection().ledger().live_handlers, 0U);
}

TEST_P(MadeYouReset, delayed_surfaces_a_thousand_at_most) {
  const auto host = server_host(options());
  FloodEnd end;
  for (std::uint32_t i = 0; i < 5'000 && end.calm == 0; ++i) {
    host->forget().offer(primitive().open(client_stream(i)));
    note(*host, i + 1, end);
    host->offer(primitive().fault(client_stream(i)));
    if (end.goaway == 0) {
      EXPECT_EQ(host->violations(), std::vector<std::string>{primitive().name});
      EXPECT_EQ(host->frames(FrameType::rst_stream).size(), 1U);
    }
    EXPECT_EQ(host->connection().ledger().live_handlers, host->of_kind(EventKind::reset).size())
        << "the handler lives until it is released";
    release_all(*host);
    note(*host, i + 1, end);
  }
  const std::uint32_t each = credits::kForcedReset + primitive().also;
  EXPECT_EQ(end.surfaced, (3'000 + each - 1) / each);
  EXPECT_GT(end.calm, 0U);
}

INSTANTIATE_TEST_SUITE_P(Primitives, MadeYouReset,
                         testing::Range(std::size_t{0}, primitives().size()),
                         [](const testing::TestParamInfo<std::size_t>& row) {
                           std::string name = primitives().at(row.param).name;
                           std::ranges::replace(name, '-', '_');
                           return name + "_" + std::to_string(row.param);
                         });

TEST(MadeYouResetOfWindow, beyond_what_was_granted_is_as_dear) {  // RFC 9113 §6.9.1
  Options options = Host::server_options();
  options.limits.connection_window_bytes = 1024 * 1024 * 1024;
  const auto host = server_host(options);
  host->keep_content();
  const Unit overrun = [](std::uint32_t i) {
    Frames frames = post(client_stream(i));
    for (int n = 0; n < 4; ++n) frames.data(client_stream(i), std::string(16'384, 'x'));
    return frames;
  };
  const FloodEnd end = flood(*host, overrun, 1'000);
  EXPECT_EQ(end.surfaced, 0U);
  EXPECT_EQ(end.goaway, 750U);
}

TEST(MadeYouResetOfRequests, that_are_malformed_is_answered_and_surfaces_nothing) {
  const auto host = server_host();
  const Unit malformed = [](std::uint32_t i) {
    return Frames().headers(client_stream(i), get_block().line("connection", "x"));
  };
  const FloodEnd end = flood(*host, malformed, 2'000);
  EXPECT_EQ(end.surfaced, 0U);
  EXPECT_EQ(end.goaway, 750U);
  EXPECT_EQ(end.calm, 750U + 1'000U) << "a credit each behind GOAWAY: they are ignored";
}

TEST(EmptyHeadersFlood, is_one_of_malformed_requests) {  // CVE-2019-9518
  const Unit empty = [](std::uint32_t i) { return Frames().headers(client_stream(i), Block()); };
  const FloodEnd end = flood(*server_host(), empty, 2'000);
  EXPECT_EQ(end.surfaced, 0U);
  EXPECT_EQ(end.goaway, 750U);
}

}  // namespace
}  // namespace regauge::h2
