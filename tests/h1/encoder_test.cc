// h1::Encoder: framing is derived, never copied, and a deviation cannot be expressed (RFC 9112 §6,
// §11.1, §11.2).
#include "regauge/h1/encoder.h"

#include <string>

#include <gtest/gtest.h>

#include "tests/h1/decoded_message.h"
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

// --- what cannot be expressed --------------------------------------------------------------------

TEST(H1Encoder, no_value_with_cr_lf_nul_or_another_control_octet_is_written) {  // RFC 9110 §5.5
  for (unsigned octet = 0; octet < 256; ++octet) {
    const bool control = (octet < 0x20 && octet != '\t') || octet == 0x7f;
    const std::string value = std::string("a") + static_cast<char>(octet) + "b";
    const FieldLine line = http::field_line("x-a", value);
    http::RequestHead head = request();
    head.fields = {&line, 1};
    Written written;
    EXPECT_EQ(written.encoder.request_head(head, ends()).has_value(), !control) << octet;
    EXPECT_EQ(written.take().empty(), control) << octet;
    http::ResponseHead answer = response();
    answer.fields = {&line, 1};
    EXPECT_EQ(written.encoder.response_head(answer, ends()).has_value(), !control) << octet;
  }
}

TEST(H1Encoder, only_lower_case_tokens_are_field_names) {  // RFC 9110 §5.1
  const std::string_view token_marks = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz";
  for (unsigned octet = 0; octet < 256; ++octet) {
    const std::string name = std::string("x") + static_cast<char>(octet);
    const bool good = token_marks.contains(static_cast<char>(octet)) && octet < 128;
    const FieldLine line = http::field_line(name, "v");
    http::RequestHead head = request();
    head.fields = {&line, 1};
    Written written;
    EXPECT_EQ(written.encoder.request_head(head, ends()).has_value(), good) << octet;
  }
  const FieldLine empty = http::field_line("", "v");
  http::RequestHead head = request();
  head.fields = {&empty, 1};
  Written written;
  EXPECT_EQ(written.encoder.request_head(head, ends()).error(), Refusal::invalid_head);
}

TEST(H1Encoder, no_value_begins_or_ends_with_white_space) {  // RFC 9110 §5.5
  for (const std::string_view value : {" a", "a ", "\ta", "a\t", " "}) {
    const FieldLine line = http::field_line("x-a", value);
    http::RequestHead head = request();
    head.fields = {&line, 1};
    Written written;
    EXPECT_FALSE(written.encoder.request_head(head, ends())) << value;
  }
}

TEST(H1Encoder, request_lines_have_three_words_whatever_the_model_holds) {  // RFC 9112 §3
  struct Row {
    std::string_view method, authority, path;
  };
  const Row rows[] = {
      {"G T", "a", "/"},          {"", "a", "/"},          {"GET\r", "a", "/"},
      {"GET", "a", "/ HTTP/1.1"}, {"GET", "a", ""},        {"GET", "a", "b"},
      {"GET", "a", "/\r\nX:"},    {"GET", "a", "/#f"},     {"GET", "a", "/\x7f"},
      {"GET", "a", "*"},          {"GET", "a b", "/"},     {"GET", "u@a", "/"},
      {"GET", "a\r\n", "/"},      {"GET", "a:b", "/"},     {"CONNECT", "a", ""},
      {"CONNECT", "a:0", ""},     {"CONNECT", "a:1", "/"}, {"CONNECT", "a:65536", ""},
      {"GET", "a", "/\xe4"},      {"GET", ":80", "/"},
  };
  for (const Row& row : rows) {
    http::RequestHead head = request(row.method, row.path);
    head.authority = row.authority;
    Written written;
    const auto sent = written.encoder.request_head(head, ends());
    ASSERT_FALSE(sent) << row.method << ' ' << row.authority << ' ' << row.path;
    EXPECT_EQ(sent.error(), Refusal::invalid_head);
    EXPECT_EQ(written.take(), "");
    EXPECT_TRUE(written.encoder.complete()) << "a refused call changes nothing";
  }
}

