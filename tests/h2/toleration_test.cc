// What a toleration leaves: each rule that can be forgiven has one safe meaning, and the connection
// goes on with it (RFC 9113 §5.4, §8.1.1). Field lines of heads: message_rules_test.cc.
#include <gtest/gtest.h>

#include "tests/h2/attack.h"
#include "tests/h2/violation_vectors.h"

namespace regauge::h2 {
namespace {

using V = Violation;
using Rules = std::vector<std::string>;

Options tolerating(V rule, Action action, Options options = Host::server_options()) {
  options.policy = Policy::strict();
  EXPECT_TRUE(options.policy.set(rule, action)) << rule_of(rule).name;
  return options;
}
std::unique_ptr<Host> server(V rule, Action action = Action::ignore) {
  return server_host(tolerating(rule, action));
}
// A client that has sent a request of `method` on stream 1.
std::unique_ptr<Host> client(V rule, Action action = Action::ignore,
                             std::string_view method = "GET") {
  auto host = std::make_unique<Host>(tolerating(rule, action, Host::client_options()));
  host->open(method, method == "GET" || method == "HEAD" ? EndStream::yes : EndStream::no);
  host->offer(server_start());
  return host;
}
std::uint32_t credited(const Host& host) {
  std::uint32_t octets = 0;
  for (const WrittenFrame& frame : host.frames(FrameType::window_update)) {
    if (frame.header.stream == http::kConnectionStream) octets += frame.number();
  }
  return octets;
}
void expect_noted(const Host& host, V rule) {
  EXPECT_TRUE(host.violations().empty());
  EXPECT_EQ(host.tolerated(), Rules{std::string(rule_of(rule).name)});
}

TEST(Toleration, of_any_rule_leaves_a_connection_that_works) {
  for (const ViolationVector& vector : all_vectors()) {
    for (const Action action : {Action::drop_field, Action::fix, Action::ignore}) {
      if (!Policy::allows(vector.rule, action)) continue;
      SCOPED_TRACE(rule_of(vector.rule).name);
      Host host(tolerating(vector.rule, action, vector.options));
      if (vector.before) vector.before(host);
      host.offer(vector.octets);
      if (vector.after) vector.after(host);
      // Where GOAWAY stood in place of SETTINGS, these may come now.
      if (vector.rule == V::preface_server_first_frame_not_settings) host.offer(server_start());
      host.forget().offer(Frames().ping());
      ASSERT_EQ(host.frames(FrameType::ping).size(), 1U);
      EXPECT_TRUE(host.frames(FrameType::ping)[0].header.has(Flag::ack));
      EXPECT_TRUE(host.violations().empty());
    }
  }
}

TEST(Toleration, of_data_behind_the_end_discards_it) {  // RFC 9113 §5.1
  const auto host = server(V::stream_half_closed_remote_data);
  host->offer(Frames().headers(1, get_block()).data(1, std::string(16'384, 'x')));
  host->offer(Frames().data(1, std::string(16'384, 'x'))).offer(Frames().data(1, "x"));
  EXPECT_EQ(host->content_of(1), "");
  EXPECT_EQ(host->of_kind(EventKind::end).size(), 1U);
  EXPECT_EQ(credited(*host), 32'768U) << "half a window";
  EXPECT_TRUE(host->respond(1, 200, EndStream::yes)) << "the request is answered";
}

TEST(Toleration, of_headers_behind_the_end_keeps_the_table_alone) {  // RFC 9113 §4.3, §5.1
  const auto host = server(V::stream_half_closed_remote_headers);
  host->offer(Frames().headers(1, get_block()).headers(1, Block().insert("x-new", "1")));
  expect_noted(*host, V::stream_half_closed_remote_headers);
  EXPECT_TRUE(host->of_kind(EventKind::trailers).empty());
  host->offer(Frames().headers(3, get_block().indexed(62)));
  EXPECT_EQ(host->of_kind(EventKind::head).back().fields, (FieldTexts{{"x-new", "1"}}));
}

TEST(Toleration, of_an_increment_of_0_moves_no_window) {  // RFC 9113 §6.9
  const auto host = server(V::window_update_zero);
  host->offer(Frames().settings({{SettingId::initial_window_size, 5}}));
  host->offer(Frames().headers(1, get_block()).window_update(1, 0));
  expect_noted(*host, V::window_update_zero);
  ASSERT_TRUE(host->respond(1, 200, EndStream::no));
  ASSERT_TRUE(host->content(1, "0123456789", EndStream::yes));
  host->flush();
  EXPECT_EQ(host->frames(FrameType::data).back().header.length, 5U);
}

TEST(Toleration, of_settings_of_rfc_8441_keeps_what_was_said_before) {  // RFC 8441 §3
  const auto setting = SettingId::enable_connect_protocol;
  const auto invalid = client(V::settings_enable_connect_invalid);
  invalid->offer(Frames().settings({{setting, 2}}));
  expect_noted(*invalid, V::settings_enable_connect_invalid);
  EXPECT_EQ(invalid->connection().peer_settings().enable_connect_protocol, 0U);
  const auto withdrawn = client(V::settings_enable_connect_withdrawn);
  withdrawn->offer(Frames().settings({{setting, 1}}).settings({{setting, 0}}));
  expect_noted(*withdrawn, V::settings_enable_connect_withdrawn);
  EXPECT_EQ(withdrawn->connection().peer_settings().enable_connect_protocol, 1U);
}

TEST(Toleration, of_settings_of_rfc_9218_keeps_what_was_said_before) {  // RFC 9218 §2.1
  const auto setting = SettingId::no_rfc7540_priorities;
  const auto invalid = server(V::settings_no_rfc7540_priorities_invalid);
  invalid->offer(Frames().settings({{setting, 2}}));
  expect_noted(*invalid, V::settings_no_rfc7540_priorities_invalid);
  const auto changed = server(V::settings_no_rfc7540_priorities_changed);
  changed->offer(Frames().settings({{setting, 1}}));
  expect_noted(*changed, V::settings_no_rfc7540_priorities_changed);
  EXPECT_EQ(changed->connection().peer_settings().no_rfc7540_priorities, 0U);
}

TEST(Toleration, of_one_setting_lets_the_others_of_the_frame_apply) {  // RFC 9113 §6.5.3
  const auto host = client(V::settings_enable_push_from_server);
  host->offer(
      Frames().settings({{SettingId::enable_push, 1}, {SettingId::max_concurrent_streams, 7}}));
  expect_noted(*host, V::settings_enable_push_from_server);
  EXPECT_EQ(host->connection().peer_settings().max_concurrent_streams, 7U);
}

TEST(Toleration, of_priority_updates_has_no_effect_or_the_usual_one) {  // RFC 9218 §7.1
  for (const V rule : {V::priority_update_id_zero, V::priority_update_id_idle_push}) {
    const auto host = server(rule);
    const std::uint32_t about = rule == V::priority_update_id_zero ? 0 : 2;
    host->offer(Frames().priority_update(about, "u=0"));
    expect_noted(*host, rule);
  }
  const auto from_server = client(V::priority_update_from_server);
  from_server->offer(Frames().priority_update(1, "u=0"));
  expect_noted(*from_server, V::priority_update_from_server);
  const auto on_stream = server(V::priority_update_stream_nonzero);
  on_stream->offer(Frames().headers(1, get_block()).headers(3, get_block()));
  on_stream->offer(Frames().frame(FrameType::priority_update, 0, 1, Frames::number(3, 4) + "u=0"));
  expect_noted(*on_stream, V::priority_update_stream_nonzero);
  for (const std::uint32_t id : {1U, 3U}) {
    ASSERT_TRUE(on_stream->respond(id, 200, EndStream::no));
    ASSERT_TRUE(on_stream->content(id, "x", EndStream::yes));
  }
  on_stream->flush();
  EXPECT_EQ(on_stream->frames(FrameType::data)[0].header.stream, StreamId{3}) << "more urgent";
}

TEST(Toleration, of_idle_streams_that_are_too_many_keeps_no_more_of_them) {  // RFC 9218 §7.1
  Options options = tolerating(V::priority_update_idle_streams, Action::ignore);
  options.limits.streams_max = 1;
  const auto host = server_host(options);
  host->offer(Frames().priority_update(1, "u=0").priority_update(3, "u=0"));
  expect_noted(*host, V::priority_update_idle_streams);
}

TEST(Toleration, of_pseudo_fields_reads_the_message_that_is_meant) {  // RFC 9113 §8.1, §8.3
  const auto late = server(V::pseudo_after_regular, Action::fix);
  late->offer(Frames().headers(1, Block()
                                      .line(":method", "GET")
                                      .line(":scheme", "https")
                                      .line(":authority", "a.test")
                                      .line("x", "1")
                                      .line(":path", "/late")));
  expect_noted(*late, V::pseudo_after_regular);
  EXPECT_EQ(late->first(EventKind::head).path, "/late");
  EXPECT_EQ(late->first(EventKind::head).fields, (FieldTexts{{"x", "1"}}));
  const auto trailers = server(V::pseudo_in_trailers, Action::drop_field);
  trailers->offer(Frames()
                      .headers(1, post_block(), EndStream::no)
                      .headers(1, Block().line(":path", "/").line("x", "1")));
  expect_noted(*trailers, V::pseudo_in_trailers);
  EXPECT_EQ(trailers->first(EventKind::trailers).fields, (FieldTexts{{"x", "1"}}));
  const auto nowhere = server(V::authority_missing);
  nowhere->offer(Frames().headers(
      1, Block().line(":method", "GET").line(":scheme", "https").line(":path", "/")));
  expect_noted(*nowhere, V::authority_missing);
  EXPECT_EQ(nowhere->first(EventKind::head).authority, "");
}

TEST(Toleration, of_a_length_that_means_nothing_drops_it) {  // RFC 9110 §8.6, §9.3.6
  const auto on_204 = client(V::content_length_on_204, Action::drop_field);
  on_204->offer(
      Frames().headers(1, status_block("204").line("content-length", "5").line("x", "1")));
  expect_noted(*on_204, V::content_length_on_204);
  EXPECT_EQ(on_204->first(EventKind::head).fields, (FieldTexts{{"x", "1"}}));
  EXPECT_EQ(on_204->of_kind(EventKind::end).size(), 1U);
  const auto tunnel = client(V::connect_content_length, Action::drop_field, "CONNECT");
  tunnel->offer(Frames()
                    .headers(1, status_block("200").line("content-length", "1"), EndStream::no)
                    .data(1, "octets of the tunnel"));
  expect_noted(*tunnel, V::connect_content_length);
  EXPECT_TRUE(tunnel->first(EventKind::head).fields.empty());
  EXPECT_EQ(tunnel->content_of(1), "octets of the tunnel");
}

TEST(Toleration, of_content_where_there_is_none_discards_it) {  // RFC 9110 §6.4.1
  const auto host = client(V::bodyless_response_with_data, Action::ignore, "HEAD");
  host->offer(Frames()
                  .headers(1, status_block("200"), EndStream::no)
                  .data(1, std::string(16'384, 'x'))
                  .data(1, std::string(16'384, 'x'), EndStream::yes));
  EXPECT_TRUE(host->violations().empty());
  EXPECT_EQ(host->content_of(1), "");
  EXPECT_EQ(host->of_kind(EventKind::end).size(), 1U);
  EXPECT_EQ(credited(*host), 32'768U);
}

}  // namespace
}  // namespace regauge::h2
