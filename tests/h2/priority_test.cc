// Priorities: the field, the frame, and streams that are idle still (RFC 9218).
#include "regauge/h2/priority.h"

#include <gtest/gtest.h>

#include "regauge/h2/idle_priorities.h"
#include "tests/h2/connection_host.h"

namespace regauge::h2 {
namespace {

Priority of(std::uint8_t urgency, Incremental incremental = Incremental::no) {
  return {urgency, incremental};
}

TEST(PriorityField, has_an_urgency_and_may_be_incremental) {  // RFC 9218 §4
  EXPECT_EQ(parse_priority(""), of(3));
  EXPECT_EQ(parse_priority("u=0"), of(0));
  EXPECT_EQ(parse_priority("u=7, i"), of(7, Incremental::yes));
  EXPECT_EQ(parse_priority("i=?0 , u=1"), of(1));
  EXPECT_EQ(parse_priority("i=?1"), of(3, Incremental::yes));
  EXPECT_EQ(parse_priority("u=1,u=2"), of(2)) << "the last one wins";
}

TEST(PriorityField, ignores_what_it_does_not_know_or_is_out_of_range) {  // RFC 9218 §4
  EXPECT_EQ(parse_priority("u=8"), of(3));
  EXPECT_EQ(parse_priority("u=-1"), of(3));
  EXPECT_EQ(parse_priority("u=\"1\""), of(3));
  EXPECT_EQ(parse_priority("i=1"), of(3));
  EXPECT_EQ(parse_priority("x=\"a,u=1\";p=2, u=5;q"), of(5));
}

TEST(PriorityField, that_is_no_dictionary_is_ignored_as_a_whole) {  // RFC 9218 §5
  for (const std::string_view bad : {"U=1", "u=", "u=1,", "=1", "u=1 i", ",u=1"}) {
    EXPECT_EQ(parse_priority(bad), std::nullopt) << bad;
  }
}

TEST(IdlePriorities, are_taken_when_the_stream_is_opened) {
  IdlePriorities idle;
  idle.keep(StreamId{5}, of(1));
  idle.keep(StreamId{1}, of(2));
  idle.keep(StreamId{5}, of(0));
  EXPECT_EQ(idle.size(), 2U);
  EXPECT_TRUE(idle.contains(StreamId{5}));
  EXPECT_EQ(idle.take(StreamId{3}), std::nullopt) << "stream 1 is idle no more";
  EXPECT_EQ(idle.size(), 1U);
  EXPECT_EQ(idle.take(StreamId{5}), of(0));
  EXPECT_EQ(idle.size(), 0U);
}

// The order in which the streams 1 and 3 are answered behind these frames.
std::string order(const Frames& frames) {
  Host host;
  host.offer(client_start().append(frames));
  for (const std::uint32_t id : {1U, 3U}) {
    EXPECT_TRUE(host.respond(id, 200, EndStream::no));
    EXPECT_TRUE(host.content(id, std::string(40'000, 'x'), EndStream::yes));
  }
  host.flush(1 << 20);
  std::string streams;
  for (const WrittenFrame& each : host.frames(FrameType::data)) {
    streams += std::to_string(each.header.stream.value);
  }
  return streams.substr(0, 4);  // the window of the connection ends in the fourth frame
}

Frames two(std::string_view first, std::string_view second) {
  return Frames()
      .headers(1, get_block().line("priority", first))
      .headers(3, get_block().line("priority", second));
}

TEST(Urgency, decides_which_stream_is_sent_first) {  // RFC 9218 §10
  EXPECT_EQ(order(two("u=3", "u=3")), "1113");
  EXPECT_EQ(order(two("u=5", "u=1")), "3331");
  EXPECT_EQ(order(two("i", "i")), "1313") << "incremental streams take turns";
  EXPECT_EQ(order(two("U=1", "u=1")), "3331") << "an invalid field changes nothing";
}

TEST(PriorityUpdate, changes_an_open_stream) {  // RFC 9218 §7.1
  EXPECT_EQ(order(two("u=3", "u=3").priority_update(3, "u=0")), "3331");
  EXPECT_EQ(order(two("u=3", "u=3").priority_update(3, "u=!")), "1113");
}

TEST(PriorityUpdate, of_an_idle_stream_holds_when_it_is_opened) {  // RFC 9218 §7.1
  EXPECT_EQ(order(Frames().priority_update(3, "u=0").append(two("u=3", "u=5"))), "3331");
}

TEST(PriorityUpdate, of_more_streams_than_may_be_open_is_an_error) {  // RFC 9218 §7.1
  const auto rules = [](const Frames& frames) {
    Options options = Host::server_options();
    options.limits.streams_max = 2;
    Host host(options);
    host.offer(client_start().append(frames));
    return host.violations();
  };
  using Rules = std::vector<std::string>;
  const Rules too_many{"priority-update-idle-streams"};
  const Frames open = Frames().headers(1, post_block(), EndStream::no);
  EXPECT_EQ(rules(Frames().priority_update(1, "u=1").priority_update(3, "u=1")), Rules());
  EXPECT_EQ(
      rules(Frames().priority_update(1, "u=1").priority_update(1, "u=2").priority_update(3, "u=1")),
      Rules())
      << "the same stream counts once";
  EXPECT_EQ(rules(Frames(open).priority_update(3, "u=1")), Rules());
  EXPECT_EQ(rules(Frames(open).priority_update(3, "u=1").priority_update(5, "u=1")), too_many);
  EXPECT_EQ(rules(Frames().priority_update(1, "u=1").append(open).priority_update(3, "u=1")),
            Rules())
      << "an opened stream is idle no more";
}

TEST(PriorityUpdate, of_a_closed_stream_is_ignored) {  // RFC 9218 §7.1
  Host host;
  host.offer(client_start().headers(3, get_block()).priority_update(1, "u=0"));
  EXPECT_TRUE(host.violations().empty());
}

TEST(Priority, of_the_old_scheme_is_read_and_has_no_effect) {  // RFC 9113 §5.3.2
  const std::string depends_on_itself = Frames::number(1, 4) + "\x10";
  Host host;
  host.offer(client_start()
                 .frame(FrameType::priority, 0, 1, depends_on_itself)
                 .frame(FrameType::headers, 0x25, 1, depends_on_itself + get_block().text()));
  EXPECT_TRUE(host.violations().empty());
  EXPECT_EQ(host.of_kind(EventKind::head).size(), 1U);
}

}  // namespace
}  // namespace regauge::h2
