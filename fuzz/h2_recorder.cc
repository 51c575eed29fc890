#include "fuzz/h2_recorder.h"

#include <array>
#include <span>

#include "fuzz/fuzz_input.h"

namespace regauge::fuzz {
namespace {

std::string text_of(http::FieldSection lines) {
  std::string text;
  for (const http::FieldLine& line : lines) {
    text.append(line.name).append(": ").append(line.value) += '\n';
  }
  return text;
}

std::string text_of(const http::RequestHead& head) {
  std::string text(head.method.token);
  text.append(" ").append(head.scheme).append(" ").append(head.authority).append(" ");
  text.append(head.path).append(" ").append(head.protocol) += '\n';
  return text + text_of(head.fields);
}

std::string text_of(const http::ResponseHead& head) {
  return std::to_string(head.status.value) + '\n' + text_of(head.fields);
}

}  // namespace

void Recorder::claim(bool holds, std::string_view claim) const { check(holds, oracle_, claim); }

Told& Recorder::alive(std::uint32_t id) {
  claim(streams_.contains(id), "a stream starts with its head");
  Told& told = streams_[id];
  claim(!told.ended && !told.reset, "nothing follows the end of a stream");
  return told;
}

void Recorder::take_head(const http::Event& event) {
  const std::uint32_t id = event.stream.value;
  if (role_ == http::Role::server) {
    claim(!streams_.contains(id), "a head is told once");
    surfaced_.insert(id);
    streams_[id].head = text_of(*event.request);
  } else {
    Told& told = alive(id);
    claim(told.head.empty(), "a head is told once");
    told.head = text_of(*event.response);
  }
}

void Recorder::take(const http::Event& event) {
  using http::EventKind;
  const std::uint32_t id = event.stream.value;
  switch (event.kind) {
    case EventKind::head: return take_head(event);
    case EventKind::interim:
      claim(alive(id).head.empty(), "interim responses come before the head");
      alive(id).interims += text_of(*event.response);
      return;
    case EventKind::content:
      claim(!alive(id).head.empty(), "content comes behind a head");
      claim(alive(id).trailers.empty(), "no content follows trailers");
      alive(id).content += wire::as_text(event.content.bytes());
      return;
    case EventKind::trailers:
      claim(!alive(id).head.empty() && alive(id).trailers.empty(), "trailers come once");
      alive(id).trailers = text_of(event.trailers) + '.';
      return;
    case EventKind::tunnel: alive(id).tunnel = true; return;
    case EventKind::end: alive(id).ended = true; return;
    case EventKind::reset:
      claim(streams_.contains(id) && !streams_[id].reset, "a reset is told once");
      claim(event.by != http::By::peer || !surfaced_.contains(id),
            "no stream surfaces and is reset by its peer in one batch (batch law)");
      streams_[id].reset = true;
      streams_[id].by_peer = event.by == http::By::peer;
      streams_[id].code = static_cast<std::uint32_t>(event.code);
      return;
    case EventKind::cancelled: cancelled_ += event.count; return;
    case EventKind::violation:
      claim(!failed_, "nothing is refused behind the end of the connection");
      if (event.scope == http::Scope::connection) {
        failed_ = static_cast<std::uint32_t>(event.code);
        failure_ = std::string(event.rule->name) + '@' + std::to_string(event.offset);
      } else {
        faults_.append(event.rule->name).append(":") += std::to_string(id) + ' ';
      }
      return;
    case EventKind::deviation: faults_.append(event.rule->name) += ' '; return;
    default: return;
  }
}

void Recorder::take(const http::Batch& batch) {
  surfaced_.clear();
  cancelled_ = 0;
  for (const http::Event& event : batch.events) {
    take(event);
    for (const auto& note : event.notes) {
      claim(streams_.contains(event.stream.value), "notes are those of a message");
      streams_[event.stream.value].notes.append(note.rule->name) += ' ';
    }
  }
  cancelled_ever_ += cancelled_;
}

std::vector<std::uint8_t> output_of(h2::Connection& connection) {
  std::vector<std::uint8_t> octets;
  std::array<wire::Piece, 16> pieces{};
  while (const std::size_t filled = connection.gather(pieces, 1U << 16U)) {
    std::size_t written = 0;
    for (const wire::Piece& piece : std::span(pieces).first(filled)) {
      octets.insert(octets.end(), piece.data, piece.data + piece.size);
      written += piece.size;
    }
    connection.wrote(written);
  }
  return octets;
}

void check_h2_work(const h2::Connection& connection, std::string_view oracle, std::uint64_t calls) {
  const wire::Work work = connection.work();
  // A walk over streams has a price; what is below that is within the 32 of its frame.
  const std::uint64_t paid = h2::credits::kStreamsEach * connection.ledger().charged;
  check(work.total() <= 4 * (work.bytes_in + work.bytes_emitted) + 32 * work.messages + paid +
                            16 * calls + 4096,
        oracle, "law of work");
}

wire::Slice preface_slice() { return wire::Slice::of_static(wire::as_bytes(h2::kClientPreface)); }

}  // namespace regauge::fuzz
