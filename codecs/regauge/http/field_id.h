// Known field names as small numbers, by perfect hash: "is this hop-by-hop?" is one table look-up.
#pragma once

#include <cstdint>
#include <string_view>

namespace regauge::http {

/// Numbers the field names that some part of the code base treats in its own way or that are
/// frequent; every other name is `unknown`. The order is that of the table in field_id.cc.
enum class FieldId : std::uint8_t {
  unknown,
  accept,
  accept_charset,
  accept_encoding,
  accept_language,
  accept_ranges,
  access_control_allow_credentials,
  access_control_allow_headers,
  access_control_allow_methods,
  access_control_allow_origin,
  access_control_expose_headers,
  access_control_max_age,
  access_control_request_headers,
  access_control_request_method,
  age,
  allow,
  alt_svc,
  authorization,
  cache_control,
  capsule_protocol,
  connection,
  content_disposition,
  content_encoding,
  content_language,
  content_length,
  content_location,
  content_range,
  content_security_policy,
  content_type,
  cookie,
  date,
  dnt,
  early_data,
  etag,
  expect,
  expires,
  forwarded,
  from,
  grpc_accept_encoding,
  grpc_encoding,
  grpc_message,
  grpc_status,
  grpc_status_details_bin,
  grpc_timeout,
  host,
  http2_settings,
  if_match,
  if_modified_since,
  if_none_match,
  if_range,
  if_unmodified_since,
  keep_alive,
  last_modified,
  link,
  location,
  max_forwards,
  origin,
  permissions_policy,
  pragma,
  priority,
  proxy_authenticate,
  proxy_authorization,
  proxy_connection,
  range,
  referer,
  referrer_policy,
  retry_after,
  sec_ch_ua,
  sec_ch_ua_mobile,
  sec_ch_ua_platform,
  sec_fetch_dest,
  sec_fetch_mode,
  sec_fetch_site,
  sec_fetch_user,
  sec_websocket_accept,
  sec_websocket_extensions,
  sec_websocket_key,
  sec_websocket_protocol,
  sec_websocket_version,
  server,
  server_timing,
  set_cookie,
  strict_transport_security,
  te,
  traceparent,
  tracestate,
  trailer,
  transfer_encoding,
  upgrade,
  upgrade_insecure_requests,
  user_agent,
  vary,
  via,
  www_authenticate,
  x_content_type_options,
  x_forwarded_for,
  x_forwarded_host,
  x_forwarded_proto,
  x_frame_options,
  x_grpc_web,
  x_real_ip,
  x_request_id,
  x_requested_with,
  x_user_agent,
  x_xss_protection,
  count_,  ///< the number of enumerators before it, not a name
};

/// Returns the id of a lower-case field name, or `unknown`.
/// Cost: one hash of at most 16 octets, one probe, one compare; no allocation.
[[nodiscard]] FieldId field_id(std::string_view name);
/// Returns the name of an id; empty for `unknown`. Lifetime: static.
[[nodiscard]] std::string_view field_name(FieldId id);

/// Tells whether a field belongs to one connection only (RFC 9110 §7.6.1, RFC 9113 §8.2.2).
[[nodiscard]] bool is_connection_specific(FieldId id);
/// Tells whether a field may not stand in a trailer section (RFC 9110 §6.5.1).
[[nodiscard]] bool is_forbidden_in_trailers(FieldId id);

}  // namespace regauge::http
