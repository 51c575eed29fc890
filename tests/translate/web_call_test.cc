// Calls between gRPC-Web and gRPC, both directions, binary and text, at every cut (gRPC-Web, gRPC
// over HTTP/2).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "regauge/grpc/message_frame.h"
#include "tests/case_file.h"
#include "tests/translate/messages.h"

namespace regauge::tests {
namespace {

using http::EndStream;
using http::Framing;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::IsSupersetOf;
using testing::Not;
using translate::Downstream;
using translate::Exchange;
using translate::ExtendedConnect;
using translate::Fault;
using translate::Options;
using translate::Produced;
using translate::Protocol;
using translate::UpstreamWeb;

std::string frame(std::string_view message, std::uint8_t flags = 0) {
  const auto prefix = grpc::write_prefix({flags, static_cast<std::uint32_t>(message.size())});
  return std::string(wire::as_text(prefix)) + std::string(message);
}

// Octets in base64, by an encoder that has nothing to do with ours.
std::string text(std::string_view octets) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t i = 0; i < octets.size(); i += 3) {
    std::uint32_t bits = 0;
    for (std::size_t j = 0; j < 3; ++j) {
      const unsigned octet = i + j < octets.size() ? static_cast<unsigned char>(octets[i + j]) : 0U;
      bits = bits << 8U | octet;
    }
    for (std::size_t j = 0; j < 4; ++j) {
      const bool padding = i + j > octets.size();
      out.push_back(padding ? '=' : kDigits[(bits >> (18U - 6U * j)) & 0x3fU]);
    }
  }
  return out;
}

// Decodes padded segments in a row.
std::string octets_of_segments(std::string_view segments) {
  std::string octets;
  for (std::size_t i = 0; i < segments.size(); i += 4) {
    octets += from_base64(segments.substr(i, 4));
  }
  return octets;
}

Request call(std::string_view type) {
  return Request("POST", "/p.S/M")
      .content({Framing::stream, 0})
      .field("content-type", type)
      .field("accept", "*/*")
      .field("x-grpc-web", "1")
      .field("te", "trailers");
}

// What became of one direction of a call.
struct Flow {
  std::string content{};
  Texts head{};
  Texts trailers{};
  std::optional<Fault> fault{};
  bool ended = false;
  bool operator==(const Flow&) const = default;
};

void add(Flow& flow, const Produced& produced) {
  EXPECT_FALSE(flow.ended) << "nothing follows the end";
  if (produced.head != nullptr) {
    EXPECT_TRUE(flow.head.empty()) << "there is one head";
    flow.head = texts_of(produced.head->fields);
    flow.head.insert(flow.head.begin(), std::to_string(produced.head->status.value));
  }
  flow.content += octets_of(produced.content);
  for (const std::string& line : texts_of(produced.trailers)) flow.trailers.push_back(line);
  flow.ended |= produced.end == EndStream::yes;
}

class WebCall : public testing::Test {
 protected:
  WebCall() { downstream_.protocol = Protocol::h2; }
  Texts open(const Request& request) {
    exchange_.emplace(options_, downstream_);
    const auto taken = exchange_->request_head(request.head(), EndStream::no);
    EXPECT_TRUE(taken.has_value());
    const auto out = exchange_->request_for(Protocol::h2, ExtendedConnect::no);
    EXPECT_TRUE(out.has_value());
    return texts_of(out->head.fields);
  }
  std::optional<Fault> refusal(const Request& request) {
    exchange_.emplace(options_, downstream_);
    const auto taken = exchange_->request_head(request.head(), EndStream::no);
    return taken ? std::nullopt : std::optional(taken.error());
  }

  Flow request(const Request& head, std::string_view octets, std::size_t piece) {
    open(head);
    Flow flow;
    while (!octets.empty()) {
      const std::string_view part = octets.substr(0, piece);
      octets.remove_prefix(part.size());
      const auto produced = exchange_->request_content(slice_of(part));
      if (!produced) return {.fault = produced.error()};
      add(flow, *produced);
    }
    const auto produced = exchange_->request_end({});
    if (!produced) return {.fault = produced.error()};
    add(flow, *produced);
    return flow;
  }
  // Sends a request whole and in pieces: the meaning is the same.
  Flow request(const Request& head, std::string_view octets) {
    const Flow whole = request(head, octets, octets.size() + 1);
    for (std::size_t piece = 1; piece <= 9; ++piece) {
      EXPECT_EQ(request(head, octets, piece), whole) << piece;
    }
    return whole;
  }

