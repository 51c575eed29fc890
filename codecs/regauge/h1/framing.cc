#include "regauge/h1/framing.h"

#include "regauge/h1/characters.h"

namespace regauge::h1 {
namespace {

using http::Framing;

// Below 2^63: other readers hold lengths in signed integers.
constexpr std::uint64_t kLengthMax = (std::uint64_t{1} << 63U) - 1;

struct Number {
  std::uint64_t value = 0;
  bool digits = false;
  bool overflow = false;
};

Number parse_decimal(std::string_view text) {
  Number number{0, !text.empty(), false};
  for (const char digit : text) {
    if (digit < '0' || digit > '9') return {};
    const auto add = static_cast<std::uint64_t>(digit - '0');
    if (number.value > (kLengthMax - add) / 10) {
      number.overflow = true;
    } else {
      number.value = number.value * 10 + add;
    }
  }
  return number;
}

template <typename Each>
void for_each_element(std::string_view list, Each each) {
  while (true) {
    const std::size_t comma = list.find(',');
    each(trim(list.substr(0, comma)));
    if (comma == std::string_view::npos) return;
    list.remove_prefix(comma + 1);
  }
}

bool read_length(std::string_view value, std::uint64_t offset, Report& report,
                 FramingFields& fields) {
  if (fields.length_lines++ == 0) {
    fields.length_offset = offset;
  } else {
    fields.length_single = false;
  }
  bool accepted = true;
  std::size_t members = 0;
  const auto fault = [&](Deviation deviation) {
    if (fields.length_fault) return;
    fields.length_fault = deviation;
    fields.length_fault_offset = offset;
  };
  for_each_element(value, [&](std::string_view element) {
    if (!accepted) return;
    if (!element.empty() && ++members > 1) fields.length_single = false;
    const Number number = parse_decimal(element);
    if (!number.digits) {
      fields.length_invalid = true;
    } else if (number.overflow) {
      fault(Deviation::cl_overflow);
    } else if (fields.length && *fields.length != number.value) {
      fault(Deviation::cl_conflict);
    } else {
      fields.length = number.value;
      if (element.size() > 1 && element.front() == '0') {
        accepted = report.note(Deviation::cl_leading_zeros, offset);
      }
    }
  });
  return accepted;
}

void read_encoding(std::string_view value, std::uint64_t offset, FramingFields& fields) {
  if (fields.encoding_lines++ == 0) fields.encoding_offset = offset;
  for_each_element(value, [&](std::string_view element) {
    if (element.empty()) {
      fields.empty_element = true;
      return;
    }
    ++fields.elements;
    fields.chunked_final = equal_fold(element, "chunked");
    if (fields.chunked_final) {
      ++fields.chunked;
    } else if (equal_fold(element, "identity")) {
      fields.identity = true;
    } else if (is_token(element)) {
      ++fields.others;
    } else {
      fields.malformed = true;
    }
  });
}

// Refuses what no reading of Transfer-Encoding is safe for, and notes what is unusual.
bool judge_encoding(const FramingFields& fields, Report& report) {
  const std::uint64_t offset = fields.encoding_offset;
  if (fields.malformed) return report.refuse(Deviation::te_malformed, offset);
  if (fields.elements == 0) return report.refuse(Deviation::te_empty, offset);
  if (fields.empty_element && !report.note(Deviation::te_empty_element, offset)) return false;
  if (fields.encoding_lines > 1 && !report.note(Deviation::te_multiple_lines, offset)) return false;
  if (fields.identity && !report.note(Deviation::te_identity, offset)) return false;
  if (fields.chunked_final && fields.others > 0) {
    return report.refuse(Deviation::te_unsupported_coding, offset);
  }
  return true;
}

bool is_odd(const FramingFields& fields) {
  return fields.empty_element || fields.identity || fields.encoding_lines > 1;
}

bool judge_length_lines(const FramingFields& fields, Report& report) {
  if (fields.length_single || fields.length_fault) return true;
  return report.note(Deviation::cl_duplicate_same, fields.length_offset);
}

// Refuses a length that contradicts itself. The caller goes on: what stands before it in the head
// names the refusal.
bool refuse_length_fault(const FramingFields& fields, Report& report) {
  return !fields.length_fault || report.refuse(*fields.length_fault, fields.length_fault_offset);
}

bool judge_request_encoding(const FramingFields& fields, http::Version version, Report& report) {
  const std::uint64_t offset = fields.encoding_offset;
  if (!judge_encoding(fields, report)) return false;
  if (fields.chunked == 0 && fields.others == 0) {
    return report.refuse(Deviation::te_identity_only, offset);
  }
  if (!fields.chunked_final) {
    return report.refuse(
        fields.chunked > 0 ? Deviation::te_chunked_not_final : Deviation::te_not_chunked_final,
        offset);
  }
  if (fields.chunked > 1) return report.refuse(Deviation::te_chunked_twice, offset);
  const bool old = version != http::Version::http_1_1;
  if (old && !report.note(Deviation::te_in_http10, offset)) return false;
  if (fields.length_lines == 0) return true;
  if (fields.length_invalid) return report.refuse(Deviation::cl_invalid_with_te, offset);
  if (old) return report.refuse(Deviation::te_in_http10_with_cl, offset);
  if (is_odd(fields)) return report.refuse(Deviation::te_variant_with_cl, offset);
  return judge_length_lines(fields, report) && report.note(Deviation::cl_and_te, offset);
}

bool judge_length(const FramingFields& fields, Report& report) {
  if (fields.length_invalid) return report.refuse(Deviation::cl_invalid, fields.length_offset);
  return judge_length_lines(fields, report);
}

BodyPlan plan_length(std::uint64_t length) {
  BodyPlan plan;
  plan.content = {length > 0 ? Framing::length : Framing::none, length};
  plan.keep_length = true;
  return plan;
}

BodyPlan plan_chunked() {
  BodyPlan plan;
  plan.content.framing = Framing::stream;
  plan.keep_encoding = true;
  return plan;
}

BodyPlan plan_until_close() {
  BodyPlan plan;
  plan.content.framing = Framing::until_close;
  return plan;
}

std::optional<BodyPlan> plan_response_encoding(const FramingFields& fields, http::Version version,
                                               Report& report) {
  const std::uint64_t offset = fields.encoding_offset;
  if (fields.length_lines > 0) {
    if (!judge_length_lines(fields, report)) return std::nullopt;
    if (!report.note(Deviation::cl_and_te, offset)) return std::nullopt;
  }
  if (version == http::Version::http_1_0 && !report.note(Deviation::te_in_http10, offset)) {
    return std::nullopt;
  }
  if (!fields.chunked_final) {
    const Deviation deviation =
        fields.chunked > 0 ? Deviation::te_chunked_not_final : Deviation::te_unknown_response;
    if (!report.note(deviation, offset)) return std::nullopt;
    BodyPlan plan = plan_until_close();
    plan.keep_encoding = true;
    plan.raw_encoding = true;
    return plan;
  }
  if (fields.chunked > 1 && !report.note(Deviation::te_chunked_twice, offset)) return std::nullopt;
  return plan_chunked();
}

// 1xx and 204 have no content; their framing fields are dropped (RFC 9112 §6.3).
std::optional<BodyPlan> plan_bodyless(const FramingFields& fields, http::Status status,
                                      Report& report) {
  if (fields.length_lines + fields.encoding_lines == 0) return BodyPlan{};
  const std::uint64_t offset =
      fields.length_lines > 0 ? fields.length_offset : fields.encoding_offset;
  const bool was_closing = report.close();
  if (!report.note(Deviation::framing_on_bodyless_status, offset)) return std::nullopt;
  const bool zero = fields.encoding_lines == 0 && fields.length == 0 && !fields.length_invalid &&
                    !fields.length_fault;
  if (status.value == 204 && !zero && !was_closing) report.set_close();
  return BodyPlan{};
}

}  // namespace

std::optional<FramingFields> read_framing_fields(const FieldSectionParser& section,
                                                 Report& report) {
  FramingFields fields;
  for (const ControlLine& line : section.control_lines()) {
    if (line.id == http::FieldId::content_length) {
      if (!read_length(section.value_of(line), line.offset, report, fields)) return std::nullopt;
    } else if (line.id == http::FieldId::transfer_encoding) {
      read_encoding(section.value_of(line), line.offset, fields);
    }
  }
  return fields;
}

std::optional<BodyPlan> plan_request(const FramingFields& fields, http::MethodId method,
                                     http::Version version, Report& report) {
  const bool good = refuse_length_fault(fields, report);
  if (method == http::MethodId::connect &&
      (fields.encoding_lines > 0 || fields.length.value_or(0) > 0)) {
    report.refuse(Deviation::connect_with_body,
                  fields.encoding_lines > 0 ? fields.encoding_offset : fields.length_offset);
    return std::nullopt;
  }
  if (fields.encoding_lines > 0) {
    if (!judge_request_encoding(fields, version, report) || !good) return std::nullopt;
    BodyPlan plan = plan_chunked();
    plan.chunked_octets_max = fields.length;
    plan.strict_chunk_lines = is_odd(fields) || version != http::Version::http_1_1;
    return plan;
  }
  if (fields.length_lines == 0) return BodyPlan{};
  if (!judge_length(fields, report) || !good) return std::nullopt;
  return plan_length(*fields.length);
}

std::optional<BodyPlan> plan_response(const FramingFields& fields, http::Status status,
                                      http::Version version, const ResponseContext& context,
                                      Report& report) {
  const bool success = status.value >= 200 && status.value < 300;
  if (context.request_method == http::MethodId::connect && success) {
    // RFC 9110 §9.3.6: framing fields of a 2xx to CONNECT are ignored by every client.
    if (fields.length_lines + fields.encoding_lines > 0) {
      report.remark(Deviation::framing_on_bodyless_status,
                    fields.length_lines > 0 ? fields.length_offset : fields.encoding_offset);
    }
    BodyPlan plan;
    plan.content.framing = Framing::tunnel;
    return plan;
  }
  if (status.value == 101 && !context.upgrade_requested) {
    report.refuse(Deviation::unsolicited_101, 0);
    return std::nullopt;
  }
  if (http::is_interim(status) || status.value == 204) {
    auto plan = plan_bodyless(fields, status, report);
    if (plan && status.value == 101) plan->content.framing = Framing::tunnel;
    return plan;
  }
  const bool good = refuse_length_fault(fields, report);
  const bool bodyless = status.value == 304 || context.request_method == http::MethodId::head;
  const bool codings = fields.chunked + fields.others > 0;
  if (fields.encoding_lines > 0) {
    if (!judge_encoding(fields, report) || !good) return std::nullopt;
    if (fields.length_invalid) {
      report.refuse(Deviation::cl_invalid_with_te, fields.length_offset);
      return std::nullopt;
    }
  }
  if (!good) return std::nullopt;
  if (codings) {
    auto plan = plan_response_encoding(fields, version, report);
    if (plan && bodyless) plan->content = {};
    return plan;
  }
  if (fields.length_lines == 0) return bodyless ? BodyPlan{} : plan_until_close();
  if (fields.length_invalid && fields.length_single && !bodyless) {
    if (!report.note(Deviation::cl_invalid_response, fields.length_offset)) return std::nullopt;
    return plan_until_close();
  }
  if (!judge_length(fields, report)) return std::nullopt;
  BodyPlan plan = plan_length(*fields.length);
  if (bodyless) plan.content = {Framing::none, *fields.length};
  return plan;
}

}  // namespace regauge::h1