TEST(H1Encoder, backslashes_are_encoded) {
  Written written;
  ASSERT_TRUE(written.encoder.request_head(request("GET", "/a\\..\\b"), ends()));
  EXPECT_TRUE(written.take().starts_with("GET /a%5C..%5Cb HTTP/1.1\r\n"));
}

TEST(H1Encoder, framing_and_connection_fields_of_the_input_are_not_copied) {  // RFC 9110 §7.6.1
  const FieldLine lines[] = {
      http::field_line("content-length", "7"),
      http::field_line("transfer-encoding", "chunked"),
      http::field_line("connection", "x-secret"),
      http::field_line("keep-alive", "timeout=5"),
      http::field_line("proxy-connection", "close"),
      http::field_line("http2-settings", "AAAA"),
      http::field_line("host", "other.test"),
      http::field_line("content_length", "9"),
      http::field_line("x-kept", "1"),
  };
  http::RequestHead head = request();
  head.fields = lines;
  Written written;
  ASSERT_TRUE(written.encoder.request_head(head, ends()));
  EXPECT_EQ(written.take(), "GET / HTTP/1.1\r\nhost: a.test\r\nx-kept: 1\r\n\r\n");
}

TEST(H1Encoder, a_known_name_is_found_by_its_text_not_by_its_id) {
  // A wrong id must not let a framing field through.
  const FieldLine line{"content-length", "7", http::FieldId::unknown, http::Indexing::allowed};
  http::RequestHead head = request();
  head.fields = {&line, 1};
  Written written;
  ASSERT_TRUE(written.encoder.request_head(head, ends()));
  EXPECT_FALSE(written.take().contains("content-length"));
}

TEST(H1Encoder, host_is_one_line_and_first) {  // RFC 9112 §3.2
  const FieldLine lines[] = {http::field_line("x-a", "1"), http::field_line("host", "b.test")};
  http::RequestHead head = request();
  head.authority = "";
  head.fields = lines;
  Written written;
  ASSERT_TRUE(written.encoder.request_head(head, ends()));
  EXPECT_EQ(written.take(), "GET / HTTP/1.1\r\nhost: b.test\r\nx-a: 1\r\n\r\n");
  const FieldLine two[] = {http::field_line("host", "b"), http::field_line("host", "b")};
  head.fields = two;
  EXPECT_EQ(written.encoder.request_head(head, ends()).error(), Refusal::invalid_head);
}

// --- framing of requests -------------------------------------------------------------------------

TEST(H1Encoder, a_request_of_known_length_says_it) {  // RFC 9112 §6.2
  http::RequestHead head = request("PUT");
  head.content = {Framing::length, 3};
  Written written;
  const auto sent = written.encoder.request_head(head, goes_on());
  ASSERT_TRUE(sent);
  EXPECT_EQ(sent->framing, Framing::length);
  EXPECT_FALSE(written.encoder.complete());
  EXPECT_EQ(written.encoder.content(slice("abcd"), EndStream::no).error(),
            Refusal::length_mismatch);
  EXPECT_EQ(written.encoder.content(slice("ab"), EndStream::yes).error(), Refusal::length_mismatch);
  ASSERT_TRUE(written.encoder.content(slice("ab"), EndStream::no));
  EXPECT_FALSE(written.encoder.complete_on_wire());
  ASSERT_TRUE(written.encoder.content(slice("c"), EndStream::no));
  EXPECT_TRUE(written.encoder.complete_on_wire());
  ASSERT_TRUE(written.encoder.content({}, EndStream::yes));
  EXPECT_EQ(written.take(), "PUT / HTTP/1.1\r\nhost: a.test\r\ncontent-length: 3\r\n\r\nabc");
}

