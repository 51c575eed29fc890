#include "tests/oracle/h2_our_end.h"

#include <algorithm>
#include <array>
#include <span>
#include <vector>

namespace regauge::oracle {
namespace {

using http::EndStream;

EndStream end_of(bool ends) { return ends ? EndStream::yes : EndStream::no; }

// Views lines as those of the model; pseudo-fields are left out.
std::vector<http::FieldLine> fields_of(const Lines& lines) {
  std::vector<http::FieldLine> fields;
  for (const Line& line : lines) {
    if (line.name.starts_with(':')) continue;
    fields.push_back(http::field_line(line.name, line.value));
    if (line.never_indexed) fields.back().indexing = http::Indexing::never;
  }
  return fields;
}

std::string_view pseudo(const Lines& lines, std::string_view name) {
  for (const Line& line : lines) {
    if (line.name == name) return line.value;
  }
  return {};
}

http::Content content_of(const Wanted& wanted, bool ends) {
  if (wanted.tunnel) return {http::Framing::tunnel, 0};
  if (wanted.length) return {http::Framing::length, *wanted.length};
  return {ends ? http::Framing::none : http::Framing::stream, 0};
}

void add(Lines& lines, std::string_view name, std::string_view value) {
  if (!value.empty()) lines.push_back({std::string(name), std::string(value), false});
}

void add(Lines& lines, http::FieldSection section) {
  for (const http::FieldLine& line : section) {
    lines.push_back(
        {std::string(line.name), std::string(line.value), line.indexing == http::Indexing::never});
  }
}

Lines lines_of(const http::RequestHead& head) {
  Lines lines;
  add(lines, ":method", head.method.token);
  add(lines, ":scheme", head.scheme);
  add(lines, ":authority", head.authority);
  add(lines, ":path", head.path);
  add(lines, head.fields);
  return lines;
}

Lines lines_of(const http::ResponseHead& head) {
  Lines lines;
  add(lines, ":status", std::to_string(head.status.value));
  add(lines, head.fields);
  return lines;
}

http::ResponseHead response_of(const Lines& lines, http::FieldSection fields) {
  http::ResponseHead head;
  head.status =
      http::Status{static_cast<std::uint16_t>(std::stoul(std::string(pseudo(lines, ":status"))))};
  head.fields = fields;
  return head;
}

}  // namespace

h2::Options OurEnd::options_of(http::Role role, fuzz::Dice& dice) {
  constexpr std::array<std::uint32_t, 4> kWindows{1'000, 16'384, 65'535, 1U << 20U};
  constexpr std::array<std::uint32_t, 4> kTables{0, 100, 4'096, 16'384};
  constexpr std::array<std::uint32_t, 3> kStreams{3, 20, 100};
  h2::Options options;
  options.role = role;
  options.limits.stream_window_bytes = dice.one_of(kWindows);
  options.limits.connection_window_bytes = std::max(65'535U, dice.one_of(kWindows));
  options.limits.decoder_table_bytes_max = dice.one_of(kTables);
  options.limits.encoder_table_bytes_max = dice.one_of(kTables);
  options.limits.streams_max = dice.one_of(kStreams);
  return options;
}

void OurEnd::read(std::string_view octets, http::Tick now, fuzz::Dice& dice) {
  now_ = now;
  wire::Slice rest = wire::Slice::copy_of(wire::as_bytes(octets));
  http::WorkBudget budget;
  if (dice.one_in(3)) budget = {1 + dice.below(65'536), 1 + dice.below(20)};
  do {
    const http::Batch batch = connection_.receive({&rest, 1}, now, budget);
    for (const http::Event& event : batch.events) take(event);
    rest.drop_front(batch.consumed);
    // A full queue of replies waits until they are written.
    if (batch.consumed == 0 && batch.more && fault_.empty())
      fault_ = "the queue of replies is full";
  } while (!rest.empty() && fault_.empty());
}

void OurEnd::end_of_input(http::Tick now) {
  for (const http::Event& event : connection_.end_of_input(now, http::Truncation::clean).events) {
    take(event);
  }
}

std::string OurEnd::written() {
  std::string octets;
  std::array<wire::Piece, 16> pieces{};
  while (const std::size_t filled = connection_.gather(pieces, 1U << 16U)) {
    std::size_t size = 0;
    for (const wire::Piece& piece : std::span(pieces).first(filled)) {
      octets += wire::as_text({piece.data, piece.size});
      size += piece.size;
    }
    connection_.wrote(size);
  }
  return octets;
}

void OurEnd::take_violation(const http::Event& event) {
  // A client may not know yet how many streams it may open.
  if (event.scope == http::Scope::stream && event.code == http::ErrorCode::refused_stream) return;
  fault_ += "ours refuses " + std::string(event.rule->name) + " on stream " +
            std::to_string(event.stream.value) + "; ";
}

void OurEnd::take(const http::Event& event) {
  using http::EventKind;
  if (event.kind == EventKind::violation) return take_violation(event);
  if (event.kind == EventKind::goaway && event.code != http::ErrorCode::no_error) {
    fault_ += "GOAWAY with an error; ";
  }
  if (event.kind == EventKind::deviation || !event.notes.empty()) fault_ += "a toleration; ";
  if (event.stream.value == 0 || event.kind == EventKind::cancelled) return;
  Exchange& exchange = exchanges_[event.stream.value];
  Message& heard = exchange.heard;
  switch (event.kind) {
    case EventKind::head:
      heard.head = event.request != nullptr ? lines_of(*event.request) : lines_of(*event.response);
      return;
    case EventKind::interim: heard.interims.push_back(lines_of(*event.response)); return;
    case EventKind::content:
      heard.content += wire::as_text(event.content.bytes());
      unread_[event.stream.value] += event.content.size();
      return;
    case EventKind::trailers: add(heard.trailers, event.trailers); return;
    case EventKind::end: heard.ended = true; return;
    case EventKind::reset:
      if (event.loss != http::Loss::none) {
        exchange.left_out = true;
      } else if (event.by == http::By::peer) {
        exchange.was_reset = static_cast<std::uint32_t>(event.code);
      }
      return;
    default: return;
  }
}

std::optional<std::uint32_t> OurEnd::open(const Wanted& wanted, bool ends) {
  const Lines& lines = wanted.message.head;
  const auto fields = fields_of(lines);
  http::RequestHead head;
  head.method = http::method_of(pseudo(lines, ":method"));
  head.scheme = pseudo(lines, ":scheme");
  if (wanted.tunnel) head.scheme = "https";
  head.authority = pseudo(lines, ":authority");
  head.path = pseudo(lines, ":path");
  head.fields = fields;
  head.content = content_of(wanted, ends);
  const auto opened = connection_.open(head, end_of(ends));
  if (opened) return opened->value;
  if (!may_not_open()) fault_ += "a lawful request cannot be sent; ";
  return std::nullopt;
}

bool OurEnd::interim(std::uint32_t id, const Lines& lines) {
  const auto fields = fields_of(lines);
  return connection_.submit_interim({id}, response_of(lines, fields)).has_value();
}

bool OurEnd::head(std::uint32_t id, const Wanted& wanted, bool ends) {
  const auto fields = fields_of(wanted.message.head);
  http::ResponseHead head = response_of(wanted.message.head, fields);
  head.content = content_of(wanted, ends);
  if (!connection_.submit_head({id}, head, end_of(ends))) {
    fault_ += "a lawful response cannot be sent; ";
    return false;
  }
  if (wanted.tunnel) connection_.accept_tunnel({id});
  return true;
}

bool OurEnd::content(std::uint32_t id, std::string_view piece, bool ends) {
  return connection_.submit_content({id}, wire::Slice::copy_of(wire::as_bytes(piece)), end_of(ends))
      .has_value();
}

bool OurEnd::trailers(std::uint32_t id, const Lines& lines) {
  return connection_.submit_trailers({id}, fields_of(lines)).has_value();
}

void OurEnd::reset(std::uint32_t id, std::uint32_t code) {
  connection_.reset({id}, static_cast<http::ErrorCode>(code));
}

std::size_t OurEnd::writable(std::uint32_t id) const { return connection_.writable({id}); }

void OurEnd::consume(fuzz::Dice& dice) {
  for (auto& [id, octets] : unread_) {
    if (octets == 0 || !dice.one_in(2)) continue;
    const std::size_t taken = dice.one_in(3) ? 1 + dice.below(octets) : octets;
    connection_.consume({id}, taken);
    octets -= taken;
  }
  for (const auto& [id, exchange] : exchanges_) {
    if (released_[id] || !exchange.over() || !dice.one_in(2)) continue;
    released_[id] = true;
    release(id, dice);
  }
}

// A client that releases what is on its way ends it, and cannot tell whether something is.
void OurEnd::release(std::uint32_t id, fuzz::Dice& dice) {
  Exchange& exchange = exchanges_[id];
  const bool may_end = options_.role == http::Role::client && exchange.sent.ended &&
                       exchange.heard.ended && !exchange.reset && !exchange.was_reset;
  if (may_end && !dice.one_in(4)) return;
  if (may_end) exchange.reset = static_cast<std::uint32_t>(http::ErrorCode::cancel);
  connection_.release({id});
}

void OurEnd::disturb(fuzz::Dice& dice) {
  if (dice.one_in(2)) connection_.shrink();
  if (dice.one_in(2)) connection_.forget_events();
}

}  // namespace regauge::oracle
