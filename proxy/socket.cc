#include "proxy/socket.h"

#include <array>
#include <bit>
#include <cerrno>
#include <cstring>

#include <arpa/inet.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

namespace regauge::proxy {
namespace {

const sockaddr* as_sockaddr(const SocketAddress& address) {
  // The sockets interface is made for this cast: sockaddr_storage holds any sockaddr.
  return reinterpret_cast<const sockaddr*>(&address.storage);
}

sockaddr* as_sockaddr(SocketAddress& address) {
  return reinterpret_cast<sockaddr*>(&address.storage);
}

std::string reason(int error) { return std::strerror(error); }

void set_option(const Descriptor& socket, int level, int name) {
  const int on = 1;
  ::setsockopt(socket.number(), level, name, &on, sizeof on);
}

void remove_stale_unix_socket(const SocketAddress& address) {
  const auto& path = reinterpret_cast<const sockaddr_un&>(address.storage).sun_path;
  struct stat found{};
  if (::lstat(path, &found) == 0 && S_ISSOCK(found.st_mode)) ::unlink(path);
}

}  // namespace

void Descriptor::close() {
  if (number_ >= 0) ::close(std::exchange(number_, -1));
}

std::string SocketAddress::host() const {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (family() == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(storage);
    return ::inet_ntop(AF_INET, &v4.sin_addr, text.data(), text.size());
  }
  if (family() == AF_INET6) {
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(storage);
    return ::inet_ntop(AF_INET6, &v6.sin6_addr, text.data(), text.size());
  }
  return "unix";
}

std::uint16_t SocketAddress::port() const {
  if (family() == AF_INET) return ntohs(reinterpret_cast<const sockaddr_in&>(storage).sin_port);
  if (family() == AF_INET6) return ntohs(reinterpret_cast<const sockaddr_in6&>(storage).sin6_port);
  return 0;
}

std::string SocketAddress::text() const {
  if (family() == AF_INET6) return "[" + host() + "]:" + std::to_string(port());
  if (family() == AF_INET) return host() + ":" + std::to_string(port());
  return "unix:" + std::string(reinterpret_cast<const sockaddr_un&>(storage).sun_path);
}

SocketAddress unix_address(const std::string& path) {
  SocketAddress address;
  sockaddr_un raw{};
  raw.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof raw.sun_path) return address;
  std::memcpy(raw.sun_path, path.data(), path.size());
  std::memcpy(&address.storage, &raw, sizeof raw);
  address.size = sizeof raw;
  return address;
}

std::expected<Descriptor, std::string> listen_on(const SocketAddress& address) {
  Descriptor socket(::socket(address.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket.open()) return std::unexpected(address.text() + ": " + reason(errno));
  if (address.family() == AF_UNIX) {
    remove_stale_unix_socket(address);
  } else {
    set_option(socket, SOL_SOCKET, SO_REUSEADDR);
  }
  if (address.family() == AF_INET6) set_option(socket, IPPROTO_IPV6, IPV6_V6ONLY);
  constexpr int kBacklog = 4096;
  if (::bind(socket.number(), as_sockaddr(address), address.size) != 0 ||
      ::listen(socket.number(), kBacklog) != 0) {
    return std::unexpected(address.text() + ": " + reason(errno));
  }
  return socket;
}

SocketAddress bound_address(const Descriptor& socket) {
  SocketAddress address;
  address.size = sizeof address.storage;
  ::getsockname(socket.number(), as_sockaddr(address), &address.size);
  return address;
}

Accepted accept_from(const Descriptor& listener) {
  Accepted result;
  result.peer.size = sizeof result.peer.storage;
  const int number = ::accept4(listener.number(), as_sockaddr(result.peer), &result.peer.size,
                               SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (number >= 0) {
    result.status = AcceptStatus::accepted;
    result.socket = Descriptor(number);
    if (result.peer.family() != AF_UNIX) set_option(result.socket, IPPROTO_TCP, TCP_NODELAY);
    return result;
  }
  switch (errno) {
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM: result.status = AcceptStatus::out_of_descriptors; break;
    case EAGAIN: result.status = AcceptStatus::none_waiting; break;
    default: result.status = AcceptStatus::failed; break;
  }
  return result;
}

std::expected<Descriptor, int> connect_to(const SocketAddress& address) {
  Descriptor socket(::socket(address.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket.open()) return std::unexpected(errno);
  if (address.family() != AF_UNIX) set_option(socket, IPPROTO_TCP, TCP_NODELAY);
  const int status = ::connect(socket.number(), as_sockaddr(address), address.size);
  if (status != 0 && errno != EINPROGRESS) return std::unexpected(errno);
  return socket;
}

int connect_error(const Descriptor& socket) {
  int error = 0;
  socklen_t size = sizeof error;
  if (::getsockopt(socket.number(), SOL_SOCKET, SO_ERROR, &error, &size) != 0) return errno;
  return error;
}

IoResult read_some(const Descriptor& socket, wire::MutableBytes to) {
  while (true) {
    const ssize_t count = ::recv(socket.number(), to.data(), to.size(), 0);
    if (count > 0) return {IoStatus::done, static_cast<std::size_t>(count), 0};
    if (count == 0) return {IoStatus::ended, 0, 0};
    if (errno == EINTR) continue;
    if (errno == EAGAIN) return {IoStatus::would_block, 0, 0};
    return {IoStatus::failed, 0, errno};
  }
}

IoResult write_some(const Descriptor& socket, std::span<const wire::Piece> pieces) {
  // wire::Piece is laid out as iovec; the kernel only reads from it.
  static_assert(sizeof(wire::Piece) == sizeof(iovec));
  msghdr message{};
  message.msg_iov = std::bit_cast<iovec*>(pieces.data());
  message.msg_iovlen = pieces.size();
  const bool single = pieces.size() == 1;  // the cheaper call
  while (true) {
    const ssize_t count =
        single ? ::send(socket.number(), pieces[0].data, pieces[0].size, MSG_NOSIGNAL)
               : ::sendmsg(socket.number(), &message, MSG_NOSIGNAL);
    if (count >= 0) return {IoStatus::done, static_cast<std::size_t>(count), 0};
    if (errno == EINTR) continue;
    if (errno == EAGAIN) return {IoStatus::would_block, 0, 0};
    return {IoStatus::failed, 0, errno};
  }
}

void shut_sending(const Descriptor& socket) { ::shutdown(socket.number(), SHUT_WR); }

void close_with_reset(Descriptor& socket) {
  const linger hard{1, 0};
  ::setsockopt(socket.number(), SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
  socket.close();
}

std::uint64_t unacknowledged(const Descriptor& socket) {
  int octets = 0;
  if (::ioctl(socket.number(), SIOCOUTQ, &octets) != 0 || octets < 0) return 0;
  return static_cast<std::uint64_t>(octets);
}

}  // namespace regauge::proxy
