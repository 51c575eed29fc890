// Limits with units: one struct for H1 and H2, and these defaults are the ones that count.
#pragma once

#include <cstdint>

namespace regauge::http {

/// Bounds what one connection may make us hold or do. Each comment says what an attacker gains if
/// the number is raised.
struct Limits {
  std::uint32_t field_lines_max = 256;    ///< lines a section; per-line bookkeeping for few octets
  std::uint32_t cookie_crumbs_max = 128;  ///< extra `cookie` lines; as above (H2)
  std::uint32_t line_bytes_max = 64 * 1024;           ///< start line or field line; memory a line
  std::uint32_t field_section_bytes_max = 64 * 1024;  ///< name + value + 32 a line; memory a head
  std::uint32_t cookie_bytes_max = 16 * 1024;         ///< joined cookie; copying while joining
  std::uint32_t batch_field_bytes_max = 1024 * 1024;  ///< decoded fields of a drain; as above (H2)
  std::uint32_t trailer_section_bytes_max = 16 * 1024;  ///< as field_section_bytes_max
  std::uint32_t chunk_line_bytes_max = 4 * 1024;  ///< chunk-size line with extensions; idle octets
  std::uint32_t chunk_overhead_bytes = 100 * 1024;  ///< framing octets before the 75 % rule bites
  std::uint32_t leading_empty_lines_max = 8;        ///< CRLF before a request line; idle octets
  std::uint32_t streams_max = 100;                  ///< open streams the peer may have (H2)
  std::uint32_t live_handlers_max = 128;            ///< handlers not yet released: rapid reset
  std::uint32_t field_block_wire_bytes_max = 64 * 1024;  ///< compressed block; CONTINUATION flood
  std::uint32_t continuation_frames_max = 16;            ///< per field block; CONTINUATION flood
  std::uint32_t table_size_updates_max = 4;              ///< per field block; table churn
  std::uint32_t settings_entries_max = 32;               ///< per SETTINGS frame; work a frame
  std::uint32_t queued_replies_max = 100;         ///< unsent ACKs and resets; memory of replies
  std::uint32_t decoder_table_bytes_max = 4096;   ///< our SETTINGS_HEADER_TABLE_SIZE; table memory
  std::uint32_t encoder_table_bytes_max = 4096;   ///< whatever the peer offers; table memory
  std::uint32_t stream_window_bytes = 64 * 1024;  ///< receive credit a stream; buffered content
  std::uint32_t connection_window_bytes = 1024 * 1024;  ///< receive credit a connection; as above
  std::uint32_t stream_queue_bytes_max = 64 * 1024;     ///< content queued to send a stream; memory
  std::uint32_t queued_output_bytes_max = 512 * 1024;   ///< unread answers: no request is read
};

}  // namespace regauge::http