  Flow response(const Response& head, std::string_view octets, const Lines& trailers,
                std::size_t piece) {
    Flow flow;
    const auto begun = exchange_->response().head(head.head(), EndStream::no);
    EXPECT_TRUE(begun.has_value());
    if (begun) add(flow, *begun);
    while (!octets.empty() && !flow.ended) {
      const std::string_view part = octets.substr(0, piece);
      octets.remove_prefix(part.size());
      add(flow, exchange_->response().content(slice_of(part)));
    }
    if (!flow.ended) add(flow, exchange_->response().end(trailers.section()));
    return flow;
  }
  Flow response(const Request& asked, const Response& head, std::string_view octets,
                const Lines& trailers = {}) {
    open(asked);
    const Flow whole = response(head, octets, trailers, octets.size() + 1);
    for (std::size_t piece = 1; piece <= 9; ++piece) {
      open(asked);
      EXPECT_EQ(response(head, octets, trailers, piece), whole) << piece;
    }
    return whole;
  }

  Options options_;
  Downstream downstream_;
  std::optional<Exchange> exchange_;
};

const std::string kTwo = frame(
                             "\x0a\x01"
                             "A") +
                         frame("second", 1);

// --- Requests ------------------------------------------------------------------------------------

TEST_F(WebCall, becomes_grpc) {
  EXPECT_THAT(open(call("application/grpc-web+proto")),
              ElementsAre("content-type: application/grpc+proto", "grpc-accept-encoding: identity",
                          "te: trailers"));
  const Flow flow = request(call("application/grpc-web+proto"), kTwo);
  EXPECT_EQ(flow.content, kTwo);
  EXPECT_TRUE(flow.ended);
}

TEST_F(WebCall, in_text_becomes_grpc) {
  const Flow whole = request(call("application/grpc-web-text"), text(kTwo));
  EXPECT_EQ(whole.content, kTwo);
  std::string segments;
  for (const char octet : kTwo) segments += text({&octet, 1});
  EXPECT_EQ(request(call("application/grpc-web-text"), segments), whole);
}

TEST_F(WebCall, without_messages_ends_the_stream) {
  const Flow flow = request(call("application/grpc-web"), "");
  EXPECT_EQ(flow.content, "");
  EXPECT_TRUE(flow.ended);
}

TEST_F(WebCall, is_refused_for_flags_that_no_request_has) {
  for (const unsigned flags : {0x80U, 0x81U, 0x02U, 0x40U}) {
    EXPECT_EQ(
        request(call("application/grpc-web"), kTwo + frame("x", static_cast<std::uint8_t>(flags)))
            .fault,
        Fault::web_frame_flags);
  }
}

TEST_F(WebCall, is_refused_when_it_ends_inside_a_message) {
  for (std::size_t octets = 1; octets < kTwo.size(); ++octets) {
    const bool between = octets == frame(
                                       "\x0a\x01"
                                       "A")
                                       .size();
    EXPECT_EQ(request(call("application/grpc-web"), kTwo.substr(0, octets)).fault.has_value(),
              !between)
        << octets;
  }
}

TEST_F(WebCall, is_refused_for_text_that_is_no_base64) {
  for (const std::string_view bad :
       {"A", "AA", "AAA", "=AAA", "AAA*", "AA==A", "AAAA\r\n", "AB=="}) {
    EXPECT_EQ(request(call("application/grpc-web-text"), bad).fault, Fault::web_text) << bad;
  }
}

TEST_F(WebCall, is_refused_for_a_message_above_the_limit) {
  options_.message_bytes_max = 6;
  EXPECT_EQ(request(call("application/grpc-web"), kTwo).fault, std::nullopt);
  EXPECT_EQ(request(call("application/grpc-web"), frame("seven!!")).fault,
            Fault::web_message_too_large);
}

TEST_F(WebCall, is_a_post_of_a_known_media_type) {
  Request get("GET");
  get.field("content-type", "application/grpc-web");
  EXPECT_EQ(refusal(get), Fault::web_method);
  EXPECT_EQ(refusal(call("application/grpc-webbing")), Fault::web_media_type);
  EXPECT_EQ(refusal(call("application/json")), std::nullopt);
  options_.other_content = translate::OtherContent::refuse;
  EXPECT_EQ(refusal(call("application/json")), Fault::web_media_type);
}

