// What a host does with memory between messages changes nothing that is read: empty lines before a
// request belong to it (RFC 9112 §2.2).
#include <cstddef>
#include <string_view>

#include <gtest/gtest.h>

#include "regauge/h1/connection.h"

namespace regauge {
namespace {

using h1::Deviation;

wire::Slice octets(std::string_view text) { return wire::Slice::copy_of(wire::as_bytes(text)); }

TEST(DecoderShrink, keeps_the_note_of_an_empty_line) {  // RFC 9112 §2.2
  h1::Decoder decoder(h1::Policy(h1::Side::request, h1::Preset::strict), http::Limits());
  wire::Slice empty_line = octets("\r\n");
  EXPECT_EQ(decoder.next(empty_line).kind, h1::PartKind::need_more);
  decoder.shrink();
  wire::Slice request = octets("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  const h1::Part part = decoder.next(request);
  ASSERT_EQ(part.kind, h1::PartKind::head);
  ASSERT_EQ(part.notes.size(), 1U);
  EXPECT_EQ(part.notes.front().rule->name, "leading-crlf");
}

TEST(ConnectionShrink, does_not_count_empty_lines_from_zero_again) {  // RFC 9112 §2.2
  const auto options = h1::options_for(http::Role::server, h1::Preset::maximal);
  h1::Connection connection(options);
  std::size_t lines = 0;
  bool refused = false;
  while (!refused && lines <= options.limits.leading_empty_lines_max) {
    const wire::Slice empty_line = octets("\r\n");
    const http::Batch batch = connection.receive({&empty_line, 1}, {}, {});
    ++lines;
    for (const http::Event& event : batch.events)
      refused = refused || event.kind == http::EventKind::violation;
    connection.forget_events();
    connection.shrink();
  }
  EXPECT_TRUE(refused);
  EXPECT_EQ(lines, options.limits.leading_empty_lines_max + 1);
}

TEST(ConnectionShrink, gives_memory_back_behind_a_message_with_an_empty_line) {  // RFC 9112 §2.2
  const auto options = h1::options_for(http::Role::server, h1::Preset::strict);
  h1::Connection connection(options);
  const wire::Slice request = octets("\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n");
  const http::Batch batch = connection.receive({&request, 1}, {}, {});
  ASSERT_EQ(batch.events.size(), 2U);
  EXPECT_EQ(batch.events.front().notes.size(), 1U);
  http::ResponseHead head;
  head.status = {204};
  ASSERT_TRUE(connection.submit_head(batch.events.front().stream, head, http::EndStream::yes));
  connection.release(batch.events.front().stream);
  http::Piece piece;
  while (connection.gather({&piece, 1}, 1000) == 1) connection.wrote(piece.size);
  connection.shrink();
  // An output without memory has nothing to gather, and the work so far is still known.
  EXPECT_EQ(connection.gather({&piece, 1}, 1000), 0U);
  EXPECT_EQ(connection.work().bytes_in, request.size());
  EXPECT_TRUE(connection.demand({}).wants_read);
}

}  // namespace
}  // namespace regauge
