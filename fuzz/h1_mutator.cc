#include "fuzz/h1_mutator.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>

#include "fuzz/dice.h"

namespace regauge::fuzz {
namespace {

constexpr std::size_t kLinesMax = 512;
constexpr std::size_t kBurstMax = 40;

constexpr std::array<std::string_view, 22> kFramingLines{
    "Content-Length: 5\r\n",
    "Content-Length: 0\r\n",
    "Content-Length: 05\r\n",
    "Content-Length: 5, 5\r\n",
    "Content-Length: 9223372036854775808\r\n",
    "Content-Length : 5\r\n",
    "Content_Length: 5\r\n",
    "Content-Length: +5\r\n",
    "Content-Length x: 5\r\n",
    "Content-Length:\r\n 5\r\n",
    "Transfer-Encoding: chunked\r\n",
    "Transfer-Encoding: identity, chunked\r\n",
    "Transfer-Encoding: chunked, identity\r\n",
    "Transfer-Encoding: , chunked,\r\n",
    "Transfer-Encoding: gzip, chunked\r\n",
    "Transfer-Encoding: xchunked\r\n",
    "Transfer-Encoding: identity\r\n",
    "Transfer-Encoding:\r\n",
    "Transfer-Encoding:\x0b"
    "chunked\r\n",
    "Transfer-Encoding\r\n : chunked\r\n",
    "x Transfer-Encoding: chunked\r\n",
    "Transfer_Encoding: chunked\r\n",
};

constexpr std::array<std::string_view, 20> kLines{
    "Host: a.test\r\n",
    "Host: b.test\r\n",
    "Connection: close\r\n",
    "Connection: keep-alive\r\n",
    "Connection: upgrade\r\nUpgrade: websocket\r\n",
    "Expect: 100-continue\r\n",
    "Expect: x\r\n",
    "Trailer: x\r\n",
    "TE: trailers\r\n",
    "X: a\r\n",
    "X: a\r\n b\r\n",
    " \r\n",
    "\tX: a\r\n",
    ": a\r\n",
    "X\r\n",
    "X Y: a\r\n",
    "X: a\r\r\n",
    "X: a\x0b\x0b\r\n",
    "\r\n",
    "HTTP/1.1 200 OK\r\n",
};

constexpr std::array<std::string_view, 10> kRequestLines{
    "GET / HTTP/1.1\r\n",         "POST /p HTTP/1.1\r\n",
    "GET / HTTP/1.0\r\n",         "HEAD /h HTTP/1.1\r\n",
    "CONNECT a:1 HTTP/1.1\r\n",   "OPTIONS * HTTP/1.1\r\n",
    "GET http://b/ HTTP/1.1\r\n", "GET /x\r\n",
    "1A ;x HTTP/1.1\r\n",         "GET  /a b\tHTTP/1.1 \r\n",
};

constexpr std::array<std::string_view, 8> kStatusLines{
    "HTTP/1.1 200 OK\r\n",
    "HTTP/1.1 204 No Content\r\n",
    "HTTP/1.1 304 Not Modified\r\n",
    "HTTP/1.1 100 Continue\r\n",
    "HTTP/1.0 200 OK\r\n",
    "HTTP/1.1 101 Switching\r\n",
    "HTTP/1.1 404\r\n",
    "ICY 200 OK\r\n",
};

constexpr std::array<std::string_view, 9> kLineEnds{"\r\n", "\n",       "\r",   "\r\r\n", "\n\r",
                                                    "",     "\r\n\r\n", "\x0b", " \r\n"};

constexpr std::array<std::string_view, 22> kOddOctets{"\r",   "\n",    std::string_view("\0", 1),
                                                      "\x0b", "\x0c",  "\x1c",
                                                      "\x85", "\xa0",  "\t",
                                                      " ",    ",",     ";",
                                                      ":",    "\"",    "\\",
                                                      "_",    "-",     "\x7f",
                                                      "\x80", "\r\n ", "\r\n",
                                                      "0"};

constexpr std::array<std::string_view, 14> kSizes{"0",
                                                  "1",
                                                  "5",
                                                  "05",
                                                  "A",
                                                  "a;x",
                                                  "5 ",
                                                  "5;x=\"y\"",
                                                  "0x5",
                                                  "+5",
                                                  "",
                                                  "7fffffffffffffff",
                                                  "8000000000000000",
                                                  "10000000000000005"};

using Lines = std::vector<std::string>;

Lines lines_of(std::string_view text) {
  Lines lines;
  while (!text.empty()) {
    const std::size_t end = lines.size() + 1 < kLinesMax ? text.find('\n') : std::string_view::npos;
    const std::size_t size = std::min(end, text.size() - 1) + 1;
    lines.emplace_back(text.substr(0, size));
    text.remove_prefix(size);
  }
  return lines;
}

bool begins_with_a_size(std::string_view line) {
  const std::size_t digits = line.find_first_not_of("0123456789abcdefABCDEF");
  return digits != 0 && (digits == std::string_view::npos || line[digits] == '\r' ||
                         line[digits] == '\n' || line[digits] == ';');
}

std::string hexadecimal(std::size_t size) {
  std::string text;
  do text.insert(text.begin(), "0123456789abcdef"[size % 16]);
  while ((size /= 16) > 0);
  return text;
}

// Mutates the lines of messages; each step is one of the member functions.
class Mutation {
 public:
  Mutation(std::string_view text, Dice& dice) : lines_(lines_of(text)), dice_(dice) {
    responses_ = text.starts_with("HTTP/");
  }

