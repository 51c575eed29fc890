// What a head of HTTP/2 means, and what each forgiveness makes of it (RFC 9113 §8).
#include "regauge/h2/message_rules.h"

#include <gtest/gtest.h>

#include "tests/h2/connection_host.h"

namespace regauge::h2 {
namespace {

using Rules = std::vector<std::string>;

// What a server makes of one request.
struct Read {
  std::string rule;  // refused by it
  SeenEvent head;
  Rules notes;
};

Read read(const Block& block, const Policy& policy = Policy::strict(),
          EndStream end = EndStream::yes) {
  Options options = Host::server_options();
  options.policy = policy;
  Host host(options);
  host.offer(client_start().headers(1, block, end));
  return {host.first(EventKind::violation).rule, host.first(EventKind::head), host.tolerated()};
}

TEST(RequestHead, consists_of_its_pseudo_fields_and_lines) {  // RFC 9113 §8.3.1
  const Read got = read(request_block("M-SEARCH", "/a?b").line("x", "1").line("x", "\xe4"));
  EXPECT_EQ(got.head.method, "M-SEARCH");
  EXPECT_EQ(got.head.path, "/a?b");
  EXPECT_EQ(got.head.authority, "a.test");
  EXPECT_EQ(got.head.fields, (FieldTexts{{"x", "1"}, {"x", "\xe4"}}));
}

TEST(RequestHead, takes_host_where_there_is_no_authority) {  // RFC 9113 §8.3.1
  const Block block = Block().line(":method", "GET").line(":scheme", "http").line(":path", "/");
  EXPECT_EQ(read(Block(block).line("host", "b.test:80")).head.authority, "b.test:80");
  EXPECT_EQ(read(block).rule, "authority-missing");
  EXPECT_EQ(read(Block(block).line("host", "")).rule, "authority-missing");
}

TEST(RequestHead, compares_host_behind_the_default_port_and_without_case) {  // RFC 9113 §8.3.1
  EXPECT_EQ(read(get_block().line("host", "A.TEST")).rule, "");
  EXPECT_EQ(read(get_block().line("host", "a.test:443")).rule, "") << "the scheme is https";
  EXPECT_EQ(read(get_block().line("host", "a.test:")).rule, "");
  EXPECT_EQ(read(get_block().line("host", "a.test:80")).rule, "authority-host-mismatch");
  EXPECT_EQ(read(get_block().line("host", "b.test")).rule, "authority-host-mismatch");
}

TEST(RequestHead, has_an_authority_that_names_a_host) {  // RFC 9113 §8.3.1, RFC 3986 §3.2
  const auto rule = [](std::string_view authority) {
    return read(request_block("GET", "/", authority)).rule;
  };
  for (const std::string_view good :
       {"a", "a:1", "a:", "[::1]", "[::1]:8080", "a_b", "127.0.0.1"}) {
    EXPECT_EQ(rule(good), "") << good;
  }
  for (const std::string_view bad : {"a/b", "a?b", "a#b", "a\\b", "a b", "a\tb", "\xe4", "[::1",
                                     "::1", "a:x", "a:1:2", "a\x7f"}) {
    EXPECT_EQ(rule(bad), "authority-invalid-char") << bad;
  }
  EXPECT_EQ(rule("u@a"), "authority-userinfo");
}

TEST(RequestHead, has_a_path_that_starts_with_a_slash_or_is_the_asterisk_of_options) {  // §8.3.1
  const auto rule = [](std::string_view method, std::string_view path) {
    return read(request_block(method, path)).rule;
  };
  EXPECT_EQ(rule("OPTIONS", "*"), "");
  EXPECT_EQ(rule("GET", "*"), "path-form");
  EXPECT_EQ(rule("OPTIONS", "**"), "path-form");
  EXPECT_EQ(rule("GET", "http://a.test/"), "path-form");
  EXPECT_EQ(rule("GET", "/\"<>^`{|}"), "") << "all readers take these";
  EXPECT_EQ(rule("GET", "//x/../y"), "");
  EXPECT_EQ(rule("GET", "/\r\nX: 1"), "path-invalid-char");
  EXPECT_EQ(rule("GET", "/ HTTP/1.1"), "path-invalid-char");
}

TEST(RequestHead, has_a_scheme_without_regard_to_case) {  // RFC 3986 §3.1
  const auto rule = [](std::string_view scheme) {
    return read(Block()
                    .line(":method", "GET")
                    .line(":scheme", scheme)
                    .line(":path", "/")
                    .line(":authority", "a"))
        .rule;
  };
  EXPECT_EQ(rule("HTTPS"), "");
  EXPECT_EQ(rule(""), "scheme-invalid-char");
  EXPECT_EQ(rule("1x"), "scheme-invalid-char");
  EXPECT_EQ(rule("ht:tp"), "scheme-invalid-char");
}

TEST(ConnectHead, has_a_method_and_an_authority_with_a_port_only) {  // RFC 9113 §8.5
  const auto rule = [](const Block& block) { return read(block, {}, EndStream::no).rule; };
  EXPECT_EQ(rule(connect_block()), "");
  EXPECT_EQ(rule(connect_block("[::1]:443")), "");
  for (const std::string_view bad : {"a.test", "a.test:", "a.test:0", "a.test:65536", ":443", ""}) {
    EXPECT_EQ(rule(connect_block(bad)), "connect-pseudo") << bad;
  }
  EXPECT_EQ(rule(connect_block().line(":scheme", "https")), "connect-pseudo");
  EXPECT_EQ(rule(connect_block().line("content-length", "0")), "connect-content-length");
}

TEST(ExtendedConnectHead, has_all_pseudo_fields_and_a_protocol) {  // RFC 8441 §4
  const Read got = read(extended_connect_block(), {}, EndStream::no);
  EXPECT_EQ(got.rule, "");
  EXPECT_EQ(got.head.protocol, "websocket");
  EXPECT_EQ(got.head.path, "/");
  EXPECT_EQ(read(connect_block().line(":protocol", "websocket")).rule, "extended-connect-pseudo");
}

TEST(ContentLength, agrees_with_the_content) {  // RFC 9113 §8.1.1
  const auto rule = [](std::string_view length, std::string_view content) {
    Host host;
    host.offer(client_start()
                   .headers(1, post_block().line("content-length", length), EndStream::no)
                   .data(1, content, EndStream::yes));
    return host.first(EventKind::violation).rule;
  };
  EXPECT_EQ(rule("2", "ab"), "");
  EXPECT_EQ(rule("0002", "ab"), "");
  EXPECT_EQ(rule("3", "ab"), "content-length-mismatch");
  EXPECT_EQ(rule("1", "ab"), "content-length-mismatch");
  for (const std::string_view bad : {"", "+2", "-2", "2 2", "0x2", "2.0", "2,", ",2", "\"2\"", "2a",
                                     "9223372036854775808", "99999999999999999999"}) {
    EXPECT_EQ(rule(bad, "ab"), "content-length-syntax") << bad;
  }
  EXPECT_EQ(rule("2, 2", "ab"), "content-length-syntax") << "a list of equals is not strict";
}

TEST(Forgiveness, has_one_safe_meaning_each) {  // RFC 9113 §8.2, §8.3
  struct Row {
    Violation rule;
    Action action;
    Block block;
    FieldTexts fields;
    std::string path = "/";
    std::string authority = "a.test";
  };
  using V = Violation;
  const Block no_scheme =
      Block().line(":method", "GET").line(":path", "/").line(":authority", "a.test");
  const std::vector<Row> rows{
      {V::field_name_uppercase, Action::fix, get_block().line("X-A", "B"), {{"x-a", "B"}}},
      {V::field_name_uppercase, Action::drop_field, get_block().line("X-A", "B"), {}},
      {V::field_name_invalid_char, Action::drop_field, get_block().line("a b", "1"), {}},
      {V::field_name_empty, Action::drop_field, get_block().line("", "1"), {}},
      {V::field_value_edge_whitespace,
       Action::fix,
       get_block().line("x", " \ta b "),
       {{"x", "a b"}}},
      {V::field_value_edge_whitespace, Action::drop_field, get_block().line("x", " a"), {}},
      {V::field_value_ctl, Action::ignore, get_block().line("x", "a\x01"), {{"x", "a\x01"}}},
      {V::connection_specific_field, Action::drop_field, get_block().line("upgrade", "h2c"), {}},
      {V::te_value, Action::fix, get_block().line("te", "gzip, Trailers"), {{"te", "trailers"}}},
      {V::te_value, Action::fix, get_block().line("te", "gzip"), {}},
      {V::te_value, Action::drop_field, get_block().line("te", "gzip, trailers"), {}},
      {V::pseudo_missing_scheme, Action::fix, no_scheme, {}},
      {V::path_empty, Action::fix, request_block("GET", ""), {}},
      {V::path_fragment, Action::fix, request_block("GET", "/a#b"), {}, "/a"},
      {V::path_fragment, Action::fix, request_block("GET", "#b"), {}, "/"},
      {V::authority_userinfo,
       Action::fix,
       request_block("GET", "/", "u:p@b.test"),
       {},
       "/",
       "b.test"},
      {V::authority_host_mismatch,
       Action::fix,
       get_block().line("host", "b.test"),
       {{"host", "a.test"}}},
      {V::content_length_syntax,
       Action::fix,
       get_block().line("content-length", "0, 0"),
       {{"content-length", "0"}}},
      {V::content_length_duplicate,
       Action::fix,
       get_block().line("content-length", "0").line("content-length", "0"),
       {{"content-length", "0"}}},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(rule_of(row.rule).name);
    Policy policy = Policy::strict();
    ASSERT_TRUE(policy.set(row.rule, row.action));
    const Read got = read(row.block, policy);
    EXPECT_EQ(got.rule, "");
    EXPECT_EQ(got.notes, Rules{std::string(rule_of(row.rule).name)});
    EXPECT_EQ(got.head.fields, row.fields);
    EXPECT_EQ(got.head.path, row.path);
    EXPECT_EQ(got.head.authority, row.authority);
  }
}

TEST(Forgiveness, does_not_hide_another_rule) {  // RFC 9113 §8.1.1
  const Policy all = Policy::maximal();
  EXPECT_EQ(read(get_block().line("Content-Length", "5"), all).rule, "content-length-mismatch");
  EXPECT_EQ(read(get_block().line("x", " a\rb "), all).rule, "field-value-nul-cr-lf");
  EXPECT_EQ(read(request_block("GET", "/a b#c"), all).rule, "path-invalid-char");
  EXPECT_EQ(read(request_block("GET", "x#c"), all).rule, "path-form");
  Policy no_user = Policy::strict();
  ASSERT_TRUE(no_user.set(Violation::authority_userinfo, Action::fix));
  EXPECT_EQ(read(request_block("GET", "/", "u@"), no_user).rule, "authority-missing");
  EXPECT_EQ(read(get_block().line("content-length", "1, 2"), all).rule, "content-length-syntax");
  EXPECT_EQ(read(get_block().line("content-length", "0").line("content-length", "1"), all).rule,
            "content-length-duplicate");
  const Read upgrade = read(get_block().line("Upgrade", "h2c"), all);
  EXPECT_EQ(upgrade.head.fields, FieldTexts()) << "folded, known again, and left out";
  EXPECT_EQ(upgrade.notes, (Rules{"field-name-uppercase", "connection-specific-field"}));
}

// A sender that frames by it has sent another message than the one that arrived, and a recipient of
// HTTP/1 would be smuggled a request.
TEST(TransferEncoding, in_a_request_is_refused_under_every_policy) {  // RFC 9113 §8.2.2
  for (const Policy& policy : {Policy::strict(), Policy::common(), Policy::maximal()}) {
    for (const std::string_view coding : {"chunked", "identity", ""}) {
      const Block block = get_block().line("transfer-encoding", coding);
      EXPECT_EQ(read(block, policy).rule, "transfer-encoding-field");
    }
    const Read folded = read(get_block().line("Transfer-Encoding", "chunked"), policy);
    EXPECT_NE(folded.rule, "") << "in capitals, too";
  }
}

TEST(TransferEncoding, in_a_response_is_left_out_by_common) {  // RFC 9113 §8.2.2
  const auto read_by = [](const Policy& policy, const Frames& frames) {
    Options options = Host::client_options();
    options.policy = policy;
    Host host(options);
    host.open("GET", EndStream::yes);
    host.offer(server_start().append(frames));
    return Read{host.first(EventKind::violation).rule, host.first(EventKind::head),
                host.tolerated()};
  };
  const Block block = status_block("200").line("transfer-encoding", "chunked").line("x", "1");
  EXPECT_EQ(read_by(Policy::strict(), Frames().headers(1, block)).rule, "transfer-encoding-field");
  const Read left_out = read_by(Policy::common(), Frames().headers(1, block));
  EXPECT_EQ(left_out.rule, "");
  EXPECT_EQ(left_out.notes, Rules{"transfer-encoding-field"});
  EXPECT_EQ(left_out.head.fields, (FieldTexts{{"x", "1"}}));
  const Frames trailers = Frames()
                              .headers(1, status_block("200"), EndStream::no)
                              .headers(1, Block().line("transfer-encoding", "chunked"));
  EXPECT_EQ(read_by(Policy::maximal(), trailers).rule, "transfer-encoding-field")
      << "what frames a message must not be seen behind it";
}

}  // namespace
}  // namespace regauge::h2
