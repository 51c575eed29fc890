#include "proxy/origin/h2_connection.h"

#include <memory>
#include <unordered_map>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <nghttp2/nghttp2.h>

#include "proxy/origin/endpoints.h"
#include "proxy/origin/h2_exchange.h"

namespace regauge::origin {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

constexpr std::size_t kReadOctets = 64 * 1024;
constexpr std::size_t kWriteOctets = 64 * 1024;

struct SessionDeleter {
  void operator()(nghttp2_session* session) const { nghttp2_session_del(session); }
};

std::string_view text_of(const std::uint8_t* octets, std::size_t size) {
  return {reinterpret_cast<const char*>(octets), size};
}

// A connection lives while it reads or writes; its streams may outlive it until they notice.
class H2Connection final : public H2Output, public std::enable_shared_from_this<H2Connection> {
 public:
  H2Connection(tcp::socket socket, Statistics& statistics)
      : socket_(std::move(socket)), statistics_(statistics) {
    statistics_.h2.connected();
  }
  ~H2Connection() override { --statistics_.h2.connections_open; }
  H2Connection(const H2Connection&) = delete;
  H2Connection& operator=(const H2Connection&) = delete;

  void start(const H2Settings& settings);

  nghttp2_session* session() override { return session_.get(); }
  void send_soon() override {
    if (std::exchange(is_writing_, true)) return;
    asio::post(socket_.get_executor(), [self = shared_from_this()] { self->write(); });
  }

 private:
  struct Callbacks;

  void read();
  void write();
  void close();
  void run_endpoint(const std::shared_ptr<H2Exchange>& exchange);
  H2Exchange* find_stream(std::int32_t stream) {
    const auto found = streams_.find(stream);
    return found == streams_.end() ? nullptr : found->second.get();
  }

  tcp::socket socket_;
  Statistics& statistics_;
  std::unique_ptr<nghttp2_session, SessionDeleter> session_;
  std::unordered_map<std::int32_t, std::shared_ptr<H2Exchange>> streams_;
  std::string input_;
  std::string output_;
  bool is_writing_ = false;
  bool is_closed_ = false;
};

// What nghttp2 calls: each finds the stream and tells it.
struct H2Connection::Callbacks {
  static H2Connection& self(void* user) { return *static_cast<H2Connection*>(user); }

  static int begin_headers(nghttp2_session*, const nghttp2_frame* frame, void* user) {
    H2Connection& connection = self(user);
    if (frame->headers.cat != NGHTTP2_HCAT_REQUEST) return 0;
    const std::int32_t stream = frame->hd.stream_id;
    connection.streams_[stream] =
        std::make_shared<H2Exchange>(connection, stream, connection.socket_.get_executor());
    return 0;
  }

  // House exception: parameters, because nghttp2 calls it.
  static int header(nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name,
                    std::size_t name_size, const std::uint8_t* value, std::size_t value_size,
                    std::uint8_t, void* user) {
    if (H2Exchange* exchange = self(user).find_stream(frame->hd.stream_id)) {
      exchange->add_line(text_of(name, name_size), text_of(value, value_size));
    }
    return 0;
  }

