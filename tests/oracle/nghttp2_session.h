// Makes sessions of libnghttp2 for the ends that tests and fuzz targets hold ours against.
#pragma once

#include <nghttp2/nghttp2.h>

#include "regauge/http/ids.h"

namespace regauge::oracle {

/// Makes a session in its default, strict, mode, which gives windows only as its host consumes.
/// `set_callbacks` names what it calls with `user`. The caller deletes it by nghttp2_session_del.
[[nodiscard]] inline nghttp2_session* make_session(
    http::Role role, void (*set_callbacks)(nghttp2_session_callbacks*), void* user) {
  nghttp2_session_callbacks* callbacks = nullptr;
  nghttp2_session_callbacks_new(&callbacks);
  set_callbacks(callbacks);
  nghttp2_option* option = nullptr;
  nghttp2_option_new(&option);
  nghttp2_option_set_no_auto_window_update(option, 1);
  nghttp2_session* session = nullptr;
  if (role == http::Role::client) nghttp2_session_client_new2(&session, callbacks, user, option);
  if (role == http::Role::server) nghttp2_session_server_new2(&session, callbacks, user, option);
  nghttp2_option_del(option);
  nghttp2_session_callbacks_del(callbacks);
  return session;
}

}  // namespace regauge::oracle