  std::string run() {
    constexpr std::array kSteps{
        &Mutation::insert_line,        &Mutation::insert_framing, &Mutation::drop_line,
        &Mutation::repeat_line,        &Mutation::swap_lines,     &Mutation::end_line_otherwise,
        &Mutation::put_octet,          &Mutation::put_octet,      &Mutation::change_around_colon,
        &Mutation::respell_name,       &Mutation::respell_size,   &Mutation::change_start_line,
        &Mutation::append_message,     &Mutation::set_length,     &Mutation::put_in_chunks,
        &Mutation::end_all_lines_alike};
    for (std::size_t steps = 1 + dice_.below(3); steps > 0; --steps) {
      (this->*dice_.one_of(kSteps))();
    }
    std::string text;
    for (const std::string& line : lines_) text += line;
    return text;
  }

 private:
  std::size_t some() { return dice_.below(lines_.size()); }
  std::size_t place() { return dice_.below(lines_.size() + 1); }
  void insert(std::size_t at, std::string_view line) {
    lines_.emplace(lines_.begin() + static_cast<std::ptrdiff_t>(at), line);
  }
  std::string_view start_line() {
    const bool response = responses_ != dice_.one_in(12);
    return response ? dice_.one_of(kStatusLines) : dice_.one_of(kRequestLines);
  }
  // The first line behind the head of the first message.
  [[nodiscard]] std::size_t content() const {
    std::size_t at = 0;
    while (at < lines_.size() && lines_[at] != "\r\n" && lines_[at] != "\n") ++at;
    return std::min(at + 1, lines_.size());
  }
  void insert_line() { insert(place(), dice_.one_of(kLines)); }
  void insert_framing() {
    const std::size_t head = std::max<std::size_t>(content(), 1);
    insert(std::min(1 + dice_.below(head), lines_.size()), dice_.one_of(kFramingLines));
  }
  void drop_line() {
    if (!lines_.empty()) lines_.erase(lines_.begin() + static_cast<std::ptrdiff_t>(some()));
  }
  void repeat_line() {
    if (lines_.empty()) return;
    const std::string line = lines_[some()];
    const std::size_t times = dice_.one_in(8) ? dice_.below(kBurstMax) : 1;
    lines_.insert(lines_.begin() + static_cast<std::ptrdiff_t>(place()), times, line);
  }
  void swap_lines() {
    if (!lines_.empty()) std::swap(lines_[some()], lines_[some()]);
  }
  void end_line_otherwise() {
    if (lines_.empty()) return;
    std::string& line = lines_[some()];
    line.erase(std::min(line.find_last_not_of("\r\n") + 1, line.size()));
    line += dice_.one_of(kLineEnds);
  }
  void end_all_lines_alike() {
    const std::string_view end = dice_.one_in(2) ? "\n" : "\r\n";
    for (std::string& line : lines_) {
      if (!line.ends_with('\n')) continue;
      line.erase(line.find_last_not_of("\r\n") + 1);
      line += end;
    }
  }
  void put_octet() {
    if (lines_.empty()) return;
    std::string& line = lines_[some()];
    line.insert(dice_.below(line.size() + 1), dice_.one_of(kOddOctets));
  }
  void change_around_colon() {
    if (lines_.empty()) return;
    std::string& line = lines_[some()];
    const std::size_t colon = line.find(':');
    if (colon == std::string::npos) return;
    line.insert(colon + dice_.below(2), dice_.one_of(kOddOctets));
  }
  void respell_name() {
    if (lines_.empty()) return;
    std::string& line = lines_[some()];
    const std::size_t colon = std::min(line.find(':'), line.size());
    if (dice_.one_in(2)) {
      std::ranges::replace(line, '-', '_');
      return;
    }
    for (char& octet : std::span(line).first(colon)) {
      if ((octet | 32) >= 'a' && (octet | 32) <= 'z') octet = static_cast<char>(octet ^ 32);
    }
  }
  void respell_size() {
    for (std::size_t tries = 0; tries < 4 && !lines_.empty(); ++tries) {
      std::string& line = lines_[some()];
      if (!begins_with_a_size(line)) continue;
      line = std::string(dice_.one_of(kSizes)) += dice_.one_in(6) ? "\n" : "\r\n";
      return;
    }
  }
  void change_start_line() {
    if (lines_.empty()) return insert(0, start_line());
    lines_.front() = start_line();
  }
  void append_message() {
    lines_.emplace_back(start_line());
    lines_.emplace_back("Host: a.test\r\n");
    if (dice_.one_in(2)) lines_.emplace_back(dice_.one_of(kFramingLines));
    lines_.emplace_back("\r\n");
    if (dice_.one_in(2)) lines_.emplace_back("5\r\nhello\r\n0\r\n\r\n");
  }
  [[nodiscard]] std::string take_content() {
    std::string text;
    const std::size_t at = content();
    for (std::size_t i = at; i < lines_.size(); ++i) text += lines_[i];
    lines_.resize(at);
    return text;
  }
  // Says the length of what stands behind the first head, or nearly.
  void set_length() {
    const std::string text = take_content();
    std::size_t length = text.size();
    if (dice_.one_in(3)) length = dice_.below(length + 2);
    if (!lines_.empty()) {
      insert(lines_.size() - 1, "Content-Length: " + std::to_string(length) + "\r\n");
    }
    lines_.push_back(text);
  }
  // Puts what stands behind the first head into chunks.
  void put_in_chunks() {
    std::string text = take_content();
    if (!lines_.empty()) insert(lines_.size() - 1, "Transfer-Encoding: chunked\r\n");
    while (!text.empty()) {
      const std::size_t size = 1 + dice_.below(text.size());
      lines_.push_back(hexadecimal(size) + (dice_.one_in(6) ? ";x=\"y\"" : "") + "\r\n");
      lines_.push_back(text.substr(0, size) + "\r\n");
      text.erase(0, size);
    }
    lines_.emplace_back("0\r\n");
    if (dice_.one_in(3)) lines_.emplace_back(dice_.one_of(kLines));
    lines_.emplace_back("\r\n");
  }

