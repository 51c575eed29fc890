// Names to addresses, at start: the one place that asks the resolver.
#include <cstring>

#include <netdb.h>

#include "proxy/server.h"

namespace regauge::proxy {

std::expected<std::vector<SocketAddress>, std::string> resolve(const EndpointUrl& url) {
  if (!url.unix_path.empty()) {
    const SocketAddress address = unix_address(url.unix_path);
    if (address.size == 0) return std::unexpected(url.address() + ": the path is too long");
    return std::vector<SocketAddress>{address};
  }
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_ADDRCONFIG | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const std::string port = std::to_string(url.port);
  if (const int error = ::getaddrinfo(url.host.c_str(), port.c_str(), &hints, &found); error != 0) {
    return std::unexpected(url.address() + ": " + ::gai_strerror(error));
  }
  std::vector<SocketAddress> addresses;
  for (const addrinfo* each = found; each != nullptr; each = each->ai_next) {
    SocketAddress address;
    std::memcpy(&address.storage, each->ai_addr, each->ai_addrlen);
    address.size = each->ai_addrlen;
    addresses.push_back(address);
  }
  ::freeaddrinfo(found);
  if (addresses.empty()) return std::unexpected(url.address() + ": no address");
  return addresses;
}

}  // namespace regauge::proxy
