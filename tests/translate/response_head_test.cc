// Responses on their way to the client: heads, interim responses, content, trailers (RFC 9110 §6,
// §7.6, §15).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/translate/messages.h"

namespace regauge::tests {
namespace {

using http::EndStream;
using http::Framing;
using testing::ElementsAre;
using testing::IsEmpty;
using translate::Downstream;
using translate::Exchange;
using translate::ExtendedConnect;
using translate::Fault;
using translate::Options;
using translate::Produced;
using translate::Protocol;

class ResponseHead : public testing::Test {
 protected:
  void ask(const Request& request, Protocol upstream = Protocol::h2) {
    exchange_.emplace(options_, downstream_);
    ASSERT_TRUE(exchange_->request_head(request.head(), EndStream::yes));
    ASSERT_TRUE(exchange_->request_for(upstream, ExtendedConnect::yes));
  }
  translate::ResponseSide& response() { return exchange_->response(); }
  Produced head(const Response& response, EndStream end = EndStream::no) {
    const auto produced = exchange_->response().head(response.head(), end);
    EXPECT_TRUE(produced.has_value());
    return produced ? *produced : Produced();
  }

  Options options_;
  Downstream downstream_;
  std::optional<Exchange> exchange_;
};

TEST_F(ResponseHead, passes_with_its_content_and_trailers) {
  ask(Request("GET"));
  const Produced begun = head(Response(200).field("content-type", "text/plain").field("x", "1"));
  ASSERT_NE(begun.head, nullptr);
  EXPECT_EQ(begun.head->status.value, 200);
  EXPECT_THAT(texts_of(begun.head->fields), ElementsAre("content-type: text/plain", "x: 1"));
  EXPECT_EQ(begun.end, EndStream::no);
  EXPECT_TRUE(response().begun());
  const wire::Slice slice = slice_of("hello");
  const Produced content = response().content(slice);
  ASSERT_EQ(content.content.size(), 1U);
  EXPECT_EQ(content.content[0].bytes().data(), slice.bytes().data()) << "content is not copied";
  EXPECT_FALSE(response().complete());
  const Lines trailers = section({{"x-checksum", "5"}});
  const Produced end = response().end(trailers.section());
  EXPECT_THAT(texts_of(end.trailers), ElementsAre("x-checksum: 5"));
  EXPECT_EQ(end.end, EndStream::yes);
  EXPECT_TRUE(response().complete());
}

TEST_F(ResponseHead, ends_once) {
  ask(Request("GET"));
  static_cast<void>(head(Response(204), EndStream::yes));
  ASSERT_TRUE(response().complete());
  const Produced again = response().end({});
  EXPECT_EQ(again.head, nullptr);
  EXPECT_EQ(again.end, EndStream::no);
}

TEST_F(ResponseHead, loses_what_belongs_to_the_connection) {  // RFC 9110 §7.6.1
  ask(Request("GET"));
  const Produced begun = head(Response(200)
                                  .field("connection", "X-Drop, keep-alive")
                                  .field("keep-alive", "timeout=5")
                                  .field("transfer-encoding", "chunked")
                                  .field("x-drop", "1")
                                  .field("set-cookie", "a=b"));
  EXPECT_THAT(texts_of(begun.head->fields), ElementsAre("set-cookie: a=b"));
}

TEST_F(ResponseHead, may_nominate_only_so_many_fields) {
  ask(Request("GET"));
  Response response(200);
  for (int i = 0; i < 33; ++i) response.field("connection", "x" + std::to_string(i));
  const auto refused = exchange_->response().head(response.head(), EndStream::no);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error(), Fault::nominated_field);
}

TEST_F(ResponseHead, cannot_put_framing_or_identity_into_trailers) {  // RFC 9110 §6.5.1
  ask(Request("GET"));
  static_cast<void>(head(Response(200)));
  const Lines trailers = section({{"content-length", "5"},
                                  {"transfer-encoding", "chunked"},
                                  {"set-cookie", "a=b"},
                                  {"authorization", "x"},
                                  {"host", "evil.test"},
                                  {"x", "1"}});
  EXPECT_THAT(texts_of(response().end(trailers.section()).trailers), ElementsAre("x: 1"));
}

TEST_F(ResponseHead, may_follow_several_interim_ones) {  // RFC 9110 §15.2
  ask(Request("GET"));
  for (const int number : {100, 103, 103}) {
    const auto status = static_cast<std::uint16_t>(number);
    const auto interim = response().interim(Response(status).field("link", "</a>").head());
    ASSERT_TRUE(interim.has_value());
    ASSERT_NE(interim->head, nullptr);
    EXPECT_EQ(interim->head->status.value, status);
    EXPECT_EQ(interim->end, EndStream::no);
    EXPECT_FALSE(response().begun());
  }
  EXPECT_NE(head(Response(200)).head, nullptr);
}

TEST_F(ResponseHead, hides_interim_ones_from_http_1_0) {  // RFC 9110 §15.2
  ask(Request("GET").version(http::Version::http_1_0), Protocol::h1);
  const auto interim = response().interim(Response(103).head());
  ASSERT_TRUE(interim.has_value());
  EXPECT_EQ(interim->head, nullptr);
}

TEST_F(ResponseHead, of_101_needs_somebody_who_asked) {  // RFC 9110 §15.2.2
  ask(Request("GET"), Protocol::h1);
  const auto interim = response().interim(Response(101).head());
  ASSERT_FALSE(interim.has_value());
  EXPECT_EQ(interim.error(), Fault::upgrade_unsolicited);
  const auto final_head = response().head(Response(101).head(), EndStream::no);
  ASSERT_FALSE(final_head.has_value());
  EXPECT_EQ(final_head.error(), Fault::upgrade_unsolicited);
}

TEST_F(ResponseHead, of_connect_opens_a_tunnel_with_2xx_alone) {  // RFC 9110 §9.3.6
  ask(Request("CONNECT", "").authority("b.test:443"));
  const Produced refused = head(Response(407).content({Framing::length, 0}));
  EXPECT_EQ(refused.head->content.framing, Framing::length);
  EXPECT_FALSE(response().tunnel());
  ask(Request("CONNECT", "").authority("b.test:443"));
  const Produced opened = head(Response(200));
  EXPECT_EQ(opened.head->content.framing, Framing::tunnel);
  EXPECT_TRUE(response().tunnel());
}

TEST_F(ResponseHead, is_not_changed_by_a_reset_and_stays_cut) {  // RFC 9113 §8.1
  ask(Request("GET"));
  static_cast<void>(head(Response(200)));
  static_cast<void>(response().content(slice_of("hel")));
  EXPECT_FALSE(response().reset(http::ErrorCode::internal_error).has_value());
  EXPECT_FALSE(response().complete());
}

TEST_F(ResponseHead, of_our_own_has_no_content) {
  ask(Request("GET"));
  const Produced own = response().answer(http::Status{502}, "the reason");
  ASSERT_NE(own.head, nullptr);
  EXPECT_EQ(own.head->status.value, 502);
  EXPECT_THAT(texts_of(own.head->fields), IsEmpty());
  EXPECT_EQ(own.head->content.framing, Framing::length);
  EXPECT_EQ(own.end, EndStream::yes);
}

TEST_F(ResponseHead, has_a_space_for_a_control_that_was_forgiven) {  // RFC 9110 §5.5
  ask(Request("GET"));
  const Produced begun =
      head(Response(200).forgiven().field("set-cookie", "u=d\x16\xff; path=/\x0b"));
  EXPECT_THAT(texts_of(begun.head->fields), ElementsAre("set-cookie: u=d \xff; path=/"));
  const Lines trailers = section({{"x-sum",
                                   "\x0c"
                                   "5"}});
  EXPECT_THAT(texts_of(response().end(trailers.section()).trailers), ElementsAre("x-sum: 5"));
}

}  // namespace
}  // namespace regauge::tests
