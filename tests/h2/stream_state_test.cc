// Stream states and identifiers (RFC 9113 §5.1).
#include "regauge/h2/stream_state.h"

#include <gtest/gtest.h>

#include "tests/h2/connection_host.h"

namespace regauge::h2 {
namespace {

using St = StreamState;
using In = StreamInput;
using Rules = std::vector<std::string>;

constexpr std::array kStates{St::idle,  St::reserved_local,    St::reserved_remote,
                             St::open,  St::half_closed_local, St::half_closed_remote,
                             St::closed};
constexpr std::array kInputs{
    In::send_headers,    In::receive_headers,    In::send_push_promise, In::receive_push_promise,
    In::send_end_stream, In::receive_end_stream, In::send_rst_stream,   In::receive_rst_stream};

TEST(StreamState, has_the_moves_of_the_diagram_and_no_others) {  // RFC 9113 §5.1
  struct Move {
    St from;
    In input;
    St to;
  };
  constexpr std::array kMoves{
      Move{St::idle, In::send_headers, St::open},
      Move{St::idle, In::receive_headers, St::open},
      Move{St::idle, In::send_push_promise, St::reserved_local},
      Move{St::idle, In::receive_push_promise, St::reserved_remote},
      Move{St::reserved_local, In::send_headers, St::half_closed_remote},
      Move{St::reserved_local, In::send_rst_stream, St::closed},
      Move{St::reserved_local, In::receive_rst_stream, St::closed},
      Move{St::reserved_remote, In::receive_headers, St::half_closed_local},
      Move{St::reserved_remote, In::send_rst_stream, St::closed},
      Move{St::reserved_remote, In::receive_rst_stream, St::closed},
      Move{St::open, In::send_end_stream, St::half_closed_local},
      Move{St::open, In::receive_end_stream, St::half_closed_remote},
      Move{St::open, In::send_rst_stream, St::closed},
      Move{St::open, In::receive_rst_stream, St::closed},
      Move{St::half_closed_local, In::receive_end_stream, St::closed},
      Move{St::half_closed_local, In::send_rst_stream, St::closed},
      Move{St::half_closed_local, In::receive_rst_stream, St::closed},
      Move{St::half_closed_remote, In::send_end_stream, St::closed},
      Move{St::half_closed_remote, In::send_rst_stream, St::closed},
      Move{St::half_closed_remote, In::receive_rst_stream, St::closed},
  };
  for (const St from : kStates) {
    for (const In input : kInputs) {
      std::optional<St> expected;
      for (const Move& move : kMoves) {
        if (move.from == from && move.input == input) expected = move.to;
      }
      EXPECT_EQ(next_state(from, input), expected)
          << std::to_underlying(from) << ' ' << std::to_underlying(input);
    }
  }
}

TEST(StreamState, says_who_may_still_send) {
  for (const St state : kStates) {
    EXPECT_EQ(can_receive(state), state == St::open || state == St::half_closed_local);
    EXPECT_EQ(can_send(state), state == St::open || state == St::half_closed_remote);
  }
}

const Frames& post() {
  static const Frames frames = Frames().headers(1, post_block(), EndStream::no);
  return frames;
}

Rules rules_of(const Frames& frames, const Policy& policy = Policy::strict()) {
  Options options = Host::server_options();
  options.policy = policy;
  Host host(options);
  host.offer(client_start().append(frames));
  return host.violations();
}

TEST(Streams, an_idle_stream_takes_headers_and_priority_only) {  // RFC 9113 §5.1
  const Rules idle{"stream-idle-frame"};
  EXPECT_EQ(rules_of(Frames().data(1, "x")), idle);
  EXPECT_EQ(rules_of(Frames().rst_stream(1, ErrorCode::cancel)), idle);
  EXPECT_EQ(rules_of(Frames().window_update(1, 1)), idle);
  EXPECT_EQ(rules_of(Frames().window_update(1, 0)), idle);
  EXPECT_EQ(rules_of(Frames().frame(FrameType::priority, 0, 1, "12345")), Rules());
  EXPECT_EQ(rules_of(Frames().frame(static_cast<FrameType>(0xee), 0, 1, "x")), Rules())
      << "unknown frames are ignored everywhere (§5.5)";
}

TEST(Streams, a_half_closed_stream_takes_control_frames) {  // RFC 9113 §5.1
  const Frames get = Frames().headers(1, get_block());
  EXPECT_EQ(rules_of(Frames(get)
                         .window_update(1, 1)
                         .frame(FrameType::priority, 0, 1, "12345")
                         .rst_stream(1, ErrorCode::cancel)),
            Rules());
}

TEST(Streams, identifiers_of_a_client_are_odd_and_rise) {  // RFC 9113 §5.1.1
  const auto get = [](std::uint32_t id) { return Frames().headers(id, get_block()); };
  EXPECT_EQ(rules_of(get(1).append(get(7))), Rules());
  EXPECT_EQ(rules_of(get(7).append(get(5))), Rules{"stream-id-not-increasing"});
  EXPECT_EQ(rules_of(get(2)), Rules{"stream-id-parity"});
  EXPECT_EQ(rules_of(get(kStreamIdMax)), Rules());
}

TEST(Streams, skipped_identifiers_are_closed) {  // RFC 9113 §5.1.1
  const Frames skipped = Frames().headers(5, get_block());
  EXPECT_EQ(rules_of(Frames(skipped).window_update(3, 1).rst_stream(1, ErrorCode::cancel)),
            Rules());
}

TEST(Streams, late_frames_on_a_closed_stream_are_lawful) {  // RFC 9113 §5.1
  const Frames closed = Frames(post()).rst_stream(1, ErrorCode::cancel);
  EXPECT_EQ(rules_of(Frames(closed)
                         .window_update(1, 1)
                         .rst_stream(1, ErrorCode::cancel)
                         .frame(FrameType::priority, 0, 1, "12345")),
            Rules());
}

TEST(Streams, window_updates_behind_both_ends_are_ignored) {  // RFC 9113 §5.1
  Host host;
  host.offer(client_start().headers(1, get_block()));
  EXPECT_TRUE(host.respond(1, 200, EndStream::yes));
  host.flush().offer(Frames().window_update(1, 1).rst_stream(1, ErrorCode::no_error));
  EXPECT_TRUE(host.violations().empty());
  EXPECT_TRUE(host.of_kind(EventKind::reset).empty()) << "the exchange is complete";
}

TEST(Streams, frames_behind_our_reset_are_discarded_and_cost_nothing) {  // RFC 9113 §5.1
  Host host;
  host.offer(client_start().append(post()));
  host.connection().reset(StreamId{1}, ErrorCode::cancel);
  host.flush();
  const auto charged = host.connection().ledger().charged;
  host.offer(Frames().data(1, std::string(300, 'x')).headers(1, Block().insert("x-new", "1")));
  EXPECT_TRUE(host.violations().empty());
  EXPECT_EQ(host.connection().ledger().charged, charged);
  // The discarded block went through the table all the same (§4.3).
  host.offer(Frames().headers(3, get_block().indexed(62)));
  EXPECT_EQ(host.first(EventKind::head).stream, 1U);
  EXPECT_EQ(host.of_kind(EventKind::head).back().fields, (FieldTexts{{"x-new", "1"}}));
}

TEST(Streams, the_table_stays_in_step_behind_a_malformed_block) {  // RFC 9113 §4.3
  Host host;
  host.offer(client_start()
                 .headers(1, get_block().line("Bad", "x").insert("x-new", "1"))
                 .headers(3, get_block().indexed(62)));
  EXPECT_EQ(host.violations(), Rules{"field-name-uppercase"});
  EXPECT_EQ(host.first(EventKind::head).fields, (FieldTexts{{"x-new", "1"}}));
}

TEST(Streams, more_than_the_limit_are_refused_and_can_be_tried_again) {  // RFC 9113 §5.1.2
  Options options = Host::server_options();
  options.limits.streams_max = 1;
  Host host(options);
  host.offer(client_start().append(post()).headers(3, get_block().insert("x-new", "1")));
  EXPECT_EQ(host.first(EventKind::violation).code, ErrorCode::refused_stream);
  EXPECT_EQ(host.of_kind(EventKind::head).size(), 1U);
  EXPECT_TRUE(host.respond(1, 200, EndStream::yes));
  host.offer(Frames().data(1, "", EndStream::yes).headers(5, get_block().indexed(62)));
  EXPECT_EQ(host.of_kind(EventKind::head).back().stream, 5U) << "a slot is free again";
  EXPECT_EQ(host.of_kind(EventKind::head).back().fields, (FieldTexts{{"x-new", "1"}}));
}

TEST(Streams, a_reset_is_never_answered_by_a_reset) {  // RFC 9113 §5.4.2
  Policy policy = Policy::strict();
  ASSERT_TRUE(policy.set(Violation::stream_closed_frame, Action::stream));
  Options options = Host::server_options();
  options.policy = policy;
  Host host(options);
  host.offer(client_start()
                 .append(post())
                 .rst_stream(1, ErrorCode::cancel)
                 .rst_stream(1, ErrorCode::cancel));
  EXPECT_TRUE(host.frames(FrameType::rst_stream).empty());
}

}  // namespace
}  // namespace regauge::h2
