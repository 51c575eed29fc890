#include "proxy/vector_run.h"

#include <array>
#include <utility>

#include "regauge/h1/decoder.h"
#include "regauge/h1/deviation.h"

namespace regauge::proxy {
namespace {

using http::EndStream;
using http::Event;
using http::EventKind;
using http::Framing;
using translate::Fault;
using translate::Produced;

constexpr std::uint32_t kWindow = 1U << 30U;
constexpr http::Tick kNow{1};

Protocol protocol_of(VectorSide side) {
  return side == VectorSide::h1 ? Protocol::h1 : Protocol::h2;
}

translate::Protocol as_side(Protocol protocol) {
  return protocol == Protocol::h1 ? translate::Protocol::h1 : translate::Protocol::h2;
}

wire::Slice slice_of(std::string_view octets) {
  return wire::Slice::copy_of(wire::as_bytes(octets));
}

std::string drained(AnyConnection& connection) {
  std::string octets;
  std::array<wire::Piece, 16> pieces;
  while (true) {
    const std::size_t count = connection.gather(pieces, 64 * 1024);
    if (count == 0) return octets;
    std::size_t size = 0;
    for (std::size_t i = 0; i < count; ++i) {
      octets += wire::as_text({pieces[i].data, pieces[i].size});
      size += pieces[i].size;
    }
    connection.wrote(size);
  }
}

void add_fields(http::FieldSection section, FieldList& to) {
  for (const http::FieldLine& line : section) {
    to.emplace_back(std::string(line.name), std::string(line.value));
  }
}

// Runs one vector: two connections and the exchange between them.
class Run {
 public:
  explicit Run(const Vector& vector);
  VectorResult run();

 private:
  using Handler = void (Run::*)(const Event&);

  void set_options();
  void make_connections();
  void offer(AnyConnection& connection, std::string_view octets, Handler handler);
  void end_input(AnyConnection& connection, Handler handler);
  void send_message(AnyConnection& connection, bool server, Handler handler);
  void send_context_request();
  [[nodiscard]] std::string context_request_h1() const;
  [[nodiscard]] FieldList context_request_h2() const;
  void on_downstream(const Event& event);
  void on_request_head(const Event& event);
  void on_upstream(const Event& event);
  void submit_request(const Produced& produced);
  void submit_response(const Produced& produced);
  void accept_tunnel();
  void refuse(std::uint16_t status, const http::Rule& rule);
  void refuse(Fault fault);
  void refuse(const Event& event);
  void read_output();
  void read_h1(const std::string& octets);
  void take_h1_head(const h1::Decoder& decoder);
  void read_h2(const std::string& octets);
  void take_h2(const Event& event);

