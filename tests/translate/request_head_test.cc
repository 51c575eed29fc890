// Request heads on their way from the client to the upstream (RFC 9110 §7.6, RFC 9112 §3, RFC 9113
// §8.3).
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/translate/messages.h"

namespace regauge::tests {
namespace {

using http::EndStream;
using http::Framing;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;
using translate::Downstream;
using translate::Exchange;
using translate::ExtendedConnect;
using translate::Fault;
using translate::Options;
using translate::Protocol;

struct Outcome {
  std::optional<Fault> fault;
  Texts fields;
  http::RequestHead head;  // views of the exchange, which lives as long
  EndStream end_stream = EndStream::no;
};

class RequestHead : public testing::Test {
 protected:
  Outcome sent(const Request& request, Protocol upstream, EndStream end = EndStream::yes) {
    exchange_.emplace(options_, downstream_);
    if (const auto taken = exchange_->request_head(request.head(), end); !taken) {
      return {taken.error(), {}, {}, {}};
    }
    return written(upstream);
  }
  Outcome written(Protocol upstream, ExtendedConnect extended = ExtendedConnect::yes) {
    const auto out = exchange_->request_for(upstream, extended);
    if (!out) return {out.error(), {}, {}, {}};
    return {std::nullopt, texts_of(out->head.fields), out->head, out->end_stream};
  }
  Texts fields(const Request& request, Protocol upstream = Protocol::h2) {
    const Outcome outcome = sent(request, upstream);
    EXPECT_FALSE(outcome.fault.has_value());
    return outcome.fields;
  }
  std::optional<Fault> fault(const Request& request, EndStream end = EndStream::yes) {
    return sent(request, Protocol::h2, end).fault;
  }

