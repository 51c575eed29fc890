#include "regauge/translate/request_side.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "regauge/http/characters.h"
#include "regauge/http/head_check.h"
#include "regauge/translate/field_list.h"
#include "regauge/translate/websocket.h"

namespace regauge::translate {
namespace {

using http::EndStream;
using http::FieldId;
using http::FieldLine;
using http::Framing;
using http::MethodId;

// More options than this say nothing that a message needs; each costs a look at every field line.
constexpr std::size_t kNominatedMax = 32;

// Fields that a client must not be able to remove on their way (RFC 9110 §7.6.1 forbids naming
// fields meant for all recipients).
bool may_be_nominated(FieldId id) {
  switch (id) {
    case FieldId::host:
    case FieldId::content_length:
    case FieldId::transfer_encoding:
    case FieldId::cookie:
    case FieldId::authorization:
    case FieldId::via:
    case FieldId::forwarded:
    case FieldId::x_forwarded_for:
    case FieldId::x_forwarded_host:
    case FieldId::x_forwarded_proto: return false;
    default: return true;
  }
}

bool may_be_nominated(std::string_view name) {
  return may_be_nominated(http::field_id(name)) && !name.starts_with("x-forwarded-");
}

bool is_websocket_field(FieldId id) {
  return id == FieldId::sec_websocket_key || id == FieldId::sec_websocket_accept;
}

}  // namespace

void RequestSide::reset(const Options& options, const Downstream& downstream) {
  options_ = &options;
  downstream_ = downstream;
  texts_.reset();
  head_ = http::RequestHead();
  end_stream_ = EndStream::no;
  clear_lines(fields_);
  clear_lines(out_);
  nominated_.clear();
  upgrade_nominated_ = false;
  websocket_ = false;
  te_trailers_ = false;
  says_empty_ = false;
  client_key_ = {};
  upstream_key_ = {};
  media_type_ = grpc::MediaType();
  response_format_ = grpc::Format::none;
  bridge_ = WebBridge::none;
}

RequestSide::Status RequestSide::take(const http::RequestHead& head, EndStream end_stream) {
  end_stream_ = end_stream;
  head_ = head;
  head_.method = http::method_of(texts_.keep(head.method.token));
  head_.path = texts_.keep(head.path);
  head_.protocol = texts_.keep(head.protocol);
  head_.notes = {};
  if (!head.fields.empty()) head_.name_style = http::style_of(head.fields.front().spelling);
  forgiven_ = !head.notes.empty();
  if (const Status checked = check_target(head); !checked) return checked;
  if (const Status checked = check_connection(head.fields); !checked) return checked;
  if (const Status checked = check_upgrade(head, end_stream); !checked) return checked;
  if (const Status taken = take_fields(head.fields); !taken) return taken;
  return check_call(head);
}

RequestSide::Status RequestSide::check_target(const http::RequestHead& head) {
  const std::string_view scheme = head.scheme.empty() ? downstream_.scheme : head.scheme;
  const bool https = http::equal_fold(scheme, "https");
  if (!https && !http::equal_fold(scheme, "http")) return std::unexpected(Fault::scheme_unknown);
  head_.scheme = https ? "https" : "http";
  const std::string_view authority =
      head.authority.empty() ? options_->default_authority : head.authority;
  if (authority.empty()) return std::unexpected(Fault::authority_missing);
  head_.authority = texts_.keep(authority);
  if (head.method.id != MethodId::connect || !head.protocol.empty()) return {};
  const FieldLine* host = http::find_field(head.fields, FieldId::host);
  if (host != nullptr && !http::is_same_authority(host->value, authority, head_.scheme)) {
    return std::unexpected(Fault::connect_host_mismatch);
  }
  return {};
}

// Reads what Connection says: names of fields to leave out (RFC 9110 §7.6.1).
RequestSide::Status RequestSide::check_connection(http::FieldSection fields) {
  for (const FieldLine& line : fields) {
    if (line.id != FieldId::connection) continue;
    std::string_view rest = line.value;
    while (!rest.empty()) {
      const std::string_view option = next_list_member(rest);
      if (option.empty()) continue;
      if (nominated_.size() == kNominatedMax) return std::unexpected(Fault::nominated_field);
      const std::string_view name = keep_lower(option, texts_);
      if (!may_be_nominated(name)) return std::unexpected(Fault::nominated_field);
      upgrade_nominated_ |= name == "upgrade";
      nominated_.push_back(name);
    }
  }
  return {};
}

bool RequestSide::is_nominated(std::string_view name) const {
  return std::find(nominated_.begin(), nominated_.end(), name) != nominated_.end();
}

// RFC 6455 §4.1 and RFC 8441 §5. Every other protocol is left out, h2c among them: an upgrade that
// nobody here reads would carry octets past every check.
RequestSide::Status RequestSide::check_upgrade(const http::RequestHead& head,
                                               EndStream /*end_stream*/) {
  if (!head.protocol.empty()) {
    if (!http::equal_fold(head.protocol, "websocket")) {
      return std::unexpected(Fault::protocol_unknown);
    }
    websocket_ = true;
    return {};
  }
  if (!upgrade_nominated_ || head.version != http::Version::http_1_1) return {};
  bool asks = false;
  for (const FieldLine& line : head.fields) {
    if (line.id != FieldId::upgrade) continue;
    std::string_view rest = line.value;
    while (!rest.empty()) asks |= http::equal_fold(next_list_member(rest), "websocket");
  }
  if (!asks) return {};
  if (head.method.id != MethodId::get) return std::unexpected(Fault::websocket_method);
  const bool empty = head.content.framing == Framing::none ||
                     (head.content.framing == Framing::length && head.content.length == 0);
  if (!empty) return std::unexpected(Fault::upgrade_with_content);
  const FieldLine* key = http::find_field(head.fields, FieldId::sec_websocket_key);
  if (key == nullptr || !is_websocket_key(key->value)) return std::unexpected(Fault::websocket_key);
  client_key_ = texts_.keep(key->value);
  websocket_ = true;
  return {};
}

RequestSide::Status RequestSide::take_fields(http::FieldSection fields) {
  fields_.reserve(fields.size());
  for (const FieldLine& line : fields) {
    if (const Status taken = take_field(line); !taken) return taken;
  }
  return {};
}

RequestSide::Status RequestSide::take_field(const FieldLine& line) {
  switch (line.id) {
    case FieldId::host: return {};  // written from the authority
    case FieldId::content_length:   // written from the model
      says_empty_ = head_.content.framing == Framing::none;
      return {};
    case FieldId::te: {
      std::string_view rest = line.value;
      while (!rest.empty()) te_trailers_ |= http::equal_fold(next_list_member(rest), "trailers");
      return {};
    }
    case FieldId::expect:
      if (!http::equal_fold(line.value, "100-continue")) {
        return std::unexpected(Fault::expectation_unknown);
      }
      // RFC 9110 §10.1.1: not from HTTP/1.0, and not without content.
      if (head_.version == http::Version::http_1_0 || end_stream_ == EndStream::yes ||
          head_.content.framing == Framing::none) {
        return {};
      }
      break;
    case FieldId::max_forwards:
      if (head_.method.id != MethodId::options && head_.method.id != MethodId::trace) break;
      return take_max_forwards(line);
    case FieldId::forwarded:
    case FieldId::x_forwarded_for:
    case FieldId::x_forwarded_host:
    case FieldId::x_forwarded_proto:
      if (options_->forwarded == Forwarded::replace) return {};
      break;
    default: break;
  }
  if (http::is_connection_specific(line.id) || is_nominated(line.name)) return {};
  if (websocket_ && is_websocket_field(line.id)) return {};
  fields_.push_back(
      {line.id == FieldId::unknown ? texts_.keep(line.name) : http::field_name(line.id),
       texts_.keep(forgiven_ ? without_controls(line.value, texts_) : line.value), line.id,
       line.indexing, texts_.keep(line.spelling)});
  return {};
}

// RFC 9110 §7.6.2: one less, or the most that we can count if that is less.
RequestSide::Status RequestSide::take_max_forwards(const FieldLine& line) {
  std::uint32_t left = 0;
  const char* end = line.value.data() + line.value.size();
  const auto parsed = std::from_chars(line.value.data(), end, left);
  if (parsed.ptr != end || parsed.ec == std::errc::invalid_argument) {
    add(line.name, texts_.keep(without_controls(line.value, texts_)));
    return {};
  }
  if (parsed.ec == std::errc::result_out_of_range) left = UINT32_MAX;
  if (left == 0) return std::unexpected(Fault::max_forwards_reached);
  std::array<char, 12> digits{};
  const char* stop = std::to_chars(digits.data(), digits.data() + digits.size(), left - 1).ptr;
  add(line.name, texts_.keep({digits.data(), static_cast<std::size_t>(stop - digits.data())}));
  return {};
}

// Decides whether the call is translated between gRPC and gRPC-Web.
RequestSide::Status RequestSide::check_call(const http::RequestHead& head) {
  const FieldLine* type = http::find_field(fields_, FieldId::content_type);
  const std::string_view value = type == nullptr ? std::string_view() : type->value;
  media_type_ = grpc::parse_media_type(value);
  const bool web_upstream = options_->upstream_web != UpstreamWeb::off;
  const bool of_web =
      media_type_.format == grpc::Format::web || media_type_.format == grpc::Format::web_text;
  const bool claims_web = http::equal_fold(value.substr(0, 20), "application/grpc-web");
  if (media_type_.format == grpc::Format::none) {
    const bool refuse = options_->other_content == OtherContent::refuse || claims_web;
    if (refuse) return std::unexpected(Fault::web_media_type);
    return {};
  }
  response_format_ = media_type_.format;
  if (of_web) {
    const FieldLine* accept = http::find_field(fields_, FieldId::accept);
    const grpc::Format wanted =
        accept == nullptr ? grpc::Format::none : grpc::parse_media_type(accept->value).format;
    if (wanted == grpc::Format::web || wanted == grpc::Format::web_text) response_format_ = wanted;
  }
  if (of_web == web_upstream) return {};  // both sides speak the same
  if (head.method.id != MethodId::post) return std::unexpected(Fault::web_method);
  bridge_ = web_upstream ? WebBridge::grpc_to_web : WebBridge::web_to_grpc;
  return {};
}

void RequestSide::add(std::string_view name, std::string_view value) {
  fields_.push_back(http::field_line(http::field_name(http::field_id(name)), value));
}

std::expected<RequestOut, Fault> RequestSide::write(Protocol upstream, ExtendedConnect extended) {
  out_.clear();
  RequestOut out{head_, end_stream_};
  if (says_empty_) out.head.content = {Framing::length, 0};
  if (wants_tunnel()) out.end_stream = EndStream::no;
  if (websocket_) {
    out.end_stream = upstream == Protocol::h2 ? EndStream::no : EndStream::yes;
    if (upstream == Protocol::h2) {
      if (extended == ExtendedConnect::no) return std::unexpected(Fault::protocol_not_supported);
      out.head.method = http::method_of("CONNECT");
      out.head.protocol = "websocket";
      out.head.content = {Framing::tunnel, 0};
    } else {
      out.head.method = http::method_of("GET");
      out.head.protocol = {};
      out.head.content = {Framing::none, 0};
      upstream_key_ =
          client_key_.empty() ? texts_.keep(websocket_key(downstream_.nonce).view()) : client_key_;
    }
  }
  if (bridge_ != WebBridge::none) {
    out.head.content = {Framing::stream, 0};
    out.end_stream = EndStream::no;
  }
  write_fields(upstream);
  write_added(upstream);
  out.head.fields = out_;
  return out;
}

void RequestSide::write_fields(Protocol upstream) {
  bool cookies_written = false;
  for (const FieldLine& line : fields_) {
    if (line.id == FieldId::cookie) {
      if (!cookies_written) write_cookies(upstream);
      cookies_written = true;
      continue;
    }
    const bool of_call = line.id == FieldId::content_type || line.id == FieldId::x_grpc_web ||
                         line.id == FieldId::accept;
    if (bridge_ != WebBridge::none && of_call) continue;
    if (bridge_ == WebBridge::grpc_to_web && line.id == FieldId::grpc_accept_encoding) continue;
    // These two end with a member of ours, see write_added.
    if (line.id == FieldId::via && adds_via()) continue;
    if (line.id == FieldId::x_forwarded_for && adds_forwarded()) continue;
    out_.push_back(line);
  }
}

// Joins the lines of one name, and a last member if there is one.
http::FieldLine RequestSide::joined(FieldId id, std::string_view separator, std::string_view last) {
  FieldLine joined{http::field_name(id), {}, id};
  std::size_t size = last.size();
  for (const FieldLine& line : fields_) {
    if (line.id == id) size += line.value.size() + separator.size();
  }
  const std::span<char> room = texts_.take(size);
  auto at = room.begin();
  const auto append = [&](std::string_view text) {
    if (at != room.begin()) at = std::copy(separator.begin(), separator.end(), at);
    at = std::copy(text.begin(), text.end(), at);
  };
  for (const FieldLine& line : fields_) {
    if (line.id != id) continue;
    append(line.value);
    if (line.indexing == http::Indexing::never) joined.indexing = http::Indexing::never;
    if (joined.spelling.empty()) joined.spelling = line.spelling;
  }
  if (!last.empty()) append(last);
  joined.value = {room.data(), static_cast<std::size_t>(at - room.begin())};
  return joined;
}

void RequestSide::write_cookies(Protocol upstream) {
  // RFC 9113 §8.2.3: crumbs become one line toward H1, where some servers read only the first.
  if (upstream == Protocol::h1) {
    out_.push_back(joined(FieldId::cookie, "; ", {}));
    return;
  }
  for (const FieldLine& line : fields_) {
    if (line.id != FieldId::cookie) continue;
    std::string_view rest = line.value;
    if (options_->cookie_crumbs == CookieCrumbs::no) {
      out_.push_back(line);
      continue;
    }
    for (std::size_t at = rest.find("; "); at != std::string_view::npos; at = rest.find("; ")) {
      out_.push_back({line.name, rest.substr(0, at), line.id, line.indexing, {}});
      rest.remove_prefix(at + 2);
    }
    out_.push_back({line.name, rest, line.id, line.indexing, {}});
  }
}

void RequestSide::write_added(Protocol upstream) {
  const auto line = [this](std::string_view name, std::string_view value) {
    out_.push_back(http::field_line(name, value));
  };
  if (bridge_ != WebBridge::none) write_call();
  const bool te = bridge_ == WebBridge::none ? te_trailers_ : bridge_ == WebBridge::web_to_grpc;
  if (te) line("te", "trailers");
  write_via();
  write_forwarded();
  if (!websocket_ || upstream == Protocol::h2) return;
  line("upgrade", "websocket");
  line("sec-websocket-key", upstream_key_);
}

void RequestSide::write_via() {
  if (!adds_via()) return;
  std::string_view version = "1.1";
  if (head_.version == http::Version::http_2) version = "2";
  if (head_.version == http::Version::http_1_0) version = "1.0";
  out_.push_back(joined(FieldId::via, ", ", texts_.join({version, " ", options_->via})));
}

void RequestSide::write_forwarded() {
  if (!adds_forwarded()) return;
  out_.push_back(joined(FieldId::x_forwarded_for, ", ", downstream_.address));
}

void RequestSide::write_call() {
  const auto line = [this](std::string_view name, std::string_view value) {
    out_.push_back(http::field_line(name, value));
  };
  if (bridge_ == WebBridge::web_to_grpc) {
    line("content-type", media_type_with(grpc::Format::grpc, media_type_.suffix, texts_));
    if (http::find_field(fields_, FieldId::grpc_accept_encoding) == nullptr) {
      line("grpc-accept-encoding", "identity");
    }
    return;
  }
  const bool text = options_->upstream_web == UpstreamWeb::text;
  const std::string_view suffix = media_type_.suffix.empty() ? "proto" : media_type_.suffix;
  const std::string_view type =
      media_type_with(text ? grpc::Format::web_text : grpc::Format::web, suffix, texts_);
  line("content-type", type);
  if (text) line("accept", type);
  line("x-grpc-web", "1");
  // The trailer frame ends here, and an origin compresses it like a message. Without the field it
  // may do so because the request did.
  const bool coded = http::find_field(fields_, FieldId::grpc_accept_encoding) != nullptr ||
                     http::find_field(fields_, FieldId::grpc_encoding) != nullptr;
  if (coded) line("grpc-accept-encoding", "identity");
}

}  // namespace regauge::translate
