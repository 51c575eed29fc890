// Rows of the HTTP/2 connection as server: usual requests, and each kind of frame that is cheap to
// send. Batches stand two seconds apart, so that the ledger lets them pass.
#include <array>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "regauge/h2/connection.h"
#include "tests/work/probe.h"

namespace regauge::tests {
namespace {

using Octets = std::vector<std::uint8_t>;

// Builds the frames of one client.
class Frames {
 public:
  Frames& frame(h2::FrameType type, std::uint8_t flags, std::uint32_t stream,
                const Octets& payload) {
    std::array<std::uint8_t, 9> header{};
    wire::Writer writer{wire::MutableBytes(header)};
    writer.u24(static_cast<std::uint32_t>(payload.size()));
    writer.u8(static_cast<std::uint8_t>(type));
    writer.u8(flags);
    writer.u32(stream);
    octets.insert(octets.end(), header.begin(), header.end());
    octets.insert(octets.end(), payload.begin(), payload.end());
    return *this;
  }
  // GET / with END_STREAM and END_HEADERS; all lines but the authority are static.
  Frames& request() {
    next_stream += 2;
    return frame(h2::FrameType::headers, kEnds, next_stream, kRequest);
  }
  // A request whose content follows.
  Frames& upload() {
    next_stream += 2;
    return frame(h2::FrameType::headers, kEndHeaders, next_stream, kUpload);
  }

  static constexpr std::uint8_t kEndHeaders = 0x4;
  static constexpr std::uint8_t kEnds = 0x5;
  static inline const Octets kRequest{0x82, 0x84, 0x86, 0x01, 0x01, 'a'};
  static inline const Octets kUpload{0x83, 0x84, 0x86, 0x01, 0x01, 'a'};
  Octets octets;
  std::uint32_t next_stream = static_cast<std::uint32_t>(-1);
};

// Answers every request and takes all content, as a host does.
class Server {
 public:
  Server() : connection(options_) {}

