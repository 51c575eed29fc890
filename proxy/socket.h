// System calls on sockets, in one place: owned descriptors, non-blocking, one clear error each.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <sys/socket.h>

#include "regauge/wire/bytes.h"
#include "regauge/wire/outbox.h"

namespace regauge::proxy {

/// Owns a file descriptor; moving leaves -1 behind.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    if (this != &other) {
      close();
      number_ = std::exchange(other.number_, -1);
    }
    return *this;
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() { close(); }

  [[nodiscard]] int number() const { return number_; }
  [[nodiscard]] bool open() const { return number_ >= 0; }
  void close();

 private:
  int number_ = -1;
};

/// Holds a resolved socket address: IPv4, IPv6 or unix.
struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;

  [[nodiscard]] int family() const { return storage.ss_family; }
  /// Renders host:port, [host]:port or unix:path.
  [[nodiscard]] std::string text() const;
  /// Renders the host alone, for X-Forwarded-For and log lines.
  [[nodiscard]] std::string host() const;
  /// Returns the port, 0 for unix sockets.
  [[nodiscard]] std::uint16_t port() const;
};

/// Makes the address of a unix socket; nullopt-like empty size when the path is too long.
[[nodiscard]] SocketAddress unix_address(const std::string& path);

/// Opens a listening socket. Errors: one line with the address and the reason.
[[nodiscard]] std::expected<Descriptor, std::string> listen_on(const SocketAddress& address);
/// Returns the address that a socket is bound to (the port that 0 became).
[[nodiscard]] SocketAddress bound_address(const Descriptor& socket);

/// Tells how an accept ended.
enum class AcceptStatus : std::uint8_t { accepted, none_waiting, out_of_descriptors, failed };
struct Accepted {
  AcceptStatus status = AcceptStatus::none_waiting;
  Descriptor socket;
  SocketAddress peer;
};
/// Accepts one connection, non-blocking, with TCP_NODELAY.
[[nodiscard]] Accepted accept_from(const Descriptor& listener);

/// Begins to connect; the socket becomes writable when that is decided. Errors: errno.
[[nodiscard]] std::expected<Descriptor, int> connect_to(const SocketAddress& address);
/// Returns 0 or the errno that a connect ended with.
[[nodiscard]] int connect_error(const Descriptor& socket);

/// Tells how a read or write ended.
enum class IoStatus : std::uint8_t {
  done,         ///< `octets` were moved
  would_block,  ///< nothing can be moved now
  ended,        ///< reads: the peer sent FIN
  failed,       ///< reset or another error: `error` is the errno
};
struct IoResult {
  IoStatus status = IoStatus::done;
  std::size_t octets = 0;
  int error = 0;
};
/// Reads into `to`, at most its size.
[[nodiscard]] IoResult read_some(const Descriptor& socket, wire::MutableBytes to);
/// Writes the pieces in one system call.
[[nodiscard]] IoResult write_some(const Descriptor& socket, std::span<const wire::Piece> pieces);
/// Sends FIN.
void shut_sending(const Descriptor& socket);
/// Makes the close of this socket a reset instead of a FIN.
void close_with_reset(Descriptor& socket);
/// Counts the octets that were written and not acknowledged by the peer's end (Linux: SIOCOUTQ).
[[nodiscard]] std::uint64_t unacknowledged(const Descriptor& socket);

}  // namespace regauge::proxy
