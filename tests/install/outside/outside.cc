// Uses the installed libraries as any program would: one HTTP/1 request in, one HTTP/2 request out.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <span>
#include <string>

#include "regauge/h1/decoder.h"
#include "regauge/h2/connection.h"

int main() {
  using namespace regauge;
  h1::Decoder decoder(h1::Policy(h1::Side::request, h1::Preset::strict), http::Limits());
  wire::Slice input = wire::Slice::copy_of(
      wire::as_bytes("GET /load HTTP/1.1\r\nHost: gauge.example\r\nAccept: text/plain\r\n\r\n"));
  if (decoder.next(input).kind != h1::PartKind::head) return 1;

  h2::Options options;
  options.role = http::Role::client;
  h2::Connection connection(options);
  http::RequestHead head = decoder.request_head();
  head.scheme = "http";
  if (!connection.open(head, http::EndStream::yes)) return 2;

  std::string written;
  wire::Piece piece{};
  while (connection.gather(std::span(&piece, 1), std::size_t{1} << 16U) == 1) {
    written.append(wire::as_text(wire::Bytes(piece.data, piece.size)));
    connection.wrote(piece.size);
  }
  if (!written.starts_with("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")) return 3;
  std::printf("%zu octets of HTTP/2\n", written.size());
}