TEST_F(WebCall, of_grpc_becomes_web_for_a_web_upstream) {
  options_.upstream_web = UpstreamWeb::binary;
  EXPECT_THAT(open(call("application/grpc")),
              ElementsAre("content-type: application/grpc-web+proto", "x-grpc-web: 1"));
  EXPECT_EQ(request(call("application/grpc"), kTwo).content, kTwo);
  options_.upstream_web = UpstreamWeb::text;
  EXPECT_THAT(open(call("application/grpc+json")),
              ElementsAre("content-type: application/grpc-web-text+json",
                          "accept: application/grpc-web-text+json", "x-grpc-web: 1"));
}

// A trailer frame ends here, and one that the origin has compressed could not be read.
TEST_F(WebCall, of_grpc_asks_a_web_upstream_for_no_compression) {
  options_.upstream_web = UpstreamWeb::binary;
  EXPECT_THAT(open(call("application/grpc").field("grpc-accept-encoding", "gzip,deflate")),
              Contains("grpc-accept-encoding: identity"));
  // Without the field an origin may answer in the coding of the request.
  EXPECT_THAT(open(call("application/grpc").field("grpc-encoding", "gzip")),
              IsSupersetOf({"grpc-accept-encoding: identity", "grpc-encoding: gzip"}));
  EXPECT_THAT(open(call("application/grpc")), Not(Contains(HasSubstr("accept-encoding"))));
}

TEST_F(WebCall, in_text_has_a_segment_for_each_message) {
  options_.upstream_web = UpstreamWeb::text;
  const Flow flow = request(call("application/grpc"), kTwo);
  EXPECT_EQ(flow.content, text(frame("\x0a\x01"
                                     "A")) +
                              text(frame("second", 1)));
}

TEST_F(WebCall, of_many_empty_messages_in_text_stays_within_its_bound) {
  options_.upstream_web = UpstreamWeb::text;
  std::string empties;
  for (int i = 0; i < 2000; ++i) empties += frame("");
  open(call("application/grpc"));
  const auto produced = exchange_->request_content(slice_of(empties));
  ASSERT_TRUE(produced.has_value());
  EXPECT_EQ(produced->content.size(), 1U) << "one slice a read, not one a message";
  EXPECT_EQ(octets_of_segments(octets_of(produced->content)), empties);
}

TEST_F(WebCall, passes_an_upstream_that_speaks_the_same) {
  options_.upstream_web = UpstreamWeb::binary;
  EXPECT_THAT(open(call("application/grpc-web-text")),
              Contains("content-type: application/grpc-web-text"));
  EXPECT_EQ(request(call("application/grpc-web-text"), "any octets at all").content,
            "any octets at all");
}

// --- Responses to a client of gRPC-Web -----------------------------------------------------------

TEST_F(WebCall, is_answered_with_a_trailer_frame) {
  const Flow flow = response(
      call("application/grpc-web+proto"),
      Response(200).field("content-type", "application/grpc").field("trailer", "grpc-status"), kTwo,
      section({{"grpc-status", "5"}, {"grpc-message", "a: b%0A"}, {"x", "1"}, {"x", "2"}}));
  EXPECT_THAT(flow.head, ElementsAre("200", "content-type: application/grpc-web+proto"));
  EXPECT_EQ(flow.content,
            kTwo + frame("grpc-status:5\r\ngrpc-message:a: b%0A\r\nx:1\r\nx:2\r\n", 0x80));
  EXPECT_THAT(flow.trailers, IsEmpty());
  EXPECT_TRUE(flow.ended);
}

TEST_F(WebCall, is_answered_in_text_when_it_asks_for_it) {
  const Lines trailers = section({{"grpc-status", "0"}});
  const Response grpc_head = Response(200).field("content-type", "application/grpc+proto");
  const Flow flow = response(call("application/grpc-web-text+proto"), grpc_head, kTwo, trailers);
  EXPECT_THAT(flow.head, ElementsAre("200", "content-type: application/grpc-web-text+proto"));
  EXPECT_EQ(octets_of_segments(flow.content), kTwo + frame("grpc-status:0\r\n", 0x80));
  const Request asks = Request("POST")
                           .field("content-type", "application/grpc-web+proto")
                           .field("accept", "application/grpc-web-text");
  EXPECT_EQ(response(asks, grpc_head, kTwo, trailers), flow);
}