  const Vector& vector_;
  translate::Options options_;
  translate::Downstream client_;
  h1::ConnectionOptions h1_server_;
  h1::ConnectionOptions h1_client_;
  h2::Options h2_server_;
  h2::Options h2_client_;
  h2::Options reader_options_;
  AnyConnection downstream_;
  AnyConnection upstream_;
  AnyConnection reader_;  // reads H2 output as the real peer would
  std::optional<translate::Exchange> exchange_;
  http::StreamId client_stream_;
  http::StreamId origin_stream_;
  std::string request_output_;
  std::vector<http::FieldLine> trailers_;
  FieldList trailer_texts_;
  VectorResult result_;
  bool head_taken_ = false;
  bool answered_ = false;
};

Run::Run(const Vector& vector)
    : vector_(vector),
      h1_server_(h1::options_for(http::Role::server, h1::Preset::common)),
      h1_client_(h1::options_for(http::Role::client, h1::Preset::common)) {
  set_options();
  make_connections();
  exchange_.emplace(options_, client_);
}

void Run::set_options() {
  options_.via = vector_.via;
  options_.default_authority = vector_.default_authority;
  if (!vector_.peer_ip.empty()) options_.forwarded = translate::Forwarded::append;
  if (vector_.crumble) options_.cookie_crumbs = translate::CookieCrumbs::yes;
  options_.message_bytes_max = vector_.message_bytes_max;
  const VectorSide client = vector_.response ? vector_.to : vector_.from;
  const VectorSide origin = vector_.response ? vector_.from : vector_.to;
  if (client >= VectorSide::grpc) options_.other_content = translate::OtherContent::refuse;
  if (origin == VectorSide::grpc_web || origin == VectorSide::grpc_web_text) {
    const bool text = origin == VectorSide::grpc_web_text || (!vector_.response && vector_.text);
    options_.upstream_web = text ? translate::UpstreamWeb::text : translate::UpstreamWeb::binary;
  }
  client_.protocol = as_side(protocol_of(client));
  client_.scheme = vector_.scheme;
  client_.address = vector_.peer_ip;
  for (std::size_t i = 0; i < client_.nonce.size() && i < vector_.websocket_nonce.size(); ++i) {
    client_.nonce[i] = static_cast<std::uint8_t>(vector_.websocket_nonce[i]);
  }
}

void Run::make_connections() {
  for (h1::ConnectionOptions* options : {&h1_server_, &h1_client_}) {
    options->limits.field_section_bytes_max = vector_.list_bytes_max;
    if (vector_.te_wins) static_cast<void>(options->policy.set("cl-and-te", h1::Action::accept));
  }
  h1_client_.encoder.target_form =
      vector_.absolute_form ? h1::TargetForm::absolute : h1::TargetForm::origin;
  for (h2::Options* options : {&h2_server_, &h2_client_, &reader_options_}) {
    options->settings_ack_ms = 0;
    options->limits.stream_window_bytes = kWindow;
    options->limits.connection_window_bytes = kWindow;
    options->scheme = vector_.scheme;
  }
  for (h2::Options* options : {&h2_server_, &h2_client_}) {
    options->limits.field_section_bytes_max = vector_.list_bytes_max;
    if (vector_.trim_edges) {
      static_cast<void>(
          options->policy.set(h2::Violation::field_value_edge_whitespace, h2::Action::fix));
    }
  }
  h2_client_.role = http::Role::client;
  h2_server_.extended_connect = vector_.connect_protocol ? h2::Offer::yes : h2::Offer::no;
  reader_options_.role = vector_.response ? http::Role::client : http::Role::server;
  const bool client_h1 = client_.protocol == translate::Protocol::h1;
  downstream_ = client_h1 ? AnyConnection(std::make_unique<h1::Connection>(h1_server_))
                          : AnyConnection(std::make_unique<h2::Connection>(h2_server_));
  const VectorSide origin = vector_.response ? vector_.from : vector_.to;
  if (protocol_of(origin) == Protocol::h1) {
    upstream_ = AnyConnection(std::make_unique<h1::Connection>(h1_client_));
    return;
  }
  upstream_ = AnyConnection(std::make_unique<h2::Connection>(h2_client_));
  H2Frames frames;
  h2::Settings settings;
  settings.initial_window_size = kWindow;
  settings.enable_connect_protocol = vector_.peer_connect_protocol ? 1 : 0;
  frames.settings(settings);
  frames.window_update(0, kWindow);
  offer(upstream_, frames.take(), &Run::on_upstream);
}

void Run::offer(AnyConnection& connection, std::string_view octets, Handler handler) {
  wire::Slice rest = slice_of(octets);
  while (!rest.empty()) {
    const http::Batch batch =
        connection.visit([&](auto& each) { return each.receive({&rest, 1}, kNow, {}); });
    rest.drop_front(batch.consumed);
    const bool stuck = batch.consumed == 0 && batch.events.empty();
    for (const Event& event : batch.events) (this->*handler)(event);
    if (stuck) return;  // what is left belongs to nobody: octets behind the message
  }
}

void Run::end_input(AnyConnection& connection, Handler handler) {
  const http::Batch batch =
      connection.visit([](auto& each) { return each.end_of_input(kNow, http::Truncation::clean); });
  for (const Event& event : batch.events) (this->*handler)(event);
}

// Sends the input of the vector as its peer would.
void Run::send_message(AnyConnection& connection, bool server, Handler handler) {
  const VectorMessage& input = vector_.input;
  if (connection.protocol() == Protocol::h1) {
    offer(connection, input.raw, handler);
    end_input(connection, handler);
    return;
  }
  H2Frames frames;
  if (server) {
    frames.preface();
    frames.settings({});
  }
  const bool empty = input.content.empty() && !input.has_trailers && !input.reset;
  const bool ends = input.end_on_headers;
  frames.headers(1, input.fields, ends ? EndStream::yes : EndStream::no);
  for (std::size_t i = 0; i < input.content.size() && !ends; ++i) {
    const bool last = i + 1 == input.content.size() && !input.has_trailers && !input.reset;
    frames.data(1, input.content[i], last ? EndStream::yes : EndStream::no);
  }
  const bool interim = !input.fields.empty() && input.fields.front().first == ":status" &&
                       input.fields.front().second.starts_with('1');
  if (empty && !ends && !interim) frames.data(1, "", EndStream::yes);
  if (input.has_trailers && !ends) frames.headers(1, input.trailers, EndStream::yes);
  if (input.reset) frames.reset(1, *input.reset);
  offer(connection, frames.take(), handler);
}

// --- The request ---------------------------------------------------------------------------------

std::string Run::context_request_h1() const {
  if (!vector_.client_key.empty()) {
    return "GET /chat HTTP/1.1\r\nHost: a.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
           "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " +
           vector_.client_key + "\r\n\r\n";
  }
  const std::string method = vector_.request_method.empty() ? "GET" : vector_.request_method;
  const std::string target = method == "CONNECT" ? "a.test:443" : "/";
  const std::string host = method == "CONNECT" ? target : "a.test";
  return method + " " + target + " HTTP/" + vector_.client_version + "\r\nHost: " + host +
         "\r\n\r\n";
}

FieldList Run::context_request_h2() const {
  if (vector_.websocket_pending) {
    return {{":method", "CONNECT"},   {":protocol", "websocket"}, {":scheme", "https"},
            {":authority", "a.test"}, {":path", "/chat"},         {"sec-websocket-version", "13"}};
  }
  const bool call = vector_.to >= VectorSide::grpc;
  std::string method = call ? "POST" : "GET";
  if (!vector_.request_method.empty()) method = vector_.request_method;
  if (method == "CONNECT") return {{":method", method}, {":authority", "a.test:443"}};
  FieldList fields{{":method", method},
                   {":scheme", "https"},
                   {":authority", "a.test"},
                   {":path", call ? "/p.S/M" : "/"}};
  if (!call) return fields;
  std::string type = "application/grpc";
  if (vector_.to != VectorSide::grpc) {
    const bool text = vector_.to == VectorSide::grpc_web_text || vector_.text;
    type = text ? "application/grpc-web-text" : "application/grpc-web";
  }
  fields.emplace_back("content-type", type + "+proto");
  if (vector_.to == VectorSide::grpc) fields.emplace_back("te", "trailers");
  return fields;
}

void Run::send_context_request() {
  if (downstream_.protocol() == Protocol::h1) {
    offer(downstream_, context_request_h1(), &Run::on_downstream);
    return;
  }
  H2Frames frames;
  frames.preface();
  h2::Settings settings;
  settings.initial_window_size = kWindow;
  frames.settings(settings);
  frames.window_update(0, kWindow);
  const FieldList fields = context_request_h2();
  const bool open = fields.front().second == "CONNECT";
  frames.headers(1, fields, open ? EndStream::no : EndStream::yes);
  offer(downstream_, frames.take(), &Run::on_downstream);
}

void Run::on_downstream(const Event& event) {
  if (result_.refused) return;
  switch (event.kind) {
    case EventKind::head: on_request_head(event); return;
    case EventKind::content: {
      downstream_.visit([&](auto& each) { each.consume(event.stream, event.content.size()); });
      if (!head_taken_) return;
      const auto produced = exchange_->request_content(event.content);
      if (!produced) {
        refuse(produced.error());
        return;
      }
      submit_request(*produced);
      return;
    }
    case EventKind::trailers:
      add_fields(event.trailers, trailer_texts_);
      for (const auto& [name, value] : trailer_texts_) {
        trailers_.push_back(http::field_line(name, value));
      }
      return;
    case EventKind::end: {
      const auto produced = exchange_->request_end(trailers_);
      trailers_.clear();
      if (!produced) {
        refuse(produced.error());
        return;
      }
      submit_request(*produced);
      return;
    }
    case EventKind::violation:
    case EventKind::reset: refuse(event); return;
    default: return;
  }
}

void Run::on_request_head(const Event& event) {
  client_stream_ = event.stream;
  if (const auto taken = exchange_->request_head(*event.request, event.end_stream); !taken) {
    refuse(taken.error());
    return;
  }
  const auto extended = vector_.peer_connect_protocol ? translate::ExtendedConnect::yes
                                                      : translate::ExtendedConnect::no;
  const auto out = exchange_->request_for(as_side(upstream_.protocol()), extended);
  if (!out) {
    refuse(out.error());
    return;
  }
  const auto opened =
      upstream_.visit([&](auto& each) { return each.open(out->head, out->end_stream); });
  if (!opened) {
    refuse(Fault::head_not_writable);
    return;
  }
  origin_stream_ = *opened;
  head_taken_ = out->end_stream == EndStream::no;
  request_output_ += drained(upstream_);
  const bool tunnel = exchange_->request().wants_tunnel();
  if (!vector_.response && tunnel && downstream_.protocol() == Protocol::h1) accept_tunnel();
}

// A request vector has no response; its tunnel is taken for accepted.
void Run::accept_tunnel() {
  http::ResponseHead head;
  const bool upgrade = exchange_->request().is_websocket();
  head.status = http::Status{static_cast<std::uint16_t>(upgrade ? 101 : 200)};
  const std::array fields{http::field_line("upgrade", "websocket")};
  if (upgrade) head.fields = fields;
  head.content = {Framing::tunnel, 0};
  downstream_.visit([&](auto& each) {
    static_cast<void>(each.submit_head(client_stream_, head, EndStream::no));
    each.accept_tunnel(client_stream_);
  });
  head_taken_ = true;
}

void Run::submit_request(const Produced& produced) {
  if (!head_taken_) return;
  upstream_.visit([&](auto& each) {
    for (const wire::Slice& slice : produced.content) {
      static_cast<void>(each.submit_content(origin_stream_, slice, EndStream::no));
    }
    if (produced.end == EndStream::no) return;
    const bool sent = !produced.trailers.empty() &&
                      each.submit_trailers(origin_stream_, produced.trailers).has_value();
    if (!sent) {
      static_cast<void>(each.submit_content(origin_stream_, wire::Slice(), EndStream::yes));
    }
  });
  request_output_ += drained(upstream_);
}

// --- The response --------------------------------------------------------------------------------

void Run::on_upstream(const Event& event) {
  if (result_.refused || event.stream == http::kConnectionStream) return;
  translate::ResponseSide& response = exchange_->response();
  std::expected<Produced, Fault> produced = Produced();
  switch (event.kind) {
    case EventKind::interim: {
      produced = response.interim(*event.response);
      if (!produced) break;
      answered_ = true;
      if (produced->head == nullptr) return;
      downstream_.visit([&](auto& each) {
        static_cast<void>(each.submit_interim(client_stream_, *produced->head));
      });
      return;
    }
    case EventKind::head: produced = response.head(*event.response, event.end_stream); break;
    case EventKind::content:
      upstream_.visit([&](auto& each) { each.consume(event.stream, event.content.size()); });
      produced = response.content(event.content);
      break;
    case EventKind::trailers: {
      FieldList texts;
      add_fields(event.trailers, trailer_texts_);
      for (const auto& [name, value] : trailer_texts_) {
        trailers_.push_back(http::field_line(name, value));
      }
      return;
    }
    case EventKind::end:
      if (response.complete()) return;
      produced = response.end(trailers_);
      break;
    case EventKind::reset: {
      // A vector of an interim response alone has no final one.
      if (response.complete() || (answered_ && !response.begun())) return;
      const std::optional<Produced> ended = response.reset(event.code);
      if (!ended) {
        refuse(event);
        return;
      }
      produced = *ended;
      break;
    }
    case EventKind::violation: refuse(event); return;
    default: return;
  }
  if (!produced) {
    refuse(produced.error());
    return;
  }
  submit_response(*produced);
}

void Run::submit_response(const Produced& produced) {
  const bool more = !produced.content.empty() || !produced.trailers.empty();
  const bool ends = produced.end == EndStream::yes;
  std::expected<void, http::Refusal> sent;
  downstream_.visit([&](auto& each) {
    if (produced.head != nullptr) {
      answered_ = true;
      result_.end_on_headers = ends && !more;
      sent = each.submit_head(client_stream_, *produced.head,
                              ends && !more ? EndStream::yes : EndStream::no);
      if (exchange_->response().tunnel()) each.accept_tunnel(client_stream_);
      if (!sent || (ends && !more)) return;
    }
    for (const wire::Slice& slice : produced.content) {
      sent = each.submit_content(client_stream_, slice, EndStream::no);
      if (!sent) return;
    }
    if (!ends) return;
    const bool with_trailers = !produced.trailers.empty() &&
                               each.submit_trailers(client_stream_, produced.trailers).has_value();
    if (!with_trailers) sent = each.submit_content(client_stream_, wire::Slice(), EndStream::yes);
  });
  if (!sent) refuse(Fault::head_not_writable);
}

// --- Refusals ------------------------------------------------------------------------------------

void Run::refuse(std::uint16_t status, const http::Rule& rule) {
  if (result_.refused) return;
  result_ = VectorResult();
  result_.refused = true;
  result_.status = vector_.response ? translate::kBadResponseStatus : status;
  result_.rule = rule.name;
  result_.section = rule.section;
}

void Run::refuse(Fault fault) {
  refuse(translate::row_of(fault).status, translate::row_of(fault).rule);
}

void Run::refuse(const Event& event) {
  const translate::FaultRow& cut = translate::row_of(Fault::message_cut);
  const std::uint16_t status = event.status == 0 ? cut.status : event.status;
  refuse(status, event.rule == nullptr ? cut.rule : *event.rule);
}

// --- The output ----------------------------------------------------------------------------------

void Run::read_output() {
  const std::string octets = vector_.response ? drained(downstream_) : request_output_;
  const Protocol protocol = vector_.response ? downstream_.protocol() : upstream_.protocol();
  if (protocol == Protocol::h1) {
    read_h1(octets);
  } else {
    read_h2(octets);
  }
}

void Run::read_h1(const std::string& octets) {
  const h1::Side side = vector_.response ? h1::Side::response : h1::Side::request;
  const http::Limits limits;
  // As a peer reads it: what is forwarded as received (some octets of targets) is not all strict.
  h1::Decoder decoder(h1::Policy(side, h1::Preset::common), limits);
  if (vector_.response) {
    decoder.begin({http::method_id(exchange_->request().head().method.token),
                   exchange_->request().is_websocket(), true});
  }
  result_.raw = octets;
  result_.start = octets.substr(0, octets.find("\r\n"));
  wire::Slice input = slice_of(octets);
  bool ended = false;
  while (!ended) {
    h1::Part part = decoder.next(input);
    if (part.kind == h1::PartKind::need_more) {
      part = decoder.end_of_input(http::Truncation::clean);
      if (part.kind == h1::PartKind::need_more) return;
    }
    switch (part.kind) {
      case h1::PartKind::head: take_h1_head(decoder); break;
      case h1::PartKind::content: result_.content += wire::as_text(part.content.bytes()); break;
      case h1::PartKind::trailers: add_fields(decoder.trailers(), result_.trailers); break;
      case h1::PartKind::tunnel: result_.content += wire::as_text(input.bytes()); return;
      case h1::PartKind::violation: refuse(Fault::head_not_writable); return;
      case h1::PartKind::end:
      case h1::PartKind::need_more: ended = true; break;
    }
  }
  // What follows a request for a tunnel belongs to it.
  const bool connect = exchange_->request().head().method.id == http::MethodId::connect;
  if (!vector_.response && (connect || exchange_->request().is_websocket())) {
    result_.content += wire::as_text(input.bytes());
  }
}

void Run::take_h1_head(const h1::Decoder& decoder) {
  add_fields(vector_.response ? decoder.response_head().fields : decoder.request_head().fields,
             result_.fields);
}

void Run::read_h2(const std::string& octets) {
  reader_ = AnyConnection(std::make_unique<h2::Connection>(reader_options_));
  if (vector_.response) {
    // The reader has to have asked what is answered.
    http::RequestHead head;
    const bool connect = exchange_->request().head().method.id == http::MethodId::connect;
    head.method = http::method_of(connect ? "CONNECT" : exchange_->request().head().method.token);
    head.scheme = "https";
    head.authority = connect ? "a.test:443" : "a.test";
    head.path = connect ? "" : "/";
    const auto opened = reader_.as_h2()->open(head, connect ? EndStream::no : EndStream::yes);
    if (!opened) return;
  }
  offer(reader_, octets, &Run::take_h2);
}

void Run::take_h2(const Event& event) {
  switch (event.kind) {
    case EventKind::interim:
    case EventKind::head:
      if (event.request != nullptr) {
        const http::RequestHead& head = *event.request;
        result_.fields.emplace_back(":method", head.method.token);
        if (!head.protocol.empty()) result_.fields.emplace_back(":protocol", head.protocol);
        if (!head.scheme.empty()) result_.fields.emplace_back(":scheme", head.scheme);
        result_.fields.emplace_back(":authority", head.authority);
        if (!head.path.empty()) result_.fields.emplace_back(":path", head.path);
        add_fields(head.fields, result_.fields);
      } else {
        result_.fields.emplace_back(":status", std::to_string(event.response->status.value));
        add_fields(event.response->fields, result_.fields);
      }
      return;
    case EventKind::content: result_.content += wire::as_text(event.content.bytes()); return;
    case EventKind::trailers: add_fields(event.trailers, result_.trailers); return;
    case EventKind::violation: refuse(Fault::head_not_writable); return;
    default: return;
  }
}

VectorResult Run::run() {
  if (vector_.response) {
    send_context_request();
    if (result_.refused) return result_;
    static_cast<void>(drained(upstream_));
    if (downstream_.protocol() == Protocol::h1) static_cast<void>(drained(downstream_));
    send_message(upstream_, false, &Run::on_upstream);
    if (!result_.refused && !answered_) result_.swallowed = true;
  } else {
    send_message(downstream_, true, &Run::on_downstream);
    // No head came at all.
    if (origin_stream_ == http::kConnectionStream) refuse(Fault::message_cut);
  }
  if (result_.refused) return result_;
  const bool end_on_headers = result_.end_on_headers;
  if (vector_.response && downstream_.protocol() == Protocol::h1 && !answered_) return result_;
  read_output();
  if (result_.refused) return result_;
  result_.end_on_headers = end_on_headers;
  if (vector_.response && result_.start.empty() && result_.fields.empty()) result_.swallowed = true;
  return result_;
}

}  // namespace

VectorResult run_vector(const Vector& vector) { return Run(vector).run(); }

}  // namespace regauge::proxy