  Options options_;
  Downstream downstream_;
  std::optional<Exchange> exchange_;
};

TEST_F(RequestHead, outlives_the_memory_that_it_came_in) {
  exchange_.emplace(options_, downstream_);
  {
    std::string name = "x-short-lived";
    std::string value = "a value that is too long for any small string";
    Request request("BREW", "/path?query");
    request.field(name, value).field("accept", "*/*");
    ASSERT_TRUE(exchange_->request_head(request.head(), EndStream::yes));
  }
  const Outcome outcome = written(Protocol::h2);
  EXPECT_THAT(
      outcome.fields,
      ElementsAre("x-short-lived: a value that is too long for any small string", "accept: */*"));
  EXPECT_EQ(outcome.head.method.token, "BREW");
  EXPECT_EQ(outcome.head.path, "/path?query");
  EXPECT_EQ(outcome.head.authority, "a.test");
}

TEST_F(RequestHead, is_written_again_for_another_connection) {
  const Request request = Request("GET").field("cookie", "a=1").field("cookie", "b=2");
  EXPECT_THAT(fields(request, Protocol::h2), ElementsAre("cookie: a=1", "cookie: b=2"));
  EXPECT_THAT(written(Protocol::h1).fields, ElementsAre("cookie: a=1; b=2"));
  EXPECT_THAT(written(Protocol::h2).fields, ElementsAre("cookie: a=1", "cookie: b=2"));
}

TEST_F(RequestHead, takes_the_scheme_of_the_transport_unless_the_target_has_one) {
  EXPECT_EQ(sent(Request("GET"), Protocol::h2).head.scheme, "http");
  downstream_.scheme = "https";
  EXPECT_EQ(sent(Request("GET"), Protocol::h2).head.scheme, "https");
  EXPECT_EQ(sent(Request("GET").scheme("HTTP"), Protocol::h2).head.scheme, "http");
  EXPECT_EQ(fault(Request("GET").scheme("ftp")), Fault::scheme_unknown);
}

TEST_F(RequestHead, needs_an_authority) {  // RFC 9112 §3.2, RFC 9113 §8.3.1
  EXPECT_EQ(fault(Request("GET").authority("")), Fault::authority_missing);
  options_.default_authority = "default.test";
  EXPECT_EQ(sent(Request("GET").authority(""), Protocol::h2).head.authority, "default.test");
}

TEST_F(RequestHead, of_connect_has_a_host_that_is_its_target) {  // RFC 9112 §3.2.3
  const auto connect = [](std::string_view target, std::string_view host) {
    return Request("CONNECT", "").authority(target).field("host", host);
  };
  EXPECT_EQ(fault(connect("b.test:80", "b.test")), std::nullopt);
  EXPECT_EQ(fault(connect("b.test:443", "B.test:443")), std::nullopt);
  EXPECT_EQ(fault(connect("b.test:443", "c.test:443")), Fault::connect_host_mismatch);
}

TEST_F(RequestHead, loses_what_belongs_to_the_connection) {  // RFC 9110 §7.6.1
  EXPECT_THAT(fields(Request("GET")
                         .field("connection", "close, X-Drop,,")
                         .field("keep-alive", "timeout=5")
                         .field("proxy-connection", "x")
                         .field("transfer-encoding", "chunked")
                         .field("upgrade", "h2c")
                         .field("http2-settings", "AAMAAABk")
                         .field("x-drop", "1")
                         .field("x-keep", "2")),
              ElementsAre("x-keep: 2"));
}

TEST_F(RequestHead, may_not_nominate_what_belongs_to_the_message) {  // RFC 9110 §7.6.1
  for (const std::string_view name :
       {"host", "content-length", "transfer-encoding", "cookie", "authorization", "via",
        "forwarded", "x-forwarded-for", "x-forwarded-host", "X-Forwarded-Proto", "x-forwarded-port",
        "x-forwarded-anything"}) {
    EXPECT_EQ(fault(Request("GET").field("connection", name)), Fault::nominated_field) << name;
  }
}

TEST_F(RequestHead, may_nominate_only_so_many_fields) {
  Request request("GET");
  for (int i = 0; i < 32; ++i) request.field("connection", "x" + std::to_string(i));
  EXPECT_EQ(fault(request), std::nullopt);
  EXPECT_EQ(fault(request.field("connection", "one-more")), Fault::nominated_field);
}

TEST_F(RequestHead, keeps_of_te_what_says_trailers) {  // RFC 9110 §10.1.4, RFC 9113 §8.2.2
  EXPECT_THAT(fields(Request("GET").field("te", "gzip;q=0.5, Trailers")),
              ElementsAre("te: trailers"));
  EXPECT_THAT(fields(Request("GET").field("te", "gzip")), IsEmpty());
}

TEST_F(RequestHead, expects_continue_only_with_content_and_from_1_1) {  // RFC 9110 §10.1.1
  const auto expecting = [](std::string_view value) {
    return Request("POST").content({Framing::stream, 0}).field("expect", value);
  };
  EXPECT_THAT(sent(expecting("100-Continue"), Protocol::h1, EndStream::no).fields,
              ElementsAre("expect: 100-Continue"));
  EXPECT_THAT(
      sent(expecting("100-continue").version(http::Version::http_1_0), Protocol::h1, EndStream::no)
          .fields,
      IsEmpty());
  EXPECT_THAT(fields(Request("POST").field("expect", "100-continue")), IsEmpty());
  EXPECT_EQ(fault(expecting("tea"), EndStream::no), Fault::expectation_unknown);
}

TEST_F(RequestHead, counts_max_forwards_down_for_options_and_trace) {  // RFC 9110 §7.6.2
  const auto sent_as = [this](std::string_view method, std::string_view value) {
    return fields(Request(method).field("max-forwards", value));
  };
  EXPECT_THAT(sent_as("OPTIONS", "5"), ElementsAre("max-forwards: 4"));
  EXPECT_THAT(sent_as("TRACE", "1"), ElementsAre("max-forwards: 0"));
  EXPECT_THAT(sent_as("GET", "0"), ElementsAre("max-forwards: 0"));
  EXPECT_THAT(sent_as("TRACE", "many"), ElementsAre("max-forwards: many"));
  EXPECT_EQ(fault(Request("OPTIONS").field("max-forwards", "0")), Fault::max_forwards_reached);
}

TEST_F(RequestHead, bounds_a_max_forwards_that_it_cannot_count) {  // RFC 9110 §7.6.2
  EXPECT_THAT(fields(Request("TRACE").field("max-forwards", "99999999999999999999")),
              ElementsAre("max-forwards: 4294967294"));
}

TEST_F(RequestHead, keeps_via_as_it_came_without_a_pseudonym) {  // RFC 9110 §7.6.3
  EXPECT_THAT(fields(Request("GET").field("via", "1.0 a").field("via", "1.1 b")),
              ElementsAre("via: 1.0 a", "via: 1.1 b"));
}

TEST_F(RequestHead, appends_its_pseudonym_to_via) {  // RFC 9110 §7.6.3
  options_.via = "rg";
  EXPECT_THAT(fields(Request("GET")), ElementsAre("via: 1.1 rg"));
  EXPECT_THAT(fields(Request("GET").version(http::Version::http_2)), ElementsAre("via: 2 rg"));
  EXPECT_THAT(fields(Request("GET").version(http::Version::http_1_0)), ElementsAre("via: 1.0 rg"));
  EXPECT_THAT(fields(Request("GET").field("via", "1.0 a").field("via", "1.1 b")),
              ElementsAre("via: 1.0 a, 1.1 b, 1.1 rg"));
}

TEST_F(RequestHead, joins_many_via_lines_in_linear_space) {  // found by reading: it was square
  options_.via = "rg";
  Request request("GET");
  for (int i = 0; i < 200; ++i) request.field("via", "1.1 " + std::string(300, 'v'));
  const Texts via = values_of(sent(request, Protocol::h2).head.fields, "via");
  ASSERT_EQ(via.size(), 1U);
  EXPECT_EQ(via[0].size(), 200 * (304 + 2) + std::string_view("1.1 rg").size());
}

TEST_F(RequestHead, keeps_appends_or_replaces_who_forwarded) {  // RFC 7239 §7.4
  const Request request = Request("GET")
                              .field("x-forwarded-for", "192.0.2.1")
                              .field("x-forwarded-for", "192.0.2.2")
                              .field("forwarded", "for=192.0.2.1")
                              .field("x-forwarded-proto", "https");
  downstream_.address = "198.51.100.7";
  EXPECT_THAT(fields(request), Contains("x-forwarded-for: 192.0.2.2"));
  options_.forwarded = translate::Forwarded::append;
  EXPECT_THAT(fields(request), ElementsAre("forwarded: for=192.0.2.1", "x-forwarded-proto: https",
                                           "x-forwarded-for: 192.0.2.1, 192.0.2.2, 198.51.100.7"));
  options_.forwarded = translate::Forwarded::replace;
  EXPECT_THAT(fields(request), ElementsAre("x-forwarded-for: 198.51.100.7"));
}

TEST_F(RequestHead, keeps_x_forwarded_for_when_there_is_no_address_to_append) {
  options_.forwarded = translate::Forwarded::append;
  EXPECT_THAT(fields(Request("GET").field("x-forwarded-for", "192.0.2.1")),
              ElementsAre("x-forwarded-for: 192.0.2.1"));
}

TEST_F(RequestHead, joins_cookie_crumbs_toward_h1) {  // RFC 9113 §8.2.3
  EXPECT_THAT(
      fields(
          Request("GET").field("cookie", "a=1").field("accept", "*/*").field("cookie", "b=2; c=3"),
          Protocol::h1),
      ElementsAre("cookie: a=1; b=2; c=3", "accept: */*"));
}

TEST_F(RequestHead, cuts_cookies_into_crumbs_when_asked_to) {  // RFC 9113 §8.2.3
  options_.cookie_crumbs = translate::CookieCrumbs::yes;
  EXPECT_THAT(fields(Request("GET").field("cookie", "a=1; b=2;c")),
              ElementsAre("cookie: a=1", "cookie: b=2;c"));
}

TEST_F(RequestHead, keeps_the_mark_that_forbids_indexing) {  // RFC 7541 §7.1.3
  const Request request = Request("GET")
                              .field("authorization", "secret")
                              .never_indexed()
                              .field("cookie", "a=1")
                              .field("cookie", "b=2")
                              .never_indexed();
  for (const http::FieldLine& line : sent(request, Protocol::h1).head.fields) {
    EXPECT_EQ(line.indexing, http::Indexing::never) << line.name;
  }
}

TEST_F(RequestHead, never_copies_framing_from_fields) {  // RFC 9112 §6.3
  const Request request =
      Request("POST").content({Framing::length, 3}).field("content-length", "3");
  const Outcome outcome = sent(request, Protocol::h2, EndStream::no);
  EXPECT_THAT(outcome.fields, IsEmpty());
  EXPECT_EQ(outcome.head.content.framing, Framing::length);
  EXPECT_EQ(outcome.head.content.length, 3U);
}

TEST_F(RequestHead, still_says_that_it_has_no_content_if_it_did) {  // RFC 9110 §8.6
  const Outcome outcome = sent(Request("GET").field("content-length", "0"), Protocol::h1);
  EXPECT_EQ(outcome.head.content.framing, Framing::length);
  EXPECT_EQ(outcome.head.content.length, 0U);
  EXPECT_EQ(outcome.end_stream, EndStream::yes);
}

TEST_F(RequestHead, has_its_host_in_the_authority_only) {  // RFC 9113 §8.3.1
  EXPECT_THAT(fields(Request("GET").field("host", "a.test")), Not(Contains("host: a.test")));
}

TEST_F(RequestHead, has_a_space_for_a_control_that_was_forgiven) {  // RFC 9110 §5.5
  for (const std::string control : {"\x01", "\x0b", "\x0c", "\x1c", "\x1f", "\x7f"}) {
    const auto request = Request("GET").forgiven().field("x", control + "a" + control + "\tb\xff");
    EXPECT_THAT(fields(request), Contains("x: a \tb\xff"));
  }
  const auto request = Request("OPTIONS").forgiven().field("max-forwards", "1\x01x");
  EXPECT_THAT(fields(request), Contains("max-forwards: 1 x"));
}

TEST_F(RequestHead, keeps_what_no_preset_forgives_for_the_serialiser_to_refuse) {
  using namespace std::string_view_literals;  // RFC 9113 §10.3
  for (const std::string_view octets : {"a\rb"sv, "a\nb"sv, "a\0b"sv}) {
    EXPECT_THAT(fields(Request("GET").forgiven().field("x", octets)),
                Contains("x: " + std::string(octets)));
  }
}

TEST_F(RequestHead, is_followed_by_trailers_without_controls) {  // RFC 9110 §5.5
  ASSERT_FALSE(sent(Request("POST").content({Framing::stream, 0}), Protocol::h2, EndStream::no)
                   .fault.has_value());
  const Lines trailers = section({{"x-sum",
                                   "1\x0b"
                                   "2"},
                                  {"x-clean", "3"}});
  const auto end = exchange_->request_end(trailers.section());
  ASSERT_TRUE(end.has_value());
  EXPECT_THAT(texts_of(end->trailers), ElementsAre("x-sum: 1 2", "x-clean: 3"));
}

}  // namespace
}  // namespace regauge::tests
