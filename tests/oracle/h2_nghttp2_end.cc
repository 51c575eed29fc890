#include "tests/oracle/h2_nghttp2_end.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <vector>

#include "tests/oracle/nghttp2_session.h"

namespace regauge::oracle {
namespace {

std::vector<nghttp2_nv> values_of(const Lines& lines) {
  std::vector<nghttp2_nv> values;
  // The interface takes octets that may be written, but copies them.
  const auto octets = [](const std::string& text) {
    return reinterpret_cast<std::uint8_t*>(const_cast<char*>(text.data()));
  };
  for (const Line& line : lines) {
    values.push_back({octets(line.name), octets(line.value), line.name.size(), line.value.size(),
                      static_cast<std::uint8_t>(line.never_indexed ? NGHTTP2_NV_FLAG_NO_INDEX
                                                                   : NGHTTP2_NV_FLAG_NONE)});
  }
  return values;
}

std::int32_t signed_of(std::uint32_t id) { return static_cast<std::int32_t>(id); }
std::uint32_t id_of(const nghttp2_frame& frame) {
  return static_cast<std::uint32_t>(frame.hd.stream_id);
}

}  // namespace

Nghttp2End::Nghttp2End(http::Role role, fuzz::Dice& dice)
    : role_(role),
      session_(make_session(role, set_callbacks, this)),
      padding_(dice.below(1U << 30U)),
      pads_(dice.one_in(3)) {
  change_settings(dice);
}

void Nghttp2End::expect(int result, std::string_view call) {
  if (result < 0) fault_ += std::string(call) + ": " + nghttp2_strerror(result) + "; ";
}

void Nghttp2End::set_callbacks(nghttp2_session_callbacks* callbacks) {
  nghttp2_session_callbacks_set_on_invalid_frame_recv_callback(
      callbacks, [](nghttp2_session*, const nghttp2_frame* frame, int code, void* user) {
        // We may not know yet how many streams we may open.
        if (code == NGHTTP2_ERR_REFUSED_STREAM) return 0;
        self(user).fault_ += "nghttp2 refuses a frame of type " + std::to_string(frame->hd.type) +
                             ": " + nghttp2_strerror(code) + "; ";
        return 0;
      });
  nghttp2_session_callbacks_set_on_begin_headers_callback(
      callbacks, [](nghttp2_session*, const nghttp2_frame*, void* user) {
        self(user).lines_.clear();
        return 0;
      });
  nghttp2_session_callbacks_set_on_header_callback(
      callbacks,
      [](nghttp2_session*, const nghttp2_frame*, const std::uint8_t* name, std::size_t name_size,
         const std::uint8_t* value, std::size_t value_size, std::uint8_t flags, void* user) {
        self(user).lines_.push_back({std::string(reinterpret_cast<const char*>(name), name_size),
                                     std::string(reinterpret_cast<const char*>(value), value_size),
                                     (flags & NGHTTP2_NV_FLAG_NO_INDEX) != 0});
        return 0;
      });
  nghttp2_session_callbacks_set_on_frame_recv_callback(
      callbacks, [](nghttp2_session*, const nghttp2_frame* frame, void* user) {
        self(user).take(*frame);
        return 0;
      });
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(
      callbacks, [](nghttp2_session*, std::uint8_t, std::int32_t stream, const std::uint8_t* data,
                    std::size_t size, void* user) {
        const auto id = static_cast<std::uint32_t>(stream);
        self(user).exchanges_[id].heard.content.append(reinterpret_cast<const char*>(data), size);
        self(user).unread_[id] += size;
        return 0;
      });
  nghttp2_session_callbacks_set_on_frame_send_callback(
      callbacks, [](nghttp2_session*, const nghttp2_frame* frame, void* user) {
        self(user).note_sent(*frame);
        return 0;
      });
  nghttp2_session_callbacks_set_on_frame_not_send_callback(
      callbacks, [](nghttp2_session*, const nghttp2_frame* frame, int, void* user) {
        self(user).note_not_sent(*frame);
        return 0;
      });
  nghttp2_session_callbacks_set_on_stream_close_callback(
      callbacks, [](nghttp2_session*, std::int32_t stream, std::uint32_t code, void* user) {
        self(user).note_close(static_cast<std::uint32_t>(stream), code);
        return 0;
      });
  nghttp2_session_callbacks_set_select_padding_callback(
      callbacks, [](nghttp2_session*, const nghttp2_frame* frame, std::size_t max, void* user) {
        Nghttp2End& end = self(user);
        const std::size_t room = max - frame->hd.length;
        const bool pads = end.pads_ && end.padding_.one_in(3);
        return static_cast<ssize_t>(
            frame->hd.length +
            (pads ? end.padding_.below(std::min<std::size_t>(room, 255) + 1) : 0));
      });
}

void Nghttp2End::take(const nghttp2_frame& frame) {
  switch (frame.hd.type) {
    case NGHTTP2_HEADERS: take_section(frame); break;
    case NGHTTP2_RST_STREAM:
      // It may be on a stream that was refused.
      if (const auto found = exchanges_.find(id_of(frame)); found != exchanges_.end()) {
        found->second.was_reset = frame.rst_stream.error_code;
      }
      return;
    case NGHTTP2_GOAWAY:
      if (frame.goaway.error_code != NGHTTP2_NO_ERROR) fault_ += "GOAWAY with an error; ";
      goaway_last_ = static_cast<std::uint32_t>(frame.goaway.last_stream_id);
      return;
    case NGHTTP2_DATA: break;
    default: return;
  }
  if ((frame.hd.flags & NGHTTP2_FLAG_END_STREAM) != 0) exchanges_[id_of(frame)].heard.ended = true;
}

void Nghttp2End::take_section(const nghttp2_frame& frame) {
  Message& heard = exchanges_[id_of(frame)].heard;
  const bool interim = role_ == http::Role::client && !lines_.empty() &&
                       lines_.front().name == ":status" && lines_.front().value.starts_with('1');
  if (interim) {
    heard.interims.push_back(lines_);
  } else {
    (heard.head.empty() ? heard.head : heard.trailers) = lines_;
  }
}

void Nghttp2End::note_sent(const nghttp2_frame& frame) {
  if (frame.hd.type == NGHTTP2_GOAWAY && frame.goaway.error_code != NGHTTP2_NO_ERROR) {
    fault_ += "nghttp2 sends GOAWAY; ";
  }
  if (frame.hd.type != NGHTTP2_RST_STREAM) return;
  const auto found = exchanges_.find(id_of(frame));
  // Streams that the other end opened before it knew how many it may.
  const bool refused =
      found == exchanges_.end() && frame.rst_stream.error_code == NGHTTP2_REFUSED_STREAM;
  const bool wanted =
      found != exchanges_.end() && found->second.reset == frame.rst_stream.error_code;
  if (!wanted && !refused) fault_ += "nghttp2 resets a stream; ";
}

void Nghttp2End::note_not_sent(const nghttp2_frame& frame) {
  const bool request = frame.hd.type == NGHTTP2_HEADERS && role_ == http::Role::client &&
                       frame.headers.cat == NGHTTP2_HCAT_REQUEST;
  if (request) exchanges_.erase(id_of(frame));
}

void Nghttp2End::note_close(std::uint32_t id, std::uint32_t code) {
  const auto found = exchanges_.find(id);
  if (found == exchanges_.end()) return;
  const Exchange& exchange = found->second;
  if (code != NGHTTP2_REFUSED_STREAM || exchange.reset || exchange.was_reset) return;
  if (role_ == http::Role::client) {
    found->second.left_out = goaway_last_ && id > *goaway_last_;
  } else {
    exchanges_.erase(found);  // its own GOAWAY, which was on its way, leaves the request out
  }
}

void Nghttp2End::read(std::string_view octets, http::Tick, fuzz::Dice&) {
  const wire::Bytes bytes = wire::as_bytes(octets);
  const ssize_t taken = nghttp2_session_mem_recv(session_, bytes.data(), bytes.size());
  if (taken != static_cast<ssize_t>(octets.size())) {
    fault_ += "nghttp2 reads no more: " + std::string(nghttp2_strerror(static_cast<int>(taken)));
  }
}

std::string Nghttp2End::written() {
  std::string octets;
  const std::uint8_t* data = nullptr;
  for (ssize_t size = 0; (size = nghttp2_session_mem_send(session_, &data)) > 0;) {
    octets.append(reinterpret_cast<const char*>(data), static_cast<std::size_t>(size));
  }
  return octets;
}

// House exception: parameters, because the library calls it so.
ssize_t Nghttp2End::pull(nghttp2_session* session, std::int32_t stream, std::uint8_t* to,
                         std::size_t size, std::uint32_t* flags, nghttp2_data_source*, void* user) {
  Queue& queue = self(user).queues_[static_cast<std::uint32_t>(stream)];
  if (queue.octets.empty() && !queue.ends) return NGHTTP2_ERR_DEFERRED;
  const std::size_t taken = std::min(size, queue.octets.size());
  std::memcpy(to, queue.octets.data(), taken);
  queue.octets.erase(0, taken);
  if (queue.octets.empty() && queue.ends) {
    *flags |= NGHTTP2_DATA_FLAG_EOF;
    if (!queue.trailers.empty()) {
      *flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
      const auto values = values_of(queue.trailers);
      self(user).expect(nghttp2_submit_trailer(session, stream, values.data(), values.size()),
                        "trailers");
    }
  }
  return static_cast<ssize_t>(taken);
}

std::optional<std::uint32_t> Nghttp2End::open(const Wanted& wanted, bool ends) {
  if (leaving_ > 0 || goaway_last_) return std::nullopt;
  const auto values = values_of(wanted.message.head);
  nghttp2_data_provider provider{};
  provider.read_callback = pull;
  const std::int32_t id = nghttp2_submit_request(session_, nullptr, values.data(), values.size(),
                                                 ends ? nullptr : &provider, nullptr);
  expect(id, "request");
  return static_cast<std::uint32_t>(id);
}

bool Nghttp2End::interim(std::uint32_t id, const Lines& lines) {
  const auto values = values_of(lines);
  expect(nghttp2_submit_headers(session_, NGHTTP2_FLAG_NONE, signed_of(id), nullptr, values.data(),
                                values.size(), nullptr),
         "interim");
  return true;
}

bool Nghttp2End::head(std::uint32_t id, const Wanted& wanted, bool ends) {
  const auto values = values_of(wanted.message.head);
  nghttp2_data_provider provider{};
  provider.read_callback = pull;
  expect(nghttp2_submit_response(session_, signed_of(id), values.data(), values.size(),
                                 ends ? nullptr : &provider),
         "response");
  return true;
}

bool Nghttp2End::content(std::uint32_t id, std::string_view piece, bool ends) {
  Queue& queue = queues_[id];
  if (queue.octets.size() > kQueueMax) return false;
  queue.octets += piece;
  queue.ends = ends;
  static_cast<void>(nghttp2_session_resume_data(session_, signed_of(id)));
  return true;
}

bool Nghttp2End::trailers(std::uint32_t id, const Lines& lines) {
  Queue& queue = queues_[id];
  queue.ends = true;
  queue.trailers = lines;
  static_cast<void>(nghttp2_session_resume_data(session_, signed_of(id)));
  return true;
}

void Nghttp2End::reset(std::uint32_t id, std::uint32_t code) {
  expect(nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, signed_of(id), code), "reset");
}

