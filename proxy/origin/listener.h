// Listener: a bound address and what its connections are given to.
#pragma once

#include <functional>
#include <string>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

namespace regauge::origin {

/// Accepts connections for as long as it lives.
class Listener {
 public:
  using Serve = std::function<void(boost::asio::ip::tcp::socket)>;

  /// Binds to HOST:PORT, port 0 for a free one. Throws std::runtime_error: one clear line.
  Listener(boost::asio::io_context& context, const std::string& endpoint, Serve serve);

  /// Returns the bound address, as HOST:PORT.
  [[nodiscard]] std::string address() const;

 private:
  void accept();

  boost::asio::ip::tcp::acceptor acceptor_;
  Serve serve_;
};

}  // namespace regauge::origin
