#include "proxy/origin/h2_exchange.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <chrono>
#include <utility>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace regauge::origin {
namespace {

namespace asio = boost::asio;

constexpr std::size_t kUnsentOctetsMax = 64 * 1024;

// nghttp2 takes pointers that are not const and does not write through them.
std::uint8_t* octets_of(const std::string& text) {
  return std::bit_cast<std::uint8_t*>(text.data());
}

std::vector<nghttp2_nv> nv_of(const Lines& lines) {
  std::vector<nghttp2_nv> list;
  for (const Line& line : lines) {
    list.push_back({octets_of(line.name), octets_of(line.value), line.name.size(),
                    line.value.size(), NGHTTP2_NV_FLAG_NONE});
  }
  return list;
}

Lines lines_of(const ResponseHead& head) {
  Lines lines{{":status", std::to_string(head.status)}};
  lines.insert(lines.end(), head.lines.begin(), head.lines.end());
  for (Line& line : lines) {
    for (char& each : line.name) each = each >= 'A' && each <= 'Z' ? char(each + 32) : each;
  }
  if (head.length) lines.push_back({"content-length", std::to_string(*head.length)});
  return lines;
}

// House exception: parameters, because nghttp2 calls it.
std::int64_t fill_data(nghttp2_session*, std::int32_t, std::uint8_t* room, std::size_t size,
                       std::uint32_t* flags, nghttp2_data_source* source, void*) {
  return static_cast<H2Exchange*>(source->ptr)->fill(room, size, *flags);
}

}  // namespace

asio::awaitable<void> H2Exchange::happening() {
  timer_.expires_at(asio::steady_timer::time_point::max());
  boost::system::error_code cancelled;
  co_await timer_.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
  must_live();
}

void H2Exchange::must_live() const {
  if (output_ == nullptr) throw Abandoned();
}

asio::awaitable<std::string> H2Exchange::read() {
  must_live();
  if (expects_continue_ && incoming_.empty() && !is_request_read_) interim({100, {}, {}});
  expects_continue_ = false;
  while (incoming_.empty() && !is_request_read_) {
    if (is_head_waiting_) submit_head(Ends::later);
    co_await happening();
  }
  std::string octets = std::exchange(incoming_, {});
  give_credit(octets.size());
  co_return octets;
}

void H2Exchange::interim(const ResponseHead& head) {
  must_live();
  const Lines lines = lines_of(head);
  const std::vector<nghttp2_nv> list = nv_of(lines);
  nghttp2_submit_headers(output_->session(), NGHTTP2_FLAG_NONE, stream_, nullptr, list.data(),
                         list.size(), nullptr);
  output_->send_soon();
}

void H2Exchange::head(const ResponseHead& head) {
  head_ = head;
  expects_continue_ = false;
  is_head_waiting_ = true;
  is_silent_ = request_.method == "HEAD" || head.status == 204 || head.status == 304;
}

void H2Exchange::submit_head(Ends ends) {
  must_live();
  is_head_waiting_ = false;
  const Lines lines = lines_of(head_);
  const std::vector<nghttp2_nv> list = nv_of(lines);
  nghttp2_data_provider provider{};
  provider.source.ptr = this;
  provider.read_callback = fill_data;
  nghttp2_submit_response(output_->session(), stream_, list.data(), list.size(),
                          ends == Ends::here ? nullptr : &provider);
  output_->send_soon();
}

asio::awaitable<void> H2Exchange::write(std::string octets) {
  must_live();
  if (is_silent_ || octets.empty()) co_return;
  if (outgoing_sent_ > 0) outgoing_.erase(0, std::exchange(outgoing_sent_, 0));
  outgoing_ += octets;
  resume();
  while (outgoing_.size() - outgoing_sent_ >= kUnsentOctetsMax) co_await happening();
}

asio::awaitable<void> H2Exchange::flush() {
  if (is_head_waiting_ && !is_silent_) resume();
  co_return;
}

asio::awaitable<void> H2Exchange::end(Lines trailers) {
  must_live();
  answer_trailers_ = std::move(trailers);
  is_ended_ = true;
  const bool is_empty = is_silent_ || (outgoing_.empty() && answer_trailers_.empty());
  if (is_head_waiting_ && is_empty) {
    submit_head(Ends::here);
  } else {
    resume();
  }
  co_return;
}

