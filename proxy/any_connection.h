// AnyConnection: a connection of either protocol behind the one shape of http::Endpoint.
#pragma once

#include <memory>
#include <optional>
#include <utility>

#include "regauge/h1/connection.h"
#include "regauge/h2/connection.h"
#include "regauge/http/endpoint.h"

namespace regauge::proxy {

/// Names what is spoken on a connection.
enum class Protocol : std::uint8_t { h1, h2 };

/// Owns an h1::Connection or an h2::Connection; forwards each call with one branch.
class AnyConnection {
 public:
  AnyConnection() = default;
  explicit AnyConnection(std::unique_ptr<h1::Connection> connection) : h1_(std::move(connection)) {}
  explicit AnyConnection(std::unique_ptr<h2::Connection> connection) : h2_(std::move(connection)) {}

  [[nodiscard]] bool exists() const { return h1_ != nullptr || h2_ != nullptr; }
  [[nodiscard]] Protocol protocol() const { return h2_ == nullptr ? Protocol::h1 : Protocol::h2; }
  /// Returns the connection of one protocol, or nullptr. Lifetime: that of this object.
  [[nodiscard]] h1::Connection* as_h1() { return h1_.get(); }
  [[nodiscard]] h2::Connection* as_h2() { return h2_.get(); }
  [[nodiscard]] const h1::Connection* as_h1() const { return h1_.get(); }
  [[nodiscard]] const h2::Connection* as_h2() const { return h2_.get(); }

  /// Calls `action` with the connection that exists.
  template <typename Action>
  decltype(auto) visit(Action action) {
    return h2_ != nullptr ? action(*h2_) : action(*h1_);
  }
  template <typename Action>
  decltype(auto) visit(Action action) const {
    return h2_ != nullptr ? action(std::as_const(*h2_)) : action(std::as_const(*h1_));
  }

  [[nodiscard]] std::size_t gather(std::span<wire::Piece> pieces, std::size_t octets_max) {
    return visit([&](auto& connection) { return connection.gather(pieces, octets_max); });
  }
  void wrote(std::size_t octets) {
    visit([&](auto& connection) { connection.wrote(octets); });
  }
  [[nodiscard]] http::Demand demand(http::Tick now) const {
    return visit([&](const auto& connection) { return connection.demand(now); });
  }
  void forget_events() {
    visit([](auto& connection) { connection.forget_events(); });
  }

 private:
  std::unique_ptr<h1::Connection> h1_;
  std::unique_ptr<h2::Connection> h2_;
};

}  // namespace regauge::proxy
