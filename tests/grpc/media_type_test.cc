// Media types of gRPC and gRPC-Web (gRPC over HTTP/2, "Requests"; gRPC-Web, "Content-Type").
#include "regauge/grpc/media_type.h"

#include <string_view>

#include <gtest/gtest.h>

namespace regauge::grpc {
namespace {

Format format_of(std::string_view value) { return parse_media_type(value).format; }

TEST(MediaType, names_the_format) {
  EXPECT_EQ(format_of("application/grpc"), Format::grpc);
  EXPECT_EQ(format_of("application/grpc+proto"), Format::grpc);
  EXPECT_EQ(format_of("application/grpc-web"), Format::web);
  EXPECT_EQ(format_of("application/grpc-web+thrift"), Format::web);
  EXPECT_EQ(format_of("application/grpc-web-text"), Format::web_text);
  EXPECT_EQ(format_of("application/grpc-web-text+proto"), Format::web_text);
  EXPECT_EQ(format_of("application/grpc-web-text-base64"), Format::web_text);
}

TEST(MediaType, has_the_suffix_behind_the_plus) {
  EXPECT_EQ(parse_media_type("application/grpc-web+json").suffix, "json");
  EXPECT_EQ(parse_media_type("application/grpc").suffix, "");
}

TEST(MediaType, ignores_letter_case_parameters_and_white_space) {  // RFC 9110 §8.3.1
  EXPECT_EQ(format_of("Application/gRPC-Web+Thrift; charset=x"), Format::web);
  EXPECT_EQ(format_of(" application/grpc ;a=b"), Format::grpc);
  EXPECT_EQ(parse_media_type("application/grpc+proto; x").suffix, "proto");
}

TEST(MediaType, is_matched_in_full) {
  for (const std::string_view value :
       {"", "application/json", "application/grpcx", "application/grpc-webx", "application/grpc-",
        "application/grpc-web-textual", "application/grpc-web+", "application/grpc+a b",
        "text/application/grpc", "application/grp"}) {
    EXPECT_EQ(format_of(value), Format::none) << value;
  }
}

TEST(MediaType, is_written_as_it_is_read) {
  for (const Format format : {Format::grpc, Format::web, Format::web_text}) {
    EXPECT_EQ(format_of(media_type_of(format)), format);
  }
  EXPECT_EQ(media_type_of(Format::none), "");
}

}  // namespace
}  // namespace regauge::grpc
