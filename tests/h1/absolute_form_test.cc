// Which authorities of an absolute-form target and Host are one (RFC 9112 §3.2.2, RFC 9110 §4.2.3).
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "regauge/h1/policy.h"
#include "tests/h1/decoded_message.h"

namespace regauge::h1 {
namespace {

bool differ(std::string_view target, std::string_view host) {
  const std::string request =
      "GET " + std::string(target) + " HTTP/1.1\r\nHost: " + std::string(host) + "\r\n\r\n";
  const auto message = decode(Policy(Side::request, Preset::strict), request);
  EXPECT_TRUE(message.complete) << request;
  return message.deviations.contains("absolute-form-host-mismatch");
}

TEST(AbsoluteForm, has_the_host_whose_port_is_that_of_its_scheme) {  // RFC 9110 §4.2.3
  EXPECT_FALSE(differ("http://a.test/", "A.test:80"));
  EXPECT_FALSE(differ("HTTPS://a.test:443/", "a.test"));
  EXPECT_FALSE(differ("https://a.test:/", "a.test:443"));
  EXPECT_FALSE(differ("http://[::1]:80/", "[::1]"));
  EXPECT_TRUE(differ("http://a.test/", "a.test:443"));
  EXPECT_TRUE(differ("https://a.test/", "a.test:80"));
  EXPECT_TRUE(differ("http://a.test/", "b.test"));
}

TEST(AbsoluteForm, of_a_web_socket_has_the_ports_of_http) {  // RFC 6455 §3
  EXPECT_FALSE(differ("wss://a.test/", "a.test:443"));
  EXPECT_FALSE(differ("WS://a.test:80/", "a.test"));
  EXPECT_TRUE(differ("wss://a.test/", "a.test:80"));
}

TEST(AbsoluteForm, of_a_scheme_that_is_not_ours_has_no_usual_port) {  // RFC 3986 §6.2.3
  EXPECT_TRUE(differ("other://a.test/", "a.test:80"));
  EXPECT_TRUE(differ("other://a.test:443/", "a.test"));
  EXPECT_FALSE(differ("other://a.test:/", "a.test"));
}

}  // namespace
}  // namespace regauge::h1