  static int frame_recv(nghttp2_session*, const nghttp2_frame* frame, void* user) {
    H2Connection& connection = self(user);
    const auto found = connection.streams_.find(frame->hd.stream_id);
    if (found == connection.streams_.end()) return 0;
    const std::shared_ptr<H2Exchange> exchange = found->second;
    const bool is_head =
        frame->hd.type == NGHTTP2_HEADERS && frame->headers.cat == NGHTTP2_HCAT_REQUEST;
    const bool can_end = frame->hd.type == NGHTTP2_HEADERS || frame->hd.type == NGHTTP2_DATA;
    if (can_end && (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0) exchange->request_is_read();
    if (!is_head) return 0;
    exchange->head_is_read();
    connection.run_endpoint(exchange);
    return 0;
  }

  // House exception: parameters, because nghttp2 calls it.
  static int data(nghttp2_session*, std::uint8_t, std::int32_t stream, const std::uint8_t* octets,
                  std::size_t size, void* user) {
    if (H2Exchange* exchange = self(user).find_stream(stream)) {
      exchange->add_content(text_of(octets, size));
    }
    return 0;
  }

  static int frame_send(nghttp2_session*, const nghttp2_frame* frame, void* user) {
    const bool can_end = frame->hd.type == NGHTTP2_HEADERS || frame->hd.type == NGHTTP2_DATA;
    if (!can_end || (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) == 0) return 0;
    if (H2Exchange* exchange = self(user).find_stream(frame->hd.stream_id)) {
      exchange->answer_is_sent();
    }
    return 0;
  }

  static int stream_close(nghttp2_session*, std::int32_t stream, std::uint32_t, void* user) {
    H2Connection& connection = self(user);
    const auto found = connection.streams_.find(stream);
    if (found == connection.streams_.end()) return 0;
    found->second->abandon();
    connection.streams_.erase(found);
    return 0;
  }
};

void H2Connection::start(const H2Settings& settings) {
  error_code error;
  static_cast<void>(socket_.set_option(tcp::no_delay(true), error));
  input_.resize(kReadOctets);
  nghttp2_session_callbacks* callbacks = nullptr;
  nghttp2_session_callbacks_new(&callbacks);
  nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, Callbacks::begin_headers);
  nghttp2_session_callbacks_set_on_header_callback(callbacks, Callbacks::header);
  nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, Callbacks::frame_recv);
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, Callbacks::data);
  nghttp2_session_callbacks_set_on_frame_send_callback(callbacks, Callbacks::frame_send);
  nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, Callbacks::stream_close);
  nghttp2_option* option = nullptr;
  nghttp2_option_new(&option);
  // Credit moves when an endpoint reads.
  nghttp2_option_set_no_auto_window_update(option, 1);
  nghttp2_session* session = nullptr;
  nghttp2_session_server_new2(&session, callbacks, this, option);
  session_.reset(session);
  nghttp2_option_del(option);
  nghttp2_session_callbacks_del(callbacks);
  const nghttp2_settings_entry entries[] = {
      {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, settings.streams_max},
      {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, settings.window_bytes}};
  nghttp2_submit_settings(session, NGHTTP2_FLAG_NONE, entries, std::size(entries));
  nghttp2_session_set_local_window_size(session, NGHTTP2_FLAG_NONE, 0,
                                        static_cast<std::int32_t>(settings.window_bytes));
  send_soon();
  read();
}

void H2Connection::read() {
  socket_.async_read_some(
      asio::buffer(input_), [self = shared_from_this()](error_code error, std::size_t size) {
        if (error || self->is_closed_) return self->close();
        const auto* octets = reinterpret_cast<const std::uint8_t*>(self->input_.data());
        if (nghttp2_session_mem_recv(self->session(), octets, size) < 0) return self->close();
        self->send_soon();
        self->read();
      });
}

void H2Connection::write() {
  if (is_closed_) return;
  output_.clear();
  while (output_.size() < kWriteOctets) {
    const std::uint8_t* octets = nullptr;
    const auto size = nghttp2_session_mem_send(session(), &octets);
    if (size < 0) return close();
    if (size == 0) break;
    output_ += text_of(octets, static_cast<std::size_t>(size));
  }
  if (output_.empty()) {
    is_writing_ = false;
    if (!nghttp2_session_want_read(session()) && !nghttp2_session_want_write(session())) close();
    return;
  }
  asio::async_write(socket_, asio::buffer(output_),
                    [self = shared_from_this()](error_code error, std::size_t) {
                      if (error) return self->close();
                      self->write();
                    });
}

void H2Connection::close() {
  if (std::exchange(is_closed_, true)) return;
  for (const auto& [stream, exchange] : streams_) exchange->abandon();
  streams_.clear();
  error_code error;
  static_cast<void>(socket_.close(error));
}

void H2Connection::run_endpoint(const std::shared_ptr<H2Exchange>& exchange) {
  statistics_.h2.requested();
  // The exchange lives until its endpoint returned, the statistics as long as the process.
  asio::co_spawn(
      socket_.get_executor(),
      [exchange, &statistics = statistics_] { return answer(*exchange, statistics); },
      [exchange, self = shared_from_this()](const std::exception_ptr&) {
        --self->statistics_.h2.requests_open;
        if (!exchange->is_ended()) ++self->statistics_.h2.abandoned;
        exchange->endpoint_is_done();
      });
}

}  // namespace

void serve_h2(tcp::socket socket, Statistics& statistics, const H2Settings& settings) {
  std::make_shared<H2Connection>(std::move(socket), statistics)->start(settings);
}

}  // namespace regauge::origin
