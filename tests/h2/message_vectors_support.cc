// Malformed messages (RFC 9113 §8).
#include "tests/h2/vector_builders.h"

namespace regauge::h2 {
namespace {

using namespace std::string_view_literals;

using V = Violation;
using E = ErrorCode;

// A request on stream 1 with this block and no content.
ViolationVector request(V rule, const Block& block) {
  return to_server(rule, E::protocol_error, 1, Frames().headers(1, block));
}
// A GET with one more line.
ViolationVector line(V rule, std::string_view name, std::string_view value) {
  return request(rule, get_block().line(name, value));
}
ViolationVector path(V rule, std::string_view value) {
  return request(rule, request_block("GET", value));
}
ViolationVector authority(V rule, std::string_view value) {
  return request(rule, request_block("GET", "/", value));
}
// A request with content and then these trailers.
ViolationVector trailers(V rule, const Block& block, EndStream end_stream = EndStream::yes) {
  return to_server(
      rule, E::protocol_error, 1,
      Frames().headers(1, post_block(), EndStream::no).data(1, "x").headers(1, block, end_stream));
}
// A response on stream 1 to a request of `method`.
ViolationVector response(V rule, const Frames& frames, std::string method = "GET") {
  return to_client(rule, E::protocol_error, 1, frames, std::move(method));
}

std::vector<ViolationVector> line_vectors() {
  Block many = get_block();
  for (int i = 0; i < 300; ++i) many.line("x", "1");
  ViolationVector limits = request(V::header_list_limits, many);
  limits.code = E::enhance_your_calm;
  return {
      limits,
      line(V::field_name_uppercase, "X-a", "1"),
      line(V::field_name_invalid_char, "a b", "1"),
      line(V::field_name_invalid_char, "a\r\nb", "1"),
      line(V::field_name_invalid_char, "\xe4", "1"),
      line(V::field_name_colon, "a:b", "1"),
      line(V::field_name_empty, "", "1"),
      line(V::field_value_nul_cr_lf, "x", "a\0b"sv),
      line(V::field_value_nul_cr_lf, "x", "a\rb"),
      line(V::field_value_nul_cr_lf, "x", "a\nb"),
      line(V::field_value_edge_whitespace, "x", " a"),
      line(V::field_value_edge_whitespace, "x", "a\t"),
      line(V::field_value_ctl, "x", "a\x01"),
      line(V::field_value_ctl, "x", "a\x7f"),
      line(V::connection_specific_field, "connection", "close"),
      line(V::connection_specific_field, "keep-alive", "timeout=5"),
      line(V::connection_specific_field, "proxy-connection", "close"),
      line(V::connection_specific_field, "upgrade", "h2c"),
      line(V::te_value, "te", "gzip"),
      line(V::te_value, "te", "trailers, deflate"),
      line(V::content_length_syntax, "content-length", "0, 0"),
      request(V::content_length_duplicate,
              get_block().line("content-length", "0").line("content-length", "0")),
      line(V::content_length_mismatch, "content-length", "5"),
  };
}

std::vector<ViolationVector> pseudo_vectors() {
  const auto without = [](V rule, std::string_view left_out) {
    Block block;
    for (const auto& [name, value] : {std::pair{":method"sv, "GET"sv},
                                      {":scheme"sv, "https"sv},
                                      {":path"sv, "/"sv},
                                      {":authority"sv, "a.test"sv}}) {
      if (name != left_out) block.line(name, value);
    }
    return request(rule, block);
  };
  return {
      request(V::pseudo_after_regular, Block()
                                           .line(":method", "GET")
                                           .line(":scheme", "https")
                                           .line(":path", "/")
                                           .line("x", "1")
                                           .line(":authority", "a.test")),
      request(V::pseudo_duplicate, get_block().line(":path", "/")),
      request(V::pseudo_unknown, get_block().line(":color", "red")),
      request(V::pseudo_response_in_request, get_block().line(":status", "200")),
      without(V::pseudo_missing_method, ":method"),
      without(V::pseudo_missing_scheme, ":scheme"),
      without(V::pseudo_missing_path, ":path"),
      without(V::authority_missing, ":authority"),
      request(V::method_invalid_char, request_block("G T")),
      request(V::method_invalid_char, request_block("")),
      request(V::scheme_invalid_char, Block()
                                          .line(":method", "GET")
                                          .line(":scheme", "ht tp")
                                          .line(":path", "/")
                                          .line(":authority", "a.test")),
      path(V::path_empty, ""),
      path(V::path_form, "x"),
      path(V::path_form, "*"),
      path(V::path_invalid_char, "/a b"),
      path(V::path_invalid_char, "/a\x7f"),
      path(V::path_fragment, "/a#b"),
      authority(V::authority_userinfo, "u@a.test"),
      authority(V::authority_invalid_char, "a b"),
      authority(V::authority_invalid_char, "a/b"),
      line(V::authority_host_mismatch, "host", "b.test"),
      request(V::host_duplicate, get_block().line("host", "a.test").line("host", "a.test")),
  };
}

std::vector<ViolationVector> connect_vectors() {
  const auto off = [](Options& options) { options.extended_connect = Offer::no; };
  return {
      request(V::connect_pseudo, connect_block().line(":path", "/")),
      request(V::connect_pseudo, connect_block("a.test")),
      request(V::connect_pseudo, connect_block("a.test:")),
      with(request(V::extended_connect_not_enabled, extended_connect_block()), off),
      request(V::extended_connect_method, get_block().line(":protocol", "websocket")),
      request(V::extended_connect_pseudo, connect_block().line(":protocol", "websocket")),
  };
}

}  // namespace

std::vector<ViolationVector> request_vectors() {
  std::vector<ViolationVector> all = line_vectors();
  for (auto& each : pseudo_vectors()) all.push_back(std::move(each));
  for (auto& each : connect_vectors()) all.push_back(std::move(each));
  all.push_back(trailers(V::pseudo_in_trailers, Block().line(":path", "/")));
  all.push_back(trailers(V::trailers_forbidden_field, Block().line("authorization", "x")));
  all.push_back(trailers(V::trailers_without_end_stream, Block().line("x", "1"), EndStream::no));
  return all;
}

std::vector<ViolationVector> response_vectors() {
  const auto headers = [](const Block& block, EndStream end_stream = EndStream::yes) {
    return Frames().headers(1, block, end_stream);
  };
  const auto promise = [](V rule, const Block& block) {
    return with(to_client(rule, E::protocol_error, 2, Frames().push_promise(1, 2, block)),
                [](Options& options) { options.push = Offer::yes; });
  };
  return {
      response(V::pseudo_request_in_response, headers(status_block("200").line(":path", "/"))),
      response(V::pseudo_missing_status, headers(Block().line("x", "1"))),
      response(V::status_syntax, headers(status_block("20"))),
      response(V::status_syntax, headers(status_block("099"))),
      response(V::status_syntax, headers(status_block("2x0"))),
      response(V::transfer_encoding_field,
               headers(status_block("200").line("transfer-encoding", "chunked"))),
      response(V::status_101, headers(status_block("101"), EndStream::no)),
      response(V::informational_end_stream, headers(status_block("103"))),
      response(V::data_before_final_headers, Frames().data(1, "x")),
      response(V::bodyless_response_with_data,
               headers(status_block("200"), EndStream::no).data(1, "x", EndStream::yes), "HEAD"),
      response(V::content_length_on_204, headers(status_block("204").line("content-length", "5"))),
      response(V::connect_content_length,
               headers(status_block("200").line("content-length", "5"), EndStream::no), "CONNECT"),
      promise(V::push_promise_unsafe_method, post_block()),
      promise(V::push_promise_content, get_block().line("content-length", "5")),
  };
}

}  // namespace regauge::h2
