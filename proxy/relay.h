// Relay: carries one exchange between a client's stream and an upstream stream.
//
// It only moves things: what they become is decided by translate::Exchange, what an end means by
// the error map. Back-pressure is in octets: credit goes back to a side when what came from it was
// taken by the other.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "proxy/access_log.h"
#include "proxy/attribution.h"
#include "proxy/cors.h"
#include "proxy/kept_message.h"
#include "proxy/site.h"
#include "proxy/stream_request.h"
#include "proxy/upstream_stream.h"
#include "regauge/translate/error_map.h"
#include "regauge/translate/exchange.h"
#include "regauge/wire/ring.h"

namespace regauge::proxy {

class Session;

/// Works from the request head to the end of both messages, on the worker of the session; then its
/// memory serves another exchange.
class Relay final : public UpstreamListener, private Timer {
 public:
  Relay();
  ~Relay() override;

  /// Starts to serve the exchange `id`, at `place` in the list of the session.
  void begin(Session& session, http::StreamId id, std::size_t place);
  /// Forgets the exchange and keeps the memory.
  void end();
  [[nodiscard]] http::StreamId id() const { return id_; }
  /// Tells whether it is a tunnel or may become one: its directions end one by one.
  [[nodiscard]] bool ends_by_halves() const {
    return course_.exchanging && (in_tunnel() || exchange_.request().wants_tunnel());
  }
  [[nodiscard]] std::size_t place() const { return place_; }
  void move_to(std::size_t place) { place_ = place; }
  /// Takes the request head: finds the route, asks for an upstream stream.
  void on_head(const http::Event& event);
  void on_content(const http::Event& event);
  void on_trailers(const http::Event& event);
  void on_end(const http::Event& event);
  /// Notes what was forgiven in the request.
  void note_request(http::RuleNotes notes);
  /// The response waits for a window that the client does not give.
  void on_stalled();
  /// The client's stream died, or its message broke a rule: `event` is a reset or a violation.
  void on_broken(const http::Event& event);
  /// The connection of the client is gone.
  void on_gone(const Attribution& ended);
  /// Names the upstream that the request goes to; empty: none yet.
  [[nodiscard]] std::string_view upstream_name() const;
  /// Tells how far the exchange has come.
  [[nodiscard]] Phase phase() const;
  /// Output was written: content may be submitted again.
  void on_room();
  /// Answers without an upstream and ends.
  void answer(std::uint16_t status, std::string_view reason, const Attribution& ended);

 private:
  enum class State : std::uint8_t { asking, sending, finished };

  void upstream_ready(UpstreamStream& stream, const StreamFacts& facts) override;
  void upstream_failed(UpstreamFault fault) override;
  void upstream_event(const http::Event& event) override;
  void upstream_writable() override { pump_request(); }
  void expired(http::Tick now) override;

  void drop_content();
  void begin_exchange(const translate::Options& options, const http::RequestHead& head);
  void ask();
  void note_response(http::RuleNotes notes);
  void count_refused(Side side, const http::Rule& rule);
  void wait_in_queue();
  [[nodiscard]] bool answer_preflight(const http::RequestHead& head);
  void fault(translate::Fault fault);
  void push_request(const translate::Produced& produced);
  void pump_request();
  void await_response();
  void await_content(std::uint64_t since_ms);
  void content_late();
  void moved();
  [[nodiscard]] bool in_tunnel() const {
    return course_.exchanging && exchange_.response().tunnel();
  }
  void on_response_head(const http::Event& event);
  void on_upstream_end(translate::EndEvent event, http::ErrorCode code, const Attribution& ended);
  void deliver(const translate::Produced& produced);
  [[nodiscard]] bool deliver_head(const translate::Produced& produced);
  [[nodiscard]] http::ResponseHead with_cors(const http::ResponseHead& head);
  void pump_response();
  void finish_response();
  void cut(http::ErrorCode code, const Attribution& ended);
  void finish(http::ErrorCode upstream_code);
  void drop_upstream(http::ErrorCode code);
  void end_upload();
  void log();
  void note_end(const Attribution& ended);
  void on_upstream_reset(const http::Event& event);
  [[nodiscard]] Attribution ended_by(Side side, Cause cause, std::string_view detail) const;

  // How long a client may take to notice that nobody takes its direction of a tunnel.
  static constexpr std::uint64_t kUploadEndMs = 2000;
  // Content that waits for room: what one read of an upstream may bring at most.
  static constexpr std::size_t kSlicesMax = std::size_t{1} << 20U;

  // What begins anew with each exchange.
  struct Course {
    bool exchanging = false;        // `exchange_` is of this request
    bool request_complete = false;  // all of it came
    bool request_sent = false;      // all of it was handed to the upstream stream
    bool request_touched = false;   // content was given away: no retry
    bool response_complete = false;
    bool response_ended = false;  // its end was submitted
    bool interim_seen = false;
    bool response_octets = false;  // some came before the response broke off: no retry
    bool awaits_head = false;      // the timer is that of the head of the response
    bool awaits_continue = false;  // the client waits for a 100 response before it sends content
    std::uint32_t attempts = 0;
    std::size_t queued_max = 0;          // slices that waited at once
    std::size_t request_uncredited = 0;  // octets taken from the client and not given on yet
    std::size_t response_uncredited = 0;
    std::uint64_t started_ms = 0;
    std::uint64_t moved_ms = 0;  // when a peer sent or took something last
  };

  Session* session_ = nullptr;
  http::StreamId id_;
  std::size_t place_ = 0;
  const Route* route_ = nullptr;
  translate::Exchange exchange_;
  std::shared_ptr<StreamRequest> request_;
  UpstreamStream* upstream_ = nullptr;
  StreamFacts facts_;
  State state_ = State::asking;

  Course course_;
  wire::Ring<wire::Slice> to_upstream_{kSlicesMax};
  std::unique_ptr<KeptSection> request_trailers_;
  wire::Ring<wire::Slice> to_client_{kSlicesMax};
  std::unique_ptr<KeptSection> response_trailers_;
  std::optional<CorsFields> cors_;
  std::vector<http::FieldLine> cors_lines_;
  AccessRecord record_;
  std::string method_;  // these for the access log alone
  std::string authority_;
  std::string path_;
};

}  // namespace regauge::proxy
