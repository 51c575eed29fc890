// h1_diff_beast: our strict decoder beside Boost.Beast 1.81. What both accept they read alike, part
// by part; what one accepts and the other refuses is a known quirk, which is counted.
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fuzz/fuzz_input.h"
#include "fuzz/h1_messages.h"
#include "tests/oracle/beast_copy.h"

namespace {

namespace h1 = regauge::h1;
namespace http = regauge::http;
namespace wire = regauge::wire;
namespace beast = boost::beast::http;
using h1::Deviation;
using regauge::fuzz::check;
using regauge::fuzz::Message;
using regauge::oracle::BeastReading;
using regauge::oracle::Verdict;
using Input = std::span<const std::uint8_t>;
using Lines = std::vector<std::pair<std::string, std::string>>;

constexpr std::string_view kOracle = "h1_diff_beast";

// --- quirks --------------------------------------------------------------------------------------

// We refuse by a rule that Beast does not know, or not for this message.
struct Forgives {
  std::string_view id;
  std::string_view clause;
  std::vector<Deviation> rules;
};

// Beast refuses what is lawful, for this reason.
struct Refuses {
  std::string_view id;
  std::string_view clause;
  beast::error reason;
};

const std::array<Forgives, 18> kForgives{{
    {"beast-checks-no-host",
     "RFC 9112 3.2",
     {Deviation::missing_host, Deviation::duplicate_host, Deviation::conflicting_host,
      Deviation::invalid_host}},
    {"beast-checks-no-target",
     "RFC 9112 3.2",
     {Deviation::non_uri_char_in_target, Deviation::obs_text_in_target,
      Deviation::fragment_in_target, Deviation::backslash_in_target, Deviation::bad_target_form,
      Deviation::asterisk_non_options, Deviation::userinfo_in_target,
      Deviation::bad_connect_target}},
    {"beast-joins-folds",
     "RFC 9112 5.2",
     {Deviation::obs_fold, Deviation::obs_fold_framing, Deviation::obs_fold_trailer}},
    {"beast-reads-equal-lengths-as-one", "RFC 9112 6.3", {Deviation::cl_duplicate_same}},
    {"beast-reads-unknown-codings-as-no-content",
     "RFC 9112 6.3",
     {Deviation::te_identity, Deviation::te_identity_only, Deviation::te_chunked_not_final,
      Deviation::te_not_chunked_final, Deviation::te_chunked_twice, Deviation::te_empty,
      Deviation::te_malformed, Deviation::te_unsupported_coding, Deviation::te_unknown_response,
      Deviation::te_variant_with_cl, Deviation::cl_and_te, Deviation::te_in_http10_with_cl}},
    {"beast-takes-codings-in-http10", "RFC 9112 6.1", {Deviation::te_in_http10}},
    {"beast-reads-content-of-connect", "RFC 9110 9.3.6", {Deviation::connect_with_body}},
    {"beast-drops-no-trailer",
     "RFC 9110 6.5.1",
     {Deviation::forbidden_trailer_field, Deviation::forbidden_trailer_framing}},
    {"beast-cuts-no-framing-of-204", "RFC 9112 6.3", {Deviation::framing_on_bodyless_status}},
    {"beast-takes-white-space-for-a-reason",
     "RFC 9112 4",
     {Deviation::tab_in_status_line, Deviation::multiple_space_status_line}},
    {"beast-takes-odd-extensions",
     "RFC 9112 7.1.1",
     {Deviation::chunk_ext_ctl, Deviation::chunk_ext_malformed}},
    {"beast-has-no-limit-of-lines",
     "RFC 9110 5.4",
     {Deviation::too_many_fields, Deviation::line_too_long, Deviation::target_too_long,
      Deviation::chunk_line_too_long, Deviation::chunk_overhead}},
    {"beast-knows-no-exchange", "RFC 9110 7.8", {Deviation::unsolicited_101}},
    {"beast-counts-to-2-64",
     "RFC 9112 7.1",
     {Deviation::chunk_size_overflow, Deviation::cl_overflow}},
    {"beast-knows-no-expectations", "RFC 9110 10.1.1", {Deviation::unknown_expect}},
    {"beast-keeps-names-with-underscores", "RFC 9110 5.1", {Deviation::underscore_framing_alias}},
    {"beast-keeps-obs-text-in-framing-fields", "RFC 9110 5.5", {Deviation::obs_text_framing}},
    {"beast-reads-any-three-digits", "RFC 9110 15", {Deviation::bad_status_code}},
}};

constexpr std::array<Refuses, 6> kRefuses{{
    {"beast-takes-no-empty-line-first", "RFC 9112 2.2", beast::error::bad_method},
    {"beast-knows-two-versions", "RFC 9110 6.2", beast::error::bad_version},
    {"beast-wants-another-reason", "RFC 9112 4", beast::error::bad_reason},
    {"beast-wants-tokens-in-connection", "RFC 9110 7.6.1", beast::error::bad_value},
    {"beast-takes-no-empty-coding", "RFC 9110 5.6.1.2", beast::error::bad_transfer_encoding},
    {"beast-wants-plain-extensions", "RFC 9112 7.1.1", beast::error::bad_chunk_extension},
}};

std::array<std::uint64_t, 18> forgiven{};
std::array<std::uint64_t, kRefuses.size()> refused{};

void print_counts() {
  const auto print = [](std::string_view id, std::string_view clause, std::uint64_t hits) {
    std::fprintf(stderr, "quirk %.*s (%.*s): %llu\n", static_cast<int>(id.size()), id.data(),
                 static_cast<int>(clause.size()), clause.data(),
                 static_cast<unsigned long long>(hits));
  };
  for (std::size_t i = 0; i < kForgives.size(); ++i) {
    print(kForgives.at(i).id, kForgives.at(i).clause, forgiven.at(i));
  }
  for (std::size_t i = 0; i < kRefuses.size(); ++i) {
    print(kRefuses.at(i).id, kRefuses.at(i).clause, refused.at(i));
  }
}

bool count_forgiven(Deviation rule) {
  for (std::size_t i = 0; i < kForgives.size(); ++i) {
    if (std::ranges::find(kForgives.at(i).rules, rule) == kForgives.at(i).rules.end()) continue;
    ++forgiven.at(i);
    return true;
  }
  return false;
}

bool count_refused(const boost::system::error_code& reason) {
  for (std::size_t i = 0; i < kRefuses.size(); ++i) {
    if (reason != kRefuses.at(i).reason) continue;
    ++refused.at(i);
    return true;
  }
  return false;
}

// --- what both accept ----------------------------------------------------------------------------

// Our head is canonical: these lines may be written anew, joined or dropped.
Lines comparable(const Lines& lines) {
  constexpr std::array<std::string_view, 4> kRewritten{"host", "content-length",
                                                       "transfer-encoding", "expect"};
  Lines kept;
  for (const auto& [name, value] : lines) {
    std::string low = name;
    for (char& octet : low) {
      if (octet >= 'A' && octet <= 'Z') octet = static_cast<char>(octet | 32);
    }
    if (std::ranges::find(kRewritten, low) == kRewritten.end()) kept.emplace_back(low, value);
  }
  return kept;
}

void check_alike(const Message& ours, const BeastReading& theirs, bool request) {
  check(comparable(ours.fields) == comparable(theirs.fields), kOracle,
        "both read the same field lines");
  check(ours.content == theirs.content, kOracle, "both read the same content");
  check(comparable(ours.trailers) == comparable(theirs.trailers), kOracle,
        "both read the same trailers");
  check(ours.end == theirs.reading.octets, kOracle, "both end the message in the same place");
  if (!request) {
    check(ours.status == theirs.status, kOracle, "both read the same status");
    return;
  }
  check(ours.method == theirs.method, kOracle, "both read the same method");
  const bool origin = theirs.target.starts_with('/');
  check(!origin || ours.path == theirs.target, kOracle, "both read the same target");
}

// Reads the first message strictly; `violation` is the rule that was broken.
Message read_ours(Input input, h1::Side side, Deviation& violation) {
  h1::Decoder decoder(h1::Policy(side, h1::Preset::strict), http::Limits());
  decoder.begin({});
  Message message;
  wire::Slice slice = wire::Slice::copy_of(input);
  for (bool ended = false;;) {
    const h1::Part part =
        ended ? decoder.end_of_input(http::Truncation::clean) : decoder.next(slice);
    if (part.kind == h1::PartKind::need_more && ended) return message;
    ended = ended || part.kind == h1::PartKind::need_more;
    if (!regauge::fuzz::take_part(message, part, decoder, side)) continue;
    if (part.kind == h1::PartKind::violation) violation = decoder.violation().deviation;
    regauge::fuzz::finish(message, decoder);
    return message;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const int kPrints = std::atexit(print_counts);
  check(kPrints == 0, kOracle, "the counts of quirks are printed");
  const Input input(data, size);
  const bool request = !wire::as_text(input).starts_with("HTTP/");
  Deviation violation = Deviation::incomplete;
  const Message ours =
      read_ours(input, request ? h1::Side::request : h1::Side::response, violation);
  const BeastReading theirs = request ? regauge::oracle::copy_with_beast<true>(input)
                                      : regauge::oracle::copy_with_beast<false>(input);
  const bool theirs_complete = theirs.reading.verdict == Verdict::complete;
  if (ours.complete && theirs_complete) {
    check_alike(ours, theirs, request);
  } else if (ours.complete) {
    const bool known = count_refused(theirs.error);
    if (!known) std::fprintf(stderr, "Beast refuses: %s\n", theirs.error.message().c_str());
    check(known, kOracle, "a lawful message is refused by a known quirk");
  } else if (theirs_complete) {
    const bool known = count_forgiven(violation);
    const std::string_view rule = h1::catalogue_row(violation).rule.name;
    if (!known) std::fprintf(stderr, "rule: %.*s\n", static_cast<int>(rule.size()), rule.data());
    check(known, kOracle, "a broken rule is forgiven by a known quirk");
  }
  return 0;
}
