// A host around one h1::Connection: offers octets cut in a given way, copies events into text that
// tests compare, and takes what is written.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "regauge/h1/connection.h"
#include "tests/h1/decoded_message.h"

namespace regauge::h1 {

/// Tells whether the host gives receive credit back as soon as it sees content.
enum class Credit : std::uint8_t { at_once, by_hand };

/// Drives one connection the way a proxy does, without a socket.
class ConnectionHost {
 public:
  explicit ConnectionHost(http::Role role, Preset preset = Preset::strict)
      : options_(options_for(role, preset)), connection_(options_) {}
  explicit ConnectionHost(const ConnectionOptions& options)
      : options_(options), connection_(options_) {}

  Connection& connection() { return connection_; }
  Credit credit = Credit::at_once;

  /// Offers octets; what is not taken is kept and offered again by `go_on`. The peer of a client
  /// has read what was written so far.
  void feed(std::string_view octets, Cut cut = whole()) {
    if (options_.role == http::Role::client) flush();
    while (!octets.empty()) {
      const std::size_t size = std::min(cut(octets.size()), octets.size());
      waiting_ += octets.substr(0, size);
      octets.remove_prefix(size);
      go_on();
    }
  }
  /// Offers what waits, as long as the connection takes any of it.
  void go_on() {
    while (connection_.demand({}).wants_read || waiting_.empty()) {
      const wire::Slice slice = wire::Slice::copy_of(wire::as_bytes(waiting_));
      const http::Batch batch = connection_.receive({&slice, 1}, {}, budget);
      take(batch);
      waiting_.erase(0, batch.consumed);
      EXPECT_EQ(batch.more, !waiting_.empty());
      if (waiting_.empty() || batch.consumed == 0) return;
    }
  }
  /// Ends the input behind everything that was offered.
  void end(http::Truncation how = http::Truncation::clean) {
    take(connection_.end_of_input({}, how));
  }
  /// Takes all output that there is, as a transport that is never full.
  std::string written() {
    flush();
    return std::exchange(written_, {});
  }
  /// Returns the events since the last call, one word or pair of words each, joined by a space.
  /// Adjacent content is joined: how it was cut says nothing.
  std::string events() {
    std::string text;
    for (const std::string& event : std::exchange(events_, {})) {
      if (!text.empty()) text += ' ';
      text += event;
    }
    return text;
  }
  [[nodiscard]] const std::string& waiting() const { return waiting_; }
  [[nodiscard]] http::Demand demand() const { return connection_.demand({}); }

  http::WorkBudget budget;

 private:
  void take(const http::Batch& batch) {
    for (const http::Event& event : batch.events) {
      describe(event);
      if (event.kind == http::EventKind::content && credit == Credit::at_once) {
        connection_.consume(event.stream, event.content.size());
      }
    }
  }
  void flush() {
    std::array<wire::Piece, 3> pieces{};
    while (const std::size_t filled = connection_.gather(pieces, 1000)) {
      std::size_t octets = 0;
      for (std::size_t i = 0; i < filled; ++i) {
        written_ += wire::as_text({pieces.at(i).data, pieces.at(i).size});
        octets += pieces.at(i).size;
      }
      connection_.wrote(octets);
    }
  }
  void describe(const http::Event& event) {
    using http::EventKind;
    switch (event.kind) {
      case EventKind::head: describe_head(event); break;
      case EventKind::interim: add("interim", std::to_string(event.response->status.value)); break;
      case EventKind::content:
        if (events_.empty() || !events_.back().starts_with("content:")) add("content", "");
        events_.back() += wire::as_text(event.content.bytes());
        break;
      case EventKind::trailers: add("trailers", std::string(event.trailers.front().name)); break;
      case EventKind::end: add("end", event.count == 1 ? "close" : "stay"); break;
      case EventKind::reset:
        add("reset", event.by == http::By::peer ? "peer" : "us");
        events_.back() += ":" + std::string(http::error_code_name(event.code));
        if (event.rule != nullptr) events_.back() += ":" + std::string(event.rule->name);
        break;
      case EventKind::tunnel: add("tunnel", std::to_string(event.stream.value)); break;
      case EventKind::goaway: add("goaway", std::to_string(event.count)); break;
      case EventKind::window: add("window", std::to_string(event.stream.value)); break;
      case EventKind::violation:
        add("violation", std::string(event.rule->name));
        events_.back() += ":" + std::to_string(event.status);
        break;
      case EventKind::closed: add("closed", "0"); break;
      case EventKind::cancelled:
      case EventKind::settings:
      case EventKind::stalled:
      case EventKind::deviation: add("unexpected", "event"); break;
    }
  }
  void describe_head(const http::Event& event) {
    if (event.request != nullptr) {
      add(std::string(event.request->method.token), std::string(event.request->path));
    } else {
      add("status", std::to_string(event.response->status.value));
    }
  }
  void add(std::string word, const std::string& value) {
    word += ':';
    word += value;
    events_.push_back(std::move(word));
  }

  ConnectionOptions options_;
  Connection connection_;
  std::string waiting_;
  std::string written_;
  std::vector<std::string> events_;
};

/// Makes the head of a response without field lines.
inline http::ResponseHead response(std::uint16_t status, http::Content content = {}) {
  http::ResponseHead head;
  head.status = {status};
  head.content = content;
  return head;
}

/// Copies text into a slab of its own.
inline wire::Slice slice(std::string_view text) {
  return wire::Slice::copy_of(wire::as_bytes(text));
}

/// Answers with a status and no content, and is done with the exchange.
inline void answer(ConnectionHost& host, http::StreamId stream, std::uint16_t status = 204) {
  EXPECT_TRUE(host.connection().submit_head(stream, response(status), http::EndStream::yes));
  host.connection().release(stream);
}

}  // namespace regauge::h1
