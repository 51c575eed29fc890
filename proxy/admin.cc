#include "proxy/admin.h"

#include <chrono>
#include <thread>

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>

namespace regauge::proxy {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using Tcp = asio::ip::tcp;

constexpr std::chrono::seconds kTimeout{10};

// Answers the requests of one connection.
class Visit : public std::enable_shared_from_this<Visit> {
 public:
  Visit(Tcp::socket socket, const Server& server) : stream_(std::move(socket)), server_(server) {}

  void read() {
    request_ = {};
    stream_.expires_after(kTimeout);
    beast::http::async_read(stream_, buffer_, request_,
                            [self = shared_from_this()](beast::error_code error, std::size_t) {
                              if (!error) self->answer();
                            });
  }

 private:
  void answer() {
    response_ = {};
    response_.version(request_.version());
    response_.set(beast::http::field::content_type, "text/plain; version=0.0.4");
    response_.result(beast::http::status::ok);
    if (request_.target() == "/metrics") {
      response_.body() = metrics_text(server_);
    } else if (request_.target() == "/healthz") {
      response_.body() = "ok\n";
    } else if (request_.target() == "/readyz") {
      const bool ready = server_.ready();
      response_.result(ready ? beast::http::status::ok : beast::http::status::service_unavailable);
      response_.body() = ready ? "ready\n" : "draining\n";
    } else {
      response_.result(beast::http::status::not_found);
      response_.body() = "known are /metrics, /healthz and /readyz\n";
    }
    response_.keep_alive(request_.keep_alive());
    response_.prepare_payload();
    beast::http::async_write(stream_, response_,
                             [self = shared_from_this()](beast::error_code error, std::size_t) {
                               if (!error && self->response_.keep_alive()) self->read();
                             });
  }

  beast::tcp_stream stream_;
  const Server& server_;
  beast::flat_buffer buffer_{64 * 1024};
  beast::http::request<beast::http::empty_body> request_;
  beast::http::response<beast::http::string_body> response_;
};

class BeastAdmin final : public Admin {
 public:
  BeastAdmin(Tcp::acceptor&& acceptor, std::unique_ptr<asio::io_context> context,
             const Server& server)
      : context_(std::move(context)), acceptor_(std::move(acceptor)), server_(server) {
    accept();
    thread_ = std::thread([this] { context_->run(); });
  }
  ~BeastAdmin() override {
    context_->stop();
    thread_.join();
  }
  BeastAdmin(const BeastAdmin&) = delete;
  BeastAdmin& operator=(const BeastAdmin&) = delete;

  [[nodiscard]] std::string address() const override {
    const Tcp::endpoint endpoint = acceptor_.local_endpoint();
    return endpoint.address().to_string() + ":" + std::to_string(endpoint.port());
  }

 private:
  void accept() {
    acceptor_.async_accept([this](beast::error_code error, Tcp::socket socket) {
      if (!error) std::make_shared<Visit>(std::move(socket), server_)->read();
      accept();
    });
  }

  std::unique_ptr<asio::io_context> context_;
  Tcp::acceptor acceptor_;
  const Server& server_;
  std::thread thread_;
};

}  // namespace

std::expected<std::unique_ptr<Admin>, std::string> Admin::make(const std::string& endpoint,
                                                               const Server& server) {
  const auto url = parse_url("h1://" + endpoint);
  if (!url) return std::unexpected("admin: " + url.error());
  auto context = std::make_unique<asio::io_context>(1);
  beast::error_code error;
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
  return std::make_unique<BeastAdmin>(std::move(acceptor), std::move(context), server);
}

}  // namespace regauge::proxy