TEST_F(WebCall, has_its_status_in_the_head_of_a_trailers_only_response) {
  open(call("application/grpc-web"));
  const auto only = exchange_->response().head(
      Response(200).field("content-type", "application/grpc").field("grpc-status", "7").head(),
      EndStream::yes);
  ASSERT_TRUE(only.has_value());
  EXPECT_THAT(texts_of(only->head->fields),
              ElementsAre("content-type: application/grpc-web+proto", "grpc-status: 7"));
  EXPECT_EQ(only->end, EndStream::yes);
  EXPECT_TRUE(only->content.empty()) << "an empty trailer frame would make clients fail";
  const Produced end = exchange_->response().end({});
  EXPECT_TRUE(end.content.empty());
  EXPECT_EQ(end.head, nullptr);
}

TEST_F(WebCall, is_trailers_only_even_if_the_stream_ends_behind_the_head) {
  // A gateway may write the head without END_STREAM and an empty DATA frame behind it.
  const Response only =
      Response(200).field("content-type", "application/grpc").field("grpc-status", "7");
  const Flow flow = response(call("application/grpc-web"), only, "");
  EXPECT_THAT(flow.head,
              ElementsAre("200", "content-type: application/grpc-web+proto", "grpc-status: 7"));
  EXPECT_EQ(flow.content, "");
}

TEST_F(WebCall, has_one_status_when_head_and_trailers_have_one) {
  const Response head =
      Response(200).field("content-type", "application/grpc").field("grpc-status", "0");
  const Flow flow =
      response(call("application/grpc-web"), head, kTwo, section({{"grpc-status", "5"}}));
  EXPECT_THAT(flow.head, ElementsAre("200", "content-type: application/grpc-web+proto"));
  EXPECT_EQ(flow.content, kTwo + frame("grpc-status:5\r\n", 0x80));
  const Flow empty =
      response(call("application/grpc-web"), head, "", section({{"grpc-status", "5"}}));
  EXPECT_EQ(empty.head, flow.head);
  EXPECT_EQ(empty.content, frame("grpc-status:5\r\n", 0x80));
}

TEST_F(WebCall, gets_a_status_when_the_upstream_forgets_it) {
  const Flow flow = response(call("application/grpc-web"),
                             Response(200).field("content-type", "application/grpc"), kTwo);
  EXPECT_EQ(flow.content, kTwo + frame("grpc-status:2\r\ngrpc-message:upstream sent no "
                                       "grpc-status\r\n",
                                       0x80));
}

TEST_F(WebCall, gets_the_status_of_an_upstream_that_does_not_speak_grpc) {
  const Flow flow = response(call("application/grpc-web"),
                             Response(503).field("content-type", "text/html"), "<p>busy</p>");
  EXPECT_THAT(flow.head,
              ElementsAre("503", "content-type: application/grpc-web+proto", "grpc-status: 14",
                          "grpc-message: upstream answered HTTP 503"));
  EXPECT_EQ(flow.content, "");
}

TEST_F(WebCall, is_told_of_a_reset_between_messages) {
  open(call("application/grpc-web"));
  static_cast<void>(exchange_->response().head(
      Response(200).field("content-type", "application/grpc").head(), EndStream::no));
  static_cast<void>(exchange_->response().content(slice_of(kTwo)));
  const auto told = exchange_->response().reset(http::ErrorCode::cancel);
  ASSERT_TRUE(told.has_value());
  EXPECT_EQ(octets_of(told->content),
            frame("grpc-status:1\r\ngrpc-message:upstream reset: CANCEL\r\n", 0x80));
  EXPECT_EQ(told->end, EndStream::yes);
}

TEST_F(WebCall, stays_cut_by_a_reset_inside_a_message) {
  open(call("application/grpc-web"));
  static_cast<void>(exchange_->response().head(
      Response(200).field("content-type", "application/grpc").head(), EndStream::no));
  static_cast<void>(exchange_->response().content(slice_of(kTwo.substr(0, 6))));
  EXPECT_FALSE(exchange_->response().reset(http::ErrorCode::cancel).has_value());
}

TEST_F(WebCall, gets_no_trailer_frame_inside_a_message_that_never_ended) {
  const Flow flow = response(call("application/grpc-web"),
                             Response(200).field("content-type", "application/grpc"),
                             kTwo.substr(0, 6), section({{"grpc-status", "0"}}));
  EXPECT_EQ(flow.content, kTwo.substr(0, 6)) << "it would be read as the rest of the message";
  EXPECT_TRUE(flow.ended);
}

