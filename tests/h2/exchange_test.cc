// Whole exchanges: content, trailers, interim responses, CONNECT (RFC 9113 §8; RFC 8441).
#include <gtest/gtest.h>

#include "tests/h2/connection_host.h"

namespace regauge::h2 {
namespace {

using Rules = std::vector<std::string>;
using Kinds = std::vector<EventKind>;

Kinds kinds_of(const Host& host, std::uint32_t stream = 1) {
  Kinds kinds;
  for (const SeenEvent& event : host.events()) {
    if (event.stream != stream) continue;
    if (!kinds.empty() && kinds.back() == event.kind && event.kind == EventKind::content) continue;
    kinds.push_back(event.kind);
  }
  return kinds;
}

// A client that sent one request, and what a server sends it behind its SETTINGS.
std::unique_ptr<Host> answer(const Frames& frames, std::string_view method = "GET",
                             std::size_t piece = 1 << 20) {
  auto host = std::make_unique<Host>(Host::client_options());
  const bool open = method == "POST" || method == "CONNECT";
  host->open(method, open ? EndStream::no : EndStream::yes);
  host->offer_in_pieces(server_start().append(frames), piece);
  return host;
}

TEST(Request, has_content_and_trailers_at_every_cut) {  // RFC 9113 §8.1
  const Frames frames = client_start()
                            .headers(1, post_block(), EndStream::no)
                            .data(1, "he")
                            .padded_data(1, "llo", 7)
                            .data(1, "")
                            .headers(1, Block().line("x-sum", "1"));
  for (const std::size_t piece : {1U, 2U, 3U, 7U, 20U, 100'000U}) {
    Host host;
    host.offer_in_pieces(frames, piece);
    EXPECT_EQ(kinds_of(host),
              (Kinds{EventKind::head, EventKind::content, EventKind::trailers, EventKind::end}))
        << piece;
    EXPECT_EQ(host.content_of(1), "hello");
    EXPECT_EQ(host.first(EventKind::trailers).fields, (FieldTexts{{"x-sum", "1"}}));
    EXPECT_TRUE(host.violations().empty());
  }
}

TEST(Request, may_have_a_block_in_many_frames) {  // RFC 9113 §4.3
  const std::string block = get_block().line("x", std::string(300, 'y')).text();
  Frames frames = client_start().frame(FrameType::headers, 0x1, 1, "");
  for (std::size_t at = 0; at < block.size(); at += 40) {
    frames.continuation(1, std::string_view(block).substr(at, 40), EndHeaders::no);
  }
  frames.continuation(1, "");
  for (const std::size_t piece : {1U, 11U, 100'000U}) {
    Host host;
    host.offer_in_pieces(frames, piece);
    EXPECT_EQ(host.first(EventKind::head).fields.size(), 1U);
    EXPECT_TRUE(host.violations().empty());
  }
}

// The content events of a POST on stream 1 with this frame, whose last octets did not come.
std::vector<SeenEvent> content_events(const Block& block, const Frames& frame,
                                      std::size_t missing) {
  const std::string_view octets = frame;
  Host host;
  host.offer(client_start().headers(1, block, EndStream::no));
  host.offer(octets.substr(0, octets.size() - missing));
  return host.of_kind(EventKind::content);
}

TEST(Content, says_that_the_end_follows_only_where_it_does) {  // RFC 9113 §8.1.1
  const Frames padded = Frames().padded_data(1, "x", 10, EndStream::yes);
  const auto whole = content_events(post_block(), padded, 0);
  ASSERT_EQ(whole.size(), 1U);
  EXPECT_EQ(whole[0].end_stream, EndStream::yes);
  const auto cut = content_events(post_block(), padded, 1);
  ASSERT_EQ(cut.size(), 1U);
  EXPECT_EQ(cut[0].end_stream, EndStream::no) << "the frame is not complete";
  const auto too_short = content_events(post_block().line("content-length", "2"),
                                        Frames().data(1, "x", EndStream::yes), 0);
  ASSERT_EQ(too_short.size(), 1U);
  EXPECT_EQ(too_short[0].end_stream, EndStream::no) << "a message that is too short has no end";
}

TEST(Trailers, are_a_section_of_their_own_with_its_rules) {  // RFC 9113 §8.1, §8.2.2
  const auto rule = [](const Block& block) {
    Host host;
    host.offer(client_start().headers(1, post_block(), EndStream::no).headers(1, block));
    return host.first(EventKind::violation).rule;
  };
  EXPECT_EQ(rule(Block().line("x", "1")), "");
  EXPECT_EQ(rule(Block()), "") << "an empty section ends the message";
  EXPECT_EQ(rule(Block().line("connection", "close")), "connection-specific-field");
  EXPECT_EQ(rule(Block().line("transfer-encoding", "chunked")), "transfer-encoding-field");
  EXPECT_EQ(rule(Block().line("te", "gzip")), "te-value");
  EXPECT_EQ(rule(Block().line("X", "1")), "field-name-uppercase");
  EXPECT_EQ(rule(Block().line("x", "a\rb")), "field-value-nul-cr-lf");
  for (const std::string_view frames : {"content-length", "host", "trailer"}) {
    EXPECT_EQ(rule(Block().line(frames, "1")), "trailers-forbidden-field") << frames;
  }
}

TEST(Trailers, leave_out_what_belongs_into_a_head) {  // RFC 9110 §6.5.1
  Host host;
  host.offer(
      client_start()
          .headers(1, post_block(), EndStream::no)
          .headers(1, Block().line("authorization", "x").line("cookie", "y").line("z", "1")));
  EXPECT_TRUE(host.violations().empty());
  EXPECT_EQ(host.first(EventKind::trailers).fields, (FieldTexts{{"z", "1"}}));
  EXPECT_EQ(host.tolerated(), (Rules{"trailers-forbidden-field", "trailers-forbidden-field"}));
}

TEST(Trailers, have_a_limit_of_their_own) {  // RFC 9113 §10.5.1
  Host host;
  Block block = Block().insert("x", std::string(2000, 'y'));
  for (int i = 0; i < 9; ++i) block.indexed(62);
  host.offer(client_start().headers(1, post_block(), EndStream::no).headers(1, block));
  EXPECT_EQ(host.violations(), Rules{"header-list-limits"});
}

TEST(Limits, count_lines_crumbs_and_octets) {  // RFC 9113 §10.5.1
  const auto rule = [](std::string_view name, int count, std::size_t octets = 1) {
    Block block = get_block();
    for (int i = 0; i < count; ++i) block.line(name, std::string(octets, 'y'));
    const std::string kept = block.text();
    Frames frames = client_start();
    frames.frame(FrameType::headers, 0x1, 1, "");
    for (std::size_t at = 0; at < kept.size(); at += 16000) {
      frames.continuation(1, std::string_view(kept).substr(at, 16000), EndHeaders::no);
    }
    Host host;
    host.offer(frames.continuation(1, ""));
    return host.first(EventKind::violation).rule;
  };
  EXPECT_EQ(rule("x", 250), "");
  EXPECT_EQ(rule("x", 257), "header-list-limits");
  EXPECT_EQ(rule("cookie", 129), "") << "128 crumbs behind the first";
  EXPECT_EQ(rule("cookie", 130), "header-list-limits");
  EXPECT_EQ(rule("cookie", 20, 1000), "header-list-limits") << "16 kB of cookie";
}

TEST(Interim, responses_come_before_the_final_one) {  // RFC 9113 §8.1
  const Frames frames = Frames()
                            .headers(1, status_block("100"), EndStream::no)
                            .headers(1, status_block("103").line("link", "</a>"), EndStream::no)
                            .headers(1, status_block("200"), EndStream::no)
                            .data(1, "ok", EndStream::yes);
  for (const std::size_t piece : {1U, 5U, 1000U}) {
    const auto host = answer(frames, "GET", piece);
    EXPECT_EQ(kinds_of(*host), (Kinds{EventKind::interim, EventKind::interim, EventKind::head,
                                      EventKind::content, EventKind::end}));
  }
  EXPECT_EQ(answer(Frames().headers(1, status_block("103")))->violations(),
            Rules{"informational-end-stream"});
  EXPECT_EQ(
      answer(Frames().headers(1, status_block("103"), EndStream::no).data(1, "x"))->violations(),
      Rules{"data-before-final-headers"});
}

TEST(Response, without_content_has_none_whatever_it_announces) {  // RFC 9110 §6.4.1, §8.6
  const auto rules = [](std::string_view method, const Block& block, std::string_view content) {
    return answer(Frames().headers(1, block, EndStream::no).data(1, content, EndStream::yes),
                  method)
        ->violations();
  };
  const Block long_one = status_block("200").line("content-length", "5");
  EXPECT_EQ(rules("HEAD", long_one, ""), Rules());
  EXPECT_EQ(rules("HEAD", long_one, "hello"), Rules{"bodyless-response-with-data"});
  EXPECT_EQ(rules("GET", status_block("304").line("content-length", "5"), ""), Rules());
  EXPECT_EQ(rules("GET", status_block("204"), "x"), Rules{"bodyless-response-with-data"});
  EXPECT_EQ(rules("GET", long_one, "hello"), Rules());
  EXPECT_EQ(rules("GET", long_one, "hell"), Rules{"content-length-mismatch"});
  EXPECT_EQ(rules("GET", status_block("999"), ""), Rules());
}

TEST(Response, of_204_announces_no_length_to_head_either) {  // RFC 9110 §8.6
  const auto lines_of = [](std::uint16_t status) {
    Host host;
    host.offer(client_start().headers(1, request_block("HEAD")));
    http::ResponseHead head;
    head.status = http::Status{status};
    head.content = {http::Framing::length, 12};
    EXPECT_TRUE(host.connection().submit_head(StreamId{1}, head, EndStream::yes));
    hpack::Decoder decoder;
    hpack::FieldArena arena;
    const std::string block = host.flush().frames(FrameType::headers).at(0).payload;
    const auto decoded = decoder.decode(wire::as_bytes(block), arena);
    return decoded ? texts_of(decoded->lines) : FieldTexts();
  };
  EXPECT_EQ(lines_of(200), (FieldTexts{{":status", "200"}, {"content-length", "12"}}));
  EXPECT_EQ(lines_of(204), (FieldTexts{{":status", "204"}}));
}

TEST(Response, behind_which_comes_no_error_is_complete) {  // RFC 9113 §8.1
  const auto host = answer(Frames()
                               .headers(1, status_block("200"), EndStream::no)
                               .data(1, "ok", EndStream::yes)
                               .rst_stream(1, ErrorCode::no_error),
                           "POST");
  EXPECT_EQ(kinds_of(*host),
            (Kinds{EventKind::head, EventKind::content, EventKind::end, EventKind::reset}))
      << "the end first, the reset as information";
}

TEST(Connect, carries_octets_and_no_second_section) {  // RFC 9113 §8.5
  Host host;
  host.offer(client_start().headers(1, connect_block(), EndStream::no).data(1, "raw"));
  EXPECT_EQ(host.first(EventKind::head).authority, "a.test:443");
  EXPECT_EQ(host.content_of(1), "raw");
  host.offer(Frames().headers(1, Block().line("x", "1")));
  EXPECT_EQ(host.violations(), Rules{"connect-stream-headers"});
  const auto client =
      answer(Frames().headers(1, status_block("200"), EndStream::no).data(1, "raw"), "CONNECT");
  EXPECT_EQ(kinds_of(*client), (Kinds{EventKind::head, EventKind::tunnel, EventKind::content}));
}

TEST(Connect, that_is_refused_has_an_ordinary_response) {  // RFC 9110 §9.3.6
  const auto host =
      answer(Frames()
                 .headers(1, status_block("407").line("content-length", "2"), EndStream::no)
                 .data(1, "no", EndStream::yes),
             "CONNECT");
  EXPECT_EQ(kinds_of(*host), (Kinds{EventKind::head, EventKind::content, EventKind::end}));
}

TEST(ExtendedConnect, needs_the_setting_of_the_server) {  // RFC 8441 §3
  Host client(Host::client_options());
  http::RequestHead head;
  head.method = http::method_of("CONNECT");
  head.protocol = "websocket";
  head.scheme = "https";
  head.authority = "a.test";
  head.path = "/chat";
  head.content.framing = http::Framing::tunnel;
  client.offer(server_start());
  EXPECT_EQ(client.connection().open(head, EndStream::no).error(), http::Refusal::not_supported);
  client.offer(Frames().settings({{SettingId::enable_connect_protocol, 1}}));
  EXPECT_TRUE(client.connection().open(head, EndStream::no));
  Host server;
  server.offer(client_start().headers(1, extended_connect_block(), EndStream::no).data(1, "raw"));
  EXPECT_EQ(server.first(EventKind::head).protocol, "websocket");
  EXPECT_EQ(server.content_of(1), "raw");
}

}  // namespace
}  // namespace regauge::h2
