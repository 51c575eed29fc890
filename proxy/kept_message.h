// Copies of heads, sections and events for another thread: events view memory of their connection.
#pragma once

#include <memory>
#include <vector>

#include "regauge/http/event.h"
#include "regauge/http/head.h"
#include "regauge/translate/text_store.h"

namespace regauge::proxy {

/// Owns a copy of a field section. Lifetime of the views: that of this object.
class KeptSection {
 public:
  KeptSection() = default;
  explicit KeptSection(http::FieldSection section) { keep(section); }
  [[nodiscard]] http::FieldSection lines() const { return lines_; }

 protected:
  void keep(http::FieldSection section) {
    lines_.assign(section.begin(), section.end());
    for (http::FieldLine& line : lines_) {
      line.spelling = texts_.keep(line.spelling);
      line.name = texts_.keep(line.name);
      line.value = texts_.keep(line.value);
    }
  }
  translate::TextStore texts_;
  std::vector<http::FieldLine> lines_;
};

/// Owns a copy of a request head.
class KeptRequest : private KeptSection {
 public:
  explicit KeptRequest(const http::RequestHead& head) : head_(head) {
    keep(head.fields);
    head_.method.token = texts_.keep(head.method.token);
    head_.scheme = texts_.keep(head.scheme);
    head_.authority = texts_.keep(head.authority);
    head_.path = texts_.keep(head.path);
    head_.protocol = texts_.keep(head.protocol);
    head_.fields = lines_;
    head_.notes = {};
  }
  [[nodiscard]] const http::RequestHead& head() const { return head_; }

 private:
  http::RequestHead head_;
};

/// Owns a copy of an event.
class KeptEvent : private KeptSection {
 public:
  explicit KeptEvent(const http::Event& event)
      : event_(event), notes_(event.notes.begin(), event.notes.end()) {
    event_.notes = notes_;
    if (event.response == nullptr) {
      keep(event.trailers);
      event_.trailers = lines_;
      return;
    }
    keep(event.response->fields);
    response_ = *event.response;
    response_.reason = texts_.keep(event.response->reason);
    response_.fields = lines_;
    response_.notes = {};
    event_.response = &response_;
  }
  KeptEvent(const KeptEvent&) = delete;
  KeptEvent& operator=(const KeptEvent&) = delete;
  [[nodiscard]] const http::Event& event() const { return event_; }

 private:
  http::Event event_;
  std::vector<http::RuleNote> notes_;
  http::ResponseHead response_;
};

}  // namespace regauge::proxy