TEST_F(WebCall, gets_status_13_for_a_frame_that_is_none) {
  const std::string first = frame(
      "\x0a\x01"
      "A");
  const Flow flow = response(call("application/grpc-web"),
                             Response(200).field("content-type", "application/grpc"),
                             first + frame("x", 0x80), section({{"grpc-status", "0"}}));
  EXPECT_EQ(flow.content,
            first + frame("grpc-status:13\r\ngrpc-message:bad frame flags\r\n", 0x80));
}

// --- Responses to a client of gRPC ---------------------------------------------------------------

class GrpcCall : public WebCall {
 protected:
  GrpcCall() { options_.upstream_web = UpstreamWeb::binary; }
  Flow answered(const Response& head, std::string_view octets) {
    return response(call("application/grpc+proto"), head, octets);
  }
  static Response web(std::string_view type = "application/grpc-web+proto") {
    return Response(200).field("content-type", type);
  }
};

TEST_F(GrpcCall, has_the_trailer_frame_as_its_trailers) {
  const Flow flow =
      answered(web(), kTwo + frame("Grpc-Status: 5\r\ngrpc-message:a: b\r\nx:1\r\nx:2", 0x80));
  EXPECT_THAT(flow.head, ElementsAre("200", "content-type: application/grpc+proto"));
  EXPECT_EQ(flow.content, kTwo);
  EXPECT_THAT(flow.trailers, ElementsAre("grpc-status: 5", "grpc-message: a: b", "x: 1", "x: 2"));
}

TEST_F(GrpcCall, reads_text_in_segments_of_any_size) {
  const std::string octets = kTwo + frame("grpc-status:0\r\n", 0x80);
  const Flow flow = answered(web("application/grpc-web-text+proto"), text(octets));
  EXPECT_EQ(flow.content, kTwo);
  EXPECT_THAT(flow.trailers, ElementsAre("grpc-status: 0"));
  const std::string segments = text(octets.substr(0, 4)) + text(octets.substr(4));
  EXPECT_EQ(answered(web("application/grpc-web-text+proto"), segments), flow);
}

TEST_F(GrpcCall, is_trailers_only_when_nothing_follows_the_head) {
  for (const std::string& octets : {std::string(), frame("", 0x80)}) {
    const Flow flow = answered(web().field("grpc-status", "3"), octets);
    EXPECT_THAT(flow.head,
                ElementsAre("200", "content-type: application/grpc+proto", "grpc-status: 3"));
    EXPECT_THAT(flow.trailers, IsEmpty());
  }
}

TEST_F(GrpcCall, believes_the_trailer_frame_and_not_the_head) {
  const Flow flow = answered(web().field("grpc-status", "9").field("grpc-message", "no"),
                             kTwo + frame("grpc-status:0\r\n", 0x80));
  EXPECT_THAT(flow.head, ElementsAre("200", "content-type: application/grpc+proto"));
  EXPECT_THAT(flow.trailers, ElementsAre("grpc-status: 0"));
}

TEST_F(GrpcCall, never_succeeds_when_it_was_cut) {
  const std::string octets = kTwo + frame("grpc-status:0\r\n", 0x80);
  for (std::size_t end = 0; end < octets.size(); ++end) {
    const Flow flow = answered(web(), octets.substr(0, end));
    ASSERT_FALSE(flow.trailers.empty()) << end;
    EXPECT_NE(flow.trailers[0], "grpc-status: 0") << end;
  }
}

TEST_F(GrpcCall, fails_with_13_for_what_no_stream_of_web_has) {
  const std::string status = frame("grpc-status:0\r\n", 0x80);
  const auto failure = [this](const std::string& octets) {
    const Flow flow = answered(web(), octets);
    return flow.trailers.size() == 2 && flow.trailers[0] == "grpc-status: 13" ? flow.trailers[1]
                                                                              : "no failure";
  };
  EXPECT_EQ(failure(kTwo + frame("x", 0x40)), "grpc-message: bad frame flags");
  EXPECT_EQ(failure(kTwo + status + "x"), "grpc-message: bytes after trailer frame");
  EXPECT_EQ(failure(kTwo + frame("zip", 0x81)), "grpc-message: compressed trailer, no encoding");
  EXPECT_EQ(failure(kTwo + frame("no colon", 0x80)), "grpc-message: bad trailer line");
  EXPECT_EQ(failure(kTwo + frame("a:b\nc\r\n", 0x80)), "grpc-message: bad trailer line");
  EXPECT_EQ(failure(kTwo + frame(":status:200\r\n", 0x80)), "grpc-message: bad trailer line");
  EXPECT_EQ(failure(kTwo + frame("te:x\r\n", 0x80)), "grpc-message: bad trailer line");
  EXPECT_EQ(failure(kTwo.substr(0, 6)), "grpc-message: truncated message");
  options_.limits.trailer_section_bytes_max = 14;
  EXPECT_EQ(failure(kTwo + status), "grpc-message: message too large");
}