TEST(H1Encoder, a_request_of_unknown_length_is_chunked) {  // RFC 9112 §6.1
  http::RequestHead head = request("PUT");
  head.content = {Framing::stream, 0};
  Written written;
  ASSERT_TRUE(written.encoder.request_head(head, goes_on()));
  ASSERT_TRUE(written.encoder.content(slice("0123456789abcdef!"), EndStream::no));
  ASSERT_TRUE(written.encoder.content({}, EndStream::no)) << "an empty piece is no last chunk";
  ASSERT_TRUE(written.encoder.content({}, EndStream::yes));
  EXPECT_EQ(written.take(),
            "PUT / HTTP/1.1\r\nhost: a.test\r\ntransfer-encoding: chunked\r\n\r\n"
            "11\r\n0123456789abcdef!\r\n0\r\n\r\n");
  Situation old = goes_on();
  old.peer_version = Version::http_1_0;
  EXPECT_EQ(written.encoder.request_head(head, old).error(), Refusal::not_supported);
}

TEST(H1Encoder, post_put_and_patch_without_content_say_zero) {  // RFC 9110 §8.6
  for (const std::string_view method : {"POST", "PUT", "PATCH"}) {
    Written written;
    ASSERT_TRUE(written.encoder.request_head(request(method), ends()));
    EXPECT_TRUE(written.take().ends_with("\r\ncontent-length: 0\r\n\r\n")) << method;
  }
  for (const std::string_view method : {"GET", "HEAD", "DELETE", "OPTIONS", "PROPFIND"}) {
    Written written;
    ASSERT_TRUE(written.encoder.request_head(request(method), ends()));
    EXPECT_FALSE(written.take().contains("content-length")) << method;
  }
}

TEST(H1Encoder, connect_has_an_authority_and_no_content) {  // RFC 9112 §3.2.3, RFC 9110 §9.3.6
  http::RequestHead head = request("CONNECT", "");
  head.authority = "a.test:443";
  Written written;
  ASSERT_TRUE(written.encoder.request_head(head, ends()));
  EXPECT_EQ(written.take(), "CONNECT a.test:443 HTTP/1.1\r\nhost: a.test:443\r\n\r\n");
  head.content = {Framing::length, 3};
  EXPECT_EQ(written.encoder.request_head(head, goes_on()).error(), Refusal::invalid_head);
  head.content = {Framing::stream, 0};
  EXPECT_EQ(written.encoder.request_head(head, goes_on()).error(), Refusal::invalid_head);
}

TEST(H1Encoder, a_length_with_nothing_to_follow_is_refused) {
  http::RequestHead head = request("PUT");
  head.content = {Framing::length, 3};
  Written written;
  EXPECT_EQ(written.encoder.request_head(head, ends()).error(), Refusal::length_mismatch);
  http::ResponseHead answer = response();
  answer.content = {Framing::length, 3};
  EXPECT_EQ(written.encoder.response_head(answer, ends()).error(), Refusal::length_mismatch);
}

TEST(H1Encoder, absolute_form_goes_to_a_forward_proxy) {  // RFC 9112 §3.2.2
  Written written({NameCase::title, TargetForm::absolute});
  ASSERT_TRUE(written.encoder.request_head(request("GET", "/x"), ends()));
  EXPECT_EQ(written.take(), "GET http://a.test/x HTTP/1.1\r\nHost: a.test\r\n\r\n");
  ASSERT_TRUE(written.encoder.request_head(request("OPTIONS", "*"), ends()));
  EXPECT_TRUE(written.take().starts_with("OPTIONS http://a.test HTTP/1.1\r\n"));
  http::RequestHead head = request();
  head.scheme = "";
  EXPECT_EQ(written.encoder.request_head(head, ends()).error(), Refusal::invalid_head);
}

TEST(H1Encoder, expect_goes_only_with_content) {  // RFC 9110 §10.1.1
  const FieldLine expect = http::field_line("expect", "100-continue");
  http::RequestHead head = request("PUT");
  head.fields = {&expect, 1};
  Written written;
  ASSERT_TRUE(written.encoder.request_head(head, ends()));
  EXPECT_FALSE(written.take().contains("expect"));
  head.content = {Framing::length, 1};
  ASSERT_TRUE(written.encoder.request_head(head, goes_on()));
  EXPECT_TRUE(written.take().contains("expect: 100-continue\r\n"));
}

