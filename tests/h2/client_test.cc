// The client role: opening streams, limits of the server, promises (RFC 9113 §5.1.2, §6.6, §8.4).
#include <gtest/gtest.h>

#include "tests/h2/connection_host.h"

namespace regauge::h2 {
namespace {

using http::Refusal;
using Rules = std::vector<std::string>;

std::unique_ptr<Host> client(Offer push = Offer::no) {
  Options options = Host::client_options();
  options.push = push;
  return std::make_unique<Host>(options);
}

TEST(Client, starts_with_preface_and_settings) {  // RFC 9113 §3.4
  const auto host = client();
  std::array<http::Piece, 8> pieces;
  ASSERT_GT(host->connection().gather(pieces, 1000), 0U);
  EXPECT_TRUE(wire::as_text({pieces[0].data, pieces[0].size}).starts_with(kClientPreface));
}

TEST(Client, opens_odd_streams_in_order) {  // RFC 9113 §5.1.1
  const auto host = client();
  EXPECT_EQ(host->open("GET", EndStream::yes), StreamId{1});
  EXPECT_EQ(host->open("POST", EndStream::no), StreamId{3});
  host->flush();
  const auto heads = host->frames(FrameType::headers);
  ASSERT_EQ(heads.size(), 2U);
  EXPECT_TRUE(heads[0].header.has(Flag::end_stream));
  EXPECT_FALSE(heads[1].header.has(Flag::end_stream));
}

TEST(Client, keeps_to_the_limit_of_the_server) {  // RFC 9113 §5.1.2
  const auto host = client();
  host->offer(server_start().settings({{SettingId::max_concurrent_streams, 1}}));
  EXPECT_EQ(host->open("GET", EndStream::yes), StreamId{1});
  EXPECT_EQ(host->connection().open_slots(), 0U);
  http::RequestHead head;
  head.method = http::method_of("GET");
  head.scheme = "https";
  head.authority = "a";
  head.path = "/";
  EXPECT_EQ(host->connection().open(head, EndStream::yes).error(), Refusal::stream_limit);
  host->offer(Frames().headers(1, status_block("200")));
  EXPECT_EQ(host->connection().open_slots(), 1U);
}

TEST(Client, writes_no_head_that_is_malformed) {  // RFC 9113 §8.2, §8.3.1
  http::RequestHead good;
  good.method = http::method_of("GET");
  good.scheme = "https";
  good.authority = "a.test";
  good.path = "/";
  const auto refused = [&](const std::function<void(http::RequestHead&)>& spoil) {
    const auto host = client();
    host->flush().forget();
    http::RequestHead head = good;
    spoil(head);
    const auto opened = host->connection().open(head, EndStream::yes);
    host->flush();
    EXPECT_TRUE(opened || host->frames().empty()) << "nothing of it was written";
    return !opened && opened.error() == Refusal::invalid_head;
  };
  EXPECT_FALSE(refused([](http::RequestHead&) {}));
  EXPECT_TRUE(refused([](http::RequestHead& head) { head.method = http::method_of("G T"); }));
  EXPECT_TRUE(refused([](http::RequestHead& head) { head.path = "/a b"; }));
  EXPECT_TRUE(refused([](http::RequestHead& head) { head.path = ""; }));
  EXPECT_TRUE(refused([](http::RequestHead& head) { head.authority = "a\r\nb"; }));
  const std::array capital{http::field_line("X", "1")};
  const std::array split{http::field_line("x", "a\r\nb: c")};
  const std::array connection{http::field_line("connection", "close")};
  EXPECT_TRUE(refused([&](http::RequestHead& head) { head.fields = capital; }));
  EXPECT_TRUE(refused([&](http::RequestHead& head) { head.fields = split; }));
  EXPECT_TRUE(refused([&](http::RequestHead& head) { head.fields = connection; }));
}

TEST(Client, resets_a_malformed_response_without_an_answer) {  // RFC 9113 §8.1.1
  const auto host = client();
  host->open("GET", EndStream::yes);
  host->flush().forget();
  host->offer(server_start().headers(1, status_block("200").line("connection", "close")));
  EXPECT_EQ(host->violations(), Rules{"connection-specific-field"});
  EXPECT_EQ(host->first(EventKind::reset).by, http::By::us);
  EXPECT_TRUE(host->frames(FrameType::headers).empty());
  EXPECT_EQ(host->frames(FrameType::rst_stream).size(), 1U);
}

TEST(Client, charges_nothing_for_resets_of_its_server) {
  const auto host = client();
  host->open("GET", EndStream::yes);
  host->offer(server_start());
  const auto before = host->connection().ledger().charged;
  host->offer(Frames().rst_stream(1, ErrorCode::refused_stream));
  EXPECT_EQ(host->first(EventKind::reset).code, ErrorCode::refused_stream);
  EXPECT_EQ(host->connection().ledger().charged, before);
}

TEST(Promise, is_refused_and_what_comes_on_it_is_lawful) {  // RFC 9113 §8.4
  const auto host = client(Offer::yes);
  host->open("GET", EndStream::yes);
  host->offer(server_start().push_promise(1, 2, get_block().insert("x-new", "1")));
  const auto resets = host->frames(FrameType::rst_stream);
  ASSERT_EQ(resets.size(), 1U);
  EXPECT_EQ(resets[0].header.stream, StreamId{2});
  EXPECT_EQ(resets[0].number(), static_cast<std::uint32_t>(ErrorCode::refused_stream));
  host->offer(Frames()
                  .headers(2, status_block("200"), EndStream::no)
                  .data(2, "pushed", EndStream::yes)
                  .headers(1, status_block("200").indexed(62)));
  EXPECT_TRUE(host->violations().empty());
  EXPECT_EQ(host->of_kind(EventKind::head).size(), 1U);
  EXPECT_EQ(host->first(EventKind::head).fields, (FieldTexts{{"x-new", "1"}}));
}

TEST(Promise, reserves_a_stream_for_headers) {  // RFC 9113 §5.1
  const auto rules = [](const Frames& frames) {
    const auto host = client(Offer::yes);
    host->open("GET", EndStream::yes);
    host->offer(server_start().push_promise(1, 2, get_block()).append(frames));
    return host->violations();
  };
  const Rules reserved{"stream-reserved-frame"};
  EXPECT_EQ(rules(Frames().data(2, "x")), reserved);
  EXPECT_EQ(rules(Frames().window_update(2, 1)), reserved);
  EXPECT_EQ(rules(Frames().push_promise(2, 4, get_block())), reserved);
  EXPECT_EQ(rules(Frames().frame(FrameType::priority, 0, 2, "12345")), Rules());
  EXPECT_EQ(rules(Frames().rst_stream(2, ErrorCode::cancel)), Rules());
  EXPECT_EQ(rules(Frames().headers(2, status_block("200"), EndStream::no).data(2, "x")), Rules());
}

TEST(Promise, comes_on_a_stream_that_this_client_opened) {  // RFC 9113 §6.6
  const auto rules = [](const Frames& frames, bool reset) {
    const auto host = client(Offer::yes);
    host->open("GET", EndStream::yes);
    if (reset) host->connection().reset(StreamId{1}, ErrorCode::cancel);
    host->offer(server_start().append(frames));
    return host->violations();
  };
  const Frames promise = Frames().push_promise(1, 2, get_block());
  EXPECT_EQ(rules(promise, false), Rules());
  EXPECT_EQ(rules(promise, true), Rules()) << "it was on its way when we reset";
  EXPECT_EQ(rules(Frames().push_promise(3, 2, get_block()), false), Rules{"push-promise-on-idle"});
  EXPECT_EQ(rules(Frames().headers(1, status_block("200")).append(promise), false),
            Rules{"push-promise-on-closed"});
  EXPECT_EQ(
      rules(Frames(promise).headers(2, status_block("200")).push_promise(2, 4, get_block()), false),
      Rules{"push-promise-on-closed"});
}

TEST(Promise, may_have_its_block_in_continuations_only) {  // RFC 9113 §6.6, §6.10
  const auto host = client(Offer::yes);
  host->open("GET", EndStream::yes);
  const std::string block = get_block().text();
  Frames frames = server_start().frame(FrameType::push_promise, 0, 1,
                                       Frames::number(2, 4) + block.substr(0, 10));
  host->offer(Frames(frames).continuation(1, std::string_view(block).substr(10)));
  EXPECT_TRUE(host->violations().empty());
  const auto broken = client(Offer::yes);
  broken->open("GET", EndStream::yes);
  broken->offer(Frames(frames).headers(1, status_block("200")));
  EXPECT_EQ(broken->violations(), Rules{"header-block-interleaved"});
}

TEST(Client, takes_a_refusal_without_settings_only_if_it_may) {  // RFC 9113 §3.4
  for (const bool strict : {true, false}) {
    Options options = Host::client_options();
    options.policy = strict ? Policy::strict() : Policy::common();
    Host host(options);
    host.open("GET", EndStream::yes);
    host.offer(Frames().goaway(0, ErrorCode::enhance_your_calm));
    EXPECT_EQ(host.violations().empty(), !strict);
    if (strict) continue;
    EXPECT_EQ(host.first(EventKind::goaway).code, ErrorCode::enhance_your_calm);
    EXPECT_EQ(host.first(EventKind::reset).code, ErrorCode::refused_stream);
  }
}

}  // namespace
}  // namespace regauge::h2
