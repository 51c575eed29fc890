#include "tests/oracle/h1_neighbours.h"

#include <cstddef>
#include <vector>

#include "regauge/h1/decoder.h"
#include "tests/oracle/beast_message.h"
#include "tests/oracle/http_parser_message.h"
#include "tests/oracle/sloppy_reader.h"

namespace regauge::oracle {
namespace {

Reading read_strictly(std::string_view octets) {
  h1::Decoder decoder(h1::Policy(h1::Side::request, h1::Preset::strict), http::Limits());
  wire::Slice input = wire::Slice::copy_of(wire::as_bytes(octets));
  bool head = false;
  while (true) {
    switch (decoder.next(input).kind) {
      case h1::PartKind::need_more:
        return {head ? Verdict::incomplete_content : Verdict::incomplete_head, octets.size()};
      case h1::PartKind::head: head = true; break;
      case h1::PartKind::violation: return {};
      case h1::PartKind::end:
      case h1::PartKind::tunnel:
        return {Verdict::complete, static_cast<std::size_t>(decoder.offset())};
      case h1::PartKind::content:
      case h1::PartKind::trailers: break;
    }
  }
}

std::vector<Neighbour> all_neighbours() {
  std::vector<Neighbour> all{
      {"own strict decoder", read_strictly},
      {"Boost.Beast",
       [](std::string_view octets) { return read_with_beast(wire::as_bytes(octets)); }},
      {"http_parser strict",
       [](std::string_view octets) {
         return read_with_http_parser(wire::as_bytes(octets), HttpParserMode::strict);
       }},
      {"http_parser lenient",
       [](std::string_view octets) {
         return read_with_http_parser(wire::as_bytes(octets), HttpParserMode::lenient);
       }},
      sloppy_neighbour({}),
  };
  for (std::size_t i = 0; i < kHabitCount; ++i) {
    all.push_back(sloppy_neighbour({static_cast<Habit>(i)}));
  }
  return all;
}

}  // namespace

std::span<const Neighbour> h1_neighbours() {
  static const std::vector<Neighbour> kAll = all_neighbours();
  return kAll;
}

bool in_scope(const Habits& habits) {
  const bool fold_stops_fields =
      habits.has(Habit::folds_are_lines) && habits.has(Habit::no_colon_stops_fields);
  const bool line_feed_counts_here_and_not_there =
      habits.has(Habit::chunk_line_ends_with_crlf_alone) &&
      habits.has(Habit::chunk_size_is_a_prefix);
  return !fold_stops_fields && !line_feed_counts_here_and_not_there;
}

Neighbour sloppy_neighbour(const Habits& habits) {
  Neighbour neighbour;
  for (std::size_t i = 0; i < kHabitCount; ++i) {
    if (!habits.has(static_cast<Habit>(i))) continue;
    if (!neighbour.name.empty()) neighbour.name += " and ";
    neighbour.name += name_of(static_cast<Habit>(i));
  }
  if (neighbour.name.empty()) neighbour.name = "plain reader";
  neighbour.read = [habits](std::string_view octets) { return read_sloppily(octets, habits); };
  neighbour.passes_over_length = habits.has(Habit::length_is_ignored) ||
                                 habits.has(Habit::bad_length_is_ignored) ||
                                 habits.has(Habit::no_content_with_get);
  neighbour.passes_over_trailers = habits.has(Habit::no_trailer_section);
  return neighbour;
}

}  // namespace regauge::oracle
