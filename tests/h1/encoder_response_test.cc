// h1::Encoder, responses and trailers: framing follows from model and request (RFC 9112 §6,
// §7.1.2).
#include <gtest/gtest.h>

#include "tests/h1/written_message.h"

namespace regauge::h1 {
namespace {

using encoding::ends;
using encoding::goes_on;
using encoding::request;
using encoding::response;
using encoding::slice;
using encoding::Written;
using http::EndStream;
using http::FieldLine;
using http::Framing;
using http::MethodId;
using http::Refusal;
using http::Version;

TEST(H1ResponseEncoder,
     the_framing_of_a_response_follows_from_model_and_request) {  // RFC 9112 §6.3
  struct Row {
    MethodId method;
    std::uint16_t status;
    http::Content content;
    Framing framing;
    std::string_view fields;
  };
  const Row rows[] = {
      {MethodId::get, 200, {Framing::length, 5}, Framing::length, "content-length: 5\r\n"},
      {MethodId::get, 200, {Framing::none, 0}, Framing::length, "content-length: 0\r\n"},
      {MethodId::get, 200, {Framing::stream, 0}, Framing::stream, "transfer-encoding: chunked\r\n"},
      {MethodId::get,
       200,
       {Framing::until_close, 0},
       Framing::stream,
       "transfer-encoding: chunked\r\n"},
      {MethodId::head, 200, {Framing::length, 5}, Framing::none, "content-length: 5\r\n"},
      {MethodId::head, 200, {Framing::stream, 0}, Framing::none, ""},
      {MethodId::get, 204, {Framing::length, 5}, Framing::none, ""},
      {MethodId::get, 304, {Framing::length, 5}, Framing::none, "content-length: 5\r\n"},
      {MethodId::connect, 200, {Framing::length, 5}, Framing::tunnel, ""},
      {MethodId::connect, 502, {Framing::length, 5}, Framing::length, "content-length: 5\r\n"},
  };
  for (const Row& row : rows) {
    http::ResponseHead head = response(row.status);
    head.content = row.content;
    Written written;
    const auto sent = written.encoder.response_head(head, goes_on(row.method));
    ASSERT_TRUE(sent) << row.status;
    EXPECT_EQ(sent->framing, row.framing) << row.status;
    const std::string octets = written.take();
    EXPECT_EQ(octets.substr(octets.find("\r\n") + 2), std::string(row.fields) + "\r\n");
  }
}

TEST(H1ResponseEncoder, head_and_304_may_repeat_a_valid_length_only) {  // RFC 9110 §8.6
  for (const std::string_view value : {"5", "05", "+5", "5, 5", "99999999999999999999", ""}) {
    const FieldLine line = http::field_line("content-length", value);
    http::ResponseHead head = response(304);
    head.fields = {&line, 1};
    Written written;
    ASSERT_TRUE(written.encoder.response_head(head, ends()));
    const bool plain = value == "5" || value == "05";
    EXPECT_EQ(written.take().contains("content-length: 5\r\n"), plain) << value;
  }
}

TEST(H1ResponseEncoder, statuses_outside_of_final_ones_are_refused) {  // RFC 9110 §15
  constexpr std::uint16_t kNotFinal[] = {0, 99, 100, 103, 199, 1000};
  constexpr std::uint16_t kNotInterim[] = {0, 99, 101, 200, 204};
  for (const std::uint16_t status : kNotFinal) {
    Written written;
    EXPECT_EQ(written.encoder.response_head(response(status), ends()).error(),
              Refusal::invalid_head)
        << status;
  }
  for (const std::uint16_t status : kNotInterim) {
    Written written;
    EXPECT_EQ(written.encoder.interim_head(response(status), ends()).error(), Refusal::invalid_head)
        << status;
  }
}

TEST(H1ResponseEncoder, the_reason_phrase_is_the_registered_one_or_empty) {  // RFC 9112 §4
  http::ResponseHead head = response(404);
  head.reason = "Evil\r\nSet-Cookie: x";
  Written written;
  ASSERT_TRUE(written.encoder.response_head(head, ends()));
  EXPECT_TRUE(written.take().starts_with("HTTP/1.1 404 Not Found\r\n"));
  ASSERT_TRUE(written.encoder.response_head(response(799), ends()));
  EXPECT_TRUE(written.take().starts_with("HTTP/1.1 799 \r\n"));
}

TEST(H1ResponseEncoder, a_101_says_which_protocol_follows) {  // RFC 9110 §15.2.2
  Written written;
  EXPECT_EQ(written.encoder.response_head(response(101), goes_on()).error(), Refusal::invalid_head);
  const FieldLine upgrade = http::field_line("upgrade", "websocket");
  http::ResponseHead head = response(101);
  head.fields = {&upgrade, 1};
  ASSERT_TRUE(written.encoder.response_head(head, goes_on()));
  EXPECT_TRUE(written.take().contains("connection: upgrade\r\n"));
  Situation old = goes_on();
  old.peer_version = Version::http_1_0;
  Written toward_old;
  EXPECT_EQ(toward_old.encoder.response_head(head, old).error(), Refusal::not_supported);
}

TEST(H1ResponseEncoder, trailers_need_chunks_and_leave_out_what_is_forbidden) {  // RFC 9110 §6.5.1
  const FieldLine lines[] = {
      http::field_line("x-sum", "1"), http::field_line("content-length", "3"),
      http::field_line("transfer-encoding", "chunked"), http::field_line("host", "a"),
      http::field_line("content_length", "3")};
  Written written;
  http::ResponseHead head = response();
  head.content = {Framing::length, 0};
  ASSERT_TRUE(written.encoder.response_head(head, goes_on()));
  EXPECT_EQ(written.encoder.trailers(lines).error(), Refusal::not_supported);
  ASSERT_TRUE(written.encoder.content({}, EndStream::yes));
  head.content = {Framing::stream, 0};
  ASSERT_TRUE(written.encoder.response_head(head, goes_on()));
  written.take();
  const FieldLine bad = http::field_line("x", "a\r\nb");
  EXPECT_EQ(written.encoder.trailers({&bad, 1}).error(), Refusal::invalid_head);
  EXPECT_EQ(written.take(), "");
  ASSERT_TRUE(written.encoder.trailers(lines));
  EXPECT_EQ(written.take(), "0\r\nx-sum: 1\r\n\r\n");
  EXPECT_EQ(written.encoder.trailers(lines).error(), Refusal::wrong_state);
}

}  // namespace
}  // namespace regauge::h1
