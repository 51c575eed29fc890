// The character classes and head checks of the neutral model, by the names they have here.
#pragma once

#include "regauge/http/characters.h"
#include "regauge/http/head_check.h"

namespace regauge::h1 {

using http::all_of_class;
using http::equal_fold;
using http::escapes_are_whole;
using http::has_class;
using http::is_connect_authority;
using http::is_framing_alias;
using http::is_port;
using http::is_scheme;
using http::is_token;
using http::is_white;
using http::is_writable_authority;
using http::is_writable_name;
using http::is_writable_path;
using http::is_writable_value;
using http::kClasses;
using http::kFieldText;
using http::kHexDigit;
using http::kHost;
using http::kPlainName;
using http::kTarget;
using http::kToken;
using http::kUri;
using http::port_of;
using http::to_lower;
using http::trim;

}  // namespace regauge::h1
