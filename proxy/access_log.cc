#include "proxy/access_log.h"

#include <cerrno>
#include <chrono>
#include <cstring>
#include <iterator>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

namespace regauge::proxy {
namespace {

constexpr std::size_t kBufferOctets = 64 * 1024;
constexpr std::uint64_t kDelayMs = 500;

// Appends a JSON string; octets above ASCII are written as U+0080 to U+00FF.
void append_text(std::string& to, std::string_view text) {
  to += '"';
  for (const char octet : text) {
    const auto byte = static_cast<unsigned char>(octet);
    if (octet == '"' || octet == '\\') {
      to += '\\';
      to += octet;
    } else if (byte < 0x20 || byte > 0x7e) {
      fmt::format_to(std::back_inserter(to), "\\u{:04x}", byte);
    } else {
      to += octet;
    }
  }
  to += '"';
}

void append_member(std::string& to, std::string_view name, std::string_view value) {
  to += ",\"";
  to += name;
  to += "\":";
  append_text(to, value);
}

void append_names(std::string& to, std::string_view name, const RuleNames& broken) {
  to += ",\"";
  to += name;
  to += "\":[";
  for (const http::Rule* rule : broken.rules()) {
    if (to.back() != '[') to += ',';
    append_text(to, rule->name);
  }
  to += ']';
}

}  // namespace

std::uint64_t unix_ms() {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(since).count());
}

std::expected<std::shared_ptr<LogSink>, std::string> open_log(const std::string& name) {
  const int number = name == "-"
                         ? ::dup(STDOUT_FILENO)
                         : ::open(name.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (number < 0) return std::unexpected(name + ": " + std::strerror(errno));
  return std::make_shared<LogSink>(Descriptor(number));
}

void LogSink::write(std::string_view lines) {
  const std::scoped_lock lock(mutex_);
  while (!lines.empty()) {
    const ssize_t written = ::write(file_.number(), lines.data(), lines.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;  // a full disk must not stop the proxy
    lines.remove_prefix(static_cast<std::size_t>(written));
  }
}

void AccessLog::write(const AccessRecord& record) {
  fmt::format_to(std::back_inserter(lines_),
                 "{{\"kind\":\"request\",\"time_ms\":{},\"duration_ms\":{},\"status\":{}",
                 record.time_ms, record.duration_ms, record.status);
  append_member(lines_, "listener", record.listener);
  append_member(lines_, "client", record.client);
  append_member(lines_, "protocol", record.protocol);
  append_member(lines_, "method", record.method);
  append_member(lines_, "authority", record.authority);
  append_member(lines_, "path", record.path);
  append_member(lines_, "upstream", record.upstream);
  append_member(lines_, "upstream_protocol", record.upstream_protocol);
  append_member(lines_, "ended", text_of(record.ended));
  append_member(lines_, "detail", record.ended.detail);
  fmt::format_to(std::back_inserter(lines_),
                 ",\"request_bytes\":{},\"response_bytes\":{},\"reused\":{},\"attempts\":{},"
                 "\"deviations\":{}",
                 record.request_bytes, record.response_bytes, record.reused, record.attempts,
                 record.deviations);
  append_names(lines_, "request_deviations", record.request_deviations);
  append_names(lines_, "response_deviations", record.response_deviations);
  lines_ += "}\n";
  line_ended();
}

void AccessLog::write(const ConnectionRecord& record) {
  fmt::format_to(std::back_inserter(lines_),
                 "{{\"kind\":\"connection\",\"time_ms\":{},\"duration_ms\":{}", unix_ms(),
                 record.duration_ms);
  append_member(lines_, "listener", record.listener);
  append_member(lines_, "client", record.client);
  append_member(lines_, "upstream", record.upstream);
  append_member(lines_, "protocol", record.protocol);
  append_member(lines_, "ended", text_of(record.ended));
  append_member(lines_, "detail", record.ended.detail);
  fmt::format_to(std::back_inserter(lines_), ",\"requests\":{}}}\n", record.requests);
  line_ended();
}

void AccessLog::line_ended() {
  if (lines_.size() >= kBufferOctets) {
    flush();
  } else if (!armed()) {
    loop_.timers().arm(*this, http::Tick{loop_.now().ms + kDelayMs});
  }
}

void AccessLog::flush() {
  if (!lines_.empty()) sink_->write(lines_);
  lines_.clear();
}

}  // namespace regauge::proxy