TEST(H1Encoder, no_other_expectation_is_written) {  // RFC 9110 §10.1.1
  // Found by h1_request: what HTTP/1.0 expects is ignored, so it must not reach an HTTP/1.1 server.
  http::RequestHead head = request("PUT");
  head.content = {Framing::length, 1};
  const FieldLine odd = http::field_line("expect", "y 100-continue");
  head.fields = {&odd, 1};
  Written written;
  ASSERT_TRUE(written.encoder.request_head(head, goes_on()));
  EXPECT_FALSE(written.take().contains("expect"));
  const FieldLine twice[] = {http::field_line("expect", "100-Continue"),
                             http::field_line("expect", "100-continue")};
  head.fields = twice;
  Written once;
  ASSERT_TRUE(once.encoder.request_head(head, goes_on()));
  EXPECT_TRUE(once.take().contains("expect: 100-Continue\r\ncontent-length"));
  head.version = Version::http_1_0;
  Written old;
  ASSERT_TRUE(old.encoder.request_head(head, goes_on()));
  EXPECT_FALSE(old.take().contains("expect"));
}

TEST(H1Encoder, te_trailers_is_named_by_connection) {  // RFC 9110 §10.1.4
  const FieldLine lines[] = {http::field_line("te", "trailers"), http::field_line("te", "gzip")};
  http::RequestHead head = request();
  head.fields = lines;
  Written written;
  ASSERT_TRUE(written.encoder.request_head(head, ends()));
  EXPECT_EQ(written.take(),
            "GET / HTTP/1.1\r\nhost: a.test\r\nte: trailers\r\nconnection: te\r\n\r\n");
}

// --- order, bounds, and decode(encode(m)) == m ---------------------------------------------------

TEST(H1Encoder, calls_out_of_order_are_refused) {
  Written written;
  EXPECT_EQ(written.encoder.content(slice("x"), EndStream::no).error(), Refusal::wrong_state);
  http::RequestHead head = request("PUT");
  head.content = {Framing::length, 1};
  ASSERT_TRUE(written.encoder.request_head(head, goes_on()));
  EXPECT_EQ(written.encoder.request_head(head, goes_on()).error(), Refusal::wrong_state);
  EXPECT_EQ(written.encoder.response_head(response(), ends()).error(), Refusal::wrong_state);
  EXPECT_EQ(written.encoder.interim_head(response(103), ends()).error(), Refusal::wrong_state);
}

TEST(H1Encoder, a_head_beyond_the_bound_is_refused) {
  const std::string large(Encoder::kHeadBytesMax, 'x');
  const FieldLine line = http::field_line("x-a", large);
  http::RequestHead head = request();
  head.fields = {&line, 1};
  Written written;
  EXPECT_EQ(written.encoder.request_head(head, ends()).error(), Refusal::invalid_head);
}

// --- decode(encode(m)) == m ----------------------------------------------------------------------

TEST(H1Encoder, what_it_writes_is_read_back_without_a_deviation) {
  const FieldLine lines[] = {http::field_line("x-a", "1"), http::field_line("x-a", ""),
                             http::field_line("cookie", "a=b; c=\xe4")};
  http::RequestHead head = request("POST", "/p?q=%20");
  head.fields = lines;
  head.content = {Framing::stream, 0};
  Written written;
  ASSERT_TRUE(written.encoder.request_head(head, goes_on()));
  ASSERT_TRUE(written.encoder.content(slice("abc"), EndStream::no));
  const FieldLine sum = http::field_line("x-sum", "1");
  ASSERT_TRUE(written.encoder.trailers({&sum, 1}));
  const auto got = decode(Policy(Side::request, Preset::strict), written.take());
  EXPECT_TRUE(got.complete);
  EXPECT_EQ(got.method, "POST");
  EXPECT_EQ(got.target, "/p?q=%20");
  EXPECT_EQ(got.content, "abc");
  EXPECT_EQ(got.trailers, (Fields{{"x-sum", "1"}}));
  EXPECT_EQ(got.fields, (Fields{{"host", "a.test"},
                                {"x-a", "1"},
                                {"x-a", ""},
                                {"cookie", "a=b; c=\xe4"},
                                {"transfer-encoding", "chunked"}}));
  EXPECT_TRUE(got.deviations.empty());
  EXPECT_FALSE(got.close_after);
}

}  // namespace
}  // namespace regauge::h1