asio::awaitable<void> H2Exchange::cut() {
  resume();
  while (outgoing_sent_ < outgoing_.size()) co_await happening();
}

asio::awaitable<void> H2Exchange::pause(std::uint64_t ms) {
  must_live();
  co_await flush();
  const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(ms);
  while (std::chrono::steady_clock::now() < until) {
    timer_.expires_at(until);
    boost::system::error_code cancelled;
    co_await timer_.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
    must_live();
  }
}

void H2Exchange::resume() {
  must_live();
  if (is_head_waiting_) submit_head(Ends::later);
  nghttp2_session_resume_data(output_->session(), stream_);
  output_->send_soon();
}

void H2Exchange::give_credit(std::size_t octets) {
  if (octets == 0 || output_ == nullptr) return;
  nghttp2_session_consume(output_->session(), stream_, octets);
  output_->send_soon();
}

void H2Exchange::add_line(std::string_view name, std::string_view value) {
  if (is_head_read_) {
    trailers_.push_back({std::string(name), std::string(value)});
  } else if (name == ":method") {
    request_.method = value;
  } else if (name == ":path") {
    request_.target = value;
  } else if (name == ":authority") {
    request_.authority = value;
  } else if (!name.starts_with(':')) {
    request_.lines.push_back({std::string(name), std::string(value)});
    if (name == "expect") expects_continue_ = value == "100-continue";
    std::uint64_t length = 0;
    const auto parsed = std::from_chars(value.data(), value.data() + value.size(), length);
    if (name == "content-length" && parsed.ec == std::errc()) request_.length = length;
  }
}

void H2Exchange::add_content(std::string_view octets) {
  if (is_dropping_) {
    give_credit(octets.size());
    return;
  }
  incoming_ += octets;
  timer_.cancel();
}

void H2Exchange::request_is_read() {
  is_request_read_ = true;
  if (!is_head_read_) request_.length = 0;  // the head ended the stream
  timer_.cancel();
}

void H2Exchange::answer_is_sent() {
  if (is_request_read_ || unread_ != Unread::refuse || output_ == nullptr) return;
  // The client is told to stop sending (RFC 9113 §8.1).
  nghttp2_submit_rst_stream(output_->session(), NGHTTP2_FLAG_NONE, stream_, NGHTTP2_NO_ERROR);
  output_->send_soon();
}

void H2Exchange::endpoint_is_done() {
  is_dropping_ = true;
  give_credit(std::exchange(incoming_, {}).size());
  if (is_ended_ || output_ == nullptr) return;
  nghttp2_submit_rst_stream(output_->session(), NGHTTP2_FLAG_NONE, stream_, NGHTTP2_INTERNAL_ERROR);
  output_->send_soon();
}

void H2Exchange::abandon() {
  if (output_ != nullptr && !incoming_.empty()) {
    nghttp2_session_consume_connection(output_->session(), incoming_.size());
    output_->send_soon();
  }
  output_ = nullptr;
  timer_.cancel();
}

std::int64_t H2Exchange::fill(std::uint8_t* room, std::size_t size, std::uint32_t& flags) {
  const std::size_t count = std::min(size, outgoing_.size() - outgoing_sent_);
  std::copy_n(outgoing_.data() + outgoing_sent_, count, room);
  outgoing_sent_ += count;
  if (outgoing_sent_ < outgoing_.size()) return static_cast<std::int64_t>(count);
  outgoing_.clear();
  outgoing_sent_ = 0;
  timer_.cancel();  // there is room again
  if (is_ended_) {
    flags |= NGHTTP2_DATA_FLAG_EOF;
    if (answer_trailers_.empty()) return static_cast<std::int64_t>(count);
    flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
    const std::vector<nghttp2_nv> list = nv_of(answer_trailers_);
    nghttp2_submit_trailer(output_->session(), stream_, list.data(), list.size());
    return static_cast<std::int64_t>(count);
  }
  if (count == 0) return NGHTTP2_ERR_DEFERRED;
  return static_cast<std::int64_t>(count);
}

}  // namespace regauge::origin
