#include "regauge/translate/websocket.h"

#include <bit>
#include <span>

#include "regauge/grpc/base64.h"
#include "regauge/wire/writer.h"

namespace regauge::translate {
namespace {

constexpr std::string_view kGuid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
constexpr std::size_t kKeyCharacters = 24;
constexpr std::size_t kBlockBytes = 64;

using Digest = std::array<std::uint32_t, 5>;

// One round function of SHA-1 (FIPS 180-4 §6.1.2).
void mix_block(Digest& digest, wire::Bytes block) {
  std::array<std::uint32_t, 80> words{};
  for (std::size_t i = 0; i < 16; ++i) {
    for (std::size_t j = 0; j < 4; ++j) words[i] = words[i] << 8U | block[4 * i + j];
  }
  for (std::size_t i = 16; i < words.size(); ++i) {
    words[i] = std::rotl(words[i - 3] ^ words[i - 8] ^ words[i - 14] ^ words[i - 16], 1);
  }
  auto [a, b, c, d, e] = digest;
  for (std::size_t i = 0; i < words.size(); ++i) {
    std::uint32_t f = 0;
    std::uint32_t k = 0;
    if (i < 20) {
      f = (b & c) | (~b & d);
      k = 0x5a827999U;
    } else if (i < 40) {
      f = b ^ c ^ d;
      k = 0x6ed9eba1U;
    } else if (i < 60) {
      f = (b & c) | (b & d) | (c & d);
      k = 0x8f1bbcdcU;
    } else {
      f = b ^ c ^ d;
      k = 0xca62c1d6U;
    }
    const std::uint32_t next = std::rotl(a, 5) + f + e + k + words[i];
    e = d;
    d = c;
    c = std::rotl(b, 30);
    b = a;
    a = next;
  }
  digest[0] += a;
  digest[1] += b;
  digest[2] += c;
  digest[3] += d;
  digest[4] += e;
}

// SHA-1 of a key and the GUID: 60 octets, so two blocks with their padding.
std::array<std::uint8_t, 20> sha1_with_guid(std::string_view key) {
  std::array<std::uint8_t, 2 * kBlockBytes> padded{};
  wire::Writer message(padded);
  message.text(key);
  message.text(kGuid);
  const std::size_t bits = message.size() * 8;
  message.u8(0x80);
  padded[padded.size() - 2] = static_cast<std::uint8_t>(bits >> 8U);
  padded[padded.size() - 1] = static_cast<std::uint8_t>(bits);
  Digest digest{0x67452301U, 0xefcdab89U, 0x98badcfeU, 0x10325476U, 0xc3d2e1f0U};
  const wire::Bytes blocks(padded);
  mix_block(digest, blocks.first(kBlockBytes));
  mix_block(digest, blocks.subspan(kBlockBytes));
  std::array<std::uint8_t, 20> octets{};
  wire::Writer out(octets);
  for (const std::uint32_t word : digest) out.u32(word);
  return octets;
}

template <std::size_t kSize>
HandshakeText<kSize> in_base64(wire::Bytes octets) {
  std::array<std::uint8_t, kSize + 4> room{};
  wire::Writer text(room);
  grpc::Base64Encoder encoder;
  encoder.encode(octets, text);
  encoder.flush(text);
  HandshakeText<kSize> made;
  for (std::size_t i = 0; i < kSize; ++i) made.characters[i] = static_cast<char>(room[i]);
  return made;
}

}  // namespace

bool is_websocket_key(std::string_view key) {
  if (key.size() != kKeyCharacters) return false;
  std::array<std::uint8_t, 18> room{};
  wire::Writer octets(room);
  grpc::Base64Decoder decoder;
  return decoder.decode(wire::as_bytes(key), octets) && decoder.complete() && octets.size() == 16;
}

HandshakeText<24> websocket_key(const std::array<std::uint8_t, 16>& nonce) {
  return in_base64<24>(nonce);
}

HandshakeText<28> websocket_accept(std::string_view key) {
  return in_base64<28>(sha1_with_guid(key.substr(0, kKeyCharacters)));
}

}  // namespace regauge::translate
