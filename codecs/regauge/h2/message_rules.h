// Message rules: what makes a message malformed (RFC 9113 §8), and its head if it is not.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string_view>
#include <vector>

#include "regauge/h2/options.h"
#include "regauge/h2/policy.h"
#include "regauge/h2/violation.h"
#include "regauge/hpack/decoder.h"
#include "regauge/http/head.h"
#include "regauge/http/ids.h"
#include "regauge/http/method.h"

namespace regauge::h2 {

/// Holds what the rules need besides the field block.
struct MessageSetting {
  const Policy* policy = nullptr;
  std::string_view scheme = "https";   ///< fills in for a missing :scheme, if that is fixed
  Offer extended_connect = Offer::no;  ///< whether :protocol may be used (RFC 8441 §3)
  std::uint64_t offset = 0;            ///< of the frame, for the notes
};

/// Reads decoded blocks as messages. A line that the policy tolerates is changed or left out in
/// place, and noted. Cost: a few steps a line, one step an octet of the lines with a fault.
/// Memory: the notes, from the first toleration on.
class MessageReader {
 public:
  /// `setting` is copied; `arena`, which holds the blocks, outlives the reader.
  explicit MessageReader(const MessageSetting& setting, hpack::FieldArena& arena)
      : setting_(setting), arena_(&arena) {}

  /// Reads the header section of a request. Lifetime of the head: that of the block.
  [[nodiscard]] std::expected<http::RequestHead, Violation> request(const hpack::FieldBlock& block,
                                                                    http::EndStream end_stream);
  /// Reads the header section of a response to a request of `method`.
  [[nodiscard]] std::expected<http::ResponseHead, Violation> response(
      const hpack::FieldBlock& block, http::MethodId method, http::EndStream end_stream);
  /// Reads a trailer section.
  [[nodiscard]] std::expected<http::FieldSection, Violation> trailers(
      const hpack::FieldBlock& block);

  /// Returns what was tolerated, in order. Lifetime: that of the reader.
  [[nodiscard]] const std::vector<Violation>& tolerated() const { return tolerated_; }

 private:
  enum class Kind : std::uint8_t { request, response, trailers };
  enum class Keep : std::uint8_t { no, yes };
  struct Pseudo {
    std::optional<std::string_view> method;
    std::optional<std::string_view> scheme;
    std::optional<std::string_view> authority;
    std::optional<std::string_view> path;
    std::optional<std::string_view> protocol;
    std::optional<std::string_view> status;
  };
  using Verdict = std::optional<Violation>;
  using Judged = std::expected<Keep, Violation>;

  [[nodiscard]] Verdict read_lines(const hpack::FieldBlock& block, Kind kind);
  [[nodiscard]] Judged judge(http::FieldLine& line, hpack::Mark mark, Kind kind);
  [[nodiscard]] Judged judge_name(http::FieldLine& line, hpack::Mark& mark);
  [[nodiscard]] Judged judge_value(http::FieldLine& line, hpack::Mark mark);
  [[nodiscard]] Judged judge_ruled(http::FieldLine& line, Kind kind);
  [[nodiscard]] Judged judge_te(http::FieldLine& line);
  [[nodiscard]] Judged judge_content_length(http::FieldLine& line);
  [[nodiscard]] std::optional<std::string_view>* slot_of(std::string_view name);
  [[nodiscard]] Verdict read_pseudo(const http::FieldLine& line, Kind kind);
  [[nodiscard]] Verdict request_rules(http::RequestHead& head);
  [[nodiscard]] Verdict connect_rules(http::RequestHead& head);
  [[nodiscard]] Verdict target_rules(http::RequestHead& head);
  [[nodiscard]] Verdict authority_rules(http::RequestHead& head);
  [[nodiscard]] std::expected<http::Status, Violation> status_rules() const;
  void drop_content_length();
  [[nodiscard]] bool tolerates(Violation violation);

  MessageSetting setting_;
  hpack::FieldArena* arena_;
  std::span<http::FieldLine> lines_;
  Pseudo pseudo_;
  bool regular_seen_ = false;
  std::optional<std::uint64_t> content_length_;
  std::optional<std::string_view> host_;
  std::vector<Violation> tolerated_;
};

}  // namespace regauge::h2
