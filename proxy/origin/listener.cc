#include "proxy/origin/listener.h"

#include <chrono>
#include <memory>
#include <stdexcept>
#include <utility>

#include <boost/asio/steady_timer.hpp>
#include <fmt/format.h>

namespace regauge::origin {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

// How long accepting rests when there are no more descriptors.
constexpr std::chrono::milliseconds kRest{100};

tcp::endpoint endpoint_of(asio::io_context& context, const std::string& text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string::npos) throw std::runtime_error(text + ": write HOST:PORT");
  std::string host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  error_code error;
  const auto found = tcp::resolver(context).resolve(host, text.substr(colon + 1), error);
  if (error) throw std::runtime_error(text + ": " + error.message());
  return *found.begin();
}

}  // namespace

Listener::Listener(asio::io_context& context, const std::string& endpoint, Serve serve)
    : acceptor_(context), serve_(std::move(serve)) {
  const tcp::endpoint local = endpoint_of(context, endpoint);
  error_code error;
  static_cast<void>(acceptor_.open(local.protocol(), error));
  if (!error)
    static_cast<void>(acceptor_.set_option(asio::socket_base::reuse_address(true), error));
  if (!error) static_cast<void>(acceptor_.bind(local, error));
  if (!error) {
    static_cast<void>(acceptor_.listen(asio::socket_base::max_listen_connections, error));
  }
  if (error) throw std::runtime_error(endpoint + ": " + error.message());
  accept();
}

std::string Listener::address() const {
  const tcp::endpoint local = acceptor_.local_endpoint();
  const std::string host = local.address().to_string();
  return fmt::format("{}:{}", local.address().is_v6() ? "[" + host + "]" : host, local.port());
}

void Listener::accept() {
  acceptor_.async_accept([this](error_code error, tcp::socket socket) {
    if (error == asio::error::operation_aborted) return;
    if (!error) {
      serve_(std::move(socket));
      return accept();
    }
    auto timer = std::make_shared<asio::steady_timer>(acceptor_.get_executor(), kRest);
    timer->async_wait([this, timer](error_code) { accept(); });
  });
}

}  // namespace regauge::origin
