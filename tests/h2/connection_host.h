// Hosts one connection in a test: offers octets at any cut, keeps the events as values, reads what
// is written as frames.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "regauge/h2/connection.h"
#include "tests/h2/frame_bytes.h"

namespace regauge::h2 {

using http::Event;
using http::EventKind;

/// Holds a frame that was written.
struct WrittenFrame {
  FrameHeader header;
  std::string payload;

  [[nodiscard]] std::uint32_t number(std::size_t at = 0) const {
    std::uint32_t value = 0;
    for (std::size_t i = at; i < at + 4; ++i) {
      value = value << 8U | static_cast<unsigned char>(payload.at(i));
    }
    return value;
  }
};

/// Cuts octets into frames; the client preface in front is left out.
inline std::vector<WrittenFrame> frames_of(std::string_view octets) {
  if (octets.starts_with(kClientPreface)) octets.remove_prefix(kClientPreface.size());
  std::vector<WrittenFrame> frames;
  while (octets.size() >= kFrameHeaderBytes) {
    const wire::Bytes bytes = wire::as_bytes(octets);
    const FrameHeader header = parse_frame_header(bytes.first<kFrameHeaderBytes>());
    octets.remove_prefix(kFrameHeaderBytes);
    frames.push_back({header, std::string(octets.substr(0, header.length))});
    octets.remove_prefix(header.length);
  }
  return frames;
}

using FieldTexts = std::vector<std::pair<std::string, std::string>>;

/// Holds an event by value.
struct SeenEvent {
  EventKind kind = EventKind::head;
  std::uint32_t stream = 0;
  EndStream end_stream = EndStream::no;
  http::By by = http::By::peer;
  http::Scope scope = http::Scope::message;
  ErrorCode code = ErrorCode::no_error;
  std::uint16_t status = 0;  ///< of a response head
  std::string rule;
  std::string method;
  std::string path;
  std::string authority;
  std::string protocol;
  FieldTexts fields;  ///< of a head or a trailer section
  std::vector<std::string> notes;
  std::string content;
  std::uint64_t count = 0;
  bool operator==(const SeenEvent&) const = default;
};

inline FieldTexts texts_of(http::FieldSection section) {
  FieldTexts texts;
  for (const http::FieldLine& line : section) texts.emplace_back(line.name, line.value);
  return texts;
}

inline SeenEvent seen(const Event& event) {
  SeenEvent copy;
  copy.kind = event.kind;
  copy.stream = event.stream.value;
  copy.end_stream = event.end_stream;
  copy.by = event.by;
  copy.scope = event.scope;
  copy.code = event.code;
  copy.count = event.count;
  if (event.rule != nullptr) copy.rule = event.rule->name;
  if (event.request != nullptr) {
    copy.method = event.request->method.token;
    copy.path = event.request->path;
    copy.authority = event.request->authority;
    copy.protocol = event.request->protocol;
    copy.fields = texts_of(event.request->fields);
  }
  if (event.response != nullptr) {
    copy.status = event.response->status.value;
    copy.fields = texts_of(event.response->fields);
  }
  if (event.kind == EventKind::trailers) copy.fields = texts_of(event.trailers);
  for (const http::RuleNote& note : event.notes) copy.notes.emplace_back(note.rule->name);
  copy.content = wire::as_text(event.content.bytes());
  return copy;
}

/// Hosts a connection. Content is consumed as it comes unless `keep_content` was called.
class Host {
 public:
  explicit Host(Options options = server_options())
      : options_(std::make_unique<Options>(std::move(options))), connection_(*options_) {}

  static Options server_options() {
    Options options;
    options.limits.connection_window_bytes = kInitialWindow;
    options.limits.stream_window_bytes = kInitialWindow;
    options.settings_ack_ms = 0;
    return options;
  }
  static Options client_options() {
    Options options = server_options();
    options.role = http::Role::client;
    return options;
  }

  Host& keep_content() {
    consumes_ = false;
    return *this;
  }
  Host& at(std::uint64_t ms) {
    now_ = http::Tick{ms};
    return *this;
  }
  /// Offers one drain, and again what a full queue of replies or the budget left behind.
  Host& offer(std::string_view octets, const http::WorkBudget& budget = {}) {
    wire::Slice rest = wire::Slice::copy_of(wire::as_bytes(octets));
    do {
      const http::Batch batch = connection_.receive({&rest, 1}, now_, budget);
      ++batches_;
      take(batch);
      rest.drop_front(batch.consumed);
      if (writes_) flush();
    } while (!rest.empty() && writes_);
    return *this;
  }
  /// Offers pieces of `size` octets, each a drain.
  Host& offer_in_pieces(std::string_view octets, std::size_t size) {
    for (; !octets.empty(); octets.remove_prefix(std::min(size, octets.size()))) {
      offer(octets.substr(0, size));
    }
    return *this;
  }
  Host& turn() {
    take(connection_.receive({}, now_, {}));
    if (writes_) flush();
    return *this;
  }
  Host& end(http::Truncation how = http::Truncation::clean) {
    take(connection_.end_of_input(now_, how));
    flush();
    return *this;
  }
  /// Reads nothing of what the connection writes from now on.
  Host& block_output() {
    writes_ = false;
    return *this;
  }
  /// Writes all output there is.
  Host& flush(std::size_t octets_max = 65536) {
    std::array<http::Piece, 16> pieces;
    while (true) {
      const std::size_t count = connection_.gather(pieces, octets_max);
      std::size_t octets = 0;
      for (std::size_t i = 0; i < count; ++i) {
        written_ += wire::as_text({pieces[i].data, pieces[i].size});
        octets += pieces[i].size;
      }
      if (octets == 0) return *this;
      connection_.wrote(octets);
    }
  }

