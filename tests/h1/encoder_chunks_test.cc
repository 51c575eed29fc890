// Content goes out as it came: the octets of a slice are not copied, chunked or not (RFC 9112
// §7.1).
#include <array>
#include <string>

#include <gtest/gtest.h>

#include "tests/h1/written_message.h"

namespace regauge::h1 {
namespace {

using http::EndStream;
using http::Framing;

struct Sent {
  std::size_t copies = 0;  // octets, by the encoder
  bool same_octets = false;
  std::string around;  // what stands around the content
};

// Sends a head and one slice, and looks where the octets on their way lie.
Sent send(Framing framing, std::size_t octets) {
  wire::Outbox outbox(wire::heap_slabs());
  Encoder encoder(outbox);
  http::ResponseHead head = encoding::response();
  head.content = {framing, framing == Framing::length ? octets : 0};
  EXPECT_TRUE(encoder.response_head(head, encoding::goes_on()));
  std::array<wire::Piece, 8> pieces{};
  while (const std::size_t filled = outbox.gather(pieces, 1U << 20U)) {
    std::size_t size = 0;
    for (const wire::Piece& piece : std::span(pieces).first(filled)) size += piece.size;
    outbox.wrote(size);
  }
  Sent sent;
  const std::size_t copies_before = encoder.work().copies;
  const wire::Slice slice = encoding::slice(std::string(octets, 'x'));
  EXPECT_TRUE(encoder.content(slice, EndStream::yes));
  sent.copies = encoder.work().copies - copies_before;
  const std::size_t filled = outbox.gather(pieces, 1U << 20U);
  for (const wire::Piece& piece : std::span(pieces).first(filled)) {
    if (piece.data == slice.bytes().data() && piece.size == octets) {
      sent.same_octets = true;
    } else {
      sent.around += wire::as_text({piece.data, piece.size});
    }
  }
  return sent;
}

TEST(H1EncoderChunks, frame_content_that_stays_where_it_is) {
  const Sent chunked = send(Framing::stream, 0x5000);
  EXPECT_TRUE(chunked.same_octets);
  EXPECT_EQ(chunked.copies, 0U);
  EXPECT_EQ(chunked.around, "5000\r\n\r\n0\r\n\r\n");
}

TEST(H1EncoderChunks, content_of_known_length_stays_where_it_is_too) {
  const Sent plain = send(Framing::length, 0x5000);
  EXPECT_TRUE(plain.same_octets);
  EXPECT_EQ(plain.around, "");
}

TEST(H1EncoderChunks, a_head_is_written_once) {
  wire::Outbox outbox(wire::heap_slabs());
  Encoder encoder(outbox);
  const http::FieldLine line = http::field_line("x-a", "value");
  http::ResponseHead head = encoding::response();
  head.fields = {&line, 1};
  EXPECT_TRUE(encoder.response_head(head, encoding::ends()));
  EXPECT_EQ(encoder.work().copies, outbox.size());
  EXPECT_EQ(encoder.work().bytes_emitted, outbox.size());
}

TEST(H1EncoderChunks, a_bodyless_status_gets_no_framing_whatever_the_model_says) {  // RFC 9112 §6.3
  for (const std::uint16_t status : {std::uint16_t{204}, std::uint16_t{304}}) {
    for (const http::Content content :
         {http::Content{Framing::stream, 0}, http::Content{Framing::until_close, 0}}) {
      encoding::Written written;
      http::ResponseHead head = encoding::response(status);
      head.content = content;
      ASSERT_TRUE(written.encoder.response_head(head, encoding::goes_on()));
      EXPECT_FALSE(written.encoder.content(encoding::slice("x"), EndStream::yes))
          << "content would be read as the next response";
      const std::string octets = written.take();
      EXPECT_FALSE(octets.contains("transfer-encoding")) << octets;
      EXPECT_FALSE(octets.contains("content-length")) << octets;
    }
  }
}

}  // namespace
}  // namespace regauge::h1
