// The examples of README.md: they compile, they do what the text says, and the text is theirs.
#include <array>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "tests/readme/grpc_example.inc"
#include "tests/readme/h1_example.inc"
#include "tests/readme/h2_example.inc"
#include "tests/readme/hpack_example.inc"

namespace {

namespace http = regauge::http;
namespace wire = regauge::wire;

std::string text_of(const std::string& path) {
  const std::ifstream file(std::string(REGAUGE_SOURCE_DIR) + "/" + path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// The C++ blocks of README.md in order.
std::vector<std::string> blocks_of_readme() {
  const std::string text = text_of("README.md");
  constexpr std::string_view kOpening = "```cpp\n";
  std::vector<std::string> blocks;
  for (std::size_t at = text.find(kOpening); at != std::string::npos;
       at = text.find(kOpening, at + 1)) {
    const std::size_t begin = at + kOpening.size();
    blocks.push_back(text.substr(begin, text.find("```", begin) - begin));
  }
  return blocks;
}

TEST(Readme, its_examples_are_the_files_that_are_compiled_here) {
  const std::vector<std::string> blocks = blocks_of_readme();
  constexpr std::array<const char*, 4> kModules{"h1", "h2", "hpack", "grpc"};
  ASSERT_EQ(blocks.size(), kModules.size());
  for (std::size_t i = 0; i < kModules.size(); ++i) {
    EXPECT_EQ(blocks[i], text_of(std::string("tests/readme/") + kModules[i] + "_example.inc"));
  }
}

TEST(Readme, the_h1_example_lists_the_names_of_pipelined_requests) {
  EXPECT_EQ(names_of_requests("GET / HTTP/1.1\r\nHost: a.test\r\n\r\n"
                              "POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 2\r\n\r\nhi"),
            "host host content-length ");
  EXPECT_EQ(names_of_requests("GET / HTTP/1.1\r\nHo st: a.test\r\n\r\n"), "refused");
}

std::string gathered(regauge::h2::Connection& connection) {
  std::string text;
  for (wire::Piece piece; connection.gather({&piece, 1}, 65536) == 1;
       connection.wrote(piece.size)) {
    text += wire::as_text({piece.data, piece.size});
  }
  return text;
}

TEST(Readme, the_h2_example_answers_a_client) {
  using namespace regauge;
  h2::Options server_options;
  h2::Options client_options;
  client_options.role = http::Role::client;
  h2::Connection server(server_options);
  h2::Connection client(client_options);
  http::RequestHead head;
  head.method = http::method_of("GET");
  head.scheme = "http";
  head.authority = "a.test";
  head.path = "/";
  ASSERT_TRUE(client.open(head, http::EndStream::yes));

  const std::string written = serve(server, wire::Slice::copy_of(wire::as_bytes(gathered(client))));
  const wire::Slice read = wire::Slice::copy_of(wire::as_bytes(written));
  const http::Batch batch = client.receive({&read, 1}, http::Tick{1'000}, http::WorkBudget());
  std::string content;
  for (const http::Event& event : batch.events) content += wire::as_text(event.content.bytes());
  EXPECT_EQ(content, "hello\n");
}

TEST(Readme, the_hpack_example_needs_one_octet_a_line_the_second_time) {
  const std::array lines{http::field_line("x-gauge", "1435 mm"),
                         http::field_line("x-load", "coal")};
  const std::string first = over_the_wire(lines);
  EXPECT_TRUE(first.ends_with(" octets: 1435 mm coal")) << first;
  EXPECT_EQ(over_the_wire(lines), "2 octets: 1435 mm coal");
}

TEST(Readme, the_grpc_example_counts_messages_and_finds_the_status) {
  using namespace std::string_literals;
  EXPECT_EQ(summary("\0\0\0\0\5hello\x80\0\0\0\x10grpc-status: 0\r\n"s), "5 octets, grpc-status 0");
  EXPECT_EQ(summary("\0\0\0\0\2hi"s), "2 octets, grpc-status missing");
}

}  // namespace
