// Relay: carries one exchange between a client's stream and an upstream stream.
//
// It only moves things: what they become is decided by translate::Exchange, what an end means by
// the error map. Back-pressure is in octets: credit goes back to a side when what came from it was
// taken by the other.
#pragma once

#include <cstdint>
#include <deque>
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

namespace regauge::proxy {

class Session;

/// Lives from the request head to the end of both messages. On the worker of the session.
class Relay final : public UpstreamListener, private Timer {
 public:
  Relay(Session& session, http::StreamId id);
  ~Relay() override;

  [[nodiscard]] http::StreamId id() const { return id_; }
  /// Tells whether it is a tunnel or may become one: its directions end one by one.
  [[nodiscard]] bool ends_by_halves() const {
    return exchange_ && (in_tunnel() || exchange_->request().wants_tunnel());
  }
  /// Takes the request head: finds the route, asks for an upstream stream.
  void on_head(const http::Event& event);
  void on_content(const http::Event& event);
  void on_trailers(const http::Event& event);
  void on_end(const http::Event& event);
  /// The client's stream died, or its message broke a rule: `event` is a reset or a violation.
  void on_broken(const http::Event& event);
  /// The connection of the client is gone.
  void on_gone(const Attribution& ended);
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

  void ask();
  void count_deviations(http::RuleNotes notes);
  void wait_in_queue();
  [[nodiscard]] bool answer_preflight(const http::RequestHead& head);
  void fault(translate::Fault fault);
  void push_request(const translate::Produced& produced);
  void pump_request();
  void await_response();
  [[nodiscard]] bool in_tunnel() const { return exchange_ && exchange_->response().tunnel(); }
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
  void log();
  void note_end(const Attribution& ended);
  void on_upstream_reset(const http::Event& event);
  [[nodiscard]] Attribution ended_by(Side side, Cause cause, std::string_view detail) const;

  Session& session_;
  http::StreamId id_;
  const Route* route_ = nullptr;
  std::optional<translate::Exchange> exchange_;
  std::shared_ptr<StreamRequest> request_;
  UpstreamStream* upstream_ = nullptr;
  StreamFacts facts_;
  State state_ = State::asking;

  std::deque<wire::Slice> to_upstream_;
  std::size_t request_uncredited_ = 0;  // octets taken from the client and not given on yet
  std::unique_ptr<KeptSection> request_trailers_;
  std::deque<wire::Slice> to_client_;
  std::size_t response_uncredited_ = 0;
  std::unique_ptr<KeptSection> response_trailers_;

  bool request_complete_ = false;  // all of it came
  bool request_sent_ = false;      // all of it was handed to the upstream stream
  bool request_touched_ = false;   // content was given away: no retry
  bool response_complete_ = false;
  bool response_ended_ = false;  // its end was submitted
  bool interim_seen_ = false;
  bool response_octets_ = false;  // some came before the response broke off: no retry
  std::uint32_t attempts_ = 0;
  std::optional<CorsFields> cors_;
  std::vector<http::FieldLine> cors_lines_;
  AccessRecord record_;
  std::string method_;
  std::string authority_;
  std::string path_;
  std::uint64_t started_ms_ = 0;
};

}  // namespace regauge::proxy
