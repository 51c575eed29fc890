// The page that calls gRPC-Web from a browser.
#pragma once

#include <string_view>

namespace regauge::origin {

/// HTML with its script. Query: ?api=URL calls another origin than the page's own.
extern const std::string_view kPage;

}  // namespace regauge::origin
