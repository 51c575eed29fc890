// The model's view of field blocks: HEADERS, PUSH_PROMISE and CONTINUATION (RFC 9113 §4.3, §8).
#include <algorithm>
#include <utility>

#include "fuzz/h2_model.h"

namespace regauge::fuzz {
namespace {

constexpr std::size_t kHandlersMax = 128;
constexpr std::size_t kContinuationsMax = 16;
constexpr std::size_t kRememberedResets = 64;
constexpr std::size_t kSizeUpdatesMax = 4;
constexpr std::size_t kBlockOctetsMax = 65536;
constexpr std::size_t kInterimsFree = 8;
constexpr std::size_t kShortContinuation = 1024;

// Counts the dynamic table size updates at the front of a block (RFC 7541 §6.3).
std::size_t size_updates(const std::vector<std::uint8_t>& block) {
  std::size_t count = 0;
  for (std::size_t at = 0; at < block.size() && (block[at] & 0xe0U) == 0x20; ++count) {
    const bool more = (block[at++] & 0x1fU) == 0x1f;
    while (more && at < block.size() && (block[at] & 0x80U) != 0) ++at;
    if (more) ++at;
  }
  return count;
}

bool is_safe(const std::string& method) {
  return method == "GET" || method == "HEAD" || method == "OPTIONS" || method == "TRACE";
}

}  // namespace

void Model::headers(const Frame& frame) {
  const FrameFault fault = frame_fault(frame);
  if (fault.code != kNoError) return fail(fault.code);
  block_stream_ = frame.stream;
  block_promised_ = 0;
  begin_block(frame, unpad(frame).octets);
}

void Model::push_promise(const Frame& frame) {
  if (options_.server) return fail(kProtocolError);
  const FrameFault fault = frame_fault(frame);
  if (fault.code != kNoError) return fail(fault.code);
  if (!options_.push || idle(frame.stream) || reserved(frame.stream)) return fail(kProtocolError);
  const ModelStream* stream = live(frame.stream);
  const bool open = stream != nullptr && !stream->peer_ended;
  const bool ours = frame.stream % 2 == 1;
  if (!open && !(ours && remembered(frame.stream))) return fail(kProtocolError);
  std::vector<std::uint8_t> octets = unpad(frame).octets;
  const std::uint32_t promised = number_at(octets, 0, 4) & 0x7fffffffU;
  if (promised % 2 != 0 || promised <= highest_) return fail(kProtocolError);
  highest_ = promised;
  block_stream_ = frame.stream;
  block_promised_ = promised;
  octets.erase(octets.begin(), octets.begin() + 4);
  begin_block(frame, std::move(octets));
}

void Model::begin_block(const Frame& frame, std::vector<std::uint8_t> octets) {
  block_ends_ = frame.has(kEndStream);
  block_ = std::move(octets);
  continuations_ = 0;
  block_open_ = !frame.has(kEndHeaders);
  if (!block_open_) block();
}

void Model::continuation(const Frame& frame) {
  account_.charge(frame.length < kShortContinuation ? 2 : 1);
  if (++continuations_ > kContinuationsMax || block_.size() + frame.length > kBlockOctetsMax) {
    return fail(kEnhanceYourCalm);
  }
  block_.insert(block_.end(), frame.payload.begin(), frame.payload.end());
  block_open_ = !frame.has(kEndHeaders);
  if (!block_open_) block();
}

std::optional<std::vector<oracle::Line>> Model::lines() {
  auto decoded = inflater_.decode(block_);
  if (!decoded || size_updates(block_) > kSizeUpdatesMax) {
    fail(kCompressionError);
    return std::nullopt;
  }
  return decoded;
}

void Model::block() {
  const std::uint32_t id = block_stream_;
  if (block_promised_ != 0) return promised_request();
  if (live(id) != nullptr) return message_block(id);
  if (!idle(id)) return dead_block(id);
  if (!options_.server || id % 2 == 0) return fail(kProtocolError);
  open_request(id);
}

void Model::dead_block(std::uint32_t id) {
  begin_reserved(id);
  const bool lawful = late(id);
  if (lawful) spend_late(id, block_.size());
  const bool forgotten = resets_ever_ > kRememberedResets;
  if (!lawful && options_.server && !forgotten) return fail(kProtocolError);
  if (!lines() || lawful) return;  // ignored but for the table
  account_.charge(1);              // tolerated
}

void Model::promised_request() {
  const auto decoded = lines();
  if (!decoded) return;
  account_.charge(1);
  const JudgedRequest request = judge_request(*decoded, false);
  const bool good = request.judgement == Judgement::good && !request.extended &&
                    is_safe(request.method) && request.content_length.value_or(0) == 0;
  const bool over = request.judgement == Judgement::over_limit;
  write_rst(block_promised_, good ? kRefusedStream : over ? kEnhanceYourCalm : kProtocolError);
  for (Reset& each : resets_) {
    if (each.id == block_promised_) each.reserved = true;
  }
}

void Model::open_request(std::uint32_t id) {
  if (leaving_ == Leaving::last_told) {
    ignored_ = id;
    account_.charge(1);
    static_cast<void>(lines());
    return;
  }
  highest_ = id;
  idle_priorities_.erase(idle_priorities_.begin(), idle_priorities_.upper_bound(id));
  const auto waiting = std::ranges::count_if(
      streams_, [](const auto& each) { return !each.second.told && !each.second.closed; });
  const bool refused = open_streams() >= kModelStreamsMax ||
                       handlers() + static_cast<std::size_t>(waiting) >= kHandlersMax;
  const auto decoded = lines();
  if (!decoded) return;
  const JudgedRequest request = judge_request(*decoded, block_ends_);
  if (on_opened) on_opened(id, request.method);
  if (refused) {
    account_.charge(1);
    return write_rst(id, kRefusedStream);
  }
  ModelStream& stream = streams_[id];
  stream.method = request.method;
  stream.tunnel = request.tunnel;
  stream.head_came = true;
  stream.content_left = request.content_length;
  stream.send_window = initial_window_;
  stream.receive_window = kModelStreamWindow;
  if (request.judgement != Judgement::good) {
    const bool over = request.judgement == Judgement::over_limit;
    return stream_error(id, over ? kEnhanceYourCalm : kProtocolError, true);
  }
  if (block_ends_) end_receiving(id);
}

void Model::message_block(std::uint32_t id) {
  const auto decoded = lines();
  if (!decoded) return;
  const ModelStream& stream = streams_.at(id);
  if (stream.peer_ended) return stream_error(id, kStreamClosed, false);
  if (stream.head_came) return trailers(id, *decoded);
  response(id, *decoded);
}

void Model::response(std::uint32_t id, const std::vector<oracle::Line>& lines) {
  ModelStream& stream = streams_.at(id);
  const JudgedResponse head = judge_response(lines, block_ends_, stream.method);
  if (head.judgement != Judgement::good) {
    const bool over = head.judgement == Judgement::over_limit;
    return stream_error(id, over ? kEnhanceYourCalm : kProtocolError, true);
  }
  account_.charge(head.dropped);
  if (head.interim) {
    if (++stream.interims > kInterimsFree) account_.charge(4);
    return;
  }
  stream.head_came = true;
  stream.tunnel = head.tunnel;
  stream.bodyless = head.bodyless;
  stream.content_left = head.content_length;
  if (block_ends_) end_receiving(id);
}

void Model::trailers(std::uint32_t id, const std::vector<oracle::Line>& lines) {
  if (streams_.at(id).tunnel) return stream_error(id, kProtocolError, false);
  const JudgedTrailers trailers = judge_trailers(lines);
  if (trailers.judgement == Judgement::over_limit) {
    return stream_error(id, kEnhanceYourCalm, true);
  }
  if (trailers.judgement == Judgement::malformed || !block_ends_) {
    return stream_error(id, kProtocolError, true);
  }
  account_.charge(trailers.dropped > 0 ? 1 : 0);  // once a message
  end_receiving(id);
}

}  // namespace regauge::fuzz
