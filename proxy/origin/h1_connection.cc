#include "proxy/origin/h1_connection.h"

#include <chrono>
#include <limits>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/buffers_range.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/chunk_encode.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/serializer.hpp>

#include "proxy/origin/endpoints.h"

namespace regauge::origin {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;
using boost::system::error_code;

constexpr std::size_t kUnsentOctetsMax = 64 * 1024;
constexpr std::uint32_t kHeadOctetsMax = 256 * 1024;
// How long a client may go on sending content that was refused.
constexpr std::chrono::seconds kLinger{2};

// Reads a request part by part; lines behind the content are trailers.
class RequestParser final : public http::basic_parser<true> {
 public:
  RequestParser() {
    body_limit(boost::none);
    header_limit(kHeadOctetsMax);
  }
  RequestHead head;
  Lines trailers;
  std::string content;  // read and not yet taken

 private:
  void on_request_impl(http::verb, beast::string_view method, beast::string_view target,
                       int version, error_code&) override {
    head.method = std::string(method);
    head.target = std::string(target);
    head.protocol = version == 10 ? "HTTP/1.0" : "HTTP/1.1";
  }
  void on_response_impl(int, beast::string_view, int, error_code&) override {}
  void on_field_impl(http::field, beast::string_view name, beast::string_view value,
                     error_code&) override {
    Lines& lines = is_header_read_ ? trailers : head.lines;
    lines.push_back({std::string(name), std::string(value)});
  }
  void on_header_impl(error_code&) override {
    is_header_read_ = true;
    if (const std::string* host = find(head.lines, "host")) head.authority = *host;
  }
  void on_body_init_impl(const boost::optional<std::uint64_t>& length, error_code&) override {
    if (length) head.length = *length;
  }
  std::size_t on_body_impl(beast::string_view octets, error_code&) override {
    content.append(octets);
    return octets.size();
  }
  void on_chunk_header_impl(std::uint64_t, beast::string_view, error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, beast::string_view octets, error_code&) override {
    content.append(octets);
    return octets.size();
  }
  void on_finish_impl(error_code&) override {}

  bool is_header_read_ = false;
};

class H1Exchange final : public Exchange {
 public:
  H1Exchange(tcp::socket& socket, beast::flat_buffer& buffer, RequestParser& parser)
      : socket_(socket), buffer_(buffer), parser_(parser), keep_alive_(parser.keep_alive()) {
    request_ = parser.head;
    if (parser.is_done()) request_.length = 0;
    const std::string* expect = find(request_.lines, "expect");
    expects_continue_ = expect != nullptr && beast::iequals(*expect, "100-continue");
  }

  asio::awaitable<std::string> read() override {
    if (expects_continue_ && !parser_.is_done()) append_head(100, {});
    expects_continue_ = false;
    if (parser_.content.empty() && !parser_.is_done()) co_await flush();
    while (parser_.content.empty() && !parser_.is_done()) {
      error_code error;
      co_await http::async_read_some(socket_, buffer_, parser_,
                                     asio::redirect_error(asio::use_awaitable, error));
      if (error) throw Abandoned();
    }
    trailers_ = parser_.trailers;
    co_return std::exchange(parser_.content, {});
  }

  void interim(const ResponseHead& head) override {
    if (request_.protocol != "HTTP/1.0") append_head(head.status, head.lines);
  }

  void head(const ResponseHead& head) override {
    expects_continue_ = false;
    Lines lines = head.lines;
    const bool has_content = head.status >= 200 && head.status != 204 && head.status != 304;
    is_silent_ = request_.method == "HEAD" || !has_content;
    if (head.length && has_content) {
      lines.push_back({"Content-Length", std::to_string(*head.length)});
    } else if (has_content && request_.protocol == "HTTP/1.1") {
      lines.push_back({"Transfer-Encoding", "chunked"});
      is_chunked_ = true;
    } else if (has_content) {
      keep_alive_ = false;  // the end of the connection ends the content
    }
    if (unread_ == Unread::refuse && !parser_.is_done()) keep_alive_ = false;
    if (!keep_alive_) lines.push_back({"Connection", "close"});
    if (keep_alive_ && request_.protocol == "HTTP/1.0") {
      lines.push_back({"Connection", "keep-alive"});
    }
    append_head(head.status, lines);
  }

  asio::awaitable<void> write(std::string octets) override {
    if (is_silent_ || octets.empty()) co_return;
    if (is_chunked_) {
      append_buffers(http::make_chunk(asio::const_buffer(octets.data(), octets.size())));
    } else {
      output_ += octets;
    }
    if (output_.size() >= kUnsentOctetsMax) co_await flush();
  }

  asio::awaitable<void> flush() override {
    if (output_.empty()) co_return;
    const std::string octets = std::exchange(output_, {});
    error_code error;
    co_await asio::async_write(socket_, asio::buffer(octets),
                               asio::redirect_error(asio::use_awaitable, error));
    if (error) throw Abandoned();
  }

  asio::awaitable<void> end(Lines trailers) override {
    if (is_chunked_ && !is_silent_) {
      http::fields fields;
      for (const Line& line : trailers) fields.insert(line.name, line.value);
      append_buffers(http::make_chunk_last(fields));
    }
    co_await flush();
  }