void Nghttp2End::consume(fuzz::Dice& dice) {
  for (auto& [id, octets] : unread_) {
    if (octets == 0 || !dice.one_in(2)) continue;
    const std::size_t taken = dice.one_in(3) ? 1 + dice.below(octets) : octets;
    expect(nghttp2_session_consume(session_, signed_of(id), taken), "consume");
    octets -= taken;
  }
}

void Nghttp2End::ping() {
  expect(nghttp2_submit_ping(session_, NGHTTP2_FLAG_NONE, nullptr), "ping");
}

void Nghttp2End::leave() {
  ++leaving_;
  if (role_ == http::Role::server) expect(nghttp2_submit_shutdown_notice(session_), "notice");
}

void Nghttp2End::change_settings(fuzz::Dice& dice) {
  constexpr std::array<std::uint32_t, 4> kTables{0, 64, 4'096, 65'536};
  constexpr std::array<std::uint32_t, 4> kStreams{1, 5, 50, 100};
  std::vector<nghttp2_settings_entry> entries;
  const auto add = [&](std::int32_t id, std::size_t value) {
    if (dice.one_in(2)) entries.push_back({id, static_cast<std::uint32_t>(value)});
  };
  add(NGHTTP2_SETTINGS_HEADER_TABLE_SIZE, dice.one_of(kTables));
  add(NGHTTP2_SETTINGS_HEADER_TABLE_SIZE, dice.one_of(kTables));
  add(NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 500 + dice.below(100'000));
  add(NGHTTP2_SETTINGS_MAX_FRAME_SIZE, 16'384 + dice.below(100'000));
  add(NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, dice.one_of(kStreams));
  expect(nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, entries.data(), entries.size()),
         "settings");
}

