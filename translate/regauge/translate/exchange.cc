#include "regauge/translate/exchange.h"

#include "regauge/translate/field_list.h"

namespace regauge::translate {
namespace {

Fault fault_of(WebStream::Trouble trouble) {
  switch (trouble) {
    case WebStream::Trouble::text: return Fault::web_text;
    case WebStream::Trouble::too_large: return Fault::web_message_too_large;
    case WebStream::Trouble::truncated: return Fault::web_truncated;
    case WebStream::Trouble::none:
    case WebStream::Trouble::flags:
    case WebStream::Trouble::compressed:
    case WebStream::Trouble::after_trailer: return Fault::web_frame_flags;
  }
  return Fault::web_frame_flags;
}

}  // namespace

std::expected<void, Fault> Exchange::request_head(const http::RequestHead& head,
                                                  http::EndStream end_stream) {
  const auto taken = request_.take(head, end_stream);
  if (!taken || request_.bridge() == WebBridge::none) return taken;
  WebStream::Settings settings;
  const bool from_text = request_.format() == grpc::Format::web_text;
  settings.from = from_text ? Coding::text : Coding::binary;
  const bool to_text =
      request_.bridge() == WebBridge::grpc_to_web && options_->upstream_web == UpstreamWeb::text;
  settings.to = to_text ? Coding::text : Coding::binary;
  settings.message_bytes_max = options_->message_bytes_max;
  web_.reset(settings);
  return taken;
}

void Exchange::reset(const Options& options, const Downstream& downstream) {
  options_ = &options;
  request_.reset(options, downstream);
  response_.reset(options, downstream);
  content_.clear();
  trailers_.clear();
  texts_.reset();
}

std::expected<RequestOut, Fault> Exchange::request_for(Protocol upstream,
                                                       ExtendedConnect extended) {
  response_.set_upstream(upstream);
  return request_.write(upstream, extended);
}

std::expected<Produced, Fault> Exchange::request_content(const wire::Slice& slice) {
  content_.clear();
  if (request_.bridge() == WebBridge::none) {
    content_.push_back(slice);
    return Produced{nullptr, content_, {}, http::EndStream::no};
  }
  const WebStream::Trouble trouble = web_.take(slice, content_);
  if (trouble != WebStream::Trouble::none) return std::unexpected(fault_of(trouble));
  return Produced{nullptr, content_, {}, http::EndStream::no};
}

std::expected<Produced, Fault> Exchange::request_end(http::FieldSection trailers) {
  content_.clear();
  trailers_.clear();
  // In H1 the request for a tunnel ends before the tunnel begins; in H2 it is one stream.
  if (request_.wants_tunnel() && request_.came_by_h1() && !response_.tunnel()) return Produced();
  if (request_.bridge() != WebBridge::none) {
    const WebStream::Trouble trouble = web_.finish(content_);
    if (trouble != WebStream::Trouble::none) return std::unexpected(fault_of(trouble));
    return Produced{nullptr, content_, {}, http::EndStream::yes};
  }
  take_trailers(trailers, trailers_, texts_);
  return Produced{nullptr, content_, trailers_, http::EndStream::yes};
}

}  // namespace regauge::translate
