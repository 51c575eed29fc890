#include "regauge/http/field_id.h"

#include <random>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace regauge::http {
namespace {

std::vector<FieldId> all_ids() {
  std::vector<FieldId> ids;
  for (unsigned id = 1; id < std::to_underlying(FieldId::count_); ++id) {
    ids.push_back(static_cast<FieldId>(id));
  }
  return ids;
}

// What the perfect hash has to agree with: one look at every name.
FieldId by_search(std::string_view name) {
  for (const FieldId id : all_ids()) {
    if (field_name(id) == name) return id;
  }
  return FieldId::unknown;
}

TEST(FieldId, every_known_name_has_its_own_number) {
  for (const FieldId id : all_ids()) {
    EXPECT_FALSE(field_name(id).empty());
    EXPECT_EQ(field_id(field_name(id)), id) << field_name(id);
  }
}

TEST(FieldId, the_names_are_lower_case_and_in_order) {  // RFC 9110 §5.1
  std::string_view last;
  for (const FieldId id : all_ids()) {
    for (const char octet : field_name(id)) EXPECT_FALSE(octet >= 'A' && octet <= 'Z');
    EXPECT_LT(last, field_name(id));
    last = field_name(id);
  }
}

TEST(FieldId, a_near_miss_is_unknown) {
  for (const FieldId id : all_ids()) {
    const std::string name(field_name(id));
    for (std::size_t at = 0; at < name.size(); ++at) {
      for (unsigned octet = 0; octet < 256; ++octet) {
        std::string other = name;
        other[at] = static_cast<char>(octet);
        ASSERT_EQ(field_id(other), by_search(other)) << name << ' ' << at << ' ' << octet;
      }
      std::string shorter = name;
      shorter.erase(at, 1);
      EXPECT_EQ(field_id(shorter), by_search(shorter));
      std::string longer = name;
      longer.insert(at, 1, '-');
      EXPECT_EQ(field_id(longer), by_search(longer));
    }
    EXPECT_EQ(field_id(name + '\0'), FieldId::unknown);
    EXPECT_EQ(field_id(' ' + name), FieldId::unknown);
  }
}

TEST(FieldId, the_hash_reads_both_ends_and_the_compare_reads_the_rest) {
  // Names of the same length, head and tail as a known one differ only where the hash does not
  // look.
  EXPECT_EQ(field_id("access-control-request-headers"), FieldId::access_control_request_headers);
  EXPECT_EQ(field_id("access-contrXl-request-headers"), FieldId::unknown);
  EXPECT_EQ(field_id("content-l_ngth"), FieldId::unknown);
}

TEST(FieldId, an_empty_or_very_long_name_is_unknown) {
  EXPECT_EQ(field_id(""), FieldId::unknown);
  EXPECT_EQ(field_id(std::string(100'000, 'a')), FieldId::unknown);
  EXPECT_TRUE(field_name(FieldId::unknown).empty());
}

TEST(FieldId, any_octets_are_known_exactly_if_they_are_a_name) {
  std::mt19937 random(1);
  const std::vector<FieldId> ids = all_ids();
  for (int i = 0; i < 20'000; ++i) {
    std::string name(field_name(ids[random() % ids.size()]));
    for (auto change = random() % 3; change > 0; --change) {
      name[random() % name.size()] = "abcdefghijklmnopqrstuvwxyz-"[random() % 27];
    }
    ASSERT_EQ(field_id(name), by_search(name)) << name;
  }
}

TEST(FieldId, fields_of_one_connection_are_those_of_the_rfcs) {  // RFC 9110 §7.6.1, RFC 9113 §8.2.2
  const std::vector<std::string_view> expected{"connection",        "http2-settings",
                                               "keep-alive",        "proxy-connection",
                                               "transfer-encoding", "upgrade"};
  std::vector<std::string_view> found;
  for (const FieldId id : all_ids()) {
    if (is_connection_specific(id)) found.push_back(field_name(id));
  }
  EXPECT_EQ(found, expected);
  EXPECT_FALSE(is_connection_specific(FieldId::unknown));
  EXPECT_FALSE(is_connection_specific(FieldId::te));  // "trailers" may cross (RFC 9113 §8.2.2)
}

TEST(FieldId, framing_routing_and_credentials_do_not_stand_in_trailers) {  // RFC 9110 §6.5.1
  for (const FieldId id : all_ids()) {
    if (is_connection_specific(id)) {
      EXPECT_TRUE(is_forbidden_in_trailers(id)) << field_name(id);
    }
  }
  for (const FieldId id : {FieldId::content_length, FieldId::host, FieldId::authorization,
                           FieldId::set_cookie, FieldId::content_type, FieldId::trailer}) {
    EXPECT_TRUE(is_forbidden_in_trailers(id)) << field_name(id);
  }
  for (const FieldId id :
       {FieldId::unknown, FieldId::grpc_status, FieldId::grpc_message,
        FieldId::grpc_status_details_bin, FieldId::server_timing, FieldId::etag}) {
    EXPECT_FALSE(is_forbidden_in_trailers(id)) << field_name(id);
  }
}

}  // namespace
}  // namespace regauge::http