  std::uint64_t receive(const wire::Slice& input, std::size_t piece) {
    tick_.ms += 2'000;
    std::uint64_t pieces = 0;
    for (std::size_t at = 0; at < input.size(); ++pieces) {
      const wire::Slice rest = input.sub(at, std::min(piece, input.size() - at));
      const http::Batch batch = connection.receive({&rest, 1}, tick_, {1U << 20U, 100'000});
      at += batch.consumed;
      for (const http::Event& event : batch.events) on(event);
      write();
    }
    return pieces;
  }

 private:
  void on(const http::Event& event) {
    if (event.kind == http::EventKind::violation) {
      std::fprintf(stderr, "violation: %s\n", std::string(event.rule->name).c_str());
      std::abort();
    }
    if (event.kind == http::EventKind::content)
      connection.consume(event.stream, event.content.size());
    if (event.kind == http::EventKind::reset) connection.release(event.stream);
    if (event.kind != http::EventKind::head || event.end_stream == http::EndStream::no) return;
    if (!connection.submit_head(event.stream, {}, http::EndStream::yes)) std::abort();
    connection.release(event.stream);
  }
  void write() {
    std::array<wire::Piece, 16> pieces{};
    while (const std::size_t filled = connection.gather(pieces, 65536)) {
      std::size_t octets = 0;
      for (std::size_t i = 0; i < filled; ++i) octets += pieces.at(i).size;
      connection.wrote(octets);
    }
  }

  h2::Options options_;
  http::Tick tick_{1'000};

 public:
  h2::Connection connection;
};

using Append = std::function<void(Frames&)>;

// Opens the connection, lets `first` run, then four times `each` so often; the last three count.
void run(const std::string& name, const Append& first, int times, const Append& each,
         std::size_t piece = SIZE_MAX) {
  Frames frames;
  Server server;
  constexpr std::string_view kPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
  frames.octets.assign(kPreface.begin(), kPreface.end());
  frames.frame(h2::FrameType::settings, 0, 0, {});
  frames.frame(h2::FrameType::settings, 1, 0, {});
  first(frames);
  server.receive(wire::Slice::copy_of(frames.octets), SIZE_MAX);
  const auto batch = [&] {
    frames.octets.clear();
    for (int i = 0; i < times; ++i) each(frames);
    return wire::Slice::copy_of(frames.octets);
  };
  server.receive(batch(), piece);
  const std::array batches{batch(), batch(), batch()};
  probe(
      "h2-receive/" + name, [&] { return server.connection.work(); },
      [&] {
        std::uint64_t pieces = 0;
        for (const wire::Slice& slice : batches) pieces += server.receive(slice, piece);
        return pieces;
      });
}

void nothing(Frames&) {}

// Ninety streams whose content is still to come.
void open_streams(Frames& frames) {
  for (int i = 0; i < 90; ++i) frames.upload();
}

Octets settings(std::size_t entries, std::uint8_t id, std::uint8_t low) {
  Octets payload;
  for (std::size_t i = 0; i < entries; ++i) {
    payload.insert(payload.end(), {0, id, 0, 0, static_cast<std::uint8_t>(i), low});
  }
  return payload;
}

void exchange_rows() {
  const auto request = [](Frames& frames) { frames.request(); };
  run("requests", nothing, 90, request);
  run("requests-octet-by-octet", nothing, 20, request, 1);
  run("rapid-reset", nothing, 300, [](Frames& frames) {
    frames.request().frame(h2::FrameType::rst_stream, 0, frames.next_stream, {0, 0, 0, 8});
  });
  run("small-continuations", nothing, 20, [](Frames& frames) {
    frames.next_stream += 2;
    frames.frame(h2::FrameType::headers, 0x1, frames.next_stream, Frames::kRequest);
    for (int i = 0; i < 15; ++i) {
      frames.frame(h2::FrameType::continuation, i == 14 ? 0x4 : 0x0, frames.next_stream, {0x90});
    }
  });
  run("hundred-lines", nothing, 20, [](Frames& frames) {
    Octets block = Frames::kRequest;
    block.insert(block.end(), 100, 0x90);
    frames.next_stream += 2;
    frames.frame(h2::FrameType::headers, Frames::kEnds, frames.next_stream, block);
  });
}

void control_rows() {
  run("ping", nothing, 90,
      [](Frames& frames) { frames.frame(h2::FrameType::ping, 0, 0, Octets(8, 1)); });
  run("priority", nothing, 500,
      [](Frames& frames) { frames.frame(h2::FrameType::priority, 0, 99, {0, 0, 0, 0, 1}); });
  run("unknown-frames", nothing, 500,
      [](Frames& frames) { frames.frame(static_cast<h2::FrameType>(0xfa), 0, 0, {}); });
  run("empty-settings", nothing, 90,
      [](Frames& frames) { frames.frame(h2::FrameType::settings, 0, 0, {}); });
  run("full-settings-unknown", nothing, 90,
      [](Frames& frames) { frames.frame(h2::FrameType::settings, 0, 0, settings(32, 0xf0, 1)); });
  run("window-of-connection", nothing, 500,
      [](Frames& frames) { frames.frame(h2::FrameType::window_update, 0, 0, {0, 0, 0, 1}); });
  run("window-of-one-of-90-streams", open_streams, 500,
      [](Frames& frames) { frames.frame(h2::FrameType::window_update, 0, 101, {0, 0, 0, 1}); });
  run(
      "window-of-closed-streams",
      [](Frames& frames) {
        for (int i = 0; i < 90; ++i) frames.request();
      },
      200,
      [](Frames& frames) { frames.frame(h2::FrameType::window_update, 0, 101, {0, 0, 0, 1}); });
  run("initial-window-with-90-streams", open_streams, 60,
      [](Frames& frames) { frames.frame(h2::FrameType::settings, 0, 0, settings(32, 4, 1)); });
  run("table-size-up-and-down", nothing, 60, [](Frames& frames) {
    Octets payload = settings(1, 1, 0);
    const Octets high{0, 1, 0, 0, 0x10, 0};
    payload.insert(payload.end(), high.begin(), high.end());
    frames.frame(h2::FrameType::settings, 0, 0, payload);
  });
}

void content_rows() {
  run("data-of-one-octet", open_streams, 300,
      [](Frames& frames) { frames.frame(h2::FrameType::data, 0, 101, {1}); });
  run("empty-data", open_streams, 250,
      [](Frames& frames) { frames.frame(h2::FrameType::data, 0, 101, {}); });
  run("padded-data", open_streams, 200, [](Frames& frames) {
    Octets payload(257, 0);
    payload[0] = 255;
    payload[1] = 1;
    frames.frame(h2::FrameType::data, 0x8, 101, payload);
  });
  run("data-of-16k", open_streams, 3,
      [](Frames& frames) { frames.frame(h2::FrameType::data, 0, 101, Octets(16'000, 1)); });
  run(
      "data-octet-by-octet", open_streams, 3,
      [](Frames& frames) { frames.frame(h2::FrameType::data, 0, 101, Octets(2'000, 1)); }, 1);
}

}  // namespace

void probe_h2_connection() {
  exchange_rows();
  control_rows();
  content_rows();
}

}  // namespace regauge::tests
