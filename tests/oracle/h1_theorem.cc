#include "tests/oracle/h1_theorem.h"

#include <algorithm>
#include <array>
#include <vector>

#include "regauge/h1/decoder.h"

namespace regauge::oracle {
namespace {

// Requests of somebody else that a neighbour may send behind a message: all methods' first letters
// that are hexadecimal digits among them, since chunk lines begin with such.
constexpr std::array<std::string_view, 8> kVictims{
    "GET /victim HTTP/1.1\r\nHost: a.test\r\nCookie: s=1\r\n\r\n",
    "GET /victim HTTP/1.1\nHost: a.test\nCookie: s=1\n\n",
    "POST /victim HTTP/1.1\r\nHost: a.test\r\nContent-Length: 5\r\n\r\nhello",
    "POST /victim HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "GET http://a.test/victim HTTP/1.1\r\nHost: a.test\r\n\r\n",
    "OPTIONS * HTTP/1.1\r\nHost: a.test\r\n\r\n",
    "CONNECT a.test:443 HTTP/1.1\r\nHost: a.test:443\r\n\r\n",
    "DELETE /victim HTTP/1.0\r\n\r\n",
};

// Our reading of the first message.
struct Ours {
  enum class Outcome : std::uint8_t { complete, refused, waiting } outcome = Outcome::waiting;
  std::uint64_t end = 0;      // behind the last octet of a complete message
  std::uint64_t told_to = 0;  // behind the last octet that was told in a part
  bool closes = false;
  bool in_trailers = false;
  http::Framing framing = http::Framing::none;
};

Ours read(std::string_view octets, const h1::Policy& policy) {
  h1::Decoder decoder(policy, http::Limits());
  wire::Slice input = wire::Slice::copy_of(wire::as_bytes(octets));
  Ours ours;
  while (true) {
    const h1::Part part = decoder.next(input);
    if (part.kind == h1::PartKind::need_more) {
      ours.in_trailers = decoder.in_trailers();
      return ours;
    }
    if (part.kind == h1::PartKind::violation) {
      ours.outcome = Ours::Outcome::refused;
      return ours;
    }
    ours.told_to = decoder.offset();
    if (part.kind == h1::PartKind::head) ours.framing = decoder.request_head().content.framing;
    if (part.kind != h1::PartKind::end) continue;
    ours.outcome = Ours::Outcome::complete;
    ours.end = decoder.offset();
    ours.closes = decoder.close_after();
    return ours;
  }
}

// Holds one message against its neighbours.
class MessageCheck {
 public:
  MessageCheck(std::string_view octets, const h1::Policy& policy)
      : octets_(octets), policy_(policy), ours_(read(octets, policy)) {}

  [[nodiscard]] const Ours& ours() const { return ours_; }

  std::optional<std::string_view> broken(const Neighbour& neighbour, std::uint64_t& end) {
    const Reading theirs = neighbour.read(octets_);
    end = theirs.octets;
    if (theirs.verdict == Verdict::refused) return std::nullopt;
    const bool ends = theirs.verdict == Verdict::complete;
    if (ends && reads_too_far(theirs.octets, neighbour)) {
      return "no request behind a neighbour's message is read as part of it";
    }
    const bool complete = ours_.outcome == Ours::Outcome::complete;
    if (!complete || ours_.closes || (ends && theirs.octets <= ours_.end)) return std::nullopt;
    // What it waits for may be refused when it comes.
    const Reading more = neighbour.read(with_more());
    end = more.octets;
    const bool further = more.verdict != Verdict::refused && more.octets > ours_.end;
    if (further) return "if a neighbour may read further, we close";
    return std::nullopt;
  }

 private:
  // Tells whether octets behind `end` would be told as part of the message.
  bool reads_too_far(std::size_t end, const Neighbour& neighbour) {
    if (ours_.outcome == Ours::Outcome::complete && ours_.end <= end) return false;
    const End judged = end_at(end);
    if (neighbour.passes_over_length && judged.inside_length) return false;
    if (neighbour.passes_over_trailers && judged.inside_trailers) return false;
    if (judged.victim_is_read) return true;
    // What stands there may be a request for this neighbour alone. Empty lines are no part of it.
    const std::size_t next = std::min(octets_.find_first_not_of("\r\n", end), octets_.size());
    return ours_.told_to > next && takes_a_head(neighbour.read(octets_.substr(next)));
  }

  struct End {
    std::size_t at = 0;
    bool victim_is_read = false;
    bool inside_length = false;    // of the content that we read by Content-Length
    bool inside_trailers = false;  // of our trailer section
  };

  // Several neighbours see the same end.
  End end_at(std::size_t at) {
    const auto known = std::ranges::find(ends_, at, &End::at);
    if (known != ends_.end()) return *known;
    return ends_.emplace_back(judge_end(at));
  }

  [[nodiscard]] End judge_end(std::size_t end) const {
    const std::string_view prefix = octets_.substr(0, end);
    const Ours alone = read(prefix, policy_);
    End judged{end, false, alone.framing == http::Framing::length, alone.in_trailers};
    if (alone.outcome != Ours::Outcome::waiting) return judged;
    for (const std::string_view victim : kVictims) {
      const Ours both = read(std::string(prefix) += victim, policy_);
      judged.victim_is_read = judged.victim_is_read || both.told_to > end;
    }
    return judged;
  }

  std::string with_more() const { return std::string(octets_) += kVictims[0]; }

  std::string_view octets_;
  const h1::Policy& policy_;
  Ours ours_;
  std::vector<End> ends_;
};

}  // namespace

std::optional<BrokenClaim> broken_claim(std::string_view octets, const h1::Policy& policy,
                                        std::span<const Neighbour> neighbours) {
  std::uint64_t begin = 0;
  while (begin < octets.size()) {
    MessageCheck check(octets.substr(static_cast<std::size_t>(begin)), policy);
    for (const Neighbour& neighbour : neighbours) {
      std::uint64_t end = 0;
      const auto claim = check.broken(neighbour, end);
      if (claim) return BrokenClaim{std::string(*claim), neighbour.name, begin + end};
    }
    const Ours& ours = check.ours();
    if (ours.outcome != Ours::Outcome::complete || ours.closes) return std::nullopt;
    begin += ours.end;
  }
  return std::nullopt;
}

}  // namespace regauge::oracle
