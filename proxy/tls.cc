#include "proxy/tls.h"

#include <algorithm>
#include <array>
#include <utility>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "regauge/wire/free_memory.h"

namespace regauge::proxy {
namespace {

constexpr std::size_t kRecordMax = 16 * 1024;
// Pieces below this are put together into one record before it is sealed.
constexpr std::size_t kJoinBelow = 4 * 1024;

std::string last_error() {
  const std::uint32_t code = ERR_get_error();
  ERR_clear_error();
  if (ERR_GET_LIB(code) == ERR_LIB_PEM && ERR_GET_REASON(code) == PEM_R_NO_START_LINE) {
    return "there is no such PEM block in it";
  }
  const char* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
  return reason == nullptr ? "unknown error" : reason;
}

bool is_mismatch_of_keys(std::uint32_t code) {
  return ERR_GET_LIB(code) == ERR_LIB_X509 && ERR_GET_REASON(code) == X509_R_KEY_VALUES_MISMATCH;
}

std::string_view name_of(Alpn protocol) {
  switch (protocol) {
    case Alpn::none: return "";
    case Alpn::http_1_0: return "http/1.0";
    case Alpn::http_1_1: return "http/1.1";
    case Alpn::h2: return "h2";
  }
  std::unreachable();
}

std::vector<std::uint8_t> encode_protocols(std::span<const Alpn> protocols) {
  std::vector<std::uint8_t> wire;
  for (const Alpn protocol : protocols) {
    const std::string_view name = name_of(protocol);
    wire.push_back(static_cast<std::uint8_t>(name.size()));
    wire.insert(wire.end(), name.begin(), name.end());
  }
  return wire;
}

}  // namespace

// House exception: parameters, because BoringSSL says what a callback takes.
int TlsContext::select_alpn(SSL*, const std::uint8_t** out, std::uint8_t* out_size,
                            const std::uint8_t* in, unsigned in_size, void* context) {
  const auto& self = *static_cast<const TlsContext*>(context);
  const std::span<const std::uint8_t> offered(in, in_size);
  for (const Alpn wanted : self.protocols_) {
    for (std::size_t at = 0; at < offered.size();) {
      const auto name =
          offered.subspan(at + 1, std::min<std::size_t>(offered[at], offered.size() - at - 1));
      if (wire::as_text(name) == name_of(wanted)) {
        *out = name.data();
        *out_size = static_cast<std::uint8_t>(name.size());
        return SSL_TLSEXT_ERR_OK;
      }
      at += 1 + name.size();
    }
  }
  // RFC 7301 §3.2: without a common protocol the handshake fails with no_application_protocol.
  return SSL_TLSEXT_ERR_ALERT_FATAL;
}

std::expected<std::shared_ptr<TlsContext>, std::string> TlsContext::server(
    const std::string& cert_file, const std::string& key_file, std::span<const Alpn> protocols) {
  std::shared_ptr<TlsContext> context(new TlsContext(TLS_server_method()));
  SSL_CTX* ssl = context->get();
  SSL_CTX_set_min_proto_version(ssl, TLS1_2_VERSION);
  if (SSL_CTX_use_certificate_chain_file(ssl, cert_file.c_str()) != 1) {
    return std::unexpected("certificate " + cert_file + ": " + last_error());
  }
  const bool loaded = SSL_CTX_use_PrivateKey_file(ssl, key_file.c_str(), SSL_FILETYPE_PEM) == 1;
  if (is_mismatch_of_keys(ERR_peek_error()) || (loaded && SSL_CTX_check_private_key(ssl) != 1)) {
    ERR_clear_error();
    return std::unexpected("key " + key_file + " does not belong to certificate " + cert_file);
  }
  if (!loaded) return std::unexpected("key " + key_file + ": " + last_error());
  context->protocols_.assign(protocols.begin(), protocols.end());
  SSL_CTX_set_alpn_select_cb(ssl, select_alpn, context.get());
  return context;
}

std::expected<std::shared_ptr<TlsContext>, std::string> TlsContext::client(
    const ClientOptions& options) {
  std::shared_ptr<TlsContext> context(new TlsContext(TLS_client_method()));
  SSL_CTX* ssl = context->get();
  SSL_CTX_set_min_proto_version(ssl, TLS1_2_VERSION);
  SSL_CTX_set_verify(ssl, options.verify ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
  if (options.verify) {
    constexpr const char* kSystemCertificates = "/etc/ssl/certs/ca-certificates.crt";
    const std::string file = options.ca_file.empty() ? kSystemCertificates : options.ca_file;
    if (SSL_CTX_load_verify_locations(ssl, file.c_str(), nullptr) != 1) {
      return std::unexpected("certificates of trust " + file + ": " + last_error());
    }
  }
  const auto protocols = encode_protocols(options.protocols);
  SSL_CTX_set_alpn_protos(ssl, protocols.data(), static_cast<unsigned>(protocols.size()));
  return context;
}

TlsSession::TlsSession(const TlsContext& context) : ssl_(SSL_new(context.get())) {
  SSL_set_accept_state(ssl_.get());
  attach();
}

TlsSession::TlsSession(const TlsContext& context, const std::string& server_name)
    : ssl_(SSL_new(context.get())) {
  SSL_set_connect_state(ssl_.get());
  X509_VERIFY_PARAM* parameters = SSL_get0_param(ssl_.get());
  // An address is looked for among the addresses of the certificate, and is no name that could be
  // sent (RFC 9110 §4.3.5, RFC 6066 §3).
  const bool is_address = X509_VERIFY_PARAM_set1_ip_asc(parameters, server_name.c_str()) == 1;
  if (!is_address && !server_name.empty()) {
    SSL_set_tlsext_host_name(ssl_.get(), server_name.c_str());
    X509_VERIFY_PARAM_set_hostflags(parameters, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    X509_VERIFY_PARAM_set1_host(parameters, server_name.c_str(), server_name.size());
  }
  attach();
}

void TlsSession::attach() {
  BIO* bio = BIO_new(bio_method());
  BIO_set_data(bio, this);
  BIO_set_init(bio, 1);
  SSL_set_bio(ssl_.get(), bio, bio);
  SSL_set_mode(ssl_.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  // What only the handshake needs goes when it is over.
  SSL_set_shed_handshake_config(ssl_.get(), 1);
}

const BIO_METHOD* TlsSession::bio_method() {
  static const BIO_METHOD* const method = [] {
    BIO_METHOD* made = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "regauge");
    BIO_meth_set_read(made, bio_read);
    BIO_meth_set_write(made, bio_write);
    BIO_meth_set_ctrl(made, bio_control);
    return made;
  }();
  return method;
}

int TlsSession::bio_read(BIO* bio, char* to, int size) {
  auto& self = *static_cast<TlsSession*>(BIO_get_data(bio));
  BIO_clear_retry_flags(bio);
  if (self.input_.empty()) {
    BIO_set_retry_read(bio);
    return -1;
  }
  const std::size_t count = std::min(static_cast<std::size_t>(size), self.input_.size());
  std::copy_n(self.input_.begin(), count, to);
  self.input_ = self.input_.subspan(count);
  return static_cast<int>(count);
}

int TlsSession::bio_write(BIO* bio, const char* from, int size) {
  auto& self = *static_cast<TlsSession*>(BIO_get_data(bio));
  BIO_clear_retry_flags(bio);
  std::vector<std::uint8_t>& out = self.output_ != nullptr ? *self.output_ : self.kept_;
  out.insert(out.end(), from, from + size);
  return size;
}

long TlsSession::bio_control(BIO*, int command, long, void*) {
  return command == BIO_CTRL_FLUSH ? 1 : 0;
}

void TlsSession::fail(int status) {
  state_ = TlsState::failed;
  const std::uint32_t code = ERR_peek_error();
  // The result of verification says nothing before there was one, or where nobody asked for it.
  if (ERR_GET_LIB(code) == ERR_LIB_SSL && ERR_GET_REASON(code) == SSL_R_CERTIFICATE_VERIFY_FAILED) {
    error_ = X509_verify_cert_error_string(SSL_get_verify_result(ssl_.get()));
    ERR_clear_error();
    return;
  }
  error_ = status == SSL_ERROR_SSL ? last_error() : "the peer closed during the handshake";
}

TlsState TlsSession::handshake() {
  if (state_ != TlsState::handshaking) return state_;
  ERR_clear_error();
  const int result = SSL_do_handshake(ssl_.get());
  if (result == 1) {
    state_ = TlsState::open;
    return state_;
  }
  const int status = SSL_get_error(ssl_.get(), result);
  if (status != SSL_ERROR_WANT_READ && status != SSL_ERROR_WANT_WRITE) fail(status);
  return state_;
}

std::size_t TlsSession::open(wire::MutableBytes plaintext) {
  if (state_ != TlsState::open) return 0;
  ERR_clear_error();
  const int count = SSL_read(ssl_.get(), plaintext.data(), static_cast<int>(plaintext.size()));
  if (count > 0) return static_cast<std::size_t>(count);
  const int status = SSL_get_error(ssl_.get(), count);
  if (status == SSL_ERROR_ZERO_RETURN) {
    state_ = TlsState::closed;
  } else if (status != SSL_ERROR_WANT_READ && status != SSL_ERROR_WANT_WRITE) {
    fail(status);
  }
  return 0;
}

void TlsSession::seal(std::span<const wire::Piece> pieces, std::vector<std::uint8_t>& out) {
  take_output(out);
  output_ = &out;
  std::array<std::uint8_t, kRecordMax> joined;
  std::size_t held = 0;
  const auto write = [this](const std::uint8_t* data, std::size_t size) {
    while (size > 0) {
      const int count = SSL_write(ssl_.get(), data, static_cast<int>(std::min(size, kRecordMax)));
      if (count <= 0) {
        fail(SSL_ERROR_SSL);
        return;
      }
      data += count;
      size -= static_cast<std::size_t>(count);
    }
  };
  for (const wire::Piece& piece : pieces) {
    if (piece.size < kJoinBelow && held + piece.size <= joined.size()) {
      std::copy_n(piece.data, piece.size, joined.begin() + static_cast<std::ptrdiff_t>(held));
      held += piece.size;
      continue;
    }
    // Fill the record that is begun: a frame header goes with its content.
    const std::size_t fill = held > 0 ? std::min(piece.size, joined.size() - held) : 0;
    std::copy_n(piece.data, fill, joined.begin() + static_cast<std::ptrdiff_t>(held));
    write(joined.data(), held + fill);
    held = 0;
    write(piece.data + fill, piece.size - fill);
  }
  write(joined.data(), held);
  output_ = nullptr;
}

void TlsSession::take_output(std::vector<std::uint8_t>& out) {
  out.insert(out.end(), kept_.begin(), kept_.end());
  wire::free_memory(kept_);
}

void TlsSession::close() {
  if (state_ == TlsState::open || state_ == TlsState::closed) SSL_shutdown(ssl_.get());
}

Alpn TlsSession::alpn() const {
  const std::uint8_t* name = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(ssl_.get(), &name, &size);
  const std::string_view selected = wire::as_text({name, size});
  for (const Alpn protocol : {Alpn::h2, Alpn::http_1_1, Alpn::http_1_0}) {
    if (selected == name_of(protocol)) return protocol;
  }
  return Alpn::none;
}

}  // namespace regauge::proxy
