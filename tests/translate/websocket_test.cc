// WebSocket between H1 upgrade and H2 extended CONNECT (RFC 6455 §4, RFC 8441 §5).
#include "regauge/translate/websocket.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/translate/messages.h"

namespace regauge::tests {
namespace {

using http::EndStream;
using http::Framing;
using testing::Contains;
using testing::ElementsAre;
using testing::Not;
using testing::StartsWith;
using translate::Downstream;
using translate::Exchange;
using translate::ExtendedConnect;
using translate::Fault;
using translate::Options;
using translate::Produced;
using translate::Protocol;

constexpr std::string_view kKey = "dGhlIHNhbXBsZSBub25jZQ==";         // RFC 6455 §1.3
constexpr std::string_view kAccept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";  // RFC 6455 §1.3

Request upgrade() {
  return Request("GET", "/chat")
      .field("connection", "keep-alive, Upgrade")
      .field("upgrade", "websocket")
      .field("sec-websocket-version", "13")
      .field("sec-websocket-key", kKey);
}

Request extended_connect() {
  return Request("CONNECT", "/chat")
      .protocol("websocket")
      .version(http::Version::http_2)
      .content({Framing::tunnel, 0})
      .field("sec-websocket-version", "13");
}

class WebSocket : public testing::Test {
 protected:
  std::expected<void, Fault> take(const Request& request, Protocol downstream) {
    downstream_.protocol = downstream;
    exchange_.emplace(options_, downstream_);
    return exchange_->request_head(request.head(), EndStream::no);
  }
  translate::RequestOut ask(const Request& request, Protocol downstream, Protocol upstream) {
    EXPECT_TRUE(take(request, downstream).has_value());
    const auto out = exchange_->request_for(upstream, ExtendedConnect::yes);
    EXPECT_TRUE(out.has_value());
    return out ? *out : translate::RequestOut();
  }
  std::expected<Produced, Fault> answer(const Response& response) {
    return exchange_->response().head(response.head(), EndStream::no);
  }

