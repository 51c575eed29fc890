// An exchange that serves one request after the other allocates nothing for heads and for what
// passes as it is (design §1).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "regauge/grpc/message_frame.h"
#include "tests/allocations/allocations.h"
#include "tests/translate/messages.h"

namespace regauge::tests {
namespace {

using http::EndStream;
using translate::Downstream;
using translate::Exchange;
using translate::ExtendedConnect;
using translate::Options;
using translate::Protocol;

struct Messages {
  http::RequestHead request;
  http::ResponseHead response;
  http::FieldSection trailers;
  wire::Slice content;
};

// Carries one request and its response; returns what the last head and trailers have.
std::size_t carry(Exchange& exchange, const Messages& messages) {
  EXPECT_TRUE(exchange.request_head(messages.request, EndStream::no).has_value());
  std::size_t lines = 0;
  const auto out = exchange.request_for(Protocol::h1, ExtendedConnect::no);
  EXPECT_TRUE(out.has_value());
  if (out) lines += out->head.fields.size();
  EXPECT_TRUE(exchange.request_content(messages.content).has_value());
  EXPECT_TRUE(exchange.request_end({}).has_value());
  EXPECT_TRUE(exchange.response().interim(messages.response).has_value());
  const auto head = exchange.response().head(messages.response, EndStream::no);
  EXPECT_TRUE(head.has_value());
  if (head && head->head != nullptr) lines += head->head->fields.size();
  lines += exchange.response().content(messages.content).content.size();
  lines += exchange.response().end(messages.trailers).trailers.size();
  return lines;
}

TEST(ReusedExchange, allocates_nothing_for_a_request_like_the_last) {
  Options options;
  options.via = "rg";
  options.forwarded = translate::Forwarded::append;
  Downstream downstream;
  downstream.address = "192.0.2.1";
  const Request request = Request("POST", "/path")
                              .content({http::Framing::stream, 0})
                              .field("connection", "x-drop")
                              .field("cookie", "a=1")
                              .field("cookie", "b=2")
                              .field("via", "1.0 a")
                              .field("x-unknown", std::string(100, 'v'));
  const Response response =
      Response(200).field("content-type", "text/plain").field("x-unknown", "1");
  const Lines trailers = section({{"x-checksum", "1"}});
  const Messages messages{request.head(), response.head(), trailers.section(), slice_of("hello")};
  Exchange exchange(options, downstream);
  const std::size_t lines = carry(exchange, messages);
  exchange.reset(options, downstream);
  const std::size_t before = allocation_count();
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(carry(exchange, messages), lines);
    exchange.reset(options, downstream);
  }
  EXPECT_EQ(allocation_count(), before);
}

TEST(ReusedExchange, forgets_everything_of_the_last_request) {
  const Options options;
  const Downstream downstream;
  Exchange exchange(options, downstream);
  const Request websocket = Request("GET", "/chat")
                                .field("connection", "upgrade, x-drop")
                                .field("upgrade", "websocket")
                                .field("te", "trailers")
                                .field("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==");
  ASSERT_TRUE(exchange.request_head(websocket.head(), EndStream::yes).has_value());
  ASSERT_TRUE(exchange.request_for(Protocol::h2, ExtendedConnect::yes).has_value());
  ASSERT_TRUE(exchange.response().head(Response(200).head(), EndStream::no).has_value());
  ASSERT_TRUE(exchange.response().tunnel());
  exchange.reset(options, downstream);
  EXPECT_FALSE(exchange.response().tunnel());
  EXPECT_FALSE(exchange.response().begun());
  EXPECT_FALSE(exchange.request().wants_tunnel());
  const Request plain = Request("GET").field("x-drop", "kept now");
  ASSERT_TRUE(exchange.request_head(plain.head(), EndStream::yes).has_value());
  const auto out = exchange.request_for(Protocol::h1, ExtendedConnect::yes);
  ASSERT_TRUE(out.has_value());
  EXPECT_THAT(texts_of(out->head.fields), testing::ElementsAre("x-drop: kept now"));
  EXPECT_EQ(out->head.method.token, "GET");
}

TEST(ReusedExchange, forgets_a_call_that_was_cut) {
  const Options options;
  const Downstream downstream;
  Exchange exchange(options, downstream);
  const Request call = Request("POST", "/p.S/M")
                           .content({http::Framing::stream, 0})
                           .field("content-type", "application/grpc-web-text");
  ASSERT_TRUE(exchange.request_head(call.head(), EndStream::no).has_value());
  ASSERT_TRUE(exchange.request_content(slice_of("AAAAAA")).has_value());
  exchange.reset(options, downstream);
  ASSERT_TRUE(exchange.request_head(call.head(), EndStream::no).has_value());
  const auto content = exchange.request_content(slice_of("AAAAAAFB"));
  ASSERT_TRUE(content.has_value());
  EXPECT_EQ(octets_of(content->content), std::string_view("\0\0\0\0\1A", 6));
  EXPECT_TRUE(exchange.request_end({}).has_value());
}

}  // namespace
}  // namespace regauge::tests
