// codecs/regauge/h1/README.md says what the code does: its table is the catalogue, its example
// runs.
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

// [example]
#include "regauge/h1/connection.h"

namespace h1 = regauge::h1;
namespace http = regauge::http;
namespace wire = regauge::wire;

// Answers every request with 204. Returns how many octets of `input` were taken.
std::size_t answer_all(h1::Connection& connection, const wire::Slice& input, http::Tick now) {
  const http::Batch batch = connection.receive({&input, 1}, now, {});
  for (const http::Event& event : batch.events) {
    switch (event.kind) {
      case http::EventKind::content: connection.consume(event.stream, event.content.size()); break;
      case http::EventKind::end:
      case http::EventKind::violation: {
        http::ResponseHead head;
        head.status = {event.kind == http::EventKind::end ? std::uint16_t{204} : event.status};
        if (!connection.submit_head(event.stream, head, http::EndStream::yes)) return 0;
        connection.release(event.stream);
        break;
      }
      default: break;
    }
  }
  return batch.consumed;
}
// [/example]

namespace regauge::h1 {
namespace {

std::string contents_of(const std::string& path) {
  std::ifstream file(std::string(REGAUGE_SOURCE_DIR) + "/" + path);
  EXPECT_TRUE(file) << path;
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::string between(const std::string& text, std::string_view begin, std::string_view end) {
  const std::size_t from = text.find(begin);
  const std::size_t to = text.find(end, from + begin.size());
  EXPECT_NE(to, std::string::npos) << begin;
  return text.substr(from + begin.size(), to - from - begin.size());
}

std::string_view name_of(Action action) {
  switch (action) {
    case Action::reject: return "refuse";
    case Action::accept_and_close: return "close";
    case Action::accept: return "accept";
  }
  return "";
}

std::string_view name_of(Risk risk) {
  switch (risk) {
    case Risk::harmless: return "harmless";
    case Risk::routing: return "routing";
    case Risk::structure: return "structure";
    case Risk::framing: return "framing";
    case Risk::limit: return "limit";
  }
  return "";
}

std::string cell(const PresetActions& actions) {
  if (!actions.occurs) return "-";
  std::string text(name_of(actions.strict));
  for (const Action action : {actions.common, actions.maximal}) {
    text += " / ";
    text += name_of(action);
  }
  return text;
}

std::string table_row(const CatalogueRow& row) {
  std::string line;
  const std::string status = row.request.occurs ? std::to_string(row.status) : "-";
  for (const std::string& text :
       {std::string(row.rule.name), std::string(row.rule.section), std::string(name_of(row.risk)),
        status, cell(row.request), cell(row.response), std::string(row.rule.sentence)}) {
    line += "| " + text + " ";
  }
  return line + "|\n";
}

TEST(H1Readme, the_table_is_the_catalogue) {
  std::string table;
  for (std::size_t i = 0; i < kDeviationCount; ++i) {
    table += table_row(catalogue_row(static_cast<Deviation>(i)));
  }
  const std::string readme = contents_of("codecs/regauge/h1/README.md");
  EXPECT_EQ(between(readme, "|---|---|---|---|---|---|---|\n", "\n\n") + "\n", table);
}

// The names in backquotes before the colon of each item of a list.
std::set<std::string> names_in_list(const std::string& list) {
  std::set<std::string> names;
  std::size_t at = 0;
  while ((at = list.find("\n- `", at)) != std::string::npos) {
    const std::string item = list.substr(at, list.find(": ", at) - at);
    for (std::size_t name = item.find('`'); name != std::string::npos;) {
      const std::size_t end = item.find('`', name + 1);
      EXPECT_TRUE(names.insert(item.substr(name + 1, end - name - 1)).second) << item;
      name = item.find('`', end + 1);
    }
    at += item.size();
  }
  return names;
}

TEST(H1Readme, says_why_for_each_row_that_common_decides) {
  std::set<std::string> accepted;
  std::set<std::string> refused;
  for (std::size_t i = 0; i < kDeviationCount; ++i) {
    const CatalogueRow& row = catalogue_row(static_cast<Deviation>(i));
    for (const PresetActions& actions : {row.request, row.response}) {
      if (!actions.occurs) continue;
      if (actions.common > actions.strict) accepted.emplace(row.rule.name);
      if (actions.maximal > actions.common) refused.emplace(row.rule.name);
    }
  }
  const std::string readme = contents_of("codecs/regauge/h1/README.md") + "\n## end";
  const std::string_view between_lists = "`common` refuses, `maximal` accepts:";
  EXPECT_EQ(names_in_list(between(readme, "`common` accepts:", between_lists)), accepted);
  EXPECT_EQ(names_in_list(between(readme, between_lists, "\n## end")), refused);
}

TEST(H1Readme, the_example_is_the_one_above) {
  const std::string own = contents_of("tests/h1/readme_test.cc");
  const std::string readme = contents_of("codecs/regauge/h1/README.md");
  EXPECT_EQ(between(readme, "```cpp\n", "```"), between(own, "// [example]\n", "// [/example]"));
}

TEST(H1Readme, the_example_answers) {
  const ConnectionOptions options = options_for(http::Role::server, Preset::strict);
  for (const auto& [octets, status] :
       {std::pair("GET / HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 204 "),
        std::pair("GET / HTTP/1.1\r\nHost : a\r\n\r\n", "HTTP/1.1 400 ")}) {
    Connection connection(options);
    const wire::Slice input = wire::Slice::copy_of(wire::as_bytes(octets));
    EXPECT_EQ(answer_all(connection, input, {}), input.size());
    http::Piece piece{};
    ASSERT_EQ(connection.gather({&piece, 1}, 4096), 1U);
    EXPECT_TRUE(wire::as_text({piece.data, piece.size}).starts_with(status));
  }
}

}  // namespace
}  // namespace regauge::h1