  StreamId open(std::string_view method, EndStream end_stream) {
    http::RequestHead head;
    head.method = http::method_of(method);
    head.scheme = "https";
    const bool connect = method == "CONNECT";
    head.authority = connect ? "a.test:443" : "a.test";
    head.path = connect ? "" : "/";
    head.content.framing =
        end_stream == EndStream::yes ? http::Framing::none : http::Framing::stream;
    if (connect) head.content.framing = http::Framing::tunnel;
    return connection_.open(head, end_stream).value_or(http::kConnectionStream);
  }
  bool respond(std::uint32_t stream, std::uint16_t status, EndStream end_stream) {
    http::ResponseHead head;
    head.status = http::Status{status};
    head.content.framing =
        end_stream == EndStream::yes ? http::Framing::none : http::Framing::stream;
    return connection_.submit_head(StreamId{stream}, head, end_stream).has_value();
  }
  bool content(std::uint32_t stream, std::string_view octets, EndStream end_stream) {
    return connection_
        .submit_content(StreamId{stream}, wire::Slice::copy_of(wire::as_bytes(octets)), end_stream)
        .has_value();
  }

  [[nodiscard]] Connection& connection() { return connection_; }
  [[nodiscard]] const std::vector<SeenEvent>& events() const { return events_; }
  [[nodiscard]] std::size_t batches() const { return batches_; }
  [[nodiscard]] std::vector<SeenEvent> of_kind(EventKind kind) const {
    std::vector<SeenEvent> found;
    for (const SeenEvent& event : events_) {
      if (event.kind == kind) found.push_back(event);
    }
    return found;
  }
  /// Returns the first event of a kind; a value of its own if there is none.
  [[nodiscard]] SeenEvent first(EventKind kind) const {
    const auto found = of_kind(kind);
    if (!found.empty()) return found.front();
    SeenEvent none;
    none.kind = EventKind::closed;
    return none;
  }
  /// Returns the rules of all violations, in order.
  [[nodiscard]] std::vector<std::string> violations() const {
    std::vector<std::string> rules;
    for (const SeenEvent& event : of_kind(EventKind::violation)) rules.push_back(event.rule);
    return rules;
  }
  /// Returns the rules that were tolerated: notes of messages and deviations outside of them.
  [[nodiscard]] std::vector<std::string> tolerated() const {
    std::vector<std::string> rules;
    for (const SeenEvent& event : events_) {
      if (event.kind == EventKind::deviation) rules.push_back(event.rule);
      for (const std::string& note : event.notes) rules.push_back(note);
    }
    return rules;
  }
  [[nodiscard]] std::string content_of(std::uint32_t stream) const {
    std::string octets;
    for (const SeenEvent& event : of_kind(EventKind::content)) {
      if (event.stream == stream) octets += event.content;
    }
    return octets;
  }
  /// Returns the frames that were written so far.
  [[nodiscard]] std::vector<WrittenFrame> frames() const { return frames_of(written_); }
  [[nodiscard]] std::vector<WrittenFrame> frames(FrameType type) const {
    std::vector<WrittenFrame> found;
    for (WrittenFrame& each : frames_of(written_)) {
      if (each.header.type == type) found.push_back(std::move(each));
    }
    return found;
  }
  /// Forgets events and output so far.
  Host& forget() {
    events_.clear();
    written_.clear();
    return *this;
  }

 private:
  void take(const http::Batch& batch) {
    for (const Event& event : batch.events) events_.push_back(seen(event));
    if (!consumes_) return;
    for (const Event& event : batch.events) {
      if (event.kind == EventKind::content) {
        connection_.consume(event.stream, event.content.size());
      }
    }
  }

  std::unique_ptr<Options> options_;
  Connection connection_;
  std::vector<SeenEvent> events_;
  std::string written_;
  http::Tick now_{1};
  std::size_t batches_ = 0;
  bool consumes_ = true;
  bool writes_ = true;
};

}  // namespace regauge::h2