TEST_F(GrpcCall, loses_trailers_that_have_no_business_there) {  // RFC 9110 §6.5.1
  const Flow flow = answered(web(), frame("set-cookie:a=b\r\ngrpc-status:0\r\n", 0x80));
  EXPECT_THAT(flow.trailers, ElementsAre("grpc-status: 0"));
}

TEST_F(GrpcCall, is_told_of_a_reset) {
  open(call("application/grpc"));
  static_cast<void>(
      exchange_->response().head(web().field("grpc-status", "0").head(), EndStream::no));
  EXPECT_FALSE(exchange_->response().begun()) << "the head waits for what follows";
  const auto told = exchange_->response().reset(http::ErrorCode::refused_stream);
  ASSERT_TRUE(told.has_value());
  ASSERT_NE(told->head, nullptr);
  EXPECT_THAT(texts_of(told->head->fields), ElementsAre("content-type: application/grpc+proto"));
  EXPECT_THAT(texts_of(told->trailers),
              ElementsAre("grpc-status: 14", "grpc-message: upstream reset: REFUSED_STREAM"));
}

TEST_F(GrpcCall, hides_what_was_meant_for_a_browser) {  // Fetch, "CORS protocol"
  const Flow flow = answered(web()
                                 .field("access-control-allow-origin", "*")
                                 .field("access-control-expose-headers", "grpc-status"),
                             frame("grpc-status:0\r\n", 0x80));
  EXPECT_THAT(flow.head, ElementsAre("200", "content-type: application/grpc+proto"));
}

// --- Both ways, and answers of our own -----------------------------------------------------------

TEST_F(WebCall, through_web_and_back_is_the_same_call) {
  for (const UpstreamWeb form : {UpstreamWeb::binary, UpstreamWeb::text}) {
    options_.upstream_web = form;
    const std::string over = request(call("application/grpc+proto"), kTwo).content;
    options_.upstream_web = UpstreamWeb::off;
    const bool in_text = form == UpstreamWeb::text;
    EXPECT_EQ(
        request(call(in_text ? "application/grpc-web-text" : "application/grpc-web"), over).content,
        kTwo);
  }
}

TEST_F(WebCall, is_answered_by_us_in_its_own_format) {
  const auto own = [this](std::string_view type) {
    open(call(type));
    return texts_of(exchange_->response().answer(http::Status{502}, "why").head->fields);
  };
  EXPECT_THAT(own("application/grpc-web-text"),
              ElementsAre("content-type: application/grpc-web-text+proto", "grpc-status: 14",
                          "grpc-message: why"));
  EXPECT_THAT(own("application/grpc"), ElementsAre("content-type: application/grpc",
                                                   "grpc-status: 14", "grpc-message: why"));
  options_.upstream_web = UpstreamWeb::binary;
  EXPECT_THAT(own("application/grpc-web"), ElementsAre("content-type: application/grpc-web+proto",
                                                       "grpc-status: 14", "grpc-message: why"))
      << "a call that passes untranslated gets a media type too";
}

TEST_F(WebCall, above_a_limit_is_exhausted) {
  open(call("application/grpc-web"));
  EXPECT_THAT(texts_of(exchange_->response().answer(http::Status{413}, "big").head->fields),
              Contains("grpc-status: 8"));
}

TEST_F(WebCall, costs_a_bounded_number_of_steps) {
  const std::vector<std::string> streams{kTwo, std::string(5000, '\0'),
                                         frame(std::string(4000, 'x'))};
  for (const std::string& octets : streams) {
    for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, octets.size()}) {
      static_cast<void>(request(call("application/grpc-web-text"), text(octets), piece));
      const wire::Work& work = exchange_->work();
      EXPECT_GT(work.bytes_in, 0U);
      EXPECT_LE(work.total(), 4 * work.bytes_in + 8 * work.messages);
    }
  }
}

}  // namespace
}  // namespace regauge::tests
