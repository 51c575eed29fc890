// How an H1 peer spelled its field names goes with their lines, and what is added is written alike
// (RFC 9110 §5.1).
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "regauge/translate/exchange.h"

namespace regauge::translate {
namespace {

using http::EndStream;
using http::FieldLine;
using http::NameStyle;

FieldLine spelled(std::string_view name, std::string_view value, std::string_view spelling) {
  FieldLine line = http::field_line(name, value);
  line.spelling = spelling;
  return line;
}

std::vector<std::string> spellings(http::FieldSection section) {
  std::vector<std::string> texts;
  for (const FieldLine& line : section) {
    texts.push_back(std::string(line.name) + "=" + std::string(line.spelling));
  }
  return texts;
}

http::RequestHead request(http::FieldSection fields) {
  http::RequestHead head;
  head.method = http::method_of("GET");
  head.authority = "a.test";
  head.path = "/";
  head.fields = fields;
  return head;
}

using Texts = std::vector<std::string>;

TEST(TranslateSpelling, goes_from_request_to_request) {
  std::vector<FieldLine> lines{
      spelled("host", "a.test", "HOST"),  spelled("x-ab", "1", "X-aB"),
      spelled("accept", "*/*", "aCCEPT"), spelled("cookie", "a=b", "CooKie"),
      spelled("cookie", "c=d", "cookie"), http::field_line("plain", "2")};
  const Options options;
  Exchange exchange(options, Downstream());
  ASSERT_TRUE(exchange.request_head(request(lines), EndStream::yes));
  lines.clear();  // the codec's memory is used again
  lines.shrink_to_fit();
  const auto out = exchange.request_for(Protocol::h1, ExtendedConnect::no);
  ASSERT_TRUE(out);
  EXPECT_EQ(spellings(out->head.fields),
            (Texts{"x-ab=X-aB", "accept=aCCEPT", "cookie=CooKie", "plain="}));
  EXPECT_EQ(out->head.name_style, NameStyle::title);
}

TEST(TranslateSpelling, goes_from_response_to_response) {
  const std::vector<FieldLine> sent{spelled("host", "a.test", "host")};
  const Options options;
  Exchange exchange(options, Downstream());
  ASSERT_TRUE(exchange.request_head(request(sent), EndStream::yes));
  const auto out = exchange.request_for(Protocol::h1, ExtendedConnect::no);
  ASSERT_TRUE(out);
  EXPECT_EQ(out->head.name_style, NameStyle::lower);
  const std::vector<FieldLine> lines{spelled("x-ab", "1", "X-aB"), spelled("etag", "2", "ETAG")};
  http::ResponseHead head;
  head.status = {103};
  head.fields = lines;
  const auto interim = exchange.response().interim(head);
  ASSERT_TRUE(interim);
  EXPECT_EQ(spellings(interim->head->fields), (Texts{"x-ab=X-aB", "etag=ETAG"}));
  head.status = {200};
  head.content = {http::Framing::length, 2};
  const auto answer = exchange.response().head(head, EndStream::no);
  ASSERT_TRUE(answer);
  EXPECT_EQ(spellings(answer->head->fields), (Texts{"x-ab=X-aB", "etag=ETAG"}));
  EXPECT_EQ(answer->head->name_style, NameStyle::title);
}

}  // namespace
}  // namespace regauge::translate