  Options options_;
  Downstream downstream_;
  std::optional<Exchange> exchange_;
};

TEST(WebSocketHandshake, computes_the_example_of_the_rfc) {  // RFC 6455 §1.3
  EXPECT_EQ(translate::websocket_accept(kKey).view(), kAccept);
}

TEST(WebSocketHandshake, has_a_key_of_sixteen_octets_in_base64) {  // RFC 6455 §4.1
  EXPECT_TRUE(translate::is_websocket_key(kKey));
  const std::array<std::uint8_t, 16> nonce{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
  EXPECT_EQ(translate::websocket_key(nonce).view(), "AQIDBAUGBwgJCgsMDQ4PEA==");
  EXPECT_TRUE(translate::is_websocket_key(translate::websocket_key(nonce).view()));
  for (const std::string_view key :
       {"", "dGhlIHNhbXBsZSBub25jZQ=", "dGhlIHNhbXBsZSBub25jZQAA", "dGhlIHNhbXBsZSBub25jZR==",
        "dGhlIHNhbXBsZSBub25j====", "dGhl-HNhbXBsZSBub25jZQ==", "dGhlIHNhbXBsZSBub25jZQ==="}) {
    EXPECT_FALSE(translate::is_websocket_key(key)) << key;
  }
}

TEST_F(WebSocket, becomes_extended_connect_toward_h2) {  // RFC 8441 §5
  const auto out = ask(upgrade(), Protocol::h1, Protocol::h2);
  EXPECT_EQ(out.head.method.token, "CONNECT");
  EXPECT_EQ(out.head.protocol, "websocket");
  EXPECT_EQ(out.head.path, "/chat");
  EXPECT_EQ(out.end_stream, EndStream::no);
  EXPECT_THAT(texts_of(out.head.fields), ElementsAre("sec-websocket-version: 13"));
}

TEST_F(WebSocket, is_accepted_by_h2_with_200_and_by_us_with_101) {  // RFC 8441 §5, RFC 6455 §4.2.2
  ask(upgrade(), Protocol::h1, Protocol::h2);
  const auto produced = answer(Response(200).field("sec-websocket-protocol", "chat"));
  ASSERT_TRUE(produced.has_value());
  EXPECT_EQ(produced->head->status.value, 101);
  EXPECT_EQ(produced->head->content.framing, Framing::tunnel);
  EXPECT_THAT(texts_of(produced->head->fields),
              ElementsAre("sec-websocket-protocol: chat", "upgrade: websocket",
                          "sec-websocket-accept: " + std::string(kAccept)));
  EXPECT_TRUE(exchange_->response().tunnel());
}

TEST_F(WebSocket, becomes_an_upgrade_toward_h1) {  // RFC 8441 §5
  downstream_.nonce = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
  const auto out = ask(extended_connect(), Protocol::h2, Protocol::h1);
  EXPECT_EQ(out.head.method.token, "GET");
  EXPECT_EQ(out.head.protocol, "");
  EXPECT_EQ(out.head.content.framing, Framing::none);
  EXPECT_THAT(texts_of(out.head.fields),
              ElementsAre("sec-websocket-version: 13", "upgrade: websocket",
                          "sec-websocket-key: AQIDBAUGBwgJCgsMDQ4PEA=="));
}

TEST_F(WebSocket, accepts_101_only_with_the_right_proof) {  // RFC 6455 §4.1
  const auto answer_with = [this](std::string_view accept) {
    ask(extended_connect(), Protocol::h2, Protocol::h1);
    return answer(
        Response(101).field("upgrade", "websocket").field("sec-websocket-accept", accept));
  };
  EXPECT_EQ(answer_with(kAccept).error(), Fault::websocket_accept);
  EXPECT_EQ(answer_with("").error(), Fault::websocket_accept);
  const std::string good(translate::websocket_accept("AAAAAAAAAAAAAAAAAAAAAA==").view());
  const auto produced = answer_with(good);
  ASSERT_TRUE(produced.has_value());
  EXPECT_EQ(produced->head->status.value, 200);
  EXPECT_THAT(texts_of(produced->head->fields), Not(Contains(StartsWith("sec-websocket-accept"))));
  EXPECT_TRUE(exchange_->response().tunnel());
}

TEST_F(WebSocket, that_the_origin_declines_does_not_open_a_tunnel) {  // RFC 8441 §5
  ask(extended_connect(), Protocol::h2, Protocol::h1);
  const auto ok = answer(Response(200).content({Framing::length, 5}));
  ASSERT_FALSE(ok.has_value()) << "2xx would tell an H2 client that the tunnel is open";
  EXPECT_EQ(ok.error(), Fault::websocket_declined);
  ask(extended_connect(), Protocol::h2, Protocol::h1);
  const auto refused = answer(Response(403).content({Framing::length, 5}));
  ASSERT_TRUE(refused.has_value());
  EXPECT_EQ(refused->head->status.value, 403);
  EXPECT_FALSE(exchange_->response().tunnel());
  ask(upgrade(), Protocol::h1, Protocol::h1);
  const auto plain = answer(Response(200).content({Framing::length, 5}));
  ASSERT_TRUE(plain.has_value()) << "to an H1 client it is the answer to a GET";
  EXPECT_EQ(plain->head->status.value, 200);
  EXPECT_FALSE(exchange_->response().tunnel());
}

TEST_F(WebSocket, between_h1_peers_keeps_the_key_of_the_client) {
  const auto out = ask(upgrade(), Protocol::h1, Protocol::h1);
  EXPECT_EQ(values_of(out.head.fields, "sec-websocket-key"), Texts{std::string(kKey)});
  ASSERT_TRUE(answer(Response(101).field("sec-websocket-accept", kAccept)).has_value());
}

TEST_F(WebSocket, needs_an_upstream_that_enabled_it) {  // RFC 8441 §3
  ASSERT_TRUE(take(upgrade(), Protocol::h1).has_value());
  const auto out = exchange_->request_for(Protocol::h2, ExtendedConnect::no);
  ASSERT_FALSE(out.has_value());
  EXPECT_EQ(out.error(), Fault::protocol_not_supported);
  EXPECT_TRUE(exchange_->request_for(Protocol::h1, ExtendedConnect::no).has_value());
}

TEST_F(WebSocket, is_refused_when_the_handshake_is_none) {  // RFC 6455 §4.1
  Request no_key("GET");
  no_key.field("connection", "upgrade").field("upgrade", "websocket");
  EXPECT_EQ(take(no_key, Protocol::h1).error(), Fault::websocket_key);
  EXPECT_EQ(take(upgrade().content({Framing::length, 1}), Protocol::h1).error(),
            Fault::upgrade_with_content);
  Request post("POST");
  post.field("connection", "upgrade").field("upgrade", "websocket");
  EXPECT_EQ(take(post, Protocol::h1).error(), Fault::websocket_method);
  EXPECT_EQ(take(Request("CONNECT").protocol("h2c"), Protocol::h2).error(),
            Fault::protocol_unknown);
}

TEST_F(WebSocket, needs_the_connection_option_and_1_1) {  // RFC 9110 §7.8
  Request no_option("GET");
  no_option.field("upgrade", "websocket").field("sec-websocket-key", kKey);
  ASSERT_TRUE(take(no_option, Protocol::h1).has_value());
  EXPECT_FALSE(exchange_->request().is_websocket());
  ASSERT_TRUE(take(upgrade().version(http::Version::http_1_0), Protocol::h1).has_value());
  EXPECT_FALSE(exchange_->request().is_websocket());
}

TEST_F(WebSocket, is_the_only_upgrade) {  // RFC 9113 §3.1: h2c would carry octets past every check
  Request h2c("GET");
  h2c.field("connection", "upgrade, http2-settings").field("upgrade", "h2c");
  h2c.field("http2-settings", "AAMAAABk");
  const auto out = ask(h2c, Protocol::h1, Protocol::h1);
  EXPECT_TRUE(out.head.fields.empty());
  EXPECT_FALSE(exchange_->request().wants_tunnel());
}

}  // namespace
}  // namespace regauge::tests
