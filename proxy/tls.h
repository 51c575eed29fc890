// TLS by BoringSSL without any I/O: ciphertext in, plaintext out, and the other way round.
//
// No buffer is held while no octets are in it: records are opened from, and sealed into, scratch
// buffers of the worker; what the peer cannot take yet is all that a session keeps.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <openssl/ssl.h>

#include "regauge/wire/bytes.h"
#include "regauge/wire/outbox.h"

namespace regauge::proxy {

/// Names the application protocols that ALPN may agree on (RFC 7301).
enum class Alpn : std::uint8_t { none, http_1_0, http_1_1, h2 };

/// Holds certificates, keys and session tickets; shared by all threads (an SSL_CTX may be).
class TlsContext {
 public:
  /// Makes a server context. `protocols` in order of preference.
  /// Errors: one line with the file and the reason.
  [[nodiscard]] static std::expected<std::shared_ptr<TlsContext>, std::string> server(
      const std::string& cert_file, const std::string& key_file, std::span<const Alpn> protocols);

  /// States whom a client trusts.
  struct ClientOptions {
    bool verify = true;
    std::string ca_file;  ///< empty: the system's certificates
    std::vector<Alpn> protocols;
  };
  /// Makes a client context. Errors: one line with the file and the reason.
  [[nodiscard]] static std::expected<std::shared_ptr<TlsContext>, std::string> client(
      const ClientOptions& options);

  [[nodiscard]] SSL_CTX* get() const { return context_.get(); }

 private:
  struct Free {
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  };
  explicit TlsContext(const SSL_METHOD* method) : context_(SSL_CTX_new(method)) {}

  std::unique_ptr<SSL_CTX, Free> context_;
  std::vector<Alpn> protocols_;

  static int select_alpn(SSL* ssl, const std::uint8_t** out, std::uint8_t* out_size,
                         const std::uint8_t* in, unsigned in_size, void* context);
};

/// Tells where a session stands.
enum class TlsState : std::uint8_t {
  handshaking,
  open,
  closed,  ///< close_notify was received: the end of input is clean
  failed,  ///< an alert was sent or received: see `error`
};

/// Runs one TLS connection.
class TlsSession {
 public:
  /// Makes the server end of a connection.
  explicit TlsSession(const TlsContext& context);
  /// Makes the client end; `server_name` is checked against the certificate and, unless it is an
  /// address, sent as SNI.
  TlsSession(const TlsContext& context, const std::string& server_name);

  /// Takes ciphertext. It is used up by the calls of `handshake` and `open` that follow, and must
  /// live until they said that they need more.
  void feed(wire::Bytes ciphertext) { input_ = ciphertext; }
  /// Continues the handshake. Returns the state; handshaking means that more input is needed.
  TlsState handshake();
  /// Decrypts into `plaintext`. Returns the octets written; 0: more input is needed, or the state
  /// changed.
  [[nodiscard]] std::size_t open(wire::MutableBytes plaintext);
  /// Encrypts all of `pieces`, in records of up to 16 KiB, into `out`.
  void seal(std::span<const wire::Piece> pieces, std::vector<std::uint8_t>& out);
  /// Appends what the handshake or an alert wants to send to `out`.
  void take_output(std::vector<std::uint8_t>& out);
  /// Sends close_notify.
  void close();

  [[nodiscard]] TlsState state() const { return state_; }
  [[nodiscard]] Alpn alpn() const;
  /// Names the alert or verification failure; for logs.
  [[nodiscard]] const std::string& error() const { return error_; }

 private:
  struct Free {
    void operator()(SSL* ssl) const { SSL_free(ssl); }
  };
  void attach();
  void fail(int status);
  static int bio_read(BIO* bio, char* to, int size);
  static int bio_write(BIO* bio, const char* from, int size);
  static long bio_control(BIO* bio, int command, long argument, void* pointer);
  static const BIO_METHOD* bio_method();

  std::unique_ptr<SSL, Free> ssl_;
  wire::Bytes input_;
  std::vector<std::uint8_t>* output_ = nullptr;  // where records go during a call
  std::vector<std::uint8_t> kept_;               // output made outside `seal`
  TlsState state_ = TlsState::handshaking;
  std::string error_;
};

}  // namespace regauge::proxy