  Lines lines_;
  Dice& dice_;
  bool responses_ = false;
};

std::string_view text_of(std::span<const std::uint8_t> octets) {
  return {reinterpret_cast<const char*>(octets.data()), octets.size()};
}

std::vector<std::uint8_t> octets_of(std::string_view text, std::size_t octets_max) {
  text = text.substr(0, octets_max);
  return {text.begin(), text.end()};
}

}  // namespace

std::vector<std::uint8_t> mutate_messages(std::span<const std::uint8_t> input,
                                          std::size_t octets_max, std::uint32_t seed,
                                          const OctetMutator& mutate_octets) {
  Dice dice(seed);
  if (dice.one_in(8)) {
    std::vector<std::uint8_t> octets(input.begin(), input.end());
    octets.resize(octets_max);
    octets.resize(std::min(mutate_octets(octets, std::min(input.size(), octets_max)), octets_max));
    return octets;
  }
  return octets_of(Mutation(text_of(input), dice).run(), octets_max);
}

std::vector<std::uint8_t> cross_messages(std::span<const std::uint8_t> left,
                                         std::span<const std::uint8_t> right,
                                         std::size_t octets_max, std::uint32_t seed) {
  Dice dice(seed);
  const Lines first = lines_of(text_of(left));
  const Lines second = lines_of(text_of(right));
  const std::size_t kept = dice.one_in(3) ? first.size() : dice.below(first.size() + 1);
  const std::size_t from = dice.one_in(3) ? 0 : dice.below(second.size() + 1);
  std::string text;
  for (const std::string& line : std::span(first).first(kept)) text += line;
  for (const std::string& line : std::span(second).subspan(from)) text += line;
  return octets_of(text, octets_max);
}

}  // namespace regauge::fuzz
