#include "regauge/http/head_check.h"

#include <random>
#include <string>

#include <gtest/gtest.h>

#include "regauge/http/characters.h"

namespace regauge::http {
namespace {

constexpr std::string_view kTokenMarks = "!#$%&'*+-.^_`|~";

bool is_alphanumeric(char octet) {
  return (octet >= '0' && octet <= '9') || (octet >= 'a' && octet <= 'z') ||
         (octet >= 'A' && octet <= 'Z');
}

TEST(Characters, a_token_has_the_octets_of_the_rfc_and_no_other) {  // RFC 9110 §5.6.2
  for (int value = 0; value < 256; ++value) {
    const char octet = static_cast<char>(value);
    const bool expected = is_alphanumeric(octet) || kTokenMarks.contains(octet);
    EXPECT_EQ(is_token(std::string(1, octet)), expected) << value;
    EXPECT_EQ(is_token("a" + std::string(1, octet) + "z"), expected) << value;
  }
  EXPECT_FALSE(is_token(""));
}

TEST(Characters, only_space_and_tab_are_white) {  // RFC 9110 §5.6.3
  for (int value = 0; value < 256; ++value) {
    EXPECT_EQ(is_white(static_cast<char>(value)), value == ' ' || value == '\t') << value;
  }
  EXPECT_EQ(trim(" \t a b\t "), "a b");
  EXPECT_EQ(trim("\xa0value\v"), "\xa0value\v");
  EXPECT_EQ(trim(" \t "), "");
}

TEST(Characters, case_folds_for_ascii_letters_only) {
  EXPECT_TRUE(equal_fold("Content-Length", "cONTENT-lENGTH"));
  EXPECT_FALSE(equal_fold("[", "{"));
  EXPECT_FALSE(equal_fold("@", "`"));
  EXPECT_FALSE(equal_fold("\xc4", "\xe4"));
  EXPECT_FALSE(equal_fold("te", "tes"));
}

TEST(HeadCheck, a_name_is_a_token_without_capitals) {  // RFC 9110 §5.1
  for (int value = 0; value < 256; ++value) {
    const char octet = static_cast<char>(value);
    const bool capital = octet >= 'A' && octet <= 'Z';
    const std::string name = "x" + std::string(1, octet);
    EXPECT_EQ(is_writable_name(name), is_token(name) && !capital) << value;
  }
  EXPECT_FALSE(is_writable_name(""));
  EXPECT_FALSE(is_writable_name(":path"));
}

bool is_writable_octet(char octet) {
  const auto value = static_cast<unsigned char>(octet);
  return value == '\t' || (value >= 0x20 && value != 0x7f);
}

TEST(HeadCheck, no_octet_of_a_value_is_a_control_wherever_it_stands) {  // RFC 9110 §5.5
  for (int value = 0; value < 256; ++value) {
    for (std::size_t size : {1UZ, 3UZ, 7UZ, 8UZ, 9UZ, 16UZ, 21UZ}) {
      for (std::size_t at = 1; at + 1 < size; ++at) {
        std::string text(size, 'v');
        text[at] = static_cast<char>(value);
        ASSERT_EQ(is_writable_value(text), is_writable_octet(text[at]))
            << value << ' ' << size << ' ' << at;
      }
    }
  }
}

TEST(HeadCheck, neighbours_in_one_word_do_not_hide_each_other) {
  std::mt19937 random(7);
  constexpr std::string_view kOctets = "\x1f\x20\x7e\x7f\x80\xff\t\n\r\x00\x01!az";
  for (int i = 0; i < 50'000; ++i) {
    std::string text = "v";
    for (auto k = random() % 20; k > 0; --k) text += kOctets[random() % kOctets.size()];
    text += 'v';
    bool expected = true;
    for (const char octet : text) expected = expected && is_writable_octet(octet);
    ASSERT_EQ(is_writable_value(text), expected);
  }
}

TEST(HeadCheck, a_value_has_no_white_space_at_its_ends) {  // RFC 9110 §5.5
  EXPECT_TRUE(is_writable_value(""));
  EXPECT_TRUE(is_writable_value("a b"));
  EXPECT_FALSE(is_writable_value(" a"));
  EXPECT_FALSE(is_writable_value("a\t"));
  EXPECT_FALSE(is_writable_value(" "));
}

TEST(HeadCheck, a_path_is_visible_ascii_without_a_fragment) {  // RFC 9112 §3.2
  EXPECT_TRUE(is_writable_path("/a?b=c"));
  EXPECT_TRUE(is_writable_path("*"));
  EXPECT_TRUE(is_writable_path("/\\"));
  EXPECT_FALSE(is_writable_path(""));
  EXPECT_FALSE(is_writable_path("/a b"));
  EXPECT_FALSE(is_writable_path("/a#b"));
  EXPECT_FALSE(is_writable_path("/\x7f"));
  EXPECT_FALSE(is_writable_path("/\x80"));
}

TEST(HeadCheck, an_authority_is_a_host_and_digits) {  // RFC 9110 §7.2
  for (const std::string_view good : {"", "a.test", "a.test:", "a.test:80", "127.0.0.1:1", "[::1]",
                                      "[::1]:443", "xn--a.test", "a_b.test"}) {
    EXPECT_TRUE(is_writable_authority(good)) << good;
  }
  for (const std::string_view bad : {":80", "a.test:8x", "u@a.test", "a.test/b", "a b", "::1",
                                     "[::1", "::1]", "[]", "a.test:80:80", "[::1]x", "a,b@c"}) {
    EXPECT_FALSE(is_writable_authority(bad)) << bad;
  }
}

TEST(HeadCheck, an_authority_is_what_readers_of_host_accept) {  // RFC 3986 §2.1, §3.2.2, §3.2.3
  for (const std::string_view good : {"a%41.test", "a.test:65535", "[1::127.0.0.1]:0"}) {
    EXPECT_TRUE(is_writable_authority(good)) << good;
  }
  for (const std::string_view bad :
       {"a%", "a%4", "a%4g.test", "a.test:65536", "a.test:000080", "[v1.a]", "[::1%25x]"}) {
    EXPECT_FALSE(is_writable_authority(bad)) << bad;
  }
}

TEST(HeadCheck, the_target_of_connect_has_a_port) {  // RFC 9110 §9.3.6
  EXPECT_TRUE(is_connect_authority("a.test:443"));
  EXPECT_TRUE(is_connect_authority("[::1]:65535"));
  for (const std::string_view bad :
       {"a.test", "a.test:", "a.test:0", "a.test:65536", "a.test:999999", ":443", "[::1]", ""}) {
    EXPECT_FALSE(is_connect_authority(bad)) << bad;
  }
}

TEST(HeadCheck, the_default_port_of_the_scheme_is_the_same_as_none) {  // RFC 9110 §4.2.3
  EXPECT_TRUE(is_same_authority("A.test", "a.test:443", "https"));
  EXPECT_TRUE(is_same_authority("a.test:", "a.test:80", "http"));
  EXPECT_TRUE(is_same_authority("[::1]:443", "[::1]", "https"));
  EXPECT_FALSE(is_same_authority("a.test:80", "a.test", "https"));
  EXPECT_FALSE(is_same_authority("a.test", "b.test", "http"));
  EXPECT_TRUE(is_same_authority("a.test", "a.test:80", "Ws"));
  EXPECT_TRUE(is_same_authority("a.test", "a.test:443", "WSS"));
  EXPECT_FALSE(is_same_authority("a.test", "a.test:80", "other"));
  EXPECT_TRUE(is_same_authority("a.test", "a.test:", "other"));
}

TEST(HeadCheck, the_port_is_what_follows_the_last_colon_outside_an_ip_literal) {
  EXPECT_EQ(port_of("a.test:80"), "80");
  EXPECT_EQ(port_of("[::1]:443"), "443");
  EXPECT_EQ(port_of("[::1]"), "");
  EXPECT_EQ(port_of("a.test"), "");
}

TEST(HeadCheck, a_scheme_starts_with_a_letter) {  // RFC 3986 §3.1
  EXPECT_TRUE(is_scheme("https"));
  EXPECT_TRUE(is_scheme("h2c+x-1."));
  EXPECT_FALSE(is_scheme(""));
  EXPECT_FALSE(is_scheme("1http"));
  EXPECT_FALSE(is_scheme("ht tp"));
}

TEST(HeadCheck, names_that_gateways_read_as_framing_are_found) {
  for (const std::string_view alias : {"content_length", "content.length", "transfer_encoding",
                                       "content--length", "transfer-encoding_"}) {
    EXPECT_TRUE(is_framing_alias(alias)) << alias;
  }
  for (const std::string_view other : {"content-lengths", "content", "x-content-length", ""}) {
    EXPECT_FALSE(is_framing_alias(other)) << other;
  }
  EXPECT_FALSE(is_framing_alias(std::string(1000, 'a')));
}

}  // namespace
}  // namespace regauge::http