void Nghttp2End::disturb(fuzz::Dice& dice) {
  if (leaving_ == 1 && role_ == http::Role::server) {
    ++leaving_;
    expect(nghttp2_submit_goaway(session_, NGHTTP2_FLAG_NONE,
                                 nghttp2_session_get_last_proc_stream_id(session_),
                                 NGHTTP2_NO_ERROR, nullptr, 0),
           "goaway");
    return;
  }
  if (dice.one_in(2)) return change_settings(dice);
  if (role_ == http::Role::server || exchanges_.empty()) return;
  auto at = exchanges_.begin();
  std::advance(at, static_cast<std::ptrdiff_t>(dice.below(exchanges_.size())));
  const std::int32_t id = signed_of(at->first);
  if (dice.one_in(2)) {
    nghttp2_priority_spec priority{};
    nghttp2_priority_spec_init(&priority, 0, static_cast<int>(1 + dice.below(256)), 0);
    expect(nghttp2_submit_priority(session_, NGHTTP2_FLAG_NONE, id, &priority), "priority");
    return;
  }
  constexpr std::string_view kValue = "u=1, i";
  expect(nghttp2_submit_priority_update(session_, NGHTTP2_FLAG_NONE, id,
                                        wire::as_bytes(kValue).data(), kValue.size()),
         "priority update");
}

}  // namespace regauge::oracle
