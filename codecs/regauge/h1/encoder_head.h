// How the encoder writes heads and trailer sections: the plan of what a head says about framing
// and the connection, and the checked copy of everything else.
#pragma once

#include <cstdint>
#include <expected>

#include "regauge/h1/encoder.h"
#include "regauge/wire/writer.h"

namespace regauge::h1 {

/// Names the framing line of a head; there is never more than one (RFC 9112 §6.2).
enum class FramingLine : std::uint8_t { nothing, content_length, chunked };

/// Holds what a head says beyond its field lines.
struct HeadPlan {
  http::Framing framing = http::Framing::none;  ///< how the content ends on the wire
  std::uint64_t length = 0;                     ///< octets that follow, with Framing::length
  std::uint64_t announced = 0;                  ///< value of the content-length line
  FramingLine line = FramingLine::nothing;
  Persistence persistence = Persistence::persistent;
  http::Version peer_version = http::Version::http_1_1;
  bool request = false;
  bool upgrade = false;  ///< an `upgrade` line was written
  bool te = false;       ///< a `te` line was written
  bool expect = false;   ///< the `expect` line is written when it comes
};

/// Decides the framing of a request from its Content. Errors: as Encoder::request_head.
[[nodiscard]] std::expected<HeadPlan, http::Refusal> plan_request_head(
    const http::RequestHead& head, const Situation& situation);
/// Decides the framing of a final response from its Content and what it answers.
/// Errors: as Encoder::response_head.
[[nodiscard]] std::expected<HeadPlan, http::Refusal> plan_response_head(
    const http::ResponseHead& head, const Situation& situation);

/// Bounds the octets that a head needs beside its start line and Host: all field lines and the
/// lines the encoder adds. Returns Encoder::kHeadBytesMax + 1 if that is too much.
[[nodiscard]] std::size_t field_bytes_bound(http::FieldSection fields);

/// Writes a head into a buffer that is large enough, checking every part.
class HeadWriter {
 public:
  /// Makes a writer. `buffer` outlives it.
  HeadWriter(wire::MutableBytes buffer [[clang::lifetimebound]], NameCase name_case,
             http::NameStyle style)
      : out_(buffer),
        name_case_(name_case),
        titles_(name_case == NameCase::title ||
                (name_case == NameCase::received && style == http::NameStyle::title)) {}

  /// Writes the request line and Host. Returns false if a part cannot be written.
  [[nodiscard]] bool request_start(const http::RequestHead& head, TargetForm form);
  /// Writes the status line with the registered reason phrase, or an empty one.
  void status_line(http::Status status);
  /// Writes the field lines, those of the plan, and the empty line.
  /// Returns false if a part cannot be written.
  [[nodiscard]] bool fields(http::FieldSection fields, HeadPlan& plan);
  /// Writes the lines of a trailer section and the empty line; skips what is forbidden there.
  [[nodiscard]] bool trailers(http::FieldSection section);
  /// Writes text as it is.
  void text(std::string_view octets) { out_.text(octets); }
  /// Returns the octets written, all of which fitted.
  [[nodiscard]] std::size_t size() const { return out_.size(); }

 private:
  [[nodiscard]] bool target(const http::RequestHead& head, std::string_view authority,
                            TargetForm form);
  void path(std::string_view path);
  void name(std::string_view name, std::string_view spelling = {});
  void line(std::string_view field_name, std::string_view value, std::string_view spelling = {});
  [[nodiscard]] bool checked_line(const http::FieldLine& field);
  void framing_line(const HeadPlan& plan);
  void connection_line(const HeadPlan& plan);

  wire::Writer out_;
  NameCase name_case_;
  bool titles_;  // what has no spelling begins with capitals
};

}  // namespace regauge::h1
