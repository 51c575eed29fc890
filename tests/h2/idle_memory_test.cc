// What an idle connection holds (design §6: no buffer without octets in it).
#include <memory>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/allocations/allocations.h"
#include "tests/h2/connection_host.h"
#include "tests/h2/frame_bytes.h"

namespace regauge::h2 {
namespace {

// A server's connection, and what was allocated before it.
struct Idle {
  Idle() : before(tests::allocated_octets()), connection(std::make_unique<Connection>(options)) {}

  void receive(const Frames& frames) {
    const wire::Slice drain = wire::Slice::copy_of(wire::as_bytes(std::string_view(frames)));
    const http::Batch batch = connection->receive({&drain, 1}, http::Tick{1}, {});
    EXPECT_EQ(batch.consumed, drain.size());
    write();
  }
  void write() {
    std::array<http::Piece, 16> pieces;
    while (const std::size_t count = connection->gather(pieces, 65536)) {
      for (std::size_t i = 0; i < count; ++i) connection->wrote(pieces[i].size);
    }
  }
  void answer(std::uint32_t stream) {
    const http::FieldLine line{.name = "x-answer", .value = "a value that enters the table"};
    http::ResponseHead head;
    head.status = http::Status{200};
    head.fields = {&line, 1};
    EXPECT_TRUE(connection->submit_head(http::StreamId{stream}, head, http::EndStream::yes));
    connection->release(http::StreamId{stream});
    write();
  }
  [[nodiscard]] std::size_t held() const { return tests::allocated_octets() - before; }

  Options options = Host::server_options();
  std::size_t before;
  std::unique_ptr<Connection> connection;
};

constexpr std::size_t kIdleOctetsMax = 900;

TEST(IdleConnection, holds_its_state_and_nothing_else) {
  Idle idle;
  idle.receive(client_start().settings_ack());
  EXPECT_GT(idle.held(), kIdleOctetsMax);
  idle.connection->forget_events();
  idle.connection->shrink();
  EXPECT_LE(idle.held(), kIdleOctetsMax);
}

TEST(IdleConnection, keeps_of_an_exchange_the_table_of_the_peer_alone) {
  Idle idle;
  const Block block = request_block("GET").line("x-kept", "by the peer, for all we know");
  idle.receive(client_start().settings_ack().headers(1, block));
  idle.answer(1);
  idle.connection->forget_events();
  idle.connection->shrink();
  EXPECT_LE(idle.held(), kIdleOctetsMax + 512);
  const std::uint64_t probes = idle.connection->work().probes;
  EXPECT_GT(probes, 0U);
  idle.receive(Frames().headers(3, request_block("GET")));
  idle.answer(3);
  EXPECT_GT(idle.connection->work().probes, probes);
}

TEST(IdleConnection, gives_nothing_back_that_holds_something) {
  Idle stream;
  stream.receive(client_start().headers(1, get_block()));
  stream.connection->shrink();
  stream.answer(1);  // fails if the stream is gone

  Idle inside_block;
  inside_block.receive(client_start().append(
      Frames().headers(1, get_block(), http::EndStream::yes, EndHeaders::no)));
  inside_block.connection->shrink();
  EXPECT_TRUE(inside_block.connection->inside_frame());
  inside_block.receive(Frames().continuation(1, ""));
  inside_block.answer(1);

  Idle inside_frame;
  const std::string ping(std::string_view(Frames().ping()));
  inside_frame.receive(client_start());
  inside_frame.receive(Frames().raw(ping.substr(0, 12)));
  inside_frame.connection->shrink();
  inside_frame.receive(Frames().raw(ping.substr(12)));
  EXPECT_FALSE(inside_frame.connection->inside_frame());

  Idle output;
  output.connection->shrink();
  EXPECT_GT(output.connection->queued_octets(), 0U);

  Idle prioritized;
  prioritized.receive(client_start().priority_update(1, "u=0"));
  prioritized.connection->forget_events();
  const std::size_t held = prioritized.held();
  prioritized.connection->shrink();
  EXPECT_EQ(prioritized.held(), held);
}

TEST(IdleConnection, works_on_without_its_workspace) {
  Idle idle;
  idle.receive(client_start().settings_ack());
  idle.connection->forget_events();
  idle.connection->shrink();
  EXPECT_EQ(idle.connection->queued_octets(), 0U);
  EXPECT_FALSE(idle.connection->inside_frame());
  EXPECT_FALSE(idle.connection->demand(http::Tick{1}).wants_write);
  EXPECT_EQ(idle.connection->writable(http::StreamId{1}), 0U);
  idle.connection->consume(http::StreamId{1}, 1);
  idle.connection->reset(http::StreamId{1}, http::ErrorCode::cancel);
  idle.connection->release(http::StreamId{1});
  EXPECT_FALSE(
      idle.connection->submit_trailers(http::StreamId{1}, http::FieldSection()).has_value());
  idle.connection->ping();
  EXPECT_TRUE(idle.connection->demand(http::Tick{1}).wants_write);
  idle.write();
  idle.connection->shrink();
  idle.connection->drain(http::Tick{1});
  EXPECT_GT(idle.connection->queued_octets(), 0U);
}

}  // namespace
}  // namespace regauge::h2
