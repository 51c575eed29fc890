// Transport: one connected socket, plain or under TLS; reads into slabs, writes gathered pieces.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "proxy/socket.h"
#include "proxy/tls.h"
#include "regauge/http/ids.h"
#include "regauge/wire/slab.h"

namespace regauge::proxy {

/// Lends the buffers of one worker: nothing is held by a connection that has no octets in it.
class Buffers {
 public:
  static constexpr std::uint32_t kSlabOctets = 64 * 1024;

  Buffers() = default;
  Buffers(const Buffers&) = delete;
  Buffers& operator=(const Buffers&) = delete;
  ~Buffers();

  /// Lends the free part of the current slab, at least a quarter of it. Many reads share a slab; it
  /// starts over when no slice of it is left.
  [[nodiscard]] wire::MutableBytes room();
  /// Takes the first `octets` of `room` as a slice.
  [[nodiscard]] wire::Slice take(std::size_t octets);
  /// Lends scratch memory for ciphertext; its content is gone with the next call.
  [[nodiscard]] std::vector<std::uint8_t>& ciphertext_in() { return ciphertext_in_; }
  [[nodiscard]] std::vector<std::uint8_t>& ciphertext_out() { return ciphertext_out_; }

 private:
  wire::Slab* slab_ = nullptr;
  std::size_t used_ = 0;
  std::vector<std::uint8_t> ciphertext_in_ = std::vector<std::uint8_t>(kSlabOctets);
  std::vector<std::uint8_t> ciphertext_out_;
};

/// Tells how the input of a transport stands behind a read.
enum class InputState : std::uint8_t {
  open,    ///< drained for now
  more,    ///< the bound was reached: read again without waiting for an edge
  ended,   ///< the peer will send no more: FIN, or close_notify under TLS
  cut,     ///< FIN without close_notify
  broken,  ///< reset, or a record that is none
};

/// Owns one connection to a peer.
class Transport {
 public:
  explicit Transport(Descriptor socket) : socket_(std::move(socket)) {}
  /// Puts TLS on top; before the first read.
  void start_tls(std::unique_ptr<TlsSession> session) {
    tls_ = std::make_unique<Secure>();
    tls_->session = std::move(session);
  }

  /// Reads at most `octets_max` octets of plaintext until the socket is drained and appends them to
  /// `drain`. A read that comes short ends it without one more system call.
  [[nodiscard]] InputState read(Buffers& buffers, std::size_t octets_max, bool hung_up,
                                std::vector<wire::Slice>& drain);
  /// Reads and drops what comes in. Returns `open` until the peer ended or broke.
  [[nodiscard]] InputState discard(Buffers& buffers);
  /// Continues the handshake with what can be read. Returns the state it is in; behind `failed`
  /// `handshake_end` tells whether the peer went (ended, broken) or TLS failed (open).
  [[nodiscard]] TlsState handshake(Buffers& buffers);

  [[nodiscard]] InputState handshake_end() const { return handshake_end_; }

  /// Writes what `source` (a connection with `gather` and `wrote`) has, until it is empty or the
  /// socket takes no more. Returns false when the connection is broken.
  template <typename Connection>
  [[nodiscard]] bool flush(Connection& source, Buffers& buffers);

  /// Tells whether plaintext came with the end of the handshake and waits for `read`.
  [[nodiscard]] bool has_early() const { return tls_ != nullptr && !tls_->early.empty(); }
  /// Tells whether output waits for the socket.
  [[nodiscard]] bool blocked() const { return blocked_; }
  void unblock() { blocked_ = false; }
  /// Counts the octets that the socket took, those of TLS included.
  [[nodiscard]] std::uint64_t octets_written() const { return octets_written_; }
  /// Sends close_notify and FIN behind what was written.
  void finish(Buffers& buffers);
  /// Closes so that the peer sees an error.
  void abort() { close_with_reset(socket_); }
  [[nodiscard]] const Descriptor& socket() const { return socket_; }
  [[nodiscard]] Descriptor& socket() { return socket_; }
  [[nodiscard]] const TlsSession* tls() const {
    return tls_ == nullptr ? nullptr : tls_->session.get();
  }

 private:
  // What a connection with TLS has besides.
  struct Secure {
    std::unique_ptr<TlsSession> session;
    std::vector<std::uint8_t> unsent;  // sealed octets that the socket did not take
    std::vector<wire::Slice> early;    // plaintext that came in one read with the handshake's end
  };

  [[nodiscard]] InputState read_plain(Buffers& buffers, std::size_t octets_max, bool hung_up,
                                      std::vector<wire::Slice>& drain);
  [[nodiscard]] InputState read_tls(Buffers& buffers, std::size_t octets_max, bool hung_up,
                                    std::vector<wire::Slice>& drain);
  void open_early(Buffers& buffers);
  // Writes ciphertext behind what waits; keeps what the socket does not take. Returns false when it
  // is broken.
  [[nodiscard]] bool send_ciphertext(std::vector<std::uint8_t>& octets);

  Descriptor socket_;
  std::unique_ptr<Secure> tls_;
  std::uint64_t octets_written_ = 0;
  InputState handshake_end_ = InputState::open;
  bool blocked_ = false;
};

template <typename Connection>
bool Transport::flush(Connection& source, Buffers& buffers) {
  constexpr std::size_t kPiecesMax = 64;
  constexpr std::size_t kOctetsMax = 256 * 1024;
  std::array<wire::Piece, kPiecesMax> pieces;
  while (!blocked_) {
    if (tls_ != nullptr && !tls_->unsent.empty()) {
      if (!send_ciphertext(tls_->unsent)) return false;
      if (blocked_) return true;
    }
    const std::size_t count = source.gather(pieces, kOctetsMax);
    if (count == 0) return true;
    const std::span<const wire::Piece> gathered(pieces.data(), count);
    std::size_t octets = 0;
    for (const wire::Piece& piece : gathered) octets += piece.size;
    if (tls_ == nullptr) {
      const IoResult result = write_some(socket_, gathered);
      if (result.status == IoStatus::failed) return false;
      blocked_ = result.status == IoStatus::would_block || result.octets < octets;
      octets_written_ += result.octets;
      source.wrote(result.octets);
      continue;
    }
    std::vector<std::uint8_t>& out = buffers.ciphertext_out();
    out.clear();
    tls_->session->seal(gathered, out);
    source.wrote(octets);
    if (!send_ciphertext(out)) return false;
  }
  return true;
}

}  // namespace regauge::proxy