  asio::awaitable<void> cut() override {
    co_await flush();
    keep_alive_ = false;
    unread_ = Unread::refuse;
  }

  asio::awaitable<void> pause(std::uint64_t ms) override {
    using namespace asio::experimental::awaitable_operators;
    co_await flush();
    asio::steady_timer timer(socket_.get_executor(), std::chrono::milliseconds(ms));
    if (buffer_.size() != 0) {  // the next request waits: only the time can end the pause
      co_await timer.async_wait(asio::use_awaitable);
      co_return;
    }
    const auto first = co_await (timer.async_wait(asio::use_awaitable) ||
                                 socket_.async_wait(tcp::socket::wait_read, asio::use_awaitable));
    if (first.index() == 0) co_return;
    error_code error;
    if (socket_.available(error) == 0) throw Abandoned();
    co_await timer.async_wait(asio::use_awaitable);
  }

  void unread_content(Unread what) override { unread_ = what; }

  // Says whether another request may come on the connection.
  [[nodiscard]] bool keep_alive() const { return keep_alive_; }
  [[nodiscard]] Unread unread() const { return unread_; }

 private:
  void append_head(unsigned status, const Lines& lines) {
    http::response<http::empty_body> response;
    response.result(status);
    if (status == 103) response.reason("Early Hints");  // not in Beast's list
    response.version(request_.protocol == "HTTP/1.0" ? 10 : 11);
    for (const Line& line : lines) response.insert(line.name, line.value);
    http::response_serializer<http::empty_body> serializer(response);
    serializer.split(true);
    while (!serializer.is_header_done()) {
      error_code error;
      serializer.next(error, [this, &serializer](error_code&, const auto& buffers) {
        append_buffers(buffers);
        serializer.consume(asio::buffer_size(buffers));
      });
    }
  }

  template <typename Buffers>
  void append_buffers(const Buffers& buffers) {
    for (const asio::const_buffer buffer : beast::buffers_range_ref(buffers)) {
      output_.append(static_cast<const char*>(buffer.data()), buffer.size());
    }
  }

  tcp::socket& socket_;
  beast::flat_buffer& buffer_;
  RequestParser& parser_;
  bool keep_alive_;
  bool expects_continue_ = false;
  bool is_chunked_ = false;
  bool is_silent_ = false;  // content is not sent: HEAD, 204, 304
  Unread unread_ = Unread::drain;
  std::string output_;
};

// Reads on for a moment after the answer: a reset would destroy it on its way (RFC 9112 §9.6).
asio::awaitable<void> linger(tcp::socket& socket) {
  using namespace asio::experimental::awaitable_operators;
  error_code error;
  static_cast<void>(socket.shutdown(tcp::socket::shutdown_send, error));
  asio::steady_timer timer(socket.get_executor(), kLinger);
  std::string octets(16 * 1024, '\0');
  for (;;) {
    const auto first = co_await (
        timer.async_wait(asio::as_tuple(asio::use_awaitable)) ||
        socket.async_read_some(asio::buffer(octets), asio::as_tuple(asio::use_awaitable)));
    if (first.index() == 0 || std::get<0>(std::get<1>(first))) co_return;
  }
}

asio::awaitable<void> refuse(tcp::socket& socket) {
  const std::string octets =
      "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
  error_code error;
  co_await asio::async_write(socket, asio::buffer(octets),
                             asio::redirect_error(asio::use_awaitable, error));
  co_await linger(socket);
}

// Counts one request while it is answered.
class Counted {
 public:
  explicit Counted(Counters& counters) : counters_(counters) { counters.requested(); }
  ~Counted() {
    --counters_.requests_open;
    if (!is_done_) ++counters_.abandoned;
  }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;
  void done() { is_done_ = true; }

 private:
  Counters& counters_;
  bool is_done_ = false;
};

// Serves one request. Returns whether another may follow.
asio::awaitable<bool> serve_request(tcp::socket& socket, beast::flat_buffer& buffer,
                                    Counters& counters, const Statistics& statistics) {
  RequestParser parser;
  error_code error;
  co_await http::async_read_header(socket, buffer, parser,
                                   asio::redirect_error(asio::use_awaitable, error));
  const bool is_gone = error && error.category() == boost::system::system_category();
  if (is_gone || error == http::error::end_of_stream) {
    co_return false;
  }
  if (error) {
    co_await refuse(socket);
    co_return false;
  }
  Counted counted(counters);
  H1Exchange exchange(socket, buffer, parser);
  co_await answer(exchange, statistics);
  co_await exchange.flush();
  counted.done();
  while (exchange.unread() == Unread::drain && !(co_await exchange.read()).empty()) {
  }
  if (!exchange.keep_alive()) co_await linger(socket);
  co_return exchange.keep_alive();
}

}  // namespace

asio::awaitable<void> serve_h1(tcp::socket socket, Counters& counters,
                               const Statistics& statistics) {
  counters.connected();
  error_code error;
  static_cast<void>(socket.set_option(tcp::no_delay(true), error));
  beast::flat_buffer buffer;
  bool goes_on = true;
  try {
    while (goes_on) goes_on = co_await serve_request(socket, buffer, counters, statistics);
  } catch (const std::exception&) {
    goes_on = false;  // the client went away: nothing is left to tell
  }
  --counters.connections_open;
}

}  // namespace regauge::origin
