#include "proxy/admin.h"

#include <chrono>
#include <optional>
#include <thread>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>

namespace regauge::proxy {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using Tcp = asio::ip::tcp;
using boost::system::error_code;

constexpr std::chrono::seconds kTimeout{10};
constexpr std::chrono::milliseconds kAcceptAgain{100};
constexpr std::size_t kReadOctets = 4096;
constexpr std::size_t kBufferOctetsMax = std::size_t{64} * 1024;

// What a path is answered with.
struct Answer {
  http::status status = http::status::ok;
  std::string content;
};

Answer answer_to(std::string_view target, const Server& server) {
  if (target == "/metrics") return {http::status::ok, metrics_text(server)};
  if (target == "/healthz") return {http::status::ok, "ok\n"};
  if (target == "/readyz") {
    if (server.ready()) return {http::status::ok, "ready\n"};
    return {http::status::service_unavailable, "draining\n"};
  }
  return {http::status::not_found, "known are /metrics, /healthz and /readyz\n"};
}

using Request = http::request<http::empty_body>;

std::string rendered(const Answer& answer, const Request& request) {
  std::string octets = "HTTP/1.1 " + std::to_string(static_cast<unsigned>(answer.status)) + ' ';
  octets += std::string_view(http::obsolete_reason(answer.status));
  octets += "\r\nContent-Type: text/plain; version=0.0.4\r\nContent-Length: ";
  octets += std::to_string(answer.content.size());
  // Said in both cases: HTTP/1.0 closes unless it is told (RFC 9112 §9.3).
  octets += request.keep_alive() ? "\r\nConnection: keep-alive" : "\r\nConnection: close";
  octets += "\r\n\r\n";
  if (request.method() != http::verb::head) octets += answer.content;
  return octets;
}

// Answers the requests of one connection. Beast parses; reads, writes and the deadline are Asio's
// own, because Beast's composed operations took longer to compile than any other file.
class Visit : public std::enable_shared_from_this<Visit> {
 public:
  Visit(Tcp::socket socket, const Server& server)
      : socket_(std::move(socket)), deadline_(socket_.get_executor()), server_(server) {}

  void begin() {
    parser_.emplace();
    deadline_.expires_after(kTimeout);
    deadline_.async_wait([self = shared_from_this()](error_code error) {
      if (!error) self->end();
    });
    parse();
  }

 private:
  void parse() {
    error_code error;
    while (buffer_.size() > 0 && !parser_->is_done()) {
      buffer_.consume(parser_->put(buffer_.data(), error));
      if (error == http::error::need_more) break;
      if (error) return end();
    }
    if (parser_->is_done()) return answer();
    read();
  }

  void read() {
    socket_.async_read_some(buffer_.prepare(kReadOctets),
                            [self = shared_from_this()](error_code error, std::size_t octets) {
                              if (error) return self->end();
                              self->buffer_.commit(octets);
                              self->parse();
                            });
  }

  void answer() {
    const Request& request = parser_->get();
    output_ = rendered(answer_to(request.target(), server_), request);
    asio::async_write(socket_, asio::buffer(output_),
                      [self = shared_from_this()](error_code error, std::size_t) {
                        if (error || !self->parser_->get().keep_alive()) return self->end();
                        self->begin();
                      });
  }

  // Whoever waits for the socket or the deadline lets go.
  void end() {
    error_code ignored;
    static_cast<void>(socket_.close(ignored));
    deadline_.cancel();
  }

  Tcp::socket socket_;
  asio::steady_timer deadline_;
  const Server& server_;
  boost::beast::flat_buffer buffer_{kBufferOctetsMax};
  std::optional<http::request_parser<http::empty_body>> parser_;
  std::string output_;
};

class AsioAdmin final : public Admin {
 public:
  AsioAdmin(Tcp::acceptor&& acceptor, std::unique_ptr<asio::io_context> context,
            const Server& server)
      : context_(std::move(context)),
        acceptor_(std::move(acceptor)),
        again_(*context_),
        server_(server) {
    accept();
    thread_ = std::thread([this] { context_->run(); });
  }
  ~AsioAdmin() override {
    context_->stop();
    thread_.join();
  }
  AsioAdmin(const AsioAdmin&) = delete;
  AsioAdmin& operator=(const AsioAdmin&) = delete;

  [[nodiscard]] std::string address() const override {
    const Tcp::endpoint endpoint = acceptor_.local_endpoint();
    return endpoint.address().to_string() + ":" + std::to_string(endpoint.port());
  }

 private:
  void accept() {
    acceptor_.async_accept([this](error_code error, Tcp::socket socket) {
      if (!error) {
        std::make_shared<Visit>(std::move(socket), server_)->begin();
        accept();
        return;
      }
      // No descriptor is free, for instance: it would fail again at once.
      again_.expires_after(kAcceptAgain);
      again_.async_wait([this](error_code) { accept(); });
    });
  }

  std::unique_ptr<asio::io_context> context_;
  Tcp::acceptor acceptor_;
  asio::steady_timer again_;
  const Server& server_;
  std::thread thread_;
};

}  // namespace

std::expected<std::unique_ptr<Admin>, std::string> Admin::make(const std::string& endpoint,
                                                               const Server& server) {
  const auto url = parse_url("h1://" + endpoint);
  if (!url) return std::unexpected("admin: " + url.error());
  auto context = std::make_unique<asio::io_context>(1);
  error_code error;
  const auto address =
      asio::ip::make_address(url->host == "localhost" ? "127.0.0.1" : url->host, error);
  if (error) return std::unexpected("admin " + endpoint + ": the host has to be an IP address");
  Tcp::acceptor acceptor(*context);
  const Tcp::endpoint local(address, url->port);
  static_cast<void>(acceptor.open(local.protocol(), error));
  if (!error) static_cast<void>(acceptor.set_option(asio::socket_base::reuse_address(true), error));
  if (!error) static_cast<void>(acceptor.bind(local, error));
  if (!error) {
    static_cast<void>(acceptor.listen(asio::socket_base::max_listen_connections, error));
  }
  if (error) return std::unexpected("admin " + endpoint + ": " + error.message());
  return std::make_unique<AsioAdmin>(std::move(acceptor), std::move(context), server);
}

}  // namespace regauge::proxy
